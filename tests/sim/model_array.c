/* SPDX-License-Identifier: MIT
 *
 * The model of an array.
 */
#include "keep.h"
#include "make.h"
#include "model.h"
#include "naive.h"
#include "naive_kind.h"
#include "naive_slice.h"

enum { INPUT_MOST = 4, LEN_MOST = 5 };

struct array {
    Hf__Kind kind;
    bool has_len;
    uint64_t len;
    Hf__Any *numbers[MODEL_ITEMS_MAX];
};

static struct array *own_array(const struct model_run *run) {
    return run->object->own;
}

/* ---- open ---- */

static void make_array_open(struct maker *maker) {
    Hf__Any *initial[INPUT_MOST];
    bool common = maker_chance(maker, 70);
    bool has_len = maker_chance(maker, 70);
    uint64_t count = maker_chance(maker, has_len ? 10 : 80) ? maker_roll(maker, INPUT_MOST) : 0;
    for (size_t i = 0; i < INPUT_MOST; i++) {
        initial[i] = maker_number(maker);
    }
    maker_emit(maker, REQUEST(maker->object, array_open, .name = maker_name(maker),
                              .has_mode = true, .mode = maker_mode(maker), .has_kind = !common,
                              .kind = (Hf__Kind)(1 + maker_roll(maker, 14)), .has_len = has_len,
                              .len = maker_chance(maker, 95) ? maker_roll(maker, 2) + 3
                                                             : maker_roll(maker, 40),
                              .initial = initial, .n_initial = count));
}

static bool array_same(const void *own, const Hf__Request *request) {
    const struct array *array = own;
    const Hf__ArrayOpen *in = request->array_open;
    return (!in->has_kind || array->kind == in->kind) && (!in->has_len || array->len == in->len);
}

static hf_status array_fill(struct array *array, const Hf__ArrayOpen *in) {
    if (!array->has_len) {
        return HF_INVALID;
    }
    if (array->len > MODEL_ITEMS_MAX) {
        return HF_LIMIT;
    }
    for (size_t i = 0; i < array->len; i++) {
        array->numbers[i] = i < in->n_initial ? in->initial[i] : naive_int(0);
        hf_status status = naive_convert(array->kind, &array->numbers[i]);
        if (status != HF_OK) {
            return status;
        }
    }
    return HF_OK;
}

static hf_status array_open(struct model_run *run) {
    const Hf__ArrayOpen *in = run->request->array_open;
    struct array *array = keep(sizeof *array);
    array->kind = in->has_kind ? in->kind : HF__KIND__I64;
    array->has_len = in->has_len || in->n_initial > 0;
    array->len = in->has_len ? in->len : in->n_initial;
    if (!naive_is_kind(array->kind) || (in->n_initial > 0 && in->n_initial != array->len)) {
        return HF_INVALID;
    }
    return model_open(run, (struct model_opening){&model_array, in->name, in->mode, array,
                                                  array_fill(array, in), array_same});
}

/* ---- one number ---- */

static hf_status array_find(const struct model_run *run, int64_t index, Hf__Any ***number) {
    struct array *array = own_array(run);
    int64_t len = (int64_t)array->len;
    if (index < -len || index >= len) {
        return HF_INDEX_ERROR;
    }
    *number = &array->numbers[index < 0 ? index + len : index];
    return HF_OK;
}

static void make_array_get(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, array_get, .index = maker_index(maker)));
}

static hf_status array_get(struct model_run *run) {
    Hf__Any **number = NULL;
    hf_status status = array_find(run, run->request->array_get->index, &number);
    return status == HF_OK ? model_answer_value(run, *number) : status;
}

static void make_array_set(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, array_set, .index = maker_index(maker),
                              .value = maker_number(maker)));
}

static hf_status array_set(struct model_run *run) {
    Hf__Any *value = run->request->array_set->value;
    Hf__Any **number = NULL;
    hf_status status = array_find(run, run->request->array_set->index, &number);
    if (status == HF_OK) {
        status = naive_convert(own_array(run)->kind, &value);
    }
    if (status == HF_OK) {
        *number = value;
    }
    return status;
}

static void make_array_add(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, array_add, .index = maker_index(maker),
                              .amount = maker_number(maker), .floor = maker_bound(maker, -2),
                              .ceiling = maker_bound(maker, 8)));
}

static hf_status array_add(struct model_run *run) {
    const Hf__ArrayAdd *in = run->request->array_add;
    Hf__Any **number = NULL;
    Hf__Any *sum = NULL;
    hf_status status = array_find(run, in->index, &number);
    if (status == HF_OK) {
        status =
            naive_kind_add(own_array(run)->kind, *number, in->amount, in->floor, in->ceiling, &sum);
    }
    if (status != HF_OK) {
        return status;
    }
    *number = sum;
    return model_answer_value(run, sum);
}

