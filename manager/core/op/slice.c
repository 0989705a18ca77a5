/* SPDX-License-Identifier: MIT */
#include "slice.h"

#include <assert.h>

hf_status slice_index(struct call *call, int64_t index, size_t count, size_t *at) {
    int64_t position = index < 0 ? index + (int64_t)count : index;
    if (position < 0 || position >= (int64_t)count) {
        return call_refuse(call, HF_INDEX_ERROR, "index %lld, but the %s has %zu items",
                           (long long)index, call->object->type->name, count);
    }
    *at = (size_t)position;
    return HF_OK;
}

size_t slice_clip(int64_t index, size_t count) {
    int64_t position = index < 0 ? index + (int64_t)count : index;
    return position < 0 ? 0 : (size_t)position > count ? count : (size_t)position;
}

/* PySlice_AdjustIndices() for one bound. */
static int64_t slice_adjust(int64_t bound, int64_t count, int64_t step) {
    assert(count >= 0 && step != 0);
    int64_t first = step < 0 ? -1 : 0;
    int64_t last = step < 0 ? count - 1 : count;
    int64_t position = bound < 0 ? bound + count : bound;
    return position < 0 ? first : position >= count ? last : position;
}

hf_status slice_select(struct call *call, size_t item_count, struct slice_bounds bounds,
                       struct slice *slice) {
    int64_t count = (int64_t)item_count;
    int64_t step = bounds.step ? *bounds.step : 1;
    if (step == 0) {
        return call_refuse(call, HF_VALUE_ERROR, "the step of a slice cannot be 0");
    }
    if (step < -INT64_MAX) {
        step = -INT64_MAX;
    }
    int64_t start = bounds.start ? slice_adjust(*bounds.start, count, step)
                    : step < 0   ? count - 1
                                 : 0;
    int64_t stop = bounds.stop ? slice_adjust(*bounds.stop, count, step) : step < 0 ? -1 : count;
    *slice = (struct slice){.start = start, .step = step};
    if (step < 0 && stop < start) {
        slice->count = (size_t)((start - stop - 1) / -step + 1);
    } else if (step > 0 && start < stop) {
        slice->count = (size_t)((stop - start - 1) / step + 1);
    }
    return HF_OK;
}

size_t slice_at(const struct slice *slice, size_t n) {
    assert(n < slice->count);
    return (size_t)(slice->start + (int64_t)n * slice->step);
}

hf_status slice_check_count(struct call *call, const struct slice *slice, size_t count) {
    return count == slice->count
               ? HF_OK
               : call_refuse(call, HF_VALUE_ERROR, "%zu values for a slice of %zu items", count,
                             slice->count);
}
