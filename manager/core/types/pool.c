/* SPDX-License-Identifier: MIT
 *
 * pool: the operations of workers, and those on the pool as a whole. The life of a task is in
 * task.h. A session that is a worker of a pool holds it.
 */
#include "bulk.h"
#include "lifetime.h"
#include "mem.h"
#include "object.h"
#include "options.h"
#include "registry.h"
#include "show.h"
#include "task.h"
#include "wire_limits.h"

#include <assert.h>
#include <string.h>

static struct pool *pool_of(struct call *call) {
    return (struct pool *)call->object;
}

/* ---- open, describe ---- */

static hf_status pool_open(struct call *call) {
    return OBJECT_OPEN(call, &type_pool, call->request->pool_open);
}

static hf_status pool_init(struct object *object, struct call *call) {
    struct pool *pool = (struct pool *)object;
    const Hf__PoolOpen *in = call->request->pool_open;
    schedule_init(&pool->schedule);
    link_init(&pool->workers);
    link_init(&pool->submitters);
    link_init(&pool->supervisors);
    pool->max_tasks = in->max_tasks;
    pool->max_bytes = in->max_bytes;
    pool->last_task = call->registry->numbers_above;
    return HF_OK;
}

static void pool_options(const struct object *object, void *open) {
    const struct pool *pool = (const struct pool *)object;
    Hf__PoolOpen *out = open;
    OPTION(out, max_tasks, pool->max_tasks);
    OPTION(out, max_bytes, pool->max_bytes);
}

static void pool_deleted(struct object *object) {
    pool_end((struct pool *)object);
}

static void pool_fini(struct object *object) {
    const struct pool *pool = (const struct pool *)object;
    assert(pool->alive == 0 && pool->queued_bytes == 0 && pool->schedule.count == 0);
    (void)pool;
}

static uint64_t pool_describe(const struct object *object, struct text *options) {
    const struct pool *pool = (const struct pool *)object;
    if (pool->max_tasks) {
        text_add(options, "at most %llu tasks, ", (unsigned long long)pool->max_tasks);
    }
    if (pool->max_bytes) {
        text_add(options, "at most %llu bytes, ", (unsigned long long)pool->max_bytes);
    }
    text_add(options, "%llu running, %llu workers%s",
             (unsigned long long)(pool->alive - pool->schedule.count),
             (unsigned long long)pool->worker_count, pool->closed ? ", closed" : "");
    return pool->schedule.count;
}

/* ---- workers ---- */

/* Looks through the session's holds, which are fewer than the pool's workers. NULL: it is none. */
static struct worker *pool_find_worker(const struct call *call) {
    const struct link *holds = &call->owner->all->holds;
    for (const struct link *link = holds->next; link != holds; link = link->next) {
        struct hold *hold = LINK_OWNER(link, struct hold, of_session);
        if (hold->object == call->object && hold->owner == call->owner) {
            return (struct worker *)hold;
        }
    }
    return NULL;
}

static hf_status pool_refuse_stranger(struct call *call) {
    return call_refuse(call, HF_NOT_HELD, "this session is not a worker of the pool");
}

static hf_status pool_find_supervisor(struct call *call, uint64_t id,
                                      struct supervisor **supervisor) {
    struct object *object = lifetime_find(call->registry, id);
    if (!object) {
        return call_refuse_id(call, id);
    }
    if (object->type == &type_supervisor) {
        *supervisor = (struct supervisor *)object;
        if ((*supervisor)->pool == pool_of(call)) {
            return HF_OK;
        }
    }
    return call_refuse(call, HF_NO_OBJECT, "the pool has no supervisor with the id %llu",
                       (unsigned long long)id);
}

/* No task is left to take, and none will come. */
static bool pool_is_over(const struct pool *pool) {
    return pool->closed && pool->alive == 0;
}

