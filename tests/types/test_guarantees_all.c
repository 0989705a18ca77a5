/* SPDX-License-Identifier: MIT
 *
 * docs/guarantees.md, promises for all types (the lines below its table): see guarantees.h.
 */
#include "guarantees.h"

#include <stdio.h>

#define ADD(value, number) REQUEST(value, value_add, .amount = of_int(number))

/* ---- requests and batches ---- */

static void a_request_is_whole_or_nothing(void **state) {
    struct four f = four_join(*state);
    uint64_t queue = open_queue(f.ada, "queue", 0);
    Hf__Request put = REQUEST(queue, queue_put_many, .n_values = 3,
                              .values = array_of(3, of_int(1), of_int(2), of_int(3)));

    (void)peer_send_most(f.ada, put);
    peer_leave(f.ada);
    assert_count(ask(f.cyd, REQUEST(queue, queue_size)), 0);
    (void)peer_send(f.bob, put);
    peer_leave(f.bob);

    assert_count(ask(f.cyd, REQUEST(queue, queue_size)), 3);
}

static void a_batch_is_one_step(void **state) {
    struct four f = four_join(*state);
    uint64_t queue = open_queue(f.ada, "queue", 0);
    uint64_t count = open_value(f.ada, "count", 0);
    uint64_t bobs =
        must_wait(f.bob, batch_of(2, &REQUEST(queue, queue_get), &REQUEST(count, value_get)));

    (void)done(f.ada, batch_of(2, &REQUEST(queue, queue_put, .value = of_int(1)), &ADD(count, 9)));

    assert_int(reply_in(peer_reply(f.bob, bobs), 1), 9); /* bob went on after all of it */
}

static void a_batch_is_one_step_whose_sender_dies(void **state) {
    struct four f = four_join(*state);
    uint64_t queue = open_queue(f.ada, "queue", 0);
    uint64_t count = open_value(f.ada, "count", 0);
    (void)must_wait(f.ada, batch_of(2, &REQUEST(queue, queue_get), &ADD(count, 1)));
    (void)peer_send(f.bob, batch_of(3, &ADD(count, 10), &REQUEST(queue, queue_get),
                                    &ADD(count, 100))); /* as far as it goes */

    peer_leave(f.ada);
    peer_leave(f.bob);
    (void)done(f.cyd, REQUEST(queue, queue_put, .value = of_int(1)));

    assert_int(ask(f.cyd, REQUEST(count, value_get)), 10);
    assert_count(ask(f.cyd, REQUEST(queue, queue_size)), 1);
}

static void a_batch_is_one_step_with_its_checks(void **state) {
    struct four f = four_join(*state);
    uint64_t queue = open_queue(f.ada, "queue", 0);
    uint64_t count = open_value(f.ada, "count", 0);
    uint64_t bobs =
        must_wait(f.bob, with_checks(batch_of(2, &REQUEST(queue, queue_get), &ADD(count, 1)), 1,
                                     equals(&REQUEST(count, value_get), of_int(0))));

    (void)done(f.ada, batch_of(2, &REQUEST(queue, queue_put, .value = of_int(1)), &ADD(count, 9)));

    assert_status(peer_reply(f.bob, bobs), HF_MISMATCH);
    assert_int(ask(f.cyd, REQUEST(count, value_get)), 9);
    assert_count(ask(f.cyd, REQUEST(queue, queue_size)), 1);
}

/* ---- any of several ---- */

static uint64_t get_any(struct peer *peer, uint64_t one, uint64_t other) {
    Hf__Request *gets[] = {&REQUEST(one, queue_get), &REQUEST(other, queue_get)};
    return must_wait(peer, REQUEST(0, wait_any, .n_requests = 2, .requests = gets));
}

static void a_wait_for_any_takes_one_or_nothing(void **state) {
    struct four f = four_join(*state);
    uint64_t jobs = open_queue(f.ada, "jobs", 0);
    uint64_t orders = open_queue(f.ada, "orders", 0);
    (void)get_any(f.bob, jobs, orders);
    uint64_t cyds = get_any(f.cyd, jobs, orders);
    uint64_t dans = must_wait(f.dan, REQUEST(orders, queue_get));

    peer_leave(f.bob);
    (void)done(f.ada, REQUEST(jobs, queue_put, .value = of_int(1)));
    (void)done(f.ada, REQUEST(orders, queue_put, .value = of_int(2)));

    assert_ended(f.cyd, cyds, HF_OK);
    assert_int(peer_reply(f.cyd, cyds)->first->reply, 1);
    assert_int(peer_reply(f.dan, dans), 2);
    assert_count(ask(f.ada, REQUEST(jobs, queue_size)), 0);
    assert_count(ask(f.ada, REQUEST(orders, queue_size)), 0);
}

/* ---- fences ---- */

