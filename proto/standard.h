/* SPDX-License-Identifier: MIT
 *
 * The numbers of standard input, output and error (0 to 2). A process may have been started without
 * them, or has closed them. The next file then gets such a number, and what the process prints goes
 * there. So neither the library nor the programs keep any file of theirs under one.
 */
#ifndef HF_STANDARD_H
#define HF_STANDARD_H

#include <stdbool.h>

/** Move a descriptor that was just made (-1: it was not) to a number above 2 if it has one of
 * these, with close-on-exec. Returns its number; -1 with errno set: there is none. */
int standard_avoid(int fd);

/** As standard_avoid(), for both ends of a pair that was just made. Returns false with errno set:
 * there are no such numbers, and both ends are closed. */
bool standard_avoid_pair(int ends[2]);

/** Make a pipe with both ends above 2, closed on exec, with these flags. Returns false with errno
 * set. */
bool standard_avoid_pipe(int ends[2], int flags);

/** At the start of a program: take the numbers of those of the three that are closed. To read or
 * write there fails, as if they were closed still. */
void standard_fill(void);

#endif
