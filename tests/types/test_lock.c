/* SPDX-License-Identifier: MIT
 *
 * lock: grants and their order, and the death of a holder or a waiter.
 */
#include "world.h"

#include <string.h>

/* The dead holder that a grant names. */
static const Hf__Holder *died(const Hf__Reply *reply) {
    assert_status(reply, HF_OWNER_DIED);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_GRANT);
    assert_non_null(reply->grant->died);
    return reply->grant->died;
}

static uint64_t open_keeping(struct peer *peer, const char *name) {
    return opened(peer,
                  REQUEST(0, lock_open, .name = name_of(name), .has_keep = true, .keep = true));
}

static uint64_t open_reentrant(struct peer *peer, const char *name) {
    return opened(peer, REQUEST(0, lock_open, .name = name_of(name), .has_reentrant = true,
                                .reentrant = true));
}

static uint64_t open_for_any_to_release(struct peer *peer, const char *name) {
    return opened(peer, REQUEST(0, lock_open, .name = name_of(name), .has_any_may_release = true,
                                .any_may_release = true));
}

/* ---- order ---- */

static void a_free_lock_is_granted_at_once(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock = open_lock(ada, "lock");

    const Hf__Reply *reply = ask(ada, REQUEST(lock, lock_acquire));

    assert_status(reply, HF_OK);
    assert_true(reply->grant->fence > 0);
    assert_int_equal(reply->grant->depth, 1);
    assert_null(reply->grant->died);
}

static void waiters_are_granted_in_order_of_arrival(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *peers[5];
    uint64_t ids[5];
    uint64_t lock = open_lock(ada, "lock");
    take_lock(ada, lock);
    for (size_t i = 0; i < 5; i++) {
        peers[i] = world_join(*state, "waiter");
        ids[i] = start_acquire(peers[i], lock, i % 2 ? -1 : 5000);
    }

    for (size_t i = 0; i < 5; i++) {
        release_lock(i == 0 ? ada : peers[i - 1], lock);

        for (size_t j = 0; j < 5; j++) {
            assert_int_equal(unanswered(peers[j], ids[j]), j > i);
        }
    }
}

static void a_newcomer_never_overtakes_a_waiter(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t lock = open_lock(ada, "lock");
    take_lock(ada, lock);
    uint64_t bobs = start_acquire(bob, lock, -1);

    release_lock(ada, lock);
    uint64_t cyds = start_acquire(cyd, lock, -1);
    uint64_t again = start_acquire(ada, lock, -1);

    (void)grant_of(bob, bobs);
    assert_true(unanswered(cyd, cyds) && unanswered(ada, again));
    release_lock(bob, lock);
    (void)grant_of(cyd, cyds);
    assert_true(unanswered(ada, again));
}

/* ---- time ---- */

static void trying_does_not_wait(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    take_lock(ada, lock);

    assert_status(ask(bob, REQUEST(lock, lock_acquire)), HF_TIMEOUT);

    release_lock(ada, lock);
    take_lock(ada, lock); /* nobody has been left waiting */
}

static void a_timeout_comes_exactly_at_the_deadline_and_names_the_holder(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_lock(ada, "lock");
    take_lock(ada, lock);
    world_pass(world, 20);
    uint64_t bobs = start_acquire(bob, lock, 100);

    assert_int_equal(core_tick(world_core(world), world_now(world)), world_now(world) + 100);
    world_pass(world, 99);
    assert_true(unanswered(bob, bobs));
    world_pass(world, 1);

    assert_status(peer_reply(bob, bobs), HF_TIMEOUT);
    assert_string_equal(peer_reply(bob, bobs)->detail, "held by ada (process 4711) for 120 ms");
    assert_int_equal(core_tick(world_core(world), world_now(world)), -1);
}

static void one_that_timed_out_is_passed_over(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    struct peer *cyd = world_join(world, "cyd");
    uint64_t lock = open_lock(ada, "lock");
    take_lock(ada, lock);
    uint64_t bobs = start_acquire(bob, lock, 100);
    uint64_t cyds = start_acquire(cyd, lock, -1);

    world_pass(world, 100);
    release_lock(ada, lock);

    assert_status(peer_reply(bob, bobs), HF_TIMEOUT);
    (void)grant_of(cyd, cyds);
}

/* ---- re-entrant, plain, and for any to release ---- */

