/* SPDX-License-Identifier: MIT
 *
 * condition: producers and consumers on a buffer with room for five, built by hand. The buffer is a
 * plain list. A lock protects it, and two conditions on that lock tell that it has room, and that
 * it has items. (A queue with max_items is all of this in one: work_queue.c.)
 *
 * Teaches: hf_condition_open, hf_condition_wait in a loop, hf_condition_notify.
 *
 * Prints:
 *     40 items were put, the sum of those taken is 780
 *     never more than 5 were in the buffer
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

enum { ROOM = 5, PRODUCERS = 2, CONSUMERS = 4, ITEMS = 40 };

struct buffer {
    hf_lock lock;
    hf_condition has_room;
    hf_condition has_items;
    hf_list items;
    hf_value sum;
    hf_value overfull;
};

static uint64_t items_in(const struct buffer *buffer) {
    uint64_t len = 0;
    check(hf_list_len(buffer->items, &len));
    return len;
}

static void put_item(const struct buffer *buffer, int64_t item) {
    check(hf_lock_acquire(buffer->lock, -1, NULL));
    while (items_in(buffer) == ROOM) { /* asked again after each wait: others may be faster */
        check(hf_condition_wait(buffer->has_room, -1, NULL)); /* does not hold the lock meanwhile */
    }
    check(hf_list_append_int(buffer->items, item));
    check(hf_value_add(buffer->overfull, items_in(buffer) > ROOM ? 1 : 0, NULL, NULL));
    check(hf_condition_notify(buffer->has_items, 1, NULL));
    check(hf_lock_release(buffer->lock));
}

static int64_t take_item(const struct buffer *buffer) {
    check(hf_lock_acquire(buffer->lock, -1, NULL));
    while (items_in(buffer) == 0) {
        check(hf_condition_wait(buffer->has_items, -1, NULL));
    }
    hf_any item;
    check(hf_list_pop_any(buffer->items, 0, &item));
    check(hf_condition_notify(buffer->has_room, 1, NULL));
    check(hf_lock_release(buffer->lock));
    return item.as_int;
}

static void fill_buffer(int number, void *context) {
    for (int i = number; i < ITEMS; i += PRODUCERS) {
        put_item(context, i);
    }
}

static void drain_buffer(int number, void *context) {
    (void)number;
    const struct buffer *buffer = context;
    for (int i = 0; i < ITEMS / CONSUMERS; i++) {
        check(hf_value_add(buffer->sum, take_item(buffer), NULL, NULL));
    }
}

static void open_buffer(hf_client *client, struct buffer *buffer) {
    const hf_mode mode = HF_OPEN_OR_CREATE;
    check(hf_lock_open(client, NULL, NULL, &buffer->lock));
    check(hf_condition_open(client, NULL, buffer->lock, mode, &buffer->has_room));
    check(hf_condition_open(client, NULL, buffer->lock, mode, &buffer->has_items));
    check(hf_list_open(client, NULL, mode, &buffer->items));
    buffer->sum = new_counter(client);
    buffer->overfull = new_counter(client);
}

int main(void) {
    hf_client *client = open_client();
    struct buffer buffer;
    open_buffer(client, &buffer);

    struct workers producers;
    struct workers consumers;
    workers_start(&consumers, "consumer", CONSUMERS, drain_buffer, &buffer);
    workers_start(&producers, "producer", PRODUCERS, fill_buffer, &buffer);
    workers_wait(&producers);
    workers_wait(&consumers);

    printf("%d items were put, the sum of those taken is %" PRId64 "\n", ITEMS,
           number_of(buffer.sum));
    int64_t overfull = number_of(buffer.overfull);
    printf("%s more than %d were in the buffer\n", overfull == 0 ? "never" : "at times", ROOM);
    close_client(client);
    return overfull == 0 ? 0 : 1;
}
