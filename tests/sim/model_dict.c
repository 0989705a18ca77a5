/* SPDX-License-Identifier: MIT
 *
 * The model of a dict: operations on one item.
 */
#include "model_dict.h"
#include "keep.h"
#include "make.h"
#include "model.h"
#include "naive.h"

bool dict_good_key(const struct model_object *object, const Hf__Any *key) {
    return object->type == &model_namespace ? key->kind_case == HF__ANY__KIND_STRING
                                            : naive_scalar(key);
}

size_t dict_find(const struct model_object *object, const Hf__Any *key) {
    for (size_t i = 0; i < object->item_count; i++) {
        if (naive_equal(object->items[i].key, key)) {
            return i;
        }
    }
    return DICT_NOWHERE;
}

hf_status dict_store(struct model_run *run, Hf__Any *key, Hf__Any *value) {
    struct model_object *object = run->object;
    size_t at = dict_find(object, key);
    if (at != DICT_NOWHERE) {
        object->items[at].value = value;
        object->items[at].stored = ++run->model->clock;
        return HF_OK;
    }
    if (object->item_count >= MODEL_ITEMS_MAX) {
        return HF_LIMIT;
    }
    model_put(run->model, object, object->item_count, value);
    object->items[object->item_count - 1].key = key;
    return HF_OK;
}

static Hf__Any *or_null(Hf__Any *any) {
    return any ? any : keep_any(HF__ANY__KIND__NOT_SET);
}

/* ---- open ---- */

static void make_dict_open(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_open, .name = maker_name(maker), .has_mode = true,
                              .mode = maker_mode(maker)));
}

static hf_status dict_open(struct model_run *run) {
    const Hf__DictOpen *in = run->request->dict_open;
    return model_open(
        run, (struct model_opening){.type = &model_dict, .name = in->name, .mode = in->mode});
}

/* ---- one item ---- */

static void make_dict_get(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_get, .key = maker_key(maker),
                              .fallback = maker_chance(maker, 30) ? maker_any(maker) : NULL));
}

static hf_status dict_get(struct model_run *run) {
    const Hf__DictGet *in = run->request->dict_get;
    if (!dict_good_key(run->object, in->key)) {
        return HF_TYPE_ERROR;
    }
    size_t at = dict_find(run->object, in->key);
    Hf__Any *value = at != DICT_NOWHERE ? run->object->items[at].value : in->fallback;
    return value ? model_answer_value(run, value) : HF_KEY_ERROR;
}

static void make_dict_set(struct maker *maker) {
    maker_emit(maker,
               REQUEST(maker->object, dict_set, .key = maker_key(maker),
                       .value = maker_chance(maker, 60) ? maker_any(maker) : maker_number(maker)));
}

static hf_status dict_set(struct model_run *run) {
    const Hf__DictSet *in = run->request->dict_set;
    return dict_good_key(run->object, in->key) ? dict_store(run, in->key, in->value)
                                               : HF_TYPE_ERROR;
}

static void make_dict_delete(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_delete, .key = maker_key(maker)));
}

static hf_status dict_erase(struct model_run *run) {
    const Hf__Any *key = run->request->dict_delete->key;
    if (!dict_good_key(run->object, key)) {
        return HF_TYPE_ERROR;
    }
    size_t at = dict_find(run->object, key);
    if (at == DICT_NOWHERE) {
        return HF_KEY_ERROR;
    }
    (void)model_take(run->object, at);
    return HF_OK;
}

static void make_contains(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_contains, .key = maker_key(maker)));
}

static hf_status dict_contains(struct model_run *run) {
    const Hf__Any *key = run->request->dict_contains->key;
    return dict_good_key(run->object, key)
               ? model_answer_truth(run, dict_find(run->object, key) != DICT_NOWHERE)
               : HF_TYPE_ERROR;
}

static void make_dict_pop(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_pop, .key = maker_key(maker),
                              .fallback = maker_chance(maker, 30) ? maker_any(maker) : NULL));
}

static hf_status dict_pop(struct model_run *run) {
    const Hf__DictPop *in = run->request->dict_pop;
    if (!dict_good_key(run->object, in->key)) {
        return HF_TYPE_ERROR;
    }
    size_t at = dict_find(run->object, in->key);
    Hf__Any *value = at != DICT_NOWHERE ? run->object->items[at].value : in->fallback;
    if (!value) {
        return HF_KEY_ERROR;
    }
    if (!model_expects(run, value)) {
        return HF_TYPE_ERROR;
    }
    return model_answer_value(run, at != DICT_NOWHERE ? model_take(run->object, at) : value);
}

static void make_popitem(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_popitem));
}

