/* SPDX-License-Identifier: MIT
 *
 * A conversation with a core in memory, written down as an input of fuzz_core.c. Those of talks.c
 * become the seed corpus.
 */
#ifndef HF_TESTS_TALK_H
#define HF_TESTS_TALK_H

#include "script.h"
#include "world.h"

#include <stdbool.h>
#include <stddef.h>

/* A conversation, and the input that it becomes. */
struct talk {
    struct world *world;
    struct peer *peers[SCRIPT_SESSIONS];
    uint8_t *bytes;
    size_t len;
};

struct talk_row {
    const char *name; /* of the file */
    void (*hold)(struct talk *talk);
};

extern const struct talk_row talks[];
extern const size_t talk_count;

/** One side says this; the reply, NULL if it waits. */
Hf__Reply *say(struct talk *talk, size_t session, Hf__Request request);

/** So many milliseconds go by. */
void pass(struct talk *talk, size_t ms);

/** A session's peer is gone, another one comes. */
void leave(struct talk *talk, size_t session);

/** Bytes that are no frame of ours. */
void noise(struct talk *talk, size_t session, const void *bytes, size_t len);

/** The manager shuts down. */
void drain(struct talk *talk);

#endif
