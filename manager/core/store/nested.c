/* SPDX-License-Identifier: MIT
 *
 * See nested.h. Recursion is bounded: it ends at HF_VALUE_MAX_DEPTH.
 */
#include "nested.h"

#include "big.h"
#include "key.h"
#include "map.h"
#include "utf8.h"
#include "wire_limits.h"

#include <assert.h>
#include <string.h>

/* ---- checking ---- */

struct nested_check {
    struct arena *arena;
    bool counted; /* there is a reference */
    bool odd;     /* something is not canonical */
};

static hf_status nested_check(struct nested_check *check, const struct packed_any *nested,
                              unsigned depth);

static inline hf_status nested_check_value(struct nested_check *check,
                                           const struct packed_any *value, unsigned depth) {
    switch ((enum any_kind)value->kind) {
    case ANY_STRING:
        return utf8_valid(value->bytes, value->len) ? HF_OK : HF_INVALID;
    case ANY_BIG:
        return big_is_canonical((struct big){value->bytes, value->len}) ? HF_OK : HF_INVALID;
    case ANY_LIST:
    case ANY_MAP:
    case ANY_TUPLE:
    case ANY_OPAQUE:
        return nested_check(check, value, depth);
    case ANY_REF:
        check->counted = true;
        return HF_OK;
    case ANY_NULL:
    case ANY_BOOL:
    case ANY_INT:
    case ANY_DOUBLE:
    case ANY_BYTES:
        break;
    }
    return HF_OK;
}

static hf_status nested_check_list(struct nested_check *check, const struct packed_any *list,
                                   unsigned depth) {
    struct packed rest = packed_begin(list->bytes, list->len);
    struct packed_any item;
    enum packed_found found = PACKED_ITEM;
    while ((found = packed_next(&rest, &item)) == PACKED_ITEM) {
        hf_status status = nested_check_value(check, &item, depth + 1);
        if (status != HF_OK) {
            return status;
        }
    }
    check->odd = check->odd || rest.odd;
    return found == PACKED_END ? HF_OK : HF_PROTOCOL;
}

static hf_status nested_check_key(struct nested_check *check, const struct packed_any *key,
                                  unsigned depth) {
    hf_status status = nested_check_value(check, key, depth);
    if (status != HF_OK || key->kind <= ANY_BYTES) {
        return status;
    }
    const struct any any = nested_any(key, false);
    return key_is_possible(&any) ? HF_OK : HF_INVALID;
}

static hf_status nested_check_map(struct nested_check *check, const struct packed_any *map,
                                  unsigned depth) {
    struct packed rest = packed_begin(map->bytes, map->len);
    struct map_keys keys;
    struct packed_any key;
    struct packed_any value;
    enum packed_found found = PACKED_ITEM;
    map_keys_begin(&keys);
    while ((found = packed_next_pair(&rest, &key, &value)) == PACKED_ITEM) {
        hf_status status = nested_check_key(check, &key, depth + 1);
        if (status == HF_OK) {
            status = nested_check_value(check, &value, depth + 1);
        }
        if (status != HF_OK) {
            return status;
        }
        map_keys_add(&keys, &key);
    }
    check->odd = check->odd || rest.odd;
    return found == PACKED_END ? map_keys_distinct(&keys, check->arena, map) : HF_PROTOCOL;
}

static hf_status nested_check_opaque(struct nested_check *check, const struct packed_any *packed) {
    struct packed_opaque opaque;
    if (!packed_read_opaque(packed, &opaque, &check->odd)) {
        return HF_PROTOCOL;
    }
    check->counted = check->counted || opaque.refs > 0;
    bool valid = opaque.tag.len > 0 && opaque.tag.len <= HF_TAG_MAX_BYTES &&
                 utf8_valid(opaque.tag.bytes, opaque.tag.len) &&
                 !memchr(opaque.tag.bytes, 0, opaque.tag.len);
    return valid ? HF_OK : HF_INVALID;
}

static hf_status nested_check(struct nested_check *check, const struct packed_any *nested,
                              unsigned depth) {
    if (nested->kind == ANY_OPAQUE) {
        return nested_check_opaque(check, nested);
    }
    if (depth > HF_VALUE_MAX_DEPTH) {
        return HF_TOO_BIG;
    }
    return nested->kind == ANY_MAP ? nested_check_map(check, nested, depth)
                                   : nested_check_list(check, nested, depth);
}

/* ---- the canonical form ---- */

/* Write the head of a field in front of its contents, which were written at `contents` and end at
 * `end`. They may turn out shorter than expected: then they move down. */
static uint8_t *nested_close(uint8_t *to, enum packed_field field, const uint8_t *contents,
                             const uint8_t *end) {
    size_t len = (size_t)(end - contents);
    uint8_t *place = to + packed_field_len(len) - len;
    assert(place <= contents);
    memmove(place, contents, len);
    (void)packed_put_head(to, field, len);
    return place + len;
}

static uint8_t *nested_write(uint8_t *to, const struct packed_any *nested);

