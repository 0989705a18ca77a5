/* SPDX-License-Identifier: MIT
 *
 * The model of a pool: see model_pool.h.
 */
#include "model_pool.h"

#include "keep.h"
#include "make.h"

#include <assert.h>

/* ---- open ---- */

static void make_pool_open(struct maker *maker) {
    maker_emit(maker,
               REQUEST(maker->object, pool_open, .name = maker_name(maker), .has_mode = true,
                       .mode = maker_mode(maker), .has_max_tasks = maker_chance(maker, 40),
                       .max_tasks = maker_roll(maker, 4), .has_max_bytes = maker_chance(maker, 20),
                       .max_bytes = 6 * maker_roll(maker, 4)));
}

static bool pool_same(const void *own, const Hf__Request *request) {
    const struct model_pool *pool = own;
    const Hf__PoolOpen *in = request->pool_open;
    return (in->max_tasks == 0 || pool->max_tasks == in->max_tasks) &&
           (in->max_bytes == 0 || pool->max_bytes == in->max_bytes);
}

static hf_status pool_open(struct model_run *run) {
    const Hf__PoolOpen *in = run->request->pool_open;
    struct model_pool *pool = keep(sizeof *pool);
    pool->model = run->model;
    pool->max_tasks = in->max_tasks;
    pool->max_bytes = in->max_bytes;
    pool->next_id = run->model->numbers_above;
    return model_open(
        run, (struct model_opening){&model_pool, in->name, in->mode, pool, HF_OK, pool_same});
}

/* ---- workers ---- */

static struct model_pool *pool_of(const struct model_run *run) {
    return model_pool_of(run->object);
}

static struct model_worker *worker_of(const struct model_run *run) {
    return model_find_worker(pool_of(run), run->session);
}

static bool pool_is_over(const struct model_pool *pool) {
    return pool->closed && model_alive(pool) == 0;
}

static void make_register(struct maker *maker) {
    uint64_t supervisor = maker_object(maker, &model_supervisor);
    maker_emit(maker,
               REQUEST(maker->object, pool_register,
                       .has_supervisor = supervisor != 0 && maker_chance(maker, 60),
                       .supervisor = maker_chance(maker, 95) ? supervisor : maker_roll(maker, 9),
                       .has_number = maker_chance(maker, 90), .number = maker_roll(maker, 4)));
}

static hf_status enlist(struct model_run *run) {
    const Hf__PoolRegister *in = run->request->pool_register;
    struct model_pool *pool = pool_of(run);
    struct model_object *supervisor = NULL;
    if (worker_of(run)) {
        return HF_INVALID;
    }
    if (in->has_supervisor) {
        supervisor = model_find(run->model, in->supervisor);
        if (!supervisor || supervisor->type != &model_supervisor ||
            model_supervisor_of(supervisor)->pool != run->object) {
            return HF_NO_OBJECT;
        }
    }
    if (pool_is_over(pool)) {
        return HF_CLOSED;
    }
    assert(pool->worker_count < MODEL_WORKERS_ROOM);
    struct model_worker *worker = keep(sizeof *worker);
    worker->session = run->session;
    worker->supervisor = supervisor;
    worker->number = in->number;
    pool->workers[pool->worker_count++] = worker;
    pool->abandoned = false;
    model_grant(run, &run->object->holds[run->object->hold_count++]);
    model_pool_changed(run->object);
    return HF_OK;
}

/* Mostly, let it be about a pool that the session works for. false: there is none. */
static bool choose_workplace(struct maker *maker) {
    const struct model *model = maker->model;
    bool found = false;
    for (size_t i = 0; i < model->object_count; i++) {
        const struct model_object *object = model->objects[i];
        if (object->type == &model_pool && !object->gone && object->self.id != 0 &&
            model_find_worker(model_pool_of(object), maker->session) && maker_chance(maker, 90)) {
            maker->object = object->self.id;
            found = true;
        }
    }
    return found;
}

static void make_leave(struct maker *maker) {
    (void)choose_workplace(maker);
    maker_emit(maker, REQUEST(maker->object, pool_leave));
}

static hf_status pool_leave(struct model_run *run) {
    static const struct model_verdict left = {false, false, 0};
    struct model_worker *worker = worker_of(run);
    if (!worker) {
        return HF_NOT_HELD;
    }
    model_worker_gone(run->object, worker, &left);
    return HF_OK;
}

