/* SPDX-License-Identifier: MIT
 *
 * pool: what it says of itself, and whose turn it is.
 */
#include "pools.h"

#include <string.h>

/* ---- what it says of itself ---- */

static void a_pool_is_opened_again_with_the_same_options_only(void **state) {
    struct crew c = crew_of(*state, 5, 100);

    assert_int_equal(open_pool_of(c.boss, 5, 100), c.pool);
    assert_status(ask(c.boss, REQUEST(0, pool_open, .name = name_of("pool"))), HF_WRONG_TYPE);
    const Hf__Reply *reply = ask(c.boss, REQUEST(c.pool, object_describe));
    assert_non_null(strstr(reply->description->options, "at most 5 tasks"));
    assert_non_null(strstr(reply->description->options, "at most 100 bytes"));
}

static void a_pool_says_who_does_what(void **state) {
    struct crew c = crew_new(*state);
    struct peer *worker = join_worker(c.world, "worker", c.pool);
    struct peer *idle = join_worker(c.world, "idle", c.pool);
    for (uint64_t tag = 1; tag <= 3; tag++) {
        submit(c.ada, c.submitter, tag);
    }
    run_one(worker, c.pool);
    (void)take(worker, c.pool);
    world_pass(c.world, 30);

    const Hf__Workforce *workforce = look(c.boss, c.pool);

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
    const Hf__Reply *reply = ask(c.boss, REQUEST(c.pool, object_describe));
    assert_int_equal(reply->description->size, 1);
    assert_non_null(strstr(reply->description->options, "1 running, 2 workers"));
    peer_leave(idle);
}

/* ---- whose turn it is ---- */

static void many_tasks_of_many_submitters_are_run_in_turn(void **state) {
    enum { SUBMITTERS = 50, TASKS = 200, ALL = SUBMITTERS * TASKS };
    struct crew c = crew_new(*state);
    uint64_t submitters[SUBMITTERS];
    static Hf__Submission tasks[TASKS];
    for (size_t i = 0; i < TASKS; i++) {
        tasks[i] = task(i);
    }
    for (size_t i = 0; i < SUBMITTERS; i++) {
        submitters[i] = open_submitter(c.ada, c.pool);
        assert_count(ask_tasks(c.ada, submitters[i], tasks, TASKS), TASKS);
    }
    struct peer *worker = join_worker(c.world, "worker", c.pool);

    for (size_t run = 0; run < ALL / 2; run++) {
        run_one(worker, c.pool);
    }

    for (size_t i = 0; i < SUBMITTERS; i++) {
        size_t count = ask(c.ada, REQUEST(submitters[i], submitter_collect))->collected->n_results;
        assert_in_range(count, TASKS / 2 * 9 / 10, TASKS / 2 * 11 / 10);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pool_is_opened_again_with_the_same_options_only),
        cmocka_unit_test(a_pool_says_who_does_what),
        cmocka_unit_test(many_tasks_of_many_submitters_are_run_in_turn),
    };
    return WORLD_MAIN(tests);
}
