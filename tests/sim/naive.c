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

/* Packed values are unpacked by protobuf-c's own decoder. This one for tuples as well. */
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

static Hf__Opaque *unpack_opaque(const Hf__Any *any) {
    Hf__Opaque *opaque = hf__opaque__unpack(NULL, any->opaque.len, any->opaque.data);
    assert(opaque);
    return opaque;
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
    } else if (any->kind_case == HF__ANY__KIND_OPAQUE) {
        Hf__Opaque *opaque = unpack_opaque(any);
        for (size_t i = 0; i < opaque->n_refs; i++) {
            visit(context, opaque->refs[i]->id);
        }
        hf__opaque__free_unpacked(opaque, NULL);
    } else if (any->kind_case == HF__ANY__KIND_LIST || any->kind_case == HF__ANY__KIND_TUPLE) {
        Hf__AnyList *list = unpack_list(any);
        for (size_t i = 0; i < list->n_items; i++) {
            naive_each_ref(list->items[i], visit, context);
        }
        hf__any_list__free_unpacked(list, NULL);
    } else if (any->kind_case == HF__ANY__KIND_MAP) {
        Hf__AnyMap *map = unpack_map(any);
        for (size_t i = 0; i < map->n_items; i++) {
            naive_each_ref(map->items[i]->key, visit, context);
            naive_each_ref(map->items[i]->value, visit, context);
        }
        hf__any_map__free_unpacked(map, NULL);
    }
}

/* ---- numbers ---- */

static bool is_number(const Hf__Any *any) {
    return any->kind_case == HF__ANY__KIND_INT || any->kind_case == HF__ANY__KIND_DOUBLE;
}

static bool is_any_number(const Hf__Any *any) {
    return is_number(any) || any->kind_case == HF__ANY__KIND_BOOL ||
           any->kind_case == HF__ANY__KIND_BIG;
}

/* A big here has few bytes. */
static wide whole_of_big(ProtobufCBinaryData big) {
    __extension__ unsigned __int128 bits =
        big.data[big.len - 1] >= 0x80 ? ~(unsigned __int128)0 : 0;
    assert(big.len < sizeof bits);
    for (size_t i = big.len; i > 0; i--) {
        bits = bits << 8 | big.data[i - 1];
    }
    return (wide)bits;
}

/* Whether it is an integer, and which. */
static bool whole(const Hf__Any *any, wide *number) {
    switch ((int)any->kind_case) {
    case HF__ANY__KIND_BOOL:
        *number = any->bool_ ? 1 : 0;
        return true;
    case HF__ANY__KIND_INT:
        *number = any->int_;
        return true;
    case HF__ANY__KIND_BIG:
        *number = whole_of_big(any->big);
        return true;
    default:
        *number = fabs(any->double_) < 0x1p100 ? (wide)any->double_ : 0;
        return fabs(any->double_) < 0x1p100 && (double)*number == any->double_;
    }
}

/* A long double holds every int64 and every double exactly, but not every big. */
static long double real(const Hf__Any *any) {
    wide number = 0;
    return any->kind_case == HF__ANY__KIND_DOUBLE ? (long double)any->double_
           : whole(any, &number)                  ? (long double)number
                                                  : 0;
}

static int order_numbers(const Hf__Any *a, const Hf__Any *b) {
    wide wholes[2] = {0, 0};
    if (whole(a, &wholes[0]) && whole(b, &wholes[1])) {
        return wholes[0] < wholes[1] ? -1 : wholes[0] > wholes[1];
    }
    return real(a) < real(b) ? -1 : real(a) > real(b);
}

/* ---- equality ---- */

static bool same_list(Hf__Equality equality, const Hf__Any *one, const Hf__Any *other) {
    Hf__AnyList *a = unpack_list(one);
    Hf__AnyList *b = unpack_list(other);
    bool same = a->n_items == b->n_items;
    for (size_t i = 0; same && i < a->n_items; i++) {
        same = naive_same(equality, a->items[i], b->items[i]);
    }
    hf__any_list__free_unpacked(a, NULL);
    hf__any_list__free_unpacked(b, NULL);
    return same;
}

