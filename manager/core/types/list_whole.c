/* SPDX-License-Identifier: MIT
 *
 * list: the operations that may read all items.
 */
#include "list.h"

#include "bulk.h"
#include "equality.h"
#include "mem.h"
#include "registry.h"
#include "show.h"
#include "slice.h"
#include "sort.h"
#include "undo.h"

#include <assert.h>

/* ---- searching ---- */

/* The first item from *at on, before `stop`, that equals the value; at `stop`: none does. */
static hf_status list_seek(struct call *call, const struct any *value, size_t stop, size_t *at) {
    const struct list *list = list_of(call);
    bool equal = false;
    hf_status status = HF_OK;
    assert(stop <= list->items.len);
    for (; *at < stop; ++*at) {
        status = any_equal(call->arena, equality_of(call), list_at(list, *at), value, &equal);
        if (status != HF_OK || equal) {
            break;
        }
    }
    return status;
}

/* Find the first item with start <= index < stop that equals the value. HF_VALUE_ERROR: none
 * does. */
static hf_status list_search(struct call *call, Hf__Any *wire, size_t start, size_t stop,
                             size_t *at) {
    struct any value;
    hf_status status = call_view(call, wire, &value);
    *at = start;
    if (status == HF_OK) {
        status = list_seek(call, &value, stop, at);
    }
    if (status != HF_OK || *at < stop) {
        return status;
    }
    char text[SHOW_BYTES];
    return call_refuse(call, HF_VALUE_ERROR, "%s is not in the list", show_any(&value, text));
}

hf_status list_remove(struct call *call) {
    const Hf__ListRemove *in = call->request->list_remove;
    size_t at = 0;
    hf_status status = list_search(call, in->value, 0, list_of(call)->items.len, &at);
    return status == HF_OK ? list_splice(call, at, 1, (struct list_input){0}) : status;
}

hf_status list_index(struct call *call) {
    const Hf__ListIndex *in = call->request->list_index;
    size_t len = list_of(call)->items.len;
    size_t start = slice_clip(in->has_start ? in->start : 0, len);
    size_t at = 0;
    hf_status status =
        list_search(call, in->value, start, in->has_stop ? slice_clip(in->stop, len) : len, &at);
    return status == HF_OK ? call_answer_count(call, at) : status;
}

hf_status list_count(struct call *call) {
    const struct list *list = list_of(call);
    struct any value;
    size_t count = 0;
    hf_status status = call_view(call, call->request->list_count->value, &value);
    for (size_t i = 0; i < list->items.len && status == HF_OK; i++) {
        bool equal = false;
        status = any_equal(call->arena, equality_of(call), list_at(list, i), &value, &equal);
        count += equal;
    }
    return status == HF_OK ? call_answer_count(call, count) : status;
}

hf_status list_contains(struct call *call) {
    size_t len = list_of(call)->items.len;
    struct any value;
    size_t at = 0;
    hf_status status = call_view(call, call->request->list_contains->value, &value);
    if (status == HF_OK) {
        status = list_seek(call, &value, len, &at);
    }
    return status == HF_OK ? call_answer_truth(call, at < len) : status;
}

/* ---- all of it ---- */

hf_status list_reverse(struct call *call) {
    const struct list *list = list_of(call);
    if (call_undo(call) && !list_note_order(call)) {
        return HF_NO_MEMORY;
    }
    for (size_t i = 0; i < list->items.len / 2; i++) {
        struct any *low = list_at(list, i);
        struct any *high = list_at(list, list->items.len - 1 - i);
        struct any item = *low;
        *low = *high;
        *high = item;
    }
    return HF_OK;
}

struct ordering {
    struct arena *arena;
    bool reverse;
    hf_status status;   /* HF_TYPE_ERROR: two items have no order */
    struct any pair[2]; /* if they have no order: the two values */
};

/* As in Python, equal items keep their order, also in a reverse sort. */
static bool list_goes_before(void *context, const void *a, const void *b) {
    struct ordering *ordering = context;
    if (ordering->status != HF_OK) {
        return false; /* the sort is given up */
    }
    int order = any_compare(ordering->arena, a, b, &ordering->status);
    if (ordering->status != HF_OK) {
        ordering->pair[0] = *(const struct any *)b;
        ordering->pair[1] = *(const struct any *)a;
        return false;
    }
    return ordering->reverse ? order > 0 : order < 0;
}

/* Sorts a copy, so the list is unchanged if two items have no order. */
hf_status list_sort(struct call *call) {
    const struct list *list = list_of(call);
    size_t count = list->items.len;
    struct any *items =
        count <= SIZE_MAX / 2 / sizeof *items ? mem_resize(NULL, 2 * count * sizeof *items) : NULL;
    if (!items) {
        return HF_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = *list_at(list, i);
    }
    struct ordering ordering = {call->arena, call->request->list_sort->reverse, HF_OK, {{0}}};
    sort_stable((struct sort_span){items, items + count, count, sizeof *items}, list_goes_before,
                &ordering);
    hf_status status = ordering.status;
    if (status == HF_OK && call_undo(call) && !list_note_order(call)) {
        status = HF_NO_MEMORY;
    }
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        *list_at(list, i) = items[i];
    }
    if (status == HF_TYPE_ERROR) {
        char text[2][SHOW_BYTES];
        status =
            call_refuse(call, HF_TYPE_ERROR, "%s and %s have no order",
                        show_any(&ordering.pair[0], text[0]), show_any(&ordering.pair[1], text[1]));
    }
    mem_free(items);
    return status;
}

/* Append copies of the first `count` items, which are all, up to a length of `total`. */
static hf_status list_append_copies(struct call *call, size_t count, size_t total) {
    const struct list_input none = {0};
    struct list *list = list_of(call);
    assert(count == list->items.len && total > count);
    if (!deque_reserve(&list->items, total - count) ||
        (call_undo(call) &&
         !list_note_removed(call, (struct list_run){count, 0, 1}, total - count))) {
        return HF_NO_MEMORY;
    }
    deque_open(&list->items, count, total - count);
    for (size_t i = count; i < total; i++) {
        if (any_keep(call->registry, list_at(list, i - count), list_at(list, i)) != HF_OK) {
            hf_status undone = call_undo(call) ? HF_OK /* by its note */
                                               : list_splice(call, count, total - count, none);
            assert(undone == HF_OK);
            return HF_NO_MEMORY;
        }
    }
    return HF_OK;
}

hf_status list_repeat(struct call *call) {
    int64_t times = call->request->list_repeat->count;
    size_t count = list_of(call)->items.len;
    size_t total = 0;
    if (times <= 0) {
        return list_clear(call);
    }
    if (__builtin_mul_overflow(count, (uint64_t)times, &total)) {
        total = SIZE_MAX;
    }
    hf_status status = bulk_check_items(call, total);
    return status == HF_OK && total > count ? list_append_copies(call, count, total) : status;
}
