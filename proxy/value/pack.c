/* SPDX-License-Identifier: MIT
 *
 * See pack.h.
 */
#include "pack.h"

#include "detail.h"
#include "holdfast.pb-c.h"
#include "packed.h"
#include "wire_limits.h"

#include <assert.h>
#include <string.h>

hf_status pack_check_text(const hf_any *any) {
    bool is_string = any->kind == HF_ANY_STRING;
    if (!any->bytes && (is_string || any->len > 0)) {
        return detail_set(HF_INVALID, "a %s is NULL",
                          is_string                   ? "string"
                          : any->kind == HF_ANY_BYTES ? "block of bytes"
                                                      : "big integer");
    }
    return any->len <= UINT32_MAX
               ? HF_OK
               : detail_set(HF_TOO_BIG, "a %s of %zu bytes is more than any manager takes",
                            is_string ? "string" : "block", any->len);
}

/* ---- opaque values ---- */

static struct packed_any pack_bytes_of(const void *bytes, size_t len) {
    return (struct packed_any){
        .kind = HF__ANY__KIND_BYTES, .len = (uint32_t)len, .bytes = (const uint8_t *)bytes};
}

static struct packed_opaque pack_parts_of(const hf_opaque *opaque) {
    struct packed_opaque packed = {.tag = pack_bytes_of(opaque->tag, strlen(opaque->tag)),
                                   .bytes = pack_bytes_of(opaque->bytes, opaque->len)};
    if (opaque->equals) {
        packed.equals = pack_bytes_of(opaque->equals, opaque->equals_len);
    }
    return packed;
}

static hf_status pack_check_opaque(const hf_opaque *opaque) {
    if (!opaque || !opaque->tag) {
        return detail_set(HF_INVALID, "an opaque value %s", opaque ? "has no tag" : "is NULL");
    }
    if ((opaque->len > 0 && !opaque->bytes) || (opaque->ref_count > 0 && !opaque->refs)) {
        return detail_set(HF_INVALID, "the %s of an opaque value are NULL",
                          opaque->len > 0 && !opaque->bytes ? "bytes" : "references");
    }
    enum { PART_MAX_BYTES = UINT32_MAX / 4, REFS_MAX = PART_MAX_BYTES / 16 };
    return strlen(opaque->tag) <= PART_MAX_BYTES && opaque->len <= PART_MAX_BYTES &&
                   opaque->equals_len <= PART_MAX_BYTES && opaque->ref_count <= REFS_MAX
               ? HF_OK
               : detail_set(HF_TOO_BIG, "an opaque value is more than any manager takes");
}

static hf_status pack_measure_opaque(const hf_opaque *opaque, size_t *len) {
    hf_status status = pack_check_opaque(opaque);
    if (status != HF_OK) {
        return status;
    }
    const struct packed_opaque packed = pack_parts_of(opaque);
    *len = packed_opaque_len(&packed);
    for (size_t i = 0; i < opaque->ref_count; i++) {
        *len += packed_ref_len(opaque->refs[i]);
    }
    return HF_OK;
}

static uint8_t *pack_opaque(uint8_t *end, const hf_opaque *opaque) {
    const struct packed_opaque packed = pack_parts_of(opaque);
    for (size_t i = opaque->ref_count; i > 0; i--) {
        end -= packed_ref_len(opaque->refs[i - 1]);
        (void)packed_put_ref(end, opaque->refs[i - 1]);
    }
    end -= packed_opaque_len(&packed);
    (void)packed_put_opaque(end, &packed);
    return end;
}

/* ---- all values ---- */

static bool pack_nests(const hf_any *any) {
    return any->kind == HF_ANY_LIST || any->kind == HF_ANY_TUPLE || any->kind == HF_ANY_MAP ||
           any->kind == HF_ANY_OPAQUE;
}

/* A value that is not packed itself, to be packed. */
static struct packed_any packed_of(const hf_any *any) {
    struct packed_any packed = {.kind = (uint8_t)any->kind};
    switch (any->kind) {
    case HF_ANY_BOOL:
        packed.boolean = any->as_bool;
        break;
    case HF_ANY_INT:
        packed.integer = any->as_int;
        break;
    case HF_ANY_DOUBLE:
        packed.real = any->as_double;
        break;
    case HF_ANY_STRING:
    case HF_ANY_BYTES:
    case HF_ANY_BIG:
        packed.len = (uint32_t)any->len;
        packed.bytes = any->bytes;
        break;
    case HF_ANY_REF:
        packed.ref = any->ref;
        break;
    case HF_ANY_NULL:
    case HF_ANY_LIST:
    case HF_ANY_TUPLE:
    case HF_ANY_MAP:
    case HF_ANY_OPAQUE:
        break;
    }
    return packed;
}

static hf_status measure_nested(const hf_any *any, unsigned depth, size_t *len);

