/* SPDX-License-Identifier: MIT
 *
 * Shared by list.c and list_whole.c.
 */
#ifndef HF_LIST_H
#define HF_LIST_H

#include "deque.h"
#include "object.h"

struct list {
    struct object object;
    struct deque items; /* of struct any */
    size_t notes;       /* of changes that may be taken back: it gives no memory back */
};

static inline struct list *list_of(struct call *call) {
    return (struct list *)call->object;
}

static inline struct any *list_at(const struct list *list, size_t index) {
    return deque_at(&list->items, index);
}

/** Values of a request. */
struct list_input {
    Hf__Any *const *wires;
    size_t count;
};

/** Replace `removed` items, from `at` on, by copies of the input. Without input it can only fail in
 * an atomic batch. */
HF_MUST_USE hf_status list_splice(struct call *call, size_t at, size_t removed,
                                  struct list_input input);

/** Have `to` items in the place of `from`, from `at` on. There must be room. */
void list_resize(struct list *list, size_t at, size_t from, size_t to);

/** Some of the items: `count` of them, from `at` on, `step` apart. */
struct list_run {
    size_t at;
    size_t count;
    size_t step;
};

/* Notes of changes that are made next, in an atomic batch (list_undo.c). A note takes over what is
 * displaced. false: no memory. */
/** A run is removed; if its step is 1, `added` items come to its place. */
HF_MUST_USE bool list_note_removed(struct call *call, struct list_run run, size_t added);
/** One item is replaced. */
void list_note_replaced(struct call *call, size_t at);
/** All items are removed. This removes them. */
HF_MUST_USE bool list_note_cleared(struct call *call);
/** The items change places. */
HF_MUST_USE bool list_note_order(struct call *call);

/* Operations, for the table in list.c. */
hf_status list_clear(struct call *call);
hf_status list_remove(struct call *call);
hf_status list_index(struct call *call);
hf_status list_count(struct call *call);
hf_status list_contains(struct call *call);
hf_status list_reverse(struct call *call);
hf_status list_sort(struct call *call);
hf_status list_repeat(struct call *call);

#endif
