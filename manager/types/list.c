/* SPDX-License-Identifier: MIT
 *
 * list: Python's list, shared. Indexes and slices are Python's, equality is that of any_equal().
 * O(1) at both ends and by index.
 *
 * Nearly every change is a splice: some items in one place are replaced by copies of values from
 * the request. Copies are made and room is reserved before the list is changed.
 */
#include "bulk.h"
#include "deque.h"
#include "mem.h"
#include "number.h"
#include "object.h"
#include "registry.h"
#include "show.h"
#include "sort.h"

#include <assert.h>

struct list {
    struct object object;
    struct deque items; /* of struct any */
};

static struct list *list_of(struct call *call) {
    return (struct list *)call->object;
}

static struct any *item_at(const struct list *list, size_t index) {
    return deque_at(&list->items, index);
}

static hf_status init(struct object *object, struct call *call) {
    (void)call;
    deque_init(&((struct list *)object)->items, sizeof(struct any));
    return HF_OK;
}

static void drop_items(struct list *list) {
    for (size_t i = 0; i < list->items.len; i++) {
        any_drop(list->object.registry, item_at(list, i));
    }
    deque_fini(&list->items);
}

static void fini(struct object *object) {
    drop_items((struct list *)object);
}

static void describe(const struct object *object, struct call *call, Hf__Description *description) {
    (void)call;
    description->has_size = true;
    description->size = ((const struct list *)object)->items.len;
}

/* ---- where ---- */

/* The position of an item that must be there. */
static hf_status find(struct call *call, int64_t index, size_t *at) {
    int64_t count = (int64_t)list_of(call)->items.len;
    int64_t position = index < 0 ? index + count : index;
    if (position < 0 || position >= count) {
        return call_refuse(call, HF_INDEX_ERROR, "index %lld, but the list has %lld items",
                           (long long)index, (long long)count);
    }
    *at = (size_t)position;
    return HF_OK;
}

/* The position between items that an index names, past an end that end. */
static size_t clip(const struct list *list, int64_t index) {
    int64_t count = (int64_t)list->items.len;
    int64_t position = index < 0 ? index + count : index;
    return (size_t)(position < 0 ? 0 : position > count ? count : position);
}

/* The bounds of a slice as the request gives them; NULL: left out. */
struct bounds {
    const int64_t *start;
    const int64_t *stop;
    const int64_t *step;
};

/* Which items a slice selects: `count` of them, from `start` on, `step` apart. */
struct slice {
    int64_t start; /* also where it would be, when it selects none */
    int64_t step;
    size_t count;
};

/* As PySlice_AdjustIndices() for one bound. */
static int64_t adjust(int64_t bound, int64_t count, int64_t step) {
    int64_t first = step < 0 ? -1 : 0;
    int64_t last = step < 0 ? count - 1 : count;
    int64_t position = bound < 0 ? bound + count : bound;
    return position < 0 ? first : position >= count ? last : position;
}

static hf_status select_items(struct call *call, struct bounds bounds, struct slice *slice) {
    int64_t count = (int64_t)list_of(call)->items.len;
    int64_t step = bounds.step ? *bounds.step : 1;
    if (step == 0) {
        return call_refuse(call, HF_VALUE_ERROR, "the step of a slice cannot be 0");
    }
    if (step < -INT64_MAX) {
        step = -INT64_MAX;
    }
    int64_t start = bounds.start ? adjust(*bounds.start, count, step) : step < 0 ? count - 1 : 0;
    int64_t stop = bounds.stop ? adjust(*bounds.stop, count, step) : step < 0 ? -1 : count;
    *slice = (struct slice){.start = start, .step = step};
    if (step < 0 && stop < start) {
        slice->count = (size_t)((start - stop - 1) / -step + 1);
    } else if (step > 0 && start < stop) {
        slice->count = (size_t)((stop - start - 1) / step + 1);
    }
    return HF_OK;
}

static size_t selected(const struct slice *slice, size_t n) {
    assert(n < slice->count);
    return (size_t)(slice->start + (int64_t)n * slice->step);
}

/* ---- changing ---- */

/* Values of a request. */
struct input {
    Hf__Any *const *wires;
    size_t count;
};

static void drop_values(struct call *call, struct any *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        any_drop(call->registry, &values[i]);
    }
}

