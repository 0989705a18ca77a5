/* SPDX-License-Identifier: MIT
 *
 * A lock, as condition.c and lock_many.c use it.
 */
#ifndef HF_LOCK_H
#define HF_LOCK_H

#include "hold_lease.h"
#include "object.h"

/** The lane of calls that wait for the lock. */
enum { LOCK_LANE = 0 };

/** A condition in the list of its lock, which touches it when the lock is deleted. */
struct lock_condition {
    struct link of_lock;
    struct object *object;
};

void lock_add_condition(struct object *object, struct lock_condition *condition);

/** Whether the lock is free, and the call is next in its lane or may pass the next one. */
bool lock_can_take(const struct call *call, const struct object *object);

/** Whether an acquire may be granted, of a free lock or again of a re-entrant one. Returns HF_OK,
 * HF_WAIT; HF_DEADLOCK, HF_LIMIT, with a detail. */
HF_MUST_USE hf_status lock_may_acquire(struct call *call, const struct object *object);

/** A grant to answer with, which tells of a holder that lost the lock. NULL: no memory. */
Hf__Grant *lock_new_grant(struct call *call, struct object *object);

/** Do what lock_may_acquire() allowed, and fill in the grant. Returns HF_OK or HF_OWNER_DIED. */
hf_status lock_grant(struct call *call, struct object *object, Hf__Grant *grant);

/** Let the grant have this lease, in place of the one that it may have; NULL: leave it. */
void lock_begin_lease(struct object *object, struct hold_lease *lease);

/** HF_OK if the call's session holds the lock, else HF_NOT_HELD with a detail. */
HF_MUST_USE hf_status lock_must_hold(struct call *call, const struct object *object);

/** Answer with the grant that is in force. Returns HF_OK, HF_TOO_BIG, HF_NO_MEMORY. */
HF_MUST_USE hf_status lock_answer_grant(struct call *call, const struct object *object);

/** Release the lock at any depth. Returns the depth, and the length of its lease; 0: none. */
uint32_t lock_release_all(struct object *object, int64_t *lease_ms);

/** Let the call's session hold a free lock again, and answer with the grant. Returns HF_OK or
 * HF_OWNER_DIED; HF_TOO_BIG or HF_NO_MEMORY: the lock is held, without a lease, but the reply does
 * not say so. */
HF_MUST_USE hf_status lock_retake(struct call *call, struct object *object, uint32_t depth,
                                  int64_t lease_ms);

/* An operation, for the table in lock.c. */
hf_status lock_acquire_many(struct call *call);

#endif
