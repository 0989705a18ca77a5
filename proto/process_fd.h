/* SPDX-License-Identifier: MIT
 *
 * Descriptors of processes (pidfds), by the numbers of their system calls: glibc has had functions
 * for them since 2.36, musl has none. The kernel may be without them (before Linux 5.3), or a
 * sandbox may refuse the calls. Then each user of this file goes on without: see
 * process_fd_refused().
 */
#ifndef HF_PROCESS_FD_H
#define HF_PROCESS_FD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/** Returns a descriptor that is readable once the process is dead, closed at exec; or -1 with errno
 *  set: ESRCH (there is no such process), or another. */
int process_fd_open(pid_t pid);

/** Whether this errno of process_fd_open() means that there are no such descriptors here. */
bool process_fd_refused(int error);

/** As kill(). */
int process_fd_signal(int fd, int number);

/** As waitid(). */
int process_fd_wait(int fd, siginfo_t *end, int options);

/** Fork without fork handlers; the calling thread waits until the child runs another program or has
 *  ended. The child's memory is its own.
 *
 *  fd       out, in the parent: a descriptor of the child, closed at exec; -1: there is none
 *  Returns  as fork()
 */
pid_t process_fd_fork_until_exec(int *fd);

#endif
