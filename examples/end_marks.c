/* SPDX-License-Identifier: MIT
 *
 * end_marks: a producer tells its consumers that nothing more comes, by an item that means "the
 * end". Each consumer takes one mark, so there has to be one for each, behind all the items. It is
 * how it is done where a queue has no end; here hf_queue_close() does the same (work_queue.c)
 * without knowing how many consumers there are.
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

static void produce(int number, void *context) {
    (void)number;
    const struct plant *plant = context;
    for (int i = 0; i < ITEMS; i++) {
        check(hf_queue_put_int(plant->jobs, i, -1));
    }
    for (int i = 0; i < CONSUMERS; i++) {
        check(hf_queue_put_any(plant->jobs, hf_any_null(), -1));
    }
}

static void consume(int number, void *context) {
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
    struct plant plant;
    check(hf_queue_open(client, NULL, NULL, &plant.jobs));
    check(hf_value_open(client, NULL, HF_I64, 0, &plant.done));
    check(hf_value_open(client, NULL, HF_I64, 0, &plant.ends));

    struct crew producer;
    struct crew consumers;
    crew_start(&consumers, "consumer", CONSUMERS, consume, &plant);
    crew_start(&producer, "producer", 1, produce, &plant);
    crew_wait(&producer);
    crew_wait(&consumers);

    int64_t done = 0;
    int64_t ends = 0;
    bool empty = false;
    check(hf_value_get(plant.done, &done));
    check(hf_value_get(plant.ends, &ends));
    check(hf_queue_empty(plant.jobs, &empty));
    printf("%d consumers took %" PRId64 " items and %" PRId64 " end marks\n", CONSUMERS, done,
           ends);
    printf("%s is left\n", empty ? "nothing" : "something");
    close_client(client);
    return empty ? 0 : 1;
}
