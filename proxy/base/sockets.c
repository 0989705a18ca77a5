/* SPDX-License-Identifier: MIT
 *
 * See sockets.h. A socket is made and tracked under the lock: a fork between the two would leave it
 * open in a child that does not know of it.
 */
#include "sockets.h"

#include "cancel.h"
#include "standard.h"

#include <assert.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t fork_mutex = PTHREAD_MUTEX_INITIALIZER;
static int cancel_before; /* of the thread that holds the lock */
static struct tracked_socket *all_sockets;
static unsigned forks;
static pthread_once_t handlers_once = PTHREAD_ONCE_INIT;
static bool handlers_installed;
static _Thread_local const struct tracked_socket *spared;

void fork_lock(void) {
    int before = cancel_off();
    int error = pthread_mutex_lock(&fork_mutex);
    assert(!error);
    (void)error;
    cancel_before = before;
}

void fork_unlock(void) {
    int before = cancel_before;
    int error = pthread_mutex_unlock(&fork_mutex);
    assert(!error);
    (void)error;
    cancel_restore(before);
}

static bool is_spared(const struct tracked_socket *entry) {
    return spared && (entry == &spared[0] || entry == &spared[1]);
}

/* In the child, which has only the thread that forked. Nothing is sent, because the connections are
 * the parent's. */
static void close_inherited(void) {
    for (struct tracked_socket *entry = all_sockets; entry; entry = entry->next) {
        if (!is_spared(entry)) {
            descriptor_close(&entry->fd, &entry->file);
        }
    }
    all_sockets = NULL;
    forks++;
    fork_unlock();
}

static void install_handlers(void) {
    handlers_installed = pthread_atfork(fork_lock, fork_unlock, close_inherited) == 0;
}

bool sockets_init(void) {
    return pthread_once(&handlers_once, install_handlers) == 0 && handlers_installed;
}

unsigned fork_generation(void) {
    return forks;
}

static void track(struct tracked_socket *entry, int fd) {
    assert(fd >= 0 && entry->fd < 0 && (!all_sockets || !all_sockets->previous));
    entry->fd = fd;
    entry->file = descriptor_file(fd);
    entry->previous = NULL;
    entry->next = all_sockets;
    if (all_sockets) {
        all_sockets->previous = entry;
    }
    all_sockets = entry;
}

bool sockets_open(struct tracked_socket *entry, int family) {
    assert(entry->fd < 0);
    fork_lock();
    int fd = standard_avoid(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (fd >= 0) {
        track(entry, fd);
    }
    fork_unlock();
    return fd >= 0;
}

bool sockets_open_pair(struct tracked_socket pair[2]) {
    int fds[2];
    assert(pair[0].fd < 0 && pair[1].fd < 0);
    fork_lock();
    bool opened =
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0 && standard_avoid_pair(fds);
    if (opened) {
        track(&pair[0], fds[0]);
        track(&pair[1], fds[1]);
    }
    fork_unlock();
    return opened;
}

bool sockets_is_open(const struct tracked_socket *entry) {
    return descriptor_is(entry->fd, &entry->file);
}

void sockets_spare(const struct tracked_socket *pair) {
    spared = pair;
}

void sockets_close_locked(struct tracked_socket *entry) {
    if (entry->fd < 0) {
        return;
    }
    if (entry->next) {
        assert(entry->next->previous == entry);
        entry->next->previous = entry->previous;
    }
    if (entry->previous) {
        assert(entry->previous->next == entry);
        entry->previous->next = entry->next;
    } else {
        assert(all_sockets == entry);
        all_sockets = entry->next;
    }
    descriptor_close(&entry->fd, &entry->file);
}

void sockets_close(struct tracked_socket *entry) {
    fork_lock();
    sockets_close_locked(entry);
    fork_unlock();
}

void sockets_shut_locked(const struct tracked_socket *entry) {
    if (sockets_is_open(entry)) {
        (void)shutdown(entry->fd, SHUT_RDWR);
    }
}
