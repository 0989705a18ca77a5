/* SPDX-License-Identifier: MIT
 *
 * The ids of objects over several runs of a manager: they only grow, so an id of an earlier run is
 * known as one, whatever the clock does meanwhile.
 */
#include "world.h"

#include <string.h>

enum { NUMBERS_PER_MS = 4000, CROWD = 2000, HUNDRED_THOUSAND = 100000 };

static const uint64_t begun = (uint64_t)1 << 47;

/* The next run of the manager, begun `ms` later by the clock of the machine. */
static struct peer *run_after(void **state, uint64_t ms, const char *label) {
    struct core_config config = core_defaults();
    config.numbers_above = begun + ms * NUMBERS_PER_MS;
    return world_join(world_replace(state, &config), label);
}

static uint64_t first_id_of(struct peer *peer) {
    const Hf__Welcome *welcome = peer->replies[0]->welcome;
    assert_non_null(welcome);
    assert_true(welcome->has_first_id);
    return welcome->first_id;
}

static uint64_t new_latch(struct peer *peer) {
    return opened(peer, REQUEST(0, latch_open, .count = 1));
}

static void drop(struct peer *peer, uint64_t id) {
    assert_status(ask(peer, REQUEST(id, object_delete)), HF_OK);
    core_tick(world_core(peer->world), world_now(peer->world)); /* which frees it */
}

static void forget_replies(struct peer *peer) {
    for (; peer->reply_count > 1; peer->reply_count--) {
        hf__reply__free_unpacked(peer->replies[peer->reply_count - 1], NULL);
    }
}

/* Make and delete an object in each so many microseconds of a second. Returns the greatest id. */
static uint64_t churn(struct peer *peer, uint64_t per_second, uint64_t seconds) {
    uint64_t most = 0;
    for (uint64_t ms = 0; ms < seconds * 1000; ms++) {
        for (uint64_t i = 0; i < per_second / 1000; i++) {
            uint64_t id = new_latch(peer);
            drop(peer, id);
            most = id > most ? id : most;
        }
        forget_replies(peer);
        world_pass(peer->world, 1);
    }
    return most;
}

/* ---- from run to run ---- */

static void the_ids_of_a_later_run_are_greater(void **state) {
    const uint64_t later_ms[] = {1, 2, 70, 1000, 86400000};
    uint64_t ms = 0;
    uint64_t most = 0;
    for (size_t i = 0; i < sizeof later_ms / sizeof later_ms[0]; i++) {
        struct peer *ada = run_after(state, ms, "ada");
        assert_true(first_id_of(ada) > most);
        for (unsigned j = 0; j < CROWD; j++) {
            uint64_t id = new_latch(ada);
            assert_true(id >= first_id_of(ada));
            most = id > most ? id : most;
            if (j % 3 == 0) {
                drop(ada, id);
            }
        }
        ms += later_ms[i];
    }
    assert_true(first_id_of(run_after(state, ms, "bob")) > most);
}

/* So a check that was made from a version of an earlier run does not hold by chance. */
static void the_versions_of_a_later_run_are_greater(void **state) {
    uint64_t versions[2];
    uint64_t structures[2];
    for (unsigned run = 0; run < 2; run++) {
        struct peer *ada = run_after(state, run, "ada");
        uint64_t dict = opened(ada, REQUEST(0, dict_open, .name = name_of("dict")));
        for (int i = 0; i < 100; i++) {
            assert_status(ask(ada, REQUEST(dict, dict_set, .key = of_int(i % (run == 0 ? 100 : 1)),
                                           .value = of_int(i))),
                          HF_OK);
        }
        versions[run] = ask(ada, REQUEST(dict, object_version))->count;
        structures[run] = ask(ada, REQUEST(dict, dict_keys))->page->structure;
    }

    assert_true(versions[1] > versions[0]);
    assert_true(structures[1] > structures[0]);
}

/* Half as fast as the clock at most: so a clock that was set back a little does no harm. */
static void the_ids_of_a_busy_run_stay_below_those_of_the_next(void **state) {
    struct peer *ada = run_after(state, 0, "ada");
    uint64_t most = churn(ada, HUNDRED_THOUSAND, 2);
    assert_true(most - first_id_of(ada) >= (uint64_t)15 << 28); /* slots are used again */

    struct peer *bob = run_after(state, 1100, "bob");

    assert_true(first_id_of(bob) > most);
}

static void an_id_of_an_earlier_run_is_known_as_one(void **state) {
    struct peer *ada = run_after(state, 0, "ada");
    uint64_t past = open_dict(ada, "settings");
    struct peer *bob = run_after(state, 5, "bob");
    uint64_t lock = open_lock(bob, "lock");
    uint64_t set = opened(bob, REQUEST(0, set_open));
    const struct {
        const char *what;
        Hf__Request request;
    } uses[] = {
        {"its own", REQUEST(past, dict_len)},
        {"any object's", REQUEST(past, object_describe)},
        {"a lock of several",
         REQUEST(0, lock_acquire_many, .n_locks = 2, .locks = (uint64_t[]){lock, past})},
        {"the lock of a condition", REQUEST(0, condition_open, .lock = past)},
        {"the other set", REQUEST(set, set_union, .has_other = true, .other = past)},
        {"the watched", REQUEST(0, watch_open, .has_object = true, .object = past)},
        {"the pool", REQUEST(0, submitter_open, .pool = past)},
        {"the pool", REQUEST(0, supervisor_open, .pool = past)},
    };
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        const Hf__Reply *reply = ask(bob, uses[i].request);
        assert_status(reply, HF_NO_OBJECT);
        if (!strstr(reply->detail, "the manager was restarted since; open the object again")) {
            fail_msg("%s: %s", uses[i].what, reply->detail);
        }
    }
}