static bool in_map(Hf__Equality equality, const Hf__AnyMap *map, const Hf__Item *item) {
    for (size_t i = 0; i < map->n_items; i++) {
        if (naive_same(equality, map->items[i]->key, item->key)) {
            return naive_same(equality, map->items[i]->value, item->value);
        }
    }
    return false;
}

static bool same_map(Hf__Equality equality, const Hf__Any *one, const Hf__Any *other) {
    Hf__AnyMap *a = unpack_map(one);
    Hf__AnyMap *b = unpack_map(other);
    bool same = a->n_items == b->n_items;
    for (size_t i = 0; same && i < a->n_items; i++) {
        same = in_map(equality, b, a->items[i]);
    }
    hf__any_map__free_unpacked(a, NULL);
    hf__any_map__free_unpacked(b, NULL);
    return same;
}

static bool same_opaque(const Hf__Any *one, const Hf__Any *other) {
    Hf__Opaque *a = unpack_opaque(one);
    Hf__Opaque *b = unpack_opaque(other);
    bool same = same_bytes(a->tag, b->tag) && same_bytes(a->has_equals ? a->equals : a->bytes,
                                                         b->has_equals ? b->equals : b->bytes);
    hf__opaque__free_unpacked(a, NULL);
    hf__opaque__free_unpacked(b, NULL);
    return same;
}

static bool is_nan(const Hf__Any *any) {
    return any->kind_case == HF__ANY__KIND_DOUBLE && isnan(any->double_);
}

bool naive_same(Hf__Equality equality, const Hf__Any *a, const Hf__Any *b) {
    if (is_any_number(a) && is_any_number(b)) {
        bool comparable = equality == HF__EQUALITY__BY_VALUE || a->kind_case == b->kind_case;
        return comparable &&
               (is_nan(a) || is_nan(b) ? is_nan(a) && is_nan(b) : order_numbers(a, b) == 0);
    }
    if (a->kind_case != b->kind_case) {
        return false;
    }
    switch ((int)a->kind_case) {
    case HF__ANY__KIND_STRING:
        return same_bytes(a->string, b->string);
    case HF__ANY__KIND_BYTES:
        return same_bytes(a->bytes, b->bytes);
    case HF__ANY__KIND_LIST:
    case HF__ANY__KIND_TUPLE:
        return same_list(equality, a, b);
    case HF__ANY__KIND_MAP:
        return same_map(equality, a, b);
    case HF__ANY__KIND_OPAQUE:
        return same_opaque(a, b);
    case HF__ANY__KIND_REF:
        return a->ref->id == b->ref->id;
    default:
        return true; /* null */
    }
}

bool naive_equal(const Hf__Any *a, const Hf__Any *b) {
    return naive_same(HF__EQUALITY__BY_KIND, a, b);
}

bool naive_can_be_key(const Hf__Any *any) {
    if (any->kind_case != HF__ANY__KIND_TUPLE) {
        return any->kind_case != HF__ANY__KIND_LIST && any->kind_case != HF__ANY__KIND_MAP &&
               any->kind_case != HF__ANY__KIND_REF;
    }
    Hf__AnyList *tuple = unpack_list(any);
    bool possible = true;
    for (size_t i = 0; possible && i < tuple->n_items; i++) {
        possible = naive_can_be_key(tuple->items[i]);
    }
    hf__any_list__free_unpacked(tuple, NULL);
    return possible;
}

/* ---- order ---- */

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
    if (is_any_number(a) && is_any_number(b)) {
        *order = order_numbers(a, b);
        return !is_nan(a) && !is_nan(b);
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
    case HF__ANY__KIND_TUPLE:
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
        wide total = (wide)number->int_ + amount->int_;
        if (total < INT64_MIN || total > INT64_MAX) {
            return HF_OUT_OF_RANGE;
        }
        result = naive_int((int64_t)total);
    } else {
        result = naive_double((double)real(number) + (double)real(amount));
    }
    if (!at_most(floor, result) || !at_most(result, ceiling)) {
        return HF_OUT_OF_RANGE;
    }
    *sum = result;
    return HF_OK;
}
