/* SPDX-License-Identifier: MIT
 *
 * From a list or map of the caller's to its packed form, in two passes: one measures, one writes.
 */
#ifndef HF_PACK_H
#define HF_PACK_H

#include <holdfast/any.h>
#include <stddef.h>
#include <stdint.h>

/** Check a list or map, and find its length.
 *
 *  Returns  HF_OK; HF_TOO_BIG (nested deeper than 32, or a text of more than 4 GiB); HF_INVALID
 *           (not a hf_any)
 */
HF_MUST_USE hf_status pack_measure(const hf_any *any, size_t *len);

/** Write a list or map that was measured. */
void pack(uint8_t *to, size_t len, const hf_any *any);

/** Check a string or bytes. Returns as pack_measure(). */
HF_MUST_USE hf_status pack_check_text(const hf_any *any);

#endif
