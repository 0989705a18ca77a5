/* SPDX-License-Identifier: MIT
 *
 * Reply.holds_left: each reply says how many holds its session has, if that is not what the session
 * was told last.
 */
#include "world.h"

#include "wire_limits.h"

#include <stdlib.h>
#include <string.h>

enum { UNTOLD = -1 };

static int64_t told_in(const Hf__Reply *reply) {
    assert_non_null(reply);
    return reply->has_holds_left ? (int64_t)reply->holds_left : UNTOLD;
}

/* The number that the reply to this request tells, whatever its status. */
static int64_t told(struct peer *peer, Hf__Request request) {
    return told_in(ask(peer, request));
}

static int64_t told_of_lease(struct peer *peer, uint64_t queue, int64_t lease_ms) {
    return told(peer, REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = lease_ms));
}

static void a_session_that_holds_nothing_is_told_nothing(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(bob, "lock");
    assert_status(ask(bob, REQUEST(lock, lock_acquire)), HF_OK);

    assert_int_equal(told(ada, REQUEST(0, ping)), UNTOLD);
    assert_int_equal(told(ada, REQUEST(lock, lock_acquire)), UNTOLD);
    assert_int_equal(told(ada, REQUEST(lock, lock_release)), UNTOLD);
}

static void a_change_is_told_once(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t first = open_lock(ada, "first");
    uint64_t second = open_lock(ada, "second");

    assert_int_equal(told(ada, REQUEST(first, lock_acquire)), 1);
    assert_int_equal(told(ada, REQUEST(0, ping)), UNTOLD);
    assert_int_equal(told(ada, REQUEST(second, lock_acquire)), 2);
    assert_int_equal(told(ada, REQUEST(first, lock_release)), 1);
    assert_int_equal(told(ada, REQUEST(first, lock_release)), UNTOLD);
    assert_int_equal(told(ada, REQUEST(second, lock_release)), 0);
    assert_int_equal(told(ada, REQUEST(0, ping)), UNTOLD);
}

static void a_lock_is_one_hold_however_deep(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock = opened(ada, REQUEST(0, lock_open, .has_reentrant = true, .reentrant = true));

    assert_int_equal(told(ada, REQUEST(lock, lock_acquire)), 1);
    assert_int_equal(told(ada, REQUEST(lock, lock_acquire)), UNTOLD);
    assert_int_equal(told(ada, REQUEST(lock, lock_release)), UNTOLD);
    assert_int_equal(told(ada, REQUEST(lock, lock_release)), 0);
}

static void many_locks_are_as_many_holds(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t locks[] = {open_lock(ada, "first"), open_lock(ada, "second")};

    assert_int_equal(told(ada, REQUEST(0, lock_acquire_many, .n_locks = 2, .locks = locks)), 2);
}

static void every_kind_of_hold_counts(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t rwlock = opened(ada, REQUEST(0, rwlock_open));
    uint64_t semaphore = opened(ada, REQUEST(0, semaphore_open, .has_permits = true, .permits = 5));
    uint64_t queue =
        opened(ada, REQUEST(0, queue_open, .has_auto_close = true, .auto_close = true));
    uint64_t barrier =
        opened(ada, REQUEST(0, barrier_open, .parties = 1, .has_action = true, .action = true));
    uint64_t pipe = opened(ada, REQUEST(0, pipe_open));
    uint64_t pool = opened(ada, REQUEST(0, pool_open));

    assert_int_equal(told(ada, REQUEST(rwlock, rwlock_acquire_read)), 1);
    assert_int_equal(told(ada, REQUEST(rwlock, rwlock_release)), 0);
    assert_int_equal(told(ada, REQUEST(rwlock, rwlock_acquire_write)), 1);
    assert_int_equal(told(ada, REQUEST(rwlock, rwlock_release)), 0);
    assert_int_equal(
        told(ada, REQUEST(semaphore, semaphore_acquire, .has_permits = true, .permits = 3)), 1);
    assert_int_equal(told(ada, REQUEST(semaphore, semaphore_release)), UNTOLD);
    assert_int_equal(
        told(ada, REQUEST(semaphore, semaphore_release, .has_permits = true, .permits = 2)), 0);
    assert_int_equal(told(ada, REQUEST(barrier, barrier_wait)), 1);
    assert_int_equal(told(ada, REQUEST(barrier, barrier_done)), 0);
    assert_int_equal(told(ada, REQUEST(pipe, pipe_send, .end = 0, .value = of_int(1))), 1);
    assert_int_equal(told(ada, REQUEST(pipe, pipe_receive, .end = 0)), UNTOLD);
    assert_int_equal(told(ada, REQUEST(pipe, pipe_poll, .end = 1)), 2);
    assert_int_equal(told(ada, REQUEST(pipe, pipe_close, .end = 0)), 1);
    assert_int_equal(told(ada, REQUEST(pipe, pipe_close, .end = 1)), 0);
    assert_int_equal(told(ada, REQUEST(pool, pool_register)), 1);
    assert_int_equal(told(ada, REQUEST(pool, pool_leave)), 0);
    assert_int_equal(told(ada, REQUEST(queue, queue_register_producer)), 1);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(1))), HF_OK);
    assert_int_equal(told_of_lease(ada, queue, -1), 2);
    uint64_t delivery = peer_last(ada)->delivery->id;
    assert_int_equal(told(ada, REQUEST(queue, queue_unregister_producer)), 1);
    assert_int_equal(told(ada, REQUEST(queue, queue_acknowledge, .delivery = delivery)), 0);
}

