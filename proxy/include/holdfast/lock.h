/* SPDX-License-Identifier: MIT
 *
 * Locks: threading.Lock, threading.RLock and a robust mutex in one.
 *
 * The owner of a lock is a session: a thread of a process. When the session ends, in whatever way,
 * the lock goes to the next waiting call, which learns of it from HF_OWNER_DIED. Waiting calls are
 * served in order of arrival.
 *
 * A holder that is stopped (a debugger, a suspended machine) is not dead, and holds the lock for as
 * long. With a lease it loses the lock, as by a death, unless it extends the lease in time. It may
 * still believe that it holds it, so its changes belong under a guard: hf_guard().
 */
#ifndef HOLDFAST_LOCK_H
#define HOLDFAST_LOCK_H

#include <holdfast/object.h>

HF_BEGIN_DECLS

typedef struct hf_lock_options {
    hf_mode mode;
    bool reentrant;       /**< its holder may acquire it again, and releases it as often */
    bool any_may_release; /**< any session may release it, as Python's Lock allows */
    bool keep;            /**< stays held when its holder dies; then any session may release it */
    bool keep_on_leave;   /**< the same when its holder leaves in order: hf_client_leave(); a lease
                           *   runs on. Without it that is HF_OWNER_DIED for the next holder, too */
    uint64_t reserved[8]; /**< zeros */
} hf_lock_options;

#define HF_LOCK_OPTIONS HF_ZEROS

/** The grant of an acquire. */
typedef struct hf_grant {
    uint64_t fence; /**< greater than that of any grant before it, of any object of this manager,
                       and of earlier runs of it (docs/guarantees.md); below 2^53 */
    uint32_t depth; /**< how often it is now held: 1, or more for a re-entrant lock; for a
                       semaphore, how many permits */
    hf_holder died; /**< with HF_OWNER_DIED: the last holder, and in died.lost how it has lost the
                       grant; died.session is 0 otherwise */
    uint64_t reserved[4]; /**< zeros */
} hf_grant;

/** Open the lock with this name, or create it.
 *
 *  options  borrowed; NULL: plain
 *  Returns  HF_OK; HF_WRONG_TYPE (another type, or a lock with other options); HF_EXISTS or
 *           HF_NO_OBJECT (by mode)
 *  Source   threading.Lock(), threading.RLock()
 */
HF_API HF_MUST_USE hf_status hf_lock_open(hf_client *client, const char *name,
                                          const hf_lock_options *options, hf_lock *lock);

/** Acquire the lock, waiting until it is free.
 *
 *  grant    out
 *  Returns  HF_OK; HF_OWNER_DIED (acquired as well, hf_ok() is true of both; but its last holder
 *           died while it held it, or lost it to a lease, and the data that it protects may be half
 *           changed); HF_TIMEOUT
 *           (not acquired); HF_DEADLOCK (not acquired: this thread holds it already and it is
 *           neither reentrant nor any_may_release; or its holder waits, through any chain of
 *           holders, for something that this thread holds: the cycle is in hf_last_detail(). A
 *           timeout of a wait in the cycle makes no difference); HF_DELETED
 *  Order    first come, first served (but see hf_lock_acquire_many())
 *  Cost     O(1) in the manager, and a walk over the chain of holders if this thread holds
 *           something
 *  Source   threading.Lock.acquire(blocking, timeout), pthread_mutexattr_setrobust
 */
HF_API HF_MUST_USE hf_status hf_lock_acquire(hf_lock lock, int64_t timeout_ms, hf_grant *grant);

/** Acquire the lock for a time: when the lease ends, the lock goes to the next call, whatever this
 *  thread does, and that call gets HF_OWNER_DIED.
 *
 *  lease_ms  at least 1, from the grant on. For a re-entrant lock that this thread holds: from now
 *            on, in place of the lease that it has; hf_lock_acquire() leaves the lease as it is
 *  Returns   as hf_lock_acquire(); HF_INVALID (a lease of 0 or less)
 *  Cost      as hf_lock_acquire(); hf_lock_release() waits for the answer, which tells whether the
 *            lease had ended (HF_NOT_HELD)
 */
HF_API HF_MUST_USE hf_status hf_lock_acquire_leased(hf_lock lock, int64_t lease_ms,
                                                    int64_t timeout_ms, hf_grant *grant);

/** Let the lease of this thread's grant end `lease_ms` from now. A grant without one has one then.
 *
 *  Returns  HF_OK; HF_NOT_HELD (this thread does not hold the lock, or not any more); HF_INVALID
 */
HF_API HF_MUST_USE hf_status hf_lock_extend(hf_lock lock, int64_t lease_ms);

