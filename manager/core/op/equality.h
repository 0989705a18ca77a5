/* SPDX-License-Identifier: MIT
 *
 * The option `equality` of dicts, namespaces, lists and sets.
 */
#ifndef HF_EQUALITY_H
#define HF_EQUALITY_H

#include "object.h"

/** Refuse one that there is not: INVALID. */
HF_MUST_USE hf_status equality_check(struct call *call, Hf__Equality asked);

/** Give a new object the equality that its open asks for. */
static inline void equality_init(struct object *object, Hf__Equality asked) {
    object->equality = asked == HF__EQUALITY__BY_VALUE ? ANY_BY_VALUE : ANY_BY_KIND;
}

/** The equality of the call's object. */
static inline enum any_equality equality_of(const struct call *call) {
    return (enum any_equality)call->object->equality;
}

/** The same as in the option. */
static inline Hf__Equality equality_option(const struct object *object) {
    return object->equality == ANY_BY_VALUE ? HF__EQUALITY__BY_VALUE : HF__EQUALITY__BY_KIND;
}

/** Add it to an object's options in words, unless it is the default. */
void equality_describe(const struct object *object, struct text *options);

#endif
