/* SPDX-License-Identifier: MIT
 *
 * lock_acquire_many: several locks in one step or none, calls that may pass it, and the ends of its
 * wait.
 */
#include "wire_limits.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

/* Four sessions and three plain locks, all free. */
struct fixture {
    struct world *world;
    struct peer *ada;
    struct peer *bob;
    struct peer *cyd;
    struct peer *dan;
    uint64_t a;
    uint64_t b;
    uint64_t c;
};

static struct fixture set_up(struct world *world) {
    struct fixture f = {.world = world};
    f.ada = world_join(f.world, "ada");
    f.bob = world_join(f.world, "bob");
    f.cyd = world_join(f.world, "cyd");
    f.dan = world_join(f.world, "dan");
    f.a = open_lock(f.ada, "a");
    f.b = open_lock(f.ada, "b");
    f.c = open_lock(f.ada, "c");
    return f;
}

/* All of these: many(2, a, b). */
static Hf__Request many(size_t count, ...) {
    static uint64_t ids[HF_ACQUIRE_MANY_MAX_LOCKS + 1];
    va_list arguments;
    va_start(arguments, count);
    for (size_t i = 0; i < count; i++) {
        ids[i] = va_arg(arguments, uint64_t);
    }
    va_end(arguments);
    static Hf__LockAcquireMany op;
    op = (Hf__LockAcquireMany)HF__LOCK_ACQUIRE_MANY__INIT;
    op.n_locks = count;
    op.locks = ids;
    Hf__Request request = HF__REQUEST__INIT;
    request.op_case = HF__REQUEST__OP_LOCK_ACQUIRE_MANY;
    request.lock_acquire_many = &op;
    return request;
}

static uint64_t acquire(struct peer *peer, uint64_t lock) {
    return peer_send(peer, waiting(REQUEST(lock, lock_acquire), -1));
}

static void assert_free(struct peer *peer, uint64_t lock) {
    assert_status(ask(peer, REQUEST(lock, lock_who)), HF_NOT_HELD);
}

static void assert_held_by(const char *label, struct peer *peer, uint64_t lock) {
    const Hf__Reply *reply = ask(peer, REQUEST(lock, lock_who));
    assert_status(reply, HF_OK);
    assert_string_equal(reply->holder->label, label);
}

/* ---- all or none ---- */

static void several_are_acquired_in_one_step_with_a_grant_for_each(void **state) {
    struct fixture f = set_up(*state);

    const Hf__Reply *reply = ask(f.ada, many(3, f.b, f.c, f.a));

    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_GRANTS);
    assert_int_equal(reply->grants->n_grants, 3);
    uint64_t order[] = {f.b, f.c, f.a};
    uint64_t newest = 0;
    for (size_t i = 0; i < 3; i++) {
        const Hf__Grant *grant = reply->grants->grants[i];
        assert_true(grant->fence > newest);
        assert_int_equal(grant->lock, order[i]);
        assert_int_equal(grant->depth, 1);
        assert_null(grant->died);
        newest = grant->fence;
        assert_held_by("ada", f.bob, order[i]);
    }
}

static void none_is_acquired_while_one_is_held(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.bob, f.b);

    assert_status(ask(f.ada, many(3, f.a, f.b, f.c)), HF_TIMEOUT);

    assert_free(f.ada, f.a);
    assert_free(f.ada, f.c);
}

static void it_waits_until_the_last_is_free(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.bob, f.a);
    take_lock(f.cyd, f.c);
    uint64_t adas = peer_send(f.ada, waiting(many(3, f.a, f.b, f.c), -1));

    release_lock(f.cyd, f.c);
    assert_true(unanswered(f.ada, adas));
    assert_free(f.dan, f.c);
    release_lock(f.bob, f.a);

    assert_status(peer_reply(f.ada, adas), HF_OK);
    assert_held_by("ada", f.dan, f.a);
    assert_held_by("ada", f.dan, f.b);
    assert_held_by("ada", f.dan, f.c);
}

