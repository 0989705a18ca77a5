/* SPDX-License-Identifier: MIT
 *
 * condition: the order of notifies, and the lock that is held again however a wait ends.
 */
#include "world.h"

#include <string.h>

/* Three sessions, a lock and a condition on it. */
struct fixture {
    struct world *world;
    struct peer *ada, *bob, *cyd;
    uint64_t lock;
    uint64_t condition;
};

static uint64_t open_condition(struct peer *peer, const char *name, uint64_t lock) {
    return opened(peer, REQUEST(0, condition_open, .name = name_of(name), .lock = lock));
}

static struct fixture set_up(struct world *world, bool reentrant) {
    struct fixture f = {.world = world};
    f.ada = world_join(f.world, "ada");
    f.bob = world_join(f.world, "bob");
    f.cyd = world_join(f.world, "cyd");
    f.lock = opened(f.ada, REQUEST(0, lock_open, .name = name_of("lock"), .has_reentrant = true,
                                   .reentrant = reentrant));
    f.condition = open_condition(f.ada, "condition", f.lock);
    return f;
}

/* Take the free lock and wait. */
static uint64_t start_waiting(const struct fixture *f, struct peer *peer, int64_t timeout_ms) {
    take_lock(peer, f->lock);
    uint64_t id = peer_send(peer, waiting(REQUEST(f->condition, condition_wait), timeout_ms));
    assert_true(unanswered(peer, id));
    return id;
}

static const Hf__Grant *ended(struct peer *peer, uint64_t id, hf_status status) {
    const Hf__Reply *reply = peer_reply(peer, id);
    assert_non_null(reply);
    assert_status(reply, status);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_GRANT);
    return reply->grant;
}

static bool holds(const struct fixture *f, const char *label) {
    const Hf__Reply *reply = ask(f->ada, REQUEST(f->lock, lock_who));
    return reply->status == HF__STATUS__OK && strcmp(reply->holder->label, label) == 0;
}

/* ---- wait and notify ---- */

static void a_wait_gives_the_lock_up_and_has_it_again_when_notified(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t adas = start_waiting(&f, f.ada, -1);

    take_lock(f.bob, f.lock);
    uint64_t fence = ask(f.bob, REQUEST(f.lock, lock_who))->holder->fence;
    assert_count(ask(f.bob, REQUEST(f.condition, condition_notify)), 1);
    assert_true(unanswered(f.ada, adas)); /* bob still has the lock */
    release_lock(f.bob, f.lock);

    const Hf__Grant *grant = ended(f.ada, adas, HF_OK);
    assert_true(grant->fence > fence);
    assert_int_equal(grant->depth, 1);
    assert_true(holds(&f, "ada"));
    release_lock(f.ada, f.lock);
}

static void notify_wakes_those_who_waited_longest(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t adas = start_waiting(&f, f.ada, -1);
    uint64_t bobs = start_waiting(&f, f.bob, 1000);
    uint64_t cyds = start_waiting(&f, f.cyd, -1);
    struct peer *dan = world_join(f.world, "dan");
    take_lock(dan, f.lock);

    assert_count(ask(dan, REQUEST(f.condition, condition_notify, .has_count = true, .count = 2)),
                 2);
    release_lock(dan, f.lock);

    (void)ended(f.ada, adas, HF_OK);
    assert_true(unanswered(f.bob, bobs));
    release_lock(f.ada, f.lock);
    (void)ended(f.bob, bobs, HF_OK);
    release_lock(f.bob, f.lock);
    assert_true(unanswered(f.cyd, cyds));
    take_lock(dan, f.lock);
    assert_count(ask(dan, REQUEST(f.condition, condition_notify, .has_count = true, .count = 0)),
                 0);
    assert_count(ask(dan, REQUEST(f.condition, condition_notify_all)), 1);
    release_lock(dan, f.lock);
    (void)ended(f.cyd, cyds, HF_OK);
}

