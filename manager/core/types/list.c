/* SPDX-License-Identifier: MIT
 *
 * list: Python's list, shared. Indexes and slices are Python's, an option says which items are
 * equal. O(1) at both ends and by index.
 *
 * Nearly every change is a splice: it replaces a run of items by copies of values from the request.
 * It makes the copies and reserves room before it changes the list.
 */
#include "list.h"

#include "bulk.h"
#include "deferred.h"
#include "equality.h"
#include "number.h"
#include "options.h"
#include "slice.h"
#include "undo.h"

#include <assert.h>

static void list_drop_items(struct list *list) {
    deferred_free_deque(list->object.registry, &list->items, 0);
}

static void list_fini(struct object *object) {
    list_drop_items((struct list *)object);
}

static uint64_t list_describe(const struct object *object, struct text *options) {
    equality_describe(object, options);
    return ((const struct list *)object)->items.len;
}

static hf_status list_find(struct call *call, int64_t index, size_t *at) {
    return slice_index(call, index, list_of(call)->items.len, at);
}

/* ---- changing ---- */

static void list_drop_values(struct call *call, struct any *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        any_drop(call->registry, &values[i]);
    }
}

/* Make kept copies of the input; none if that fails. Without input it cannot fail. */
static hf_status list_keep_values(struct call *call, struct list_input input, struct any **values) {
    if (input.count == 0) {
        return HF_OK;
    }
    *values = arena_zeroed(call->arena, input.count, sizeof **values);
    hf_status status = *values ? HF_OK : HF_NO_MEMORY;
    size_t kept = 0;
    while (kept < input.count && status == HF_OK) {
        status = call_keep(call, input.wires[kept], &(*values)[kept]);
        kept += status == HF_OK;
    }
    if (status != HF_OK) {
        list_drop_values(call, *values, kept);
    }
    return status;
}

/* The items are about to be removed, and so many added. */
static bool list_let_go(struct call *call, struct list_run run, size_t added) {
    if (call_undo(call)) {
        return list_note_removed(call, run, added);
    }
    for (size_t i = 0; i < run.count; i++) {
        any_drop(call->registry, list_at(list_of(call), run.at + i * run.step));
    }
    return true;
}

hf_status list_splice(struct call *call, size_t at, size_t removed, struct list_input input) {
    struct list *list = list_of(call);
    struct any *values = NULL;
    assert(at <= list->items.len && removed <= list->items.len - at);
    if (input.count > removed) {
        hf_status status = bulk_check_items(call, list->items.len - removed + input.count);
        if (status != HF_OK) {
            return status;
        }
    }
    hf_status status = list_keep_values(call, input, &values);
    if (status != HF_OK) {
        return status;
    }
    if ((input.count > removed && !deque_reserve(&list->items, input.count - removed)) ||
        !list_let_go(call, (struct list_run){at, removed, 1}, input.count)) {
        list_drop_values(call, values, input.count);
        return HF_NO_MEMORY;
    }
    list_resize(list, at, removed, input.count);
    if (input.count < removed && list->notes == 0) {
        deque_trim(&list->items, 0);
    }
    for (size_t i = 0; i < input.count; i++) {
        *list_at(list, at + i) = values[i];
    }
    return HF_OK;
}

static void list_replace(struct call *call, size_t at, const struct any *value) {
    struct any *item = list_at(list_of(call), at);
    if (call_undo(call)) {
        list_note_replaced(call, at);
    } else {
        any_drop(call->registry, item);
    }
    *item = *value;
}

static hf_status list_append_values(struct call *call, struct list_input input) {
    return list_splice(call, list_of(call)->items.len, 0, input);
}

static struct list_input list_input_of(Hf__Any *const *wire) {
    return (struct list_input){wire, 1};
}

/* ---- operations on one item ---- */

static void list_options(const struct object *object, void *open) {
    Hf__ListOpen *out = open;
    OPTION(out, equality, equality_option(object));
}

static hf_status list_open(struct call *call) {
    const Hf__ListOpen *in = call->request->list_open;
    hf_status status = equality_check(call, in->equality);
    return status == HF_OK ? OBJECT_OPEN(call, &type_list, in) : status;
}

static hf_status list_get(struct call *call) {
    size_t at = 0;
    hf_status status = list_find(call, call->request->list_get->index, &at);
    return status == HF_OK ? call_answer(call, list_at(list_of(call), at)) : status;
}

