/* SPDX-License-Identifier: MIT
 *
 * The handle of a pool, from its opening to its end, also if others end it: no call is left
 * waiting. Against a real manager, with workers that the tests have forked.
 */
#include "pooling.h"

#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

static void await_queued(hf_pool *pool, uint64_t count) {
    while (state_of(pool).queued != count) {
        (void)sched_yield();
    }
}

/* ---- open, state ---- */

static void open_goes_by_its_mode(void **state) {
    hf_pool *pool = NULL;
    hf_pool *again = NULL;
    hf_pool_options must_exist = HF_POOL_OPTIONS;
    hf_pool_options must_create = HF_POOL_OPTIONS;
    hf_pool_options bounded = HF_POOL_OPTIONS;
    (void)state;
    must_exist.mode = HF_MUST_EXIST;
    must_create.mode = HF_MUST_CREATE;
    bounded.max_tasks = 5;
    (void)open_lock("a lock", NULL);

    assert_int_equal(hf_pool_open(client, "modes", &must_exist, &pool), HF_NO_OBJECT);
    assert_string_not_equal(hf_last_detail(), "");
    assert_int_equal(hf_pool_open(client, "a lock", NULL, &pool), HF_WRONG_TYPE);
    assert_int_equal(hf_pool_open(NULL, "modes", NULL, &pool), HF_INVALID);
    assert_ok(hf_pool_open(client, "modes", &must_create, &pool));
    assert_int_equal(hf_pool_open(client, "modes", &must_create, &again), HF_EXISTS);
    assert_int_equal(hf_pool_open(client, "modes", &bounded, &again), HF_WRONG_TYPE);
    assert_null(again);
    assert_ok(hf_pool_open(client, "modes", &must_exist, &again));
    assert_int_equal(hf_pool_object(again).id, hf_pool_object(pool).id);

    assert_int_equal(state_of(pool).submitters, 2);
    hf_pool_free(again);
    assert_ok(hf_object_delete(hf_pool_object(pool)));
    hf_pool_free(pool);
    hf_pool_free(NULL);
}

static void an_unnamed_pool_is_its_handles_alone(void **state) {
    hf_pool *pool = NULL;
    hf_description description;
    (void)state;

    assert_ok(hf_pool_open(client, NULL, NULL, &pool));

    assert_ok(hf_object_describe(hf_pool_object(pool), &description));
    assert_null(description.name);
    assert_int_equal(description.type, HF_TYPE_POOL);
    hf_description_clear(&description);
    hf_pool_free(pool);
}

static void the_state_tells_what_workers_do(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_event event = open_event("state");
    hf_pool_state now = {.len = 0};
    hf_result *result = begin_one(forked->pool, "gate", hf_any_string("state"));
    hf_result *behind = begin_one(forked->pool, "square", hf_any_int(3));
    while (state_of(forked->pool).running == 0) {
        (void)sched_yield();
    }

    await_queued(forked->pool, 1);
    assert_ok(hf_pool_state_get(forked->pool, &now));
    assert_int_equal(now.running, 1);
    assert_int_equal(now.worker_count, 1);
    assert_int_equal(now.submitters, 1);
    assert_int_equal(now.supervisors, 0);
    assert_false(now.closed);
    assert_int_equal(now.len, 1);
    assert_int_equal(now.workers[0].pid, forked->workers[0]);
    assert_string_equal(now.workers[0].function, "gate");
    assert_int_equal(now.workers[0].submitter_pid, getpid());
    assert_int_equal(now.workers[0].run, 1);
    hf_pool_state_clear(&now);
    hf_pool_state_clear(&now);

    assert_ok(hf_event_set(event));
    finish_with(result, hf_any_null());
    finish_with(behind, hf_any_int(9));
}

/* ---- close, join, terminate ---- */

