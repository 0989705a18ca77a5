/* SPDX-License-Identifier: MIT
 *
 * docs/guarantees.md, queues and pipes: see guarantees.h.
 */
#include "guarantees.h"

/* ---- queue ---- */

#define PUT(queue, number) REQUEST(queue, queue_put, .value = of_int(number))
#define LEASE(queue, ms) REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = (ms))

static void put_one_to(struct peer *peer, uint64_t queue, int64_t last) {
    for (int64_t i = 1; i <= last; i++) {
        (void)done(peer, PUT(queue, i));
    }
}

static void queue_holder_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t queue = open_queue(f.ada, "queue", 0);
    put_one_to(f.ada, queue, 4);
    (void)done(f.ada, LEASE(queue, -1));
    (void)done(f.ada, LEASE(queue, 1000));
    uint64_t third = done(f.bob, LEASE(queue, -1))->delivery->id;
    (void)done(f.ada, LEASE(queue, -1));
    uint64_t cyds = must_wait(f.cyd, REQUEST(queue, queue_get));

    peer_leave(f.ada);

    assert_int(peer_reply(f.cyd, cyds), 1);
    const Hf__Delivery *again = done(f.bob, LEASE(queue, -1))->delivery;
    assert_true(same_value(again->value, of_int(2)));
    assert_int_equal(again->count, 2);
    (void)done(f.bob, REQUEST(queue, queue_return, .delivery = third)); /* it is still his */
    assert_int(ask(f.bob, REQUEST(queue, queue_get)), 3);
    assert_int(ask(f.bob, REQUEST(queue, queue_get)), 4);
}

static void queue_holder_dies_at_the_last_delivery(void **state) {
    struct four f = four_join(*state);
    uint64_t queue = opened(f.ada, REQUEST(0, queue_open, .name = name_of("queue"),
                                           .has_max_deliveries = true, .max_deliveries = 1));
    put_one_to(f.ada, queue, 2);
    assert_true(same_value(done(f.ada, LEASE(queue, -1))->delivery->value, of_int(1)));

    peer_leave(f.ada);

    const Hf__QueueEntries *aside =
        done(f.bob, REQUEST(queue, queue_set_aside_list))->queue_entries;
    assert_int_equal(aside->n_entries, 1);
    assert_true(same_value(aside->entries[0]->value, of_int(1)));
    assert_int_equal(aside->entries[0]->reason, HF__QUEUE_REASON__TAKER_DIED);
    assert_int(ask(f.bob, REQUEST(queue, queue_get)), 2);
}

static void queue_holder_dies_after_a_plain_get(void **state) {
    struct four f = four_join(*state);
    uint64_t queue = open_queue(f.ada, "queue", 0);
    put_one_to(f.ada, queue, 1);
    assert_int(ask(f.ada, REQUEST(queue, queue_get)), 1);

    peer_leave(f.ada);

    assert_status(ask(f.bob, REQUEST(queue, queue_get)), HF_TIMEOUT);
}

static void queue_holder_dies_producing(void **state) {
    struct four f = four_join(*state);
    uint64_t queue = opened(f.ada, REQUEST(0, queue_open, .name = name_of("queue"),
                                           .has_auto_close = true, .auto_close = true));
    (void)done(f.ada, REQUEST(queue, queue_register_producer));
    (void)done(f.bob, REQUEST(queue, queue_register_producer));
    uint64_t cyds = must_wait(f.cyd, REQUEST(queue, queue_get));

    peer_leave(f.ada);
    assert_true(unanswered(f.cyd, cyds));
    peer_leave(f.bob);

    assert_ended(f.cyd, cyds, HF_CLOSED);
}

static void queue_waiter_dies_getting(void **state) {
    struct four f = four_join(*state);
    uint64_t queue = open_queue(f.ada, "queue", 0);
    (void)must_wait(f.bob, REQUEST(queue, queue_get));
    uint64_t cyds = must_wait(f.cyd, REQUEST(queue, queue_get));

    peer_leave(f.bob);
    (void)done(f.ada, PUT(queue, 1));

    assert_int(peer_reply(f.cyd, cyds), 1);
    assert_count(ask(f.ada, REQUEST(queue, queue_size)), 0);
}

