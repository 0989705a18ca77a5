/* SPDX-License-Identifier: MIT
 *
 * supervisor: what it is told of its pool, its reports of workers, and pools that have lost their
 * last one.
 */
#include "pools.h"

#include <string.h>

/* ---- open ---- */

static void it_is_opened_for_a_pool_and_perhaps_a_submitter_of_it(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t other = ask(f.ada, REQUEST(0, pool_open))->object->id;
    uint64_t stranger = open_submitter(f.ada, other);

    assert_status(ask(f.boss, REQUEST(0, supervisor_open, .pool = 12345)), HF_NO_OBJECT);
    assert_status(ask(f.boss, REQUEST(0, supervisor_open, .pool = f.submitter)), HF_NO_OBJECT);
    assert_status(ask(f.boss, REQUEST(0, supervisor_open, .pool = f.pool, .has_submitter = true,
                                      .submitter = stranger)),
                  HF_NO_OBJECT);
    assert_status(ask(f.boss, REQUEST(0, supervisor_open, .pool = f.pool, .has_submitter = true,
                                      .submitter = f.submitter)),
                  HF_OK);
    assert_int_equal(look(f.ada, f.pool)->supervisors, 1);
    close_pool(f.ada, f.pool);
    assert_status(ask(f.boss, REQUEST(0, supervisor_open, .pool = f.pool)), HF_CLOSED);
}

/* ---- wait ---- */

static void it_grows_when_more_tasks_wait_than_workers_are_idle(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    (void)join_worker_for(&f, supervisor, 2);
    uint64_t growing = wait_to_supervise(f.boss, supervisor, true);
    submit(f.ada, f.submitter, 1);
    submit(f.ada, f.submitter, 2);
    assert_true(unanswered(f.boss, growing)); /* two are idle */
    (void)take(worker, f.pool);
    assert_true(unanswered(f.boss, growing)); /* one is, one waits */

    submit(f.ada, f.submitter, 3);

    const Hf__Supervision *told = peer_reply(f.boss, growing)->supervision;
    assert_int_equal(told->queued, 2);
    assert_int_equal(told->idle, 1);
    assert_int_equal(told->n_gone, 0);
    assert_false(told->finished);
}

static void a_backlog_concerns_only_who_would_grow(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    submit(f.ada, f.submitter, 1);

    assert_status(ask(f.boss, REQUEST(supervisor, supervisor_wait)), HF_TIMEOUT);
    assert_int_equal(supervise(f.boss, supervisor, true)->queued, 1);
}

static void a_worker_that_takes_several_tasks_ends_a_backlog(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    submit(f.ada, f.submitter, 1);
    submit(f.ada, f.submitter, 2);
    assert_int_equal(supervise(f.boss, supervisor, true)->queued, 2);

    (void)take(worker, f.pool);
    (void)take(worker, f.pool);

    uint64_t growing = wait_to_supervise(f.boss, supervisor, true);
    assert_true(unanswered(f.boss, growing));
    submit(f.ada, f.submitter, 3);
    assert_int_equal(peer_reply(f.boss, growing)->supervision->queued, 1);
}

static void a_worker_that_has_gone_is_told_once(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    struct peer *other = join_worker(f.world, "by hand", f.pool);
    uint64_t watching = wait_to_supervise(f.boss, supervisor, false);

    peer_leave(other);
    assert_true(unanswered(f.boss, watching));
    peer_leave(worker);

    assert_int_equal(peer_reply(f.boss, watching)->supervision->n_gone, 1);
    assert_status(ask(f.boss, REQUEST(supervisor, supervisor_wait)), HF_TIMEOUT);
}

static void it_is_told_when_a_closed_pool_has_nothing_left_to_run(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    submit(f.ada, f.submitter, 1);
    uint64_t id = take(worker, f.pool)->id;
    uint64_t watching = wait_to_supervise(f.boss, supervisor, false);
    close_pool(f.ada, f.pool);
    assert_true(unanswered(f.boss, watching));

    assert_status(finish(worker, f.pool, id, ""), HF_OK);

    assert_true(peer_reply(f.boss, watching)->supervision->finished);
}

static void it_ends_with_the_submitter_it_is_there_for(void **state) {
    (void)state;
    for (int how = 0; how < 3; how++) {
        struct pool_fixture f = pool_fixture_new(world_new());
        uint64_t supervisor = ask(f.boss, REQUEST(0, supervisor_open, .pool = f.pool,
                                                  .has_submitter = true, .submitter = f.submitter))
                                  ->object->id;
        uint64_t watching = wait_to_supervise(f.boss, supervisor, false);

        if (how == 0) {
            peer_leave(f.ada);
        } else {
            assert_status(how == 1 ? ask(f.ada, REQUEST(f.submitter, submitter_close))
                                   : ask(f.ada, REQUEST(f.submitter, object_delete)),
                          HF_OK);
        }

        assert_status(peer_reply(f.boss, watching), HF_CLOSED);
        assert_status(ask(f.boss, REQUEST(supervisor, supervisor_wait)), HF_CLOSED);
        world_free(f.world);
    }
}

