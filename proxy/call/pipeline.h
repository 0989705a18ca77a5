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

/* What the calls are collected for. */
enum purpose { PIPELINE, POST, BATCH, WAIT_ANY };

struct collection {
    enum purpose purpose;
    hf_status broken; /* why it cannot be sent */
    struct call_entry *entries;
    size_t count;
    size_t capacity;
    size_t checks;
    struct buffer bytes;
    size_t last_len; /* of the nested request at the end of `bytes`; 0: what is there is none */
    uint64_t first_id;
    int64_t wait_ms; /* the longest timeout */
};

/** Take a call that is complete but for its id into the session's collection. A refusal is returned
 * and also remembered for the finish, since callers need not look. */
HF_MUST_USE hf_status pipeline_collect(struct session *session, struct call *call,
                                       const struct call_entry *entry);

/** For functions that make a check: HF_INVALID unless this thread collects a batch. */
HF_MUST_USE hf_status pipeline_needs_batch(hf_client *client);

/** Drop the session's collection, if there is one, and the memory for the next. */
void pipeline_forget(struct session *session);

#endif
