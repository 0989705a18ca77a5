/* SPDX-License-Identifier: MIT
 *
 * pool, submitter, supervisor: the way of tasks from one to another, their order, and the death of
 * any of them.
 */
#include "pools.h"

#include <stdio.h>
#include <string.h>

/* ---- from hand to hand ---- */

static void a_task_goes_to_a_worker_and_its_outcomes_come_back(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    struct peer *worker = join_worker(world, "worker", pool);
    uint64_t taking = wait_to_take(worker, pool);
    uint64_t collecting = peer_send(ada, waiting(REQUEST(submitter, submitter_collect), -1));

    submit(ada, submitter, 7);

    const Hf__Reply *taken = peer_reply(worker, taking);
    assert_status(taken, HF_OK);
    assert_string_equal(taken->task->function, "f");
    assert_int_equal(taken->task->run, 1);
    assert_memory_equal(taken->task->calls.data, "calls", 5);
    assert_true(unanswered(ada, collecting));
    assert_status(finish(worker, pool, taken->task->id, "outcomes"), HF_OK);
    const Hf__Collected *collected = peer_reply(ada, collecting)->collected;
    assert_int_equal(collected->n_results, 1);
    assert_int_equal(collected->results[0]->tag, 7);
    assert_int_equal(collected->results[0]->status, HF_OK);
    assert_memory_equal(collected->results[0]->outcomes.data, "outcomes", 8);
    assert_nothing(ada, submitter);
}

static void each_submitter_has_its_turn(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t pool = open_pool(ada);
    uint64_t of_ada = open_submitter(ada, pool);
    uint64_t of_bob = open_submitter(bob, pool);
    for (uint64_t i = 1; i <= 3; i++) {
        submit(ada, of_ada, i);
    }
    for (uint64_t i = 1; i <= 3; i++) {
        submit(bob, of_bob, 10 + i);
    }
    struct peer *worker = join_worker(world, "worker", pool);

    static const uint64_t order[] = {1, 11, 2, 12, 3, 13};
    for (size_t i = 0; i < 6; i++) {
        assert_status(finish(worker, pool, take(worker, pool)->id, ""), HF_OK);
        bool adas = order[i] < 10;
        (void)collect_one(adas ? ada : bob, adas ? of_ada : of_bob, order[i], HF_OK);
    }
}

static void a_higher_priority_goes_first(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    submit_task(ada, submitter, task_ranked(1, -10));
    submit(ada, submitter, 2);
    submit_task(ada, submitter, task_ranked(3, 10));
    struct peer *worker = join_worker(world, "worker", pool);

    for (uint64_t tag = 3; tag > 0; tag--) {
        assert_status(finish(worker, pool, take(worker, pool)->id, ""), HF_OK);
        (void)collect_one(ada, submitter, tag, HF_OK);
    }
}

static void the_worker_that_came_last_is_served_first(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    struct peer *first = join_worker(world, "first", pool);
    struct peer *last = join_worker(world, "last", pool);
    uint64_t firsts = wait_to_take(first, pool);
    uint64_t lasts = wait_to_take(last, pool);

    submit(ada, submitter, 1);

    assert_true(unanswered(first, firsts));
    assert_status(peer_reply(last, lasts), HF_OK);
}

static void a_stranger_takes_and_finishes_nothing(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    struct peer *worker = join_worker(world, "worker", pool);
    struct peer *other = join_worker(world, "other", pool);
    submit(ada, submitter, 1);
    uint64_t task = take(worker, pool)->id;

    assert_status(ask(ada, REQUEST(pool, pool_take)), HF_NOT_HELD);
    assert_status(finish(ada, pool, task, ""), HF_NOT_HELD);
    assert_status(finish(other, pool, task, ""), HF_NOT_HELD);
    assert_status(finish(worker, pool, task + 1, ""), HF_NOT_HELD);
    assert_status(finish(worker, pool, task, ""), HF_OK);
    assert_status(finish(worker, pool, task, ""), HF_NOT_HELD);
    (void)collect_one(ada, submitter, 1, HF_OK);
}

