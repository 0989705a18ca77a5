/* SPDX-License-Identifier: MIT
 *
 * submitter: accepted and refused tasks, waiting for room, and the collection of results.
 */
#include "pools.h"

#include "wire_limits.h"

#include <string.h>

/* ---- open ---- */

static void it_is_opened_for_a_pool_that_is_open(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);

    assert_status(ask(f.ada, REQUEST(0, submitter_open, .pool = f.pool + 99)), HF_NO_OBJECT);
    assert_status(ask(f.ada, REQUEST(0, submitter_open, .pool = f.submitter)), HF_NO_OBJECT);
    assert_int_equal(look(f.ada, f.pool)->submitters, 1);
    close_pool(f.ada, f.pool);
    assert_status(ask(f.ada, REQUEST(0, submitter_open, .pool = f.pool)), HF_CLOSED);
}

/* ---- submit ---- */

static void tasks_that_can_never_be_run_are_refused(void **state) {
    struct pool_fixture f = pool_fixture_of(*state, 0, 20);
    static char name[HF_FUNCTION_MAX_BYTES + 2];
    memset(name, 'n', sizeof name - 1);
    Hf__Submission wrong = task(1);

    wrong.function = name_of("");
    assert_status(ask_task(f.ada, f.submitter, wrong), HF_INVALID);
    wrong.function = name;
    assert_status(ask_task(f.ada, f.submitter, wrong), HF_INVALID);
    assert_status(ask_task(f.ada, f.submitter, task_ranked(1, HF_PRIORITY_MAX + 1)), HF_INVALID);
    assert_status(ask_task(f.ada, f.submitter, task_ranked(1, -HF_PRIORITY_MAX - 1)), HF_INVALID);
    wrong = task(1);
    wrong.calls = bytes_of("of 20 bytes, with f.");
    assert_status(ask_task(f.ada, f.submitter, wrong), HF_TOO_BIG);
    assert_int_equal(look(f.ada, f.pool)->queued, 0);
    wrong.calls = bytes_of("of 19 bytes, with f");
    submit_task(f.ada, f.submitter, wrong);
}

static void the_longest_name_and_the_extreme_priorities_are_taken(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    static char name[HF_FUNCTION_MAX_BYTES + 1];
    memset(name, 'n', sizeof name - 1);
    Hf__Submission longest = task_ranked(1, -HF_PRIORITY_MAX);
    longest.function = name;

    submit_task(f.ada, f.submitter, longest);
    submit_task(f.ada, f.submitter, task_ranked(2, HF_PRIORITY_MAX));

    assert_string_equal(take(worker, f.pool)->function, "f");
    assert_string_equal(take(worker, f.pool)->function, name);
}

static void a_tag_is_in_use_until_its_result_is_collected(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    assert_status(ask_task(f.ada, f.submitter, task(1)), HF_VALUE_ERROR);
    uint64_t id = take(worker, f.pool)->id;
    assert_status(ask_task(f.ada, f.submitter, task(1)), HF_VALUE_ERROR);
    assert_status(finish(worker, f.pool, id, ""), HF_OK);
    assert_status(ask_task(f.ada, f.submitter, task(1)), HF_VALUE_ERROR);

    (void)collect_one(f.ada, f.submitter, 1, HF_OK);

    submit(f.ada, f.submitter, 1);
}

static void tags_are_a_submitters_own(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    uint64_t other = open_submitter(f.boss, f.pool);

    submit(f.ada, f.submitter, 1);
    submit(f.boss, other, 1);

    assert_int_equal(look(f.ada, f.pool)->queued, 2);
}

static void so_many_are_submitted_at_once_and_no_more(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    static Hf__Submission tasks[HF_SUBMISSIONS_MAX + 1];
    for (size_t i = 0; i <= HF_SUBMISSIONS_MAX; i++) {
        tasks[i] = task(i);
    }

    assert_status(ask_tasks(f.ada, f.submitter, tasks, HF_SUBMISSIONS_MAX + 1), HF_INVALID);
    assert_count(ask_tasks(f.ada, f.submitter, tasks, HF_SUBMISSIONS_MAX), HF_SUBMISSIONS_MAX);
    assert_count(ask_tasks(f.ada, f.submitter, tasks, 0), 0);
    assert_int_equal(look(f.ada, f.pool)->queued, HF_SUBMISSIONS_MAX);
}