static void every_grant_has_a_fence(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_lock(f.ada, "lock");
    uint64_t rwlock = opened(f.ada, REQUEST(0, rwlock_open));
    uint64_t semaphore = opened(f.ada, REQUEST(0, semaphore_open));
    uint64_t barrier =
        opened(f.ada, REQUEST(0, barrier_open, .parties = 1, .has_action = true, .action = true));
    uint64_t queue = open_queue(f.ada, "queue", 0);
    uint64_t before = 0;

    for (int i = 0; i < 3; i++) {
        (void)done(f.ada, REQUEST(queue, queue_put, .value = of_int(i)));
        uint64_t fences[] = {
            done(f.ada, REQUEST(lock, lock_acquire))->grant->fence,
            done(f.bob, REQUEST(rwlock, rwlock_acquire_read))->grant->fence,
            done(f.cyd, REQUEST(semaphore, semaphore_acquire))->grant->fence,
            done(f.dan, REQUEST(barrier, barrier_wait))->barrier_place->fence,
            done(f.dan, REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = -1))
                ->delivery->id,
        };
        for (size_t j = 0; j < sizeof fences / sizeof fences[0]; j++) {
            assert_true(fences[j] > before);
            before = fences[j];
        }
        (void)done(f.ada, REQUEST(lock, lock_release));
        (void)done(f.bob, REQUEST(rwlock, rwlock_release));
        (void)done(f.cyd, REQUEST(semaphore, semaphore_release));
        (void)done(f.dan, REQUEST(barrier, barrier_done));
    }
}

static void a_lease_takes_back_what_a_stopped_holder_holds(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_lock(f.ada, "lock");
    uint64_t rwlock = opened(f.ada, REQUEST(0, rwlock_open, .name = name_of("rwlock")));
    uint64_t semaphore = opened(f.ada, REQUEST(0, semaphore_open, .name = name_of("semaphore")));
    uint64_t count = open_value(f.ada, "count", 0);
#define LEASED(object, operation) REQUEST(object, operation, .has_lease_ms = true, .lease_ms = 100)
    Hf__Guard guard = guard_of(lock, done(f.ada, LEASED(lock, lock_acquire))->grant->fence);
    (void)done(f.ada, LEASED(rwlock, rwlock_acquire_write));
    (void)done(f.ada, LEASED(semaphore, semaphore_acquire));
#undef LEASED
    uint64_t bobs = must_wait(f.bob, REQUEST(lock, lock_acquire));
    uint64_t cyds = must_wait(f.cyd, REQUEST(rwlock, rwlock_acquire_read));
    uint64_t dans = must_wait(f.dan, REQUEST(semaphore, semaphore_acquire));

    world_pass(f.world, 100); /* nothing is heard of ada */

    assert_int_equal(granted_after("ada", f.bob, bobs)->died->lost, HF__LOSS__LOST_LEASE);
    assert_int_equal(granted_after("ada", f.cyd, cyds)->died->lost, HF__LOSS__LOST_LEASE);
    (void)granted(f.dan, dans);
    assert_status(ask(f.ada, guarded_by(&guard, ADD(count, 1))), HF_STALE_FENCE);
    assert_status(ask(f.ada, REQUEST(lock, lock_release)), HF_NOT_HELD);
}

static void an_orderly_end_keeps_what_is_to_be_kept(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = opened(f.ada, REQUEST(0, lock_open, .name = name_of("lock"),
                                          .has_keep_on_leave = true, .keep_on_leave = true));
    uint64_t other = open_lock(f.ada, "other");
    (void)done(f.ada, REQUEST(lock, lock_acquire));
    (void)done(f.ada, REQUEST(other, lock_acquire));
    uint64_t bobs = must_wait(f.bob, REQUEST(lock, lock_acquire));
    uint64_t cyds = must_wait(f.cyd, REQUEST(other, lock_acquire));

    (void)done(f.ada, REQUEST(0, leave));
    peer_leave(f.ada);

    assert_true(unanswered(f.bob, bobs));
    (void)done(f.dan, REQUEST(lock, lock_release));
    (void)granted(f.bob, bobs);
    (void)granted_after("ada", f.cyd, cyds);
    peer_leave(f.bob); /* without a leave */
    assert_status(ask(f.dan, REQUEST(lock, lock_acquire)), HF_OWNER_DIED);
}

static void a_broken_grant_is_over_at_once(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_lock(f.ada, "lock");
    uint64_t count = open_value(f.ada, "count", 0);
    uint64_t fence = done(f.ada, REQUEST(lock, lock_acquire))->grant->fence;
    Hf__Guard guard = guard_of(lock, fence);
    uint64_t bobs = must_wait(f.bob, REQUEST(lock, lock_acquire));

    (void)done(f.cyd, REQUEST(lock, object_break, .fence = fence));

    assert_int_equal(granted_after("ada", f.bob, bobs)->died->lost, HF__LOSS__LOST_BROKEN);
    assert_status(ask(f.ada, guarded_by(&guard, ADD(count, 1))), HF_STALE_FENCE);
    assert_status(ask(f.ada, REQUEST(lock, lock_release)), HF_NOT_HELD);
}

