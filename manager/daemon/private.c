/* SPDX-License-Identifier: MIT
 *
 * See private.h.
 */
#include "private.h"

#include "diagnostics.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/random.h>
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
    place->starter_fd = pidfd_open(parent, 0);
    if (place->starter_fd < 0 && errno != ESRCH) {
        diagnostics_error("cannot watch the process that started this one: %s", strerror(errno));
        return false;
    }
    if (place->starter_fd < 0 || getppid() != parent || (starter > 0 && parent != starter)) {
        diagnostics_error("the process that started this one has ended");
        return false;
    }
    return true;
}

bool private_open(struct private_place *place, pid_t starter) {
    if (!watch_parent(place, starter)) {
        if (place->starter_fd >= 0) {
            (void)close(place->starter_fd);
        }
        return false;
    }
    if (!choose_name(place)) {
        (void)close(place->starter_fd);
        return false;
    }
    return true;
}

void private_close(struct private_place *place) {
    assert(place->starter_fd >= 0);
    (void)close(place->starter_fd);
}
