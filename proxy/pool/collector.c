/* SPDX-License-Identifier: MIT
 *
 * The collector: see feeder.h. For each reply it marks the tasks with results as COLLECTED, under
 * the mutex, so that no other thread ends them. It decodes their values into their jobs without the
 * mutex. Then it ends the tasks, all under the mutex at once.
 */
#include "call.h"
#include "deadline.h"
#include "detail.h"
#include "feeder.h"
#include "loss.h"
#include "pool.h"

#include <assert.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

enum {
    BATCH_MAX = 1024,
    RETRY_MS = 10,
    PACED_TASKS = 32,
    PAUSE_NS = 250, /* for each task that has not ended */
    PAUSE_MAX_TASKS = 400
};

/* ---- results ---- */

static void take_outcomes(struct task *task, const Hf__Result *result) {
    struct outcome *outcome = &task->outcome;
    outcome->status =
        outcomes_decode(result->outcomes.data, result->outcomes.len,
                        task->job->values + task->first, task->count, &outcome->failures);
    if (outcome->status != HF_OK) {
        outcome->detail = strdup(hf_last_detail());
    }
}

static void take_result(struct task *task, const Hf__Result *result) {
    assert(task->state == TASK_COLLECTED);
    hf_status status = (hf_status)result->status;
    if (status == HF_OK) {
        take_outcomes(task, result);
        return;
    }
    task->outcome.status = status;
    if (status == HF_WORKER_LOST || status == HF_TIME_LIMIT) {
        task->outcome.detail = loss_describe(task->job->function, result);
    } else if (result->detail && result->detail[0]) {
        task->outcome.detail = strdup(result->detail);
    }
}

/* Mark the tasks of these results as collected. Returns how many there are. */
static size_t take_tasks(struct hf_pool *pool, Hf__Result *const *results, size_t count,
                         struct task **tasks) {
    size_t taken = 0;
    pool_lock(pool);
    for (size_t i = 0; i < count; i++) {
        tasks[i] = tag_table_find(&pool->tags, results[i]->tag); /* NULL: it was ended here */
        if (tasks[i]) {
            tag_table_remove(&pool->tags, tasks[i]);
            job_move_task(tasks[i], TASK_COLLECTED);
            taken++;
        }
    }
    pool_unlock(pool);
    return taken;
}

static void take_results(struct hf_pool *pool, Hf__Result *const *results, size_t count) {
    struct task *tasks[BATCH_MAX];
    assert(count <= BATCH_MAX);
    if (take_tasks(pool, results, count, tasks) == 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (tasks[i]) {
            take_result(tasks[i], results[i]);
        }
    }
    pool_lock(pool);
    for (size_t i = 0; i < count; i++) {
        if (tasks[i]) {
            job_end_collected(tasks[i]);
        }
    }
    pool_unlock(pool);
}

static void take_news(struct hf_pool *pool, const Hf__News *news) {
    hf_any progress = hf_any_null();
    if (wire_take(news->progress, &progress) != HF_OK) {
        return; /* without memory, or if it cannot be read, this progress is skipped */
    }
    pool_lock(pool);
    struct task *task = tag_table_find(&pool->tags, news->tag);
    if (task) {
        hf_any before = task->job->progress;
        task->job->progress = progress;
        progress = before;
    }
    pool_unlock(pool);
    hf_any_clear(&progress);
}

static hf_status store_collected(const Hf__Reply *reply, const struct sink *sink) {
    struct hf_pool *pool = sink->out;
    const Hf__Collected *collected = reply->collected;
    for (size_t i = 0; i < collected->n_news; i++) {
        take_news(pool, collected->news[i]);
    }
    for (size_t i = 0; i < collected->n_results; i += BATCH_MAX) {
        size_t left = collected->n_results - i;
        take_results(pool, collected->results + i, left < BATCH_MAX ? left : BATCH_MAX);
    }
    return HF_OK;
}

static hf_status collect(struct hf_pool *pool, int64_t timeout_ms) {
    return call_plain_timed(
        (hf_object){pool->client, pool->submitter}, timeout_ms, HF__REQUEST__OP_SUBMITTER_COLLECT,
        (struct sink){store_collected, HF__REPLY__RESULT_COLLECTED, .out = pool});
}

/* ---- life ---- */

/* While many results are to come, pause, so that one reply brings several of them: to send a reply
 * and to wake up for it takes longer than to run a small task. The pause is short beside the time
 * that the other tasks take. */
static void pause_for_more(struct hf_pool *pool) {
    pool_lock(pool);
    size_t left = pool->over == HF_OK ? pool->open_tasks : 0;
    pool_unlock(pool);
    if (left >= PACED_TASKS) {
        long pause_ns = (long)(left < PAUSE_MAX_TASKS ? left : PAUSE_MAX_TASKS) * PAUSE_NS;
        (void)nanosleep(&(struct timespec){.tv_nsec = pause_ns}, NULL);
    }
}

/* A collect that failed for lack of memory has collected nothing. Try again a little later. */
static bool may_collect_again(struct hf_pool *pool, hf_status status) {
    int64_t deadline_ms = deadline_in(RETRY_MS);
    pool_lock(pool);
    while (status == HF_NO_MEMORY && pool->over == HF_OK && deadline_left(deadline_ms) > 0) {
        pool_wait_deaf(pool, &pool->changed, deadline_ms);
    }
    bool over = pool->over != HF_OK;
    pool_unlock(pool);
    return !over && (status == HF_OK || status == HF_NO_MEMORY);
}

void *collector_main(void *argument) {
    struct hf_pool *pool = argument;
    hf_set_label(pool->label);
    (void)prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0); /* or a pause would last 50 us longer */
    struct session *session = session_bind(pool->client);
    if (session) {
        session_deafen(session);
    }
    hf_status status = session ? collect(pool, 0) : HF_NO_MEMORY;
    if (status == HF_OK || status == HF_TIMEOUT) {
        feeder_ready(pool);
        do {
            pause_for_more(pool);
            status = collect(pool, -1);
        } while (may_collect_again(pool, status));
    }
    pool_end(pool, status); /* if it is not over */
    return NULL;
}
