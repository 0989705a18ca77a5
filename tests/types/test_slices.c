/* SPDX-License-Identifier: MIT
 *
 * Very much at one moment is done in slices, between which sessions are served: objects that nobody
 * refers to any more, holds that end, and times that come. (Dropped values: test_deferred.c; tasks:
 * test_pool_ends.c.)
 */
#include "world.h"

#include <stdlib.h>

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
    world_pass(world, 1000); /* ids have had their time */

    peer_leave(bob);

    open_values(eve, MANY * 19 / 20);
}

/* ---- holds ---- */

static uint64_t lease_many(struct peer *owner, struct peer *leaser) {
    uint64_t queue = open_queue(owner, "queue", 0);
    for (int i = 0; i < MANY; i++) {
        put_int(owner, queue, i);
        assert_status(ask(leaser, REQUEST(queue, queue_get, .has_lease_ms = true, .lease_ms = -1)),
                      HF_OK);
    }
    return queue;
}

static uint64_t ready(struct peer *peer, uint64_t queue) {
    return ask(peer, REQUEST(queue, queue_size))->count;
}

static void many_holds_of_a_dead_session_end_in_slices(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t queue = lease_many(ada, bob);

    peer_leave(bob);

    assert_int_equal(statistics_of(ada)->sessions, 1);
    uint64_t before = ready(ada, queue);
    assert_in_range(before, 1, MOST_IN_SLICE);
    while (tick(world)) {
        assert_in_range(ready(ada, queue) - before, 1, MOST_IN_SLICE);
        before = ready(ada, queue);
    }
    assert_int_equal(ready(ada, queue), MANY);
}

/* The core is freed, or the queue is deleted, while leases end. */
static void while_holds_end_anything_may_end(void **state) {
    (void)state;
    for (int end = 0; end < 2; end++) {
        struct world *world = world_new();
        struct peer *ada = world_join(world, "ada");
        struct peer *bob = world_join(world, "bob");
        uint64_t queue = lease_many(ada, bob);
        peer_leave(bob);
        if (end == 1) {
            assert_status(ask(ada, REQUEST(queue, object_delete)), HF_OK);
            while (tick(world)) {
            }
            assert_int_equal(objects(ada), 0);
        }
        world_free(world);
    }
}

static void many_leases_of_a_deleted_queue_end_in_slices(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t queue = lease_many(ada, bob);
    uint64_t full = statistics_of(ada)->memory_bytes;

    assert_status(ask(ada, REQUEST(queue, object_delete)), HF_OK);

    assert_true(statistics_of(ada)->memory_bytes > full / 2);
    assert_true(tick(world));
    peer_leave(bob);
    while (tick(world)) {
    }
    assert_true(statistics_of(ada)->memory_bytes < full / 2);
}

static void a_large_array_is_freed_in_pieces(void **state) {
    enum { LEN = 4 << 20, PIECE_MAX = 16 << 20 };
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t array = opened(ada, REQUEST(0, array_open, .has_kind = true, .kind = HF__KIND__F64,
                                         .has_len = true, .len = LEN));
    uint64_t full = statistics_of(ada)->memory_bytes;
    assert_true(full > (uint64_t)LEN * 8);

    assert_status(ask(ada, REQUEST(array, object_delete)), HF_OK);

    bool more = true;
    while (more) {
        more = tick(world);
        assert_true(full - statistics_of(ada)->memory_bytes < PIECE_MAX);
        full = statistics_of(ada)->memory_bytes;
    }
    assert_true(full < LEN);
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

/* ---- delayed items ---- */

static void put_many_delayed(struct peer *peer, uint64_t queue, int count, uint64_t delay_ms) {
    for (int i = 0; i < count; i++) {
        (void)peer_send(peer, one_way(REQUEST(queue, queue_put, .value = of_int(i),
                                              .has_delay_ms = true, .delay_ms = delay_ms)));
    }
}

static Hf__Any **ints(size_t count) {
    Hf__Any **values = calloc(count, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++) {
        values[i] = of_int((int64_t)i);
    }
    return values;
}

/* They count no longer at once, and those that come later are others. */
static void an_abort_frees_many_delayed_items_in_slices(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t count = open_value(ada, "count", 0);
    Hf__Any **values = ints(MANY);
    assert_status(ask(ada, REQUEST(queue, queue_put_many, .n_values = MANY, .values = values,
                                   .has_delay_ms = true, .delay_ms = 30)),
                  HF_OK);
    free(values);
    put_many_delayed(ada, queue, MANY, 30);

    assert_status(ask(ada, REQUEST(queue, queue_close, .has_abort = true, .abort = true)), HF_OK);

    const Hf__QueueStatistics *told = ask(ada, REQUEST(queue, queue_state))->queue_statistics;
    assert_int_equal(told->delayed, 0);
    assert_int_equal(told->total_dropped, 2 * MANY);
    assert_status(ask(ada, REQUEST(queue, queue_reopen)), HF_OK);
    put_many_delayed(ada, queue, 2, 20);
    const Hf__Reply *list = ask(
        ada, REQUEST(queue, queue_list, .has_state = true, .state = HF__QUEUE_ITEM_STATE__DELAYED));
    assert_int_equal(list->queue_entries->n_entries, 2);
    uint64_t before = ask(ada, REQUEST(queue, object_version))->count;
    int64_t due_ms = world_now(world) + 30;
    assert_int_equal(core_tick(world_core(world), due_ms), due_ms);
    assert_int_equal(ask(ada, REQUEST(queue, object_version))->count, before + 2);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 0);
    assert_int(ask(ada, REQUEST(queue, queue_get)), 1);
    assert_status(ask(ada, REQUEST(queue, queue_get)), HF_TIMEOUT);
    int turns = 0;
    for (; core_tick(world_core(world), due_ms) == due_ms; turns++) {
        assert_int(ask(ada, REQUEST(count, value_add, .amount = of_int(1))), turns + 1);
    }
    assert_true(turns > 1);
    assert_int_equal(ask(ada, REQUEST(queue, object_version))->count, before + 4);
}

static void a_queue_with_many_delayed_items_is_deleted_in_slices(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    put_many_delayed(ada, queue, MANY, 30);
    uint64_t bytes = statistics_of(ada)->memory_bytes;

    assert_status(ask(ada, REQUEST(queue, object_delete)), HF_OK);

    uint64_t left = statistics_of(ada)->memory_bytes;
    assert_in_range(left, bytes / 2, bytes);
    int turns = 0;
    for (; tick(world); turns++) {
        uint64_t now = statistics_of(ada)->memory_bytes;
        assert_in_range(now, 0, left);
        left = now;
    }
    assert_true(turns > 1 && left < bytes / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_abort_frees_many_delayed_items_in_slices),
        cmocka_unit_test(a_queue_with_many_delayed_items_is_deleted_in_slices),
        cmocka_unit_test(many_objects_of_a_dead_session_are_freed_in_slices),
        cmocka_unit_test(what_is_to_be_freed_can_be_referred_to_again),
        cmocka_unit_test(a_holder_of_deleted_locks_may_die_before_they_are_freed),
        cmocka_unit_test(when_memory_is_scarce_they_are_not_in_the_way),
        cmocka_unit_test(many_holds_of_a_dead_session_end_in_slices),
        cmocka_unit_test(while_holds_end_anything_may_end),
        cmocka_unit_test(many_leases_of_a_deleted_queue_end_in_slices),
        cmocka_unit_test(a_large_array_is_freed_in_pieces),
        cmocka_unit_test(many_times_that_come_together_are_served_in_slices),
    };
    return WORLD_MAIN(tests);
}
