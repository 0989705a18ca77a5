/* SPDX-License-Identifier: MIT
 *
 * See stream.h; imap of <holdfast/pool.h>.
 */
#include "stream.h"

#include "deadline.h"
#include "detail.h"
#include "submission.h"

#include <assert.h>
#include <stdlib.h>

enum { AHEAD_MAX = 1024 }; /* tasks that were accepted and not taken */

/* ---- accepting tasks ---- */

/* End the tasks that were not accepted yet. */
static void reject_rest(struct hf_results *results, hf_status status) {
    struct hf_result *job = results->job;
    while (results->accepted < job->task_count) {
        job_end_task(&job->tasks[results->accepted++], status, hf_last_detail());
    }
}

/* Accept tasks until there are `until` of them, or none is left. It does not wait for room. Returns
 * the first status that is not HF_OK. */
static hf_status accept_until(struct hf_results *results, size_t until) {
    struct hf_result *job = results->job;
    hf_status status = HF_OK;
    while (results->accepted < job->task_count && results->accepted < until && status == HF_OK) {
        struct task *task = &job->tasks[results->accepted];
        status = pool_accept(job->pool, task, results->records.bytes + results->records.start);
        if (status == HF_OK) {
            results->records.start += task->record_len;
            results->accepted++;
        }
    }
    return status;
}

static void accept_or_reject(struct hf_results *results, size_t until) {
    hf_status status = accept_until(results, until);
    if (status != HF_OK) {
        reject_rest(results, status);
    }
    if (results->accepted == results->job->task_count) {
        link_remove(&results->in_streams);
        buffer_fini(&results->records);
    }
}

/* It accepts many tasks at a time, so that the feeder is not woken for each of them. */
static void accept_ahead(struct hf_results *results) {
    if (results->accepted - results->taken <= AHEAD_MAX / 2) {
        accept_or_reject(results, results->taken + AHEAD_MAX);
    }
}

void streams_flush(struct hf_pool *pool) {
    for (struct link *link = NULL; (link = link_first(&pool->streams));) {
        accept_or_reject(LINK_OWNER(link, struct hf_results, in_streams), SIZE_MAX);
    }
}

void streams_end(struct hf_pool *pool, hf_status status) {
    for (struct link *link = NULL; (link = link_take_first(&pool->streams));) {
        struct hf_results *results = LINK_OWNER(link, struct hf_results, in_streams);
        reject_rest(results, status);
        buffer_fini(&results->records);
    }
}

/* ---- opening ---- */

/* NULL: no memory. */
static struct hf_results *stream_new(struct hf_result *job, bool in_order) {
    struct hf_results *results = calloc(1, sizeof *results);
    if (results) {
        results->job = job;
        results->in_order = in_order;
        link_init(&results->in_streams);
    }
    return results;
}

/* `results` may be NULL. */
static hf_status stream_begin(struct hf_pool *pool, struct hf_results *results,
                              struct record_buffer *buffer) {
    hf_status status = HF_OK;
    pool_lock(pool);
    if (!results) {
        status = detail_set(HF_NO_MEMORY, "no memory for the results of calls");
    } else if ((status = pool_refusal(pool)) == HF_OK) {
        results->records = buffer->records;
        buffer->records = (struct buffer){0};
        link_prepend(&pool->streams, &results->in_streams);
        accept_or_reject(results, AHEAD_MAX);
    }
    pool_return_records(pool, buffer);
    pool_unlock(pool);
    return status;
}

static hf_status imap(hf_pool *pool, const char *function, const hf_any *items, size_t count,
                      const hf_task_options *options, bool in_order, hf_results **out) {
    const struct submission submission =
        submission_of(JOB_STREAM, function, items, count, options, false);
    struct hf_result *job = NULL;
    struct record_buffer *buffer = NULL;
    hf_status status = submission_prepare(&submission, pool, &job, &buffer);
    if (status != HF_OK) {
        return status;
    }
    struct hf_results *results = stream_new(job, in_order);
    status = stream_begin(pool, results, buffer);
    if (status == HF_OK) {
        *out = results;
    } else if (results) {
        hf_results_free(results); /* which leaves the detail */
    } else {
        job_drop(job);
    }
    return status;
}

