/* SPDX-License-Identifier: MIT
 *
 * See job.h.
 */
#include "job.h"

#include "deadline.h"
#include "detail.h"
#include "pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- life ---- */

void outcome_fini(struct outcome *outcome) {
    free(outcome->detail);
    failures_fini(&outcome->failures);
    *outcome = (struct outcome){.status = HF_OK};
}

static size_t job_size(const char *function, size_t task_count) {
    size_t bytes = 0;
    bool fits =
        !__builtin_mul_overflow(task_count, sizeof(struct task), &bytes) &&
        !__builtin_add_overflow(bytes, sizeof(struct hf_result) + strlen(function) + 1, &bytes);
    return fits ? bytes : SIZE_MAX;
}

struct hf_result *job_new(struct hf_pool *pool, enum job_kind kind, const char *function,
                          size_t call_count, size_t task_count) {
    struct hf_result *job = calloc(1, job_size(function, task_count));
    hf_any *values = kind == JOB_ONE ? NULL : calloc(call_count + 1, sizeof *values);
    if (!job || (kind != JOB_ONE && !values)) {
        free(job);
        free(values);
        detail_write("no memory for %zu calls", call_count);
        return NULL;
    }
    job->pool = pool_hold(pool);
    atomic_init(&job->holds, 1);
    job->kind = kind;
    job->call_count = call_count;
    job->task_count = task_count;
    job->values = values ? values : &job->only;
    job->failed_call = call_count;
    atomic_init(&job->ended, task_count == 0);
    link_init(&job->waiters);
    link_init(&job->stream_ended);
    char *name = (char *)&job->tasks[task_count];
    memcpy(name, function, strlen(function) + 1);
    job->function = name;
    for (size_t i = 0; i < task_count; i++) {
        job->tasks[i].job = job;
    }
    return job;
}

void job_hold(struct hf_result *job, size_t times) {
    size_t holds = atomic_fetch_add_explicit(&job->holds, times, memory_order_relaxed);
    assert(holds > 0);
    (void)holds;
}

static void job_free(struct hf_result *job) {
    for (size_t i = 0; i < job->call_count && job->values; i++) {
        hf_any_clear(&job->values[i]);
    }
    for (size_t i = 0; i < job->task_count; i++) {
        outcome_fini(&job->tasks[i].outcome);
    }
    if (job->values != &job->only) {
        free(job->values);
    }
    hf_any_clear(&job->progress);
    free(job->detail);
    pool_drop(job->pool);
    free(job);
}

void job_drop(struct hf_result *job) {
    size_t holds = atomic_fetch_sub_explicit(&job->holds, 1, memory_order_acq_rel);
    assert(holds > 0);
    if (holds == 1) {
        job_free(job);
    }
}

/* ---- ending ---- */

/* The job keeps the first failure in order of the calls. */
static void keep_first_failure(struct hf_result *job, struct task *task) {
    struct outcome *outcome = &task->outcome;
    hf_status status = outcome->status;
    size_t call = task->first;
    char **detail = &outcome->detail;
    if (status == HF_OK && outcome->failures.count > 0) {
        struct failure *failure = &outcome->failures.items[0];
        status = failure->status;
        call += failure->call;
        detail = &failure->detail;
    }
    if (status != HF_OK && call < job->failed_call) {
        free(job->detail);
        job->status = status;
        job->failed_call = call;
        job->detail = *detail;
        *detail = NULL;
    }
    outcome_fini(outcome);
}

static void append_to_stream(struct hf_result *job, struct task *task) {
    link_append(&job->stream_ended, &task->in_stream);
    if (!job->awaited || job->awaited == task) {
        pool_wake(job->pool, &job->waiters);
    }
}

void job_move_task(struct task *task, enum task_state state) {
    static const unsigned next_states[] = {
        [TASK_NEW] = 1U << TASK_HERE | 1U << TASK_ENDED,
        [TASK_HERE] = 1U << TASK_SENT | 1U << TASK_COLLECTED | 1U << TASK_ENDED,
        [TASK_SENT] = 1U << TASK_HERE | 1U << TASK_COLLECTED | 1U << TASK_ENDED,
        [TASK_COLLECTED] = 1U << TASK_ENDED,
        [TASK_ENDED] = 0,
    };
    assert(task->job->pool->locked && (next_states[task->state] & 1U << state));
    task->state = state;
}

static void finish_task(struct task *task) {
    struct hf_result *job = task->job;
    struct hf_pool *pool = job->pool;
    assert(job->ended_tasks < job->task_count && pool->open_tasks > 0);
    job_move_task(task, TASK_ENDED);
    job->ended_calls += task->count;
    job->ended_tasks++;
    if (job->kind == JOB_STREAM) {
        append_to_stream(job, task);
    } else {
        keep_first_failure(job, task);
    }
    if (job->ended_tasks == job->task_count) {
        assert(job->ended_calls == job->call_count);
        atomic_store_explicit(&job->ended, true, memory_order_release);
        pool_wake(pool, &job->waiters);
        callbacks_add(job);
    }
    link_append(&pool->ended, &task->in_ended);
    if (--pool->open_tasks == 0) {
        pool_changed(pool);
    }
}

void job_end_task(struct task *task, hf_status status, const char *detail) {
    struct hf_pool *pool = task->job->pool;
    if (task->state == TASK_COLLECTED || task->state == TASK_ENDED) {
        return;
    }
    if (task->state == TASK_NEW) {
        job_hold(task->job, 1); /* job_drop_ended() drops it */
        pool->open_tasks++;
    } else {
        tag_table_remove(&pool->tags, task);
    }
    task->outcome.status = status;
    task->outcome.detail = detail ? strdup(detail) : NULL; /* without memory: the status's text */
    finish_task(task);
}

