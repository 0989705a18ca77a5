/* SPDX-License-Identifier: MIT
 *
 * The model of a list: operations on slices and on the whole list.
 */
#include "keep.h"
#include "make.h"
#include "model.h"
#include "naive.h"
#include "naive_slice.h"

#include <string.h>

__extension__ typedef __int128 wide;

enum { INPUT_MOST = 3 };

/* ---- slices ---- */

static void make_get_slice(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, list_get_slice, .has_start = maker_chance(maker, 60),
                              .start = maker_index(maker), .has_stop = maker_chance(maker, 60),
                              .stop = maker_index(maker), .has_step = maker_chance(maker, 60),
                              .step = maker_step(maker)));
}

static hf_status answer_items(struct model_run *run, const struct naive_positions *positions) {
    Hf__Any *values[MODEL_ITEMS_MAX];
    for (size_t i = 0; i < positions->count; i++) {
        values[i] = run->object->items[positions->at[i]].value;
    }
    return model_answer_values(run, values, positions->count);
}

static hf_status get_slice(struct model_run *run) {
    struct naive_positions positions;
    hf_status status = naive_select(run->object->item_count,
                                    NAIVE_BOUNDS(run->request->list_get_slice), &positions);
    return status == HF_OK ? answer_items(run, &positions) : status;
}

static void make_set_slice(struct maker *maker) {
    Hf__Any *values[INPUT_MOST] = {maker_list_value(maker), maker_list_value(maker),
                                   maker_list_value(maker)};
    maker_emit(maker, REQUEST(maker->object, list_set_slice, .has_start = maker_chance(maker, 60),
                              .start = maker_index(maker), .has_stop = maker_chance(maker, 60),
                              .stop = maker_index(maker), .has_step = maker_chance(maker, 50),
                              .step = maker_step(maker), .values = values,
                              .n_values = maker_roll(maker, INPUT_MOST + 1)));
}

/* Put all these values before `at`. */
static void insert_all(struct model_run *run, size_t at, Hf__Any **values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        model_put(run->model, run->object, at + i, values[i]);
    }
}

static hf_status set_slice(struct model_run *run) {
    const Hf__ListSetSlice *in = run->request->list_set_slice;
    struct model_object *object = run->object;
    struct naive_positions positions;
    hf_status status = naive_select(run->object->item_count, NAIVE_BOUNDS(in), &positions);
    if (status != HF_OK) {
        return status;
    }
    bool plain = !in->has_step || in->step == 1;
    if (!plain && in->n_values != positions.count) {
        return HF_VALUE_ERROR;
    }
    if (in->n_values > positions.count &&
        object->item_count - positions.count + in->n_values > MODEL_ITEMS_MAX) {
        return HF_LIMIT;
    }
    for (size_t i = 0; i < positions.count; i++) {
        (void)model_take(object, plain ? positions.start : positions.at[i]);
        if (!plain) {
            model_put(run->model, object, positions.at[i], in->values[i]);
        }
    }
    insert_all(run, positions.start, in->values, plain ? in->n_values : 0);
    return HF_OK;
}

static void make_delete_slice(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, list_delete_slice,
                              .has_start = maker_chance(maker, 80), .start = maker_index(maker),
                              .has_stop = maker_chance(maker, 80), .stop = maker_index(maker),
                              .has_step = maker_chance(maker, 60), .step = maker_step(maker)));
}

static hf_status delete_slice(struct model_run *run) {
    struct naive_positions positions;
    bool chosen[MODEL_ITEMS_MAX] = {false};
    hf_status status = naive_select(run->object->item_count,
                                    NAIVE_BOUNDS(run->request->list_delete_slice), &positions);
    for (size_t i = 0; i < positions.count && status == HF_OK; i++) {
        chosen[positions.at[i]] = true;
    }
    for (size_t i = MODEL_ITEMS_MAX; i > 0; i--) {
        if (chosen[i - 1]) {
            (void)model_take(run->object, i - 1);
        }
    }
    return status;
}

/* ---- the whole list ---- */

static void make_extend(struct maker *maker) {
    Hf__Any *values[INPUT_MOST] = {maker_list_value(maker), maker_list_value(maker),
                                   maker_list_value(maker)};
    maker_emit(maker, REQUEST(maker->object, list_extend, .values = values,
                              .n_values = maker_roll(maker, INPUT_MOST + 1)));
}

