/* SPDX-License-Identifier: MIT
 *
 * See naive.h.
 */
#include "naive.h"

#include "keep.h"

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

static bool same_list(const Hf__AnyList *a, const Hf__AnyList *b) {
    for (size_t i = 0; a->n_items == b->n_items && i < a->n_items; i++) {
        if (!naive_equal(a->items[i], b->items[i])) {
            return false;
        }
    }
    return a->n_items == b->n_items;
}

static bool in_map(const Hf__AnyMap *map, const Hf__Item *item) {
    for (size_t i = 0; i < map->n_items; i++) {
        if (naive_equal(map->items[i]->key, item->key)) {
            return naive_equal(map->items[i]->value, item->value);
        }
    }
    return false;
}

static bool same_map(const Hf__AnyMap *a, const Hf__AnyMap *b) {
    for (size_t i = 0; a->n_items == b->n_items && i < a->n_items; i++) {
        if (!in_map(b, a->items[i])) {
            return false;
        }
    }
    return a->n_items == b->n_items;
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
        return same_list(a->list, b->list);
    case HF__ANY__KIND_MAP:
        return same_map(a->map, b->map);
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
static bool order_lists(const Hf__AnyList *a, const Hf__AnyList *b, int *order) {
    for (size_t i = 0; i < a->n_items && i < b->n_items; i++) {
        if (!naive_equal(a->items[i], b->items[i])) {
            bool comparable = naive_order(a->items[i], b->items[i], order);
            if (!comparable || *order != 0) {
                return comparable;
            }
        }
    }
    *order = order_lens(a->n_items, b->n_items);
    return true;
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
        return order_lists(a->list, b->list, order);
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
