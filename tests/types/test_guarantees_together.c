/* SPDX-License-Identifier: MIT
 *
 * docs/guarantees.md, conditions, barriers and watches: see guarantees.h.
 */
#include "guarantees.h"

/* ---- condition ---- */

static uint64_t open_condition(struct peer *peer, uint64_t lock) {
    return opened(peer, REQUEST(0, condition_open, .name = name_of("condition"), .lock = lock));
}

/* Take the free lock and wait. */
static uint64_t start_waiting(struct peer *peer, uint64_t lock, uint64_t condition) {
    (void)done(peer, REQUEST(lock, lock_acquire));
    return must_wait(peer, REQUEST(condition, condition_wait));
}

static void condition_holder_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_lock(f.ada, "lock");
    uint64_t condition = open_condition(f.ada, lock);
    uint64_t bobs = start_waiting(f.bob, lock, condition);
    uint64_t cyds = start_waiting(f.cyd, lock, condition);
    (void)done(f.ada, REQUEST(lock, lock_acquire));
    assert_count(ask(f.ada, REQUEST(condition, condition_notify)), 1);

    peer_leave(f.ada);

    (void)granted_after("ada", f.bob, bobs);
    assert_true(unanswered(f.cyd, cyds));
}

static void condition_waiter_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_lock(f.ada, "lock");
    uint64_t condition = open_condition(f.ada, lock);
    (void)start_waiting(f.ada, lock, condition);
    uint64_t bobs = start_waiting(f.bob, lock, condition);
    (void)done(f.cyd, REQUEST(lock, lock_acquire));

    peer_leave(f.ada);

    assert_true(unanswered(f.bob, bobs));
    assert_count(ask(f.cyd, REQUEST(condition, condition_notify)), 1);
    (void)done(f.cyd, REQUEST(lock, lock_release));
    (void)granted(f.bob, bobs);
}

static void condition_waiter_dies_notified(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_lock(f.ada, "lock");
    uint64_t condition = open_condition(f.ada, lock);
    (void)start_waiting(f.ada, lock, condition);
    uint64_t bobs = start_waiting(f.bob, lock, condition);
    (void)done(f.cyd, REQUEST(lock, lock_acquire));
    assert_count(ask(f.cyd, REQUEST(condition, condition_notify)), 1);

    peer_leave(f.ada);

    (void)done(f.cyd, REQUEST(lock, lock_release));
    (void)granted(f.bob, bobs);
}

static void condition_deleted(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_lock(f.ada, "lock");
    uint64_t condition = open_condition(f.ada, lock);
    uint64_t adas = start_waiting(f.ada, lock, condition);
    uint64_t bobs = start_waiting(f.bob, lock, condition);
    (void)done(f.cyd, REQUEST(lock, lock_acquire));

    (void)done(f.cyd, REQUEST(condition, object_delete));

    assert_true(unanswered(f.ada, adas) && unanswered(f.bob, bobs));
    (void)done(f.cyd, REQUEST(lock, lock_release));
    assert_ended(f.ada, adas, HF_DELETED);
    assert_true(unanswered(f.bob, bobs));
    (void)done(f.ada, REQUEST(lock, lock_release));
    assert_ended(f.bob, bobs, HF_DELETED);
    (void)done(f.bob, REQUEST(lock, lock_release));
}

static void condition_deleted_with_its_lock(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_lock(f.ada, "lock");
    uint64_t condition = open_condition(f.ada, lock);
    uint64_t adas = start_waiting(f.ada, lock, condition);
    uint64_t bobs = start_waiting(f.bob, lock, condition);
    (void)done(f.cyd, REQUEST(lock, lock_acquire));
    assert_count(ask(f.cyd, REQUEST(condition, condition_notify)), 1);

    (void)done(f.cyd, REQUEST(lock, object_delete));

    assert_ended(f.ada, adas, HF_DELETED); /* which queued for the lock */
    assert_int_equal(peer_reply(f.ada, adas)->result_case, HF__REPLY__RESULT__NOT_SET);
    assert_ended(f.bob, bobs, HF_DELETED);
    assert_int_equal(peer_reply(f.bob, bobs)->result_case, HF__REPLY__RESULT__NOT_SET);
    assert_status(ask(f.cyd, REQUEST(condition, condition_notify)), HF_NO_OBJECT);
    assert_status(ask(f.cyd, REQUEST(condition, condition_wait)), HF_NO_OBJECT);
    assert_string_equal(done(f.cyd, REQUEST(condition, object_describe))->description->options,
                        "its lock was deleted");
}