static void a_closed_pool_runs_what_it_has_and_nothing_more(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 0, NULL);
    hf_pool *again = NULL;
    hf_results *results = NULL;
    const hf_any two = hf_any_int(2);
    hf_any_array values = {NULL, 0};
    hf_result *result = begin_one(forked->pool, "square", two);

    assert_int_equal(hf_pool_join(forked->pool, -1), HF_VALUE_ERROR);
    assert_ok(hf_pool_close(forked->pool));
    assert_ok(hf_pool_close(forked->pool));

    assert_int_equal(hf_pool_apply_async(forked->pool, "square", &two, 1, NULL, NULL), HF_CLOSED);
    assert_string_not_equal(hf_last_detail(), "");
    assert_int_equal(hf_pool_map(forked->pool, "square", &two, 1, NULL, -1, &values), HF_CLOSED);
    assert_int_equal(hf_pool_map(forked->pool, "square", NULL, 0, NULL, -1, &values), HF_CLOSED);
    assert_int_equal(hf_pool_imap(forked->pool, "square", &two, 1, NULL, &results), HF_CLOSED);
    assert_int_equal(hf_pool_open(client, forked->name, NULL, &again), HF_CLOSED);
    assert_true(state_of(forked->pool).closed);
    assert_int_equal(hf_pool_join(forked->pool, 1), HF_TIMEOUT);
    (void)start_worker(forked);
    assert_ok(hf_pool_join(forked->pool, -1));
    finish_with(result, hf_any_int(4));
}

static void a_pool_that_others_have_closed_takes_nothing_more(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 0, NULL);
    hf_pool *other = NULL;
    assert_ok(hf_pool_open(client, forked->name, NULL, &other));

    assert_ok(hf_pool_close(other));

    finish_failed(begin_one(forked->pool, "square", hf_any_int(2)), HF_CLOSED);
    hf_pool_free(other);
}

static void to_terminate_a_pool_cancels_all_its_tasks(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_any items[3000] = {{.kind = HF_ANY_NULL}};
    hf_results *results = NULL;
    hf_result *running = begin_one(forked->pool, "report", hf_any_int(1));
    while (state_of(forked->pool).running == 0) {
        (void)sched_yield();
    }
    hf_result *waiting = begin_one(forked->pool, "square", hf_any_int(2));
    assert_ok(hf_pool_imap(forked->pool, "echo", items, 3000, NULL, &results));

    assert_ok(hf_pool_terminate(forked->pool));

    finish_failed(running, HF_CANCELLED);
    finish_failed(waiting, HF_CANCELLED);
    for (size_t i = 0; i < 3000; i++) {
        assert_int_equal(hf_results_next(results, -1, NULL, NULL), HF_CANCELLED);
    }
    assert_int_equal(hf_results_next(results, -1, NULL, NULL), HF_INDEX_ERROR);
    hf_results_free(results);
}

/* ---- free ---- */

static void results_of_a_freed_pool_are_cancelled(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 0, NULL);
    hf_any items[2000] = {{.kind = HF_ANY_NULL}};
    hf_results *results = NULL;
    hf_result *result = begin_one(forked->pool, "square", hf_any_int(2));
    hf_pool *other = NULL;
    assert_ok(hf_pool_open(client, forked->name, NULL, &other));
    assert_ok(hf_pool_imap(forked->pool, "echo", items, 2000, NULL, &results));

    free_pool(forked);

    assert_ok(hf_result_cancel(result));
    finish_failed(result, HF_CANCELLED);
    for (size_t i = 0; i < 2000; i++) {
        assert_int_equal(hf_results_next(results, -1, NULL, NULL), HF_CANCELLED);
    }
    hf_results_free(results);
    await_queued(other, 0);
    hf_pool_free(other);
    reap_workers(forked);
}

static void detached_tasks_are_run_after_their_submitter_is_gone(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 0, NULL);
    const hf_task_options detached = {.detached = true};
    hf_list list = new_list(0);
    uint64_t len = 0;
    for (int64_t i = 0; i < 300; i++) {
        const hf_any arguments[] = {hf_list_ref(list), hf_any_int(i)};
        assert_ok(hf_pool_apply_async(forked->pool, "note", arguments, 2, i % 2 ? &detached : NULL,
                                      NULL));
    }
    free_pool(forked);

    assert_ok(hf_pool_open(client, forked->name, NULL, &forked->pool));
    (void)add_worker(forked);
    close_forked_pool(forked);

    assert_ok(hf_list_len(list, &len));
    assert_int_equal(len, 150);
}

