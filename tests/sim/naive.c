/* SPDX-License-Identifier: MIT
 *
 * See naive.h.
 */
#include "naive.h"

#include "keep.h"

#include <assert.h>
#include <math.h>
#include <string.h>

__extension__ typedef __int128 wide;

Hf__Any *naive_int(int64_t value) {
    Hf__Any *any = keep_any(HF__ANY__KIND_INT);
    any->int_ = value;
    return any;
}

Hf__Any *naive_double(double value) {
    Hf__Any *any = keep_any(HF__ANY__KIND_DOUBLE);
    any->double_ = value;
    return any;
}

Hf__Any *naive_bool(bool value) {
    Hf__Any *any = keep_any(HF__ANY__KIND_BOOL);
    any->bool_ = value;
    return any;
}

static bool same_bytes(ProtobufCBinaryData a, ProtobufCBinaryData b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Lists and maps are unpacked by protobuf-c's own decoder. */
static Hf__AnyList *unpack_list(const Hf__Any *any) {
    Hf__AnyList *list = hf__any_list__unpack(NULL, any->list.len, any->list.data);
    assert(list);
    return list;
}

static Hf__AnyMap *unpack_map(const Hf__Any *any) {
    Hf__AnyMap *map = hf__any_map__unpack(NULL, any->map.len, any->map.data);
    assert(map);
    return map;
}

static ProtobufCBinaryData packed(const ProtobufCMessage *message) {
    ProtobufCBinaryData data = {protobuf_c_message_get_packed_size(message), NULL};
    data.data = keep(data.len);
    (void)protobuf_c_message_pack(message, data.data);
    return data;
}

Hf__Any *naive_list(const Hf__AnyList *list) {
    Hf__Any *any = keep_any(HF__ANY__KIND_LIST);
    any->list = packed(&list->base);
    return any;
}

Hf__Any *naive_map(const Hf__AnyMap *map) {
    Hf__Any *any = keep_any(HF__ANY__KIND_MAP);
    any->map = packed(&map->base);
    return any;
}

void naive_each_ref(const Hf__Any *any, void (*visit)(void *context, uint64_t ref), void *context) {
    if (any->kind_case == HF__ANY__KIND_REF) {
        visit(context, any->ref->id);
    } else if (any->kind_case == HF__ANY__KIND_LIST) {
        Hf__AnyList *list = unpack_list(any);
        for (size_t i = 0; i < list->n_items; i++) {
            naive_each_ref(list->items[i], visit, context);
        }
        hf__any_list__free_unpacked(list, NULL);
    } else if (any->kind_case == HF__ANY__KIND_MAP) {
        Hf__AnyMap *map = unpack_map(any);
        for (size_t i = 0; i < map->n_items; i++) {
            naive_each_ref(map->items[i]->value, visit, context);
        }
        hf__any_map__free_unpacked(map, NULL);
    }
}

static bool same_list(const Hf__Any *one, const Hf__Any *other) {
    Hf__AnyList *a = unpack_list(one);
    Hf__AnyList *b = unpack_list(other);
    bool same = a->n_items == b->n_items;
    for (size_t i = 0; same && i < a->n_items; i++) {
        same = naive_equal(a->items[i], b->items[i]);
    }
    hf__any_list__free_unpacked(a, NULL);
    hf__any_list__free_unpacked(b, NULL);
    return same;
}

static bool in_map(const Hf__AnyMap *map, const Hf__Item *item) {
    for (size_t i = 0; i < map->n_items; i++) {
        if (naive_equal(map->items[i]->key, item->key)) {
            return naive_equal(map->items[i]->value, item->value);
        }
    }
    return false;
}

static bool same_map(const Hf__Any *one, const Hf__Any *other) {
    Hf__AnyMap *a = unpack_map(one);
    Hf__AnyMap *b = unpack_map(other);
    bool same = a->n_items == b->n_items;
    for (size_t i = 0; same && i < a->n_items; i++) {
        same = in_map(b, a->items[i]);
    }
    hf__any_map__free_unpacked(a, NULL);
    hf__any_map__free_unpacked(b, NULL);
    return same;
}

bool naive_equal(const Hf__Any *a, const Hf__Any *b) {
    if (a->kind_case != b->kind_case) {
        return false;
    }
    switch (a->kind_case) {
    case HF__ANY__KIND_BOOL:
        return !a->bool_ == !b->bool_;
    case HF__ANY__KIND_INT:
        return a->int_ == b->int_;
    case HF__ANY__KIND_DOUBLE:
        return a->double_ == b->double_ || (isnan(a->double_) && isnan(b->double_));
    case HF__ANY__KIND_STRING:
        return same_bytes(a->string, b->string);
    case HF__ANY__KIND_BYTES:
        return same_bytes(a->bytes, b->bytes);
    case HF__ANY__KIND_LIST:
        return same_list(a, b);
    case HF__ANY__KIND_MAP:
        return same_map(a, b);
    case HF__ANY__KIND_REF:
        return a->ref->id == b->ref->id;
    case HF__ANY__KIND__NOT_SET:
    case _HF__ANY__KIND__CASE_IS_INT_SIZE:
        break;
    }
    return true;
}

bool naive_scalar(const Hf__Any *any) {
    return any->kind_case != HF__ANY__KIND_LIST && any->kind_case != HF__ANY__KIND_MAP &&
           any->kind_case != HF__ANY__KIND_REF;
}

/* ---- order ---- */

static bool is_number(const Hf__Any *any) {
    return any->kind_case == HF__ANY__KIND_INT || any->kind_case == HF__ANY__KIND_DOUBLE;
}

/* A long double holds every int64 and every double exactly. */
static long double real(const Hf__Any *any) {
    return any->kind_case == HF__ANY__KIND_BOOL  ? (any->bool_ ? 1 : 0)
           : any->kind_case == HF__ANY__KIND_INT ? (long double)any->int_
                                                 : (long double)any->double_;
}

static int order_lens(size_t a, size_t b) {
    return a < b ? -1 : a > b ? 1 : 0;
}

static int order_bytes(ProtobufCBinaryData a, ProtobufCBinaryData b) {
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        if (a.data[i] != b.data[i]) {
            return a.data[i] < b.data[i] ? -1 : 1;
        }
    }
    return order_lens(a.len, b.len);
}

