/* SPDX-License-Identifier: MIT
 *
 * See standard.h.
 */
#include "standard.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int standard_avoid(int fd) {
    if (fd < 0 || fd > STDERR_FILENO) {
        return fd;
    }
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int error = errno;
    (void)close(fd);
    errno = error;
    assert(moved < 0 || moved > STDERR_FILENO);
    return moved;
}

bool standard_avoid_pair(int ends[2]) {
    ends[0] = standard_avoid(ends[0]);
    ends[1] = standard_avoid(ends[1]);
    if (ends[0] >= 0 && ends[1] >= 0) {
        return true;
    }
    int error = errno;
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0) {
            (void)close(ends[i]);
        }
    }
    errno = error;
    return false;
}

bool standard_avoid_pipe(int ends[2], int flags) {
    return pipe2(ends, flags | O_CLOEXEC) == 0 && standard_avoid_pair(ends);
}

/* open() takes the lowest number that is free. With O_PATH nothing can be read or written, so the
 * program is told that its output goes nowhere. */
void standard_fill(void) {
    int fd = 0;
    do {
        fd = open("/dev/null", O_PATH);
    } while (fd >= 0 && fd < STDERR_FILENO);
    if (fd > STDERR_FILENO) {
        (void)close(fd);
    }
}
