/* SPDX-License-Identifier: MIT
 *
 * queue_limits: the statuses of a queue that is full, empty or closed. A put or get that would have
 * to wait too long gets HF_TIMEOUT (Python raises Full and Empty), with a timeout of 0 at once.
 *
 * Teaches: timeouts, hf_queue_full, hf_queue_empty, hf_queue_size, HF_CLOSED, HF_VALUE_ERROR.
 *
 * Prints:
 *     put 1: OK
 *     put 2: OK
 *     2 items, full
 *     put 3, not waiting: TIMEOUT
 *     put 3, waiting 20 ms: TIMEOUT
 *     get: OK, 1
 *     get: OK, 2
 *     0 items, empty
 *     get, not waiting: TIMEOUT
 *     get, waiting 20 ms: TIMEOUT
 *     three tasks done, but two were put: VALUE_ERROR
 *     closed: put returns CLOSED, get returns CLOSED
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

static const char *try_put(hf_queue queue, int64_t item, int64_t timeout_ms) {
    return hf_status_name(hf_queue_put_int(queue, item, timeout_ms));
}

static const char *try_get(hf_queue queue, int64_t timeout_ms, int64_t *item) {
    return hf_status_name(hf_queue_get_int(queue, timeout_ms, item));
}

static void show_size(hf_queue queue) {
    uint64_t size = 0;
    bool full = false;
    bool empty = false;
    check(hf_queue_size(queue, &size));
    check(hf_queue_full(queue, &full));
    check(hf_queue_empty(queue, &empty));
    printf("%" PRIu64 " items%s%s\n", size, full ? ", full" : "", empty ? ", empty" : "");
}

int main(void) {
    hf_client *client = open_client();
    const hf_queue_options two = {.max_items = 2};
    hf_queue queue;
    check(hf_queue_open(client, NULL, &two, &queue));

    printf("put 1: %s\n", try_put(queue, 1, 0));
    printf("put 2: %s\n", try_put(queue, 2, 0));
    show_size(queue);
    printf("put 3, not waiting: %s\n", try_put(queue, 3, 0));
    printf("put 3, waiting 20 ms: %s\n", try_put(queue, 3, 20));

    int64_t item = 0;
    for (int i = 0; i < 2; i++) {
        const char *status = try_get(queue, 0, &item);
        printf("get: %s, %" PRId64 "\n", status, item);
    }
    show_size(queue);
    printf("get, not waiting: %s\n", try_get(queue, 0, &item));
    printf("get, waiting 20 ms: %s\n", try_get(queue, 20, &item));

    printf("three tasks done, but two were put: %s\n",
           hf_status_name(hf_queue_task_done(queue, 3)));
    check(hf_queue_close(queue, false));
    const char *refused_put = try_put(queue, 4, -1);
    printf("closed: put returns %s, get returns %s\n", refused_put, try_get(queue, -1, &item));
    close_client(client);
    return 0;
}
