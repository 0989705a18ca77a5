/* SPDX-License-Identifier: MIT
 *
 * Very much at one moment is done in slices, between which sessions are served: objects that nobody
 * refers to any more, and times that come. (Dropped values: test_deferred.c; tasks:
 * test_pool_ends.c.)
 */
#include "world.h"

enum { MANY = 20000, MOST_IN_SLICE = 8192, LOCKS = 40 };

static bool tick(struct world *world) {
    return core_tick(world_core(world), world_now(world)) == world_now(world);
}

static void open_values(struct peer *peer, int count) {
    for (int i = 0; i < count; i++) {
        (void)open_value(peer, NULL, i);
    }
}

static uint64_t objects(struct peer *peer) {
    return statistics_of(peer)->objects;
}

/* ---- objects ---- */

static void many_objects_of_a_dead_session_are_freed_in_slices(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t count = open_value(ada, "count", 0);
    open_values(bob, MANY);

    peer_leave(bob);

    uint64_t left = objects(ada);
    assert_true(left > MANY - MOST_IN_SLICE);
    for (int turns = 1; tick(world); turns++) {
        assert_int(ask(ada, REQUEST(count, value_add, .amount = of_int(1))), turns);
        assert_in_range(left - objects(ada), 1, MOST_IN_SLICE);
        left = objects(ada);
    }
    assert_int_equal(objects(ada), 1);
}

static void what_is_to_be_freed_can_be_referred_to_again(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t first = open_value(bob, NULL, 5);
    open_values(bob, MANY);
    uint64_t last = open_value(bob, NULL, 7);
    peer_leave(bob);

    const Hf__Reply *ones = ask(ada, REQUEST(first, value_get));
    const Hf__Reply *others = ask(ada, REQUEST(last, value_get));

    uint64_t found = ones->status == HF__STATUS__OK ? 1 : 0;
    found += others->status == HF__STATUS__OK ? 1 : 0;
    assert_true(found > 0);
    while (tick(world)) {
    }
    assert_status(ask(ada, REQUEST(first, value_get)), (hf_status)ones->status);
    assert_status(ask(ada, REQUEST(last, value_get)), (hf_status)others->status);
    assert_int_equal(objects(ada), found);
}

/* While others are still to be freed, no more than a few are freed with each call. */
static void a_holder_of_deleted_locks_may_die_before_they_are_freed(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *eve = world_join(world, "eve");
    struct peer *bob = world_join(world, "bob");
    Hf__ObjectDelete deletion = HF__OBJECT_DELETE__INIT;
    Hf__Request *deletes[LOCKS];
    Hf__Request requests[LOCKS];
    for (int i = 0; i < LOCKS; i++) {
        uint64_t lock = open_lock(eve, NULL);
        (void)take_lock(eve, lock);
        requests[i] = (Hf__Request)HF__REQUEST__INIT;
        requests[i].has_object = true;
        requests[i].object = lock;
        requests[i].op_case = HF__REQUEST__OP_OBJECT_DELETE;
        requests[i].object_delete = &deletion;
        deletes[i] = &requests[i];
    }
    open_values(bob, MANY);
    peer_leave(bob);
    Hf__Request batch = REQUEST(0, batch, .n_requests = LOCKS, .requests = deletes);

    assert_status(ask(ada, batch), HF_OK);

    peer_leave(eve);
    while (tick(world)) {
    }
    assert_int_equal(objects(ada), 0);
}

static void when_memory_is_scarce_they_are_not_in_the_way(void **state) {
    struct core_config config = core_defaults();
    struct peer *ada = world_join(*state, "ada");
    open_values(ada, MANY);
    config.memory_max_bytes = statistics_of(ada)->memory_bytes;
    struct world *world = world_replace(state, &config);
    struct peer *bob = world_join(world, "bob");
    struct peer *eve = world_join(world, "eve");
    open_values(bob, MANY * 19 / 20);

    peer_leave(bob);

    open_values(eve, MANY * 19 / 20);
}

/* ---- times ---- */

static void many_times_that_come_together_are_served_in_slices(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, NULL, 0);
    for (int i = 0; i < MANY; i++) {
        assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(i), .has_delay_ms = true,
                                       .delay_ms = 1000)),
                      HF_OK);
    }
    int64_t due_ms = world_now(world) + 1000;
    assert_int_equal(core_tick(world_core(world), due_ms - 1), due_ms);

    int ticks = 1;
    for (; core_tick(world_core(world), due_ms) == due_ms; ticks++) {
        assert_int(ask(ada, REQUEST(queue, queue_get)), ticks - 1);
    }

    assert_true(ticks > MANY / MOST_IN_SLICE);
    assert_count(ask(ada, REQUEST(queue, queue_size)), (uint64_t)(MANY - ticks + 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_objects_of_a_dead_session_are_freed_in_slices),
        cmocka_unit_test(what_is_to_be_freed_can_be_referred_to_again),
        cmocka_unit_test(a_holder_of_deleted_locks_may_die_before_they_are_freed),
        cmocka_unit_test(when_memory_is_scarce_they_are_not_in_the_way),
        cmocka_unit_test(many_times_that_come_together_are_served_in_slices),
    };
    return WORLD_MAIN(tests);
}
