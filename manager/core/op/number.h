/* SPDX-License-Identifier: MIT
 *
 * Addition with bounds, for dicts, lists, arrays and values.
 */
#ifndef HF_NUMBER_H
#define HF_NUMBER_H

#include "object.h"

/** The amount to add and the bounds of the sum, as views; a bound that is not given is null. */
struct addition {
    struct any amount;
    struct any floor;
    struct any ceiling;
};

/** Read an addition from a request. */
HF_MUST_USE hf_status number_view_addition(struct call *call, Hf__Any *amount, Hf__Any *floor,
                                           Hf__Any *ceiling, struct addition *addition);

/** Add to a number. An int takes only ints; a double takes both.
 *
 *  Returns  HF_OK; HF_TYPE_ERROR (no number, or a double to an int); HF_OUT_OF_RANGE (past the
 *           range of int64 or a bound); *sum is set on HF_OK only
 */
HF_MUST_USE hf_status number_add(struct call *call, const struct any *number,
                                 const struct addition *addition, struct any *sum);

#endif
