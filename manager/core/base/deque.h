/* SPDX-License-Identifier: MIT
 *
 * A double-ended queue of equal-sized items: O(1) at both ends and by index; inserting or removing
 * in the middle moves the shorter side. Items are plain memory; who owns what they point to is the
 * caller's business. A pointer to an item holds until the next change.
 *
 * Items lie in a ring. A small one is one piece; a large one is a ring of blocks, so that growing
 * moves no items: only the list of blocks is copied, 8 bytes for DEQUE_BLOCK_ITEMS items.
 */
#ifndef HF_DEQUE_H
#define HF_DEQUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DEQUE_BLOCK_ITEMS = 256 };

struct deque {
    uint8_t **blocks; /* of a large ring; NULL where no item is */
    uint8_t *ring;    /* a small one: one piece of at most DEQUE_BLOCK_ITEMS */
    uint8_t *spare;   /* blocks kept for insertions that were promised room, chained */
    size_t spare_count;
    size_t item_size; /* at least a pointer's */
    size_t first;     /* position of item 0 */
    size_t len;
    size_t room; /* positions: a power of two, or 0 */
};

void deque_init(struct deque *deque, size_t item_size);
void deque_fini(struct deque *deque);

/** Make room for `count` more items, so that as many insertions cannot fail, wherever they are.
 * false: no memory. O(count / DEQUE_BLOCK_ITEMS), and the list of blocks where it doubles. */
bool deque_reserve(struct deque *deque, size_t count);

/** The item at `index`, which must be there. */
void *deque_at(const struct deque *deque, size_t index);

/** Open a gap of zeroed items before `index`, which may be the length. There must be room
 * (reserve). */
void deque_open(struct deque *deque, size_t index, size_t count);

/** Remove `count` items from `index` on. Gives memory back when most of it is unused. */
void deque_close(struct deque *deque, size_t index, size_t count);

/** The two halves of it: remove, so that as many can be put back without fail; and give memory back
 * that neither the items nor `spare` more would need. */
void deque_cut(struct deque *deque, size_t index, size_t count);
void deque_trim(struct deque *deque, size_t spare);

#endif
