/* SPDX-License-Identifier: MIT
 *
 * Processes after the end of their parent. Each parent here is a child of the test, which becomes
 * the parent of the orphans, so it sees how each of them ends.
 */
#include "patience.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <holdfast.h>

enum { KILLS = 200, COPIES = 6, FAMILY_MAX = 24 };

static const hf_process_options daemon_options = {.daemon = true};

/* ---- processes that end with their parent ---- */

_Noreturn static void wait_for_ever(void) {
    for (;;) {
        (void)pause();
    }
}

/* Through the first, a parent tells the test of its children; through the second, a daemon tells
 * the parent that it is ready. */
static int tell_fd;
static int ready_fds[2];

static void tell(int64_t pid) {
    if (write(tell_fd, &pid, sizeof pid) != (ssize_t)sizeof pid) {
        _exit(1);
    }
}

static void be_ready(void) {
    if (write(ready_fds[1], "x", 1) != 1) {
        _exit(1);
    }
}

static int stay(void *argument) {
    (void)argument;
    be_ready();
    wait_for_ever();
}

static int stay_quietly(void *argument) {
    (void)argument;
    wait_for_ever();
}

static int stay_blocked(void *argument) {
    sigset_t every;
    (void)argument;
    (void)sigfillset(&every);
    (void)pthread_sigmask(SIG_SETMASK, &every, NULL);
    be_ready();
    wait_for_ever();
}

static int stay_stopped(void *argument) {
    (void)argument;
    be_ready();
    (void)raise(SIGSTOP);
    wait_for_ever();
}

static int stay_closed(void *argument) {
    (void)argument;
    be_ready();
    closefrom(0);
    wait_for_ever();
}

static int become_sleep(void *argument) {
    (void)argument;
    be_ready();
    (void)execl("/bin/sleep", "sleep", "1000", (char *)NULL);
    return 1;
}

static void start_daemon(hf_process_function *function) {
    hf_process *process = NULL;
    char byte = 0;
    if (hf_process_start(function, NULL, &daemon_options, &process) != HF_OK ||
        read(ready_fds[0], &byte, 1) != 1) {
        _exit(1);
    }
    tell(hf_process_pid(process));
}

static hf_status start_sleep(const hf_process_options *options, hf_process **process) {
    char *const argv[] = {(char[]){"sleep"}, (char[]){"1000"}, NULL};
    return hf_process_start_program("sleep", argv, options, process);
}

static void start_sleeping_daemon(void) {
    hf_process *process = NULL;
    if (start_sleep(&daemon_options, &process) != HF_OK) {
        _exit(1);
    }
    tell(hf_process_pid(process));
}

/* ---- parents ---- */

typedef void parent_function(void);

struct parent {
    pid_t pid;
    int told;
};

static struct parent parent_start(parent_function *live) {
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    struct parent parent = {fork(), fds[0]};
    assert_true(parent.pid >= 0);
    if (parent.pid == 0) {
        tell_fd = fds[1];
        if (pipe2(ready_fds, O_CLOEXEC) == 0) {
            live();
        }
        wait_for_ever();
    }
    assert_int_equal(close(fds[1]), 0);
    return parent;
}

static pid_t parent_told(const struct parent *parent) {
    int64_t pid = 0;
    assert_int_equal(read(parent->told, &pid, sizeof pid), sizeof pid);
    return (pid_t)pid;
}

static void parent_reap(struct parent *parent) {
    assert_int_equal(waitpid(parent->pid, NULL, 0), parent->pid);
    assert_int_equal(close(parent->told), 0);
}

static void parent_kill(struct parent *parent) {
    assert_int_equal(kill(parent->pid, SIGKILL), 0);
    parent_reap(parent);
}

static void assert_ends(pid_t pid) {
    int result = 0;
    assert_int_equal(waitpid(pid, &result, 0), pid);
    assert_true(WIFSIGNALED(result));
    assert_int_equal(WTERMSIG(result), SIGKILL);
}

static void assert_lives(pid_t pid) {
    assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_ends(pid);
}

