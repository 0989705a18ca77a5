/* SPDX-License-Identifier: MIT
 *
 * work_queue: producers and consumers with a bounded queue between them. When the producers are
 * done the queue is closed: the consumers take what is left and then get HF_CLOSED. No end marks
 * are needed, and nobody has to know how many consumers there are.
 *
 * Teaches: hf_queue_put_int that waits while the queue is full, hf_queue_get_int, hf_queue_close.
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { PRODUCERS = 3, ITEMS_PER_PRODUCER = 100, CONSUMERS = 5, BOUND = 10 };

struct plant {
    hf_queue jobs;
    hf_value done;
    hf_value sum;
};

static void put_jobs(int number, void *context) {
    const struct plant *plant = context;
    for (int i = 0; i < ITEMS_PER_PRODUCER; i++) {
        check(hf_queue_put_int(plant->jobs, number * ITEMS_PER_PRODUCER + i, -1));
    }
}

static void take_jobs(int number, void *context) {
    const struct plant *plant = context;
    int taken = 0;
    int64_t job = 0;
    hf_status status = HF_OK;
    while ((status = hf_queue_get_int(plant->jobs, -1, &job)) != HF_CLOSED) {
        check(status);
        check(hf_value_add(plant->sum, job, NULL, NULL));
        check(hf_value_add(plant->done, 1, NULL, NULL));
        taken++;
    }
    printf("consumer %d took %d\n", number, taken);
}

int main(void) {
    hf_client *client = open_client();
    struct plant plant = {.done = new_counter(client), .sum = new_counter(client)};
    const hf_queue_options bounded = {.max_items = BOUND};
    check(hf_queue_open(client, NULL, &bounded, &plant.jobs));

    struct workers producers;
    struct workers consumers;
    workers_start(&consumers, "consumer", CONSUMERS, take_jobs, &plant);
    workers_start(&producers, "producer", PRODUCERS, put_jobs, &plant);
    workers_wait(&producers);
    check(hf_queue_close(plant.jobs, false)); /* true: also drop the items that are left */
    workers_wait(&consumers);

    int64_t done = number_of(plant.done);
    int64_t sum = number_of(plant.sum);
    printf("%" PRId64 " jobs done, their sum is %" PRId64 "\n", done, sum);
    close_client(client);

    const int64_t jobs = PRODUCERS * ITEMS_PER_PRODUCER;
    return done == jobs && sum == jobs * (jobs - 1) / 2 ? 0 : 1;
}
