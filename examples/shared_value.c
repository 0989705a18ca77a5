/* SPDX-License-Identifier: MIT
 *
 * shared_value: a number that many processes change, without a lock. Eight box offices sell the
 * seats of one hall. Each sale is a single hf_value_add() with a floor of 0: it takes a seat, or is
 * refused and changes nothing. So no seat is sold twice and none is left over.
 *
 * Teaches: hf_value_open, hf_value_add with bounds, HF_OUT_OF_RANGE, hf_value_compare_and_set.
 */
#include "support.h"

#include <stdio.h>

enum { SEATS = 100, OFFICES = 8, CUSTOMERS_PER_OFFICE = 20 };

struct hall {
    hf_value free_seats;
    hf_value refused;
    hf_value last_sale_by; /* the number of an office; -1: of none yet */
};

static void sell_out(const struct hall *hall, int office) {
    /* Only one office can replace -1 by its own number, however many try at once. */
    hf_status status = hf_value_compare_and_set(hall->last_sale_by, -1, office, NULL);
    if (status != HF_MISMATCH) {
        check(status);
        printf("office %d sold the last seat\n", office);
    }
}

static void sell_seats(int office, void *context) {
    const struct hall *hall = context;
    const hf_bounds not_below_zero = {.floor = hf_any_int(0)};
    for (int i = 0; i < CUSTOMERS_PER_OFFICE; i++) {
        int64_t left = 0;
        hf_status status = hf_value_add(hall->free_seats, -1, &not_below_zero, &left);
        if (status == HF_OUT_OF_RANGE) {
            check(hf_value_add(hall->refused, 1, NULL, NULL));
            continue;
        }
        check(status);
        if (left == 0) {
            sell_out(hall, office);
        }
    }
}

int main(void) {
    hf_client *client = open_client();
    struct hall hall;
    check(hf_value_open(client, NULL, HF_U32, SEATS, &hall.free_seats));
    check(hf_value_open(client, NULL, HF_U32, 0, &hall.refused));
    check(hf_value_open(client, NULL, HF_I32, -1, &hall.last_sale_by));

    workers_run("office", OFFICES, sell_seats, &hall);

    int64_t left = 0;
    int64_t refused = 0;
    check(hf_value_get(hall.free_seats, &left));
    check(hf_value_get(hall.refused, &refused));
    printf("%lld seats left, %lld customers sent away\n", (long long)left, (long long)refused);
    close_client(client);
    return left == 0 && refused == OFFICES * CUSTOMERS_PER_OFFICE - SEATS ? 0 : 1;
}
