/* SPDX-License-Identifier: MIT
 *
 * The holds of a session: their number, which the manager tells (Reply.holds_left), and the locks
 * among them that this session was granted itself. If a session that holds anything loses its
 * connection, its thread is told. A lock that it was granted is released without an answer.
 */
#ifndef HF_HOLDS_H
#define HF_HOLDS_H

#include "holdfast.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct granted_lock {
    uint64_t id;
    uint64_t party; /* to which */
    uint64_t depth; /* never 0 */
    bool leased;    /* it may be over by now, so its release is answered */
};

struct holds {
    uint32_t told;   /* how many the manager has told of */
    size_t released; /* how many of them are locks released since then, without an answer */
    bool uncertain;  /* since then other requests were sent without an answer */
    size_t gone;     /* that ended with the last reply, of whose end nothing is known yet */
    struct granted_lock *locks;
    size_t lock_count;
    size_t lock_capacity;
};

/* The part of a request that is needed when its reply comes. */
struct holds_request {
    Hf__Request__OpCase op;
    uint64_t object;
    uint64_t party; /* of a leave: the one that leaves */
    bool leased;    /* it asks for a lease */
    bool all;       /* a leave of all parties */
};

struct holds_request holds_request_of(const Hf__Request *request);

/** Whether anything is held, as far as the manager has told. A release that was not answered is
 *  taken as done. */
bool holds_any(const struct holds *holds);

/** Whether anything may be held: no answer has told yet that nothing is. */
bool holds_perhaps(const struct holds *holds);

/** A reply has come, which says how many holds are left; NULL: as many as it was told before. */
void holds_tell(struct holds *holds, const uint32_t *left);

/** Note which locks the request has granted or released, by its reply. */
void holds_note(struct holds *holds, const struct holds_request *request, const Hf__Reply *reply);

/** Whether the request releases a lock that this session was granted without a lease: it will be
 * done, or somebody else has released the lock. */
bool holds_releases(const struct holds *holds, const struct holds_request *request);

/** The request was sent, and will not be answered. */
void holds_post(struct holds *holds, const struct holds_request *request);

/** Nothing is held any more. Releases the memory. */
void holds_forget(struct holds *holds);

#endif
