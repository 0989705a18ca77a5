/* SPDX-License-Identifier: MIT
 *
 * Lists: Python's list, shared. Negative indexes count from the end, slices are Python's.
 *
 * The functions with a short name take a common scalar; those that end in _any take any value.
 * Items are equal as hf_any_equal() tells it, unless the list was created with HF_BY_VALUE.
 *
 *     const hf_slice first_ten = {0, 10, 1};
 *     status = hf_list_delete_slice(list, first_ten);
 *     if (hf_ok(status))
 *         status = hf_list_get_slice(list, HF_SLICE_ALL, &squares);
 */
#ifndef HOLDFAST_LIST_H
#define HOLDFAST_LIST_H

#include <holdfast/object.h>
#include <holdfast/value.h>

HF_BEGIN_DECLS

/** A bound of a slice that is left out, as in list[:3]. */
#define HF_SLICE_OPEN INT64_MIN

/** Python's list[start:stop:step]. HF_SLICE_ALL is list[:]. */
typedef struct hf_slice {
    int64_t start; /**< first index, or HF_SLICE_OPEN */
    int64_t stop;  /**< index after the last, or HF_SLICE_OPEN */
    int64_t step;  /**< not 0 */
} hf_slice;

#define HF_SLICE_ALL                                                                               \
    HF_LITERAL(hf_slice) {                                                                         \
        HF_SLICE_OPEN, HF_SLICE_OPEN, 1                                                            \
    }

/** Open the list with this name, or create it.
 *
 *  Returns  HF_OK; HF_WRONG_TYPE; HF_EXISTS or HF_NO_OBJECT (by mode)
 */
HF_API HF_MUST_USE hf_status hf_list_open(hf_client *client, const char *name, hf_mode mode,
                                          hf_list *list);

typedef struct hf_list_options {
    hf_mode mode;
    hf_equality equality; /**< of items that are looked for, counted or compared */
    /** Borrowed: what a new list has from the first moment on. No condition for one that exists. */
    const hf_any *initial;
    size_t initial_count;
    uint64_t reserved[8]; /**< zeros */
} hf_list_options;

#define HF_LIST_OPTIONS HF_ZEROS

/** Open a list with an equality, or with items that a new one has.
 *
 *  options  borrowed; NULL: all zero
 *  Returns  as hf_list_open(); HF_WRONG_TYPE (the list has another equality), HF_LIMIT (too many
 *           initial items): none is created
 *  Source   list(iterable)
 */
HF_API HF_MUST_USE hf_status hf_list_open_options(hf_client *client, const char *name,
                                                  const hf_list_options *options, hf_list *list);

/** Get the item at `index`.
 *
 *  value    out; strings and bytes: free(); hf_any: hf_any_clear()
 *  len      out: how many bytes
 *  Returns  HF_OK; HF_INDEX_ERROR; HF_TYPE_ERROR (the item is of another kind, or a string with a
 *           NUL in it)
 *  Source   list.__getitem__
 */
HF_API HF_MUST_USE hf_status hf_list_get_int(hf_list list, int64_t index, int64_t *value);
HF_API HF_MUST_USE hf_status hf_list_get_double(hf_list list, int64_t index, double *value);
HF_API HF_MUST_USE hf_status hf_list_get_bool(hf_list list, int64_t index, bool *value);
HF_API HF_MUST_USE hf_status hf_list_get_string(hf_list list, int64_t index, char **value);
HF_API HF_MUST_USE hf_status hf_list_get_bytes(hf_list list, int64_t index, void **value,
                                               size_t *len);
HF_API HF_MUST_USE hf_status hf_list_get_any(hf_list list, int64_t index, hf_any *value);

/** Set the item at `index`.
 *
 *  Returns  HF_OK; HF_INDEX_ERROR
 *  Source   list.__setitem__
 */
