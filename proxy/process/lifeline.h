/* SPDX-License-Identifier: MIT
 *
 * A lifeline: the kernel kills a child as soon as this process has ended, in whatever way.
 *
 * It is two sockets that are connected to each other, and both are held by this process alone. When
 * it ends, the kernel closes them; closing the first is an event at the second, and of events at it
 * the child is told, by SIGKILL. So the child itself has nothing open for it that it could close or
 * lose when it runs another program, needs no thread, and cannot block, ignore or miss it. No
 * thread of the parent matters either (PR_SET_PDEATHSIG kills when the thread ends that has
 * forked).
 */
#ifndef HF_LIFELINE_H
#define HF_LIFELINE_H

#include "sockets.h"

struct lifeline {
    struct tracked_socket ends[2];
};

/** None yet. */
void lifeline_init(struct lifeline *lifeline);

/** Before the fork, which it has to survive in the child: sockets_spare(lifeline->ends). Returns
 *  false with errno set. */
bool lifeline_open(struct lifeline *lifeline);

/** In the new process: tie this process to it. Safe after a fork of any kind. Does not return if
 * the parent is gone already. */
void lifeline_tie(struct lifeline *lifeline);

/** Under the fork lock: close it, which kills a process that is still tied to it. Does nothing if
 * there is none. */
void lifeline_close_locked(struct lifeline *lifeline);

#endif
