/* SPDX-License-Identifier: MIT
 *
 * See descriptor.h.
 */
#include "descriptor.h"

#include <assert.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* As fstat(). The thread sanitizer takes that for a read of what connect() writes, though the
 * kernel has one after the other: a thread may ask about a socket that another one connects. */
static int descriptor_stat(int fd, struct stat *facts) {
    return fstatat(fd, "", facts, AT_EMPTY_PATH);
}

struct file_id descriptor_file(int fd) {
    struct stat facts;
    int result = descriptor_stat(fd, &facts);
    assert(fd >= 0 && result == 0);
    (void)result;
    return (struct file_id){facts.st_dev, facts.st_ino};
}

bool descriptor_is(int fd, const struct file_id *file) {
    struct stat facts;
    return fd >= 0 && descriptor_stat(fd, &facts) == 0 && facts.st_dev == file->device &&
           facts.st_ino == file->inode;
}

void descriptor_close(int *fd, const struct file_id *file) {
    if (descriptor_is(*fd, file)) {
        (void)close(*fd);
    }
    *fd = -1;
}
