/* SPDX-License-Identifier: MIT
 *
 * Arrays: one function for each operation, see <holdfast/array.h>.
 */
#include "call.h"

#include <assert.h>
#include <holdfast/array.h>

/* ---- open ---- */

static hf_status finish_open(struct call *call, Hf__ArrayOpen *op, hf_kind kind, hf_mode mode,
                             hf_array *array) {
    op->has_mode = mode != HF_OPEN_OR_CREATE;
    op->mode = (Hf__Mode)mode;
    op->has_kind = true;
    op->kind = (Hf__Kind)kind;
    return call_finish(call, HF__REQUEST__OP_ARRAY_OPEN, &op->base,
                       sink_handle(&array->client, &array->id));
}

hf_status hf_array_open(hf_client *client, const char *name, hf_kind kind, uint64_t len,
                        hf_mode mode, hf_array *array) {
    struct call call;
    Hf__ArrayOpen op = HF__ARRAY_OPEN__INIT;
    call_begin(&call, client, 0);
    op.name = call_text(name);
    op.has_len = len != HF_ARRAY_ANY_LEN;
    op.len = len;
    return finish_open(&call, &op, kind, mode, array);
}

hf_status hf_array_open_any(hf_client *client, const char *name, hf_kind kind,
                            const hf_any *initial, size_t len, hf_mode mode, hf_array *array) {
    struct call call;
    Hf__ArrayOpen op = HF__ARRAY_OPEN__INIT;
    call_begin(&call, client, 0);
    op.name = call_text(name);
    op.has_len = true;
    op.len = len;
    op.n_initial = call_array(&call, initial, len, &op.initial);
    return finish_open(&call, &op, kind, mode, array);
}

CALL_REFERENCES(array) /* hf_array_ref(), hf_array_from_ref() */

/* ---- one number ---- */

static hf_status array_get(hf_array array, int64_t index, struct sink sink) {
    assert(sink.store);
    struct call call;
    Hf__ArrayGet op = HF__ARRAY_GET__INIT;
    call_begin(&call, array.client, array.id);
    op.index = index;
    return call_finish(&call, HF__REQUEST__OP_ARRAY_GET, &op.base, sink);
}

hf_status hf_array_get(hf_array array, int64_t index, int64_t *number) {
    return array_get(array, index, sink_number(number));
}

hf_status hf_array_get_double(hf_array array, int64_t index, double *number) {
    return array_get(array, index, sink_real(number));
}

hf_status hf_array_get_any(hf_array array, int64_t index, hf_any *number) {
    return array_get(array, index, sink_any(number));
}

hf_status hf_array_set_any(hf_array array, int64_t index, hf_any number) {
    struct call call;
    Hf__Any wire;
    Hf__ArraySet op = HF__ARRAY_SET__INIT;
    call_begin(&call, array.client, array.id);
    op.index = index;
    op.value = call_any(&call, number, &wire);
    return call_finish(&call, HF__REQUEST__OP_ARRAY_SET, &op.base, sink_nothing());
}

hf_status hf_array_set(hf_array array, int64_t index, int64_t number) {
    return hf_array_set_any(array, index, hf_any_int(number));
}

hf_status hf_array_set_double(hf_array array, int64_t index, double number) {
    return hf_array_set_any(array, index, hf_any_double(number));
}

static hf_status array_add(hf_array array, int64_t index, hf_any amount, const hf_bounds *bounds,
                           struct sink sink) {
    assert(sink.store);
    struct call call;
    Hf__Any wire[3];
    Hf__ArrayAdd op = HF__ARRAY_ADD__INIT;
    call_begin(&call, array.client, array.id);
    op.index = index;
    op.amount = call_any(&call, amount, &wire[0]);
    op.floor = bounds ? call_optional(&call, bounds->floor, &wire[1]) : NULL;
    op.ceiling = bounds ? call_optional(&call, bounds->ceiling, &wire[2]) : NULL;
    return call_finish(&call, HF__REQUEST__OP_ARRAY_ADD, &op.base, sink);
}

hf_status hf_array_add(hf_array array, int64_t index, int64_t amount, const hf_bounds *bounds,
                       int64_t *result) {
    return array_add(array, index, hf_any_int(amount), bounds, sink_number(result));
}

hf_status hf_array_add_double(hf_array array, int64_t index, double amount, const hf_bounds *bounds,
                              double *result) {
    return array_add(array, index, hf_any_double(amount), bounds, sink_real(result));
}

static hf_status compare_and_set(hf_array array, int64_t index, hf_any expected, hf_any replacement,
                                 struct sink sink) {
    struct call call;
    Hf__Any wire[2];
    Hf__ArrayCompareAndSet op = HF__ARRAY_COMPARE_AND_SET__INIT;
    call_begin(&call, array.client, array.id);
    op.index = index;
    op.expected = call_any(&call, expected, &wire[0]);
    op.replacement = call_any(&call, replacement, &wire[1]);
    return call_finish(&call, HF__REQUEST__OP_ARRAY_COMPARE_AND_SET, &op.base, sink);
}

hf_status hf_array_compare_and_set(hf_array array, int64_t index, int64_t expected,
                                   int64_t replacement, int64_t *present) {
    return compare_and_set(array, index, hf_any_int(expected), hf_any_int(replacement),
                           sink_present(present, replacement));
}

hf_status hf_array_compare_and_set_any(hf_array array, int64_t index, hf_any expected,
                                       hf_any replacement) {
    return compare_and_set(array, index, expected, replacement, sink_nothing());
}

/* ---- many ---- */

hf_status hf_array_get_slice(hf_array array, hf_slice slice, hf_any_array *numbers) {
    struct call call;
    Hf__ArrayGetSlice op = HF__ARRAY_GET_SLICE__INIT;
    call_begin(&call, array.client, array.id);
    op.has_start = slice.start != HF_SLICE_OPEN;
    op.start = slice.start;
    op.has_stop = slice.stop != HF_SLICE_OPEN;
    op.stop = slice.stop;
    op.has_step = true;
    op.step = slice.step;
    return call_finish(&call, HF__REQUEST__OP_ARRAY_GET_SLICE, &op.base, sink_values(numbers));
}

hf_status hf_array_set_slice(hf_array array, hf_slice slice, const hf_any *numbers, size_t len) {
    struct call call;
    Hf__ArraySetSlice op = HF__ARRAY_SET_SLICE__INIT;
    call_begin(&call, array.client, array.id);
    op.n_values = call_array(&call, numbers, len, &op.values);
    op.has_start = slice.start != HF_SLICE_OPEN;
    op.start = slice.start;
    op.has_stop = slice.stop != HF_SLICE_OPEN;
    op.stop = slice.stop;
    op.has_step = true;
    op.step = slice.step;
    return call_finish(&call, HF__REQUEST__OP_ARRAY_SET_SLICE, &op.base, sink_nothing());
}

hf_status hf_array_len(hf_array array, uint64_t *len) {
    return call_plain(HF_OBJECT(array), HF__REQUEST__OP_ARRAY_LEN, sink_count(len));
}
