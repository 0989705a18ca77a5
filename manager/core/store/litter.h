/* SPDX-License-Identifier: MIT
 *
 * What has been dropped and is still to be freed. Whatever objects drop comes here: a nested value,
 * a ring of values, a table of items. Of that, a call frees LITTER_AT_ONCE values itself; the rest
 * is freed in slices by core_tick(), so that nobody waits long for it, however large it is. Nothing
 * of it can be reached any more, but its references count until their turn comes.
 *
 * It needs no memory but a note for each table or ring, made after part of that was freed; where
 * there is none even so, all of it is freed at once.
 */
#ifndef HF_LITTER_H
#define HF_LITTER_H

#include "any.h"
#include "deque.h"

enum {
    LITTER_AT_ONCE =
        1024, /* values that a call frees; what comes between two ends is freed whole */
    LITTER_PER_SLICE = 8192, /* the same for a slice */
    LITTER_AT_A_TIME = 256   /* at most so many more, as rings and tables go by blocks */
};

struct litter {
    struct any nested; /* the list or map that is being emptied, from its end */
    struct remains *remains;
    size_t allowance; /* how many more values may be freed now */
    bool working;
};

void litter_init(struct litter *litter);

/** Before another call: it may free LITTER_AT_ONCE values. */
void litter_begin(struct litter *litter);

/** A kept list or map. O(1), with what is freed at once: not counting that, as deep as it is. */
void litter_nested(struct registry *registry, struct any value);

/** Items with a kept value each, which lies `offset` bytes into them; the ring is empty then. */
void litter_deque(struct registry *registry, struct deque *items, size_t offset);

/** Free some of it, about a block of values. Returns how many; 0: nothing was left, and all its
 * memory is free. */
typedef size_t litter_take(struct registry *registry, void *container);

/** Anything that can be moved as bytes: `size` of them are what `take` gets. The caller's copy is
 * without meaning then. */
void litter_container(struct registry *registry, void *container, size_t size, litter_take *take);

/** Free a slice. Returns whether there was anything to be freed. */
bool litter_work(struct registry *registry);

bool litter_empty(const struct litter *litter);

#endif
