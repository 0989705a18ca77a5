/* SPDX-License-Identifier: MIT
 *
 * See supervisor.h. How a supervisor is started; supervisor_loop.c has its loop.
 */
#include "supervisor.h"

#include "call.h"
#include "cancel.h"
#include "cpus.h"
#include "deadline.h"
#include "detail.h"
#include "launch.h"
#include "process_fd.h"
#include "standard.h"
#include "supervisor_loop.h"
#include "utf8.h"
#include "work.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IDLE_MS = 10000 };

/* The supervisor's first message to its parent, through a pipe. */
struct start_report {
    hf_status status;
    char detail[HF_DETAIL_MAX_BYTES];
};

/* ---- its process ---- */

size_t supervisor_most(const hf_pool_options *options) {
    size_t most = options->most ? options->most : cpus_usable();
    return most > options->least ? most : options->least;
}

/* The plan that the parent fills in; the supervisor continues with its copy. */
struct plan {
    struct supervisor supervisor;
    uint64_t submitter;
    pid_t parent;
    int report_fds[2]; /* a pipe: the parent's end, the supervisor's */
};

static hf_status open_supervisor(struct plan *plan) {
    struct supervisor *supervisor = &plan->supervisor;
    struct workers *workers = &supervisor->workers;
    struct call call;
    Hf__SupervisorOpen op = HF__SUPERVISOR_OPEN__INIT;
    hf_client *client = NULL;
    supervisor->session = session_bind(workers->client);
    if (!supervisor->session) {
        return HF_NO_MEMORY;
    }
    call_begin(&call, workers->client, 0);
    op.pool = workers->pool;
    op.has_submitter = plan->submitter != 0;
    op.submitter = plan->submitter;
    return call_make(&call, HF__REQUEST__OP_SUPERVISOR_OPEN, &op.base,
                     sink_handle(&client, &workers->supervisor));
}

static hf_status allocate_supervisor(struct supervisor *supervisor) {
    const hf_pool_options *options = supervisor->workers.options;
    size_t most = supervisor_most(options);
    assert(most > 0 && most >= options->least);
    supervisor->least = options->least ? options->least : most;
    supervisor->idle_ms = options->work.idle_ms > 0 ? options->work.idle_ms : IDLE_MS;
    supervisor->polls = calloc(SUPERVISOR_POLLS + most, sizeof *supervisor->polls);
    supervisor->endings = calloc(most, sizeof *supervisor->endings);
    if (!supervisor->polls || !supervisor->endings || !workers_init(&supervisor->workers, most)) {
        return detail_set(HF_NO_MEMORY, "no memory for %zu workers", most);
    }
    return HF_OK;
}

static hf_status watch_parent(struct supervisor *supervisor, pid_t parent) {
    int fd = standard_avoid(process_fd_open(parent));
    if ((fd < 0 && !process_fd_refused(errno)) || getppid() != parent) {
        return detail_set(HF_SYSTEM, "cannot watch the process that starts it: %s",
                          strerror(errno));
    }
    supervisor->polls[1] = (struct pollfd){fd, POLLIN, 0};
    supervisor->parent = parent;
    supervisor->workers.parent_fd = fd;
    return HF_OK;
}

static hf_status prepare_supervisor(struct plan *plan) {
    hf_status status = allocate_supervisor(&plan->supervisor);
    status = status == HF_OK ? watch_parent(&plan->supervisor, plan->parent) : status;
    return status == HF_OK ? open_supervisor(plan) : status;
}

/* The parent deals with Ctrl-C, and may still need its workers then. Several processes cannot share
 * one terminal's input. */
