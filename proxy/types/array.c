/* SPDX-License-Identifier: MIT
 *
 * Arrays: one function for each operation, see <holdfast/array.h>.
 */
#include "indexed.h"

#include <holdfast/array.h>

/* ---- open ---- */

hf_status hf_array_open(hf_client *client, const char *name, hf_kind kind, uint64_t len,
                        hf_mode mode, hf_array *array) {
    struct call call;
    Hf__ArrayOpen *op = call_begin_open(&call, client, HF__REQUEST__OP_ARRAY_OPEN, name, mode);
    op->has_kind = kind != HF_KIND_DEFAULT;
    op->kind = (Hf__Kind)kind;
    op->has_len = len != HF_ARRAY_ANY_LEN;
    op->len = len;
    return call_finish(&call, HF__REQUEST__OP_ARRAY_OPEN, &op->base,
                       sink_handle(&array->client, &array->id));
}

hf_status hf_array_open_any(hf_client *client, const char *name, hf_kind kind,
                            const hf_any *initial, size_t len, hf_mode mode, hf_array *array) {
    struct call call;
    Hf__ArrayOpen *op = call_begin_open(&call, client, HF__REQUEST__OP_ARRAY_OPEN, name, mode);
    op->has_kind = kind != HF_KIND_DEFAULT;
    op->kind = (Hf__Kind)kind;
    op->has_len = true;
    op->len = len;
    op->n_initial = call_array(&call, initial, len, &op->initial);
    return call_finish(&call, HF__REQUEST__OP_ARRAY_OPEN, &op->base,
                       sink_handle(&array->client, &array->id));
}

CALL_REFERENCES(array) /* hf_array_ref(), hf_array_from_ref() */

/* ---- one number ---- */

hf_status hf_array_get(hf_array array, int64_t index, int64_t *number) {
    return indexed_get(HF_OBJECT(array), HF__REQUEST__OP_ARRAY_GET, index, sink_number(number));
}

hf_status hf_array_get_double(hf_array array, int64_t index, double *number) {
    return indexed_get(HF_OBJECT(array), HF__REQUEST__OP_ARRAY_GET, index, sink_real(number));
}

hf_status hf_array_get_any(hf_array array, int64_t index, hf_any *number) {
    return indexed_get(HF_OBJECT(array), HF__REQUEST__OP_ARRAY_GET, index, sink_any(number));
}

hf_status hf_array_set_any(hf_array array, int64_t index, hf_any number) {
    return indexed_set(HF_OBJECT(array), HF__REQUEST__OP_ARRAY_SET, index, number);
}

hf_status hf_array_set(hf_array array, int64_t index, int64_t number) {
    return hf_array_set_any(array, index, hf_any_int(number));
}

hf_status hf_array_set_double(hf_array array, int64_t index, double number) {
    return hf_array_set_any(array, index, hf_any_double(number));
}

hf_status hf_array_add(hf_array array, int64_t index, int64_t amount, const hf_bounds *bounds,
                       int64_t *result) {
    return indexed_add(HF_OBJECT(array), HF__REQUEST__OP_ARRAY_ADD, index, hf_any_int(amount),
                       bounds, sink_number(result));
}

hf_status hf_array_add_double(hf_array array, int64_t index, double amount, const hf_bounds *bounds,
                              double *result) {
    return indexed_add(HF_OBJECT(array), HF__REQUEST__OP_ARRAY_ADD, index, hf_any_double(amount),
                       bounds, sink_real(result));
}

hf_status hf_array_compare_and_set(hf_array array, int64_t index, int64_t expected,
                                   int64_t replacement, int64_t *present) {
    return indexed_compare_and_set(HF_OBJECT(array), HF__REQUEST__OP_ARRAY_COMPARE_AND_SET, index,
                                   hf_any_int(expected), hf_any_int(replacement),
                                   sink_present(present, replacement));
}

hf_status hf_array_compare_and_set_any(hf_array array, int64_t index, hf_any expected,
                                       hf_any replacement) {
    return indexed_compare_and_set(HF_OBJECT(array), HF__REQUEST__OP_ARRAY_COMPARE_AND_SET, index,
                                   expected, replacement, sink_nothing());
}

/* ---- many ---- */

hf_status hf_array_get_slice(hf_array array, hf_slice slice, hf_any_array *numbers) {
    return indexed_slice(HF_OBJECT(array), HF__REQUEST__OP_ARRAY_GET_SLICE, slice,
                         sink_values(numbers));
}

hf_status hf_array_set_slice(hf_array array, hf_slice slice, const hf_any *numbers, size_t len) {
    return indexed_set_slice(HF_OBJECT(array), HF__REQUEST__OP_ARRAY_SET_SLICE, slice, numbers,
                             len);
}

hf_status hf_array_len(hf_array array, uint64_t *len) {
    return call_plain(HF_OBJECT(array), HF__REQUEST__OP_ARRAY_LEN, sink_count(len));
}
