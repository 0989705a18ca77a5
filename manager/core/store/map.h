/* SPDX-License-Identifier: MIT
 *
 * Maps as values. Behind the pairs, which are in order of arrival, lies an index: the numbers of
 * the pairs, sorted by their keys. So finding a key is O(log n), and comparing two maps O(n log n),
 * without memory.
 */
#ifndef HF_MAP_H
#define HF_MAP_H

#include "any.h"

/** The bytes of `len` pairs and their index. */
static inline size_t map_bytes(size_t len) {
    return len * (2 * sizeof(struct any) + sizeof(uint32_t));
}

/** Fill in the index of a map, whose pairs are filled in and whose keys are scalars.
 *
 *  Returns  HF_OK, HF_INVALID (a key comes twice), HF_NO_MEMORY
 */
HF_MUST_USE hf_status map_index(struct arena *arena, struct any *map);

/** Copy the index to a map with the same pairs. */
void map_copy_index(const struct any *from, struct any *to);

/** Whether two maps have the same pairs, in any order. O(n log n). */
bool map_equal(const struct any *a, const struct any *b);

#endif
