/* SPDX-License-Identifier: MIT
 *
 * A private manager: it listens at a name of its own, and ends with the process that started it,
 * however that process ends. The name is random and no file. So nothing is left of it at the end,
 * nobody can remove it, and it needs no folder that can be written to. The server admits its own
 * user and root only.
 */
#ifndef HF_PRIVATE_H
#define HF_PRIVATE_H

#include <stdbool.h>
#include <sys/types.h>

struct private_place {
    char address[64];
    pid_t starter;
    int starter_fd; /**< a pidfd of it; -1: the system has none */
};

/** Choose the name and watch the parent process. A failure is reported in one diagnostic line.
 *
 *  starter  the pid that the parent must have; 0: any
 */
bool private_open(struct private_place *place, pid_t starter);

/** Close every descriptor that this process has inherited, but the standard streams and `keep_fd`:
 *  files and sockets of the starter would stay open for as long as the manager lives. */
void private_close_inherited(int keep_fd);

/** Watch the parent process no longer. */
void private_close(struct private_place *place);

#endif
