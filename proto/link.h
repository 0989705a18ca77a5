/* SPDX-License-Identifier: MIT
 *
 * A link of a circular, doubly linked list that runs through the structs it links. A list is a link
 * of its own (its head); a link that is in no list points to itself, so unlinking twice does no
 * harm.
 */
#ifndef HF_LINK_H
#define HF_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link {
    struct link *prev;
    struct link *next;
};

/** The struct that holds this link. */
#define LINK_OWNER(link, type, member) ((type *)((uintptr_t)(link)-offsetof(type, member)))

static inline void link_init(struct link *link) {
    link->prev = link;
    link->next = link;
}

static inline bool link_alone(const struct link *link) {
    return link->next == link;
}

/** Take the link out of its list, if it is in one. */
static inline void link_remove(struct link *link) {
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link_init(link);
}

/** Put a link that is in no list at the end of `list`. */
static inline void link_append(struct link *list, struct link *link) {
    link->prev = list->prev;
    link->next = list;
    list->prev->next = link;
    list->prev = link;
}

/** The same at its front. */
static inline void link_prepend(struct link *list, struct link *link) {
    link_append(list->next, link);
}

/** The first link; NULL if the list is empty. */
static inline struct link *link_first(const struct link *list) {
    return link_alone(list) ? NULL : list->next;
}

/** Take the first link out of its list. NULL: the list is empty. */
static inline struct link *link_take_first(struct link *list) {
    struct link *link = link_first(list);
    if (link) {
        link_remove(link);
    }
    return link;
}

/** Move all links of `from`, in their order, to `to`, which is empty. */
static inline void link_move_all(struct link *from, struct link *to) {
    if (!link_alone(from)) {
        *to = *from;
        to->prev->next = to;
        to->next->prev = to;
        link_init(from);
    }
}

#endif
