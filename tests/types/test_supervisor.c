/* SPDX-License-Identifier: MIT
 *
 * supervisor: what it is told of its pool, what it tells of its workers, and what becomes of a pool
 * that has none any more.
 */
#include "pools.h"

#include <string.h>

/* ---- open ---- */

static void it_is_opened_for_a_pool_and_perhaps_a_submitter_of_it(void **state) {
    struct crew c = crew_new(*state);
    uint64_t other = ask(c.ada, REQUEST(0, pool_open))->object->id;
    uint64_t stranger = open_submitter(c.ada, other);

    assert_status(ask(c.boss, REQUEST(0, supervisor_open, .pool = 12345)), HF_NO_OBJECT);
    assert_status(ask(c.boss, REQUEST(0, supervisor_open, .pool = c.submitter)), HF_NO_OBJECT);
    assert_status(ask(c.boss, REQUEST(0, supervisor_open, .pool = c.pool, .has_submitter = true,
                                      .submitter = stranger)),
                  HF_NO_OBJECT);
    assert_status(ask(c.boss, REQUEST(0, supervisor_open, .pool = c.pool, .has_submitter = true,
                                      .submitter = c.submitter)),
                  HF_OK);
    assert_int_equal(look(c.ada, c.pool)->supervisors, 1);
    close_pool(c.ada, c.pool);
    assert_status(ask(c.boss, REQUEST(0, supervisor_open, .pool = c.pool)), HF_CLOSED);
}

/* ---- wait ---- */

static void it_grows_when_more_tasks_wait_than_workers_are_idle(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 1);
    (void)join_worker_for(&c, supervisor, 2);
    uint64_t growing = wait_to_supervise(c.boss, supervisor, true);
    submit(c.ada, c.submitter, 1);
    submit(c.ada, c.submitter, 2);
    assert_true(unanswered(c.boss, growing)); /* two are idle */
    (void)take(worker, c.pool);
    assert_true(unanswered(c.boss, growing)); /* one is, one waits */

    submit(c.ada, c.submitter, 3);

    const Hf__Supervision *told = peer_reply(c.boss, growing)->supervision;
    assert_int_equal(told->queued, 2);
    assert_int_equal(told->idle, 1);
    assert_int_equal(told->n_gone, 0);
    assert_false(told->finished);
}

static void a_backlog_concerns_only_who_would_grow(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    submit(c.ada, c.submitter, 1);

    assert_status(ask(c.boss, REQUEST(supervisor, supervisor_wait)), HF_TIMEOUT);
    assert_int_equal(supervise(c.boss, supervisor, true)->queued, 1);
}

static void a_worker_that_takes_several_tasks_ends_a_backlog(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 1);
    submit(c.ada, c.submitter, 1);
    submit(c.ada, c.submitter, 2);
    assert_int_equal(supervise(c.boss, supervisor, true)->queued, 2);

    (void)take(worker, c.pool);
    (void)take(worker, c.pool);

    uint64_t growing = wait_to_supervise(c.boss, supervisor, true);
    assert_true(unanswered(c.boss, growing));
    submit(c.ada, c.submitter, 3);
    assert_int_equal(peer_reply(c.boss, growing)->supervision->queued, 1);
}

static void a_worker_that_has_gone_is_told_once(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 1);
    struct peer *other = join_worker(c.world, "by hand", c.pool);
    uint64_t watching = wait_to_supervise(c.boss, supervisor, false);

    peer_leave(other);
    assert_true(unanswered(c.boss, watching));
    peer_leave(worker);

    assert_int_equal(peer_reply(c.boss, watching)->supervision->n_gone, 1);
    assert_status(ask(c.boss, REQUEST(supervisor, supervisor_wait)), HF_TIMEOUT);
}

static void it_is_told_when_a_closed_pool_has_nothing_left_to_run(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 1);
    submit(c.ada, c.submitter, 1);
    uint64_t id = take(worker, c.pool)->id;
    uint64_t watching = wait_to_supervise(c.boss, supervisor, false);
    close_pool(c.ada, c.pool);
    assert_true(unanswered(c.boss, watching));

    assert_status(finish(worker, c.pool, id, ""), HF_OK);

    assert_true(peer_reply(c.boss, watching)->supervision->finished);
}

