/* SPDX-License-Identifier: MIT
 *
 * Objects of every type that expire.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

static Hf__Reply *expire(struct peer *peer, uint64_t object, uint64_t ttl_ms) {
    return ask(peer, REQUEST(object, object_expire, .has_ttl_ms = true, .ttl_ms = ttl_ms));
}

static Hf__Reply *ttl(struct peer *peer, uint64_t object) {
    return ask(peer, REQUEST(object, object_ttl));
}

#define OPEN_FOR(ms, of_name)                                                                      \
    REQUEST(0, dict_open, .name = name_of(of_name), .has_ttl_ms = true, .ttl_ms = (ms))

static void an_object_is_there_until_its_time(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t objects[] = {opened(ada, OPEN_FOR(50, "brief")), opened(ada, OPEN_FOR(50, NULL))};
    uint64_t other = open_list(ada, "other");

    world_pass(world, 49);
    for (size_t i = 0; i < 2; i++) {
        assert_int(ttl(ada, objects[i]), 1);
        assert_count(ask(ada, REQUEST(objects[i], dict_len)), 0);
    }
    world_pass(world, 1);

    for (size_t i = 0; i < 2; i++) {
        assert_status(ask(ada, REQUEST(objects[i], dict_len)), HF_NO_OBJECT);
        assert_status(ttl(ada, objects[i]), HF_NO_OBJECT);
    }
    assert_status(ask(ada, REQUEST(0, object_find, .name = name_of("brief"))), HF_NO_OBJECT);
    assert_truth(ask(ada, REQUEST(0, object_exists, .name = name_of("brief"))), false);
    assert_int_equal(ask(ada, REQUEST(0, object_list))->listing->n_entries, 1);
    assert_value(ttl(ada, other), of_null());
    assert_true(opened(ada, REQUEST(0, list_open, .name = name_of("brief"))) != objects[0]);
}

static void every_type_takes_a_ttl_when_it_is_made(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t lock = open_lock(ada, NULL);
    uint64_t pool = opened(ada, REQUEST(0, pool_open));
#define BRIEF .has_ttl_ms = true, .ttl_ms = 70
    const Hf__Request requests[] = {
        REQUEST(0, dict_open, BRIEF),
        REQUEST(0, namespace_open, BRIEF),
        REQUEST(0, list_open, BRIEF),
        REQUEST(0, value_open, BRIEF),
        REQUEST(0, array_open, .has_len = true, .len = 2, BRIEF),
        REQUEST(0, set_open, BRIEF),
        REQUEST(0, queue_open, BRIEF),
        REQUEST(0, lock_open, BRIEF),
        REQUEST(0, rwlock_open, BRIEF),
        REQUEST(0, semaphore_open, BRIEF),
        REQUEST(0, event_open, BRIEF),
        REQUEST(0, latch_open, BRIEF),
        REQUEST(0, pipe_open, BRIEF),
        REQUEST(0, condition_open, .lock = lock, BRIEF),
        REQUEST(0, barrier_open, .parties = 2, BRIEF),
        REQUEST(0, watch_open, .has_object = true, .object = lock, BRIEF),
        REQUEST(0, pool_open, BRIEF),
        REQUEST(0, submitter_open, .pool = pool, BRIEF),
        REQUEST(0, supervisor_open, .pool = pool, BRIEF),
    };
    enum { COUNT = sizeof requests / sizeof requests[0] };
    uint64_t made[COUNT];

    for (size_t i = 0; i < COUNT; i++) {
        made[i] = opened(ada, requests[i]);
        assert_int(ttl(ada, made[i]), 70);
    }
    assert_int_equal(statistics_of(ada)->objects, COUNT + 2);
    world_pass(world, 70);

    assert_int_equal(statistics_of(ada)->objects, 2);
    for (size_t i = 0; i < COUNT; i++) {
        assert_status(ttl(ada, made[i]), HF_NO_OBJECT);
    }
}

static void only_the_open_that_makes_an_object_sets_its_life(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = opened(ada, OPEN_FOR(100, "dict"));

    world_pass(world, 10);
    assert_int_equal(opened(ada, OPEN_FOR(500, "dict")), dict);
    assert_int_equal(open_dict(ada, "dict"), dict);
    assert_int(ttl(ada, dict), 90);

    assert_status(expire(ada, dict, 200), HF_OK);
    assert_int(ttl(ada, dict), 200);
    assert_status(expire(ada, dict, 5), HF_OK);
    assert_status(ask(ada, REQUEST(dict, object_expire)), HF_OK);
    assert_value(ttl(ada, dict), of_null());
    world_pass(world, 1000);
    assert_int_equal(open_dict(ada, "dict"), dict);
}

static void a_life_of_0_ms_is_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = open_dict(ada, "dict");

    const Hf__Reply *reply = expire(ada, dict, 0);
    assert_status(reply, HF_INVALID);
    assert_non_null(strstr(reply->detail, "at least 1 ms"));
    assert_status(ask(ada, OPEN_FOR(0, "dict")), HF_INVALID);
    assert_status(ask(ada, OPEN_FOR(0, "other")), HF_INVALID);

    assert_value(ttl(ada, dict), of_null());
    assert_truth(ask(ada, REQUEST(0, object_exists, .name = name_of("other"))), false);
}

static void calls_that_wait_are_ended(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lock = opened(ada, REQUEST(0, lock_open, .has_ttl_ms = true, .ttl_ms = 30));
    (void)take_lock(ada, lock);
    uint64_t wait = start_acquire(bob, lock, -1);
    uint64_t same = start_acquire(bob, lock, 30);

    world_pass(world, 30);

    assert_status(peer_reply(bob, wait), HF_DELETED);
    assert_status(peer_reply(bob, same), HF_DELETED); /* an end comes before a deadline */
    const Hf__Reply *reply = ask(ada, REQUEST(0, ping));
    assert_true(reply->has_holds_left && reply->holds_left == 0);
}

