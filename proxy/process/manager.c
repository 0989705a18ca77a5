/* SPDX-License-Identifier: MIT
 *
 * A private manager: holdfastd as a child of this process. The child makes its own socket, writes
 * its address to a pipe once it serves, and watches this process. This file finds,
 * starts and stops it.
 */
#include "cancel.h"
#include "child.h"
#include "deadline.h"
#include "detail.h"
#include "program.h"
#include "standard.h"
#include "text.h"
#include "wire_limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <holdfast/manager.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAEMON "holdfastd"

enum {
    ADDRESS_MAX_BYTES = 4096,
    SEARCHED_MAX_BYTES = 512, /* of the list of places in the detail */
    READY_FD = 3,             /* the pipe's number in the child */
    START_TIMEOUT_MS = 15000,
    STOP_TIMEOUT_MS = 10000,
    ENDING_MS = 1000 /* from closing its pipe to its end */
};

struct hf_manager {
    struct child child;
    char address[ADDRESS_MAX_BYTES];
};

/* ---- finding the program ---- */

struct lookup {
    char path[PROGRAM_PATH_MAX_BYTES]; /* the program, once it is found */
    char bytes[SEARCHED_MAX_BYTES];
    struct text searched;
};

/* Beside the running program, so that it works from a build tree. */
static bool try_beside_program(struct lookup *lookup) {
    char self[PROGRAM_PATH_MAX_BYTES];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *slash = len > 0 ? memrchr(self, '/', (size_t)len) : NULL;
    if (!slash) {
        return false;
    }
    text_join(&lookup->searched, ", ", "beside this program");
    size_t folder_len = (size_t)(slash - self);
    return program_in(self, folder_len, DAEMON, lookup->path) ||
           program_in(self, folder_len, "../bin/" DAEMON, lookup->path);
}

static bool try_path(struct lookup *lookup) {
    text_join(&lookup->searched, ", ", "$PATH");
    return program_find(DAEMON, lookup->path);
}

static hf_status look_up(struct lookup *lookup) {
    const char *given = secure_getenv("HOLDFAST_DAEMON");
    lookup->searched = text_in(lookup->bytes, sizeof lookup->bytes);
    if (given && *given) {
        int len = snprintf(lookup->path, sizeof lookup->path, "%s", given);
        if (len > 0 && (size_t)len < sizeof lookup->path && program_at(lookup->path)) {
            return HF_OK;
        }
        return detail_set(HF_SYSTEM,
                          "cannot start " DAEMON ": $HOLDFAST_DAEMON is not a program: %s", given);
    }
    if (try_beside_program(lookup)) {
        return HF_OK;
    }
    text_join(&lookup->searched, ", ", HF_INSTALL_BINDIR);
    if (program_in(HF_INSTALL_BINDIR, strlen(HF_INSTALL_BINDIR), DAEMON, lookup->path) ||
        try_path(lookup)) {
        return HF_OK;
    }
    return detail_set(HF_SYSTEM,
                      "cannot start " DAEMON ": not found %s ($HOLDFAST_DAEMON names it)",
                      lookup->bytes);
}

/* ---- start ---- */

/* The child gets the pipe and the standard error output, and closes all other files at once
 * (private_close_inherited). It has no blocked or ignored signals, and a process group of its own:
 * the application handles Ctrl-C, and may still need its objects then. */
static int set_actions(posix_spawn_file_actions_t *actions, int ready_fd) {
    int error = posix_spawn_file_actions_adddup2(actions, ready_fd, READY_FD);
    error = error
                ? error
                : posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    return error
               ? error
               : posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
}

static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t none;
    sigset_t every;
    (void)sigemptyset(&none);
    (void)sigfillset(&every);
    int error = posix_spawnattr_setsigmask(attributes, &none);
    error = error ? error : posix_spawnattr_setsigdefault(attributes, &every);
    error = error ? error : posix_spawnattr_setpgroup(attributes, 0);
    return error ? error
                 : posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
                                                            POSIX_SPAWN_SETSIGDEF |
                                                            POSIX_SPAWN_SETPGROUP);
}

