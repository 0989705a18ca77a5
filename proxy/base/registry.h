/* SPDX-License-Identifier: MIT
 *
 * All sockets of this process, so that a forked child can close at once those it inherited: as long
 * as it had them open, the manager could not see that the parent is gone. One mutex guards the
 * list; it is held across a fork, so that the child finds the list whole. Lifelines (lifeline.h)
 * are entered for the same reason.
 */
#ifndef HF_REGISTRY_H
#define HF_REGISTRY_H

#include <stdbool.h>

struct registered {
    int fd; /* -1: no socket */
    struct registered *next;
    struct registered *previous;
};

/** Install the fork handlers; once for the process, however often it is called. Returns false when
 * the system refuses. */
bool registry_init(void);

/** Open a stream socket of this family and enter it. Returns false with errno set. */
bool registry_open(struct registered *entry, int family);

/** Open two sockets that are connected to each other and enter both. Returns false with errno set.
 */
bool registry_open_pair(struct registered pair[2]);

/** The calling thread's next forks leave this pair open in the child, which is then to close it;
 * NULL: none. */
void registry_spare(const struct registered *pair);

/** Close it and take it out. Does nothing where there is no socket. */
void registry_close(struct registered *entry);

/** The same for a caller that holds the mutex. */
void registry_close_locked(struct registered *entry);

/** Under the mutex: shut the connection of a socket, so that no thread waits at it any longer. */
void registry_shut_locked(const struct registered *entry);

/** How often this process's line has forked since the library began: a child's sessions are new. */
unsigned registry_generation(void);

/** The mutex itself, for lists that must be whole after a fork. */
void registry_lock(void);
void registry_unlock(void);

#endif
