/* SPDX-License-Identifier: MIT
 *
 * A private manager: it listens in a folder of its own, which only its user can enter, and ends
 * with the process that started it, however that one ends.
 */
#ifndef HF_PRIVATE_H
#define HF_PRIVATE_H

#include <stdbool.h>
#include <sys/types.h>

enum { PRIVATE_PATH_MAX = 4096 };

struct private_place {
    char folder[PRIVATE_PATH_MAX];
    char address[PRIVATE_PATH_MAX + 64];
    int starter_fd; /**< a pidfd */
};

/** Make the folder and watch the parent process. What goes wrong is said here, in one line.
 *
 *  starter  the process that must be the parent; 0: whichever is
 */
bool private_open(struct private_place *place, pid_t starter);

/** Remove the folder, from which the listener has gone by now. */
void private_close(struct private_place *place);

#endif
