/* SPDX-License-Identifier: MIT
 *
 * Items in the order in which they are taken. Their keys decide the order, so an item that is put
 * back returns to its old position. By age the ring is kept sorted, which is cheap as new items
 * belong at an end. By rank it is a binary heap.
 */
#ifndef HF_ORDERED_RING_H
#define HF_ORDERED_RING_H

#include "deque.h"

enum ring_order {
    RING_OLDEST, /**< the smallest serial first */
    RING_NEWEST, /**< the largest serial first */
    RING_RANKED  /**< the smallest rank first, of equal ones the smallest serial */
};

/** Every item begins with its key. No two items have the same serial. */
struct ring_key {
    uint64_t serial;
    int64_t rank; /* RING_RANKED; in another order the owner's, for anything */
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

/** Make room for `count` more items. false: no memory. */
bool ring_reserve(struct ordered_ring *ring, size_t count);

/** Put a copy of the item at its position. There must be room: by ring_reserve() or after a
 * take. */
void ring_put(struct ordered_ring *ring, const void *item);

/** Take back a ring_put(): move out this item, which has the greatest serial of all. O(log n) if
 * nothing was taken since. */
void ring_take_back(struct ordered_ring *ring, uint64_t serial, void *item);

/** The next item; there must be one. */
void *ring_first(const struct ordered_ring *ring);

/** The item that comes n-th, 0 is the next. By rank only the next one has its place by its key. */
static inline void *ring_at(const struct ordered_ring *ring, size_t n) {
    return deque_at(&ring->items, n);
}

/** A walk in pages: the place of the first item behind a cursor (0: of the first of all), or the
 * number of items; and the cursor behind an item that is in the ring. By rank a cursor is a place,
 * and items change theirs. */
size_t ring_position(const struct ordered_ring *ring, uint64_t cursor);
uint64_t ring_cursor(const struct ordered_ring *ring, size_t place);

/** Move the next item out. Until ring_trim() there is room to put it back. */
void ring_take(struct ordered_ring *ring, void *item);

/** Free memory that is not needed for the items and `spare` more. */
void ring_trim(struct ordered_ring *ring, size_t spare);

#endif
