/* SPDX-License-Identifier: MIT
 *
 * See private.h.
 */
#include "private.h"

#include "diagnostics.h"
#include "process_fd.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NAME_BYTES = 16 /* random, so that nobody can take the name before */ };

static bool choose_name(struct private_place *place) {
    uint8_t name[NAME_BYTES];
    if (getrandom(name, sizeof name, 0) != sizeof name) {
        diagnostics_error("cannot get random bytes: %s", strerror(errno));
        return false;
    }
    int len = snprintf(place->address, sizeof place->address, "unix:@holdfast-");
    for (size_t i = 0; i < sizeof name; i++) {
        len += snprintf(place->address + len, sizeof place->address - (size_t)len, "%02x", name[i]);
    }
    assert(len > 0 && (size_t)len < sizeof place->address);
    return true;
}

/* The parent may have ended since the fork, and another process may have its pid. If it is still
 * our parent after the pidfd was opened, the pidfd is of the parent. */
static bool watch_parent(struct private_place *place, pid_t starter) {
    pid_t parent = getppid();
    place->starter = parent;
    place->starter_fd = process_fd_open(parent);
    bool ended = place->starter_fd < 0 && errno == ESRCH;
    if (place->starter_fd < 0 && !ended && !process_fd_refused(errno)) {
        diagnostics_error("cannot watch the process that started this one: %s", strerror(errno));
        return false;
    }
    if (ended || getppid() != parent || (starter > 0 && parent != starter)) {
        diagnostics_error("the process that started this one has ended");
        return false;
    }
    return true;
}

/* By hand where the kernel has no such call (before Linux 5.9), or a sandbox refuses it. */
static void close_range_of(unsigned first, unsigned last) {
    enum { CALL_CLOSE_RANGE = 436 };
    if (syscall(CALL_CLOSE_RANGE, first, last, 0) == 0) {
        return;
    }
    struct rlimit limit;
    bool known = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < last;
    last = known ? (unsigned)limit.rlim_cur : last;
    for (unsigned fd = first; fd <= last && fd <= INT_MAX; fd++) {
        (void)close((int)fd);
    }
}

void private_close_inherited(int keep_fd) {
    const unsigned first = STDERR_FILENO + 1;
    if (keep_fd < (int)first) {
        close_range_of(first, UINT_MAX);
        return;
    }
    if (keep_fd > (int)first) {
        close_range_of(first, (unsigned)keep_fd - 1);
    }
    close_range_of((unsigned)keep_fd + 1, UINT_MAX);
}

bool private_open(struct private_place *place, pid_t starter) {
    if (!watch_parent(place, starter) || !choose_name(place)) {
        private_close(place);
        return false;
    }
    return true;
}

void private_close(struct private_place *place) {
    if (place->starter_fd >= 0) {
        (void)close(place->starter_fd);
    }
}
