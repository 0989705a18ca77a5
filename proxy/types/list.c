/* SPDX-License-Identifier: MIT
 *
 * Lists: one function for each operation, see <holdfast/list.h>.
 */
#include "indexed.h"

/* ---- open ---- */

hf_status hf_list_open(hf_client *client, const char *name, hf_mode mode, hf_list *list) {
    return call_open(client, HF__REQUEST__OP_LIST_OPEN, name, mode,
                     sink_handle(&list->client, &list->id));
}

hf_status hf_list_open_options(hf_client *client, const char *name, const hf_list_options *options,
                               hf_list *list) {
    struct call call;
    const hf_list_options given = options ? *options : (hf_list_options){.equality = HF_BY_KIND};
    Hf__ListOpen *op = call_begin_open(&call, client, HF__REQUEST__OP_LIST_OPEN, name, given.mode);
    call_check(&call, reserved_check(&given));
    op->has_equality = given.equality != HF_BY_KIND;
    op->equality = (Hf__Equality)given.equality;
    op->n_initial = call_array(&call, given.initial, given.initial_count, &op->initial);
    return call_finish(&call, HF__REQUEST__OP_LIST_OPEN, &op->base,
                       sink_handle(&list->client, &list->id));
}

CALL_REFERENCES(list) /* hf_list_ref(), hf_list_from_ref() */

/* ---- get ---- */

hf_status hf_list_get_int(hf_list list, int64_t index, int64_t *value) {
    return indexed_get(HF_OBJECT(list), HF__REQUEST__OP_LIST_GET, index, sink_int(value));
}

hf_status hf_list_get_double(hf_list list, int64_t index, double *value) {
    return indexed_get(HF_OBJECT(list), HF__REQUEST__OP_LIST_GET, index, sink_double(value));
}

hf_status hf_list_get_bool(hf_list list, int64_t index, bool *value) {
    return indexed_get(HF_OBJECT(list), HF__REQUEST__OP_LIST_GET, index, sink_bool(value));
}

hf_status hf_list_get_string(hf_list list, int64_t index, char **value) {
    return indexed_get(HF_OBJECT(list), HF__REQUEST__OP_LIST_GET, index, sink_string(value));
}

hf_status hf_list_get_bytes(hf_list list, int64_t index, void **value, size_t *len) {
    return indexed_get(HF_OBJECT(list), HF__REQUEST__OP_LIST_GET, index, sink_bytes(value, len));
}

hf_status hf_list_get_any(hf_list list, int64_t index, hf_any *value) {
    return indexed_get(HF_OBJECT(list), HF__REQUEST__OP_LIST_GET, index, sink_any(value));
}

/* ---- set ---- */

hf_status hf_list_set_any(hf_list list, int64_t index, hf_any value) {
    return indexed_set(HF_OBJECT(list), HF__REQUEST__OP_LIST_SET, index, value);
}

hf_status hf_list_set_int(hf_list list, int64_t index, int64_t value) {
    return hf_list_set_any(list, index, hf_any_int(value));
}

hf_status hf_list_set_double(hf_list list, int64_t index, double value) {
    return hf_list_set_any(list, index, hf_any_double(value));
}

hf_status hf_list_set_bool(hf_list list, int64_t index, bool value) {
    return hf_list_set_any(list, index, hf_any_bool(value));
}

hf_status hf_list_set_string(hf_list list, int64_t index, const char *value) {
    return hf_list_set_any(list, index, hf_any_string(value));
}

hf_status hf_list_set_bytes(hf_list list, int64_t index, const void *value, size_t len) {
    return hf_list_set_any(list, index, hf_any_bytes(value, len));
}

hf_status hf_list_add_int(hf_list list, int64_t index, int64_t amount, const hf_bounds *bounds,
                          int64_t *result) {
    return indexed_add(HF_OBJECT(list), HF__REQUEST__OP_LIST_ADD, index, hf_any_int(amount), bounds,
                       sink_int(result));
}

hf_status hf_list_add_double(hf_list list, int64_t index, double amount, const hf_bounds *bounds,
                             double *result) {
    return indexed_add(HF_OBJECT(list), HF__REQUEST__OP_LIST_ADD, index, hf_any_double(amount),
                       bounds, sink_double(result));
}

hf_status hf_list_compare_and_set(hf_list list, int64_t index, hf_any expected,
                                  hf_any replacement) {
    return indexed_compare_and_set(HF_OBJECT(list), HF__REQUEST__OP_LIST_COMPARE_AND_SET, index,
                                   expected, replacement, sink_nothing());
}

/* ---- more and fewer items ---- */

hf_status hf_list_append_any(hf_list list, hf_any value) {
    return call_with_value(HF_OBJECT(list), HF__REQUEST__OP_LIST_APPEND, value, sink_nothing());
}

hf_status hf_list_append_int(hf_list list, int64_t value) {
    return hf_list_append_any(list, hf_any_int(value));
}