static bool nested_is_packed(uint8_t kind) {
    return kind == ANY_LIST || kind == ANY_MAP || kind == ANY_TUPLE || kind == ANY_OPAQUE;
}

/* A message Any. */
static uint8_t *nested_write_any(uint8_t *to, const struct packed_any *any) {
    if (!nested_is_packed(any->kind)) {
        return packed_put(to, any);
    }
    uint8_t *contents = to + packed_field_len(any->len) - any->len;
    uint8_t *end = nested_write(contents, any);
    return nested_close(to, packed_field_of(any->kind), contents, end);
}

static uint8_t *nested_write_field(uint8_t *to, enum packed_field field,
                                   const struct packed_any *any) {
    size_t len = packed_len(any);
    uint8_t *contents = to + packed_field_len(len) - len;
    return nested_close(to, field, contents, nested_write_any(contents, any));
}

static uint8_t *nested_write_list(uint8_t *to, const struct packed_any *list) {
    struct packed rest = packed_begin(list->bytes, list->len);
    struct packed_any item;
    while (packed_next(&rest, &item) == PACKED_ITEM) {
        to = nested_write_field(to, PACKED_FIRST, &item);
    }
    return to;
}

static uint8_t *nested_write_map(uint8_t *to, const struct packed_any *map) {
    struct packed rest = packed_begin(map->bytes, map->len);
    struct packed_any key;
    struct packed_any value;
    while (packed_next_pair(&rest, &key, &value) == PACKED_ITEM) {
        size_t len = packed_field_len(packed_len(&key)) + packed_field_len(packed_len(&value));
        uint8_t *contents = to + packed_field_len(len) - len;
        uint8_t *end = nested_write_field(contents, PACKED_FIRST, &key);
        end = nested_write_field(end, PACKED_VALUE, &value);
        to = nested_close(to, PACKED_FIRST, contents, end);
    }
    return to;
}

static uint8_t *nested_write_opaque(uint8_t *to, const struct packed_any *packed) {
    struct packed rest = packed_begin(packed->bytes, packed->len);
    const struct packed_opaque opaque = nested_opaque(packed);
    uint64_t ref = 0;
    to = packed_put_opaque(to, &opaque);
    while (packed_next_ref(&rest, &ref) == PACKED_ITEM) {
        to = packed_put_ref(to, ref);
    }
    return to;
}

/* Write what a checked value contains. The canonical form is the shortest, so the result has at
 * most as many bytes. */
static uint8_t *nested_write(uint8_t *to, const struct packed_any *nested) {
    if (nested->kind == ANY_OPAQUE) {
        return nested_write_opaque(to, nested);
    }
    return nested->kind == ANY_MAP ? nested_write_map(to, nested) : nested_write_list(to, nested);
}

static hf_status nested_make_canonical(struct arena *arena, const struct packed_any *nested,
                                       ProtobufCBinaryData *data) {
    struct arena_mark mark = arena_mark(arena);
    uint8_t *bytes = arena_alloc(arena, nested->len);
    if (!bytes) {
        return HF_NO_MEMORY;
    }
    size_t len = (size_t)(nested_write(bytes, nested) - bytes);
    assert(len <= data->len);
    memcpy(data->data, bytes, len);
    data->len = len;
    arena_rewind(arena, mark);
    return HF_OK;
}

hf_status nested_view(struct arena *arena, enum any_kind kind, ProtobufCBinaryData *data,
                      unsigned depth, struct any *view) {
    if (data->len > UINT32_MAX) {
        return HF_TOO_BIG;
    }
    const struct packed_any nested = {
        .kind = (uint8_t)kind, .len = (uint32_t)data->len, .bytes = data->data};
    struct nested_check check = {.arena = arena};
    assert(nested_is_packed(nested.kind));
    hf_status status = nested_check(&check, &nested, depth);
    if (status == HF_OK && check.odd) {
        status = nested_make_canonical(arena, &nested, data);
    }
    *view =
        (struct any){.kind = (uint8_t)kind, .counted = check.counted, .len = (uint32_t)data->len};
    view->bytes = data->len > 0 ? (char *)data->data : NULL;
    return status;
}

/* ---- reading ---- */

struct packed_opaque nested_opaque(const struct packed_any *packed) {
    struct packed_opaque opaque;
    bool odd = false;
    bool whole = packed_read_opaque(packed, &opaque, &odd);
    assert(whole);
    (void)whole;
    return opaque;
}

bool nested_next_pair(struct packed *rest, struct packed_any *key, struct packed_any *value) {
    enum packed_found found = packed_next_pair(rest, key, value);
    assert(found != PACKED_BROKEN && !rest->odd);
    return found == PACKED_ITEM;
}

bool nested_next(const struct any *nested, struct packed *rest, struct any *item) {
    struct packed_any packed;
    enum packed_found found = packed_next(rest, &packed);
    assert(nested->kind == ANY_LIST || nested->kind == ANY_TUPLE);
    assert(found != PACKED_BROKEN && !rest->odd);
    if (found == PACKED_ITEM) {
        *item = nested_any(&packed, nested->counted);
    }
    return found == PACKED_ITEM;
}