static hf_status popitem(struct model_run *run) {
    struct model_object *object = run->object;
    if (object->item_count == 0) {
        return HF_KEY_ERROR;
    }
    Hf__Item *item = keep(sizeof *item);
    hf__item__init(item);
    item->key = object->items[object->item_count - 1].key;
    item->value = model_tell(run, model_take(object, object->item_count - 1));
    run->reply->result_case = HF__REPLY__RESULT_ITEM;
    run->reply->item = item;
    return HF_OK;
}

static void make_setdefault(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_setdefault, .key = maker_key(maker),
                              .value = maker_chance(maker, 80) ? maker_any(maker) : NULL));
}

static hf_status setdefault(struct model_run *run) {
    const Hf__DictSetdefault *in = run->request->dict_setdefault;
    if (!dict_good_key(run->object, in->key)) {
        return HF_TYPE_ERROR;
    }
    size_t at = dict_find(run->object, in->key);
    if (at != DICT_NOWHERE) {
        return model_answer_value(run, run->object->items[at].value);
    }
    Hf__Any *value = or_null(in->value);
    hf_status status = dict_store(run, in->key, value);
    (void)model_tell(run, value);
    return status == HF_OK ? model_answer_value(run, value) : status;
}

static void make_dict_add(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_add, .key = maker_key(maker),
                              .amount = maker_number(maker), .floor = maker_bound(maker, -2),
                              .ceiling = maker_bound(maker, 8),
                              .initial = maker_chance(maker, 60) ? maker_number(maker) : NULL));
}

static hf_status dict_add(struct model_run *run) {
    const Hf__DictAdd *in = run->request->dict_add;
    if (!naive_addition(in->amount, in->floor, in->ceiling) ||
        !dict_good_key(run->object, in->key)) {
        return HF_TYPE_ERROR;
    }
    size_t at = dict_find(run->object, in->key);
    const Hf__Any *number = at != DICT_NOWHERE ? run->object->items[at].value : in->initial;
    Hf__Any *sum = NULL;
    if (!number) {
        return HF_KEY_ERROR;
    }
    hf_status status = naive_add(number, in->amount, in->floor, in->ceiling, &sum);
    if (status == HF_OK) {
        status = dict_store(run, in->key, sum);
    }
    return status == HF_OK ? model_answer_value(run, sum) : status;
}

static void make_dict_compare(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, dict_compare_and_set, .key = maker_key(maker),
                              .expected = maker_chance(maker, 70) ? maker_number(maker) : NULL,
                              .replacement = maker_chance(maker, 70) ? maker_any(maker) : NULL));
}

static hf_status dict_compare_and_set(struct model_run *run) {
    const Hf__DictCompareAndSet *in = run->request->dict_compare_and_set;
    if (!dict_good_key(run->object, in->key)) {
        return HF_TYPE_ERROR;
    }
    size_t at = dict_find(run->object, in->key);
    Hf__Any *present = at != DICT_NOWHERE ? run->object->items[at].value : NULL;
    bool as_expected =
        present && in->expected ? naive_equal(present, in->expected) : !present && !in->expected;
    if (!as_expected) {
        if (present) {
            (void)model_answer_value(run, present);
        }
        return HF_MISMATCH;
    }
    if (in->replacement) {
        return dict_store(run, in->key, in->replacement);
    }
    if (present) {
        (void)model_take(run->object, at);
    }
    return HF_OK;
}

static const struct model_op dict_ops[] = {
    {HF__REQUEST__OP_DICT_OPEN, 10, make_dict_open, dict_open, NULL, MODEL_OPENS | MODEL_CHANGES,
     0},
    {HF__REQUEST__OP_DICT_GET, 10, make_dict_get, dict_get, NULL, 0, 0},
    {HF__REQUEST__OP_DICT_SET, 30, make_dict_set, dict_set, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_DICT_DELETE, 6, make_dict_delete, dict_erase, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_DICT_CONTAINS, 3, make_contains, dict_contains, NULL, 0, 0},
    {HF__REQUEST__OP_DICT_POP, 8, make_dict_pop, dict_pop, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_DICT_POPITEM, 4, make_popitem, popitem, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_DICT_SETDEFAULT, 8, make_setdefault, setdefault, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_DICT_ADD, 10, make_dict_add, dict_add, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_DICT_COMPARE_AND_SET, 8, make_dict_compare, dict_compare_and_set, NULL,
     MODEL_CHANGES, 0},
};

const struct model_type model_dict = {
    .tag = HF__TYPE__DICT,
    .name = "dict",
    .ops = dict_ops,
    .op_count = sizeof dict_ops / sizeof dict_ops[0],
    .like = &model_dict_whole,
    .size = model_item_count,
};
