/* SPDX-License-Identifier: MIT
 *
 * See process_fd.h. The numbers are the same on all architectures that Debian has.
 */
#include "process_fd.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CALL_SEND_SIGNAL = 424,
    CALL_OPEN = 434,
    WAIT_BY_FD = 3,           /* P_PIDFD, since Linux 5.4 */
    FORK_UNTIL_EXEC = 0x4000, /* CLONE_VFORK */
    FORK_WITH_FD = 0x1000     /* CLONE_PIDFD, since Linux 5.2; ignored before */
};

int process_fd_open(pid_t pid) {
    return (int)syscall(CALL_OPEN, pid, 0);
}

bool process_fd_refused(int error) {
    return error == ENOSYS || error == EPERM || error == EACCES;
}

int process_fd_signal(int fd, int number) {
    return (int)syscall(CALL_SEND_SIGNAL, fd, number, NULL, 0);
}

int process_fd_wait(int fd, siginfo_t *end, int options) {
    return waitid((idtype_t)WAIT_BY_FD, (id_t)fd, end, options);
}

/* The order of the first two arguments depends on the architecture. */
static pid_t fork_with(unsigned long flags, int *fd) {
    flags |= SIGCHLD;
#if defined(__s390__)
    return (pid_t)syscall(SYS_clone, NULL, flags, fd, NULL, NULL);
#else
    return (pid_t)syscall(SYS_clone, flags, NULL, fd, NULL, NULL);
#endif
}

pid_t process_fd_fork_until_exec(int *fd) {
    *fd = -1;
    pid_t pid = fork_with(FORK_UNTIL_EXEC | FORK_WITH_FD, fd);
    if (pid < 0 && (process_fd_refused(errno) || errno == EINVAL)) {
        pid = fork_with(FORK_UNTIL_EXEC, fd);
    }
    return pid;
}