static void a_notify_without_waiters_is_lost(void **state) {
    struct fixture f = set_up(*state, false);
    take_lock(f.bob, f.lock);
    assert_count(ask(f.bob, REQUEST(f.condition, condition_notify)), 0);
    assert_count(ask(f.bob, REQUEST(f.condition, condition_notify_all)), 0);
    release_lock(f.bob, f.lock);

    (void)start_waiting(&f, f.ada, -1);
}

static void one_that_is_woken_queues_for_the_lock_in_order(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t adas = start_waiting(&f, f.ada, -1);
    take_lock(f.bob, f.lock);
    uint64_t cyds = peer_send(f.cyd, waiting(REQUEST(f.lock, lock_acquire), -1));
    assert_count(ask(f.bob, REQUEST(f.condition, condition_notify)), 1);
    uint64_t bobs = 0;

    release_lock(f.bob, f.lock);
    bobs = peer_send(f.bob, waiting(REQUEST(f.lock, lock_acquire), -1));

    (void)ended(f.cyd, cyds, HF_OK); /* it came before the notify */
    assert_true(unanswered(f.ada, adas));
    release_lock(f.cyd, f.lock);
    (void)ended(f.ada, adas, HF_OK);
    assert_true(unanswered(f.bob, bobs));
}

static void a_reentrant_lock_comes_back_as_deep_as_it_was(void **state) {
    struct fixture f = set_up(*state, true);
    take_lock(f.ada, f.lock);
    take_lock(f.ada, f.lock);
    uint64_t adas = start_waiting(&f, f.ada, -1);
    take_lock(f.bob, f.lock); /* it was given up wholly */

    assert_count(ask(f.bob, REQUEST(f.condition, condition_notify)), 1);
    release_lock(f.bob, f.lock);

    assert_int_equal(ended(f.ada, adas, HF_OK)->depth, 3);
    release_lock(f.ada, f.lock);
    release_lock(f.ada, f.lock);
    release_lock(f.ada, f.lock);
    assert_status(ask(f.ada, REQUEST(f.lock, lock_release)), HF_NOT_HELD);
}

static void conditions_on_one_lock_are_notified_apart(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t other = open_condition(f.ada, "other", f.lock);
    uint64_t adas = start_waiting(&f, f.ada, -1);
    take_lock(f.bob, f.lock);
    uint64_t bobs = peer_send(f.bob, waiting(REQUEST(other, condition_wait), -1));
    take_lock(f.cyd, f.lock);

    assert_count(ask(f.cyd, REQUEST(other, condition_notify_all)), 1);
    release_lock(f.cyd, f.lock);

    (void)ended(f.bob, bobs, HF_OK);
    assert_true(unanswered(f.ada, adas));
}

/* ---- refused ---- */

static void without_the_lock_nothing_is_done(void **state) {
    struct fixture f = set_up(*state, false);

    const Hf__Reply *free =
        peer_reply(f.ada, peer_send(f.ada, waiting(REQUEST(f.condition, condition_wait), -1)));
    assert_status(free, HF_NOT_HELD);
    assert_string_equal(free->detail, "nobody holds the lock");
    uint64_t adas = start_waiting(&f, f.ada, -1);
    take_lock(f.bob, f.lock);

    const Hf__Reply *other = ask(f.cyd, REQUEST(f.condition, condition_notify));
    assert_status(other, HF_NOT_HELD);
    assert_string_equal(other->detail, "bob (process 4711) holds the lock");
    assert_status(ask(f.cyd, REQUEST(f.condition, condition_notify_all)), HF_NOT_HELD);
    assert_status(ask(f.cyd, REQUEST(f.condition, condition_wait)), HF_NOT_HELD);
    release_lock(f.bob, f.lock);
    assert_true(unanswered(f.ada, adas));
}