static void watches_are_told(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t dict = opened(ada, OPEN_FOR(30, "dict"));
    uint64_t own = opened(ada, REQUEST(0, watch_open, .has_object = true, .object = dict));
    uint64_t all = opened(ada, REQUEST(0, watch_open, .prefix = name_of("d")));

    world_pass(world, 30);

    const uint64_t watches[] = {own, all};
    for (size_t i = 0; i < 2; i++) {
        const Hf__Changes *changes = ask(ada, REQUEST(watches[i], watch_next))->changes;
        assert_int_equal(changes->n_changes, 1);
        assert_int_equal(changes->changes[0]->cause, HF__CAUSE__EXPIRED);
        assert_string_equal(changes->changes[0]->name, "dict");
        assert_false(changes->changes[0]->request || changes->changes[0]->has_session);
    }
    assert_status(ask(ada, REQUEST(own, watch_next, .has_after = true, .after = 1)), HF_CLOSED);
}

static void a_reference_does_not_keep_it(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t list = open_list(ada, NULL);
    uint64_t event = opened(ada, REQUEST(0, event_open, .has_ttl_ms = true, .ttl_ms = 30));
    assert_status(ask(ada, REQUEST(list, list_append, .value = of_ref(event))), HF_OK);

    world_pass(world, 30);

    assert_value(ask(ada, REQUEST(list, list_get, .index = 0)), of_ref(event));
    assert_status(ask(ada, REQUEST(event, event_set)), HF_NO_OBJECT);
    assert_status(ask(ada, REQUEST(list, list_pop)), HF_OK);
}

/* ---- very many ---- */

enum { MANY = 3000 };

static void what_is_over_is_not_found_before_it_is_deleted(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    char name[32];
    uint64_t ids[MANY];
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof name, "object %zu", i);
        ids[i] = opened(ada, OPEN_FOR(30, name));
    }
    int64_t due_ms = world_now(world) + 30;
    assert_int_equal(core_tick(world_core(world), due_ms), due_ms); /* it has not done all yet */
    assert_true(statistics_of(ada)->objects > MANY / 2);

    assert_status(ask(ada, REQUEST(ids[MANY - 1], dict_len)), HF_NO_OBJECT);
    assert_status(ask(ada, REQUEST(0, object_find, .name = name_of("object 2998"))), HF_NO_OBJECT);
    assert_truth(ask(ada, REQUEST(0, object_exists, .name = name_of("object 2997"))), false);
    assert_true(open_list(ada, "object 2996") != ids[2996]);
    assert_int_equal(ask(ada, REQUEST(0, object_list))->listing->n_entries, 1);

    world_pass(world, 30);
    assert_int_equal(statistics_of(ada)->objects, 1);
}

/* So many that a tick does not delete all of them, and the last are over at the same time. */
static void open_many_for(struct peer *peer, uint64_t ttl_ms) {
    for (size_t i = 0; i < MANY; i++) {
        (void)opened(peer, OPEN_FOR(ttl_ms, NULL));
    }
}

static uint64_t held_for(struct peer *holder, uint64_t ttl_ms) {
    uint64_t lock = opened(holder, REQUEST(0, lock_open, .has_ttl_ms = true, .ttl_ms = ttl_ms));
    (void)take_lock(holder, lock);
    return lock;
}

