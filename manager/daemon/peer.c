/* SPDX-License-Identifier: MIT
 *
 * See peer.h. The kernel keeps the credentials of the moment of the connect.
 */
#include "peer.h"

#include <errno.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

enum { GROUPS_MAX = 1024 };

bool peer_rules_any(const struct peer_rules *rules) {
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

bool peer_allowed(int fd, const struct peer_rules *rules) {
    struct ucred peer;
    if (!credentials(fd, &peer)) {
        return false;
    }
    if (peer.uid == 0 || peer.uid == geteuid()) {
        return true;
    }
    for (size_t i = 0; i < rules->uid_count; i++) {
        if (rules->uids[i] == peer.uid) {
            return true;
        }
    }
    return in_listed_group(fd, rules, peer.gid);
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
    /* Older kernels know only the pid. It may have been given to somebody else by now, but then the
     * peer is dead and end-of-file, or that other process's death, tells. */
    struct ucred peer;
    if (!credentials(fd, &peer) || peer.pid <= 0) {
        errno = EINVAL;
        return -1;
    }
    return pidfd_open(peer.pid, 0);
}
