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

#include "object.h"
#include "schedule.h"
#include "table.h"

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
struct worker_exit {
    enum { EXIT_UNKNOWN, EXIT_BY_SIGNAL, EXIT_BY_CODE, EXIT_BY_LEAVING } how;
    int32_t number; /* the signal, or the exit code */
};

/** It may have been all that was left of a submitter. */
void origin_free_if_done(struct origin *origin);

/** Results are for nobody any more; what is not detached is cancelled. */
void submitter_end(struct submitter *submitter);

/** A new one, not a worker yet: its hold is for the caller to begin. NULL: no memory. */
struct worker *worker_new(struct pool *pool, struct supervisor *supervisor, uint64_t number,
                          struct who *who);

bool worker_in_pool(const struct worker *worker);

/** One that is gone is freed when it has no more tasks, and nobody is to say how it ended. */
void worker_free_if_done(struct worker *worker);

/** It is gone: its tasks are run again, or end, or wait for the word of its supervisor, if
 * `cause` is NULL and it has one. Its hold is over, and it may be freed by this. */
void worker_end(struct worker *worker, const struct worker_exit *cause);

/** The word about a worker, gone or not. */
void worker_report(struct worker *worker, const struct worker_exit *cause);

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
