/* SPDX-License-Identifier: MIT
 *
 * Handles of processes: see <holdfast/process.h>. launch.c starts processes, child.c signals and
 * fetches them.
 *
 *     CHILD_RUNS --fetched---------------> CHILD_ENDED
 *         '------somebody else fetched it--> CHILD_LOST
 *
 * The fork lock (sockets.h) guards the states and the list of processes that ran when their handles
 * were freed, since it is held across a fork. No thread waits while it holds that lock.
 */
#include "cancel.h"
#include "child.h"
#include "client.h"
#include "deadline.h"
#include "detail.h"
#include "family.h"
#include "launch.h"
#include "lifeline.h"
#include "link.h"
#include "program.h"
#include "reserved.h"
#include "sockets.h"
#include "utf8.h"

#include <assert.h>
#include <errno.h>
#include <holdfast/process.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LABEL_VARIABLE "HOLDFAST_LABEL="

struct hf_process {
    struct child child;
    struct lifeline lifeline;
    enum child_state state;
    int code; /* with CHILD_ENDED */
    bool daemon;
    char name[HF_LABEL_MAX_BYTES];
    struct link in_freed;
};

/* Processes that still ran when their handles were freed. */
static struct link freed_while_running = {&freed_while_running, &freed_while_running};

/* ---- states ---- */

static enum child_state process_reap_locked(struct hf_process *process) {
    assert(child_is_own(&process->child));
    if (process->state == CHILD_RUNS) {
        process->state = child_reap(&process->child, &process->code);
    }
    if (process->state != CHILD_RUNS) {
        lifeline_close_locked(&process->lifeline);
    }
    return process->state;
}

static enum child_state process_reap(struct hf_process *process) {
    fork_lock();
    enum child_state state = process_reap_locked(process);
    fork_unlock();
    return state;
}

/* In a forked child the lifeline's sockets are closed and not tracked (sockets.c). */
static void process_delete_locked(struct hf_process *process) {
    lifeline_close_locked(&process->lifeline);
    child_fini(&process->child);
    free(process);
}

/* Fetch the processes whose handles were freed, and which have ended. */
static void free_ended(void) {
    fork_lock();
    for (struct link *link = freed_while_running.next, *next = NULL; link != &freed_while_running;
         link = next) {
        struct hf_process *process = LINK_OWNER(link, struct hf_process, in_freed);
        next = link->next;
        if (!child_is_own(&process->child) || process_reap_locked(process) != CHILD_RUNS) {
            link_remove(link);
            process_delete_locked(process);
        }
    }
    fork_unlock();
}

/* ---- start ---- */

static void choose_name(struct hf_process *process, const char *given, const char *program) {
    static _Atomic unsigned count;
    char name[HF_LABEL_MAX_BYTES];
    const char *slash = strrchr(program, '/');
    unsigned number = atomic_fetch_add(&count, 1) + 1;
    (void)snprintf(name, sizeof name, "%.200s-%u", slash ? slash + 1 : program, number);
    utf8_copy(process->name, sizeof process->name, given && *given ? given : name);
}

static hf_status process_new(const hf_process_options *options, const char *program,
                             hf_process **process) {
    if (launch_is_daemon()) {
        return detail_set(HF_INVALID,
                          "a daemon may not start processes: nobody would end them when "
                          "it is killed with its parent");
    }
    hf_status status = reserved_check(options);
    if (status != HF_OK) {
        return status;
    }
    hf_process *made = sockets_init() ? calloc(1, sizeof *made) : NULL;
    if (!made) {
        return detail_set(HF_NO_MEMORY, "no memory for a process");
    }
    made->child.pidfd = -1;
    made->daemon = options->daemon;
    lifeline_init(&made->lifeline);
    choose_name(made, options->name, program);
    if (made->daemon && !lifeline_open(&made->lifeline)) {
        free(made);
        return detail_set(HF_SYSTEM, "no lifeline for a daemon: %s", strerror(errno));
    }
    free_ended();
    *process = made;
    return HF_OK;
}

/* Give the handle to the caller, or delete it if the process was not started. */
static hf_status started(hf_status status, hf_process *made, hf_process **process) {
    if (status != HF_OK) {
        fork_lock();
        process_delete_locked(made);
        fork_unlock();
    } else if (process) {
        *process = made;
    } else {
        hf_process_free(made);
    }
    return status;
}

hf_status hf_process_start(hf_process_function *function, void *argument,
                           const hf_process_options *options, hf_process **process) {
    const hf_process_options defaults = HF_PROCESS_OPTIONS;
    hf_process *made = NULL;
    options = options ? options : &defaults;
    detail_clear();
    if (!function || options->env) {
        return detail_set(HF_INVALID, function ? "a function runs in the environment of its parent"
                                               : "a process needs a function");
    }
    hf_status status = process_new(options, program_invocation_short_name, &made);
    if (status != HF_OK) {
        return status;
    }
    const struct launch launch = {.name = made->name,
                                  .lifeline = made->daemon ? &made->lifeline : NULL,
                                  .function = function,
                                  .argument = argument};
    family_pin_for_child();
    return started(launch_function(&launch, &made->child), made, process);
}

/* ---- a program ---- */

static bool is_label(const char *variable) {
    return strncmp(variable, LABEL_VARIABLE, strlen(LABEL_VARIABLE)) == 0;
}

