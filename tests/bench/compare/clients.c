/* SPDX-License-Identifier: MIT
 *
 * See clients.h. Each client says by a byte in one pipe that it is connected, and starts when the
 * other pipe is closed.
 */
#include "clients.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 100, NS_PER_MS = 1000000 };

/* The counts of a client, which outlast it. */
struct share {
    uint64_t ops; /* in the time that counts */
    uint64_t all; /* ever */
    int64_t cpu_ns;
    int64_t ended_ns;
    struct histogram times;
};

/* Shared by all processes of a run. */
struct board {
    int64_t begin_ns;
    int64_t end_ns;
    struct share shares[];
};

struct group {
    const struct driver *driver;
    const struct task *task;
    const struct shape *shape;
    struct board *board;
    int ready[2];
    int start[2];
    pid_t pids[PROCESSES_MAX];
    unsigned process_count;
};

static int64_t read_clock(clockid_t clock) {
    struct timespec now;
    must(clock_gettime(clock, &now) == 0, "no clock: %s", strerror(errno));
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* ---- A client ---- */

static bool is_producer(const struct group *group, unsigned number) {
    return group->task->produce && number < group->shape->producers;
}

/* Consumers go on until they are told that there is no more. */
static bool ends_by_time(const struct group *group, unsigned number) {
    return !group->task->produce || is_producer(group, number);
}

/* Count operations that end within the time, even if they began before it: as many are cut off at
 * the end. */
static void count(const struct group *group, struct share *share, int64_t began, int64_t ended,
                  unsigned ops) {
    const struct board *board = group->board;
    share->all += ops;
    if (ended >= board->begin_ns && ended <= board->end_ns) {
        share->ops += ops;
        histogram_add(&share->times, ended - began);
    }
}

static void work(const struct group *group, struct client *client, unsigned number) {
    const struct board *board = group->board;
    struct share *share = &group->board->shares[number];
    task_act *act = is_producer(group, number) ? group->task->produce : group->task->act;
    unsigned ops = is_producer(group, number) ? 0 : client->in_flight;
    bool by_time = ends_by_time(group, number);
    int64_t cpu_began = 0;
    int64_t now = read_clock(CLOCK_MONOTONIC);
    while ((!by_time || now < board->end_ns) && act(client)) {
        int64_t began = now;
        now = read_clock(CLOCK_MONOTONIC);
        if (cpu_began == 0 && now >= board->begin_ns) {
            cpu_began = read_clock(CLOCK_THREAD_CPUTIME_ID);
        }
        count(group, share, began, now, ops);
    }
    share->cpu_ns = cpu_began > 0 ? read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu_began : 0;
}

static void work_once(const struct group *group, struct client *client, unsigned number) {
    struct share *share = &group->board->shares[number];
    int64_t began = read_clock(CLOCK_MONOTONIC);
    int64_t cpu_began = read_clock(CLOCK_THREAD_CPUTIME_ID);
    client->connection = group->driver->connect(group->driver->server->socket, client->entries);
    (void)group->task->act(client);
    share->ended_ns = read_clock(CLOCK_MONOTONIC);
    share->cpu_ns = read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu_began;
    count(group, share, began, share->ended_ns, 1);
}

static void wait_for_start(const struct group *group) {
    char none;
    must(write(group->ready[1], "r", 1) == 1, "write: %s", strerror(errno));
    must(read(group->start[0], &none, 1) == 0, "read: %s", strerror(errno));
}

static void be_client(const struct group *group, unsigned number) {
    struct client client = {.driver = group->driver,
                            .random = 88172645463325252U + number,
                            .turn = number,
                            .entries = group->shape->entries,
                            .in_flight = group->shape->in_flight,
                            .workers = group->shape->workers};
    if (group->task->once) {
        wait_for_start(group);
        work_once(group, &client, number);
    } else {
        client.connection = group->driver->connect(group->driver->server->socket, client.entries);
        wait_for_start(group);
        work(group, &client, number);
    }
    group->driver->disconnect(client.connection);
}

/* ---- A process of clients ---- */

struct thread {
    const struct group *group;
    unsigned number;
    pthread_t id;
};

static void *run_thread(void *of) {
    const struct thread *thread = of;
    be_client(thread->group, thread->number);
    return NULL;
}

static void run_threads(const struct group *group, unsigned first, unsigned count) {
    enum { STACK_BYTES = 256 * 1024 };
    struct thread *threads = calloc(count, sizeof *threads);
    pthread_attr_t small;
    must(threads && pthread_attr_init(&small) == 0, "no memory");
    (void)pthread_attr_setstacksize(&small, STACK_BYTES);
    for (unsigned i = 0; i < count; i++) {
        threads[i] = (struct thread){.group = group, .number = first + i};
        must(pthread_create(&threads[i].id, &small, run_thread, &threads[i]) == 0, "no thread");
    }
    for (unsigned i = 0; i < count; i++) {
        (void)pthread_join(threads[i].id, NULL);
    }
}

_Noreturn static void be_process(const struct group *group, unsigned first, unsigned count) {
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)close(group->ready[0]);
    (void)close(group->start[1]);
    if (count == 1) {
        be_client(group, first);
    } else {
        run_threads(group, first, count);
    }
    _exit(0);
}

static void fork_all(struct group *group) {
    unsigned clients = group->shape->clients;
    unsigned processes = clients < PROCESSES_MAX ? clients : PROCESSES_MAX;
    (void)fflush(NULL);
    for (unsigned i = 0; i < processes; i++) {
        unsigned first = i * clients / processes;
        unsigned after = (i + 1) * clients / processes;
        pid_t pid = fork();
        must(pid >= 0, "fork: %s", strerror(errno));
        if (pid == 0) {
            be_process(group, first, after - first);
        }
        group->pids[group->process_count++] = pid;
    }
}

