/* SPDX-License-Identifier: MIT
 *
 * From calls to records: cut the calls of a job into tasks, and encode a record for each task.
 */
#ifndef HF_SUBMISSION_H
#define HF_SUBMISSION_H

#include "pool.h"

/* The calls that a function of <holdfast/pool.h> submits. */
struct submission {
    const char *function;
    const hf_any *items; /* JOB_ONE: the arguments of the call; else one for each call: its argument
                          * or, if `spread`, a list of its arguments */
    size_t count;
    enum job_kind kind;
    bool spread;
    size_t chunk;    /* calls in a task; 0: by the number of the pool's workers */
    bool calls_back; /* with the callbacks of the options */
    const hf_task_options *options;
};

/** A submission with the given options; with the defaults if they are NULL. A stream's tasks have
 * one call each unless the options say otherwise. */
struct submission submission_of(enum job_kind kind, const char *function, const hf_any *items,
                                size_t count, const hf_task_options *options, bool spread);

/** Check a submission. Make its job, whose tasks are NEW, and the records of all tasks, in order.
 *
 *  job      out: held by the caller
 *  buffer   out: with the records; the caller calls pool_return_records()
 *  Returns  HF_OK; HF_INVALID; HF_TOO_BIG; HF_SYSTEM (no thread for callbacks); HF_NO_MEMORY
 */
HF_MUST_USE hf_status submission_prepare(const struct submission *submission, struct hf_pool *pool,
                                         struct hf_result **job, struct record_buffer **buffer);

#endif
