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
    Hf__Any *content; /* a number, unless the kind is ANY */
    uint64_t stored;  /* when, on model.clock */
};

static struct value *value_of(const struct model_run *run) {
    return run->object->own;
}

/* The value that the request goes to; NULL: it goes to something else. */
static const struct value *value_asked(const struct maker *maker) {
    const struct model_object *object = model_find(maker->model, maker->object);
    return object && object->type == &model_value ? object->own : NULL;
}

/* Mostly something that the value may be. */
static Hf__Any *make_content(struct maker *maker) {
    const struct value *value = value_asked(maker);
    bool any = value && value->kind == HF__KIND__ANY;
    return maker_chance(maker, any ? 80 : 5) ? maker_any(maker) : maker_number(maker);
}

/* Make it one that this value may be. */
static hf_status convert(const struct value *value, Hf__Any **content) {
    return value->kind == HF__KIND__ANY ? HF_OK : naive_convert(value->kind, content);
}

/* References in it count from now on. */
static void store(struct model_run *run, Hf__Any *content) {
    value_of(run)->content = content;
    value_of(run)->stored = ++run->model->clock;
}

static void value_count(const struct model *model, const struct model_object *object) {
    const struct value *value = object->own;
    if (!object->gone) {
        model_count(model, value->content, value->stored);
    }
}

/* ---- open, get, set ---- */

static void make_value_open(struct maker *maker) {
    bool common = maker_chance(maker, 50);
    bool any = !common && maker_chance(maker, 60);
    Hf__Any *initial = any ? maker_any(maker) : maker_number(maker);
    maker_emit(maker, REQUEST(maker->object, value_open, .name = maker_name(maker),
                              .has_mode = true, .mode = maker_mode(maker), .has_kind = !common,
                              .kind = any ? HF__KIND__ANY : (Hf__Kind)(1 + maker_roll(maker, 14)),
                              .initial = maker_chance(maker, 50) ? initial : NULL));
}

static bool value_same(const void *own, const Hf__Request *request) {
    const Hf__ValueOpen *in = request->value_open;
    return !in->has_kind || ((const struct value *)own)->kind == in->kind;
}

static hf_status value_fill(struct model_run *run) {
    store(run, value_of(run)->content);
    return HF_OK;
}

static Hf__Any *initial_of(const Hf__ValueOpen *in, Hf__Kind kind) {
    Hf__Any *none = kind == HF__KIND__ANY ? keep_any(HF__ANY__KIND__NOT_SET) : naive_int(0);
    return in->initial ? in->initial : none;
}

static hf_status value_open(struct model_run *run) {
    const Hf__ValueOpen *in = run->request->value_open;
    struct value *value = keep(sizeof *value);
    value->kind = in->has_kind ? in->kind : HF__KIND__I64;
    value->content = initial_of(in, value->kind);
    if (value->kind != HF__KIND__ANY && !naive_is_kind(value->kind)) {
        return HF_INVALID;
    }
    hf_status status = convert(value, &value->content);
    return model_open(
        run, (struct model_opening){&model_value, in->name, in->mode, value, status, value_same});
}

static void make_value_get(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, value_get));
}

static hf_status value_get(struct model_run *run) {
    return model_answer_value(run, value_of(run)->content);
}

static void make_value_set(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, value_set, .value = make_content(maker)));
}

static hf_status value_set(struct model_run *run) {
    Hf__Any *content = run->request->value_set->value;
    hf_status status = convert(value_of(run), &content);
    if (status == HF_OK) {
        store(run, content);
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
    const struct value *value = value_of(run);
    Hf__Any *sum = NULL;
    if (value->kind == HF__KIND__ANY) {
        return HF_TYPE_ERROR;
    }
    hf_status status =
        naive_kind_add(value->kind, value->content, in->amount, in->floor, in->ceiling, &sum);
    if (status != HF_OK) {
        return status;
    }
    store(run, sum);
    return model_answer_value(run, sum);
}

/* Often what is there. */
static Hf__Any *make_expected(struct maker *maker) {
    const struct value *value = value_asked(maker);
    return value && maker_chance(maker, 40) ? value->content : make_content(maker);
}

static void make_value_compare(struct maker *maker) {
    maker_emit(maker,
               REQUEST(maker->object, value_compare_and_set, .expected = make_expected(maker),
                       .replacement = make_content(maker)));
}

static hf_status value_compare_and_set(struct model_run *run) {
    Hf__Any *expected = run->request->value_compare_and_set->expected;
    Hf__Any *replacement = run->request->value_compare_and_set->replacement;
    const struct value *value = value_of(run);
    hf_status status = convert(value, &expected);
    if (status == HF_OK) {
        status = convert(value, &replacement);
    }
    if (status != HF_OK) {
        return status;
    }
    if (!naive_equal(value->content, expected)) {
        (void)model_answer_value(run, value->content);
        return HF_MISMATCH;
    }
    store(run, replacement);
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
    .fill = value_fill,
    .count = value_count,
};
