/* SPDX-License-Identifier: MIT
 *
 * The model of a value.
 */
#include "keep.h"
#include "make.h"
#include "model.h"
#include "naive.h"
#include "naive_kind.h"

struct value {
    Hf__Kind kind;
    Hf__Any *number;
};

static struct value *value_of(const struct model_run *run) {
    return run->object->own;
}

/* ---- open, get, set ---- */

static void make_value_open(struct maker *maker) {
    bool common = maker_chance(maker, 70);
    Hf__Kind kind = common ? HF__KIND__I64 : (Hf__Kind)(1 + maker_roll(maker, 13));
    maker_emit(maker,
               REQUEST(maker->object, value_open, .name = maker_name(maker), .has_mode = true,
                       .mode = maker_mode(maker), .has_kind = !common, .kind = kind,
                       .initial = maker_chance(maker, 50) ? maker_number(maker) : NULL));
}

static bool value_same(const void *own, const Hf__Request *request) {
    const Hf__ValueOpen *in = request->value_open;
    return !in->has_kind || ((const struct value *)own)->kind == in->kind;
}

static hf_status value_open(struct model_run *run) {
    const Hf__ValueOpen *in = run->request->value_open;
    struct value *value = keep(sizeof *value);
    value->kind = in->has_kind ? in->kind : HF__KIND__I64;
    value->number = in->initial ? in->initial : naive_int(0);
    if (!naive_is_kind(value->kind)) {
        return HF_INVALID;
    }
    hf_status status = naive_convert(value->kind, &value->number);
    return model_open(
        run, (struct model_opening){&model_value, in->name, in->mode, value, status, value_same});
}

static void make_value_get(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, value_get));
}

static hf_status value_get(struct model_run *run) {
    return model_answer_value(run, value_of(run)->number);
}

static void make_value_set(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, value_set, .value = maker_number(maker)));
}

static hf_status value_set(struct model_run *run) {
    Hf__Any *number = run->request->value_set->value;
    hf_status status = naive_convert(value_of(run)->kind, &number);
    if (status == HF_OK) {
        value_of(run)->number = number;
    }
    return status;
}

/* ---- add, compare and set ---- */

static void make_value_add(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, value_add, .amount = maker_number(maker),
                              .floor = maker_bound(maker, -2), .ceiling = maker_bound(maker, 8)));
}

static hf_status value_add(struct model_run *run) {
    const Hf__ValueAdd *in = run->request->value_add;
    struct value *value = value_of(run);
    Hf__Any *sum = NULL;
    hf_status status =
        naive_kind_add(value->kind, value->number, in->amount, in->floor, in->ceiling, &sum);
    if (status != HF_OK) {
        return status;
    }
    value->number = sum;
    return model_answer_value(run, sum);
}

static void make_value_compare(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, value_compare_and_set, .expected = maker_number(maker),
                              .replacement = maker_number(maker)));
}

static hf_status value_compare_and_set(struct model_run *run) {
    Hf__Any *expected = run->request->value_compare_and_set->expected;
    Hf__Any *replacement = run->request->value_compare_and_set->replacement;
    struct value *value = value_of(run);
    hf_status status = naive_convert(value->kind, &expected);
    if (status == HF_OK) {
        status = naive_convert(value->kind, &replacement);
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

static const struct model_op value_ops[] = {
    {HF__REQUEST__OP_VALUE_OPEN, 10, make_value_open, value_open, NULL, MODEL_OPENS | MODEL_CHANGES,
     0},
    {HF__REQUEST__OP_VALUE_GET, 20, make_value_get, value_get, NULL, 0, 0},
    {HF__REQUEST__OP_VALUE_SET, 20, make_value_set, value_set, NULL, MODEL_CHANGES | MODEL_UNDOES,
     0},
    {HF__REQUEST__OP_VALUE_ADD, 40, make_value_add, value_add, NULL, MODEL_CHANGES | MODEL_UNDOES,
     0},
    {HF__REQUEST__OP_VALUE_COMPARE_AND_SET, 10, make_value_compare, value_compare_and_set, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
};

const struct model_type model_value = {
    .tag = HF__TYPE__VALUE,
    .name = "value",
    .ops = value_ops,
    .op_count = sizeof value_ops / sizeof value_ops[0],
    .own_size = sizeof(struct value),
};
