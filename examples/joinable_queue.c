/* SPDX-License-Identifier: MIT
 *
 * joinable_queue: wait until all work is done, not just taken. Each worker calls
 * hf_queue_task_done() after a task; hf_queue_join() returns once that was called for every task
 * that was put. The workers keep running between the two rounds of work.
 *
 * Teaches: hf_queue_task_done, hf_queue_join, items that are strings.
 */
#include "support.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 4 };

struct office {
    hf_queue tasks;
    hf_dict answers;
};

static void answer_task(const struct office *office, const char *task) {
    char text[64] = "";
    for (size_t i = 0; task[i] && i < sizeof text - 1; i++) {
        text[i] = (char)toupper((unsigned char)task[i]);
    }
    check(hf_dict_set_string(office->answers, task, text));
}

static void answer_tasks(int number, void *context) {
    (void)number;
    const struct office *office = context;
    char *task = NULL;
    hf_status status = HF_OK;
    while ((status = hf_queue_get_string(office->tasks, -1, &task)) != HF_CLOSED) {
        check(status);
        answer_task(office, task);
        free(task);
        check(hf_queue_task_done(office->tasks, 1));
    }
}

static uint64_t ask_and_join(const struct office *office, const char *const *tasks, size_t count) {
    for (size_t i = 0; i < count; i++) {
        check(hf_queue_put_string(office->tasks, tasks[i], -1));
    }
    check(hf_queue_join(office->tasks, -1));

    /* Only now every answer is there. */
    for (size_t i = 0; i < count; i++) {
        char *text = NULL;
        check(hf_dict_get_string(office->answers, tasks[i], &text));
        printf("  %s -> %s\n", tasks[i], text);
        free(text);
    }
    uint64_t answers = 0;
    check(hf_dict_len(office->answers, &answers));
    printf("%llu tasks done\n", (unsigned long long)answers);
    return answers;
}

int main(void) {
    static const char *const fruit[] = {"apple", "pear", "quince"};
    static const char *const birds[] = {"finch", "heron", "lark", "owl"};

    hf_client *client = open_client();
    struct office office;
    check(hf_queue_open(client, NULL, NULL, &office.tasks));
    check(hf_dict_open(client, NULL, HF_OPEN_OR_CREATE, &office.answers));
    struct workers workers;
    workers_start(&workers, "worker", WORKERS, answer_tasks, &office);

    (void)ask_and_join(&office, fruit, 3);
    uint64_t answers = ask_and_join(&office, birds, 4);
    check(hf_queue_close(office.tasks, false));
    workers_wait(&workers);
    close_client(client);
    return answers == 7 ? 0 : 1;
}
