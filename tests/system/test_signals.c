/* SPDX-License-Identifier: MIT
 *
 * The signals that end the manager, and its part as the first process of a container.
 */
#include "fixture.h"
#include "wire.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* All but those that ask for the end or tell of a fault, and those that nobody can ignore. */
static bool is_stray(int number) {
    static const int others[] = {SIGKILL, SIGSTOP, SIGTSTP, SIGTERM, SIGINT, SIGQUIT, SIGABRT,
                                 SIGBUS,  SIGFPE,  SIGILL,  SIGSEGV, SIGSYS, SIGTRAP};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (others[i] == number) {
            return false;
        }
    }
#ifdef __SANITIZE_THREAD__
    /* It has a thread of its own in each program, which does not block what the daemon blocks. */
    return number < __SIGRTMIN || number >= SIGRTMIN;
#else
    return true;
#endif
}

static void stray_signals_do_nothing(void **state) {
    const struct daemon *daemon = *state;
    struct wire wire = wire_open(daemon->address, "test");
    uint64_t queue = wire_queue(&wire, "q");
    wire_put(&wire, queue, 7);

    for (int number = 1; number <= SIGRTMAX; number++) {
        if (is_stray(number)) {
            assert_int_equal(kill(daemon->pid, number), 0);
            if (wire_ping(&wire) != HF_OK) {
                fail_msg("signal %d ends it", number);
            }
        }
    }

    Hf__QueueGet get = HF__QUEUE_GET__INIT;
    assert_int_equal(wire_call_status(&wire, HF__REQUEST__OP_QUEUE_GET, &get, queue, 0), HF_OK);
}

/* As a starter may leave them. */
static void block_and_ignore_all(void *context) {
    (void)context;
    sigset_t all;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    for (int number = 1; number <= SIGRTMAX; number++) {
        (void)signal(number, SIG_IGN);
    }
}

static void sigterm_ends_it_even_if_the_starter_ignored_and_blocked_all(void **state) {
    (void)daemon_replace_prepared(state, NULL, block_and_ignore_all, NULL);

    daemon_stop(*state);
}

/* A process that is not the daemon's own child falls to it when its parent ends. */
struct family {
    int told[2]; /* the pid of the orphan */
    int go[2];   /* closed: the orphan ends */
};

static void orphan_lives(const struct family *family) {
    pid_t pid = getpid();
    char byte = 0;
    (void)!write(family->told[1], &pid, sizeof pid);
    (void)dup2(family->go[0], STDIN_FILENO);
    (void)close_range(STDERR_FILENO + 1, UINT_MAX, 0); /* also what tells that the daemon serves */
    (void)!read(STDIN_FILENO, &byte, 1);
    _exit(0);
}

/* The daemon takes the place of process 1: orphans below it fall to it. The zombie had ended before
 * it became the daemon. */
static void become_first(void *context) {
    const struct family *family = context;
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (fork() == 0) {
        if (fork() == 0) {
            orphan_lives(family);
        }
        _exit(0);
    }
    (void)close(family->go[1]);
}

static void as_the_first_process_it_reaps_orphans(void **state) {
    struct family family;
    assert_int_equal(pipe(family.told), 0);
    assert_int_equal(pipe(family.go), 0);
    const struct daemon *daemon = daemon_replace_prepared(state, NULL, become_first, &family);
    pid_t orphan = 0;
    assert_int_equal(read(family.told[0], &orphan, sizeof orphan), sizeof orphan);
    char children[64];
    (void)snprintf(children, sizeof children, "/proc/%d/task/%d/children", daemon->pid,
                   daemon->pid);

    (void)close(family.go[1]);

    while (kill(orphan, 0) == 0) { /* a zombie would stay for ever */
    }
    assert_int_equal(errno, ESRCH);
    FILE *file = fopen(children, "re");
    assert_non_null(file);
    assert_int_equal(fgetc(file), EOF); /* nor is the one left that ended before */
    (void)fclose(file);
    (void)close(family.go[0]);
    (void)close(family.told[0]);
    (void)close(family.told[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stray_signals_do_nothing),
        cmocka_unit_test(sigterm_ends_it_even_if_the_starter_ignored_and_blocked_all),
        cmocka_unit_test(as_the_first_process_it_reaps_orphans),
    };
    return SYSTEM_MAIN(tests);
}