static void every_grant_has_a_fence_that_refuses_who_comes_late(void **state) {
    struct four f = four_join(*state);
    uint64_t lock = open_lock(f.ada, "lock");
    uint64_t count = open_value(f.ada, "count", 0);
    Hf__Guard guard = guard_of(lock, done(f.ada, REQUEST(lock, lock_acquire))->grant->fence);
    uint64_t bobs = must_wait(f.bob, REQUEST(lock, lock_acquire));

    assert_int(ask(f.cyd, guarded_by(&guard, ADD(count, 1))), 1);
    peer_leave(f.ada);

    (void)granted_after("ada", f.bob, bobs);
    assert_status(ask(f.cyd, guarded_by(&guard, ADD(count, 1))), HF_STALE_FENCE);
    assert_int(ask(f.bob, REQUEST(count, value_get)), 1);
}

/* Another run of the manager, which begins where the clock says, or where the earlier run ended. */
static void a_grant_ends_with_its_manager(void **state) {
    const uint64_t later[] = {1, 1000, (uint64_t)1 << 52};
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        struct core_config config = core_defaults();
        config.numbers_above = (uint64_t)1 << 40;
        struct four f = four_join(world_replace(state, &config));
        uint64_t lock = open_lock(f.ada, "lock");
        uint64_t fence = done(f.ada, REQUEST(lock, lock_acquire))->grant->fence;
        uint64_t session = done(f.bob, REQUEST(lock, lock_who))->holder->session;
        assert_true(fence > config.numbers_above && session > config.numbers_above);

        config.numbers_above = fence + later[i];
        f = four_join(world_replace(state, &config));
        lock = open_lock(f.bob, "lock");
        uint64_t count = open_value(f.bob, "count", 0);
        uint64_t fences = done(f.bob, REQUEST(0, stats))->statistics->fence;
        (void)done(f.bob, REQUEST(lock, lock_acquire));
        Hf__Guard guard = guard_of(lock, fence);
        assert_int_equal(fences, config.numbers_above);

        assert_status(ask(f.ada, guarded_by(&guard, ADD(count, 1))), HF_STALE_FENCE);
        assert_status(ask(f.bob, guarded_by(&guard, ADD(count, 1))), HF_STALE_FENCE);
        assert_status(ask(f.bob, REQUEST(lock, lock_transfer, .session = session)), HF_VALUE_ERROR);
        assert_true(done(f.bob, REQUEST(lock, lock_who))->holder->session > session);
    }
}

/* ---- time ---- */

static void an_expired_item_is_never_seen(void **state) {
    enum { MANY = 5000 };
    struct four f = four_join(*state);
    uint64_t dict = open_dict(f.ada, "dict");
    for (int64_t i = 0; i < MANY; i++) {
        (void)done(f.ada, REQUEST(dict, dict_set, .key = of_int(i), .value = of_int(i),
                                  .has_ttl_ms = true, .ttl_ms = 100));
    }
    world_pass(f.world, 99);
    assert_count(ask(f.bob, REQUEST(dict, dict_len)), MANY);

    int64_t due_ms = world_now(f.world) + 1;
    assert_int_equal(core_tick(world_core(f.world), due_ms), due_ms); /* most are still kept */

    assert_count(ask(f.bob, REQUEST(dict, dict_len)), 0);
    assert_value(ask(f.bob, REQUEST(dict, dict_copy)), of_map(0));
    assert_int_equal(ask(f.bob, REQUEST(dict, dict_keys))->page->n_keys, 0);
    for (int64_t i = 0; i < MANY; i += 9) {
        Hf__Any *key = of_int(i);
        assert_status(ask(f.bob, REQUEST(dict, dict_get, .key = key)), HF_KEY_ERROR);
        assert_truth(ask(f.bob, REQUEST(dict, dict_contains, .key = key)), false);
        assert_status(ask(f.bob, REQUEST(dict, dict_compare_and_set, .key = key,
                                         .expected = of_int(i), .replacement = of_int(0))),
                      HF_MISMATCH);
    }
}

static void an_expired_object_is_deleted(void **state) {
    struct four f = four_join(*state);
    uint64_t queue = opened(
        f.ada, REQUEST(0, queue_open, .name = name_of("queue"), .has_ttl_ms = true, .ttl_ms = 100));
    uint64_t get = must_wait(f.bob, REQUEST(queue, queue_get));

    world_pass(f.world, 99);
    assert_true(unanswered(f.bob, get));
    world_pass(f.world, 1);

    assert_ended(f.bob, get, HF_DELETED);
    assert_status(ask(f.cyd, REQUEST(queue, queue_size)), HF_NO_OBJECT);
    (void)open_list(f.cyd, "queue");
}