static void it_ends_with_the_submitter_it_is_there_for(void **state) {
    (void)state;
    for (int how = 0; how < 3; how++) {
        struct crew c = crew_new(world_new());
        uint64_t supervisor = ask(c.boss, REQUEST(0, supervisor_open, .pool = c.pool,
                                                  .has_submitter = true, .submitter = c.submitter))
                                  ->object->id;
        uint64_t watching = wait_to_supervise(c.boss, supervisor, false);

        if (how == 0) {
            peer_leave(c.ada);
        } else {
            assert_status(how == 1 ? ask(c.ada, REQUEST(c.submitter, submitter_close))
                                   : ask(c.ada, REQUEST(c.submitter, object_delete)),
                          HF_OK);
        }

        assert_status(peer_reply(c.boss, watching), HF_CLOSED);
        assert_status(ask(c.boss, REQUEST(supervisor, supervisor_wait)), HF_CLOSED);
        world_free(c.world);
    }
}

/* ---- report ---- */

static void a_report_may_come_before_the_end_of_the_session(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 7);
    submit(c.ada, c.submitter, 1);
    uint64_t id = take(worker, c.pool)->id;

    report_exit(c.boss, supervisor, 7, 3);

    const Hf__Result *result = collect_one(c.ada, c.submitter, 1, HF_WORKER_LOST);
    assert_true(result->has_exit_code);
    assert_int_equal(result->exit_code, 3);
    assert_false(result->has_signal);
    assert_non_null(strstr(result->detail, "ended with exit code 3"));
    assert_int_equal(look(c.ada, c.pool)->worker_count, 0);
    assert_status(finish(worker, c.pool, id, ""), HF_NOT_HELD);
    peer_leave(worker);
    assert_nothing(c.ada, c.submitter);
}

static void a_reported_end_is_neither_told_nor_taken_again(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 7);
    const Hf__Request word = REQUEST(supervisor, supervisor_report, .number = 7);

    assert_truth(ask(c.boss, word), true);

    assert_truth(ask(c.boss, word), false);
    peer_leave(worker);
    assert_truth(ask(c.boss, word), false);
    assert_status(ask(c.boss, REQUEST(supervisor, supervisor_wait)), HF_TIMEOUT);
}

static void a_task_that_can_be_run_again_waits_for_no_report(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 1);
    submit_task(c.ada, c.submitter, task_again(1, 1));
    submit(c.ada, c.submitter, 2);
    (void)take(worker, c.pool);
    (void)take(worker, c.pool);

    peer_leave(worker);

    assert_int_equal(look(c.ada, c.pool)->queued, 1);
    assert_int_equal(look(c.ada, c.pool)->running, 1);
    assert_nothing(c.ada, c.submitter);
    report_signal(c.boss, supervisor, 1, 11);
    (void)collect_one(c.ada, c.submitter, 2, HF_WORKER_LOST);
}

static void a_report_of_no_worker_changes_nothing(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    (void)join_worker_for(&c, supervisor, 1);

    assert_truth(ask(c.boss, REQUEST(supervisor, supervisor_report, .number = 2)), false);

    assert_int_equal(look(c.ada, c.pool)->worker_count, 1);
}

static void
a_task_that_waits_for_a_word_still_has_its_time_limit_and_can_be_cancelled(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 1);
    submit_task(c.ada, c.submitter, task_limited(1, 50));
    submit(c.ada, c.submitter, 2);
    (void)take(worker, c.pool);
    (void)take(worker, c.pool);
    peer_leave(worker);
    assert_count(
        ask(c.ada, REQUEST(c.submitter, submitter_cancel, .n_tags = 1, .tags = &(uint64_t){2})), 1);

    world_pass(c.world, 50);

    (void)collect_one(c.ada, c.submitter, 1, HF_TIME_LIMIT);
    report_signal(c.boss, supervisor, 1, 9);
    (void)collect_one(c.ada, c.submitter, 2, HF_CANCELLED);
}

static void a_worker_killed_at_its_limit_has_run_too_long(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 1);
    Hf__Submission limited = task_limited(1, 50);
    limited.has_retries = true;
    limited.retries = 3;
    submit_task(c.ada, c.submitter, limited);
    (void)take(worker, c.pool);

    world_pass(c.world, 50);
    peer_leave(worker);
    report_signal(c.boss, supervisor, 1, 9);

    (void)collect_one(c.ada, c.submitter, 1, HF_TIME_LIMIT);
    assert_int_equal(look(c.ada, c.pool)->retried, 0);
}