/* ---- barrier ---- */

/* A barrier of three parties. */
static uint64_t open_barrier(struct peer *peer, bool action) {
    return opened(peer, REQUEST(0, barrier_open, .name = name_of("barrier"), .parties = 3,
                                .has_action = true, .action = action));
}

static void assert_broken(struct peer *peer, uint64_t id, const char *why) {
    assert_ended(peer, id, HF_BROKEN);
    assert_string_equal(peer_reply(peer, id)->detail, why);
}

static void barrier_holder_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t barrier = open_barrier(f.ada, true);
    uint64_t bobs = must_wait(f.bob, REQUEST(barrier, barrier_wait));
    uint64_t cyds = must_wait(f.cyd, REQUEST(barrier, barrier_wait));
    assert_true(done(f.ada, REQUEST(barrier, barrier_wait))->barrier_place->leader);
    uint64_t dans = must_wait(f.dan, REQUEST(barrier, barrier_wait)); /* of the next generation */

    peer_leave(f.ada);

    assert_broken(f.bob, bobs, "ada (process 4711) died while it acted as the leader");
    assert_broken(f.cyd, cyds, "ada (process 4711) died while it acted as the leader");
    assert_broken(f.dan, dans, "ada (process 4711) died while it acted as the leader");
    assert_truth(ask(f.dan, REQUEST(barrier, barrier_broken)), true);
}

static void barrier_waiter_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t barrier = open_barrier(f.ada, false);
    (void)must_wait(f.ada, REQUEST(barrier, barrier_wait));
    uint64_t bobs = must_wait(f.bob, REQUEST(barrier, barrier_wait));

    peer_leave(f.ada);

    assert_broken(f.bob, bobs, "ada (process 4711) died while it waited");
    uint64_t cyds = peer_send(f.cyd, waiting(REQUEST(barrier, barrier_wait), -1));
    assert_broken(f.cyd, cyds, "ada (process 4711) died while it waited");
}

static void barrier_waiter_dies_while_the_leader_acts(void **state) {
    struct four f = four_join(*state);
    uint64_t barrier = open_barrier(f.ada, true);
    (void)must_wait(f.ada, REQUEST(barrier, barrier_wait));
    uint64_t bobs = must_wait(f.bob, REQUEST(barrier, barrier_wait));
    (void)done(f.cyd, REQUEST(barrier, barrier_wait));

    peer_leave(f.ada);

    assert_broken(f.bob, bobs, "ada (process 4711) died while it waited");
    const Hf__Reply *leaders = ask(f.cyd, REQUEST(barrier, barrier_done));
    assert_status(leaders, HF_BROKEN);
    assert_string_equal(leaders->detail, "ada (process 4711) died while it waited");
}

static void barrier_deleted(void **state) {
    struct four f = four_join(*state);
    uint64_t barrier = open_barrier(f.ada, true);
    uint64_t adas = must_wait(f.ada, REQUEST(barrier, barrier_wait));
    uint64_t bobs = must_wait(f.bob, REQUEST(barrier, barrier_wait));
    (void)done(f.cyd, REQUEST(barrier, barrier_wait));
    uint64_t dans = must_wait(f.dan, REQUEST(barrier, barrier_wait));

    (void)done(f.dan, REQUEST(barrier, object_delete));

    assert_ended(f.ada, adas, HF_DELETED);
    assert_ended(f.bob, bobs, HF_DELETED);
    assert_ended(f.dan, dans, HF_DELETED);
    assert_status(ask(f.cyd, REQUEST(barrier, barrier_done)), HF_NO_OBJECT);
}

