/* SPDX-License-Identifier: MIT
 *
 * See private.h.
 */
#include "private.h"

#include "diagnostics.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#define FOLDER_TEMPLATE "/holdfast-XXXXXX"

static bool make_folder(struct private_place *place, const char *parent) {
    int len = snprintf(place->folder, sizeof place->folder, "%s" FOLDER_TEMPLATE, parent);
    return len > 0 && (size_t)len < sizeof place->folder && mkdtemp(place->folder);
}

static bool make_some_folder(struct private_place *place) {
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if ((runtime && runtime[0] == '/' && make_folder(place, runtime)) ||
        make_folder(place, "/tmp")) {
        return true;
    }
    diagnostics_error("cannot make a folder in /tmp: %s", strerror(errno));
    return false;
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
    if (!make_some_folder(place)) {
        (void)close(place->starter_fd);
        return false;
    }
    (void)snprintf(place->address, sizeof place->address, "unix:%s/holdfast.sock", place->folder);
    return true;
}

void private_close(struct private_place *place) {
    assert(place->starter_fd >= 0);
    (void)close(place->starter_fd);
    if (rmdir(place->folder) != 0) {
        diagnostics_warning("cannot remove %s: %s", place->folder, strerror(errno));
    }
}
