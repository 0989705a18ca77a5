/* SPDX-License-Identifier: MIT
 *
 * Streams: what imap gives results from. Its tasks are handed over as results are taken, so that a
 * long one does not fill the pool, nor this process with results that nobody has asked for.
 */
#ifndef HF_STREAM_H
#define HF_STREAM_H

#include "pool.h"

struct hf_results {
    struct hf_result *job;
    bool in_order;

    /* Under the mutex. */
    struct buffer records; /* of the tasks that were not handed over */
    size_t handed;         /* tasks */
    size_t taken;          /* tasks whose results are being given, or were */
    struct task *current;  /* the latest of them; NULL: all its results were given */
    size_t next_call;      /* of it */
    size_t next_failure;
    struct link in_streams; /* of the pool, while tasks have not been handed over */
};

/** Hand over all that is left of all streams of a pool. Under its mutex. */
void streams_flush(struct hf_pool *pool);

/** What was not handed over of them ends with this status, and the calling thread's detail. Under
 * its mutex. */
void streams_end(struct hf_pool *pool, hf_status status);

#endif