static void a_wait_that_cannot_wait_has_not_given_the_lock_up(void **state) {
    struct core_config config = core_defaults();
    config.waiting_per_session_max = 1;
    struct world *world = world_replace(state, &config);
    struct peer *ada = world_join(world, "ada");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t condition = open_condition(ada, "condition", lock);
    uint64_t queue = open_queue(ada, "queue", 0);
    take_lock(ada, lock);
    uint64_t fence = ask(ada, REQUEST(lock, lock_who))->holder->fence;

    const Hf__Reply *tried = ask(ada, REQUEST(condition, condition_wait));
    assert_status(tried, HF_TIMEOUT);
    assert_int_equal(tried->grant->fence, fence);
    (void)peer_send(ada, waiting(REQUEST(queue, queue_get), -1));
    assert_status(peer_reply(ada, peer_send(ada, waiting(REQUEST(condition, condition_wait), -1))),
                  HF_LIMIT);
    Hf__Request batch = waiting(
        batch_of(3, &REQUEST(0, ping), &REQUEST(condition, condition_wait), &REQUEST(0, ping)), -1);
    const Hf__Reply *second = peer_reply(ada, peer_send(ada, batch));
    assert_status(second, HF_TIMEOUT);
    assert_int_equal(reply_in(second, 1)->grant->fence, fence);

    assert_int_equal(ask(ada, REQUEST(lock, lock_who))->holder->fence, fence);
    release_lock(ada, lock);
}

static void a_condition_needs_a_lock_and_stays_with_it(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t queue = open_queue(f.ada, "queue", 0);
    uint64_t other = open_lock(f.ada, "another lock");

    assert_status(ask(f.ada, REQUEST(0, condition_open, .lock = queue)), HF_WRONG_TYPE);
    assert_status(ask(f.ada, REQUEST(0, condition_open, .lock = 4711)), HF_NO_OBJECT);
    assert_status(
        ask(f.ada, REQUEST(0, condition_open, .name = name_of("condition"), .lock = other)),
        HF_WRONG_TYPE);
    assert_int_equal(open_condition(f.bob, "condition", f.lock), f.condition);
}

/* ---- ended otherwise ---- */

static void one_that_times_out_takes_the_lock_first(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t adas = start_waiting(&f, f.ada, 100);
    uint64_t bobs = start_waiting(&f, f.bob, 100);
    take_lock(f.cyd, f.lock);

    world_pass(f.world, 100);
    assert_true(unanswered(f.ada, adas));
    assert_count(ask(f.cyd, REQUEST(f.condition, condition_notify_all)), 0);
    world_pass(f.world, 5000); /* for the lock there is no timeout */
    assert_true(unanswered(f.ada, adas));
    assert_int_equal(core_tick(world_core(f.world), world_now(f.world)), -1);
    release_lock(f.cyd, f.lock);

    (void)ended(f.ada, adas, HF_TIMEOUT);
    assert_true(unanswered(f.bob, bobs));
    release_lock(f.ada, f.lock);
    (void)ended(f.bob, bobs, HF_TIMEOUT);
    release_lock(f.bob, f.lock);
}

static void a_free_lock_is_taken_at_the_timeout(void **state) {
    struct fixture f = set_up(*state, true);
    take_lock(f.ada, f.lock);
    uint64_t adas = start_waiting(&f, f.ada, 100);

    world_pass(f.world, 100);

    assert_int_equal(ended(f.ada, adas, HF_TIMEOUT)->depth, 2);
}

static void one_that_was_notified_does_not_time_out_any_more(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t adas = start_waiting(&f, f.ada, 100);
    take_lock(f.bob, f.lock);
    assert_count(ask(f.bob, REQUEST(f.condition, condition_notify)), 1);

    world_pass(f.world, 200);
    assert_true(unanswered(f.ada, adas));
    assert_truth(ask(f.ada, REQUEST(0, cancel, .call = adas)), true); /* too late as well */
    assert_true(unanswered(f.ada, adas));
    release_lock(f.bob, f.lock);

    (void)ended(f.ada, adas, HF_OK);
}

static void one_that_cancels_takes_the_lock_first(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t adas = start_waiting(&f, f.ada, -1);
    take_lock(f.bob, f.lock);

    assert_truth(ask(f.ada, REQUEST(0, cancel, .call = adas)), true);
    assert_true(unanswered(f.ada, adas));
    release_lock(f.bob, f.lock);

    (void)ended(f.ada, adas, HF_CANCELLED);
    assert_true(holds(&f, "ada"));
}

