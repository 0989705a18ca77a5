/* SPDX-License-Identifier: MIT
 *
 * A pool's handle: opening, closing, joining, state, freeing. See <holdfast/pool.h>.
 */
#include "call.h"
#include "cancel.h"
#include "deadline.h"
#include "detail.h"
#include "feeder.h"
#include "pool.h"
#include "reserved.h"
#include "session.h"
#include "stream.h"
#include "supervisor.h"
#include "work.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SUPERVISOR_ENDS_MS = 1000, /* after the pool's end */
    COUNT_HOLDS_MS = 1000      /* for how long the manager's number of workers is used */
};

/* ---- open ---- */

/* The threads of the pool may be connecting. */
static void open_cancelled(void *argument) {
    struct hf_pool *pool = argument;
    session_cut_all(pool->client);
    hf_pool_free(pool);
}

static hf_status open_handle(hf_client *client, const char *name, const hf_pool_options *options,
                             hf_pool **out) {
    struct hf_pool *pool = pool_new(client, options);
    if (!pool) {
        return HF_NO_MEMORY;
    }
    hf_status status = callbacks_init(&pool->callbacks, options->no_thread);
    pthread_cleanup_push(open_cancelled, pool);
    status = status == HF_OK ? feeder_start(pool, name) : status;
    pthread_cleanup_pop(0);
    if (status == HF_CANCELLED) {
        session_cut_all(pool->client);
    }
    if (status != HF_OK) {
        hf_pool_free(pool); /* which leaves the detail */
        return status;
    }
    *out = pool;
    return HF_OK;
}

static hf_status check_open(const hf_client *client, const hf_pool_options *options) {
    detail_clear();
    hf_status status = client ? HF_OK : detail_set(HF_INVALID, "a pool needs a client");
    status = status == HF_OK ? reserved_check(options) : status;
    return status == HF_OK ? reserved_check(&options->work) : status;
}

hf_status hf_pool_open(hf_client *client, const char *name, const hf_pool_options *options,
                       hf_pool **pool) {
    const hf_pool_options defaults = HF_POOL_OPTIONS;
    hf_pool_options given = options ? *options : defaults;
    hf_status status = check_open(client, &given);
    return status == HF_OK ? open_handle(client, name, &given, pool) : status;
}

/* Start workers for a pool that was opened. On failure the pool is freed. */
static hf_status start_workers(struct hf_pool *pool, const hf_pool_options *options) {
    pid_t pid = 0;
    hf_status status = HF_OK;
    pthread_cleanup_push(open_cancelled, pool);
    status = supervisor_start(pool->owner, pool->id, pool->submitter, options, &pid);
    pthread_cleanup_pop(0);
    if (status != HF_OK) {
        hf_pool_free(pool); /* which leaves the detail */
        return status;
    }
    pool_lock(pool);
    assert(pool->supervisor.pid == 0 && pid > 0);
    (void)child_watch(&pool->supervisor, pid);
    pool->workers = supervisor_most(options);
    pool->workers_until_ms = DEADLINE_NEVER;
    pool_unlock(pool);
    return HF_OK;
}

hf_status hf_pool_start(hf_client *client, const char *name, const hf_pool_options *options,
                        hf_pool **pool) {
    struct hf_pool *opened = NULL;
    if (!options) {
        return call_invalid("a pool needs functions, or a program, for its workers");
    }
    hf_status status = check_open(client, options);
    if (status == HF_OK && !options->program) {
        status = work_check(&options->work);
    }
    status = status == HF_OK ? open_handle(client, name, options, &opened) : status;
    status = status == HF_OK ? start_workers(opened, options) : status;
    if (status == HF_OK) {
        *pool = opened;
    }
    return status;
}

hf_object hf_pool_object(const hf_pool *pool) {
    return (hf_object){pool->owner, pool->id};
}

/* ---- calls to the manager ---- */

/* Make a call about the pool, unless the pool is over. HF_DELETED and HF_NO_OBJECT end the pool.
 * Returns the pool's status if the pool is over, else the status of the call. */
