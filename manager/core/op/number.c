/* SPDX-License-Identifier: MIT */
#include "number.h"

#include "show.h"

#include <assert.h>

static bool number_is(const struct any *any) {
    return any->kind == ANY_INT || any->kind == ANY_DOUBLE;
}

static hf_status number_view_bound(struct call *call, Hf__Any *wire, struct any *bound) {
    *bound = (struct any){.kind = ANY_NULL};
    hf_status status = call_view(call, wire, bound);
    if (status == HF_OK && bound->kind != ANY_NULL && !number_is(bound)) {
        char words[SHOW_KIND_BYTES];
        return call_refuse(call, HF_TYPE_ERROR, "a bound must be an int or a double, not %s",
                           show_kind(any_kind_name(bound), words));
    }
    return status;
}

hf_status number_view_addition(struct call *call, Hf__Any *amount, Hf__Any *floor, Hf__Any *ceiling,
                               struct addition *addition) {
    hf_status status = call_view(call, amount, &addition->amount);
    if (status == HF_OK && !number_is(&addition->amount)) {
        char words[SHOW_KIND_BYTES];
        return call_refuse(call, HF_TYPE_ERROR, "the amount must be an int or a double, not %s",
                           show_kind(any_kind_name(&addition->amount), words));
    }
    if (status == HF_OK) {
        status = number_view_bound(call, floor, &addition->floor);
    }
    return status == HF_OK ? number_view_bound(call, ceiling, &addition->ceiling) : status;
}

static double number_real(const struct any *any) {
    assert(number_is(any));
    return any->kind == ANY_INT ? (double)any->integer : any->real;
}

static bool number_sum(const struct any *a, const struct any *b, struct any *sum) {
    if (a->kind == ANY_INT) {
        sum->kind = ANY_INT;
        return !__builtin_add_overflow(a->integer, b->integer, &sum->integer);
    }
    sum->kind = ANY_DOUBLE;
    sum->real = number_real(a) + number_real(b);
    return true;
}

/* Whether `low` <= `high`, or one of them is not given. NaN is within no bound. */
static bool number_ordered(const struct any *low, const struct any *high) {
    int order = 0;
    if (low->kind == ANY_NULL || high->kind == ANY_NULL) {
        return true;
    }
    return any_compare_numbers(low, high, &order) && order <= 0;
}

hf_status number_add(struct call *call, const struct any *number, const struct addition *addition,
                     struct any *sum) {
    if (!number_is(number)) {
        char words[SHOW_KIND_BYTES];
        return call_refuse(call, HF_TYPE_ERROR, "only an int or a double can be added to, not %s",
                           show_kind(any_kind_name(number), words));
    }
    if (number->kind == ANY_INT && addition->amount.kind != ANY_INT) {
        return call_refuse(call, HF_TYPE_ERROR, "a double cannot be added to an int");
    }
    struct any result = {.kind = ANY_NULL};
    if (!number_sum(number, &addition->amount, &result)) {
        return call_refuse(call, HF_OUT_OF_RANGE, "the sum does not fit an int64");
    }
    if (!number_ordered(&addition->floor, &result)) {
        return call_refuse(call, HF_OUT_OF_RANGE, "the sum would be below the floor");
    }
    if (!number_ordered(&result, &addition->ceiling)) {
        return call_refuse(call, HF_OUT_OF_RANGE, "the sum would be above the ceiling");
    }
    *sum = result;
    return HF_OK;
}
