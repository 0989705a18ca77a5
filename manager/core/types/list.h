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

/** Replace `removed` items, from `at` on, by copies of the input. Without input it cannot fail. */
HF_MUST_USE hf_status list_splice(struct call *call, size_t at, size_t removed,
                                  struct list_input input);

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