static void as_many_are_taken_as_there_is_room_for(void **state) {
    struct pool_fixture f = pool_fixture_of(*state, 2, 0);
    Hf__Submission tasks[] = {task(1), task(2), task(3)};

    assert_count(ask_tasks(f.ada, f.submitter, tasks, 3), 2);
    assert_status(ask_tasks(f.ada, f.submitter, tasks + 2, 1), HF_TIMEOUT);
    assert_int_equal(look(f.ada, f.pool)->queued, 2);
}

static void tasks_behind_a_bad_one_are_not_taken(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    Hf__Submission tasks[] = {task(1), task(1), task(2)};

    assert_count(ask_tasks(f.ada, f.submitter, tasks, 3), 1);
    assert_status(ask_tasks(f.ada, f.submitter, tasks + 1, 2), HF_VALUE_ERROR);
    assert_int_equal(look(f.ada, f.pool)->queued, 1);
}

static void bytes_are_counted_while_tasks_are_queued(void **state) {
    struct pool_fixture f = pool_fixture_of(*state, 0, 12); /* two of "f" and "calls" */
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit_task(f.ada, f.submitter, task_again(1, 1));
    submit(f.ada, f.submitter, 2);
    assert_status(ask_task(f.ada, f.submitter, task(3)), HF_TIMEOUT);

    (void)take(worker, f.pool);

    submit(f.ada, f.submitter, 3);
    assert_status(ask_task(f.ada, f.submitter, task(4)), HF_TIMEOUT);
    assert_count(
        ask(f.ada, REQUEST(f.submitter, submitter_cancel, .n_tags = 1, .tags = &(uint64_t){2})), 1);
    submit(f.ada, f.submitter, 4);
    peer_leave(worker); /* the first comes back, which makes one too many */
    assert_int_equal(look(f.ada, f.pool)->queued, 3);
    assert_status(ask_task(f.ada, f.submitter, task(5)), HF_TIMEOUT);
}

static void an_object_holds_so_many_tasks_collected_ones_apart(void **state) {
    struct core_config config = core_defaults();
    config.items_max = 2;
    struct world *world = world_replace(state, &config);
    struct peer *ada = world_join(world, "ada");
    uint64_t pool = open_pool(ada);
    uint64_t submitter = open_submitter(ada, pool);
    struct peer *worker = join_worker(world, "worker", pool);
    Hf__Submission tasks[] = {task(1), task(2), task(3)};
    assert_count(ask_tasks(ada, submitter, tasks, 3), 2);
    assert_status(ask_task(ada, submitter, task(3)), HF_LIMIT);
    run_one(worker, pool);
    assert_status(ask_task(ada, submitter, task(3)), HF_LIMIT);

    (void)collect_one(ada, submitter, 1, HF_OK);

    submit(ada, submitter, 3);
}

/* ---- waiting for room ---- */

static void submitters_wait_in_the_order_in_which_they_came(void **state) {
    struct pool_fixture f = pool_fixture_of(*state, 1, 0);
    uint64_t other = open_submitter(f.boss, f.pool);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    uint64_t first = send_task(f.boss, other, task(1), -1);
    uint64_t second = send_task(f.ada, f.submitter, task(2), -1);

    uint64_t id = take(worker, f.pool)->id;

    assert_count(peer_reply(f.boss, first), 1);
    assert_true(unanswered(f.ada, second));
    assert_status(finish(worker, f.pool, id, ""), HF_OK);
    assert_true(unanswered(f.ada, second)); /* what is finished has made room before */
    (void)take(worker, f.pool);
    assert_count(peer_reply(f.ada, second), 1);
}

