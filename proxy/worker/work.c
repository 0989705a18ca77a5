/* SPDX-License-Identifier: MIT
 *
 * See work.h. Each task costs one round trip: its outcomes are sent before the request for the next
 * task, without an answer. The manager may refuse large outcomes for lack of memory. So for those
 * the worker waits for the answer; otherwise the task would never end.
 */
#include "work.h"

#include "call.h"
#include "cancel.h"
#include "detail.h"
#include "reserved.h"
#include "task.h"

#include <assert.h>
#include <errno.h>
#include <holdfast/object.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { UNANSWERED_MAX_BYTES = 64 * 1024, UNANSWERED_MAX_OBJECTS = 256 };

struct worker {
    hf_client *client;
    const struct work_assignment *assignment;
    const hf_work *work;
    struct hf_task task;
    struct buffer outcomes;
    struct references references;
    timer_t timer;
    bool has_timer;
};

/* ---- the time limit ---- */

/* The kernel's timer sends SIGKILL, whatever the function does and whatever happens to this thread.
 */
static bool make_timer(struct worker *worker) {
    struct sigevent kill_me = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    if (!worker->has_timer) {
        worker->has_timer = timer_create(CLOCK_MONOTONIC, &kill_me, &worker->timer) == 0;
    }
    return worker->has_timer;
}

static bool arm_timer(struct worker *worker, uint64_t limit_ms) {
    const struct itimerspec due = {
        .it_value = {.tv_sec = (time_t)(limit_ms / 1000),
                     .tv_nsec = (long)(limit_ms % 1000) * 1000000},
    };
    return make_timer(worker) && timer_settime(worker->timer, 0, &due, NULL) == 0;
}

static void run_within_limit(struct worker *worker) {
    struct hf_task *task = &worker->task;
    if (task->time_limit_ms > 0 && !arm_timer(worker, task->time_limit_ms)) {
        task_refuse(task, HF_SYSTEM, "its worker cannot make a timer for its time limit");
        return;
    }
    task_run(task);
    if (task->time_limit_ms > 0) {
        (void)arm_timer(worker, 0); /* to disarm a timer that exists cannot fail */
    }
}

/* ---- taking and finishing tasks ---- */

static hf_status store_task(const Hf__Reply *reply, const struct sink *sink) {
    task_decode(sink->out, reply->task);
    return HF_OK;
}

static hf_status take_task(struct worker *worker) {
    struct call call;
    Hf__PoolTake op = HF__POOL_TAKE__INIT;
    call_begin(&call, worker->client, worker->assignment->pool);
    call_timeout(&call, worker->work->idle_ms > 0 ? worker->work->idle_ms : -1);
    return call_make(&call, HF__REQUEST__OP_POOL_TAKE, &op.base,
                     (struct sink){store_task, HF__REPLY__RESULT_TASK, .out = &worker->task});
}

static hf_status send_outcome(struct worker *worker, bool answered) {
    struct hf_task *task = &worker->task;
    struct call call;
    Hf__PoolFinish op = HF__POOL_FINISH__INIT;
    call_begin(&call, worker->client, worker->assignment->pool);
    op.task = task->id;
    op.has_failed = true;
    op.failed = task->status != HF_OK || task->failures.count > 0;
    if (task->status == HF_OK) {
        const struct buffer *outcomes = &worker->outcomes;
        op.has_outcomes = true;
        op.outcomes =
            (ProtobufCBinaryData){buffer_len(outcomes), outcomes->bytes + outcomes->start};
        op.n_objects = worker->references.count;
        op.objects = worker->references.ids;
    } else {
        op.has_status = true;
        op.status = (Hf__Status)task->status;
        op.detail = task->detail;
    }
    return answered ? call_make(&call, HF__REQUEST__OP_POOL_FINISH, &op.base, sink_nothing())
                    : call_put(&call, HF__REQUEST__OP_POOL_FINISH, &op.base);
}

