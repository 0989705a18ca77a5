/* SPDX-License-Identifier: MIT
 *
 * Leases of locks, rwlocks and semaphores: a grant that ends at a time.
 */
#include "world.h"

#include <string.h>

enum { LEASE_MS = 100 };

#define LEASED(object, operation)                                                                  \
    REQUEST(object, operation, .has_lease_ms = true, .lease_ms = LEASE_MS)
#define EXTEND(object, type) REQUEST(object, type##_extend, .lease_ms = LEASE_MS)

static const Hf__Grant *granted(const Hf__Reply *reply) {
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_GRANT);
    return reply->grant;
}

static uint64_t take_leased(struct peer *peer, uint64_t lock) {
    return granted(ask(peer, LEASED(lock, lock_acquire)))->fence;
}

/* The call was granted after somebody had lost the object to a lease. */
static const Hf__Grant *granted_after_lease(const char *label, const Hf__Reply *reply) {
    assert_status(reply, HF_OWNER_DIED);
    const Hf__Holder *died = reply->grant->died;
    assert_string_equal(died->label, label);
    assert_true(died->has_lost);
    assert_int_equal(died->lost, HF__LOSS__LOST_LEASE);
    assert_false(died->dead);
    return reply->grant;
}

static Hf__Reply *guarded_ping(struct peer *peer, uint64_t lock, uint64_t fence) {
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = lock;
    guard.fence = fence;
    Hf__Request request = REQUEST(0, ping);
    request.guard = &guard;
    return ask(peer, request);
}

static Hf__Description *describe(struct peer *peer, uint64_t object) {
    return ask(peer, REQUEST(object, object_describe))->description;
}

static uint64_t open_reentrant(struct peer *peer) {
    return opened(peer, REQUEST(0, lock_open, .has_reentrant = true, .reentrant = true));
}

/* ---- lock ---- */

static void a_lock_goes_to_the_next_call_when_its_lease_ends(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t fence = take_leased(ada, lock);
    uint64_t bobs = start_acquire(bob, lock, -1);

    world_pass(world, LEASE_MS - 1);
    assert_true(unanswered(bob, bobs));
    assert_status(guarded_ping(ada, lock, fence), HF_OK);
    world_pass(world, 1);

    const Hf__Grant *grant = granted_after_lease("ada", peer_reply(bob, bobs));
    assert_true(grant->fence > fence);
    assert_int_equal(grant->died->fence, fence);
    assert_int_equal(grant->died->held_ms, LEASE_MS);
    assert_status(guarded_ping(ada, lock, fence), HF_STALE_FENCE);
}

static void a_free_lock_still_tells_of_the_lease_that_ended(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t fence = take_leased(ada, lock);

    world_pass(world, LEASE_MS);

    assert_status(guarded_ping(ada, lock, fence), HF_STALE_FENCE);
    assert_status(ask(bob, REQUEST(lock, lock_who)), HF_NOT_HELD);
    world_pass(world, 1000); /* nobody holds it */
    const Hf__Grant *grant = granted_after_lease("ada", ask(bob, REQUEST(lock, lock_acquire)));
    assert_int_equal(grant->died->held_ms, LEASE_MS);
    release_lock(bob, lock);
    (void)granted(ask(bob, REQUEST(lock, lock_acquire))); /* it is told once */
}

static void the_old_holder_is_told_why_it_holds_the_lock_no_longer(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_lock(ada, "lock");
    const Hf__Reply *reply = ask(ada, LEASED(lock, lock_acquire));
    assert_int_equal(reply->holds_left, 1);

    world_pass(world, LEASE_MS);

    reply = ask(ada, REQUEST(lock, lock_release));
    assert_status(reply, HF_NOT_HELD);
    assert_string_equal(reply->detail, "this session has lost the lock: its lease has ended");
    assert_true(reply->has_holds_left);
    assert_int_equal(reply->holds_left, 0);
    reply = ask(ada, EXTEND(lock, lock));
    assert_status(reply, HF_NOT_HELD);
    assert_string_equal(reply->detail, "this session has lost the lock: its lease has ended");
    assert_string_equal(ask(bob, REQUEST(lock, lock_release))->detail, "nobody holds the lock");
    (void)granted_after_lease("ada", ask(bob, REQUEST(lock, lock_acquire)));
    assert_string_equal(ask(ada, REQUEST(lock, lock_release))->detail,
                        "bob (process 4711) holds the lock");
}

