/* SPDX-License-Identifier: MIT
 *
 * event: waiting calls, and a set that ends them, even if a clear follows at once.
 */
#include "world.h"

static uint64_t open_event(struct peer *peer) {
    return opened(peer, REQUEST(0, event_open, .name = name_of("event")));
}

static uint64_t wait_for(struct peer *peer, uint64_t event, int64_t timeout_ms) {
    return peer_send(peer, waiting(REQUEST(event, event_wait), timeout_ms));
}

static void set(struct peer *peer, uint64_t event) {
    assert_status(ask(peer, REQUEST(event, event_set)), HF_OK);
}

static void clear(struct peer *peer, uint64_t event) {
    assert_status(ask(peer, REQUEST(event, event_clear)), HF_OK);
}

static void an_event_is_not_set_at_first(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t event = open_event(ada);

    assert_truth(ask(ada, REQUEST(event, event_is_set)), false);
    assert_status(ask(ada, REQUEST(event, event_wait)), HF_TIMEOUT);
}

static void nobody_waits_while_it_is_set(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t event = open_event(ada);

    set(ada, event);
    set(ada, event); /* changes nothing */

    assert_truth(ask(ada, REQUEST(event, event_is_set)), true);
    assert_status(ask(ada, REQUEST(event, event_wait)), HF_OK);
    assert_status(ask(ada, REQUEST(event, event_wait)), HF_OK);
}

static void a_set_ends_all_waits_in_order_of_arrival(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t event = open_event(ada);
    uint64_t ids[3] = {wait_for(bob, event, -1), wait_for(bob, event, 50),
                       wait_for(bob, event, -1)};
    size_t before = bob->reply_count;

    set(ada, event);

    for (size_t i = 0; i < 3; i++) {
        assert_status(peer_reply(bob, ids[i]), HF_OK);
        assert_int_equal(bob->replies[before + i]->id, ids[i]);
    }
}

static void after_a_clear_one_waits_again(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t event = open_event(ada);
    set(ada, event);
    clear(ada, event);

    uint64_t id = wait_for(ada, event, 100);

    assert_true(unanswered(ada, id));
    clear(ada, event);
    world_pass(world, 99);
    assert_true(unanswered(ada, id));
    world_pass(world, 1);
    assert_status(peer_reply(ada, id), HF_TIMEOUT);
}

/* ---- a set and a clear that nobody can come between ---- */

static void set_and_clear_in_one_batch_let_all_go_that_waited(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t event = open_event(ada);
    uint64_t ids[2] = {wait_for(bob, event, -1), wait_for(bob, event, -1)};

    assert_status(ask(ada, batch_of(2, &REQUEST(event, event_set), &REQUEST(event, event_clear))),
                  HF_OK);
    uint64_t later = wait_for(bob, event, -1);

    assert_status(peer_reply(bob, ids[0]), HF_OK);
    assert_status(peer_reply(bob, ids[1]), HF_OK);
    assert_true(unanswered(bob, later));
    assert_truth(ask(ada, REQUEST(event, event_is_set)), false);
}

static void a_clear_after_a_wait_takes_the_set_from_no_other_waiter(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t event = open_event(ada);
    uint64_t bobs = peer_send(
        bob, waiting(batch_of(2, &REQUEST(event, event_wait), &REQUEST(event, event_clear)), -1));
    uint64_t cyds = wait_for(cyd, event, -1);

    set(ada, event);

    assert_status(peer_reply(bob, bobs), HF_OK);
    assert_status(peer_reply(cyd, cyds), HF_OK);
    assert_truth(ask(ada, REQUEST(event, event_is_set)), false);
}

static void a_second_wait_in_a_batch_is_a_new_one(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t event = open_event(ada);
    uint64_t other = opened(ada, REQUEST(0, event_open));
    uint64_t same_one =
        peer_send(bob, waiting(batch_of(3, &REQUEST(event, event_wait),
                                        &REQUEST(event, event_clear), &REQUEST(event, event_wait)),
                               -1));
    uint64_t another = peer_send(
        bob, waiting(batch_of(2, &REQUEST(event, event_wait), &REQUEST(other, event_wait)), -1));

    set(ada, event);

    assert_status(peer_reply(bob, same_one), HF_TIMEOUT);
    assert_status(reply_in(peer_reply(bob, same_one), 0), HF_OK);
    assert_status(reply_in(peer_reply(bob, same_one), 2), HF_TIMEOUT);
    assert_status(peer_reply(bob, another), HF_TIMEOUT);
    assert_status(reply_in(peer_reply(bob, another), 1), HF_TIMEOUT);
}

