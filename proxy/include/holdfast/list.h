/* SPDX-License-Identifier: MIT
 *
 * Lists: Python's list, shared. Negative indexes count from the end, slices are Python's.
 *
 * The functions with a short name take a common scalar; those that end in _any take any value. The
 * equality of remove, index, count and contains is that of hf_any_equal().
 */
#ifndef HOLDFAST_LIST_H
#define HOLDFAST_LIST_H

#include <holdfast/object.h>
#include <holdfast/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A bound of a slice that is left out, as in list[:3]. */
#define HF_SLICE_OPEN INT64_MIN

/** Python's list[start:stop:step]. HF_SLICE_ALL is list[:]. */
typedef struct hf_slice {
    int64_t start; /**< or HF_SLICE_OPEN */
    int64_t stop;  /**< or HF_SLICE_OPEN */
    int64_t step;  /**< not 0 */
} hf_slice;

#define HF_SLICE_ALL                                                                               \
    (hf_slice) {                                                                                   \
        HF_SLICE_OPEN, HF_SLICE_OPEN, 1                                                            \
    }

/** Open the list with this name, or create it.
 *
 *  name     at most 1,024 bytes; NULL: an unnamed list
 *  Returns  HF_OK; HF_WRONG_TYPE; by mode HF_EXISTS or HF_NO_OBJECT
 */
HF_API HF_MUST_USE hf_status hf_list_open(hf_client *client, const char *name, hf_mode mode,
                                          hf_list *list);

/** Get the item at `index`.
 *
 *  value    out; strings and bytes: free() them; hf_any: hf_any_clear()
 *  Returns  HF_OK; HF_INDEX_ERROR; HF_TYPE_ERROR (the item is of another kind)
 */
HF_API HF_MUST_USE hf_status hf_list_get_int(hf_list list, int64_t index, int64_t *value);
HF_API HF_MUST_USE hf_status hf_list_get_double(hf_list list, int64_t index, double *value);
HF_API HF_MUST_USE hf_status hf_list_get_bool(hf_list list, int64_t index, bool *value);
HF_API HF_MUST_USE hf_status hf_list_get_string(hf_list list, int64_t index, char **value);
HF_API HF_MUST_USE hf_status hf_list_get_bytes(hf_list list, int64_t index, void **value,
                                               size_t *len);
HF_API HF_MUST_USE hf_status hf_list_get_any(hf_list list, int64_t index, hf_any *value);

/** Set the item at `index`. Returns HF_OK, HF_INDEX_ERROR. */
HF_API HF_MUST_USE hf_status hf_list_set_int(hf_list list, int64_t index, int64_t value);
HF_API HF_MUST_USE hf_status hf_list_set_double(hf_list list, int64_t index, double value);
HF_API HF_MUST_USE hf_status hf_list_set_bool(hf_list list, int64_t index, bool value);
HF_API HF_MUST_USE hf_status hf_list_set_string(hf_list list, int64_t index, const char *value);
HF_API HF_MUST_USE hf_status hf_list_set_bytes(hf_list list, int64_t index, const void *value,
                                               size_t len);
HF_API HF_MUST_USE hf_status hf_list_set_any(hf_list list, int64_t index, hf_any value);

/** Add an item at the end. O(1) in the manager. */
HF_API HF_MUST_USE hf_status hf_list_append_int(hf_list list, int64_t value);
HF_API HF_MUST_USE hf_status hf_list_append_double(hf_list list, double value);
HF_API HF_MUST_USE hf_status hf_list_append_bool(hf_list list, bool value);
HF_API HF_MUST_USE hf_status hf_list_append_string(hf_list list, const char *value);
HF_API HF_MUST_USE hf_status hf_list_append_bytes(hf_list list, const void *value, size_t len);
HF_API HF_MUST_USE hf_status hf_list_append_any(hf_list list, hf_any value);

