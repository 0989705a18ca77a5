/* SPDX-License-Identifier: MIT
 *
 * barrier: parties pass together, the action of the last one, and everything that breaks it.
 */
#include "world.h"

#include <string.h>

static uint64_t open_barrier(struct peer *peer, uint32_t parties, bool action) {
    return opened(peer, REQUEST(0, barrier_open, .name = name_of("barrier"), .parties = parties,
                                .has_action = action, .action = action));
}

static uint64_t come(struct peer *peer, uint64_t barrier) {
    return peer_send(peer, waiting(REQUEST(barrier, barrier_wait), -1));
}

static const Hf__BarrierPlace *place(struct peer *peer, uint64_t id) {
    const Hf__Reply *reply = peer_reply(peer, id);
    assert_non_null(reply);
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_BARRIER_PLACE);
    return reply->barrier_place;
}

static void assert_broken(struct peer *peer, uint64_t id, const char *detail) {
    const Hf__Reply *reply = peer_reply(peer, id);
    assert_non_null(reply);
    assert_status(reply, HF_BROKEN);
    assert_string_equal(reply->detail, detail);
}

/* Three sessions and a barrier of three. */
struct fixture {
    struct world *world;
    struct peer *ada, *bob, *cyd;
    uint64_t barrier;
};

static struct fixture set_up(struct world *world, bool action) {
    struct fixture f = {.world = world};
    f.ada = world_join(f.world, "ada");
    f.bob = world_join(f.world, "bob");
    f.cyd = world_join(f.world, "cyd");
    f.barrier = open_barrier(f.ada, 3, action);
    return f;
}

/* ---- coming together ---- */

static void nobody_goes_on_before_the_last_has_come(void **state) {
    struct fixture f = set_up(*state, false);

    uint64_t adas = come(f.ada, f.barrier);
    uint64_t bobs = come(f.bob, f.barrier);
    assert_true(unanswered(f.ada, adas) && unanswered(f.bob, bobs));
    assert_count(ask(f.cyd, REQUEST(f.barrier, barrier_waiting)), 2);
    uint64_t cyds = come(f.cyd, f.barrier);

    assert_int_equal(place(f.ada, adas)->index, 0);
    assert_int_equal(place(f.bob, bobs)->index, 1);
    assert_int_equal(place(f.cyd, cyds)->index, 2);
    assert_false(place(f.cyd, cyds)->has_leader);
    assert_count(ask(f.cyd, REQUEST(f.barrier, barrier_waiting)), 0);
}

static void one_generation_comes_after_the_other(void **state) {
    struct fixture f = set_up(*state, false);

    for (int round = 0; round < 3; round++) {
        uint64_t ids[4];
        ids[0] = come(f.bob, f.barrier);
        ids[1] = come(f.ada, f.barrier);
        ids[2] = come(f.cyd, f.barrier);
        ids[3] = come(f.ada, f.barrier); /* of the next */
        assert_int_equal(place(f.bob, ids[0])->index, 0);
        assert_int_equal(place(f.ada, ids[1])->index, 1);
        assert_int_equal(place(f.cyd, ids[2])->index, 2);
        assert_true(unanswered(f.ada, ids[3]));
        (void)come(f.bob, f.barrier);
        (void)come(f.cyd, f.barrier);
        assert_int_equal(place(f.ada, ids[3])->index, 0);
    }
}

static void a_barrier_of_one_never_waits(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t barrier = open_barrier(ada, 1, false);

    const Hf__Reply *reply = ask(ada, REQUEST(barrier, barrier_wait));

    assert_status(reply, HF_OK);
    assert_int_equal(reply->barrier_place->index, 0);
}

static void one_that_only_tries_is_no_party_unless_it_is_the_last(void **state) {
    struct fixture f = set_up(*state, false);
    assert_status(ask(f.ada, REQUEST(f.barrier, barrier_wait)), HF_TIMEOUT);
    assert_truth(ask(f.ada, REQUEST(f.barrier, barrier_broken)), false);
    uint64_t adas = come(f.ada, f.barrier);
    assert_status(ask(f.bob, REQUEST(f.barrier, barrier_wait)), HF_TIMEOUT);
    assert_true(unanswered(f.ada, adas));
    uint64_t bobs = come(f.bob, f.barrier);

    assert_status(ask(f.cyd, REQUEST(f.barrier, barrier_wait)), HF_OK);

    assert_int_equal(place(f.ada, adas)->index, 0);
    assert_int_equal(place(f.bob, bobs)->index, 1);
}

