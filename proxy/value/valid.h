/* SPDX-License-Identifier: MIT
 *
 * What values must be, beyond their pointers, so that the manager takes them. The texts say what is
 * wrong with one that is not.
 */
#ifndef HF_VALID_H
#define HF_VALID_H

#include <holdfast/any.h>

#define VALID_KEY_REFUSAL                                                                          \
    "a list, a map or a reference cannot be a key of a map, nor can a tuple of such"
#define VALID_TAG_REFUSAL "the tag of an opaque value is 1 to 64 bytes of UTF-8"

/** Whether a value of this kind may be a key of a map. `depth` is that of the map. What is nested
 *  deeper than values may be is not looked at. */
bool valid_key(const hf_any *any, unsigned depth);

/** Whether this may be the tag of an opaque value. */
bool valid_tag(const char *tag);

/** Whether no two keys of a map are equal, as hf_any_equal() has it. Each is a valid one.
 *
 *  Returns  HF_OK; HF_VALUE_ERROR (a key comes twice); HF_NO_MEMORY
 *  Cost     O(n log n) for n keys
 */
HF_MUST_USE hf_status valid_keys_differ(const hf_any *map);

#endif