static hf_status list_set(struct call *call) {
    const Hf__ListSet *in = call->request->list_set;
    size_t at = 0;
    hf_status status = list_find(call, in->index, &at);
    return status == HF_OK ? list_splice(call, at, 1, list_input_of(&in->value)) : status;
}

static hf_status list_delete(struct call *call) {
    size_t at = 0;
    hf_status status = list_find(call, call->request->list_delete->index, &at);
    return status == HF_OK ? list_splice(call, at, 1, (struct list_input){0}) : status;
}

static hf_status list_append(struct call *call) {
    return list_append_values(call, list_input_of(&call->request->list_append->value));
}

static hf_status list_insert(struct call *call) {
    const Hf__ListInsert *in = call->request->list_insert;
    return list_splice(call, slice_clip(in->index, list_of(call)->items.len), 0,
                       list_input_of(&in->value));
}

static hf_status list_pop(struct call *call) {
    const Hf__ListPop *in = call->request->list_pop;
    struct list *list = list_of(call);
    size_t at = 0;
    hf_status status = list_find(call, in->has_index ? in->index : -1, &at);
    if (status != HF_OK) {
        return status;
    }
    struct any *item = list_at(list, at);
    struct any *answered = call_release_after_reply(call);
    status = answered ? call_answer(call, item) : HF_NO_MEMORY;
    if (status == HF_OK && call_undo(call)) {
        return list_splice(call, at, 1, (struct list_input){0});
    }
    if (status == HF_OK) {
        *answered = *item;
        deque_close(&list->items, at, 1);
    }
    return status;
}

static hf_status list_add(struct call *call) {
    const Hf__ListAdd *in = call->request->list_add;
    size_t at = 0;
    struct addition addition;
    struct any sum;
    hf_status status = number_view_addition(call, in->amount, in->floor, in->ceiling, &addition);
    if (status == HF_OK) {
        status = list_find(call, in->index, &at);
    }
    if (status == HF_OK) {
        status = number_add(call, list_at(list_of(call), at), &addition, &sum);
    }
    if (status == HF_OK) {
        status = call_answer(call, &sum);
    }
    if (status == HF_OK) {
        list_replace(call, at, &sum);
    }
    return status;
}

static hf_status list_compare_and_set(struct call *call) {
    const Hf__ListCompareAndSet *in = call->request->list_compare_and_set;
    size_t at = 0;
    struct any expected;
    hf_status status = list_find(call, in->index, &at);
    if (status == HF_OK) {
        status = call_view(call, in->expected, &expected);
    }
    if (status != HF_OK) {
        return status;
    }
    const struct any *item = list_at(list_of(call), at);
    bool equal = false;
    status = any_equal(call->arena, equality_of(call), item, &expected, &equal);
    if (status != HF_OK || equal) {
        return status == HF_OK ? list_splice(call, at, 1, list_input_of(&in->replacement)) : status;
    }
    status = call_answer(call, item);
    return status == HF_OK ? HF_MISMATCH : status;
}

/* ---- slices ---- */

struct selection {
    const struct list *list;
    const struct slice *slice;
};

static const struct any *list_nth_selected(void *context, size_t n) {
    const struct selection *selection = context;
    return list_at(selection->list, slice_at(selection->slice, n));
}

static hf_status list_answer_slice(struct call *call, const struct slice *slice) {
    struct selection selection = {list_of(call), slice};
    return bulk_answer(call, slice->count, list_nth_selected, &selection);
}

static hf_status list_get_slice(struct call *call) {
    const Hf__ListGetSlice *in = call->request->list_get_slice;
    struct slice slice = {0};
    hf_status status = slice_select(call, list_of(call)->items.len, SLICE_BOUNDS(in), &slice);
    return status == HF_OK ? list_answer_slice(call, &slice) : status;
}

static hf_status list_copy(struct call *call) {
    return list_answer_slice(call, &(struct slice){.step = 1, .count = list_of(call)->items.len});
}

/* Assign one value to each selected item. */
static hf_status list_assign(struct call *call, const struct slice *slice,
                             struct list_input input) {
    struct any *values = NULL;
    hf_status status = slice_check_count(call, slice, input.count);
    if (status == HF_OK) {
        status =
            undo_reserve(call, input.count) ? list_keep_values(call, input, &values) : HF_NO_MEMORY;
    }
    for (size_t i = 0; i < input.count && status == HF_OK; i++) {
        list_replace(call, slice_at(slice, i), &values[i]);
    }
    return status;
}

