/* SPDX-License-Identifier: MIT
 *
 * pool_imap: results one after the other as they come, so that the first can be used while the last
 * is being computed; with a limit to how long one is willing to wait for the next.
 *
 * Teaches: hf_pool_imap, hf_pool_imap_unordered, hf_results_next with a timeout.
 *
 * Prints:
 *     in order:
 *     0: 0
 *     1: not within 50 ms
 *     1: 300
 *     2: 10
 *     as they come:
 *     0 10 300
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { NAPS = 3 };

static hf_status nap(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    if (count != 1 || arguments[0].kind != HF_ANY_INT) {
        return hf_task_fail(task, "nap() takes the time in milliseconds");
    }
    pause_ms(arguments[0].as_int);
    *result = arguments[0];
    return HF_OK;
}

static const hf_function functions[] = {{"nap", nap}};

static void in_order(hf_pool *pool, const hf_any *naps) {
    hf_results *results = NULL;
    check(hf_pool_imap(pool, "nap", naps, NAPS, NULL, &results));
    printf("in order:\n");
    for (size_t i = 0; i < NAPS; i++) {
        hf_any value;
        hf_status status = hf_results_next(results, i == 1 ? 50 : -1, NULL, &value);
        if (status == HF_TIMEOUT) {
            printf("%zu: not within 50 ms\n", i);
            status = hf_results_next(results, -1, NULL, &value); /* it is the next one still */
        }
        check(status);
        printf("%zu: %" PRId64 "\n", i, value.as_int);
    }
    hf_results_free(results);
}

static void as_they_come(hf_pool *pool, const hf_any *naps) {
    hf_results *results = NULL;
    hf_any value;
    const char *before = "";
    check(hf_pool_imap_unordered(pool, "nap", naps, NAPS, NULL, &results));
    printf("as they come:\n");
    while (hf_results_next(results, -1, NULL, &value) == HF_OK) {
        printf("%s%" PRId64, before, value.as_int);
        before = " ";
    }
    printf("\n");
    hf_results_free(results);
}

int main(void) {
    hf_client *client = open_client();
    hf_pool_options options = HF_POOL_OPTIONS;
    options.work.functions = functions;
    options.work.function_count = 1;
    options.most = NAPS;
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));

    const hf_any naps[NAPS] = {hf_any_int(0), hf_any_int(300), hf_any_int(10)};
    in_order(pool, naps);
    as_they_come(pool, naps);

    check(hf_pool_close(pool));
    check(hf_pool_join(pool, -1));
    hf_pool_free(pool);
    close_client(client);
    return 0;
}
