/* SPDX-License-Identifier: MIT
 *
 * See program.h.
 */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool program_at(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISREG(facts.st_mode) && access(path, X_OK) == 0;
}

bool program_in(const char *folder, size_t folder_len, const char *name,
                char path[PROGRAM_PATH_MAX_BYTES]) {
    int len = snprintf(path, PROGRAM_PATH_MAX_BYTES, "%.*s/%s", (int)folder_len, folder, name);
    return len > 0 && len < PROGRAM_PATH_MAX_BYTES && program_at(path);
}

bool program_find(const char *name, char path[PROGRAM_PATH_MAX_BYTES]) {
    const char *folders = getenv("PATH");
    while (folders && *folders) {
        size_t len = strcspn(folders, ":");
        if (len > 0 && program_in(folders, len, name, path)) {
            return true;
        }
        folders += len;
        folders += *folders == ':';
    }
    return false;
}

bool program_resolve(const char *name, char path[PROGRAM_PATH_MAX_BYTES]) {
    if (!strchr(name, '/')) {
        return program_find(name, path);
    }
    int len = snprintf(path, PROGRAM_PATH_MAX_BYTES, "%s", name);
    return len > 0 && len < PROGRAM_PATH_MAX_BYTES;
}