/** Delete the item at `index`. Returns HF_OK, HF_INDEX_ERROR. */
HF_API HF_MUST_USE hf_status hf_list_delete(hf_list list, int64_t index);

/** The items of a slice. Release with hf_any_array_clear(). */
HF_API HF_MUST_USE hf_status hf_list_get_slice(hf_list list, hf_slice slice, hf_any_array *values);

/** Replace a slice. Returns HF_OK, HF_VALUE_ERROR (step 0, or a step other than 1 and another
 * number of values; unchanged). Source: list.__setitem__ */
HF_API HF_MUST_USE hf_status hf_list_set_slice(hf_list list, hf_slice slice, const hf_any *values,
                                               size_t len);

HF_API HF_MUST_USE hf_status hf_list_delete_slice(hf_list list, hf_slice slice);

/** Add many items at the end in one step. */
HF_API HF_MUST_USE hf_status hf_list_extend(hf_list list, const hf_any *values, size_t len);

/** Insert before `index`; past an end means at that end. */
HF_API HF_MUST_USE hf_status hf_list_insert_any(hf_list list, int64_t index, hf_any value);

/** Take out the item at `index` (-1: the last). O(1) at either end. Returns HF_OK, HF_INDEX_ERROR.
 */
HF_API HF_MUST_USE hf_status hf_list_pop_any(hf_list list, int64_t index, hf_any *value);

/** Delete the first item equal to `value`. Returns HF_OK, HF_VALUE_ERROR (none). */
HF_API HF_MUST_USE hf_status hf_list_remove_any(hf_list list, hf_any value);

/** The index of the first item equal to `value` in start <= index < stop (HF_SLICE_OPEN: no bound).
 *  Returns HF_OK, HF_VALUE_ERROR (none). */
HF_API HF_MUST_USE hf_status hf_list_index_any(hf_list list, hf_any value, int64_t start,
                                               int64_t stop, uint64_t *index);

HF_API HF_MUST_USE hf_status hf_list_count_any(hf_list list, hf_any value, uint64_t *count);
HF_API HF_MUST_USE hf_status hf_list_contains_any(hf_list list, hf_any value, bool *contains);
HF_API HF_MUST_USE hf_status hf_list_reverse(hf_list list);

/** Sort in place, stable. Returns HF_OK, HF_TYPE_ERROR (two items cannot be compared; unchanged).
 */
HF_API HF_MUST_USE hf_status hf_list_sort(hf_list list, bool reverse);

/** As list *= count. */
HF_API HF_MUST_USE hf_status hf_list_repeat(hf_list list, int64_t count);
HF_API HF_MUST_USE hf_status hf_list_len(hf_list list, uint64_t *len);
HF_API HF_MUST_USE hf_status hf_list_clear(hf_list list);

/** All items in one step. Release with hf_any_array_clear(). Returns HF_OK, HF_TOO_BIG. */
HF_API HF_MUST_USE hf_status hf_list_copy(hf_list list, hf_any_array *values);

/** Add to the number at `index`, as one step; see hf_dict_add_int(). */
HF_API HF_MUST_USE hf_status hf_list_add_int(hf_list list, int64_t index, int64_t amount,
                                             const hf_bounds *bounds, int64_t *result);
HF_API HF_MUST_USE hf_status hf_list_add_double(hf_list list, int64_t index, double amount,
                                                const hf_bounds *bounds, double *result);

/** Replace the item at `index` if it equals `expected`. Returns HF_OK, HF_MISMATCH, HF_INDEX_ERROR.
 */
HF_API HF_MUST_USE hf_status hf_list_compare_and_set(hf_list list, int64_t index, hf_any expected,
                                                     hf_any replacement);

HF_API hf_any hf_list_ref(hf_list list);
HF_API HF_MUST_USE hf_status hf_list_from_ref(hf_client *client, hf_any ref, hf_list *list);

#ifdef __cplusplus
}
#endif
#endif
