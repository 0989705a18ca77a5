/* SPDX-License-Identifier: MIT
 *
 * Bells: how hf_interrupt(), which may run in a signal handler, ends the waits of other threads. A
 * thread has one bell for each client, its copies included, from its first call with it on. The
 * bells of a client are in a list that only grows, so that they are found without a lock; a bell
 * that no thread uses is used again.
 *
 *     QUIET --about to sleep--> ASLEEP --by an interrupter--> CLAIMED
 *       ^----------awake----------' ^---------it has rung--------'
 *
 * An interrupter first counts the interrupt, then looks for threads that are asleep. A thread first
 * says that it is asleep, then looks at the count. Both are sequentially consistent, so one of the
 * two sees the other, and no interrupt is missed. Only its thread writes to a bell that is quiet,
 * and only the interrupter to one that is claimed: it may send on the thread's socket, since the
 * thread sleeps and has sent all that it had.
 *
 * A thread notices an interrupt when a wait ends with HF_CANCELLED, or when a wait that it asked to
 * end loses its connection. It takes all that were counted until then for one. A call that is done
 * nevertheless leaves the interrupt to the next wait.
 *
 * A bell may be NULL: of a thread that is not to be interrupted.
 */
#ifndef HF_BELL_H
#define HF_BELL_H

#include "sockets.h"

#include <holdfast/status.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct bell;
struct bells;

/** The program's hook for waits that a signal interrupts: hf_client_options. */
struct bell_hook {
    bool (*interrupted)(void *data); /* NULL: nothing */
    void *data;
};

/** The bells of a client, with one user. NULL: no memory. */
struct bells *bells_new(struct bell_hook hook);

/** One more user; one less. The last one frees them. */
struct bells *bells_share(struct bells *bells);
void bells_drop(struct bells *bells);

/** Interrupt every thread; or, if `tid` is not 0, that one. Async-signal-safe. Returns whether
 * there is a thread that has a bell. */
bool bells_ring(struct bells *bells, pid_t tid);

/* ---- for the thread that has the bell ---- */

/** A bell for the calling thread. NULL: no memory. */
struct bell *bell_take(struct bells *bells);

/** One more of the thread's sessions has it; one less. */
struct bell *bell_share(struct bell *bell);
void bell_leave(struct bell *bell);

bool bell_is_of(const struct bell *bell, const struct bells *bells);

/** After a fork, in the child. */
void bell_renew(struct bell *bell);

/** From now on the thread waits for the answer to a call: its sleeps may be interrupted.
 *
 *  call    the id of the request that waits
 *  cut_ms  an interrupt that comes so long after one that was not answered shuts the connection;
 *          negative: none does
 */
void bell_wait_for_call(struct bell *bell, uint64_t call, int64_t cut_ms);

/** The same while it connects; an interrupt shuts the connection. */
void bell_wait_for_peer(struct bell *bell);

/** The wait is over. */
void bell_rest(struct bell *bell);

/** The same for the end of a call, which may have noticed the interrupts until now.
 *
 *  cancelled  it has, as it was cancelled
 *  lost       it has come to nothing with its connection: it has, if it was asked to end
 */
void bell_end(struct bell *bell, bool cancelled, bool lost);

/** Whether the thread waits, and was interrupted or told so by the hook. Once it has noted that it
 * asked for the end of its wait, this is false. */
bool bell_rings(const struct bell *bell);

/** Whether the thread is connecting. */
bool bell_connects(const struct bell *bell);

/** The thread has asked for the end of its wait. */
void bell_note_cancel(struct bell *bell);

/** Its wait has ended because of all interrupts until now. */
void bell_answer(struct bell *bell);

/** It is about to sleep until something comes by this socket. Returns bell_rings(); then it does
 * not sleep.
 *
 *  may_send  it has sent all that it had, so that an interrupter may send
 */
bool bell_sleep(struct bell *bell, const struct tracked_socket *socket, bool may_send);

/** It is awake. Does nothing if it was not asleep. */
void bell_wake(struct bell *bell);

/** How long it may sleep at most before it asks the hook; negative: there is none to be asked. */
int64_t bell_nap_ms(const struct bell *bell);

/** Ask the hook, if there is one. Returns whether it ends the wait. If the thread has asked for the
 * end already, the hook may shut the connection, as an interrupt does: bell_wait_for_call(). */
bool bell_ask(struct bell *bell);

/** A whole wait in this process, until `sem` is posted. HF_CANCELLED: it was interrupted, which the
 * caller still has to answer. HF_TIMEOUT: the deadline has passed. The thread may be cancelled. */
HF_MUST_USE hf_status bell_await(struct bell *bell, sem_t *sem, int64_t deadline_ms);

#endif
