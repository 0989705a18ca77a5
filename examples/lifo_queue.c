/* SPDX-License-Identifier: MIT
 *
 * lifo_queue: a stack shared by processes. A get takes the newest item.
 *
 * Teaches: HF_QUEUE_LIFO, hf_queue_put_many (all or none, as one step).
 *
 * Prints:
 *     5
 *     4
 *     3
 *     2
 *     1
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

static void fill_stack(int number, void *context) {
    (void)number;
    const hf_queue *stack = context;
    const hf_any items[] = {hf_any_int(2), hf_any_int(3), hf_any_int(4)};
    check(hf_queue_put_int(*stack, 1, -1));
    check(hf_queue_put_many(*stack, items, 3, NULL, -1));
    check(hf_queue_put_int(*stack, 5, -1));
}

int main(void) {
    hf_client *client = open_client();
    const hf_queue_options newest_first = {.order = HF_QUEUE_LIFO};
    hf_queue stack;
    check(hf_queue_open(client, NULL, &newest_first, &stack));

    workers_run("child", 1, fill_stack, &stack);
    check(hf_queue_close(stack, false));

    int64_t item = 0;
    hf_status status = HF_OK;
    while ((status = hf_queue_get_int(stack, -1, &item)) != HF_CLOSED) {
        check(status);
        printf("%" PRId64 "\n", item);
    }
    close_client(client);
    return 0;
}
