/* SPDX-License-Identifier: MIT
 *
 * Arithmetic on values: the one place for the rules of addition with bounds, for dicts, lists and
 * values.
 */
#ifndef HF_NUMBER_H
#define HF_NUMBER_H

#include "object.h"

/** What is to be added, and the bounds of the result; views, null where a bound is not given. */
struct addition {
    struct any amount;
    struct any floor;
    struct any ceiling;
};

/** Read an addition from a request. */
HF_MUST_USE hf_status number_view_addition(struct call *call, const Hf__Any *amount,
                                           const Hf__Any *floor, const Hf__Any *ceiling,
                                           struct addition *addition);

/** Add to a number. An int stays an int and takes only ints; to a double, ints may be added too.
 *
 *  Returns  HF_OK; HF_TYPE_ERROR (no number, or a double to an int); HF_OUT_OF_RANGE (past the
 *           range of int64 or a bound); *sum is set on HF_OK only
 */
HF_MUST_USE hf_status number_add(struct call *call, const struct any *number,
                                 const struct addition *addition, struct any *sum);

#endif
