/* SPDX-License-Identifier: MIT
 *
 * pool_async: submit tasks without waiting, and get their results when they are needed. Each task
 * waits for the others at a barrier, and for this program: so all of them run at the same time.
 *
 * Teaches: hf_pool_apply_async, hf_result_ready, hf_result_get, hf_result_successful,
 * hf_task_argument.
 *
 * Prints:
 *     submitted 4 tasks
 *     not ready yet
 *     all run at the same time
 *     task 0: 0
 *     task 1: 1
 *     task 2: 4
 *     task 3: 9
 *     all successful
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { TASKS = 4 };

/* A task's argument is its number; the pool's argument is the barrier. */
static hf_status meet(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    if (count != 1 || arguments[0].kind != HF_ANY_INT) {
        return hf_task_fail(task, "meet() takes a number");
    }
    const hf_barrier *together = hf_task_argument(task);
    *result = hf_any_int(arguments[0].as_int * arguments[0].as_int);
    return hf_barrier_wait(*together, -1, NULL);
}

static const hf_function functions[] = {{"meet", meet}};

int main(void) {
    hf_client *client = open_client();
    hf_barrier together;
    check(hf_barrier_open(client, NULL, TASKS + 1, NULL, &together));
    hf_pool_options options = pool_options(functions, 1, TASKS);
    options.work.argument = &together;
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));

    hf_result *results[TASKS];
    for (int i = 0; i < TASKS; i++) {
        const hf_any number = hf_any_int(i);
        check(hf_pool_apply_async(pool, "meet", &number, 1, NULL, &results[i]));
    }
    printf("submitted %d tasks\n", TASKS);
    printf("%s\n", hf_result_ready(results[0]) ? "ready" : "not ready yet");
    check(hf_barrier_wait(together, -1, NULL));
    printf("all run at the same time\n");

    bool successful = true;
    for (int i = 0; i < TASKS; i++) {
        hf_any square;
        check(hf_result_get(results[i], -1, &square));
        printf("task %d: %" PRId64 "\n", i, square.as_int);
        successful = successful && hf_result_successful(results[i]);
        hf_result_free(results[i]);
    }
    printf("%s\n", successful ? "all successful" : "not all successful");

    end_pool(pool);
    close_client(client);
    return 0;
}
