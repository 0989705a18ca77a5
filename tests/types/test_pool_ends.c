/* SPDX-License-Identifier: MIT
 *
 * pool: lifetimes of tasks of dead submitters, of unnamed pools, and of the objects that tasks
 * refer to; and pools that are deleted or closed.
 */
#include "drain.h"
#include "mem.h"
#include "pools.h"
#include "wire_limits.h"

#include <string.h>

/* ---- submitters ---- */

static void a_closed_submitter_is_told_so_and_has_no_results(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    run_one(worker, f.pool);
    submit_task(f.ada, f.submitter, task_detached(2));
    (void)collect_one(f.ada, f.submitter, 1, HF_OK);
    uint64_t collecting = peer_send(f.ada, waiting(REQUEST(f.submitter, submitter_collect), -1));
    submit(f.ada, f.submitter, 3);

    assert_status(ask(f.ada, REQUEST(f.submitter, submitter_close)), HF_OK);

    assert_status(peer_reply(f.ada, collecting), HF_CLOSED);
    assert_status(ask(f.ada, REQUEST(f.submitter, submitter_collect)), HF_CLOSED);
    assert_status(ask_task(f.ada, f.submitter, task(4)), HF_CLOSED);
    assert_status(ask(f.ada, REQUEST(f.submitter, submitter_cancel)), HF_CLOSED);
    assert_status(ask(f.ada, REQUEST(f.submitter, submitter_close)), HF_OK);
    const Hf__Workforce *workforce = look(f.ada, f.pool);
    assert_int_equal(workforce->queued, 1);
    assert_int_equal(workforce->cancelled, 1);
    run_one(worker, f.pool);
    assert_int_equal(look(f.ada, f.pool)->done, 2);
}

static void tasks_are_cancelled_by_their_tags(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    for (uint64_t tag = 1; tag <= 4; tag++) {
        submit(f.ada, f.submitter, tag);
    }
    run_one(worker, f.pool);
    uint64_t running = take(worker, f.pool)->id;
    uint64_t tags[] = {1, 2, 3, 99};

    assert_count(ask(f.ada, REQUEST(f.submitter, submitter_cancel, .n_tags = 4, .tags = tags)), 2);

    assert_int_equal(collect(f.ada, f.submitter, 2)->results[1]->status, HF_CANCELLED);
    assert_int_equal(look(f.ada, f.pool)->queued, 1);
    assert_false(goes_on(worker, f.pool, running));
}

static void a_submitter_lasts_as_long_as_a_session_uses_it(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    submit(f.ada, f.submitter, 1);
    assert_nothing(f.boss, f.submitter); /* boss uses the submitter from now on */

    peer_leave(f.ada);

    assert_int_equal(look(f.boss, f.pool)->queued, 1);
    assert_status(ask(f.boss, REQUEST(f.submitter, object_release)), HF_OK);
    const Hf__Workforce *workforce = look(f.boss, f.pool);
    assert_int_equal(workforce->queued, 0);
    assert_int_equal(workforce->submitters, 0);
}

static void a_deleted_submitter_leaves_its_pool_at_once(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);

    const Hf__Reply *reply =
        ask(f.ada, batch_of(2, &REQUEST(f.submitter, object_delete), &REQUEST(f.pool, pool_state)));

    assert_int_equal(reply_in(reply, 1)->workforce->submitters, 0);
}

static void a_detached_task_is_run_again_without_its_submitter(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    Hf__Submission detached = task_detached(1);
    detached.has_retries = true;
    detached.retries = 1;
    submit_task(f.ada, f.submitter, detached);
    uint64_t id = take(worker, f.pool)->id;
    peer_leave(f.ada);
    assert_true(goes_on(worker, f.pool, id));

    peer_leave(worker);

    struct peer *other = join_worker(f.world, "other", f.pool);
    assert_string_equal(look(f.boss, f.pool)->workers[0]->label, "other");
    run_one(other, f.pool);
    assert_int_equal(look(f.boss, f.pool)->done, 1);
}

/* ---- objects that tasks refer to ---- */

