/* SPDX-License-Identifier: MIT
 *
 * Whether to look again instead of going to sleep. Waking a process up takes longer than most
 * requests: so whoever waits for the next message looks for it a little while, giving way to others
 * between two looks, before it sleeps.
 *
 *     bool again = spin_begin(&spin, now);
 *     while (nothing came && again) { sched_yield(); look; again = spin_again(&spin, now); }
 *     spin_end(&spin, whether something came);
 *     if (nothing came) { sleep; if (spin.timed) { spin_slept(&spin, now); } }
 *
 * It costs next to nothing where it is of no use. One wait looks for `limit_ns` at most, so a
 * process that has nothing to do sleeps. It ends as soon as others have used the core between two
 * looks: then the core is wanted. And each such wait, and each in vain, doubles the number of waits
 * that go to sleep at once, until one that is tried again does better.
 *
 * Where somebody computes, giving way costs all of their time slice, while who sleeps is put before
 * them when woken up. So when a slice was lost, the next wait sleeps and is timed; if that took
 * much less, all waits sleep for many times as long as was lost. (Where there are only many like
 * us, it takes as long.) Knows no clock: the time is given.
 */
#ifndef HF_SPIN_H
#define HF_SPIN_H

#include <stdbool.h>
#include <stdint.h>

enum { SPIN_DEFAULT_US = 50, SPIN_MAX_US = 1000000 };

struct spin {
    int64_t limit_ns; /* 0: always sleep */
    int64_t began_ns;
    int64_t looked_ns;
    int64_t lost_ns;       /* between the last two looks, if that was a time slice */
    int64_t rest_until_ns; /* no looks before then */
    unsigned vain;         /* waits in vain, one after the other */
    unsigned asleep;       /* waits that still go to sleep at once */
    bool spinning;
    bool timed; /* spin_slept() is to be told when this wait is over */
};

/** A wait begins. */
bool spin_begin(struct spin *spin, int64_t now_ns);

/** Nothing came. */
bool spin_again(struct spin *spin, int64_t now_ns);

/** The wait is over, or is going to be slept. */
void spin_end(struct spin *spin, bool came);

/** A timed wait, which was slept, is over. */
void spin_slept(struct spin *spin, int64_t now_ns);

#endif
