/* SPDX-License-Identifier: MIT
 *
 * References in values that the manager passes on unread. The library looks for them, and checks
 * that the values are ones that the manager would accept.
 */
#ifndef HF_REFERENCES_H
#define HF_REFERENCES_H

#include <holdfast/any.h>

/* The ids of the objects that values refer to, at any depth. All zero: none. An id may occur more
 * than once. */
struct references {
    uint64_t *ids;
    size_t count;
    size_t capacity;
};

/** Append the ids that a value refers to, and refuse a value that the manager would refuse in an
 *  object, but for a map that has a key twice.
 *
 *  references  NULL: only check
 *  any         its pointers are valid
 *  Returns     HF_OK; HF_NO_MEMORY; HF_INVALID (a string or tag is not UTF-8, a key of a map cannot
 *              be one, a big integer is not canonical); HF_TOO_BIG (nested deeper than 32)
 */
HF_MUST_USE hf_status references_collect(struct references *references, const hf_any *any);

void references_fini(struct references *references);

#endif
