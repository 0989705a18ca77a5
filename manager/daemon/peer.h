/* SPDX-License-Identifier: MIT
 *
 * The process at the other end of a Unix socket: whether it may connect, and a descriptor that
 * tells of its death. End-of-file alone would not do: a forked child that inherited the socket
 * keeps it open when its parent is killed.
 */
#ifndef HF_PEER_H
#define HF_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PEER_RULES_MAX = 64 };

/** Users and groups that may connect, beside root and the manager's own user. */
struct peer_rules {
    uid_t uids[PEER_RULES_MAX];
    gid_t gids[PEER_RULES_MAX];
    size_t uid_count, gid_count;
};

/** Whether others than root and the manager's own user may connect. */
bool peer_rules_any(const struct peer_rules *rules);

/** Whether the process at the other end of `fd` may use the manager.
 *
 *  why  out, if not: the reason in words, of at most `size` bytes
 */
bool peer_allowed(int fd, const struct peer_rules *rules, char *why, size_t size);

/** A pidfd of that process, readable once it is dead.
 *
 *  Returns  -1 with errno ESRCH if it is dead already; EMFILE or ENFILE for want of descriptors;
 *           another one if it cannot be watched, as in another pid namespace
 */
int peer_watch(int fd);

/** Whether this system has pidfds. */
bool peer_can_be_watched(void);

#endif
