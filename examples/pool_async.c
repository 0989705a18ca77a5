/* SPDX-License-Identifier: MIT
 *
 * pool_async: submit tasks without waiting, and get their results when they are needed. Each task
 * sleeps; together they take about as long as one.
 *
 * Teaches: hf_pool_apply_async, hf_result_ready, hf_result_get, hf_result_successful.
 *
 * Prints:
 *     submitted 4 naps
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

static const hf_function naps[] = {{"nap", nap}}; /* support.c */

int main(void) {
    hf_client *client = open_client();
    const hf_pool_options options = pool_options(naps, 1, NAPS);
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));

    const hf_any duration = hf_any_int(NAP_MS);
    hf_result *results[NAPS];
    int64_t start_ns = now_ns();
    for (int i = 0; i < NAPS; i++) {
        check(hf_pool_apply_async(pool, "nap", &duration, 1, NULL, &results[i]));
    }
    printf("submitted %d naps\n", NAPS);
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

    end_pool(pool);
    close_client(client);
    return 0;
}
