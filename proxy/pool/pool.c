/* SPDX-License-Identifier: MIT
 *
 * See pool.h. The public functions of a pool are in handle.c, submit.c, stream.c and job.c.
 */
#include "pool.h"

#include "cancel.h"
#include "client.h"
#include "deadline.h"
#include "detail.h"
#include "session.h"
#include "sockets.h"
#include "stream.h"

#include <assert.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OUTBOX_MAX_TASKS = 4096, /* gathered while others are being sent */
    OUTBOX_MAX_BYTES = 1024 * 1024
};

/* ---- life ---- */

static void init_mutex(pthread_mutex_t *mutex) {
    pthread_mutexattr_t attributes;
    (void)pthread_mutexattr_init(&attributes);
#ifdef __GLIBC__
    (void)pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
#endif
    (void)pthread_mutex_init(mutex, &attributes);
    (void)pthread_mutexattr_destroy(&attributes);
}

struct hf_pool *pool_new(hf_client *client, const hf_pool_options *options) {
    struct hf_pool *pool = calloc(1, sizeof *pool);
    if (!pool) {
        detail_write("no memory for a pool");
        return NULL;
    }
    pool->owner = client;
    pool->client = client_copy(client);
    if (!pool->client) {
        free(pool);
        return NULL;
    }
    pool->generation = fork_generation();
    pool->options = *options;
    pool->supervisor.pidfd = -1;
    pool->wake_fd = -1;
    memcpy(pool->label, client_label(client), sizeof pool->label);
    atomic_init(&pool->holds, 1);
    pool->gathered = &pool->boxes[0];
    pool->sending = &pool->boxes[1];
    outbox_init(pool->gathered);
    outbox_init(pool->sending);
    link_init(&pool->ended);
    link_init(&pool->to_cancel);
    link_init(&pool->buffers);
    link_init(&pool->streams);
    init_mutex(&pool->mutex);
    link_init(&pool->work);
    link_init(&pool->changed);
    return pool;
}

static void free_buffers(struct hf_pool *pool) {
    for (struct link *link = NULL; (link = link_take_first(&pool->buffers));) {
        struct record_buffer *buffer = LINK_OWNER(link, struct record_buffer, in_buffers);
        buffer_fini(&buffer->calls);
        buffer_fini(&buffer->records);
        references_fini(&buffer->references);
        free(buffer);
    }
}

static void pool_free(struct hf_pool *pool) {
    assert(link_alone(&pool->ended) && link_alone(&pool->to_cancel));
    int before = cancel_off();
    hf_client_free(pool->client);
    free_buffers(pool);
    tag_table_fini(&pool->tags);
    outbox_fini(pool->gathered);
    outbox_fini(pool->sending);
    callbacks_fini(&pool->callbacks);
    descriptor_close(&pool->wake_fd, &pool->wake_file);
    if (!pool_is_parents(pool)) {
        (void)pthread_mutex_destroy(&pool->mutex);
    }
    free(pool);
    cancel_restore(before);
}

struct hf_pool *pool_hold(struct hf_pool *pool) {
    size_t holds = atomic_fetch_add_explicit(&pool->holds, 1, memory_order_relaxed);
    assert(holds > 0);
    (void)holds;
    return pool;
}

void pool_drop(struct hf_pool *pool) {
    size_t holds = atomic_fetch_sub_explicit(&pool->holds, 1, memory_order_acq_rel);
    assert(holds > 0);
    if (holds == 1) {
        pool_free(pool);
    }
}

bool pool_is_parents(const struct hf_pool *pool) {
    return pool->generation != fork_generation();
}

hf_status pool_check(const struct hf_pool *pool) {
    detail_clear();
    cancel_point();
    if (!pool) {
        return detail_set(HF_INVALID, "the pool is NULL: it was never opened");
    }
    if (pool_is_parents(pool)) {
        return detail_set(HF_INVALID, "the pool belongs to the process that has forked this one: "
                                      "open it here");
    }
    return HF_OK;
}

/* ---- the mutex, and waits ---- */

void pool_lock(struct hf_pool *pool) {
    int before = cancel_off();
    int error = pthread_mutex_lock(&pool->mutex);
    assert(!error && !pool->locked);
    (void)error;
    pool->locked = true;
    pool->cancel_before = before;
}

bool pool_has_unsent(const struct hf_pool *pool) {
    return !outbox_empty(pool->gathered) || !outbox_empty(pool->sending);
}

bool pool_has_work(const struct hf_pool *pool) {
    return pool_has_unsent(pool) || !link_alone(&pool->to_cancel);
}

/* A thread that waits. It is in a list until it is woken. Both are under the mutex, but for the
 * sleep. */
struct pool_waiter {
    struct link link;
    bool woken;
    sem_t sem;
};

