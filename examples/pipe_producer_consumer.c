/* SPDX-License-Identifier: MIT
 *
 * pipe_producer_consumer: one process sends readings, another adds them up. The pipe has room for
 * four: a producer that is too fast waits. The consumer gets CLOSED once the producer has closed
 * its end.
 *
 * Teaches: hf_pipe_options.max_messages, messages of any kind, hf_pipe_close.
 *
 * Prints:
 *     north: 50 readings, their sum is 1225
 *     south: 50 readings, their sum is 2450
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { READINGS = 50, ROOM = 4 };

struct line {
    hf_pipe_end reader;
    hf_pipe_end writer;
};

static void send_reading(const struct line *line, const char *station, int64_t value) {
    hf_any reading[] = {hf_any_string(station), hf_any_int(value)};
    check(hf_pipe_send_any(line->writer, hf_any_list(reading, 2), -1));
}

static void send_readings(int number, void *context) {
    (void)number;
    const struct line *line = context;
    for (int i = 0; i < READINGS; i++) {
        send_reading(line, "north", i);
        send_reading(line, "south", 2 * i);
    }
    check(hf_pipe_close(line->writer)); /* the end of the process would close it, too */
}

static void add_readings(int number, void *context) {
    (void)number;
    const struct line *line = context;
    static const char *const stations[] = {"north", "south"};
    int64_t sums[2] = {0};
    int counts[2] = {0};
    hf_any reading;
    hf_status status = HF_OK;
    while ((status = hf_pipe_receive_any(line->reader, -1, &reading)) != HF_CLOSED) {
        check(status);
        int station = reading.items[0].string[0] == stations[0][0] ? 0 : 1;
        sums[station] += reading.items[1].as_int;
        counts[station]++;
        hf_any_clear(&reading);
    }
    for (int i = 0; i < 2; i++) {
        printf("%s: %d readings, their sum is %" PRId64 "\n", stations[i], counts[i], sums[i]);
    }
}

int main(void) {
    hf_client *client = open_client();
    const hf_pipe_options options = {.one_way = true, .max_messages = ROOM};
    struct line line;
    check(hf_pipe_open(client, NULL, &options, &line.reader, &line.writer));

    struct workers producer;
    struct workers consumer;
    workers_start(&producer, "producer", 1, send_readings, &line);
    workers_start(&consumer, "consumer", 1, add_readings, &line);
    workers_wait(&producer);
    workers_wait(&consumer);
    close_client(client);
    return 0;
}