static void as_many_as_may_be_are_acquired(void **state) {
    struct fixture f = set_up(*state);
    uint64_t ids[HF_ACQUIRE_MANY_MAX_LOCKS + 1];
    for (size_t i = 0; i < HF_ACQUIRE_MANY_MAX_LOCKS + 1; i++) {
        ids[i] = open_lock(f.bob, NULL);
    }
    Hf__LockAcquireMany op = HF__LOCK_ACQUIRE_MANY__INIT;
    Hf__Request request = HF__REQUEST__INIT;
    request.op_case = HF__REQUEST__OP_LOCK_ACQUIRE_MANY;
    request.lock_acquire_many = &op;
    op.locks = ids;
    op.n_locks = HF_ACQUIRE_MANY_MAX_LOCKS + 1;

    assert_status(ask(f.ada, request), HF_INVALID);
    op.n_locks--;
    take_lock(f.bob, ids[op.n_locks - 1]);
    uint64_t adas = peer_send(f.ada, waiting(request, -1));
    assert_true(unanswered(f.ada, adas));
    release_lock(f.bob, ids[op.n_locks - 1]);

    assert_status(peer_reply(f.ada, adas), HF_OK);
    assert_int_equal(peer_reply(f.ada, adas)->grants->n_grants, HF_ACQUIRE_MANY_MAX_LOCKS);
}

static void bad_sets_of_locks_are_refused(void **state) {
    struct fixture f = set_up(*state);
    uint64_t queue = open_queue(f.ada, "queue", 0);

    assert_status(ask(f.ada, many(0)), HF_INVALID);
    assert_status(ask(f.ada, many(3, f.a, f.b, f.a)), HF_INVALID);
    assert_status(ask(f.ada, many(2, f.a, (uint64_t)4711)), HF_NO_OBJECT);
    assert_non_null(strstr(peer_last(f.ada)->detail, "no object has the id 4711: "));
    assert_status(ask(f.ada, many(2, f.a, queue)), HF_WRONG_TYPE);

    assert_non_null(strstr(peer_last(f.ada)->detail, "is a queue, not a lock"));
    assert_free(f.ada, f.a);
}

static void a_lock_held_already_goes_one_deeper_or_is_refused(void **state) {
    struct fixture f = set_up(*state);
    uint64_t deep = opened(f.ada, REQUEST(0, lock_open, .has_reentrant = true, .reentrant = true));
    take_lock(f.ada, deep);
    take_lock(f.ada, f.b);

    const Hf__Reply *both = ask(f.ada, many(2, f.a, deep));
    assert_status(both, HF_OK);
    assert_int_equal(both->grants->grants[0]->depth, 1);
    assert_int_equal(both->grants->grants[1]->depth, 2);
    const Hf__Reply *refused = ask(f.ada, many(3, f.c, deep, f.b));

    assert_status(refused, HF_DEADLOCK);
    assert_string_equal(refused->detail,
                        "ada (process 4711) holds b for 0 ms and would wait for itself");
    assert_free(f.ada, f.c);
}

static void it_waits_for_a_lock_of_its_own_that_others_may_release(void **state) {
    struct fixture f = set_up(*state);
    uint64_t open =
        opened(f.ada, REQUEST(0, lock_open, .has_any_may_release = true, .any_may_release = true));
    take_lock(f.ada, open);
    uint64_t adas = peer_send(f.ada, waiting(many(2, f.a, open), -1));
    assert_true(unanswered(f.ada, adas));

    release_lock(f.bob, open);

    assert_status(peer_reply(f.ada, adas), HF_OK);
}

static void a_session_that_acquires_unnamed_locks_keeps_them_alive(void **state) {
    struct fixture f = set_up(*state);
    uint64_t first = open_lock(f.ada, NULL);
    uint64_t second = open_lock(f.ada, NULL);
    take_lock(f.ada, second);
    assert_status(ask(f.bob, many(2, first, second)), HF_TIMEOUT);

    peer_leave(f.ada);

    assert_free(f.bob, first);
    assert_free(f.bob, second);
}

static void a_guard_is_looked_at_until_it_is_granted(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.bob, f.a);
    uint64_t fence = ask(f.ada, REQUEST(f.c, lock_acquire))->grant->fence;
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = f.c;
    guard.fence = fence;
    Hf__Request request = many(2, f.a, f.b);
    request.guard = &guard;
    uint64_t adas = peer_send(f.ada, waiting(request, -1));

    release_lock(f.ada, f.c);
    release_lock(f.bob, f.a);

    assert_status(peer_reply(f.ada, adas), HF_STALE_FENCE);
    assert_free(f.ada, f.a);
}

