/* SPDX-License-Identifier: MIT
 *
 * From a packed list, tuple, map or opaque value to one of the caller's, in memory of its own. The
 * bytes may come from anybody.
 */
#ifndef HF_UNPACK_H
#define HF_UNPACK_H

#include <holdfast/any.h>
#include <stddef.h>

/** Unpack such a value.
 *
 *  Returns  HF_OK; with `any` untouched HF_NO_MEMORY, HF_PROTOCOL (it is none), HF_TOO_BIG (nested
 *           too deep)
 *  Cost     O(len); recursion as deep as the value, memory as it has items
 */
HF_MUST_USE hf_status unpack(hf_any_kind kind, const void *bytes, size_t len, hf_any *any);

/** The same for a string, bytes or a big integer. Returns HF_OK, HF_NO_MEMORY. */
HF_MUST_USE hf_status unpack_text(hf_any_kind kind, const void *bytes, size_t len, hf_any *any);

/** A copy of bytes with a NUL behind them, to be freed with free(). NULL: no memory. */
void *unpack_copy(const void *bytes, size_t len);

#endif
