/* SPDX-License-Identifier: MIT
 *
 * Pools that start their own workers, as a whole: from a function to its result, also if processes
 * in between end. Against a real manager.
 */
#include "real.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

enum { WORKERS = 2, MANY = 3000 };

static hf_status process(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)task;
    (void)arguments;
    (void)count;
    *result = hf_any_int(getpid());
    return HF_OK;
}

static hf_status parent(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)task;
    (void)arguments;
    (void)count;
    *result = hf_any_int(getppid());
    return HF_OK;
}

static hf_status leave(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)task;
    (void)count;
    (void)result;
    _exit((int)arguments[0].as_int);
}

/* It has no part in the pool of the process that forked it. */
static hf_status use_parents_pool(hf_task *task, const hf_any *arguments, size_t count,
                                  hf_any *result) {
    hf_pool *pool = *(hf_pool **)hf_task_argument(task);
    (void)arguments;
    (void)count;
    *result = hf_any_int(hf_pool_close(pool));
    return HF_OK;
}

static const hf_function functions[] = {
    {"square", square},
    {"process", process},
    {"parent", parent},
    {"die", die},
    {"leave", leave},
    {"forever", forever},
    {"use_parents_pool", use_parents_pool},
};

static hf_pool_options options_for(unsigned workers) {
    hf_pool_options options = HF_POOL_OPTIONS;
    options.work.functions = functions;
    options.work.function_count = sizeof functions / sizeof functions[0];
    options.least = workers;
    options.most = workers;
    return options;
}

static hf_pool *start(unsigned workers) {
    hf_pool_options options = options_for(workers);
    hf_pool *pool = NULL;
    assert_ok(hf_pool_start(client, NULL, &options, &pool));
    return pool;
}

static void finish(hf_pool *pool) {
    assert_ok(hf_pool_close(pool));
    assert_ok(hf_pool_join(pool, -1));
    hf_pool_free(pool);
}

static pid_t ask_pid(hf_pool *pool, const char *function) {
    hf_any value = hf_any_null();
    assert_ok(hf_pool_apply(pool, function, NULL, 0, NULL, -1, &value));
    return (pid_t)value.as_int;
}

static void await_queued(hf_pool *pool, uint64_t count) {
    hf_pool_state now = {.queued = count + 1};
    while (now.queued != count || now.running == 0) {
        assert_ok(hf_pool_state_get(pool, &now));
        hf_pool_state_clear(&now);
    }
}

/* Only a child could be waited for with waitpid(). */
static void await_end(pid_t pid) {
    while (kill(pid, 0) == 0) {
        (void)sched_yield();
    }
}

static void a_started_pool_has_workers(void **state) {
    static hf_any items[MANY];
    hf_pool *pool = start(WORKERS);
    hf_any_array values = {NULL, 0};
    (void)state;
    for (int64_t i = 0; i < MANY; i++) {
        items[i] = hf_any_int(i);
    }

    assert_ok(hf_pool_map(pool, "square", items, MANY, NULL, -1, &values));

    for (int64_t i = 0; i < MANY; i++) {
        assert_int_equal(values.items[i].as_int, i * i);
    }
    assert_int_not_equal(ask_pid(pool, "process"), getpid());
    hf_any_array_clear(&values);
    hf_pool_state now;
    assert_ok(hf_pool_state_get(pool, &now));
    assert_int_equal(now.done, 4 * WORKERS + 1);
    assert_int_equal(now.supervisors, 1);
    hf_pool_state_clear(&now);
    finish(pool);
}

static void a_pool_that_cannot_be_started_is_refused(void **state) {
    const char *const nowhere[] = {"/no/such/program", NULL};
    hf_pool_options options = HF_POOL_OPTIONS;
    hf_pool *pool = NULL;
    (void)state;

    assert_int_equal(hf_pool_start(client, NULL, NULL, &pool), HF_INVALID);
    assert_int_equal(hf_pool_start(client, NULL, &options, &pool), HF_INVALID);
    options.program = nowhere;
    assert_int_equal(hf_pool_start(client, NULL, &options, &pool), HF_INVALID);
    assert_non_null(strstr(hf_last_detail(), "/no/such/program"));
    options = options_for(1);
    assert_int_equal(hf_pool_start(NULL, NULL, &options, &pool), HF_INVALID);
    assert_null(pool);
}

static void how_a_worker_has_ended_is_told_and_another_takes_its_place(void **state) {
    hf_pool *pool = start(1);
    const hf_any seven = hf_any_int(7);
    hf_any value = hf_any_null();
    (void)state;

    assert_int_equal(hf_pool_apply(pool, "die", &seven, 1, NULL, -1, NULL), HF_WORKER_LOST);
    assert_non_null(strstr(hf_last_detail(), "die(7) was lost: "));
    assert_non_null(strstr(hf_last_detail(), "was killed by signal 9 (Killed)"));
    assert_int_equal(hf_pool_apply(pool, "leave", &seven, 1, NULL, -1, NULL), HF_WORKER_LOST);
    assert_non_null(strstr(hf_last_detail(), "ended with exit code 7"));

    assert_ok(hf_pool_apply(pool, "square", &seven, 1, NULL, -1, &value));
    assert_any(value, hf_any_int(49));
    finish(pool);
}