static void pool_holder_died(struct model_object *object, struct model_hold *hold) {
    model_worker_gone(object, model_find_worker(model_pool_of(object), hold->session), NULL);
}

/* ---- tasks ---- */

static void make_take(struct maker *maker) {
    if (!choose_workplace(maker) && maker_chance(maker, 70)) {
        make_register(maker);
        return;
    }
    maker_emit(maker, REQUEST(maker->object, pool_take));
}

static size_t tasks_of(const struct model_pool *pool, const struct model_worker *worker) {
    size_t count = 0;
    for (size_t i = 0; i < pool->task_count; i++) {
        count += pool->tasks[i]->worker == worker;
    }
    return count;
}

static bool take_ready(struct model_run *run) {
    const struct model_pool *pool = pool_of(run);
    return !worker_of(run) || model_next_task(pool) || pool_is_over(pool);
}

static void set_limit(struct model_run *run, struct model_task *task) {
    uint64_t limit_ms = task->in->time_limit_ms;
    if (limit_ms > 0) {
        model_wake_at(run->model, run->object, task,
                      limit_ms < INT64_MAX / 2 ? run->model->now_ms + (int64_t)limit_ms
                                               : INT64_MAX);
    }
}

/* The turn of its submitter is over; the others of it come after those of all others. */
static void take_out(struct model_pool *pool, struct model_task *task) {
    task->position = 0;
    for (size_t i = 0; i < pool->turn_count; i++) {
        struct model_turn *turn = &pool->turns[i];
        if (turn->source == task->source && turn->priority == task->in->priority) {
            turn->turn = ++pool->last;
        }
    }
}

static hf_status pool_take(struct model_run *run) {
    struct model_pool *pool = pool_of(run);
    struct model_worker *worker = worker_of(run);
    if (!worker) {
        return HF_NOT_HELD;
    }
    assert(tasks_of(pool, worker) < MODEL_WORKER_TASKS_MAX);
    struct model_task *task = model_next_task(pool);
    if (!task) {
        return HF_CLOSED;
    }
    take_out(pool, task);
    task->worker = worker;
    task->taken = ++pool->clock;
    task->started_ms = run->model->now_ms;
    task->runs++;
    set_limit(run, task);
    model_pool_changed(run->object);
    model_tell_refs(run, &task->needs);
    Hf__Task *out = keep(sizeof *out);
    hf__task__init(out);
    out->id = task->id;
    out->function = task->in->function;
    out->has_calls = task->in->has_calls;
    out->has_run = true;
    out->calls = task->in->calls;
    out->run = task->runs;
    out->has_time_limit_ms = task->in->time_limit_ms > 0;
    out->time_limit_ms = task->in->time_limit_ms;
    run->reply->result_case = HF__REPLY__RESULT_TASK;
    run->reply->task = out;
    return HF_OK;
}

/* A task that the session has, if it has any, and the pool; mostly. 0: none. */
static uint64_t some_task(struct maker *maker) {
    const struct model *model = maker->model;
    uint64_t id = maker_chance(maker, 5) ? model->numbers_above + maker_roll(maker, 12) : 0;
    for (size_t i = 0; i < model->object_count; i++) {
        const struct model_object *object = model->objects[i];
        bool there = object->type == &model_pool && !object->gone && object->self.id != 0;
        const struct model_pool *pool = there ? model_pool_of(object) : NULL;
        for (size_t j = 0; there && j < pool->task_count; j++) {
            const struct model_worker *worker = pool->tasks[j]->worker;
            if (worker && worker->session == maker->session && maker_chance(maker, 70)) {
                id = pool->tasks[j]->id;
                maker->object = object->self.id;
            }
        }
    }
    return id;
}

