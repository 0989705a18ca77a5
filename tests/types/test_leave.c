/* SPDX-License-Identifier: MIT
 *
 * leave: a session lets go in order of what it holds.
 */
#include "world.h"

enum { MANY_HOLDS = 2500, LEFT_AT_ONCE = 1024 };

static uint64_t open_kept(struct peer *peer, const char *name) {
    return opened(peer, REQUEST(0, lock_open, .name = name_of(name), .has_keep_on_leave = true,
                                .keep_on_leave = true));
}

static uint64_t open_seats(struct peer *peer, uint32_t permits) {
    return opened(peer,
                  REQUEST(0, semaphore_open, .name = name_of("seats"), .has_permits = true,
                          .permits = permits, .has_keep_on_leave = true, .keep_on_leave = true));
}

static Hf__Reply *leave(struct peer *peer) {
    return ask(peer, REQUEST(0, leave));
}

static const Hf__Holder *holder_of(struct peer *peer, uint64_t object) {
    const Hf__Description *description = ask(peer, REQUEST(object, object_describe))->description;
    assert_true(description->n_holders > 0);
    return description->holders[0];
}

static void assert_held_by_nobody(struct peer *peer, uint64_t object) {
    const Hf__Holder *holder = holder_of(peer, object);
    assert_true(holder->left);
    assert_false(holder->dead);
}

/* ---- lock ---- */

static void a_lock_that_was_left_is_released_by_anybody(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_kept(ada, "lock");
    (void)take_lock(ada, lock);
    uint64_t bobs = start_acquire(bob, lock, -1);

    const Hf__Reply *reply = leave(ada);
    assert_count(reply, 0);
    assert_int_equal(reply->holds_left, 0);
    assert_true(unanswered(bob, bobs));
    assert_held_by_nobody(bob, lock);
    peer_leave(ada); /* makes no difference any more */
    assert_true(unanswered(bob, bobs));

    struct peer *cyd = world_join(*state, "cyd");
    release_lock(cyd, lock);

    (void)grant_of(bob, bobs); /* OK: nobody has died */
    assert_false(holder_of(cyd, lock)->left);
}

static void the_session_goes_on_and_may_release_it_too(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock =
        opened(ada, REQUEST(0, lock_open, .name = name_of("lock"), .has_reentrant = true,
                            .reentrant = true, .has_keep_on_leave = true, .keep_on_leave = true));
    (void)take_lock(ada, lock);
    (void)take_lock(ada, lock);
    assert_count(leave(ada), 0);

    assert_status(ask(ada, REQUEST(lock, lock_acquire)), HF_TIMEOUT); /* it is not ada's */
    assert_status(ask(ada, REQUEST(lock, lock_extend, .lease_ms = 1)), HF_NOT_HELD);
    release_lock(ada, lock); /* at any depth */
    (void)take_lock(ada, lock);
    release_lock(ada, lock);
}

static void other_locks_are_lost_as_at_a_death(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    (void)take_lock(ada, lock);
    uint64_t bobs = start_acquire(bob, lock, -1);

    assert_count(leave(ada), 0);

    assert_status(peer_reply(bob, bobs), HF_OWNER_DIED);
    const Hf__Holder *died = peer_reply(bob, bobs)->grant->died;
    assert_int_equal(died->lost, HF__LOSS__LOST_LEFT);
    assert_false(died->dead || died->left);
    release_lock(bob, lock);
    (void)take_lock(ada, lock);
    assert_count(leave(ada), 0);
    assert_string_equal(ask(ada, REQUEST(lock, lock_release))->detail,
                        "this session has lost the lock: it has left it");
}

static void other_writers_are_lost_likewise(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t rwlock = opened(ada, REQUEST(0, rwlock_open, .name = name_of("rwlock")));
    assert_status(ask(ada, REQUEST(rwlock, rwlock_acquire_write)), HF_OK);

    assert_count(leave(ada), 0);

    const Hf__Reply *reply = ask(bob, REQUEST(rwlock, rwlock_acquire_write));
    assert_status(reply, HF_OWNER_DIED);
    assert_int_equal(reply->grant->died->lost, HF__LOSS__LOST_LEFT);
    assert_false(reply->grant->died->dead);
}

