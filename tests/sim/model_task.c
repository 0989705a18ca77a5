/* SPDX-License-Identifier: MIT
 *
 * The model of the tasks of a pool: see model_pool.h.
 */
#include "keep.h"
#include "model_pool.h"

#include <assert.h>
#include <string.h>

/* ---- looking ---- */

size_t model_queued(const struct model_pool *pool) {
    size_t count = 0;
    for (size_t i = 0; i < pool->task_count; i++) {
        count += pool->tasks[i]->position != 0;
    }
    return count;
}

static bool is_alive(const struct model_task *task) {
    return !task->released && task->status == MODEL_WAIT;
}

size_t model_alive(const struct model_pool *pool) {
    size_t count = 0;
    for (size_t i = 0; i < pool->task_count; i++) {
        count += is_alive(pool->tasks[i]);
    }
    return count;
}

size_t model_workers(const struct model_pool *pool) {
    size_t count = 0;
    for (size_t i = 0; i < pool->worker_count; i++) {
        count += !pool->workers[i]->gone;
    }
    return count;
}

static bool is_busy(const struct model_pool *pool, const struct model_worker *worker) {
    for (size_t i = 0; i < pool->task_count; i++) {
        if (pool->tasks[i]->worker == worker) {
            return true;
        }
    }
    return false;
}

size_t model_idle(const struct model_pool *pool) {
    size_t count = 0;
    for (size_t i = 0; i < pool->worker_count; i++) {
        count += !pool->workers[i]->gone && !is_busy(pool, pool->workers[i]);
    }
    return count;
}

static bool belongs(const struct model_object *member, const struct model_object *of) {
    if (member->gone) {
        return false;
    }
    return (member->type == &model_submitter && model_submitter_of(member)->pool == of) ||
           (member->type == &model_supervisor && model_supervisor_of(member)->pool == of);
}

size_t model_count_members(const struct model *model, const struct model_object *pool,
                           const struct model_type *type) {
    size_t count = 0;
    for (size_t i = 0; i < model->object_count; i++) {
        count += model->objects[i]->type == type && belongs(model->objects[i], pool);
    }
    return count;
}

static struct model_turn *turn_of(struct model_pool *pool, const struct model_task *task) {
    for (size_t i = 0; i < pool->turn_count; i++) {
        struct model_turn *turn = &pool->turns[i];
        if (turn->source == task->source && turn->priority == task->in->priority) {
            return turn;
        }
    }
    assert(pool->turn_count < MODEL_TURNS_ROOM);
    struct model_turn *turn = &pool->turns[pool->turn_count++];
    *turn = (struct model_turn){.source = task->source, .priority = task->in->priority};
    return turn;
}

static bool comes_before(struct model_pool *pool, const struct model_task *a,
                         const struct model_task *b) {
    if (a->in->priority != b->in->priority) {
        return a->in->priority > b->in->priority;
    }
    if (a->source != b->source) {
        return turn_of(pool, a)->turn < turn_of(pool, b)->turn;
    }
    return a->position < b->position;
}

struct model_task *model_next_task(const struct model_pool *pool) {
    struct model_task *next = NULL;
    for (size_t i = 0; i < pool->task_count; i++) {
        struct model_task *task = pool->tasks[i];
        if (task->position != 0 &&
            (!next || comes_before((struct model_pool *)(uintptr_t)pool, task, next))) {
            next = task;
        }
    }
    return next;
}

struct model_worker *model_find_worker(const struct model_pool *pool,
                                       const struct model_session *session) {
    for (size_t i = 0; i < pool->worker_count; i++) {
        if (pool->workers[i]->session == session && !pool->workers[i]->gone) {
            return pool->workers[i];
        }
    }
    return NULL;
}

struct model_task *model_find_task(const struct model_object *submitter, uint64_t tag) {
    const struct model_pool *pool = model_submitter_of(submitter)->tasks;
    for (size_t i = 0; i < pool->task_count; i++) {
        struct model_task *task = pool->tasks[i];
        if (task->source == submitter && !task->orphan && !task->released && task->in->tag == tag) {
            return task;
        }
    }
    return NULL;
}

