/* SPDX-License-Identifier: MIT
 *
 * Deferred free: the memory of dropped values that is still to be freed. A call frees up to
 * DEFERRED_AT_ONCE values itself; core_tick() frees the rest in slices, so a large value delays no
 * other session. Nothing can reach a deferred value any more, but the references in it count until
 * it is freed.
 *
 * Deferring allocates one small block for each table, deque or large value, after part of it was
 * freed. If that allocation fails, all of it is freed at once.
 */
#ifndef HF_DEFERRED_H
#define HF_DEFERRED_H

#include "any.h"
#include "deque.h"

enum {
    DEFERRED_AT_ONCE = 1024,   /**< values that a call frees between two registry_reap() */
    DEFERRED_PER_SLICE = 8192, /**< values that one slice frees */
    DEFERRED_PER_STEP = 256,   /**< tables and deques go by blocks: so many values more, at most */
    DEFERRED_PIECE_BYTES = 1 << 20, /**< of a larger block that are freed at a time */
    DEFERRED_VALUE_BYTES = 512      /**< a string, list or map of more counts as several values */
};

struct deferred {
    struct any_refs *refs; /**< of lists and maps: what they refer to is still counted */
    struct deferred_container *containers;
    size_t budget; /**< how many more values may be freed now */
    bool working;  /**< a slice is under way */
};

void deferred_init(struct deferred *deferred);

/** Allow the next call to free DEFERRED_AT_ONCE values. */
void deferred_refill(struct deferred *deferred);

/** The values that are freed now count as so many. */
void deferred_spend(struct deferred *deferred, size_t count);

/** Free the bytes of a value, large ones in pieces. */
void deferred_free_any(struct registry *registry, void *bytes, size_t len);

/** Free a kept packed value, and end its references from the last one on: within the budget now,
 * the
 * rest later. O(1) but for those that end now. */
void deferred_free_refs(struct registry *registry, struct any_refs *refs);

/** Free all items of a deque, each with a kept value `offset` bytes into it; leave it empty. */
void deferred_free_deque(struct registry *registry, struct deque *items, size_t offset);

/** Free a block of so many bytes, a large one in pieces, from its end: to give its pages back takes
 * time. */
void deferred_free_block(struct registry *registry, void *block, size_t bytes);

/** Free about a block of the container's values. Returns how many; 0: none was left, and the
 * container's own memory is freed too. */
typedef size_t deferred_free_some(struct registry *registry, void *container);

/** Free a container of `size` bytes that can be moved as bytes. It is invalid afterwards: its
 * contents belong to the deferred free. */
void deferred_free_container(struct registry *registry, void *container, size_t size,
                             deferred_free_some *free_some);

/** Free one slice. false: nothing was left. */
bool deferred_free_slice(struct registry *registry);

bool deferred_empty(const struct deferred *deferred);

#endif