/* ---- order ---- */

static void newcomers_wait_behind_it_for_each_of_its_locks(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.dan, f.b);
    uint64_t adas = peer_send(f.ada, waiting(many(2, f.a, f.b), -1));

    uint64_t bobs = acquire(f.bob, f.a);
    uint64_t cyds = peer_send(f.cyd, waiting(many(2, f.c, f.b), -1));
    assert_status(ask(world_join(f.world, "eve"), REQUEST(f.a, lock_acquire)), HF_TIMEOUT);
    release_lock(f.dan, f.b);

    assert_status(peer_reply(f.ada, adas), HF_OK);
    assert_true(unanswered(f.bob, bobs) && unanswered(f.cyd, cyds));
    release_lock(f.ada, f.a);
    assert_status(peer_reply(f.bob, bobs), HF_OK);
    release_lock(f.ada, f.b);
    assert_status(peer_reply(f.cyd, cyds), HF_OK);
}

static void it_waits_behind_those_who_came_before_it(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.dan, f.b);
    uint64_t bobs = acquire(f.bob, f.b);
    uint64_t adas = peer_send(f.ada, waiting(many(2, f.a, f.b), -1));

    release_lock(f.dan, f.b);
    assert_status(peer_reply(f.bob, bobs), HF_OK);
    assert_true(unanswered(f.ada, adas));
    release_lock(f.bob, f.b);

    assert_status(peer_reply(f.ada, adas), HF_OK);
}

static void opposite_orders_make_no_deadlock(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.dan, f.a);
    take_lock(f.dan, f.b);
    uint64_t adas = peer_send(f.ada, waiting(many(2, f.a, f.b), -1));
    uint64_t bobs = peer_send(f.bob, waiting(many(2, f.b, f.a), -1));

    release_lock(f.dan, f.b);
    release_lock(f.dan, f.a);
    assert_status(peer_reply(f.ada, adas), HF_OK);
    assert_true(unanswered(f.bob, bobs));
    assert_status(ask(f.ada, batch_of(2, &REQUEST(f.a, lock_release), &REQUEST(f.b, lock_release))),
                  HF_OK);

    assert_status(peer_reply(f.bob, bobs), HF_OK);
}

static void a_holder_takes_a_free_lock_that_an_acquire_many_waits_for(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.bob, f.b);
    uint64_t adas = peer_send(f.ada, waiting(many(2, f.a, f.b), -1));

    uint64_t cyds = acquire(f.cyd, f.a);
    uint64_t bobs = acquire(f.bob, f.a); /* ada waits for what bob holds */

    assert_true(unanswered(f.cyd, cyds));
    assert_status(peer_reply(f.bob, bobs), HF_OK);
    release_lock(f.bob, f.b);
    release_lock(f.bob, f.a);
    assert_status(peer_reply(f.ada, adas), HF_OK);
    release_lock(f.ada, f.a);
    assert_status(peer_reply(f.cyd, cyds), HF_OK);
}

static void a_holder_behind_it_gets_a_released_lock(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.bob, f.b);
    take_lock(f.dan, f.a);
    uint64_t adas = peer_send(f.ada, waiting(many(2, f.a, f.b), -1));
    uint64_t cyds = acquire(f.cyd, f.a);
    uint64_t bobs = acquire(f.bob, f.a);

    release_lock(f.dan, f.a);

    assert_status(peer_reply(f.bob, bobs), HF_OK);
    assert_true(unanswered(f.ada, adas) && unanswered(f.cyd, cyds));
}

/* In order: ada waits for a and b; bob, which holds a lock, waits for a and c; cyd holds b. bob
 * cannot go on: it waits for dan, which waits for cyd. */
