/* SPDX-License-Identifier: MIT
 *
 * Conditions: threading.Condition on a hf_lock of the caller's choice. A lock may have several
 * conditions.
 *
 *     status = hf_lock_acquire(lock, -1, NULL);
 *     while (hf_ok(status) && !there_is_something())
 *         status = hf_condition_wait(condition, -1, NULL);
 *     if (hf_ok(status)) {
 *         take_it();
 *         status = hf_lock_release(lock);
 *     }
 *
 * THE LOCK IS HELD AGAIN WHEN A WAIT RETURNS, also with HF_TIMEOUT or HF_CANCELLED (a signal,
 * hf_interrupt()), and the caller has to release it. Nothing is held only if the lock itself was
 * deleted (HF_DELETED with a grant whose fence is 0) or the connection was lost (a fatal status).
 */
#ifndef HOLDFAST_CONDITION_H
#define HOLDFAST_CONDITION_H

#include <holdfast/lock.h>

HF_BEGIN_DECLS

/** Open the condition with this name, or create it. It keeps an unnamed lock alive.
 *
 *  lock       plain or re-entrant; of the same manager
 *  Returns    HF_OK; HF_WRONG_TYPE (another type, or a condition on another lock); HF_NO_OBJECT
 *             (the lock was deleted); HF_EXISTS or HF_NO_OBJECT (by mode)
 *  Source     threading.Condition(lock)
 */
HF_API HF_MUST_USE hf_status hf_condition_open(hf_client *client, const char *name, hf_lock lock,
                                               hf_mode mode, hf_condition *condition);

/** Get the lock of a condition, say of one that was found in a dict.
 *
 *  lock     out; as from hf_lock_open()
 *  Returns  HF_OK; HF_NO_OBJECT (the lock or the condition was deleted)
 */
HF_API HF_MUST_USE hf_status hf_condition_lock(hf_condition condition, hf_lock *lock);

/** Give the lock up, however often it was acquired, wait for a notify, and acquire the lock again
 *  as often as before.
 *
 *  timeout_ms  limits the wait for a notify, NOT the wait for the lock, which has no limit; 0: the
 *              lock is not even given up
 *  grant       out, also written when the call is refused: the lock's new grant, or the old one if
 *              the lock was not given up; fence 0: no grant came with the status. A guard with the
 *              old grant is over after a new one
 *  Returns     HF_OK, HF_OWNER_DIED (notified, and the lock's last holder died while it held it;
 *              with another status grant->died tells of that), HF_TIMEOUT, HF_CANCELLED, HF_DELETED
 *              with a fence (the condition was deleted), HF_NO_MEMORY (also without a grant): THE
 *              LOCK IS HELD. HF_DELETED with a fence of 0 (the lock was deleted), HF_NOT_HELD (this
 *              thread did not hold it): it is not held. HF_NO_OBJECT (the lock or the condition was
 *              deleted before) and any other refusal: nothing has changed
 *  Order       the first to come is the first notified, and waits for the lock in order with the
 *              calls that acquire it; a notify to a session that dies goes to the next
 *  Source      threading.Condition.wait(timeout)
 */
HF_API HF_MUST_USE hf_status hf_condition_wait(hf_condition condition, int64_t timeout_ms,
                                               hf_grant *grant);

/** Tells whether the thing waited for has come. It is called with the lock held. */
typedef bool hf_condition_predicate(void *argument);

/** Wait until the predicate is true. It is asked before the first wait and after each.
 *
 *  timeout_ms  limits all the waits together; 0: the predicate is asked once
 *  Returns     HF_OK (the predicate is true and THE LOCK IS HELD); HF_TIMEOUT (it is not true, and
 *              THE LOCK IS HELD); otherwise as hf_condition_wait(). That a holder of the lock died
 *              is not told
 *  Cost        one round trip for each wait
 *  Source      threading.Condition.wait_for(predicate, timeout)
 */
HF_API HF_MUST_USE hf_status hf_condition_wait_for(hf_condition condition,
                                                   hf_condition_predicate *predicate,
                                                   void *argument, int64_t timeout_ms);

/** Wake the calls that have waited longest. Each returns when it has the lock.
 *
 *  count    how many at most
 *  woken    out: how many were woken
 *  Returns  HF_OK; HF_NOT_HELD (this thread does not hold the lock; none is woken); HF_NO_OBJECT
 *           (the lock or the condition was deleted)
 *  Source   threading.Condition.notify(n)
 */
HF_API hf_status hf_condition_notify(hf_condition condition, uint64_t count, uint64_t *woken);

/** Wake all calls that wait; otherwise as hf_condition_notify().
 *  Source: threading.Condition.notify_all */
HF_API hf_status hf_condition_notify_all(hf_condition condition, uint64_t *woken);

HF_API hf_any hf_condition_ref(hf_condition condition);
HF_API HF_MUST_USE hf_status hf_condition_from_ref(hf_client *client, hf_any ref,
                                                   hf_condition *condition);

HF_END_DECLS
#endif
