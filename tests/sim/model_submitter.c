/* SPDX-License-Identifier: MIT
 *
 * The model of a submitter: see model_pool.h.
 */
#include "keep.h"
#include "make.h"
#include "model_pool.h"

#include <assert.h>
#include <string.h>

enum { SUBMISSIONS_MOST = 3, PRIORITY_MAX = 10, RESULTS_MAX = 1024 };

static struct model_submitter *submitter_of(const struct model_run *run) {
    return model_submitter_of(run->object);
}

/* ---- open ---- */

static void make_submitter_open(struct maker *maker) {
    uint64_t pool = maker_object(maker, maker_chance(maker, 97) ? &model_pool : NULL);
    maker_emit(maker, REQUEST(maker->object, submitter_open, .pool = pool));
}

static hf_status submitter_open(struct model_run *run) {
    struct model_object *pool = model_find(run->model, run->request->submitter_open->pool);
    bool there = pool && pool->type == &model_pool;
    struct model_submitter *submitter = keep(sizeof *submitter);
    submitter->pool = pool;
    submitter->tasks = there ? model_pool_of(pool) : NULL;
    submitter->who = run->session;
    hf_status status = !there ? HF_NO_OBJECT : model_pool_of(pool)->closed ? HF_CLOSED : HF_OK;
    return model_open(run, (struct model_opening){&model_submitter, NULL, HF__MODE__OPEN_OR_CREATE,
                                                  submitter, status, NULL});
}

/* ---- submit ---- */

static Hf__Submission *make_task(struct maker *maker) {
    static const uint64_t limits[] = {0, 20, 40, 100, UINT64_MAX};
    uint64_t *objects = keep(MODEL_REFS_MAX * sizeof *objects);
    for (size_t i = 0; i < MODEL_REFS_MAX; i++) {
        objects[i] = maker_object(maker, NULL);
    }
    Hf__Submission *task = keep(sizeof *task);
    hf__submission__init(task);
    task->tag = maker_roll(maker, 10);
    task->function = keep_string("%s", maker_chance(maker, 98) ? "f" : "");
    task->has_calls = maker_chance(maker, 80);
    size_t len = task->has_calls ? maker_roll(maker, 8) : 0;
    task->calls = (ProtobufCBinaryData){len, (uint8_t *)keep_string("of calls")};
    task->has_priority = maker_chance(maker, 40);
    task->priority = maker_chance(maker, 97) ? (int32_t)maker_roll(maker, 4) - 2 : 11;
    task->has_retries = maker_chance(maker, 40);
    task->retries = (uint32_t)maker_roll(maker, 3);
    task->has_time_limit_ms = maker_chance(maker, 30);
    task->time_limit_ms = limits[maker_roll(maker, sizeof limits / sizeof limits[0])];
    task->has_detached = maker_chance(maker, 40);
    task->detached = maker_chance(maker, 60);
    task->n_objects = maker_chance(maker, 30) ? maker_roll(maker, MODEL_REFS_MAX + 1) : 0;
    task->objects = objects;
    return task;
}

static void make_submit(struct maker *maker) {
    Hf__Submission *tasks[SUBMISSIONS_MOST];
    size_t count = maker_chance(maker, 97) ? 1 + maker_roll(maker, SUBMISSIONS_MOST) : 0;
    for (size_t i = 0; i < count; i++) {
        tasks[i] = make_task(maker);
    }
    maker_emit(maker, REQUEST(maker->object, submitter_submit, .n_tasks = count, .tasks = tasks));
}

static size_t submitter_bytes_of(const Hf__Submission *in) {
    return strlen(in->function) + in->calls.len;
}

static bool has_room(const struct model_pool *pool, const Hf__Submission *in) {
    size_t bytes = submitter_bytes_of(in);
    size_t queued = 0;
    for (size_t i = 0; i < pool->task_count; i++) {
        if (pool->tasks[i]->position != 0) {
            bytes += submitter_bytes_of(pool->tasks[i]->in);
            queued++;
        }
    }
    return (pool->max_tasks == 0 || queued < pool->max_tasks) &&
           (pool->max_bytes == 0 || bytes <= pool->max_bytes);
}

static size_t kept_tasks(const struct model_pool *pool) {
    size_t count = 0;
    for (size_t i = 0; i < pool->task_count; i++) {
        count += !pool->tasks[i]->released;
    }
    return count;
}

/* Whether it could be taken on now. */
static hf_status judge(const struct model_object *submitter, const Hf__Submission *in) {
    const struct model_pool *pool = model_submitter_of(submitter)->tasks;
    if (!in->function[0] || in->priority < -PRIORITY_MAX || in->priority > PRIORITY_MAX) {
        return HF_INVALID;
    }
    if (model_find_task(submitter, in->tag)) {
        return HF_VALUE_ERROR;
    }
    if (pool->max_bytes != 0 && submitter_bytes_of(in) > pool->max_bytes) {
        return HF_TOO_BIG;
    }
    if (!has_room(pool, in)) {
        return MODEL_WAIT;
    }
    return kept_tasks(pool) < MODEL_ITEMS_MAX ? HF_OK : HF_LIMIT;
}