static void a_reentrant_lock_is_free_after_as_many_releases(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_reentrant(ada, "lock");
    uint64_t fence = take_lock(ada, lock);
    uint64_t bobs = start_acquire(bob, lock, -1);

    for (uint32_t depth = 2; depth <= 3; depth++) { /* the holder is first, though bob waits */
        const Hf__Reply *again = ask(ada, REQUEST(lock, lock_acquire));
        assert_status(again, HF_OK);
        assert_int_equal(again->grant->depth, depth);
        assert_int_equal(again->grant->fence, fence);
    }
    release_lock(ada, lock);
    release_lock(ada, lock);
    assert_true(unanswered(bob, bobs));
    release_lock(ada, lock);

    assert_int_equal(grant_of(bob, bobs)->depth, 1);
    assert_status(ask(ada, REQUEST(lock, lock_release)), HF_NOT_HELD);
}

static void acquiring_a_plain_lock_twice_is_a_deadlock(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_lock(ada, "the till");
    take_lock(ada, lock);
    world_pass(world, 7);

    const Hf__Reply *alone = peer_reply(ada, start_acquire(ada, lock, -1));
    uint64_t bobs = start_acquire(bob, lock, -1);
    const Hf__Reply *with_a_waiter = peer_reply(ada, start_acquire(ada, lock, 500));

    assert_status(alone, HF_DEADLOCK);
    assert_string_equal(alone->detail,
                        "ada (process 4711) holds the till for 7 ms and would wait for itself");
    assert_status(with_a_waiter, HF_DEADLOCK);
    release_lock(ada, lock);
    (void)grant_of(bob, bobs);
}

static void releasing_what_one_does_not_hold_is_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");

    const Hf__Reply *free = ask(ada, REQUEST(lock, lock_release));
    take_lock(ada, lock);
    const Hf__Reply *other = ask(bob, REQUEST(lock, lock_release));

    assert_status(free, HF_NOT_HELD);
    assert_string_equal(free->detail, "nobody holds the lock");
    assert_status(other, HF_NOT_HELD);
    assert_string_equal(other->detail, "ada (process 4711) holds the lock");
    release_lock(ada, lock);
}

static void any_may_release_where_the_lock_says_so(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_for_any_to_release(ada, "lock");
    take_lock(ada, lock);
    uint64_t again = start_acquire(ada, lock, -1); /* waits: somebody else may release it */
    assert_true(unanswered(ada, again));

    release_lock(bob, lock);

    (void)grant_of(ada, again);
    release_lock(bob, lock);
    assert_status(ask(bob, REQUEST(lock, lock_release)), HF_NOT_HELD);
}

static void other_options_are_another_lock(void **state) {
    struct peer *ada = world_join(*state, "ada");
    (void)open_lock(ada, "plain");
    (void)open_keeping(ada, "keeping");

    assert_status(
        ask(ada, REQUEST(0, lock_open, .name = name_of("plain"), .has_keep = true, .keep = true)),
        HF_WRONG_TYPE);
    assert_status(ask(ada, REQUEST(0, lock_open, .name = name_of("plain"), .has_reentrant = true,
                                   .reentrant = true)),
                  HF_WRONG_TYPE);
    assert_status(ask(ada, REQUEST(0, lock_open, .name = name_of("keeping"), .has_keep = true)),
                  HF_WRONG_TYPE);
    assert_status(ask(ada, REQUEST(0, queue_open, .name = name_of("plain"))), HF_WRONG_TYPE);
}

/* ---- death ---- */

static void a_death_is_remembered_until_somebody_comes(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    take_lock(ada, lock);
    peer_leave(ada);
    assert_status(ask(bob, REQUEST(lock, lock_who)), HF_NOT_HELD);

    assert_string_equal(died(ask(bob, REQUEST(lock, lock_acquire)))->label, "ada");

    release_lock(bob, lock);
    take_lock(bob, lock);
}

static void the_last_of_two_dead_holders_is_told(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t lock = open_lock(ada, "lock");
    take_lock(ada, lock);
    peer_leave(ada);
    (void)died(ask(bob, REQUEST(lock, lock_acquire)));

    peer_leave(bob);

    assert_string_equal(died(ask(cyd, REQUEST(lock, lock_acquire)))->label, "bob");
}