static void an_extended_lease_ends_later(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t fence = take_leased(ada, lock);

    for (unsigned i = 0; i < 5; i++) {
        world_pass(world, LEASE_MS - 1);
        assert_status(ask(ada, EXTEND(lock, lock)), HF_OK);
    }
    world_pass(world, LEASE_MS - 1);
    assert_status(guarded_ping(ada, lock, fence), HF_OK);
    world_pass(world, 1);

    assert_status(guarded_ping(ada, lock, fence), HF_STALE_FENCE);
}

static void extending_a_grant_without_a_lease_gives_it_one(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t fence = take_lock(ada, lock);

    world_pass(world, 10 * LEASE_MS);
    assert_status(ask(ada, EXTEND(lock, lock)), HF_OK);
    assert_status(guarded_ping(ada, lock, fence), HF_OK);
    world_pass(world, LEASE_MS);

    assert_status(guarded_ping(ada, lock, fence), HF_STALE_FENCE);
}

static void a_lease_is_over_with_its_grant(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_lock(ada, "lock");
    (void)take_leased(ada, lock);
    release_lock(ada, lock);
    uint64_t bobs = take_lock(bob, lock);

    world_pass(world, 10 * LEASE_MS);

    assert_status(guarded_ping(bob, lock, bobs), HF_OK);
    assert_int_equal(core_tick(world_core(world), world_now(world)), -1);
}

static void a_lease_goes_on_when_its_lock_is_acquired_again(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t lock = open_reentrant(ada);
    uint64_t fence = take_leased(ada, lock);
    world_pass(world, LEASE_MS / 2);

    assert_int_equal(granted(ask(ada, REQUEST(lock, lock_acquire)))->depth, 2);
    world_pass(world, LEASE_MS / 2);

    assert_status(guarded_ping(ada, lock, fence), HF_STALE_FENCE); /* at any depth */
    assert_status(ask(ada, REQUEST(lock, lock_release)), HF_NOT_HELD);
}

static void a_lease_of_a_second_acquire_takes_the_place_of_the_first(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t lock = open_reentrant(ada);
    uint64_t fence = take_leased(ada, lock);
    world_pass(world, LEASE_MS / 2);

    assert_int_equal(granted(ask(ada, LEASED(lock, lock_acquire)))->depth, 2);
    release_lock(ada, lock);
    world_pass(world, LEASE_MS - 1);

    assert_status(guarded_ping(ada, lock, fence), HF_OK);
    world_pass(world, 1);
    assert_status(guarded_ping(ada, lock, fence), HF_STALE_FENCE);
}

static void a_lock_that_is_kept_goes_on_when_its_lease_ends(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock =
        opened(ada, REQUEST(0, lock_open, .name = name_of("kept"), .has_keep = true, .keep = true));
    (void)take_leased(ada, lock);
    uint64_t bobs = start_acquire(bob, lock, -1);
    peer_leave(ada);
    assert_true(unanswered(bob, bobs));
    assert_true(describe(bob, lock)->holders[0]->dead);

    world_pass(world, LEASE_MS);

    (void)granted_after_lease("ada", peer_reply(bob, bobs));
}

static void a_transfer_ends_the_lease(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t other = open_lock(ada, "other");
    (void)take_lock(bob, other);
    (void)take_leased(ada, lock);
    uint64_t to = ask(ada, REQUEST(other, lock_who))->holder->session;

    assert_status(ask(ada, REQUEST(lock, lock_transfer, .session = to)), HF_OK);
    world_pass(world, 10 * LEASE_MS);

    release_lock(bob, lock);
}

