/* SPDX-License-Identifier: MIT
 *
 * What comes in pages: the keys, values and items of dicts, the members of sets. A take of a page
 * appends it to its `out` and sets the cursor `more`, which is 0 after the last page.
 */
#ifndef HF_PAGE_H
#define HF_PAGE_H

#include "take.h"

/** Ask for one page of an object. */
typedef hf_status page_ask(hf_object object, uint64_t cursor, uint32_t limit, struct take take);

/** Stores of a take: into a hf_any_array, or a hf_any_map_array. */
take_store page_store_keys;
take_store page_store_values;
take_store page_store_items;

/** All pages, one after the other. */
HF_MUST_USE hf_status page_walk_array(hf_object object, page_ask *ask, take_store *store,
                                      hf_any_array *out);
HF_MUST_USE hf_status page_walk_items(hf_object object, page_ask *ask, hf_any_map_array *out);

/** One page alone, replacing what is in `out`. */
HF_MUST_USE hf_status page_one_of_keys(hf_object object, page_ask *ask, uint32_t limit,
                                       uint64_t *cursor, hf_any_array *out);
HF_MUST_USE hf_status page_one_of_items(hf_object object, page_ask *ask, uint32_t limit,
                                        uint64_t *cursor, hf_any_map_array *out);

#endif