static void nobody_overtakes_who_waits_for_room(void **state) {
    struct pool_fixture f = pool_fixture_of(*state, 0, 20);
    Hf__Submission large = task(2);
    large.calls = bytes_of("of 19 bytes, with f");
    submit(f.ada, f.submitter, 1);
    uint64_t first = send_task(f.ada, f.submitter, large, -1);

    assert_status(ask_task(f.ada, f.submitter, task(3)), HF_TIMEOUT); /* it would fit */

    assert_true(unanswered(f.ada, first));
}

static void a_submit_that_waits_for_room_ends_when_the_pool_closes(void **state) {
    struct pool_fixture f = pool_fixture_of(*state, 1, 0);
    submit(f.ada, f.submitter, 1);
    uint64_t first = send_task(f.ada, f.submitter, task(2), -1);
    uint64_t second = send_task(f.ada, f.submitter, task(3), -1);

    close_pool(f.boss, f.pool);

    assert_status(peer_reply(f.ada, first), HF_CLOSED);
    assert_status(peer_reply(f.ada, second), HF_CLOSED);
}

static void a_submit_that_waits_for_room_ends_with_its_submitter(void **state) {
    (void)state;
    for (int deleted = 0; deleted < 2; deleted++) {
        struct pool_fixture f = pool_fixture_of(world_new(), 1, 0);
        uint64_t other = open_submitter(f.boss, f.pool);
        submit(f.ada, f.submitter, 1);
        uint64_t first = send_task(f.ada, f.submitter, task(2), -1);
        uint64_t second = send_task(f.boss, other, task(1), -1);
        uint64_t third = send_task(f.boss, other, task(2), -1);

        assert_status(deleted ? ask(f.boss, REQUEST(other, object_delete))
                              : ask(f.boss, REQUEST(other, submitter_close)),
                      HF_OK);

        assert_status(peer_reply(f.boss, second), deleted ? HF_DELETED : HF_CLOSED);
        assert_status(peer_reply(f.boss, third), deleted ? HF_DELETED : HF_CLOSED);
        assert_true(unanswered(f.ada, first));
        world_free(f.world);
    }
}

static void a_submitter_that_submits_is_not_released(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t pool = opened(ada, REQUEST(0, pool_open, .has_max_tasks = true, .max_tasks = 1));
    uint64_t submitter = open_submitter(ada, pool);
    assert_status(ask(ada, REQUEST(pool, object_release)), HF_OK); /* which the submitter keeps */
    submit(ada, submitter, 1);
    uint64_t second = send_task(ada, submitter, task(2), -1);

    assert_status(ask(ada, REQUEST(submitter, object_release)), HF_INVALID);

    assert_true(unanswered(ada, second));
}

static void one_can_wait_for_room_or_something_else(void **state) {
    struct pool_fixture f = pool_fixture_of(*state, 1, 0);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    uint64_t queue = open_queue(f.ada, "queue", 0);
    submit(f.ada, f.submitter, 1);
    Hf__Submission next = task(2);
    Hf__Submission *tasks[] = {&next};
    Hf__Request *requests[] = {
        &REQUEST(queue, queue_get),
        &REQUEST(f.submitter, submitter_submit, .n_tasks = 1, .tasks = tasks),
        &REQUEST(f.submitter, submitter_collect),
    };
    uint64_t any =
        peer_send(f.ada, waiting(REQUEST(0, wait_any, .n_requests = 3, .requests = requests), -1));
    assert_true(unanswered(f.ada, any));

    (void)take(worker, f.pool);

    const Hf__Reply *reply = peer_reply(f.ada, any);
    assert_status(reply, HF_OK);
    assert_int_equal(reply->first->index, 1);
    assert_count(reply->first->reply, 1);
}

/* ---- collect ---- */

