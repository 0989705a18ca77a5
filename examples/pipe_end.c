/* SPDX-License-Identifier: MIT
 *
 * pipe_end: how a process notices the end of a stream. The sender just exits. Since nobody else
 * holds its end of the pipe, the receiver gets what is left and then CLOSED. The same happens when
 * the sender crashes: nobody waits for a dead process. A sender gets CLOSED when the last receiver
 * is gone.
 *
 * Teaches: hf_pipe_options.one_way, HF_CLOSED, hf_pipe_close.
 *
 * Prints:
 *     1
 *     2
 *     3
 *     receive: CLOSED
 *     send, when the receiver has gone: CLOSED
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

struct line {
    hf_pipe_end reader;
    hf_pipe_end writer;
};

static void send_and_exit(int number, void *context) {
    (void)number;
    const struct line *line = context;
    for (int i = 1; i <= 3; i++) {
        check(hf_pipe_send_int(line->writer, i, -1));
    }
}

int main(void) {
    hf_client *client = open_client();
    const hf_pipe_options one_way = {.one_way = true};
    struct line line;
    check(hf_pipe_open(client, NULL, &one_way, &line.reader, &line.writer));
    struct workers child;
    workers_start(&child, "child", 1, send_and_exit, &line);

    int64_t message = 0;
    hf_status status = HF_OK;
    while (hf_ok(status = hf_pipe_receive_int(line.reader, -1, &message))) {
        printf("%" PRId64 "\n", message);
    }
    printf("receive: %s\n", hf_status_name(status));
    workers_wait(&child);

    check(hf_pipe_close(line.reader));
    status = hf_pipe_send_int(line.writer, 4, -1);
    printf("send, when the receiver has gone: %s\n", hf_status_name(status));
    close_client(client);
    return 0;
}
