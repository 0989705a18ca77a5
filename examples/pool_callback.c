/* SPDX-License-Identifier: MIT
 *
 * pool_callback: functions run in the workers, their callbacks in the process that has submitted
 * the task, so that these may use its memory. Here they are run by the program's own loop: the pool
 * has a descriptor that tells when there is something to run.
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
#include <string.h>
#include <unistd.h>

enum { LAST = 21, UNLUCKY = 13 };

static hf_status work(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    if (count != 1 || arguments[0].kind != HF_ANY_INT) {
        return hf_task_fail(task, "work() takes one int");
    }
    if (arguments[0].as_int == UNLUCKY) {
        return hf_task_fail(task, "%d brings bad luck", UNLUCKY);
    }
    const hf_any pair[] = {arguments[0], hf_any_int(getpid())};
    return hf_task_keep(task, hf_any_list(pair, 2), result);
}

static const hf_function functions[] = {{"work", work}};

/* What the callbacks write to: plain memory of this process. */
struct tally {
    int results;
    int errors;
    int64_t sum;
    char words[128];
    pid_t called_in;
    bool worked_elsewhere;
};

static void add(void *argument, hf_any value) {
    struct tally *tally = argument;
    tally->results++;
    tally->sum += value.items[0].as_int;
    tally->called_in = getpid();
    tally->worked_elsewhere = value.items[1].as_int != getpid();
}

static void note(void *argument, hf_status status, const char *detail) {
    struct tally *tally = argument;
    tally->errors++;
    (void)snprintf(tally->words, sizeof tally->words, "%s: %s", hf_status_name(status), detail);
}

int main(void) {
    hf_client *client = open_client();
    hf_pool_options options = HF_POOL_OPTIONS;
    options.work.functions = functions;
    options.work.function_count = 1;
    options.most = 3;
    options.no_thread = true;
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));

    struct tally tally = {0};
    hf_task_options task = HF_TASK_OPTIONS;
    task.callback = add;
    task.error_callback = note;
    task.argument = &tally;
    for (int i = 0; i <= LAST; i++) {
        const hf_any number = hf_any_int(i);
        if (i != 8) { /* 210 is a nicer sum */
            check(hf_pool_apply_async(pool, "work", &number, 1, &task, NULL));
        }
    }
    while (tally.results + tally.errors < LAST) {
        struct pollfd loop = {.fd = hf_pool_fd(pool), .events = POLLIN};
        (void)poll(&loop, 1, -1); /* beside whatever else a program waits for */
        (void)hf_pool_process(pool);
    }
    printf("%d results by callback, their sum is %d\n", tally.results, (int)tally.sum);
    printf("%d error by callback: %s\n", tally.errors, tally.words);
    bool right = tally.called_in == getpid() && tally.worked_elsewhere;
    printf("the callbacks ran in %s process, the functions %s\n",
           right ? "the submitting" : "another", right ? "did not" : "did as well");

    check(hf_pool_close(pool));
    check(hf_pool_join(pool, -1));
    hf_pool_free(pool);
    close_client(client);
    return 0;
}
