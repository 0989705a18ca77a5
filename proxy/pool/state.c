/* SPDX-License-Identifier: MIT
 *
 * See state.h.
 */
#include "state.h"

#include "call.h"
#include "deadline.h"
#include "detail.h"
#include "pool.h"
#include "supervisor.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT_HOLDS_MS = 1000 };

/* ---- taking it ---- */

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

static hf_status fill(const Hf__Workforce *from, hf_pool_state *to) {
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
        return sink_no_memory();
    }
    return HF_OK;
}

static hf_status store_workforce(const Hf__Reply *reply, const struct sink *sink) {
    if (reply->result_case != HF__REPLY__RESULT_WORKFORCE) {
        return sink_missing();
    }
    return fill(reply->workforce, sink->out);
}

hf_status hf_pool_state_get(hf_pool *pool, hf_pool_state *state) {
    hf_status status = pool_check_call(pool);
    if (status != HF_OK) {
        return status;
    }
    struct call call;
    Hf__PoolState op = HF__POOL_STATE__INIT;
    call_begin(&call, pool->client, pool->id);
    return pool_answered(pool, call_finish(&call, HF__REQUEST__OP_POOL_STATE, &op.base,
                                           (struct sink){.store = store_workforce, .out = state}));
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

/* ---- how many workers ---- */

static size_t ask_worker_count(hf_pool *pool) {
    hf_pool_state state = {.workers = NULL};
    if (hf_pool_state_get(pool, &state) != HF_OK) {
        return 0;
    }
    hf_pool_state_clear(&state);
    return state.worker_count;
}

/* Where there are none yet, there may be as many as this process would start. */
size_t state_worker_count(hf_pool *pool) {
    const hf_pool_options defaults = HF_POOL_OPTIONS;
    pool_lock(pool);
    size_t count = pool->workers;
    bool holds = deadline_left(pool->workers_until_ms) > 0;
    pool_unlock(pool);
    if (!holds) {
        count = ask_worker_count(pool);
        pool_lock(pool);
        pool->workers = count;
        pool->workers_until_ms = deadline_in(count > 0 ? COUNT_HOLDS_MS : 0);
        pool_unlock(pool);
    }
    return count > 0 ? count : supervisor_most(&defaults);
}
