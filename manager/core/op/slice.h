/* SPDX-License-Identifier: MIT
 *
 * Python's indexes and slices, for lists and arrays: negative indexes count from the end.
 */
#ifndef HF_SLICE_H
#define HF_SLICE_H

#include "object.h"

/** The position that an index names, of which there must be `count`. Returns HF_OK, HF_INDEX_ERROR.
 */
HF_MUST_USE hf_status slice_index(struct call *call, int64_t index, size_t count, size_t *at);

/** The position between items that an index names, past an end that end. */
size_t slice_clip(int64_t index, size_t count);

/** The bounds of a slice as a request gives them; NULL: left out. */
struct slice_bounds {
    const int64_t *start;
    const int64_t *stop;
    const int64_t *step;
};

/** The bounds in a message that has start, stop and step. */
#define SLICE_BOUNDS(in)                                                                           \
    (struct slice_bounds) {                                                                        \
        (in)->has_start ? &(in)->start : NULL, (in)->has_stop ? &(in)->stop : NULL,                \
            (in)->has_step ? &(in)->step : NULL                                                    \
    }

/** Which items a slice selects: `count` of them, from `start` on, `step` apart. */
struct slice {
    int64_t start; /* also where it would be, when it selects none */
    int64_t step;
    size_t count;
};

/** Select among so many items. Returns HF_OK, HF_VALUE_ERROR (a step of 0). */
HF_MUST_USE hf_status slice_select(struct call *call, size_t item_count, struct slice_bounds bounds,
                                   struct slice *slice);

/** The position of the n-th item that is selected. */
size_t slice_at(const struct slice *slice, size_t n);

/** HF_VALUE_ERROR where there is not one value for each item that is selected. */
HF_MUST_USE hf_status slice_check_count(struct call *call, const struct slice *slice, size_t count);

#endif
