/* SPDX-License-Identifier: MIT
 *
 * What conditions and the acquiring of several locks do with a lock: one place for each rule of who
 * holds a lock, lock.c.
 */
#ifndef HF_LOCK_H
#define HF_LOCK_H

#include "object.h"

/** The lane in which those wait who are to have the lock, in order. */
enum { LOCK_LANE = 0 };

/** A condition in the list of its lock, which touches it when it is deleted. */
struct lock_condition {
    struct link of_lock;
    struct object *object;
};

void lock_add_condition(struct object *object, struct lock_condition *condition);

/** Whether the call may have the lock, which is free, and whose turn it is or may be. */
bool lock_can_take(const struct call *call, const struct object *object);

/** Whether an acquire may be granted: of a free lock, or once more of a re-entrant one. Returns
 * HF_OK, HF_WAIT, or a refusal in words: HF_DEADLOCK, HF_LIMIT. */
HF_MUST_USE hf_status lock_may_acquire(struct call *call, const struct object *object);

/** The grant to answer with; it tells of a holder that died. NULL: no memory. */
Hf__Grant *lock_new_grant(struct call *call, const struct object *object);

/** Do what lock_may_acquire() has allowed, and fill in the grant. Returns HF_OK or HF_OWNER_DIED. */
hf_status lock_grant(struct call *call, struct object *object, Hf__Grant *grant);

/** HF_OK where the call's session holds it, else HF_NOT_HELD, in words. */
HF_MUST_USE hf_status lock_must_hold(struct call *call, const struct object *object);

/** Answer with the grant in force. Returns HF_OK, HF_TOO_BIG, HF_NO_MEMORY. */
HF_MUST_USE hf_status lock_answer_grant(struct call *call, const struct object *object);

/** Release it wholly. Returns how deep it was held. */
uint32_t lock_release_all(struct object *object);

/** Let the call's session hold a free lock. A holder that died is still told with the next grant. */
void lock_take(struct call *call, struct object *object, uint32_t depth);

/** The same, answered with the grant. Returns HF_OK or HF_OWNER_DIED; HF_TOO_BIG or HF_NO_MEMORY: it
 * is held, but the reply does not say so. */
HF_MUST_USE hf_status lock_retake(struct call *call, struct object *object, uint32_t depth);

/* An operation, for the table in lock.c. */
hf_status lock_acquire_many(struct call *call);

#endif
