/* SPDX-License-Identifier: MIT
 *
 * All sockets of this process, so that a forked child closes at once those that it has inherited:
 * as long as it has them open, the manager cannot see that the parent is gone. The fork lock guards
 * the list and is held across a fork, so that the child finds the list whole. Lifelines
 * (lifeline.h) are tracked for the same reason.
 *
 * A program may close a socket behind the library's back. Its number is not used again then: it may
 * be another file's (descriptor.h).
 */
#ifndef HF_SOCKETS_H
#define HF_SOCKETS_H

#include "descriptor.h"

#include <stdbool.h>

struct tracked_socket {
    int fd; /* -1: no socket */
    struct file_id file;
    struct tracked_socket *next;
    struct tracked_socket *previous;
};

/** Install the fork handlers, once for the process. Returns false if the system refuses. */
bool sockets_init(void);

/** Open a stream socket of this family and track it. Returns false with errno set. */
bool sockets_open(struct tracked_socket *entry, int family);

/** Open two sockets that are connected to each other and track both. Returns false with errno set.
 */
bool sockets_open_pair(struct tracked_socket pair[2]);

/** Whether this process still has the socket: a program may have closed it, and its number may be
 * another file's. */
bool sockets_is_open(const struct tracked_socket *entry);

/** The calling thread's next forks leave this pair open in the child, which must close it itself;
 * NULL: none. */
void sockets_spare(const struct tracked_socket *pair);

/** Close the socket and track it no longer. Does nothing if there is no socket. */
void sockets_close(struct tracked_socket *entry);

/** The same for a caller that holds the fork lock. */
void sockets_close_locked(struct tracked_socket *entry);

/** Under the fork lock: shut down the connection of a socket, so that no thread waits for it any
 * longer. */
void sockets_shut_locked(const struct tracked_socket *entry);

/** How many forks lie between the first process that used the library and this one. A session of
 * another generation is the parent's. */
unsigned fork_generation(void);

/** For lists that must be whole after a fork. The thread is not cancelled in between. */
void fork_lock(void);
void fork_unlock(void);

#endif