static void a_task_keeps_what_it_is_called_with(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t before = statistics_of(f.boss)->objects;
    uint64_t dict = open_dict(f.ada, NULL);
    Hf__Submission refers = task(1);
    uint64_t ids[] = {dict, 12345};
    refers.n_objects = 2;
    refers.objects = ids;
    submit_task(f.ada, f.submitter, refers);
    assert_status(ask(f.ada, REQUEST(dict, object_release)), HF_OK);
    assert_int_equal(statistics_of(f.boss)->objects, before + 1);
    struct peer *worker = join_worker(f.world, "worker", f.pool);

    uint64_t id = take(worker, f.pool)->id; /* being told of the dict is using it */

    assert_status(finish(worker, f.pool, id, ""), HF_OK);
    (void)collect_one(f.ada, f.submitter, 1, HF_OK);
    assert_int_equal(statistics_of(f.boss)->objects, before + 1);
    assert_status(ask(worker, REQUEST(dict, object_release)), HF_OK);
    assert_int_equal(statistics_of(f.boss)->objects, before);
}

static void a_result_keeps_what_came_of_the_task(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t before = statistics_of(f.boss)->objects;
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    uint64_t dict = open_dict(worker, NULL);
    assert_status(ask(worker, REQUEST(f.pool, pool_finish, .task = take(worker, f.pool)->id,
                                      .n_objects = 1, .objects = &dict)),
                  HF_OK);
    peer_leave(worker);
    assert_int_equal(statistics_of(f.boss)->objects, before + 1);

    (void)collect_one(f.ada, f.submitter, 1, HF_OK);

    assert_int_equal(statistics_of(f.boss)->objects, before + 1); /* it is ada's now */
    assert_status(ask(f.ada, REQUEST(dict, object_release)), HF_OK);
    assert_int_equal(statistics_of(f.boss)->objects, before);
}

static void uncollected_results_keep_no_objects(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    uint64_t before = statistics_of(f.boss)->objects - 1; /* without the submitter */
    submit(f.ada, f.submitter, 1);
    submit(f.ada, f.submitter, 2);
    uint64_t dict = open_dict(worker, NULL);
    assert_status(ask(worker, REQUEST(f.pool, pool_finish, .task = take(worker, f.pool)->id,
                                      .n_objects = 1, .objects = &dict)),
                  HF_OK);
    uint64_t second = take(worker, f.pool)->id;
    peer_leave(f.ada);
    assert_status(
        ask(worker, REQUEST(f.pool, pool_finish, .task = second, .n_objects = 1, .objects = &dict)),
        HF_OK);

    assert_status(ask(worker, REQUEST(dict, object_release)), HF_OK);

    assert_int_equal(statistics_of(f.boss)->objects, before);
}

/* ---- unnamed pools ---- */

static void an_unnamed_pool_lasts_as_long_as_its_submitters_and_supervisors(void **state) {
    struct peer *ada = world_join(*state, "ada");
    struct peer *boss = world_join(*state, "boss");
    struct peer *eve = world_join(*state, "eve");
    uint64_t pool = opened(ada, REQUEST(0, pool_open));
    uint64_t submitter = open_submitter(ada, pool);
    uint64_t supervisor = open_supervisor(boss, pool);
    submit(ada, submitter, 1);
    assert_status(ask(ada, REQUEST(pool, object_release)), HF_OK);
    assert_int_equal(statistics_of(eve)->objects, 3);

    assert_status(ask(ada, REQUEST(submitter, object_release)), HF_OK);
    assert_int_equal(statistics_of(eve)->objects, 2); /* the supervisor keeps it */
    assert_status(ask(boss, REQUEST(supervisor, object_release)), HF_OK);

    assert_int_equal(statistics_of(eve)->objects, 0);
}

/* ---- deleted ---- */

static void tasks_of_a_deleted_pool_go_with_it_ended_ones_apart(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    struct peer *dead = join_worker_for(&f, supervisor, 2);
    for (uint64_t tag = 1; tag <= 4; tag++) {
        submit_task(f.ada, f.submitter, task_limited(tag, 50));
    }
    run_one(worker, f.pool);
    uint64_t id = take(worker, f.pool)->id;
    (void)take(dead, f.pool);
    peer_leave(dead);
    assert_truth(report_progress(worker, f.pool, id, of_int(1)), true);

    assert_status(ask(f.boss, REQUEST(f.pool, object_delete)), HF_OK);

    (void)collect_one(f.ada, f.submitter, 1, HF_OK);
    assert_status(ask(f.ada, REQUEST(f.submitter, submitter_collect)), HF_DELETED);
    assert_status(ask_task(f.ada, f.submitter, task(9)), HF_DELETED);
    assert_status(ask(f.ada, REQUEST(f.submitter, submitter_cancel)), HF_DELETED);
    assert_status(finish(worker, f.pool, id, ""), HF_NO_OBJECT);
    world_pass(f.world, 100);
    const Hf__Reply *reply = ask(f.ada, REQUEST(f.submitter, object_describe));
    assert_non_null(strstr(reply->description->options, "gone"));
    assert_status(ask(f.ada, REQUEST(f.submitter, submitter_close)), HF_OK);
    assert_status(ask(f.ada, REQUEST(f.submitter, submitter_collect)), HF_CLOSED);
}