/* The answer to the whole request, without the number of tasks taken on. */
static hf_status judge_all(struct model_run *run) {
    const struct model_submitter *submitter = submitter_of(run);
    const Hf__SubmitterSubmit *in = run->request->submitter_submit;
    if (submitter->closed) {
        return HF_CLOSED;
    }
    if (!submitter->pool) {
        return HF_DELETED;
    }
    if (submitter->tasks->closed || submitter->tasks->abandoned) {
        return HF_CLOSED;
    }
    const struct model_call *first =
        model_waiting_call(run->model, submitter->pool, POOL_LANE_SUBMIT, 0);
    hf_status status = in->n_tasks > 0 ? judge(run->object, in->tasks[0]) : HF_OK;
    if (first && first != run->call && (status == HF_OK || status == HF_LIMIT)) {
        return MODEL_WAIT;
    }
    return status;
}

/* One of its waiters is at the pool. */
static bool submit_ready(struct model_run *run) {
    run->object = model_find(run->model, run->request->object);
    return !run->object || judge_all(run) != MODEL_WAIT;
}

static void take_on(struct model_run *run, const Hf__Submission *in) {
    struct model_submitter *submitter = submitter_of(run);
    struct model_pool *pool = submitter->tasks;
    assert(pool->task_count < MODEL_TASKS_ROOM);
    struct model_task *task = keep(sizeof *task);
    task->id = ++pool->next_id;
    task->in = in;
    task->source = run->object;
    task->who = submitter->who;
    task->status = MODEL_WAIT;
    task->needs = model_refer(run->model, in->objects, in->n_objects);
    model_queue_task(pool, task, false);
    pool->tasks[pool->task_count++] = task;
}

static hf_status wait_for_room(struct model_run *run) {
    struct model_object *objects[] = {submitter_of(run)->pool, run->object};
    static const unsigned lanes[] = {POOL_LANE_SUBMIT, SUBMITTER_LANE_SUBMIT};
    for (size_t i = 0; i < 2; i++) {
        run->waiters[i] = (struct model_waiter){
            .object = objects[i], .lane = lanes[i], .op = run->op, .request = run->request};
    }
    run->waiter_count = 2;
    return MODEL_WAIT;
}

static hf_status submitter_submit(struct model_run *run) {
    const Hf__SubmitterSubmit *in = run->request->submitter_submit;
    hf_status status = judge_all(run);
    if (status == MODEL_WAIT) {
        return wait_for_room(run);
    }
    if (status != HF_OK) {
        return status;
    }
    size_t count = 0;
    while (count < in->n_tasks && judge(run->object, in->tasks[count]) == HF_OK) {
        take_on(run, in->tasks[count++]);
    }
    model_pool_changed(submitter_of(run)->pool);
    return model_answer_count(run, count);
}

/* ---- collect ---- */

static void make_collect(struct maker *maker) {
    maker_emit(maker,
               REQUEST(maker->object, submitter_collect, .has_limit = maker_chance(maker, 40),
                       .limit = (uint32_t)maker_roll(maker, 4)));
}

/* The next to be told of, in order; NULL: none. */
static struct model_task *next_result(const struct model_object *submitter) {
    const struct model_pool *pool = model_submitter_of(submitter)->tasks;
    struct model_task *next = NULL;
    for (size_t i = 0; i < pool->task_count; i++) {
        struct model_task *task = pool->tasks[i];
        if (task->source == submitter && !task->orphan && !task->released && task->ended > 0 &&
            (!next || task->ended < next->ended)) {
            next = task;
        }
    }
    return next;
}

static struct model_task *next_news(const struct model_object *submitter) {
    const struct model_pool *pool = model_submitter_of(submitter)->tasks;
    struct model_task *next = NULL;
    for (size_t i = 0; i < pool->task_count; i++) {
        struct model_task *task = pool->tasks[i];
        if (task->source == submitter && !task->released && task->news > 0 &&
            (!next || task->news < next->news)) {
            next = task;
        }
    }
    return next;
}

static bool collect_ready(struct model_run *run) {
    const struct model_submitter *submitter = submitter_of(run);
    return submitter->closed || !submitter->pool || next_result(run->object) ||
           next_news(run->object);
}

static Hf__Result *tell_result(struct model_run *run, const struct model_task *task) {
    Hf__Result *out = keep(sizeof *out);
    hf__result__init(out);
    bool lost = task->status == HF_WORKER_LOST || task->status == HF_TIME_LIMIT;
    out->tag = task->in->tag;
    out->status = (Hf__Status)task->status;
    out->has_outcomes = task->status == HF_OK;
    out->outcomes = task->outcomes;
    out->has_calls = lost && task->in->has_calls;
    out->calls = task->in->calls;
    out->has_signal = lost && task->has_signal;
    out->has_exit_code = lost && task->has_exit_code;
    out->signal = out->exit_code = task->verdict;
    out->has_runs = true;
    out->runs = task->runs;
    model_tell_refs(run, &task->brings);
    return out;
}