/* ---- waiting in a circle ---- */

static void a_deadlock_is_refused(void **state) {
    struct four f = four_join(*state);
    uint64_t a = open_lock(f.ada, "a");
    uint64_t b = open_lock(f.bob, "b");
    uint64_t c = opened(f.cyd, REQUEST(0, lock_open, .has_reentrant = true, .reentrant = true));
    char cycle[256];
    (void)done(f.ada, REQUEST(a, lock_acquire));
    (void)done(f.bob, REQUEST(b, lock_acquire));
    (void)done(f.cyd, REQUEST(c, lock_acquire));
    uint64_t adas = must_wait(f.ada, REQUEST(b, lock_acquire));
    uint64_t bobs = must_wait(f.bob, REQUEST(c, lock_acquire));

    const Hf__Reply *cyds = ask(f.cyd, waiting(REQUEST(a, lock_acquire), -1));

    assert_status(cyds, HF_DEADLOCK);
    (void)snprintf(cycle, sizeof cycle,
                   "cyd (process 4711) holds lock #%llu and waits for \"a\"; "
                   "ada (process 4711) holds \"a\" and waits for \"b\"; "
                   "bob (process 4711) holds \"b\" and waits for lock #%llu",
                   (unsigned long long)c, (unsigned long long)c);
    assert_string_equal(cyds->detail, cycle);
    (void)done(f.cyd, REQUEST(c, lock_release)); /* and so the others go on */
    (void)granted(f.bob, bobs);
    (void)done(f.bob, REQUEST(b, lock_release));
    (void)granted(f.ada, adas);
}

static void a_deadlock_is_refused_and_nothing_else(void **state) {
    struct four f = four_join(*state);
    uint64_t a = open_lock(f.ada, "a");
    uint64_t b = open_lock(f.bob, "b");
    (void)done(f.ada, REQUEST(a, lock_acquire));
    (void)done(f.bob, REQUEST(b, lock_acquire));

    uint64_t bobs = must_wait(f.bob, REQUEST(a, lock_acquire));
    uint64_t cyds = must_wait(f.cyd, REQUEST(b, lock_acquire));

    (void)done(f.ada, REQUEST(a, lock_release)); /* the chain ends with ada, which does not wait */
    (void)granted(f.bob, bobs);
    (void)done(f.bob, REQUEST(b, lock_release));
    (void)granted(f.cyd, cyds);
}

static void grants_are_in_order_of_arrival(void **state) {
    struct four f = four_join(*state);
    struct peer *eve = world_join(f.world, "eve");
    uint64_t lock = open_lock(f.ada, "lock");
    (void)done(f.ada, REQUEST(lock, lock_acquire));
    uint64_t bobs = must_wait(f.bob, REQUEST(lock, lock_acquire));
    (void)must_wait(f.cyd, REQUEST(lock, lock_acquire));
    uint64_t dans = must_wait(f.dan, REQUEST(lock, lock_acquire));
    uint64_t eves = must_wait(eve, REQUEST(lock, lock_acquire));

    peer_leave(f.cyd);
    peer_leave(f.ada);
    (void)granted_after("ada", f.bob, bobs);
    assert_true(unanswered(f.dan, dans) && unanswered(eve, eves));
    peer_leave(f.bob);

    (void)granted_after("bob", f.dan, dans);
    assert_true(unanswered(eve, eves));
    (void)done(f.dan, REQUEST(lock, lock_release));
    (void)granted(eve, eves);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_whole_or_nothing),
        cmocka_unit_test(a_batch_is_one_step),
        cmocka_unit_test(a_batch_is_one_step_whose_sender_dies),
        cmocka_unit_test(a_batch_is_one_step_with_its_checks),
        cmocka_unit_test(a_wait_for_any_takes_one_or_nothing),
        cmocka_unit_test(an_expired_item_is_never_seen),
        cmocka_unit_test(an_expired_object_is_deleted),
        cmocka_unit_test(every_grant_has_a_fence),
        cmocka_unit_test(a_lease_takes_back_what_a_stopped_holder_holds),
        cmocka_unit_test(an_orderly_end_keeps_what_is_to_be_kept),
        cmocka_unit_test(a_broken_grant_is_over_at_once),
        cmocka_unit_test(every_grant_has_a_fence_that_refuses_who_comes_late),
        cmocka_unit_test(a_grant_ends_with_its_manager),
        cmocka_unit_test(a_deadlock_is_refused),
        cmocka_unit_test(a_deadlock_is_refused_and_nothing_else),
        cmocka_unit_test(grants_are_in_order_of_arrival),
    };
    return WORLD_MAIN(tests);
}