hf_status hf_pool_imap(hf_pool *pool, const char *function, const hf_any *items, size_t count,
                       const hf_task_options *options, hf_results **results) {
    return imap(pool, function, items, count, options, true, results);
}

hf_status hf_pool_imap_unordered(hf_pool *pool, const char *function, const hf_any *items,
                                 size_t count, const hf_task_options *options,
                                 hf_results **results) {
    return imap(pool, function, items, count, options, false, results);
}

/* ---- giving results ---- */

/* Take the next task. Returns false if it has not ended. */
static bool take_task(struct hf_results *results) {
    struct hf_result *job = results->job;
    struct link *ended = link_first(&job->stream_ended);
    struct task *task = results->in_order ? &job->tasks[results->taken]
                        : ended           ? LINK_OWNER(ended, struct task, in_stream)
                                          : NULL;
    if (!task || task->state != TASK_ENDED) {
        job->awaited = task;
        return false;
    }
    link_remove(&task->in_stream);
    assert(!results->current && results->taken < results->accepted);
    results->current = task;
    results->next_call = 0;
    results->next_failure = 0;
    results->taken++;
    accept_ahead(results);
    return true;
}

/* Wait until a task is current. Returns HF_OK; HF_TIMEOUT; HF_CANCELLED; HF_INDEX_ERROR: none is
 * left. */
static hf_status await_task(struct hf_results *results, int64_t deadline_ms) {
    struct hf_result *job = results->job;
    while (!results->current) {
        if (results->taken == job->task_count) {
            return HF_INDEX_ERROR;
        }
        if (take_task(results)) {
            break;
        }
        hf_status status = pool_wait(job->pool, &job->waiters, deadline_ms);
        if (status != HF_OK) {
            return status;
        }
    }
    return HF_OK;
}

/* The status of the next call of the current task. */
static hf_status next_status(struct hf_results *results) {
    const struct outcome *outcome = &results->current->outcome;
    const struct failures *failures = &outcome->failures;
    if (outcome->status != HF_OK) {
        return detail_set(outcome->status, "%s",
                          outcome->detail ? outcome->detail : hf_status_text(outcome->status));
    }
    if (results->next_failure < failures->count &&
        failures->items[results->next_failure].call == results->next_call) {
        const struct failure *failure = &failures->items[results->next_failure++];
        return detail_set(failure->status, "%s", failure->detail);
    }
    return HF_OK;
}

static hf_status give_next(struct hf_results *results, size_t *index, hf_any *value) {
    struct task *task = results->current;
    assert(task->state == TASK_ENDED && results->next_call < task->count);
    size_t call = task->first + results->next_call;
    hf_status status = next_status(results);
    if (index) {
        *index = call;
    }
    if (status == HF_OK && value) {
        *value = results->job->values[call];
        results->job->values[call] = hf_any_null();
    }
    if (++results->next_call == task->count) {
        outcome_fini(&task->outcome);
        results->current = NULL;
    }
    return status;
}

hf_status hf_results_next(hf_results *results, int64_t timeout_ms, size_t *index, hf_any *value) {
    detail_clear();
    if (!results) {
        return detail_set(HF_INVALID, "the results are NULL");
    }
    struct hf_pool *pool = results->job->pool;
    hf_status status = pool_check(pool);
    if (status != HF_OK) {
        return status;
    }
    pool_lock(pool);
    status = await_task(results, deadline_in(timeout_ms));
    status = status == HF_OK            ? give_next(results, index, value)
             : status == HF_INDEX_ERROR ? detail_set(status, "all results were taken")
                                        : detail_set(status, "the next result has not come yet");
    pool_unlock(pool);
    return status;
}

void hf_results_free(hf_results *results) {
    if (!results) {
        return;
    }
    struct hf_result *job = results->job;
    if (!pool_is_parents(job->pool)) {
        pool_lock(job->pool);
        link_remove(&results->in_streams);
        pool_unlock(job->pool);
        job_cancel(job);
    }
    buffer_fini(&results->records);
    free(results);
    job_drop(job);
}