/* The outcomes are too big, or memory is lacking: end the task with that status. */
static hf_status send_refusal(struct worker *worker, hf_status why) {
    char words[2 * HF_DETAIL_MAX_BYTES];
    (void)snprintf(words, sizeof words, "its result cannot be sent: %s", hf_last_detail());
    task_refuse(&worker->task, why, words);
    return send_outcome(worker, false);
}

static bool is_small(const struct worker *worker) {
    return buffer_len(&worker->outcomes) <= UNANSWERED_MAX_BYTES &&
           worker->references.count <= UNANSWERED_MAX_OBJECTS;
}

static hf_status finish_task(struct worker *worker) {
    struct hf_task *task = &worker->task;
    buffer_clear(&worker->outcomes);
    worker->references.count = 0;
    if (task->status == HF_OK) {
        task_encode(task, &worker->outcomes, &worker->references);
    }
    hf_status status = send_outcome(worker, !is_small(worker));
    if (status == HF_NOT_HELD) {
        status = HF_OK; /* the manager has ended the task already */
    } else if (status != HF_OK && !hf_status_is_fatal(status)) {
        status = send_refusal(worker, status);
    }
    task_clear(task);
    return status;
}

/* ---- the worker ---- */

static hf_status register_worker(const struct worker *worker) {
    struct call call;
    Hf__PoolRegister op = HF__POOL_REGISTER__INIT;
    call_begin(&call, worker->client, worker->assignment->pool);
    op.has_supervisor = op.has_number = worker->assignment->supervisor != 0;
    op.supervisor = worker->assignment->supervisor;
    op.number = worker->assignment->number;
    return call_make(&call, HF__REQUEST__OP_POOL_REGISTER, &op.base, sink_nothing());
}

/* It also sends the last outcomes. */
static hf_status leave_pool(const struct worker *worker) {
    struct call call;
    Hf__PoolLeave op = HF__POOL_LEAVE__INIT;
    call_begin(&call, worker->client, worker->assignment->pool);
    return call_make(&call, HF__REQUEST__OP_POOL_LEAVE, &op.base, sink_nothing());
}

static hf_status work_on(struct worker *worker) {
    uint64_t max_tasks = worker->work->max_tasks;
    hf_status status = HF_OK;
    for (uint64_t tasks = 0; status == HF_OK && (max_tasks == 0 || tasks < max_tasks); tasks++) {
        status = take_task(worker);
        if (status == HF_OK) {
            run_within_limit(worker);
            status = finish_task(worker);
        }
    }
    return status;
}

/* The end of the pool, and a worker's idle time, are no failures. */
static hf_status conclude(const struct worker *worker, hf_status status) {
    if (status == HF_NOT_HELD) {
        return detail_set(HF_DISCONNECTED, "the worker has lost its connection to %s",
                          hf_client_address(worker->client));
    }
    if (hf_status_is_fatal(status) || status == HF_DELETED || status == HF_NO_OBJECT) {
        return status;
    }
    bool over = status == HF_OK || status == HF_CLOSED || status == HF_TIMEOUT;
    hf_status left = leave_pool(worker);
    return hf_status_is_fatal(left) ? left : over ? HF_OK : status;
}

/* The end of a worker, also if its thread is cancelled. */
static void worker_free(void *argument) {
    struct worker *worker = argument;
    if (worker->has_timer) {
        (void)timer_delete(worker->timer);
    }
    task_clear(&worker->task);
    references_fini(&worker->references);
    buffer_fini(&worker->outcomes);
}