static void several_locks_have_a_lease_each(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t locks[] = {open_lock(ada, "one"), open_lock(ada, "two")};
    (void)take_lock(bob, locks[0]);
    uint64_t id = peer_send(ada, waiting(REQUEST(0, lock_acquire_many, .n_locks = 2, .locks = locks,
                                                 .has_lease_ms = true, .lease_ms = LEASE_MS),
                                         -1));
    world_pass(world, 10 * LEASE_MS);
    release_lock(bob, locks[0]); /* from now on */
    assert_status(peer_reply(ada, id), HF_OK);

    world_pass(world, LEASE_MS - 1);
    assert_status(ask(ada, EXTEND(locks[1], lock)), HF_OK);
    world_pass(world, 1);

    (void)granted_after_lease("ada", ask(bob, REQUEST(locks[0], lock_acquire)));
    assert_status(ask(bob, REQUEST(locks[1], lock_acquire)), HF_TIMEOUT);
}

static void a_condition_takes_its_lock_again_under_a_lease_as_long(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t condition = opened(ada, REQUEST(0, condition_open, .lock = lock));
    (void)take_leased(ada, lock);
    world_pass(world, LEASE_MS / 2);
    uint64_t id = peer_send(ada, waiting(REQUEST(condition, condition_wait), -1));
    world_pass(world, 10 * LEASE_MS); /* it holds nothing while it waits */
    (void)take_lock(bob, lock);
    assert_count(ask(bob, REQUEST(condition, condition_notify)), 1);
    release_lock(bob, lock);
    uint64_t fence = granted(peer_reply(ada, id))->fence;
    uint64_t bobs = start_acquire(bob, lock, -1);

    world_pass(world, LEASE_MS - 1);
    assert_status(guarded_ping(ada, lock, fence), HF_OK);
    world_pass(world, 1);

    (void)granted_after_lease("ada", peer_reply(bob, bobs));
    assert_status(ask(ada, REQUEST(condition, condition_notify)), HF_NOT_HELD);
}

static void a_lease_makes_no_deadlock_good(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t first = open_lock(ada, "first");
    uint64_t second = open_lock(ada, "second");
    (void)take_leased(ada, first);
    (void)take_leased(bob, second);
    assert_status(ask(ada, waiting(LEASED(first, lock_acquire), -1)), HF_DEADLOCK);
    (void)start_acquire(ada, second, -1);

    assert_status(ask(bob, waiting(REQUEST(first, lock_acquire), -1)), HF_DEADLOCK);
}

static void a_lease_of_no_time_is_refused_at_once(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t rwlock = opened(ada, REQUEST(0, rwlock_open));
    uint64_t semaphore = opened(ada, REQUEST(0, semaphore_open));
    (void)take_lock(ada, lock);
    (void)granted(ask(ada, REQUEST(rwlock, rwlock_acquire_write)));
    uint64_t fence = granted(ask(ada, REQUEST(semaphore, semaphore_acquire)))->fence;
    static const int64_t none[] = {0, -1, INT64_MIN};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        Hf__Request requests[] = {
            REQUEST(lock, lock_acquire, .has_lease_ms = true, .lease_ms = none[i]),
            REQUEST(0, lock_acquire_many, .n_locks = 1, .locks = &lock, .has_lease_ms = true,
                    .lease_ms = none[i]),
            REQUEST(rwlock, rwlock_acquire_read, .has_lease_ms = true, .lease_ms = none[i]),
            REQUEST(rwlock, rwlock_acquire_write, .has_lease_ms = true, .lease_ms = none[i]),
            REQUEST(semaphore, semaphore_acquire, .has_lease_ms = true, .lease_ms = none[i]),
        };
        for (size_t j = 0; j < sizeof requests / sizeof requests[0]; j++) {
            const Hf__Reply *reply = ask(bob, waiting(requests[j], -1)); /* though it would wait */
            assert_status(reply, HF_INVALID);
            assert_string_equal(reply->detail, "a lease lasts at least 1 ms");
        }
        assert_status(ask(ada, REQUEST(lock, lock_extend, .lease_ms = none[i])), HF_INVALID);
        assert_status(ask(ada, REQUEST(rwlock, rwlock_extend, .lease_ms = none[i])), HF_INVALID);
        assert_status(
            ask(ada, REQUEST(semaphore, semaphore_extend, .fence = fence, .lease_ms = none[i])),
            HF_INVALID);
    }
}