static void without_a_supervisor_the_last_lost_tasks_end_unreported(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 1);
    submit(c.ada, c.submitter, 1);
    (void)take(worker, c.pool);
    close_pool(c.ada, c.pool);
    peer_leave(worker);

    peer_leave(c.boss);

    const Hf__Result *result = collect_one(c.ada, c.submitter, 1, HF_WORKER_LOST);
    assert_non_null(strstr(result->detail, "died"));
    assert_status(ask(c.ada, REQUEST(c.pool, pool_join)), HF_OK);
}

/* ---- pools that nobody works for any more ---- */

static void a_pool_is_abandoned_when_the_last_supervisor_and_worker_are_gone(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 1);
    submit(c.ada, c.submitter, 1);
    peer_leave(c.boss);
    assert_nothing(c.ada, c.submitter);
    run_one(worker, c.pool); /* it is nobody's, and works on */
    (void)collect_one(c.ada, c.submitter, 1, HF_OK);
    submit(c.ada, c.submitter, 2);

    peer_leave(worker);

    const Hf__Result *result = collect_one(c.ada, c.submitter, 2, HF_WORKER_LOST);
    assert_non_null(strstr(result->detail, "supervisor"));
    assert_status(ask_task(c.ada, c.submitter, task(3)), HF_CLOSED);
}

static void a_task_that_would_be_run_again_ends_with_an_abandoned_pool(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);
    struct peer *worker = join_worker_for(&c, supervisor, 1);
    submit_task(c.ada, c.submitter, task_again(1, 9));
    (void)take(worker, c.pool);
    peer_leave(c.boss);

    peer_leave(worker);

    (void)collect_one(c.ada, c.submitter, 1, HF_WORKER_LOST);
}

static void a_submit_that_waits_for_room_ends_with_an_abandoned_pool(void **state) {
    struct crew c = crew_of(*state, 1, 0);
    (void)open_supervisor(c.boss, c.pool);
    submit(c.ada, c.submitter, 1);
    uint64_t second = send_task(c.ada, c.submitter, task(2), -1);

    peer_leave(c.boss);

    assert_status(peer_reply(c.ada, second), HF_CLOSED);
    (void)collect_one(c.ada, c.submitter, 1, HF_WORKER_LOST);
}

static void a_supervisor_or_a_worker_brings_an_abandoned_pool_back(void **state) {
    (void)state;
    for (int by_hand = 0; by_hand < 2; by_hand++) {
        struct crew c = crew_new(world_new());
        (void)open_supervisor(c.boss, c.pool);
        peer_leave(c.boss);
        assert_status(ask_task(c.ada, c.submitter, task(1)), HF_CLOSED);
        struct peer *next = world_join(c.world, "next");

        if (by_hand) {
            assert_status(enlist(next, c.pool), HF_OK);
        } else {
            (void)open_supervisor(next, c.pool);
        }

        submit(c.ada, c.submitter, 1);
        world_free(c.world);
    }
}

static void a_pool_that_never_had_a_supervisor_waits_for_workers(void **state) {
    struct crew c = crew_new(*state);
    struct peer *worker = join_worker(c.world, "worker", c.pool);
    peer_leave(worker);

    submit(c.ada, c.submitter, 1);

    assert_nothing(c.ada, c.submitter);
    run_one(join_worker(c.world, "next", c.pool), c.pool);
    (void)collect_one(c.ada, c.submitter, 1, HF_OK);
}

static void it_is_described(void **state) {
    struct crew c = crew_new(*state);
    uint64_t supervisor = open_supervisor(c.boss, c.pool);

    const Hf__Reply *reply = ask(c.boss, REQUEST(supervisor, object_describe));
    assert_non_null(strstr(reply->description->options, "of pool #"));

    assert_status(ask(c.ada, REQUEST(c.pool, object_delete)), HF_OK);
    reply = ask(c.boss, REQUEST(supervisor, object_describe));
    assert_string_equal(reply->description->options, "of a pool that is gone");
    report_signal(c.boss, supervisor, 1, 9);
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