#define ANY_LOCK(first, second)                                                                    \
    REQUEST(0, wait_any, .n_requests = 2,                                                          \
            .requests =                                                                            \
                (Hf__Request *[]){&REQUEST(first, lock_acquire), &REQUEST(second, lock_acquire)})

static uint64_t start_waiting(struct peer *peer, Hf__Request request) {
    request.has_timeout_ms = true;
    request.timeout_ms = -1;
    return peer_send(peer, request);
}

static void a_death_serves_no_calls_that_wait_for_what_is_over(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t lasting = open_lock(bob, "lasting");
    (void)take_lock(bob, lasting);
    open_many_for(ada, 30);
    uint64_t locks[] = {held_for(bob, 30), held_for(bob, 30), held_for(bob, 30), held_for(bob, 30)};
    uint64_t both[] = {locks[3], lasting};
    uint64_t condition = opened(ada, REQUEST(0, condition_open, .lock = held_for(ada, 30)));
    const uint64_t waiting[] = {
        start_waiting(ada, REQUEST(locks[0], lock_acquire)),
        start_waiting(ada, batch_of(1, &REQUEST(locks[1], lock_acquire))),
        start_waiting(ada, atomic(batch_of(1, &REQUEST(locks[1], lock_acquire)))),
        start_waiting(ada, ANY_LOCK(locks[2], lasting)),
        start_waiting(ada, REQUEST(0, lock_acquire_many, .n_locks = 2, .locks = both)),
        start_waiting(ada, REQUEST(0, lock_acquire_many, .n_locks = 1, .locks = &locks[3])),
    };
    enum { WAITING = sizeof waiting / sizeof waiting[0] };
    int64_t due_ms = world_now(world) + 30;
    assert_int_equal(core_tick(world_core(world), due_ms), due_ms);

    peer_leave(bob);

    for (size_t i = 0; i < WAITING; i++) {
        assert_status(peer_reply(ada, waiting[i]), HF_DELETED);
    }
    assert_status(ask(ada, REQUEST(condition, condition_notify)), HF_NO_OBJECT);
    assert_int_equal(statistics_of(ada)->waiting_calls, 0);
}

/* One step frees a lock and deletes another: whichever is settled first, the call that waits for
 * both of them is told the same. */
static void what_was_waited_for_was_deleted(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *bob = world_join(*state, "bob");
    for (int order = 0; order < 2; order++) {
        uint64_t kept = open_lock(bob, NULL);
        uint64_t deleted = open_lock(bob, NULL);
        (void)take_lock(bob, kept);
        (void)take_lock(bob, deleted);
        uint64_t waiting = start_waiting(ada, ANY_LOCK(deleted, kept));
        const Hf__Request release = REQUEST(kept, lock_release);
        const Hf__Request deletion = REQUEST(deleted, object_delete);

        assert_status(ask(bob, order == 0 ? batch_of(2, &release, &deletion)
                                          : batch_of(2, &deletion, &release)),
                      HF_OK);

        assert_status(peer_reply(ada, waiting), HF_DELETED);
    }
}

/* The clock jumps over all of it: the item came before the dict was over. */
static void what_comes_before_its_end_finds_it(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t queue = open_queue(ada, "queue", 0);
    uint64_t dict = opened(ada, OPEN_FOR(100, "brief"));
    Hf__Request batch = batch_of(2, &REQUEST(queue, queue_get), &REQUEST(dict, dict_len));
    batch.has_timeout_ms = true;
    batch.timeout_ms = 500;
    uint64_t waiting = peer_send(ada, batch);
    assert_status(ask(ada, REQUEST(queue, queue_put, .value = of_int(1), .has_delay_ms = true,
                                   .delay_ms = 50)),
                  HF_OK);

    world_pass(world, 150);

    assert_status(peer_reply(ada, waiting), HF_OK);
    assert_status(ask(ada, REQUEST(dict, dict_len)), HF_NO_OBJECT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_there_until_its_time),
        cmocka_unit_test(every_type_takes_a_ttl_when_it_is_made),
        cmocka_unit_test(only_the_open_that_makes_an_object_sets_its_life),
        cmocka_unit_test(a_life_of_0_ms_is_refused),
        cmocka_unit_test(calls_that_wait_are_ended),
        cmocka_unit_test(watches_are_told),
        cmocka_unit_test(a_reference_does_not_keep_it),
        cmocka_unit_test(what_comes_before_its_end_finds_it),
        cmocka_unit_test(what_is_over_is_not_found_before_it_is_deleted),
        cmocka_unit_test(a_death_serves_no_calls_that_wait_for_what_is_over),
        cmocka_unit_test(what_was_waited_for_was_deleted),
    };
    return WORLD_MAIN(tests);
}
