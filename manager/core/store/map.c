/* SPDX-License-Identifier: MIT */
#include "map.h"

#include "key.h"
#include "nested.h"
#include "sort.h"

#include <assert.h>

__attribute__((noinline)) static int map_compare_others(enum any_equality equality,
                                                        const struct packed_any *a,
                                                        const struct packed_any *b) {
    const struct any keys[2] = {nested_any(a, false), nested_any(b, false)};
    return key_order_others(equality, &keys[0], &keys[1]);
}

static inline int map_compare_keys(enum any_equality equality, const struct packed_any *a,
                                   const struct packed_any *b) {
    return a->kind == ANY_STRING && b->kind == ANY_STRING
               ? key_order_bytes(a->bytes, a->len, b->bytes, b->len)
               : map_compare_others(equality, a, b);
}

/* ---- an index ---- */

/* A pair: where it begins, from the first byte of `pairs`, and a number that equal keys share. */
struct map_place {
    uint32_t rank;
    uint32_t start;
};

struct map_index {
    struct packed pairs;
    struct map_place *places;
    uint32_t count;
    enum any_equality equality;
};

/* The rank is for speed: keys with the same one are compared. It need not be unpredictable, as even
 * if all keys had the same the sort would take no more comparisons. */
static uint32_t map_rank(enum any_equality equality, const struct packed_any *key) {
    const struct any any = nested_any(key, false);
    return key_rank(equality, &any);
}

static void map_pair_at(const struct map_index *index, struct map_place place,
                        struct packed_any *key, struct packed_any *value) {
    struct packed rest = {index->pairs.at + place.start, index->pairs.end, false};
    enum packed_found found = packed_next_pair(&rest, key, value);
    assert(found == PACKED_ITEM);
    (void)found;
}

static int map_compare_at(const struct map_index *index, struct map_place a, struct map_place b) {
    struct packed_any keys[2];
    struct packed_any value;
    if (a.rank != b.rank) {
        return a.rank < b.rank ? -1 : 1;
    }
    map_pair_at(index, a, &keys[0], &value);
    map_pair_at(index, b, &keys[1], &value);
    return map_compare_keys(index->equality, &keys[0], &keys[1]);
}

static bool map_goes_before(void *context, const void *a, const void *b) {
    return map_compare_at(context, *(const struct map_place *)a, *(const struct map_place *)b) < 0;
}

static uint32_t map_count_pairs(struct packed pairs) {
    struct packed_any key;
    struct packed_any value;
    uint32_t count = 0;
    while (packed_next_pair(&pairs, &key, &value) == PACKED_ITEM) {
        count++;
    }
    return count;
}

/* An index of the pairs, in memory of the arena: `index` has their number and the equality. */
static hf_status map_index(struct arena *arena, struct packed pairs, struct map_index *index) {
    const uint32_t count = index->count;
    struct packed rest = pairs;
    struct packed_any key;
    struct packed_any value;
    struct map_place *places = arena_alloc(arena, count * sizeof *places);
    struct arena_mark mark = arena_mark(arena);
    struct map_place *spare = arena_alloc(arena, count * sizeof *spare);
    if (!places || !spare) {
        return HF_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        places[i].start = (uint32_t)(rest.at - pairs.at);
        enum packed_found found = packed_next_pair(&rest, &key, &value);
        assert(found == PACKED_ITEM);
        (void)found;
        places[i].rank = map_rank(index->equality, &key);
    }
    index->pairs = pairs;
    index->places = places;
    sort_stable((struct sort_span){places, spare, count, sizeof *spare}, map_goes_before, index);
    arena_rewind(arena, mark);
    return HF_OK;
}

/* ---- keys that come twice ---- */

void map_keys_add(struct map_keys *keys, const struct packed_any *key) {
    if (keys->ascend && keys->count > 0) {
        keys->ascend = map_compare_keys(ANY_BY_KIND, &keys->last, key) < 0;
    }
    if (keys->count < MAP_FEW) {
        keys->few[keys->count] = *key;
    }
    keys->last = *key;
    keys->count++;
}

