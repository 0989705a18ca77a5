/* SPDX-License-Identifier: MIT
 *
 * See map.h. The order of keys has one meaning only: two keys have the same place in it exactly if
 * any_equal() finds them equal.
 */
#include "map.h"

#include "sort.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static uint32_t *map_index_of(const struct any *map) {
    return (uint32_t *)(void *)(map->items + 2 * (size_t)map->len);
}

static const struct any *map_key_at(const struct any *map, uint32_t pair) {
    return &map->items[2 * (size_t)pair];
}

static int map_sign(bool less, bool greater) {
    return less ? -1 : greater ? 1 : 0;
}

static int map_compare_doubles(double a, double b) {
    if (isnan(a) || isnan(b)) {
        return map_sign(!isnan(a), !isnan(b));
    }
    return map_sign(a<b, a> b);
}

static int map_compare_keys(const struct any *a, const struct any *b) {
    if (a->kind != b->kind || a->len != b->len) {
        return a->kind != b->kind ? map_sign(a->kind < b->kind, true)
                                  : map_sign(a->len < b->len, true);
    }
    switch ((enum any_kind)a->kind) {
    case ANY_BOOL:
        return map_sign(!a->boolean && b->boolean, a->boolean && !b->boolean);
    case ANY_INT:
        return map_sign(a->integer<b->integer, a->integer> b->integer);
    case ANY_DOUBLE:
        return map_compare_doubles(a->real, b->real);
    case ANY_STRING:
    case ANY_BYTES:
        return a->len ? memcmp(a->bytes, b->bytes, a->len) : 0;
    case ANY_NULL:
    case ANY_LIST:
    case ANY_MAP:
    case ANY_REF:
        break;
    }
    return 0;
}

static bool map_goes_before(void *context, const void *a, const void *b) {
    const struct any *map = context;
    return map_compare_keys(map_key_at(map, *(const uint32_t *)a),
                            map_key_at(map, *(const uint32_t *)b)) < 0;
}

/* Whether each key of the index is greater than the one before it. */
static bool map_ascends(const struct any *map) {
    const uint32_t *index = map_index_of(map);
    for (uint32_t i = 1; i < map->len; i++) {
        if (map_compare_keys(map_key_at(map, index[i - 1]), map_key_at(map, index[i])) >= 0) {
            return false;
        }
    }
    return true;
}

hf_status map_index(struct arena *arena, struct any *map) {
    assert(map->kind == ANY_MAP);
    uint32_t *index = map_index_of(map);
    for (uint32_t i = 0; i < map->len; i++) {
        index[i] = i;
    }
    if (map_ascends(map)) {
        return HF_OK;
    }
    struct arena_mark mark = arena_mark(arena);
    uint32_t *spare = arena_alloc(arena, map->len * sizeof *spare);
    if (!spare) {
        return HF_NO_MEMORY;
    }
    sort_stable((struct sort_span){index, spare, map->len, sizeof *index}, map_goes_before, map);
    arena_rewind(arena, mark);
    return map_ascends(map) ? HF_OK : HF_INVALID;
}

void map_copy_index(const struct any *from, struct any *to) {
    assert(from->len == to->len && to->kind == ANY_MAP);
    if (from->len > 0) {
        memcpy(map_index_of(to), map_index_of(from), from->len * sizeof(uint32_t));
    }
}

/* The value of this key; NULL: the map has none. O(log n). */
static const struct any *map_find(const struct any *map, const struct any *key) {
    const uint32_t *index = map_index_of(map);
    assert(map->kind == ANY_MAP && any_is_scalar(key));
    uint32_t low = 0;
    uint32_t high = map->len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = map_compare_keys(key, map_key_at(map, index[middle]));
        if (order == 0) {
            return map_key_at(map, index[middle]) + 1;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

bool map_equal(const struct any *a, const struct any *b) {
    assert(a->kind == ANY_MAP && b->kind == ANY_MAP);
    if (a->len != b->len) {
        return false;
    }
    for (uint32_t i = 0; i < a->len; i++) {
        /* Equal maps mostly have their pairs in the same order. */
        const struct any *key = map_key_at(a, i);
        const struct any *other =
            any_equal(map_key_at(b, i), key) ? map_key_at(b, i) + 1 : map_find(b, key);
        if (!other || !any_equal(key + 1, other)) {
            return false;
        }
    }
    return true;
}
