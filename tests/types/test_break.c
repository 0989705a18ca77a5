/* SPDX-License-Identifier: MIT
 *
 * object_break: a grant ends against the will of its holder.
 */
#include "world.h"

#include <string.h>

static Hf__Reply *break_grant(struct peer *peer, uint64_t object, uint64_t fence) {
    return ask(peer, REQUEST(object, object_break, .fence = fence));
}

static uint64_t fence_of(const Hf__Reply *reply) {
    assert_status(reply, HF_OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_GRANT);
    return reply->grant->fence;
}

static Hf__Reply *guarded_ping(struct peer *peer, uint64_t lock, uint64_t fence) {
    Hf__Guard guard = HF__GUARD__INIT;
    guard.lock = lock;
    guard.fence = fence;
    Hf__Request request = REQUEST(0, ping);
    request.guard = &guard;
    return ask(peer, request);
}

static void assert_broken(const Hf__Reply *reply, const char *label, uint64_t fence) {
    assert_status(reply, HF_OWNER_DIED);
    assert_string_equal(reply->grant->died->label, label);
    assert_int_equal(reply->grant->died->fence, fence);
    assert_int_equal(reply->grant->died->lost, HF__LOSS__LOST_BROKEN);
    assert_false(reply->grant->died->dead);
}

static void a_broken_lock_goes_to_the_next_call(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    struct peer *cyd = world_join(*state, "cyd");
    uint64_t lock = opened(ada, REQUEST(0, lock_open, .name = name_of("lock"),
                                        .has_reentrant = true, .reentrant = true));
    uint64_t fence = take_lock(ada, lock);
    assert_status(ask(ada, REQUEST(lock, lock_acquire)), HF_OK);
    uint64_t bobs = start_acquire(bob, lock, -1);

    assert_status(break_grant(cyd, lock, fence), HF_OK); /* at any depth */

    assert_broken(peer_reply(bob, bobs), "ada", fence);
    assert_status(guarded_ping(ada, lock, fence), HF_STALE_FENCE);
    assert_status(break_grant(cyd, lock, fence), HF_NOT_HELD);
}

static void its_holder_is_told_when_it_comes_back(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t fence = take_lock(ada, lock);
    assert_status(break_grant(bob, lock, fence), HF_OK);

    const Hf__Reply *reply = ask(ada, REQUEST(lock, lock_release));

    assert_status(reply, HF_NOT_HELD);
    assert_string_equal(reply->detail, "this session has lost the lock: it was broken");
    assert_int_equal(reply->holds_left, 0);
}

static void a_lock_that_is_kept_for_the_dead_is_broken_too(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock =
        opened(ada, REQUEST(0, lock_open, .name = name_of("kept"), .has_keep = true, .keep = true));
    uint64_t fence =
        fence_of(ask(ada, REQUEST(lock, lock_acquire, .has_lease_ms = true, .lease_ms = 1000)));
    peer_leave(ada);

    assert_status(break_grant(bob, lock, fence), HF_OK);

    assert_broken(ask(bob, REQUEST(lock, lock_acquire)), "ada", fence);
    world_pass(*state, 1000); /* the lease is over as well */
    release_lock(bob, lock);
}

static void readers_and_writers_are_broken_one_by_one(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = opened(ada, REQUEST(0, rwlock_open, .name = name_of("rwlock")));
    uint64_t reads = fence_of(ask(ada, REQUEST(lock, rwlock_acquire_read)));
    uint64_t writes = fence_of(ask(ada, REQUEST(lock, rwlock_acquire_write)));
    uint64_t bobs = peer_send(bob, waiting(REQUEST(lock, rwlock_acquire_write), -1));

    assert_status(break_grant(bob, lock, writes), HF_OK);
    assert_true(unanswered(bob, bobs)); /* ada still reads */
    assert_status(break_grant(bob, lock, reads), HF_OK);

    assert_broken(peer_reply(bob, bobs), "ada", writes);
    assert_status(ask(ada, REQUEST(lock, rwlock_release)), HF_NOT_HELD);
}

