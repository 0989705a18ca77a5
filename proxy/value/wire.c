/* SPDX-License-Identifier: MIT
 *
 * See wire.h. Encoding refuses values that cannot be packed: nested too deep, or with a NULL
 * pointer. The manager decides whether it accepts the others.
 */
#include "wire.h"

#include "detail.h"
#include "wire_limits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static hf_status no_memory_for_request(void) {
    return detail_set(HF_NO_MEMORY, "no memory for the values of the request");
}

static hf_status put_value(struct scratch *scratch, const hf_any *any, unsigned depth,
                           Hf__Any *wire);

static hf_status put_array(struct scratch *scratch, const hf_any *items, size_t len, unsigned depth,
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
        status = put_value(scratch, &items[i], depth, &values[i]);
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

static hf_status put_items(struct scratch *scratch, const hf_any_item *pairs, size_t len,
                           unsigned depth, Hf__Item ***wire) {
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
        status = put_value(scratch, &pairs[i].key, depth, &items[i].key);
        if (status == HF_OK) {
            status = put_value(scratch, &pairs[i].value, depth, &items[i].value);
        }
    }
    *wire = pointers;
    return status;
}

static hf_status put_list(struct scratch *scratch, const hf_any *any, unsigned depth,
                          Hf__Any *wire) {
    assert(any->kind == HF_ANY_LIST && depth <= HF_VALUE_MAX_DEPTH);
    Hf__AnyList *list = scratch_take(scratch, 1, sizeof *list);
    if (!list) {
        return no_memory_for_request();
    }
    hf__any_list__init(list);
    list->n_items = any->len;
    wire->kind_case = HF__ANY__KIND_LIST;
    wire->list = list;
    return put_array(scratch, any->items, any->len, depth, &list->items);
}

static hf_status put_map(struct scratch *scratch, const hf_any *any, unsigned depth,
                         Hf__Any *wire) {
    assert(any->kind == HF_ANY_MAP && depth <= HF_VALUE_MAX_DEPTH);
    Hf__AnyMap *map = scratch_take(scratch, 1, sizeof *map);
    if (!map) {
        return no_memory_for_request();
    }
    hf__any_map__init(map);
    map->n_items = any->len;
    wire->kind_case = HF__ANY__KIND_MAP;
    wire->map = map;
    return put_items(scratch, any->pairs, any->len, depth, &map->items);
}

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
    bool is_string = any->kind == HF_ANY_STRING;
    assert(is_string || any->kind == HF_ANY_BYTES);
    if (!any->bytes && (is_string || any->len > 0)) {
        return detail_set(HF_INVALID, "a %s is NULL", is_string ? "string" : "block of bytes");
    }
    /* Packing only reads the text. */
    ProtobufCBinaryData data = {any->len, (uint8_t *)(uintptr_t)any->bytes};
    wire->kind_case = is_string ? HF__ANY__KIND_STRING : HF__ANY__KIND_BYTES;
    wire->bytes = data;
    return HF_OK;
}

static hf_status put_value(struct scratch *scratch, const hf_any *any, unsigned depth,
                           Hf__Any *wire) {
    hf__any__init(wire);
    bool nests = any->kind == HF_ANY_LIST || any->kind == HF_ANY_MAP;
    if (nests && depth == HF_VALUE_MAX_DEPTH) {
        return detail_set(HF_TOO_BIG, "the value is nested deeper than %u", HF_VALUE_MAX_DEPTH);
    }
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
        return put_text(any, wire);
    case HF_ANY_LIST:
        return put_list(scratch, any, depth + 1, wire);
    case HF_ANY_MAP:
        return put_map(scratch, any, depth + 1, wire);
    case HF_ANY_REF:
        return put_ref(scratch, any, wire);
    }
    return detail_set(HF_INVALID, "%d is not a kind of value", (int)any->kind);
}

hf_status wire_put(struct scratch *scratch, hf_any any, Hf__Any *wire) {
    return put_value(scratch, &any, 0, wire);
}

hf_status wire_put_array(struct scratch *scratch, const hf_any *items, size_t len,
                         Hf__Any ***wire) {
    return put_array(scratch, items, len, 0, wire);
}

hf_status wire_put_items(struct scratch *scratch, const hf_any_item *pairs, size_t len,
                         Hf__Item ***wire) {
    return put_items(scratch, pairs, len, 0, wire);
}

void *wire_copy_bytes(const ProtobufCBinaryData *data) {
    assert(data->data || data->len == 0);
    uint8_t *copy = malloc(data->len + 1);
    if (copy && data->len > 0) {
        memcpy(copy, data->data, data->len);
    }
    if (copy) {
        copy[data->len] = 0;
    }
    return copy;
}

static hf_status take_text(hf_any_kind kind, const ProtobufCBinaryData *data, hf_any *any) {
    assert(kind == HF_ANY_STRING || kind == HF_ANY_BYTES);
    void *copy = wire_copy_bytes(data);
    if (!copy) {
        return HF_NO_MEMORY;
    }
    any->kind = kind;
    any->len = data->len;
    any->bytes = copy;
    return HF_OK;
}

static hf_status take_list(const Hf__AnyList *list, hf_any *any) {
    hf_any_array array = {NULL, 0};
    hf_status status = wire_take_array(list->items, list->n_items, &array);
    if (status != HF_OK) {
        hf_any_array_clear(&array);
        return status;
    }
    any->kind = HF_ANY_LIST;
    any->len = array.len;
    any->items = array.items;
    return HF_OK;
}

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

static hf_status take_map(const Hf__AnyMap *wire, hf_any *any) {
    hf_any_map_array map = {calloc(wire->n_items + 1, sizeof *map.pairs), 0};
    hf_status status = map.pairs ? HF_OK : HF_NO_MEMORY;
    for (; map.len < wire->n_items && status == HF_OK; map.len++) {
        const Hf__Item *item = wire->items[map.len];
        status = take_item(item->key, item->value, &map.pairs[map.len]);
    }
    if (status != HF_OK) {
        hf_any_map_array_clear(&map);
        return status;
    }
    any->kind = HF_ANY_MAP;
    any->len = map.len;
    any->pairs = map.pairs;
    return HF_OK;
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
        return take_text(HF_ANY_STRING, &wire->string, any);
    case HF__ANY__KIND_BYTES:
        return take_text(HF_ANY_BYTES, &wire->bytes, any);
    case HF__ANY__KIND_LIST:
        return take_list(wire->list, any);
    case HF__ANY__KIND_MAP:
        return take_map(wire->map, any);
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
