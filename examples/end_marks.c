/* SPDX-License-Identifier: MIT
 *
 * end_marks: a producer tells its consumers that no more items come by an item that means "the
 * end". Each consumer takes one mark, so the producer puts one for each, behind all the items. This
 * is how it is done with queues that cannot be closed. hf_queue_close() does the same without
 * knowing how many consumers there are (work_queue.c).
 *
 * Teaches: hf_queue_put_any with null as the mark, hf_queue_get_any.
 *
 * Prints:
 *     3 consumers took 60 items and 3 end marks
 *     nothing is left
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { CONSUMERS = 3, ITEMS = 60 };

struct plant {
    hf_queue jobs;
    hf_value done;
    hf_value ends;
};

static void put_jobs_and_marks(int number, void *context) {
    (void)number;
    const struct plant *plant = context;
    for (int i = 0; i < ITEMS; i++) {
        check(hf_queue_put_int(plant->jobs, i, -1));
    }
    for (int i = 0; i < CONSUMERS; i++) {
        check(hf_queue_put_any(plant->jobs, hf_any_null(), -1));
    }
}

static void take_until_mark(int number, void *context) {
    (void)number;
    const struct plant *plant = context;
    for (bool end = false; !end;) {
        hf_any job;
        check(hf_queue_get_any(plant->jobs, -1, &job));
        end = job.kind == HF_ANY_NULL;
        hf_any_clear(&job);
        check(hf_value_add(end ? plant->ends : plant->done, 1, NULL, NULL));
    }
}

int main(void) {
    hf_client *client = open_client();
    struct plant plant = {.done = new_counter(client), .ends = new_counter(client)};
    check(hf_queue_open(client, NULL, NULL, &plant.jobs));

    struct workers producer;
    struct workers consumers;
    workers_start(&consumers, "consumer", CONSUMERS, take_until_mark, &plant);
    workers_start(&producer, "producer", 1, put_jobs_and_marks, &plant);
    workers_wait(&producer);
    workers_wait(&consumers);

    bool empty = false;
    check(hf_queue_empty(plant.jobs, &empty));
    printf("%d consumers took %" PRId64 " items and %" PRId64 " end marks\n", CONSUMERS,
           number_of(plant.done), number_of(plant.ends));
    printf("%s is left\n", empty ? "nothing" : "something");
    close_client(client);
    return empty ? 0 : 1;
}
