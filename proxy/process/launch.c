/* SPDX-License-Identifier: MIT
 *
 * See launch.h. Signals are blocked from before the fork until the new process has removed all
 * handlers: a handler that ran there would do what it is meant to do in the parent.
 */
#include "launch.h"

#include "cancel.h"
#include "client.h"
#include "deadline.h"
#include "detail.h"
#include "leave.h"
#include "process_fd.h"
#include "standard.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_NOT_RUN = 127 };

static pid_t daemon_pid; /* of the process that is a daemon; its own forks are not */

bool launch_is_daemon(void) {
    return daemon_pid == getpid();
}

/* ---- signals ---- */

/* Also write the text that was printed before, so that it comes before the text of the child. */
static void block_signals(sigset_t *before) {
    sigset_t every;
    (void)fflush(stdout);
    (void)fflush(stderr);
    (void)sigfillset(&every);
    (void)pthread_sigmask(SIG_SETMASK, &every, before);
}

static bool keeps_action(int number, const struct sigaction *action) {
    bool handled = (action->sa_flags & SA_SIGINFO) != 0 ||
                   (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
    return !handled && number != SIGTERM;
}

/* The C library refuses to change some signals, which are its own. */
static void reset_signals(void) {
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0 && !keeps_action(number, &action)) {
            action = (struct sigaction){.sa_handler = SIG_DFL};
            (void)sigaction(number, &action, NULL);
        }
    }
    sigset_t none;
    (void)sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
}

/* ---- a function ---- */

_Noreturn static void run_function(const struct launch *launch, int cancel_state) {
    sockets_spare(NULL);
    if (launch->lifeline) {
        lifeline_tie(launch->lifeline);
        daemon_pid = getpid();
    }
    __fpurge(stdout); /* the parent writes the text that another thread has put there */
    __fpurge(stderr);
    client_label_process(launch->name);
    detail_clear();
    reset_signals();
    cancel_restore(cancel_state);
    int code = launch->function(launch->argument);
    leave_before_exit();
    (void)fflush(stdout);
    (void)fflush(stderr);
    _exit(code & 0xff);
}

/* The reserve keeps a descriptor free for the child's pidfd. */
static hf_status watch_child(pid_t pid, int reserve, struct child *child) {
    (void)close(reserve);
    if (!child_watch(child, pid)) {
        int error = errno;
        child_destroy(child);
        return detail_set(HF_SYSTEM, "cannot watch a process: %s", strerror(error));
    }
    return HF_OK;
}

static hf_status fork_function(const struct launch *launch, struct child *child, int cancel_state) {
    sigset_t before;
    int reserve = standard_avoid(process_fd_open(getpid()));
    if (reserve < 0 && !process_fd_refused(errno)) {
        return detail_set(HF_SYSTEM, "cannot watch a process: %s", strerror(errno));
    }
    block_signals(&before);
    sockets_spare(launch->lifeline ? launch->lifeline->ends : NULL);
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(reserve);
        run_function(launch, cancel_state);
    }
    int error = errno;
    sockets_spare(NULL);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        (void)close(reserve);
        return detail_set(HF_SYSTEM, "cannot fork: %s", strerror(error));
    }
    return watch_child(pid, reserve, child);
}

hf_status launch_function(const struct launch *launch, struct child *child) {
    assert(launch->function && !launch->path);
    int before = cancel_off();
    hf_status status = fork_function(launch, child, before);
    cancel_restore(before);
    return status;
}

/* ---- a program ---- */

_Noreturn static void run_program(const struct launch *launch, int tell_fd) {
    if (launch->lifeline) {
        lifeline_tie(launch->lifeline);
    }
    reset_signals();
    (void)execve(launch->path, launch->argv, launch->env);
    int error = errno;
    ssize_t told = write(tell_fd, &error, sizeof error);
    (void)told; /* if it fails, the exit status tells */
    _exit(EXIT_NOT_RUN);
}

/* This thread waits until the child runs its program or has ended. So the error is read from the
 * pipe without a wait for the pipe's end, which another forked process may have inherited. */
static hf_status fork_and_exec(const struct launch *launch, struct child *child,
                               const int tell[2]) {
    sigset_t before;
    int pidfd = -1;
    block_signals(&before);
    pid_t pid = process_fd_fork_until_exec(&pidfd);
    if (pid == 0) {
        run_program(launch, tell[1]);
    }
    int error = errno;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        return detail_set(HF_SYSTEM, "cannot fork: %s", strerror(error));
    }
    (void)child_adopt(child, pid, pidfd); /* if this fails, it is known by its number */
    if (read(tell[0], &error, sizeof error) != (ssize_t)sizeof error) {
        return HF_OK;
    }
    child_destroy(child);
    return detail_set(HF_SYSTEM, "cannot run %s: %s", launch->path, strerror(error));
}

hf_status launch_program(const struct launch *launch, struct child *child) {
    assert(launch->path && launch->argv && launch->env);
    int tell[2];
    if (!standard_avoid_pipe(tell, O_NONBLOCK)) {
        return detail_set(HF_SYSTEM, "cannot make a pipe: %s", strerror(errno));
    }
    int before = cancel_off();
    hf_status status = fork_and_exec(launch, child, tell);
    (void)close(tell[0]);
    (void)close(tell[1]);
    cancel_restore(before);
    return status;
}
