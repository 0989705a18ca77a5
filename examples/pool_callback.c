/* SPDX-License-Identifier: MIT
 *
 * pool_callback: functions run in the workers, their callbacks in the process that has submitted
 * the task, so a callback may use its memory. Here the program's own loop runs the callbacks: the
 * pool has a descriptor that is readable when there are some to run.
 *
 * Teaches: hf_task_options, hf_pool_fd, hf_pool_process.
 *
 * Prints:
 *     20 results by callback, their sum is 210
 *     1 error by callback: TASK_FAILED: 13 brings bad luck
 *     the callbacks ran in the submitting process, the functions did not
 */
#include "support.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum { LAST = 21, UNLUCKY = 13 };

static hf_status echo_unless_unlucky(hf_task *task, const hf_any *arguments, size_t count,
                                     hf_any *result) {
    if (count != 1 || arguments[0].kind != HF_ANY_INT) {
        return hf_task_fail(task, "echo() takes one int");
    }
    if (arguments[0].as_int == UNLUCKY) {
        return hf_task_fail(task, "%d brings bad luck", UNLUCKY);
    }
    const hf_any pair[] = {arguments[0], hf_any_int(getpid())};
    return hf_task_keep(task, hf_any_list(pair, 2), result);
}

static const hf_function functions[] = {{"echo", echo_unless_unlucky}};

/* Plain memory of this process, which the callbacks write to. */
struct sums {
    int results;
    int errors;
    int64_t sum;
    char words[128];
    pid_t called_in;
    bool worked_elsewhere;
};

static void add(void *argument, hf_any value) {
    struct sums *sums = argument;
    sums->results++;
    sums->sum += value.items[0].as_int;
    sums->called_in = getpid();
    sums->worked_elsewhere = value.items[1].as_int != getpid();
}

static void note(void *argument, hf_status status, const char *detail) {
    struct sums *sums = argument;
    sums->errors++;
    (void)snprintf(sums->words, sizeof sums->words, "%s: %s", hf_status_name(status), detail);
}

int main(void) {
    hf_client *client = open_client();
    hf_pool_options options = pool_options(functions, 1, 3);
    options.no_thread = true;
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));

    struct sums sums = {0};
    hf_task_options task = HF_TASK_OPTIONS;
    task.callback = add;
    task.error_callback = note;
    task.argument = &sums;
    for (int i = 0; i <= LAST; i++) {
        const hf_any number = hf_any_int(i);
        if (i != 8) { /* so that the sum is 210 */
            check(hf_pool_apply_async(pool, "echo", &number, 1, &task, NULL));
        }
    }
    while (sums.results + sums.errors < LAST) {
        struct pollfd loop = {.fd = hf_pool_fd(pool), .events = POLLIN};
        (void)poll(&loop, 1, -1); /* and whatever else the program waits for */
        (void)hf_pool_process(pool);
    }
    printf("%d results by callback, their sum is %d\n", sums.results, (int)sums.sum);
    printf("%d error by callback: %s\n", sums.errors, sums.words);
    bool right = sums.called_in == getpid() && sums.worked_elsewhere;
    printf("the callbacks ran in %s process, the functions %s\n",
           right ? "the submitting" : "another", right ? "did not" : "did as well");

    end_pool(pool);
    close_client(client);
    return 0;
}