/* As Python: the first items that are not equal decide. */
static bool order_lists(const Hf__Any *one, const Hf__Any *other, int *order) {
    Hf__AnyList *a = unpack_list(one);
    Hf__AnyList *b = unpack_list(other);
    bool comparable = true;
    *order = 0;
    for (size_t i = 0; i < a->n_items && i < b->n_items && comparable && *order == 0; i++) {
        if (!naive_equal(a->items[i], b->items[i])) {
            comparable = naive_order(a->items[i], b->items[i], order);
        }
    }
    if (comparable && *order == 0) {
        *order = order_lens(a->n_items, b->n_items);
    }
    hf__any_list__free_unpacked(a, NULL);
    hf__any_list__free_unpacked(b, NULL);
    return comparable;
}

bool naive_order(const Hf__Any *a, const Hf__Any *b, int *order) {
    bool numbers = (is_number(a) || a->kind_case == HF__ANY__KIND_BOOL) &&
                   (is_number(b) || b->kind_case == HF__ANY__KIND_BOOL);
    if (numbers) {
        long double x = real(a);
        long double y = real(b);
        *order = x < y ? -1 : x > y ? 1 : 0;
        return !isnan(x) && !isnan(y);
    }
    if (a->kind_case != b->kind_case) {
        return false;
    }
    switch ((int)a->kind_case) {
    case HF__ANY__KIND_STRING:
        *order = order_bytes(a->string, b->string);
        return true;
    case HF__ANY__KIND_BYTES:
        *order = order_bytes(a->bytes, b->bytes);
        return true;
    case HF__ANY__KIND_LIST:
        return order_lists(a, b, order);
    default:
        return false;
    }
}

/* ---- addition ---- */

static bool is_null(const Hf__Any *any) {
    return !any || any->kind_case == HF__ANY__KIND__NOT_SET;
}

bool naive_addition(const Hf__Any *amount, const Hf__Any *floor, const Hf__Any *ceiling) {
    return is_number(amount) && (is_null(floor) || is_number(floor)) &&
           (is_null(ceiling) || is_number(ceiling));
}

static bool at_most(const Hf__Any *low, const Hf__Any *high) {
    return is_null(low) || is_null(high) || real(low) <= real(high);
}

hf_status naive_add(const Hf__Any *number, const Hf__Any *amount, const Hf__Any *floor,
                    const Hf__Any *ceiling, Hf__Any **sum) {
    Hf__Any *result = NULL;
    if (!naive_addition(amount, floor, ceiling) || !is_number(number)) {
        return HF_TYPE_ERROR;
    }
    if (number->kind_case == HF__ANY__KIND_INT) {
        if (amount->kind_case != HF__ANY__KIND_INT) {
            return HF_TYPE_ERROR;
        }
        wide whole = (wide)number->int_ + amount->int_;
        if (whole < INT64_MIN || whole > INT64_MAX) {
            return HF_OUT_OF_RANGE;
        }
        result = naive_int((int64_t)whole);
    } else {
        result = naive_double((double)real(number) + (double)real(amount));
    }
    if (!at_most(floor, result) || !at_most(result, ceiling)) {
        return HF_OUT_OF_RANGE;
    }
    *sum = result;
    return HF_OK;
}