static void a_closed_submitter_of_a_deleted_pool_has_been_closed(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    submit_task(f.ada, f.submitter, task_detached(1));
    assert_status(ask(f.ada, REQUEST(f.submitter, submitter_close)), HF_OK);

    assert_status(ask(f.ada, REQUEST(f.pool, object_delete)), HF_OK);

    assert_status(ask(f.ada, REQUEST(f.submitter, submitter_collect)), HF_CLOSED);
}

/* ---- closed ---- */

static void a_join_waits_for_workers_and_supervisors(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *eve = world_join(f.world, "eve");
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    close_pool(f.ada, f.pool);
    uint64_t adas = peer_send(f.ada, waiting(REQUEST(f.pool, pool_join), -1));
    uint64_t eves = peer_send(eve, waiting(REQUEST(f.pool, pool_join), -1));

    peer_leave(worker);
    assert_true(unanswered(f.ada, adas));
    peer_leave(f.boss);

    assert_status(peer_reply(f.ada, adas), HF_OK);
    assert_status(peer_reply(eve, eves), HF_OK);
    assert_status(ask(f.ada, REQUEST(f.pool, pool_join)), HF_OK);
}

static void a_join_waits_for_tasks_that_nobody_runs_yet(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    submit(f.ada, f.submitter, 1);
    close_pool(f.ada, f.pool);
    uint64_t joining = peer_send(f.ada, waiting(REQUEST(f.pool, pool_join), -1));
    assert_true(unanswered(f.ada, joining));

    assert_count(ask(f.ada, REQUEST(f.submitter, submitter_cancel)), 1);

    assert_status(peer_reply(f.ada, joining), HF_OK);
}

static void a_timeout_does_not_tell_that_workers_hold_the_pool(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    close_pool(f.ada, f.pool);
    uint64_t joining = peer_send(f.ada, waiting(REQUEST(f.pool, pool_join), 10));
    assert_true(unanswered(f.ada, joining));

    world_pass(f.world, 10);

    assert_status(peer_reply(f.ada, joining), HF_TIMEOUT);
    assert_null(peer_reply(f.ada, joining)->detail);
    peer_leave(worker);
}

static void a_closed_pool_can_still_be_terminated_and_tasks_be_cancelled(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    submit(f.ada, f.submitter, 2);
    submit(f.ada, f.submitter, 3);
    uint64_t id = take(worker, f.pool)->id;
    close_pool(f.ada, f.pool);
    assert_count(
        ask(f.ada, REQUEST(f.submitter, submitter_cancel, .n_tags = 1, .tags = &(uint64_t){2})), 1);
    (void)collect_one(f.ada, f.submitter, 2, HF_CANCELLED);

    terminate_pool(f.ada, f.pool);
    terminate_pool(f.ada, f.pool);
    close_pool(f.ada, f.pool);

    const Hf__Collected *collected = collect(f.ada, f.submitter, 2);
    assert_int_equal(collected->results[0]->status, HF_CANCELLED);
    assert_int_equal(collected->results[1]->status, HF_CANCELLED);
    assert_status(finish(worker, f.pool, id, ""), HF_NOT_HELD);
    assert_int_equal(look(f.ada, f.pool)->cancelled, 3);
}

/* ---- very many tasks ---- */

enum { MANY = 20 * HF_SUBMISSIONS_MAX, DETACHED_EVERY = 1000 };

