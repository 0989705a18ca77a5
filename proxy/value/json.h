/* SPDX-License-Identifier: MIT
 *
 * Values as JSON, in the forms that holdfast/json.h tells of.
 */
#ifndef HF_JSON_H
#define HF_JSON_H

#include "buffer.h"

#include <holdfast/json.h>

/** The form of an integer that is no int64_t. */
enum json_bigs {
    JSON_BIGS_BARE,  /* its digits */
    JSON_BIGS_MARKED /* {"$big": "DIGITS"}, for parsers that know 64 bits only */
};

/** Append a value as JSON, without a NUL. Returns as hf_any_to_json(). */
HF_MUST_USE hf_status json_write(struct buffer *out, const hf_any *any, enum json_bigs bigs);

#endif
