/* SPDX-License-Identifier: MIT
 *
 * See unix_path.h.
 */
#include "unix_path.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool unix_path_is_abstract(const char *path) {
    return path[0] == '@';
}

bool unix_path_resolve(const char *path, char resolved[UNIX_PATH_MAX_BYTES + 1]) {
    char folder[PATH_MAX] = "";
    bool whole = path[0] == '/' || unix_path_is_abstract(path);
    if (!path[0] || strcmp(path, "@") == 0) {
        errno = EINVAL;
        return false;
    }
    if (!whole && !getcwd(folder, sizeof folder)) {
        return false;
    }
    const char *slash = whole || strcmp(folder, "/") == 0 ? "" : "/";
    int len = snprintf(resolved, UNIX_PATH_MAX_BYTES + 1, "%s%s%s", folder, slash, path);
    if (len < 0 || len > UNIX_PATH_MAX_BYTES) {
        errno = ENAMETOOLONG;
        return false;
    }
    return true;
}

socklen_t unix_path_address(const char *path, struct sockaddr_un *address) {
    size_t len = strlen(path);
    assert(len > 0 && len <= UNIX_PATH_MAX_BYTES);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, path, len + 1);
    if (!unix_path_is_abstract(path)) {
        return sizeof *address;
    }
    address->sun_path[0] = 0;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}
