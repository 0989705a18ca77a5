/* SPDX-License-Identifier: MIT
 *
 * See <holdfast/timer.h>. The thread that starts a timer shares its memory with the timer's own
 * thread. The first joins the second and then frees the memory. Without a handle, the timer's
 * thread does. It waits for a condition before it joins, so that it can be cancelled with no lock
 * held.
 *
 *     WAITING --its time has come--> RUN
 *         '-----cancelled----------> CANCELLED
 */
#include "cancel.h"
#include "deadline.h"
#include "detail.h"
#include "thread.h"

#include <assert.h>
#include <holdfast/timer.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum state { WAITING, RUN, CANCELLED };

struct hf_timer {
    hf_timer_function *function;
    void *argument;
    int64_t deadline_ms;
    bool alone; /* its thread frees it */
    pid_t process;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;

    /* Under the mutex. */
    enum state state;
    bool ended;       /* the timer's thread uses it no longer, but for this mutex */
    pthread_t runner; /* the timer's thread, from RUN on */
};

static void timer_free(struct hf_timer *timer) {
    (void)pthread_cond_destroy(&timer->changed);
    (void)pthread_mutex_destroy(&timer->mutex);
    free(timer);
}

/* Wait for its time. Returns false if it is cancelled before. */
static bool wait_for_time(struct hf_timer *timer) {
    (void)pthread_mutex_lock(&timer->mutex);
    while (timer->state == WAITING &&
           deadline_wait(&timer->changed, &timer->mutex, timer->deadline_ms)) {
    }
    bool due_now = timer->state == WAITING;
    if (due_now) {
        timer->state = RUN;
        timer->runner = pthread_self();
    }
    (void)pthread_mutex_unlock(&timer->mutex);
    return due_now;
}

/* The end of the timer's thread, also if its function ends it. */
static void timer_end(void *argument) {
    struct hf_timer *timer = argument;
    if (timer->alone) {
        timer_free(timer);
        return;
    }
    (void)pthread_mutex_lock(&timer->mutex);
    timer->ended = true;
    (void)pthread_cond_signal(&timer->changed);
    (void)pthread_mutex_unlock(&timer->mutex);
}

static void *timer_main(void *argument) {
    struct hf_timer *timer = argument;
    pthread_cleanup_push(timer_end, timer);
    if (wait_for_time(timer)) {
        assert(timer->state == RUN);
        timer->function(timer->argument);
    }
    pthread_cleanup_pop(1);
    return NULL;
}

static struct hf_timer *timer_new(int64_t after_ms, hf_timer_function *function, void *argument) {
    struct hf_timer *timer = calloc(1, sizeof *timer);
    if (!timer) {
        return NULL;
    }
    timer->function = function;
    timer->argument = argument;
    timer->deadline_ms = deadline_in(after_ms);
    timer->process = getpid();
    timer->state = WAITING;
    (void)pthread_mutex_init(&timer->mutex, NULL);
    deadline_cond_init(&timer->changed);
    return timer;
}

/* A timer that is alone may be freed before this returns, so its thread's id is stored elsewhere.
 */
static int timer_start_thread(struct hf_timer *timer, bool alone) {
    pthread_t thread;
    int error = thread_start(alone ? &thread : &timer->thread, timer_main, timer);
    if (error == 0 && alone) {
        (void)pthread_detach(thread);
    }
    return error;
}

hf_status hf_timer_start(int64_t after_ms, hf_timer_function *function, void *argument,
                         hf_timer **timer) {
    detail_clear();
    if (!function || after_ms < 0) {
        return detail_set(HF_INVALID,
                          function ? "a timer cannot run in the past" : "a timer needs a function");
    }
    struct hf_timer *made = timer_new(after_ms, function, argument);
    if (!made) {
        return detail_set(HF_NO_MEMORY, "no memory for a timer");
    }
    made->alone = !timer;
    int error = timer_start_thread(made, !timer);
    if (error != 0) {
        timer_free(made);
        return detail_set(HF_SYSTEM, "no thread for a timer: error %d", error);
    }
    if (timer) {
        *timer = made;
    }
    return HF_OK;
}

static bool runs_here(struct hf_timer *timer) {
    (void)pthread_mutex_lock(&timer->mutex);
    bool here = timer->state == RUN && pthread_equal(timer->runner, pthread_self());
    (void)pthread_mutex_unlock(&timer->mutex);
    return here;
}

static void unlock_timer(void *argument) {
    struct hf_timer *timer = argument;
    (void)pthread_mutex_unlock(&timer->mutex);
}

static void await_end(struct hf_timer *timer) {
    (void)pthread_mutex_lock(&timer->mutex);
    pthread_cleanup_push(unlock_timer, timer);
    while (!timer->ended) {
        (void)deadline_wait(&timer->changed, &timer->mutex, DEADLINE_NEVER);
    }
    pthread_cleanup_pop(1);
}

bool hf_timer_cancel(hf_timer *timer) {
    if (timer->process != getpid()) {
        return true; /* a forked child does not have its thread */
    }
    (void)pthread_mutex_lock(&timer->mutex);
    if (timer->state == WAITING) {
        timer->state = CANCELLED;
        (void)pthread_cond_signal(&timer->changed);
    }
    bool never = timer->state == CANCELLED;
    (void)pthread_mutex_unlock(&timer->mutex);
    return never;
}

hf_status hf_timer_join(hf_timer *timer) {
    detail_clear();
    if (!timer) {
        return HF_OK;
    }
    if (timer->process != getpid()) {
        free(timer); /* a thread of the parent may have held the mutex, so it is not destroyed */
        return HF_OK;
    }
    if (runs_here(timer)) {
        return detail_set(HF_DEADLOCK, "a timer's own function would wait for itself");
    }
    cancel_point();
    await_end(timer);
    int before = cancel_off();
    (void)pthread_join(timer->thread, NULL);
    cancel_restore(before);
    assert(timer->state != WAITING);
    timer_free(timer);
    return HF_OK;
}
