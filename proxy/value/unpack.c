/* SPDX-License-Identifier: MIT
 *
 * See unpack.h. A list, tuple or map is read twice: first only to count its items. An opaque value
 * is one block: its struct, its references, and behind them its texts, each with a NUL.
 */
#include "unpack.h"

#include "holdfast.pb-c.h"
#include "packed.h"
#include "wire_limits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void *unpack_copy(const void *bytes, size_t len) {
    assert(bytes || len == 0);
    uint8_t *copy = malloc(len + 1);
    if (copy && len > 0) {
        memcpy(copy, bytes, len);
    }
    if (copy) {
        copy[len] = 0;
    }
    return copy;
}

hf_status unpack_text(hf_any_kind kind, const void *bytes, size_t len, hf_any *any) {
    assert(kind == HF_ANY_STRING || kind == HF_ANY_BYTES || kind == HF_ANY_BIG);
    void *copy = unpack_copy(bytes, len);
    if (!copy) {
        return HF_NO_MEMORY;
    }
    any->kind = kind;
    any->len = len;
    any->bytes = copy;
    return HF_OK;
}

static hf_status unpack_nested(hf_any_kind kind, const void *bytes, size_t len, unsigned depth,
                               hf_any *any);

/* A value within another one; null at first, and after a failure. */
static hf_status unpack_any(const struct packed_any *packed, unsigned depth, hf_any *any) {
    switch ((hf_any_kind)packed->kind) {
    case HF_ANY_NULL:
        break;
    case HF_ANY_BOOL:
        *any = hf_any_bool(packed->boolean);
        break;
    case HF_ANY_INT:
        *any = hf_any_int(packed->integer);
        break;
    case HF_ANY_DOUBLE:
        *any = hf_any_double(packed->real);
        break;
    case HF_ANY_STRING:
    case HF_ANY_BYTES:
    case HF_ANY_BIG:
        return unpack_text((hf_any_kind)packed->kind, packed->bytes, packed->len, any);
    case HF_ANY_LIST:
    case HF_ANY_TUPLE:
    case HF_ANY_MAP:
    case HF_ANY_OPAQUE:
        return unpack_nested((hf_any_kind)packed->kind, packed->bytes, packed->len, depth, any);
    case HF_ANY_REF:
        *any = hf_any_ref(packed->ref);
        break;
    }
    return HF_OK;
}

/* ---- opaque values ---- */

/* The bytes with a NUL behind them, at `*to`, which moves behind that. */
static const uint8_t *unpack_part(uint8_t **to, const struct packed_any *part) {
    uint8_t *copy = *to;
    if (part->len > 0) {
        memcpy(copy, part->bytes, part->len);
    }
    copy[part->len] = 0;
    *to += (size_t)part->len + 1;
    return copy;
}

static void unpack_refs(struct packed rest, uint64_t *refs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        enum packed_found found = packed_next_ref(&rest, &refs[i]);
        assert(found == PACKED_ITEM); /* they were counted */
        (void)found;
    }
}

/* An opaque value in one block: its texts follow the references. */
struct owned_opaque {
    hf_opaque opaque; /* first: its address is the block's */
    uint64_t refs[];
};

/* A tag is a string in C, so one with a NUL in it cannot be told. */
static hf_status unpack_opaque(struct packed rest, hf_any *any) {
    const struct packed_any packed = {.len = (uint32_t)(rest.end - rest.at), .bytes = rest.at};
    struct packed_opaque parts;
    bool odd = false;
    if (!packed_read_opaque(&packed, &parts, &odd) ||
        (parts.tag.len > 0 && memchr(parts.tag.bytes, 0, parts.tag.len))) {
        return HF_PROTOCOL;
    }
    const size_t texts_len = (size_t)parts.tag.len + parts.bytes.len + parts.equals.len + 3;
    const size_t refs_len = parts.refs * sizeof(uint64_t);
    struct owned_opaque *owned = malloc(sizeof *owned + refs_len + texts_len);
    if (!owned) {
        return HF_NO_MEMORY;
    }
    hf_opaque *opaque = &owned->opaque;
    uint64_t *refs = owned->refs;
    uint8_t *text = (uint8_t *)(refs + parts.refs);
    unpack_refs(rest, refs, parts.refs);
    opaque->tag = (const char *)unpack_part(&text, &parts.tag);
    opaque->bytes = unpack_part(&text, &parts.bytes);
    opaque->len = parts.bytes.len;
    opaque->equals =
        parts.equals.kind != HF__ANY__KIND__NOT_SET ? unpack_part(&text, &parts.equals) : NULL;
    opaque->equals_len = parts.equals.len;
    opaque->refs = parts.refs > 0 ? refs : NULL;
    opaque->ref_count = parts.refs;
    *any = hf_any_opaque(opaque);
    return HF_OK;
}

