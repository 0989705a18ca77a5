/* SPDX-License-Identifier: MIT
 *
 * The life of a task. The operations are in types/pool.c (for workers), types/submitter.c and
 * types/supervisor.c; members of a pool are in pool_members.h.
 *
 *     submitted --> queued --taken--> running --finished--> ended --collected--> gone
 *                     ^ |                | |                  ^
 *                     | '-- cancelled, --|-|-- took too long -'
 *                     |   worker is lost | |
 *                     '--- runs left ----' '-- no run left: lost, once its worker's end is known
 *
 * Every task ends exactly once, by task_end(). It is kept until its submitter has collected the
 * result; if the submitter is gone, it is dropped at once.
 *
 * A lost task whose worker has a supervisor ends when the supervisor has reported how the worker
 * ended, or when the supervisor is gone as well.
 */
#ifndef HF_TASK_H
#define HF_TASK_H

#include "pool_members.h"

/* Objects that a task counts a reference to. */
struct task_refs {
    uint64_t *ids;
    size_t count;
};

struct task {
    struct planned planned; /* in a line while queued */
    struct link in_list;    /* running: its worker's tasks; ended: its submitter's `ended` */
    struct link in_news;    /* reported progress that is not collected */
    struct pool *pool;
    struct worker *worker; /* running, or lost and its worker's end not reported yet */
    struct wake limit;
    uint64_t id;
    uint64_t tag;
    uint64_t time_limit_ms; /* 0: none */
    int64_t started_ms;
    uint32_t retries;
    uint32_t runs;
    bool detached;
    bool cancelled;                 /* while running: the worker is asked to stop */
    bool failed;                    /* one of its calls has failed */
    bool listed;                    /* in the table of its submitter */
    bool has_calls;                 /* its submitter has given some, perhaps none of bytes */
    bool told;                      /* its result is in the answer that submitter_collect builds */
    hf_status status;               /* HF_WAIT until it has ended */
    struct worker_exit worker_exit; /* if it was lost */
    struct any outcomes;
    struct any progress;
    struct any detail;
    struct task_refs argument_refs; /* in its arguments */
    struct task_refs outcome_refs;  /* in its outcomes */
    size_t calls_len;
    size_t function_len;
    char payload[]; /* function name, NUL, calls */
};

static inline struct origin *task_origin(const struct task *task) {
    return (struct origin *)((uintptr_t)task->planned.source - offsetof(struct origin, source));
}

static inline const uint8_t *task_calls(const struct task *task) {
    return (const uint8_t *)task->payload + task->function_len + 1;
}

/** How many bytes of the pool's bound a queued task takes. */
size_t submission_bytes(const Hf__Submission *from);

/** Queue a copy of the task, whose tag must not be in use. false: no memory, unchanged. */
HF_MUST_USE bool task_submit(struct submitter *submitter, const Hf__Submission *from);

/** The submitter's task with this tag; NULL: none. */
struct task *task_find(const struct submitter *submitter, uint64_t tag);

/** Give the task, which is the next in the schedule, to a worker. false: no memory, unchanged. */
HF_MUST_USE bool task_take(struct task *task, struct worker *worker);

/** Count a reference to each of these objects that exists. false: no memory, unchanged. */
HF_MUST_USE bool task_refer(struct task_refs *refs, struct registry *registry, const uint64_t *ids,
                            size_t count);

/** The reply tells of these objects. false: no memory. */
HF_MUST_USE bool task_tell_refs(const struct task_refs *refs, struct call *call);

/** Set the detail of the result. Without memory the result has none. */
void task_explain(struct task *task, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** End a queued, running or lost task. May free it, and a worker that is gone. */
void task_end(struct task *task, hf_status status);

/** End a queued task; ask the worker of a running one to stop. */
void task_cancel(struct task *task);

/** Its worker is gone: queue the task again, or end it. `cause` NULL: how the worker ended is
 * reported later; a task that cannot run again waits for that. */
void task_lose(struct task *task, const struct worker_exit *cause);

/** Free an ended task, whose result has been collected, and its tag. */
void task_collect(struct submitter *submitter, struct task *task);

/** Its submitter is gone: nobody collects the result. */
void task_abandon(struct submitter *submitter, struct task *task);

/** Free a task that has not ended, with its pool. */
void task_discard(struct task *task);

#endif