/* One in DETACHED_EVERY is detached, if so wanted. */
static void submit_many(struct peer *peer, uint64_t submitter, bool some_detached) {
    static Hf__Submission tasks[HF_SUBMISSIONS_MAX];
    for (uint64_t at = 0; at < MANY; at += HF_SUBMISSIONS_MAX) {
        for (uint64_t i = 0; i < HF_SUBMISSIONS_MAX; i++) {
            bool detached = some_detached && (at + i) % DETACHED_EVERY == 0;
            tasks[i] = detached ? task_detached(at + i) : task(at + i);
        }
        assert_count(ask_tasks(peer, submitter, tasks, HF_SUBMISSIONS_MAX), HF_SUBMISSIONS_MAX);
    }
}

/* Returns whether more is to be done. */
static bool tick(struct world *world) {
    return core_tick(world_core(world), world_now(world)) == world_now(world);
}

/* Tick until all is done; in each slice so many tasks end at most. Returns the number of ticks. */
static int tick_in_slices(const struct pool_fixture *f, struct peer *peer) {
    int ticks = 0;
    bool more = true;
    uint64_t ended = look(peer, f->pool)->cancelled + look(peer, f->pool)->lost;
    assert_in_range(ended, 1, DRAIN_PART);
    for (; more; ticks++) {
        uint64_t before = ended;
        more = tick(f->world);
        ended = look(peer, f->pool)->cancelled + look(peer, f->pool)->lost;
        assert_in_range(ended - before, 0, DRAIN_PART * DRAIN_PER_SLICE);
    }
    return ticks;
}

static void many_tasks_of_a_dead_submitter_end_in_slices_and_none_is_run(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit_many(f.ada, f.submitter, true);
    uint64_t running = take(worker, f.pool)->id; /* detached */
    uint64_t cancelled = take(worker, f.pool)->id;

    peer_leave(f.ada);

    assert_int_equal(look(f.boss, f.pool)->submitters, 1);
    assert_status(ask(worker, REQUEST(f.pool, pool_take)), HF_TIMEOUT);
    assert_status(finish(worker, f.pool, running, ""), HF_OK);
    uint64_t waits = wait_to_take(worker, f.pool);
    assert_true(tick_in_slices(&f, f.boss) > 1);
    assert_int_equal(look(f.boss, f.pool)->submitters, 0);
    assert_int_equal(look(f.boss, f.pool)->queued, MANY / DETACHED_EVERY - 1);
    assert_int_equal(peer_reply(worker, waits)->task->id, running + DETACHED_EVERY);
    assert_false(goes_on(worker, f.pool, cancelled));
}

static void a_task_may_end_while_those_of_its_dead_submitter_are_cancelled(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    struct peer *other = join_worker(f.world, "other", f.pool);
    submit_task(f.ada, f.submitter, task_again(MANY, 1));
    submit_many(f.ada, f.submitter, false);
    (void)take(other, f.pool);
    uint64_t running = take(worker, f.pool)->id;

    peer_leave(f.ada);

    assert_status(report_progress(worker, f.pool, running, of_int(1)), HF_OK);
    assert_status(finish(worker, f.pool, running, ""), HF_OK);
    peer_leave(other);
    assert_status(ask(worker, REQUEST(f.pool, pool_take)), HF_TIMEOUT);
    (void)tick_in_slices(&f, f.boss);
    assert_int_equal(look(f.boss, f.pool)->queued, 0);
    assert_int_equal(look(f.boss, f.pool)->done, 1);
}

static void many_tasks_of_a_terminated_pool_end_in_slices_and_are_collected(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit_many(f.ada, f.submitter, true);

    terminate_pool(f.boss, f.pool);

    assert_status(ask(worker, REQUEST(f.pool, pool_take)), HF_TIMEOUT);
    (void)collect(f.ada, f.submitter, HF_RESULTS_MAX);
    assert_true(tick_in_slices(&f, f.boss) > 1);
    assert_int_equal(look(f.boss, f.pool)->cancelled, MANY);
    assert_status(ask(worker, REQUEST(f.pool, pool_take)), HF_CLOSED);
}

static void many_tasks_of_an_abandoned_pool_end_in_slices_until_a_worker_comes(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    (void)open_supervisor(f.boss, f.pool);
    submit_many(f.ada, f.submitter, false);

    peer_leave(f.boss);

    assert_in_range(look(f.ada, f.pool)->lost, 1, DRAIN_PART);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    run_one(worker, f.pool);
    while (tick(f.world)) {
    }
    assert_in_range(look(f.ada, f.pool)->lost, 1, DRAIN_PART);
    assert_int_equal(look(f.ada, f.pool)->done, 1);
}

