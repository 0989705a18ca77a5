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

/* In the child, which has only the thread that forked: nothing is sent, not even a farewell,
 * because the connections are the parent's. */
static void after_fork_in_child(void) {
    for (struct registered *entry = first; entry; entry = entry->next) {
        (void)close(entry->fd);
        entry->fd = -1;
    }
    first = NULL;
    generation++;
    registry_unlock();
}

bool registry_init(void) {
    return pthread_atfork(registry_lock, registry_unlock, after_fork_in_child) == 0;
}

unsigned registry_generation(void) {
    return generation;
}

bool registry_open(struct registered *entry, int family) {
    assert(entry->fd < 0);
    registry_lock();
    entry->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (entry->fd >= 0) {
        entry->previous = NULL;
        entry->next = first;
        if (first) {
            first->previous = entry;
        }
        first = entry;
    }
    registry_unlock();
    return entry->fd >= 0;
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
