/* SPDX-License-Identifier: MIT
 *
 * Where the program is that a name means.
 */
#ifndef HF_PROGRAM_H
#define HF_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

enum { PROGRAM_PATH_MAX_BYTES = 4096 };

/** Whether this is a file that may be executed. */
bool program_at(const char *path);

/** Compose `folder`/`name` in `path`. Returns whether that is a program. */
bool program_in(const char *folder, size_t folder_len, const char *name,
                char path[PROGRAM_PATH_MAX_BYTES]);

/** The first one of this name in the folders of $PATH. Returns false when there is none. */
bool program_find(const char *name, char path[PROGRAM_PATH_MAX_BYTES]);

#endif
