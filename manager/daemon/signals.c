/* SPDX-License-Identifier: MIT
 *
 * See signals.h.
 */
#include "signals.h"

#include <assert.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const int ending[] = {SIGTERM, SIGINT};

/* Their actions stay the system's. */
static const int untouched[] = {SIGKILL, SIGSTOP, SIGTSTP, SIGCONT, SIGQUIT, SIGABRT, SIGBUS,
                                SIGFPE,  SIGILL,  SIGSEGV, SIGSYS,  SIGTRAP, SIGTERM, SIGINT};

static bool is_untouched(int number) {
    for (size_t i = 0; i < sizeof untouched / sizeof untouched[0]; i++) {
        if (untouched[i] == number) {
            return true;
        }
    }
    return false;
}

static void wake_up(int number) {
    (void)number;
}

static void change_mask(int how, const int *numbers, size_t count) {
    sigset_t signals;
    (void)sigemptyset(&signals);
    for (size_t i = 0; i < count; i++) {
        assert(numbers[i] > 0);
        (void)sigaddset(&signals, numbers[i]);
    }
    (void)sigprocmask(how, &signals, NULL);
}

/* The C library keeps the first real-time signals to itself, for threads, and lets nobody ignore
 * them. There are no threads here. */
static void block_reserved_signals(void) {
    enum { FIRST_RESERVED = 32 }; /* of the kernel's real-time signals */
    uint64_t signals = 0;
    for (int number = FIRST_RESERVED; number < SIGRTMIN; number++) {
        signals |= 1ull << (number - 1);
    }
    (void)syscall(SYS_rt_sigprocmask, SIG_BLOCK, &signals, NULL, sizeof signals);
}

void signals_begin(void) {
    for (int number = 1; number <= SIGRTMAX; number++) {
        if (!is_untouched(number)) {
            (void)signal(number, SIG_IGN);
        }
    }
    while (waitpid(-1, NULL, WNOHANG) > 0) {
        /* one that ended before SIGCHLD was ignored */
    }
    /* It ends a write that waits: see diagnostics.c. */
    const struct sigaction alarm = {.sa_handler = wake_up};
    const int alarms[] = {SIGALRM};
    (void)sigaction(SIGALRM, &alarm, NULL);
    change_mask(SIG_UNBLOCK, alarms, 1);
    change_mask(SIG_BLOCK, ending, sizeof ending / sizeof ending[0]);
    block_reserved_signals();
}

void signals_release(void) {
    change_mask(SIG_UNBLOCK, ending, sizeof ending / sizeof ending[0]);
}
