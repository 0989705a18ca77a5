/* SPDX-License-Identifier: MIT
 *
 * Streams: the results of imap. The pool accepts the tasks of a stream as its results are taken, so
 * a long stream fills neither the pool with tasks nor this process with results.
 */
#ifndef HF_STREAM_H
#define HF_STREAM_H

#include "pool.h"

struct hf_results {
    struct hf_result *job;
    bool in_order;

    /* Under the mutex. */
    struct buffer records; /* of the tasks that were not accepted yet */
    size_t accepted;       /* tasks; also those that were refused */
    size_t taken;          /* tasks whose results were given, or are being given */
    struct task *current;  /* the last of them; NULL: all its results were given */
    size_t next_call;      /* of it */
    size_t next_failure;
    struct link in_streams; /* of the pool, while tasks were not accepted yet */
};

/** Under the mutex: accept all tasks that are left of all streams of a pool. */
void streams_flush(struct hf_pool *pool);

/** Under the mutex: end the tasks that are left with this status and the calling thread's detail.
 */
void streams_end(struct hf_pool *pool, hf_status status);

#endif