/* Check a value, and find the length of its message. */
static hf_status measure(const hf_any *any, unsigned depth, size_t *len) {
    hf_status status = HF_OK;
    switch (any->kind) {
    case HF_ANY_LIST:
    case HF_ANY_TUPLE:
    case HF_ANY_MAP:
    case HF_ANY_OPAQUE:
        status = measure_nested(any, depth, len);
        *len = packed_field_len(*len);
        return status;
    case HF_ANY_STRING:
    case HF_ANY_BYTES:
    case HF_ANY_BIG:
        status = pack_check_text(any);
        break;
    case HF_ANY_NULL:
    case HF_ANY_BOOL:
    case HF_ANY_INT:
    case HF_ANY_DOUBLE:
    case HF_ANY_REF:
        break;
    default:
        return detail_set(HF_INVALID, "%d is not a kind of value", (int)any->kind);
    }
    const struct packed_any packed = packed_of(any);
    *len = packed_len(&packed);
    return status;
}

/* Check a list, tuple or map, and find the length of it packed. */
static hf_status measure_items(const hf_any *any, unsigned depth, size_t *len) {
    bool is_list = any->kind != HF_ANY_MAP;
    *len = 0;
    if (depth == HF_VALUE_MAX_DEPTH) {
        return detail_set(HF_TOO_BIG, "the value is nested deeper than %u", HF_VALUE_MAX_DEPTH);
    }
    if (any->len > 0 && !any->items) {
        return detail_set(HF_INVALID, "a %s of %zu %s points to NULL",
                          !is_list                    ? "map"
                          : any->kind == HF_ANY_TUPLE ? "tuple"
                                                      : "list",
                          any->len, is_list ? "values" : "items");
    }
    hf_status status = HF_OK;
    for (size_t i = 0; i < any->len && status == HF_OK; i++) {
        size_t parts[2] = {0, 0};
        status = measure(is_list ? &any->items[i] : &any->pairs[i].key, depth + 1, &parts[0]);
        if (status == HF_OK && !is_list) {
            status = measure(&any->pairs[i].value, depth + 1, &parts[1]);
            parts[0] = packed_field_len(parts[0]) + packed_field_len(parts[1]);
        }
        *len += packed_field_len(parts[0]);
    }
    return status;
}

static hf_status measure_nested(const hf_any *any, unsigned depth, size_t *len) {
    *len = 0;
    return any->kind == HF_ANY_OPAQUE ? pack_measure_opaque(any->opaque, len)
                                      : measure_items(any, depth, len);
}

/* Values are packed from their end, so that the length of a message is known where its head goes.
 * Each function returns where what it has written begins. */
static uint8_t *pack_nested(uint8_t *end, const hf_any *any);

static uint8_t *pack_head(uint8_t *contents, enum packed_field field, const uint8_t *end) {
    size_t len = (size_t)(end - contents);
    uint8_t *at = contents - (packed_field_len(len) - len);
    (void)packed_put_head(at, field, len);
    return at;
}

static uint8_t *pack_any(uint8_t *end, const hf_any *any) {
    if (pack_nests(any)) {
        return pack_head(pack_nested(end, any), packed_field_of((uint8_t)any->kind), end);
    }
    const struct packed_any packed = packed_of(any);
    uint8_t *at = end - packed_len(&packed);
    (void)packed_put(at, &packed);
    return at;
}

static uint8_t *pack_nested(uint8_t *end, const hf_any *any) {
    if (any->kind == HF_ANY_OPAQUE) {
        return pack_opaque(end, any->opaque);
    }
    for (size_t i = any->len; i > 0; i--) {
        uint8_t *at = end;
        if (any->kind != HF_ANY_MAP) {
            at = pack_any(at, &any->items[i - 1]);
        } else {
            const hf_any_item *pair = &any->pairs[i - 1];
            uint8_t *value = pack_head(pack_any(at, &pair->value), PACKED_VALUE, at);
            at = pack_head(pack_any(value, &pair->key), PACKED_FIRST, value);
        }
        end = pack_head(at, PACKED_FIRST, end);
    }
    return end;
}

hf_status pack_measure(const hf_any *any, size_t *len) {
    static_assert((int)HF_ANY_BOOL == (int)HF__ANY__KIND_BOOL &&
                      (int)HF_ANY_REF == (int)HF__ANY__KIND_REF &&
                      (int)HF_ANY_TUPLE == (int)HF__ANY__KIND_TUPLE &&
                      (int)HF_ANY_OPAQUE == (int)HF__ANY__KIND_OPAQUE,
                  "the kinds are those of the wire");
    assert(pack_nests(any));
    return measure_nested(any, 0, len);
}

void pack(uint8_t *to, size_t len, const hf_any *any) {
    const uint8_t *at = pack_nested(to + len, any);
    assert(at == to);
    (void)at;
}
