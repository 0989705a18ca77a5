/* SPDX-License-Identifier: MIT
 *
 * Random numbers for tests, the same ones in every run: xorshift64 from a seed other than 0.
 */
#ifndef HF_TESTS_SEEDED_H
#define HF_TESTS_SEEDED_H

#include <stddef.h>
#include <stdint.h>

struct seeded {
    uint64_t state;
};

static inline uint64_t seeded_next(struct seeded *seeded) {
    seeded->state ^= seeded->state << 13;
    seeded->state ^= seeded->state >> 7;
    seeded->state ^= seeded->state << 17;
    return seeded->state;
}

/** One of 0 to count - 1. */
static inline size_t seeded_below(struct seeded *seeded, size_t count) {
    return (size_t)(seeded_next(seeded) >> 16) % count;
}

#endif
