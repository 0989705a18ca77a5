/* SPDX-License-Identifier: MIT
 *
 * docs/guarantees.md, types that sessions hold or wait for together: see guarantees.h.
 */
#include "guarantees.h"

/* ---- lock ---- */

static void lock_holder_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_lock(f.ada, "lock");
    uint64_t fence = done(f.ada, REQUEST(lock, lock_acquire))->grant->fence;
    uint64_t bobs = must_wait(f.bob, REQUEST(lock, lock_acquire));
    uint64_t cyds = must_wait(f.cyd, REQUEST(lock, lock_acquire));

    peer_leave(f.ada);

    const Hf__Grant *grant = granted_after("ada", f.bob, bobs);
    assert_true(grant->fence > fence);
    assert_int_equal(grant->died->pid, 4711);
    assert_int_equal(grant->died->fence, fence);
    assert_true(unanswered(f.cyd, cyds));
    (void)done(f.bob, REQUEST(lock, lock_release));
    (void)granted(f.cyd, cyds); /* it is told once */
}

static void lock_holder_dies_and_it_is_kept(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = opened(
        f.ada, REQUEST(0, lock_open, .name = name_of("lock"), .has_keep = true, .keep = true));
    uint64_t fence = done(f.ada, REQUEST(lock, lock_acquire))->grant->fence;
    uint64_t bobs = must_wait(f.bob, REQUEST(lock, lock_acquire));

    peer_leave(f.ada);

    assert_true(unanswered(f.bob, bobs));
    const Hf__Holder *who = done(f.cyd, REQUEST(lock, lock_who))->holder;
    assert_true(who->dead);
    assert_string_equal(who->label, "ada");
    assert_int_equal(who->fence, fence);
    (void)done(f.cyd, REQUEST(lock, lock_release)); /* anyone may, now */
    (void)granted_after("ada", f.bob, bobs);
    assert_status(ask(f.cyd, REQUEST(lock, lock_release)), HF_NOT_HELD);
    (void)done(f.bob, REQUEST(lock, lock_release));
    (void)done(f.cyd, REQUEST(lock, lock_acquire));
}

static void lock_waiter_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_lock(f.ada, "lock");
    uint64_t fence = done(f.ada, REQUEST(lock, lock_acquire))->grant->fence;
    (void)must_wait(f.bob, REQUEST(lock, lock_acquire));
    uint64_t cyds = must_wait(f.cyd, REQUEST(lock, lock_acquire));
    (void)peer_send(f.dan, waiting(REQUEST(lock, lock_acquire), 100));

    peer_leave(f.bob);
    peer_leave(f.dan);

    assert_true(unanswered(f.cyd, cyds));
    (void)done(f.ada, REQUEST(lock, lock_release));
    assert_int_equal(granted(f.cyd, cyds)->fence, fence + 1); /* no grant in between */
    world_pass(f.world, 1000);
    (void)done(f.cyd, REQUEST(lock, lock_release));
    (void)done(f.ada, REQUEST(lock, lock_acquire));
}

static void lock_deleted(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_lock(f.ada, "lock");
    Hf__Guard guard = guard_of(lock, done(f.ada, REQUEST(lock, lock_acquire))->grant->fence);
    uint64_t bobs = must_wait(f.bob, REQUEST(lock, lock_acquire));
    uint64_t cyds = peer_send(f.cyd, waiting(REQUEST(lock, lock_acquire), 100));

    (void)done(f.bob, REQUEST(lock, object_delete));

    assert_ended(f.bob, bobs, HF_DELETED);
    assert_ended(f.cyd, cyds, HF_DELETED);
    assert_status(ask(f.ada, REQUEST(lock, lock_release)), HF_NO_OBJECT);
    assert_status(ask(f.ada, guarded_by(&guard, REQUEST(0, ping))), HF_STALE_FENCE);
    peer_leave(f.ada); /* there is nothing left for it to release */
}

/* ---- semaphore ---- */

#define PERMITS(semaphore, operation, count)                                                       \
    REQUEST(semaphore, semaphore_##operation, .has_permits = true, .permits = (count))

static uint64_t open_semaphore(struct peer *peer, uint32_t permits, bool bounded) {
    return opened(peer,
                  REQUEST(0, semaphore_open, .name = name_of("semaphore"), .has_permits = true,
                          .permits = permits, .has_bounded = true, .bounded = bounded));
}

static void semaphore_holder_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t semaphore = open_semaphore(f.ada, 6, true);
    (void)done(f.ada, PERMITS(semaphore, acquire, 3));
    (void)done(f.bob, PERMITS(semaphore, acquire, 1));
    (void)done(f.ada, PERMITS(semaphore, acquire, 2));
    uint64_t bobs = must_wait(f.bob, PERMITS(semaphore, acquire, 4));
    uint64_t cyds = must_wait(f.cyd, PERMITS(semaphore, acquire, 1));
    uint64_t dans = must_wait(f.dan, PERMITS(semaphore, acquire, 1));

    peer_leave(f.ada);

    assert_int_equal(granted(f.bob, bobs)->depth, 4);
    (void)granted(f.cyd, cyds);
    assert_true(unanswered(f.dan, dans));
    assert_count(ask(f.cyd, REQUEST(semaphore, semaphore_value)), 0);
}

