/* SPDX-License-Identifier: MIT
 *
 * event_loop: one thread, one loop, 64 calls in flight. 60 calls count visits, over and over; 4
 * wait for jobs, and three of those are cancelled. When the manager is restarted the program goes
 * on: it hears what was lost, and its objects are opened again, because they have names. SIGTERM
 * ends it when nothing is in flight any more.
 *
 * The adapter to poll() is run_loop(): watch one descriptor, which stays the same, and process when
 * it can be read. Signals come by a descriptor as well (signalfd), so that none is missed.
 *
 *     HOLDFAST_ADDRESS=unix:/tmp/hf.sock event_loop &
 *     kill $!
 *
 * Teaches: hf_async_new, HF_ASYNC, hf_async_fd, hf_async_process, hf_async_cancel, the callback for
 * a lost connection.
 *
 * Prints, if the manager is restarted meanwhile:
 *     64 calls in flight, by 1 thread
 *     3 waits were cancelled
 *     the manager is gone: DISCONNECTED
 *     the manager is back, and visits are counted
 *     SIGTERM: a wait was cancelled, 0 calls in flight
 */
#define _POSIX_C_SOURCE 200809L /* sigprocmask() */

#include "support.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VISITORS = 60, WAITERS = 4, CANCELLED_AFTER = 1000, CANCELLED = 3 };

/* One of the calls that are in flight all the time. */
struct task {
    uint64_t id; /* of the call */
    int64_t number;
};

static struct {
    hf_async *async;
    hf_value visits;
    hf_queue jobs;
    struct task visitors[VISITORS];
    struct task waiters[WAITERS];
    int counted;
    int cancelled;
    bool gone; /* the manager */
    bool ends;
} program;

/* ---- calls, and what happens when they complete ---- */

/* A call that was under way when the manager went may have been done or not. All others must be. */
static bool was_done(const hf_completion *completion) {
    if (completion->status != HF_DISCONNECTED && completion->status != HF_CANCELLED) {
        check(completion->status);
    }
    return completion->status == HF_OK;
}

static void visit(struct task *task);
static void wait_for_job(struct task *task);

static void cancel_some_waits(void) {
    for (int i = 0; i < CANCELLED; i++) {
        check(hf_async_cancel(program.async, program.waiters[i].id));
    }
}

static void on_visit(hf_async *async, const hf_completion *completion) {
    (void)async;
    if (was_done(completion)) {
        program.counted++;
        if (program.gone) {
            printf("the manager is back, and visits are counted\n");
            program.gone = false;
        }
    }
    if (program.counted == CANCELLED_AFTER && program.cancelled == 0) {
        cancel_some_waits();
    }
    if (!program.ends) {
        visit(completion->data);
    }
}

static void visit(struct task *task) {
    check(HF_ASYNC(program.async, on_visit, task, &task->id,
                   hf_value_add(program.visits, 1, NULL, &task->number)));
}

/* Nobody puts a job. */
static void on_job(hf_async *async, const hf_completion *completion) {
    (void)async;
    if (completion->status == HF_CANCELLED) {
        program.cancelled++;
        if (program.cancelled == CANCELLED) {
            printf("%d waits were cancelled\n", CANCELLED);
        }
    } else if (!was_done(completion) && !program.ends) {
        wait_for_job(completion->data);
    }
}

static void wait_for_job(struct task *task) {
    check(HF_ASYNC(program.async, on_job, task, &task->id,
                   hf_queue_get_int(program.jobs, -1, &task->number)));
}

/* Called before the completions that the loss causes. */
static void on_loss(hf_async *async, hf_status status, const char *detail, bool held, void *data) {
    (void)async;
    (void)detail;
    (void)held;
    (void)data;
    printf("the manager is gone: %s\n", hf_status_name(status));
    program.gone = true;
}

/* ---- the loop ---- */

/* The kernel has a folder for each thread of the process. */
static int thread_count(void) {
    struct stat tasks;
    return stat("/proc/self/task", &tasks) == 0 ? (int)tasks.st_nlink - 2 : -1;
}

/* The last wait has to be ended; visits end by themselves. */
static void begin_to_end(void) {
    program.ends = true;
    check(hf_async_cancel(program.async, program.waiters[WAITERS - 1].id));
}

static void run_loop(int signals) {
    while (!program.ends || hf_async_in_flight(program.async) > 0) {
        struct signalfd_siginfo signal;
        struct pollfd watched[] = {{hf_async_fd(program.async), POLLIN, 0}, {signals, POLLIN, 0}};
        (void)poll(watched, 2, -1);
        if (watched[0].revents) {
            (void)hf_async_process(program.async);
        }
        if (watched[1].revents && read(signals, &signal, sizeof signal) > 0 && !program.ends) {
            begin_to_end();
        }
    }
}

/* From now on a descriptor tells about the signals that end the program. */
static int take_signals(void) {
    sigset_t ends;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &ends, NULL);
    int signals = signalfd(-1, &ends, SFD_CLOEXEC);
    if (signals < 0) {
        give_up(strerror(errno));
    }
    return signals;
}

int main(void) {
    hf_client *client = open_client();
    hf_async_options options = HF_ASYNC_OPTIONS;
    options.lost = on_loss;
    int signals = take_signals();
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    check(hf_value_open(client, "visits", HF_I64, 0, &program.visits));
    check(hf_queue_open(client, "jobs", NULL, &program.jobs));
    check(hf_async_new(client, &options, &program.async));

    for (int i = 0; i < VISITORS; i++) {
        visit(&program.visitors[i]);
    }
    for (int i = 0; i < WAITERS; i++) {
        wait_for_job(&program.waiters[i]);
    }
    printf("%zu calls in flight, by %d thread\n", hf_async_in_flight(program.async),
           thread_count());
    run_loop(signals);
    (void)close(signals);

    printf("SIGTERM: a wait was cancelled, %zu calls in flight\n",
           hf_async_in_flight(program.async));
    hf_async_free(program.async);
    close_client(client);
    return 0;
}
