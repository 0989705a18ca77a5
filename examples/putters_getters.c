/* SPDX-License-Identifier: MIT
 *
 * putters_getters: ten processes put, ten get, through a queue with room for three. All of them
 * wait often, and no item is lost or taken twice. Each getter knows how many items to take. If that
 * is not known, close the queue (work_queue.c) or put end marks (end_marks.c).
 *
 * Teaches: many producers and many consumers on one queue.
 *
 * Prints:
 *     200 items were put, 200 were taken, each once
 */
#include "support.h"

#include <stdio.h>

enum { PUTTERS = 10, GETTERS = 10, EACH = 20, ITEMS = PUTTERS * EACH, ROOM = 3 };

struct exchange {
    hf_queue queue;
    hf_list taken;
};

static void put_items(int number, void *context) {
    const struct exchange *exchange = context;
    for (int i = 0; i < EACH; i++) {
        check(hf_queue_put_int(exchange->queue, number * EACH + i, -1));
    }
}

static void get_items(int number, void *context) {
    (void)number;
    const struct exchange *exchange = context;
    for (int i = 0; i < EACH; i++) {
        int64_t item = 0;
        check(hf_queue_get_int(exchange->queue, -1, &item));
        check(hf_list_append_int(exchange->taken, item));
    }
}

int main(void) {
    hf_client *client = open_client();
    const hf_queue_options small = {.max_items = ROOM};
    struct exchange exchange;
    check(hf_queue_open(client, NULL, &small, &exchange.queue));
    check(hf_list_open(client, NULL, HF_OPEN_OR_CREATE, &exchange.taken));

    struct workers putters;
    struct workers getters;
    workers_start(&getters, "getter", GETTERS, get_items, &exchange);
    workers_start(&putters, "putter", PUTTERS, put_items, &exchange);
    workers_wait(&putters);
    workers_wait(&getters);

    hf_any_array taken;
    check(hf_list_sort(exchange.taken, false)); /* sorted, they are 0, 1, 2 ... */
    check(hf_list_copy(exchange.taken, &taken));
    bool each_once = taken.len == ITEMS;
    for (size_t i = 0; each_once && i < taken.len; i++) {
        each_once = taken.items[i].as_int == (int64_t)i;
    }
    printf("%d items were put, %zu were taken, %s\n", ITEMS, taken.len,
           each_once ? "each once" : "but not each once");
    hf_any_array_clear(&taken);
    close_client(client);
    return each_once ? 0 : 1;
}
