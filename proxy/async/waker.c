/* SPDX-License-Identifier: MIT
 *
 * See waker.h. The timer is only ever set to an earlier time, so a loop with many deadlines sets it
 * seldom; it may go off when nothing is due.
 */
#include "waker.h"

#include "deadline.h"
#include "standard.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

static bool add(const struct waker *waker, int operation, int fd, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    return epoll_ctl(waker->epoll_fd, operation, fd, &event) == 0;
}

bool waker_init(struct waker *waker) {
    *waker = (struct waker){.due_ms = DEADLINE_NEVER, .watched_fd = -1};
    waker->epoll_fd = standard_avoid(epoll_create1(EPOLL_CLOEXEC));
    waker->timer_fd = standard_avoid(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (waker->epoll_fd < 0 || waker->timer_fd < 0 ||
        !add(waker, EPOLL_CTL_ADD, waker->timer_fd, EPOLLIN)) {
        int error = errno;
        waker_fini(waker);
        errno = error;
        return false;
    }
    return true;
}

void waker_fini(struct waker *waker) {
    if (waker->epoll_fd >= 0) {
        (void)close(waker->epoll_fd);
    }
    if (waker->timer_fd >= 0) {
        (void)close(waker->timer_fd);
    }
    waker_forget(waker);
}

/* Only in the instance that was made for it the timer can be changed. */
bool waker_is_whole(const struct waker *waker) {
    return waker->epoll_fd >= 0 && add(waker, EPOLL_CTL_MOD, waker->timer_fd, EPOLLIN);
}

void waker_forget(struct waker *waker) {
    *waker =
        (struct waker){.epoll_fd = -1, .timer_fd = -1, .due_ms = DEADLINE_NEVER, .watched_fd = -1};
}

void waker_watch_nothing(struct waker *waker) {
    if (waker->watched_fd >= 0) {
        (void)epoll_ctl(waker->epoll_fd, EPOLL_CTL_DEL, waker->watched_fd, NULL);
    }
    waker->watched_fd = -1;
}

bool waker_watch(struct waker *waker, int fd, uint32_t events) {
    assert(fd >= 0);
    if (waker->watched_fd != fd) {
        waker_watch_nothing(waker);
    } else if (waker->events == events) {
        return true;
    }
    if (!add(waker, waker->watched_fd < 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, events)) {
        return false;
    }
    waker->watched_fd = fd;
    waker->events = events;
    return true;
}

void waker_wake_at(struct waker *waker, int64_t due_ms) {
    if (due_ms >= waker->due_ms) {
        return;
    }
    const struct itimerspec at = {
        .it_value = {.tv_sec = (time_t)(due_ms / 1000), .tv_nsec = (long)(due_ms % 1000) * 1000000},
    };
    assert(due_ms > 0);
    waker->due_ms = due_ms;
    (void)timerfd_settime(waker->timer_fd, TFD_TIMER_ABSTIME, &at, NULL); /* the time is valid */
}

bool waker_went_off(struct waker *waker) {
    uint64_t times = 0;
    if (deadline_left(waker->due_ms) > 0) {
        return false;
    }
    ssize_t got = read(waker->timer_fd, &times, sizeof times); /* EAGAIN: it is just about to */
    waker->due_ms = got > 0 ? DEADLINE_NEVER : waker->due_ms;
    return got > 0;
}