static void a_transfer_is_told_to_both(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    assert_int_equal(told(ada, REQUEST(lock, lock_acquire)), 1);

    assert_int_equal(told(ada, REQUEST(lock, lock_transfer, .session = 2)), 0);

    assert_int_equal(told(bob, REQUEST(0, ping)), 1);
    assert_int_equal(told(bob, REQUEST(lock, lock_release)), 0);
}

static void what_another_session_releases_is_told_with_the_next_reply(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock =
        opened(ada, REQUEST(0, lock_open, .has_any_may_release = true, .any_may_release = true));
    assert_int_equal(told(ada, REQUEST(lock, lock_acquire)), 1);

    assert_int_equal(told(bob, REQUEST(lock, lock_release)), UNTOLD);

    assert_int_equal(told(ada, REQUEST(0, ping)), 0);
}

static void a_lease_that_runs_out_is_told_with_the_next_reply(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    for (int i = 0; i < 2; i++) {
        assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(i))), HF_OK);
    }
    assert_int_equal(told_of_lease(ada, queue, 10), 1);
    assert_int_equal(told_of_lease(ada, queue, -1), 2);

    world_pass(*state, 10);

    assert_int_equal(told(ada, REQUEST(0, ping)), 1);
}

static void what_has_no_reply_is_told_with_the_next(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t first = open_lock(ada, "first");
    uint64_t second = open_lock(ada, "second");
    assert_int_equal(told(ada, REQUEST(first, lock_acquire)), 1);

    (void)peer_send(ada, one_way(REQUEST(second, lock_acquire)));
    assert_int_equal(told(ada, REQUEST(0, ping)), 2);

    (void)peer_send(ada, one_way(REQUEST(first, lock_release)));
    (void)peer_send(ada, one_way(REQUEST(first, lock_acquire)));
    assert_int_equal(told(ada, REQUEST(0, ping)), UNTOLD);
}

static void a_batch_tells_it_once_for_all(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t first = open_lock(ada, "first");
    uint64_t second = open_lock(ada, "second");

    const Hf__Reply *reply =
        ask(ada, batch_of(3, &REQUEST(first, lock_acquire), &REQUEST(second, lock_acquire),
                          &REQUEST(first, lock_release)));

    assert_int_equal(told_in(reply), 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(told_in(reply_in(reply, i)), UNTOLD);
    }
    assert_int_equal(
        told(ada, batch_of(2, &REQUEST(first, lock_acquire), &REQUEST(first, lock_release))),
        UNTOLD);
}

static void what_came_first_tells_it_outside(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock = open_lock(ada, "lock");
    Hf__Request *requests[] = {&REQUEST(lock, lock_acquire)};

    const Hf__Reply *reply = ask(ada, REQUEST(0, wait_any, .n_requests = 1, .requests = requests));

    assert_int_equal(told_in(reply), 1);
    assert_int_equal(told_in(reply->first->reply), UNTOLD);
}

