/* SPDX-License-Identifier: MIT
 *
 * latch: counts down to 0, once.
 */
#include "world.h"

static Hf__Reply *ask_open(struct peer *peer, uint64_t count) {
    return ask(peer,
               REQUEST(0, latch_open, .name = name_of("latch"), .has_count = true, .count = count));
}

static uint64_t open_latch(struct peer *peer, uint64_t count) {
    return ask_open(peer, count)->object->id;
}

static Hf__Reply *count_down(struct peer *peer, uint64_t latch, uint64_t by) {
    return ask(peer, REQUEST(latch, latch_count_down, .has_by = true, .by = by));
}

static uint64_t wait_for(struct peer *peer, uint64_t latch, int64_t timeout_ms) {
    return peer_send(peer, waiting(REQUEST(latch, latch_wait), timeout_ms));
}

static void assert_left(struct peer *peer, uint64_t latch, uint64_t count) {
    assert_count(ask(peer, REQUEST(latch, latch_count)), count);
}

static void all_who_wait_go_on_at_zero(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t latch = open_latch(ada, 4);
    uint64_t first = wait_for(bob, latch, -1);
    uint64_t second = wait_for(bob, latch, 1000);

    assert_status(ask(ada, REQUEST(latch, latch_count_down)), HF_OK);
    assert_left(ada, latch, 3);
    assert_status(count_down(ada, latch, 2), HF_OK);
    assert_true(unanswered(bob, first) && unanswered(bob, second));
    assert_status(ask(bob, REQUEST(latch, latch_count_down)), HF_OK);

    assert_status(peer_reply(bob, first), HF_OK);
    assert_status(peer_reply(bob, second), HF_OK);
    assert_left(ada, latch, 0);
}

static void at_zero_nobody_waits(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t latch = open_latch(ada, 0);

    assert_status(ask(ada, REQUEST(latch, latch_wait)), HF_OK);
    assert_status(ask(ada, REQUEST(latch, latch_wait)), HF_OK);
}

static void it_counts_from_one_where_nothing_is_said(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t latch = opened(ada, REQUEST(0, latch_open));

    assert_left(ada, latch, 1);
}

static void it_never_goes_below_zero(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t latch = open_latch(ada, 2);

    assert_status(count_down(ada, latch, 3), HF_VALUE_ERROR);
    assert_status(count_down(ada, latch, UINT64_MAX), HF_VALUE_ERROR);
    assert_left(ada, latch, 2); /* unchanged */
    assert_status(count_down(ada, latch, 2), HF_OK);

    const Hf__Reply *reply = ask(ada, REQUEST(latch, latch_count_down));
    assert_status(reply, HF_VALUE_ERROR);
    assert_string_equal(reply->detail, "the count is 0, and never goes below 0");
    assert_status(count_down(ada, latch, 0), HF_OK); /* by 0: nothing */
}

static void counts_may_be_as_large_as_they_come(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t latch = open_latch(ada, UINT64_MAX);

    assert_status(count_down(ada, latch, UINT64_MAX - 1), HF_OK);

    assert_left(ada, latch, 1);
}

static void a_timeout_comes_exactly_at_the_deadline(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t latch = open_latch(ada, 1);
    assert_status(ask(ada, REQUEST(latch, latch_wait)), HF_TIMEOUT);
    uint64_t id = wait_for(ada, latch, 100);

    world_pass(world, 99);
    assert_true(unanswered(ada, id));
    world_pass(world, 1);

    assert_status(peer_reply(ada, id), HF_TIMEOUT);
    assert_left(ada, latch, 1);
}

static void another_initial_count_is_another_latch(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t latch = open_latch(ada, 3);
    assert_status(count_down(ada, latch, 1), HF_OK);

    assert_status(ask_open(ada, 2), HF_WRONG_TYPE); /* what is left now does not count */

    const Hf__Reply *reply = ask_open(ada, 3);
    assert_status(reply, HF_OK);
    assert_int_equal(reply->object->id, latch);
    assert_left(ada, latch, 2);
}

static void count_down_and_wait_are_one_step(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t latch = open_latch(ada, 1);
    uint64_t bobs = wait_for(bob, latch, -1);

    const Hf__Reply *reply =
        ask(ada, batch_of(2, &REQUEST(latch, latch_count_down), &REQUEST(latch, latch_wait)));

    assert_status(reply, HF_OK); /* although bob was there first */
    assert_status(peer_reply(bob, bobs), HF_OK);
}

static void describe_tells_the_count_and_who_waits(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t latch = open_latch(ada, 3);
    assert_status(count_down(ada, latch, 1), HF_OK);
    uint64_t id = wait_for(ada, latch, -1);

    const Hf__Description *description = ask(ada, REQUEST(latch, object_describe))->description;

    assert_string_equal(description->options, "from 3");
    assert_int_equal(description->size, 2);
    assert_string_equal(description->waiters[0]->op, "latch_wait");
    assert_truth(ask(ada, REQUEST(0, cancel, .call = id)), true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_who_wait_go_on_at_zero),
        cmocka_unit_test(at_zero_nobody_waits),
        cmocka_unit_test(it_counts_from_one_where_nothing_is_said),
        cmocka_unit_test(it_never_goes_below_zero),
        cmocka_unit_test(counts_may_be_as_large_as_they_come),
        cmocka_unit_test(a_timeout_comes_exactly_at_the_deadline),
        cmocka_unit_test(another_initial_count_is_another_latch),
        cmocka_unit_test(count_down_and_wait_are_one_step),
        cmocka_unit_test(describe_tells_the_count_and_who_waits),
    };
    return WORLD_MAIN(tests);
}
