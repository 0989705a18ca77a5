/* SPDX-License-Identifier: MIT
 *
 * The keys of a map: whether one comes twice, and whether two maps have the same pairs. A map stays
 * in the order in which it came. If that does not tell, an index is made for a moment: the places
 * where pairs begin, sorted by their keys.
 */
#ifndef HF_MAP_H
#define HF_MAP_H

#include "any.h"
#include "packed.h"

enum { MAP_FEW = 8 /* keys that are compared with each other, without an index */ };

/* The keys of a map that is being read. */
struct map_keys {
    uint32_t count;
    bool ascend; /* so far each is greater than the one before it */
    struct packed_any last;
    struct packed_any few[MAP_FEW];
};

static inline void map_keys_begin(struct map_keys *keys) {
    keys->count = 0;
    keys->ascend = true;
}

/** Note the next key. */
void map_keys_add(struct map_keys *keys, const struct packed_any *key);

/** Whether no key came twice, after the last pair of the map was read.
 *
 *  Returns  HF_OK, HF_INVALID (a key comes twice), HF_NO_MEMORY
 */
HF_MUST_USE hf_status map_keys_distinct(const struct map_keys *keys, struct arena *arena,
                                        const struct packed_any *map);

/** Whether two maps have the same pairs, in any order. Under ANY_BY_VALUE, one map can have
 * keys that are the same; their order counts. Returns and costs as any_equal(). */
HF_MUST_USE hf_status map_equal(struct arena *arena, enum any_equality equality,
                                const struct any *a, const struct any *b, bool *equal);

#endif
