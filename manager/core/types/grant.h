/* SPDX-License-Identifier: MIT
 *
 * Grants in the replies of locks, rwlocks and semaphores, their leases, and the last holder that
 * died, or lost its grant otherwise.
 *
 * A type that tells its next holder of such a loss keeps the hold of the last one as plain facts.
 * The copy is no hold; it only counts a reference to `who`.
 *
 * A hold of an atomic batch changes only after grant_note(), or is one that has just been made.
 */
#ifndef HF_GRANT_H
#define HF_GRANT_H

#include "hold_lease.h"
#include "undo.h"

#include <assert.h>

/** Forget the facts, if any. */
static inline void died_forget(struct hold *died) {
    if (died->who) {
        who_release(died->who);
        *died = (struct hold){0};
    }
}

/** Keep the facts of a hold that its holder has lost, instead of older ones. */
void died_remember(struct hold *died, const struct hold *hold, enum hold_loss why);

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

/** Refuse a lease that was given and can be none. Returns HF_OK, HF_INVALID. */
static inline HF_MUST_USE hf_status grant_check_lease(struct call *call, bool given,
                                                      int64_t lease_ms) {
    return !given || lease_ms > 0 ? HF_OK
                                  : call_refuse(call, HF_INVALID, "a lease lasts at least 1 ms");
}

/** Make the lease of a grant that is about to be made; `lease_ms` 0: it is to have none. Returns
 * HF_OK, HF_NO_MEMORY. */
static inline HF_MUST_USE hf_status grant_lease(struct object *object, int64_t lease_ms,
                                                struct hold_lease **lease) {
    *lease = lease_ms ? hold_lease_new(object, lease_ms) : NULL;
    return !lease_ms || *lease ? HF_OK : HF_NO_MEMORY;
}

/** What grant_note() does in an atomic batch. */
HF_MUST_USE hf_status grant_note_change(struct call *call, struct hold *hold, struct hold *died,
                                        bool lease_goes);

/** Note how the hold is, and the facts of the one before it (NULL: they stay as they are), before
 * they change. `lease_goes`: the hold ends, or gets another lease. Returns HF_OK, HF_NO_MEMORY. */
static inline HF_MUST_USE hf_status grant_note(struct call *call, struct hold *hold,
                                               struct hold *died, bool lease_goes) {
    return call_undo(call) ? grant_note_change(call, hold, died, lease_goes) : HF_OK;
}

/** Do all that may fail before the hold is granted, or deepened: answer with a grant that tells of
 * `died`, note how both are, and make the lease; `lease_ms` 0: it has none, or keeps its own.
 * Returns as grant_answer(). */
HF_MUST_USE hf_status grant_prepare(struct call *call, struct hold *hold, struct hold *died,
                                    int64_t lease_ms, struct hold_lease **lease);

/** Refuse with HF_NOT_HELD. The detail names the first holder of `object`, or says that it has
 * none, and how this session has lost the grant if `died` are those facts. */
HF_MUST_USE hf_status grant_refuse_not_held(struct call *call, const struct object *object,
                                            const struct hold *died);

#endif