static void semaphore_holder_dies_and_what_it_added_stays(void **state) {
    struct four f = four_join(*state);
    uint64_t semaphore = open_semaphore(f.ada, 1, false);
    (void)done(f.ada, PERMITS(semaphore, release, 2));
    (void)done(f.ada, PERMITS(semaphore, acquire, 1));

    peer_leave(f.ada);

    assert_count(ask(f.bob, REQUEST(semaphore, semaphore_value)), 3);
}

static void semaphore_holder_dies_and_what_others_released_stays(void **state) {
    struct four f = four_join(*state);
    uint64_t semaphore = open_semaphore(f.ada, 5, true);
    (void)done(f.ada, PERMITS(semaphore, acquire, 3));
    (void)done(f.bob, PERMITS(semaphore, release, 2));
    (void)done(f.cyd, PERMITS(semaphore, acquire, 4));

    peer_leave(f.ada);

    assert_count(ask(f.bob, REQUEST(semaphore, semaphore_value)), 1);
}

static void semaphore_waiter_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t semaphore = open_semaphore(f.ada, 2, true);
    (void)done(f.ada, PERMITS(semaphore, acquire, 1));
    (void)must_wait(f.bob, PERMITS(semaphore, acquire, 2));
    uint64_t cyds = must_wait(f.cyd, PERMITS(semaphore, acquire, 1));

    peer_leave(f.bob);

    (void)granted(f.cyd, cyds); /* at once: one was free all the time */
    (void)done(f.ada, PERMITS(semaphore, release, 1));
    assert_count(ask(f.ada, REQUEST(semaphore, semaphore_value)), 1);
}

static void semaphore_deleted(void **state) {
    struct four f = four_join(*state);
    uint64_t semaphore = open_semaphore(f.ada, 2, true);
    (void)done(f.ada, PERMITS(semaphore, acquire, 1));
    (void)done(f.ada, PERMITS(semaphore, acquire, 1));
    uint64_t bobs = must_wait(f.bob, PERMITS(semaphore, acquire, 1));

    (void)done(f.ada, REQUEST(semaphore, object_delete));

    assert_ended(f.bob, bobs, HF_DELETED);
    assert_status(ask(f.ada, PERMITS(semaphore, release, 1)), HF_NO_OBJECT);
}

/* ---- event ---- */

static uint64_t open_event(struct peer *peer) {
    return opened(peer, REQUEST(0, event_open, .name = name_of("event")));
}

static void event_holder_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t event = open_event(f.ada);
    (void)done(f.ada, REQUEST(event, event_set));

    peer_leave(f.ada);

    assert_truth(ask(f.bob, REQUEST(event, event_is_set)), true);
    (void)done(f.bob, REQUEST(event, event_wait));
}

static void event_waiter_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t event = open_event(f.ada);
    (void)must_wait(f.bob, REQUEST(event, event_wait));
    uint64_t cyds = must_wait(f.cyd, REQUEST(event, event_wait));

    peer_leave(f.bob);

    assert_true(unanswered(f.cyd, cyds));
    assert_int_equal(done(f.ada, REQUEST(event, object_describe))->description->waiting, 1);
    (void)done(f.ada, REQUEST(event, event_set));
    assert_ended(f.cyd, cyds, HF_OK);
}

static void event_deleted(void **state) {
    struct four f = four_join(*state);
    uint64_t event = open_event(f.ada);
    uint64_t bobs = must_wait(f.bob, REQUEST(event, event_wait));

    (void)done(f.ada, REQUEST(event, object_delete));

    assert_ended(f.bob, bobs, HF_DELETED);
    assert_status(ask(f.bob, REQUEST(event, event_wait)), HF_NO_OBJECT);
}

/* ---- latch ---- */

static uint64_t open_latch(struct peer *peer, uint64_t count) {
    return opened(
        peer, REQUEST(0, latch_open, .name = name_of("latch"), .has_count = true, .count = count));
}

static void latch_holder_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t latch = open_latch(f.ada, 2);
    uint64_t cyds = peer_send(f.cyd, waiting(REQUEST(latch, latch_wait), 100));
    (void)done(f.ada, REQUEST(latch, latch_count_down));

    peer_leave(f.ada);
    peer_leave(f.bob); /* before it has counted down */

    assert_count(ask(f.cyd, REQUEST(latch, latch_count)), 1);
    world_pass(f.world, 99);
    assert_true(unanswered(f.cyd, cyds));
    world_pass(f.world, 1);
    assert_ended(f.cyd, cyds, HF_TIMEOUT);
}

