/* SPDX-License-Identifier: MIT
 *
 * See callbacks.h.
 */
#include "callbacks.h"

#include "cancel.h"
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

hf_status callbacks_init(struct callbacks *callbacks, bool by_hand) {
    *callbacks = (struct callbacks){.by_hand = by_hand, .fd = -1};
    link_init(&callbacks->jobs);
    link_init(&callbacks->come);
    if (by_hand) {
        callbacks->fd = standard_avoid(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        if (callbacks->fd < 0) {
            return detail_set(HF_SYSTEM, "cannot make a descriptor for callbacks: %s",
                              strerror(errno));
        }
        callbacks->file = descriptor_file(callbacks->fd);
    }
    return HF_OK;
}

void callbacks_fini(struct callbacks *callbacks) {
    descriptor_close(&callbacks->fd, &callbacks->file);
}

/* ---- adding jobs ---- */

static void set_readable(struct callbacks *callbacks, bool readable) {
    uint64_t one = 1;
    if (!descriptor_is(callbacks->fd, &callbacks->file)) {
        return;
    }
    ssize_t done =
        readable ? write(callbacks->fd, &one, sizeof one) : read(callbacks->fd, &one, sizeof one);
    (void)done; /* it may not be ours any more: eventfds have no number of their own */
}

void callbacks_add(struct hf_result *job) {
    struct callbacks *callbacks = &job->pool->callbacks;
    assert(job->ended && job->pool->locked);
    if (!job->callback && !job->error_callback) {
        return;
    }
    job_hold(job, 1);
    if (link_alone(&callbacks->jobs)) {
        set_readable(callbacks, true);
    }
    link_append(&callbacks->jobs, &job->in_callbacks);
    pool_wake(job->pool, &callbacks->come);
}

bool callbacks_idle(const struct hf_pool *pool) {
    return link_alone(&pool->callbacks.jobs) && pool->callbacks.running == 0;
}

/* ---- running callbacks ---- */

/* A thread that runs callbacks. A callback may run others, of this pool or another one. */
struct run {
    struct hf_pool *pool;
    struct link jobs;      /* whose callbacks it will run next */
    struct hf_result *job; /* whose callback it runs; NULL: none */
    struct run *around;    /* the run with the callback that has begun this one */
};

static _Thread_local struct run *innermost;

/* Returns whether there is anything to run. */
static bool run_begin(struct run *run) {
    struct callbacks *callbacks = &run->pool->callbacks;
    link_init(&run->jobs);
    pool_lock(run->pool);
    bool some = !link_alone(&callbacks->jobs);
    if (some) {
        link_move_all(&callbacks->jobs, &run->jobs);
        set_readable(callbacks, false);
        callbacks->running++;
        run->around = innermost;
        innermost = run;
    }
    pool_unlock(run->pool);
    return some;
}

/* Jobs that are left, because the thread was cancelled in a callback, are for the next run. */
static void return_jobs(struct callbacks *callbacks, struct link *jobs) {
    if (!link_alone(jobs) && link_alone(&callbacks->jobs)) {
        set_readable(callbacks, true);
    }
    while (!link_alone(jobs)) {
        struct link *last = jobs->prev;
        link_remove(last);
        link_prepend(&callbacks->jobs, last);
    }
}

/* A cleanup handler as well. */
static void run_end(void *argument) {
    struct run *run = argument;
    struct callbacks *callbacks = &run->pool->callbacks;
    assert(innermost == run && callbacks->running > 0);
    innermost = run->around;
    if (run->job) {
        job_drop(run->job);
    }
    pool_lock(run->pool);
    return_jobs(callbacks, &run->jobs);
    callbacks->running--;
    pool_changed(run->pool);
    pool_unlock(run->pool);
}

/* The first of these jobs, out of the list; NULL: it is empty. */
static struct hf_result *take_job(struct link *jobs) {
    struct link *link = link_take_first(jobs);
    return link ? LINK_OWNER(link, struct hf_result, in_callbacks) : NULL;
}

static void call_back(struct hf_result *job) {
    if (job->status == HF_OK) {
        if (job->callback) {
            job->callback(job->argument, job_value(job));
        }
    } else if (job->error_callback) {
        job->error_callback(job->argument, job->status,
                            job->detail ? job->detail : hf_status_text(job->status));
    }
}

size_t callbacks_run(struct hf_pool *pool) {
    struct run run = {.pool = pool};
    size_t count = 0;
    if (!run_begin(&run)) {
        return 0;
    }
    pthread_cleanup_push(run_end, &run);
    for (; (run.job = take_job(&run.jobs)); count++) {
        call_back(run.job);
        job_drop(run.job);
    }
    pthread_cleanup_pop(1);
    return count;
}

bool callbacks_run_here(const struct hf_pool *pool) {
    const struct run *run = innermost;
    while (run && run->pool != pool) {
        run = run->around;
    }
    return run != NULL;
}

void callbacks_forget(struct callbacks *callbacks) {
    for (struct hf_result *job = NULL; (job = take_job(&callbacks->jobs));) {
        job_drop(job);
    }
}

/* ---- the thread ---- */

/* Wait for jobs. Returns false when no more will come. */
static bool await_jobs(struct hf_pool *pool) {
    struct callbacks *callbacks = &pool->callbacks;
    pool_lock(pool);
    while (link_alone(&callbacks->jobs) && !callbacks->stopping) {
        pool_wait_deaf(pool, &callbacks->come, DEADLINE_NEVER);
    }
    bool some = !link_alone(&callbacks->jobs);
    pool_unlock(pool);
    return some;
}

static void *callbacks_main(void *argument) {
    struct hf_pool *pool = argument;
    hf_set_label(pool->label);
    while (await_jobs(pool)) {
        (void)callbacks_run(pool);
    }
    return NULL;
}

hf_status callbacks_prepare(struct hf_pool *pool) {
    struct callbacks *callbacks = &pool->callbacks;
    int error = 0;
    pool_lock(pool);
    if (!callbacks->by_hand && !callbacks->has_thread) {
        error = thread_start(&callbacks->thread, callbacks_main, pool);
        callbacks->has_thread = error == 0;
    }
    pool_unlock(pool);
    return error == 0 ? HF_OK
                      : detail_set(HF_SYSTEM, "no thread for callbacks: %s", strerror(error));
}

void callbacks_finish(struct hf_pool *pool) {
    struct callbacks *callbacks = &pool->callbacks;
    pool_lock(pool);
    callbacks->stopping = true;
    bool joins = callbacks->has_thread;
    pool_wake(pool, &callbacks->come);
    pool_unlock(pool);
    if (joins) {
        assert(!pthread_equal(callbacks->thread, pthread_self()));
        (void)pthread_join(callbacks->thread, NULL);
    }
    (void)callbacks_run(pool);
}