static void what_was_not_given_is_not_told(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    struct peer *worker = join_worker(world, "worker", pool);
    for (int given = 0; given < 2; given++) {
        Hf__Submission one = task(1);
        one.has_calls = given;
        one.calls.len = 0;
        submit_task(ada, submitter, one);
        const Hf__Task *taken = ask(worker, REQUEST(pool, pool_take))->task;
        assert_int_equal(taken->has_calls, given);
        assert_status(finish(worker, pool, taken->id, ""), HF_OK);
        (void)collect_one(ada, submitter, 1, HF_OK);

        submit_task(ada, submitter, one);
        (void)take(worker, pool);
        peer_leave(worker);
        assert_int_equal(collect_one(ada, submitter, 1, HF_WORKER_LOST)->has_calls, given);
        worker = join_worker(world, "worker", pool);
    }
}

/* ---- workers that are lost ---- */

static void a_task_of_a_lost_worker_ends_worker_lost(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    struct peer *worker = join_worker(world, "worker", pool);
    submit(ada, submitter, 1);
    (void)take(worker, pool);

    peer_leave(worker);

    const Hf__Result *result = collect_one(ada, submitter, 1, HF_WORKER_LOST);
    assert_non_null(strstr(result->detail, "worker"));
    assert_memory_equal(result->calls.data, "calls", 5);
    assert_int_equal(look(ada, pool)->lost, 1);
}

static void a_task_with_retries_goes_back_to_the_front(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    struct peer *worker = join_worker(world, "worker", pool);
    struct peer *other = join_worker(world, "other", pool);
    submit_task(ada, submitter, task_again(1, 1));
    submit(ada, submitter, 2);
    uint64_t task = take(worker, pool)->id;

    peer_leave(worker);

    const Hf__Task *again = take(other, pool);
    assert_int_equal(again->id, task);
    assert_int_equal(again->run, 2);
    assert_int_equal(look(ada, pool)->retried, 1);
    peer_leave(other);
    const Hf__Result *result = collect_one(ada, submitter, 1, HF_WORKER_LOST);
    assert_int_equal(result->runs, 2);
}

/* That a worker was killed. Returns whether it was one. */
static bool report(struct peer *peer, uint64_t supervisor, uint64_t number, int32_t signal) {
    const Hf__Reply *reply = ask(peer, REQUEST(supervisor, supervisor_report, .number = number,
                                               .has_signal = true, .signal = signal));
    assert_status(reply, HF_OK);
    return reply->truth;
}

static void the_supervisor_says_how_a_worker_has_ended(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *boss = world_join(*state, "boss");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    uint64_t supervisor = open_supervisor(boss, pool);
    struct peer *worker = world_join(*state, "worker");
    assert_status(enlist_for(worker, pool, supervisor, 3), HF_OK);
    submit(ada, submitter, 1);
    (void)take(worker, pool);
    uint64_t watching = peer_send(boss, waiting(REQUEST(supervisor, supervisor_wait), -1));

    peer_leave(worker);

    assert_nothing(ada, submitter);
    const Hf__Supervision *supervision = peer_reply(boss, watching)->supervision;
    assert_int_equal(supervision->n_gone, 1);
    assert_int_equal(supervision->gone[0], 3);
    assert_true(report(boss, supervisor, 3, 9));
    const Hf__Result *result = collect_one(ada, submitter, 1, HF_WORKER_LOST);
    assert_true(result->has_signal);
    assert_int_equal(result->signal, 9);
    assert_non_null(strstr(result->detail, "killed by signal 9"));
}

static void a_supervisor_is_told_of_each_worker_once(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *boss = world_join(*state, "boss");
    uint64_t pool = open_pool(ada);
    uint64_t supervisor = open_supervisor(boss, pool);
    for (uint64_t number = 1; number <= 3; number++) {
        struct peer *worker = world_join(*state, "worker");
        assert_status(enlist_for(worker, pool, supervisor, number), HF_OK);
        if (number == 2) {
            assert_status(ask(worker, REQUEST(pool, pool_leave)), HF_OK);
        }
        peer_leave(worker);
    }

    assert_true(report(boss, supervisor, 1, 9)); /* it knew before it was told */

    const Hf__Reply *reply = ask(boss, REQUEST(supervisor, supervisor_wait));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->supervision->n_gone, 2);
    assert_int_equal(reply->supervision->gone[0], 2);
    assert_int_equal(reply->supervision->gone[1], 3);
    assert_status(ask(boss, REQUEST(supervisor, supervisor_wait)), HF_TIMEOUT);
    assert_true(report(boss, supervisor, 2, 9));
    assert_false(report(boss, supervisor, 2, 9));
    assert_false(report(boss, supervisor, 4, 9));
}

