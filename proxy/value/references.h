/* SPDX-License-Identifier: MIT
 *
 * What values refer to, and whether they are values at all, for those that the manager passes on
 * without a look at them.
 */
#ifndef HF_REFERENCES_H
#define HF_REFERENCES_H

#include <holdfast/any.h>

/* The ids of the objects that values refer to, at any depth. All zero is none. The same id may be
 * there more than once. */
struct references {
    uint64_t *ids;
    size_t count;
    size_t capacity;
};

/** Append what a value refers to, and refuse what the manager would refuse in an object. (That a
 *  map has no key twice is not looked at.)
 *
 *  references  NULL: only look
 *  any         its pointers are as they should be
 *  Returns     HF_OK; HF_NO_MEMORY; HF_INVALID (a string is not UTF-8, a key of a map no scalar);
 *              HF_TOO_BIG (nested deeper than 32)
 */
HF_MUST_USE hf_status references_collect(struct references *references, const hf_any *any);

void references_fini(struct references *references);

#endif
