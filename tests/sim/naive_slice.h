/* SPDX-License-Identifier: MIT
 *
 * Python's slices, written down a second time, for the model.
 */
#ifndef HF_SIM_NAIVE_SLICE_H
#define HF_SIM_NAIVE_SLICE_H

#include "model.h"

/** The positions that a slice selects, one by one. */
struct naive_positions {
    size_t at[MODEL_ITEMS_MAX];
    size_t count;
    size_t start; /* where it begins, also when it selects none */
};

struct naive_bounds {
    bool has_start;
    int64_t start;
    bool has_stop;
    int64_t stop;
    bool has_step;
    int64_t step;
};

#define NAIVE_BOUNDS(in)                                                                           \
    ((struct naive_bounds){(in)->has_start, (in)->start, (in)->has_stop, (in)->stop,               \
                           (in)->has_step, (in)->step})

/** Select among so many items; HF_VALUE_ERROR for a step of 0. */
hf_status naive_select(size_t item_count, struct naive_bounds in,
                       struct naive_positions *positions);

#endif