static hf_status list_set_slice(struct call *call) {
    const Hf__ListSetSlice *in = call->request->list_set_slice;
    struct list_input input = {in->values, in->n_values};
    struct slice slice = {0};
    hf_status status = slice_select(call, list_of(call)->items.len, SLICE_BOUNDS(in), &slice);
    if (status != HF_OK) {
        return status;
    }
    return slice.step == 1 ? list_splice(call, (size_t)slice.start, slice.count, input)
                           : list_assign(call, &slice, input);
}

static hf_status list_thin(struct call *call, struct list_run run) {
    struct list *list = list_of(call);
    size_t dropped = 0;
    assert(run.step > 0 && run.count > 0);
    assert(run.at + (run.count - 1) * run.step < list->items.len);
    if (!list_let_go(call, run, 0)) {
        return HF_NO_MEMORY;
    }
    for (size_t from = run.at; from < list->items.len; from++) {
        if (dropped < run.count && from == run.at + dropped * run.step) {
            dropped++;
        } else {
            *list_at(list, from - dropped) = *list_at(list, from);
        }
    }
    assert(dropped == run.count);
    deque_cut(&list->items, list->items.len - run.count, run.count);
    if (list->notes == 0) {
        deque_trim(&list->items, 0);
    }
    return HF_OK;
}

static hf_status list_delete_slice(struct call *call) {
    const Hf__ListDeleteSlice *in = call->request->list_delete_slice;
    struct slice slice = {0};
    hf_status status = slice_select(call, list_of(call)->items.len, SLICE_BOUNDS(in), &slice);
    if (status != HF_OK || slice.count == 0) {
        return status;
    }
    size_t first = slice_at(&slice, 0);
    size_t last = slice_at(&slice, slice.count - 1);
    size_t least = first < last ? first : last;
    if (slice.step == 1 || slice.step == -1 || slice.count == 1) {
        return list_splice(call, least, slice.count, (struct list_input){0});
    }
    size_t step = (size_t)(slice.step < 0 ? -slice.step : slice.step);
    return list_thin(call, (struct list_run){least, slice.count, step});
}

/* ---- the whole list ---- */

static hf_status list_init(struct object *object, struct call *call) {
    const Hf__ListOpen *in = call->request->list_open;
    deque_init(&((struct list *)object)->items, sizeof(struct any));
    equality_init(object, in->equality);
    return list_append_values(call, (struct list_input){in->initial, in->n_initial});
}

static hf_status list_extend(struct call *call) {
    const Hf__ListExtend *in = call->request->list_extend;
    return list_append_values(call, (struct list_input){in->values, in->n_values});
}

static hf_status list_len(struct call *call) {
    return call_answer_count(call, list_of(call)->items.len);
}

hf_status list_clear(struct call *call) {
    if (call_undo(call)) {
        return list_note_cleared(call) ? HF_OK : HF_NO_MEMORY;
    }
    list_drop_items(list_of(call));
    return HF_OK;
}

static const struct op list_ops[] = {
    {HF__REQUEST__OP_LIST_OPEN, list_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_GET, list_get, OP_READS, 0},
    {HF__REQUEST__OP_LIST_SET, list_set, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LIST_DELETE, list_delete, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LIST_GET_SLICE, list_get_slice, OP_READS, 0},
    {HF__REQUEST__OP_LIST_SET_SLICE, list_set_slice, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LIST_DELETE_SLICE, list_delete_slice, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LIST_APPEND, list_append, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LIST_EXTEND, list_extend, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LIST_INSERT, list_insert, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LIST_POP, list_pop, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LIST_REMOVE, list_remove, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LIST_INDEX, list_index, OP_READS, 0},
    {HF__REQUEST__OP_LIST_COUNT, list_count, OP_READS, 0},
    {HF__REQUEST__OP_LIST_CONTAINS, list_contains, OP_READS, 0},
    {HF__REQUEST__OP_LIST_REVERSE, list_reverse, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LIST_SORT, list_sort, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LIST_REPEAT, list_repeat, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LIST_LEN, list_len, OP_READS, 0},
    {HF__REQUEST__OP_LIST_CLEAR, list_clear, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LIST_COPY, list_copy, OP_READS, 0},
    {HF__REQUEST__OP_LIST_ADD, list_add, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LIST_COMPARE_AND_SET, list_compare_and_set, OP_CHANGES | OP_UNDOES, 0},
};

const struct type type_list = {
    .tag = HF__TYPE__LIST,
    .name = "list",
    .object_size = sizeof(struct list),
    TYPE_OPS(list_ops),
    .init = list_init,
    .fini = list_fini,
    .options = list_options,
    .describe = list_describe,
};
