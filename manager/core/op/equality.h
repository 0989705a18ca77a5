/* SPDX-License-Identifier: MIT
 *
 * The option `equality` of dicts, namespaces, lists and sets.
 */
#ifndef HF_EQUALITY_H
#define HF_EQUALITY_H

#include "object.h"

/** Refuse one that there is not: INVALID. */
HF_MUST_USE hf_status equality_check(struct call *call, Hf__Equality asked);

static inline enum any_equality equality_of(Hf__Equality asked) {
    return asked == HF__EQUALITY__BY_VALUE ? ANY_BY_VALUE : ANY_BY_KIND;
}

/** The same as in the option. */
static inline Hf__Equality equality_option(enum any_equality equality) {
    return equality == ANY_BY_VALUE ? HF__EQUALITY__BY_VALUE : HF__EQUALITY__BY_KIND;
}

/** Add it to an object's options in words, unless it is the default. */
void equality_describe(enum any_equality equality, struct text *options);

#endif
