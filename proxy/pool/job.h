/* SPDX-License-Identifier: MIT
 *
 * Jobs: the calls that one apply, map or imap has submitted, and their results. A job is cut into
 * tasks, which go to the pool and end one by one. A hf_result is a job.
 *
 *     NEW --into the outbox--> HERE --sent by the feeder--> SENT --result came--> COLLECTED
 *      |                       |  ^--the pool had no room---'|                        |
 *      '-----not accepted------'-----cancelled, pool over----'-------> ENDED <--------'
 *
 * A task ends once, under the mutex: by job_end_task() or job_end_collected(). That wakes the
 * threads that wait for it. The user holds a job, and so does each list for each of the job's tasks
 * in it. The last one to drop the job frees it.
 *
 * The mutex is the pool's.
 */
#ifndef HF_JOB_H
#define HF_JOB_H

#include "column.h"
#include "link.h"

#include <holdfast/pool.h>
#include <pthread.h>
#include <stdatomic.h>

enum job_kind {
    JOB_ONE,   /* one call, whose value is the job's */
    JOB_LIST,  /* its value is a list of the values of its calls */
    JOB_STREAM /* stream.c takes its values one by one */
};

enum task_state {
    TASK_NEW,
    TASK_HERE,
    TASK_SENT,
    TASK_COLLECTED, /* the collector decodes its result, and only the collector ends it */
    TASK_ENDED
};

/* The result of a task, beside the values of its calls. */
struct outcome {
    hf_status status; /* if it is not HF_OK, that of all its calls */
    char *detail;     /* owned; NULL: the status's text */
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
    bool cancelled;              /* at the manager; only once */
    size_t record_len;           /* bytes in the outbox */
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
    const char *function; /* stored behind the tasks */
    bool detached;
    size_t call_count;
    size_t task_count;
    hf_any *values; /* one for each call; null until it has come */
    hf_any only;    /* of JOB_ONE */

    void (*callback)(void *argument, hf_any value);
    void (*error_callback)(void *argument, hf_status status, const char *detail);
    void *argument;
    struct link in_callbacks;

    atomic_bool ended; /* once true, values, status and detail do not change */
    hf_status status;  /* of the first call in order that failed */
    size_t failed_call;
    char *detail; /* owned; NULL: the status's text */

    /* Under the mutex. */
    size_t ended_calls;
    size_t ended_tasks;
    hf_any progress;
    struct link waiters;        /* threads that wait for it */
    const struct task *awaited; /* of a stream: the one that the waiters wait for; NULL: any */
    struct link stream_ended;   /* tasks of a stream, in the order of their ends */
    struct task tasks[];
};

/** A job that its user holds. Its tasks are all zero but for their job. NULL: no memory (the detail
 * says so). */
struct hf_result *job_new(struct hf_pool *pool, enum job_kind kind, const char *function,
                          size_t call_count, size_t task_count);

void job_hold(struct hf_result *job, size_t times);
void job_drop(struct hf_result *job);

/** Under the mutex: move a task to this state, which must be allowed (see above). */
void job_move_task(struct task *task, enum task_state state);

/** Under the mutex: end a task with this status, unless it has ended or is being collected.
 * `detail` may be NULL. */
void job_end_task(struct task *task, hf_status status, const char *detail);

/** Under the mutex: end a task that was collected, with its outcome and its values. */
void job_end_collected(struct task *task);

/** Without the mutex: drop the holds of these tasks. */
void job_drop_ended(struct link *ended);

/** Wait until the job has ended. Returns HF_OK, HF_TIMEOUT, or HF_CANCELLED: hf_interrupt(). */
HF_MUST_USE hf_status job_await(struct hf_result *job, int64_t deadline_ms);

/** The value of a job that has ended: borrowed. */
hf_any job_value(const struct hf_result *job);

/** The same, which the caller owns then. No other thread uses the job. */
hf_any job_take_value(struct hf_result *job);
hf_any_array job_take_values(struct hf_result *job);

/** The status of a job that has ended, which sets the calling thread's detail. */
hf_status job_status(const struct hf_result *job);

/** Cancel the tasks of a job that have not ended. */
void job_cancel(struct hf_result *job);

/** A cleanup handler for a job whose thread is cancelled: cancel it and drop it. */
void job_abandon(void *argument);

void outcome_fini(struct outcome *outcome);

#endif