static void who_dies_keeps_nothing(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_kept(ada, "lock");
    uint64_t seats = open_seats(ada, 1);
    (void)take_lock(ada, lock);
    assert_status(ask(ada, REQUEST(seats, semaphore_acquire)), HF_OK);

    peer_leave(ada);

    assert_status(ask(bob, REQUEST(lock, lock_acquire)), HF_OWNER_DIED);
    assert_count(ask(bob, REQUEST(seats, semaphore_value)), 1);
}

static void one_that_says_it_died_keeps_nothing_either(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_kept(ada, "lock");
    (void)take_lock(ada, lock);

    assert_count(ask(ada, REQUEST(0, leave, .has_died = true, .died = true)), 0);

    assert_status(ask(bob, REQUEST(lock, lock_acquire)), HF_OWNER_DIED);
    assert_status(ask(ada, REQUEST(0, ping)), HF_OK); /* it goes on */
}

static void keep_stays_what_it_is(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock =
        opened(ada, REQUEST(0, lock_open, .name = name_of("lock"), .has_keep = true, .keep = true));
    (void)take_lock(ada, lock);

    assert_count(leave(ada), 0);

    assert_true(holder_of(bob, lock)->dead);
    release_lock(bob, lock);
    assert_status(ask(bob, REQUEST(lock, lock_acquire)), HF_OWNER_DIED);
}

static void a_lease_goes_on_after_a_leave(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_kept(ada, "lock");
    assert_status(ask(ada, REQUEST(lock, lock_acquire, .has_lease_ms = true, .lease_ms = 100)),
                  HF_OK);
    uint64_t bobs = start_acquire(bob, lock, -1);
    assert_count(leave(ada), 0);

    world_pass(world, 100);

    assert_status(peer_reply(bob, bobs), HF_OWNER_DIED);
    assert_int_equal(peer_reply(bob, bobs)->grant->died->lost, HF__LOSS__LOST_LEASE);
}

static void what_was_left_is_broken_as_any_grant(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_kept(ada, "lock");
    uint64_t fence = take_lock(ada, lock);
    assert_count(leave(ada), 0);

    assert_status(ask(bob, REQUEST(lock, object_break, .fence = fence)), HF_OK);

    assert_status(ask(bob, REQUEST(lock, lock_acquire)), HF_OWNER_DIED);
}

static void a_watch_is_told_that_the_holder_left(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock = open_kept(ada, "lock");
    uint64_t watch = opened(ada, REQUEST(0, watch_open, .has_object = true, .object = lock));
    (void)take_lock(ada, lock);
    assert_count(leave(ada), 0);

    const Hf__Changes *changes = ask(ada, REQUEST(watch, watch_next))->changes;

    assert_int_equal(changes->n_changes, 2);
    assert_int_equal(changes->changes[1]->cause, HF__CAUSE__HOLDER_LEFT);
    assert_string_equal(changes->changes[1]->label, "ada");
}

static void waiting_calls_of_the_session_wait_on(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_kept(ada, "lock");
    (void)take_lock(bob, lock);
    uint64_t adas = start_acquire(ada, lock, -1);

    assert_count(leave(ada), 0);
    assert_true(unanswered(ada, adas));
    release_lock(bob, lock);

    (void)grant_of(ada, adas);
}

static void what_was_left_makes_no_deadlock(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t first = open_kept(ada, "first");
    uint64_t second = open_kept(ada, "second");
    (void)take_lock(ada, first);
    assert_count(leave(ada), 0);
    (void)take_lock(bob, second);
    uint64_t adas = start_acquire(ada, second, -1);

    uint64_t bobs = start_acquire(bob, first, -1); /* ada does not hold it any more */

    assert_true(unanswered(bob, bobs));
    release_lock(world_join(*state, "cyd"), first);
    (void)grant_of(bob, bobs);
    release_lock(bob, second);
    (void)grant_of(ada, adas);
}

/* ---- rwlock ---- */

