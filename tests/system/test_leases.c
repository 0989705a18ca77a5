/* SPDX-License-Identifier: MIT
 *
 * kill -9 of processes that have leased an item, are a queue's last producer, or wait to put, a
 * thousand times each: no item is lost or comes from the dead, and no client waits for them.
 */
#include "kills.h"

/* ---- requests ---- */

static uint64_t open_queue(struct wire *wire) {
    char name[] = "work";
    Hf__QueueOpen open = HF__QUEUE_OPEN__INIT;
    open.name = name;
    open.has_auto_close = open.auto_close = true;
    return wire_object(wire, HF__REQUEST__OP_QUEUE_OPEN, &open);
}

static uint64_t send_lease(struct wire *wire, uint64_t queue) {
    Hf__QueueGet get = HF__QUEUE_GET__INIT;
    get.has_lease_ms = true;
    get.lease_ms = -1;
    return wire_send(wire, HF__REQUEST__OP_QUEUE_GET, &get, queue, -1);
}

/* The delivery that was asked for, which must be of this number, delivered so often. */
static uint64_t receive_delivery(const struct wire *wire, int64_t number, uint32_t count) {
    Hf__Reply *reply = wire_receive(wire);
    assert_non_null(reply);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_DELIVERY);
    assert_int_equal(reply->delivery->value->int_, number);
    assert_int_equal(reply->delivery->count, count);
    uint64_t delivery = reply->delivery->id;
    hf__reply__free_unpacked(reply, NULL);
    return delivery;
}

static void acknowledge(struct wire *wire, uint64_t queue, uint64_t delivery) {
    Hf__QueueAcknowledge acknowledge_op = HF__QUEUE_ACKNOWLEDGE__INIT;
    acknowledge_op.delivery = delivery;
    assert_int_equal(
        wire_call_status(wire, HF__REQUEST__OP_QUEUE_ACKNOWLEDGE, &acknowledge_op, queue, 0),
        HF_OK);
}

static uint64_t open_full_queue(struct wire *wire) {
    char name[] = "full";
    Hf__QueueOpen open = HF__QUEUE_OPEN__INIT;
    open.name = name;
    open.has_max_items = true;
    open.max_items = 1;
    return wire_object(wire, HF__REQUEST__OP_QUEUE_OPEN, &open);
}

static uint64_t send_put(struct wire *wire, uint64_t queue, int64_t number) {
    Hf__Any value = HF__ANY__INIT;
    value.kind_case = HF__ANY__KIND_INT;
    value.int_ = number;
    Hf__QueuePut put = HF__QUEUE_PUT__INIT;
    put.value = &value;
    return wire_send(wire, HF__REQUEST__OP_QUEUE_PUT, &put, queue, -1);
}

static int64_t get(struct wire *wire, uint64_t queue) {
    Hf__QueueGet get_op = HF__QUEUE_GET__INIT;
    Hf__Reply *reply = wire_call(wire, HF__REQUEST__OP_QUEUE_GET, &get_op, queue, 0);
    assert_non_null(reply);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_VALUE);
    int64_t number = reply->value->int_;
    hf__reply__free_unpacked(reply, NULL);
    return number;
}

/* ---- victims ---- */

/* Tells the number once it has leased it. */
static void lease(const struct daemon *daemon, int tell) {
    struct wire wire = wire_open(daemon->address, "the dead one");
    (void)send_lease(&wire, open_queue(&wire));
    Hf__Reply *reply = wire_receive(&wire);
    assert_non_null(reply);
    worker_tell(tell, (uint64_t)reply->delivery->value->int_);
    worker_wait();
}

static void produce(const struct daemon *daemon, int tell) {
    struct wire wire = wire_open(daemon->address, "the dead one");
    Hf__QueueRegisterProducer op = HF__QUEUE_REGISTER_PRODUCER__INIT;
    uint64_t queue = open_queue(&wire);
    worker_tell(tell, (uint64_t)wire_call_status(&wire, HF__REQUEST__OP_QUEUE_REGISTER_PRODUCER,
                                                 &op, queue, 0));
    worker_wait();
}

static void wait_to_put(struct wire *wire) {
    (void)send_put(wire, open_full_queue(wire), -1);
}

/* ---- tests ---- */

static void an_item_of_a_dead_taker_goes_to_the_next_at_once(void **state) {
    const struct daemon *daemon = *state;
    struct wire next = wire_open(daemon->address, "next");
    struct wire putter = wire_open(daemon->address, "putter");
    uint64_t queue = open_queue(&next);
    for (int i = 0; i < KILLS; i++) {
        wire_put(&putter, queue, i);
        struct worker taker = worker_start(lease, daemon);
        assert_int_equal(worker_told(&taker), i);
        (void)send_lease(&next, queue);
        wire_await_waiting(&putter, 1);

        kills_begin(&taker);
        uint64_t delivery = receive_delivery(&next, i, 2);
        kills_end(&taker);

        acknowledge(&next, queue, delivery);
    }
    kills_report("the next delivery");
}

static void consumers_are_told_of_the_death_of_the_last_producer(void **state) {
    const struct daemon *daemon = *state;
    struct wire next = wire_open(daemon->address, "next");
    struct wire other = wire_open(daemon->address, "other");
    uint64_t queue = open_queue(&next);
    for (int i = 0; i < KILLS; i++) {
        Hf__QueueReopen reopen = HF__QUEUE_REOPEN__INIT;
        struct worker producer = worker_start(produce, daemon);
        assert_int_equal(worker_told(&producer), HF_OK);
        uint64_t asked = send_lease(&next, queue);
        wire_await_waiting(&other, 1);

        kills_begin(&producer);
        wire_expect(&next, asked, HF_CLOSED);
        kills_end(&producer);

        assert_int_equal(wire_call_status(&other, HF__REQUEST__OP_QUEUE_REOPEN, &reopen, queue, 0),
                         HF_OK);
    }
    kills_report("the queue's end");
}

static void a_dead_waiter_puts_nothing(void **state) {
    const struct daemon *daemon = *state;
    struct wire taker = wire_open(daemon->address, "taker");
    struct wire next = wire_open(daemon->address, "next");
    uint64_t queue = open_full_queue(&taker);
    wire_put(&taker, queue, 0); /* and it is full */
    for (int i = 0; i < KILLS; i++) {
        struct worker putter = victim_start(daemon, wait_to_put);
        wire_await_waiting(&taker, 1);
        uint64_t asked = send_put(&next, queue, i + 1);
        wire_await_waiting(&taker, 2);

        kills_begin(&putter);
        wire_await_waiting(&taker, 1);
        assert_int_equal(get(&taker, queue), i);
        wire_expect(&next, asked, HF_OK);
        kills_end(&putter);
    }
    kills_report("the put of who waited behind it");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_of_a_dead_taker_goes_to_the_next_at_once),
        cmocka_unit_test(consumers_are_told_of_the_death_of_the_last_producer),
        cmocka_unit_test(a_dead_waiter_puts_nothing),
    };
    return SYSTEM_MAIN(tests);
}
