/* SPDX-License-Identifier: MIT
 *
 * pool: its description and state, and whose turn it is.
 */
#include "pools.h"

#include <string.h>

/* ---- what it says of itself ---- */

static void a_pool_is_not_opened_with_other_options(void **state) {
    struct pool_fixture f = pool_fixture_of(*state, 5, 100);

    assert_int_equal(open_pool_of(f.boss, 5, 100), f.pool);
    assert_int_equal(opened(f.boss, REQUEST(0, pool_open, .name = name_of("pool"))), f.pool);
    assert_status(ask(f.boss, REQUEST(0, pool_open, .name = name_of("pool"), .has_max_bytes = true,
                                      .max_bytes = 99)),
                  HF_WRONG_TYPE);
    const Hf__Reply *reply = ask(f.boss, REQUEST(f.pool, object_describe));
    assert_non_null(strstr(reply->description->options, "at most 5 tasks"));
    assert_non_null(strstr(reply->description->options, "at most 100 bytes"));
}

static void a_pool_says_who_does_what(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    struct peer *idle = join_worker(f.world, "idle", f.pool);
    for (uint64_t tag = 1; tag <= 3; tag++) {
        submit(f.ada, f.submitter, tag);
    }
    run_one(worker, f.pool);
    (void)take(worker, f.pool);
    world_pass(f.world, 30);

    const Hf__Workforce *workforce = look(f.boss, f.pool);

    assert_int_equal(workforce->queued, 1);
    assert_int_equal(workforce->running, 1);
    assert_int_equal(workforce->done, 1);
    assert_int_equal(workforce->n_workers, 2);
    const Hf__Worker *busy = workforce->workers[0];
    assert_string_equal(busy->label, "worker");
    assert_string_equal(busy->function, "f");
    assert_string_equal(busy->submitter, "ada");
    assert_int_equal(busy->running_ms, 30);
    assert_int_equal(busy->tasks, 1);
    assert_null(workforce->workers[1]->function);
    const Hf__Reply *reply = ask(f.boss, REQUEST(f.pool, object_describe));
    assert_int_equal(reply->description->size, 1);
    assert_non_null(strstr(reply->description->options, "1 running, 2 workers"));
    peer_leave(idle);
}

/* ---- whose turn it is ---- */

static void many_tasks_of_many_submitters_are_run_in_turn(void **state) {
    enum { SUBMITTERS = 50, TASKS = 200, ALL = SUBMITTERS * TASKS };
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t submitters[SUBMITTERS];
    static Hf__Submission tasks[TASKS];
    for (size_t i = 0; i < TASKS; i++) {
        tasks[i] = task(i);
    }
    for (size_t i = 0; i < SUBMITTERS; i++) {
        submitters[i] = open_submitter(f.ada, f.pool);
        assert_count(ask_tasks(f.ada, submitters[i], tasks, TASKS), TASKS);
    }
    struct peer *worker = join_worker(f.world, "worker", f.pool);

    for (size_t run = 0; run < ALL / 2; run++) {
        run_one(worker, f.pool);
    }

    for (size_t i = 0; i < SUBMITTERS; i++) {
        size_t count = ask(f.ada, REQUEST(submitters[i], submitter_collect))->collected->n_results;
        assert_in_range(count, TASKS / 2 * 9 / 10, TASKS / 2 * 11 / 10);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pool_is_not_opened_with_other_options),
        cmocka_unit_test(a_pool_says_who_does_what),
        cmocka_unit_test(many_tasks_of_many_submitters_are_run_in_turn),
    };
    return WORLD_MAIN(tests);
}