static void a_holder_passes_calls_that_cannot_go_on(void **state) {
    struct fixture f = set_up(*state);
    uint64_t bobs_own = open_lock(f.bob, NULL);
    take_lock(f.bob, bobs_own);
    take_lock(f.cyd, f.b);
    take_lock(f.dan, f.c);
    uint64_t adas = peer_send(f.ada, waiting(many(2, f.a, f.b), -1));
    uint64_t bobs = peer_send(f.bob, waiting(many(2, f.a, f.c), -1));
    uint64_t dans = acquire(f.dan, f.b);

    uint64_t cyds = acquire(f.cyd, f.a);

    assert_status(peer_reply(f.cyd, cyds), HF_OK);
    assert_true(unanswered(f.ada, adas) && unanswered(f.bob, bobs) && unanswered(f.dan, dans));
    release_lock(f.cyd, f.b);
    assert_status(peer_reply(f.dan, dans), HF_OK);
    release_lock(f.dan, f.b);
    release_lock(f.cyd, f.a);
    assert_status(peer_reply(f.ada, adas), HF_OK);
    release_lock(f.dan, f.c);
    release_lock(f.ada, f.a);
    assert_status(peer_reply(f.bob, bobs), HF_OK);
}

static void one_for_several_that_holds_something_passes_as_well(void **state) {
    struct fixture f = set_up(*state);
    uint64_t bobs_own = open_lock(f.bob, NULL);
    take_lock(f.bob, bobs_own);
    take_lock(f.cyd, f.b);
    uint64_t adas = peer_send(f.ada, waiting(many(2, f.a, f.b), -1));

    uint64_t dans = peer_send(f.dan, waiting(many(2, f.c, f.a), -1));
    uint64_t bobs = peer_send(f.bob, waiting(many(2, f.c, f.a), -1));

    assert_true(unanswered(f.ada, adas) && unanswered(f.dan, dans));
    assert_status(peer_reply(f.bob, bobs), HF_OK);
}

static void a_waiter_that_comes_to_hold_a_lock_passes_from_then_on(void **state) {
    struct fixture f = set_up(*state);
    uint64_t bobs_session = 2;
    take_lock(f.cyd, f.b);
    (void)peer_send(f.ada, waiting(many(2, f.a, f.b), -1));
    uint64_t bobs = acquire(f.bob, f.a);
    assert_true(unanswered(f.bob, bobs));

    assert_status(ask(f.cyd, REQUEST(f.b, lock_transfer, .session = bobs_session)), HF_OK);

    assert_status(peer_reply(f.bob, bobs), HF_OK);
}

static void a_pipe_end_held_since_this_very_attempt_counts(void **state) {
    struct fixture f = set_up(*state);
    uint64_t pipe = opened(f.ada, REQUEST(0, pipe_open, .name = name_of("pipe")));
    take_lock(f.cyd, f.b);
    (void)peer_send(f.ada, waiting(many(2, f.a, f.b), -1));
    (void)peer_send(f.dan, waiting(REQUEST(pipe, pipe_receive, .end = 0), -1));
    Hf__Request *either[] = {&REQUEST(f.a, lock_acquire), &REQUEST(pipe, pipe_receive, .end = 0)};

    uint64_t bobs =
        peer_send(f.bob, waiting(REQUEST(0, wait_any, .n_requests = 2, .requests = either), -1));

    assert_status(peer_reply(f.bob, bobs), HF_OK);
    assert_held_by("bob", f.ada, f.a);
}

/* Bob gives "a" up for the condition, and keeps "c". */
static void a_condition_takes_its_lock_again_by_the_same_rule(void **state) {
    (void)state;
    for (int holds = 0; holds < 2; holds++) {
        struct fixture f = set_up(world_new());
        uint64_t condition =
            opened(f.ada, REQUEST(0, condition_open, .name = name_of("condition"), .lock = f.a));
        take_lock(holds ? f.bob : f.cyd, f.c);
        take_lock(f.bob, f.a);
        uint64_t bobs = peer_send(f.bob, waiting(REQUEST(condition, condition_wait), -1));
        take_lock(f.dan, f.a);
        uint64_t adas = peer_send(f.ada, waiting(many(2, f.a, f.c), -1));
        assert_status(ask(f.dan, REQUEST(condition, condition_notify)), HF_OK);

        release_lock(f.dan, f.a);

        assert_true(unanswered(f.ada, adas));
        assert_int_equal(unanswered(f.bob, bobs), !holds);
        world_free(f.world);
    }
}

