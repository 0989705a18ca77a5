/* SPDX-License-Identifier: MIT
 *
 * rate_limiter: each customer may make three requests in two seconds, however many servers there
 * are. The number of a customer's requests is an item that expires with the window: the first
 * request makes it, the others add to it, and one that would pass the ceiling is refused. Nobody
 * cleans up.
 *
 * Teaches: hf_dict_add_ttl, hf_bounds, hf_dict_ttl.
 *
 * Prints:
 *     ada: served
 *     ada: served
 *     ada: served
 *     ada: too many, try again later
 *     bob: served
 *     ada: too many, try again later
 *     the window is over
 *     ada: served
 */
#include "support.h"

#include <stdio.h>

enum { WINDOW_MS = 2000, REQUESTS = 3 };

static void ask_for_something(hf_dict counts, const char *customer) {
    const hf_bounds bounds = {.floor = hf_any_null(), .ceiling = hf_any_int(REQUESTS)};
    hf_status status = hf_dict_add_ttl(counts, hf_any_string(customer), hf_any_int(1), &bounds,
                                       hf_any_int(0), WINDOW_MS, NULL);
    if (status != HF_OUT_OF_RANGE) {
        check(status);
    }
    printf("%s: %s\n", customer, status == HF_OK ? "served" : "too many, try again later");
}

/* A server would tell the customer in how many seconds to come again. */
static void wait_for_the_next_window(hf_dict counts, const char *customer) {
    int64_t left_ms = 0;
    while (hf_dict_ttl(counts, hf_any_string(customer), &left_ms) == HF_OK) {
        pause_ms(left_ms);
    }
    printf("the window is over\n");
}

int main(void) {
    hf_client *client = open_client();
    hf_dict counts;
    check(hf_dict_open(client, "requests", HF_OPEN_OR_CREATE, &counts));

    for (int i = 0; i < REQUESTS + 1; i++) {
        ask_for_something(counts, "ada");
    }
    ask_for_something(counts, "bob");
    ask_for_something(counts, "ada");
    wait_for_the_next_window(counts, "ada");
    ask_for_something(counts, "ada");

    close_client(client);
    return 0;
}
