/* SPDX-License-Identifier: MIT
 *
 * condition: producers and consumers on a buffer with room for five, built by hand. The buffer is a
 * plain list; the lock guards it, and two conditions on that lock say that there is room, and that
 * there is something. (A queue with max_items is all of this in one: work_queue.c.)
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

static void put(const struct buffer *buffer, int64_t item) {
    check(hf_lock_acquire(buffer->lock, -1, NULL));
    while (items_in(buffer) == ROOM) { /* again after each wait: another may have been faster */
        check(hf_condition_wait(buffer->has_room, -1, NULL)); /* gives the lock up meanwhile */
    }
    check(hf_list_append_int(buffer->items, item));
    check(hf_value_add(buffer->overfull, items_in(buffer) > ROOM ? 1 : 0, NULL, NULL));
    check(hf_condition_notify(buffer->has_items, 1, NULL));
    check(hf_lock_release(buffer->lock));
}

static int64_t take(const struct buffer *buffer) {
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

static void produce(int number, void *context) {
    for (int i = number; i < ITEMS; i += PRODUCERS) {
        put(context, i);
    }
}

static void consume(int number, void *context) {
    (void)number;
    const struct buffer *buffer = context;
    for (int i = 0; i < ITEMS / CONSUMERS; i++) {
        check(hf_value_add(buffer->sum, take(buffer), NULL, NULL));
    }
}

static void open_buffer(hf_client *client, struct buffer *buffer) {
    const hf_mode mode = HF_OPEN_OR_CREATE;
    check(hf_lock_open(client, NULL, NULL, &buffer->lock));
    check(hf_condition_open(client, NULL, buffer->lock, mode, &buffer->has_room));
    check(hf_condition_open(client, NULL, buffer->lock, mode, &buffer->has_items));
    check(hf_list_open(client, NULL, mode, &buffer->items));
    check(hf_value_open(client, NULL, HF_I64, 0, &buffer->sum));
    check(hf_value_open(client, NULL, HF_I64, 0, &buffer->overfull));
}

int main(void) {
    hf_client *client = open_client();
    struct buffer buffer;
    open_buffer(client, &buffer);

    struct crew producers;
    struct crew consumers;
    crew_start(&consumers, "consumer", CONSUMERS, consume, &buffer);
    crew_start(&producers, "producer", PRODUCERS, produce, &buffer);
    crew_wait(&producers);
    crew_wait(&consumers);

    int64_t sum = 0;
    int64_t overfull = 0;
    check(hf_value_get(buffer.sum, &sum));
    check(hf_value_get(buffer.overfull, &overfull));
    printf("%d items were put, the sum of those taken is %" PRId64 "\n", ITEMS, sum);
    printf("%s more than %d were in the buffer\n", overfull == 0 ? "never" : "at times", ROOM);
    close_client(client);
    return overfull == 0 ? 0 : 1;
}
