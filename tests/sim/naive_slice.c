/* SPDX-License-Identifier: MIT
 *
 * See naive_slice.h.
 */
#include "naive_slice.h"

__extension__ typedef __int128 wide;

/* A bound that is given, as Python's slice.indices(). */
static wide settle_bound(wide bound, wide len, bool down) {
    bound += bound < 0 ? len : 0;
    if (bound < 0) {
        return down ? -1 : 0;
    }
    return bound < len ? bound : down ? len - 1 : len;
}

hf_status naive_select(size_t item_count, struct naive_bounds in,
                       struct naive_positions *positions) {
    wide len = (wide)item_count;
    wide step = in.has_step ? in.step : 1;
    if (step == 0) {
        return HF_VALUE_ERROR;
    }
    bool down = step < 0;
    wide start = in.has_start ? settle_bound(in.start, len, down) : down ? len - 1 : 0;
    wide stop = in.has_stop ? settle_bound(in.stop, len, down) : down ? -1 : len;
    *positions = (struct naive_positions){.start = (size_t)start};
    for (wide i = start; down ? i > stop : i < stop; i += step) {
        positions->at[positions->count++] = (size_t)i;
    }
    return HF_OK;
}
