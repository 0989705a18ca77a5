/* SPDX-License-Identifier: MIT
 *
 * pool_imap: take results one after the other as they come, so that the first can be used while the
 * last is being computed, and wait only so long for the next.
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

static const hf_function naps[] = {{"nap", nap}}; /* support.c */

static void show_in_order(hf_pool *pool, const hf_any *times) {
    hf_results *results = NULL;
    check(hf_pool_imap(pool, "nap", times, NAPS, NULL, &results));
    printf("in order:\n");
    for (size_t i = 0; i < NAPS; i++) {
        hf_any value;
        hf_status status = hf_results_next(results, i == 1 ? 50 : -1, NULL, &value);
        if (status == HF_TIMEOUT) {
            printf("%zu: not within 50 ms\n", i);
            status = hf_results_next(results, -1, NULL, &value); /* still the same one */
        }
        check(status);
        printf("%zu: %" PRId64 "\n", i, value.as_int);
    }
    hf_results_free(results);
}

static void show_as_they_come(hf_pool *pool, const hf_any *times) {
    hf_results *results = NULL;
    hf_any value;
    const char *before = "";
    check(hf_pool_imap_unordered(pool, "nap", times, NAPS, NULL, &results));
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
    const hf_pool_options options = pool_options(naps, 1, NAPS);
    hf_pool *pool = NULL;
    check(hf_pool_start(client, NULL, &options, &pool));

    const hf_any times[NAPS] = {hf_any_int(0), hf_any_int(300), hf_any_int(10)};
    show_in_order(pool, times);
    show_as_they_come(pool, times);

    end_pool(pool);
    close_client(client);
    return 0;
}
