/* SPDX-License-Identifier: MIT
 *
 * See wire.h. Encoding refuses values that cannot be packed: nested too deep, or with a NULL
 * pointer. The manager decides whether it accepts the others.
 */
#include "wire.h"

#include "detail.h"
#include "pack.h"
#include "unpack.h"
#include "wire_limits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static hf_status no_memory_for_request(void) {
    return detail_set(HF_NO_MEMORY, "no memory for the values of the request");
}

static hf_status put_nested(struct scratch *scratch, const hf_any *any, ProtobufCBinaryData *data) {
    size_t len = 0;
    hf_status status = pack_measure(any, &len);
    uint8_t *bytes = status == HF_OK && len > 0 ? scratch_take(scratch, len, 1) : NULL;
    if (status == HF_OK && len > 0 && !bytes) {
        return no_memory_for_request();
    }
    if (bytes) {
        pack(bytes, len, any);
    }
    *data = (ProtobufCBinaryData){len, bytes};
    return status;
}

/* ---- to the wire ---- */

static hf_status put_ref(struct scratch *scratch, const hf_any *any, Hf__Any *wire) {
    assert(any->kind == HF_ANY_REF);
    Hf__Ref *ref = scratch_take(scratch, 1, sizeof *ref);
    if (!ref) {
        return no_memory_for_request();
    }
    hf__ref__init(ref);
    ref->id = any->ref;
    wire->kind_case = HF__ANY__KIND_REF;
    wire->ref = ref;
    return HF_OK;
}

static hf_status put_text(const hf_any *any, Hf__Any *wire) {
    /* Packing only reads the text. */
    ProtobufCBinaryData data = {any->len, (uint8_t *)(uintptr_t)any->bytes};
    wire->kind_case = (Hf__Any__KindCase)any->kind;
    wire->bytes = data;
    return pack_check_text(any);
}

static hf_status put_value(struct scratch *scratch, const hf_any *any, Hf__Any *wire) {
    hf__any__init(wire);
    switch (any->kind) {
    case HF_ANY_NULL:
        return HF_OK;
    case HF_ANY_BOOL:
        wire->kind_case = HF__ANY__KIND_BOOL;
        wire->bool_ = any->as_bool;
        return HF_OK;
    case HF_ANY_INT:
        wire->kind_case = HF__ANY__KIND_INT;
        wire->int_ = any->as_int;
        return HF_OK;
    case HF_ANY_DOUBLE:
        wire->kind_case = HF__ANY__KIND_DOUBLE;
        wire->double_ = any->as_double;
        return HF_OK;
    case HF_ANY_STRING:
    case HF_ANY_BYTES:
    case HF_ANY_BIG:
        return put_text(any, wire);
    case HF_ANY_LIST:
    case HF_ANY_TUPLE:
    case HF_ANY_MAP:
    case HF_ANY_OPAQUE:
        wire->kind_case = (Hf__Any__KindCase)any->kind;
        return put_nested(scratch, any, &wire->bytes);
    case HF_ANY_REF:
        return put_ref(scratch, any, wire);
    }
    return detail_set(HF_INVALID, "%d is not a kind of value", (int)any->kind);
}

hf_status wire_put(struct scratch *scratch, hf_any any, Hf__Any *wire) {
    return put_value(scratch, &any, wire);
}

hf_status wire_put_array(struct scratch *scratch, const hf_any *items, size_t len,
                         Hf__Any ***wire) {
    if (len > 0 && !items) {
        return detail_set(HF_INVALID, "a list of %zu values points to NULL", len);
    }
    Hf__Any **pointers = scratch_take(scratch, len, sizeof *pointers);
    Hf__Any *values = scratch_take(scratch, len, sizeof *values);
    if (!pointers || !values) {
        return no_memory_for_request();
    }
    hf_status status = HF_OK;
    for (size_t i = 0; i < len && status == HF_OK; i++) {
        pointers[i] = &values[i];
        status = put_value(scratch, &items[i], &values[i]);
    }
    *wire = pointers;
    return status;
}

/* An item with its key and value beside it. */
struct whole_item {
    Hf__Item item;
    Hf__Any key;
    Hf__Any value;
};

