/* SPDX-License-Identifier: MIT
 *
 * pool_async: tasks are handed in without waiting, and their results fetched when they are needed.
 * Each of them sleeps; together they take about as long as one.
 *
 * Teaches: hf_pool_apply_async, hf_result_ready, hf_result_get, hf_result_successful.
 *
 * Prints:
 *     handed in 4 naps
 *     not ready yet
 *     nap 0 took 200 ms
 *     nap 1 took 200 ms
 *     nap 2 took 200 ms
 *     nap 3 took 200 ms
 *     all successful, in less time than one after the other
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { NAPS = 4, NAP_MS = 200 };

static hf_status nap(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    if (count != 1 || arguments[0].kind != HF_ANY_INT) {
        return hf_task_fail(task, "nap() takes the time in milliseconds");
    }
    pause_ms(arguments[0].as_int);
    *result = arguments[0];
    return HF_OK;
}

static const hf_function functions[] = {{"nap", nap}};

int main(void) {
    hf_client *client = open_client();
    hf_pool_options options = HF_POOL_OPTIONS;
    options.work.functions = functions;
    options.work.function_count = 1;
    options.most = NAPS;
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));

    const hf_any duration = hf_any_int(NAP_MS);
    hf_result *results[NAPS];
    int64_t start_ns = now_ns();
    for (int i = 0; i < NAPS; i++) {
        check(hf_pool_apply_async(pool, "nap", &duration, 1, NULL, &results[i]));
    }
    printf("handed in %d naps\n", NAPS);
    printf("%s\n", hf_result_ready(results[0]) ? "ready" : "not ready yet");

    bool successful = true;
    for (int i = 0; i < NAPS; i++) {
        hf_any took;
        check(hf_result_get(results[i], -1, &took));
        printf("nap %d took %" PRId64 " ms\n", i, took.as_int);
        successful = successful && hf_result_successful(results[i]);
        hf_result_free(results[i]);
    }
    bool faster = now_ns() - start_ns < (int64_t)NAPS * NAP_MS * 1000000;
    printf("%s, in %s time than one after the other\n",
           successful ? "all successful" : "not all successful", faster ? "less" : "no less");

    check(hf_pool_close(pool));
    check(hf_pool_join(pool, -1));
    hf_pool_free(pool);
    close_client(client);
    return 0;
}