static void broken_permits_come_back(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t semaphore = opened(ada, REQUEST(0, semaphore_open, .name = name_of("seats"),
                                             .has_permits = true, .permits = 5));
    (void)fence_of(ask(ada, REQUEST(semaphore, semaphore_acquire)));
    uint64_t fence = fence_of(
        ask(ada, REQUEST(semaphore, semaphore_acquire, .has_permits = true, .permits = 3)));

    assert_status(break_grant(bob, semaphore, fence), HF_OK);

    assert_count(ask(bob, REQUEST(semaphore, semaphore_value)), 4);
    assert_status(guarded_ping(ada, semaphore, fence), HF_STALE_FENCE);
}

static void a_broken_delivery_returns_its_item(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = opened(ada, REQUEST(0, queue_open, .name = name_of("queue"),
                                         .has_max_deliveries = true, .max_deliveries = 2));
    put_int(ada, queue, 1);
    const Hf__Request lease = REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = -1);
    uint64_t first = ask(ada, lease)->delivery->id;
    uint64_t bobs = peer_send(bob, waiting(lease, -1));

    assert_status(break_grant(bob, queue, first), HF_OK);
    uint64_t second = peer_reply(bob, bobs)->delivery->id;
    assert_status(ask(ada, REQUEST(queue, queue_acknowledge, .delivery = first)), HF_NOT_HELD);
    assert_status(break_grant(ada, queue, second), HF_OK);

    const Hf__QueueEntries *aside = ask(ada, REQUEST(queue, queue_set_aside_list))->queue_entries;
    assert_int_equal(aside->n_entries, 1);
    assert_int_equal(aside->entries[0]->reason, HF__QUEUE_REASON__DELIVERY_BROKEN);
}

static void a_broken_producer_is_none_any_more(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t queue = opened(ada, REQUEST(0, queue_open, .name = name_of("queue"),
                                         .has_auto_close = true, .auto_close = true));
    assert_status(ask(ada, REQUEST(queue, queue_register_producer)), HF_OK);
    uint64_t fence = ask(bob, REQUEST(queue, object_describe))->description->holders[0]->fence;

    assert_status(break_grant(bob, queue, fence), HF_OK);

    assert_status(ask(ada, REQUEST(queue, queue_unregister_producer)), HF_NOT_HELD);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(1))), HF_CLOSED);
}

static void what_is_no_grant_cannot_be_broken(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t pipe = opened(ada, REQUEST(0, pipe_open, .name = name_of("pipe")));
    assert_status(ask(ada, REQUEST(pipe, pipe_attach, .end = 0)), HF_OK);
    uint64_t fence = ask(bob, REQUEST(pipe, object_describe))->description->holders[0]->fence;

    const Hf__Reply *reply = break_grant(bob, pipe, fence);
    assert_status(reply, HF_WRONG_TYPE);
    assert_string_equal(reply->detail, "a pipe has no grants that could be broken");
    assert_status(break_grant(bob, open_dict(ada, "dict"), fence), HF_WRONG_TYPE);
    reply = break_grant(bob, open_lock(ada, "lock"), fence);
    assert_status(reply, HF_NOT_HELD);
    assert_non_null(strstr(reply->detail, "no grant of the lock has the fence"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broken_lock_goes_to_the_next_call),
        cmocka_unit_test(its_holder_is_told_when_it_comes_back),
        cmocka_unit_test(a_lock_that_is_kept_for_the_dead_is_broken_too),
        cmocka_unit_test(readers_and_writers_are_broken_one_by_one),
        cmocka_unit_test(broken_permits_come_back),
        cmocka_unit_test(a_broken_delivery_returns_its_item),
        cmocka_unit_test(a_broken_producer_is_none_any_more),
        cmocka_unit_test(what_is_no_grant_cannot_be_broken),
    };
    return WORLD_MAIN(tests);
}
