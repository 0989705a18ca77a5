/* SPDX-License-Identifier: MIT
 *
 * What is expected of a value.
 */
#include "keep.h"
#include "make.h"
#include "model.h"
#include "naive.h"

#include <math.h>

__extension__ typedef __int128 wide;

struct value {
    Hf__Kind kind;
    Hf__Any *number;
};

static struct value *value_of(const struct model_run *run) {
    return run->object->own;
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

/* Make it one of this kind. */
static hf_status convert(Hf__Kind kind, Hf__Any **number) {
    Hf__Any *any = *number;
    bool real = kind == HF__KIND__F32 || kind == HF__KIND__F64;
    if (any->kind_case == HF__ANY__KIND_DOUBLE) {
        return real ? to_real(kind, any->double_, number) : HF_TYPE_ERROR;
    }
    if (any->kind_case != HF__ANY__KIND_INT && any->kind_case != HF__ANY__KIND_BOOL) {
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

/* ---- open, get, set -----------------------------------------------------------------------------
 */

static void make_open(struct maker *maker) {
    bool common = maker_chance(maker, 70);
    Hf__Kind kind = common ? HF__KIND__I64 : (Hf__Kind)(1 + maker_roll(maker, 13));
    maker_emit(maker,
               REQUEST(maker->object, value_open, .name = maker_name(maker), .has_mode = true,
                       .mode = maker_mode(maker), .has_kind = !common, .kind = kind,
                       .initial = maker_chance(maker, 50) ? maker_number(maker) : NULL));
}

static bool same(const void *own, const void *wanted) {
    return ((const struct value *)own)->kind == ((const struct value *)wanted)->kind;
}

static hf_status open(struct model_run *run) {
    const Hf__ValueOpen *in = run->request->value_open;
    struct value *value = keep(sizeof *value);
    value->kind = in->has_kind ? in->kind : HF__KIND__I64;
    value->number = in->initial ? in->initial : naive_int(0);
    if (value->kind < HF__KIND__BOOL || value->kind > HF__KIND__F64) {
        return HF_INVALID;
    }
    hf_status status = convert(value->kind, &value->number);
    return model_open(
        run, (struct model_opening){&model_value, in->name, in->mode, value, status, same});
}

static void make_get(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, value_get));
}

static hf_status get(struct model_run *run) {
    return model_answer_value(run, value_of(run)->number);
}

static void make_set(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, value_set, .value = maker_number(maker)));
}

static hf_status set(struct model_run *run) {
    Hf__Any *number = run->request->value_set->value;
    hf_status status = convert(value_of(run)->kind, &number);
    if (status == HF_OK) {
        value_of(run)->number = number;
    }
    return status;
}

/* ---- add, compare and set -----------------------------------------------------------------------
 */

static void make_add(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, value_add, .amount = maker_number(maker),
                              .floor = maker_bound(maker, -2), .ceiling = maker_bound(maker, 8)));
}

static bool within_u64(const Hf__Any *low, wide number, const Hf__Any *high) {
    bool above = !low || low->kind_case != HF__ANY__KIND_INT || number >= (uint64_t)low->int_;
    bool below = !high || high->kind_case != HF__ANY__KIND_INT || number <= (uint64_t)high->int_;
    return above && below;
}

/* A u64 travels as the int64 with the same bits, and so do its bounds. */
static hf_status add_u64(const Hf__Any *number, const Hf__ValueAdd *in, Hf__Any **sum) {
    bool real_bound = (in->floor && in->floor->kind_case == HF__ANY__KIND_DOUBLE) ||
                      (in->ceiling && in->ceiling->kind_case == HF__ANY__KIND_DOUBLE);
    if (!naive_addition(in->amount, in->floor, in->ceiling) || real_bound ||
        in->amount->kind_case != HF__ANY__KIND_INT) {
        return HF_TYPE_ERROR;
    }
    wide after = (wide)(uint64_t)number->int_ + in->amount->int_;
    if (after < 0 || after > UINT64_MAX || !within_u64(in->floor, after, in->ceiling)) {
        return HF_OUT_OF_RANGE;
    }
    *sum = naive_int((int64_t)(uint64_t)after);
    return HF_OK;
}

static hf_status add(struct model_run *run) {
    const Hf__ValueAdd *in = run->request->value_add;
    struct value *value = value_of(run);
    Hf__Any *sum = NULL;
    hf_status status = value->kind == HF__KIND__U64
                           ? add_u64(value->number, in, &sum)
                           : naive_add(value->number, in->amount, in->floor, in->ceiling, &sum);
    if (status == HF_OK) {
        status = convert(value->kind, &sum);
    }
    if (status != HF_OK) {
        return status;
    }
    value->number = sum;
    return model_answer_value(run, sum);
}

static void make_compare(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, value_compare_and_set, .expected = maker_number(maker),
                              .replacement = maker_number(maker)));
}

static hf_status compare_and_set(struct model_run *run) {
    Hf__Any *expected = run->request->value_compare_and_set->expected;
    Hf__Any *replacement = run->request->value_compare_and_set->replacement;
    struct value *value = value_of(run);
    hf_status status = convert(value->kind, &expected);
    if (status == HF_OK) {
        status = convert(value->kind, &replacement);
    }
    if (status != HF_OK) {
        return status;
    }
    if (!naive_equal(value->number, expected)) {
        (void)model_answer_value(run, value->number);
        return HF_MISMATCH;
    }
    value->number = replacement;
    return HF_OK;
}

static const struct model_op ops[] = {
    {HF__REQUEST__OP_VALUE_OPEN, 10, make_open, open, NULL, MODEL_OPENS | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_VALUE_GET, 20, make_get, get, NULL, 0, 0},
    {HF__REQUEST__OP_VALUE_SET, 20, make_set, set, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_VALUE_ADD, 40, make_add, add, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_VALUE_COMPARE_AND_SET, 10, make_compare, compare_and_set, NULL, MODEL_CHANGES,
     0},
};

const struct model_type model_value = {
    .tag = HF__TYPE__VALUE,
    .name = "value",
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
};