void job_end_collected(struct task *task) {
    assert(task->state == TASK_COLLECTED);
    finish_task(task);
}

void job_drop_ended(struct link *ended) {
    for (struct link *link = NULL; (link = link_take_first(ended));) {
        job_drop(LINK_OWNER(link, struct task, in_ended)->job);
    }
}

/* ---- waiting, values ---- */

hf_status job_await(struct hf_result *job, int64_t deadline_ms) {
    if (atomic_load_explicit(&job->ended, memory_order_acquire)) {
        return HF_OK;
    }
    struct hf_pool *pool = job->pool;
    hf_status status = HF_OK;
    pool_lock(pool);
    while (!atomic_load_explicit(&job->ended, memory_order_relaxed) && status == HF_OK) {
        status = pool_wait(pool, &job->waiters, deadline_ms);
    }
    pool_unlock(pool);
    return status;
}

hf_any job_value(const struct hf_result *job) {
    assert(job->ended && job->kind != JOB_STREAM);
    return job->kind == JOB_ONE ? job->only : hf_any_list(job->values, job->call_count);
}

hf_any job_take_value(struct hf_result *job) {
    assert(job->ended && job->kind == JOB_ONE);
    hf_any value = job->only;
    job->only = hf_any_null();
    return value;
}

hf_any_array job_take_values(struct hf_result *job) {
    assert(job->ended && job->kind == JOB_LIST);
    const hf_any_array values = {job->values, job->call_count};
    job->values = NULL;
    return values;
}

hf_status job_status(const struct hf_result *job) {
    assert(job->ended);
    if (job->status == HF_OK) {
        return HF_OK;
    }
    return detail_set(job->status, "%s", job->detail ? job->detail : hf_status_text(job->status));
}

/* ---- cancelling ---- */

void job_cancel(struct hf_result *job) {
    struct hf_pool *pool = job->pool;
    pool_lock(pool);
    for (size_t i = 0; i < job->task_count; i++) {
        struct task *task = &job->tasks[i];
        if (task->state == TASK_HERE) {
            job_end_task(task, HF_CANCELLED, NULL);
        } else if (task->state == TASK_SENT && !task->cancelled) {
            task->cancelled = true;
            pool_tell_to_cancel(pool, task);
        }
    }
    pool_unlock(pool);
}

void job_abandon(void *argument) {
    struct hf_result *job = argument;
    job_cancel(job);
    job_drop(job);
}

/* ---- hf_result; a job that has ended is read without the mutex ---- */

static hf_status result_check(const hf_result *result) {
    detail_clear();
    if (!result) {
        return detail_set(HF_INVALID, "the result is NULL");
    }
    return pool_check(result->pool);
}

/* The value of each call may be as deep as a value may be, so their list is not copied as a whole.
 */
static hf_status copy_list(const struct hf_result *job, hf_any *value) {
    hf_any_array copies = {calloc(job->call_count + 1, sizeof *copies.items), 0};
    hf_status status = HF_OK;
    if (!copies.items) {
        status = detail_set(HF_NO_MEMORY, "no memory for a copy");
    }
    while (status == HF_OK && copies.len < job->call_count) {
        status = hf_any_copy(job->values[copies.len], &copies.items[copies.len]);
        copies.len += status == HF_OK;
    }
    if (status != HF_OK) {
        hf_any_array_clear(&copies);
        return status;
    }
    value->kind = HF_ANY_LIST;
    value->items = copies.items;
    value->len = copies.len;
    return HF_OK;
}

static hf_status job_copy_value(const struct hf_result *job, hf_any *value) {
    assert(job->ended && job->kind != JOB_STREAM);
    return job->kind == JOB_ONE ? hf_any_copy(job->only, value) : copy_list(job, value);
}

hf_status hf_result_get(hf_result *result, int64_t timeout_ms, hf_any *value) {
    hf_status status = result_check(result);
    if (status != HF_OK) {
        return status;
    }
    status = job_await(result, deadline_in(timeout_ms));
    if (status != HF_OK) {
        return detail_set(status, "%s has not ended yet", result->function);
    }
    status = job_status(result);
    return status == HF_OK && value ? job_copy_value(result, value) : status;
}

bool hf_result_wait(hf_result *result, int64_t timeout_ms) {
    return result_check(result) == HF_OK && job_await(result, deadline_in(timeout_ms)) == HF_OK;
}

bool hf_result_ready(hf_result *result) {
    return result && atomic_load_explicit(&result->ended, memory_order_acquire);
}

bool hf_result_successful(hf_result *result) {
    return hf_result_ready(result) && result->status == HF_OK;
}

hf_status hf_result_progress(hf_result *result, hf_any *value) {
    hf_status status = result_check(result);
    if (status != HF_OK || !value) {
        return status;
    }
    pool_lock(result->pool);
    status = hf_any_copy(result->progress, value);
    pool_unlock(result->pool);
    return status;
}

void hf_result_calls(hf_result *result, size_t *ended, size_t *all) {
    if (result_check(result) != HF_OK) {
        *ended = 0;
        *all = 0;
        return;
    }
    pool_lock(result->pool);
    *ended = result->ended_calls;
    *all = result->call_count;
    pool_unlock(result->pool);
}

hf_status hf_result_cancel(hf_result *result) {
    hf_status status = result_check(result);
    if (status == HF_OK) {
        job_cancel(result);
    }
    return status;
}

void hf_result_free(hf_result *result) {
    if (result) {
        job_drop(result);
    }
}
