/* SPDX-License-Identifier: MIT
 *
 * A child of this process, known by its pidfd. So its end can be waited for until a deadline, and
 * no signal or wait ever concerns another process that was given its number. No other child of the
 * program is ever waited for. If the program closes the pidfd, or the system gives none
 * (process_fd.h), the number of the process takes its place: it is the child's until somebody
 * fetches it.
 *
 *     CHILD_RUNS --child_reap()--> CHILD_ENDED, or CHILD_LOST
 */
#ifndef HF_CHILD_H
#define HF_CHILD_H

#include "descriptor.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
    pid_t pid;
    int pidfd; /* -1: none */
    struct file_id pidfd_file;
    bool lost;    /* somebody else had fetched it before it was known */
    pid_t parent; /* a forked child has a copy of this struct, but is not the parent */
};

enum child_state {
    CHILD_RUNS,
    CHILD_ENDED, /* and fetched */
    CHILD_LOST   /* somebody else has fetched it, so its exit status is not known */
};

/** Open the pidfd of a process that was just started. Returns false with errno set if that fails,
 * though the system has pidfds; then, too, its number is used.
 */
bool child_watch(struct child *child, pid_t pid);

/** The same for a pidfd that the kernel has made with the process. Returns false with errno set. */
bool child_adopt(struct child *child, pid_t pid, int pidfd);

/** Close the pidfd. The process continues. */
void child_fini(struct child *child);

/** Kill it, wait for its end, fetch it and close the pidfd. */
void child_destroy(struct child *child);

/** Whether this process is its parent. */
bool child_is_own(const struct child *child);

/* How often a child without a pidfd is looked for. */
enum { CHILD_LOOK_MS = 20 };

/** How long a poll() may last that waits for the child among other things: until the deadline, or
 * if it has no pidfd, until it has to be looked for with child_ends_by() or child_reap(). */
int child_poll(const struct child *child, int64_t deadline_ms);

/** Wait until it has ended. Returns whether it has by then. It is not fetched. */
bool child_ends_by(const struct child *child, int64_t deadline_ms);

/** Send it a signal; if it has ended, do nothing. Returns false with errno set if the system
 * refuses. */
bool child_signal(const struct child *child, int number);

/** Fetch it if it has ended, without a wait. After another state than CHILD_RUNS it is not called
 * again. `code` is its exit status or, negative, the signal that ended it. */
enum child_state child_reap(const struct child *child, int *code);

#endif
