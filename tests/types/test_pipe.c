/* SPDX-License-Identifier: MIT
 *
 * pipe: messages, the holders of each end, and what each side is told when the other is gone.
 */
#include "world.h"

#include <string.h>

struct fixture {
    struct world *world;
    struct peer *ada;
    struct peer *bob;
    struct peer *cyd;
    uint64_t pipe;
};

static uint64_t open_pipe(struct peer *peer, const char *name, bool one_way, uint64_t most) {
    return opened(peer,
                  REQUEST(0, pipe_open, .name = name_of(name), .has_one_way = true,
                          .one_way = one_way, .has_max_messages = true, .max_messages = most));
}

static struct fixture set_up(struct world *world, bool one_way, uint64_t most) {
    struct fixture f = {.world = world};
    f.ada = world_join(f.world, "ada");
    f.bob = world_join(f.world, "bob");
    f.cyd = world_join(f.world, "cyd");
    f.pipe = open_pipe(f.ada, "pipe", one_way, most);
    return f;
}

static Hf__Reply *attach(struct peer *peer, uint64_t pipe, unsigned end) {
    return ask(peer, REQUEST(pipe, pipe_attach, .end = end));
}

static Hf__Reply *close_end(struct peer *peer, uint64_t pipe, unsigned end) {
    return ask(peer, REQUEST(pipe, pipe_close, .end = end));
}

static Hf__Reply *send_value(struct peer *peer, uint64_t pipe, unsigned end, Hf__Any *value) {
    return ask(peer, REQUEST(pipe, pipe_send, .end = end, .value = value));
}

static Hf__Reply *send_int(struct peer *peer, uint64_t pipe, unsigned end, int64_t number) {
    return send_value(peer, pipe, end, of_int(number));
}

static Hf__Reply *receive(struct peer *peer, uint64_t pipe, unsigned end) {
    return ask(peer, REQUEST(pipe, pipe_receive, .end = end));
}

static uint64_t start_send(struct peer *peer, uint64_t pipe, unsigned end, int64_t number,
                           int64_t timeout_ms) {
    return peer_send(
        peer, waiting(REQUEST(pipe, pipe_send, .end = end, .value = of_int(number)), timeout_ms));
}

static uint64_t start_receive(struct peer *peer, uint64_t pipe, unsigned end, int64_t timeout_ms) {
    return peer_send(peer, waiting(REQUEST(pipe, pipe_receive, .end = end), timeout_ms));
}

static uint64_t start_poll(struct peer *peer, uint64_t pipe, unsigned end, int64_t timeout_ms) {
    return peer_send(peer, waiting(REQUEST(pipe, pipe_poll, .end = end), timeout_ms));
}

/* ---- messages ---- */

static void messages_of_one_end_are_received_at_the_other_in_order(void **state) {
    struct fixture f = set_up(*state, false, 0);

    for (int64_t i = 0; i < 5; i++) {
        assert_status(send_int(f.ada, f.pipe, 0, i), HF_OK);
        assert_status(send_int(f.bob, f.pipe, 1, 10 + i), HF_OK);
    }

    for (int64_t i = 0; i < 5; i++) {
        assert_int(receive(f.bob, f.pipe, 1), i);
        assert_int(receive(f.ada, f.pipe, 0), 10 + i);
    }
    assert_status(receive(f.ada, f.pipe, 0), HF_TIMEOUT);
}

static void a_message_can_be_any_value_and_keeps_what_it_refers_to(void **state) {
    struct fixture f = set_up(*state, false, 0);
    uint64_t inner = open_pipe(f.ada, NULL, false, 0);
    Hf__Any *message = of_map(2, of_string("key"), of_list(2, of_null(), of_ref(inner)), of_int(2),
                              of_bytes("\0\xff", 2));
    assert_status(attach(f.bob, f.pipe, 1), HF_OK);
    assert_status(send_value(f.ada, f.pipe, 0, message), HF_OK);
    peer_leave(f.ada);

    assert_value(receive(f.bob, f.pipe, 1), message);

    assert_status(attach(f.bob, inner, 0), HF_OK);
}

