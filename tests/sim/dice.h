/* SPDX-License-Identifier: MIT
 *
 * The simulator's own source of chance (xoshiro256**, seeded by splitmix64), so that a seed means
 * the same run on every machine. (With one compiler: C does not fix the order in which the values
 * of a request are drawn.)
 */
#ifndef HF_SIM_DICE_H
#define HF_SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state[4];
};

void dice_start(struct dice *dice, uint64_t seed);

/** 64 random bits. */
uint64_t dice_next(struct dice *dice);

/** A number below n, which is not 0. */
uint64_t dice_roll(struct dice *dice, uint64_t n);

/** True in so many cases of a hundred. */
bool dice_chance(struct dice *dice, unsigned percent);

#endif