static void an_rwlock_that_was_left_is_released_by_anybody(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = opened(ada, REQUEST(0, rwlock_open, .name = name_of("rwlock"),
                                        .has_keep_on_leave = true, .keep_on_leave = true));
    assert_status(ask(ada, REQUEST(lock, rwlock_acquire_read)), HF_OK);
    assert_status(ask(ada, REQUEST(lock, rwlock_acquire_write)), HF_OK);
    assert_status(ask(ada, REQUEST(lock, rwlock_acquire_write)), HF_OK);
    uint64_t reads = peer_send(bob, waiting(REQUEST(lock, rwlock_acquire_read), -1));
    uint64_t writes = peer_send(bob, waiting(REQUEST(lock, rwlock_acquire_write), -1));
    assert_count(leave(ada), 0);
    assert_true(unanswered(bob, reads));
    assert_held_by_nobody(ada, lock);

    assert_status(ask(ada, REQUEST(lock, rwlock_release)), HF_OK); /* the write grant, wholly */
    assert_status(peer_reply(bob, reads), HF_OK);                  /* nobody has died */
    assert_true(unanswered(bob, writes));
    assert_status(ask(ada, REQUEST(lock, rwlock_release)), HF_OK); /* the read grant */
    assert_status(peer_reply(bob, writes), HF_OK);

    assert_status(ask(ada, REQUEST(lock, rwlock_release)), HF_NOT_HELD);
}

static void an_own_grant_is_released_before_nobodys(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = opened(ada, REQUEST(0, rwlock_open, .name = name_of("rwlock"),
                                        .has_keep_on_leave = true, .keep_on_leave = true));
    assert_status(ask(ada, REQUEST(lock, rwlock_acquire_read)), HF_OK);
    assert_count(leave(ada), 0);
    assert_status(ask(bob, REQUEST(lock, rwlock_acquire_read)), HF_OK);

    assert_status(ask(bob, REQUEST(lock, rwlock_release)), HF_OK);

    assert_held_by_nobody(bob, lock);
}

static void another_option_is_another_rwlock(void **state) {
    struct peer *ada = world_join(*state, "ada");
    (void)opened(ada, REQUEST(0, rwlock_open, .name = name_of("rwlock"), .has_keep_on_leave = true,
                              .keep_on_leave = true));

    const Hf__Reply *reply =
        ask(ada, REQUEST(0, rwlock_open, .name = name_of("rwlock"), .has_keep_on_leave = true));

    assert_status(reply, HF_WRONG_TYPE);
}

/* ---- semaphore ---- */

static void permits_that_were_left_are_released_before_those_of_others(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t seats = open_seats(ada, 5);
    assert_status(ask(bob, REQUEST(seats, semaphore_acquire)), HF_OK); /* the oldest */
    assert_status(ask(ada, REQUEST(seats, semaphore_acquire, .has_permits = true, .permits = 2)),
                  HF_OK);
    assert_status(ask(cyd, REQUEST(seats, semaphore_acquire)), HF_OK);
    assert_count(leave(ada), 0);
    assert_count(ask(cyd, REQUEST(seats, semaphore_value)), 1);

    assert_status(ask(cyd, REQUEST(seats, semaphore_release, .has_permits = true, .permits = 2)),
                  HF_OK);

    const Hf__Description *description = ask(cyd, REQUEST(seats, object_describe))->description;
    assert_int_equal(description->n_holders, 2); /* cyd's is over, and one of those left */
    assert_string_equal(description->holders[0]->label, "bob");
    assert_true(description->holders[1]->left);
    assert_int_equal(description->holders[1]->depth, 1);
    assert_status(ask(cyd, REQUEST(seats, semaphore_release, .has_permits = true, .permits = 2)),
                  HF_OK);
    assert_count(ask(cyd, REQUEST(seats, semaphore_value)), 5); /* bob's went last */
}

static void no_permit_comes_back_after_a_leave(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t signal = open_seats(ada, 0);
    for (unsigned i = 0; i < 10; i++) {
        assert_status(ask(ada, REQUEST(signal, semaphore_release)), HF_OK);
        assert_status(ask(bob, REQUEST(signal, semaphore_acquire)), HF_OK);
    }

    assert_count(leave(bob), 0);
    peer_leave(bob);

    assert_count(ask(ada, REQUEST(signal, semaphore_value)), 0);
    assert_status(ask(ada, REQUEST(signal, semaphore_release)), HF_OK);
    assert_count(ask(ada, REQUEST(signal, semaphore_value)), 1);
}

