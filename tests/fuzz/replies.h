/* SPDX-License-Identifier: MIT
 *
 * What the core says to a session, as the fuzzers check it: whole frames, each a reply that decodes
 * within its limits, and nothing behind the end.
 */
#ifndef HF_TESTS_REPLIES_H
#define HF_TESTS_REPLIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of one session. All zero at first. */
struct replies {
    uint8_t *bytes; /* not a whole frame yet */
    size_t len;
    bool over;
};

/** Abort if this does not hold. */
void must(bool holds);

/** Bytes for a session; NULL: its end. For each reply, `take` (which may be NULL) gets its body. */
void replies_add(struct replies *replies, const uint8_t *bytes, size_t len,
                 void (*take)(const uint8_t *body, size_t len));

/** Another session begins. */
void replies_begin(struct replies *replies);

void replies_free(struct replies *replies);

#endif
