/* SPDX-License-Identifier: MIT
 *
 * Submitting: apply and map, see <holdfast/pool.h>.
 *
 * The records of all tasks of a job are made before the first of them is accepted, so what is wrong
 * with a call is told at once, and nothing of it is run. From then on it is the result that tells.
 */
#include "submit.h"

#include "deadline.h"
#include "detail.h"
#include "state.h"

#include <stdlib.h>

/* ---- accepting ---- */

static const hf_task_options *options_of(const hf_task_options *options) {
    static const hf_task_options defaults = HF_TASK_OPTIONS;
    return options ? options : &defaults;
}

static hf_status refused(const struct hf_pool *pool, hf_status status) {
    const char *why = status == pool->over     ? pool->over_detail
                      : status == HF_CLOSED    ? "the pool was closed by this process"
                      : status == HF_TIMEOUT   ? "the pool is full"
                      : status == HF_NO_MEMORY ? "no memory for a task"
                                               : hf_status_text(status);
    return detail_set(status, "%s", why);
}

static hf_status await_room(struct hf_pool *pool, int64_t deadline_ms) {
    while (!pool_has_room(pool) && pool->over == HF_OK && !pool->closed) {
        if (!pool_wait(pool, deadline_ms)) {
            return HF_TIMEOUT;
        }
    }
    return HF_OK;
}

/* Accept all tasks of a job. What is not done for the first of them is refused; for another, that
 * becomes its outcome. */
static hf_status accept_all(struct hf_pool *pool, struct hf_result *job, struct pen *pen,
                            int64_t deadline_ms) {
    const uint8_t *record = pen->records.bytes + pen->records.start;
    hf_status status = HF_OK;
    size_t accepted = 0;
    pool_lock(pool);
    while (accepted < job->task_count && status == HF_OK) {
        struct task *task = &job->tasks[accepted];
        status = await_room(pool, deadline_ms);
        status = status == HF_OK ? pool_accept(pool, task, record) : status;
        record += task->record_len;
        accepted += status == HF_OK;
    }
    if (status != HF_OK) {
        status = refused(pool, status);
        for (size_t i = accepted; accepted > 0 && i < job->task_count; i++) {
            job_end_task(&job->tasks[i], status, hf_last_detail());
        }
    }
    pool_return_pen(pool, pen);
    pool_unlock(pool);
    return accepted > 0 ? HF_OK : status;
}

/* A job without tasks has ended as it begins. */
static hf_status accept_nothing(struct hf_pool *pool, struct hf_result *job) {
    pool_lock(pool);
    hf_status status = pool->over != HF_OK ? pool->over : pool->closed ? HF_CLOSED : HF_OK;
    if (status == HF_OK) {
        pool_call_back(job);
    } else {
        status = refused(pool, status);
    }
    pool_unlock(pool);
    return status;
}

static hf_status write_and_accept(const struct submission *submission, struct hf_pool *pool,
                                  struct hf_result *job, int64_t deadline_ms) {
    uint64_t tag = 0;
    struct pen *pen = pool_take_pen(pool, job->task_count, &tag);
    if (!pen) {
        return HF_NO_MEMORY;
    }
    hf_status status = submission_write(submission, job, tag, pen);
    if (status != HF_OK) {
        pool_lock(pool);
        pool_return_pen(pool, pen);
        pool_unlock(pool);
        return status;
    }
    return accept_all(pool, job, pen, deadline_ms);
}

/* The job, held by the caller. */
static hf_status submit(struct hf_pool *pool, const struct submission *submission,
                        int64_t deadline_ms, struct hf_result **out) {
    const hf_task_options *options = submission->options;
    hf_status status = submission_check(submission);
    if (status == HF_OK && submission->calls_back &&
        (options->callback || options->error_callback)) {
        status = callbacks_prepare(pool);
    }
    if (status != HF_OK) {
        return status;
    }
    struct hf_result *job = submission_job(submission, pool);
    if (!job) {
        return HF_NO_MEMORY;
    }
    status = job->task_count == 0 ? accept_nothing(pool, job)
                                  : write_and_accept(submission, pool, job, deadline_ms);
    if (status != HF_OK) {
        job_drop(job);
        return status;
    }
    *out = job;
    return HF_OK;
}

/* ---- without waiting ---- */

static hf_status submit_async(struct hf_pool *pool, const struct submission *submission,
                              hf_result **result) {
    struct hf_result *job = NULL;
    hf_status status = submit(pool, submission, DEADLINE_NEVER, &job);
    if (status == HF_OK && result) {
        *result = job;
    } else if (status == HF_OK) {
        job_drop(job);
    }
    return status;
}

