/* SPDX-License-Identifier: MIT
 *
 * Whether to look again instead of going to sleep. Waking a process up takes longer than most
 * requests: so whoever waits for the next message looks for it a little while, giving way to others
 * between two looks, before it sleeps.
 *
 *     bool again = spin_begin(&spin, now);
 *     while (nothing came && again) { sched_yield(); look; again = spin_again(&spin, now); }
 *     spin_end(&spin, whether something came);
 *
 * It costs next to nothing where it is of no use. One wait looks for `limit_ns` at most, so a
 * process that has nothing to do sleeps. It ends as soon as others have used the core between two
 * looks: then the core is wanted. And each such wait, and each in vain, doubles the number of waits
 * that go to sleep at once, until one that is tried again does better. Knows no clock: the time is
 * given.
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
    unsigned vain;   /* waits in vain, one after the other */
    unsigned asleep; /* waits that still go to sleep at once */
    bool spinning;
};

/** A wait begins. */
bool spin_begin(struct spin *spin, int64_t now_ns);

/** Nothing came. */
bool spin_again(struct spin *spin, int64_t now_ns);

/** The wait is over, or is going to be slept. */
void spin_end(struct spin *spin, bool came);

#endif
