/* SPDX-License-Identifier: MIT
 *
 * Arrays: shared numbers of one C kind, as multiprocessing.Array. Their number is fixed when the
 * array is created. What does not fit the kind is refused and changes nothing.
 *
 * Negative indexes count from the end, slices are Python's. The functions with a short name are for
 * whole numbers, those that end in _double for any kind that one holds, those in _any for all.
 */
#ifndef HOLDFAST_ARRAY_H
#define HOLDFAST_ARRAY_H

#include <holdfast/list.h>
#include <holdfast/object.h>
#include <holdfast/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/** As the length of an array that is there: whichever it has. */
#define HF_ARRAY_ANY_LEN UINT64_MAX

/** Open the array with this name, or create it with so many zeros.
 *
 *  name     at most 1,024 bytes; NULL: an unnamed array
 *  len      HF_ARRAY_ANY_LEN: only for an array that is there
 *  Returns  HF_OK; HF_WRONG_TYPE (another type, kind or length); by mode HF_EXISTS or HF_NO_OBJECT;
 *           HF_INVALID (an array that is not there needs a length)
 *  Source   multiprocessing.Array(typecode, length)
 */
HF_API HF_MUST_USE hf_status hf_array_open(hf_client *client, const char *name, hf_kind kind,
                                           uint64_t len, hf_mode mode, hf_array *array);

/** The same with initial numbers; as many as there are, so many it has.
 *
 *  Returns  as above; HF_TYPE_ERROR, HF_OUT_OF_RANGE (one does not fit the kind)
 *  Source   multiprocessing.Array(typecode, sequence)
 */
HF_API HF_MUST_USE hf_status hf_array_open_any(hf_client *client, const char *name, hf_kind kind,
                                               const hf_any *initial, size_t len, hf_mode mode,
                                               hf_array *array);

/** Get the number at `index`.
 *
 *  Returns  HF_OK; HF_INDEX_ERROR; HF_TYPE_ERROR (hf_array_get() of a kind that is not for whole
 *           numbers)
 *  Cost     O(1) in the manager
 */
HF_API HF_MUST_USE hf_status hf_array_get(hf_array array, int64_t index, int64_t *number);
HF_API HF_MUST_USE hf_status hf_array_get_double(hf_array array, int64_t index, double *number);
HF_API HF_MUST_USE hf_status hf_array_get_any(hf_array array, int64_t index, hf_any *number);

/** Set the number at `index`. Returns HF_OK, HF_INDEX_ERROR; HF_OUT_OF_RANGE, HF_TYPE_ERROR
 *  (unchanged). */
HF_API HF_MUST_USE hf_status hf_array_set(hf_array array, int64_t index, int64_t number);
HF_API HF_MUST_USE hf_status hf_array_set_double(hf_array array, int64_t index, double number);
HF_API HF_MUST_USE hf_status hf_array_set_any(hf_array array, int64_t index, hf_any number);

/** The numbers of a slice, as bools, ints or doubles. Release with hf_any_array_clear().
 *  Returns HF_OK, HF_VALUE_ERROR (step 0), HF_TOO_BIG. */
HF_API HF_MUST_USE hf_status hf_array_get_slice(hf_array array, hf_slice slice,
                                                hf_any_array *numbers);

/** Replace the numbers of a slice in one step, all or none.
 *
 *  Returns  HF_OK; HF_VALUE_ERROR (step 0, or not one number for each), HF_OUT_OF_RANGE,
 *           HF_TYPE_ERROR (unchanged)
 */
HF_API HF_MUST_USE hf_status hf_array_set_slice(hf_array array, hf_slice slice,
                                                const hf_any *numbers, size_t len);

HF_API HF_MUST_USE hf_status hf_array_len(hf_array array, uint64_t *len);

/** Add to the number at `index`, as one step.
 *
 *  bounds   NULL: only those of the kind
 *  result   out, may be NULL: the new number
 *  Returns  HF_OK; HF_INDEX_ERROR; HF_TYPE_ERROR; HF_OUT_OF_RANGE (past a bound or the kind's
 * range; unchanged)
 */
HF_API HF_MUST_USE hf_status hf_array_add(hf_array array, int64_t index, int64_t amount,
                                          const hf_bounds *bounds, int64_t *result);
HF_API HF_MUST_USE hf_status hf_array_add_double(hf_array array, int64_t index, double amount,
                                                 const hf_bounds *bounds, double *result);

/** Replace the number at `index` if it is `expected`.
 *
 *  present  out, may be NULL: on HF_MISMATCH too, the number that is there now
 *  Returns  HF_OK, HF_MISMATCH (unchanged), HF_INDEX_ERROR, HF_OUT_OF_RANGE
 */
HF_API HF_MUST_USE hf_status hf_array_compare_and_set(hf_array array, int64_t index,
                                                      int64_t expected, int64_t replacement,
                                                      int64_t *present);

/** The same for any kind. Returns HF_OK, HF_MISMATCH (unchanged), HF_INDEX_ERROR, HF_OUT_OF_RANGE,
 *  HF_TYPE_ERROR. */
HF_API HF_MUST_USE hf_status hf_array_compare_and_set_any(hf_array array, int64_t index,
                                                          hf_any expected, hf_any replacement);

HF_API hf_any hf_array_ref(hf_array array);
HF_API HF_MUST_USE hf_status hf_array_from_ref(hf_client *client, hf_any ref, hf_array *array);

#ifdef __cplusplus
}
#endif
#endif
