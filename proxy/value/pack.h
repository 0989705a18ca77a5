/* SPDX-License-Identifier: MIT
 *
 * From a list, tuple, map or opaque value of the caller's to its packed form, in two passes: one
 * measures, one writes.
 */
#ifndef HF_PACK_H
#define HF_PACK_H

#include <holdfast/any.h>
#include <stddef.h>
#include <stdint.h>

/** Check such a value, and find its length.
 *
 *  Returns  HF_OK; HF_TOO_BIG (nested deeper than 32, or a part of more than 4 GiB); HF_INVALID
 *           (not a hf_any)
 */
HF_MUST_USE hf_status pack_measure(const hf_any *any, size_t *len);

/** Write a value that was measured. */
void pack(uint8_t *to, size_t len, const hf_any *any);

/** Check a string, bytes or a big integer. Returns as pack_measure(). */
HF_MUST_USE hf_status pack_check_text(const hf_any *any);

#endif