hf_status hf_pool_apply_async(hf_pool *pool, const char *function, const hf_any *arguments,
                              size_t count, const hf_task_options *options, hf_result **result) {
    hf_status status = pool_check(pool);
    const struct submission submission = {.function = function,
                                          .items = arguments,
                                          .count = count,
                                          .kind = JOB_ONE,
                                          .calls_back = true,
                                          .options = options_of(options)};
    return status == HF_OK ? submit_async(pool, &submission, result) : status;
}

struct submission submission_of_map(struct hf_pool *pool, const char *function, const hf_any *items,
                                    size_t count, const hf_task_options *options) {
    const hf_task_options *given = options_of(options);
    return (struct submission){.function = function,
                               .items = items,
                               .count = count,
                               .kind = JOB_LIST,
                               .chunk = given->chunk,
                               .workers = given->chunk == 0 ? state_worker_count(pool) : 1,
                               .options = given};
}

static hf_status map_async(hf_pool *pool, const char *function, const hf_any *items, size_t count,
                           const hf_task_options *options, bool spread, hf_result **result) {
    hf_status status = pool_check(pool);
    if (status != HF_OK) {
        return status;
    }
    struct submission submission = submission_of_map(pool, function, items, count, options);
    submission.spread = spread;
    submission.calls_back = true;
    return submit_async(pool, &submission, result);
}

hf_status hf_pool_map_async(hf_pool *pool, const char *function, const hf_any *items, size_t count,
                            const hf_task_options *options, hf_result **result) {
    return map_async(pool, function, items, count, options, false, result);
}

hf_status hf_pool_starmap_async(hf_pool *pool, const char *function, const hf_any *items,
                                size_t count, const hf_task_options *options, hf_result **result) {
    return map_async(pool, function, items, count, options, true, result);
}

/* ---- with waiting ---- */

/* Submit it and wait for its end. What is not there by then is cancelled. */
static hf_status submit_and_wait(struct hf_pool *pool, const struct submission *submission,
                                 int64_t timeout_ms, struct hf_result **out) {
    int64_t deadline_ms = deadline_in(timeout_ms);
    struct hf_result *job = NULL;
    hf_status status = submit(pool, submission, deadline_ms, &job);
    if (status != HF_OK) {
        return status;
    }
    if (!job_await(job, deadline_ms)) {
        job_cancel(job);
        job_drop(job);
        return detail_set(HF_TIMEOUT, "%s has not ended in %lld ms, and was cancelled",
                          submission->function, (long long)timeout_ms);
    }
    status = job_verdict(job);
    if (status != HF_OK) {
        job_drop(job);
        return status;
    }
    *out = job;
    return HF_OK;
}

hf_status hf_pool_apply(hf_pool *pool, const char *function, const hf_any *arguments, size_t count,
                        const hf_task_options *options, int64_t timeout_ms, hf_any *value) {
    hf_status status = pool_check(pool);
    struct hf_result *job = NULL;
    const struct submission submission = {.function = function,
                                          .items = arguments,
                                          .count = count,
                                          .kind = JOB_ONE,
                                          .options = options_of(options)};
    status = status == HF_OK ? submit_and_wait(pool, &submission, timeout_ms, &job) : status;
    if (status != HF_OK) {
        return status;
    }
    if (value) {
        *value = job_take_value(job);
    }
    job_drop(job);
    return HF_OK;
}

static hf_status map(hf_pool *pool, const char *function, const hf_any *items, size_t count,
                     const hf_task_options *options, bool spread, int64_t timeout_ms,
                     hf_any_array *values) {
    hf_status status = pool_check(pool);
    struct hf_result *job = NULL;
    if (status != HF_OK) {
        return status;
    }
    struct submission submission = submission_of_map(pool, function, items, count, options);
    submission.spread = spread;
    status = submit_and_wait(pool, &submission, timeout_ms, &job);
    if (status != HF_OK) {
        return status;
    }
    if (values) {
        *values = job_take_values(job);
    }
    job_drop(job);
    return HF_OK;
}

hf_status hf_pool_map(hf_pool *pool, const char *function, const hf_any *items, size_t count,
                      const hf_task_options *options, int64_t timeout_ms, hf_any_array *values) {
    return map(pool, function, items, count, options, false, timeout_ms, values);
}

hf_status hf_pool_starmap(hf_pool *pool, const char *function, const hf_any *items, size_t count,
                          const hf_task_options *options, int64_t timeout_ms,
                          hf_any_array *values) {
    return map(pool, function, items, count, options, true, timeout_ms, values);
}