static void queue_waiter_dies_putting(void **state) {
    struct four f = four_join(*state);
    uint64_t queue = open_queue(f.ada, "queue", 1);
    put_one_to(f.ada, queue, 1);
    (void)must_wait(f.bob, PUT(queue, 2));

    peer_leave(f.bob);

    assert_int(ask(f.ada, REQUEST(queue, queue_get)), 1);
    assert_truth(ask(f.ada, REQUEST(queue, queue_empty)), true);
}

static void queue_waiter_dies_joining(void **state) {
    struct four f = four_join(*state);
    uint64_t queue = open_queue(f.ada, "queue", 0);
    put_one_to(f.ada, queue, 1);
    (void)must_wait(f.bob, REQUEST(queue, queue_join));
    uint64_t cyds = must_wait(f.cyd, REQUEST(queue, queue_join));

    peer_leave(f.bob);

    assert_true(unanswered(f.cyd, cyds));
    assert_int_equal(done(f.ada, REQUEST(queue, object_describe))->description->waiting, 1);
    (void)done(f.ada, REQUEST(queue, queue_task_done));
    assert_ended(f.cyd, cyds, HF_OK);
}

static void queue_deleted(void **state) {
    struct four f = four_join(*state);
    uint64_t empty = open_queue(f.ada, "empty", 1);
    uint64_t full = open_queue(f.ada, "full", 1);
    put_one_to(f.ada, full, 1);
    uint64_t bobs = must_wait(f.bob, REQUEST(empty, queue_get));
    uint64_t cyds = must_wait(f.cyd, PUT(full, 2));
    uint64_t dans = must_wait(f.dan, REQUEST(full, queue_join));

    (void)done(f.ada, REQUEST(empty, object_delete));
    (void)done(f.ada, REQUEST(full, object_delete));

    assert_ended(f.bob, bobs, HF_DELETED);
    assert_ended(f.cyd, cyds, HF_DELETED);
    assert_ended(f.dan, dans, HF_DELETED);
    assert_count(ask(f.ada, REQUEST(open_queue(f.ada, "full", 1), queue_size)), 0);
}

static void queue_deleted_while_items_are_leased(void **state) {
    struct four f = four_join(*state);
    uint64_t queue = open_queue(f.ada, "queue", 0);
    uint64_t inner = open_queue(f.ada, NULL, 0);
    (void)done(f.ada, REQUEST(queue, queue_put, .value = of_ref(inner)));
    (void)done(f.ada, PUT(queue, 2));
    (void)done(f.ada,
               REQUEST(queue, queue_put, .value = of_int(3), .has_delay_ms = true, .delay_ms = 10));
    (void)done(f.ada, REQUEST(queue, queue_register_producer));
    uint64_t delivery = done(f.ada, LEASE(queue, 10))->delivery->id;

    (void)done(f.ada, REQUEST(queue, object_delete));

    world_pass(f.world, 100);
    assert_status(ask(f.ada, REQUEST(queue, queue_acknowledge, .delivery = delivery)),
                  HF_NO_OBJECT);
    (void)done(f.ada, REQUEST(inner, object_release));
    assert_status(ask(f.ada, REQUEST(inner, queue_size)), HF_NO_OBJECT);
}

/* ---- pipe ---- */

#define SEND(pipe, number) REQUEST(pipe, pipe_send, .end = 1, .value = of_int(number))
#define RECEIVE(pipe) REQUEST(pipe, pipe_receive, .end = 0)

/* From end 1 to end 0, with room for so many messages. */
static uint64_t open_pipe(struct peer *peer, uint64_t max_messages) {
    return opened(peer,
                  REQUEST(0, pipe_open, .name = name_of("pipe"), .has_one_way = true,
                          .one_way = true, .has_max_messages = true, .max_messages = max_messages));
}

