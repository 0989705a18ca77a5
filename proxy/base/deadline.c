/* SPDX-License-Identifier: MIT
 *
 * See deadline.h.
 */
#include "deadline.h"

#include <assert.h>
#include <limits.h>
#include <time.h>

int64_t deadline_now_ns(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time); /* cannot fail with this clock */
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t now(void) {
    return deadline_now_ns() / 1000000;
}

int64_t deadline_add(int64_t wait_ms, int64_t more_ms) {
    int64_t sum = 0;
    if (wait_ms < 0 || more_ms < 0 || __builtin_add_overflow(wait_ms, more_ms, &sum)) {
        return -1;
    }
    return sum;
}

/* The current millisecond is not counted, so that no deadline passes too early. */
int64_t deadline_in(int64_t wait_ms) {
    int64_t at = deadline_add(wait_ms, wait_ms < 0 ? -1 : now() + (wait_ms > 0));
    return at < 0 ? DEADLINE_NEVER : at;
}

int64_t deadline_left(int64_t deadline_ms) {
    if (deadline_ms == DEADLINE_NEVER) {
        return DEADLINE_NEVER;
    }
    int64_t left = deadline_ms - now();
    return left > 0 ? left : 0;
}

int deadline_poll(int64_t deadline_ms) {
    int64_t left = deadline_left(deadline_ms);
    if (left == DEADLINE_NEVER) {
        return -1;
    }
    return left > INT_MAX ? INT_MAX : (int)left;
}

void deadline_cond_init(pthread_cond_t *cond) {
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(cond, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
}

bool deadline_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t deadline_ms) {
    const struct timespec due = {
        .tv_sec = (time_t)(deadline_ms / 1000),
        .tv_nsec = (long)(deadline_ms % 1000) * 1000000,
    };
    if (deadline_ms == DEADLINE_NEVER) {
        (void)pthread_cond_wait(cond, mutex);
        return true;
    }
    assert(deadline_ms >= 0);
    if (deadline_left(deadline_ms) == 0) {
        return false;
    }
    (void)pthread_cond_timedwait(cond, mutex, &due);
    return true;
}