static void deleting_the_condition_gives_the_lock_back_first(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t adas = start_waiting(&f, f.ada, 100);
    uint64_t bobs = start_waiting(&f, f.bob, -1);
    uint64_t notified = start_waiting(&f, f.cyd, -1);
    take_lock(f.cyd, f.lock);
    assert_truth(ask(f.cyd, REQUEST(0, cancel, .call = notified)), true);

    assert_status(ask(f.cyd, REQUEST(f.condition, object_delete)), HF_OK);
    assert_true(unanswered(f.ada, adas) && unanswered(f.bob, bobs));
    world_pass(f.world, 100);
    release_lock(f.cyd, f.lock);

    (void)ended(f.cyd, notified, HF_CANCELLED);
    release_lock(f.cyd, f.lock);
    (void)ended(f.ada, adas, HF_DELETED);
    release_lock(f.ada, f.lock);
    (void)ended(f.bob, bobs, HF_DELETED);
    release_lock(f.bob, f.lock);
}

static void an_unnamed_lock_lives_as_long_as_its_condition(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, NULL);
    uint64_t condition = open_condition(ada, "condition", lock);
    peer_leave(ada);
    take_lock(bob, lock);
    release_lock(bob, lock);
    assert_status(ask(bob, REQUEST(lock, object_release)), HF_OK);
    take_lock(bob, lock);
    release_lock(bob, lock);
    assert_status(ask(bob, REQUEST(lock, object_release)), HF_OK);

    assert_status(ask(bob, REQUEST(condition, object_delete)), HF_OK);

    assert_status(ask(bob, REQUEST(lock, lock_acquire)), HF_NO_OBJECT);
}

/* ---- death ---- */

static void one_that_is_woken_is_told_of_a_dead_holder(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t adas = start_waiting(&f, f.ada, -1);
    uint64_t bobs = start_waiting(&f, f.bob, 10);
    take_lock(f.cyd, f.lock);
    assert_count(ask(f.cyd, REQUEST(f.condition, condition_notify)), 1);
    world_pass(f.world, 10);

    peer_leave(f.cyd);

    assert_string_equal(ended(f.ada, adas, HF_OWNER_DIED)->died->label, "cyd");
    peer_leave(f.ada);
    assert_string_equal(ended(f.bob, bobs, HF_TIMEOUT)->died->label, "ada");
}

/* ---- folded and guarded ---- */

static void a_guard_by_the_lock_itself_does_not_end_the_wait(void **state) {
    struct fixture f = set_up(*state, false);
    take_lock(f.ada, f.lock);
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = f.lock;
    guard.fence = ask(f.ada, REQUEST(f.lock, lock_who))->holder->fence;
    Hf__Request plain = waiting(REQUEST(f.condition, condition_wait), -1);
    plain.guard = &guard;
    uint64_t adas = peer_send(f.ada, plain);
    assert_true(unanswered(f.ada, adas));

    take_lock(f.bob, f.lock);
    assert_count(ask(f.bob, REQUEST(f.condition, condition_notify)), 1);
    release_lock(f.bob, f.lock);

    (void)ended(f.ada, adas, HF_OK);
    assert_status(ask(f.ada, plain), HF_STALE_FENCE);
}

static void a_batch_may_begin_with_a_wait(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t count = open_value(f.ada, "count", 5);
    take_lock(f.ada, f.lock);
    uint64_t adas = peer_send(
        f.ada, waiting(batch_of(3, &REQUEST(f.condition, condition_wait),
                                &REQUEST(count, value_get), &REQUEST(f.lock, lock_release)),
                       -1));

    assert_status(ask(f.bob, batch_of(4, &REQUEST(f.lock, lock_acquire),
                                      &REQUEST(count, value_set, .value = of_int(6)),
                                      &REQUEST(f.condition, condition_notify),
                                      &REQUEST(f.lock, lock_release))),
                  HF_OK);

    const Hf__Reply *reply = peer_reply(f.ada, adas);
    assert_status(reply, HF_OK);
    assert_true(reply_in(reply, 0)->grant->fence > 0);
    assert_int(reply_in(reply, 1), 6);
    assert_status(ask(f.ada, REQUEST(f.lock, lock_release)), HF_NOT_HELD);
}