static bool map_few_distinct(const struct map_keys *keys) {
    assert(keys->count <= MAP_FEW);
    for (uint32_t i = 1; i < keys->count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (map_compare_keys(ANY_BY_KIND, &keys->few[i], &keys->few[j]) == 0) {
                return false;
            }
        }
    }
    return true;
}

/* Whether each key of the index is greater than the one before it. */
static bool map_ascends(const struct map_index *index) {
    for (uint32_t i = 1; i < index->count; i++) {
        if (map_compare_at(index, index->places[i - 1], index->places[i]) >= 0) {
            return false;
        }
    }
    return true;
}

hf_status map_keys_distinct(const struct map_keys *keys, struct arena *arena,
                            const struct packed_any *map) {
    if (keys->ascend) {
        return HF_OK;
    }
    if (keys->count <= MAP_FEW) {
        return map_few_distinct(keys) ? HF_OK : HF_INVALID;
    }
    struct arena_mark mark = arena_mark(arena);
    struct map_index index = {.count = keys->count, .equality = ANY_BY_KIND};
    hf_status status = map_index(arena, packed_begin(map->bytes, map->len), &index);
    if (status == HF_OK && !map_ascends(&index)) {
        status = HF_INVALID;
    }
    arena_rewind(arena, mark);
    return status;
}

/* ---- equality ---- */

static hf_status map_values_equal(struct arena *arena, enum any_equality equality,
                                  const struct packed_any *a, const struct packed_any *b,
                                  bool *equal) {
    const struct any values[2] = {nested_any(a, true), nested_any(b, true)};
    return any_equal(arena, equality, &values[0], &values[1], equal);
}

static hf_status map_indexes_equal(struct arena *arena, const struct map_index *a,
                                   const struct map_index *b, bool *equal) {
    struct packed_any keys[2];
    struct packed_any values[2];
    hf_status status = HF_OK;
    assert(a->count == b->count && *equal);
    for (uint32_t i = 0; i < a->count && *equal && status == HF_OK; i++) {
        map_pair_at(a, a->places[i], &keys[0], &values[0]);
        map_pair_at(b, b->places[i], &keys[1], &values[1]);
        *equal = map_compare_keys(a->equality, &keys[0], &keys[1]) == 0;
        if (*equal) {
            status = map_values_equal(arena, a->equality, &values[0], &values[1], equal);
        }
    }
    return status;
}

/* The pairs of the two come in different orders. */
static hf_status map_sorted_equal(struct arena *arena, enum any_equality equality, struct packed a,
                                  struct packed b, bool *equal) {
    uint32_t count = map_count_pairs(a);
    *equal = count == map_count_pairs(b);
    if (!*equal) {
        return HF_OK;
    }
    struct arena_mark mark = arena_mark(arena);
    struct map_index indexes[2] = {{.count = count, .equality = equality},
                                   {.count = count, .equality = equality}};
    hf_status status = map_index(arena, a, &indexes[0]);
    if (status == HF_OK) {
        status = map_index(arena, b, &indexes[1]);
    }
    if (status == HF_OK) {
        status = map_indexes_equal(arena, &indexes[0], &indexes[1], equal);
    }
    arena_rewind(arena, mark);
    return status;
}

/* Equal maps mostly have their pairs in the same order. */
hf_status map_equal(struct arena *arena, enum any_equality equality, const struct any *a,
                    const struct any *b, bool *equal) {
    struct packed rests[2] = {nested_begin(a), nested_begin(b)};
    struct packed_any keys[2];
    struct packed_any values[2];
    hf_status status = HF_OK;
    assert(a->kind == ANY_MAP && b->kind == ANY_MAP);
    for (*equal = true; *equal && status == HF_OK;) {
        const struct packed before[2] = {rests[0], rests[1]};
        bool more = nested_next_pair(&rests[0], &keys[0], &values[0]);
        if (nested_next_pair(&rests[1], &keys[1], &values[1]) != more) {
            *equal = false;
        } else if (!more) {
            break;
        } else if (map_compare_keys(equality, &keys[0], &keys[1]) != 0) {
            return map_sorted_equal(arena, equality, before[0], before[1], equal);
        } else {
            status = map_values_equal(arena, equality, &values[0], &values[1], equal);
        }
    }
    return status;
}
