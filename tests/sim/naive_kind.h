/* SPDX-License-Identifier: MIT
 *
 * The rules of the protocol for kinds of values and arrays, written a second time.
 */
#ifndef HF_SIM_NAIVE_KIND_H
#define HF_SIM_NAIVE_KIND_H

#include <holdfast.pb-c.h>
#include <holdfast/status.h>
#include <stdbool.h>

bool naive_is_kind(Hf__Kind kind);

/** Make a number one of this kind. */
hf_status naive_convert(Hf__Kind kind, Hf__Any **number);

/** Add to a number of this kind. */
hf_status naive_kind_add(Hf__Kind kind, const Hf__Any *number, const Hf__Any *amount,
                         const Hf__Any *floor, const Hf__Any *ceiling, Hf__Any **sum);

#endif
