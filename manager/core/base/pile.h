/* SPDX-License-Identifier: MIT
 *
 * Items in the order in which they are to be taken, which their keys decide: so that an item that
 * is put back comes to its old place. One ring serves all three orders. By age it is kept sorted,
 * which costs nothing as new items belong at an end; by rank, where they belong anywhere, it is a
 * binary heap.
 */
#ifndef HF_PILE_H
#define HF_PILE_H

#include "deque.h"

enum pile_order {
    PILE_OLDEST, /**< the smallest serial first */
    PILE_NEWEST, /**< the largest serial first */
    PILE_RANKED  /**< the smallest rank first, of equal ones the smallest serial */
};

/** What every item begins with. No two items have the same serial. */
struct pile_key {
    uint64_t serial;
    int64_t rank;
};

struct pile {
    struct deque items;
    enum pile_order order;
};

void pile_init(struct pile *pile, size_t item_size, enum pile_order order);
void pile_fini(struct pile *pile);

static inline size_t pile_len(const struct pile *pile) {
    return pile->items.len;
}

/** Make room for `count` more items, so that putting them cannot fail. false: no memory. */
bool pile_reserve(struct pile *pile, size_t count);

/** Put a copy of the item into its place. There must be room (reserve, or one was taken). */
void pile_put(struct pile *pile, const void *item);

/** The item that is next; there must be one. */
void *pile_first(const struct pile *pile);

/** Move it out into `item`. It can be put back without fail until pile_trim(). */
void pile_take(struct pile *pile, void *item);

/** Give memory back that neither the items nor `spare` more would need. */
void pile_trim(struct pile *pile, size_t spare);

#endif
