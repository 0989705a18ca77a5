/* SPDX-License-Identifier: MIT
 *
 * dining: a table with five seats and twenty diners. A semaphore with five permits lets five sit
 * down; the sixth waits until one gets up. A diner that dies at the table frees its seat as well.
 *
 * Teaches: hf_semaphore_open, hf_semaphore_acquire, hf_semaphore_release, hf_semaphore_value.
 *
 * Prints:
 *     20 diners have eaten, never more than 5 at once
 *     5 seats are free
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { SEATS = 5, DINERS = 20 };

struct restaurant {
    hf_semaphore seats;
    hf_value seated;
    hf_list counts; /* how many were seated, as each diner sat down */
};

static void dine(int number, void *context) {
    (void)number;
    const struct restaurant *place = context;
    int64_t seated = 0;
    check(hf_semaphore_acquire(place->seats, 1, -1, NULL));
    check(hf_value_add(place->seated, 1, NULL, &seated));
    check(hf_list_append_int(place->counts, seated));
    pause_ms(20); /* meanwhile more diners come than there are seats */
    check(hf_value_add(place->seated, -1, NULL, NULL));
    check(hf_semaphore_release(place->seats, 1));
}

int main(void) {
    hf_client *client = open_client();
    struct restaurant place;
    check(hf_semaphore_open(client, NULL, SEATS, NULL, &place.seats));
    check(hf_list_open(client, NULL, HF_OPEN_OR_CREATE, &place.counts));
    place.seated = new_counter(client);
    workers_run("diner", DINERS, dine, &place);

    bool too_many = greatest_of(place.counts) > SEATS;
    uint64_t diners = 0;
    uint64_t free_seats = 0;
    check(hf_list_len(place.counts, &diners));
    printf("%" PRIu64 " diners have eaten, %s more than %d at once\n", diners,
           too_many ? "once" : "never", SEATS);
    check(hf_semaphore_value(place.seats, &free_seats));
    printf("%" PRIu64 " seats are free\n", free_seats);
    close_client(client);
    return too_many ? 1 : 0;
}
