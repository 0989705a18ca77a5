/* SPDX-License-Identifier: MIT
 *
 * Barriers: threading.Barrier. A number of parties wait for each other, and go on together: one
 * generation after the other. A party is a session, that is a thread of a process; one that dies,
 * times out or is cancelled while it waits breaks the barrier at once, so that the others are not
 * left waiting for it.
 */
#ifndef HOLDFAST_BARRIER_H
#define HOLDFAST_BARRIER_H

#include <holdfast/object.h>

#ifdef __cplusplus
extern "C" {
#endif

/** As a timeout: the one that the barrier was opened with; without one the call does not wait. */
#define HF_BARRIER_TIMEOUT INT64_MIN

typedef struct hf_barrier_options {
    hf_mode mode;
    bool has_timeout;   /**< whether waits with HF_BARRIER_TIMEOUT may wait */
    int64_t timeout_ms; /**< for how long; negative: for ever */
    bool action;        /**< the last party acts before the others go on */
} hf_barrier_options;

/** Open the barrier with this name, or create it.
 *
 *  parties  how many go on together, at least 1
 *  options  NULL: no action, no timeout of its own
 *  Returns  HF_OK, HF_VALUE_ERROR (no parties), HF_WRONG_TYPE (another type, or a barrier with
 * other parties or options), by mode HF_EXISTS or HF_NO_OBJECT Source   threading.Barrier(parties,
 * action, timeout)
 */
HF_API HF_MUST_USE hf_status hf_barrier_open(hf_client *client, const char *name, uint32_t parties,
                                             const hf_barrier_options *options,
                                             hf_barrier *barrier);

/** Wait until all parties have come. The leader of a barrier with an action does not act here: the
 *  others wait until it has said hf_barrier_done(); see hf_barrier_wait_action().
 *
 *  timeout_ms  HF_BARRIER_TIMEOUT: the barrier's own
 *  index       out, may be NULL; 0 to parties - 1 in order of arrival, each once in a generation;
 * with an action, the leader is the one with parties - 1
 *
 *  Returns  HF_OK; HF_TIMEOUT: the others are told HF_BROKEN (Python tells both the same);
 *           HF_BROKEN: the detail says by whom and why; HF_DELETED. Who comes while an action runs
 *           belongs to the next generation, and breaks nothing if its time is up before that
 * begins. With a timeout of 0 only the last party succeeds; the others get HF_TIMEOUT, and the
 *           barrier does not break
 *  Cost     one round trip; O(1) in the manager, the last party's O(parties)
 *  Source   threading.Barrier.wait(timeout)
 */
HF_API HF_MUST_USE hf_status hf_barrier_wait(hf_barrier barrier, int64_t timeout_ms,
                                             uint32_t *index);

/** What the leader does. */
typedef void hf_barrier_action(void *argument);

/** The same; where this thread is the leader, it runs the action before the others go on. If the
 *  leader's process dies within it, the barrier breaks.
 *
 *  Returns  as hf_barrier_wait(), and HF_BROKEN to a leader that has acted when the barrier broke
 *           meanwhile (another party timed out, or somebody aborted it); HF_NOT_HELD when it was
 * reset Cost     the leader's: two round trips Source   threading.Barrier(parties, action)
 */
HF_API HF_MUST_USE hf_status hf_barrier_wait_action(hf_barrier barrier, int64_t timeout_ms,
                                                    hf_barrier_action *action, void *argument,
                                                    uint32_t *index);

/** The leader has acted: the others go on.
 *
 *  Returns  HF_OK, HF_BROKEN, HF_NOT_HELD (this thread is not the leader)
 */
HF_API HF_MUST_USE hf_status hf_barrier_done(hf_barrier barrier);

/** Break it: those who wait, and who come later, get HF_BROKEN. Source: threading.Barrier.abort */
HF_API hf_status hf_barrier_abort(hf_barrier barrier);

/** Make it as new; those who wait get HF_BROKEN. Source: threading.Barrier.reset */
HF_API hf_status hf_barrier_reset(hf_barrier barrier);

/** Source: threading.Barrier.parties, n_waiting, broken */
HF_API HF_MUST_USE hf_status hf_barrier_parties(hf_barrier barrier, uint64_t *parties);
HF_API HF_MUST_USE hf_status hf_barrier_waiting(hf_barrier barrier, uint64_t *waiting);
HF_API HF_MUST_USE hf_status hf_barrier_broken(hf_barrier barrier, bool *broken);

HF_API hf_any hf_barrier_ref(hf_barrier barrier);
HF_API HF_MUST_USE hf_status hf_barrier_from_ref(hf_client *client, hf_any ref,
                                                 hf_barrier *barrier);

#ifdef __cplusplus
}
#endif
#endif