static void a_wait_behind_the_set_of_its_batch_does_not_queue(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t event = open_event(ada);
    uint64_t bobs = wait_for(bob, event, -1);

    const Hf__Reply *reply =
        ask(ada, batch_of(2, &REQUEST(event, event_set), &REQUEST(event, event_wait)));

    assert_status(reply, HF_OK);
    assert_status(peer_reply(bob, bobs), HF_OK);
    reply = ask(ada, batch_of(3, &REQUEST(event, event_set), &REQUEST(event, event_clear),
                              &REQUEST(event, event_wait)));
    assert_status(reply, HF_TIMEOUT); /* it did not wait at the set */
}

static void a_wait_for_any_of_several_events_ends_by_the_one_that_was_set(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t event = open_event(ada);
    uint64_t other = opened(ada, REQUEST(0, event_open));
    set(ada, other);
    clear(ada, other); /* before anybody waits */
    Hf__Request *requests[] = {&REQUEST(other, event_wait), &REQUEST(event, event_wait)};
    uint64_t id =
        peer_send(bob, waiting(REQUEST(0, wait_any, .n_requests = 2, .requests = requests), -1));
    assert_true(unanswered(bob, id));

    assert_status(ask(ada, batch_of(2, &REQUEST(event, event_set), &REQUEST(event, event_clear))),
                  HF_OK);

    const Hf__Reply *reply = peer_reply(bob, id);
    assert_status(reply, HF_OK);
    assert_int_equal(reply->first->index, 1);
}

/* ---- ends ---- */

static void a_wait_can_be_cancelled(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t event = open_event(ada);
    uint64_t id = wait_for(ada, event, -1);

    assert_truth(ask(ada, REQUEST(0, cancel, .call = id)), true);

    assert_status(peer_reply(ada, id), HF_CANCELLED);
}

static void describe_tells_whether_it_is_set_and_who_waits(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t event = open_event(ada);
    (void)wait_for(ada, event, -1);

    const Hf__Description *description = ask(ada, REQUEST(event, object_describe))->description;
    assert_int_equal(description->size, 0);
    assert_int_equal(description->waiting, 1);
    assert_string_equal(description->waiters[0]->op, "event_wait");
    set(ada, event);

    description = ask(ada, REQUEST(event, object_describe))->description;
    assert_int_equal(description->size, 1);
    assert_int_equal(description->waiting, 0);
}

static void an_event_is_opened_by_its_name_and_type(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t event = open_event(ada);

    assert_int_equal(open_event(bob), event);
    assert_status(ask(bob, REQUEST(0, event_open, .name = name_of("event"), .has_mode = true,
                                   .mode = HF__MODE__MUST_CREATE)),
                  HF_EXISTS);
    assert_status(ask(bob, REQUEST(0, latch_open, .name = name_of("event"))), HF_WRONG_TYPE);
    assert_status(ask(bob, REQUEST(event, latch_wait)), HF_WRONG_TYPE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_not_set_at_first),
        cmocka_unit_test(nobody_waits_while_it_is_set),
        cmocka_unit_test(a_set_ends_all_waits_in_order_of_arrival),
        cmocka_unit_test(after_a_clear_one_waits_again),
        cmocka_unit_test(set_and_clear_in_one_batch_let_all_go_that_waited),
        cmocka_unit_test(a_clear_after_a_wait_takes_the_set_from_no_other_waiter),
        cmocka_unit_test(a_second_wait_in_a_batch_is_a_new_one),
        cmocka_unit_test(a_wait_behind_the_set_of_its_batch_does_not_queue),
        cmocka_unit_test(a_wait_for_any_of_several_events_ends_by_the_one_that_was_set),
        cmocka_unit_test(a_wait_can_be_cancelled),
        cmocka_unit_test(describe_tells_whether_it_is_set_and_who_waits),
        cmocka_unit_test(an_event_is_opened_by_its_name_and_type),
    };
    return WORLD_MAIN(tests);
}