/* Kept copies of the input; none where it fails. Without input it cannot fail. */
static hf_status keep_values(struct call *call, struct input input, struct any **values) {
    if (input.count == 0) {
        return HF_OK;
    }
    *values = arena_zeroed(&call->arena, input.count, sizeof **values);
    hf_status status = *values ? HF_OK : HF_NO_MEMORY;
    size_t kept = 0;
    while (kept < input.count && status == HF_OK) {
        status = call_keep(call, input.wires[kept], &(*values)[kept]);
        kept += status == HF_OK;
    }
    if (status != HF_OK) {
        drop_values(call, *values, kept);
    }
    return status;
}

/* Replace `removed` items from `at` on by the input. */
static hf_status splice(struct call *call, size_t at, size_t removed, struct input input) {
    struct list *list = list_of(call);
    struct any *values = NULL;
    assert(at <= list->items.len && removed <= list->items.len - at);
    if (input.count > removed) {
        hf_status status = bulk_check_items(call, list->items.len - removed + input.count);
        if (status != HF_OK) {
            return status;
        }
    }
    hf_status status = keep_values(call, input, &values);
    if (status != HF_OK) {
        return status;
    }
    if (input.count > removed && !deque_reserve(&list->items, input.count - removed)) {
        drop_values(call, values, input.count);
        return HF_NO_MEMORY;
    }
    for (size_t i = 0; i < removed; i++) {
        any_drop(call->registry, item_at(list, at + i));
    }
    if (input.count > removed) {
        deque_open(&list->items, at + removed, input.count - removed);
    } else if (input.count < removed) {
        deque_close(&list->items, at + input.count, removed - input.count);
    }
    for (size_t i = 0; i < input.count; i++) {
        *item_at(list, at + i) = values[i];
    }
    return HF_OK;
}

static hf_status append_values(struct call *call, struct input input) {
    return splice(call, list_of(call)->items.len, 0, input);
}

static struct input one(Hf__Any *const *wire) {
    return (struct input){wire, 1};
}

/* ---- operations on one item ---- */

static hf_status open(struct call *call) {
    const Hf__ListOpen *in = call->request->list_open;
    return object_open(call, &type_list, in->name, in->mode);
}

static hf_status get(struct call *call) {
    size_t at = 0;
    hf_status status = find(call, call->request->list_get->index, &at);
    return status == HF_OK ? call_answer(call, item_at(list_of(call), at)) : status;
}

static hf_status set(struct call *call) {
    const Hf__ListSet *in = call->request->list_set;
    size_t at = 0;
    hf_status status = find(call, in->index, &at);
    return status == HF_OK ? splice(call, at, 1, one(&in->value)) : status;
}

static hf_status erase(struct call *call) {
    size_t at = 0;
    hf_status status = find(call, call->request->list_delete->index, &at);
    return status == HF_OK ? splice(call, at, 1, (struct input){0}) : status;
}

static hf_status append(struct call *call) {
    return append_values(call, one(&call->request->list_append->value));
}

static hf_status insert(struct call *call) {
    const Hf__ListInsert *in = call->request->list_insert;
    return splice(call, clip(list_of(call), in->index), 0, one(&in->value));
}

static hf_status pop(struct call *call) {
    const Hf__ListPop *in = call->request->list_pop;
    struct list *list = list_of(call);
    size_t at = 0;
    hf_status status = find(call, in->has_index ? in->index : -1, &at);
    if (status != HF_OK) {
        return status;
    }
    struct any *item = item_at(list, at);
    struct any *keepsake = call_keepsake(call);
    status = keepsake ? call_answer(call, item) : HF_NO_MEMORY;
    if (status == HF_OK) {
        *keepsake = *item;
        deque_close(&list->items, at, 1);
    }
    return status;
}

static hf_status add(struct call *call) {
    const Hf__ListAdd *in = call->request->list_add;
    size_t at = 0;
    struct addition addition;
    struct any sum;
    hf_status status = number_view_addition(call, in->amount, in->floor, in->ceiling, &addition);
    if (status == HF_OK) {
        status = find(call, in->index, &at);
    }
    if (status == HF_OK) {
        status = number_add(call, item_at(list_of(call), at), &addition, &sum);
    }
    if (status == HF_OK) {
        status = call_answer(call, &sum);
    }
    if (status == HF_OK) {
        *item_at(list_of(call), at) = sum; /* a number in place of a number: nothing to release */
    }
    return status;
}

