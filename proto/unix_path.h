/* SPDX-License-Identifier: MIT
 *
 * The PATH of an address "unix:PATH": a file, or "@NAME" for a name in the abstract namespace
 * (unix(7)), which is no file.
 */
#ifndef HF_UNIX_PATH_H
#define HF_UNIX_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { UNIX_PATH_MAX_BYTES = sizeof((struct sockaddr_un *)NULL)->sun_path - 1 };

/** Whether it is "@NAME". */
bool unix_path_is_abstract(const char *path);

/** Make a relative path absolute, so that it means the same in another folder and for another
 *  process; others stay as they are.
 *
 *  Returns  false with errno set: EINVAL (no path, or no name), ENAMETOOLONG (it may have
 *           UNIX_PATH_MAX_BYTES, as an absolute one), or why the working folder is not known
 */
bool unix_path_resolve(const char *path, char resolved[UNIX_PATH_MAX_BYTES + 1]);

/** The address for bind() and connect(). Returns its length. */
socklen_t unix_path_address(const char *path, struct sockaddr_un *address);

#endif
