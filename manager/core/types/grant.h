/* SPDX-License-Identifier: MIT
 *
 * Grants in the replies of locks, rwlocks and semaphores, and the holder that died before a grant.
 *
 * A type that tells its next holder of a death keeps the hold of the dead session as plain facts.
 * The copy is no hold; it only counts a reference to `who`.
 */
#ifndef HF_GRANT_H
#define HF_GRANT_H

#include "object.h"

#include <assert.h>

/** Forget the facts, if any. */
static inline void died_forget(struct hold *died) {
    if (died->who) {
        who_release(died->who);
        *died = (struct hold){0};
    }
}

/** Keep the facts of a hold whose session has ended, instead of older ones. */
void died_remember(struct hold *died, const struct hold *hold);

/** A grant to answer with, which tells of the holder that died if `died` (may be NULL) has one.
 * NULL: no memory. */
Hf__Grant *grant_new(struct call *call, const struct hold *died);

/** Answer with such a grant. Returns HF_OK, HF_TOO_BIG, HF_NO_MEMORY. */
HF_MUST_USE hf_status grant_answer(struct call *call, const struct hold *died);

/** Fill in the numbers of the hold that was granted. Returns HF_OWNER_DIED if the grant tells of a
 * holder that died, else HF_OK. */
static inline hf_status grant_fill(Hf__Grant *grant, const struct hold *hold) {
    assert(hold->owner && hold->depth > 0);
    grant->fence = hold->fence;
    grant->depth = hold->depth;
    return grant->died ? HF_OWNER_DIED : HF_OK;
}

/** Refuse with HF_NOT_HELD. The detail names the first holder of `object`, or says it has none. */
HF_MUST_USE hf_status grant_refuse_not_held(struct call *call, const struct object *object);

#endif