HF_API HF_MUST_USE hf_status hf_list_set_int(hf_list list, int64_t index, int64_t value);
HF_API HF_MUST_USE hf_status hf_list_set_double(hf_list list, int64_t index, double value);
HF_API HF_MUST_USE hf_status hf_list_set_bool(hf_list list, int64_t index, bool value);
HF_API HF_MUST_USE hf_status hf_list_set_string(hf_list list, int64_t index, const char *value);
HF_API HF_MUST_USE hf_status hf_list_set_bytes(hf_list list, int64_t index, const void *value,
                                               size_t len);
HF_API HF_MUST_USE hf_status hf_list_set_any(hf_list list, int64_t index, hf_any value);

/** Add an item at the end.
 *
 *  Returns  HF_OK; HF_LIMIT (the list is full)
 *  Source   list.append
 */
HF_API HF_MUST_USE hf_status hf_list_append_int(hf_list list, int64_t value);
HF_API HF_MUST_USE hf_status hf_list_append_double(hf_list list, double value);
HF_API HF_MUST_USE hf_status hf_list_append_bool(hf_list list, bool value);
HF_API HF_MUST_USE hf_status hf_list_append_string(hf_list list, const char *value);
HF_API HF_MUST_USE hf_status hf_list_append_bytes(hf_list list, const void *value, size_t len);
HF_API HF_MUST_USE hf_status hf_list_append_any(hf_list list, hf_any value);

/** Delete the item at `index`.
 *
 *  Returns  HF_OK; HF_INDEX_ERROR
 *  Cost     O(distance from the nearer end) in the manager
 *  Source   list.__delitem__
 */
HF_API HF_MUST_USE hf_status hf_list_delete(hf_list list, int64_t index);

/** Get the items of a slice in one step.
 *
 *  values   out; hf_any_array_clear()
 *  Returns  HF_OK; HF_VALUE_ERROR (step 0); HF_TOO_BIG (more than a frame holds)
 *  Source   list.__getitem__
 */
HF_API HF_MUST_USE hf_status hf_list_get_slice(hf_list list, hf_slice slice, hf_any_array *values);

/** Replace the items of a slice in one step; if its step is 1, by any number of values.
 *
 *  values   borrowed
 *  Returns  HF_OK; HF_VALUE_ERROR (step 0; or a step other than 1, and another number of values
 *           than the slice has), HF_LIMIT: unchanged
 *  Cost     O(items of the list) in the manager
 *  Source   list.__setitem__
 */
HF_API HF_MUST_USE hf_status hf_list_set_slice(hf_list list, hf_slice slice, const hf_any *values,
                                               size_t len);

/** Delete the items of a slice in one step.
 *
 *  Returns  HF_OK; HF_VALUE_ERROR (step 0)
 *  Cost     O(items of the list) in the manager
 *  Source   list.__delitem__
 */
HF_API HF_MUST_USE hf_status hf_list_delete_slice(hf_list list, hf_slice slice);

/** Add many items at the end in one step: all, or none.
 *
 *  values   borrowed
 *  Returns  HF_OK; HF_LIMIT, HF_TOO_BIG (more than a frame holds): unchanged
 *  Source   list.extend
 */
HF_API HF_MUST_USE hf_status hf_list_extend(hf_list list, const hf_any *values, size_t len);

/** Insert an item before `index`; an index past an end means that end.
 *
 *  Returns  HF_OK; HF_LIMIT (the list is full)
 *  Cost     O(distance from the nearer end) in the manager
 *  Source   list.insert
 */
HF_API HF_MUST_USE hf_status hf_list_insert_any(hf_list list, int64_t index, hf_any value);

/** Take the item at `index` out (-1: the last).
 *
 *  value    out; hf_any_clear()
 *  Returns  HF_OK; HF_INDEX_ERROR
 *  Cost     O(distance from the nearer end) in the manager
 *  Source   list.pop
 */
HF_API HF_MUST_USE hf_status hf_list_pop_any(hf_list list, int64_t index, hf_any *value);

