/* SPDX-License-Identifier: MIT
 *
 * Submitting: apply and map, see <holdfast/pool.h>.
 *
 * The records of all tasks of a job are made before the first of them is accepted. So an error in a
 * call is returned at once, and nothing of the job is run. Later errors are in the result.
 */
#include "cancel.h"
#include "deadline.h"
#include "detail.h"
#include "submission.h"

/* ---- accepting ---- */

static hf_status await_room(struct hf_pool *pool, int64_t deadline_ms) {
    hf_status status = HF_OK;
    while (!pool_has_room(pool) && pool_accepts(pool) && status == HF_OK) {
        status = pool_wait(pool, &pool->changed, deadline_ms);
    }
    return status == HF_OK ? HF_OK : detail_set(status, "the pool is full");
}

/* Accept all tasks of a job. If the first is refused, so is the job; if another is, the refusal is
 * its outcome. After an interrupt the caller cancels the job. */
static hf_status accept_all(struct hf_pool *pool, struct hf_result *job,
                            struct record_buffer *buffer, int64_t deadline_ms) {
    const uint8_t *record = buffer->records.bytes + buffer->records.start;
    size_t accepted = 0;
    pool_lock(pool);
    hf_status status = pool_refusal(pool);
    if (status == HF_OK && job->task_count == 0) {
        callbacks_add(job); /* it has ended already */
    }
    while (accepted < job->task_count && status == HF_OK) {
        struct task *task = &job->tasks[accepted];
        status = await_room(pool, deadline_ms);
        status = status == HF_OK ? pool_accept(pool, task, record) : status;
        record += task->record_len;
        accepted += status == HF_OK;
    }
    for (size_t i = accepted; accepted > 0 && i < job->task_count; i++) {
        job_end_task(&job->tasks[i], status, hf_last_detail());
    }
    pool_return_records(pool, buffer);
    pool_unlock(pool);
    return accepted > 0 && status != HF_CANCELLED ? HF_OK : status;
}

/* A job that a thread submits. */
struct submit {
    struct hf_result *job;
    struct record_buffer *buffer;
};

/* Nobody will have this job, so the tasks that were accepted are cancelled, and the others end. */
static void submit_cancelled(void *argument) {
    const struct submit *submit = argument;
    struct hf_result *job = submit->job;
    pool_lock(job->pool);
    for (size_t i = 1; i < job->task_count && job->tasks[0].state != TASK_NEW; i++) {
        if (job->tasks[i].state == TASK_NEW) {
            job_end_task(&job->tasks[i], HF_CANCELLED, NULL);
        }
    }
    pool_return_records(job->pool, submit->buffer);
    pool_unlock(job->pool);
    job_abandon(job);
}

static hf_status submit(struct hf_pool *pool, const struct submission *submission,
                        int64_t deadline_ms, struct hf_result **out) {
    struct hf_result *job = NULL;
    struct record_buffer *buffer = NULL;
    hf_status status = submission_prepare(submission, pool, &job, &buffer);
    if (status != HF_OK) {
        return status;
    }
    struct submit submit = {job, buffer};
    pthread_cleanup_push(submit_cancelled, &submit);
    status = accept_all(pool, job, buffer, deadline_ms);
    pthread_cleanup_pop(0);
    if (status != HF_OK) {
        job_abandon(job);
        return status;
    }
    *out = job;
    return HF_OK;
}

/* ---- without waiting ---- */

static hf_status submit_async(struct hf_pool *pool, struct submission submission,
                              hf_result **result) {
    struct hf_result *job = NULL;
    submission.calls_back = true;
    hf_status status = submit(pool, &submission, DEADLINE_NEVER, &job);
    if (status == HF_OK && result) {
        *result = job;
    } else if (status == HF_OK) {
        job_drop(job);
    }
    return status;
}

hf_status hf_pool_apply_async(hf_pool *pool, const char *function, const hf_any *arguments,
                              size_t count, const hf_task_options *options, hf_result **result) {
    return submit_async(pool, submission_of(JOB_ONE, function, arguments, count, options, false),
                        result);
}

hf_status hf_pool_map_async(hf_pool *pool, const char *function, const hf_any *items, size_t count,
                            const hf_task_options *options, hf_result **result) {
    return submit_async(pool, submission_of(JOB_LIST, function, items, count, options, false),
                        result);
}

hf_status hf_pool_starmap_async(hf_pool *pool, const char *function, const hf_any *items,
                                size_t count, const hf_task_options *options, hf_result **result) {
    return submit_async(pool, submission_of(JOB_LIST, function, items, count, options, true),
                        result);
}

/* ---- with waiting ---- */

/* Submit it, wait for its end, and give the caller its value or its values. If its end has not come
 * by then, the job is cancelled. */
static hf_status submit_and_wait(struct hf_pool *pool, struct submission submission,
                                 int64_t timeout_ms, hf_any *value, hf_any_array *values) {
    int64_t deadline_ms = deadline_in(timeout_ms);
    struct hf_result *job = NULL;
    hf_status status = submit(pool, &submission, deadline_ms, &job);
    if (status != HF_OK) {
        return status;
    }
    pthread_cleanup_push(job_abandon, job);
    status = job_await(job, deadline_ms);
    pthread_cleanup_pop(0);
    if (status == HF_OK) {
        status = job_status(job);
    } else {
        job_cancel(job);
        detail_write(status == HF_TIMEOUT ? "%s has not ended in %lld ms, and was cancelled"
                                          : "%s was cancelled: the wait was interrupted",
                     submission.function, (long long)timeout_ms);
    }
    if (status == HF_OK && value) {
        *value = job_take_value(job);
    }
    if (status == HF_OK && values) {
        *values = job_take_values(job);
    }
    job_drop(job);
    return status;
}

hf_status hf_pool_apply(hf_pool *pool, const char *function, const hf_any *arguments, size_t count,
                        const hf_task_options *options, int64_t timeout_ms, hf_any *value) {
    return submit_and_wait(pool, submission_of(JOB_ONE, function, arguments, count, options, false),
                           timeout_ms, value, NULL);
}

hf_status hf_pool_map(hf_pool *pool, const char *function, const hf_any *items, size_t count,
                      const hf_task_options *options, int64_t timeout_ms, hf_any_array *values) {
    return submit_and_wait(pool, submission_of(JOB_LIST, function, items, count, options, false),
                           timeout_ms, NULL, values);
}

hf_status hf_pool_starmap(hf_pool *pool, const char *function, const hf_any *items, size_t count,
                          const hf_task_options *options, int64_t timeout_ms,
                          hf_any_array *values) {
    return submit_and_wait(pool, submission_of(JOB_LIST, function, items, count, options, true),
                           timeout_ms, NULL, values);
}