static hf_status pool_register(struct call *call) {
    const Hf__PoolRegister *in = call->request->pool_register;
    struct supervisor *supervisor = NULL;
    if (pool_find_worker(call)) {
        return call_refuse(call, HF_INVALID, "this session already is a worker of the pool");
    }
    hf_status status =
        in->has_supervisor ? pool_find_supervisor(call, in->supervisor, &supervisor) : HF_OK;
    if (status == HF_OK && pool_is_over(pool_of(call))) {
        status = HF_CLOSED;
    }
    if (status == HF_OK && supervisor && supervisor->gone_count >= HF_WORKERS_GONE_MAX) {
        status = call_refuse(call, HF_LIMIT,
                             "the supervisor has not reported how %u of its workers ended",
                             HF_WORKERS_GONE_MAX);
    }
    if (status != HF_OK) {
        return status;
    }
    struct worker *worker = worker_new(pool_of(call), supervisor, in->number, call->owner->who);
    if (!worker) {
        return HF_NO_MEMORY;
    }
    hold_begin(&worker->hold, call->owner, call->object);
    pool_changed(pool_of(call));
    return HF_OK;
}

static hf_status pool_leave(struct call *call) {
    static const struct worker_exit left = {.how = EXIT_BY_LEAVING};
    struct worker *worker = pool_find_worker(call);
    if (!worker) {
        return pool_refuse_stranger(call);
    }
    worker_end(worker, &left);
    return HF_OK;
}

static void pool_holder_died(struct object *object, struct hold *hold) {
    (void)object;
    worker_end((struct worker *)hold, NULL);
}

/* ---- take ---- */

static hf_status pool_answer_task(struct call *call, struct task *task) {
    Hf__Task *out = arena_alloc(call->arena, sizeof *out);
    if (!out) {
        return HF_NO_MEMORY;
    }
    hf__task__init(out);
    out->id = task->id;
    out->function = task->payload;
    out->has_calls = task->has_calls;
    out->calls = (ProtobufCBinaryData){task->calls_len, (uint8_t *)(uintptr_t)task_calls(task)};
    out->has_run = true;
    out->run = task->runs + 1;
    out->has_time_limit_ms = task->time_limit_ms > 0;
    out->time_limit_ms = task->time_limit_ms;
    return call_answer_message(call, HF__REPLY__RESULT_TASK, out);
}

static hf_status pool_take(struct call *call) {
    struct pool *pool = pool_of(call);
    struct worker *worker = pool_find_worker(call);
    if (!worker) {
        return pool_refuse_stranger(call);
    }
    if (worker->task_count >= HF_WORKER_TASKS_MAX) {
        return call_refuse(call, HF_LIMIT, "a worker has at most %u tasks at a time",
                           HF_WORKER_TASKS_MAX);
    }
    struct planned *planned = pool_next(pool);
    if (!planned) {
        return pool_is_over(pool) ? HF_CLOSED : HF_WAIT;
    }
    struct task *task = LINK_OWNER(planned, struct task, planned);
    hf_status status =
        task_tell_refs(&task->argument_refs, call) ? pool_answer_task(call, task) : HF_NO_MEMORY;
    if (status == HF_OK && !task_take(task, worker)) {
        status = HF_NO_MEMORY;
    }
    if (status == HF_OK) {
        pool_changed(pool);
    }
    return status;
}

/* ---- finish, progress ---- */

/* The worker has at most HF_WORKER_TASKS_MAX tasks. */
static hf_status pool_find_task(struct call *call, uint64_t id, struct task **found) {
    const struct worker *worker = pool_find_worker(call);
    if (!worker) {
        return pool_refuse_stranger(call);
    }
    for (const struct link *link = worker->tasks.next; link != &worker->tasks; link = link->next) {
        struct task *task = LINK_OWNER(link, struct task, in_list);
        if (task->id == id) {
            *found = task;
            return HF_OK;
        }
    }
    return call_refuse(call, HF_NOT_HELD, "this worker does not have the task %llu (any more)",
                       (unsigned long long)id);
}

