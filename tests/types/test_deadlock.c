/* SPDX-License-Identifier: MIT
 *
 * Deadlocks: waits that are refused because they would never end, their details, and waits that are
 * no deadlock.
 */
#include "utf8.h"
#include "wire_limits.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

/* Three peers, and two locks: ada holds "a", bob holds "b". */
struct fixture {
    struct world *world;
    struct peer *ada;
    struct peer *bob;
    struct peer *cyd;
    uint64_t a;
    uint64_t b;
};

static hf_status status_of(struct peer *peer, uint64_t id) {
    const Hf__Reply *reply = peer_reply(peer, id);
    assert_non_null(reply);
    return (hf_status)reply->status;
}

static struct fixture set_up(struct world *world) {
    struct fixture f = {.world = world};
    f.ada = world_join(f.world, "ada");
    f.bob = world_join(f.world, "bob");
    f.cyd = world_join(f.world, "cyd");
    f.a = open_lock(f.ada, "a");
    f.b = open_lock(f.ada, "b");
    take_lock(f.ada, f.a);
    take_lock(f.bob, f.b);
    return f;
}

static void two_that_wait_for_each_other_are_told_the_cycle(void **state) {
    struct fixture f = set_up(*state);
    uint64_t adas = start_acquire(f.ada, f.b, -1);

    const Hf__Reply *refused = peer_reply(f.bob, start_acquire(f.bob, f.a, -1));

    assert_status(refused, HF_DEADLOCK);
    assert_string_equal(refused->detail, "bob (process 4711) holds \"b\" and waits for \"a\"; "
                                         "ada (process 4711) holds \"a\" and waits for \"b\"");
    assert_status(ask(f.bob, REQUEST(f.b, lock_release)), HF_OK);
    assert_int_equal(status_of(f.ada, adas), HF_OK);
}

/* However the names and labels lie in it, it is cut after a whole character. */
static void a_cycle_that_is_too_long_is_cut_after_a_character(void **state) {
    char name[2][1024];
    char label[300];
    for (int pad = 0; pad < 8; pad++) {
        struct world *world = world_new();
        for (int i = 0; i < 2; i++) {
            (void)snprintf(name[i], sizeof name[i], "%d%.*s", i, pad, "12345678");
            while (strlen(name[i]) < 1000) {
                strcat(name[i], pad % 2 ? "\xe2\x82\xac" : "\xf0\x9f\x94\x92");
            }
        }
        (void)snprintf(label, sizeof label, "%.*s\xc3\xa4\xc3\xa4", pad, "12345678");
        struct peer *ada = world_join(world, label);
        struct peer *bob = world_join(world, "bob");
        uint64_t a = open_lock(ada, name[0]);
        uint64_t b = open_lock(ada, name[1]);
        take_lock(ada, a);
        take_lock(bob, b);
        (void)start_acquire(ada, b, -1);

        const Hf__Reply *refused = peer_reply(bob, start_acquire(bob, a, -1));

        assert_status(refused, HF_DEADLOCK);
        size_t len = strlen(refused->detail);
        assert_in_range(len, HF_DETAIL_MAX_BYTES - 4, HF_DETAIL_MAX_BYTES - 1);
        assert_true(utf8_valid((const uint8_t *)refused->detail, len));
        world_free(world);
    }
    (void)state;
}

static void a_timed_wait_is_refused_as_well(void **state) {
    struct fixture f = set_up(*state);
    uint64_t adas = start_acquire(f.ada, f.b, 100);

    assert_int_equal(status_of(f.bob, start_acquire(f.bob, f.a, 50)), HF_DEADLOCK);

    world_pass(f.world, 100);
    assert_int_equal(status_of(f.ada, adas), HF_TIMEOUT);
    uint64_t again = start_acquire(f.bob, f.a, -1);
    assert_true(unanswered(f.bob, again));
}

static void a_try_is_no_wait(void **state) {
    struct fixture f = set_up(*state);
    (void)start_acquire(f.ada, f.b, -1);

    assert_int_equal(status_of(f.bob, start_acquire(f.bob, f.a, 0)), HF_TIMEOUT);
}

static void waiting_behind_others_is_waiting_for_the_holder(void **state) {
    struct fixture f = set_up(*state);
    (void)start_acquire(f.cyd, f.b, -1);
    (void)start_acquire(f.ada, f.b, -1); /* behind cyd */

    assert_int_equal(status_of(f.bob, start_acquire(f.bob, f.a, -1)), HF_DEADLOCK);
}

