/* SPDX-License-Identifier: MIT
 *
 * The inside of a pool: tasks, and those who have to do with them. The operations are in
 * types/pool.c (workers), types/submitter.c and types/supervisor.c; here is the life of a task.
 *
 *     submitted --> queued --taken--> running --finished--> ended --collected--> gone
 *                     ^ |                | |                  ^
 *                     | '-- cancelled, --|-|-- took too long -'
 *                     |   worker is lost | |
 *                     '--- runs left ----' '-- no run left: lost, once it is known how
 *
 * Every task ends exactly once, by task_end(). It is kept until its submitter has collected the
 * result, or dropped at once where the submitter is gone.
 *
 * A submitter and a supervisor are objects that nobody names: they end with the last session that
 * uses them. A worker is a hold of the pool: it ends with its session. Of one that has a
 * supervisor, the tasks that cannot be run again wait for the supervisor's word how it ended; if
 * that ends too, nobody knows.
 */
#ifndef HF_TASK_H
#define HF_TASK_H

#include "pool_members.h"

/* Objects that a task refers to; counted. */
struct task_refs {
    uint64_t *ids;
    size_t count;
};

struct task {
    struct planned planned; /* queued, if it is in a line */
    struct link in_list;    /* in its worker's list, or among what its submitter is to collect */
    struct link in_news;
    struct pool *pool;
    struct worker *worker; /* while it runs, or waits for a word about that */
    struct wake limit;
    uint64_t id;
    uint64_t tag;
    uint64_t time_limit_ms; /* 0: none */
    int64_t started_ms;
    uint32_t retries;
    uint32_t runs;
    bool detached;
    bool cancelled;                 /* while it runs */
    bool failed;                    /* one of its calls has */
    bool told;                      /* its result is in the answer that submitter_collect builds */
    hf_status status;               /* HF_WAIT until it has ended */
    struct worker_exit worker_exit; /* of a lost task */
    struct any outcomes;
    struct any progress;
    struct any detail;
    struct task_refs argument_refs; /* what it is called with */
    struct task_refs outcome_refs;  /* what came of it */
    size_t calls_len;
    size_t function_len;
    char payload[]; /* the function, with a NUL, and the calls */
};

static inline struct origin *task_origin(const struct task *task) {
    return (struct origin *)((uintptr_t)task->planned.source - offsetof(struct origin, source));
}

static inline const uint8_t *task_calls(const struct task *task) {
    return (const uint8_t *)task->payload + task->function_len + 1;
}

/** What a task counts for while it is queued. */
size_t submission_bytes(const Hf__Submission *from);

/** Take the task on: a copy of it is queued. Its tag is in no use. false: no memory, unchanged. */
HF_MUST_USE bool task_submit(struct submitter *submitter, const Hf__Submission *from);

/** The submitter's task with this tag; NULL: there is none. */
struct task *task_find(const struct submitter *submitter, uint64_t tag);

/** The worker has the task, which was next. false: no memory, unchanged. */
HF_MUST_USE bool task_take(struct task *task, struct worker *worker);

/** Count a reference to each of these objects that is there. false: no memory, unchanged. */
HF_MUST_USE bool task_refer(struct task_refs *refs, struct registry *registry, const uint64_t *ids,
                            size_t count);

/** Who is told of unnamed objects keeps them. false: no memory. */
HF_MUST_USE bool task_tell_refs(const struct task_refs *refs, struct owner *owner,
                                const struct registry *registry);

/** Why it ends, for those who collect it; without memory it goes untold. */
void task_explain(struct task *task, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** It has ended, wherever it was: queued, running, or waiting for a word. This may free it. */
void task_end(struct task *task, hf_status status);

/** End it, or let it be told, if it runs. */
void task_cancel(struct task *task);

/** Its worker is gone: it is run again, or ends. NULL: how the worker has ended will be said later,
 * which it may have to wait for. */
void task_lose(struct task *task, const struct worker_exit *cause);

/** It was collected: its tag is free. */
void task_collect(struct submitter *submitter, struct task *task);

/** Its submitter wants its result no more. */
void task_abandon(struct submitter *submitter, struct task *task);

/** It goes, not having ended, with its pool. */
void task_discard(struct task *task);

#endif
