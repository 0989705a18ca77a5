/* SPDX-License-Identifier: MIT
 *
 * pipe_hello: two processes talk. A pipe has two ends; a message sent at one is received at the
 * other, whole.
 *
 * Teaches: hf_pipe_open, hf_pipe_send_string, hf_pipe_receive_string.
 *
 * Prints:
 *     the child says: hello, parent
 *     the child was told: hello, child
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

struct line {
    hf_pipe_end parents;
    hf_pipe_end childs;
};

static void greet(int number, void *context) {
    (void)number;
    const struct line *line = context;
    check(hf_pipe_send_string(line->childs, "hello, parent", -1));

    char *answer = NULL;
    check(hf_pipe_receive_string(line->childs, -1, &answer));
    printf("the child was told: %s\n", answer);
    free(answer);
}

int main(void) {
    hf_client *client = open_client();
    struct line line;
    check(hf_pipe_open(client, NULL, NULL, &line.parents, &line.childs));
    struct workers child;
    workers_start(&child, "child", 1, greet, &line);

    char *greeting = NULL;
    check(hf_pipe_receive_string(line.parents, -1, &greeting));
    printf("the child says: %s\n", greeting);
    (void)fflush(stdout); /* before the child prints */
    free(greeting);
    check(hf_pipe_send_string(line.parents, "hello, child", -1));
    workers_wait(&child);
    close_client(client);
    return 0;
}