/** Delete the first item equal to `value`.
 *
 *  Returns  HF_OK; HF_VALUE_ERROR (there is none)
 *  Cost     O(items) in the manager
 *  Source   list.remove
 */
HF_API HF_MUST_USE hf_status hf_list_remove_any(hf_list list, hf_any value);

/** Find the first item equal to `value` in start <= index < stop.
 *
 *  start    negative: from the end; HF_SLICE_OPEN: from the first item
 *  stop     negative: from the end; HF_SLICE_OPEN: to the last item
 *  index    out: 0 or more
 *  Returns  HF_OK; HF_VALUE_ERROR (there is none)
 *  Cost     O(items) in the manager
 *  Source   list.index
 */
HF_API HF_MUST_USE hf_status hf_list_index_any(hf_list list, hf_any value, int64_t start,
                                               int64_t stop, uint64_t *index);

/** Count the items equal to `value`; tell whether there is one. O(items) in the manager. */
HF_API HF_MUST_USE hf_status hf_list_count_any(hf_list list, hf_any value, uint64_t *count);
HF_API HF_MUST_USE hf_status hf_list_contains_any(hf_list list, hf_any value, bool *contains);

/** Reverse the list in place. O(items) in the manager. */
HF_API HF_MUST_USE hf_status hf_list_reverse(hf_list list);

/** Sort the list in place; items that are equal in order keep their order.
 *
 *  reverse  the greatest item first
 *  Returns  HF_OK; HF_TYPE_ERROR (two items cannot be compared; unchanged). Numbers (bool, int,
 *           double) sort together; strings, bytes and lists among themselves
 *  Cost     O(n log n) in the manager
 *  Source   list.sort
 */
HF_API HF_MUST_USE hf_status hf_list_sort(hf_list list, bool reverse);

/** Repeat the items `count` times in all, as list *= count; 0 or less empties the list.
 *
 *  Returns  HF_OK; HF_LIMIT (too many items; unchanged)
 *  Cost     O(items of the result) in the manager
 *  Source   list.__imul__
 */
HF_API HF_MUST_USE hf_status hf_list_repeat(hf_list list, int64_t count);

/** Get the number of items. */
HF_API HF_MUST_USE hf_status hf_list_len(hf_list list, uint64_t *len);

/** Delete all items. */
HF_API HF_MUST_USE hf_status hf_list_clear(hf_list list);

/** Get all items in one step.
 *
 *  values   out; hf_any_array_clear()
 *  Returns  HF_OK; HF_TOO_BIG (more than a frame holds)
 *  Source   list.copy
 */
HF_API HF_MUST_USE hf_status hf_list_copy(hf_list list, hf_any_array *values);

/** Add to the number at `index` in one step.
 *
 *  bounds   borrowed; NULL: only the range of the number
 *  result   out: the new number
 *  Returns  HF_OK; HF_INDEX_ERROR, HF_TYPE_ERROR (no number, a double added to an int, or
 *           hf_list_add_int() to a double), HF_OUT_OF_RANGE (past a bound or the range of the
 *           number): unchanged
 */
HF_API HF_MUST_USE hf_status hf_list_add_int(hf_list list, int64_t index, int64_t amount,
                                             const hf_bounds *bounds, int64_t *result);
HF_API HF_MUST_USE hf_status hf_list_add_double(hf_list list, int64_t index, double amount,
                                                const hf_bounds *bounds, double *result);

/** Replace the item at `index` if it equals `expected`.
 *
 *  Returns  HF_OK; HF_MISMATCH, HF_INDEX_ERROR (unchanged)
 */
HF_API HF_MUST_USE hf_status hf_list_compare_and_set(hf_list list, int64_t index, hf_any expected,
                                                     hf_any replacement);

HF_API hf_any hf_list_ref(hf_list list);
HF_API HF_MUST_USE hf_status hf_list_from_ref(hf_client *client, hf_any ref, hf_list *list);

HF_END_DECLS
#endif