/* Workers that have ended come before those that are there. */
struct model_worker *model_find_number(const struct model_pool *pool,
                                       const struct model_object *supervisor, uint64_t number) {
    struct model_worker *found = NULL;
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct model_worker *worker = pool->workers[i];
        bool means = worker->supervisor == supervisor && worker->number == number;
        if (means && !worker->reported &&
            (!found || (worker->gone && (!found->gone || worker->gone < found->gone)))) {
            found = worker;
        }
    }
    return found;
}

struct model_refs model_refer(const struct model *model, const uint64_t *ids, size_t count) {
    struct model_refs refs = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        struct model_object *object = model_find(model, ids[i]);
        if (object) {
            assert(refs.count < MODEL_REFS_MAX);
            refs.objects[refs.count++] = object;
        }
    }
    return refs;
}

void model_tell_refs(struct model_run *run, const struct model_refs *refs) {
    for (size_t i = 0; i < refs->count; i++) {
        if (!refs->objects[i]->gone) {
            model_tell_object(run, refs->objects[i]);
        }
    }
}

/* ---- queued ---- */

static bool has_queued(const struct model_pool *pool, const struct model_task *like) {
    for (size_t i = 0; i < pool->task_count; i++) {
        const struct model_task *task = pool->tasks[i];
        if (task->position != 0 && task->source == like->source &&
            task->in->priority == like->in->priority) {
            return true;
        }
    }
    return false;
}

void model_queue_task(struct model_pool *pool, struct model_task *task, bool first) {
    struct model_turn *turn = turn_of(pool, task);
    if (first) {
        turn->turn = --pool->first;
        task->position = --pool->first;
    } else {
        turn->turn = has_queued(pool, task) ? turn->turn : ++pool->last;
        task->position = ++pool->last;
    }
}

/* ---- ending ---- */

static void withdraw(struct model *model, struct model_task *task) {
    task->position = 0;
    task->worker = NULL;
    model_wake_off(model, task);
}

static void count_end(struct model_pool *pool, const struct model_task *task, hf_status status) {
    if (status == HF_CANCELLED) {
        pool->cancelled++;
    } else if (status == HF_WORKER_LOST || status == HF_TIME_LIMIT) {
        pool->lost++;
    } else {
        pool->done++;
        pool->failed += task->failed || status != HF_OK;
    }
}

/* The first is forgotten first. */
static void forget_refs(struct model *model, struct model_refs *refs) {
    while (refs->count > 0) {
        refs->count--;
        memmove(&refs->objects[0], &refs->objects[1], refs->count * sizeof refs->objects[0]);
        model_list_unreferenced(model);
    }
}

void model_release_task(struct model *model, struct model_task *task) {
    task->released = true;
    task->progress = NULL;
    model_list_unreferenced(model);
    forget_refs(model, &task->needs);
    forget_refs(model, &task->brings);
}

void model_end_task(struct model_object *object, struct model_task *task, hf_status status) {
    struct model_pool *pool = model_pool_of(object);
    assert(is_alive(task));
    withdraw(pool->model, task);
    count_end(pool, task, status);
    task->status = status;
    task->ended = ++pool->clock;
    if (task->orphan) {
        model_release_task(pool->model, task);
    } else {
        model_touch(pool->model, task->source);
    }
}

void model_cancel_task(struct model_object *object, struct model_task *task) {
    if (task->position != 0) {
        model_end_task(object, task, HF_CANCELLED);
    } else {
        task->cancelled = true;
    }
}

static void end_queued(struct model_object *object, hf_status status) {
    struct model_task *task = NULL;
    while ((task = model_next_task(model_pool_of(object))) != NULL) {
        model_end_task(object, task, status);
    }
}

/* ---- workers ---- */

/* The oldest task that the worker still has. */
static struct model_task *next_of(const struct model_pool *pool, const struct model_worker *worker,
                                  uint64_t after) {
    struct model_task *next = NULL;
    for (size_t i = 0; i < pool->task_count; i++) {
        struct model_task *task = pool->tasks[i];
        if (task->worker == worker && task->taken > after && (!next || task->taken < next->taken)) {
            next = task;
        }
    }
    return next;
}