static void make_finish(struct maker *maker) {
    static const Hf__Status statuses[] = {HF__STATUS__OK,         HF__STATUS__TASK_FAILED,
                                          HF__STATUS__CANCELLED,  HF__STATUS__WORKER_LOST,
                                          HF__STATUS__TIME_LIMIT, HF__STATUS__KEY_ERROR};
    static uint64_t objects[MODEL_REFS_MAX];
    uint64_t task = some_task(maker);
    if (task == 0) {
        make_take(maker);
        return;
    }
    for (size_t i = 0; i < MODEL_REFS_MAX; i++) {
        objects[i] = maker_object(maker, NULL);
    }
    maker_emit(maker,
               REQUEST(maker->object, pool_finish, .task = task,
                       .has_status = maker_chance(maker, 30),
                       .status = statuses[maker_roll(maker, sizeof statuses / sizeof statuses[0])],
                       .has_outcomes = maker_chance(maker, 80),
                       .outcomes = {maker_roll(maker, 4), (uint8_t *)keep_string("out")},
                       .has_failed = maker_chance(maker, 30), .failed = maker_chance(maker, 50),
                       .detail = maker_chance(maker, 30) ? keep_string("why") : NULL,
                       .n_objects = maker_roll(maker, MODEL_REFS_MAX + 1), .objects = objects));
}

/* NULL: the session does not have it. */
static struct model_task *had_task(const struct model_run *run, uint64_t id) {
    const struct model_pool *pool = pool_of(run);
    const struct model_worker *worker = worker_of(run);
    for (size_t i = 0; i < pool->task_count && worker; i++) {
        if (pool->tasks[i]->worker == worker && pool->tasks[i]->id == id) {
            return pool->tasks[i];
        }
    }
    return NULL;
}

static hf_status pool_finish(struct model_run *run) {
    const Hf__PoolFinish *in = run->request->pool_finish;
    struct model_task *task = had_task(run, in->task);
    if (!task) {
        return HF_NOT_HELD;
    }
    hf_status status = in->has_status ? (hf_status)in->status : HF_OK;
    if (status == HF_OK) {
        task->outcomes = in->outcomes;
        task->brings = model_refer(run->model, in->objects, in->n_objects);
    }
    task->failed = in->failed;
    task->worker->finished++;
    model_end_task(run->object, task, status);
    model_pool_changed(run->object);
    return HF_OK;
}

static void make_progress(struct maker *maker) {
    uint64_t task = some_task(maker);
    if (task == 0) {
        make_take(maker);
        return;
    }
    maker_emit(maker, REQUEST(maker->object, pool_progress, .task = task,
                              .value = maker_chance(maker, 60) ? maker_any(maker) : NULL));
}

static hf_status progress(struct model_run *run) {
    const Hf__PoolProgress *in = run->request->pool_progress;
    struct model_task *task = had_task(run, in->task);
    if (!task) {
        return HF_NOT_HELD;
    }
    if (in->value) {
        task->progress = in->value;
        task->progress_clock = run->model->clock;
    }
    if (in->value && !task->orphan) {
        task->news = task->news ? task->news : ++pool_of(run)->clock;
        model_touch(run->model, task->source);
    }
    return model_answer_truth(run, !task->cancelled);
}

/* A worker that may be stopped is for its supervisor to end. */
static void woken(struct model_object *object, void *what) {
    struct model_worker *worker = ((struct model_task *)what)->worker;
    model_end_task(object, what, HF_TIME_LIMIT);
    if (worker && worker->supervisor && !worker->gone) {
        model_worker_gone(object, worker, NULL);
    }
    model_pool_changed(object);
}

/* ---- the whole ---- */

static void make_pool_close(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, pool_close, .has_terminate = maker_chance(maker, 60),
                              .terminate = maker_chance(maker, 60)));
}

static hf_status pool_close(struct model_run *run) {
    model_pool_over(run->object, run->request->pool_close->terminate);
    return HF_OK;
}

static void make_join(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, pool_join));
}

static bool join_ready(struct model_run *run) {
    const struct model_pool *pool = pool_of(run);
    return !pool->closed || (model_alive(pool) == 0 && model_workers(pool) == 0 &&
                             model_count_members(run->model, run->object, &model_supervisor) == 0);
}

static hf_status pool_join(struct model_run *run) {
    return pool_of(run)->closed ? HF_OK : HF_VALUE_ERROR;
}

static void make_state(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, pool_state));
}

