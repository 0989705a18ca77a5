/* SPDX-License-Identifier: MIT
 *
 * pool_imap: take results one after the other as they come, so that the first can be used while the
 * last is being computed, and wait only so long for the next. A task ends here when its bell rings.
 *
 * Teaches: hf_pool_imap, hf_pool_imap_unordered, hf_results_next with a timeout.
 *
 * Prints:
 *     in order:
 *     0: 0
 *     1: not within 50 ms
 *     1: 10
 *     2: 20
 *     as they come:
 *     0 20 10
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { TASKS = 3 };

struct bells {
    hf_event of[TASKS];
};

static hf_status ten_times(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    if (count != 1 || arguments[0].kind != HF_ANY_INT) {
        return hf_task_fail(task, "ten_times() takes the number of a bell");
    }
    const struct bells *bells = hf_task_argument(task);
    *result = hf_any_int(10 * arguments[0].as_int);
    return hf_event_wait(bells->of[arguments[0].as_int], -1);
}

static const hf_function functions[] = {{"ten_times", ten_times}};
static const hf_any numbers[TASKS] = {{.kind = HF_ANY_INT, .as_int = 0},
                                      {.kind = HF_ANY_INT, .as_int = 1},
                                      {.kind = HF_ANY_INT, .as_int = 2}};

static void show_in_order(hf_pool *pool, const struct bells *bells) {
    hf_results *results = NULL;
    check(hf_pool_imap(pool, "ten_times", numbers, TASKS, NULL, &results));
    check(hf_event_set(bells->of[0]));
    check(hf_event_set(bells->of[2]));
    printf("in order:\n");
    for (size_t i = 0; i < TASKS; i++) {
        hf_any value;
        hf_status status = hf_results_next(results, i == 1 ? 50 : -1, NULL, &value);
        if (status == HF_TIMEOUT) {
            printf("%zu: not within 50 ms\n", i);
            check(hf_event_set(bells->of[i]));
            status = hf_results_next(results, -1, NULL, &value); /* still the same one */
        }
        check(status);
        printf("%zu: %" PRId64 "\n", i, value.as_int);
    }
    hf_results_free(results);
}

static void show_as_they_come(hf_pool *pool, const struct bells *bells) {
    static const int order[TASKS] = {0, 2, 1};
    hf_results *results = NULL;
    for (int i = 0; i < TASKS; i++) {
        check(hf_event_clear(bells->of[i]));
    }
    check(hf_pool_imap_unordered(pool, "ten_times", numbers, TASKS, NULL, &results));
    printf("as they come:\n");
    for (int i = 0; i < TASKS; i++) {
        hf_any value;
        check(hf_event_set(bells->of[order[i]]));
        check(hf_results_next(results, -1, NULL, &value));
        printf("%s%" PRId64, i > 0 ? " " : "", value.as_int);
    }
    printf("\n");
    hf_results_free(results);
}

int main(void) {
    hf_client *client = open_client();
    struct bells bells;
    for (int i = 0; i < TASKS; i++) {
        check(hf_event_open(client, NULL, HF_OPEN_OR_CREATE, &bells.of[i]));
    }
    hf_pool_options options = pool_options(functions, 1, TASKS);
    options.work.argument = &bells;
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));

    show_in_order(pool, &bells);
    show_as_they_come(pool, &bells);

    end_pool(pool);
    close_client(client);
    return 0;
}
