/* SPDX-License-Identifier: MIT
 *
 * Whether to poll again before sleeping. To wake a process up takes longer than most requests. So a
 * thread that waits for a message polls for it for a short time, and yields to others between two
 * polls, before it sleeps.
 *
 *     bool again = spin_begin(&spin, now);
 *     while (nothing came && again) { sched_yield(); poll; again = spin_again(&spin, now); }
 *     spin_end(&spin, whether something came);
 *     if (nothing came) { sleep; }
 *
 * It costs next to nothing when it does not help. One wait polls for `limit_ns` at most, and stops
 * as soon as others have used the core between two polls. After each wait whose polls found
 * nothing, twice as many waits sleep at once; a wait whose polls found something resets that.
 *
 * If another process computes, a yield costs its whole time slice, even if it has a lower priority,
 * but a thread that sleeps runs before it as soon as it is woken up. So after a slice was lost, all
 * waits sleep for many times as long as was lost, and longer each time if it is lost again soon.
 * The caller tells the time.
 */
#ifndef HF_SPIN_H
#define HF_SPIN_H

#include <stdbool.h>
#include <stdint.h>

enum { SPIN_DEFAULT_US = 50, SPIN_MAX_US = 1000000, SPIN_SLICE_NS = 2000000 };

struct spin {
    int64_t limit_ns; /* 0: always sleep */
    int64_t slice_ns; /* longer between two polls: a stranger's slice; 0: SPIN_SLICE_NS */
    int64_t began_ns;
    int64_t polled_ns;
    int64_t rest_until_ns; /* waits that begin earlier sleep at once */
    unsigned losses;       /* slices lost, with little luck between them */
    unsigned lucky;        /* waits since the latest loss whose polls found something */
    unsigned failures;     /* waits in a row whose polls found nothing */
    unsigned skips;        /* waits that still sleep at once */
    bool spinning;
};

/** A wait begins. Returns whether to poll. */
bool spin_begin(struct spin *spin, int64_t now_ns);

/** A poll found nothing. Returns whether to poll again. */
bool spin_again(struct spin *spin, int64_t now_ns);

/** The polls are over: something came, or the wait goes on asleep. */
void spin_end(struct spin *spin, bool came);

#endif
