/* SPDX-License-Identifier: MIT
 *
 * Pending requests: from the frame to the reply. A request is decoded into the memory of a struct
 * pending, which then makes one attempt after the other (call.h) until one of them does not wait.
 *
 *              pending_new()         pending_serve()           HF_WAIT
 *        IDLE ----------------> NEW -------------------> RUNNING -------> PARKED
 *          ^                     |                        |   ^             |
 *          |<--- not decoded ----'                        |   '-------------'
 *          '--- answered, or its session is over ---------'   calls_settle(): another attempt;
 *                                                             pending_end(): timed out, cancelled,
 *                                                             deleted; drained; session over
 *
 * A parked one is in one or more lanes of objects (by its waiters, in order of arrival), in the
 * lists of its owner and its session, and, if it has a timeout, in the heap of deadlines. Between
 * two frames no parked request whose turn it is could proceed: calls_settle() resumes them after
 * everything that may have changed an object.
 */
#ifndef HF_PENDING_H
#define HF_PENDING_H

#include "object.h"
#include "registry.h"

#include <stdint.h>

enum { CALLS_SCRATCH_BYTES = 16 << 10 };

/** All pending requests of a core. */
struct calls {
    struct registry registry;
    struct heap deadlines;
    struct link idle; /**< pending requests to be used again */
    size_t idle_count;
    size_t waiting;
    size_t waiting_per_session_max;
    size_t sessions; /**< for statistics */
    uint64_t served;
    size_t receiving_bytes; /**< that the world keeps of frames that have come in part */
    /** Whether the reply has been sent, whole. */
    bool (*answer)(struct owner *owner, const Hf__Reply *reply);
    uint8_t scratch[CALLS_SCRATCH_BYTES]; /**< the replies of a batch are packed here first */
};

void calls_init(struct calls *calls, bool (*answer)(struct owner *owner, const Hf__Reply *reply));
/** No request may be parked any more. */
void calls_fini(struct calls *calls);

/** A pending request without a request yet: its arena takes the decoded one. NULL: no memory. */
struct pending *pending_new(struct calls *calls, struct owner *owner);

/** Drop a pending request that is not parked. It gets no answer. */
void pending_drop(struct pending *pending);

/** Serve the request that has been decoded into the arena: answer it now, or park it. */
void pending_serve(struct pending *pending, Hf__Request *request);

/** End a parked request, answered with this status, unless its type's `abandon` lets it wait on. */
void pending_end(struct pending *pending, hf_status status);

/** Resume all that are parked and can proceed now, and free the objects that are gone. */
void calls_settle(struct calls *calls);

/** Run the wakes that are due, and end the calls whose deadline has come; if there are very many,
 * only some. */
void calls_expire(struct calls *calls);

/** The earliest deadline or wake; -1: none. */
int64_t calls_next_deadline(const struct calls *calls);

/** End all waiting calls of a session, answered with `status`. */
void calls_end_all(struct calls *calls, struct owners *owners, hf_status status);

/** The session is over: its parked calls vanish, its holds end, and the next waiters get grants.
 * Returns whether it had so many holds that some are left for calls_owners_release(). */
bool calls_owners_gone(struct calls *calls, struct owners *owners);

/** Let some more of its holds end. Returns whether some are left. */
bool calls_owners_release(struct calls *calls, struct owners *owners);

#endif