static void a_lease_may_last_for_ever(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t fence =
        granted(ask(ada, REQUEST(lock, lock_acquire, .has_lease_ms = true, .lease_ms = INT64_MAX)))
            ->fence;

    world_pass(world, INT64_MAX / 4);

    assert_status(guarded_ping(ada, lock, fence), HF_OK);
}

static void holders_are_shown_with_what_is_left_of_their_leases(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t lock = open_lock(ada, "lock");
    (void)take_lock(ada, lock);
    assert_false(describe(ada, lock)->holders[0]->has_lease_left_ms);
    assert_status(ask(ada, EXTEND(lock, lock)), HF_OK);

    world_pass(world, LEASE_MS / 4);

    const Hf__Holder *holder = ask(ada, REQUEST(lock, lock_who))->holder;
    assert_true(holder->has_lease_left_ms);
    assert_int_equal(holder->lease_left_ms, LEASE_MS - LEASE_MS / 4);
    assert_false(holder->has_lost);
    assert_int_equal(describe(ada, lock)->holders[0]->lease_left_ms, LEASE_MS - LEASE_MS / 4);
}

static void a_watch_is_told_that_the_time_has_come(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t watch = opened(ada, REQUEST(0, watch_open, .has_object = true, .object = lock));
    (void)take_leased(ada, lock);

    world_pass(world, LEASE_MS);

    const Hf__Changes *changes = ask(ada, REQUEST(watch, watch_next))->changes;
    assert_int_equal(changes->n_changes, 2);
    assert_int_equal(changes->changes[0]->cause, HF__CAUSE__REQUESTED);
    assert_int_equal(changes->changes[1]->cause, HF__CAUSE__TIME_CAME);
}

static void a_deleted_lock_has_no_lease_any_more(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t lock = open_lock(ada, "lock");
    (void)take_leased(ada, lock);

    assert_status(ask(ada, REQUEST(lock, object_delete)), HF_OK);
    world_pass(world, LEASE_MS);

    assert_status(ask(ada, EXTEND(lock, lock)), HF_NO_OBJECT);
}

static void leased_grants_are_part_of_batches_and_of_waits_for_any(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    struct peer *cyd = world_join(world, "cyd");
    uint64_t lock = open_lock(ada, "lock");
    (void)take_leased(ada, lock);
    uint64_t bobs =
        peer_send(bob, waiting(batch_of(2, &LEASED(lock, lock_acquire), &REQUEST(0, ping)), -1));
    Hf__Request *requests[] = {&LEASED(lock, lock_acquire)};
    uint64_t cyds =
        peer_send(cyd, waiting(REQUEST(0, wait_any, .n_requests = 1, .requests = requests), -1));

    world_pass(world, LEASE_MS);
    (void)granted_after_lease("ada", reply_in(peer_reply(bob, bobs), 0));
    assert_true(unanswered(cyd, cyds));
    world_pass(world, LEASE_MS);

    const Hf__Reply *reply = peer_reply(cyd, cyds);
    assert_status(reply, HF_OWNER_DIED);
    assert_string_equal(reply->first->reply->grant->died->label, "bob");
}

/* ---- rwlock ---- */

static void a_writer_that_loses_its_lease_is_told_to_the_next(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    struct peer *cyd = world_join(world, "cyd");
    uint64_t lock = opened(ada, REQUEST(0, rwlock_open, .name = name_of("rwlock")));
    uint64_t fence = granted(ask(ada, LEASED(lock, rwlock_acquire_write)))->fence;
    uint64_t bobs = peer_send(bob, waiting(REQUEST(lock, rwlock_acquire_read), -1));
    uint64_t cyds = peer_send(cyd, waiting(REQUEST(lock, rwlock_acquire_read), -1));

    world_pass(world, LEASE_MS);

    assert_int_equal(granted_after_lease("ada", peer_reply(bob, bobs))->died->fence, fence);
    (void)granted(peer_reply(cyd, cyds)); /* it is told once */
    assert_status(guarded_ping(ada, lock, fence), HF_STALE_FENCE);
    assert_string_equal(ask(ada, REQUEST(lock, rwlock_release))->detail,
                        "bob (process 4711) holds the rwlock");
}

