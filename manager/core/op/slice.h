/* SPDX-License-Identifier: MIT
 *
 * Python's indexes and slices, for lists and arrays. A negative index counts from the end.
 */
#ifndef HF_SLICE_H
#define HF_SLICE_H

#include "object.h"

/** The position of an index among `count` items. Returns HF_OK, HF_INDEX_ERROR. */
HF_MUST_USE hf_status slice_index(struct call *call, int64_t index, size_t count, size_t *at);

/** The position of an index as a bound: before the first item at least, behind the last at most. */
size_t slice_clip(int64_t index, size_t count);

/** The bounds of a slice, as in the request; NULL: left out. */
struct slice_bounds {
    const int64_t *start;
    const int64_t *stop;
    const int64_t *step;
};

/** The bounds in a message with the fields start, stop and step. */
#define SLICE_BOUNDS(in)                                                                           \
    (struct slice_bounds) {                                                                        \
        (in)->has_start ? &(in)->start : NULL, (in)->has_stop ? &(in)->stop : NULL,                \
            (in)->has_step ? &(in)->step : NULL                                                    \
    }

/** The selection of a slice: `count` items, from `start` on, `step` apart. */
struct slice {
    int64_t start; /* also set if no item is selected */
    int64_t step;
    size_t count;
};

/** Select among `item_count` items. Returns HF_OK, HF_VALUE_ERROR (a step of 0). */
HF_MUST_USE hf_status slice_select(struct call *call, size_t item_count, struct slice_bounds bounds,
                                   struct slice *slice);

/** The position of the n-th selected item. */
size_t slice_at(const struct slice *slice, size_t n);

/** Returns HF_VALUE_ERROR unless there is one value for each selected item. */
HF_MUST_USE hf_status slice_check_count(struct call *call, const struct slice *slice, size_t count);

#endif