static void a_folded_wait_that_times_out_holds_the_lock_too(void **state) {
    struct fixture f = set_up(*state, false);
    take_lock(f.ada, f.lock);
    uint64_t adas = peer_send(f.ada, waiting(batch_of(2, &REQUEST(f.condition, condition_wait),
                                                      &REQUEST(f.lock, lock_release)),
                                             10));

    world_pass(f.world, 10);

    assert_status(peer_reply(f.ada, adas), HF_TIMEOUT);
    assert_true(reply_in(peer_reply(f.ada, adas), 0)->grant->fence > 0);
    release_lock(f.ada, f.lock);
}

/* ---- its lock ---- */

static void a_condition_tells_its_lock(void **state) {
    struct fixture f = set_up(*state, false);

    const Hf__Reply *reply = ask(f.bob, REQUEST(f.condition, condition_lock));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_OBJECT);
    assert_int_equal(reply->object->id, f.lock);
    assert_int_equal(reply->object->type, HF__TYPE__LOCK);

    assert_status(ask(f.ada, REQUEST(f.lock, object_delete)), HF_OK);
    assert_status(ask(f.bob, REQUEST(f.condition, condition_lock)), HF_NO_OBJECT);
}

static void a_session_that_was_told_of_an_unnamed_lock_keeps_it_alive(void **state) {
    struct fixture f = set_up(*state, false);
    uint64_t lock = open_lock(f.ada, NULL);
    uint64_t changed = open_condition(f.ada, "changed", lock);
    peer_leave(f.ada);

    assert_int_equal(ask(f.bob, REQUEST(changed, condition_lock))->object->id, lock);
    assert_status(ask(f.bob, REQUEST(changed, object_delete)), HF_OK);
    take_lock(f.bob, lock);
    release_lock(f.bob, lock);

    assert_status(ask(f.bob, REQUEST(lock, object_release)), HF_OK);
    assert_status(ask(f.bob, REQUEST(lock, lock_acquire)), HF_NO_OBJECT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_gives_the_lock_up_and_has_it_again_when_notified),
        cmocka_unit_test(notify_wakes_those_who_waited_longest),
        cmocka_unit_test(a_notify_without_waiters_is_lost),
        cmocka_unit_test(one_that_is_woken_queues_for_the_lock_in_order),
        cmocka_unit_test(a_reentrant_lock_comes_back_as_deep_as_it_was),
        cmocka_unit_test(conditions_on_one_lock_are_notified_apart),
        cmocka_unit_test(without_the_lock_nothing_is_done),
        cmocka_unit_test(a_wait_that_cannot_wait_has_not_given_the_lock_up),
        cmocka_unit_test(a_condition_needs_a_lock_and_stays_with_it),
        cmocka_unit_test(one_that_times_out_takes_the_lock_first),
        cmocka_unit_test(a_free_lock_is_taken_at_the_timeout),
        cmocka_unit_test(one_that_was_notified_does_not_time_out_any_more),
        cmocka_unit_test(one_that_cancels_takes_the_lock_first),
        cmocka_unit_test(deleting_the_condition_gives_the_lock_back_first),
        cmocka_unit_test(an_unnamed_lock_lives_as_long_as_its_condition),
        cmocka_unit_test(one_that_is_woken_is_told_of_a_dead_holder),
        cmocka_unit_test(a_guard_by_the_lock_itself_does_not_end_the_wait),
        cmocka_unit_test(a_batch_may_begin_with_a_wait),
        cmocka_unit_test(a_folded_wait_that_times_out_holds_the_lock_too),
        cmocka_unit_test(a_condition_tells_its_lock),
        cmocka_unit_test(a_session_that_was_told_of_an_unnamed_lock_keeps_it_alive),
    };
    return WORLD_MAIN(tests);
}