static void a_pool_that_is_full_can_be_freed(void **state) {
    const hf_pool_options options = {.max_tasks = 2};
    struct forked_pool *forked = open_forked_pool(state, 0, &options);
    hf_result *results[4];
    for (size_t i = 0; i < 4; i++) {
        results[i] = begin_one(forked->pool, "square", hf_any_int(2));
    }
    await_queued(forked->pool, 2); /* and the others are waiting to be */

    free_pool(forked);

    for (size_t i = 0; i < 4; i++) {
        finish_failed(results[i], HF_CANCELLED);
    }
    reap_workers(forked);
}

/* ---- what happens to it ---- */

static void a_lost_task_is_told_with_its_function_and_arguments(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    const hf_any arguments[] = {hf_any_int(7), hf_any_string("a \"b\"\n"), hf_any_double(0.5)};
    hf_result *result = NULL;
    char process[64];

    assert_ok(hf_pool_apply_async(forked->pool, "die", arguments, 3, NULL, &result));
    assert_int_equal(hf_result_get(result, -1, NULL), HF_WORKER_LOST);

    (void)snprintf(process, sizeof process, "(process %d)", (int)forked->workers[0]);
    assert_non_null(strstr(hf_last_detail(), "die(7, \"a \"b\"\\x0a\", 0.5) was lost: "));
    assert_non_null(strstr(hf_last_detail(), process));
    hf_result_free(result);
    assert_int_equal(state_of(forked->pool).lost, 1);
}

static const uint8_t two_pow_64[] = {0, 0, 0, 0, 0, 0, 0, 0, 1};

/* Arguments of kinds that come in no column of their own. */
static size_t some_values(hf_any values[3], hf_opaque *opaque, const hf_any *inner) {
    *opaque = (hf_opaque){.tag = "test/x", .bytes = (const uint8_t *)"abc", .len = 3};
    values[0] = hf_any_tuple(inner, 2);
    values[1] = hf_any_big(two_pow_64, sizeof two_pow_64);
    values[2] = hf_any_opaque(opaque);
    return 3;
}

static void tasks_take_and_give_values_of_all_kinds(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    const hf_any inner[] = {hf_any_int(1), hf_any_string("a")};
    hf_any arguments[3];
    hf_opaque opaque;
    hf_any value = hf_any_null();
    size_t count = some_values(arguments, &opaque, inner);

    assert_ok(hf_pool_apply(forked->pool, "echo", arguments, count, NULL, -1, &value));

    assert_any(value, hf_any_list(arguments, count));
}

static void a_lost_task_is_told_with_arguments_of_all_kinds(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    const hf_any inner[] = {hf_any_int(1), hf_any_string("a")};
    hf_any arguments[3];
    hf_opaque opaque;
    size_t count = some_values(arguments, &opaque, inner);

    assert_int_equal(hf_pool_apply(forked->pool, "die", arguments, count, NULL, -1, NULL),
                     HF_WORKER_LOST);

    assert_non_null(strstr(hf_last_detail(), "die((1, \"a\"), an int of 9 bytes, \"test/x\" of 3 "
                                             "bytes) was lost"));
}

static void the_words_about_a_lost_task_are_short(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_any items[500];
    hf_any_array values = {NULL, 0};
    const hf_task_options options = {.chunk = 500};
    char text[1001];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < 1000; i += 2) {
        memcpy(text + i + 1, "é", 2);
    }
    for (size_t i = 0; i < 500; i++) {
        items[i] = hf_any_string_n(text, 999);
    }

    assert_int_equal(hf_pool_map(forked->pool, "die", items, 500, &options, -1, &values),
                     HF_WORKER_LOST);

    assert_true(strlen(hf_last_detail()) < 300);
    assert_non_null(strstr(hf_last_detail(), "... of 999 bytes"));
    assert_non_null(strstr(hf_last_detail(), "and 499 more calls was lost"));
}

static void a_task_is_run_again_as_often_as_it_may(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 2, NULL);
    const hf_task_options options = {.retries = 1};
    hf_any value = hf_any_null();

    assert_ok(hf_pool_apply(forked->pool, "survive", NULL, 0, &options, -1, &value));

    assert_any(value, hf_any_int(2));
    assert_int_equal(state_of(forked->pool).retried, 1);
}

