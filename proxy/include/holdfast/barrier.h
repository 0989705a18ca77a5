/* SPDX-License-Identifier: MIT
 *
 * Barriers: threading.Barrier. A fixed number of parties wait for each other and go on together,
 * one generation after the other. A party is a session: a thread of a process. If a party dies,
 * times out or is cancelled while it waits, the barrier breaks at once, so that the others do not
 * wait for it.
 */
#ifndef HOLDFAST_BARRIER_H
#define HOLDFAST_BARRIER_H

#include <holdfast/object.h>

HF_BEGIN_DECLS

/** As a timeout: the one that the barrier was opened with; without one the call does not wait. */
#define HF_BARRIER_TIMEOUT INT64_MIN

typedef struct hf_barrier_options {
    hf_mode mode;
    bool has_timeout;     /**< waits with HF_BARRIER_TIMEOUT take timeout_ms; false: 0 */
    int64_t timeout_ms;   /**< negative: no limit */
    bool action;          /**< the last party runs an action before the others go on */
    uint64_t reserved[8]; /**< zeros */
} hf_barrier_options;

#define HF_BARRIER_OPTIONS HF_ZEROS

/** Open the barrier with this name, or create it.
 *
 *  parties  how many go on together, at least 1
 *  options  borrowed; NULL: no action, no timeout of its own
 *  Returns  HF_OK; HF_VALUE_ERROR (0 parties); HF_WRONG_TYPE (another type, or a barrier with other
 *           parties or options); HF_EXISTS or HF_NO_OBJECT (by mode)
 *  Source   threading.Barrier(parties, action, timeout)
 */
HF_API HF_MUST_USE hf_status hf_barrier_open(hf_client *client, const char *name, uint32_t parties,
                                             const hf_barrier_options *options,
                                             hf_barrier *barrier);

/** Wait until all parties have come.
 *
 *  With an action, the last party is the leader: this call returns to it alone, and the others wait
 *  until it has called hf_barrier_done(). hf_barrier_wait_action() does both. A call that comes
 *  meanwhile belongs to the next generation: it waits for the action to end before it counts as a
 *  party, and breaks nothing if its time is up before that.
 *
 *  timeout_ms  HF_BARRIER_TIMEOUT: the barrier's own; 0: only the last party succeeds, the others
 *              get HF_TIMEOUT and the barrier does not break
 *  index       out: 0 to parties - 1 in order of arrival, each once in a generation; the leader has
 *              parties - 1
 *  Returns     HF_OK; HF_TIMEOUT (the barrier is broken and the others get HF_BROKEN; Python tells
 *              both the same); HF_CANCELLED (hf_interrupt(): the barrier is broken as by a timeout;
 *              a signal alone does not end this wait); HF_BROKEN (the detail says by whom and why);
 *              HF_DELETED
 *  Source      threading.Barrier.wait(timeout)
 */
HF_API HF_MUST_USE hf_status hf_barrier_wait(hf_barrier barrier, int64_t timeout_ms,
                                             uint32_t *index);

/** The action of the leader. */
typedef void hf_barrier_action(void *argument);

/** Wait until all parties have come; if this thread is the leader, run the action before the others
 *  go on.
 *
 *  If the leader's process dies in the action, the barrier breaks.
 *
 *  action    run in the calling thread
 *  argument  passed to the action
 *  Returns   as hf_barrier_wait(); to a leader that has run the action: HF_BROKEN (the barrier
 *            broke meanwhile: somebody aborted it), HF_NOT_HELD (it was reset meanwhile)
 *  Cost      one round trip; two for the leader
 *  Source    threading.Barrier(parties, action)
 */
HF_API HF_MUST_USE hf_status hf_barrier_wait_action(hf_barrier barrier, int64_t timeout_ms,
                                                    hf_barrier_action *action, void *argument,
                                                    uint32_t *index);

/** Tell the manager that the leader has acted: the others go on.
 *
 *  Returns  HF_OK; HF_BROKEN (the barrier broke meanwhile); HF_NOT_HELD (this thread is not the
 *           leader, or the barrier was reset)
 */
HF_API HF_MUST_USE hf_status hf_barrier_done(hf_barrier barrier);

/** Break the barrier: all waiting calls, and later ones, get HF_BROKEN until it is reset.
 *  Source: threading.Barrier.abort */
HF_API hf_status hf_barrier_abort(hf_barrier barrier);

/** Make the barrier as new; all waiting calls get HF_BROKEN. Source: threading.Barrier.reset */
HF_API hf_status hf_barrier_reset(hf_barrier barrier);

/** Get how many parties go on together, how many of them wait now, and whether the barrier is
 *  broken.
 *  Source: threading.Barrier.parties, n_waiting, broken */
HF_API HF_MUST_USE hf_status hf_barrier_parties(hf_barrier barrier, uint64_t *parties);
HF_API HF_MUST_USE hf_status hf_barrier_waiting(hf_barrier barrier, uint64_t *waiting);
HF_API HF_MUST_USE hf_status hf_barrier_broken(hf_barrier barrier, bool *broken);

HF_API hf_any hf_barrier_ref(hf_barrier barrier);
HF_API HF_MUST_USE hf_status hf_barrier_from_ref(hf_client *client, hf_any ref,
                                                 hf_barrier *barrier);

HF_END_DECLS
#endif
