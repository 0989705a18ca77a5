/* SPDX-License-Identifier: MIT
 *
 * semaphore_vs_pool: two ways to have at most three of twelve jobs run at a time. Twelve processes
 * that pass a semaphore: each job has a process of its own, which waits for its turn. Or a pool of
 * three: no process waits, and none is started for a job.
 *
 * Teaches: when a pool is the better semaphore.
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

/* What both count with. */
struct count {
    hf_semaphore turns; /* of the first way */
    hf_value running;
    hf_list seen; /* how many ran, as each job began */
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

static struct count count_open(hf_client *client) {
    struct count count;
    check(hf_semaphore_open(client, NULL, AT_A_TIME, NULL, &count.turns));
    check(hf_value_open(client, NULL, HF_I64, 0, &count.running));
    check(hf_list_open(client, NULL, HF_OPEN_OR_CREATE, &count.seen));
    check(hf_set_open(client, NULL, HF_OPEN_OR_CREATE, &count.processes));
    return count;
}

static void show(const struct count *count, const char *way) {
    hf_any_array seen;
    uint64_t processes = 0;
    int64_t most = 0;
    check(hf_list_copy(count->seen, &seen));
    check(hf_set_len(count->processes, &processes));
    for (size_t i = 0; i < seen.len; i++) {
        most = seen.items[i].as_int > most ? seen.items[i].as_int : most;
    }
    printf("%s: %zu jobs by %s, %s\n", way, seen.len,
           processes == JOBS        ? "12 processes"
           : processes <= AT_A_TIME ? "3 processes at most"
                                    : "?",
           most <= AT_A_TIME ? "at most 3 at a time" : "more than 3 at a time");
    hf_any_array_clear(&seen);
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
    struct count count = count_open(client);
    struct crew crew = {0};
    crew_start(&crew, "job", JOBS, take_turn, &count);
    crew_wait(&crew);
    show(&count, "semaphore");
}

/* ---- a pool ---- */

static hf_status job(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)arguments;
    (void)count;
    (void)result;
    do_job(hf_task_argument(task));
    return HF_OK;
}

static const hf_function functions[] = {{"job", job}};

static void by_pool(hf_client *client) {
    struct count count = count_open(client);
    hf_pool_options options = HF_POOL_OPTIONS;
    options.work.functions = functions;
    options.work.function_count = 1;
    options.work.argument = &count;
    options.most = AT_A_TIME;
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));
    const hf_any nothing[JOBS] = {{0}};
    check(hf_pool_map(pool, "job", nothing, JOBS, NULL, -1, NULL));
    show(&count, "pool");
    check(hf_pool_close(pool));
    check(hf_pool_join(pool, -1));
    hf_pool_free(pool);
}

int main(void) {
    hf_client *client = open_client();
    by_semaphore(client);
    by_pool(client);
    close_client(client);
    return 0;
}