/* ---- report ---- */

static void a_report_may_come_before_the_end_of_the_session(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 7);
    submit(f.ada, f.submitter, 1);
    uint64_t id = take(worker, f.pool)->id;

    report_exit(f.boss, supervisor, 7, 3);

    const Hf__Result *result = collect_one(f.ada, f.submitter, 1, HF_WORKER_LOST);
    assert_true(result->has_exit_code);
    assert_int_equal(result->exit_code, 3);
    assert_false(result->has_signal);
    assert_non_null(strstr(result->detail, "ended with exit code 3"));
    assert_int_equal(look(f.ada, f.pool)->worker_count, 0);
    assert_status(finish(worker, f.pool, id, ""), HF_NOT_HELD);
    peer_leave(worker);
    assert_nothing(f.ada, f.submitter);
}

static void a_reported_end_is_neither_told_nor_taken_again(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 7);
    const Hf__Request word = REQUEST(supervisor, supervisor_report, .number = 7);

    assert_truth(ask(f.boss, word), true);

    assert_truth(ask(f.boss, word), false);
    peer_leave(worker);
    assert_truth(ask(f.boss, word), false);
    assert_status(ask(f.boss, REQUEST(supervisor, supervisor_wait)), HF_TIMEOUT);
}

static void a_task_that_can_be_run_again_waits_for_no_report(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    submit_task(f.ada, f.submitter, task_again(1, 1));
    submit(f.ada, f.submitter, 2);
    (void)take(worker, f.pool);
    (void)take(worker, f.pool);

    peer_leave(worker);

    assert_int_equal(look(f.ada, f.pool)->queued, 1);
    assert_int_equal(look(f.ada, f.pool)->running, 1);
    assert_nothing(f.ada, f.submitter);
    report_signal(f.boss, supervisor, 1, 11);
    (void)collect_one(f.ada, f.submitter, 2, HF_WORKER_LOST);
}

static void a_report_of_no_worker_changes_nothing(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    (void)join_worker_for(&f, supervisor, 1);

    assert_truth(ask(f.boss, REQUEST(supervisor, supervisor_report, .number = 2)), false);

    assert_int_equal(look(f.ada, f.pool)->worker_count, 1);
}

static void
a_task_that_waits_for_a_word_still_has_its_time_limit_and_can_be_cancelled(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    submit_task(f.ada, f.submitter, task_limited(1, 50));
    submit(f.ada, f.submitter, 2);
    (void)take(worker, f.pool);
    (void)take(worker, f.pool);
    peer_leave(worker);
    assert_count(
        ask(f.ada, REQUEST(f.submitter, submitter_cancel, .n_tags = 1, .tags = &(uint64_t){2})), 1);

    world_pass(f.world, 50);

    (void)collect_one(f.ada, f.submitter, 1, HF_TIME_LIMIT);
    report_signal(f.boss, supervisor, 1, 9);
    (void)collect_one(f.ada, f.submitter, 2, HF_CANCELLED);
}

static void a_worker_killed_at_its_limit_has_run_too_long(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    Hf__Submission limited = task_limited(1, 50);
    limited.has_retries = true;
    limited.retries = 3;
    submit_task(f.ada, f.submitter, limited);
    (void)take(worker, f.pool);

    world_pass(f.world, 50);
    peer_leave(worker);
    report_signal(f.boss, supervisor, 1, 9);

    (void)collect_one(f.ada, f.submitter, 1, HF_TIME_LIMIT);
    assert_int_equal(look(f.ada, f.pool)->retried, 0);
}

static void without_a_supervisor_the_last_lost_tasks_end_unreported(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    submit(f.ada, f.submitter, 1);
    (void)take(worker, f.pool);
    close_pool(f.ada, f.pool);
    peer_leave(worker);

    peer_leave(f.boss);

    const Hf__Result *result = collect_one(f.ada, f.submitter, 1, HF_WORKER_LOST);
    assert_non_null(strstr(result->detail, "died"));
    assert_status(ask(f.ada, REQUEST(f.pool, pool_join)), HF_OK);
}

/* ---- pools that nobody works for any more ---- */

static void a_pool_is_abandoned_when_the_last_supervisor_and_worker_are_gone(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    submit(f.ada, f.submitter, 1);
    peer_leave(f.boss);
    assert_nothing(f.ada, f.submitter);
    run_one(worker, f.pool); /* it is nobody's, and works on */
    (void)collect_one(f.ada, f.submitter, 1, HF_OK);
    submit(f.ada, f.submitter, 2);

    peer_leave(worker);

    const Hf__Result *result = collect_one(f.ada, f.submitter, 2, HF_WORKER_LOST);
    assert_non_null(strstr(result->detail, "supervisor"));
    assert_status(ask_task(f.ada, f.submitter, task(3)), HF_CLOSED);
}

