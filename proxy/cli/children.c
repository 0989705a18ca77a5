/* SPDX-License-Identifier: MIT
 *
 * See children.h. The handler looks at each child that has ended, and leaves the own one. Until
 * that is fetched, it hides others; so they are looked for again afterwards.
 */
#include "children.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t own; /* 0: none */

static void reap_others(void) {
    siginfo_t end = {.si_pid = 0};
    while (waitid(P_ALL, 0, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid != 0 &&
           end.si_pid != own) {
        (void)waitpid(end.si_pid, NULL, WNOHANG);
        end.si_pid = 0;
    }
}

static void on_child(int number) {
    (void)number;
    int error = errno;
    reap_others();
    errno = error;
}

static void hold_handler(int how) {
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGCHLD);
    (void)sigprocmask(how, &signals, NULL);
}

void children_adopt(void) {
    const struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    (void)sigaction(SIGCHLD, &action, NULL);
    hold_handler(SIG_UNBLOCK);
    reap_others();
}

pid_t children_fork(void) {
    assert(own == 0);
    hold_handler(SIG_BLOCK); /* until it is known which one is ours */
    pid_t pid = fork();
    own = pid > 0 ? pid : 0;
    hold_handler(SIG_UNBLOCK);
    return pid;
}

void children_fetched(void) {
    assert(own > 0);
    own = 0;
    reap_others();
}