static hf_status extend(struct model_run *run) {
    const Hf__ListExtend *in = run->request->list_extend;
    if (in->n_values > 0 && run->object->item_count + in->n_values > MODEL_ITEMS_MAX) {
        return HF_LIMIT;
    }
    insert_all(run, run->object->item_count, in->values, in->n_values);
    return HF_OK;
}

static void make_list_look(struct maker *maker) {
    if (maker_chance(maker, 30)) {
        maker_emit(maker, REQUEST(maker->object, list_len));
    } else {
        maker_emit(maker, REQUEST(maker->object, list_copy));
    }
}

static hf_status list_len(struct model_run *run) {
    return model_answer_count(run, run->object->item_count);
}

static hf_status list_copy(struct model_run *run) {
    struct naive_positions positions;
    (void)naive_select(run->object->item_count, (struct naive_bounds){0}, &positions);
    return answer_items(run, &positions);
}

static void make_list_clear(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, list_clear));
}

static hf_status list_clear(struct model_run *run) {
    run->object->item_count = 0;
    return HF_OK;
}

static void make_reverse(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, list_reverse));
}

static hf_status reverse(struct model_run *run) {
    struct model_item before[MODEL_ITEMS_MAX];
    size_t count = run->object->item_count;
    memcpy(before, run->object->items, sizeof before);
    for (size_t i = 0; i < count; i++) {
        run->object->items[i] = before[count - 1 - i];
    }
    return HF_OK;
}

static void make_sort(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, list_sort, .has_reverse = maker_chance(maker, 50),
                              .reverse = true));
}

/* Two neighbours in the wrong order change places until there are none. */
static hf_status sort(struct model_run *run) {
    struct model_item *items = run->object->items;
    size_t count = run->object->item_count;
    int order = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!naive_order(items[i].value, items[j].value, &order)) {
                return HF_TYPE_ERROR;
            }
        }
    }
    for (size_t rounds = 0; rounds < count; rounds++) {
        for (size_t i = 1; i < count; i++) {
            (void)naive_order(items[i - 1].value, items[i].value, &order);
            if (run->request->list_sort->reverse ? order < 0 : order > 0) {
                struct model_item item = items[i];
                items[i] = items[i - 1];
                items[i - 1] = item;
            }
        }
    }
    return HF_OK;
}

static void make_repeat(struct maker *maker) {
    int64_t count = maker_chance(maker, 90) ? (int64_t)maker_roll(maker, 5) - 1 : INT64_MAX;
    maker_emit(maker, REQUEST(maker->object, list_repeat, .count = count));
}

static hf_status repeat(struct model_run *run) {
    int64_t times = run->request->list_repeat->count;
    size_t count = run->object->item_count;
    if (times > 0 && (wide)times * (wide)count > MODEL_ITEMS_MAX) {
        return HF_LIMIT;
    }
    for (size_t i = count; times > 0 && i < count * (size_t)times; i++) {
        model_put(run->model, run->object, i, run->object->items[i - count].value);
    }
    run->object->item_count = times > 0 ? run->object->item_count : 0;
    return HF_OK;
}

static const struct model_op list_ops[] = {
    {HF__REQUEST__OP_LIST_LEN, 8, make_list_look, list_len, NULL, 0, 0},
    {HF__REQUEST__OP_LIST_GET_SLICE, 6, make_get_slice, get_slice, NULL, 0, 0},
    {HF__REQUEST__OP_LIST_SET_SLICE, 6, make_set_slice, set_slice, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_LIST_DELETE_SLICE, 4, make_delete_slice, delete_slice, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_LIST_EXTEND, 10, make_extend, extend, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_LIST_COPY, 0, make_list_look, list_copy, NULL, 0, 0},
    {HF__REQUEST__OP_LIST_CLEAR, 1, make_list_clear, list_clear, NULL, MODEL_CHANGES | MODEL_UNDOES,
     0},
    {HF__REQUEST__OP_LIST_REVERSE, 3, make_reverse, reverse, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_LIST_SORT, 4, make_sort, sort, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_LIST_REPEAT, 3, make_repeat, repeat, NULL, MODEL_CHANGES | MODEL_UNDOES, 0},
};

const struct model_type model_list_whole = {
    .name = "list",
    .ops = list_ops,
    .op_count = sizeof list_ops / sizeof list_ops[0],
};
