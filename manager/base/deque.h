/* SPDX-License-Identifier: MIT
 *
 * A double-ended queue of equal-sized items in one ring: O(1) at both ends and by index; inserting
 * or removing in the middle moves the shorter side. Items are plain memory; who owns what they
 * point to is the caller's business. A pointer to an item holds until the next change.
 */
#ifndef HF_DEQUE_H
#define HF_DEQUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deque {
    uint8_t *ring;
    size_t item_size;
    size_t first; /* position of item 0 */
    size_t len;
    size_t room; /* a power of two, or 0 */
};

void deque_init(struct deque *deque, size_t item_size);
void deque_fini(struct deque *deque);

/** Make room for `count` more items, so that as many insertions cannot fail. false: no memory. */
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
