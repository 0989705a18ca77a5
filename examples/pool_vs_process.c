/* SPDX-License-Identifier: MIT
 *
 * pool_vs_process: run 3,000 tiny tasks, once by a pool whose workers are running already, once
 * with a process for each. To start and end a process costs far more than such a task.
 *
 * Teaches: why pools exist; hf_process_start, hf_process_join beside hf_pool_map.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

enum { TASKS = 3000, WORKERS = 4 };

static hf_status square(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    if (count != 1 || arguments[0].kind != HF_ANY_INT) {
        return hf_task_fail(task, "square() takes one int");
    }
    *result = hf_any_int(arguments[0].as_int * arguments[0].as_int);
    return HF_OK;
}

static const hf_function functions[] = {{"square", square}};

static double time_pool(hf_client *client) {
    const hf_pool_options options = pool_options(functions, 1, WORKERS);
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));
    hf_any numbers[TASKS];
    for (int i = 0; i < TASKS; i++) {
        numbers[i] = hf_any_int(i);
    }
    hf_any_array squares;
    check(hf_pool_map(pool, "square", numbers, WORKERS, NULL, -1,
                      &squares)); /* all are running now */
    hf_any_array_clear(&squares);

    int64_t start_ns = now_ns();
    check(hf_pool_map(pool, "square", numbers, TASKS, NULL, -1, &squares));
    double seconds = (double)(now_ns() - start_ns) / 1e9;
    hf_any_array_clear(&squares);

    end_pool(pool);
    return seconds;
}

static int square_alone(void *argument) {
    const int *number = argument;
    volatile int squared = *number * *number;
    (void)squared;
    return 0;
}

/* It starts as many at a time as the pool has workers. */
static double time_processes(void) {
    int64_t start_ns = now_ns();
    for (int i = 0; i < TASKS; i += WORKERS) {
        hf_process *processes[WORKERS];
        for (int k = 0; k < WORKERS; k++) {
            int number = i + k;
            check(hf_process_start(square_alone, &number, NULL, &processes[k]));
        }
        for (int k = 0; k < WORKERS; k++) {
            check(hf_process_join(processes[k], -1));
            hf_process_free(processes[k]);
        }
        show_bar((size_t)i + WORKERS, TASKS, "processes");
    }
    return (double)(now_ns() - start_ns) / 1e9;
}

int main(void) {
    hf_client *client = open_client();
    double pooled = time_pool(client);
    printf("%d tasks by a pool of %d:   %9.4f s, %.0f a second\n", TASKS, WORKERS, pooled,
           TASKS / pooled);
    double alone = time_processes();
    printf("%d tasks by as many processes: %6.4f s, %.0f a second\n", TASKS, alone, TASKS / alone);
    close_client(client);
    printf("the pool is %s\n", alone / pooled >= 100  ? "over 100 times faster"
                               : alone / pooled >= 10 ? "over 10 times faster"
                                                      : "not much faster");
    return 0;
}