/* ---- The run ---- */

static void open_pipes(struct group *group) {
    must(pipe2(group->ready, O_CLOEXEC) == 0 && pipe2(group->start, O_CLOEXEC) == 0, "pipe: %s",
         strerror(errno));
}

/* Nobody ends before all have begun. */
static void wait_for_clients(const struct group *group) {
    struct pollfd wait = {.fd = group->ready[0], .events = POLLIN};
    while (poll(&wait, 1, LOOK_MS) != 1) {
        must(waitpid(-1, NULL, WNOHANG) == 0, "%s: a client has failed", group->driver->name);
    }
}

static void wait_until_ready(struct group *group) {
    (void)close(group->ready[1]);
    for (unsigned ready = 0; ready < group->shape->clients;) {
        char bytes[PIPE_BUF];
        wait_for_clients(group);
        ssize_t got = read(group->ready[0], bytes, sizeof bytes);
        must(got > 0, "%s: clients have gone", group->driver->name);
        ready += (unsigned)got;
    }
    (void)close(group->ready[0]);
}

static void start_all(struct group *group) {
    (void)close(group->start[0]);
    (void)close(group->start[1]);
}

static void sleep_until(int64_t time_ns) {
    struct timespec time = {.tv_sec = time_ns / 1000000000, .tv_nsec = time_ns % 1000000000};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static void reap(struct group *group, unsigned first, unsigned after) {
    for (unsigned i = first; i < after; i++) {
        int status = 0;
        must(waitpid(group->pids[i], &status, 0) == group->pids[i] && status == 0,
             "%s: a client has failed", group->driver->name);
    }
}

/* Consumers are told the end when all producers have ended: the queue is in order of arrival. */
static void reap_all(struct group *group, void *control) {
    unsigned producers = group->task->produce ? group->shape->producers : 0;
    reap(group, 0, producers);
    for (unsigned i = producers; group->task->produce && i < group->process_count; i++) {
        group->driver->put(control, ITEM_LAST);
    }
    reap(group, producers, group->process_count);
}

/* This process may be late where there are many others: what the server used in the time that was
 * measured is scaled to the time that was meant, in which the clients count. */
static void measure_for(struct group *group, int64_t time_ms, struct outcome *outcome) {
    struct board *board = group->board;
    int64_t warm_ms = time_ms / 5 + group->shape->clients / 5;
    board->begin_ns = read_clock(CLOCK_MONOTONIC) + warm_ms * NS_PER_MS;
    board->end_ns = board->begin_ns + time_ms * NS_PER_MS;
    start_all(group);
    sleep_until(board->begin_ns);
    int64_t cpu_ns = -server_cpu_ns(group->driver->server);
    int64_t wall_ns = -read_clock(CLOCK_MONOTONIC);
    sleep_until(board->end_ns);
    cpu_ns += server_cpu_ns(group->driver->server);
    wall_ns += read_clock(CLOCK_MONOTONIC);
    outcome->wall_ns = time_ms * NS_PER_MS;
    outcome->server_cpu_ns = (int64_t)((double)cpu_ns * (double)outcome->wall_ns / (double)wall_ns);
}

static void measure_once(struct group *group, struct outcome *outcome) {
    group->board->end_ns = INT64_MAX;
    outcome->server_cpu_ns = -server_cpu_ns(group->driver->server);
    outcome->wall_ns = -read_clock(CLOCK_MONOTONIC);
    start_all(group);
    reap_all(group, NULL);
    outcome->server_cpu_ns += server_cpu_ns(group->driver->server);
    int64_t last = 0;
    for (unsigned i = 0; i < group->shape->clients; i++) {
        int64_t ended = group->board->shares[i].ended_ns;
        last = ended > last ? ended : last;
    }
    outcome->wall_ns += last;
}

static uint64_t collect(const struct group *group, struct outcome *outcome,
                        struct histogram *times) {
    uint64_t all = 0;
    for (unsigned i = 0; i < group->shape->clients; i++) {
        const struct share *share = &group->board->shares[i];
        outcome->ops += share->ops;
        outcome->client_cpu_ns += share->cpu_ns;
        histogram_merge(times, &share->times);
        all += share->all;
    }
    return all;
}

static void check_number(const struct group *group, int64_t before, int64_t now, uint64_t all) {
    must(before - now == (int64_t)all, "%s: %llu were subtracted, %lld are missing",
         group->driver->name, (unsigned long long)all, (long long)(before - now));
}

struct outcome clients_run(const struct driver *driver, const struct task *task,
                           const struct shape *shape, int64_t time_ms, struct histogram *times) {
    static struct group group;
    group = (struct group){.driver = driver, .task = task, .shape = shape};
    size_t size = sizeof(struct board) + shape->clients * sizeof(struct share);
    group.board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(group.board != MAP_FAILED, "no memory");
    open_pipes(&group);
    fork_all(&group);
    wait_until_ready(&group);

    struct outcome outcome = {0};
    void *control = driver->connect(driver->server->socket, shape->entries);
    int64_t before = task->subtracts ? driver->number(control) : 0;
    if (task->once) {
        measure_once(&group, &outcome);
    } else {
        measure_for(&group, time_ms, &outcome);
        reap_all(&group, control);
    }
    uint64_t all = collect(&group, &outcome, times);
    if (task->subtracts) {
        check_number(&group, before, driver->number(control), all);
    }
    driver->disconnect(control);
    (void)munmap(group.board, size);
    return outcome;
}
