/* SPDX-License-Identifier: MIT
 *
 * See child.h.
 */
#include "child.h"

#include "cancel.h"
#include "deadline.h"
#include "process_fd.h"
#include "standard.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
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
        result = known ? process_fd_wait(child->pidfd, end, options)
                       : waitid(P_PID, (id_t)child->pid, end, options);
    } while (result != 0 && errno == EINTR);
    return result;
}

/* If somebody else fetches all children, the number may already be that of another process. */
bool child_watch(struct child *child, pid_t pid) {
    assert(pid > 0);
    siginfo_t end;
    bool fetched = false;
    if (!child_adopt(child, pid, process_fd_open(pid))) {
        fetched = errno == ESRCH;
        if (!fetched && !process_fd_refused(errno)) {
            return false;
        }
    }
    if (fetched || child_waitid(child, &end, WEXITED | WNOHANG | WNOWAIT) != 0) {
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

/* Whether it has ended, or was fetched. With its number, only its parent can tell about a zombie.
 */
static bool has_ended(const struct child *child, int more_options) {
    siginfo_t end;
    if (!child_is_own(child)) {
        return kill(child->pid, 0) != 0 && errno == ESRCH;
    }
    int result = child_waitid(child, &end, WEXITED | WNOWAIT | more_options);
    return result == 0 ? end.si_pid != 0 : errno == ECHILD;
}

/* Nothing tells of the end of a child without a pidfd but SIGCHLD, which is the program's, so it is
 * looked for again and again. */
static bool found_ended_by(const struct child *child, int64_t deadline_ms) {
    int pause_ms = 1;
    if (deadline_ms == DEADLINE_NEVER && child_is_own(child)) {
        return has_ended(child, 0);
    }
    while (!has_ended(child, WNOHANG)) {
        int left_ms = deadline_poll(deadline_ms);
        if (left_ms == 0) {
            return false;
        }
        (void)poll(NULL, 0, left_ms < 0 || left_ms > pause_ms ? pause_ms : left_ms);
        pause_ms = 2 * pause_ms < CHILD_LOOK_MS ? 2 * pause_ms : CHILD_LOOK_MS;
    }
    return true;
}

int child_poll(const struct child *child, int64_t deadline_ms) {
    int left_ms = deadline_poll(deadline_ms);
    bool looks = child->pidfd < 0 && (left_ms < 0 || left_ms > CHILD_LOOK_MS);
    return looks ? CHILD_LOOK_MS : left_ms;
}

/* Without the pidfd that it had, a child is looked for by its number, which is its own as long as
 * it is not fetched. */
bool child_ends_by(const struct child *child, int64_t deadline_ms) {
    if (child->lost) {
        return true;
    }
    if (has_pidfd(child)) {
        return pidfd_readable_by(child->pidfd, deadline_ms);
    }
    if (child_is_own(child) && has_ended(child, WNOHANG)) {
        return true;
    }
    int pidfd = standard_avoid(process_fd_open(child->pid));
    if (pidfd < 0) {
        return found_ended_by(child, deadline_ms);
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
    int result =
        has_pidfd(child) ? process_fd_signal(child->pidfd, number) : kill(child->pid, number);
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