static void a_guard_counts_when_one_comes(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t lock = open_lock(f.ada, "lock");
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = lock;
    guard.fence = ask(f.ada, REQUEST(lock, lock_acquire))->grant->fence;
    Hf__Request guarded = waiting(REQUEST(f.barrier, barrier_wait), -1);
    guarded.guard = &guard;
    uint64_t adas = peer_send(f.ada, guarded);
    assert_status(ask(f.ada, REQUEST(lock, lock_release)), HF_OK);

    assert_status(ask(f.bob, guarded), HF_STALE_FENCE);
    (void)come(f.bob, f.barrier);
    (void)come(f.cyd, f.barrier);

    assert_int_equal(place(f.ada, adas)->index, 0);
}

static void a_batch_may_begin_with_a_wait(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t count = open_value(f.ada, "count", 0);
    uint64_t adas = peer_send(
        f.ada, waiting(batch_of(3, &REQUEST(f.barrier, barrier_wait),
                                &REQUEST(count, value_add, .amount = of_int(1)),
                                &REQUEST(f.barrier, barrier_wait)), /* only tried: no party */
                       -1));
    (void)come(f.bob, f.barrier);
    assert_int(ask(f.cyd, REQUEST(count, value_get)), 0);

    (void)come(f.cyd, f.barrier);

    assert_status(peer_reply(f.ada, adas), HF_TIMEOUT);
    assert_int_equal(reply_in(peer_reply(f.ada, adas), 0)->barrier_place->index, 0);
    assert_int(reply_in(peer_reply(f.ada, adas), 1), 1);
    assert_count(ask(f.ada, REQUEST(f.barrier, barrier_waiting)), 0);
    assert_truth(ask(f.ada, REQUEST(f.barrier, barrier_broken)), false);
}

static void the_barriers_own_timeout_is_for_requests_without_one(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t barrier = opened(
        ada, REQUEST(0, barrier_open, .parties = 3, .has_timeout_ms = true, .timeout_ms = 70));
    uint64_t adas = peer_send(ada, REQUEST(barrier, barrier_wait));
    Hf__Request now = REQUEST(barrier, barrier_wait);
    now.has_timeout_ms = true;
    assert_status(ask(bob, now), HF_TIMEOUT);
    uint64_t bobs = peer_send(bob, waiting(REQUEST(barrier, barrier_wait), 500));

    world_pass(world, 69);
    assert_true(unanswered(ada, adas));
    world_pass(world, 1);

    assert_status(peer_reply(ada, adas), HF_TIMEOUT);
    assert_broken(bob, bobs, "ada (process 4711) timed out while it waited");
}

/* ---- the action ---- */

static void the_leader_acts_before_the_others_go_on(void **state) {
    struct fixture f = set_up(*state, true);
    uint64_t adas = come(f.ada, f.barrier);
    uint64_t bobs = come(f.bob, f.barrier);

    uint64_t cyds = come(f.cyd, f.barrier);
    assert_true(place(f.cyd, cyds)->leader);
    assert_int_equal(place(f.cyd, cyds)->index, 2);
    assert_true(place(f.cyd, cyds)->fence > 0);
    assert_true(unanswered(f.ada, adas) && unanswered(f.bob, bobs));
    assert_status(ask(f.cyd, REQUEST(f.barrier, barrier_done)), HF_OK);

    assert_int_equal(place(f.ada, adas)->index, 0);
    assert_false(place(f.ada, adas)->leader);
    assert_int_equal(place(f.bob, bobs)->index, 1);
    assert_status(ask(f.cyd, REQUEST(f.barrier, barrier_done)), HF_NOT_HELD);
}

static void only_the_leader_is_done(void **state) {
    struct fixture f = set_up(*state, true);
    assert_status(ask(f.ada, REQUEST(f.barrier, barrier_done)), HF_NOT_HELD);
    uint64_t adas = come(f.ada, f.barrier);
    (void)come(f.bob, f.barrier);
    (void)come(f.cyd, f.barrier);

    assert_status(ask(f.bob, REQUEST(f.barrier, barrier_done)), HF_NOT_HELD);

    assert_true(unanswered(f.ada, adas));
}