/* Those tasks keep their turn until the others of their submitter have ended. */
static void detached_tasks_of_a_dead_submitter_end_with_the_pool(void **state) {
    (void)state;
    for (int abandoned = 0; abandoned < 2; abandoned++) {
        struct pool_fixture f = pool_fixture_new(world_new());
        struct peer *eve = world_join(f.world, "eve");
        (void)open_supervisor(f.boss, f.pool);
        (void)look(eve, f.pool); /* eve uses the pool from now on */
        submit_many(f.ada, f.submitter, true);
        peer_leave(f.ada);

        if (abandoned) {
            peer_leave(f.boss);
        } else {
            terminate_pool(f.boss, f.pool);
        }

        while (tick(f.world)) {
        }
        const Hf__Workforce *workforce = look(eve, f.pool);
        assert_int_equal(workforce->queued, 0);
        assert_int_equal(workforce->cancelled + workforce->lost, MANY);
        world_free(f.world);
    }
}

static void many_tasks_of_a_deleted_pool_go_in_slices_whoever_ends_meanwhile(void **state) {
    (void)state;
    for (int end = 0; end < 4; end++) {
        struct pool_fixture f = pool_fixture_new(world_new());
        struct peer *worker = join_worker(f.world, "worker", f.pool);
        submit_many(f.ada, f.submitter, true);
        (void)take(worker, f.pool);
        if (end == 3) {
            assert_status(ask(f.ada, REQUEST(f.submitter, submitter_close)), HF_OK);
        }
        size_t full = mem_used();

        assert_status(ask(f.boss, REQUEST(f.pool, object_delete)), HF_OK);

        assert_status(ask(worker, REQUEST(f.pool, pool_take)), HF_NO_OBJECT);
        assert_status(ask_task(f.ada, f.submitter, task(MANY)), end == 3 ? HF_CLOSED : HF_DELETED);
        if (end == 1) {
            assert_status(ask(f.ada, REQUEST(f.submitter, submitter_close)), HF_OK);
        } else if (end == 2) {
            peer_leave(f.ada);
        }
        assert_true(mem_used() > full / 2);
        assert_true(tick(f.world));
        while (tick(f.world)) {
        }
        assert_true(mem_used() < full / 2);
        world_free(f.world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_submitter_is_told_so_and_has_no_results),
        cmocka_unit_test(tasks_are_cancelled_by_their_tags),
        cmocka_unit_test(a_submitter_lasts_as_long_as_a_session_uses_it),
        cmocka_unit_test(a_deleted_submitter_leaves_its_pool_at_once),
        cmocka_unit_test(a_detached_task_is_run_again_without_its_submitter),
        cmocka_unit_test(a_task_keeps_what_it_is_called_with),
        cmocka_unit_test(a_result_keeps_what_came_of_the_task),
        cmocka_unit_test(uncollected_results_keep_no_objects),
        cmocka_unit_test(an_unnamed_pool_lasts_as_long_as_its_submitters_and_supervisors),
        cmocka_unit_test(tasks_of_a_deleted_pool_go_with_it_ended_ones_apart),
        cmocka_unit_test(a_closed_submitter_of_a_deleted_pool_has_been_closed),
        cmocka_unit_test(a_join_waits_for_workers_and_supervisors),
        cmocka_unit_test(a_join_waits_for_tasks_that_nobody_runs_yet),
        cmocka_unit_test(a_timeout_does_not_tell_that_workers_hold_the_pool),
        cmocka_unit_test(a_closed_pool_can_still_be_terminated_and_tasks_be_cancelled),
        cmocka_unit_test(many_tasks_of_a_dead_submitter_end_in_slices_and_none_is_run),
        cmocka_unit_test(a_task_may_end_while_those_of_its_dead_submitter_are_cancelled),
        cmocka_unit_test(many_tasks_of_a_terminated_pool_end_in_slices_and_are_collected),
        cmocka_unit_test(many_tasks_of_an_abandoned_pool_end_in_slices_until_a_worker_comes),
        cmocka_unit_test(detached_tasks_of_a_dead_submitter_end_with_the_pool),
        cmocka_unit_test(many_tasks_of_a_deleted_pool_go_in_slices_whoever_ends_meanwhile),
    };
    return WORLD_MAIN(tests);
}
