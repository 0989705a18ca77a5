/* SPDX-License-Identifier: MIT
 *
 * Values: one shared number of a C kind, as multiprocessing.Value, with addition and
 * compare-and-set in one step. A number that does not fit the kind is refused. A bool is 0 or 1
 * of a whole kind; an int becomes a double for a floating-point kind; nothing else converts. A
 * value of the kind HF_ANY is no number but any hf_any, as multiprocessing.Manager().Value.
 */
#ifndef HOLDFAST_VALUE_H
#define HOLDFAST_VALUE_H

#include <holdfast/object.h>

HF_BEGIN_DECLS

typedef enum hf_kind {
    HF_KIND_DEFAULT = 0, /**< HF_I64; of what exists: the kind that it has */
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
    HF_F64 = 12,
    HF_ANY = 13 /**< any value, also a nested one; nothing can be added to it. Not of an array */
} hf_kind;

/** Limits of an addition: each an int or a double (for HF_U64 the int with the same bits), or null
 *  for none; any other kind is HF_TYPE_ERROR. */
typedef struct hf_bounds {
    hf_any floor;   /**< the result may not be less */
    hf_any ceiling; /**< the result may not be greater */
} hf_bounds;

#define HF_BOUNDS HF_ZEROS

/** Open the value with this name, or create it with `initial`.
 *
 *  initial  used only for a new value
 *  Returns  HF_OK; HF_WRONG_TYPE (another type or kind); HF_TYPE_ERROR, HF_OUT_OF_RANGE (`initial`
 *           does not fit the kind)
 *  Source   multiprocessing.Value(typecode, initial)
 */
HF_API HF_MUST_USE hf_status hf_value_open(hf_client *client, const char *name, hf_kind kind,
                                           int64_t initial, hf_value *value);

/** Open a value with a mode, and an initial number of any sort (a double, say); null: 0. Of the
 *  kind HF_ANY `initial` is any value, also null.
 *
 *  Returns  as hf_value_open(); HF_EXISTS or HF_NO_OBJECT (by mode)
 */
HF_API HF_MUST_USE hf_status hf_value_open_any(hf_client *client, const char *name, hf_kind kind,
                                               hf_any initial, hf_mode mode, hf_value *value);

/** Get the number.
 *
 *  Returns  HF_OK; HF_TYPE_ERROR (hf_value_get() of a floating-point kind; it is no number)
 */
HF_API HF_MUST_USE hf_status hf_value_get(hf_value value, int64_t *number);
HF_API HF_MUST_USE hf_status hf_value_get_double(hf_value value, double *number);

/** Get the value, whatever it is: for the kind HF_ANY.
 *
 *  any      out; hf_any_clear()
 *  Returns  HF_OK
 */
HF_API HF_MUST_USE hf_status hf_value_get_any(hf_value value, hf_any *any);

/** Set the number.
 *
 *  Returns  HF_OK; HF_OUT_OF_RANGE, HF_TYPE_ERROR (unchanged)
 */
HF_API HF_MUST_USE hf_status hf_value_set(hf_value value, int64_t number);
HF_API HF_MUST_USE hf_status hf_value_set_double(hf_value value, double number);

/** Set the value: for the kind HF_ANY. One of another kind takes a number only.
 *
 *  Returns  HF_OK; HF_OUT_OF_RANGE, HF_TYPE_ERROR (unchanged)
 */
HF_API HF_MUST_USE hf_status hf_value_set_any(hf_value value, hf_any any);

/** Add to the number in one step.
 *
 *  bounds   borrowed; NULL: only the range of the kind
 *  result   out: the new number
 *  Returns  HF_OK; HF_TYPE_ERROR (a bool, a double added to a whole number, hf_value_add() to a
 *           floating-point kind, the kind HF_ANY), HF_OUT_OF_RANGE (past a bound or the range of
 *           the kind): unchanged
 */
HF_API HF_MUST_USE hf_status hf_value_add(hf_value value, int64_t amount, const hf_bounds *bounds,
                                          int64_t *result);
HF_API HF_MUST_USE hf_status hf_value_add_double(hf_value value, double amount,
                                                 const hf_bounds *bounds, double *result);

/** Replace the number if it is `expected`.
 *
 *  present  out, with HF_OK and HF_MISMATCH: the number that is there now
 *  Returns  HF_OK; HF_MISMATCH, HF_OUT_OF_RANGE, HF_TYPE_ERROR (unchanged)
 */
HF_API HF_MUST_USE hf_status hf_value_compare_and_set(hf_value value, int64_t expected,
                                                      int64_t replacement, int64_t *present);

/** Replace the value if it equals `expected`: for the kind HF_ANY.
 *
 *  Returns  HF_OK; HF_MISMATCH, HF_OUT_OF_RANGE, HF_TYPE_ERROR (unchanged)
 */
HF_API HF_MUST_USE hf_status hf_value_compare_and_set_any(hf_value value, hf_any expected,
                                                          hf_any replacement);

HF_API hf_any hf_value_ref(hf_value value);
HF_API HF_MUST_USE hf_status hf_value_from_ref(hf_client *client, hf_any ref, hf_value *value);

HF_END_DECLS
#endif
