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

#include "any.h"
#include "object.h"
#include "schedule.h"
#include "table.h"

struct worker;

enum { POOL_LANE_TAKE, POOL_LANE_SUBMIT, POOL_LANE_JOIN };

struct pool {
    struct object object;
    uint64_t max_tasks; /* queued; 0: no bound */
    uint64_t max_bytes;
    struct schedule schedule;
    struct link workers;
    struct link submitters;
    struct link supervisors;
    uint64_t queued_bytes;
    uint64_t worker_count;
    uint64_t busy_count; /* workers that have a task */
    uint64_t submitter_count;
    uint64_t supervisor_count;
    uint64_t tasks; /* that have not been collected */
    uint64_t alive; /* of those: that have not ended */
    uint64_t next_task;
    uint64_t done;
    uint64_t failed;
    uint64_t lost;
    uint64_t cancelled;
    uint64_t retried;
    bool backlog; /* more tasks wait than workers are idle */
    bool closed;
    bool terminated;
    bool supervised; /* there was a supervisor, and not the last of them and of the workers has gone
                      */
    bool abandoned;  /* that has happened */
};

/* What is left of a submitter when it is gone: where its detached tasks come from. */
struct origin {
    struct source source;
    struct submitter *submitter; /* NULL: gone */
    struct who *who;
    uint64_t tasks;
};

struct submitter {
    struct object object;
    struct pool *pool; /* NULL: deleted */
    struct link in_pool;
    struct origin *origin; /* NULL: closed */
    struct table tasks;    /* pointers, by tag */
    struct link ended;     /* tasks, to be collected */
    struct link news;      /* tasks that have made progress */
};

struct supervisor {
    struct object object;
    struct pool *pool; /* NULL: deleted */
    struct link in_pool;
    uint64_t submitter; /* for whom; 0: nobody */
    struct link workers;
    struct link gone; /* workers that wait for a word about them */
    size_t gone_count;
    size_t untold; /* of these: it has not been told yet */
};

struct worker {
    struct hold hold; /* of the pool; first: what holder_died is given */
    struct pool *pool;
    struct link in_pool;           /* while it is there */
    struct link in_supervisor;     /* among its workers, or among those that are gone */
    struct supervisor *supervisor; /* NULL: it has none, or no more */
    struct who *who;
    uint64_t number;
    uint64_t finished;
    struct link tasks;
    size_t task_count;
    bool told;     /* its supervisor has been, that it is gone */
    bool reported; /* its supervisor has said how it has ended */
};

/** How a worker has ended. */
struct verdict {
    enum { ENDED_SOMEHOW, ENDED_BY_SIGNAL, ENDED_BY_EXIT, ENDED_BY_LEAVING } how;
    int32_t number; /* the signal, or the exit code */
};

/* Objects that a task refers to; counted. */
struct task_refs {
    uint64_t *ids;
    size_t count;
};

struct task {
    struct planned planned; /* queued, if it is in a line */
    struct link in_place;   /* in its worker's list, or among what its submitter is to collect */
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
    bool cancelled;   /* while it runs */
    bool failed;      /* one of its calls has */
    hf_status status; /* HF_WAIT until it has ended */
    struct verdict verdict;
    struct any outcomes;
    struct any progress;
    struct any detail;
    struct task_refs needs;  /* what it is called with */
    struct task_refs brings; /* what came of it */
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
void task_lose(struct task *task, const struct verdict *verdict);

/** It was collected: its tag is free. */
void task_collect(struct submitter *submitter, struct task *task);

/** Its submitter wants its result no more. */
void task_orphan(struct submitter *submitter, struct task *task);

/** It goes, not having ended, with its pool. */
void task_vanish(struct task *task);

/* ---- crew.c ---- */

/** It may have been all that was left of a submitter. */
void origin_leave(struct origin *origin);

/** Results are for nobody any more; what is not detached is cancelled. */
void submitter_end(struct submitter *submitter);

/** A new one, not a worker yet: its hold is for the caller to begin. NULL: no memory. */
struct worker *worker_new(struct pool *pool, struct supervisor *supervisor, uint64_t number,
                          struct who *who);

bool worker_is_there(const struct worker *worker);

/** One that is gone is freed when it has no more tasks, and nobody is to say how it ended. */
void worker_bury(struct worker *worker);

/** It is gone: its tasks are run again, or end, or wait for the word of its supervisor, if
 * `verdict` is NULL and it has one. Its hold is over, and it may be freed by this. */
void worker_end(struct worker *worker, const struct verdict *verdict);

/** The word about a worker, gone or not. */
void worker_report(struct worker *worker, const struct verdict *verdict);

/** Its worker with this number, gone or not; NULL: there is none. O(its workers). */
struct worker *supervisor_find(const struct supervisor *supervisor, uint64_t number);

/** No word about workers will come any more. */
void supervisor_end(struct supervisor *supervisor);

/** Who waits for what has changed is touched. To be called after workers or tasks came or went. */
void pool_changed(struct pool *pool);

/** No task is accepted any more; with `terminate` those there are end CANCELLED. */
void pool_shut_down(struct pool *pool, bool terminate);

/** It is no more: submitters and supervisors lose it, all tasks that have not ended are freed. */
void pool_end(struct pool *pool);

#endif