static hf_status submitter_collect(struct model_run *run) {
    const struct model_submitter *submitter = submitter_of(run);
    uint32_t limit = run->request->submitter_collect->limit;
    struct model_task *task = NULL;
    if (!next_result(run->object) && !next_news(run->object)) {
        return submitter->closed ? HF_CLOSED : HF_DELETED;
    }
    limit = limit > 0 ? limit : RESULTS_MAX;
    Hf__Collected *out = keep(sizeof *out);
    hf__collected__init(out);
    out->results = keep(RESULTS_MAX * sizeof(Hf__Result *));
    out->news = keep(RESULTS_MAX * sizeof(Hf__News *));
    while (out->n_results < limit && (task = next_result(run->object)) != NULL) {
        out->results[out->n_results++] = tell_result(run, task);
        model_release_task(run->model, task);
    }
    while (out->n_news < limit && (task = next_news(run->object)) != NULL) {
        Hf__News *news = keep(sizeof *news);
        hf__news__init(news);
        news->tag = task->in->tag;
        news->progress = model_tell(run, task->progress);
        out->news[out->n_news++] = news;
        task->news = 0;
    }
    run->reply->result_case = HF__REPLY__RESULT_COLLECTED;
    run->reply->collected = out;
    return HF_OK;
}

/* ---- cancel, close ---- */

static void make_cancel(struct maker *maker) {
    static uint64_t tags[2];
    tags[0] = maker_roll(maker, 10);
    tags[1] = maker_roll(maker, 10);
    maker_emit(maker, REQUEST(maker->object, submitter_cancel,
                              .n_tags = maker_chance(maker, 80) ? 1 + maker_roll(maker, 2) : 0,
                              .tags = tags));
}

static uint64_t cancel_one(const struct model_run *run, struct model_task *task) {
    if (!task || task->status != MODEL_WAIT) {
        return 0;
    }
    model_cancel_task(submitter_of(run)->pool, task);
    return 1;
}

static hf_status cancel(struct model_run *run) {
    const Hf__SubmitterCancel *in = run->request->submitter_cancel;
    const struct model_submitter *submitter = submitter_of(run);
    const struct model_pool *pool = submitter->tasks;
    uint64_t count = 0;
    if (submitter->closed || !submitter->pool) {
        return submitter->closed ? HF_CLOSED : HF_DELETED;
    }
    for (size_t i = 0; i < pool->task_count && in->n_tags == 0; i++) {
        struct model_task *task = pool->tasks[i];
        count += task->source == run->object && !task->released ? cancel_one(run, task) : 0;
    }
    for (size_t i = 0; i < in->n_tags; i++) {
        count += cancel_one(run, model_find_task(run->object, in->tags[i]));
    }
    model_pool_changed(submitter->pool);
    return model_answer_count(run, count);
}

static void make_submitter_close(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, submitter_close));
}

static hf_status submitter_close(struct model_run *run) {
    model_submitter_over(run->model, run->object);
    return HF_OK;
}

/* ---- ends ---- */

static void ended(struct model *model, struct model_object *object) {
    model_submitter_over(model, object);
    model_submitter_of(object)->pool = NULL;
}

static struct model_object *submitter_refers(const struct model_object *object) {
    return model_submitter_of(object)->pool;
}

static uint64_t submitter_size(const struct model_object *object) {
    const struct model_pool *pool = model_submitter_of(object)->tasks;
    uint64_t count = 0;
    for (size_t i = 0; i < pool->task_count; i++) {
        const struct model_task *task = pool->tasks[i];
        count += task->source == object && !task->orphan && !task->released;
    }
    return count;
}

static const struct model_op submitter_ops[] = {
    {HF__REQUEST__OP_SUBMITTER_OPEN, 10, make_submitter_open, submitter_open, NULL,
     MODEL_OPENS | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_SUBMITTER_SUBMIT, 60, make_submit, submitter_submit, submit_ready,
     MODEL_CHANGES | MODEL_OWN_ORDER | MODEL_MOVES, SUBMITTER_LANE_SUBMIT},
    {HF__REQUEST__OP_SUBMITTER_COLLECT, 35, make_collect, submitter_collect, collect_ready,
     MODEL_CHANGES, SUBMITTER_LANE_COLLECT},
    {HF__REQUEST__OP_SUBMITTER_CANCEL, 10, make_cancel, cancel, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_SUBMITTER_CLOSE, 2, make_submitter_close, submitter_close, NULL, MODEL_CHANGES,
     0},
};

const struct model_type model_submitter = {
    .tag = HF__TYPE__SUBMITTER,
    .name = "submitter",
    .ops = submitter_ops,
    .op_count = sizeof submitter_ops / sizeof submitter_ops[0],
    .size = submitter_size,
    .refers = submitter_refers,
    .ended = ended,
};