void pool_wake(struct hf_pool *pool, struct link *waiters) {
    assert(pool->locked);
    (void)pool;
    for (struct link *link = NULL; (link = link_take_first(waiters));) {
        struct pool_waiter *waiter = LINK_OWNER(link, struct pool_waiter, link);
        waiter->woken = true;
        (void)sem_post(&waiter->sem);
    }
}

void pool_changed(struct hf_pool *pool) {
    pool_wake(pool, &pool->changed);
}

void pool_unlock(struct hf_pool *pool) {
    struct link ended;
    link_init(&ended);
    link_move_all(&pool->ended, &ended);
    assert(pool->locked && link_alone(&pool->ended));
    if (!link_alone(&pool->work) && (pool_has_work(pool) || pool->freeing || pool->over != HF_OK)) {
        pool_wake(pool, &pool->work);
    }
    int before = pool->cancel_before;
    pool->locked = false;
    int error = pthread_mutex_unlock(&pool->mutex);
    assert(!error);
    (void)error;
    job_drop_ended(&ended);
    cancel_restore(before);
}

/* A cleanup handler as well, for a thread that is cancelled while it sleeps. */
static void end_waiter(void *argument) {
    struct pool_waiter *waiter = argument;
    link_remove(&waiter->link);
    (void)sem_destroy(&waiter->sem);
}

struct sleeper {
    struct hf_pool *pool;
    struct pool_waiter waiter;
};

static void sleeper_cancelled(void *argument) {
    struct sleeper *sleeper = argument;
    pool_lock(sleeper->pool);
    end_waiter(&sleeper->waiter);
    pool_unlock(sleeper->pool);
}

static hf_status wait_in(struct hf_pool *pool, struct link *waiters, int64_t deadline_ms,
                         bool deaf) {
    struct sleeper sleeper = {.pool = pool};
    hf_status status = HF_TIMEOUT;
    if (deadline_left(deadline_ms) == 0) {
        return status;
    }
    (void)sem_init(&sleeper.waiter.sem, 0, 0);
    link_append(waiters, &sleeper.waiter.link);
    pool_unlock(pool);
    const struct session *session = deaf ? NULL : session_of(pool->client);
    struct bell *bell = session ? session->bell : NULL;
    pthread_cleanup_push(sleeper_cancelled, &sleeper);
    status = bell_await(bell, &sleeper.waiter.sem, deadline_ms);
    pthread_cleanup_pop(0);
    pool_lock(pool);
    status = sleeper.waiter.woken || status == HF_TIMEOUT ? HF_OK : status;
    end_waiter(&sleeper.waiter);
    if (status == HF_CANCELLED) {
        bell_answer(bell);
    }
    return status;
}

hf_status pool_wait(struct hf_pool *pool, struct link *waiters, int64_t deadline_ms) {
    return wait_in(pool, waiters, deadline_ms, false);
}

void pool_wait_deaf(struct hf_pool *pool, struct link *waiters, int64_t deadline_ms) {
    hf_status status = wait_in(pool, waiters, deadline_ms, true);
    assert(status != HF_CANCELLED);
    (void)status;
}

/* ---- accepting tasks ---- */

/* A pool with a small bound has a small outbox, too. */
bool pool_has_room(const struct hf_pool *pool) {
    uint64_t most = pool->options.max_tasks;
    most = most > 0 && most < OUTBOX_MAX_TASKS ? most : OUTBOX_MAX_TASKS;
    return pool->gathered->count < most && buffer_len(&pool->gathered->records) < OUTBOX_MAX_BYTES;
}

bool pool_accepts(const struct hf_pool *pool) {
    return pool->over == HF_OK && !pool->closed;
}

hf_status pool_refusal(const struct hf_pool *pool) {
    if (pool->over != HF_OK) {
        return detail_set(pool->over, "%s", pool->over_detail);
    }
    return pool->closed ? detail_set(HF_CLOSED, "the pool was closed by this process") : HF_OK;
}

hf_status pool_accept(struct hf_pool *pool, struct task *task, const uint8_t *record) {
    assert(pool->locked && task->job->pool == pool && task->tag <= pool->last_tag);
    if (!pool_accepts(pool)) {
        return pool_refusal(pool);
    }
    if (!tag_table_reserve(&pool->tags) || !outbox_append(pool->gathered, task, record)) {
        return detail_set(HF_NO_MEMORY, "no memory for a task");
    }
    tag_table_add(&pool->tags, task);
    job_move_task(task, TASK_HERE);
    job_hold(task->job, 1); /* until it has ended */
    pool->open_tasks++;
    return HF_OK;
}