struct model_worker *model_next_gone(const struct model_pool *pool,
                                     const struct model_object *supervisor, uint64_t after) {
    struct model_worker *next = NULL;
    for (size_t i = 0; i < pool->worker_count; i++) {
        struct model_worker *worker = pool->workers[i];
        if (worker->supervisor == supervisor && worker->gone > after && !worker->reported &&
            (!next || worker->gone < next->gone)) {
            next = worker;
        }
    }
    return next;
}

static bool is_overdue(const struct model_pool *pool, const struct model_task *task) {
    uint64_t limit_ms = task->in->time_limit_ms;
    return limit_ms > 0 && (uint64_t)(pool->model->now_ms - task->started_ms) >= limit_ms;
}

static void lose(struct model_object *object, struct model_task *task,
                 const struct model_verdict *verdict) {
    struct model_pool *pool = model_pool_of(object);
    if (task->cancelled) {
        model_end_task(object, task, HF_CANCELLED);
    } else if (is_overdue(pool, task)) {
        model_end_task(object, task, HF_TIME_LIMIT);
    } else if (task->runs <= task->in->retries) {
        withdraw(pool->model, task);
        task->progress = NULL;
        task->news = 0;
        pool->retried++;
        model_queue_task(pool, task, true);
    } else if (verdict) {
        task->has_signal = verdict->has_signal;
        task->has_exit_code = verdict->has_exit_code;
        task->verdict = verdict->number;
        model_end_task(object, task, HF_WORKER_LOST);
    }
}

static void lose_all(struct model_object *object, const struct model_worker *worker,
                     const struct model_verdict *verdict) {
    const struct model_pool *pool = model_pool_of(object);
    struct model_task *task = NULL;
    uint64_t after = 0;
    while ((task = next_of(pool, worker, after)) != NULL) {
        after = task->taken;
        lose(object, task, verdict);
    }
}

static void drop_hold(struct model_object *object, const struct model_session *session) {
    size_t kept = 0;
    for (size_t i = 0; i < object->hold_count; i++) {
        if (object->holds[i].session != session) {
            object->holds[kept++] = object->holds[i];
        }
    }
    object->hold_count = kept;
}

void model_worker_gone(struct model_object *object, struct model_worker *worker,
                       const struct model_verdict *verdict) {
    static const struct model_verdict unknown = {false, false, 0};
    struct model_pool *pool = model_pool_of(object);
    drop_hold(object, worker->session);
    worker->gone = ++pool->clock;
    if (worker->supervisor && !worker->reported) {
        model_touch(pool->model, worker->supervisor);
    }
    lose_all(object, worker, verdict || worker->supervisor ? verdict : &unknown);
    model_pool_changed(object);
}

void model_worker_reported(struct model_object *object, struct model_worker *worker,
                           const struct model_verdict *verdict) {
    worker->reported = true;
    if (!worker->gone) {
        model_worker_gone(object, worker, verdict);
        return;
    }
    lose_all(object, worker, verdict);
    model_pool_changed(object);
}

/* ---- the pool ---- */

static void touch_supervisors(struct model *model, const struct model_object *pool) {
    for (size_t i = 0; i < model->object_count; i++) {
        struct model_object *object = model->objects[i];
        if (object->type == &model_supervisor && belongs(object, pool)) {
            model_touch(model, object);
        }
    }
}

void model_pool_changed(struct model_object *object) {
    struct model_pool *pool = model_pool_of(object);
    if (pool->supervised && model_workers(pool) == 0 &&
        model_count_members(pool->model, object, &model_supervisor) == 0) {
        pool->supervised = false;
        pool->abandoned = true;
        end_queued(object, HF_WORKER_LOST);
    }
    bool backlog = model_queued(pool) > model_idle(pool);
    if ((backlog && !pool->backlog) || (pool->closed && model_alive(pool) == 0)) {
        touch_supervisors(pool->model, object);
    }
    pool->backlog = backlog;
    model_touch(pool->model, object);
}

