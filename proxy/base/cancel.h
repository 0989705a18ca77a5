/* SPDX-License-Identifier: MIT
 *
 * The program's threads may be cancelled (pthread_cancel) in any function of the library that
 * waits. One rule keeps all else usable:
 *
 * - A thread that holds a lock is not cancelled: fork_lock() and pool_lock() switch cancellation
 *   off, and only pool_wait(), which releases the lock, allows it meanwhile.
 * - A function that waits with anything to be undone has a cleanup handler that undoes it: it drops
 *   the session, frees the memory, ends the job.
 * - Code that cannot be undone runs with cancellation off: to start and to release something, and
 *   functions of other libraries, which may hold a lock of their own.
 *
 * The library is compiled with -fexceptions, so a cleanup handler costs nothing unless it runs.
 */
#ifndef HF_CANCEL_H
#define HF_CANCEL_H

#include <poll.h>
#include <pthread.h>

/** From now on the calling thread is not cancelled. Returns the state before, for
 * cancel_restore(). */
int cancel_off(void);
void cancel_restore(int before);

/** At the beginning of a function that may wait: a thread that was cancelled ends here, even if it
 * need not wait. */
void cancel_point(void);

/** poll() in which the thread may be cancelled if that is its state `before`. Otherwise, before and
 * after it, cancellation is off. */
int cancel_poll(struct pollfd *polls, nfds_t count, int timeout_ms, int before);

#endif