static int spawn(const char *path, int ready_fd, pid_t *pid) {
    char starter[32];
    char ready[32];
    (void)snprintf(starter, sizeof starter, "--private=%ld", (long)getpid());
    (void)snprintf(ready, sizeof ready, "--ready-fd=%d", READY_FD);
    char name[] = DAEMON;
    char quiet[] = "--quiet";
    char frame[32];
    (void)snprintf(frame, sizeof frame, "--max-frame=%u", HF_FRAME_PRIVATE_BYTES);
    char *arguments[] = {name, starter, ready, quiet, frame, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) {
        return error;
    }
    error = posix_spawnattr_init(&attributes);
    if (!error) {
        error = set_actions(&actions, ready_fd);
        error = error ? error : set_attributes(&attributes);
        error = error ? error : posix_spawn(pid, path, &actions, &attributes, arguments, environ);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Read the line with the address. Returns false if the pipe is closed, or the time is up, before.
 * The thread may be cancelled meanwhile if that is its state `before`. */
static bool read_address(hf_manager *manager, int fd, int before) {
    int64_t deadline_ms = deadline_in(START_TIMEOUT_MS);
    size_t len = 0;
    while (len < sizeof manager->address) {
        struct pollfd poll_fd = {fd, POLLIN, 0};
        int ready = cancel_poll(&poll_fd, 1, deadline_poll(deadline_ms), before);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        ssize_t got =
            ready > 0 ? read(fd, manager->address + len, sizeof manager->address - len) : 0;
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        char *end = memchr(manager->address, '\n', len);
        if (end) {
            *end = 0;
            return true;
        }
    }
    return false;
}

/* ---- stop ---- */

/* Terminate it, after STOP_TIMEOUT_MS kill it, and wait for its end. Returns as child_reap(). */
static enum child_state manager_end(const hf_manager *manager, int *code) {
    assert(manager->child.pid > 0 && child_is_own(&manager->child));
    (void)child_signal(&manager->child, SIGTERM);
    if (!child_ends_by(&manager->child, deadline_in(STOP_TIMEOUT_MS))) {
        (void)child_signal(&manager->child, SIGKILL);
        (void)child_ends_by(&manager->child, DEADLINE_NEVER);
    }
    return child_reap(&manager->child, code);
}

static void manager_delete(hf_manager *manager) {
    child_fini(&manager->child);
    free(manager);
}

/* ---- public functions ---- */

static hf_status failed_to_serve(const hf_manager *manager, const char *path) {
    int code = 0;
    bool gone = child_ends_by(&manager->child, deadline_in(ENDING_MS));
    bool known = manager_end(manager, &code) == CHILD_ENDED;
    if (gone && known && code >= 0) {
        return detail_set(HF_SYSTEM, "%s ended with exit status %d before it served", path, code);
    }
    if (gone && known) {
        return detail_set(HF_SYSTEM, "%s was killed by signal %d before it served", path, -code);
    }
    return detail_set(HF_SYSTEM, "%s did not say where it serves", path);
}

/* A start of which this thread waits for the end. */
struct manager_start {
    hf_manager *manager;
    int ready_fd;
};

static void manager_start_cancelled(void *argument) {
    const struct manager_start *start = argument;
    int code = 0;
    (void)close(start->ready_fd);
    (void)manager_end(start->manager, &code);
    manager_delete(start->manager);
}

static hf_status manager_start(hf_manager *manager, const char *path, int before) {
    int ready[2];
    if (!standard_avoid_pipe(ready, 0)) {
        return detail_set(HF_SYSTEM, "cannot make a pipe: %s", strerror(errno));
    }
    pid_t pid = 0;
    int error = spawn(path, ready[1], &pid);
    (void)close(ready[1]);
    if (error) {
        (void)close(ready[0]);
        return detail_set(HF_SYSTEM, "cannot start %s: %s", path, strerror(error));
    }
    (void)child_watch(&manager->child, pid);
    struct manager_start start = {manager, ready[0]};
    bool serves = false;
    pthread_cleanup_push(manager_start_cancelled, &start);
    serves = read_address(manager, ready[0], before);
    pthread_cleanup_pop(0);
    (void)close(ready[0]);
    return serves ? HF_OK : failed_to_serve(manager, path);
}

hf_status hf_manager_start(hf_manager **manager) {
    struct lookup lookup;
    detail_clear();
    hf_status status = look_up(&lookup);
    if (status != HF_OK) {
        return status;
    }
    hf_manager *made = calloc(1, sizeof *made);
    if (!made) {
        return detail_set(HF_NO_MEMORY, "no memory for a manager's handle");
    }
    made->child.pidfd = -1;
    int before = cancel_off();
    status = manager_start(made, lookup.path, before);
    if (status == HF_OK) {
        *manager = made;
    } else {
        manager_delete(made);
    }
    cancel_restore(before);
    return status;
}

const char *hf_manager_address(const hf_manager *manager) {
    return manager->address;
}

int64_t hf_manager_pid(const hf_manager *manager) {
    return manager->child.pid;
}

void hf_manager_stop(hf_manager *manager) {
    if (!manager) {
        return;
    }
    int code = 0;
    int before = cancel_off();
    if (child_is_own(&manager->child)) {
        (void)manager_end(manager, &code);
    }
    manager_delete(manager);
    cancel_restore(before);
}
