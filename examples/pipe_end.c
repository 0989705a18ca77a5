/* SPDX-License-Identifier: MIT
 *
 * pipe_end: how the end of a stream is noticed. The sender ends without a word; since nobody else
 * holds its end, the receiver gets what is left and is then told CLOSED. The same when the sender
 * crashes: nobody waits for a dead process. And who sends where nobody receives any more is told
 * so.
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

static void count(int number, void *context) {
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
    struct crew child;
    crew_start(&child, "child", 1, count, &line);

    int64_t message = 0;
    hf_status status = HF_OK;
    while (hf_ok(status = hf_pipe_receive_int(line.reader, -1, &message))) {
        printf("%" PRId64 "\n", message);
    }
    printf("receive: %s\n", hf_status_name(status));
    crew_wait(&child);

    check(hf_pipe_close(line.reader));
    status = hf_pipe_send_int(line.writer, 4, -1);
    printf("send, when the receiver has gone: %s\n", hf_status_name(status));
    close_client(client);
    return 0;
}
