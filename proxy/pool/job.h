/* SPDX-License-Identifier: MIT
 *
 * Jobs: what apply, map and imap have asked for, and what has come of it. A job is one call of a
 * function or many; its calls go to the pool in tasks, which end one by one. A hf_result is a job.
 *
 *     NEW --into the outbox--> HERE --sent by the feeder--> SENT --its result came--> COLLECTED
 *      |                       |  ^---the pool had no room---'|                          |
 *      '-----not accepted------'-----cancelled, pool over-----'--------> ENDED <---------'
 *
 * A task ends once, by job_end_task() under the mutex; pool_unlock() then notifies those who wait for
 * it. A job is held by its user and, for each of its tasks, by every list that has the task; the
 * last of them to drop it frees it.
 *
 * "Under the mutex" is under that of its pool.
 */
#ifndef HF_JOB_H
#define HF_JOB_H

#include "column.h"
#include "link.h"

#include <holdfast/pool.h>
#include <pthread.h>
#include <stdatomic.h>

enum job_kind {
    JOB_ONE,   /* its value is that of its call */
    JOB_LIST,  /* its value is a list */
    JOB_STREAM /* its values are taken one by one: stream.c */
};

enum task_state {
    TASK_NEW,
    TASK_HERE,
    TASK_SENT,
    TASK_COLLECTED, /* the collector decodes its result and ends it: nobody else does */
    TASK_ENDED
};

/* What has come of a task, beside its values. */
struct outcome {
    hf_status status; /* another than HF_OK concerns all its calls */
    char *detail;     /* owned; NULL: that of the status */
    struct failures failures;
};

struct task {
    struct hf_result *job;
    uint64_t tag;
    size_t first; /* of its job's calls */
    size_t count;
    struct outcome outcome;

    /* Under the mutex. */
    enum task_state state;
    bool packed;                 /* it is in the request that is under way */
    bool cancelled;              /* that was asked for */
    bool wakes;                  /* somebody waits for this one's end */
    size_t record_len;           /* in the outbox */
    struct link in_ended;        /* of the pool */
    struct task *next_of_bucket; /* of the tags */
    struct link in_outbox;
    struct link in_to_cancel;
    struct link in_stream; /* of its job, in the order of their ends */
};

struct hf_result {
    struct hf_pool *pool; /* held */
    atomic_size_t holds;
    enum job_kind kind;
    const char *function; /* behind the tasks */
    bool detached;
    size_t call_count;
    size_t task_count;
    hf_any *values; /* one for each call; null while it is not there */
    hf_any only;    /* of JOB_ONE */

    void (*callback)(void *argument, hf_any value);
    void (*error_callback)(void *argument, hf_status status, const char *detail);
    void *argument;
    struct link in_callbacks;

    atomic_bool ended; /* what follows does not change any more */
    hf_status status;  /* of the first call, in order, that has failed */
    size_t failed_call;
    char *detail; /* owned; NULL: that of the status */

    /* Under the mutex. */
    size_t ended_calls;
    size_t ended_tasks;
    hf_any progress;
    pthread_cond_t changed;
    unsigned waiters;
    const struct task *awaited; /* of a stream, the only one that they wait for; NULL: any */
    struct link stream_ended;   /* tasks of a stream, in the order of their ends */
    struct task tasks[];
};

/** A job that is held once, by its user. Its tasks are all zero but for their job. NULL: no memory
 * (the detail says so). */
struct hf_result *job_new(struct hf_pool *pool, enum job_kind kind, const char *function,
                          size_t call_count, size_t task_count);

void job_hold(struct hf_result *job, size_t times);
void job_drop(struct hf_result *job);

/** Under the mutex: end a task with this status, unless it has ended or is being collected.
 * `detail` may be NULL. */
void job_end_task(struct task *task, hf_status status, const char *detail);

/** Under the mutex: end a task that was collected, as its outcome and its values say. */
void job_end_collected(struct task *task);

/** Without the mutex: wake the threads that wait for these tasks, and drop their holds. */
void job_notify(struct link *ended);

/** Wait until the job has ended. Returns whether it has. */
bool job_await(struct hf_result *job, int64_t deadline_ms);

/** What it has come to: borrowed. It has ended. */
hf_any job_value(const struct hf_result *job);

/** The same, for the caller to own: the job, which nobody else asks, has it no more. */
hf_any job_take_value(struct hf_result *job);
hf_any_array job_take_values(struct hf_result *job);

/** Its status, with its detail as the calling thread's. It has ended. */
hf_status job_status(const struct hf_result *job);

/** Cancel the tasks of a job that have not ended. */
void job_cancel(struct hf_result *job);

void outcome_fini(struct outcome *outcome);

#endif