static void assert_nobody_is_left(void) {
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* ---- daemons ---- */

static void have_daemons(void) {
    start_daemon(stay);
    start_sleeping_daemon();
}

static void a_daemon_ends_with_its_parent_each_time_it_is_killed(void **state) {
    (void)state;
    for (int i = 0; i < KILLS; i++) {
        struct parent parent = parent_start(have_daemons);
        pid_t function = parent_told(&parent);
        pid_t program = parent_told(&parent);

        parent_kill(&parent);

        assert_ends(function);
        assert_ends(program);
        assert_nobody_is_left();
    }
}

static void *start_family(void *argument) {
    for (int i = 0; i < FAMILY_MAX; i++) {
        if (hf_process_start(stay_quietly, NULL, &daemon_options, NULL) != HF_OK ||
            start_sleep(&daemon_options, NULL) != HF_OK) {
            _exit(1);
        }
        tell(0);
    }
    return argument;
}

static void start_families(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, start_family, NULL) == 0) {
        (void)start_family(NULL);
    }
}

static void a_daemon_ends_with_its_parent_killed_while_it_starts_daemons(void **state) {
    (void)state;
    for (int i = 0; i < KILLS; i++) {
        struct parent parent = parent_start(start_families);
        for (int told = 0; told < i % FAMILY_MAX; told++) {
            (void)parent_told(&parent);
        }

        parent_kill(&parent);

        int result = 0;
        while (waitpid(-1, &result, 0) > 0) { /* until nobody is left */
            assert_true(WIFSIGNALED(result));
            assert_int_equal(WTERMSIG(result), SIGKILL);
        }
    }
}

/* A group of processes that have copies of all descriptors, and run no handler of the library: as a
 * sibling has them that is about to become another program. */
static void have_copies(void) {
    start_daemon(stay);
    (void)setpgid(0, 0);
    for (int i = 0; i < COPIES; i++) {
        if (syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL) == 0) {
            wait_for_ever();
        }
    }
    tell(0);
}

/* When both ends of the lifeline counted, a daemon could survive this: two processes closed one end
 * each at the same moment, and neither found the other's. */
static void a_daemon_ends_with_its_parent_and_others_that_hold_its_lifeline(void **state) {
    (void)state;
    for (int i = 0; i < KILLS; i++) {
        struct parent parent = parent_start(have_copies);
        pid_t function = parent_told(&parent);
        (void)parent_told(&parent);

        assert_int_equal(kill(-parent.pid, SIGKILL), 0);
        parent_reap(&parent);

        assert_ends(function);
        while (waitpid(-1, NULL, 0) > 0) { /* the copies */
        }
    }
}

static void end_by_exit(void) {
    have_daemons();
    exit(0);
}

static void end_by_crash(void) {
    have_daemons();
    (void)signal(SIGSEGV, SIG_DFL);
    (void)raise(SIGSEGV);
}

static void end_by_exec(void) {
    have_daemons();
    (void)execl("/bin/sleep", "sleep", "1000", (char *)NULL);
}

static void a_daemon_ends_with_its_parent_however_that_ends(void **state) {
    parent_function *const lives[] = {end_by_exit, end_by_crash, end_by_exec};
    (void)state;
    for (size_t i = 0; i < sizeof lives / sizeof lives[0]; i++) {
        struct parent parent = parent_start(lives[i]);
        pid_t function = parent_told(&parent);
        pid_t program = parent_told(&parent);
        if (lives[i] ==
            end_by_exec) { /* as the program that it has become, it is still their parent */
            char byte = 0;
            assert_int_equal(read(parent.told, &byte, 1), 0);
            assert_int_equal(kill(parent.pid, SIGKILL), 0);
        }

        parent_reap(&parent);

        assert_ends(function);
        assert_ends(program);
        assert_nobody_is_left();
    }
}

static void have_stubborn_daemons(void) {
    start_daemon(stay_blocked);
    start_daemon(stay_stopped);
    start_daemon(stay_closed);
    start_daemon(become_sleep);
}

static void a_daemon_ends_with_its_parent_whatever_it_does(void **state) {
    pid_t pids[4];
    (void)state;
    struct parent parent = parent_start(have_stubborn_daemons);
    for (int i = 0; i < 4; i++) {
        pids[i] = parent_told(&parent);
    }

    parent_kill(&parent);

    for (int i = 0; i < 4; i++) {
        assert_ends(pids[i]);
    }
    assert_nobody_is_left();
}

static void have_siblings(void) {
    hf_process *process = NULL;
    pid_t sibling = fork();
    if (sibling == 0) {
        wait_for_ever();
    }
    tell(sibling);
    have_daemons();
    sibling = fork();
    if (sibling == 0) {
        wait_for_ever();
    }
    tell(sibling);
    if (hf_process_start(stay_quietly, NULL, NULL, &process) != HF_OK) {
        _exit(1);
    }
    tell(hf_process_pid(process));
}