static hf_status compare_and_set(struct call *call) {
    const Hf__ListCompareAndSet *in = call->request->list_compare_and_set;
    size_t at = 0;
    struct any expected;
    hf_status status = find(call, in->index, &at);
    if (status == HF_OK) {
        status = call_view(call, in->expected, &expected);
    }
    if (status != HF_OK) {
        return status;
    }
    const struct any *item = item_at(list_of(call), at);
    if (any_equal(item, &expected)) {
        return splice(call, at, 1, one(&in->replacement));
    }
    status = call_answer(call, item);
    return status == HF_OK ? HF_MISMATCH : status;
}

/* ---- slices ---- */

static bool fill_values(struct call *call, const struct slice *slice, Hf__AnyList *values) {
    values->items = arena_zeroed(&call->arena, slice->count, sizeof *values->items);
    if (!values->items) {
        return false;
    }
    for (; values->n_items < slice->count; values->n_items++) {
        const struct any *item = item_at(list_of(call), selected(slice, values->n_items));
        values->items[values->n_items] = call_wire(call, item);
        if (!values->items[values->n_items]) {
            return false;
        }
    }
    return true;
}

static hf_status answer_slice(struct call *call, const struct slice *slice) {
    struct bulk bulk = {0};
    for (size_t i = 0; i < slice->count && bulk_fits(&bulk, call); i++) {
        bulk_add(&bulk, call, item_at(list_of(call), selected(slice, i)));
    }
    if (!bulk_fits(&bulk, call)) {
        return bulk_refuse(call);
    }
    struct arena_mark before = arena_mark(&call->arena);
    Hf__AnyList *values = arena_alloc(&call->arena, sizeof *values);
    if (values) {
        hf__any_list__init(values);
    }
    if (!values || !fill_values(call, slice, values)) {
        return bulk_failed(&bulk, call, before);
    }
    call->reply->result_case = HF__REPLY__RESULT_VALUES;
    call->reply->values = values;
    return HF_OK;
}

static hf_status get_slice(struct call *call) {
    const Hf__ListGetSlice *in = call->request->list_get_slice;
    struct bounds bounds = {in->has_start ? &in->start : NULL, in->has_stop ? &in->stop : NULL,
                            in->has_step ? &in->step : NULL};
    struct slice slice = {0};
    hf_status status = select_items(call, bounds, &slice);
    return status == HF_OK ? answer_slice(call, &slice) : status;
}

static hf_status copy(struct call *call) {
    return answer_slice(call, &(struct slice){.step = 1, .count = list_of(call)->items.len});
}

/* One value for each selected item. */
static hf_status assign(struct call *call, const struct slice *slice, struct input input) {
    struct any *values = NULL;
    if (input.count != slice->count) {
        return call_refuse(call, HF_VALUE_ERROR, "%zu values for a slice of %zu items", input.count,
                           slice->count);
    }
    hf_status status = keep_values(call, input, &values);
    for (size_t i = 0; i < input.count && status == HF_OK; i++) {
        struct any *item = item_at(list_of(call), selected(slice, i));
        any_drop(call->registry, item);
        *item = values[i];
    }
    return status;
}

static hf_status set_slice(struct call *call) {
    const Hf__ListSetSlice *in = call->request->list_set_slice;
    struct bounds bounds = {in->has_start ? &in->start : NULL, in->has_stop ? &in->stop : NULL,
                            in->has_step ? &in->step : NULL};
    struct input input = {in->values, in->n_values};
    struct slice slice = {0};
    hf_status status = select_items(call, bounds, &slice);
    if (status != HF_OK) {
        return status;
    }
    return slice.step == 1 ? splice(call, (size_t)slice.start, slice.count, input)
                           : assign(call, &slice, input);
}

