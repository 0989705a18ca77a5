/* SPDX-License-Identifier: MIT
 *
 * Locks: threading.Lock, threading.RLock and a robust mutex in one.
 *
 * The owner of a lock is a session: a thread of a process. When it ends, in whatever way, the lock
 * goes to the next waiter, which is told so with HF_OWNER_DIED. Waiters are served in order of
 * arrival.
 */
#ifndef HOLDFAST_LOCK_H
#define HOLDFAST_LOCK_H

#include <holdfast/object.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_lock_options {
    hf_mode mode;
    bool reentrant;       /**< its holder may acquire it again, and releases it as often */
    bool any_may_release; /**< any session may release it, as Python's Lock allows */
    bool keep;            /**< stays held when its holder dies; then any session may release it */
} hf_lock_options;

/** What an acquire grants. */
typedef struct hf_grant {
    uint64_t fence; /**< greater than that of any grant before it, of any object of this manager */
    uint32_t depth; /**< how often it is now held: 1, or more for a re-entrant lock; for a
                       semaphore, how many permits */
    hf_holder died; /**< with HF_OWNER_DIED: who held it; died.session is 0 otherwise */
} hf_grant;

/** Open the lock with this name, or create it.
 *
 *  name     at most 1,024 bytes; NULL: an unnamed lock
 *  options  NULL: plain
 *  Returns  HF_OK, HF_WRONG_TYPE (another type or other options), by mode HF_EXISTS or HF_NO_OBJECT
 */
HF_API HF_MUST_USE hf_status hf_lock_open(hf_client *client, const char *name,
                                          const hf_lock_options *options, hf_lock *lock);

/** Acquire the lock, waiting until it is free.
 *
 *  grant    out; may be NULL
 *
 *  Returns  HF_OK; HF_OWNER_DIED: it is acquired as well (hf_ok() is true of both), but its last
 * holder died while it held it: what it guards may be half changed; HF_TIMEOUT (not acquired);
 *           HF_DEADLOCK (this thread holds it already and it is not re-entrant, or its holder
 *           waits, through any chain of holders, for what this thread holds: the cycle is in
 *           hf_last_detail(); also where a wait in it has a timeout); HF_DELETED
 *  Order    first come, first served (but see hf_lock_acquire_many()); O(1) in the manager
 *  Source   threading.Lock.acquire(blocking, timeout), pthread_mutexattr_setrobust
 */
HF_API HF_MUST_USE hf_status hf_lock_acquire(hf_lock lock, int64_t timeout_ms, hf_grant *grant);

/** Acquire several locks in one step, all or none: no order among them is needed, since this never
 *  has some of them while it waits for others. The cure for deadlocks of those who need several.
 *
 *  locks    all of one client; 1 to 64, none of them twice
 *  grants   out: one for each lock, in that order; where `died.session` is not 0, that lock's
 * holder died; may be NULL
 *
 *  Returns  HF_OK; HF_OWNER_DIED: all are acquired as well, but the last holder of at least one
 * died while it held it. None is acquired by this call: HF_TIMEOUT, HF_DEADLOCK (this thread holds
 * one that is not re-entrant, or something that the holder of one waits for), HF_DELETED (one of
 * them was), HF_INVALID, HF_NO_OBJECT. Not for hf_wait_any_begin(). Order    first come, first
 * served, in the line of each lock: a thread that holds nothing never gets one of them before. One
 * that holds something may, if it is free: the others of the set may be what that thread holds.
 *  Cost     one round trip; grows with `count` in the manager
 *  Source   std::scoped_lock
 */
HF_API HF_MUST_USE hf_status hf_lock_acquire_many(const hf_lock *locks, size_t count,
                                                  int64_t timeout_ms, hf_grant *grants);

/** Release the lock; the longest waiter has it next.
 *
 *  What this thread holds, as far as the library knows, it releases without waiting for an answer:
 *  the lock is free before anything that the thread asks for next is done. That it was not held any
 *  more (somebody has deleted it, or released it where any session may) goes untold then.
 *  Whoever it tells of it past the manager may ask before the manager has read it: where another
 *  thread then tries with a timeout of 0, release with hf_lock_release_checked().
 *
 *  Returns  HF_OK, HF_NOT_HELD (this thread does not hold it; unchanged)
 *  Cost     one message; a round trip where this thread is not known to hold it, or has set a guard
 *  Source   threading.Lock.release
 */
HF_API hf_status hf_lock_release(hf_lock lock);

/** The same, waiting for the manager's word: was it still held when it was released?
 *
 *  Returns  HF_OK; HF_NOT_HELD (this thread does not hold it, or others have released it);
 *           HF_NO_OBJECT (it has been deleted)
 */
HF_API HF_MUST_USE hf_status hf_lock_release_checked(hf_lock lock);

/** Who holds the lock. Returns HF_OK, HF_NOT_HELD (nobody does). */
HF_API HF_MUST_USE hf_status hf_lock_who(hf_lock lock, hf_holder *holder);

/** Hand the lock to another session, however often this thread has acquired it and whoever waits.
 *
 *  session  of a thread that is connected: hf_holder.session, hf_waiter.session. It is not told; it
 *           holds the lock from now on, and releases it once.
 *  grant    out: the new one, for whoever is to be told; may be NULL
 *
 *  Returns  HF_OK; HF_NOT_HELD (this thread does not hold it), HF_VALUE_ERROR (no such session),
 *           HF_DEADLOCK (that session waits for this lock): unchanged
 *  Cost     grows with the number of sessions
 */
HF_API HF_MUST_USE hf_status hf_lock_transfer(hf_lock lock, uint64_t session, hf_grant *grant);

/** Make the calling thread's following calls on this client conditional: they are refused with
 *  HF_STALE_FENCE, unchanged, once the grant with this fence is over. A fence of 0 ends it. A batch
 *  is guarded as a whole, by the guard in force at its finish. No round trip.
 *
 *  Returns  HF_OK, HF_NO_MEMORY (nothing is guarded)
 */
HF_API hf_status hf_guard(hf_lock lock, uint64_t fence);

HF_API hf_any hf_lock_ref(hf_lock lock);
HF_API HF_MUST_USE hf_status hf_lock_from_ref(hf_client *client, hf_any ref, hf_lock *lock);

#ifdef __cplusplus
}
#endif
#endif