static void its_own_session_may_take_a_lock_before_it_and_refuse_it_so(void **state) {
    struct fixture f = set_up(*state);
    uint64_t adas_own = open_lock(f.ada, NULL);
    take_lock(f.ada, adas_own);
    take_lock(f.bob, f.b);
    uint64_t both = peer_send(f.ada, waiting(many(2, f.a, f.b), -1));

    uint64_t one = acquire(f.ada, f.a);

    assert_status(peer_reply(f.ada, one), HF_OK);
    assert_status(peer_reply(f.ada, both), HF_DEADLOCK);
}

/* All want the fork to the left and the one to the right, and have none. */
static void philosophers_who_take_both_forks_at_once_all_eat(void **state) {
    enum { SEATS = 5 };
    struct peer *waiter = world_join(*state, "waiter");
    struct peer *seats[SEATS];
    uint64_t forks[SEATS];
    uint64_t calls[SEATS];
    for (size_t i = 0; i < SEATS; i++) {
        seats[i] = world_join(*state, "philosopher");
        forks[i] = open_lock(waiter, NULL);
        take_lock(waiter, forks[i]);
    }
    for (size_t i = 0; i < SEATS; i++) {
        calls[i] = peer_send(seats[i], waiting(many(2, forks[i], forks[(i + 1) % SEATS]), -1));
    }
    for (size_t i = 0; i < SEATS; i++) {
        release_lock(waiter, forks[i]);
    }

    bool fed[SEATS] = {false};
    size_t eaten = 0;
    for (size_t round = 0; round < SEATS; round++) {
        for (size_t i = 0; i < SEATS; i++) {
            if (!fed[i] && !unanswered(seats[i], calls[i])) {
                assert_status(peer_reply(seats[i], calls[i]), HF_OK);
                fed[i] = true;
                eaten++;
                release_lock(seats[i], forks[i]);
                release_lock(seats[i], forks[(i + 1) % SEATS]);
            }
        }
    }

    assert_int_equal(eaten, SEATS);
}

/* ---- deadlock ---- */

static void a_cycle_through_one_of_several_is_refused_when_it_comes(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.ada, f.a);
    take_lock(f.bob, f.b);
    uint64_t adas = peer_send(f.ada, waiting(many(2, f.b, f.c), -1));

    const Hf__Reply *refused = peer_reply(f.bob, acquire(f.bob, f.a));

    assert_status(refused, HF_DEADLOCK);
    assert_string_equal(refused->detail, "bob (process 4711) holds \"b\" and waits for \"a\"; "
                                         "ada (process 4711) holds \"a\" and waits for \"b\"");
    release_lock(f.bob, f.b);
    assert_status(peer_reply(f.ada, adas), HF_OK);
}

static void the_acquire_of_several_that_closes_a_cycle_is_refused(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.ada, f.a);
    take_lock(f.bob, f.b);
    take_lock(f.cyd, f.c);
    uint64_t adas = acquire(f.ada, f.b);

    uint64_t bobs = peer_send(f.bob, waiting(many(2, f.c, f.a), -1));

    assert_status(peer_reply(f.bob, bobs), HF_DEADLOCK);
    assert_string_equal(peer_reply(f.bob, bobs)->detail,
                        "bob (process 4711) holds \"b\" and waits for \"a\"; "
                        "ada (process 4711) holds \"a\" and waits for \"b\"");
    assert_true(unanswered(f.ada, adas));
}

/* ---- what ends it ---- */

static void the_death_of_a_holder_is_told_with_that_lock(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.bob, f.b);
    uint64_t adas = peer_send(f.ada, waiting(many(2, f.a, f.b), -1));

    peer_leave(f.bob);

    const Hf__Reply *reply = peer_reply(f.ada, adas);
    assert_status(reply, HF_OWNER_DIED);
    assert_null(reply->grants->grants[0]->died);
    assert_string_equal(reply->grants->grants[1]->died->label, "bob");
    assert_status(ask(f.ada, batch_of(2, &REQUEST(f.a, lock_release), &REQUEST(f.b, lock_release))),
                  HF_OK);
    assert_status(ask(f.cyd, many(2, f.a, f.b)), HF_OK); /* it is told once */
}