/** Acquire several locks in one step: all, or none. While the call waits it holds none of them, so
 *  threads that need several locks cannot deadlock over their order.
 *
 *  locks    borrowed; all of one client, none of them twice
 *  count    1 to 64
 *  grants   out, `count` of them: one for each lock, in that order; if `died.session` is not 0, the
 *           last holder of that lock died while it held it
 *  Returns  HF_OK; HF_OWNER_DIED (all are acquired as well, but the last holder of at least one
 *           died). None is acquired by this call after HF_TIMEOUT; HF_DEADLOCK (as
 *           hf_lock_acquire(), for any of them); HF_DELETED (one of
 *           them was deleted); HF_INVALID (no locks, too many, one twice, not all of one client; or
 *           between hf_wait_any_begin() and its finish); HF_NO_OBJECT; HF_WRONG_TYPE
 *  Order    first come, first served at each lock: a thread that holds nothing never gets one of
 *           them before this call. A thread that holds something may get one that is free, since
 *           this call may be waiting for what that thread holds
 *  Cost     one round trip; O(count squared) in the manager
 *  Source   std::scoped_lock
 */
HF_API HF_MUST_USE hf_status hf_lock_acquire_many(const hf_lock *locks, size_t count,
                                                  int64_t timeout_ms, hf_grant *grants);

/** The same with a lease for each of them, as hf_lock_acquire_leased(). */
HF_API HF_MUST_USE hf_status hf_lock_acquire_many_leased(const hf_lock *locks, size_t count,
                                                         int64_t lease_ms, int64_t timeout_ms,
                                                         hf_grant *grants);

/** Release the lock. It goes to the call that has waited longest.
 *
 *  A lock that this thread is known to hold is released without waiting for a reply: the manager
 *  releases it before it does anything that this thread asks for next. Then the caller does not
 *  learn that the lock was not held any more: it was deleted, another session released it, or
 *  somebody has broken the grant (hf_object_break()). But once a reply to this thread has told that
 *  one of its holds is gone, the next releases wait for their replies. A thread that hears of the
 *  release in another way may try the lock before the manager has read the release: if such a
 *  thread tries with a timeout of 0, use hf_lock_release_checked().
 *
 *  Returns  HF_OK; HF_NOT_HELD (this thread does not hold it; unchanged)
 *  Cost     one message; a round trip if this thread is not known to hold the lock, holds it under
 *           a lease, or has set a guard
 *  Source   threading.Lock.release
 */
HF_API hf_status hf_lock_release(hf_lock lock);

/** Release the lock and wait for the reply, which tells whether it was still held.
 *
 *  Returns  HF_OK; HF_NOT_HELD (this thread does not hold it, or others have released it);
 *           HF_NO_OBJECT (it was deleted)
 */
HF_API HF_MUST_USE hf_status hf_lock_release_checked(hf_lock lock);

/** Tell who holds the lock.
 *
 *  holder   out; it owns no memory
 *  Returns  HF_OK; HF_NOT_HELD (nobody does)
 */
HF_API HF_MUST_USE hf_status hf_lock_who(hf_lock lock, hf_holder *holder);

/** End the grant with this fence, whoever has it: hf_object_break(). Usually that of hf_lock_who().
 *
 *  Returns  HF_OK; HF_NOT_HELD (the grant is over already)
 */
HF_API HF_MUST_USE hf_status hf_lock_break(hf_lock lock, uint64_t fence);

/** Give the lock to another session, however often this thread has acquired it and before all
 *  waiting calls. The new grant has no lease.
 *
 *  session  of a connected thread: hf_holder.session, hf_waiter.session. It gets no message; it
 *           holds the lock from now on, and releases it once
 *  party    of that session: hf_holder.party, hf_waiter.party; 0: the thread itself
 *  grant    out: the new grant, for the caller to pass on
 *  Returns  HF_OK; HF_NOT_HELD (this thread does not hold it), HF_VALUE_ERROR (no such session),
 *           HF_DEADLOCK (the receiver waits for this lock): unchanged
 *  Cost     O(sessions) in the manager
 */
HF_API HF_MUST_USE hf_status hf_lock_transfer(hf_lock lock, uint64_t session, uint64_t party,
                                              hf_grant *grant);

/** Make the calling thread's following calls on this client conditional: after the grant with this
 *  fence is over, they are refused with HF_STALE_FENCE and change nothing.
 *
 *  A batch is guarded as a whole, by the guard in force at its finish. A thread has one guard, that
 *  of hf_queue_guard() is the same; hf_party() does not change it, so fibers set it anew after each
 *  switch. Another thread begins without one; a child after fork() keeps it.
 *
 *  fence    hf_grant.fence; 0: the following calls have no condition
 *  Returns  HF_OK; HF_INVALID (a handle that was never opened), HF_NO_MEMORY: the guard is as
 *           before
 *  Cost     no round trip
 */
HF_API hf_status hf_guard(hf_lock lock, uint64_t fence);

HF_API hf_any hf_lock_ref(hf_lock lock);
HF_API HF_MUST_USE hf_status hf_lock_from_ref(hf_client *client, hf_any ref, hf_lock *lock);

HF_END_DECLS
#endif
