/* SPDX-License-Identifier: MIT
 *
 * See indexed.h.
 */
#include "indexed.h"

hf_status indexed_get(hf_object object, Hf__Request__OpCase op_case, int64_t index,
                      struct sink sink) {
    return call_with_number(object, 0, op_case, (uint64_t)index, sink);
}

hf_status indexed_set(hf_object object, Hf__Request__OpCase op_case, int64_t index, hf_any value) {
    struct call call;
    Hf__Any wire;
    call_begin(&call, object.client, object.id);
    Hf__ListSet *op = call_message(&call, op_case, &hf__list_set__descriptor);
    op->index = index;
    op->value = call_any(&call, value, &wire);
    return call_finish(&call, op_case, &op->base, sink_nothing());
}

hf_status indexed_add(hf_object object, Hf__Request__OpCase op_case, int64_t index, hf_any amount,
                      const hf_bounds *bounds, struct sink sink) {
    struct call call;
    Hf__Any wire[3];
    call_begin(&call, object.client, object.id);
    Hf__ListAdd *op = call_message(&call, op_case, &hf__list_add__descriptor);
    op->index = index;
    op->amount = call_any(&call, amount, &wire[0]);
    op->floor = bounds ? call_optional(&call, bounds->floor, &wire[1]) : NULL;
    op->ceiling = bounds ? call_optional(&call, bounds->ceiling, &wire[2]) : NULL;
    return call_finish(&call, op_case, &op->base, sink_before(sink));
}

hf_status indexed_compare_and_set(hf_object object, Hf__Request__OpCase op_case, int64_t index,
                                  hf_any expected, hf_any replacement, struct sink sink) {
    struct call call;
    Hf__Any wire[2];
    call_begin(&call, object.client, object.id);
    Hf__ListCompareAndSet *op = call_message(&call, op_case, &hf__list_compare_and_set__descriptor);
    op->index = index;
    op->expected = call_any(&call, expected, &wire[0]);
    op->replacement = call_any(&call, replacement, &wire[1]);
    return call_finish(&call, op_case, &op->base, sink);
}

hf_status indexed_slice(hf_object object, Hf__Request__OpCase op_case, hf_slice slice,
                        struct sink sink) {
    struct call call;
    call_begin(&call, object.client, object.id);
    Hf__ListGetSlice *op = call_message(&call, op_case, &hf__list_get_slice__descriptor);
    op->has_start = slice.start != HF_SLICE_OPEN;
    op->start = slice.start;
    op->has_stop = slice.stop != HF_SLICE_OPEN;
    op->stop = slice.stop;
    op->has_step = true;
    op->step = slice.step;
    return call_finish(&call, op_case, &op->base, sink);
}

hf_status indexed_set_slice(hf_object object, Hf__Request__OpCase op_case, hf_slice slice,
                            const hf_any *values, size_t len) {
    struct call call;
    call_begin(&call, object.client, object.id);
    Hf__ListSetSlice *op = call_message(&call, op_case, &hf__list_set_slice__descriptor);
    op->n_values = call_array(&call, values, len, &op->values);
    op->has_start = slice.start != HF_SLICE_OPEN;
    op->start = slice.start;
    op->has_stop = slice.stop != HF_SLICE_OPEN;
    op->stop = slice.stop;
    op->has_step = true;
    op->step = slice.step;
    return call_finish(&call, op_case, &op->base, sink_nothing());
}