static void a_reader_that_loses_its_lease_is_told_to_nobody(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = opened(ada, REQUEST(0, rwlock_open, .name = name_of("rwlock")));
    (void)granted(ask(ada, LEASED(lock, rwlock_acquire_read)));
    uint64_t bobs = peer_send(bob, waiting(REQUEST(lock, rwlock_acquire_write), -1));

    world_pass(world, LEASE_MS - 1);
    assert_true(unanswered(bob, bobs));
    world_pass(world, 1);

    (void)granted(peer_reply(bob, bobs));
    assert_status(ask(ada, REQUEST(lock, rwlock_release)), HF_NOT_HELD);
    assert_status(ask(ada, EXTEND(lock, rwlock)), HF_NOT_HELD);
}

static void a_reader_and_writer_extends_both_of_its_grants(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t lock = opened(ada, REQUEST(0, rwlock_open));
    uint64_t reads = granted(ask(ada, LEASED(lock, rwlock_acquire_read)))->fence;
    uint64_t writes = granted(ask(ada, LEASED(lock, rwlock_acquire_write)))->fence;

    world_pass(world, LEASE_MS - 1);
    assert_status(ask(ada, EXTEND(lock, rwlock)), HF_OK);
    world_pass(world, LEASE_MS - 1);
    assert_status(guarded_ping(ada, lock, reads), HF_OK);
    assert_status(guarded_ping(ada, lock, writes), HF_OK);
    world_pass(world, 1);

    assert_status(guarded_ping(ada, lock, reads), HF_STALE_FENCE);
    assert_status(guarded_ping(ada, lock, writes), HF_STALE_FENCE);
}

static void each_grant_of_a_reader_and_writer_has_its_own_lease(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = opened(ada, REQUEST(0, rwlock_open, .name = name_of("rwlock")));
    (void)granted(ask(ada, REQUEST(lock, rwlock_acquire_read)));
    (void)granted(ask(ada, LEASED(lock, rwlock_acquire_write)));

    world_pass(world, LEASE_MS);

    (void)granted_after_lease("ada", ask(bob, REQUEST(lock, rwlock_acquire_read)));
    assert_status(ask(bob, REQUEST(lock, rwlock_release)), HF_OK);
    assert_status(ask(ada, REQUEST(lock, rwlock_release)), HF_OK); /* its read grant */
    assert_status(ask(ada, REQUEST(lock, rwlock_release)), HF_NOT_HELD);
}

static void
a_reader_that_loses_its_lease_while_it_waits_to_write_waits_behind_others(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    struct peer *cyd = world_join(world, "cyd");
    uint64_t lock = opened(ada, REQUEST(0, rwlock_open, .name = name_of("rwlock")));
    (void)granted(ask(ada, LEASED(lock, rwlock_acquire_read)));
    (void)granted(ask(bob, REQUEST(lock, rwlock_acquire_read)));
    uint64_t cyds = peer_send(cyd, waiting(REQUEST(lock, rwlock_acquire_write), -1));
    uint64_t adas = peer_send(ada, waiting(REQUEST(lock, rwlock_acquire_write), -1));

    world_pass(world, LEASE_MS);
    assert_status(ask(bob, REQUEST(lock, rwlock_release)), HF_OK);

    (void)granted(peer_reply(cyd, cyds));
    assert_true(unanswered(ada, adas));
    assert_status(ask(cyd, REQUEST(lock, rwlock_release)), HF_OK);
    (void)granted(peer_reply(ada, adas));
}

/* ---- semaphore ---- */

static void permits_come_back_when_their_lease_ends(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t semaphore =
        opened(ada, REQUEST(0, semaphore_open, .name = name_of("seats"), .has_permits = true,
                            .permits = 5, .has_bounded = true, .bounded = true));
    (void)granted(ask(ada, REQUEST(semaphore, semaphore_acquire)));
    uint64_t fence =
        granted(ask(ada, REQUEST(semaphore, semaphore_acquire, .has_permits = true, .permits = 4,
                                 .has_lease_ms = true, .lease_ms = LEASE_MS)))
            ->fence;
    assert_status(
        ask(ada, REQUEST(semaphore, semaphore_release, .has_permits = true, .permits = 2)), HF_OK);
    assert_count(ask(bob, REQUEST(semaphore, semaphore_value)), 2);
    uint64_t bobs = peer_send(
        bob, waiting(REQUEST(semaphore, semaphore_acquire, .has_permits = true, .permits = 5), -1));

    world_pass(world, LEASE_MS);

    (void)granted(peer_reply(bob, bobs)); /* the 3 that ada had left of the second grant */
    assert_status(guarded_ping(ada, semaphore, fence), HF_STALE_FENCE);
    assert_int_equal(describe(bob, semaphore)->n_holders, 1);
}