/* A copy of `env` with `label`, of which it borrows all strings. NULL: no memory. */
static char **env_with_label(char *const *env, char *label) {
    size_t count = 0;
    while (env[count]) {
        count++;
    }
    char **made = calloc(count + 2, sizeof *made);
    size_t kept = 0;
    for (size_t i = 0; made && i < count; i++) {
        if (!is_label(env[i])) {
            made[kept++] = env[i];
        }
    }
    if (made) {
        made[kept] = label;
    }
    return made;
}

static hf_status find_program(const char *program, char path[PROGRAM_PATH_MAX_BYTES]) {
    if (!program || !*program) {
        return detail_set(HF_INVALID, "a process needs a program");
    }
    if (program_resolve(program, path)) {
        return HF_OK;
    }
    return strchr(program, '/')
               ? detail_set(HF_SYSTEM, "cannot run a program: its path is too long")
               : detail_set(HF_SYSTEM, "cannot run %s: no such program in $PATH", program);
}

static hf_status start_program(hf_process *made, const char *path, char *const argv[],
                               char *const *env) {
    char label[sizeof LABEL_VARIABLE + HF_LABEL_MAX_BYTES];
    (void)snprintf(label, sizeof label, LABEL_VARIABLE "%s", made->name);
    char **whole_env = env_with_label(env, label);
    if (!whole_env) {
        return detail_set(HF_NO_MEMORY, "no memory for an environment");
    }
    const struct launch launch = {.name = made->name,
                                  .lifeline = made->daemon ? &made->lifeline : NULL,
                                  .path = path,
                                  .argv = argv,
                                  .env = whole_env};
    family_pin_for_child();
    hf_status status = launch_program(&launch, &made->child);
    free(whole_env);
    return status;
}

hf_status hf_process_start_program(const char *program, char *const argv[],
                                   const hf_process_options *options, hf_process **process) {
    const hf_process_options defaults = HF_PROCESS_OPTIONS;
    char path[PROGRAM_PATH_MAX_BYTES];
    hf_process *made = NULL;
    options = options ? options : &defaults;
    detail_clear();
    hf_status status = find_program(program, path);
    status = status == HF_OK ? process_new(options, path, &made) : status;
    if (status != HF_OK) {
        return status;
    }
    char *const only_name[] = {path, NULL};
    char *const nothing[] = {NULL}; /* after clearenv() there is no environment */
    char *const *own_env = environ ? environ : nothing;
    status =
        start_program(made, path, argv ? argv : only_name, options->env ? options->env : own_env);
    return started(status, made, process);
}

/* ---- signals, the end ---- */

static hf_status refuse_stranger(const hf_process *process) {
    return detail_set(HF_INVALID,
                      "process %s (%ld) was started by process %ld: only that one may do this",
                      process->name, (long)process->child.pid, (long)process->child.parent);
}

static hf_status status_of(hf_process *process) {
    switch (process_reap(process)) {
    case CHILD_ENDED:
        return HF_OK;
    case CHILD_LOST:
        return detail_set(
            HF_SYSTEM,
            "process %s (%ld) has ended, but how is not known: this program waits for "
            "any child, or ignores SIGCHLD",
            process->name, (long)process->child.pid);
    case CHILD_RUNS:
        break;
    }
    return detail_set(HF_TIMEOUT, "process %s (%ld) has not ended", process->name,
                      (long)process->child.pid);
}

hf_status hf_process_join(hf_process *process, int64_t timeout_ms) {
    detail_clear();
    cancel_point();
    if (!child_is_own(&process->child)) {
        return refuse_stranger(process);
    }
    if (timeout_ms != 0) {
        (void)child_ends_by(&process->child, deadline_in(timeout_ms));
    }
    return status_of(process);
}

hf_status hf_process_exit_code(hf_process *process, int *code) {
    hf_status status = hf_process_join(process, 0);
    if (status == HF_OK) {
        assert(process->state == CHILD_ENDED);
        *code = process->code;
    }
    return status;
}

bool hf_process_alive(hf_process *process) {
    cancel_point();
    if (child_is_own(&process->child)) {
        return process_reap(process) == CHILD_RUNS;
    }
    return !child_ends_by(&process->child, deadline_in(0));
}

static hf_status send_signal(hf_process *process, int number) {
    detail_clear();
    if (!child_is_own(&process->child)) {
        return refuse_stranger(process);
    }
    if (!child_signal(&process->child, number)) {
        return detail_set(HF_SYSTEM, "cannot send a signal to process %s (%ld): %s", process->name,
                          (long)process->child.pid, strerror(errno));
    }
    return HF_OK;
}

hf_status hf_process_terminate(hf_process *process) {
    return send_signal(process, SIGTERM);
}

hf_status hf_process_kill(hf_process *process) {
    return send_signal(process, SIGKILL);
}

const char *hf_process_name(const hf_process *process) {
    return process->name;
}

int64_t hf_process_pid(const hf_process *process) {
    return process->child.pid;
}

bool hf_process_daemon(const hf_process *process) {
    return process->daemon;
}

int hf_process_pidfd(const hf_process *process) {
    return process->child.pidfd;
}

void hf_process_free(hf_process *process) {
    if (!process) {
        return;
    }
    fork_lock();
    link_prepend(&freed_while_running, &process->in_freed);
    fork_unlock();
    free_ended();
}
