/* SPDX-License-Identifier: MIT
 *
 * See workers.h.
 */
#include "workers.h"

#include "deadline.h"
#include "launch.h"
#include "wire_limits.h"
#include "work.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, EXIT_NOT_RUN = 127, NUMBER_MAX_BYTES = 24 };

bool workers_init(struct workers *workers, size_t most) {
    assert(most > 0);
    workers->most = most;
    workers->next_number = 1;
    workers->processes = calloc(most, sizeof *workers->processes);
    return workers->processes != NULL;
}

/* ---- starting ---- */

struct worker_start {
    struct workers *workers;
    pid_t supervisor;
    struct work_assignment assignment;
    int64_t idle_ms;
    char label[HF_LABEL_MAX_BYTES];
};

static int run_worker_function(const struct worker_start *start) {
    hf_work work = start->workers->options->work;
    work.idle_ms = start->idle_ms;
    hf_status status = work_run(start->workers->client, &start->assignment, &work);
    bool over = status == HF_DELETED || status == HF_NO_OBJECT || hf_status_is_fatal(status);
    if (status != HF_OK && !over) {
        (void)fprintf(stderr, "%s cannot work: %s: %s\n", start->label, hf_status_name(status),
                      hf_last_detail()[0] ? hf_last_detail() : hf_status_text(status));
    }
    return status == HF_OK ? 0 : EXIT_FAILED;
}

static bool set_worker_environment(const struct worker_start *start) {
    const struct work_assignment *assignment = &start->assignment;
    char pool[NUMBER_MAX_BYTES];
    char worker[4 * NUMBER_MAX_BYTES];
    (void)snprintf(pool, sizeof pool, "#%" PRIu64, assignment->pool);
    (void)snprintf(worker, sizeof worker, "%" PRIu64 ":%" PRIu64 ":%" PRId64 ":%" PRIu64,
                   assignment->supervisor, assignment->number, start->idle_ms,
                   start->workers->options->work.max_tasks);
    return setenv(WORK_POOL_VARIABLE, pool, 1) == 0 &&
           setenv(WORK_WORKER_VARIABLE, worker, 1) == 0 &&
           setenv("HOLDFAST_ADDRESS", hf_client_address(start->workers->client), 1) == 0 &&
           setenv("HOLDFAST_LABEL", start->label, 1) == 0;
}

static int run_worker_program(const struct worker_start *start) {
    const struct workers *workers = start->workers;
    if (set_worker_environment(start)) {
        (void)execv(workers->path, (char *const *)(uintptr_t)workers->options->program);
    }
    (void)fprintf(stderr, "%s: cannot run %s: %s\n", start->label, workers->path, strerror(errno));
    return EXIT_NOT_RUN;
}

static int worker_main(void *argument) {
    const struct worker_start *start = argument;
    struct workers *workers = start->workers;
    assert(start->supervisor != getpid());
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != start->supervisor) {
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < workers->count; i++) {
        child_fini(&workers->processes[i].child);
    }
    (void)close(workers->parent_fd);
    return workers->options->program ? run_worker_program(start) : run_worker_function(start);
}

hf_status workers_add(struct workers *workers, int64_t idle_ms) {
    assert(workers->count < workers->most);
    struct worker_start start = {
        .workers = workers,
        .supervisor = getpid(),
        .assignment = {workers->pool, workers->supervisor, workers->next_number},
        .idle_ms = idle_ms};
    (void)snprintf(start.label, sizeof start.label, "%s worker %" PRIu64, workers->label,
                   workers->next_number);
    const struct launch launch = {.name = start.label, .function = worker_main, .argument = &start};
    struct worker_process *process = &workers->processes[workers->count];
    hf_status status = launch_function(&launch, &process->child);
    if (status == HF_OK) {
        assert(process->child.pid > 0);
        process->number = workers->next_number++;
        process->kill_ms = DEADLINE_NEVER;
        workers->count++;
    }
    return status;
}

/* ---- watching and killing ---- */

static void remove_process(struct workers *workers, struct worker_process *process) {
    assert(process >= workers->processes && process < workers->processes + workers->count);
    child_fini(&process->child);
    *process = workers->processes[--workers->count];
}

void workers_watch(const struct workers *workers, struct pollfd *polls) {
    for (size_t i = 0; i < workers->count; i++) {
        polls[i] = (struct pollfd){workers->processes[i].child.pidfd, POLLIN, 0};
    }
}

bool workers_fetch(struct workers *workers, size_t index, struct ending *ending) {
    assert(index < workers->count);
    struct worker_process *process = &workers->processes[index];
    *ending = (struct ending){.number = process->number};
    enum child_state state = child_reap(&process->child, &ending->code);
    if (state == CHILD_RUNS) {
        return false;
    }
    ending->known = state == CHILD_ENDED;
    remove_process(workers, process);
    return true;
}

void workers_kill_by(struct workers *workers, const uint64_t *number, int64_t kill_ms) {
    for (size_t i = 0; i < workers->count; i++) {
        struct worker_process *process = &workers->processes[i];
        if ((!number || process->number == *number) && kill_ms < process->kill_ms) {
            process->kill_ms = kill_ms;
        }
    }
}

int64_t workers_kill_due(struct workers *workers, int64_t now_ms) {
    int64_t next_ms = DEADLINE_NEVER;
    for (size_t i = 0; i < workers->count; i++) {
        struct worker_process *process = &workers->processes[i];
        if (process->kill_ms <= now_ms) {
            (void)child_signal(&process->child, SIGKILL);
            process->kill_ms = DEADLINE_NEVER;
        }
        next_ms = process->kill_ms < next_ms ? process->kill_ms : next_ms;
    }
    return next_ms;
}

void workers_end(struct workers *workers) {
    for (size_t i = 0; i < workers->count; i++) {
        (void)child_signal(&workers->processes[i].child, SIGKILL);
    }
    for (size_t i = 0; i < workers->count; i++) {
        child_destroy(&workers->processes[i].child);
    }
    workers->count = 0;
    free(workers->processes);
    workers->processes = NULL;
}