static hf_status call_pool(struct hf_pool *pool, int64_t timeout_ms, Hf__Request__OpCase op_case,
                           ProtobufCMessage *op, struct sink sink) {
    struct call call;
    hf_status status = pool_check(pool);
    status = status == HF_OK ? pool_status(pool) : status;
    if (status != HF_OK) {
        return status;
    }
    call_begin(&call, pool->client, pool->id);
    call_timeout(&call, timeout_ms);
    status = call_finish(&call, op_case, op, sink);
    if (status == HF_DELETED || status == HF_NO_OBJECT) {
        pool_end(pool, status);
    }
    hf_status over = pool_ends_with(status) ? pool_status(pool) : HF_OK;
    return over == HF_OK ? status : over;
}

/* ---- close ---- */

static hf_status close_pool(struct hf_pool *pool, bool terminate) {
    Hf__PoolClose op = HF__POOL_CLOSE__INIT;
    hf_status status = pool_check(pool);
    if (status != HF_OK) {
        return status;
    }
    pool_lock(pool);
    if (terminate) {
        pool->terminated = true;
        pool_cancel_unsent(pool, true);
        streams_end(pool, HF_CANCELLED);
    } else {
        streams_flush(pool);
    }
    pool->closed = true;
    pool_changed(pool);
    while (!terminate && pool_has_unsent(pool) && pool->over == HF_OK && status == HF_OK) {
        status = pool_wait(pool, &pool->changed, DEADLINE_NEVER);
    }
    pool_unlock(pool);
    if (status != HF_OK) {
        return detail_set(status, "interrupted before all tasks of the pool were sent");
    }
    op.has_terminate = op.terminate = terminate;
    return call_pool(pool, 0, HF__REQUEST__OP_POOL_CLOSE, &op.base, sink_nothing());
}

hf_status hf_pool_close(hf_pool *pool) {
    return close_pool(pool, false);
}

hf_status hf_pool_terminate(hf_pool *pool) {
    return close_pool(pool, true);
}

/* ---- join ---- */

/* Wait until all tasks have ended and all callbacks have been run. Without a thread for callbacks,
 * run them here. */
static hf_status await_idle(struct hf_pool *pool, int64_t deadline_ms) {
    hf_status status = HF_OK;
    bool idle = false;
    while (status == HF_OK && !idle) {
        if (pool->callbacks.by_hand) {
            (void)callbacks_run(pool);
        }
        pool_lock(pool);
        idle = pool->open_tasks == 0 && callbacks_idle(pool);
        assert(!idle || pool->tags.count == 0);
        bool runs_more = pool->callbacks.by_hand && !link_alone(&pool->callbacks.jobs);
        if (!idle && !runs_more) {
            status = pool_wait(pool, &pool->changed, deadline_ms);
        }
        pool_unlock(pool);
    }
    return status;
}

/* The supervisor ends with its pool, and its workers with it. If it does not in time, kill it. */
static void reap_supervisor(struct hf_pool *pool) {
    int before = cancel_off();
    pool_lock(pool);
    struct child supervisor = pool->supervisor;
    pool->supervisor = (struct child){.pidfd = -1};
    pool_unlock(pool);
    if (supervisor.pid != 0) {
        (void)child_ends_by(&supervisor, deadline_in(SUPERVISOR_ENDS_MS));
        child_destroy(&supervisor);
    }
    cancel_restore(before);
}

hf_status hf_pool_join(hf_pool *pool, int64_t timeout_ms) {
    hf_status status = pool_check(pool);
    int64_t deadline_ms = deadline_in(timeout_ms);
    if (status != HF_OK) {
        return status;
    }
    if (callbacks_run_here(pool)) {
        return detail_set(HF_DEADLOCK, "a callback would wait for its own end");
    }
    Hf__PoolJoin op = HF__POOL_JOIN__INIT;
    status = call_pool(pool, timeout_ms, HF__REQUEST__OP_POOL_JOIN, &op.base, sink_nothing());
    if (status == HF_TIMEOUT) {
        return detail_set(status, "the pool has not ended yet");
    }
    if (status != HF_OK && pool_status(pool) == HF_OK) {
        return status; /* the join failed, but the pool is not over */
    }
    hf_status idle = await_idle(pool, deadline_ms);
    if (idle != HF_OK) {
        return detail_set(idle, "callbacks of the pool are still being run");
    }
    reap_supervisor(pool);
    return status == HF_OK ? HF_OK : pool_status(pool);
}

