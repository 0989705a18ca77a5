/* SPDX-License-Identifier: MIT
 *
 * Conditions: threading.Condition on a hf_lock of the caller's choice, which may have several.
 *
 *     hf_lock_acquire(lock, -1, NULL);
 *     while (!there_is_something()) {
 *         hf_condition_wait(condition, -1, NULL);
 *     }
 *     take_it();
 *     hf_lock_release(lock);
 *
 * THE LOCK IS HELD AGAIN WHEN A WAIT RETURNS, also with HF_TIMEOUT, and has to be released. Only
 * when the lock itself has been deleted (HF_DELETED with a grant whose fence is 0), or the
 * connection is lost (a fatal status), nothing is held.
 */
#ifndef HOLDFAST_CONDITION_H
#define HOLDFAST_CONDITION_H

#include <holdfast/lock.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Open the condition with this name, or create it. It keeps an unnamed lock alive.
 *
 *  lock     plain or re-entrant
 *  Returns  HF_OK, HF_WRONG_TYPE (another type, or a condition on another lock), HF_NO_OBJECT
 * (there is no such lock), by mode HF_EXISTS or HF_NO_OBJECT Source   threading.Condition(lock)
 */
HF_API HF_MUST_USE hf_status hf_condition_open(hf_client *client, const char *name, hf_lock lock,
                                               hf_mode mode, hf_condition *condition);

/** Give the lock up, however often it was acquired, wait for a notify, and take the lock again, in
 *  order with those who acquire it, as often as before.
 *
 *  timeout_ms  limit for the wait for a notify, NOT for that for the lock, which has none; 0: the
 *              lock is not even given up
 *  grant       out, may be NULL; the lock's new grant, ALSO WITH HF_TIMEOUT AND HF_DELETED; its
 *              fence is 0 where nothing is held. A guard of the old grant is over
 *
 *  Returns  HF_OK; HF_OWNER_DIED: notified, and the lock's last holder died while it held it (with
 *           another status grant->died tells); HF_TIMEOUT, HF_DELETED (the condition was deleted),
 *           HF_NO_MEMORY (also without a grant): THE LOCK IS HELD; HF_DELETED with a fence of 0:
 * the lock was deleted; HF_NOT_HELD: this thread does not hold the lock; HF_NO_OBJECT: the lock was
 * deleted before Order    first come, first notified; a notify to one that dies goes to the next
 *  Source   threading.Condition.wait(timeout)
 */
HF_API HF_MUST_USE hf_status hf_condition_wait(hf_condition condition, int64_t timeout_ms,
                                               hf_grant *grant);

/** Whether what is waited for has come. Called with the lock held. */
typedef bool hf_condition_predicate(void *argument);

/** Wait until the predicate is true, which is asked before the first wait and after each.
 *
 *  timeout_ms  limit for all the waits together; 0: the predicate is asked once
 *
 *  Returns  HF_OK: it is true; HF_TIMEOUT: it is not, and THE LOCK IS HELD; otherwise as
 *           hf_condition_wait(), where a death of a holder is passed over
 *  Cost     one round trip for each wait
 *  Source   threading.Condition.wait_for(predicate, timeout)
 */
HF_API HF_MUST_USE hf_status hf_condition_wait_for(hf_condition condition,
                                                   hf_condition_predicate *predicate,
                                                   void *argument, int64_t timeout_ms);

/** Wake the `count` that have waited longest; each goes on when it has the lock.
 *
 *  woken    out, may be NULL: how many there were
 *  Returns  HF_OK, HF_NOT_HELD (this thread does not hold the lock; nobody is woken)
 *  Source   threading.Condition.notify(n)
 */
HF_API hf_status hf_condition_notify(hf_condition condition, uint64_t count, uint64_t *woken);

/** The same for all that wait. Source: threading.Condition.notify_all */
HF_API hf_status hf_condition_notify_all(hf_condition condition, uint64_t *woken);

HF_API hf_any hf_condition_ref(hf_condition condition);
HF_API HF_MUST_USE hf_status hf_condition_from_ref(hf_client *client, hf_any ref,
                                                   hf_condition *condition);

#ifdef __cplusplus
}
#endif
#endif