static void a_daemon_ends_with_its_parent_though_other_children_live_on(void **state) {
    pid_t pids[5];
    (void)state;
    struct parent parent = parent_start(have_siblings);
    for (int i = 0; i < 5; i++) {
        pids[i] = parent_told(&parent);
    }

    parent_kill(&parent);

    assert_ends(pids[1]);
    assert_ends(pids[2]);
    assert_lives(pids[0]);
    assert_lives(pids[3]);
    assert_lives(pids[4]);
    assert_nobody_is_left();
}

/* ---- and not before ---- */

/* Answer each byte, to show that this process lives. */
static int echo(void *argument) {
    const int *fd = argument;
    char byte = 0;
    while (read(*fd, &byte, 1) == 1 && write(*fd, &byte, 1) == 1) {
    }
    return 0;
}

static void assert_answers(int fd) {
    char byte = 'x';
    struct pollfd poll_fd = {fd, POLLIN, 0};
    assert_int_equal(write(fd, &byte, 1), 1);
    assert_int_equal(poll(&poll_fd, 1, PATIENCE_MS), 1);
    assert_int_equal(read(fd, &byte, 1), 1);
}

struct starter {
    int fd;
    pid_t tid;
    hf_process *process;
};

static void *start_echo(void *argument) {
    struct starter *starter = argument;
    starter->tid = gettid();
    return hf_process_start(echo, &starter->fd, &daemon_options, &starter->process) == HF_OK
               ? starter
               : NULL;
}

static void a_daemon_ends_with_its_parent_not_with_the_thread_that_started_it(void **state) {
    int fds[2];
    pthread_t thread;
    void *started = NULL;
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    struct starter starter = {.fd = fds[1]};
    assert_int_equal(pthread_create(&thread, NULL, start_echo, &starter), 0);
    assert_int_equal(pthread_join(thread, &started), 0);
    assert_ptr_equal(started, &starter);

    while (syscall(SYS_tgkill, getpid(), starter.tid, 0) == 0) {
        (void)sched_yield(); /* until the kernel has done all that it does when a thread ends */
    }

    assert_answers(fds[0]);
    assert_true(hf_process_alive(starter.process));
    assert_int_equal(hf_process_kill(starter.process), HF_OK);
    assert_int_equal(hf_process_join(starter.process, -1), HF_OK);
    hf_process_free(starter.process);
    assert_int_equal(close(fds[0]), 0);
    assert_int_equal(close(fds[1]), 0);
}

/* The end of a socket that the process of the next test answers at. */
static int echo_fd;

static void have_one_that_is_no_daemon(void) {
    hf_process *function = NULL;
    hf_process *program = NULL;
    if (hf_process_start(echo, &echo_fd, NULL, &function) != HF_OK ||
        start_sleep(NULL, &program) != HF_OK) {
        _exit(1);
    }
    tell(hf_process_pid(function));
    tell(hf_process_pid(program));
}

static void a_process_that_is_no_daemon_goes_on(void **state) {
    int fds[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    echo_fd = fds[1];
    struct parent parent = parent_start(have_one_that_is_no_daemon);
    pid_t function = parent_told(&parent);
    pid_t program = parent_told(&parent);

    parent_kill(&parent);

    assert_answers(fds[0]);
    assert_lives(function);
    assert_lives(program);
    assert_nobody_is_left();
    assert_int_equal(close(fds[0]), 0);
    assert_int_equal(close(fds[1]), 0);
}

static int inherit_orphans(void **state) {
    (void)state;
    return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_daemon_ends_with_its_parent_each_time_it_is_killed),
        cmocka_unit_test(a_daemon_ends_with_its_parent_killed_while_it_starts_daemons),
        cmocka_unit_test(a_daemon_ends_with_its_parent_and_others_that_hold_its_lifeline),
        cmocka_unit_test(a_daemon_ends_with_its_parent_however_that_ends),
        cmocka_unit_test(a_daemon_ends_with_its_parent_whatever_it_does),
        cmocka_unit_test(a_daemon_ends_with_its_parent_though_other_children_live_on),
        cmocka_unit_test(a_daemon_ends_with_its_parent_not_with_the_thread_that_started_it),
        cmocka_unit_test(a_process_that_is_no_daemon_goes_on),
    };
    return cmocka_run_group_tests(tests, inherit_orphans, NULL);
}
