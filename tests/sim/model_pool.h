/* SPDX-License-Identifier: MIT
 *
 * The model of a pool: all tasks and all workers that it ever had, in one list each, with notes on
 * them. model_task.c has the life of tasks; the operations are in model_pool.c, model_submitter.c
 * and model_supervisor.c.
 */
#ifndef HF_SIM_MODEL_POOL_H
#define HF_SIM_MODEL_POOL_H

#include "model.h"

enum { POOL_LANE_TAKE, POOL_LANE_SUBMIT, POOL_LANE_JOIN };
enum { SUBMITTER_LANE_COLLECT, SUBMITTER_LANE_SUBMIT };

enum {
    MODEL_TASKS_ROOM = 4096,
    MODEL_WORKERS_ROOM = 1024,
    MODEL_TURNS_ROOM = 1024,
    MODEL_REFS_MAX = 2, /* of a task, and of its outcomes */
    MODEL_WORKER_TASKS_MAX = 64,
};

struct model_worker {
    struct model_session *session;
    struct model_object *supervisor; /* NULL: none, or none any more */
    uint64_t number;
    uint64_t finished;
    uint64_t gone; /* on pool.clock; 0: it is there */
    bool told;
    bool reported;
};

struct model_refs {
    struct model_object *objects[MODEL_REFS_MAX];
    size_t count;
};

struct model_task {
    uint64_t id;
    const Hf__Submission *in;
    struct model_object *source; /* the submitter, also when it is gone */
    bool orphan;                 /* it is, or is closed */
    struct model_session *who;   /* the session that has opened the submitter */
    struct model_refs needs, brings;
    bool released;    /* nobody has to do with it any more, nor does it refer to anything */
    hf_status status; /* MODEL_WAIT: it has not ended */
    uint64_t ended;   /* on pool.clock */
    int64_t position; /* among the queued ones of its source and priority; 0: none */
    struct model_worker *worker;
    uint64_t taken; /* on pool.clock */
    int64_t started_ms;
    uint32_t runs;
    bool cancelled;
    bool failed;
    Hf__Any *progress;
    uint64_t progress_clock; /* model.clock, when it was stored */
    uint64_t news;           /* on pool.clock; 0: none */
    ProtobufCBinaryData outcomes;
    bool has_signal, has_exit_code;
    int32_t verdict;
};

/** When a submitter's tasks of a priority have their turn. */
struct model_turn {
    const struct model_object *source;
    int32_t priority;
    int64_t turn;
};

struct model_pool {
    struct model *model;
    uint64_t max_tasks;
    uint64_t max_bytes;
    struct model_task *tasks[MODEL_TASKS_ROOM];
    size_t task_count;
    struct model_worker *workers[MODEL_WORKERS_ROOM];
    size_t worker_count;
    struct model_turn turns[MODEL_TURNS_ROOM];
    size_t turn_count;
    int64_t last; /* of the positions and turns, given out from both ends */
    int64_t first;
    uint64_t clock;
    uint64_t next_id;
    uint64_t done, failed, lost, cancelled, retried;
    bool backlog; /* more tasks are queued than workers are idle */
    bool closed, terminated;
    bool supervised; /* there was a supervisor since it was last abandoned */
    bool abandoned;
};

struct model_submitter {
    struct model_object *pool; /* NULL: deleted */
    struct model_pool *tasks;  /* where they are, also then */
    struct model_session *who;
    bool closed;
};

struct model_supervisor {
    struct model_object *pool; /* NULL: deleted, or it is over itself */
    struct model_object *submitter;
};

/** How a worker has ended. */
struct model_verdict {
    bool has_signal, has_exit_code;
    int32_t number;
};

static inline struct model_pool *model_pool_of(const struct model_object *object) {
    return (struct model_pool *)object->own;
}

static inline struct model_submitter *model_submitter_of(const struct model_object *object) {
    return (struct model_submitter *)object->own;
}

static inline struct model_supervisor *model_supervisor_of(const struct model_object *object) {
    return (struct model_supervisor *)object->own;
}

/* ---- looking ---- */

size_t model_queued(const struct model_pool *pool);
size_t model_alive(const struct model_pool *pool);
size_t model_idle(const struct model_pool *pool);
size_t model_workers(const struct model_pool *pool);
/** The number of submitters of a pool, or of its supervisors. */
size_t model_count_members(const struct model *model, const struct model_object *pool,
                           const struct model_type *type);
/** The next task to be taken; NULL: none. */
struct model_task *model_next_task(const struct model_pool *pool);
/** The session's worker; NULL: it is none. */
struct model_worker *model_find_worker(const struct model_pool *pool,
                                       const struct model_session *session);
/** The task with this tag that the submitter has; NULL: none. */
struct model_task *model_find_task(const struct model_object *submitter, uint64_t tag);
/** The worker that a supervisor means; NULL: none. */
struct model_worker *model_find_number(const struct model_pool *pool,
                                       const struct model_object *supervisor, uint64_t number);
/** The next worker of a supervisor, after a time, that has ended without a report of how; NULL:
 * none. */
struct model_worker *model_next_gone(const struct model_pool *pool,
                                     const struct model_object *supervisor, uint64_t after);
/** The objects with these ids. */
struct model_refs model_refer(const struct model *model, const uint64_t *ids, size_t count);
/** The session keeps them. */
void model_tell_refs(struct model_run *run, const struct model_refs *refs);

/* ---- what happens ---- */

void model_queue_task(struct model_pool *pool, struct model_task *task, bool first);
/** Nobody has to do with it any more. */
void model_release_task(struct model *model, struct model_task *task);
void model_end_task(struct model_object *object, struct model_task *task, hf_status status);
void model_cancel_task(struct model_object *object, struct model_task *task);
/** Its worker is gone; the verdict is NULL where it is still to come. */
void model_worker_gone(struct model_object *object, struct model_worker *worker,
                       const struct model_verdict *verdict);
void model_worker_reported(struct model_object *object, struct model_worker *worker,
                           const struct model_verdict *verdict);
void model_pool_changed(struct model_object *object);
void model_pool_over(struct model_object *object, bool terminate);
void model_submitter_over(struct model *model, struct model_object *object);
void model_supervisor_over(struct model *model, struct model_object *object);
/** It is deleted, or gone. */
void model_pool_ended(struct model *model, struct model_object *object);

#endif