/* ---- watch ---- */

#define watch_of(value)                                                                            \
    REQUEST(0, watch_open, .name = name_of("watch"), .has_object = true, .object = (value))
#define next_of(watch, number) REQUEST(watch, watch_next, .has_after = true, .after = (number))

static const Hf__Change *newest(struct peer *peer, uint64_t id) {
    const Hf__Reply *reply = peer_reply(peer, id);
    assert_status(reply, HF_OK);
    assert_int_equal(reply->changes->n_changes, 1);
    return reply->changes->changes[0];
}

static void watch_holder_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t value = open_value(f.ada, "value", 0);
    uint64_t watch = opened(f.ada, watch_of(value));
    (void)done(f.bob, REQUEST(value, value_set, .value = of_int(1)));

    peer_leave(f.ada);

    (void)done(f.bob, REQUEST(value, value_set, .value = of_int(2)));
    assert_int_equal(opened(f.cyd, watch_of(value)), watch);
    assert_int_equal(done(f.cyd, next_of(watch, 0))->changes->n_changes, 2);
    assert_int_equal(done(f.bob, next_of(watch, 1))->changes->changes[0]->number, 2);
}

static void watch_waiter_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t value = open_value(f.ada, "value", 0);
    uint64_t watch = opened(f.ada, watch_of(value));
    (void)must_wait(f.bob, next_of(watch, 0));
    uint64_t cyds = must_wait(f.cyd, next_of(watch, 0));

    peer_leave(f.bob);

    assert_true(unanswered(f.cyd, cyds));
    (void)done(f.ada, REQUEST(value, value_set, .value = of_int(1)));
    assert_int_equal(newest(f.cyd, cyds)->number, 1);
    assert_int_equal(done(f.dan, next_of(watch, 0))->changes->n_changes, 1);
}

static void watch_deleted(void **state) {
    struct four f = four_join(*state);
    uint64_t value = open_value(f.ada, "value", 0);
    uint64_t watch = opened(f.ada, watch_of(value));
    uint64_t bobs = must_wait(f.bob, next_of(watch, 0));

    (void)done(f.ada, REQUEST(watch, object_delete));

    assert_ended(f.bob, bobs, HF_DELETED);
    (void)done(f.ada, REQUEST(value, value_set, .value = of_int(1))); /* of no interest any more */
    assert_status(ask(f.bob, next_of(watch, 0)), HF_NO_OBJECT);
}

static void watch_deleted_what_it_watches(void **state) {
    struct four f = four_join(*state);
    uint64_t value = open_value(f.ada, "value", 0);
    uint64_t watch = opened(f.ada, watch_of(value));
    uint64_t bobs = must_wait(f.bob, next_of(watch, 0));

    (void)done(f.ada, REQUEST(value, object_delete));

    const Hf__Change *last = newest(f.bob, bobs);
    assert_int_equal(last->request->op_case, HF__REQUEST__OP_OBJECT_DELETE);
    assert_string_equal(last->name, "value");
    assert_string_equal(last->label, "ada");
    const Hf__Reply *closed = ask(f.bob, next_of(watch, 1));
    assert_status(closed, HF_CLOSED);
    assert_non_null(closed->detail);
    assert_int_equal(done(f.cyd, next_of(watch, 0))->changes->n_changes, 1); /* it is kept */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(condition_holder_dies),
        cmocka_unit_test(condition_waiter_dies),
        cmocka_unit_test(condition_waiter_dies_notified),
        cmocka_unit_test(condition_deleted),
        cmocka_unit_test(condition_deleted_with_its_lock),
        cmocka_unit_test(barrier_holder_dies),
        cmocka_unit_test(barrier_waiter_dies),
        cmocka_unit_test(barrier_waiter_dies_while_the_leader_acts),
        cmocka_unit_test(barrier_deleted),
        cmocka_unit_test(watch_holder_dies),
        cmocka_unit_test(watch_waiter_dies),
        cmocka_unit_test(watch_deleted),
        cmocka_unit_test(watch_deleted_what_it_watches),
    };
    return WORLD_MAIN(tests);
}