/* ---- lists, tuples and maps ---- */

static bool unpack_count(bool is_list, struct packed rest, size_t *count) {
    struct packed_any parts[2];
    enum packed_found found = PACKED_ITEM;
    for (*count = 0; found == PACKED_ITEM; *count += found == PACKED_ITEM) {
        found =
            is_list ? packed_next(&rest, &parts[0]) : packed_next_pair(&rest, &parts[0], &parts[1]);
    }
    return found == PACKED_END;
}

static hf_status unpack_list(hf_any_kind kind, struct packed rest, size_t count, unsigned depth,
                             hf_any *any) {
    hf_any_array array = {calloc(count + 1, sizeof *array.items), count};
    hf_status status = array.items ? HF_OK : HF_NO_MEMORY;
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        struct packed_any item;
        enum packed_found found = packed_next(&rest, &item);
        assert(found == PACKED_ITEM); /* they were counted */
        (void)found;
        status = unpack_any(&item, depth + 1, &array.items[i]);
    }
    if (status != HF_OK) {
        array.len = array.items ? count : 0; /* those that were not unpacked are null */
        hf_any_array_clear(&array);
        return status;
    }
    *any = (hf_any){.kind = kind, .len = count, .items = array.items};
    return HF_OK;
}

static hf_status unpack_map(struct packed rest, size_t count, unsigned depth, hf_any *any) {
    hf_any_map_array map = {calloc(count + 1, sizeof *map.pairs), count};
    hf_status status = map.pairs ? HF_OK : HF_NO_MEMORY;
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        struct packed_any parts[2];
        enum packed_found found = packed_next_pair(&rest, &parts[0], &parts[1]);
        assert(found == PACKED_ITEM);
        (void)found;
        status = unpack_any(&parts[0], depth + 1, &map.pairs[i].key);
        if (status == HF_OK) {
            status = unpack_any(&parts[1], depth + 1, &map.pairs[i].value);
        }
    }
    if (status != HF_OK) {
        map.len = map.pairs ? count : 0;
        hf_any_map_array_clear(&map);
        return status;
    }
    *any = (hf_any){.kind = HF_ANY_MAP, .len = count, .pairs = map.pairs};
    return HF_OK;
}

/* At a depth from 1. The copy of a dict nests one level deeper than its values may. */
static hf_status unpack_nested(hf_any_kind kind, const void *bytes, size_t len, unsigned depth,
                               hf_any *any) {
    bool is_opaque = kind == HF_ANY_OPAQUE;
    if ((!is_opaque && depth > HF_VALUE_MAX_DEPTH + 1) || len > UINT32_MAX) {
        return HF_TOO_BIG;
    }
    const struct packed rest = packed_begin(bytes, len);
    size_t count = 0;
    if (is_opaque) {
        return unpack_opaque(rest, any);
    }
    if (!unpack_count(kind != HF_ANY_MAP, rest, &count)) {
        return HF_PROTOCOL;
    }
    return kind == HF_ANY_MAP ? unpack_map(rest, count, depth, any)
                              : unpack_list(kind, rest, count, depth, any);
}

hf_status unpack(hf_any_kind kind, const void *bytes, size_t len, hf_any *any) {
    assert(kind == HF_ANY_LIST || kind == HF_ANY_TUPLE || kind == HF_ANY_MAP ||
           kind == HF_ANY_OPAQUE);
    return unpack_nested(kind, bytes, len, 1, any);
}
