/* SPDX-License-Identifier: MIT
 *
 * pool_worker_killed: a worker that dies in the middle of a task leaves nobody waiting. The
 * submitter is told at once, with the signal, the function and its arguments. Another worker runs a
 * task again that may be retried. A task that takes too long is ended. The pool replaces its worker
 * each time.
 *
 * Teaches: HF_WORKER_LOST, HF_TIME_LIMIT, hf_task_options.retries, .time_limit_ms, hf_task_runs.
 *
 * Prints:
 *     no retry: WORKER_LOST, crash(41)
 *     one retry: run 2 succeeded
 *     50 ms at most: TIME_LIMIT
 *     afterwards: 42
 */
#define _POSIX_C_SOURCE 200809L /* kill() */

#include "support.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static hf_status crash(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)arguments;
    (void)count;
    if (hf_task_runs(task) == 1) {
        (void)kill(getpid(), SIGKILL);
    }
    *result = hf_any_int(hf_task_runs(task));
    return HF_OK;
}

static hf_status hang(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)arguments;
    (void)count;
    (void)result;
    while (hf_task_runs(task) > 0) { /* always */
        pause_ms(1000);
    }
    return HF_OK;
}

static hf_status echo(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    *result = count > 0 ? arguments[0] : hf_any_null();
    return hf_task_keep(task, *result, result);
}

static const hf_function functions[] = {{"crash", crash}, {"hang", hang}, {"echo", echo}};

int main(void) {
    hf_client *client = open_client();
    const size_t function_count = sizeof functions / sizeof functions[0];
    const hf_pool_options options = pool_options(functions, function_count, 2);
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));

    const hf_any number = hf_any_int(41);
    hf_any value;
    hf_task_options task = HF_TASK_OPTIONS;
    hf_status status = hf_pool_apply(pool, "crash", &number, 1, &task, -1, NULL);
    printf("no retry: %s%s\n", hf_status_name(status),
           strstr(hf_last_detail(), "crash(41)") ? ", crash(41)" : "");

    task.retries = 1;
    check(hf_pool_apply(pool, "crash", &number, 1, &task, -1, &value));
    printf("one retry: run %" PRId64 " succeeded\n", value.as_int);

    task.retries = 0;
    task.time_limit_ms = 50;
    status = hf_pool_apply(pool, "hang", NULL, 0, &task, -1, NULL);
    printf("50 ms at most: %s\n", hf_status_name(status));

    const hf_any answer = hf_any_int(42);
    check(hf_pool_apply(pool, "echo", &answer, 1, NULL, -1, &value));
    printf("afterwards: %" PRId64 "\n", value.as_int);

    end_pool(pool);
    close_client(client);
    return 0;
}
