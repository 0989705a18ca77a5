/* SPDX-License-Identifier: MIT
 *
 * The replies of locks, rwlocks and semaphores: a grant, and the holder that died before it.
 *
 * A type that tells the next holder of a death keeps the dead holder's last hold as plain facts:
 * such a copy is no hold, it only counts a reference to `who`.
 */
#ifndef HF_GRANT_H
#define HF_GRANT_H

#include "object.h"

#include <assert.h>

/** Keep none. */
static inline void died_forget(struct hold *died) {
    if (died->who) {
        who_release(died->who);
        *died = (struct hold){0};
    }
}

/** Keep the facts of a hold whose session is over, in place of older ones. */
void died_remember(struct hold *died, const struct hold *hold);

/** A grant to answer with. It tells of the holder that died, if `died` has one; NULL: never.
 * Returns NULL: no memory. */
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

/** Refuse with HF_NOT_HELD: the detail names the first holder of `object`, or says that it has none. */
HF_MUST_USE hf_status grant_refuse_not_held(struct call *call, const struct object *object);

#endif
