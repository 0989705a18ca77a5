/* SPDX-License-Identifier: MIT
 *
 * See lookup.h. The thread and the loop each have a reference; who lets go of the last one frees.
 */
#include "lookup.h"

#include "detail.h"
#include "standard.h"
#include "thread.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct lookup {
    atomic_uint references;
    atomic_bool done; /* then the next two are written */
    int error;
    struct addrinfo *found;
    int fd; /* -1: no thread was needed */
    char *host;
    char *port;
};

static void lookup_free(struct lookup *lookup) {
    if (lookup->found) {
        freeaddrinfo(lookup->found);
    }
    if (lookup->fd >= 0) {
        (void)close(lookup->fd);
    }
    free(lookup->host);
    free(lookup->port);
    free(lookup);
}

void lookup_end(struct lookup *lookup) {
    if (lookup && atomic_fetch_sub(&lookup->references, 1) == 1) {
        lookup_free(lookup);
    }
}

/* The memory stays: nobody knows what the thread was doing with it. */
void lookup_forget(struct lookup *lookup) {
    if (lookup && lookup->fd >= 0) {
        (void)close(lookup->fd);
        lookup->fd = -1;
    }
}

static void lookup_ask(struct lookup *lookup, int flags) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};
    struct addrinfo *found = NULL;
    lookup->error = getaddrinfo(lookup->host, lookup->port, &hints, &found);
    lookup->found = lookup->error ? NULL : found;
    atomic_store(&lookup->done, true);
}

static void *lookup_run(void *argument) {
    struct lookup *lookup = argument;
    const uint64_t one = 1;
    lookup_ask(lookup, 0);
    ssize_t written = write(lookup->fd, &one, sizeof one);
    assert(written == sizeof one);
    (void)written;
    lookup_end(lookup);
    return NULL;
}

static bool start_thread(struct lookup *lookup) {
    pthread_t thread;
    lookup->fd = standard_avoid(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (lookup->fd < 0) {
        return false;
    }
    atomic_store(&lookup->done, false);
    atomic_fetch_add(&lookup->references, 1);
    if (thread_start(&thread, lookup_run, lookup) != 0) {
        return false;
    }
    (void)pthread_detach(thread);
    return true;
}

struct lookup *lookup_begin(const char *host, const char *port) {
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (lookup) {
        lookup->fd = -1;
        lookup->references = 1;
        lookup->host = strdup(host);
        lookup->port = strdup(port);
    }
    bool begun = lookup && lookup->host && lookup->port;
    if (begun) {
        lookup_ask(lookup, AI_NUMERICHOST);
        begun = lookup->error != EAI_NONAME || start_thread(lookup);
    }
    if (!begun) {
        detail_write("cannot look up %s: no memory, descriptor or thread is left", host);
        if (lookup) {
            lookup_free(lookup);
        }
        return NULL;
    }
    return lookup;
}

int lookup_fd(const struct lookup *lookup) {
    return lookup->fd;
}

int lookup_result(const struct lookup *lookup, const struct addrinfo **found) {
    if (!atomic_load(&lookup->done)) {
        return EAI_INPROGRESS;
    }
    *found = lookup->found;
    return lookup->error;
}
