/* SPDX-License-Identifier: MIT
 *
 * Random requests of every operation, made from the descriptors of the protocol: they look valid,
 * and name objects, grants and tasks that replies have told. They need not make sense.
 */
#ifndef HF_TESTS_RANDOM_REQUEST_H
#define HF_TESTS_RANDOM_REQUEST_H

#include "seeded.h"

#include <holdfast.pb-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KNOWN_MAX = 12, RANDOM_TAGS = 1024, RANDOM_ARENA_BYTES = 1 << 20 };

/** The latest numbers of one kind. */
struct known {
    uint64_t numbers[KNOWN_MAX];
    size_t count;
};

struct known_object {
    uint64_t id;
    Hf__Type type;
};

struct random_requests {
    struct seeded dice;
    unsigned weights[RANDOM_TAGS]; /**< of the operations, by tag */
    struct known_object objects[KNOWN_MAX];
    size_t object_count;
    struct known grants; /**< fences, deliveries */
    struct known others; /**< tasks, sessions, cursors */
    size_t used;
    uint8_t arena[RANDOM_ARENA_BYTES]; /**< of the latest request */
};

/** Begin a run: choose how likely each operation is. */
void random_begin(struct random_requests *made, uint64_t seed);

/** True in so many cases of a hundred; one of 0 to count - 1. */
bool random_chance(struct random_requests *made, unsigned percent);
size_t random_below(struct random_requests *made, size_t count);

/** A request, which lasts until the next one. */
Hf__Request *random_request(struct random_requests *made);

/** The object with this id is gone. */
void random_forget(struct random_requests *made, uint64_t id);

/** Remember the numbers in a reply. */
void random_learn(struct random_requests *made, const Hf__Reply *reply);

#endif