static void a_message_longer_than_asked_for_stays(void **state) {
    struct fixture f = set_up(*state, false, 0);
    Hf__Any *messages[] = {of_string("12345"), of_bytes("12345", 5)};

    for (size_t i = 0; i < 2; i++) {
        assert_status(send_value(f.ada, f.pipe, 0, messages[i]), HF_OK);
        Hf__Reply *reply = ask(
            f.bob, REQUEST(f.pipe, pipe_receive, .end = 1, .has_max_bytes = true, .max_bytes = 4));
        assert_status(reply, HF_TOO_BIG);
        assert_non_null(strstr(reply->detail, "5 bytes"));
        reply = ask(f.bob,
                    REQUEST(f.pipe, pipe_receive, .end = 1, .has_max_bytes = true, .max_bytes = 5));
        assert_value(reply, messages[i]);
    }
    assert_status(send_int(f.ada, f.pipe, 0, 1), HF_OK);
    assert_int(
        ask(f.bob, REQUEST(f.pipe, pipe_receive, .end = 1, .has_max_bytes = true, .max_bytes = 0)),
        1); /* only strings and bytes have a length */
}

static void one_that_waits_is_told_of_a_message_too_long_for_it(void **state) {
    struct fixture f = set_up(*state, false, 0);
    uint64_t bobs = peer_send(f.bob, waiting(REQUEST(f.pipe, pipe_receive, .end = 1,
                                                     .has_max_bytes = true, .max_bytes = 1),
                                             -1));
    uint64_t cyds = start_receive(f.cyd, f.pipe, 1, -1);

    assert_status(send_value(f.ada, f.pipe, 0, of_string("long")), HF_OK);

    assert_status(peer_reply(f.bob, bobs), HF_TOO_BIG);
    assert_value(peer_reply(f.cyd, cyds), of_string("long"));
}

static void one_way_goes_from_end_1_to_end_0(void **state) {
    struct fixture f = set_up(*state, true, 0);

    assert_status(send_int(f.ada, f.pipe, 0, 1), HF_INVALID);
    assert_status(receive(f.bob, f.pipe, 1), HF_INVALID);
    assert_status(ask(f.bob, REQUEST(f.pipe, pipe_poll, .end = 1)), HF_INVALID);
    assert_status(send_int(f.bob, f.pipe, 1, 7), HF_OK);

    assert_int(receive(f.ada, f.pipe, 0), 7);
}

static void there_are_two_ends(void **state) {
    struct fixture f = set_up(*state, false, 0);

    assert_status(attach(f.ada, f.pipe, 2), HF_INVALID);
    assert_status(close_end(f.ada, f.pipe, 2), HF_INVALID);
    assert_status(send_int(f.ada, f.pipe, UINT32_MAX, 1), HF_INVALID);
    assert_status(receive(f.ada, f.pipe, 2), HF_INVALID);
    assert_status(ask(f.ada, REQUEST(f.pipe, pipe_poll, .end = 3)), HF_INVALID);
}

static void bad_values_are_refused(void **state) {
    struct fixture f = set_up(*state, false, 0);
    Hf__Any *deep = of_int(1);
    for (int depth = 0; depth < 33; depth++) {
        deep = of_list(1, deep);
    }

    assert_status(send_value(f.ada, f.pipe, 0, deep), HF_TOO_BIG);
    assert_status(send_value(f.ada, f.pipe, 0, of_map(1, of_list(0), of_null())), HF_INVALID);

    assert_status(receive(f.bob, f.pipe, 1), HF_TIMEOUT);
}

static void an_open_must_ask_for_what_is_there(void **state) {
    struct fixture f = set_up(*state, false, 0);

    assert_int_equal(open_pipe(f.bob, "pipe", false, 1024), f.pipe); /* the default */
    assert_status(ask(f.bob, REQUEST(0, pipe_open, .name = name_of("pipe"), .has_one_way = true,
                                     .one_way = true)),
                  HF_WRONG_TYPE);
    assert_status(ask(f.bob, REQUEST(0, pipe_open, .name = name_of("pipe"),
                                     .has_max_messages = true, .max_messages = 5)),
                  HF_WRONG_TYPE);
    assert_status(ask(f.bob, REQUEST(0, lock_open, .name = name_of("pipe"))), HF_WRONG_TYPE);
}

/* ---- waiting ---- */

static void receivers_wait_and_are_served_in_order(void **state) {
    struct fixture f = set_up(*state, false, 0);
    uint64_t bobs = start_receive(f.bob, f.pipe, 1, -1);
    uint64_t cyds = start_receive(f.cyd, f.pipe, 1, 1000);
    assert_true(unanswered(f.bob, bobs) && unanswered(f.cyd, cyds));

    assert_status(send_int(f.ada, f.pipe, 0, 1), HF_OK);
    assert_int(peer_reply(f.bob, bobs), 1);
    assert_true(unanswered(f.cyd, cyds));
    assert_status(send_int(f.ada, f.pipe, 0, 2), HF_OK);

    assert_int(peer_reply(f.cyd, cyds), 2);
}

