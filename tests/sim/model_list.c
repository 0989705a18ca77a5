/* SPDX-License-Identifier: MIT
 *
 * The model of a list: operations on one item.
 */
#include "keep.h"
#include "make.h"
#include "model.h"
#include "naive.h"

__extension__ typedef __int128 wide;

static int64_t len_of(const struct model_run *run) {
    return (int64_t)run->object->item_count;
}

static Hf__Any *item(const struct model_run *run, size_t at) {
    return run->object->items[at].value;
}

/* The position of an item that must be there; false: it is not. */
static bool list_find(const struct model_run *run, int64_t index, size_t *at) {
    wide position = index < 0 ? (wide)index + len_of(run) : index;
    *at = (size_t)position;
    return position >= 0 && position < len_of(run);
}

static size_t clip(const struct model_run *run, int64_t index) {
    wide position = index < 0 ? (wide)index + len_of(run) : index;
    return (size_t)(position < 0 ? 0 : position > len_of(run) ? len_of(run) : position);
}

/* Put a value in place of the one that is there. */
static void replace(struct model_run *run, size_t at, Hf__Any *value) {
    (void)model_take(run->object, at);
    model_put(run->model, run->object, at, value);
}

/* ---- open and one item ---- */

static void make_list_open(struct maker *maker) {
    Hf__Any *initial[] = {maker_any(maker), maker_number(maker)};
    maker_emit(maker, REQUEST(maker->object, list_open, .name = maker_name(maker), .has_mode = true,
                              .mode = maker_mode(maker), .initial = initial,
                              .n_initial = maker_chance(maker, 20) ? maker_roll(maker, 3) : 0));
}

static hf_status fill(struct model_run *run) {
    const Hf__ListOpen *in = run->request->list_open;
    for (size_t i = 0; i < in->n_initial; i++) {
        model_put(run->model, run->object, i, in->initial[i]);
    }
    return HF_OK;
}

static hf_status list_open(struct model_run *run) {
    const Hf__ListOpen *in = run->request->list_open;
    return model_open(
        run, (struct model_opening){.type = &model_list, .name = in->name, .mode = in->mode});
}

static void make_list_get(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, list_get, .index = maker_index(maker)));
}

static hf_status list_get(struct model_run *run) {
    size_t at = 0;
    return list_find(run, run->request->list_get->index, &at)
               ? model_answer_value(run, item(run, at))
               : HF_INDEX_ERROR;
}

static void make_list_set(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, list_set, .index = maker_index(maker),
                              .value = maker_list_value(maker)));
}

static hf_status list_set(struct model_run *run) {
    size_t at = 0;
    if (!list_find(run, run->request->list_set->index, &at)) {
        return HF_INDEX_ERROR;
    }
    replace(run, at, run->request->list_set->value);
    return HF_OK;
}

static void make_list_delete(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, list_delete, .index = maker_index(maker)));
}

static hf_status list_erase(struct model_run *run) {
    size_t at = 0;
    if (!list_find(run, run->request->list_delete->index, &at)) {
        return HF_INDEX_ERROR;
    }
    (void)model_take(run->object, at);
    return HF_OK;
}

static void make_append(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, list_append, .value = maker_list_value(maker)));
}

static hf_status insert_value(struct model_run *run, size_t at, Hf__Any *value) {
    if (run->object->item_count >= MODEL_ITEMS_MAX) {
        return HF_LIMIT;
    }
    model_put(run->model, run->object, at, value);
    return HF_OK;
}

static hf_status list_append(struct model_run *run) {
    return insert_value(run, run->object->item_count, run->request->list_append->value);
}

static void make_insert(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, list_insert, .index = maker_index(maker),
                              .value = maker_list_value(maker)));
}

static hf_status insert(struct model_run *run) {
    const Hf__ListInsert *in = run->request->list_insert;
    return insert_value(run, clip(run, in->index), in->value);
}

static void make_list_pop(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, list_pop, .has_index = maker_chance(maker, 50),
                              .index = maker_index(maker)));
}

static hf_status list_pop(struct model_run *run) {
    const Hf__ListPop *in = run->request->list_pop;
    size_t at = 0;
    if (!list_find(run, in->has_index ? in->index : -1, &at)) {
        return HF_INDEX_ERROR;
    }
    return model_expects(run, run->object->items[at].value)
               ? model_answer_value(run, model_take(run->object, at))
               : HF_TYPE_ERROR;
}

static void make_list_add(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, list_add, .index = maker_index(maker),
                              .amount = maker_number(maker), .floor = maker_bound(maker, -2),
                              .ceiling = maker_bound(maker, 8)));
}

static hf_status list_add(struct model_run *run) {
    const Hf__ListAdd *in = run->request->list_add;
    size_t at = 0;
    Hf__Any *sum = NULL;
    if (!naive_addition(in->amount, in->floor, in->ceiling)) {
        return HF_TYPE_ERROR;
    }
    if (!list_find(run, in->index, &at)) {
        return HF_INDEX_ERROR;
    }
    hf_status status = naive_add(item(run, at), in->amount, in->floor, in->ceiling, &sum);
    if (status == HF_OK) {
        replace(run, at, sum);
        return model_answer_value(run, sum);
    }
    return status;
}

