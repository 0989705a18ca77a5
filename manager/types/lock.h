/* SPDX-License-Identifier: MIT
 *
 * What a condition does with its lock: one place for each rule of who holds a lock, lock.c.
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

void lock_join(struct object *object, struct lock_condition *condition);

/** Whether nobody holds it. */
bool lock_free(const struct object *object);

/** HF_OK where the call's session holds it, else HF_NOT_HELD, in words. */
HF_MUST_USE hf_status lock_must_hold(struct call *call, const struct object *object);

/** Answer with the grant in force. Returns HF_OK, HF_NO_MEMORY. */
HF_MUST_USE hf_status lock_tell_grant(struct call *call, const struct object *object);

/** Release it wholly. Returns how deep it was held. */
uint32_t lock_give_up(struct object *object);

/** Grant a free lock to the call's session, and answer with the grant. Returns HF_OK or
 * HF_OWNER_DIED; HF_NO_MEMORY, unchanged. */
HF_MUST_USE hf_status lock_take(struct call *call, struct object *object, uint32_t depth);

/** The same without an answer; a holder that died is told of with the next grant. Cannot fail. */
void lock_take_untold(struct call *call, struct object *object, uint32_t depth);

#endif
