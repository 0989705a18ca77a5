/* SPDX-License-Identifier: MIT
 *
 * One address that the manager listens on. A Unix socket belongs to the process that holds the lock
 * on PATH.lock: a manager that was killed loses the lock, not the files, so the next one knows that
 * the socket is stale. Each failure is reported here, in one diagnostic line.
 */
#ifndef HF_LISTENER_H
#define HF_LISTENER_H

#include "unix_path.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
    LISTENER_PATH_MAX = UNIX_PATH_MAX_BYTES + 1,
    LISTENER_ADDRESS_MAX = 512,
    LISTENERS_MAX = 64
};

struct listener {
    int fd;
    bool local;                         /**< a Unix socket */
    char address[LISTENER_ADDRESS_MAX]; /**< as clients write it, with the port in use */
    /* Only of a Unix socket: */
    char path[LISTENER_PATH_MAX];
    int lock_fd; /**< -1: its name is no file, and so it needs no lock */
    ino_t inode; /**< of the socket file, so that only our own is removed */
};

/** LISTENER_REFUSED: the address is not valid, or another manager serves it. */
enum listener_result { LISTENER_OPEN, LISTENER_FAILED, LISTENER_REFUSED };

/** Whether an address can be reached from the network. */
bool listener_is_remote(const char *address);

struct listeners {
    struct listener all[LISTENERS_MAX];
    size_t count;
};

/** Listen on "unix:PATH" or "tcp://HOST:PORT", by one more listener. A relative path becomes
 * absolute. "unix:@NAME" is no file, so everybody can connect, and the server checks each one. A
 * name of a host may have several addresses (localhost: 127.0.0.1 and ::1): then by one for each,
 * at the same port. An address that this host does not have is reported and left out, unless it is
 * the only one.
 *
 *  shared  all users may connect to a Unix socket, and the server checks each one; if not, its mode
 *          is 0600
 */
enum listener_result listeners_open(struct listeners *listeners, const char *address, bool shared);

/** Stop listening and remove the sockets and their locks. */
void listeners_close(struct listeners *listeners);

#endif