static void the_lease_of_permits_is_extended_by_their_fence(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t semaphore = opened(ada, REQUEST(0, semaphore_open, .name = name_of("seats"),
                                             .has_permits = true, .permits = 5));
    uint64_t first = granted(ask(ada, LEASED(semaphore, semaphore_acquire)))->fence;
    uint64_t second = granted(ask(ada, LEASED(semaphore, semaphore_acquire)))->fence;
    uint64_t bobs = granted(ask(bob, LEASED(semaphore, semaphore_acquire)))->fence;
    world_pass(world, LEASE_MS / 2);

    assert_status(ask(ada, REQUEST(semaphore, semaphore_extend, .fence = second, .lease_ms = 1000)),
                  HF_OK);
    const Hf__Reply *reply =
        ask(ada, REQUEST(semaphore, semaphore_extend, .fence = bobs, .lease_ms = 1000));
    assert_status(reply, HF_NOT_HELD);
    assert_non_null(strstr(reply->detail, "this session does not have the grant"));
    world_pass(world, LEASE_MS / 2);

    assert_status(guarded_ping(ada, semaphore, first), HF_STALE_FENCE);
    assert_status(guarded_ping(ada, semaphore, second), HF_OK);
    assert_count(ask(bob, REQUEST(semaphore, semaphore_value)), 4);
    assert_status(ask(ada, REQUEST(semaphore, semaphore_extend, .fence = first, .lease_ms = 1)),
                  HF_NOT_HELD);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_goes_to_the_next_call_when_its_lease_ends),
        cmocka_unit_test(a_free_lock_still_tells_of_the_lease_that_ended),
        cmocka_unit_test(the_old_holder_is_told_why_it_holds_the_lock_no_longer),
        cmocka_unit_test(an_extended_lease_ends_later),
        cmocka_unit_test(extending_a_grant_without_a_lease_gives_it_one),
        cmocka_unit_test(a_lease_is_over_with_its_grant),
        cmocka_unit_test(a_lease_goes_on_when_its_lock_is_acquired_again),
        cmocka_unit_test(a_lease_of_a_second_acquire_takes_the_place_of_the_first),
        cmocka_unit_test(a_lock_that_is_kept_goes_on_when_its_lease_ends),
        cmocka_unit_test(a_transfer_ends_the_lease),
        cmocka_unit_test(several_locks_have_a_lease_each),
        cmocka_unit_test(a_condition_takes_its_lock_again_under_a_lease_as_long),
        cmocka_unit_test(a_lease_makes_no_deadlock_good),
        cmocka_unit_test(a_lease_of_no_time_is_refused_at_once),
        cmocka_unit_test(a_lease_may_last_for_ever),
        cmocka_unit_test(holders_are_shown_with_what_is_left_of_their_leases),
        cmocka_unit_test(a_watch_is_told_that_the_time_has_come),
        cmocka_unit_test(a_deleted_lock_has_no_lease_any_more),
        cmocka_unit_test(leased_grants_are_part_of_batches_and_of_waits_for_any),
        cmocka_unit_test(a_writer_that_loses_its_lease_is_told_to_the_next),
        cmocka_unit_test(a_reader_that_loses_its_lease_is_told_to_nobody),
        cmocka_unit_test(a_reader_and_writer_extends_both_of_its_grants),
        cmocka_unit_test(each_grant_of_a_reader_and_writer_has_its_own_lease),
        cmocka_unit_test(a_reader_that_loses_its_lease_while_it_waits_to_write_waits_behind_others),
        cmocka_unit_test(permits_come_back_when_their_lease_ends),
        cmocka_unit_test(the_lease_of_permits_is_extended_by_their_fence),
    };
    return WORLD_MAIN(tests);
}