static void a_lock_that_any_session_may_release_makes_no_deadlock(void **state) {
    struct fixture f = set_up(*state);
    uint64_t open =
        opened(f.bob, REQUEST(0, lock_open, .has_any_may_release = true, .any_may_release = true));
    take_lock(f.bob, open);
    uint64_t adas = start_acquire(f.ada, open, -1);

    uint64_t bobs = start_acquire(f.bob, f.a, -1);

    assert_true(unanswered(f.bob, bobs));
    assert_status(ask(f.cyd, REQUEST(open, lock_release)), HF_OK);
    assert_int_equal(status_of(f.ada, adas), HF_OK);
}

static void a_lock_kept_by_the_dead_is_no_deadlock(void **state) {
    struct fixture f = set_up(*state);
    uint64_t kept = opened(
        f.cyd, REQUEST(0, lock_open, .name = name_of("kept"), .has_keep = true, .keep = true));
    take_lock(f.cyd, kept);
    uint64_t cyds = start_acquire(f.cyd, f.b, -1);
    peer_leave(f.cyd);
    (void)cyds;

    uint64_t bobs = start_acquire(f.bob, kept, -1);

    assert_true(unanswered(f.bob, bobs));
}

static void waiting_for_a_queue_makes_no_deadlock(void **state) {
    struct fixture f = set_up(*state);
    uint64_t queue = open_queue(f.ada, "queue", 0);
    uint64_t adas = peer_send(f.ada, waiting(REQUEST(queue, queue_get), -1));

    uint64_t bobs = start_acquire(f.bob, f.a, -1);

    assert_true(unanswered(f.ada, adas) && unanswered(f.bob, bobs));
}

static void a_session_with_several_calls_under_way_may_go_on(void **state) {
    struct fixture f = set_up(*state);
    uint64_t queue = open_queue(f.ada, "queue", 0);
    uint64_t adas = peer_send(f.ada, waiting(REQUEST(queue, queue_get), -1));
    (void)start_acquire(f.ada, f.b, -1);

    uint64_t bobs = start_acquire(f.bob, f.a, -1);

    assert_true(unanswered(f.ada, adas) && unanswered(f.bob, bobs));
}

static void a_cycle_runs_through_readers_and_writers(void **state) {
    struct fixture f = set_up(*state);
    uint64_t data = opened(f.ada, REQUEST(0, rwlock_open, .name = name_of("data")));
    assert_status(ask(f.ada, REQUEST(data, rwlock_acquire_read)), HF_OK);
    assert_status(ask(f.cyd, REQUEST(data, rwlock_acquire_read)), HF_OK);
    (void)peer_send(f.bob, waiting(REQUEST(data, rwlock_acquire_write), -1));

    const Hf__Reply *refused = peer_reply(f.ada, start_acquire(f.ada, f.b, -1));

    assert_status(refused, HF_DEADLOCK);
    assert_string_equal(refused->detail, "ada (process 4711) holds \"data\" and waits for \"b\"; "
                                         "bob (process 4711) holds \"b\" and waits for \"data\"");
}

static void a_batch_that_waits_is_part_of_a_cycle(void **state) {
    struct fixture f = set_up(*state);
    (void)peer_send(f.ada,
                    waiting(batch_of(2, &REQUEST(f.b, lock_acquire), &REQUEST(0, ping)), -1));

    const Hf__Reply *refused = peer_reply(
        f.bob,
        peer_send(f.bob, waiting(batch_of(2, &REQUEST(f.a, lock_acquire), &REQUEST(0, ping)), -1)));

    assert_status(refused, HF_DEADLOCK);
    assert_non_null(refused->detail);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_that_wait_for_each_other_are_told_the_cycle),
        cmocka_unit_test(a_cycle_that_is_too_long_is_cut_after_a_character),
        cmocka_unit_test(a_timed_wait_is_refused_as_well),
        cmocka_unit_test(a_try_is_no_wait),
        cmocka_unit_test(waiting_behind_others_is_waiting_for_the_holder),
        cmocka_unit_test(a_lock_that_any_session_may_release_makes_no_deadlock),
        cmocka_unit_test(a_lock_kept_by_the_dead_is_no_deadlock),
        cmocka_unit_test(waiting_for_a_queue_makes_no_deadlock),
        cmocka_unit_test(a_session_with_several_calls_under_way_may_go_on),
        cmocka_unit_test(a_cycle_runs_through_readers_and_writers),
        cmocka_unit_test(a_batch_that_waits_is_part_of_a_cycle),
    };
    return WORLD_MAIN(tests);
}
