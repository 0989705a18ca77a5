/* SPDX-License-Identifier: MIT
 *
 * Collecting calls for one round trip: the inside of <holdfast/pipeline.h>.
 */
#ifndef HF_PIPELINE_H
#define HF_PIPELINE_H

#include "buffer.h"
#include "session.h"

struct call;
struct call_entry;

enum purpose { PIPELINE, POST, BATCH, WAIT_ANY };

struct collection {
    enum purpose purpose;
    hf_status broken; /* why it cannot be sent; HF_OK: it can */
    struct call_entry *entries;
    size_t count;
    size_t capacity;
    size_t checks;
    bool atomic;   /* a batch: all or nothing */
    size_t undone; /* how many calls were undone, as the next one was refused */
    struct buffer bytes;
    size_t
        last_len; /* of the nested request at the end of `bytes`; 0: a check is there, or nothing */
    uint64_t first_id;
    uint64_t oldest; /* the smallest id of an object in `bytes` */
    bool follows;    /* a call goes on with what was begun in this run */
    int64_t wait_ms; /* the longest timeout */
    bool patient;    /* a call waits for a lock, whatever its timeout */
    bool opens;      /* entries have memory of their own: what opens an object */
};

/** Add a call that is complete but for its id to the session's collection. A refusal is returned
 * and also remembered for the finish, because a caller may ignore it here. */
HF_MUST_USE hf_status pipeline_collect(struct session *session, struct call *call,
                                       const struct call_entry *entry);

/** HF_OK if this thread collects a batch, else HF_INVALID. For functions that make a check. */
HF_MUST_USE hf_status pipeline_needs_batch(hf_client *client);

/** Free the session's collection, if it has one, and the memory that was kept for the next. */
void pipeline_forget(struct session *session);

#endif
