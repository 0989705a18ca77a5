/* SPDX-License-Identifier: MIT
 *
 * The children of a worker: the command of its task, and orphans that fall to it when it is process
 * 1 of a container. Nobody else reaps those.
 */
#ifndef HF_CLI_CHILDREN_H
#define HF_CLI_CHILDREN_H

#include <sys/types.h>

/** Reap, from now on, every child that children_fork() has not made. */
void children_adopt(void);

/** As fork(). The caller fetches this child. One at a time. */
pid_t children_fork(void);

/** That child has ended and was fetched. */
void children_fetched(void);

#endif
