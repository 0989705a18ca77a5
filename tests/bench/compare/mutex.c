/* SPDX-License-Identifier: MIT
 *
 * The limit of what a lock can do on one machine: a robust mutex, and the number itself, in memory
 * that the processes share. No server, and nothing that other machines could use.
 */
#include "check.h"
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct shared {
    pthread_mutex_t mutex;
    int64_t number;
};

static void *mutex_connect(const char *path, uint64_t entries) {
    (void)entries;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    must(fd >= 0 && ftruncate(fd, sizeof(struct shared)) == 0, "%s: %s", path, strerror(errno));
    void *mapped = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    must(mapped != MAP_FAILED, "%s: %s", path, strerror(errno));
    (void)close(fd);
    return mapped;
}

static void mutex_disconnect(void *shared) {
    (void)munmap(shared, sizeof(struct shared));
}

static void mutex_prepare(void *of) {
    struct shared *shared = of;
    pthread_mutexattr_t robust;
    (void)pthread_mutexattr_init(&robust);
    (void)pthread_mutexattr_setpshared(&robust, PTHREAD_PROCESS_SHARED);
    (void)pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
    must(pthread_mutex_init(&shared->mutex, &robust) == 0, "no mutex");
    shared->number = NUMBER_START;
}

static int64_t mutex_enter(void *of) {
    struct shared *shared = of;
    int error = pthread_mutex_lock(&shared->mutex);
    if (error == EOWNERDEAD) {
        error = pthread_mutex_consistent(&shared->mutex);
    }
    must(error == 0, "mutex: %s", strerror(error));
    return shared->number;
}

static void mutex_leave(void *of, int64_t number) {
    struct shared *shared = of;
    shared->number = number;
    must(pthread_mutex_unlock(&shared->mutex) == 0, "the mutex is not held");
}

static int64_t mutex_number(void *of) {
    const struct shared *shared = of;
    return shared->number;
}

static struct server mutex_server = {.name = "mutex", .no_process = true};

const struct driver mutex_driver = {
    .name = "robust mutex",
    .server = &mutex_server,
    .connect = mutex_connect,
    .disconnect = mutex_disconnect,
    .prepare = mutex_prepare,
    .enter = mutex_enter,
    .leave = mutex_leave,
    .number = mutex_number,
};
