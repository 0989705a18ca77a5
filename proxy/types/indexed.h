/* SPDX-License-Identifier: MIT
 *
 * Operations that lists and arrays have in common. Their messages have the same fields.
 */
#ifndef HF_INDEXED_H
#define HF_INDEXED_H

#include "call.h"

#include <holdfast/list.h>

hf_status indexed_get(hf_object object, Hf__Request__OpCase op_case, int64_t index,
                      struct sink sink);
hf_status indexed_set(hf_object object, Hf__Request__OpCase op_case, int64_t index, hf_any value);

/** Add `amount`. `bounds` of the result; NULL: none. */
hf_status indexed_add(hf_object object, Hf__Request__OpCase op_case, int64_t index, hf_any amount,
                      const hf_bounds *bounds, struct sink sink);
hf_status indexed_compare_and_set(hf_object object, Hf__Request__OpCase op_case, int64_t index,
                                  hf_any expected, hf_any replacement, struct sink sink);

/** Get or delete a slice. */
hf_status indexed_slice(hf_object object, Hf__Request__OpCase op_case, hf_slice slice,
                        struct sink sink);
hf_status indexed_set_slice(hf_object object, Hf__Request__OpCase op_case, hf_slice slice,
                            const hf_any *values, size_t len);

#endif