/* ---- others ---- */

static void roles_end_as_at_a_death(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t pipe = opened(ada, REQUEST(0, pipe_open, .name = name_of("pipe")));
    uint64_t queue = opened(ada, REQUEST(0, queue_open, .name = name_of("queue"),
                                         .has_auto_close = true, .auto_close = true));
    assert_status(ask(ada, REQUEST(pipe, pipe_attach, .end = 0)), HF_OK);
    assert_status(ask(ada, REQUEST(queue, queue_register_producer)), HF_OK);
    uint64_t receives = peer_send(bob, waiting(REQUEST(pipe, pipe_receive, .end = 1), -1));
    uint64_t gets = start_get(bob, queue, -1);

    assert_count(leave(ada), 0);

    assert_status(peer_reply(bob, receives), HF_CLOSED);
    assert_status(peer_reply(bob, gets), HF_CLOSED);
}

static void very_many_holds_take_several_requests(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t seats = open_seats(ada, MANY_HOLDS);
    for (unsigned i = 0; i < MANY_HOLDS; i++) {
        assert_status(ask(ada, REQUEST(seats, semaphore_acquire)), HF_OK);
    }

    assert_count(leave(ada), MANY_HOLDS - LEFT_AT_ONCE);
    assert_count(leave(ada), MANY_HOLDS - 2 * LEFT_AT_ONCE);
    const Hf__Reply *reply = leave(ada);

    assert_count(reply, 0);
    assert_int_equal(reply->holds_left, 0);
    assert_count(ask(ada, REQUEST(seats, semaphore_value)), 0);
    assert_status(
        ask(ada, REQUEST(seats, semaphore_release, .has_permits = true, .permits = MANY_HOLDS)),
        HF_OK);
    assert_count(ask(ada, REQUEST(seats, semaphore_value)), MANY_HOLDS);
}

static void what_was_left_ends_with_its_object(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t seats = open_seats(ada, 3);
    uint64_t lock = open_kept(ada, "lock");
    assert_status(ask(ada, REQUEST(seats, semaphore_acquire)), HF_OK);
    assert_status(ask(ada, REQUEST(seats, semaphore_acquire)), HF_OK);
    (void)take_lock(ada, lock);
    assert_count(leave(ada), 0);
    assert_status(ask(ada, REQUEST(seats, semaphore_acquire)), HF_OK);

    assert_status(ask(ada, REQUEST(seats, object_delete)), HF_OK);
    assert_status(ask(ada, REQUEST(lock, object_delete)), HF_OK);

    assert_count(leave(ada), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_that_was_left_is_released_by_anybody),
        cmocka_unit_test(the_session_goes_on_and_may_release_it_too),
        cmocka_unit_test(other_locks_are_lost_as_at_a_death),
        cmocka_unit_test(other_writers_are_lost_likewise),
        cmocka_unit_test(who_dies_keeps_nothing),
        cmocka_unit_test(one_that_says_it_died_keeps_nothing_either),
        cmocka_unit_test(keep_stays_what_it_is),
        cmocka_unit_test(a_lease_goes_on_after_a_leave),
        cmocka_unit_test(what_was_left_is_broken_as_any_grant),
        cmocka_unit_test(a_watch_is_told_that_the_holder_left),
        cmocka_unit_test(waiting_calls_of_the_session_wait_on),
        cmocka_unit_test(what_was_left_makes_no_deadlock),
        cmocka_unit_test(an_rwlock_that_was_left_is_released_by_anybody),
        cmocka_unit_test(an_own_grant_is_released_before_nobodys),
        cmocka_unit_test(another_option_is_another_rwlock),
        cmocka_unit_test(permits_that_were_left_are_released_before_those_of_others),
        cmocka_unit_test(no_permit_comes_back_after_a_leave),
        cmocka_unit_test(roles_end_as_at_a_death),
        cmocka_unit_test(very_many_holds_take_several_requests),
        cmocka_unit_test(what_was_left_ends_with_its_object),
    };
    return WORLD_MAIN(tests);
}
