/* SPDX-License-Identifier: MIT
 *
 * Calls: everything that is done around an operation, once for all of them.
 *
 *             call_new                       decode (session.c)            call_serve
 *     idle --------------> empty ------------------------------> decoded -------------> running
 *       ^                                                                                |    |
 *       |                          done or refused: call_finish                          |    | HF_WAIT
 *       '--------------------------------------------------------------------------------'    v
 *       '---- settled, expired, cancelled, deleted, drained; vanished with its session ---- parked
 *
 * A parked call is in three places: in a lane of its object (in order of arrival), in its owner's
 * list, and, if it has a timeout, in the heap of deadlines. Between two requests no call that is
 * the first in its lane, or may pass the first, could proceed: calls_settle() sees to that after
 * whatever may have changed an object.
 */
#ifndef HF_CALL_H
#define HF_CALL_H

#include "object.h"
#include "registry.h"

#include <stdint.h>

enum { CALLS_SCRATCH_BYTES = 16 << 10 };

struct calls {
    struct registry registry;
    struct heap deadlines;
    struct link idle; /* calls to be used again */
    size_t idle_count;
    size_t waiting;
    size_t waiting_per_owner_max;
    size_t sessions; /* for statistics */
    uint64_t served;
    int64_t started_ms;
    void (*answer)(struct owner *owner, const Hf__Reply *reply);
    uint8_t batch_scratch[CALLS_SCRATCH_BYTES]; /* where the replies of a batch are packed first */
};

void calls_init(struct calls *calls, void (*answer)(struct owner *owner, const Hf__Reply *reply));
/** No call may be parked any more. */
void calls_fini(struct calls *calls);

/** An empty call for this owner, to be decoded into; NULL: no memory. */
struct call *call_new(struct calls *calls, struct owner *owner);

/** Drop a call that is not parked, unanswered. */
void call_drop(struct call *call);

/** Serve the request that has been decoded into the call's arena: answers it now, or parks it. */
void call_serve(struct call *call, Hf__Request *request);

/** Run one request as part of a call, with all that is done around an operation but waiting.
 * Returns the status of the operation, HF_WAIT too; then `op` and `object` say where to wait. */
HF_MUST_USE hf_status call_run(struct call *call, const Hf__Request *request);

/** End a call that waits, answered with this status, unless its object's type has other plans for
 * it. */
void call_end(struct call *call, hf_status status);

/** Resume every parked call that can proceed now, and free what is no longer there. */
void calls_settle(struct calls *calls);

/** Run the wakes that are due, and end the calls whose deadline has come. */
void calls_expire(struct calls *calls);

/** The earliest deadline or wake; -1: none. */
int64_t calls_next_deadline(const struct calls *calls);

/** End all calls that wait for this owner, answered with `status`. */
void calls_end_all(struct calls *calls, struct owner *owner, hf_status status);

/** The session is over: its parked calls vanish, what it holds is released and goes to others. */
void calls_owner_gone(struct calls *calls, struct owner *owner);

#endif
