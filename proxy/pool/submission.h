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
    size_t chunk; /* calls in a task; 0: as many as is good for so many workers */
    size_t workers;
    bool calls_back; /* the callbacks of the options count */
    const hf_task_options *options;
};

/** Whether it can be asked for at all. Returns HF_OK; HF_INVALID; HF_TOO_BIG. */
HF_MUST_USE hf_status submission_check(const struct submission *submission);

/** A job with all its tasks, which are NEW. NULL: no memory (the detail says so). */
struct hf_result *submission_job(const struct submission *submission, struct hf_pool *pool);

/** Write the records of all tasks of the job, one after the other, with tags from this one on.
 * Returns HF_OK; HF_INVALID, HF_TOO_BIG; HF_NO_MEMORY. */
HF_MUST_USE hf_status submission_write(const struct submission *submission, struct hf_result *job,
                                       uint64_t tag, struct pen *pen);

#endif
