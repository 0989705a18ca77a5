/* SPDX-License-Identifier: MIT
 *
 * See feeder.h. While the pool is full, a submit request waits for room without a limit, so that it
 * keeps its place in the line. It is interrupted, by a descriptor, when the feeder has something
 * else to do: tasks to cancel, or the end.
 */
#include "feeder.h"

#include "call.h"
#include "deadline.h"
#include "detail.h"
#include "pool.h"
#include "standard.h"
#include "thread.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { REQUEST_TASKS = 1024, CANCELLATIONS_MAX = 256 };

/* ---- requests ---- */

static hf_status call_submit(struct hf_pool *pool, struct submit_request *request,
                             int64_t timeout_ms, uint64_t *taken) {
    struct call call;
    Hf__SubmitterSubmit op = HF__SUBMITTER_SUBMIT__INIT;
    call_begin(&call, pool->client, pool->submitter);
    call_timeout(&call, timeout_ms);
    call.wake_fd = descriptor_is(pool->wake_fd, &pool->wake_file) ? &pool->wake_fd : NULL;
    op.base.n_unknown_fields = 1;
    op.base.unknown_fields = &request->records;
    return call_finish(&call, HF__REQUEST__OP_SUBMITTER_SUBMIT, &op.base, sink_count(taken));
}

static hf_status call_cancel(struct hf_pool *pool, uint64_t *tags, size_t count) {
    struct call call;
    Hf__SubmitterCancel op = HF__SUBMITTER_CANCEL__INIT;
    call_begin(&call, pool->client, pool->submitter);
    op.n_tags = count;
    op.tags = tags;
    return call_finish(&call, HF__REQUEST__OP_SUBMITTER_CANCEL, &op.base, sink_count(NULL));
}

static hf_status call_close(struct hf_pool *pool) {
    return call_plain((hf_object){pool->client, pool->submitter}, HF__REQUEST__OP_SUBMITTER_CLOSE,
                      sink_nothing());
}

/* ---- sending tasks ---- */

/* The manager has refused the first `count` tasks of the outbox. */
static void refuse_first(struct hf_pool *pool, hf_status status, size_t count) {
    for (struct task *task = outbox_first(pool->sending); task && count > 0;
         task = outbox_next(pool->sending, task)) {
        count -= task->state != TASK_ENDED;
        job_end_task(task, status, hf_last_detail());
    }
}

/* Tasks that the manager has not taken end here if they were cancelled while they were being sent.
 */
static void cancel_returned(struct hf_pool *pool) {
    for (struct task *task = outbox_first(pool->sending); task;
         task = outbox_next(pool->sending, task)) {
        bool unwanted =
            task->cancelled || pool->terminated || (pool->freeing && !task->job->detached);
        if (unwanted && task->state == TASK_HERE) {
            job_end_task(task, HF_CANCELLED, NULL);
        }
    }
}

/* How many tasks the next request may have. If this one was too big, its tasks go one by one. */
static size_t next_size(const struct submit_request *request, hf_status status) {
    return status == HF_TOO_BIG && request->task_count > 1 ? 1 : REQUEST_TASKS;
}

static size_t refused_count(const struct submit_request *request, hf_status status) {
    if (status == HF_OK || status == HF_TIMEOUT || status == HF_CANCELLED ||
        (status == HF_TOO_BIG && request->task_count > 1)) {
        return 0;
    }
    return status == HF_CLOSED ? SIZE_MAX : 1;
}

/* An interrupt that came too late is forgotten: the feeder looks at all that it has to do next. */
static void end_submit(struct hf_pool *pool) {
    uint64_t times = 0;
    assert(pool->locked);
    if (descriptor_is(pool->wake_fd, &pool->wake_file)) {
        ssize_t got = read(pool->wake_fd, &times, sizeof times);
        (void)got; /* if it was not interrupted, there is nothing to read */
    }
    pool->feeder_submits = false;
}

/* Under the mutex, which is released meanwhile: send a request of at most `task_max` tasks. Returns
 * how many the next one may have. */
static size_t send_tasks(struct hf_pool *pool, size_t task_max) {
    struct submit_request request;
    uint64_t taken = 0;
    assert(pool->locked && task_max > 0);
    int64_t room_ms = pool->freeing ? deadline_left(pool->freed_by_ms) : -1;
    outbox_pack(pool->sending, task_max, &request);
    pool->feeder_submits = true;
    pool_unlock(pool);
    hf_status status =
        request.task_count > 0 ? call_submit(pool, &request, room_ms, &taken) : HF_OK;
    if (pool_ends_with(status)) {
        pool_end(pool, status);
    }
    pool_lock(pool);
    end_submit(pool);
    outbox_unpack(pool->sending, &request, taken);
    if (taken < request.task_count) {
        cancel_returned(pool);
    }
    refuse_first(pool, status, refused_count(&request, status));
    if (!pool_has_unsent(pool)) {
        pool_changed(pool);
    }
    pool_unlock(pool); /* which drops what has ended */
    pool_lock(pool);
    return next_size(&request, status);
}

/* The tasks that were gathered while others were sent are next. */
static void swap_outboxes(struct hf_pool *pool) {
    if (outbox_empty(pool->sending) && !outbox_empty(pool->gathered)) {
        assert(pool->gathered != pool->sending);
        struct outbox *empty = pool->sending;
        pool->sending = pool->gathered;
        pool->gathered = empty;
        pool_changed(pool); /* the outbox has room */
    }
}

/* ---- cancelling ---- */

/* Under the mutex, which is released meanwhile. No submit request is under way, so the manager
 * knows all tasks that are SENT. */