static void make_array_compare(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, array_compare_and_set, .index = maker_index(maker),
                              .expected = maker_number(maker), .replacement = maker_number(maker)));
}

static hf_status array_compare_and_set(struct model_run *run) {
    Hf__Any *expected = run->request->array_compare_and_set->expected;
    Hf__Any *replacement = run->request->array_compare_and_set->replacement;
    Hf__Any **number = NULL;
    hf_status status = array_find(run, run->request->array_compare_and_set->index, &number);
    if (status == HF_OK) {
        status = naive_convert(own_array(run)->kind, &expected);
    }
    if (status == HF_OK) {
        status = naive_convert(own_array(run)->kind, &replacement);
    }
    if (status != HF_OK) {
        return status;
    }
    if (!naive_equal(*number, expected)) {
        (void)model_answer_value(run, *number);
        return HF_MISMATCH;
    }
    *number = replacement;
    return HF_OK;
}

/* ---- many ---- */

static void make_len(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, array_len));
}

static hf_status array_len(struct model_run *run) {
    return model_answer_count(run, own_array(run)->len);
}

static void make_get_slice(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, array_get_slice, .has_start = maker_chance(maker, 60),
                              .start = maker_index(maker), .has_stop = maker_chance(maker, 60),
                              .stop = maker_index(maker), .has_step = maker_chance(maker, 60),
                              .step = maker_step(maker)));
}

static hf_status get_slice(struct model_run *run) {
    struct array *array = own_array(run);
    struct naive_positions positions;
    Hf__Any *values[MODEL_ITEMS_MAX];
    hf_status status =
        naive_select(array->len, NAIVE_BOUNDS(run->request->array_get_slice), &positions);
    if (status != HF_OK) {
        return status;
    }
    for (size_t i = 0; i < positions.count; i++) {
        values[i] = array->numbers[positions.at[i]];
    }
    return model_answer_values(run, values, positions.count);
}

static void make_set_slice(struct maker *maker) {
    Hf__Any *values[LEN_MOST];
    for (size_t i = 0; i < LEN_MOST; i++) {
        values[i] = maker_number(maker);
    }
    bool likely = maker_chance(maker, 60); /* to fit: [-n:] */
    uint64_t count = maker_roll(maker, LEN_MOST + 1);
    int64_t start = likely ? -(int64_t)count : maker_index(maker);
    maker_emit(maker,
               REQUEST(maker->object, array_set_slice,
                       .has_start = likely || maker_chance(maker, 60), .start = start,
                       .has_stop = !likely && maker_chance(maker, 60), .stop = maker_index(maker),
                       .has_step = !likely && maker_chance(maker, 60), .step = maker_step(maker),
                       .values = values, .n_values = count));
}

static hf_status set_slice(struct model_run *run) {
    const Hf__ArraySetSlice *in = run->request->array_set_slice;
    struct array *array = own_array(run);
    struct naive_positions positions;
    Hf__Any *values[LEN_MOST];
    hf_status status = naive_select(array->len, NAIVE_BOUNDS(in), &positions);
    if (status == HF_OK && in->n_values != positions.count) {
        return HF_VALUE_ERROR;
    }
    for (size_t i = 0; i < in->n_values && status == HF_OK; i++) {
        values[i] = in->values[i];
        status = naive_convert(array->kind, &values[i]);
    }
    for (size_t i = 0; i < in->n_values && status == HF_OK; i++) {
        array->numbers[positions.at[i]] = values[i];
    }
    return status;
}

static const struct model_op array_ops[] = {
    {HF__REQUEST__OP_ARRAY_OPEN, 20, make_array_open, array_open, NULL, MODEL_OPENS | MODEL_CHANGES,
     0},
    {HF__REQUEST__OP_ARRAY_GET, 10, make_array_get, array_get, NULL, 0, 0},
    {HF__REQUEST__OP_ARRAY_SET, 20, make_array_set, array_set, NULL, MODEL_CHANGES | MODEL_UNDOES,
     0},
    {HF__REQUEST__OP_ARRAY_GET_SLICE, 15, make_get_slice, get_slice, NULL, 0, 0},
    {HF__REQUEST__OP_ARRAY_SET_SLICE, 20, make_set_slice, set_slice, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_ARRAY_LEN, 3, make_len, array_len, NULL, 0, 0},
    {HF__REQUEST__OP_ARRAY_ADD, 20, make_array_add, array_add, NULL, MODEL_CHANGES | MODEL_UNDOES,
     0},
    {HF__REQUEST__OP_ARRAY_COMPARE_AND_SET, 8, make_array_compare, array_compare_and_set, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
};

static uint64_t array_size(const struct model_object *object) {
    return ((const struct array *)object->own)->len;
}

const struct model_type model_array = {
    .tag = HF__TYPE__ARRAY,
    .name = "array",
    .ops = array_ops,
    .op_count = sizeof array_ops / sizeof array_ops[0],
    .own_size = sizeof(struct array),
    .size = array_size,
};
