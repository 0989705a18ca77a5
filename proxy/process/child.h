/* SPDX-License-Identifier: MIT
 *
 * A child of this process, known by its pidfd: its end can be waited for until a deadline, and
 * neither a signal nor the wait can ever meet another process that was given its number. Only this
 * one child is waited for, never any.
 */
#ifndef HF_CHILD_H
#define HF_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
    pid_t pid;
    int pidfd;    /* -1: none */
    bool lost;    /* it had been fetched by somebody else before it was known by a pidfd */
    pid_t parent; /* whose child it is: a forked child inherits this, but not the child */
};

enum child_state {
    CHILD_RUNS,
    CHILD_ENDED, /* and fetched */
    CHILD_LOST   /* somebody else has fetched it, so nobody knows how it ended */
};

/** Know the process that was just started by its pidfd. Returns false with errno set when there can
 * be none: then its number serves, as long as nobody else fetches it, and waits have no limit. */
bool child_watch(struct child *child, pid_t pid);

/** Forget it. It goes on. */
void child_fini(struct child *child);

/** Kill it, wait for its end, fetch and forget it. */
void child_destroy(struct child *child);

/** Whether this process is its parent. */
bool child_is_own(const struct child *child);

/** Whether it has ended by then. Not fetched yet. */
bool child_ends_by(const struct child *child, int64_t deadline_ms);

/** Send it a signal; nothing happens when it has ended. Returns false with errno set when the
 * system refuses. */
bool child_signal(const struct child *child, int number);

/** Fetch it if it has ended; does not wait. To be done once. `code` is its exit status or,
 * negative, the signal that ended it. */
enum child_state child_reap(const struct child *child, int *code);

#endif