static void a_death_releases_all_depths_and_all_locks(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t deep = open_reentrant(ada, "deep");
    uint64_t plain = open_lock(ada, "plain");
    take_lock(ada, deep);
    take_lock(ada, deep);
    take_lock(ada, plain);
    uint64_t on_plain = start_acquire(bob, plain, -1);
    uint64_t on_deep = start_acquire(bob, deep, -1);

    peer_leave(ada);

    (void)died(peer_reply(bob, on_plain));
    (void)died(peer_reply(bob, on_deep));
    /* They were released in the order in which they had been acquired. */
    assert_ptr_equal(peer_last(bob), peer_reply(bob, on_plain));
    assert_int_equal(peer_reply(bob, on_deep)->grant->depth, 1);
}

static void a_kept_lock_times_its_waiters_out_with_the_dead_ones_name(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_keeping(ada, NULL);
    assert_status(ask(bob, REQUEST(lock, object_describe)), HF_OK); /* bob keeps it alive */
    take_lock(ada, lock);
    peer_leave(ada);
    uint64_t bobs = start_acquire(bob, lock, 10);

    world_pass(world, 10);

    assert_status(peer_reply(bob, bobs), HF_TIMEOUT);
    assert_string_equal(peer_reply(bob, bobs)->detail,
                        "it is kept since ada (process 4711) died: nobody holds it, and any "
                        "session may release it");
}

/* ---- telling ---- */

static void lock_who_tells_of_the_holder(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_reentrant(ada, "lock");
    uint64_t fence = take_lock(ada, lock);
    take_lock(ada, lock);
    (void)start_acquire(bob, lock, -1);
    world_pass(world, 30);

    const Hf__Reply *reply = ask(bob, REQUEST(lock, lock_who));

    assert_status(reply, HF_OK);
    const Hf__Holder *holder = reply->holder;
    assert_string_equal(holder->label, "ada");
    assert_int_equal(holder->pid, 4711);
    assert_int_equal(holder->fence, fence);
    assert_int_equal(holder->depth, 2);
    assert_int_equal(holder->held_ms, 30);
    assert_int_equal(holder->waiting, 1);
    assert_false(holder->dead);
}

static void describe_tells_who_holds_and_who_waits_in_order(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    struct peer *cyd = world_join(world, "cyd");
    uint64_t lock = open_keeping(ada, "lock");
    take_lock(ada, lock);
    uint64_t bobs = start_acquire(bob, lock, -1);
    world_pass(world, 5);
    release_lock(ada, lock);
    (void)grant_of(bob, bobs);
    (void)start_acquire(cyd, lock, -1);
    world_pass(world, 1);
    (void)start_acquire(ada, lock, 100);
    world_pass(world, 2);

    const Hf__Reply *reply = ask(bob, REQUEST(lock, object_describe));

    assert_status(reply, HF_OK);
    const Hf__Description *told = reply->description;
    assert_int_equal(told->id, lock);
    assert_int_equal(told->type, HF__TYPE__LOCK);
    assert_string_equal(told->name, "lock");
    assert_string_equal(told->options, "keep");
    assert_int_equal(told->size, 1);
    assert_int_equal(told->grants, 2);
    assert_int_equal(told->longest_wait_ms, 5);
    assert_int_equal(told->n_holders, 1);
    assert_string_equal(told->holders[0]->label, "bob");
    assert_int_equal(told->holders[0]->held_ms, 3);
    assert_int_equal(told->waiting, 2);
    assert_int_equal(told->n_waiters, 2);
    assert_string_equal(told->waiters[0]->label, "cyd");
    assert_string_equal(told->waiters[0]->op, "lock_acquire");
    assert_int_equal(told->waiters[0]->waited_ms, 3);
    assert_string_equal(told->waiters[1]->label, "ada");
    assert_int_equal(told->waiters[1]->waited_ms, 2);
}

/* ---- folded, guarded, one way ---- */

static void acquire_and_get_are_one_round_trip(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t count = open_value(ada, "count", 5);
    take_lock(ada, lock);

    uint64_t bobs = peer_send(
        bob, waiting(batch_of(2, &REQUEST(lock, lock_acquire), &REQUEST(count, value_get)), -1));
    assert_true(unanswered(bob, bobs));
    assert_string_equal(ask(ada, REQUEST(lock, object_describe))->description->waiters[0]->op,
                        "lock_acquire");
    assert_status(ask(ada, batch_of(2, &REQUEST(count, value_set, .value = of_int(4)),
                                    &REQUEST(lock, lock_release))),
                  HF_OK);

    assert_status(peer_reply(bob, bobs), HF_OK);
    assert_true(reply_in(peer_reply(bob, bobs), 0)->grant->fence > 0);
    assert_int(reply_in(peer_reply(bob, bobs), 1), 4);
}