static void a_receiver_at_one_end_does_not_hold_up_the_other(void **state) {
    struct fixture f = set_up(*state, false, 0);
    uint64_t adas = start_receive(f.ada, f.pipe, 0, -1);

    assert_status(send_int(f.ada, f.pipe, 0, 5), HF_OK);
    assert_int(receive(f.bob, f.pipe, 1), 5);
    assert_true(unanswered(f.ada, adas));

    assert_status(send_int(f.bob, f.pipe, 1, 6), HF_OK);
    assert_int(peer_reply(f.ada, adas), 6);
}

static void senders_wait_while_the_pipe_is_full(void **state) {
    struct fixture f = set_up(*state, false, 1);
    assert_status(send_int(f.ada, f.pipe, 0, 1), HF_OK);
    assert_status(send_int(f.ada, f.pipe, 0, 9), HF_TIMEOUT);
    uint64_t adas = start_send(f.ada, f.pipe, 0, 2, -1);
    uint64_t cyds = start_send(f.cyd, f.pipe, 0, 3, -1);
    assert_status(send_int(f.bob, f.pipe, 1, 4), HF_OK); /* the other direction is not full */

    assert_int(receive(f.bob, f.pipe, 1), 1);
    assert_status(peer_reply(f.ada, adas), HF_OK);
    assert_true(unanswered(f.cyd, cyds));
    assert_status(send_int(f.ada, f.pipe, 0, 9), HF_TIMEOUT); /* nobody overtakes */
    assert_int(receive(f.bob, f.pipe, 1), 2);
    assert_status(peer_reply(f.cyd, cyds), HF_OK);

    assert_int(receive(f.bob, f.pipe, 1), 3);
}

static void poll_waits_and_takes_nothing(void **state) {
    struct fixture f = set_up(*state, false, 0);
    assert_status(ask(f.bob, REQUEST(f.pipe, pipe_poll, .end = 1)), HF_TIMEOUT);
    uint64_t bobs = start_poll(f.bob, f.pipe, 1, -1);
    uint64_t cyds = start_poll(f.cyd, f.pipe, 1, -1);

    assert_status(send_int(f.ada, f.pipe, 0, 1), HF_OK);

    assert_status(peer_reply(f.bob, bobs), HF_OK);
    assert_status(peer_reply(f.cyd, cyds), HF_OK);
    assert_int(receive(f.cyd, f.pipe, 1), 1);
}

static void timeouts_leave_the_pipe_as_it_was(void **state) {
    struct fixture f = set_up(*state, false, 1);
    uint64_t got = start_receive(f.bob, f.pipe, 1, 10);
    uint64_t polled = start_poll(f.bob, f.pipe, 1, 20);
    world_pass(f.world, 9);
    assert_true(unanswered(f.bob, got));
    world_pass(f.world, 1);
    assert_status(peer_reply(f.bob, got), HF_TIMEOUT);
    world_pass(f.world, 10);
    assert_status(peer_reply(f.bob, polled), HF_TIMEOUT);

    assert_status(send_int(f.ada, f.pipe, 0, 1), HF_OK);
    uint64_t sent = start_send(f.ada, f.pipe, 0, 2, 30);
    world_pass(f.world, 30);
    assert_status(peer_reply(f.ada, sent), HF_TIMEOUT);

    assert_int(receive(f.bob, f.pipe, 1), 1);
    assert_status(receive(f.bob, f.pipe, 1), HF_TIMEOUT);
}

static void a_cancelled_receive_takes_nothing(void **state) {
    struct fixture f = set_up(*state, false, 0);
    uint64_t bobs = start_receive(f.bob, f.pipe, 1, -1);

    assert_truth(ask(f.bob, REQUEST(0, cancel, .call = bobs)), true);

    assert_status(peer_reply(f.bob, bobs), HF_CANCELLED);
    assert_status(send_int(f.ada, f.pipe, 0, 1), HF_OK);
    assert_int(receive(f.bob, f.pipe, 1), 1);
}