/* If memory lacks for its outcomes, the task ends with HF_NO_MEMORY instead. */
static hf_status pool_keep_outcomes(struct call *call, struct task *task,
                                    const Hf__PoolFinish *in) {
    const struct any view = {
        .kind = ANY_BYTES, .len = (uint32_t)in->outcomes.len, .bytes = (char *)in->outcomes.data};
    bool kept = any_keep(call->registry, &view, &task->outcomes) == HF_OK &&
                task_refer(&task->outcome_refs, call->registry, in->objects, in->n_objects);
    return kept ? HF_OK : HF_NO_MEMORY;
}

static hf_status pool_check_finish(struct call *call, const Hf__PoolFinish *in) {
    if (in->detail && strlen(in->detail) >= HF_DETAIL_MAX_BYTES) {
        return call_refuse(call, HF_INVALID, "a task ends with less than %u bytes of detail",
                           HF_DETAIL_MAX_BYTES);
    }
    return call_check_enum(call, &hf__status__descriptor, (int)in->status, "status");
}

static hf_status pool_finish(struct call *call) {
    const Hf__PoolFinish *in = call->request->pool_finish;
    struct task *task = NULL;
    hf_status status = pool_find_task(call, in->task, &task);
    if (status == HF_OK) {
        status = pool_check_finish(call, in);
    }
    if (status != HF_OK) {
        return status;
    }
    hf_status outcome = (hf_status)in->status;
    if (outcome == HF_OK) {
        outcome = pool_keep_outcomes(call, task, in);
    } else if (in->detail) {
        task_explain(task, "%s", in->detail);
    }
    assert(task->status == HF_WAIT && task->worker);
    task->failed = in->failed;
    task->worker->finished++;
    task_end(task, outcome);
    pool_changed(pool_of(call));
    return HF_OK;
}

static hf_status pool_report(struct call *call, struct task *task, Hf__Any *value) {
    if (hf__any__get_packed_size(value) > HF_PROGRESS_MAX_BYTES) {
        return call_refuse(call, HF_TOO_BIG, "a progress report has at most %u bytes",
                           HF_PROGRESS_MAX_BYTES);
    }
    struct any kept;
    hf_status status = call_keep(call, value, &kept);
    if (status != HF_OK) {
        return status;
    }
    any_drop(call->registry, &task->progress);
    task->progress = kept;
    struct submitter *submitter = task_origin(task)->submitter;
    if (submitter && link_alone(&task->in_news)) {
        link_append(&submitter->news, &task->in_news);
    }
    if (submitter) {
        object_touch(&submitter->object);
    }
    return HF_OK;
}

static hf_status pool_progress(struct call *call) {
    const Hf__PoolProgress *in = call->request->pool_progress;
    struct task *task = NULL;
    hf_status status = pool_find_task(call, in->task, &task);
    if (status != HF_OK) {
        return status;
    }
    assert(task && task->status == HF_WAIT);
    if (in->value) {
        status = pool_report(call, task, in->value);
    }
    return status == HF_OK ? call_answer_truth(call, !task->cancelled) : status;
}

/* ---- the whole ---- */

static hf_status pool_close(struct call *call) {
    pool_shut_down(pool_of(call), call->request->pool_close->terminate);
    return HF_OK;
}

/* A join takes nothing from another one, so none waits behind another. */
static hf_status pool_join(struct call *call) {
    const struct pool *pool = pool_of(call);
    if (!pool->closed) {
        return call_refuse(call, HF_VALUE_ERROR,
                           "the pool is not closed, so a join might wait for ever");
    }
    bool over = pool->alive == 0 && pool->worker_count == 0 && pool->supervisor_count == 0;
    return over ? HF_OK : HF_WAIT;
}

static bool pool_tell_task(struct call *call, const struct task *task, Hf__Worker *out) {
    const struct who *who = task_origin(task)->who;
    out->function = arena_copy(call->arena, task->payload, task->function_len);
    out->submitter = arena_copy(call->arena, who->label, strlen(who->label));
    out->has_submitter_pid = out->has_running_ms = out->has_run = true;
    out->submitter_pid = who->pid;
    out->running_ms = (uint64_t)(call->registry->now_ms - task->started_ms);
    out->run = task->runs;
    if (task->progress.kind != ANY_NULL) {
        out->progress = call_wire(call, &task->progress);
        return out->function && out->submitter && out->progress;
    }
    return out->function && out->submitter;
}