static void a_supervisor_that_ends_too_leaves_no_task_waiting(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *boss = world_join(*state, "boss");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    uint64_t supervisor = open_supervisor(boss, pool);
    struct peer *worker = world_join(*state, "worker");
    assert_status(enlist_for(worker, pool, supervisor, 1), HF_OK);
    submit(ada, submitter, 1);
    submit(ada, submitter, 2);
    (void)take(worker, pool);
    peer_leave(worker);

    peer_leave(boss);

    const Hf__Collected *collected = collect(ada, submitter, 2);
    assert_int_equal(collected->results[0]->tag, 1);
    assert_int_equal(collected->results[0]->status, HF_WORKER_LOST);
    assert_int_equal(collected->results[1]->status, HF_WORKER_LOST);
    assert_status(ask_task(ada, submitter, task(3)), HF_CLOSED);
}

static void a_task_that_runs_too_long_ends_at_its_limit(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    struct peer *worker = join_worker(world, "worker", pool);
    submit_task(ada, submitter, task_limited(1, 50));
    const Hf__Task *task = take(worker, pool);
    assert_int_equal(task->time_limit_ms, 50);
    uint64_t id = task->id;

    world_pass(world, 49);
    assert_nothing(ada, submitter);
    world_pass(world, 1);

    (void)collect_one(ada, submitter, 1, HF_TIME_LIMIT);
    assert_status(finish(worker, pool, id, ""), HF_NOT_HELD);
}

/* ---- submitters that are gone ---- */

static void tasks_of_a_submitter_that_is_gone_are_cancelled(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(bob, pool);
    struct peer *worker = join_worker(world, "worker", pool);
    submit(bob, submitter, 1);
    submit(bob, submitter, 2);
    submit_task(bob, submitter, task_detached(3));
    uint64_t running = take(worker, pool)->id;
    assert_truth(ask(worker, REQUEST(pool, pool_progress, .task = running)), true);

    peer_leave(bob);

    assert_truth(ask(worker, REQUEST(pool, pool_progress, .task = running)), false);
    assert_status(finish(worker, pool, running, ""), HF_OK);
    assert_int_equal(look(ada, pool)->queued, 1);
    assert_int_equal(look(ada, pool)->submitters, 0);
    assert_status(finish(worker, pool, take(worker, pool)->id, ""), HF_OK);
    assert_status(ask(worker, REQUEST(pool, pool_take)), HF_TIMEOUT);
}

static void cancelled_tasks_end_at_once_or_are_told(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    struct peer *worker = join_worker(world, "worker", pool);
    submit(ada, submitter, 1);
    submit(ada, submitter, 2);
    uint64_t running = take(worker, pool)->id;

    assert_count(ask(ada, REQUEST(submitter, submitter_cancel)), 2);

    (void)collect_one(ada, submitter, 2, HF_CANCELLED);
    assert_truth(ask(worker, REQUEST(pool, pool_progress, .task = running)), false);
    assert_status(finish(worker, pool, running, "done"), HF_OK);
    (void)collect_one(ada, submitter, 1, HF_OK);
}

/* ---- bounds ---- */

static void a_submit_waits_for_room(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t pool = open_pool_of(ada, 1, 0);
    uint64_t submitter = open_submitter(ada, pool);
    struct peer *worker = join_worker(world, "worker", pool);
    submit(ada, submitter, 1);
    uint64_t second = send_task(ada, submitter, task(2), -1);
    assert_true(unanswered(ada, second));

    (void)take(worker, pool);

    assert_count(peer_reply(ada, second), 1);
}

/* ---- ends ---- */

