/* SPDX-License-Identifier: MIT
 *
 * Items in the order in which they are to be taken, which their keys decide: so that an item that
 * is put back comes to its old place. One ring serves all three orders. By age it is kept sorted,
 * which costs nothing as new items belong at an end; by rank, where they belong anywhere, it is a
 * binary heap.
 */
#ifndef HF_ORDERED_RING_H
#define HF_ORDERED_RING_H

#include "deque.h"

enum ring_order {
    RING_OLDEST, /**< the smallest serial first */
    RING_NEWEST, /**< the largest serial first */
    RING_RANKED  /**< the smallest rank first, of equal ones the smallest serial */
};

/** What every item begins with. No two items have the same serial. */
struct ring_key {
    uint64_t serial;
    int64_t rank;
};

struct ordered_ring {
    struct deque items;
    enum ring_order order;
};

void ring_init(struct ordered_ring *ring, size_t item_size, enum ring_order order);
void ring_fini(struct ordered_ring *ring);

static inline size_t ring_len(const struct ordered_ring *ring) {
    return ring->items.len;
}

/** Make room for `count` more items, so that putting them cannot fail. false: no memory. */
bool ring_reserve(struct ordered_ring *ring, size_t count);

/** Put a copy of the item into its place. There must be room (reserve, or one was taken). */
void ring_put(struct ordered_ring *ring, const void *item);

/** The item that is next; there must be one. */
void *ring_first(const struct ordered_ring *ring);

/** Move it out into `item`. It can be put back without fail until ring_trim(). */
void ring_take(struct ordered_ring *ring, void *item);

/** Give memory back that neither the items nor `spare` more would need. */
void ring_trim(struct ordered_ring *ring, size_t spare);

#endif