/* ---- callbacks ---- */

int hf_pool_fd(const hf_pool *pool) {
    return pool->callbacks.fd;
}

size_t hf_pool_process(hf_pool *pool) {
    bool runs = pool_check(pool) == HF_OK && pool->callbacks.by_hand;
    return runs ? callbacks_run(pool) : 0;
}

/* ---- state ---- */

static hf_status fill_worker(const Hf__Worker *from, hf_worker *to) {
    to->session = from->session;
    to->pid = from->pid;
    to->tasks = from->tasks;
    to->submitter_pid = from->submitter_pid;
    to->running_ms = from->running_ms;
    to->run = from->run;
    sink_text(to->label, sizeof to->label, from->label);
    sink_text(to->function, sizeof to->function, from->function);
    sink_text(to->submitter, sizeof to->submitter, from->submitter);
    return from->progress ? wire_take(from->progress, &to->progress) : HF_OK;
}

static hf_status fill_state(const Hf__Workforce *from, hf_pool_state *to) {
    *to = (hf_pool_state){.queued = from->queued,
                          .running = from->running,
                          .done = from->done,
                          .failed = from->failed,
                          .lost = from->lost,
                          .cancelled = from->cancelled,
                          .retried = from->retried,
                          .submitters = from->submitters,
                          .supervisors = from->supervisors,
                          .worker_count = from->worker_count,
                          .closed = from->closed};
    to->workers = calloc(from->n_workers + 1, sizeof *to->workers);
    if (!to->workers) {
        return sink_no_memory();
    }
    hf_status status = HF_OK;
    for (; to->len < from->n_workers && status == HF_OK; to->len++) {
        status = fill_worker(from->workers[to->len], &to->workers[to->len]);
    }
    if (status != HF_OK) {
        hf_pool_state_clear(to);
        return sink_refused(status);
    }
    return HF_OK;
}

static hf_status store_workforce(const Hf__Reply *reply, const struct sink *sink) {
    return fill_state(reply->workforce, sink->out);
}

hf_status hf_pool_state_get(hf_pool *pool, hf_pool_state *state) {
    Hf__PoolState op = HF__POOL_STATE__INIT;
    return call_pool(pool, 0, HF__REQUEST__OP_POOL_STATE, &op.base,
                     (struct sink){store_workforce, HF__REPLY__RESULT_WORKFORCE, .out = state});
}

void hf_pool_state_clear(hf_pool_state *state) {
    for (size_t i = 0; state && i < state->len; i++) {
        hf_any_clear(&state->workers[i].progress);
    }
    if (state) {
        free(state->workers);
        state->workers = NULL;
        state->len = 0;
    }
}

/* If there are no workers yet, assume as many as this process would start. */
size_t pool_worker_count(hf_pool *pool) {
    const hf_pool_options defaults = HF_POOL_OPTIONS;
    hf_pool_state state = {.workers = NULL};
    pool_lock(pool);
    size_t count = pool->workers;
    bool holds = deadline_left(pool->workers_until_ms) > 0;
    pool_unlock(pool);
    if (!holds) {
        count = hf_pool_state_get(pool, &state) == HF_OK ? (size_t)state.worker_count : 0;
        hf_pool_state_clear(&state);
        pool_lock(pool);
        pool->workers = count;
        pool->workers_until_ms = deadline_in(count > 0 ? COUNT_HOLDS_MS : 0);
        pool_unlock(pool);
    }
    return count > 0 ? count : supervisor_most(&defaults);
}

/* ---- free ---- */

void hf_pool_free(hf_pool *pool) {
    if (!pool) {
        return;
    }
    if (pool_is_parents(pool)) {
        pool_forget(pool);
        return;
    }
    if (callbacks_run_here(pool)) {
        detail_write("a callback would wait for its own end: the pool was not freed");
        return;
    }
    int before = cancel_off();
    feeder_stop(pool);
    assert(pool->over != HF_OK || pool->threads_ready == 0);
    callbacks_finish(pool);
    hf_client_free(pool->client); /* its connections keep an unnamed pool alive */
    pool->client = NULL;
    reap_supervisor(pool);
    pool_drop(pool);
    cancel_restore(before);
}