static void send_cancellations(struct hf_pool *pool) {
    uint64_t tags[CANCELLATIONS_MAX];
    size_t count = 0;
    while (count < CANCELLATIONS_MAX && pool_take_to_cancel(pool, &tags[count])) {
        count++;
    }
    if (count == 0 || pool->over != HF_OK) {
        return;
    }
    pool_unlock(pool);
    hf_status status = call_cancel(pool, tags, count);
    if (pool_ends_with(status)) {
        pool_end(pool, status);
    }
    pool_lock(pool);
}

/* ---- life ---- */

/* Under the mutex: wait for work. Returns false when the feeder is to end. */
static bool await_work(struct hf_pool *pool) {
    while (pool->over == HF_OK && !pool->freeing && !pool_has_work(pool)) {
        pool_wait_deaf(pool, &pool->work, DEADLINE_NEVER);
    }
    return pool->over == HF_OK &&
           (!pool->freeing || (pool_has_work(pool) && deadline_left(pool->freed_by_ms) > 0));
}

static void feed_until_over(struct hf_pool *pool) {
    size_t task_max = REQUEST_TASKS;
    while (await_work(pool)) {
        send_cancellations(pool);
        swap_outboxes(pool);
        bool more = !link_alone(&pool->to_cancel); /* which have come meanwhile */
        if (!more && !outbox_empty(pool->sending) && pool->over == HF_OK) {
            task_max = send_tasks(pool, task_max);
        }
    }
}

static hf_status open_pool(struct hf_pool *pool) {
    struct call call;
    Hf__PoolOpen op = HF__POOL_OPEN__INIT;
    const hf_pool_options *options = &pool->options;
    hf_client *client = NULL;
    call_begin(&call, pool->client, 0);
    op.name = call_text(pool->name);
    op.has_mode = options->mode != HF_OPEN_OR_CREATE;
    op.mode = (Hf__Mode)options->mode;
    op.has_max_tasks = options->max_tasks != 0;
    op.max_tasks = options->max_tasks;
    op.has_max_bytes = options->max_bytes != 0;
    op.max_bytes = options->max_bytes;
    return call_finish(&call, HF__REQUEST__OP_POOL_OPEN, &op.base, sink_handle(&client, &pool->id));
}

static hf_status open_submitter(struct hf_pool *pool) {
    hf_client *client = NULL;
    return call_with_number((hf_object){pool->client, 0}, 0, HF__REQUEST__OP_SUBMITTER_OPEN,
                            pool->id, sink_handle(&client, &pool->submitter));
}

static void *feeder_main(void *argument) {
    struct hf_pool *pool = argument;
    hf_set_label(pool->label);
    struct session *session = session_bind(pool->client);
    if (session) {
        session_deafen(session);
    }
    hf_status status = session ? open_pool(pool) : HF_NO_MEMORY;
    status = status == HF_OK ? open_submitter(pool) : status;
    pool->frame_max_bytes = session ? session->max_frame_bytes : 0;
    if (status == HF_OK) {
        feeder_ready(pool);
    } else {
        pool_end(pool, status);
    }
    pool_lock(pool);
    feed_until_over(pool);
    bool closes = pool->over == HF_OK;
    pool_unlock(pool);
    detail_write("its pool was freed");
    pool_end(pool, HF_CANCELLED);
    if (closes) {
        (void)call_close(pool); /* if it fails, the end of this session closes the submitter */
    }
    pool_lock(pool);
    pool_clear_lists(pool); /* the pool is over, so no task is added to them any more */
    pool_unlock(pool);
    session_cut_all(pool->client);
    return NULL;
}

/* ---- start and stop ---- */

void feeder_ready(struct hf_pool *pool) {
    pool_lock(pool);
    assert(pool->threads_ready < POOL_THREADS);
    pool->threads_ready++;
    pool_changed(pool);
    pool_unlock(pool);
}

/* Start a thread, and wait until it is ready, or has ended the pool. */
static hf_status start_and_await(struct hf_pool *pool, void *(*run)(void *)) {
    assert(pool->thread_count < POOL_THREADS);
    int error = thread_start(&pool->threads[pool->thread_count], run, pool);
    if (error != 0) {
        return detail_set(HF_SYSTEM, "no thread for a pool: %s", strerror(error));
    }
    pool->thread_count++;
    hf_status status = HF_OK;
    pool_lock(pool);
    while (pool->threads_ready < pool->thread_count && pool->over == HF_OK && status == HF_OK) {
        status = pool_wait(pool, &pool->changed, DEADLINE_NEVER);
    }
    pool_unlock(pool);
    return status == HF_OK ? pool_status(pool)
                           : detail_set(status, "interrupted while the pool was opened");
}

hf_status feeder_start(struct hf_pool *pool, const char *name) {
    pool->wake_fd = standard_avoid(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (pool->wake_fd < 0) {
        return detail_set(HF_SYSTEM, "cannot make a descriptor for a pool: %s", strerror(errno));
    }
    pool->wake_file = descriptor_file(pool->wake_fd);
    pool->name = name;
    hf_status status = start_and_await(pool, feeder_main);
    if (status == HF_OK) { /* otherwise the feeder may still read it, until it is joined */
        pool->name = NULL;
        status = start_and_await(pool, collector_main);
    }
    return status;
}

void feeder_stop(struct hf_pool *pool) {
    pool_lock(pool);
    pool->closed = true;
    pool->freeing = true;
    pool->freed_by_ms = deadline_in(pool->client->answer_timeout_ms);
    pool_cancel_unsent(pool, false);
    pool_interrupt_feeder(pool);
    pool_changed(pool);
    pool_unlock(pool);
    while (pool->thread_count > 0) {
        (void)pthread_join(pool->threads[--pool->thread_count], NULL);
    }
}
