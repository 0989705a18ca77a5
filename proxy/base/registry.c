/* SPDX-License-Identifier: MIT
 *
 * See registry.h. A socket is made and entered under the mutex: otherwise a fork between the two
 * would leave it open in a child that does not know of it.
 */
#include "registry.h"

#include <assert.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct registered *first;
static unsigned generation;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool ready;
static _Thread_local const struct registered *spared;

void registry_lock(void) {
    int error = pthread_mutex_lock(&mutex);
    assert(!error);
    (void)error;
}

void registry_unlock(void) {
    int error = pthread_mutex_unlock(&mutex);
    assert(!error);
    (void)error;
}

static bool is_spared(const struct registered *entry) {
    return spared && (entry == &spared[0] || entry == &spared[1]);
}

/* In the child, which has only the thread that forked: nothing is sent, not even a farewell,
 * because the connections are the parent's. */
static void after_fork_in_child(void) {
    for (struct registered *entry = first; entry; entry = entry->next) {
        if (!is_spared(entry)) {
            (void)close(entry->fd);
            entry->fd = -1;
        }
    }
    first = NULL;
    generation++;
    registry_unlock();
}

static void install(void) {
    ready = pthread_atfork(registry_lock, registry_unlock, after_fork_in_child) == 0;
}

bool registry_init(void) {
    return pthread_once(&once, install) == 0 && ready;
}

unsigned registry_generation(void) {
    return generation;
}

static void enter(struct registered *entry, int fd) {
    entry->fd = fd;
    entry->previous = NULL;
    entry->next = first;
    if (first) {
        first->previous = entry;
    }
    first = entry;
}

bool registry_open(struct registered *entry, int family) {
    assert(entry->fd < 0);
    registry_lock();
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        enter(entry, fd);
    }
    registry_unlock();
    return fd >= 0;
}

bool registry_open_pair(struct registered pair[2]) {
    int fds[2];
    assert(pair[0].fd < 0 && pair[1].fd < 0);
    registry_lock();
    bool opened = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0;
    if (opened) {
        enter(&pair[0], fds[0]);
        enter(&pair[1], fds[1]);
    }
    registry_unlock();
    return opened;
}

void registry_spare(const struct registered *pair) {
    spared = pair;
}

void registry_close_locked(struct registered *entry) {
    if (entry->fd < 0) {
        return;
    }
    if (entry->next) {
        entry->next->previous = entry->previous;
    }
    if (entry->previous) {
        entry->previous->next = entry->next;
    } else {
        assert(first == entry);
        first = entry->next;
    }
    (void)close(entry->fd);
    entry->fd = -1;
}

void registry_close(struct registered *entry) {
    registry_lock();
    registry_close_locked(entry);
    registry_unlock();
}

void registry_shut_locked(const struct registered *entry) {
    if (entry->fd >= 0) {
        (void)shutdown(entry->fd, SHUT_RDWR);
    }
}