static void a_party_that_comes_while_the_leader_acts_is_of_the_next_generation(void **state) {
    struct fixture f = set_up(*state, true);
    struct peer *dan = world_join(f.world, "dan");
    struct peer *eve = world_join(f.world, "eve");
    uint64_t adas = come(f.ada, f.barrier);
    (void)come(f.bob, f.barrier);
    (void)come(f.cyd, f.barrier);
    uint64_t dans = come(dan, f.barrier);
    uint64_t late = peer_send(eve, waiting(REQUEST(f.barrier, barrier_wait), 10));
    uint64_t eves = come(eve, f.barrier);
    assert_count(ask(dan, REQUEST(f.barrier, barrier_waiting)), 2);
    world_pass(f.world, 10);
    assert_status(peer_reply(eve, late), HF_TIMEOUT); /* and breaks nothing */
    uint64_t cyds = come(f.cyd, f.barrier);

    assert_status(ask(f.cyd, REQUEST(f.barrier, barrier_done)), HF_OK);

    assert_int_equal(place(f.ada, adas)->index, 0);
    assert_true(place(f.cyd, cyds)->leader);
    assert_true(unanswered(dan, dans) && unanswered(eve, eves));
    assert_status(ask(f.cyd, REQUEST(f.barrier, barrier_done)), HF_OK);
    assert_int_equal(place(dan, dans)->index, 0);
    assert_int_equal(place(eve, eves)->index, 1);
}

static void the_fence_of_the_leader_guards_what_it_does(void **state) {
    struct fixture f = set_up(*state, true);
    uint64_t count = open_value(f.ada, "count", 0);
    (void)come(f.ada, f.barrier);
    (void)come(f.bob, f.barrier);
    uint64_t cyds = come(f.cyd, f.barrier);
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = f.barrier;
    guard.fence = place(f.cyd, cyds)->fence;
    Hf__Request guarded = REQUEST(count, value_add, .amount = of_int(1));
    guarded.guard = &guard;
    assert_int(ask(f.cyd, guarded), 1);

    assert_status(ask(f.ada, REQUEST(f.barrier, barrier_abort)), HF_OK);

    assert_status(ask(f.cyd, guarded), HF_STALE_FENCE);
}

/* ---- breaking ---- */

static void a_party_that_times_out_breaks_it_for_the_others(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t adas = come(f.ada, f.barrier);
    uint64_t bobs = peer_send(f.bob, waiting(REQUEST(f.barrier, barrier_wait), 50));

    world_pass(f.world, 50);

    assert_status(peer_reply(f.bob, bobs), HF_TIMEOUT);
    assert_broken(f.ada, adas, "bob (process 4711) timed out while it waited");
    assert_broken(f.cyd, come(f.cyd, f.barrier), "bob (process 4711) timed out while it waited");
}

static void the_first_of_two_timeouts_at_once_breaks_it(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t adas = peer_send(f.ada, waiting(REQUEST(f.barrier, barrier_wait), 50));
    uint64_t bobs = peer_send(f.bob, waiting(REQUEST(f.barrier, barrier_wait), 50));

    world_pass(f.world, 50);

    assert_status(peer_reply(f.ada, adas), HF_TIMEOUT);
    assert_broken(f.bob, bobs, "ada (process 4711) timed out while it waited");
}

static void a_party_that_cancels_breaks_it(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t adas = come(f.ada, f.barrier);
    uint64_t bobs = come(f.bob, f.barrier);

    assert_truth(ask(f.bob, REQUEST(0, cancel, .call = bobs)), true);

    assert_status(peer_reply(f.bob, bobs), HF_CANCELLED);
    assert_broken(f.ada, adas, "bob (process 4711) cancelled its wait");
}

static void an_abort_breaks_it_until_it_is_reset(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t adas = come(f.ada, f.barrier);

    assert_status(ask(f.cyd, REQUEST(f.barrier, barrier_abort)), HF_OK);
    assert_broken(f.ada, adas, "cyd (process 4711) aborted it");
    assert_status(ask(f.bob, REQUEST(f.barrier, barrier_abort)), HF_OK); /* the first has done it */
    assert_broken(f.bob, come(f.bob, f.barrier), "cyd (process 4711) aborted it");
    assert_truth(ask(f.ada, REQUEST(f.barrier, barrier_broken)), true);
    assert_status(ask(f.bob, REQUEST(f.barrier, barrier_reset)), HF_OK);

    assert_truth(ask(f.ada, REQUEST(f.barrier, barrier_broken)), false);
    (void)come(f.ada, f.barrier);
    (void)come(f.bob, f.barrier);
    assert_status(ask(f.cyd, REQUEST(f.barrier, barrier_wait)), HF_OK);
}

