/* SPDX-License-Identifier: MIT
 *
 * "Did you mean ...?" for a word that names nothing: the name most like it, by the number of
 * letters to add, leave out, replace or exchange with their neighbour. Case does not count, and '-'
 * is '_'.
 */
#ifndef HF_HINT_H
#define HF_HINT_H

#include <stddef.h>

enum { HINT_NAME_MAX_BYTES = 128 }; /* longer names are compared with nothing */

struct hint {
    const char *word;
    size_t distance; /* of the best name; one more than the limit: none yet */
    char best[HINT_NAME_MAX_BYTES + 1];
    char text[HINT_NAME_MAX_BYTES + 32];
};

/** Begin without a name. `word` must outlive the hint. */
void hint_init(struct hint *hint, const char *word);

/** Offer a name. The first of the names that are equally like the word counts. */
void hint_offer(struct hint *hint, const char *name);

/** " (did you mean NAME?)", or "" if no name is like the word. */
const char *hint_text(struct hint *hint);

#endif
