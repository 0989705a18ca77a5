/* SPDX-License-Identifier: MIT
 *
 * See lifeline.h. All steps that can fail are made before there is a child. The child only sets
 * itself as the receiver of the signal. If the parent ends before that, the child has the last
 * copies of the sockets, and closing the first of them is the event. So the parent's end is never
 * missed.
 */
#include "lifeline.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

void lifeline_init(struct lifeline *lifeline) {
    lifeline->ends[0].fd = -1;
    lifeline->ends[1].fd = -1;
}

static bool arm_end(int fd) {
    return fcntl(fd, F_SETSIG, SIGKILL) == 0 && fcntl(fd, F_SETFL, O_ASYNC) == 0;
}

bool lifeline_open(struct lifeline *lifeline) {
    if (!sockets_open_pair(lifeline->ends)) {
        return false;
    }
    if (!arm_end(lifeline->ends[0].fd) || !arm_end(lifeline->ends[1].fd)) {
        int error = errno;
        fork_lock();
        lifeline_close_locked(lifeline);
        fork_unlock();
        errno = error;
        return false;
    }
    return true;
}

void lifeline_tie(struct lifeline *lifeline) {
    for (int i = 0; i < 2; i++) {
        assert(lifeline->ends[i].fd >= 0);
        if (fcntl(lifeline->ends[i].fd, F_SETOWN, getpid()) != 0) {
            (void)kill(getpid(), SIGKILL);
        }
    }
    for (int i = 0; i < 2; i++) {
        (void)close(lifeline->ends[i].fd);
        lifeline->ends[i].fd = -1;
    }
}

void lifeline_close_locked(struct lifeline *lifeline) {
    sockets_close_locked(&lifeline->ends[0]);
    sockets_close_locked(&lifeline->ends[1]);
}
