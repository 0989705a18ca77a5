/* SPDX-License-Identifier: MIT
 *
 * A private manager: it listens in a folder of its own, which only its user can enter, and ends
 * with the process that started it, however that process ends.
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

/** Make the folder and watch the parent process. A failure is reported in one diagnostic line.
 *
 *  starter  the pid that the parent must have; 0: any
 */
bool private_open(struct private_place *place, pid_t starter);

/** Remove the folder; the listener must be closed. */
void private_close(struct private_place *place);

#endif
