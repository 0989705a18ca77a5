/* SPDX-License-Identifier: MIT
 *
 * semaphore_vs_pool: two ways to run at most three of twelve jobs at a time. With a semaphore, each
 * job has a process of its own, which waits for its turn. With a pool of three workers, no process
 * waits, and none is started for a job.
 *
 * Teaches: to prefer a pool to a semaphore for jobs that are functions.
 *
 * Prints:
 *     semaphore: 12 jobs by 12 processes, at most 3 at a time
 *     pool: 12 jobs by 3 processes at most, at most 3 at a time
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { JOBS = 12, AT_A_TIME = 3, JOB_MS = 20 };

/* Objects with which both ways count. */
struct count {
    hf_semaphore turns; /* used by the first way */
    hf_value running;
    hf_list seen; /* how many jobs ran, as each began */
    hf_set processes;
};

static void do_job(const struct count *count) {
    int64_t running = 0;
    check(hf_set_add_int(count->processes, getpid(), NULL));
    check(hf_value_add(count->running, 1, NULL, &running));
    check(hf_list_append_int(count->seen, running));
    pause_ms(JOB_MS);
    check(hf_value_add(count->running, -1, NULL, NULL));
}

static struct count open_count(hf_client *client) {
    struct count count = {.running = new_counter(client)};
    check(hf_semaphore_open(client, NULL, AT_A_TIME, NULL, &count.turns));
    check(hf_list_open(client, NULL, HF_OPEN_OR_CREATE, &count.seen));
    check(hf_set_open(client, NULL, HF_OPEN_OR_CREATE, &count.processes));
    return count;
}

static void show_count(const struct count *count, const char *way) {
    uint64_t jobs = 0;
    uint64_t processes = 0;
    check(hf_list_len(count->seen, &jobs));
    check(hf_set_len(count->processes, &processes));
    printf("%s: %" PRIu64 " jobs by %s, %s\n", way, jobs,
           processes == JOBS        ? "12 processes"
           : processes <= AT_A_TIME ? "3 processes at most"
                                    : "?",
           greatest_of(count->seen) <= AT_A_TIME ? "at most 3 at a time" : "more than 3 at a time");
}

/* ---- a semaphore ---- */

static void take_turn(int number, void *context) {
    (void)number;
    const struct count *count = context;
    check(hf_semaphore_acquire(count->turns, 1, -1, NULL));
    do_job(count);
    check(hf_semaphore_release(count->turns, 1));
}

static void by_semaphore(hf_client *client) {
    struct count count = open_count(client);
    workers_run("job", JOBS, take_turn, &count);
    show_count(&count, "semaphore");
}

/* ---- a pool ---- */

static hf_status run_job(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)arguments;
    (void)count;
    (void)result;
    do_job(hf_task_argument(task));
    return HF_OK;
}

static const hf_function functions[] = {{"job", run_job}};

static void by_pool(hf_client *client) {
    struct count count = open_count(client);
    hf_pool_options options = pool_options(functions, 1, AT_A_TIME);
    options.work.argument = &count;
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));
    const hf_any nothing[JOBS] = {{0}};
    check(hf_pool_map(pool, "job", nothing, JOBS, NULL, -1, NULL));
    show_count(&count, "pool");
    end_pool(pool);
}

int main(void) {
    hf_client *client = open_client();
    by_semaphore(client);
    by_pool(client);
    close_client(client);
    return 0;
}
