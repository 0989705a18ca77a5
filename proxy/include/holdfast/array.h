/* SPDX-License-Identifier: MIT
 *
 * Arrays: shared numbers of one C kind, as multiprocessing.Array. The length is fixed when the
 * array is created. A number that does not fit the kind is refused.
 *
 * Negative indexes count from the end, slices are Python's. The functions with a short name are for
 * whole numbers; those that end in _double take and give any kind as a double; those in _any are
 * for all kinds.
 */
#ifndef HOLDFAST_ARRAY_H
#define HOLDFAST_ARRAY_H

#include <holdfast/list.h>
#include <holdfast/object.h>
#include <holdfast/value.h>

HF_BEGIN_DECLS

/** As a length: accept an existing array of any length. */
#define HF_ARRAY_ANY_LEN UINT64_MAX

/** Open the array with this name, or create it filled with zeros.
 *
 *  len      how many numbers; HF_ARRAY_ANY_LEN: only open an existing array
 *  Returns  HF_OK; HF_WRONG_TYPE (another type, kind or length); HF_EXISTS or HF_NO_OBJECT (by
 *           mode); HF_INVALID (a new array needs a length); HF_LIMIT (too many objects or numbers)
 *  Source   multiprocessing.Array(typecode, length)
 */
HF_API HF_MUST_USE hf_status hf_array_open(hf_client *client, const char *name, hf_kind kind,
                                           uint64_t len, hf_mode mode, hf_array *array);

/** Open the array with this name, or create it with these numbers.
 *
 *  initial  borrowed; used only for a new array
 *  len      how many numbers `initial` has, and so the array
 *  Returns  as hf_array_open(); HF_TYPE_ERROR, HF_OUT_OF_RANGE (one does not fit the kind)
 *  Source   multiprocessing.Array(typecode, sequence)
 */
HF_API HF_MUST_USE hf_status hf_array_open_any(hf_client *client, const char *name, hf_kind kind,
                                               const hf_any *initial, size_t len, hf_mode mode,
                                               hf_array *array);

/** Get the number at `index`.
 *
 *  number   out; it owns no memory
 *  Returns  HF_OK; HF_INDEX_ERROR; HF_TYPE_ERROR (hf_array_get() of a floating-point kind)
 */
HF_API HF_MUST_USE hf_status hf_array_get(hf_array array, int64_t index, int64_t *number);
HF_API HF_MUST_USE hf_status hf_array_get_double(hf_array array, int64_t index, double *number);
HF_API HF_MUST_USE hf_status hf_array_get_any(hf_array array, int64_t index, hf_any *number);

/** Set the number at `index`.
 *
 *  Returns  HF_OK; HF_INDEX_ERROR, HF_OUT_OF_RANGE, HF_TYPE_ERROR (unchanged)
 */
HF_API HF_MUST_USE hf_status hf_array_set(hf_array array, int64_t index, int64_t number);
HF_API HF_MUST_USE hf_status hf_array_set_double(hf_array array, int64_t index, double number);
HF_API HF_MUST_USE hf_status hf_array_set_any(hf_array array, int64_t index, hf_any number);

/** Get the numbers of a slice in one step.
 *
 *  numbers  out: bools, ints or doubles, by the kind; hf_any_array_clear()
 *  Returns  HF_OK; HF_VALUE_ERROR (step 0); HF_TOO_BIG (more than a frame holds)
 */
HF_API HF_MUST_USE hf_status hf_array_get_slice(hf_array array, hf_slice slice,
                                                hf_any_array *numbers);

/** Replace the numbers of a slice in one step: all, or none.
 *
 *  numbers  borrowed; one for each place of the slice
 *  Returns  HF_OK; HF_VALUE_ERROR (step 0, or not one number for each place),
 *           HF_OUT_OF_RANGE, HF_TYPE_ERROR (unchanged)
 */
HF_API HF_MUST_USE hf_status hf_array_set_slice(hf_array array, hf_slice slice,
                                                const hf_any *numbers, size_t len);

/** Get the length. */
HF_API HF_MUST_USE hf_status hf_array_len(hf_array array, uint64_t *len);

/** Add to the number at `index` in one step.
 *
 *  bounds   borrowed; NULL: only the range of the kind
 *  result   out: the new number
 *  Returns  HF_OK; HF_INDEX_ERROR, HF_TYPE_ERROR (a bool, a double added to a whole number, or
 *           hf_array_add() to a floating-point kind), HF_OUT_OF_RANGE (past a bound or the range
 *           of the kind): unchanged
 */
HF_API HF_MUST_USE hf_status hf_array_add(hf_array array, int64_t index, int64_t amount,
                                          const hf_bounds *bounds, int64_t *result);
HF_API HF_MUST_USE hf_status hf_array_add_double(hf_array array, int64_t index, double amount,
                                                 const hf_bounds *bounds, double *result);

/** Replace the number at `index` if it is `expected`.
 *
 *  present  out, with HF_OK and HF_MISMATCH: the number that is there now
 *  Returns  HF_OK; HF_MISMATCH, HF_INDEX_ERROR, HF_OUT_OF_RANGE, HF_TYPE_ERROR (unchanged)
 */
HF_API HF_MUST_USE hf_status hf_array_compare_and_set(hf_array array, int64_t index,
                                                      int64_t expected, int64_t replacement,
                                                      int64_t *present);

/** The same for any kind; the present number is not returned. */
HF_API HF_MUST_USE hf_status hf_array_compare_and_set_any(hf_array array, int64_t index,
                                                          hf_any expected, hf_any replacement);

HF_API hf_any hf_array_ref(hf_array array);
HF_API HF_MUST_USE hf_status hf_array_from_ref(hf_client *client, hf_any ref, hf_array *array);

HF_END_DECLS
#endif