hf_status hf_list_append_double(hf_list list, double value) {
    return hf_list_append_any(list, hf_any_double(value));
}

hf_status hf_list_append_bool(hf_list list, bool value) {
    return hf_list_append_any(list, hf_any_bool(value));
}

hf_status hf_list_append_string(hf_list list, const char *value) {
    return hf_list_append_any(list, hf_any_string(value));
}

hf_status hf_list_append_bytes(hf_list list, const void *value, size_t len) {
    return hf_list_append_any(list, hf_any_bytes(value, len));
}

hf_status hf_list_extend(hf_list list, const hf_any *values, size_t len) {
    struct call call;
    Hf__ListExtend op = HF__LIST_EXTEND__INIT;
    call_begin(&call, list.client, list.id);
    op.n_values = call_array(&call, values, len, &op.values);
    return call_finish(&call, HF__REQUEST__OP_LIST_EXTEND, &op.base, sink_nothing());
}

hf_status hf_list_insert_any(hf_list list, int64_t index, hf_any value) {
    return indexed_set(HF_OBJECT(list), HF__REQUEST__OP_LIST_INSERT, index, value);
}

hf_status hf_list_pop_any(hf_list list, int64_t index, hf_any *value) {
    return call_with_number(HF_OBJECT(list), 0, HF__REQUEST__OP_LIST_POP, (uint64_t)index,
                            sink_any(value));
}

hf_status hf_list_delete(hf_list list, int64_t index) {
    return indexed_get(HF_OBJECT(list), HF__REQUEST__OP_LIST_DELETE, index, sink_nothing());
}

hf_status hf_list_remove_any(hf_list list, hf_any value) {
    return call_with_value(HF_OBJECT(list), HF__REQUEST__OP_LIST_REMOVE, value, sink_nothing());
}

/* ---- slices ---- */

hf_status hf_list_get_slice(hf_list list, hf_slice slice, hf_any_array *values) {
    return indexed_slice(HF_OBJECT(list), HF__REQUEST__OP_LIST_GET_SLICE, slice,
                         sink_values(values));
}

hf_status hf_list_set_slice(hf_list list, hf_slice slice, const hf_any *values, size_t len) {
    return indexed_set_slice(HF_OBJECT(list), HF__REQUEST__OP_LIST_SET_SLICE, slice, values, len);
}

hf_status hf_list_delete_slice(hf_list list, hf_slice slice) {
    return indexed_slice(HF_OBJECT(list), HF__REQUEST__OP_LIST_DELETE_SLICE, slice, sink_nothing());
}

/* ---- search ---- */

hf_status hf_list_index_any(hf_list list, hf_any value, int64_t start, int64_t stop,
                            uint64_t *index) {
    struct call call;
    Hf__Any wire;
    Hf__ListIndex op = HF__LIST_INDEX__INIT;
    call_begin(&call, list.client, list.id);
    op.value = call_any(&call, value, &wire);
    op.has_start = start != HF_SLICE_OPEN;
    op.start = start;
    op.has_stop = stop != HF_SLICE_OPEN;
    op.stop = stop;
    return call_finish(&call, HF__REQUEST__OP_LIST_INDEX, &op.base, sink_count(index));
}

hf_status hf_list_count_any(hf_list list, hf_any value, uint64_t *count) {
    return call_with_value(HF_OBJECT(list), HF__REQUEST__OP_LIST_COUNT, value, sink_count(count));
}

hf_status hf_list_contains_any(hf_list list, hf_any value, bool *contains) {
    return call_with_value(HF_OBJECT(list), HF__REQUEST__OP_LIST_CONTAINS, value,
                           sink_truth(contains));
}

/* ---- all of it ---- */

hf_status hf_list_reverse(hf_list list) {
    return call_plain(HF_OBJECT(list), HF__REQUEST__OP_LIST_REVERSE, sink_nothing());
}

hf_status hf_list_sort(hf_list list, bool reverse) {
    return call_with_number(HF_OBJECT(list), 0, HF__REQUEST__OP_LIST_SORT, reverse, sink_nothing());
}

hf_status hf_list_repeat(hf_list list, int64_t count) {
    return call_with_number(HF_OBJECT(list), 0, HF__REQUEST__OP_LIST_REPEAT, (uint64_t)count,
                            sink_nothing());
}

hf_status hf_list_len(hf_list list, uint64_t *len) {
    return call_plain(HF_OBJECT(list), HF__REQUEST__OP_LIST_LEN, sink_count(len));
}

hf_status hf_list_clear(hf_list list) {
    return call_plain(HF_OBJECT(list), HF__REQUEST__OP_LIST_CLEAR, sink_nothing());
}

hf_status hf_list_copy(hf_list list, hf_any_array *values) {
    return call_plain(HF_OBJECT(list), HF__REQUEST__OP_LIST_COPY, sink_values(values));
}
