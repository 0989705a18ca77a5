/* SPDX-License-Identifier: MIT
 *
 * traffic_light: fifty cars at a red light. One set of the event lets them all pass. Once it is
 * cleared, later cars wait again.
 *
 * Teaches: hf_event_set, hf_event_clear, hf_event_wait; a latch that tells when all are there.
 *
 * Prints:
 *     red: 50 cars have come, 0 have passed
 *     green: 50 have passed
 *     red again: a car that waits 10 ms gets TIMEOUT
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { CARS = 50 };

struct crossing {
    hf_event green;
    hf_latch to_come;
    hf_value passed;
};

static void drive(int number, void *context) {
    (void)number;
    const struct crossing *crossing = context;
    check(hf_latch_count_down(crossing->to_come, 1));
    check(hf_event_wait(crossing->green, -1));
    check(hf_value_add(crossing->passed, 1, NULL, NULL));
}

int main(void) {
    hf_client *client = open_client();
    struct crossing crossing = {.passed = new_counter(client)};
    check(hf_event_open(client, NULL, HF_OPEN_OR_CREATE, &crossing.green)); /* not set: red */
    check(hf_latch_open(client, NULL, CARS, HF_OPEN_OR_CREATE, &crossing.to_come));

    struct workers cars;
    workers_start(&cars, "car", CARS, drive, &crossing);
    check(hf_latch_wait(crossing.to_come, -1));
    printf("red: %d cars have come, %" PRId64 " have passed\n", CARS, number_of(crossing.passed));

    check(hf_event_set(crossing.green));
    workers_wait(&cars);
    printf("green: %" PRId64 " have passed\n", number_of(crossing.passed));

    check(hf_event_clear(crossing.green));
    hf_status status = hf_event_wait(crossing.green, 10);
    printf("red again: a car that waits 10 ms gets %s\n", hf_status_name(status));
    close_client(client);
    return 0;
}
