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

hf_status pack_check_text(const hf_any *any) {
    bool is_string = any->kind == HF_ANY_STRING;
    if (!any->bytes && (is_string || any->len > 0)) {
        return detail_set(HF_INVALID, "a %s is NULL", is_string ? "string" : "block of bytes");
    }
    return any->len <= UINT32_MAX
               ? HF_OK
               : detail_set(HF_TOO_BIG, "a %s of %zu bytes is more than any manager takes",
                            is_string ? "string" : "block", any->len);
}

/* A scalar or a reference, to be packed. */
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
        packed.len = (uint32_t)any->len;
        packed.bytes = any->bytes;
        break;
    case HF_ANY_REF:
        packed.ref = any->ref;
        break;
    case HF_ANY_NULL:
    case HF_ANY_LIST:
    case HF_ANY_MAP:
        break;
    }
    return packed;
}

static hf_status measure_items(const hf_any *any, unsigned depth, size_t *len);

/* Check a value, and find the length of its message. */
static hf_status measure(const hf_any *any, unsigned depth, size_t *len) {
    hf_status status = HF_OK;
    switch (any->kind) {
    case HF_ANY_LIST:
    case HF_ANY_MAP:
        status = measure_items(any, depth, len);
        *len = packed_field_len(*len);
        return status;
    case HF_ANY_STRING:
    case HF_ANY_BYTES:
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

/* Check a list or map, and find the length of it packed. */
static hf_status measure_items(const hf_any *any, unsigned depth, size_t *len) {
    bool is_list = any->kind == HF_ANY_LIST;
    *len = 0;
    if (depth == HF_VALUE_MAX_DEPTH) {
        return detail_set(HF_TOO_BIG, "the value is nested deeper than %u", HF_VALUE_MAX_DEPTH);
    }
    if (any->len > 0 && !any->items) {
        return detail_set(HF_INVALID, "a %s of %zu %s points to NULL", is_list ? "list" : "map",
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
    if (any->kind == HF_ANY_LIST || any->kind == HF_ANY_MAP) {
        return pack_head(pack_nested(end, any), any->kind == HF_ANY_LIST ? PACKED_LIST : PACKED_MAP,
                         end);
    }
    const struct packed_any packed = packed_of(any);
    uint8_t *at = end - packed_len(&packed);
    (void)packed_put(at, &packed);
    return at;
}

static uint8_t *pack_nested(uint8_t *end, const hf_any *any) {
    for (size_t i = any->len; i > 0; i--) {
        uint8_t *at = end;
        if (any->kind == HF_ANY_LIST) {
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
                      (int)HF_ANY_REF == (int)HF__ANY__KIND_REF,
                  "the kinds are those of the wire");
    assert(any->kind == HF_ANY_LIST || any->kind == HF_ANY_MAP);
    return measure_items(any, 0, len);
}

void pack(uint8_t *to, size_t len, const hf_any *any) {
    const uint8_t *at = pack_nested(to + len, any);
    assert(at == to);
    (void)at;
}