static void the_death_of_a_waiter_lets_those_behind_it_go_on(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.dan, f.b);
    (void)peer_send(f.ada, waiting(many(3, f.a, f.b, f.c), -1));
    uint64_t bobs = acquire(f.bob, f.a);
    uint64_t cyds = acquire(f.cyd, f.c);

    peer_leave(f.ada);

    assert_status(peer_reply(f.bob, bobs), HF_OK);
    assert_status(peer_reply(f.cyd, cyds), HF_OK);
    release_lock(f.dan, f.b);
    assert_free(f.dan, f.b);
}

static void the_deletion_of_one_ends_it_and_frees_the_others(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.dan, f.b);
    uint64_t adas = peer_send(f.ada, waiting(many(2, f.a, f.b), -1));
    uint64_t cyds = acquire(f.cyd, f.a);

    assert_status(ask(f.dan, REQUEST(f.b, object_delete)), HF_OK);

    assert_status(peer_reply(f.ada, adas), HF_DELETED);
    assert_status(peer_reply(f.cyd, cyds), HF_OK);
}

/* It is tried at "a" before it is told at "b". */
static void a_release_in_one_step_with_the_deletion_makes_no_difference(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.dan, f.a);
    uint64_t adas = peer_send(f.ada, waiting(many(2, f.a, f.b), -1));

    assert_status(
        ask(f.dan, batch_of(2, &REQUEST(f.a, lock_release), &REQUEST(f.b, object_delete))), HF_OK);

    assert_status(peer_reply(f.ada, adas), HF_DELETED);
    assert_free(f.ada, f.a);
}

static void its_timeout_says_who_holds_what_and_leaves_nothing(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.dan, f.b);
    uint64_t adas = peer_send(f.ada, waiting(many(2, f.a, f.b), 50));
    uint64_t cyds = acquire(f.cyd, f.a);

    world_pass(f.world, 50);

    assert_status(peer_reply(f.ada, adas), HF_TIMEOUT);
    assert_string_equal(peer_reply(f.ada, adas)->detail,
                        "b is held by dan (process 4711) for 50 ms");
    assert_status(peer_reply(f.cyd, cyds), HF_OK);
}

static void cancelled_it_leaves_nothing(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.dan, f.b);
    uint64_t adas = peer_send(f.ada, waiting(many(2, f.a, f.b), -1));

    assert_truth(ask(f.ada, REQUEST(0, cancel, .call = adas)), true);

    assert_status(peer_reply(f.ada, adas), HF_CANCELLED);
    take_lock(f.cyd, f.a);
    release_lock(f.dan, f.b);
    assert_free(f.dan, f.b);
}

/* ---- with others ---- */

static void a_batch_may_wait_for_it_first(void **state) {
    struct fixture f = set_up(*state);
    uint64_t value = open_value(f.ada, "value", 1);
    take_lock(f.bob, f.b);
    Hf__Request both = many(2, f.a, f.b);
    uint64_t adas = peer_send(
        f.ada, waiting(batch_of(2, &both, &REQUEST(value, value_add, .amount = of_int(1))), -1));
    assert_true(unanswered(f.ada, adas));
    uint64_t cyds = acquire(f.cyd, f.a);

    release_lock(f.bob, f.b);

    assert_status(peer_reply(f.ada, adas), HF_OK);
    assert_int_equal(reply_in(peer_reply(f.ada, adas), 0)->grants->n_grants, 2);
    assert_int(reply_in(peer_reply(f.ada, adas), 1), 2);
    assert_true(unanswered(f.cyd, cyds));
}

static void later_in_a_batch_it_is_only_tried(void **state) {
    struct fixture f = set_up(*state);
    take_lock(f.bob, f.b);
    Hf__Request both = many(2, f.a, f.b);

    uint64_t adas = peer_send(f.ada, waiting(batch_of(2, &REQUEST(0, ping), &both), -1));

    assert_status(peer_reply(f.ada, adas), HF_TIMEOUT);
    assert_free(f.ada, f.a);
}