static void a_task_that_runs_too_long_ends_so(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    const hf_task_options options = {.time_limit_ms = 20};

    assert_int_equal(hf_pool_apply(forked->pool, "forever", NULL, 0, &options, -1, NULL),
                     HF_TIME_LIMIT);

    assert_non_null(strstr(hf_last_detail(), "forever() was ended: "));
}

static void tasks_of_a_deleted_pool_end(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_result *running = begin_one(forked->pool, "report", hf_any_int(1));
    hf_result *waiting = begin_one(forked->pool, "square", hf_any_int(2));
    const hf_any two = hf_any_int(2);
    await_queued(forked->pool, 1);

    assert_ok(hf_object_delete(hf_pool_object(forked->pool)));

    finish_failed(running, HF_DELETED);
    finish_failed(waiting, HF_DELETED);
    assert_int_equal(hf_pool_apply(forked->pool, "square", &two, 1, NULL, -1, NULL), HF_DELETED);
    assert_int_equal(hf_pool_join(forked->pool, -1), HF_DELETED);
    assert_int_equal(hf_pool_close(forked->pool), HF_DELETED);
    free_pool(forked);
    reap_workers(forked);
}

enum { FDS_MAX = 1024 };

static void note_sockets(bool *is_socket) {
    for (int fd = 0; fd < FDS_MAX; fd++) {
        int type = 0;
        socklen_t len = sizeof type;
        is_socket[fd] = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0;
    }
}

/* A pool, and the sockets of its two connections. */
static hf_pool *open_seen(int *fds) {
    bool before[FDS_MAX];
    bool after[FDS_MAX];
    hf_pool *pool = NULL;
    size_t count = 0;
    note_sockets(before);
    assert_ok(hf_pool_open(client, NULL, NULL, &pool));
    note_sockets(after);
    for (int fd = 0; fd < FDS_MAX; fd++) {
        if (after[fd] && !before[fd]) {
            assert_true(count < 2);
            fds[count++] = fd;
        }
    }
    assert_int_equal(count, 2);
    return pool;
}

static void a_pool_that_loses_a_connection_is_over(void **state) {
    (void)state;
    for (size_t which = 0; which < 2; which++) {
        const hf_any two = hf_any_int(2);
        hf_pool_state now;
        int fds[2] = {-1, -1};
        hf_pool *pool = open_seen(fds);
        hf_result *result = begin_one(pool, "square", two);
        await_queued(pool, 1);

        assert_int_equal(shutdown(fds[which], SHUT_RDWR), 0);
        while (hf_pool_apply_async(pool, "square", &two, 1, NULL, NULL) == HF_OK) {
            (void)sched_yield(); /* the feeder finds out when it sends */
        }

        finish_failed(result, HF_DISCONNECTED);
        assert_int_equal(hf_pool_apply(pool, "square", &two, 1, NULL, -1, NULL), HF_DISCONNECTED);
        assert_int_equal(hf_pool_state_get(pool, &now), HF_DISCONNECTED);
        hf_pool_free(pool);
    }
}

static void *wait_for_room(void *pool) {
    const hf_any two = hf_any_int(2);
    while (hf_pool_apply_async(pool, "square", &two, 1, NULL, NULL) == HF_OK) {
    }
    return NULL;
}

static void *wait_for_a_result(void *result) {
    (void)!hf_result_get(result, -1, NULL);
    return NULL;
}

static void *wait_for_the_end(void *pool) {
    (void)!hf_pool_join(pool, -1);
    return NULL;
}

