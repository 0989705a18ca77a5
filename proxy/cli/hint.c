/* SPDX-License-Identifier: MIT
 *
 * See hint.h.
 */
#include "hint.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static int hint_letter(char c) {
    return c == '_' ? '-' : tolower((unsigned char)c);
}

/* How many letters may be wrong: one in a short word, never more than three. */
static size_t hint_limit(const char *word) {
    size_t len = strlen(word);
    return len < 2 ? 0 : len < 5 ? 1 : len < 9 ? 2 : 3;
}

void hint_init(struct hint *hint, const char *word) {
    assert(word);
    *hint = (struct hint){.word = word, .distance = hint_limit(word) + 1};
}

static size_t smallest(size_t one, size_t two, size_t three) {
    size_t least = one < two ? one : two;
    return least < three ? least : three;
}

/* The distance of two words: row by row, each with the two rows before it. */
static size_t hint_distance(const char *one, const char *other, size_t len) {
    size_t rows[3][HINT_NAME_MAX_BYTES + 1];
    assert(len <= HINT_NAME_MAX_BYTES);
    for (size_t j = 0; j <= len; j++) {
        rows[0][j] = j;
    }
    size_t i = 0;
    for (; one[i]; i++) {
        size_t *row = rows[(i + 1) % 3];
        const size_t *above = rows[i % 3];
        const size_t *before = rows[(i + 2) % 3];
        row[0] = i + 1;
        for (size_t j = 0; j < len; j++) {
            size_t differ = hint_letter(one[i]) != hint_letter(other[j]);
            row[j + 1] = smallest(above[j] + differ, above[j + 1] + 1, row[j] + 1);
            if (i > 0 && j > 0 && hint_letter(one[i]) == hint_letter(other[j - 1]) &&
                hint_letter(one[i - 1]) == hint_letter(other[j])) {
                row[j + 1] = smallest(row[j + 1], before[j - 1] + 1, row[j + 1]);
            }
        }
    }
    return rows[i % 3][len];
}

void hint_offer(struct hint *hint, const char *name) {
    size_t len = strlen(name);
    if (len > HINT_NAME_MAX_BYTES || hint->distance == 0) {
        return;
    }
    size_t distance = hint_distance(hint->word, name, len);
    if (distance < hint->distance) {
        hint->distance = distance;
        memcpy(hint->best, name, len + 1);
    }
}

const char *hint_text(struct hint *hint) {
    if (!hint->best[0]) {
        return "";
    }
    (void)snprintf(hint->text, sizeof hint->text, " (did you mean %s?)", hint->best);
    return hint->text;
}
