/* SPDX-License-Identifier: MIT
 *
 * pipe_consumers: four processes receive from one end. Each message has one receiver, so single
 * messages need no lock. Here two belong together, a number and its square: a lock lets one
 * consumer take both before the next has its turn.
 *
 * Teaches: an end that several processes use, hf_lock_acquire around two receives.
 *
 * Prints:
 *     4 consumers took 50 pairs, 0 of them torn
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { CONSUMERS = 4, PAIRS = 50 };

struct line {
    hf_pipe_end reader;
    hf_pipe_end writer;
    hf_lock lock;
    hf_value taken;
    hf_value torn;
};

static void produce(int number, void *context) {
    (void)number;
    const struct line *line = context;
    for (int i = 1; i <= PAIRS; i++) {
        check(hf_pipe_send_int(line->writer, i, -1));
        check(hf_pipe_send_int(line->writer, (int64_t)i * i, -1));
    }
}

/* Returns false at the end of the stream. */
static bool take_pair(const struct line *line, int64_t *number, int64_t *square) {
    check(hf_lock_acquire(line->lock, -1, NULL));
    hf_status status = hf_pipe_receive_int(line->reader, -1, number);
    if (status != HF_CLOSED) {
        check(status);
        check(hf_pipe_receive_int(line->reader, -1, square));
    }
    check(hf_lock_release(line->lock));
    return status != HF_CLOSED;
}

static void consume(int consumer, void *context) {
    (void)consumer;
    const struct line *line = context;
    int64_t number = 0;
    int64_t square = 0;
    while (take_pair(line, &number, &square)) {
        check(hf_value_add(line->taken, 1, NULL, NULL));
        check(hf_value_add(line->torn, square == number * number ? 0 : 1, NULL, NULL));
    }
}

int main(void) {
    hf_client *client = open_client();
    const hf_pipe_options one_way = {.one_way = true};
    struct line line;
    check(hf_pipe_open(client, NULL, &one_way, &line.reader, &line.writer));
    check(hf_lock_open(client, NULL, NULL, &line.lock));
    check(hf_value_open(client, NULL, HF_I64, 0, &line.taken));
    check(hf_value_open(client, NULL, HF_I64, 0, &line.torn));

    struct crew consumers;
    struct crew producer;
    crew_start(&consumers, "consumer", CONSUMERS, consume, &line);
    crew_start(&producer, "producer", 1, produce, &line);
    crew_wait(&producer);
    crew_wait(&consumers);

    int64_t taken = 0;
    int64_t torn = 0;
    check(hf_value_get(line.taken, &taken));
    check(hf_value_get(line.torn, &torn));
    printf("%d consumers took %" PRId64 " pairs, %" PRId64 " of them torn\n", CONSUMERS, taken,
           torn);
    close_client(client);
    return taken == PAIRS && torn == 0 ? 0 : 1;
}