static void nobody_is_left_waiting_when_the_manager_dies(void **state) {
    const hf_pool_options options = {.max_tasks = 2};
    const hf_client_options hasty = {.connect_timeout_ms = 1};
    hf_manager *own = NULL;
    hf_client *its = NULL;
    hf_pool *pool = NULL;
    hf_pool *closed = NULL;
    hf_results *results = NULL;
    pthread_t threads[3];
    const hf_any two = hf_any_int(2);
    (void)state;
    assert_ok(hf_manager_start(&own));
    assert_ok(hf_client_new(hf_manager_address(own), NULL, &its));
    assert_ok(hf_pool_open(its, "pool", &options, &pool));
    assert_ok(hf_pool_open(its, NULL, NULL, &closed));
    hf_result *result = begin_one(pool, "square", two);
    assert_ok(hf_pool_imap(closed, "square", &two, 1, NULL, &results));
    assert_ok(hf_pool_close(closed));
    assert_int_equal(pthread_create(&threads[0], NULL, wait_for_room, pool), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, wait_for_a_result, result), 0);
    assert_int_equal(pthread_create(&threads[2], NULL, wait_for_the_end, closed), 0);
    await_queued(pool, 2);

    assert_int_equal(kill((pid_t)hf_manager_pid(own), SIGKILL), 0);

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    finish_failed(result, HF_DISCONNECTED);
    assert_int_equal(hf_results_next(results, -1, NULL, NULL), HF_DISCONNECTED);
    assert_int_equal(hf_pool_apply(pool, "square", &two, 1, NULL, -1, NULL), HF_DISCONNECTED);
    assert_int_equal(hf_pool_close(pool), HF_DISCONNECTED);
    assert_int_equal(hf_pool_terminate(pool), HF_DISCONNECTED);
    hf_results_free(results);
    hf_pool_free(pool);
    hf_pool_free(closed);
    hf_client_free(its);
    assert_ok(hf_client_new(hf_manager_address(own), &hasty, &its));
    assert_int_equal(hf_pool_open(its, "pool", NULL, &pool), HF_UNREACHABLE);
    hf_client_free(its);
    hf_manager_stop(own);
}

static void a_forked_child_has_no_part_in_its_parents_pool(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_result *result = begin_one(forked->pool, "gate", hf_any_string("fork"));
    hf_results *results = NULL;
    const hf_any two = hf_any_int(2);
    int status = -1;
    assert_ok(hf_pool_imap(forked->pool, "square", &two, 1, NULL, &results));

    pid_t child = fork();
    if (child == 0) {
        hf_pool_state now;
        bool refused =
            hf_pool_apply(forked->pool, "square", &two, 1, NULL, -1, NULL) == HF_INVALID &&
            hf_result_get(result, -1, NULL) == HF_INVALID && !hf_result_wait(result, -1) &&
            hf_result_cancel(result) == HF_INVALID &&
            hf_results_next(results, -1, NULL, NULL) == HF_INVALID &&
            hf_pool_state_get(forked->pool, &now) == HF_INVALID &&
            hf_pool_close(forked->pool) == HF_INVALID &&
            hf_pool_join(forked->pool, -1) == HF_INVALID;
        hf_result_free(result);
        hf_results_free(results);
        free_pool(forked);
        _exit(refused ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);

    assert_int_equal(status, 0);
    assert_ok(hf_event_set(open_event("fork")));
    finish_with(result, hf_any_null());
    assert_ok(hf_results_next(results, -1, NULL, NULL));
    hf_results_free(results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_goes_by_its_mode),
        cmocka_unit_test(an_unnamed_pool_is_its_handles_alone),
        cmocka_unit_test(the_state_tells_what_workers_do),
        cmocka_unit_test(a_closed_pool_runs_what_it_has_and_nothing_more),
        cmocka_unit_test(a_pool_that_others_have_closed_takes_nothing_more),
        cmocka_unit_test(to_terminate_a_pool_cancels_all_its_tasks),
        cmocka_unit_test(results_of_a_freed_pool_are_cancelled),
        cmocka_unit_test(detached_tasks_are_run_after_their_submitter_is_gone),
        cmocka_unit_test(a_pool_that_is_full_can_be_freed),
        cmocka_unit_test(a_lost_task_is_told_with_its_function_and_arguments),
        cmocka_unit_test(tasks_take_and_give_values_of_all_kinds),
        cmocka_unit_test(a_lost_task_is_told_with_arguments_of_all_kinds),
        cmocka_unit_test(the_words_about_a_lost_task_are_short),
        cmocka_unit_test(a_task_is_run_again_as_often_as_it_may),
        cmocka_unit_test(a_task_that_runs_too_long_ends_so),
        cmocka_unit_test(tasks_of_a_deleted_pool_end),
        cmocka_unit_test(a_pool_that_loses_a_connection_is_over),
        cmocka_unit_test(nobody_is_left_waiting_when_the_manager_dies),
        cmocka_unit_test(a_forked_child_has_no_part_in_its_parents_pool),
    };
    return POOLING_MAIN(tests);
}
