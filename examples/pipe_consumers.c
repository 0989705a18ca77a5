/* SPDX-License-Identifier: MIT
 *
 * pipe_consumers: four processes receive from one end. Each message goes to one receiver, so single
 * messages need no lock. Here two belong together, a number and its square: with a lock, one
 * consumer takes both before the next has its turn.
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

static void send_pairs(int number, void *context) {
    (void)number;
    const struct line *line = context;
    for (int i = 1; i <= PAIRS; i++) {
        check(hf_pipe_send_int(line->writer, i, -1));
        check(hf_pipe_send_int(line->writer, (int64_t)i * i, -1));
    }
}

/* Take a pair. Returns false at the end of the stream. */
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

static void take_pairs(int consumer, void *context) {
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
    struct line line = {.taken = new_counter(client), .torn = new_counter(client)};
    check(hf_pipe_open(client, NULL, &one_way, &line.reader, &line.writer));
    check(hf_lock_open(client, NULL, NULL, &line.lock));

    struct workers consumers;
    struct workers producer;
    workers_start(&consumers, "consumer", CONSUMERS, take_pairs, &line);
    workers_start(&producer, "producer", 1, send_pairs, &line);
    workers_wait(&producer);
    workers_wait(&consumers);

    int64_t taken = number_of(line.taken);
    int64_t torn = number_of(line.torn);
    printf("%d consumers took %" PRId64 " pairs, %" PRId64 " of them torn\n", CONSUMERS, taken,
           torn);
    close_client(client);
    return taken == PAIRS && torn == 0 ? 0 : 1;
}
