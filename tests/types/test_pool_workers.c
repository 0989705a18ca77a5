/* SPDX-License-Identifier: MIT
 *
 * pool: workers, the tasks that they may take, tasks of lost workers, and time limits.
 */
#include "pools.h"

#include "wire_limits.h"

#include <string.h>

/* ---- workers ---- */

static void a_session_is_a_worker_once(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);

    assert_status(enlist(worker, f.pool), HF_INVALID);
    assert_int_equal(look(f.ada, f.pool)->worker_count, 1);
    assert_status(ask(worker, REQUEST(f.pool, pool_leave)), HF_OK);
    assert_status(ask(worker, REQUEST(f.pool, pool_leave)), HF_NOT_HELD);
    assert_int_equal(look(f.ada, f.pool)->worker_count, 0);
    assert_status(enlist(worker, f.pool), HF_OK);
}

static void a_worker_of_two_pools_has_the_tasks_of_each(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    uint64_t other = ask(f.ada, REQUEST(0, pool_open))->object->id;
    uint64_t submitter = open_submitter(f.ada, other);
    submit(f.ada, submitter, 1);
    assert_status(ask(worker, REQUEST(other, pool_take)), HF_NOT_HELD);
    assert_status(enlist(worker, other), HF_OK);

    uint64_t id = take(worker, other)->id;

    assert_status(finish(worker, f.pool, id, ""), HF_NOT_HELD);
    assert_status(finish(worker, other, id, ""), HF_OK);
}

static void a_supervisor_of_another_pool_has_no_workers_here(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t other = ask(f.ada, REQUEST(0, pool_open))->object->id;
    uint64_t supervisor = open_supervisor(f.boss, other);

    assert_status(enlist_for(f.ada, f.pool, supervisor, 1), HF_NO_OBJECT);
    assert_status(enlist_for(f.ada, f.pool, f.submitter, 1), HF_NO_OBJECT);
    assert_status(enlist_for(f.ada, f.pool, 12345, 1), HF_NO_OBJECT);
    assert_int_equal(look(f.ada, f.pool)->worker_count, 0);
}

static void a_worker_that_comes_when_all_is_done_is_told_so(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    submit(f.ada, f.submitter, 1);
    close_pool(f.ada, f.pool);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    run_one(worker, f.pool);

    assert_status(enlist(f.boss, f.pool), HF_CLOSED);
    assert_status(ask(worker, REQUEST(f.pool, pool_take)), HF_CLOSED);
}

static void one_worker_has_so_many_tasks_and_no_more(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    for (uint64_t tag = 0; tag <= HF_WORKER_TASKS_MAX; tag++) {
        submit(f.ada, f.submitter, tag);
    }
    uint64_t id = 0;
    for (size_t i = 0; i < HF_WORKER_TASKS_MAX; i++) {
        id = take(worker, f.pool)->id;
    }

    assert_status(ask(worker, REQUEST(f.pool, pool_take)), HF_LIMIT);

    assert_status(finish(worker, f.pool, id, ""), HF_OK);
    (void)take(worker, f.pool);
    peer_leave(worker);
    const Hf__Workforce *workforce = look(f.ada, f.pool);
    assert_int_equal(workforce->lost, HF_WORKER_TASKS_MAX);
    assert_int_equal(workforce->running, 0);
}

/* ---- workers that leave ---- */

static void a_worker_that_leaves_loses_its_task_as_if_it_had_died(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    uint64_t id = take(worker, f.pool)->id;

    assert_status(ask(worker, REQUEST(f.pool, pool_leave)), HF_OK);

    const Hf__Result *result = collect_one(f.ada, f.submitter, 1, HF_WORKER_LOST);
    assert_non_null(strstr(result->detail, "left the pool"));
    assert_false(result->has_signal);
    assert_status(finish(worker, f.pool, id, ""), HF_NOT_HELD);
}

static void a_cancelled_task_is_not_run_again(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit_task(f.ada, f.submitter, task_again(1, 5));
    (void)take(worker, f.pool);
    assert_count(ask(f.ada, REQUEST(f.submitter, submitter_cancel)), 1);

    peer_leave(worker);

    (void)collect_one(f.ada, f.submitter, 1, HF_CANCELLED);
}

static void a_task_goes_to_the_front_of_its_priority_only(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit_task(f.ada, f.submitter, task_again(1, 1));
    uint64_t again = take(worker, f.pool)->id;
    submit(f.ada, f.submitter, 2);
    submit_task(f.ada, f.submitter, task_ranked(3, 1));

    peer_leave(worker);

    struct peer *other = join_worker(f.world, "other", f.pool);
    run_one(other, f.pool);
    (void)collect_one(f.ada, f.submitter, 3, HF_OK);
    assert_int_equal(take(other, f.pool)->id, again);
}

/* ---- time ---- */

static void each_run_has_the_whole_time(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    Hf__Submission limited = task_limited(1, 50);
    limited.has_retries = true;
    limited.retries = 1;
    submit_task(f.ada, f.submitter, limited);
    world_pass(f.world, 500); /* waiting does not count */
    (void)take(worker, f.pool);
    world_pass(f.world, 49);
    peer_leave(worker);
    world_pass(f.world, 100);
    struct peer *other = join_worker(f.world, "other", f.pool);
    assert_int_equal(take(other, f.pool)->run, 2);
    world_pass(f.world, 49);
    assert_nothing(f.ada, f.submitter);

    world_pass(f.world, 1);

    assert_int_equal(collect_one(f.ada, f.submitter, 1, HF_TIME_LIMIT)->runs, 2);
    assert_int_equal(look(f.ada, f.pool)->retried, 1);
}

static void a_task_that_ran_too_long_is_not_run_again(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    Hf__Submission limited = task_limited(1, 50);
    limited.has_retries = true;
    limited.retries = 9;
    submit_task(f.ada, f.submitter, limited);
    (void)take(worker, f.pool);

    world_pass(f.world, 50);

    const Hf__Result *result = collect_one(f.ada, f.submitter, 1, HF_TIME_LIMIT);
    assert_non_null(strstr(result->detail, "50 ms"));
    assert_memory_equal(result->calls.data, "calls", 5);
    assert_int_equal(look(f.ada, f.pool)->lost, 1);
}

static void a_limit_beyond_all_time_is_no_limit(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit_task(f.ada, f.submitter, task_limited(1, UINT64_MAX));
    uint64_t id = take(worker, f.pool)->id;

    world_pass(f.world, INT64_C(1) << 40);

    assert_nothing(f.ada, f.submitter);
    assert_status(finish(worker, f.pool, id, ""), HF_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_a_worker_once),
        cmocka_unit_test(a_worker_of_two_pools_has_the_tasks_of_each),
        cmocka_unit_test(a_supervisor_of_another_pool_has_no_workers_here),
        cmocka_unit_test(a_worker_that_comes_when_all_is_done_is_told_so),
        cmocka_unit_test(one_worker_has_so_many_tasks_and_no_more),
        cmocka_unit_test(a_worker_that_leaves_loses_its_task_as_if_it_had_died),
        cmocka_unit_test(a_cancelled_task_is_not_run_again),
        cmocka_unit_test(a_task_goes_to_the_front_of_its_priority_only),
        cmocka_unit_test(each_run_has_the_whole_time),
        cmocka_unit_test(a_task_that_ran_too_long_is_not_run_again),
        cmocka_unit_test(a_limit_beyond_all_time_is_no_limit),
    };
    return WORLD_MAIN(tests);
}