static void tell_task(struct model_run *run, const struct model_task *task, Hf__Worker *out) {
    out->function = task->in->function;
    out->submitter = task->who->label;
    out->has_submitter_pid = out->has_running_ms = out->has_run = true;
    out->submitter_pid = task->who->pid;
    out->running_ms = (uint64_t)(run->model->now_ms - task->started_ms);
    out->run = task->runs;
    if (task->progress && task->progress->kind_case != HF__ANY__KIND__NOT_SET) {
        out->progress = model_tell(run, task->progress);
    }
}

static Hf__Worker *tell_worker(struct model_run *run, const struct model_worker *worker) {
    const struct model_pool *pool = pool_of(run);
    const struct model_task *first = NULL;
    Hf__Worker *out = keep(sizeof *out);
    hf__worker__init(out);
    out->session = worker->session->id;
    out->label = worker->session->label;
    out->has_pid = out->has_number = out->has_tasks = true;
    out->pid = worker->session->pid;
    out->number = worker->number;
    out->tasks = worker->finished;
    for (size_t i = 0; i < pool->task_count; i++) {
        const struct model_task *task = pool->tasks[i];
        if (task->worker == worker && (!first || task->taken < first->taken)) {
            first = task;
        }
    }
    if (first) {
        tell_task(run, first, out);
    }
    return out;
}

static hf_status state(struct model_run *run) {
    const struct model_pool *pool = pool_of(run);
    Hf__Workforce *out = keep(sizeof *out);
    hf__workforce__init(out);
    out->queued = model_queued(pool);
    out->running = model_alive(pool) - out->queued;
    out->done = pool->done;
    out->failed = pool->failed;
    out->lost = pool->lost;
    out->cancelled = pool->cancelled;
    out->retried = pool->retried;
    out->submitters = model_count_members(run->model, run->object, &model_submitter);
    out->supervisors = model_count_members(run->model, run->object, &model_supervisor);
    out->worker_count = model_workers(pool);
    out->has_closed = true;
    out->closed = pool->closed;
    out->workers = keep((pool->worker_count + 1) * sizeof(Hf__Worker *));
    for (size_t i = 0; i < pool->worker_count; i++) {
        if (!pool->workers[i]->gone) {
            out->workers[out->n_workers++] = tell_worker(run, pool->workers[i]);
        }
    }
    run->reply->result_case = HF__REPLY__RESULT_WORKFORCE;
    run->reply->workforce = out;
    return HF_OK;
}

static uint64_t pool_size(const struct model_object *object) {
    return model_queued(model_pool_of(object));
}

static void count_refs(const struct model_refs *refs) {
    for (size_t i = 0; i < refs->count; i++) {
        refs->objects[i]->references++;
    }
}

static void pool_count(const struct model *model, const struct model_object *object) {
    const struct model_pool *pool = model_pool_of(object);
    for (size_t i = 0; i < pool->task_count; i++) {
        const struct model_task *task = pool->tasks[i];
        count_refs(&task->needs);
        count_refs(&task->brings);
        if (task->progress) {
            model_count(model, task->progress, task->progress_clock);
        }
    }
}

static const struct model_op pool_ops[] = {
    {HF__REQUEST__OP_POOL_OPEN, 4, make_pool_open, pool_open, NULL, MODEL_OPENS | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_POOL_REGISTER, 20, make_register, enlist, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_POOL_TAKE, 80, make_take, pool_take, take_ready,
     MODEL_CHANGES | MODEL_OWN_ORDER | MODEL_LAST_FIRST, POOL_LANE_TAKE},
    {HF__REQUEST__OP_POOL_FINISH, 40, make_finish, pool_finish, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_POOL_PROGRESS, 45, make_progress, progress, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_POOL_LEAVE, 5, make_leave, pool_leave, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_POOL_CLOSE, 4, make_pool_close, pool_close, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_POOL_JOIN, 12, make_join, pool_join, join_ready, MODEL_OWN_ORDER,
     POOL_LANE_JOIN},
    {HF__REQUEST__OP_POOL_STATE, 10, make_state, state, NULL, 0, 0},
};

const struct model_type model_pool = {
    .tag = HF__TYPE__POOL,
    .name = "pool",
    .ops = pool_ops,
    .op_count = sizeof pool_ops / sizeof pool_ops[0],
    .holder_died = pool_holder_died,
    .woken = woken,
    .size = pool_size,
    .count = pool_count,
    .ended = model_pool_ended,
};