hf_status work_run(hf_client *client, const struct work_assignment *assignment,
                   const hf_work *work) {
    assert(work->functions && work->function_count > 0);
    struct worker worker = {.client = client, .assignment = assignment, .work = work};
    worker.task.client = client;
    worker.task.pool = assignment->pool;
    worker.task.work = work;
    hf_status status = work->initializer ? work->initializer(work->argument) : HF_OK;
    if (!hf_ok(status)) {
        return status;
    }
    status = register_worker(&worker);
    if (status != HF_OK) {
        return status == HF_CLOSED ? HF_OK : status;
    }
    pthread_cleanup_push(worker_free, &worker);
    status = conclude(&worker, work_on(&worker));
    pthread_cleanup_pop(1);
    return status;
}

/* ---- the assignment ---- */

hf_status work_check(const hf_work *work) {
    if (!work || work->function_count == 0 || !work->functions) {
        return call_invalid("a worker needs functions");
    }
    hf_status status = reserved_check(work);
    for (size_t i = 0; i < work->function_count && status == HF_OK; i++) {
        const hf_function *function = &work->functions[i];
        size_t len = function->name ? strnlen(function->name, HF_FUNCTION_MAX_BYTES + 1) : 0;
        if (!function->run || len == 0 || len > HF_FUNCTION_MAX_BYTES) {
            status = detail_set(HF_INVALID, "function %zu needs code, and a name of 1 to %u bytes",
                                i, HF_FUNCTION_MAX_BYTES);
        }
    }
    return status;
}

/* Read a number. Returns what follows it; NULL: there is no number. */
static const char *read_number(const char *text, uint64_t *number) {
    char *end = NULL;
    if (*text < '0' || *text > '9') {
        return NULL;
    }
    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 ? end : NULL;
}

static hf_status find_pool(hf_client *client, const char *name, uint64_t *pool) {
    hf_type type = HF_TYPE_POOL;
    hf_status status = hf_object_find(client, name, pool, &type);
    if (status == HF_OK && type != HF_TYPE_POOL) {
        status = detail_set(HF_WRONG_TYPE, "%s is no pool", name);
    }
    return status;
}

static hf_status read_worker_variable(const char *text, struct work_assignment *assignment,
                                      hf_work *work) {
    uint64_t numbers[4];
    const char *at = text;
    for (size_t i = 0; i < 4 && at; i++) {
        at = i > 0 && *at++ != ':' ? NULL : read_number(at, &numbers[i]);
    }
    if (!at || *at || numbers[2] > INT64_MAX) {
        return call_invalid("$" WORK_WORKER_VARIABLE " is not SUPERVISOR:NUMBER:IDLE_MS:MAX_TASKS");
    }
    assignment->supervisor = numbers[0];
    assignment->number = numbers[1];
    work->idle_ms = numbers[2] ? (int64_t)numbers[2] : work->idle_ms;
    work->max_tasks = numbers[3] ? numbers[3] : work->max_tasks;
    return HF_OK;
}

/* From the environment. */
static hf_status read_assignment(hf_client *client, struct work_assignment *assignment,
                                 hf_work *work) {
    const char *pool = secure_getenv(WORK_POOL_VARIABLE);
    const char *worker = secure_getenv(WORK_WORKER_VARIABLE);
    if (!pool || !*pool) {
        return call_invalid("no pool is named, neither by the caller nor by $" WORK_POOL_VARIABLE);
    }
    const char *end = pool[0] == '#' ? read_number(pool + 1, &assignment->pool) : NULL;
    hf_status status = end && !*end ? HF_OK : find_pool(client, pool, &assignment->pool);
    return status == HF_OK && worker ? read_worker_variable(worker, assignment, work) : status;
}

hf_status hf_pool_work(hf_client *client, const char *name, const hf_work *work) {
    struct work_assignment assignment = {0};
    hf_status status = work_check(work);
    if (status == HF_OK) {
        status = call_alone(client);
    }
    if (status != HF_OK) {
        return status;
    }
    hf_work own = *work;
    status = name ? find_pool(client, name, &assignment.pool)
                  : read_assignment(client, &assignment, &own);
    return status == HF_OK ? work_run(client, &assignment, &own) : status;
}