static void latch_waiter_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t latch = open_latch(f.ada, 1);
    (void)must_wait(f.bob, REQUEST(latch, latch_wait));
    uint64_t cyds = must_wait(f.cyd, REQUEST(latch, latch_wait));

    peer_leave(f.bob);

    assert_true(unanswered(f.cyd, cyds));
    assert_int_equal(done(f.ada, REQUEST(latch, object_describe))->description->waiting, 1);
    (void)done(f.ada, REQUEST(latch, latch_count_down));
    assert_ended(f.cyd, cyds, HF_OK);
}

static void latch_deleted(void **state) {
    struct four f = four_join(*state);
    uint64_t latch = open_latch(f.ada, 1);
    uint64_t bobs = must_wait(f.bob, REQUEST(latch, latch_wait));

    (void)done(f.ada, REQUEST(latch, object_delete));

    assert_ended(f.bob, bobs, HF_DELETED);
    assert_status(ask(f.ada, REQUEST(latch, latch_count_down)), HF_NO_OBJECT);
}

/* ---- rwlock ---- */

static uint64_t open_rwlock(struct peer *peer) {
    return opened(peer, REQUEST(0, rwlock_open, .name = name_of("data")));
}

static void rwlock_holder_dies_writing(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_rwlock(f.ada);
    (void)done(f.ada, REQUEST(lock, rwlock_acquire_write));
    uint64_t bobs = must_wait(f.bob, REQUEST(lock, rwlock_acquire_read));
    uint64_t cyds = must_wait(f.cyd, REQUEST(lock, rwlock_acquire_read));
    uint64_t dans = must_wait(f.dan, REQUEST(lock, rwlock_acquire_write));

    peer_leave(f.ada);

    assert_true(granted_after("ada", f.bob, bobs)->died->dead);
    (void)granted(f.cyd, cyds);
    assert_true(unanswered(f.dan, dans));
}

static void rwlock_holder_dies_reading(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_rwlock(f.ada);
    (void)done(f.ada, REQUEST(lock, rwlock_acquire_read));
    (void)done(f.ada, REQUEST(lock, rwlock_acquire_read));
    (void)done(f.bob, REQUEST(lock, rwlock_acquire_read));
    uint64_t cyds = must_wait(f.cyd, REQUEST(lock, rwlock_acquire_write));

    peer_leave(f.ada);
    assert_true(unanswered(f.cyd, cyds));
    peer_leave(f.bob);

    (void)granted(f.cyd, cyds);
}

static void rwlock_waiter_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_rwlock(f.ada);
    (void)done(f.ada, REQUEST(lock, rwlock_acquire_read));
    (void)must_wait(f.bob, REQUEST(lock, rwlock_acquire_write));
    uint64_t cyds = must_wait(f.cyd, REQUEST(lock, rwlock_acquire_read));
    uint64_t dans = must_wait(f.dan, REQUEST(lock, rwlock_acquire_read));

    peer_leave(f.bob);

    (void)granted(f.cyd, cyds);
    (void)granted(f.dan, dans);
    (void)done(f.ada, REQUEST(lock, rwlock_release));
    assert_status(ask(f.ada, REQUEST(lock, rwlock_acquire_write)), HF_TIMEOUT);
}

static void rwlock_deleted(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_rwlock(f.ada);
    (void)done(f.ada, REQUEST(lock, rwlock_acquire_read));
    (void)done(f.bob, REQUEST(lock, rwlock_acquire_read));
    uint64_t adas = must_wait(f.ada, REQUEST(lock, rwlock_acquire_write));
    uint64_t cyds = must_wait(f.cyd, REQUEST(lock, rwlock_acquire_read));

    (void)done(f.bob, REQUEST(lock, object_delete));

    assert_ended(f.ada, adas, HF_DELETED);
    assert_ended(f.cyd, cyds, HF_DELETED);
    assert_status(ask(f.ada, REQUEST(lock, rwlock_release)), HF_NO_OBJECT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lock_holder_dies),
        cmocka_unit_test(lock_holder_dies_and_it_is_kept),
        cmocka_unit_test(lock_waiter_dies),
        cmocka_unit_test(lock_deleted),
        cmocka_unit_test(semaphore_holder_dies),
        cmocka_unit_test(semaphore_holder_dies_and_what_it_added_stays),
        cmocka_unit_test(semaphore_holder_dies_and_what_others_released_stays),
        cmocka_unit_test(semaphore_waiter_dies),
        cmocka_unit_test(semaphore_deleted),
        cmocka_unit_test(event_holder_dies),
        cmocka_unit_test(event_waiter_dies),
        cmocka_unit_test(event_deleted),
        cmocka_unit_test(latch_holder_dies),
        cmocka_unit_test(latch_waiter_dies),
        cmocka_unit_test(latch_deleted),
        cmocka_unit_test(rwlock_holder_dies_writing),
        cmocka_unit_test(rwlock_holder_dies_reading),
        cmocka_unit_test(rwlock_waiter_dies),
        cmocka_unit_test(rwlock_deleted),
    };
    return WORLD_MAIN(tests);
}
