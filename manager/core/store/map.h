/* SPDX-License-Identifier: MIT
 *
 * Maps as values. Behind the pairs of a map, which are in the order in which they came, lies an
 * index: their numbers in an order of their keys. So a key is found, and two maps are compared,
 * without memory and without looking at every pair for every pair.
 */
#ifndef HF_MAP_H
#define HF_MAP_H

#include "any.h"

/** What `len` pairs and their index take. */
static inline size_t map_bytes(size_t len) {
    return len * (2 * sizeof(struct any) + sizeof(uint32_t));
}

/** Fill in the index of a map whose pairs are there and whose keys are scalars.
 *
 *  Returns  HF_OK, HF_INVALID (a key comes twice), HF_NO_MEMORY
 */
HF_MUST_USE hf_status map_index(struct arena *arena, struct any *map);

/** The index of one map for another with the same pairs. */
void map_copy_index(const struct any *from, struct any *to);

/** Whether two maps have the same pairs, in any order. O(n log n). */
bool map_equal(const struct any *a, const struct any *b);

#endif
