/* SPDX-License-Identifier: MIT
 *
 * See lifeline.h. All steps that can fail are made before there is a child. The child only sets
 * itself as the receiver of the signal. If the parent ends before that, the child has the last copy
 * of the held socket, and closing it is the event. So the parent's end is never missed.
 */
#include "lifeline.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HELD, ARMED };

void lifeline_init(struct lifeline *lifeline) {
    lifeline->ends[0].fd = -1;
    lifeline->ends[1].fd = -1;
}

static bool arm(int fd) {
    return fcntl(fd, F_SETSIG, SIGKILL) == 0 && fcntl(fd, F_SETFL, O_ASYNC) == 0;
}

/* Put the armed socket into the queue of the held one. */
static bool enqueue(int armed) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
                            .cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS}};
    struct iovec byte = {(char[]){0}, 1}; /* a stream carries no message without a byte */
    struct msghdr message = {.msg_iov = &byte,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.bytes};
    memcpy(CMSG_DATA(&control.header), &armed, sizeof armed);
    return sendmsg(armed, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

bool lifeline_open(struct lifeline *lifeline) {
    if (!sockets_open_pair(lifeline->ends)) {
        return false;
    }
    if (!arm(lifeline->ends[ARMED].fd) || !enqueue(lifeline->ends[ARMED].fd)) {
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
    assert(lifeline->ends[HELD].fd >= 0 && lifeline->ends[ARMED].fd >= 0);
    if (fcntl(lifeline->ends[ARMED].fd, F_SETOWN, getpid()) != 0) {
        (void)kill(getpid(), SIGKILL);
    }
    for (int i = 0; i < 2; i++) {
        descriptor_close(&lifeline->ends[i].fd, &lifeline->ends[i].file);
    }
}

void lifeline_close_locked(struct lifeline *lifeline) {
    sockets_close_locked(&lifeline->ends[0]);
    sockets_close_locked(&lifeline->ends[1]);
}