/* Drop every `step`-th item from `at` on, `count` of them, and close the gaps. */
static void thin(struct call *call, size_t at, size_t step, size_t count) {
    struct list *list = list_of(call);
    size_t dropped = 0;
    for (size_t from = at; from < list->items.len; from++) {
        if (dropped < count && from == at + dropped * step) {
            any_drop(call->registry, item_at(list, from));
            dropped++;
        } else {
            *item_at(list, from - dropped) = *item_at(list, from);
        }
    }
    assert(dropped == count);
    deque_close(&list->items, list->items.len - count, count);
}

static hf_status erase_slice(struct call *call) {
    const Hf__ListDeleteSlice *in = call->request->list_delete_slice;
    struct bounds bounds = {in->has_start ? &in->start : NULL, in->has_stop ? &in->stop : NULL,
                            in->has_step ? &in->step : NULL};
    struct slice slice = {0};
    hf_status status = select_items(call, bounds, &slice);
    if (status != HF_OK || slice.count == 0) {
        return status;
    }
    size_t first = selected(&slice, 0);
    size_t last = selected(&slice, slice.count - 1);
    size_t least = first < last ? first : last;
    if (slice.step == 1 || slice.step == -1 || slice.count == 1) {
        return splice(call, least, slice.count, (struct input){0});
    }
    thin(call, least, (size_t)(slice.step < 0 ? -slice.step : slice.step), slice.count);
    return HF_OK;
}

/* ---- searching ---- */

/* The first item equal to `value` in start <= index < stop; `stop` if there is none. */
static size_t search(const struct list *list, const struct any *value, size_t start, size_t stop) {
    assert(stop <= list->items.len);
    while (start < stop && !any_equal(item_at(list, start), value)) {
        start++;
    }
    return start < stop ? start : stop;
}

static hf_status refuse_missing(struct call *call, const struct any *value) {
    char text[SHOW_BYTES];
    return call_refuse(call, HF_VALUE_ERROR, "%s is not there", show_any(value, text));
}

static hf_status remove_value(struct call *call) {
    const struct list *list = list_of(call);
    struct any value;
    hf_status status = call_view(call, call->request->list_remove->value, &value);
    if (status != HF_OK) {
        return status;
    }
    size_t at = search(list, &value, 0, list->items.len);
    return at < list->items.len ? splice(call, at, 1, (struct input){0})
                                : refuse_missing(call, &value);
}

static hf_status find_index(struct call *call) {
    const Hf__ListIndex *in = call->request->list_index;
    const struct list *list = list_of(call);
    size_t start = clip(list, in->has_start ? in->start : 0);
    size_t stop = in->has_stop ? clip(list, in->stop) : list->items.len;
    struct any value;
    hf_status status = call_view(call, in->value, &value);
    if (status != HF_OK) {
        return status;
    }
    size_t at = search(list, &value, start, stop);
    return at < stop ? call_answer_count(call, at) : refuse_missing(call, &value);
}

static hf_status count_value(struct call *call) {
    const struct list *list = list_of(call);
    struct any value;
    size_t count = 0;
    hf_status status = call_view(call, call->request->list_count->value, &value);
    for (size_t i = 0; i < list->items.len && status == HF_OK; i++) {
        count += any_equal(item_at(list, i), &value);
    }
    return status == HF_OK ? call_answer_count(call, count) : status;
}

static hf_status contains(struct call *call) {
    const struct list *list = list_of(call);
    struct any value;
    hf_status status = call_view(call, call->request->list_contains->value, &value);
    if (status != HF_OK) {
        return status;
    }
    return call_answer_truth(call, search(list, &value, 0, list->items.len) < list->items.len);
}

/* ---- the whole list ---- */

static hf_status extend(struct call *call) {
    const Hf__ListExtend *in = call->request->list_extend;
    return append_values(call, (struct input){in->values, in->n_values});
}

static hf_status len(struct call *call) {
    return call_answer_count(call, list_of(call)->items.len);
}

static hf_status clear(struct call *call) {
    drop_items(list_of(call));
    return HF_OK;
}

static hf_status reverse(struct call *call) {
    const struct list *list = list_of(call);
    for (size_t i = 0; i < list->items.len / 2; i++) {
        struct any *low = item_at(list, i);
        struct any *high = item_at(list, list->items.len - 1 - i);
        struct any item = *low;
        *low = *high;
        *high = item;
    }
    return HF_OK;
}

struct ordering {
    bool reverse;
    bool comparable;
    struct any pair[2]; /* where it is not comparable: what was compared */
};

