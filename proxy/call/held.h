/* SPDX-License-Identifier: MIT
 *
 * What a session holds, as far as the replies to its own calls tell: locks, permits, leases, ends
 * of pipes ... While it holds anything, a lost connection must not be replaced in silence.
 *
 * It is exact for what this session does itself. What others do to it is learnt with the next reply
 * that tells of it: of a lock that somebody else has released, of a lease that has run out, this is
 * an upper bound, and what another session has handed over is not known at all.
 *
 * A new operation that grants, or lets go, has its place in held_note().
 */
#ifndef HF_HELD_H
#define HF_HELD_H

#include "holdfast.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One thing that is held: an object, or that part of it (a delivery of a queue, an end of a pipe).
 */
struct held_item {
    uint64_t object;
    uint64_t part;
    uint64_t count; /* how deep, or how many permits; never 0 */
};

struct held {
    struct held_item *items;
    size_t count;
    size_t capacity;
    bool unknown; /* something was granted that there was no memory to note */
};

/* Of a request, what has to be remembered until its reply comes. */
struct held_request {
    Hf__Request__OpCase op;
    uint64_t object;
    uint64_t part;
    uint64_t count;
};

struct held_request held_request_of(const Hf__Request *request);

/** Note what a reply says about what is held. */
void held_note(struct held *held, const struct held_request *request, const Hf__Reply *reply);

bool held_any(const struct held *held);

/** Whether a request releases a lock that is held, as far as is known: it will be done, or there is
 * nothing left to be done. */
bool held_releases(const struct held *held, const struct held_request *request);

/** Nothing is held any more. Releases the memory. */
void held_forget(struct held *held);

#endif