static void a_call_that_has_waited_tells_it(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock = open_lock(ada, "lock");
    assert_int_equal(told(ada, REQUEST(lock, lock_acquire)), 1);
    uint64_t id = peer_send(bob, waiting(REQUEST(lock, lock_acquire), -1));
    assert_int_equal(told(bob, REQUEST(0, ping)), UNTOLD);

    peer_leave(ada);

    assert_int_equal(told_in(peer_reply(bob, id)), 1);
}

static void the_end_of_an_object_ends_its_holds(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t mine = open_lock(ada, "mine");
    uint64_t theirs = open_lock(ada, "theirs");
    assert_int_equal(told(ada, REQUEST(mine, lock_acquire)), 1);
    assert_int_equal(told(ada, REQUEST(theirs, lock_acquire)), 2);

    assert_int_equal(told(ada, REQUEST(mine, object_delete)), 1);
    assert_status(ask(bob, REQUEST(theirs, object_delete)), HF_OK);
    assert_int_equal(told(ada, REQUEST(0, ping)), 0);
}

static void a_lock_that_is_kept_for_the_dead_is_nobodys(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    uint64_t lock =
        opened(ada, REQUEST(0, lock_open, .name = name_of("kept"), .has_keep = true, .keep = true));
    assert_int_equal(told(ada, REQUEST(lock, lock_acquire)), 1);

    peer_leave(ada);

    assert_int_equal(told(bob, REQUEST(lock, lock_release)), UNTOLD);
    assert_int_equal(told(bob, REQUEST(lock, lock_acquire)), 1);
}

/* Two that are packed in pieces, and one that no frame holds. */
static void replies_of_any_size_tell_it(void **state) {
    enum { LARGE = 12 << 20, MEDIUM = 200 << 10 };
    struct peer *ada = world_join(*state, "ada");
    uint64_t lock = open_lock(ada, "lock");
    uint64_t list = open_list(ada, "list");
    uint8_t *bytes = calloc(1, LARGE);
    assert_non_null(bytes);
    assert_status(ask(ada, REQUEST(list, list_append, .value = of_bytes(bytes, MEDIUM))), HF_OK);

    (void)peer_send(ada, one_way(REQUEST(lock, lock_acquire)));
    const Hf__Reply *reply = ask(ada, REQUEST(list, list_copy));
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_VALUES);
    assert_int_equal(told_in(reply), 1);
    assert_int_equal(told(ada, REQUEST(list, list_copy)), UNTOLD);

    for (int i = 0; i < 2; i++) {
        assert_status(ask(ada, REQUEST(list, list_append, .value = of_bytes(bytes, LARGE))), HF_OK);
    }
    (void)peer_send(ada, one_way(REQUEST(lock, lock_release)));
    reply = ask(ada, REQUEST(list, list_copy));
    assert_status(reply, HF_TOO_BIG);
    assert_int_equal(told_in(reply), 0);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_that_holds_nothing_is_told_nothing),
        cmocka_unit_test(a_change_is_told_once),
        cmocka_unit_test(a_lock_is_one_hold_however_deep),
        cmocka_unit_test(many_locks_are_as_many_holds),
        cmocka_unit_test(every_kind_of_hold_counts),
        cmocka_unit_test(a_transfer_is_told_to_both),
        cmocka_unit_test(what_another_session_releases_is_told_with_the_next_reply),
        cmocka_unit_test(a_lease_that_runs_out_is_told_with_the_next_reply),
        cmocka_unit_test(what_has_no_reply_is_told_with_the_next),
        cmocka_unit_test(a_batch_tells_it_once_for_all),
        cmocka_unit_test(what_came_first_tells_it_outside),
        cmocka_unit_test(a_call_that_has_waited_tells_it),
        cmocka_unit_test(the_end_of_an_object_ends_its_holds),
        cmocka_unit_test(a_lock_that_is_kept_for_the_dead_is_nobodys),
        cmocka_unit_test(replies_of_any_size_tell_it),
    };
    return WORLD_MAIN(tests);
}
