/* SPDX-License-Identifier: MIT
 *
 * Whether to poll again before sleeping. To wake a process up takes longer than most requests. So a
 * thread that waits for a message polls for it for a short time, and yields to others between two
 * polls, before it sleeps.
 *
 *     bool again = spin_begin(&spin, now);
 *     while (nothing came && again) { sched_yield(); poll; again = spin_again(&spin, now); }
 *     spin_end(&spin, whether something came);
 *     if (nothing came) { sleep; if (spin.timed) { spin_slept(&spin, now); } }
 *
 * It costs next to nothing when it does not help. One wait polls for `limit_ns` at most, and stops
 * as soon as others have used the core between two polls. After each wait whose polls found
 * nothing, twice as many waits sleep at once; a wait whose polls found something resets that.
 *
 * If another process computes, a yield costs its whole time slice, but a thread that sleeps runs
 * before it as soon as it is woken up. So after a slice was lost, the next wait sleeps and is
 * timed. If that took much less than a slice, all waits sleep for many times as long as was lost.
 * (Among many processes that only spin, it takes as long.) The caller tells the time.
 */
#ifndef HF_SPIN_H
#define HF_SPIN_H

#include <stdbool.h>
#include <stdint.h>

enum { SPIN_DEFAULT_US = 50, SPIN_MAX_US = 1000000 };

struct spin {
    int64_t limit_ns; /* 0: always sleep */
    int64_t began_ns;
    int64_t polled_ns;
    int64_t lost_ns;        /* a time slice, between the last two polls; 0: none */
    int64_t sleep_until_ns; /* waits that begin earlier sleep at once */
    unsigned failures;      /* waits in a row whose polls found nothing */
    unsigned skips;         /* waits that still sleep at once */
    bool spinning;
    bool timed; /* call spin_slept() when this wait is over */
};

/** A wait begins. Returns whether to poll. */
bool spin_begin(struct spin *spin, int64_t now_ns);

/** A poll found nothing. Returns whether to poll again. */
bool spin_again(struct spin *spin, int64_t now_ns);

/** The polls are over: something came, or the wait goes on asleep. */
void spin_end(struct spin *spin, bool came);

/** A timed wait, which slept, is over. */
void spin_slept(struct spin *spin, int64_t now_ns);

#endif
