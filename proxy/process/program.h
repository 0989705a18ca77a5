/* SPDX-License-Identifier: MIT
 *
 * Find the file of a program by its name.
 */
#ifndef HF_PROGRAM_H
#define HF_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

enum { PROGRAM_PATH_MAX_BYTES = 4096 };

/** Whether this is a file that this process may execute. */
bool program_at(const char *path);

/** Compose `folder`/`name` in `path`. Returns whether that is a program. */
bool program_in(const char *folder, size_t folder_len, const char *name,
                char path[PROGRAM_PATH_MAX_BYTES]);

/** Find the first program of this name in the folders of $PATH. Returns false if there is none. */
bool program_find(const char *name, char path[PROGRAM_PATH_MAX_BYTES]);

/** The path that a name stands for: the name itself if it has a slash, else a program in $PATH.
 * Returns false if that is not found, or the path is too long. */
bool program_resolve(const char *name, char path[PROGRAM_PATH_MAX_BYTES]);

#endif