static void an_id_that_no_run_has_given_is_not_taken_for_one(void **state) {
    struct peer *ada = run_after(state, 5, "ada");
    uint64_t deleted = new_latch(ada);
    drop(ada, deleted);
    const uint64_t ids[] = {1, 4711, ((uint64_t)1 << 28) - 1, deleted, deleted + 1, UINT64_MAX};

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        const Hf__Reply *reply = ask(ada, REQUEST(ids[i], object_describe));

        assert_status(reply, HF_NO_OBJECT);
        assert_non_null(strstr(reply->detail, "it was deleted, or the manager has been started"));
    }
    assert_non_null(strstr(ask(ada, REQUEST((uint64_t)1 << 28, object_describe))->detail,
                           "the manager was restarted since"));
}

static void a_reference_of_an_earlier_run_refers_to_nothing(void **state) {
    struct peer *ada = run_after(state, 0, "ada");
    uint64_t past = new_latch(ada);
    struct peer *bob = run_after(state, 1, "bob");
    uint64_t dict = open_dict(bob, "dict");
    for (unsigned i = 0; i < CROWD; i++) {
        (void)new_latch(bob);
    }

    assert_status(ask(bob, REQUEST(dict, dict_set, .key = of_int(1), .value = of_ref(past))),
                  HF_OK);

    const Hf__Reply *reply = ask(bob, REQUEST(dict, dict_get, .key = of_int(1)));
    assert_int_equal(reply->value->ref->id, past);
    assert_status(ask(bob, REQUEST(past, latch_count)), HF_NO_OBJECT);
}

/* ---- clocks ---- */

static void no_id_is_used_twice_while_the_clock_stands_still(void **state) {
    struct peer *ada = run_after(state, 0, "ada");
    uint64_t last = 0;
    for (unsigned i = 0; i < 10 * CROWD; i++) {
        uint64_t id = new_latch(ada);
        assert_true(id > last);
        drop(ada, id);
        last = id;
    }
    assert_true(last - first_id_of(ada) < 10 * CROWD); /* so no slot's time has run ahead */
}

static void no_id_is_used_twice_when_the_clock_jumps(void **state) {
    const int64_t jumps_ms[] = {1, 127, 128, 86400000, (int64_t)100 * 365 * 86400000, INT32_MAX};
    enum { JUMPS = sizeof jumps_ms / sizeof jumps_ms[0], EACH = 300 };
    static uint64_t seen[JUMPS * EACH];
    size_t count = 0;
    struct peer *ada = run_after(state, 0, "ada");
    for (size_t i = 0; i < JUMPS; i++) {
        for (unsigned j = 0; j < EACH; j++) {
            uint64_t id = new_latch(ada);
            for (size_t k = 0; k < count; k++) {
                assert_true(seen[k] != id);
            }
            seen[count++] = id;
            if (j % 2 == 0) {
                drop(ada, id);
            }
        }
        world_pass(ada->world, jumps_ms[i]);
    }
    assert_true(count == JUMPS * EACH);
}

/* A slot is used again after 128 ms, so that many are enough for the objects of that time. */
static void slots_are_used_again(void **state) {
    struct peer *ada = run_after(state, 0, "ada");
    (void)churn(ada, HUNDRED_THOUSAND, 1);
    size_t after_one = core_memory_bytes(world_core(ada->world));

    (void)churn(ada, HUNDRED_THOUSAND, 2);

    assert_true(core_memory_bytes(world_core(ada->world)) <= after_one);
}

static void a_manager_without_a_clock_gives_ids_as_well(void **state) {
    const uint64_t extremes[] = {0, 1, (uint64_t)1 << 53};
    for (size_t i = 0; i < sizeof extremes / sizeof extremes[0]; i++) {
        struct core_config config = core_defaults();
        config.numbers_above = extremes[i];
        struct peer *ada = world_join(world_replace(state, &config), "ada");

        uint64_t id = new_latch(ada);

        assert_true(id >= first_id_of(ada) && id >= (uint64_t)1 << 28);
        assert_int_equal(ask(ada, REQUEST(id, latch_count))->count, 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ids_of_a_later_run_are_greater),
        cmocka_unit_test(the_versions_of_a_later_run_are_greater),
        cmocka_unit_test(the_ids_of_a_busy_run_stay_below_those_of_the_next),
        cmocka_unit_test(an_id_of_an_earlier_run_is_known_as_one),
        cmocka_unit_test(an_id_that_no_run_has_given_is_not_taken_for_one),
        cmocka_unit_test(a_reference_of_an_earlier_run_refers_to_nothing),
        cmocka_unit_test(no_id_is_used_twice_while_the_clock_stands_still),
        cmocka_unit_test(no_id_is_used_twice_when_the_clock_jumps),
        cmocka_unit_test(slots_are_used_again),
        cmocka_unit_test(a_manager_without_a_clock_gives_ids_as_well),
    };
    return WORLD_MAIN(tests);
}