hf_status wire_put_items(struct scratch *scratch, const hf_any_item *pairs, size_t len,
                         Hf__Item ***wire) {
    if (len > 0 && !pairs) {
        return detail_set(HF_INVALID, "a map of %zu items points to NULL", len);
    }
    Hf__Item **pointers = scratch_take(scratch, len, sizeof *pointers);
    struct whole_item *items = scratch_take(scratch, len, sizeof *items);
    if (!pointers || !items) {
        return no_memory_for_request();
    }
    hf_status status = HF_OK;
    for (size_t i = 0; i < len && status == HF_OK; i++) {
        pointers[i] = &items[i].item;
        hf__item__init(&items[i].item);
        items[i].item.key = &items[i].key;
        items[i].item.value = &items[i].value;
        status = put_value(scratch, &pairs[i].key, &items[i].key);
        if (status == HF_OK) {
            status = put_value(scratch, &pairs[i].value, &items[i].value);
        }
    }
    *wire = pointers;
    return status;
}

/* ---- from the wire ---- */

/* The item is null at first, and after a failure. */
static hf_status take_item(const Hf__Any *key, const Hf__Any *value, hf_any_item *item) {
    hf_status status = wire_take(key, &item->key);
    if (status == HF_OK) {
        status = wire_take(value, &item->value);
    }
    if (status != HF_OK) {
        hf_any_clear(&item->key);
    }
    return status;
}

hf_status wire_take(const Hf__Any *wire, hf_any *any) {
    switch (wire->kind_case) {
    case HF__ANY__KIND_BOOL:
        *any = hf_any_bool(wire->bool_);
        return HF_OK;
    case HF__ANY__KIND_INT:
        *any = hf_any_int(wire->int_);
        return HF_OK;
    case HF__ANY__KIND_DOUBLE:
        *any = hf_any_double(wire->double_);
        return HF_OK;
    case HF__ANY__KIND_STRING:
    case HF__ANY__KIND_BYTES:
    case HF__ANY__KIND_BIG:
        return unpack_text((hf_any_kind)wire->kind_case, wire->bytes.data, wire->bytes.len, any);
    case HF__ANY__KIND_LIST:
    case HF__ANY__KIND_TUPLE:
    case HF__ANY__KIND_MAP:
    case HF__ANY__KIND_OPAQUE:
        return unpack((hf_any_kind)wire->kind_case, wire->bytes.data, wire->bytes.len, any);
    case HF__ANY__KIND_REF:
        *any = hf_any_ref(wire->ref->id);
        return HF_OK;
    case HF__ANY__KIND__NOT_SET:
    case _HF__ANY__KIND__CASE_IS_INT_SIZE:
        break;
    }
    *any = hf_any_null();
    return HF_OK;
}

/* The array with room for `more` entries behind its `len` entries, set to null. */
static void *grow_zeroed(void *entries, size_t len, size_t more, size_t size) {
    size_t count = 0;
    size_t bytes = 0;
    if (__builtin_add_overflow(len, more, &count) ||
        __builtin_mul_overflow(count ? count : 1, size, &bytes)) {
        return NULL;
    }
    assert(entries || len == 0);
    unsigned char *grown = realloc(entries, bytes);
    if (grown) {
        assert(bytes >= len * size);
        memset(grown + len * size, 0, bytes - len * size);
    }
    return grown;
}

hf_status wire_take_array(Hf__Any *const *wire, size_t len, hf_any_array *array) {
    static_assert(HF_ANY_NULL == 0, "zeroed values are null");
    hf_any *items = grow_zeroed(array->items, array->len, len, sizeof *items);
    if (!items) {
        return HF_NO_MEMORY;
    }
    array->items = items;
    for (size_t i = 0; i < len; i++) {
        hf_status status = wire_take(wire[i], &items[array->len + i]);
        if (status != HF_OK) {
            for (size_t k = array->len; k < array->len + i; k++) {
                hf_any_clear(&items[k]);
            }
            return status;
        }
    }
    array->len += len;
    return HF_OK;
}

hf_status wire_take_pairs(Hf__Any *const *keys, Hf__Any *const *values, size_t len,
                          hf_any_map_array *map) {
    hf_any_item *pairs = grow_zeroed(map->pairs, map->len, len, sizeof *pairs);
    if (!pairs) {
        return HF_NO_MEMORY;
    }
    map->pairs = pairs;
    for (size_t i = 0; i < len; i++) {
        hf_status status = take_item(keys[i], values[i], &pairs[map->len + i]);
        if (status != HF_OK) {
            for (size_t k = map->len; k < map->len + i; k++) {
                hf_any_clear(&pairs[k].key);
                hf_any_clear(&pairs[k].value);
            }
            return status;
        }
    }
    map->len += len;
    return HF_OK;
}
