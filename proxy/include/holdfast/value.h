/* SPDX-License-Identifier: MIT
 *
 * A value: one shared number of a C kind, as multiprocessing.Value, with atomic addition and
 * compare-and-set. What does not fit the kind is refused and changes nothing.
 */
#ifndef HOLDFAST_VALUE_H
#define HOLDFAST_VALUE_H

#include <holdfast/object.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hf_kind {
    HF_BOOL = 1,
    HF_CHAR = 2, /**< one byte, 0 to 255 */
    HF_I8 = 3,
    HF_I16 = 4,
    HF_I32 = 5,
    HF_I64 = 6,
    HF_U8 = 7,
    HF_U16 = 8,
    HF_U32 = 9,
    HF_U64 = 10, /**< passed as the int64_t with the same bits: cast it */
    HF_F32 = 11,
    HF_F64 = 12
} hf_kind;

/** Limits of an addition; NULL, or a field HF_ANY_NULL: none. */
typedef struct hf_bounds {
    hf_any floor;   /**< the result may not be less */
    hf_any ceiling; /**< the result may not be greater */
} hf_bounds;

/** Open the value with this name, or create it with `initial`.
 *
 *  name     NULL: an unnamed value
 *  Returns  HF_OK; HF_WRONG_TYPE (another type or kind); HF_TYPE_ERROR, HF_OUT_OF_RANGE (the
 * initial does not fit the kind)
 */
HF_API HF_MUST_USE hf_status hf_value_open(hf_client *client, const char *name, hf_kind kind,
                                           int64_t initial, hf_value *value);

/** The same with a mode, and an initial value of any sort (a double, say). */
HF_API HF_MUST_USE hf_status hf_value_open_any(hf_client *client, const char *name, hf_kind kind,
                                               hf_any initial, hf_mode mode, hf_value *value);

/** Get the number. Kinds that are not whole numbers: HF_TYPE_ERROR; use hf_value_get_double(). */
HF_API HF_MUST_USE hf_status hf_value_get(hf_value value, int64_t *number);
HF_API HF_MUST_USE hf_status hf_value_get_double(hf_value value, double *number);

/** Set the number. Returns HF_OK, HF_OUT_OF_RANGE, HF_TYPE_ERROR; the last two change nothing. */
HF_API HF_MUST_USE hf_status hf_value_set(hf_value value, int64_t number);
HF_API HF_MUST_USE hf_status hf_value_set_double(hf_value value, double number);

/** Add, as one step.
 *
 *  bounds   NULL: only those of the kind
 *  result   out, may be NULL: the new number
 *
 *  Returns  HF_OK; HF_OUT_OF_RANGE (past a bound or the kind's range; unchanged)
 */
HF_API HF_MUST_USE hf_status hf_value_add(hf_value value, int64_t amount, const hf_bounds *bounds,
                                          int64_t *result);
HF_API HF_MUST_USE hf_status hf_value_add_double(hf_value value, double amount,
                                                 const hf_bounds *bounds, double *result);

/** Replace the number if it is `expected`.
 *
 *  present  out, may be NULL: on HF_MISMATCH too, the number that is there now
 *  Returns  HF_OK, HF_MISMATCH (unchanged), HF_OUT_OF_RANGE
 */
HF_API HF_MUST_USE hf_status hf_value_compare_and_set(hf_value value, int64_t expected,
                                                      int64_t replacement, int64_t *present);

HF_API hf_any hf_value_ref(hf_value value);
HF_API HF_MUST_USE hf_status hf_value_from_ref(hf_client *client, hf_any ref, hf_value *value);

#ifdef __cplusplus
}
#endif
#endif