static void a_worker_that_takes_too_long_is_replaced(void **state) {
    hf_pool *pool = start(1);
    const hf_task_options options = {.time_limit_ms = 20};
    const hf_any seven = hf_any_int(7);
    (void)state;

    assert_int_equal(hf_pool_apply(pool, "forever", NULL, 0, &options, -1, NULL), HF_TIME_LIMIT);

    assert_ok(hf_pool_apply(pool, "square", &seven, 1, NULL, -1, NULL));
    finish(pool);
}

static void workers_end_with_their_pool(void **state) {
    hf_pool *pool = start(1);
    hf_result *result = NULL;
    (void)state;
    pid_t worker = ask_pid(pool, "process");
    pid_t supervisor = ask_pid(pool, "parent");
    assert_ok(hf_pool_apply_async(pool, "forever", NULL, 0, NULL, &result));

    hf_pool_free(pool);

    assert_int_equal(hf_result_get(result, 0, NULL), HF_CANCELLED);
    assert_int_equal(waitpid(supervisor, NULL, WNOHANG), -1); /* it was fetched */
    await_end(worker);
    hf_result_free(result);
}

static void a_terminated_pool_does_not_wait_for_what_runs(void **state) {
    hf_pool *pool = start(1);
    hf_result *result = NULL;
    (void)state;
    assert_ok(hf_pool_apply_async(pool, "forever", NULL, 0, NULL, &result));

    assert_ok(hf_pool_terminate(pool));
    assert_ok(hf_pool_join(pool, -1));

    assert_int_equal(hf_result_get(result, 0, NULL), HF_CANCELLED);
    hf_result_free(result);
    hf_pool_free(pool);
}

static void without_supervisor_and_workers_tasks_end(void **state) {
    hf_pool *pool = start(1);
    hf_result *running = NULL;
    hf_result *waiting = NULL;
    const hf_any seven = hf_any_int(7);
    (void)state;
    pid_t supervisor = ask_pid(pool, "parent");
    assert_ok(hf_pool_apply_async(pool, "forever", NULL, 0, NULL, &running));
    assert_ok(hf_pool_apply_async(pool, "square", &seven, 1, NULL, &waiting));
    await_queued(pool, 1);

    assert_int_equal(kill(supervisor, SIGKILL), 0);

    assert_int_equal(hf_result_get(running, -1, NULL), HF_WORKER_LOST);
    assert_int_equal(hf_result_get(waiting, -1, NULL), HF_WORKER_LOST);
    assert_non_null(strstr(hf_last_detail(), "square(7) was lost: "));
    hf_result_free(running);
    hf_result_free(waiting);
    hf_pool_free(pool);
}

static void a_worker_has_no_part_in_its_submitters_handle(void **state) {
    static hf_pool *pool;
    hf_pool_options options = options_for(1);
    hf_any value = hf_any_null();
    (void)state;
    options.work.argument = &pool;
    assert_ok(hf_pool_start(client, NULL, &options, &pool));

    assert_ok(hf_pool_apply(pool, "use_parents_pool", NULL, 0, NULL, -1, &value));

    assert_any(value, hf_any_int(HF_INVALID));
    finish(pool);
}

static void nothing_is_left_when_the_manager_dies(void **state) {
    hf_manager *own = NULL;
    hf_client *its = NULL;
    hf_pool *pool = NULL;
    hf_pool_options options = options_for(1);
    hf_result *result = NULL;
    (void)state;
    assert_ok(hf_manager_start(&own));
    assert_ok(hf_client_new(hf_manager_address(own), NULL, &its));
    assert_ok(hf_pool_start(its, NULL, &options, &pool));
    pid_t worker = ask_pid(pool, "process");
    assert_ok(hf_pool_apply_async(pool, "forever", NULL, 0, NULL, &result));

    assert_int_equal(kill((pid_t)hf_manager_pid(own), SIGKILL), 0);

    assert_int_equal(hf_result_get(result, -1, NULL), HF_DISCONNECTED);
    assert_int_equal(hf_pool_join(pool, -1), HF_DISCONNECTED);
    await_end(worker);
    hf_result_free(result);
    hf_pool_free(pool);
    hf_client_free(its);
    hf_manager_stop(own);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_started_pool_has_workers),
        cmocka_unit_test(a_pool_that_cannot_be_started_is_refused),
        cmocka_unit_test(how_a_worker_has_ended_is_told_and_another_takes_its_place),
        cmocka_unit_test(a_worker_that_takes_too_long_is_replaced),
        cmocka_unit_test(workers_end_with_their_pool),
        cmocka_unit_test(a_terminated_pool_does_not_wait_for_what_runs),
        cmocka_unit_test(without_supervisor_and_workers_tasks_end),
        cmocka_unit_test(a_worker_has_no_part_in_its_submitters_handle),
        cmocka_unit_test(nothing_is_left_when_the_manager_dies),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
