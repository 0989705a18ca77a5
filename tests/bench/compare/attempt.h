/* SPDX-License-Identifier: MIT
 *
 * Parts of the comparison that may fail without an end of the whole: each is done in a process of
 * its own, which writes what it finds out to shared memory.
 */
#ifndef COMPARE_ATTEMPT_H
#define COMPARE_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>

/** Do it, for so many seconds at most. Returns whether it has succeeded. Otherwise nothing is left
 *  of its processes, and what failed is said, with the words of the format. */
bool attempt(void (*act)(void *of), void *of, unsigned seconds, const char *what, ...)
    __attribute__((format(printf, 4, 5)));

/** Note that something else has failed. */
void attempts_note(const char *what, ...) __attribute__((format(printf, 1, 2)));

/** Say all that has failed. Returns how many there are. */
unsigned attempts_failed(void);

/** Memory that is zero and that attempts share with this process. It lasts. */
void *attempts_memory(size_t size);

#endif