static void make_list_compare(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, list_compare_and_set, .index = maker_index(maker),
                              .expected = maker_list_value(maker),
                              .replacement = maker_list_value(maker)));
}

static hf_status list_compare_and_set(struct model_run *run) {
    const Hf__ListCompareAndSet *in = run->request->list_compare_and_set;
    size_t at = 0;
    if (!list_find(run, in->index, &at)) {
        return HF_INDEX_ERROR;
    }
    if (!naive_same(run->object->equality, item(run, at), in->expected)) {
        (void)model_answer_value(run, item(run, at));
        return HF_MISMATCH;
    }
    replace(run, at, in->replacement);
    return HF_OK;
}

/* ---- searching ---- */

static void make_search(struct maker *maker) {
    switch (maker_roll(maker, 4)) {
    case 0:
        maker_emit(maker, REQUEST(maker->object, list_remove, .value = maker_list_value(maker)));
        break;
    case 1:
        maker_emit(maker, REQUEST(maker->object, list_count, .value = maker_list_value(maker)));
        break;
    case 2:
        maker_emit(maker, REQUEST(maker->object, list_contains, .value = maker_list_value(maker)));
        break;
    default:
        maker_emit(maker, REQUEST(maker->object, list_index, .value = maker_list_value(maker),
                                  .has_start = maker_chance(maker, 50), .start = maker_index(maker),
                                  .has_stop = maker_chance(maker, 50), .stop = maker_index(maker)));
        break;
    }
}

/* How many in start <= index < stop are equal, and which is the first. */
static size_t search(const struct model_run *run, const Hf__Any *value, size_t start, size_t stop,
                     size_t *first) {
    size_t count = 0;
    for (size_t i = stop; i > start; i--) {
        if (naive_same(run->object->equality, item(run, i - 1), value)) {
            *first = i - 1;
            count++;
        }
    }
    return count;
}

static hf_status remove_value(struct model_run *run) {
    size_t at = 0;
    if (search(run, run->request->list_remove->value, 0, run->object->item_count, &at) == 0) {
        return HF_VALUE_ERROR;
    }
    (void)model_take(run->object, at);
    return HF_OK;
}

static hf_status find_index(struct model_run *run) {
    const Hf__ListIndex *in = run->request->list_index;
    size_t start = in->has_start ? clip(run, in->start) : 0;
    size_t stop = in->has_stop ? clip(run, in->stop) : run->object->item_count;
    size_t at = 0;
    return search(run, in->value, start, stop, &at) > 0 ? model_answer_count(run, at)
                                                        : HF_VALUE_ERROR;
}

static hf_status count_value(struct model_run *run) {
    size_t at = 0;
    return model_answer_count(
        run, search(run, run->request->list_count->value, 0, run->object->item_count, &at));
}

static hf_status list_contains(struct model_run *run) {
    size_t at = 0;
    return model_answer_truth(
        run, search(run, run->request->list_contains->value, 0, run->object->item_count, &at) > 0);
}

static const struct model_op list_ops[] = {
    {HF__REQUEST__OP_LIST_OPEN, 10, make_list_open, list_open, NULL, MODEL_OPENS | MODEL_CHANGES,
     0},
    {HF__REQUEST__OP_LIST_GET, 8, make_list_get, list_get, NULL, 0, 0},
    {HF__REQUEST__OP_LIST_SET, 8, make_list_set, list_set, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_LIST_DELETE, 4, make_list_delete, list_erase, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_LIST_APPEND, 30, make_append, list_append, NULL, MODEL_CHANGES | MODEL_UNDOES,
     0},
    {HF__REQUEST__OP_LIST_INSERT, 10, make_insert, insert, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_LIST_POP, 12, make_list_pop, list_pop, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_LIST_ADD, 10, make_list_add, list_add, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_LIST_COMPARE_AND_SET, 8, make_list_compare, list_compare_and_set, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_LIST_REMOVE, 15, make_search, remove_value, NULL, MODEL_CHANGES | MODEL_UNDOES,
     0},
    {HF__REQUEST__OP_LIST_INDEX, 0, make_search, find_index, NULL, 0, 0},
    {HF__REQUEST__OP_LIST_COUNT, 0, make_search, count_value, NULL, 0, 0},
    {HF__REQUEST__OP_LIST_CONTAINS, 0, make_search, list_contains, NULL, 0, 0},
};

const struct model_type model_list = {
    .tag = HF__TYPE__LIST,
    .name = "list",
    .ops = list_ops,
    .op_count = sizeof list_ops / sizeof list_ops[0],
    .fill = fill,
    .like = &model_list_whole,
    .size = model_item_count,
};
