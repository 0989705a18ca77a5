/* SPDX-License-Identifier: MIT
 *
 * See peer.h. The kernel keeps the credentials that the process had when it connected.
 */
#include "peer.h"

#include "process_fd.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

enum { GROUPS_MAX = 1024 };

bool peer_rules_any(const struct peer_rules *rules) {
    assert(rules->uid_count <= PEER_RULES_MAX && rules->gid_count <= PEER_RULES_MAX);
    return rules->uid_count > 0 || rules->gid_count > 0;
}

static bool credentials(int fd, struct ucred *peer) {
    socklen_t len = sizeof *peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &len) == 0 && len == sizeof *peer;
}

static bool gid_listed(const struct peer_rules *rules, gid_t gid) {
    for (size_t i = 0; i < rules->gid_count; i++) {
        if (rules->gids[i] == gid) {
            return true;
        }
    }
    return false;
}

static bool in_listed_group(int fd, const struct peer_rules *rules, gid_t primary) {
    if (rules->gid_count == 0) {
        return false;
    }
    gid_t groups[GROUPS_MAX];
    socklen_t len = sizeof groups;
    bool listed = gid_listed(rules, primary);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) != 0) {
        return listed;
    }
    for (size_t i = 0; !listed && i < len / sizeof groups[0]; i++) {
        listed = gid_listed(rules, groups[i]);
    }
    return listed;
}

static bool uid_listed(const struct peer_rules *rules, uid_t uid) {
    for (size_t i = 0; i < rules->uid_count; i++) {
        if (rules->uids[i] == uid) {
            return true;
        }
    }
    return uid == 0 || uid == geteuid();
}

bool peer_allowed(int fd, const struct peer_rules *rules, char *why, size_t size) {
    struct ucred peer;
    if (!credentials(fd, &peer)) {
        (void)snprintf(why, size, "the user at the other end is not known");
        return false;
    }
    if (uid_listed(rules, peer.uid) || in_listed_group(fd, rules, peer.gid)) {
        return true;
    }
    (void)snprintf(why, size,
                   "user %u may not connect to the manager of user %u (--allow-uid, --allow-gid)",
                   peer.uid, geteuid());
    return false;
}

bool peer_can_be_watched(void) {
    int pidfd = process_fd_open(getpid());
    bool refused = pidfd < 0 && process_fd_refused(errno);
    if (pidfd >= 0) {
        (void)close(pidfd);
    }
    return !refused;
}

int peer_watch(int fd) {
    int pidfd = -1;
    socklen_t len = sizeof pidfd;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) == 0) {
        return pidfd;
    }
    if (errno == EMFILE || errno == ENFILE) {
        return -1;
    }
    /* Older kernels tell only the pid. If another process has it by now, the peer is dead, and
     * end-of-file or the death of that process ends the session. */
    struct ucred peer;
    if (!credentials(fd, &peer) || peer.pid <= 0) {
        errno = EINVAL;
        return -1;
    }
    return process_fd_open(peer.pid);
}