static void a_folded_acquire_is_told_of_a_death_and_goes_on(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t count = open_value(ada, "count", 5);
    take_lock(ada, lock);
    uint64_t bobs = peer_send(
        bob, waiting(batch_of(2, &REQUEST(lock, lock_acquire), &REQUEST(count, value_get)), 1000));

    peer_leave(ada);

    assert_status(peer_reply(bob, bobs), HF_OWNER_DIED);
    assert_string_equal(died(reply_in(peer_reply(bob, bobs), 0))->label, "ada");
    assert_int(reply_in(peer_reply(bob, bobs), 1), 5);
}

static void a_guard_refuses_once_the_grant_is_over(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t count = open_value(ada, "count", 0);
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = lock;
    guard.fence = take_lock(ada, lock);
    Hf__Request guarded = REQUEST(count, value_add, .amount = of_int(1));
    guarded.guard = &guard;
    assert_int(ask(ada, guarded), 1);
    assert_int(ask(bob, guarded), 2); /* whichever session sends it */

    release_lock(ada, lock);
    assert_status(ask(ada, guarded), HF_STALE_FENCE);
    take_lock(bob, lock);
    assert_status(ask(ada, guarded), HF_STALE_FENCE);
    guard.lock = count;
    assert_status(ask(ada, guarded), HF_STALE_FENCE);
    guard.lock = 999;
    assert_status(ask(ada, guarded), HF_STALE_FENCE);

    assert_int(ask(ada, REQUEST(count, value_get)), 2);
}

static void a_guard_of_the_dead_holds_only_while_the_lock_is_kept(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t plain = open_lock(ada, "plain");
    uint64_t keeping = open_keeping(ada, "keeping");
    Hf__Guard on_plain = HF__GUARD__INIT;
    on_plain.lock = plain;
    on_plain.fence = take_lock(ada, plain);
    Hf__Guard on_keeping = HF__GUARD__INIT;
    on_keeping.lock = keeping;
    on_keeping.fence = take_lock(ada, keeping);
    peer_leave(ada);

    Hf__Request guarded = REQUEST(0, ping);
    guarded.guard = &on_plain;
    assert_status(ask(bob, guarded), HF_STALE_FENCE);
    guarded.guard = &on_keeping;
    assert_status(ask(bob, guarded), HF_OK);
    release_lock(bob, keeping);
    assert_status(ask(bob, guarded), HF_STALE_FENCE);
}

static void a_request_without_an_id_is_done_and_not_answered(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_lock(ada, "lock");
    size_t before = ada->reply_count;

    (void)peer_send(ada, one_way(REQUEST(lock, lock_acquire)));
    uint64_t bobs = start_acquire(bob, lock, -1);
    assert_true(unanswered(bob, bobs));
    (void)peer_send(ada, one_way(REQUEST(lock, lock_release)));
    (void)peer_send(ada, one_way(REQUEST(lock, lock_release))); /* refused, also in silence */
    (void)peer_send(ada, one_way(waiting(REQUEST(lock, lock_acquire), 10)));
    world_pass(world, 10);

    (void)grant_of(bob, bobs);
    assert_int_equal(ada->reply_count, before);
}

/* ---- handing on ---- */

static uint64_t number_of(struct peer *peer, uint64_t lock) {
    take_lock(peer, lock);
    uint64_t session = ask(peer, REQUEST(lock, lock_who))->holder->session;
    release_lock(peer, lock);
    return session;
}

static void a_transfer_goes_before_all_who_wait(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t lock = open_reentrant(ada, "lock");
    uint64_t bobs = number_of(bob, lock);
    uint64_t before = take_lock(ada, lock);
    take_lock(ada, lock);
    uint64_t cyds = start_acquire(cyd, lock, -1);

    const Hf__Reply *reply = ask(ada, REQUEST(lock, lock_transfer, .session = bobs));

    assert_status(reply, HF_OK);
    assert_true(reply->grant->fence > before);
    assert_int_equal(reply->grant->depth, 1);
    assert_true(unanswered(cyd, cyds));
    assert_string_equal(ask(ada, REQUEST(lock, lock_who))->holder->label, "bob");
    assert_status(ask(ada, REQUEST(lock, lock_release)), HF_NOT_HELD);
    release_lock(bob, lock);
    (void)grant_of(cyd, cyds);
}

