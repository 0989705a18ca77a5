/* SPDX-License-Identifier: MIT
 *
 * A pool and its members: submitters, workers, supervisors, and what happens to tasks when one of
 * them joins or goes. How a task lives is in task.h.
 *
 * A submitter and a supervisor are unnamed objects: they end with the last session that uses them.
 * A worker is a hold of the pool: it ends with its session.
 */
#ifndef HF_POOL_MEMBERS_H
#define HF_POOL_MEMBERS_H

#include "drain.h"
#include "object.h"
#include "schedule.h"
#include "table.h"

enum { POOL_LANE_TAKE, POOL_LANE_SUBMIT, POOL_LANE_JOIN };

struct pool {
    struct object object;
    struct drain drain; /* of its queued tasks, which end: it is terminated, abandoned or deleted */
    uint64_t max_tasks; /* bound of queued tasks; 0: none */
    uint64_t max_bytes; /* bound of their bytes; 0: none */
    struct schedule schedule;
    struct link workers;
    struct link submitters;
    struct link supervisors;
    uint64_t queued_bytes;
    uint64_t worker_count;
    uint64_t busy_count; /* joined workers that have a task */
    uint64_t submitter_count;
    uint64_t supervisor_count;
    uint64_t tasks;     /* not collected yet */
    uint64_t alive;     /* not ended yet */
    uint64_t last_task; /* id of the task that came last */
    uint64_t done;
    uint64_t failed;
    uint64_t lost;
    uint64_t cancelled;
    uint64_t retried;
    bool backlog; /* more tasks are queued than workers are idle */
    bool closed;
    bool terminated;
    bool supervised; /* it has had a supervisor, and has a supervisor or a worker left */
    bool abandoned;  /* it has none left: queued tasks have been failed */
};

/* The source of a submitter's tasks. It outlives a submitter that has detached tasks. */
struct origin {
    struct source source;
    struct submitter *submitter; /* NULL: gone or closed */
    struct submitter *closed;    /* it is closed, and still has tasks */
    struct who *who;
    uint64_t tasks;
};

struct submitter {
    struct object object;
    struct pool *pool; /* NULL: deleted */
    struct link in_pool;
    struct origin *origin; /* NULL: closed */
    struct drain drain;    /* of its tasks, once it is closed */
    struct origin *closed; /* while it drains */
    struct table tasks;    /* pointers, by tag */
    struct link ended;     /* tasks whose results are to be collected */
    struct link news;      /* tasks that have reported progress */
};

struct supervisor {
    struct object object;
    struct pool *pool; /* NULL: deleted */
    struct link in_pool;
    uint64_t submitter; /* the pool of workers is for this one; 0: for all */
    struct link workers;
    struct link gone; /* workers whose end it has not reported yet */
    size_t gone_count;
    size_t untold; /* those in `gone` that supervisor_wait has not named yet */
};

struct worker {
    struct hold hold; /* of the pool; first, as holder_died() casts it */
    struct pool *pool;
    struct link in_pool;           /* until its session or its process ends */
    struct link in_supervisor;     /* in `workers`, then in `gone` */
    struct supervisor *supervisor; /* NULL: it has none, or its supervisor is gone */
    struct who *who;
    uint64_t number;
    uint64_t finished;
    struct link tasks;
    size_t task_count;
    bool told;     /* supervisor_wait has named it as gone */
    bool reported; /* its supervisor has reported how it ended */
};

/** How a worker ended. */
struct worker_exit {
    enum { EXIT_UNKNOWN, EXIT_BY_SIGNAL, EXIT_BY_CODE, EXIT_BY_LEAVING } how;
    int32_t number; /* the signal or exit code */
};

/** The submitter in whose table the origin's tasks are; NULL: it is gone. */
static inline struct submitter *origin_lister(const struct origin *origin) {
    return origin->submitter ? origin->submitter : origin->closed;
}

/** Free the origin if its submitter and all its tasks are gone. */
void origin_free_if_done(struct origin *origin);

/** Close the submitter: drop its results and cancel its tasks, except detached ones; many of them
 * in slices. Until all are gone, it stays at its pool, and workers get none of them. No effect if
 * repeated. */
void submitter_end(struct submitter *submitter);

/** Close the submitter, and let it leave its pool: now, or when its tasks are gone. */
void submitter_leave(struct submitter *submitter);

/** A new worker of the pool, whose hold the caller begins at once. NULL: no memory. */
struct worker *worker_new(struct pool *pool, struct supervisor *supervisor, uint64_t number,
                          struct who *who);

/** Whether it still works: neither its session nor its process has ended. */
bool worker_in_pool(const struct worker *worker);

/** Free a worker that is gone, has no task, and whose end nobody is still to report. */
void worker_free_if_done(struct worker *worker);

/** The worker is gone: end its hold; run its tasks again or end them. If `cause` is NULL and it has
 * a supervisor, tasks that cannot run again wait for the supervisor's report. May free the
 * worker. */
void worker_end(struct worker *worker, const struct worker_exit *cause);

/** Its supervisor reports how the worker ended, before or after the manager noticed. Frees it. */
void worker_report(struct worker *worker, const struct worker_exit *cause);

/** The supervisor's worker with this number, gone or not; NULL: it has none. O(its workers). */
struct worker *supervisor_find(const struct supervisor *supervisor, uint64_t number);

/** The supervisor leaves its pool: the ends of its workers will never be reported. */
void supervisor_end(struct supervisor *supervisor);

/** Let waiting calls see the change. Call it after workers or tasks came or went. */
void pool_changed(struct pool *pool);

/** The task that a worker gets next; NULL: none. */
struct planned *pool_next(const struct pool *pool);

/** Accept no more tasks. With `terminate`, end all tasks as CANCELLED, many of them in slices. */
void pool_shut_down(struct pool *pool, bool terminate);

/** Take the pool from its members and free all tasks that have not ended, many of them in slices.
 */
void pool_end(struct pool *pool);

#endif