static void cancel_tasks_of(struct model_object *object, const struct model_worker *worker) {
    struct model_task *task = NULL;
    while ((task = next_of(model_pool_of(object), worker, 0)) != NULL) {
        model_end_task(object, task, HF_CANCELLED);
    }
}

/* Workers that are there before those that are gone. */
static void cancel_running(struct model_object *object) {
    const struct model_pool *pool = model_pool_of(object);
    const struct model *model = pool->model;
    for (size_t i = 0; i < pool->worker_count; i++) {
        if (!pool->workers[i]->gone) {
            cancel_tasks_of(object, pool->workers[i]);
        }
    }
    for (size_t i = 0; i < model->object_count; i++) {
        const struct model_object *other = model->objects[i];
        const struct model_worker *worker = NULL;
        for (uint64_t after = 0; other->type == &model_supervisor && belongs(other, object) &&
                                 (worker = model_next_gone(pool, other, after)) != NULL;
             after = worker->gone) {
            cancel_tasks_of(object, worker);
        }
    }
}

void model_pool_over(struct model_object *object, bool terminate) {
    struct model_pool *pool = model_pool_of(object);
    pool->closed = true;
    if (terminate && !pool->terminated) {
        pool->terminated = true;
        end_queued(object, HF_CANCELLED);
        model_pool_changed(object); /* its calls are tried before those of the supervisors */
        cancel_running(object);
        touch_supervisors(pool->model, object);
    }
    model_pool_changed(object);
}

/* ---- ends ---- */

void model_submitter_over(struct model *model, struct model_object *object) {
    struct model_submitter *submitter = model_submitter_of(object);
    struct model_pool *pool = submitter->tasks;
    if (submitter->closed) {
        return;
    }
    submitter->closed = true;
    for (size_t i = pool->task_count; i-- > 0;) {
        struct model_task *task = pool->tasks[i];
        if (task->source != object || task->released) {
            continue;
        }
        task->orphan = true;
        task->news = 0;
        if (task->status != MODEL_WAIT) {
            model_release_task(model, task);
        } else if (!task->in->detached) {
            model_cancel_task(submitter->pool, task);
        }
    }
    if (submitter->pool) {
        touch_supervisors(model, submitter->pool);
        model_pool_changed(submitter->pool);
    }
}

void model_supervisor_over(struct model *model, struct model_object *object) {
    static const struct model_verdict unknown = {false, false, 0};
    struct model_supervisor *supervisor = model_supervisor_of(object);
    struct model_object *of = supervisor->pool;
    (void)model;
    if (!of) {
        return;
    }
    const struct model_pool *pool = model_pool_of(of);
    struct model_worker *worker = NULL;
    while ((worker = model_next_gone(pool, object, 0)) != NULL) {
        model_worker_reported(of, worker, &unknown);
    }
    for (size_t i = 0; i < pool->worker_count; i++) {
        if (pool->workers[i]->supervisor == object) {
            pool->workers[i]->supervisor = NULL;
        }
    }
    model_pool_changed(of);
    supervisor->pool = NULL;
}

void model_pool_ended(struct model *model, struct model_object *object) {
    struct model_pool *pool = model_pool_of(object);
    for (size_t i = 0; i < pool->task_count; i++) {
        if (is_alive(pool->tasks[i])) {
            withdraw(model, pool->tasks[i]);
            model_release_task(model, pool->tasks[i]);
        }
    }
    for (size_t i = 0; i < model->object_count; i++) {
        struct model_object *other = model->objects[i];
        if (other->type == &model_supervisor && belongs(other, object)) {
            model_supervisor_of(other)->pool = NULL;
            model_touch(model, other);
        }
    }
    for (size_t i = 0; i < model->object_count; i++) {
        struct model_object *other = model->objects[i];
        if (other->type == &model_submitter && belongs(other, object)) {
            model_submitter_of(other)->pool = NULL;
            model_touch(model, other);
        }
    }
}