/* Items that are equal stay in their order, also when the greatest goes first: as in Python. */
static bool goes_before(void *context, const void *a, const void *b) {
    struct ordering *ordering = context;
    if (!ordering->comparable) {
        return false; /* nothing counts any more */
    }
    int order = any_compare(a, b, &ordering->comparable);
    if (!ordering->comparable) {
        ordering->pair[0] = *(const struct any *)b;
        ordering->pair[1] = *(const struct any *)a;
        return false;
    }
    return ordering->reverse ? order > 0 : order < 0;
}

/* Sorts a copy, so that the list is as it was when two items have no order. */
static hf_status sort(struct call *call) {
    const struct list *list = list_of(call);
    size_t count = list->items.len;
    struct any *items =
        count <= SIZE_MAX / 2 / sizeof *items ? mem_resize(NULL, 2 * count * sizeof *items) : NULL;
    if (!items) {
        return HF_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = *item_at(list, i);
    }
    struct ordering ordering = {.reverse = call->request->list_sort->reverse, .comparable = true};
    sort_stable((struct sort_span){items, items + count, count, sizeof *items}, goes_before,
                &ordering);
    for (size_t i = 0; i < count && ordering.comparable; i++) {
        *item_at(list, i) = items[i];
    }
    hf_status status = HF_OK;
    if (!ordering.comparable) {
        char text[2][SHOW_BYTES];
        status =
            call_refuse(call, HF_TYPE_ERROR, "%s and %s have no order",
                        show_any(&ordering.pair[0], text[0]), show_any(&ordering.pair[1], text[1]));
    }
    mem_free(items);
    return status;
}

/* Append copies of the first `count` items up to a length of `total`. */
static hf_status append_copies(struct call *call, size_t count, size_t total) {
    struct list *list = list_of(call);
    if (!deque_reserve(&list->items, total - count)) {
        return HF_NO_MEMORY;
    }
    deque_open(&list->items, count, total - count);
    for (size_t i = count; i < total; i++) {
        if (any_keep(call->registry, item_at(list, i - count), item_at(list, i)) != HF_OK) {
            (void)splice(call, count, total - count, (struct input){0});
            return HF_NO_MEMORY;
        }
    }
    return HF_OK;
}

static hf_status repeat(struct call *call) {
    int64_t times = call->request->list_repeat->count;
    size_t count = list_of(call)->items.len;
    size_t total = 0;
    if (times <= 0) {
        return clear(call);
    }
    if (__builtin_mul_overflow(count, (uint64_t)times, &total)) {
        total = SIZE_MAX;
    }
    hf_status status = bulk_check_items(call, total);
    return status == HF_OK && total > count ? append_copies(call, count, total) : status;
}

static const struct op ops[] = {
    {HF__REQUEST__OP_LIST_OPEN, open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_GET, get, OP_READS, 0},
    {HF__REQUEST__OP_LIST_SET, set, OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_DELETE, erase, OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_GET_SLICE, get_slice, OP_READS, 0},
    {HF__REQUEST__OP_LIST_SET_SLICE, set_slice, OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_DELETE_SLICE, erase_slice, OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_APPEND, append, OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_EXTEND, extend, OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_INSERT, insert, OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_POP, pop, OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_REMOVE, remove_value, OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_INDEX, find_index, OP_READS, 0},
    {HF__REQUEST__OP_LIST_COUNT, count_value, OP_READS, 0},
    {HF__REQUEST__OP_LIST_CONTAINS, contains, OP_READS, 0},
    {HF__REQUEST__OP_LIST_REVERSE, reverse, OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_SORT, sort, OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_REPEAT, repeat, OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_LEN, len, OP_READS, 0},
    {HF__REQUEST__OP_LIST_CLEAR, clear, OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_COPY, copy, OP_READS, 0},
    {HF__REQUEST__OP_LIST_ADD, add, OP_CHANGES, 0},
    {HF__REQUEST__OP_LIST_COMPARE_AND_SET, compare_and_set, OP_CHANGES, 0},
};

const struct type type_list = {
    .tag = HF__TYPE__LIST,
    .name = "list",
    .object_size = sizeof(struct list),
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
    .init = init,
    .fini = fini,
    .describe = describe,
};