static void leave_terminal(void) {
    (void)setpgid(0, 0);
    int nothing = standard_avoid(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (nothing >= 0) {
        (void)dup2(nothing, STDIN_FILENO);
        (void)close(nothing);
    }
}

static int supervisor_main(void *argument) {
    struct plan *plan = argument;
    struct supervisor *supervisor = &plan->supervisor;
    struct start_report report = {.status = HF_OK};
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    (void)sigaction(SIGCHLD, &by_default,
                    NULL); /* if it is ignored, nobody knows how a child ended */
    leave_terminal();
    report.status = prepare_supervisor(plan);
    sink_text(report.detail, sizeof report.detail, hf_last_detail());
    ssize_t told = write(plan->report_fds[1], &report, sizeof report);
    (void)close(plan->report_fds[1]);
    (void)close(plan->report_fds[0]);
    if (report.status == HF_OK && told == (ssize_t)sizeof report) {
        supervisor_run(supervisor);
    }
    workers_end(&supervisor->workers);
    free(supervisor->endings);
    free(supervisor->polls);
    return 0;
}

/* ---- in the submitting process ---- */

static hf_status find_worker_program(const hf_pool_options *options,
                                     char path[PROGRAM_PATH_MAX_BYTES]) {
    const char *name = options->program[0];
    if (!name || !*name) {
        return detail_set(HF_INVALID, "a worker program needs a name");
    }
    return program_resolve(name, path) && program_at(path)
               ? HF_OK
               : detail_set(HF_INVALID, "the program %s is not found", name);
}

/* Wait for the supervisor's message. If it ends before that, its pidfd tells: the pipe may not,
 * because another process may have inherited its other end. */
static hf_status read_start_report(struct child *child, int fd, int before) {
    struct start_report report = {.status = HF_SYSTEM,
                                  .detail = "the supervisor has ended at once"};
    struct pollfd polls[] = {{fd, POLLIN, 0}, {child->pidfd, POLLIN, 0}};
    int ready = 0;
    do {
        ready = cancel_poll(polls, 2, child_poll(child, DEADLINE_NEVER), before);
    } while ((ready < 0 && errno == EINTR) ||
             (ready == 0 && !child_ends_by(child, deadline_in(0))));
    ssize_t got = 0;
    do {
        got = read(fd, &report, sizeof report);
    } while (got < 0 && errno == EINTR);
    return detail_set(report.status, "%s", report.detail);
}

/* A supervisor of which this thread waits for the report. */
struct start {
    struct plan *plan;
    struct child child;
};

static void close_report(struct plan *plan) {
    (void)close(plan->report_fds[0]);
    (void)close(plan->report_fds[1]);
}

static void start_cancelled(void *argument) {
    struct start *start = argument;
    close_report(start->plan);
    child_destroy(&start->child);
}

/* The thread may be cancelled if that is its state `before`. */
static hf_status start_supervisor(struct plan *plan, pid_t *pid, int before) {
    char label[HF_LABEL_MAX_BYTES];
    struct start start = {.plan = plan};
    const struct launch launch = {.name = label, .function = supervisor_main, .argument = plan};
    (void)snprintf(label, sizeof label, "%s supervisor", plan->supervisor.workers.label);
    hf_status status = launch_function(&launch, &start.child);
    if (status != HF_OK) {
        return status;
    }
    *pid = start.child.pid;
    pthread_cleanup_push(start_cancelled, &start);
    status = read_start_report(&start.child, plan->report_fds[0], before);
    pthread_cleanup_pop(0);
    if (status == HF_OK) {
        child_fini(&start.child);
    } else {
        child_destroy(&start.child);
    }
    return status;
}

hf_status supervisor_start(hf_client *client, uint64_t pool, uint64_t submitter,
                           const hf_pool_options *options, pid_t *pid) {
    struct plan plan = {
        .supervisor.workers = {.client = client, .options = options, .pool = pool},
        .submitter = submitter,
        .parent = getpid(),
    };
    struct workers *workers = &plan.supervisor.workers;
    detail_clear();
    hf_status status =
        options->program ? find_worker_program(options, workers->path) : work_check(&options->work);
    if (status != HF_OK) {
        return status;
    }
    utf8_copy(workers->label, sizeof workers->label, client_label(client));
    if (!standard_avoid_pipe(plan.report_fds, O_NONBLOCK)) {
        return detail_set(HF_SYSTEM, "cannot make a pipe: %s", strerror(errno));
    }
    int before = cancel_off();
    status = start_supervisor(&plan, pid, before);
    close_report(&plan);
    cancel_restore(before);
    return status;
}