static void deleting_the_pipe_ends_those_who_wait(void **state) {
    struct fixture f = set_up(*state, false, 1);
    assert_status(send_int(f.ada, f.pipe, 0, 1), HF_OK);
    uint64_t sent = start_send(f.ada, f.pipe, 0, 2, -1);
    uint64_t got = start_receive(f.cyd, f.pipe, 0, -1);
    uint64_t polled = start_poll(f.bob, f.pipe, 0, -1);

    assert_status(ask(f.bob, REQUEST(f.pipe, object_delete)), HF_OK);

    assert_status(peer_reply(f.ada, sent), HF_DELETED);
    assert_status(peer_reply(f.cyd, got), HF_DELETED);
    assert_status(peer_reply(f.bob, polled), HF_DELETED);
    assert_status(receive(f.bob, f.pipe, 1), HF_NO_OBJECT);
}

/* ---- the end of the stream ---- */

static void the_first_side_waits_for_the_other(void **state) {
    struct fixture f = set_up(*state, true, 0);

    uint64_t adas = start_receive(f.ada, f.pipe, 0, -1);
    assert_true(unanswered(f.ada, adas));
    assert_status(send_int(f.bob, f.pipe, 1, 1), HF_OK);

    assert_int(peer_reply(f.ada, adas), 1);
}

static void a_sender_before_the_first_receiver_is_not_refused(void **state) {
    struct fixture f = set_up(*state, true, 0);

    assert_status(send_int(f.bob, f.pipe, 1, 1), HF_OK);

    assert_int(receive(f.ada, f.pipe, 0), 1);
}

static void the_stream_ends_once_the_last_holder_of_the_other_end_has_closed_it(void **state) {
    struct fixture f = set_up(*state, true, 0);
    assert_status(send_int(f.bob, f.pipe, 1, 1), HF_OK);
    assert_status(attach(f.cyd, f.pipe, 1), HF_OK);

    assert_status(close_end(f.bob, f.pipe, 1), HF_OK);
    assert_int(receive(f.ada, f.pipe, 0), 1);
    uint64_t adas = start_receive(f.ada, f.pipe, 0, -1);
    uint64_t polled = start_poll(f.ada, f.pipe, 0, -1);
    assert_true(unanswered(f.ada, adas));
    assert_status(close_end(f.cyd, f.pipe, 1), HF_OK);

    assert_status(peer_reply(f.ada, adas), HF_CLOSED);
    assert_status(peer_reply(f.ada, polled), HF_CLOSED);
    assert_status(receive(f.ada, f.pipe, 0), HF_CLOSED);
}

static void an_end_that_is_held_again_is_open_again(void **state) {
    struct fixture f = set_up(*state, true, 0);
    assert_status(send_int(f.bob, f.pipe, 1, 1), HF_OK);
    peer_leave(f.bob);
    assert_int(receive(f.ada, f.pipe, 0), 1);
    assert_status(receive(f.ada, f.pipe, 0), HF_CLOSED);

    assert_status(send_int(f.cyd, f.pipe, 1, 2), HF_OK);

    assert_int(receive(f.ada, f.pipe, 0), 2);
}

static void close_is_for_those_who_hold_the_end(void **state) {
    struct fixture f = set_up(*state, false, 0);
    assert_status(close_end(f.ada, f.pipe, 0), HF_NOT_HELD);
    assert_status(attach(f.ada, f.pipe, 0), HF_OK);
    assert_status(attach(f.ada, f.pipe, 0), HF_OK); /* still one hold */

    assert_status(close_end(f.ada, f.pipe, 1), HF_NOT_HELD);
    assert_status(close_end(f.bob, f.pipe, 0), HF_NOT_HELD);
    assert_status(close_end(f.ada, f.pipe, 0), HF_OK);
    assert_status(close_end(f.ada, f.pipe, 0), HF_NOT_HELD);
}

static void closing_an_end_ends_the_waits_there(void **state) {
    struct fixture f = set_up(*state, false, 0);
    uint64_t adas = start_receive(f.ada, f.pipe, 0, -1);

    assert_status(close_end(f.ada, f.pipe, 0), HF_OK);

    assert_status(peer_reply(f.ada, adas), HF_CLOSED);
    assert_status(attach(f.bob, f.pipe, 1), HF_OK);
    assert_status(send_int(f.bob, f.pipe, 1, 1), HF_CLOSED);
}

