/* SPDX-License-Identifier: MIT
 *
 * A lifeline: the kernel kills a child as soon as this process has ended, in whatever way.
 *
 * It is two connected sockets. Closing the first is an event at the second, and the kernel signals
 * that event to the child, with SIGKILL. The second lies in the queue of the first, as a message
 * that nobody receives. So the second lives exactly as long as the first, and the kernel closes it
 * only after the event: whoever holds a copy of the first for a while (a sibling before its exec),
 * and however many of them end at one moment, the last close of the first kills the child.
 *
 * The child needs no descriptor, which it could close or lose when it runs another program, and no
 * thread; and it can neither block nor ignore the signal. The parent's threads do not matter
 * either (PR_SET_PDEATHSIG kills when the thread ends that forked).
 */
#ifndef HF_LIFELINE_H
#define HF_LIFELINE_H

#include "sockets.h"

struct lifeline {
    struct tracked_socket ends[2];
};

/** No lifeline yet. */
void lifeline_init(struct lifeline *lifeline);

/** Open it before the fork. The child must keep its sockets: sockets_spare(lifeline->ends). Returns
 * false with errno set; ETOOMANYREFS: the processes of this user have as many daemon processes as
 * RLIMIT_NOFILE allows. */
bool lifeline_open(struct lifeline *lifeline);

/** In the new process: tie this process to it. Safe after a fork of any kind. Does not return if
 * the parent has ended already. */
void lifeline_tie(struct lifeline *lifeline);

/** Under the fork lock: close it, which kills a process that is still tied to it. Does nothing if
 * there is none. */
void lifeline_close_locked(struct lifeline *lifeline);

#endif
