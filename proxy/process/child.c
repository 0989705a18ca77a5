/* SPDX-License-Identifier: MIT
 *
 * See child.h.
 */
#include "child.h"

#include "cancel.h"
#include "deadline.h"
#include "standard.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

static bool has_pidfd(const struct child *child) {
    return descriptor_is(child->pidfd, &child->pidfd_file);
}

static int child_waitid(const struct child *child, siginfo_t *end, int options) {
    bool known = has_pidfd(child);
    int result = 0;
    end->si_pid = 0;
    do {
        result = known ? waitid(P_PIDFD, (id_t)child->pidfd, end, options)
                       : waitid(P_PID, (id_t)child->pid, end, options);
    } while (result != 0 && errno == EINTR);
    return result;
}

/* If somebody else fetches all children, the number may already be that of another process. */
bool child_watch(struct child *child, pid_t pid) {
    assert(pid > 0);
    siginfo_t end;
    if (!child_adopt(child, pid, pidfd_open(pid, 0)) && errno != ESRCH) {
        return false;
    }
    if (child->pidfd < 0 || child_waitid(child, &end, WEXITED | WNOHANG | WNOWAIT) != 0) {
        child_fini(child);
        child->lost = true;
    }
    return true;
}

bool child_adopt(struct child *child, pid_t pid, int pidfd) {
    assert(pid > 0);
    *child = (struct child){.pid = pid, .parent = getpid(), .pidfd = standard_avoid(pidfd)};
    if (child->pidfd < 0) {
        return false;
    }
    child->pidfd_file = descriptor_file(child->pidfd);
    return true;
}

void child_fini(struct child *child) {
    descriptor_close(&child->pidfd, &child->pidfd_file);
}

bool child_is_own(const struct child *child) {
    return child->parent == getpid();
}

static bool pidfd_readable_by(int pidfd, int64_t deadline_ms) {
    struct pollfd poll_fd = {pidfd, POLLIN, 0};
    int ready = 0;
    do {
        ready = poll(&poll_fd, 1, deadline_poll(deadline_ms));
    } while ((ready < 0 && errno == EINTR) || (ready == 0 && deadline_left(deadline_ms) > 0));
    return ready > 0;
}

static void close_pidfd(void *pidfd) {
    int before = cancel_off();
    (void)close(*(const int *)pidfd);
    cancel_restore(before);
}

/* Without the pidfd that it had, a child is looked for by its number, which is its own as long as
 * it is not fetched. */
bool child_ends_by(const struct child *child, int64_t deadline_ms) {
    siginfo_t end;
    if (child->lost) {
        return true;
    }
    if (has_pidfd(child)) {
        return pidfd_readable_by(child->pidfd, deadline_ms);
    }
    if (child_waitid(child, &end, WEXITED | WNOWAIT | WNOHANG) != 0) {
        return errno == ECHILD;
    }
    int pidfd = standard_avoid(pidfd_open(child->pid, 0));
    if (pidfd < 0) {
        return child_waitid(child, &end, WEXITED | WNOWAIT) == 0 || errno == ECHILD;
    }
    bool ended = false;
    pthread_cleanup_push(close_pidfd, &pidfd);
    ended = pidfd_readable_by(pidfd, deadline_ms);
    pthread_cleanup_pop(1);
    return ended;
}

bool child_signal(const struct child *child, int number) {
    if (child->lost) {
        return true;
    }
    int result = has_pidfd(child) ? pidfd_send_signal(child->pidfd, number, NULL, 0)
                                  : kill(child->pid, number);
    return result == 0 || errno == ESRCH;
}

enum child_state child_reap(const struct child *child, int *code) {
    siginfo_t end;
    assert(child_is_own(child));
    if (child->lost || child_waitid(child, &end, WEXITED | WNOHANG) != 0) {
        return CHILD_LOST;
    }
    if (end.si_pid == 0) {
        return CHILD_RUNS;
    }
    *code = end.si_code == CLD_EXITED ? end.si_status : -end.si_status;
    return CHILD_ENDED;
}

void child_destroy(struct child *child) {
    int code = 0;
    (void)child_signal(child, SIGKILL);
    (void)child_ends_by(child, DEADLINE_NEVER);
    (void)child_reap(child, &code);
    child_fini(child);
}
