/* SPDX-License-Identifier: MIT
 *
 * list: the notes of what an atomic batch changes (undo.h).
 *
 * Changes are taken back in reverse order, each by its exact inverse. Until then a list gives no
 * memory back. So there is always room: each place that is opened again was one before.
 */
#include "list.h"

#include "deferred.h"
#include "registry.h"
#include "undo.h"

#include <assert.h>

/* Displaced by a change: every `step`-th item from `at` on. */
struct list_displaced {
    size_t at;
    size_t step;
    size_t added; /* in the place of the removed ones */
    size_t removed;
    struct any values[];
};

static struct list *list_noted(const struct undo_note *note) {
    return (struct list *)note->object;
}

static struct undo_note *list_note(struct call *call, undo_decide *decide) {
    struct undo_note *note = undo_take_note(call, decide);
    list_of(call)->notes++;
    return note;
}

/* Memory goes back with the last note. */
static void list_forget_note(struct list *list) {
    assert(list->notes > 0);
    if (--list->notes == 0) {
        deque_trim(&list->items, 0);
    }
}

/* ---- runs of items ---- */

/* Every step-th place gets its item again; those between move up. */
static void list_spread(const struct list *list, const struct list_displaced *displaced) {
    size_t left = displaced->removed;
    for (size_t to = list->items.len; left > 0; to--) {
        if (to - 1 == displaced->at + (left - 1) * displaced->step) {
            *list_at(list, to - 1) = displaced->values[--left];
        } else {
            *list_at(list, to - 1) = *list_at(list, to - 1 - left);
        }
    }
}

static void list_decide_removed(struct undo_note *note, bool back) {
    struct list *list = list_noted(note);
    struct list_displaced *displaced = note->kept;
    struct registry *registry = list->object.registry;
    for (size_t i = 0; i < displaced->removed && !back; i++) {
        any_drop(registry, &displaced->values[i]);
    }
    for (size_t i = 0; i < displaced->added && back; i++) {
        any_drop(registry, list_at(list, displaced->at + i));
    }
    if (back && displaced->step > 1) {
        deque_open(&list->items, list->items.len, displaced->removed);
        list_spread(list, displaced);
    } else if (back) {
        list_resize(list, displaced->at, displaced->added, displaced->removed);
        for (size_t i = 0; i < displaced->removed; i++) {
            *list_at(list, displaced->at + i) = displaced->values[i];
        }
    }
    list_forget_note(list);
}

void list_resize(struct list *list, size_t at, size_t from, size_t to) {
    if (to > from) {
        deque_open(&list->items, at + from, to - from);
    } else if (to < from) {
        deque_cut(&list->items, at + to, from - to);
    }
}

bool list_note_removed(struct call *call, struct list_run run, size_t added) {
    struct list *list = list_of(call);
    struct list_displaced *displaced =
        arena_alloc(call->arena, sizeof *displaced + run.count * sizeof displaced->values[0]);
    if (!displaced) {
        return false;
    }
    *displaced = (struct list_displaced){run.at, run.step, added, run.count};
    for (size_t i = 0; i < run.count; i++) {
        displaced->values[i] = *list_at(list, run.at + i * run.step);
    }
    list_note(call, list_decide_removed)->kept = displaced;
    return true;
}

/* ---- one item ---- */

static void list_decide_replaced(struct undo_note *note, bool back) {
    struct list *list = list_noted(note);
    if (back) {
        struct any *item = list_at(list, note->at);
        struct any after = *item;
        *item = note->value;
        note->value = after;
    }
    any_drop(list->object.registry, &note->value);
    list_forget_note(list);
}

void list_note_replaced(struct call *call, size_t at) {
    struct undo_note *note = list_note(call, list_decide_replaced);
    note->at = at;
    note->value = *list_at(list_of(call), at);
}

/* ---- the whole list ---- */

static void list_decide_cleared(struct undo_note *note, bool back) {
    struct list *list = list_noted(note);
    struct deque *kept = note->kept;
    if (back) {
        assert(list->items.len == 0);
        deque_fini(&list->items);
        list->items = *kept;
    } else {
        deferred_free_deque(list->object.registry, kept, 0);
    }
    list_forget_note(list);
}

bool list_note_cleared(struct call *call) {
    struct list *list = list_of(call);
    struct deque *kept = arena_alloc(call->arena, sizeof *kept);
    if (!kept) {
        return false;
    }
    *kept = list->items;
    deque_init(&list->items, sizeof(struct any));
    list_note(call, list_decide_cleared)->kept = kept;
    return true;
}

/* The items are the same, in another order. */
static void list_decide_ordered(struct undo_note *note, bool back) {
    struct list *list = list_noted(note);
    const struct any *items = note->kept;
    for (size_t i = 0; i < list->items.len && back; i++) {
        *list_at(list, i) = items[i];
    }
    list_forget_note(list);
}

bool list_note_order(struct call *call) {
    const struct list *list = list_of(call);
    struct any *items = arena_zeroed(call->arena, list->items.len, sizeof *items);
    if (!items) {
        return false;
    }
    for (size_t i = 0; i < list->items.len; i++) {
        items[i] = *list_at(list, i);
    }
    list_note(call, list_decide_ordered)->kept = items;
    return true;
}