static void a_task_that_would_be_run_again_ends_with_an_abandoned_pool(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);
    struct peer *worker = join_worker_for(&f, supervisor, 1);
    submit_task(f.ada, f.submitter, task_again(1, 9));
    (void)take(worker, f.pool);
    peer_leave(f.boss);

    peer_leave(worker);

    (void)collect_one(f.ada, f.submitter, 1, HF_WORKER_LOST);
}

static void a_submit_that_waits_for_room_ends_with_an_abandoned_pool(void **state) {
    struct pool_fixture f = pool_fixture_of(*state, 1, 0);
    (void)open_supervisor(f.boss, f.pool);
    submit(f.ada, f.submitter, 1);
    uint64_t second = send_task(f.ada, f.submitter, task(2), -1);

    peer_leave(f.boss);

    assert_status(peer_reply(f.ada, second), HF_CLOSED);
    (void)collect_one(f.ada, f.submitter, 1, HF_WORKER_LOST);
}

static void a_supervisor_or_a_worker_brings_an_abandoned_pool_back(void **state) {
    (void)state;
    for (int by_hand = 0; by_hand < 2; by_hand++) {
        struct pool_fixture f = pool_fixture_new(world_new());
        (void)open_supervisor(f.boss, f.pool);
        peer_leave(f.boss);
        assert_status(ask_task(f.ada, f.submitter, task(1)), HF_CLOSED);
        struct peer *next = world_join(f.world, "next");

        if (by_hand) {
            assert_status(enlist(next, f.pool), HF_OK);
        } else {
            (void)open_supervisor(next, f.pool);
        }

        submit(f.ada, f.submitter, 1);
        world_free(f.world);
    }
}

static void a_pool_that_never_had_a_supervisor_waits_for_workers(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    peer_leave(worker);

    submit(f.ada, f.submitter, 1);

    assert_nothing(f.ada, f.submitter);
    run_one(join_worker(f.world, "next", f.pool), f.pool);
    (void)collect_one(f.ada, f.submitter, 1, HF_OK);
}

static void it_is_described(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t supervisor = open_supervisor(f.boss, f.pool);

    const Hf__Reply *reply = ask(f.boss, REQUEST(supervisor, object_describe));
    assert_non_null(strstr(reply->description->options, "of pool #"));

    assert_status(ask(f.ada, REQUEST(f.pool, object_delete)), HF_OK);
    reply = ask(f.boss, REQUEST(supervisor, object_describe));
    assert_string_equal(reply->description->options, "of a pool that is gone");
    report_signal(f.boss, supervisor, 1, 9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_opened_for_a_pool_and_perhaps_a_submitter_of_it),
        cmocka_unit_test(it_grows_when_more_tasks_wait_than_workers_are_idle),
        cmocka_unit_test(a_backlog_concerns_only_who_would_grow),
        cmocka_unit_test(a_worker_that_takes_several_tasks_ends_a_backlog),
        cmocka_unit_test(a_worker_that_has_gone_is_told_once),
        cmocka_unit_test(it_is_told_when_a_closed_pool_has_nothing_left_to_run),
        cmocka_unit_test(it_ends_with_the_submitter_it_is_there_for),
        cmocka_unit_test(a_report_may_come_before_the_end_of_the_session),
        cmocka_unit_test(a_reported_end_is_neither_told_nor_taken_again),
        cmocka_unit_test(a_task_that_can_be_run_again_waits_for_no_report),
        cmocka_unit_test(a_report_of_no_worker_changes_nothing),
        cmocka_unit_test(
            a_task_that_waits_for_a_word_still_has_its_time_limit_and_can_be_cancelled),
        cmocka_unit_test(a_worker_killed_at_its_limit_has_run_too_long),
        cmocka_unit_test(without_a_supervisor_the_last_lost_tasks_end_unreported),
        cmocka_unit_test(a_pool_is_abandoned_when_the_last_supervisor_and_worker_are_gone),
        cmocka_unit_test(a_task_that_would_be_run_again_ends_with_an_abandoned_pool),
        cmocka_unit_test(a_submit_that_waits_for_room_ends_with_an_abandoned_pool),
        cmocka_unit_test(a_supervisor_or_a_worker_brings_an_abandoned_pool_back),
        cmocka_unit_test(a_pool_that_never_had_a_supervisor_waits_for_workers),
        cmocka_unit_test(it_is_described),
    };
    return WORLD_MAIN(tests);
}
