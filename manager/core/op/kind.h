/* SPDX-License-Identifier: MIT
 *
 * The kinds of C numbers that values and arrays hold: which numbers fit one, and how one lies in
 * memory. The one place for these rules. A number of a kind is a struct any: ANY_BOOL for BOOL,
 * ANY_DOUBLE for F32 and F64, else ANY_INT. What does not fit is refused and changes nothing.
 */
#ifndef HF_KIND_H
#define HF_KIND_H

#include "object.h"

/** "i64" */
const char *kind_name(Hf__Kind kind);

/** Bytes that one number takes in memory. */
size_t kind_size(Hf__Kind kind);

/** The kind that an open asks for: I64 where it says none. Returns HF_OK, HF_INVALID. */
HF_MUST_USE hf_status kind_asked(struct call *call, bool given, Hf__Kind wanted, Hf__Kind *kind);

/** A number of the request as one of this kind: a bool is 0 or 1, an int can be a double, nothing
 * else converts. Returns HF_OK, HF_TYPE_ERROR, HF_OUT_OF_RANGE. */
HF_MUST_USE hf_status kind_view(struct call *call, Hf__Kind kind, const Hf__Any *wire,
                                struct any *number);

/** What is to be added, and the bounds of the result, as a request gives them. */
struct kind_addition {
    const Hf__Any *amount;
    const Hf__Any *floor;
    const Hf__Any *ceiling;
};

/** Add to a number, and answer with the sum. */
HF_MUST_USE hf_status kind_add(struct call *call, Hf__Kind kind, struct any *number,
                               struct kind_addition in);

/** Replace a number if it is the expected one; otherwise HF_MISMATCH, answered with it. */
HF_MUST_USE hf_status kind_compare_and_set(struct call *call, Hf__Kind kind, struct any *number,
                                           const Hf__Any *expected, const Hf__Any *replacement);

/** A number from and to the memory of an array, where it takes kind_size(). */
struct any kind_load(Hf__Kind kind, const void *from);
void kind_store(Hf__Kind kind, const struct any *number, void *to);

#endif