static void a_closed_pool_runs_its_tasks_and_then_ends_its_workers(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    struct peer *worker = join_worker(world, "worker", pool);
    submit(ada, submitter, 1);
    assert_status(ask(ada, REQUEST(pool, pool_join)), HF_VALUE_ERROR);
    assert_status(ask(ada, REQUEST(pool, pool_close)), HF_OK);
    uint64_t joining = peer_send(ada, waiting(REQUEST(pool, pool_join), -1));
    assert_status(ask_task(ada, submitter, task(2)), HF_CLOSED);
    uint64_t task = take(worker, pool)->id;
    uint64_t next = wait_to_take(worker, pool);

    assert_status(finish(worker, pool, task, ""), HF_OK);

    assert_status(peer_reply(worker, next), HF_CLOSED);
    assert_true(unanswered(ada, joining));
    assert_status(ask(worker, REQUEST(pool, pool_leave)), HF_OK);
    assert_status(peer_reply(ada, joining), HF_OK);
}

static void a_terminated_pool_ends_everything_at_once(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *boss = world_join(*state, "boss");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    uint64_t supervisor = open_supervisor(boss, pool);
    struct peer *worker = world_join(*state, "worker");
    assert_status(enlist_for(worker, pool, supervisor, 1), HF_OK);
    struct peer *dead = world_join(*state, "dead");
    assert_status(enlist_for(dead, pool, supervisor, 2), HF_OK);
    for (uint64_t tag = 1; tag <= 3; tag++) {
        submit(ada, submitter, tag);
    }
    (void)take(worker, pool);
    (void)take(dead, pool);
    peer_leave(dead);

    assert_status(ask(ada, REQUEST(pool, pool_close, .has_terminate = true, .terminate = true)),
                  HF_OK);

    const Hf__Collected *collected = collect(ada, submitter, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(collected->results[i]->status, HF_CANCELLED);
    }
    assert_status(ask(worker, REQUEST(pool, pool_take)), HF_CLOSED);
    assert_status(ask(boss, REQUEST(supervisor, supervisor_wait)), HF_CLOSED);
}

static void a_deleted_pool_ends_all_waits(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *boss = world_join(world, "boss");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    uint64_t supervisor = open_supervisor(boss, pool);
    struct peer *worker = world_join(world, "worker");
    assert_status(enlist_for(worker, pool, supervisor, 1), HF_OK);
    struct peer *idle = join_worker(world, "idle", pool);
    submit(ada, submitter, 1);
    (void)take(worker, pool);
    uint64_t taking = wait_to_take(idle, pool);
    uint64_t collecting = peer_send(ada, waiting(REQUEST(submitter, submitter_collect), -1));
    uint64_t watching = peer_send(boss, waiting(REQUEST(supervisor, supervisor_wait), -1));

    assert_status(ask(ada, REQUEST(pool, object_delete)), HF_OK);

    assert_status(peer_reply(idle, taking), HF_DELETED);
    assert_status(peer_reply(ada, collecting), HF_DELETED);
    assert_status(peer_reply(boss, watching), HF_CLOSED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_goes_to_a_worker_and_its_outcomes_come_back),
        cmocka_unit_test(each_submitter_has_its_turn),
        cmocka_unit_test(a_higher_priority_goes_first),
        cmocka_unit_test(the_worker_that_came_last_is_served_first),
        cmocka_unit_test(a_stranger_takes_and_finishes_nothing),
        cmocka_unit_test(what_was_not_given_is_not_told),
        cmocka_unit_test(a_task_of_a_lost_worker_ends_worker_lost),
        cmocka_unit_test(a_task_with_retries_goes_back_to_the_front),
        cmocka_unit_test(the_supervisor_says_how_a_worker_has_ended),
        cmocka_unit_test(a_supervisor_is_told_of_each_worker_once),
        cmocka_unit_test(a_supervisor_that_ends_too_leaves_no_task_waiting),
        cmocka_unit_test(a_task_that_runs_too_long_ends_at_its_limit),
        cmocka_unit_test(tasks_of_a_submitter_that_is_gone_are_cancelled),
        cmocka_unit_test(cancelled_tasks_end_at_once_or_are_told),
        cmocka_unit_test(a_submit_waits_for_room),
        cmocka_unit_test(a_closed_pool_runs_its_tasks_and_then_ends_its_workers),
        cmocka_unit_test(a_terminated_pool_ends_everything_at_once),
        cmocka_unit_test(a_deleted_pool_ends_all_waits),
    };
    return WORLD_MAIN(tests);
}
