/* SPDX-License-Identifier: MIT
 *
 * traffic_light: fifty cars at a red light. One set of the event lets them all go. Once it is
 * cleared, those who come later wait again.
 *
 * Teaches: hf_event_set, hf_event_clear, hf_event_wait; a latch that tells when all are there.
 *
 * Prints:
 *     red: 50 cars have come, 0 have passed
 *     green: 50 have passed
 *     red again: a car that waits 10 ms is told TIMEOUT
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
    struct crossing crossing;
    check(hf_event_open(client, NULL, HF_OPEN_OR_CREATE, &crossing.green)); /* it is not set */
    check(hf_latch_open(client, NULL, CARS, HF_OPEN_OR_CREATE, &crossing.to_come));
    check(hf_value_open(client, NULL, HF_I64, 0, &crossing.passed));

    struct crew cars;
    crew_start(&cars, "car", CARS, drive, &crossing);
    check(hf_latch_wait(crossing.to_come, -1));
    int64_t passed = 0;
    check(hf_value_get(crossing.passed, &passed));
    printf("red: %d cars have come, %" PRId64 " have passed\n", CARS, passed);

    check(hf_event_set(crossing.green));
    crew_wait(&cars);
    check(hf_value_get(crossing.passed, &passed));
    printf("green: %" PRId64 " have passed\n", passed);

    check(hf_event_clear(crossing.green));
    hf_status status = hf_event_wait(crossing.green, 10);
    printf("red again: a car that waits 10 ms is told %s\n", hf_status_name(status));
    close_client(client);
    return 0;
}