static void pipe_holder_dies_who_sends(void **state) {
    struct four f = four_join(*state);
    uint64_t pipe = open_pipe(f.ada, 8);
    (void)done(f.ada, REQUEST(pipe, pipe_attach, .end = 1));
    (void)done(f.bob, SEND(pipe, 1));
    assert_int(ask(f.cyd, RECEIVE(pipe)), 1);
    uint64_t cyds = must_wait(f.cyd, RECEIVE(pipe));

    peer_leave(f.ada);
    assert_true(unanswered(f.cyd, cyds)); /* bob has the end as well */
    (void)done(f.bob, SEND(pipe, 2));
    (void)done(f.bob, SEND(pipe, 3));
    peer_leave(f.bob);

    assert_int(peer_reply(f.cyd, cyds), 2);
    (void)done(f.cyd, REQUEST(pipe, pipe_poll, .end = 0)); /* something is left */
    assert_int(ask(f.cyd, RECEIVE(pipe)), 3);
    assert_status(ask(f.cyd, RECEIVE(pipe)), HF_CLOSED);
}

static void pipe_holder_dies_who_receives(void **state) {
    struct four f = four_join(*state);
    uint64_t pipe = open_pipe(f.ada, 1);
    (void)done(f.ada, REQUEST(pipe, pipe_attach, .end = 0));
    (void)done(f.bob, SEND(pipe, 1));
    uint64_t bobs = must_wait(f.bob, SEND(pipe, 2));
    uint64_t cyds = must_wait(f.cyd, SEND(pipe, 3));

    peer_leave(f.ada);

    assert_ended(f.bob, bobs, HF_CLOSED);
    assert_ended(f.cyd, cyds, HF_CLOSED);
    assert_status(ask(f.bob, SEND(pipe, 4)), HF_CLOSED);
}

static void pipe_waiter_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t pipe = open_pipe(f.ada, 1);
    (void)done(f.ada, REQUEST(pipe, pipe_attach, .end = 0));
    (void)must_wait(f.bob, RECEIVE(pipe));
    peer_leave(f.bob);
    (void)done(f.cyd, SEND(pipe, 1));
    (void)must_wait(f.dan, SEND(pipe, 2));
    peer_leave(f.dan);

    assert_int(ask(f.ada, RECEIVE(pipe)), 1);

    assert_status(ask(f.ada, RECEIVE(pipe)), HF_TIMEOUT);
}

static void pipe_waiter_dies_and_its_end_is_closed(void **state) {
    struct four f = four_join(*state);
    uint64_t pipe = opened(f.ada, REQUEST(0, pipe_open, .name = name_of("pipe")));
    uint64_t adas = must_wait(f.ada, RECEIVE(pipe));
    (void)must_wait(f.bob, REQUEST(pipe, pipe_receive, .end = 1));

    peer_leave(f.bob);

    assert_ended(f.ada, adas, HF_CLOSED);
}

static void pipe_deleted(void **state) {
    struct four f = four_join(*state);
    uint64_t pipe = open_pipe(f.ada, 1);
    uint64_t inner = open_queue(f.ada, NULL, 0);
    (void)done(f.ada, REQUEST(pipe, pipe_send, .end = 1, .value = of_ref(inner)));
    uint64_t bobs = must_wait(f.bob, SEND(pipe, 2));

    (void)done(f.ada, REQUEST(pipe, object_delete));

    assert_ended(f.bob, bobs, HF_DELETED);
    (void)done(f.ada, REQUEST(inner, object_release));
    assert_status(ask(f.ada, REQUEST(inner, queue_size)), HF_NO_OBJECT); /* gone with it */
    assert_status(ask(f.bob, RECEIVE(pipe)), HF_NO_OBJECT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue_holder_dies),
        cmocka_unit_test(queue_holder_dies_at_the_last_delivery),
        cmocka_unit_test(queue_holder_dies_after_a_plain_get),
        cmocka_unit_test(queue_holder_dies_producing),
        cmocka_unit_test(queue_waiter_dies_getting),
        cmocka_unit_test(queue_waiter_dies_putting),
        cmocka_unit_test(queue_waiter_dies_joining),
        cmocka_unit_test(queue_deleted),
        cmocka_unit_test(queue_deleted_while_items_are_leased),
        cmocka_unit_test(pipe_holder_dies_who_sends),
        cmocka_unit_test(pipe_holder_dies_who_receives),
        cmocka_unit_test(pipe_waiter_dies),
        cmocka_unit_test(pipe_waiter_dies_and_its_end_is_closed),
        cmocka_unit_test(pipe_deleted),
    };
    return WORLD_MAIN(tests);
}
