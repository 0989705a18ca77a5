/* SPDX-License-Identifier: MIT
 *
 * work_queue: producers and consumers with a bounded queue between them. When the producers are
 * done the queue is closed: the consumers take what is left and are then told HF_CLOSED. Nobody
 * has to put one end mark for each consumer, or to know how many consumers there are.
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

static void produce(int number, void *context) {
    const struct plant *plant = context;
    for (int i = 0; i < ITEMS_PER_PRODUCER; i++) {
        check(hf_queue_put_int(plant->jobs, number * ITEMS_PER_PRODUCER + i, -1));
    }
}

static void consume(int number, void *context) {
    const struct plant *plant = context;
    int taken = 0;
    for (;;) {
        int64_t job = 0;
        hf_status status = hf_queue_get_int(plant->jobs, -1, &job);
        if (status == HF_CLOSED) {
            break;
        }
        check(status);
        check(hf_value_add(plant->sum, job, NULL, NULL));
        check(hf_value_add(plant->done, 1, NULL, NULL));
        taken++;
    }
    printf("consumer %d took %d\n", number, taken);
}

int main(void) {
    hf_client *client = open_client();
    struct plant plant;
    const hf_queue_options bounded = {.max_items = BOUND};
    check(hf_queue_open(client, NULL, &bounded, &plant.jobs));
    check(hf_value_open(client, NULL, HF_I64, 0, &plant.done));
    check(hf_value_open(client, NULL, HF_I64, 0, &plant.sum));

    struct crew producers;
    struct crew consumers;
    crew_start(&consumers, "consumer", CONSUMERS, consume, &plant);
    crew_start(&producers, "producer", PRODUCERS, produce, &plant);
    crew_wait(&producers);
    check(hf_queue_close(plant.jobs, false)); /* true: also throw away what is still in it */
    crew_wait(&consumers);

    int64_t done = 0;
    int64_t sum = 0;
    check(hf_value_get(plant.done, &done));
    check(hf_value_get(plant.sum, &sum));
    printf("%" PRId64 " jobs done, their sum is %" PRId64 "\n", done, sum);
    close_client(client);

    const int64_t jobs = PRODUCERS * ITEMS_PER_PRODUCER;
    return done == jobs && sum == jobs * (jobs - 1) / 2 ? 0 : 1;
}