void pool_interrupt_feeder(struct hf_pool *pool) {
    uint64_t one = 1;
    assert(pool->locked);
    if (pool->feeder_submits && descriptor_is(pool->wake_fd, &pool->wake_file)) {
        ssize_t written = write(pool->wake_fd, &one, sizeof one);
        (void)written; /* it may not be ours any more: eventfds have no number of their own */
    }
    pool->feeder_submits = false;
}

void pool_tell_to_cancel(struct hf_pool *pool, struct task *task) {
    assert(pool->locked && task->state == TASK_SENT && task->cancelled);
    job_hold(task->job, 1);
    link_append(&pool->to_cancel, &task->in_to_cancel);
    pool_interrupt_feeder(pool);
}

bool pool_take_to_cancel(struct hf_pool *pool, uint64_t *tag) {
    struct link *link = link_take_first(&pool->to_cancel);
    if (!link) {
        return false;
    }
    struct task *task = LINK_OWNER(link, struct task, in_to_cancel);
    *tag = task->tag;
    job_drop(task->job);
    return true;
}

void pool_clear_lists(struct hf_pool *pool) {
    uint64_t tag = 0;
    assert(pool->locked);
    outbox_clear(pool->sending);
    outbox_clear(pool->gathered);
    while (pool_take_to_cancel(pool, &tag)) {
    }
}

/* ---- ending tasks ---- */

static void cancel_in(struct outbox *box, bool detached_too) {
    for (struct task *task = outbox_first(box); task; task = outbox_next(box, task)) {
        if (task->state == TASK_HERE && (detached_too || !task->job->detached)) {
            job_end_task(task, HF_CANCELLED, NULL);
        }
    }
}

void pool_cancel_unsent(struct hf_pool *pool, bool detached_too) {
    cancel_in(pool->sending, detached_too);
    cancel_in(pool->gathered, detached_too);
}

/* ---- the end ---- */

bool pool_ends_with(hf_status status) {
    return hf_status_is_fatal(status) || status == HF_DELETED || status == HF_NO_OBJECT;
}

void pool_end(struct hf_pool *pool, hf_status status) {
    pool_lock(pool);
    if (pool->over == HF_OK) {
        assert(status != HF_OK);
        pool->over = status;
        (void)strncpy(pool->over_detail, hf_last_detail(), sizeof pool->over_detail - 1);
        size_t from = 0;
        for (struct task *task = NULL; (task = tag_table_next(&pool->tags, &from));) {
            job_end_task(task, status, pool->over_detail);
        }
        streams_end(pool, status);
        assert(pool->tags.count == 0 && link_alone(&pool->streams));
        pool_interrupt_feeder(pool);
        pool_changed(pool);
    }
    pool_unlock(pool);
}

hf_status pool_status(struct hf_pool *pool) {
    pool_lock(pool);
    hf_status status = pool->over;
    if (status != HF_OK) {
        detail_write("%s", pool->over_detail);
    }
    pool_unlock(pool);
    return status;
}

/* If another thread held the mutex at the moment of the fork, the handle is leaked. */
void pool_forget(struct hf_pool *pool) {
    if (pthread_mutex_trylock(&pool->mutex) != 0) {
        return;
    }
    assert(pool_is_parents(pool) && !pool->locked);
    pool->locked = true;
    size_t from = 0;
    for (struct task *task = NULL; (task = tag_table_next(&pool->tags, &from));) {
        tag_table_remove(&pool->tags, task);
        job_drop(task->job);
    }
    pool_clear_lists(pool);
    callbacks_forget(&pool->callbacks);
    hf_client_free(pool->client);
    pool->client = NULL;
    child_fini(&pool->supervisor);
    pool_drop(pool);
}

/* ---- record buffers ---- */

enum { REQUEST_REST_BYTES = 1024 /* of a request with one task, beside its record */ };

struct record_buffer *pool_take_records(struct hf_pool *pool, size_t tag_count, uint64_t *tag) {
    pool_lock(pool);
    struct link *link = link_take_first(&pool->buffers);
    *tag = pool->last_tag + 1;
    assert(pool->last_tag + tag_count >= pool->last_tag);
    pool->last_tag += tag_count;
    pool_unlock(pool);
    struct record_buffer *buffer =
        link ? LINK_OWNER(link, struct record_buffer, in_buffers) : calloc(1, sizeof *buffer);
    if (!buffer) {
        detail_write("no memory for a task");
        return NULL;
    }
    buffer->record_max_bytes = pool->frame_max_bytes - REQUEST_REST_BYTES;
    return buffer;
}

void pool_return_records(struct hf_pool *pool, struct record_buffer *buffer) {
    assert(pool->locked);
    buffer_clear(&buffer->calls);
    buffer_clear(&buffer->records);
    link_prepend(&pool->buffers, &buffer->in_buffers);
}