/* So much is in the reply already that all that grants may have to tell does not fit. */
static void a_batch_without_room_for_its_grants_acquires_nothing(void **state) {
    struct core_config config = core_defaults();
    config.numbers_above = (uint64_t)1 << 53; /* long numbers */
    struct fixture f = set_up(world_replace(state, &config));
    size_t len = HF_FRAME_MAX_BYTES - 64;
    uint8_t *bytes = calloc(1, len);
    uint64_t queue = open_queue(f.ada, "queue", 0);
    assert_status(ask(f.ada, REQUEST(queue, queue_put, .value = of_bytes(bytes, len))), HF_OK);
    free(bytes);
    Hf__Request all = many(3, f.a, f.b, f.c);

    const Hf__Reply *reply = ask(f.ada, batch_of(2, &REQUEST(queue, queue_get), &all));

    assert_status(reply, HF_TOO_BIG);
    assert_status(reply_in(reply, 0), HF_OK);
    assert_free(f.ada, f.a);
}

static void it_cannot_be_one_of_a_wait_any(void **state) {
    struct fixture f = set_up(*state);
    Hf__Request both = many(2, f.a, f.b);
    Hf__Request *requests[] = {&both};

    assert_status(ask(f.ada, REQUEST(0, wait_any, .n_requests = 1, .requests = requests)),
                  HF_INVALID);

    assert_free(f.ada, f.a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_are_acquired_in_one_step_with_a_grant_for_each),
        cmocka_unit_test(none_is_acquired_while_one_is_held),
        cmocka_unit_test(it_waits_until_the_last_is_free),
        cmocka_unit_test(as_many_as_may_be_are_acquired),
        cmocka_unit_test(bad_sets_of_locks_are_refused),
        cmocka_unit_test(a_lock_held_already_goes_one_deeper_or_is_refused),
        cmocka_unit_test(it_waits_for_a_lock_of_its_own_that_others_may_release),
        cmocka_unit_test(a_session_that_acquires_unnamed_locks_keeps_them_alive),
        cmocka_unit_test(a_guard_is_looked_at_until_it_is_granted),
        cmocka_unit_test(newcomers_wait_behind_it_for_each_of_its_locks),
        cmocka_unit_test(it_waits_behind_those_who_came_before_it),
        cmocka_unit_test(opposite_orders_make_no_deadlock),
        cmocka_unit_test(a_holder_takes_a_free_lock_that_an_acquire_many_waits_for),
        cmocka_unit_test(a_holder_behind_it_gets_a_released_lock),
        cmocka_unit_test(a_holder_passes_calls_that_cannot_go_on),
        cmocka_unit_test(one_for_several_that_holds_something_passes_as_well),
        cmocka_unit_test(a_waiter_that_comes_to_hold_a_lock_passes_from_then_on),
        cmocka_unit_test(a_pipe_end_held_since_this_very_attempt_counts),
        cmocka_unit_test(a_condition_takes_its_lock_again_by_the_same_rule),
        cmocka_unit_test(its_own_session_may_take_a_lock_before_it_and_refuse_it_so),
        cmocka_unit_test(philosophers_who_take_both_forks_at_once_all_eat),
        cmocka_unit_test(a_cycle_through_one_of_several_is_refused_when_it_comes),
        cmocka_unit_test(the_acquire_of_several_that_closes_a_cycle_is_refused),
        cmocka_unit_test(the_death_of_a_holder_is_told_with_that_lock),
        cmocka_unit_test(the_death_of_a_waiter_lets_those_behind_it_go_on),
        cmocka_unit_test(the_deletion_of_one_ends_it_and_frees_the_others),
        cmocka_unit_test(a_release_in_one_step_with_the_deletion_makes_no_difference),
        cmocka_unit_test(its_timeout_says_who_holds_what_and_leaves_nothing),
        cmocka_unit_test(cancelled_it_leaves_nothing),
        cmocka_unit_test(a_batch_may_wait_for_it_first),
        cmocka_unit_test(later_in_a_batch_it_is_only_tried),
        cmocka_unit_test(a_batch_without_room_for_its_grants_acquires_nothing),
        cmocka_unit_test(it_cannot_be_one_of_a_wait_any),
    };
    return WORLD_MAIN(tests);
}