static void the_death_of_who_got_it_by_transfer_releases_it(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, NULL);
    uint64_t bobs = number_of(bob, lock);
    take_lock(ada, lock);
    assert_status(ask(ada, REQUEST(lock, lock_transfer, .session = bobs)), HF_OK);
    uint64_t adas = start_acquire(ada, lock, -1);

    peer_leave(bob);

    assert_string_equal(died(peer_reply(ada, adas))->label, "bob");
}

static void transfers_that_make_no_sense_are_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t bobs = number_of(bob, lock);
    assert_status(ask(ada, REQUEST(lock, lock_transfer, .session = bobs)), HF_NOT_HELD);
    uint64_t fence = take_lock(ada, lock);

    assert_status(ask(bob, REQUEST(lock, lock_transfer, .session = bobs)), HF_NOT_HELD);
    assert_status(ask(ada, REQUEST(lock, lock_transfer, .session = 99)), HF_VALUE_ERROR);
    uint64_t waits = start_acquire(bob, lock, -1);
    const Hf__Reply *to_a_waiter = ask(ada, REQUEST(lock, lock_transfer, .session = bobs));

    assert_status(to_a_waiter, HF_DEADLOCK);
    assert_string_equal(to_a_waiter->detail,
                        "bob (process 4711) waits for the lock and would hold it");
    assert_int_equal(ask(ada, REQUEST(lock, lock_who))->holder->fence, fence);
    release_lock(ada, lock);
    (void)grant_of(bob, waits);
}

static void a_batch_that_has_waited_may_transfer_what_it_got_to_its_own_session(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    assert_status(ask(ada, REQUEST(lock, lock_acquire)), HF_OK);
    uint64_t bobs = peer_send(bob, waiting(batch_of(2, &REQUEST(lock, lock_acquire),
                                                    &REQUEST(lock, lock_transfer, .session = 2)),
                                           -1));

    assert_status(ask(ada, REQUEST(lock, lock_release)), HF_OK);

    assert_status(peer_reply(bob, bobs), HF_OK);
    assert_status(ask(bob, REQUEST(lock, lock_release)), HF_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_free_lock_is_granted_at_once),
        cmocka_unit_test(waiters_are_granted_in_order_of_arrival),
        cmocka_unit_test(a_newcomer_never_overtakes_a_waiter),
        cmocka_unit_test(trying_does_not_wait),
        cmocka_unit_test(a_timeout_comes_exactly_at_the_deadline_and_names_the_holder),
        cmocka_unit_test(one_that_timed_out_is_passed_over),
        cmocka_unit_test(a_reentrant_lock_is_free_after_as_many_releases),
        cmocka_unit_test(acquiring_a_plain_lock_twice_is_a_deadlock),
        cmocka_unit_test(releasing_what_one_does_not_hold_is_refused),
        cmocka_unit_test(any_may_release_where_the_lock_says_so),
        cmocka_unit_test(other_options_are_another_lock),
        cmocka_unit_test(a_death_is_remembered_until_somebody_comes),
        cmocka_unit_test(the_last_of_two_dead_holders_is_told),
        cmocka_unit_test(a_death_releases_all_depths_and_all_locks),
        cmocka_unit_test(a_kept_lock_times_its_waiters_out_with_the_dead_ones_name),
        cmocka_unit_test(lock_who_tells_of_the_holder),
        cmocka_unit_test(describe_tells_who_holds_and_who_waits_in_order),
        cmocka_unit_test(acquire_and_get_are_one_round_trip),
        cmocka_unit_test(a_folded_acquire_is_told_of_a_death_and_goes_on),
        cmocka_unit_test(a_guard_refuses_once_the_grant_is_over),
        cmocka_unit_test(a_guard_of_the_dead_holds_only_while_the_lock_is_kept),
        cmocka_unit_test(a_request_without_an_id_is_done_and_not_answered),
        cmocka_unit_test(a_transfer_goes_before_all_who_wait),
        cmocka_unit_test(the_death_of_who_got_it_by_transfer_releases_it),
        cmocka_unit_test(transfers_that_make_no_sense_are_refused),
        cmocka_unit_test(a_batch_that_has_waited_may_transfer_what_it_got_to_its_own_session),
    };
    return WORLD_MAIN(tests);
}