static Hf__Worker *pool_tell_worker(struct call *call, const struct worker *worker) {
    Hf__Worker *out = call_message(call, &hf__worker__descriptor);
    if (!out) {
        return NULL;
    }
    out->session = worker->who->session;
    out->label = arena_copy(call->arena, worker->who->label, strlen(worker->who->label));
    out->has_pid = out->has_number = out->has_tasks = true;
    out->pid = worker->who->pid;
    out->number = worker->number;
    out->tasks = worker->finished;
    const struct link *first = link_first(&worker->tasks);
    bool told = !first || pool_tell_task(call, LINK_OWNER(first, struct task, in_list), out);
    return out->label && told ? out : NULL;
}

static bool pool_tell_workers(struct call *call, const struct pool *pool, Hf__Workforce *out) {
    uint64_t count = pool->worker_count;
    size_t most = count < HF_WORKERS_SHOWN ? (size_t)count : HF_WORKERS_SHOWN;
    out->workers = arena_zeroed(call->arena, most, sizeof *out->workers);
    if (!out->workers) {
        return false;
    }
    for (const struct link *link = pool->workers.next; out->n_workers < most; link = link->next) {
        Hf__Worker *worker = pool_tell_worker(call, LINK_OWNER(link, struct worker, in_pool));
        if (!worker) {
            return false;
        }
        out->workers[out->n_workers++] = worker;
    }
    return true;
}

static hf_status pool_state(struct call *call) {
    const struct pool *pool = pool_of(call);
    Hf__Workforce *out = call_message(call, &hf__workforce__descriptor);
    if (!out) {
        return HF_NO_MEMORY;
    }
    out->queued = pool->schedule.count;
    out->running = pool->alive - pool->schedule.count;
    out->done = pool->done;
    out->failed = pool->failed;
    out->lost = pool->lost;
    out->cancelled = pool->cancelled;
    out->retried = pool->retried;
    out->submitters = pool->submitter_count;
    out->supervisors = pool->supervisor_count;
    out->worker_count = pool->worker_count;
    out->has_closed = true;
    out->closed = pool->closed;
    return pool_tell_workers(call, pool, out)
               ? call_answer_message(call, HF__REPLY__RESULT_WORKFORCE, out)
               : HF_NO_MEMORY;
}

static const struct op pool_ops[] = {
    {HF__REQUEST__OP_POOL_OPEN, pool_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_POOL_REGISTER, pool_register, OP_CHANGES, 0},
    {HF__REQUEST__OP_POOL_TAKE, pool_take, OP_CHANGES | OP_WAITS | OP_OWN_ORDER | OP_LAST_FIRST,
     POOL_LANE_TAKE},
    {HF__REQUEST__OP_POOL_FINISH, pool_finish, OP_CHANGES, 0},
    {HF__REQUEST__OP_POOL_PROGRESS, pool_progress, OP_CHANGES, 0},
    {HF__REQUEST__OP_POOL_LEAVE, pool_leave, OP_CHANGES, 0},
    {HF__REQUEST__OP_POOL_CLOSE, pool_close, OP_CHANGES, 0},
    {HF__REQUEST__OP_POOL_JOIN, pool_join, OP_WAITS | OP_OWN_ORDER, POOL_LANE_JOIN},
    {HF__REQUEST__OP_POOL_STATE, pool_state, OP_READS, 0},
};

const struct type type_pool = {
    .tag = HF__TYPE__POOL,
    .name = "pool",
    .object_size = sizeof(struct pool),
    TYPE_OPS(pool_ops),
    .init = pool_init,
    .fini = pool_fini,
    .deleted = pool_deleted,
    .options = pool_options,
    .holder_died = pool_holder_died,
    .describe = pool_describe,
};