static void a_reset_breaks_it_for_those_who_wait_and_no_one_else(void **state) {
    struct fixture f = set_up(*state, true);
    struct peer *dan = world_join(f.world, "dan");
    uint64_t adas = come(f.ada, f.barrier);
    (void)come(f.bob, f.barrier);
    (void)come(f.cyd, f.barrier);
    uint64_t dans = come(dan, f.barrier);

    assert_status(ask(dan, REQUEST(f.barrier, barrier_reset)), HF_OK);

    assert_broken(f.ada, adas, "dan (process 4711) reset it");
    assert_truth(ask(f.ada, REQUEST(f.barrier, barrier_broken)), false);
    assert_status(ask(f.cyd, REQUEST(f.barrier, barrier_done)), HF_NOT_HELD);
    assert_true(unanswered(dan, dans));
    assert_count(ask(f.ada, REQUEST(f.barrier, barrier_waiting)), 1); /* dan has come */
}

/* ---- options ---- */

static void a_barrier_has_parties(void **state) {
    struct peer *ada = world_join(*state, "ada");

    assert_status(ask(ada, REQUEST(0, barrier_open, .name = name_of("barrier"))), HF_VALUE_ERROR);
    assert_count(ask(ada, REQUEST(open_barrier(ada, 7, false), barrier_parties)), 7);
}

static void other_options_are_another_barrier(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t barrier = open_barrier(ada, 3, false);

    assert_int_equal(open_barrier(ada, 3, false), barrier);
    assert_status(ask(ada, REQUEST(0, barrier_open, .name = name_of("barrier"), .parties = 2)),
                  HF_WRONG_TYPE);
    assert_status(ask(ada, REQUEST(0, barrier_open, .name = name_of("barrier"), .parties = 3,
                                   .has_action = true, .action = true)),
                  HF_WRONG_TYPE);
    assert_status(ask(ada, REQUEST(0, barrier_open, .name = name_of("barrier"), .parties = 3,
                                   .has_timeout_ms = true, .timeout_ms = 5)),
                  HF_WRONG_TYPE);
}

static void describe_tells_every_option(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t barrier = opened(ada, REQUEST(0, barrier_open, .parties = 2, .has_timeout_ms = true,
                                           .timeout_ms = 70, .has_action = true, .action = true));
    assert_string_equal(ask(ada, REQUEST(barrier, object_describe))->description->options,
                        "2 parties, action, timeout_ms 70");
}

static void describe_tells_of_parties_and_the_leader(void **state) {
    struct fixture f = set_up(*state, true);
    (void)come(f.ada, f.barrier);
    (void)come(f.bob, f.barrier);
    (void)come(f.cyd, f.barrier);

    const Hf__Description *told = ask(f.ada, REQUEST(f.barrier, object_describe))->description;

    assert_string_equal(told->options, "3 parties, action");
    assert_int_equal(told->size, 2);
    assert_int_equal(told->n_holders, 1);
    assert_string_equal(told->holders[0]->label, "cyd");
    assert_int_equal(told->n_waiters, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_goes_on_before_the_last_has_come),
        cmocka_unit_test(one_generation_comes_after_the_other),
        cmocka_unit_test(a_barrier_of_one_never_waits),
        cmocka_unit_test(one_that_only_tries_is_no_party_unless_it_is_the_last),
        cmocka_unit_test(a_guard_counts_when_one_comes),
        cmocka_unit_test(a_batch_may_begin_with_a_wait),
        cmocka_unit_test(the_barriers_own_timeout_is_for_requests_without_one),
        cmocka_unit_test(the_leader_acts_before_the_others_go_on),
        cmocka_unit_test(only_the_leader_is_done),
        cmocka_unit_test(a_party_that_comes_while_the_leader_acts_is_of_the_next_generation),
        cmocka_unit_test(the_fence_of_the_leader_guards_what_it_does),
        cmocka_unit_test(a_party_that_times_out_breaks_it_for_the_others),
        cmocka_unit_test(the_first_of_two_timeouts_at_once_breaks_it),
        cmocka_unit_test(a_party_that_cancels_breaks_it),
        cmocka_unit_test(an_abort_breaks_it_until_it_is_reset),
        cmocka_unit_test(a_reset_breaks_it_for_those_who_wait_and_no_one_else),
        cmocka_unit_test(a_barrier_has_parties),
        cmocka_unit_test(other_options_are_another_barrier),
        cmocka_unit_test(describe_tells_every_option),
        cmocka_unit_test(describe_tells_of_parties_and_the_leader),
    };
    return WORLD_MAIN(tests);
}