static void a_refused_use_does_not_hold_the_end(void **state) {
    struct fixture f = set_up(*state, true, 0);

    assert_status(send_int(f.ada, f.pipe, 0, 1), HF_INVALID);
    assert_status(close_end(f.ada, f.pipe, 0), HF_NOT_HELD);
    assert_status(receive(f.ada, f.pipe, 0), HF_TIMEOUT); /* but this was one */

    assert_status(close_end(f.ada, f.pipe, 0), HF_OK);
}

static void a_batch_can_wait_to_receive_and_answer(void **state) {
    struct fixture f = set_up(*state, false, 0);
    uint64_t bobs = peer_send(
        f.bob, waiting(batch_of(2, &REQUEST(f.pipe, pipe_receive, .end = 1),
                                &REQUEST(f.pipe, pipe_send, .end = 1, .value = of_string("done"))),
                       -1));

    assert_status(send_int(f.ada, f.pipe, 0, 1), HF_OK);

    assert_int(reply_in(peer_reply(f.bob, bobs), 0), 1);
    assert_status(peer_reply(f.bob, bobs), HF_OK);
    assert_value(receive(f.ada, f.pipe, 0), of_string("done"));
}

static void describe_tells_who_holds_and_what_is_under_way(void **state) {
    struct fixture f = set_up(*state, false, 3);
    assert_status(send_int(f.ada, f.pipe, 0, 1), HF_OK);
    assert_status(attach(f.bob, f.pipe, 1), HF_OK);
    assert_status(close_end(f.bob, f.pipe, 1), HF_OK);

    Hf__Description *description = ask(f.cyd, REQUEST(f.pipe, object_describe))->description;

    assert_int_equal(description->size, 1);
    assert_int_equal(description->n_holders, 1);
    assert_string_equal(description->holders[0]->label, "ada");
    assert_string_equal(description->options,
                        "duplex, at most 3 messages; end 0: 1 holders, 0 to receive; "
                        "end 1: 0 holders (closed), 1 to receive");
}

static void the_managers_own_limit_bounds_both_directions_together(void **state) {
    struct core_config config = core_defaults();
    config.items_max = 3;
    struct world *world = world_replace(state, &config);
    struct peer *ada = world_join(world, "ada");
    uint64_t pipe = open_pipe(ada, NULL, false, 0);

    assert_status(send_int(ada, pipe, 0, 1), HF_OK);
    assert_status(send_int(ada, pipe, 1, 2), HF_OK);
    assert_status(send_int(ada, pipe, 1, 3), HF_OK);

    assert_status(send_int(ada, pipe, 0, 4), HF_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_one_end_are_received_at_the_other_in_order),
        cmocka_unit_test(a_message_can_be_any_value_and_keeps_what_it_refers_to),
        cmocka_unit_test(a_message_longer_than_asked_for_stays),
        cmocka_unit_test(one_that_waits_is_told_of_a_message_too_long_for_it),
        cmocka_unit_test(one_way_goes_from_end_1_to_end_0),
        cmocka_unit_test(there_are_two_ends),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(an_open_must_ask_for_what_is_there),
        cmocka_unit_test(receivers_wait_and_are_served_in_order),
        cmocka_unit_test(a_receiver_at_one_end_does_not_hold_up_the_other),
        cmocka_unit_test(senders_wait_while_the_pipe_is_full),
        cmocka_unit_test(poll_waits_and_takes_nothing),
        cmocka_unit_test(timeouts_leave_the_pipe_as_it_was),
        cmocka_unit_test(a_cancelled_receive_takes_nothing),
        cmocka_unit_test(deleting_the_pipe_ends_those_who_wait),
        cmocka_unit_test(the_first_side_waits_for_the_other),
        cmocka_unit_test(a_sender_before_the_first_receiver_is_not_refused),
        cmocka_unit_test(the_stream_ends_once_the_last_holder_of_the_other_end_has_closed_it),
        cmocka_unit_test(an_end_that_is_held_again_is_open_again),
        cmocka_unit_test(close_is_for_those_who_hold_the_end),
        cmocka_unit_test(closing_an_end_ends_the_waits_there),
        cmocka_unit_test(a_refused_use_does_not_hold_the_end),
        cmocka_unit_test(a_batch_can_wait_to_receive_and_answer),
        cmocka_unit_test(describe_tells_who_holds_and_what_is_under_way),
        cmocka_unit_test(the_managers_own_limit_bounds_both_directions_together),
    };
    return WORLD_MAIN(tests);
}
