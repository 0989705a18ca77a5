/* SPDX-License-Identifier: MIT
 *
 * From calls to the records of tasks: how a job is cut into tasks, and what goes over the wire for
 * each.
 */
#ifndef HF_SUBMISSION_H
#define HF_SUBMISSION_H

#include "pool.h"

/* What is to be called. */
struct submission {
    const char *function;
    const hf_any *items; /* of the calls: each an argument, or, if `spread`, a list of them; of a
                            single call: its arguments */
    size_t count;
    enum job_kind kind;
    bool spread;
    size_t chunk;    /* calls in a task; 0: as many as is good for the pool's workers */
    bool calls_back; /* the callbacks of the options count */
    const hf_task_options *options;
};

/** The options given, or the defaults. */
const hf_task_options *submission_options(const hf_task_options *given);

/** Check a submission, and make its job with all tasks, which are NEW, and their records, one after
 *  the other.
 *
 *  job      out: held by the caller
 *  buffer   out: has the records; pool_return_records()
 *  Returns  HF_OK; HF_INVALID; HF_TOO_BIG; HF_SYSTEM (no thread for callbacks); HF_NO_MEMORY
 */
HF_MUST_USE hf_status submission_prepare(const struct submission *submission, struct hf_pool *pool,
                                         struct hf_result **job, struct record_buffer **buffer);

#endif
