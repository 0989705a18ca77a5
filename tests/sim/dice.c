/* SPDX-License-Identifier: MIT
 *
 * See dice.h. The algorithms are those of Blackman and Vigna (prng.di.unimi.it).
 */
#include "dice.h"

#include <assert.h>

static uint64_t split_mix(uint64_t *state) {
    uint64_t mixed = *state += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return mixed ^ mixed >> 31;
}

void dice_start(struct dice *dice, uint64_t seed) {
    for (unsigned i = 0; i < 4; i++) {
        dice->state[i] = split_mix(&seed);
    }
}

static uint64_t rotate(uint64_t bits, unsigned by) {
    return bits << by | bits >> (64 - by);
}

uint64_t dice_next(struct dice *dice) {
    uint64_t *state = dice->state;
    uint64_t result = rotate(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 45);
    return result;
}

uint64_t dice_roll(struct dice *dice, uint64_t n) {
    assert(n > 0);
    return dice_next(dice) % n;
}

bool dice_chance(struct dice *dice, unsigned percent) {
    return dice_roll(dice, 100) < percent;
}
