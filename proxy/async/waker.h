/* SPDX-License-Identifier: MIT
 *
 * One descriptor for all that a loop has to wait for: an epoll instance, which has a descriptor
 * that changes and a timer. It is readable when the one is ready or the time has come.
 */
#ifndef HF_WAKER_H
#define HF_WAKER_H

#include <stdbool.h>
#include <stdint.h>

struct waker {
    int epoll_fd; /* -1: there is none */
    int timer_fd;
    int64_t due_ms;  /* DEADLINE_NEVER: the timer is not set */
    int watched_fd;  /* -1: none */
    uint32_t events; /* of it */
};

/** Make the two descriptors. Returns false with errno set. */
bool waker_init(struct waker *waker);

void waker_fini(struct waker *waker);

/** Whether both descriptors are its own still: the program may have closed them, and then their
 * numbers may be those of other files of the same sort. */
bool waker_is_whole(const struct waker *waker);

/** The program has closed its descriptors, and perhaps used the numbers again: forget them. */
void waker_forget(struct waker *waker);

/** Watch a descriptor for these events (EPOLLIN ...) in the place of the one before. Returns false
 * with errno set. */
bool waker_watch(struct waker *waker, int fd, uint32_t events);

/** Watch none; before it is closed. */
void waker_watch_nothing(struct waker *waker);

/** Be readable at this time at the latest. */
void waker_wake_at(struct waker *waker, int64_t due_ms);

/** Whether the timer has gone off; it is not set any more then. */
bool waker_went_off(struct waker *waker);

#endif
