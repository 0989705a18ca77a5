/* SPDX-License-Identifier: MIT
 *
 * The kinds of C numbers that values and arrays hold: which numbers fit a kind, and how it lies in
 * memory. A number of a kind is a struct any: ANY_BOOL for BOOL, ANY_DOUBLE for F32 and F64, else
 * ANY_INT. A number that does not fit is refused and changes nothing.
 */
#ifndef HF_KIND_H
#define HF_KIND_H

#include "object.h"

/** "i64" */
const char *kind_name(Hf__Kind kind);

/** The bytes of one number in memory. */
size_t kind_size(Hf__Kind kind);

/** The kind that an open asks for; I64 if it names none. Returns HF_OK, HF_INVALID. */
HF_MUST_USE hf_status kind_asked(struct call *call, bool given, Hf__Kind wanted, Hf__Kind *kind);

/** Convert a number of the request to this kind: a bool counts as 0 or 1, an int can become a
 * double, nothing else converts. Returns HF_OK, HF_TYPE_ERROR, HF_OUT_OF_RANGE. */
HF_MUST_USE hf_status kind_view(struct call *call, Hf__Kind kind, Hf__Any *wire,
                                struct any *number);

/** The amount and the bounds of an addition, as in the request. */
struct kind_addition {
    Hf__Any *amount;
    Hf__Any *floor;
    Hf__Any *ceiling;
};

/** Add to a number, and answer with the sum. */
HF_MUST_USE hf_status kind_add(struct call *call, Hf__Kind kind, struct any *number,
                               struct kind_addition in);

/** Replace the number if it equals `expected`; otherwise answer with it and return HF_MISMATCH. */
HF_MUST_USE hf_status kind_compare_and_set(struct call *call, Hf__Kind kind, struct any *number,
                                           Hf__Any *expected, Hf__Any *replacement);

/** Read a number from kind_size() bytes of memory; write it there. */
struct any kind_load(Hf__Kind kind, const void *from);
void kind_store(Hf__Kind kind, const struct any *number, void *to);

#endif
