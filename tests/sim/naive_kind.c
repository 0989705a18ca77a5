/* SPDX-License-Identifier: MIT
 *
 * See naive_kind.h.
 */
#include "naive_kind.h"

#include "naive.h"

#include <math.h>

__extension__ typedef __int128 wide;

bool naive_is_kind(Hf__Kind kind) {
    return kind >= HF__KIND__BOOL && kind <= HF__KIND__F64;
}

/* Bits and sign of the kinds of ints. */
static bool fits(Hf__Kind kind, int64_t number) {
    static const struct {
        int bits;
        bool is_signed;
    } shapes[] = {
        [HF__KIND__BOOL] = {1, false}, [HF__KIND__CHAR] = {8, false}, [HF__KIND__I8] = {8, true},
        [HF__KIND__I16] = {16, true},  [HF__KIND__I32] = {32, true},  [HF__KIND__U8] = {8, false},
        [HF__KIND__U16] = {16, false}, [HF__KIND__U32] = {32, false},
    };
    if (kind == HF__KIND__I64 || kind == HF__KIND__U64) {
        return true;
    }
    wide most = ((wide)1 << (shapes[kind].bits - shapes[kind].is_signed)) - 1;
    wide least = shapes[kind].is_signed ? -most - 1 : 0;
    return number >= least && number <= most;
}

static hf_status to_real(Hf__Kind kind, double real, Hf__Any **number) {
    if (kind == HF__KIND__F32 && isfinite(real) && isinf((float)real)) {
        return HF_OUT_OF_RANGE;
    }
    *number = naive_double(kind == HF__KIND__F32 ? (double)(float)real : real);
    return HF_OK;
}

hf_status naive_convert(Hf__Kind kind, Hf__Any **number) {
    Hf__Any *any = *number;
    bool real = kind == HF__KIND__F32 || kind == HF__KIND__F64;
    if (any->kind_case == HF__ANY__KIND_DOUBLE) {
        return real ? to_real(kind, any->double_, number) : HF_TYPE_ERROR;
    }
    if (any->kind_case != HF__ANY__KIND_INT && (real || any->kind_case != HF__ANY__KIND_BOOL)) {
        return HF_TYPE_ERROR;
    }
    int64_t whole = any->kind_case == HF__ANY__KIND_BOOL ? !!any->bool_ : any->int_;
    if (real) {
        return to_real(kind, (double)whole, number);
    }
    if (!fits(kind, whole)) {
        return HF_OUT_OF_RANGE;
    }
    *number = kind == HF__KIND__BOOL ? naive_bool(whole != 0) : naive_int(whole);
    return HF_OK;
}

static bool within_u64(const Hf__Any *low, wide number, const Hf__Any *high) {
    bool above = !low || low->kind_case != HF__ANY__KIND_INT || number >= (uint64_t)low->int_;
    bool below = !high || high->kind_case != HF__ANY__KIND_INT || number <= (uint64_t)high->int_;
    return above && below;
}

/* A u64 travels as the int64 with the same bits, and so do its bounds. */
static hf_status add_u64(const Hf__Any *number, const Hf__Any *amount, const Hf__Any *floor,
                         const Hf__Any *ceiling, Hf__Any **sum) {
    bool real_bound = (floor && floor->kind_case == HF__ANY__KIND_DOUBLE) ||
                      (ceiling && ceiling->kind_case == HF__ANY__KIND_DOUBLE);
    if (!naive_addition(amount, floor, ceiling) || real_bound ||
        amount->kind_case != HF__ANY__KIND_INT) {
        return HF_TYPE_ERROR;
    }
    wide after = (wide)(uint64_t)number->int_ + amount->int_;
    if (after < 0 || after > UINT64_MAX || !within_u64(floor, after, ceiling)) {
        return HF_OUT_OF_RANGE;
    }
    *sum = naive_int((int64_t)(uint64_t)after);
    return HF_OK;
}

static const Hf__Any *int_of(const Hf__Any *any) {
    return any && any->kind_case == HF__ANY__KIND_BOOL ? naive_int(!!any->bool_) : any;
}

hf_status naive_kind_add(Hf__Kind kind, const Hf__Any *number, const Hf__Any *amount,
                         const Hf__Any *floor, const Hf__Any *ceiling, Hf__Any **sum) {
    if (kind != HF__KIND__F32 && kind != HF__KIND__F64) {
        amount = int_of(amount);
        floor = int_of(floor);
        ceiling = int_of(ceiling);
    }
    hf_status status = kind == HF__KIND__U64 ? add_u64(number, amount, floor, ceiling, sum)
                                             : naive_add(number, amount, floor, ceiling, sum);
    return status == HF_OK ? naive_convert(kind, sum) : status;
}