static void results_come_in_the_order_of_their_ends(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    for (uint64_t tag = 1; tag <= 3; tag++) {
        submit(f.ada, f.submitter, tag);
    }
    uint64_t first = take(worker, f.pool)->id;
    uint64_t second = take(worker, f.pool)->id;
    assert_status(finish(worker, f.pool, second, "second"), HF_OK);
    assert_count(
        ask(f.ada, REQUEST(f.submitter, submitter_cancel, .n_tags = 1, .tags = &(uint64_t){3})), 1);
    assert_status(finish(worker, f.pool, first, "first"), HF_OK);

    const Hf__Reply *reply =
        ask(f.ada, REQUEST(f.submitter, submitter_collect, .has_limit = true, .limit = 2));

    assert_int_equal(reply->collected->n_results, 2);
    assert_int_equal(reply->collected->results[0]->tag, 2);
    assert_int_equal(reply->collected->results[1]->tag, 3);
    (void)collect_one(f.ada, f.submitter, 1, HF_OK);
}

static void each_result_goes_to_one_of_those_who_collect(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    uint64_t adas = peer_send(f.ada, waiting(REQUEST(f.submitter, submitter_collect), -1));
    uint64_t bosss = peer_send(f.boss, waiting(REQUEST(f.submitter, submitter_collect), -1));

    run_one(worker, f.pool);

    assert_status(peer_reply(f.ada, adas), HF_OK);
    assert_true(unanswered(f.boss, bosss));
}

static void results_without_outcomes_or_with_another_status_come_as_they_are(void **state) {
    struct pool_fixture f = pool_fixture_new(*state);
    struct peer *worker = join_worker(f.world, "worker", f.pool);
    submit(f.ada, f.submitter, 1);
    submit(f.ada, f.submitter, 2);
    assert_status(ask(worker, REQUEST(f.pool, pool_finish, .task = take(worker, f.pool)->id)),
                  HF_OK);
    assert_status(
        ask(worker, REQUEST(f.pool, pool_finish, .task = take(worker, f.pool)->id,
                            .has_status = true, .status = HF__STATUS__TOO_BIG,
                            .detail = name_of("17 MiB"), .has_failed = true, .failed = true)),
        HF_OK);

    const Hf__Collected *collected = collect(f.ada, f.submitter, 2);

    assert_int_equal(collected->results[0]->status, HF_OK);
    assert_true(collected->results[0]->has_outcomes);
    assert_int_equal(collected->results[0]->outcomes.len, 0);
    assert_int_equal(collected->results[1]->status, HF_TOO_BIG);
    assert_string_equal(collected->results[1]->detail, "17 MiB");
    assert_false(collected->results[1]->has_outcomes);
    assert_int_equal(look(f.ada, f.pool)->done, 2);
    assert_int_equal(look(f.ada, f.pool)->failed, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_opened_for_a_pool_that_is_open),
        cmocka_unit_test(tasks_that_can_never_be_run_are_refused),
        cmocka_unit_test(the_longest_name_and_the_extreme_priorities_are_taken),
        cmocka_unit_test(a_tag_is_in_use_until_its_result_is_collected),
        cmocka_unit_test(tags_are_a_submitters_own),
        cmocka_unit_test(so_many_are_submitted_at_once_and_no_more),
        cmocka_unit_test(as_many_are_taken_as_there_is_room_for),
        cmocka_unit_test(tasks_behind_a_bad_one_are_not_taken),
        cmocka_unit_test(bytes_are_counted_while_tasks_are_queued),
        cmocka_unit_test(an_object_holds_so_many_tasks_collected_ones_apart),
        cmocka_unit_test(submitters_wait_in_the_order_in_which_they_came),
        cmocka_unit_test(nobody_overtakes_who_waits_for_room),
        cmocka_unit_test(a_submit_that_waits_for_room_ends_when_the_pool_closes),
        cmocka_unit_test(a_submit_that_waits_for_room_ends_with_its_submitter),
        cmocka_unit_test(a_submitter_that_submits_is_not_released),
        cmocka_unit_test(one_can_wait_for_room_or_something_else),
        cmocka_unit_test(results_come_in_the_order_of_their_ends),
        cmocka_unit_test(each_result_goes_to_one_of_those_who_collect),
        cmocka_unit_test(results_without_outcomes_or_with_another_status_come_as_they_are),
    };
    return WORLD_MAIN(tests);
}
