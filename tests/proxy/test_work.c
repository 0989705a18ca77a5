/* SPDX-License-Identifier: MIT
 *
 * Workers: the tasks that they run, and when they end. Against a real manager.
 */
#include "real.h"

#include "each.h"
#include "session.h"
#include "submitting.h"

#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { BIG_BYTES = 17 << 20, LARGE_BYTES = 200 << 10 };

/* ---- functions ---- */

/* Its own name, and its arguments, as a list. */
static hf_status echo(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    hf_any all[8] = {hf_any_string(hf_task_function(task)), hf_any_int(hf_task_runs(task))};
    assert_true(count <= 6);
    memcpy(all + 2, arguments, count * sizeof *arguments);
    return hf_task_keep(task, hf_any_list(all, count + 2), result);
}

static hf_status return_status(hf_task *task, const hf_any *arguments, size_t count,
                               hf_any *result) {
    (void)task;
    (void)count;
    (void)result;
    return (hf_status)arguments[0].as_int;
}

static hf_status fail_in_a_call(hf_task *task, const hf_any *arguments, size_t count,
                                hf_any *result) {
    uint64_t id = 0;
    (void)task;
    (void)arguments;
    (void)count;
    (void)result;
    return hf_object_find(client, "what nobody has made", &id, NULL);
}

static hf_status wordy(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    static char words[4096];
    (void)arguments;
    (void)count;
    (void)result;
    for (size_t i = 0; i + 2 < sizeof words; i += 2) {
        memcpy(words + i, "é", 2);
    }
    return hf_task_fail(task, "x%s", words);
}

static hf_status report(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    static const uint8_t zeros[5000];
    (void)count;
    (void)result;
    for (int64_t i = 1; i <= arguments[0].as_int; i++) {
        assert_ok(hf_task_progress(task, hf_any_int(i)));
    }
    assert_status(hf_task_progress(task, hf_any_bytes(zeros, sizeof zeros)), HF_TOO_BIG, "report");
    return hf_event_wait(open_event("reported"), -1);
}

static hf_status until_cancelled(hf_task *task, const hf_any *arguments, size_t count,
                                 hf_any *result) {
    (void)arguments;
    (void)count;
    *result = hf_any_int(hf_task_cancelled(task));
    assert_ok(hf_event_set(open_event("running")));
    while (!hf_task_cancelled(task)) {
        (void)sched_yield();
    }
    return HF_OK;
}

static hf_status wait_ms(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)task;
    (void)count;
    *result = arguments[0];
    hf_status status = hf_event_wait(open_event("never"), arguments[0].as_int);
    return status == HF_TIMEOUT ? HF_OK : status;
}

static hf_status bytes(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    static uint8_t zeros[BIG_BYTES];
    (void)task;
    (void)count;
    *result = hf_any_bytes(zeros, (size_t)arguments[0].as_int);
    return HF_OK;
}

static hf_status no_value(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)task;
    (void)arguments;
    (void)count;
    *result = hf_any_string("\xff");
    return HF_OK;
}

static hf_status new_object(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    hf_dict dict = {NULL, 0};
    (void)task;
    (void)count;
    hf_status status = hf_dict_open(client, NULL, HF_OPEN_OR_CREATE, &dict);
    if (status == HF_OK) {
        status = hf_dict_set_any(dict, hf_any_string("key"), arguments[0]);
    }
    *result = hf_any_ref(dict.id);
    return status;
}

static hf_status leave_things_open(hf_task *task, const hf_any *arguments, size_t count,
                                   hf_any *result) {
    (void)task;
    (void)count;
    *result = arguments[0];
    assert_ok(hf_guard(open_lock(NULL, NULL), 12345));
    return hf_pipeline_begin(client);
}

static hf_status lose_connection(hf_task *task, const hf_any *arguments, size_t count,
                                 hf_any *result) {
    (void)task;
    (void)arguments;
    (void)count;
    (void)result;
    return shutdown(session_find(client)->conn.socket.fd, SHUT_RDWR) == 0 ? HF_OK : HF_SYSTEM;
}

static hf_status work_again(hf_task *task, const hf_any *arguments, size_t count, hf_any *result);

static const hf_function functions[] = {
    {"square", square},
    {"echo", echo},
    {"return_status", return_status},
    {"fail_in_a_call", fail_in_a_call},
    {"wordy", wordy},
    {"report", report},
    {"until_cancelled", until_cancelled},
    {"forever", forever},
    {"wait_ms", wait_ms},
    {"bytes", bytes},
    {"no_value", no_value},
    {"new_object", new_object},
    {"leave_things_open", leave_things_open},
    {"lose_connection", lose_connection},
    {"work_again", work_again},
};

static hf_work all_functions(void) {
    hf_work work = HF_WORK;
    work.functions = functions;
    work.function_count = sizeof functions / sizeof functions[0];
    return work;
}

static hf_status work_again(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    const hf_work work = all_functions();
    (void)task;
    (void)arguments;
    (void)count;
    *result = hf_any_int(hf_pool_work(client, "pool", &work));
    return HF_OK;
}

/* ---- a pool with a worker ---- */

struct fixture {
    uint64_t pool;
    uint64_t submitter;
    hf_work work;
    pid_t worker; /* 0: none */
};

static int set_up(void **state) {
    static struct fixture fixture;
    fixture = (struct fixture){.pool = new_pool("pool"), .work = all_functions()};
    fixture.submitter = new_submitter(fixture.pool);
    *state = &fixture;
    return 0;
}

/* How the worker has ended, as waitpid() tells. */
static int end_of(struct fixture *fixture) {
    int how = -1;
    assert_int_equal(waitpid(fixture->worker, &how, 0), fixture->worker);
    fixture->worker = 0;
    return how;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    if (fixture->worker > 0) {
        (void)kill(fixture->worker, SIGKILL);
        (void)end_of(fixture);
    }
    delete_named("pool");
    delete_named("reported");
    delete_named("running");
    delete_named("never");
    return 0;
}

/* A process that works until there is no more to do, and ends with what it came to. */
static void start_worker(struct fixture *fixture) {
    fixture->worker = fork();
    assert_true(fixture->worker >= 0);
    if (fixture->worker == 0) {
        _exit((int)hf_pool_work(client, "pool", &fixture->work));
    }
}

static void assert_ended(struct fixture *fixture, hf_status status) {
    int how = end_of(fixture);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), status);
}

/* ---- tasks ---- */

static void a_task_is_run_and_its_value_told(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);

    submit_int(fixture->submitter, a_task(1, "square"), 12);

    expect_int(fixture->submitter, 144);
}

static void tasks_are_run_one_after_the_other(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);

    for (int64_t i = 0; i < 100; i++) {
        submit_int(fixture->submitter, a_task((uint64_t)i, "square"), i);
    }

    for (int64_t i = 0; i < 100; i++) {
        expect_int(fixture->submitter, i * i);
    }
}

static void each_call_of_a_task_has_its_own_outcome(void **state) {
    struct fixture *fixture = *state;
    const hf_any arguments[] = {hf_any_int(2), hf_any_string("two"), hf_any_int(3), hf_any_null()};
    start_worker(fixture);

    submit(fixture->submitter, a_task(1, "square"), arguments, 4, 1);

    struct outcome outcome = collect(fixture->submitter, 4);
    assert_status(outcome.status, HF_OK, outcome.detail);
    assert_true(hf_any_equal(outcome.values[0], hf_any_int(4)));
    assert_true(hf_any_equal(outcome.values[2], hf_any_int(9)));
    assert_int_equal(outcome.failures.count, 2);
    assert_int_equal(outcome.failures.items[0].call, 1);
    assert_int_equal(outcome.failures.items[0].status, HF_TASK_FAILED);
    assert_string_equal(outcome.failures.items[0].detail, "square() takes one int, not 1 values");
    assert_int_equal(outcome.failures.items[1].call, 3);
    outcome_clear(&outcome);
}

static void what_is_kept_outlasts_the_function(void **state) {
    struct fixture *fixture = *state;
    const hf_any arguments[] = {hf_any_string("one"), hf_any_double(2), hf_any_string("three"),
                                hf_any_null()};
    start_worker(fixture);

    submit(fixture->submitter, a_task(1, "echo"), arguments, 2, 2);

    struct outcome outcome = collect(fixture->submitter, 2);
    const hf_any first[] = {hf_any_string("echo"), hf_any_int(1), arguments[0], arguments[1]};
    const hf_any second[] = {hf_any_string("echo"), hf_any_int(1), arguments[2], arguments[3]};
    assert_true(hf_any_equal(outcome.values[0], hf_any_list(first, 4)));
    assert_true(hf_any_equal(outcome.values[1], hf_any_list(second, 4)));
    outcome_clear(&outcome);
}

static void assert_failure(uint64_t submitter, hf_status status, const char *words) {
    struct outcome outcome = collect(submitter, 1);
    assert_status(outcome.status, HF_OK, outcome.detail);
    assert_int_equal(outcome.failures.count, 1);
    assert_int_equal(outcome.failures.items[0].status, status);
    if (!strstr(outcome.failures.items[0].detail, words)) {
        fail_msg("no \"%s\" in: %s", words, outcome.failures.items[0].detail);
    }
    outcome_clear(&outcome);
}

static void a_status_of_the_function_is_told(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);

    submit_int(fixture->submitter, a_task(1, "return_status"), HF_VALUE_ERROR);
    submit_int(fixture->submitter, a_task(2, "fail_in_a_call"), 0);

    assert_failure(fixture->submitter, HF_VALUE_ERROR, hf_status_text(HF_VALUE_ERROR));
    assert_failure(fixture->submitter, HF_NO_OBJECT, "what nobody has made");
}

static void a_status_that_would_be_mistaken_for_the_pools_is_a_failure(void **state) {
    static const hf_status misleading[] = {
        HF_TIMEOUT,    HF_CANCELLED,    HF_CLOSED,      HF_WORKER_LOST,
        HF_TIME_LIMIT, HF_DISCONNECTED, (hf_status)999,
    };
    struct fixture *fixture = *state;
    start_worker(fixture);

    for (size_t i = 0; i < sizeof misleading / sizeof misleading[0]; i++) {
        submit_int(fixture->submitter, a_task(i, "return_status"), misleading[i]);
        assert_failure(fixture->submitter, HF_TASK_FAILED, hf_status_name(misleading[i]));
    }
}

static void a_success_other_than_ok_is_a_success(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);

    submit_int(fixture->submitter, a_task(1, "return_status"), HF_OWNER_DIED);

    struct outcome outcome = collect(fixture->submitter, 1);
    assert_int_equal(outcome.failures.count, 0);
    assert_int_equal(outcome.values[0].kind, HF_ANY_NULL);
    outcome_clear(&outcome);
}

static void long_words_are_cut_where_a_character_ends(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);

    submit_int(fixture->submitter, a_task(1, "wordy"), 0);

    struct outcome outcome = collect(fixture->submitter, 1);
    assert_int_equal(outcome.failures.count, 1);
    assert_int_equal(strlen(outcome.failures.items[0].detail), 1023);
    outcome_clear(&outcome);
}

static void a_function_that_is_not_there_fails_the_task(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);

    submit_int(fixture->submitter, a_task(1, "cube"), 3);
    submit_int(fixture->submitter, a_task(2, "square"), 3);

    struct outcome outcome = expect_status(fixture->submitter, HF_TASK_FAILED);
    assert_non_null(strstr(outcome.detail, "cube"));
    expect_int(fixture->submitter, 9);
}

static void calls_that_cannot_be_read_fail_the_task(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);

    submit_bytes(fixture->submitter, a_task(1, "square"), "\xff\xff", 2);
    submit_int(fixture->submitter, a_task(2, "square"), 3);

    (void)expect_status(fixture->submitter, HF_INVALID);
    expect_int(fixture->submitter, 9);
}

static void a_result_that_is_no_value_fails_the_task(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);

    submit_int(fixture->submitter, a_task(1, "no_value"), 0);
    submit_int(fixture->submitter, a_task(2, "square"), 5);

    struct outcome outcome = expect_status(fixture->submitter, HF_INVALID);
    assert_non_null(strstr(outcome.detail, "UTF-8"));
    expect_int(fixture->submitter, 25);
}

static void a_result_that_is_too_big_fails_the_task(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);

    submit_int(fixture->submitter, a_task(1, "bytes"), BIG_BYTES);
    submit_int(fixture->submitter, a_task(2, "square"), 5);

    struct outcome outcome = expect_status(fixture->submitter, HF_TOO_BIG);
    assert_non_null(strstr(outcome.detail, "its result cannot be sent"));
    expect_int(fixture->submitter, 25);
}

static void a_large_result_comes_whole(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);

    submit_int(fixture->submitter, a_task(1, "bytes"), LARGE_BYTES);

    struct outcome outcome = collect(fixture->submitter, 1);
    assert_status(outcome.status, HF_OK, outcome.detail);
    assert_int_equal(outcome.values[0].len, LARGE_BYTES);
    outcome_clear(&outcome);
}

static void an_unnamed_object_outlasts_its_maker_in_a_result(void **state) {
    struct fixture *fixture = *state;
    hf_any value = hf_any_null();
    fixture->work.max_tasks = 1;
    start_worker(fixture);

    submit_int(fixture->submitter, a_task(1, "new_object"), 42);
    assert_ended(fixture, HF_OK);

    struct outcome outcome = collect(fixture->submitter, 1);
    assert_int_equal(outcome.values[0].kind, HF_ANY_REF);
    hf_dict dict = {client, outcome.values[0].ref};
    assert_ok(hf_dict_get_any(dict, hf_any_string("key"), &value));
    assert_any(value, hf_any_int(42));
    outcome_clear(&outcome);
}

static void what_a_function_leaves_open_does_not_concern_its_worker(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);

    submit_int(fixture->submitter, a_task(1, "leave_things_open"), 6);
    submit_int(fixture->submitter, a_task(2, "square"), 6);

    expect_int(fixture->submitter, 6);
    expect_int(fixture->submitter, 36);
}

/* ---- while it runs ---- */

static void progress_reaches_the_submitter(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);

    submit_int(fixture->submitter, a_task(1, "report"), 200);

    int64_t latest = 0;
    while (latest < 200) {
        hf_any progress = collect_progress(fixture->submitter);
        assert_int_equal(progress.kind, HF_ANY_INT);
        assert_true(progress.as_int > latest);
        latest = progress.as_int;
    }
    assert_ok(hf_event_set(open_event("reported")));
    struct outcome outcome = expect_status(fixture->submitter, HF_OK);
    outcome_clear(&outcome);
}

static void a_function_can_see_that_its_task_is_cancelled(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);
    submit_int(fixture->submitter, a_task(1, "until_cancelled"), 0);
    assert_ok(hf_event_wait(open_event("running"), -1));

    cancel(fixture->submitter, 1);

    expect_int(fixture->submitter, 0);
}

static void a_function_sees_that_its_pool_is_terminated(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);
    submit_int(fixture->submitter, a_task(1, "until_cancelled"), 0);
    assert_ok(hf_event_wait(open_event("running"), -1));

    close_pool(fixture->pool, true);

    (void)expect_status(fixture->submitter, HF_CANCELLED);
    assert_ended(fixture, HF_OK);
}

static void a_task_that_takes_too_long_ends_its_worker(void **state) {
    struct fixture *fixture = *state;
    Hf__Submission task = a_task(1, "forever");
    task.has_time_limit_ms = true;
    task.time_limit_ms = 20;
    start_worker(fixture);

    submit_int(fixture->submitter, task, 0);

    (void)expect_status(fixture->submitter, HF_TIME_LIMIT);
    int how = end_of(fixture);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGKILL);
}

/* Run a short task with this limit. Returns whether it kept to it: on a busy machine it may not. */
static bool ends_within(struct fixture *fixture, uint64_t tag, int64_t limit_ms) {
    Hf__Submission limited = a_task(tag, "wait_ms");
    limited.has_time_limit_ms = true;
    limited.time_limit_ms = (uint64_t)limit_ms;
    start_worker(fixture);

    submit_int(fixture->submitter, limited, 1);

    struct outcome outcome = collect(fixture->submitter, 1);
    hf_status status = outcome.status;
    outcome_clear(&outcome);
    if (status != HF_TIME_LIMIT) {
        assert_int_equal(status, HF_OK);
        return true;
    }
    (void)kill(fixture->worker, SIGKILL); /* it lives on if only the manager has found it late */
    (void)end_of(fixture);
    return false;
}

static void a_time_limit_is_for_its_task_alone(void **state) {
    struct fixture *fixture = *state;
    uint64_t tag = 1;
    int64_t limit_ms = 60;
    for (; !ends_within(fixture, tag, limit_ms); tag++) {
        limit_ms *= 2;
    }

    submit_int(fixture->submitter, a_task(tag + 1, "wait_ms"), 2 * limit_ms);

    expect_int(fixture->submitter, 2 * limit_ms);
}

static void a_worker_that_has_lost_its_connection_says_so(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);

    submit_int(fixture->submitter, a_task(1, "lose_connection"), 0);

    (void)expect_status(fixture->submitter, HF_WORKER_LOST);
    assert_ended(fixture, HF_DISCONNECTED);
}

/* ---- when it ends ---- */

static void a_worker_ends_after_so_many_tasks(void **state) {
    struct fixture *fixture = *state;
    fixture->work.max_tasks = 2;
    for (uint64_t tag = 1; tag <= 3; tag++) {
        submit_int(fixture->submitter, a_task(tag, "square"), (int64_t)tag);
    }

    start_worker(fixture);

    assert_ended(fixture, HF_OK);
    expect_int(fixture->submitter, 1);
    expect_int(fixture->submitter, 4);
    struct workforce workforce = workforce_of(fixture->pool);
    assert_int_equal(workforce.queued, 1);
    assert_int_equal(workforce.workers, 0);
}

static void a_worker_ends_when_it_has_been_idle_for_long(void **state) {
    struct fixture *fixture = *state;
    fixture->work.idle_ms = 10;

    assert_ok(hf_pool_work(client, "pool", &fixture->work));

    assert_int_equal(workforce_of(fixture->pool).workers, 0);
}

static void a_worker_ends_with_its_pool(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);
    submit_int(fixture->submitter, a_task(1, "square"), 7);

    close_pool(fixture->pool, false);

    assert_ended(fixture, HF_OK);
    expect_int(fixture->submitter, 49);
    assert_ok(hf_pool_work(client, "pool", &fixture->work));
}

static void a_worker_whose_pool_is_deleted_says_so(void **state) {
    struct fixture *fixture = *state;
    hf_statistics statistics = {0};
    start_worker(fixture);
    while (statistics.waiting_calls == 0) { /* for a task */
        assert_ok(hf_client_statistics(client, &statistics));
    }

    assert_ok(hf_object_delete((hf_object){client, fixture->pool}));

    assert_ended(fixture, HF_DELETED);
}

static void a_worker_whose_manager_ends_says_so(void **state) {
    hf_manager *own = NULL;
    hf_client *kept = client;
    struct fixture *fixture = *state;
    assert_ok(hf_manager_start(&own));
    assert_ok(hf_client_new(hf_manager_address(own), NULL, &client));
    uint64_t pool = new_pool("pool");
    start_worker(fixture);
    await_workers(pool, 1);

    hf_client_free(client);
    hf_manager_stop(own);
    client = kept;

    int how = end_of(fixture);
    assert_true(WIFEXITED(how) && hf_status_is_fatal((hf_status)WEXITSTATUS(how)));
}

static hf_status count_up(void *argument) {
    ++*(int *)argument;
    return HF_OK;
}

static void the_initializer_is_called_once(void **state) {
    struct fixture *fixture = *state;
    int calls = 0;
    fixture->work.initializer = count_up;
    fixture->work.argument = &calls;
    fixture->work.max_tasks = 2;
    submit_int(fixture->submitter, a_task(1, "square"), 1);
    submit_int(fixture->submitter, a_task(2, "square"), 1);

    assert_ok(hf_pool_work(client, "pool", &fixture->work));

    assert_int_equal(calls, 1);
}

static hf_status refuse(void *argument) {
    (void)argument;
    return HF_VALUE_ERROR;
}

static void what_the_initializer_says_ends_the_worker(void **state) {
    struct fixture *fixture = *state;
    fixture->work.initializer = refuse;
    submit_int(fixture->submitter, a_task(1, "square"), 1);

    assert_status(hf_pool_work(client, "pool", &fixture->work), HF_VALUE_ERROR, "work");

    assert_int_equal(workforce_of(fixture->pool).queued, 1);
}

/* ---- which pool ---- */

static void a_pool_that_is_not_there_is_refused(void **state) {
    struct fixture *fixture = *state;
    (void)open_event("running");

    assert_status(hf_pool_work(client, "none", &fixture->work), HF_NO_OBJECT, "work");
    assert_status(hf_pool_work(client, "running", &fixture->work), HF_WRONG_TYPE, "work");
}

static void work_that_is_none_is_refused(void **state) {
    char long_name[258];
    (void)state;
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    const hf_function bad[] = {{NULL, square}, {"", square}, {"square", NULL}, {long_name, square}};
    hf_work work = HF_WORK;

    assert_status(hf_pool_work(client, "pool", NULL), HF_INVALID, "work");
    assert_status(hf_pool_work(client, "pool", &work), HF_INVALID, "work");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        work.functions = &bad[i];
        work.function_count = 1;
        assert_status(hf_pool_work(client, "pool", &work), HF_INVALID, "work");
    }
}

static void a_thread_is_one_worker_of_a_pool(void **state) {
    struct fixture *fixture = *state;
    start_worker(fixture);

    submit_int(fixture->submitter, a_task(1, "work_again"), 0);
    submit_int(fixture->submitter, a_task(2, "square"), 3);

    expect_int(fixture->submitter, HF_INVALID);
    expect_int(fixture->submitter, 9);
}

static hf_status work_by_environment(struct fixture *fixture, const char *pool,
                                     const char *worker) {
    assert_int_equal(pool ? setenv("HOLDFAST_POOL", pool, 1) : unsetenv("HOLDFAST_POOL"), 0);
    assert_int_equal(worker ? setenv("HOLDFAST_WORKER", worker, 1) : unsetenv("HOLDFAST_WORKER"),
                     0);
    hf_status status = hf_pool_work(client, NULL, &fixture->work);
    assert_int_equal(unsetenv("HOLDFAST_POOL") | unsetenv("HOLDFAST_WORKER"), 0);
    return status;
}

static void the_environment_names_the_pool(void **state) {
    struct fixture *fixture = *state;
    char id[32];
    (void)snprintf(id, sizeof id, "#%llu", (unsigned long long)fixture->pool);
    fixture->work.idle_ms = 1;

    assert_ok(work_by_environment(fixture, "pool", NULL));
    assert_ok(work_by_environment(fixture, id, NULL));
    assert_status(work_by_environment(fixture, NULL, NULL), HF_INVALID, "work");
    assert_status(work_by_environment(fixture, "", NULL), HF_INVALID, "work");
    assert_status(work_by_environment(fixture, "none", NULL), HF_NO_OBJECT, "work");
    assert_status(work_by_environment(fixture, "#99999", NULL), HF_NO_OBJECT, "work");
}

static void the_environment_names_the_supervisor(void **state) {
    static const char *const bad[] = {
        "",
        "1",
        "1:",
        "1:2:3",
        ":1:2:3",
        "1:2:3:",
        "1:2:3:4x",
        "1:2:3:4:5",
        "-1:2:3:4",
        "99999999999999999999:1:1:1",
        "1:2:18446744073709551615:0",
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(work_by_environment(fixture, "pool", bad[i]), HF_INVALID, bad[i]);
    }
    assert_status(work_by_environment(fixture, "pool", "99999:1:0:0"), HF_NO_OBJECT, "work");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_is_run_and_its_value_told),
        cmocka_unit_test(tasks_are_run_one_after_the_other),
        cmocka_unit_test(each_call_of_a_task_has_its_own_outcome),
        cmocka_unit_test(what_is_kept_outlasts_the_function),
        cmocka_unit_test(a_status_of_the_function_is_told),
        cmocka_unit_test(a_status_that_would_be_mistaken_for_the_pools_is_a_failure),
        cmocka_unit_test(a_success_other_than_ok_is_a_success),
        cmocka_unit_test(long_words_are_cut_where_a_character_ends),
        cmocka_unit_test(a_function_that_is_not_there_fails_the_task),
        cmocka_unit_test(calls_that_cannot_be_read_fail_the_task),
        cmocka_unit_test(a_result_that_is_no_value_fails_the_task),
        cmocka_unit_test(a_result_that_is_too_big_fails_the_task),
        cmocka_unit_test(a_large_result_comes_whole),
        cmocka_unit_test(an_unnamed_object_outlasts_its_maker_in_a_result),
        cmocka_unit_test(what_a_function_leaves_open_does_not_concern_its_worker),
        cmocka_unit_test(progress_reaches_the_submitter),
        cmocka_unit_test(a_function_can_see_that_its_task_is_cancelled),
        cmocka_unit_test(a_function_sees_that_its_pool_is_terminated),
        cmocka_unit_test(a_task_that_takes_too_long_ends_its_worker),
        cmocka_unit_test(a_time_limit_is_for_its_task_alone),
        cmocka_unit_test(a_worker_that_has_lost_its_connection_says_so),
        cmocka_unit_test(a_worker_ends_after_so_many_tasks),
        cmocka_unit_test(a_worker_ends_when_it_has_been_idle_for_long),
        cmocka_unit_test(a_worker_ends_with_its_pool),
        cmocka_unit_test(a_worker_whose_pool_is_deleted_says_so),
        cmocka_unit_test(a_worker_whose_manager_ends_says_so),
        cmocka_unit_test(the_initializer_is_called_once),
        cmocka_unit_test(what_the_initializer_says_ends_the_worker),
        cmocka_unit_test(a_pool_that_is_not_there_is_refused),
        cmocka_unit_test(work_that_is_none_is_refused),
        cmocka_unit_test(a_thread_is_one_worker_of_a_pool),
        cmocka_unit_test(the_environment_names_the_pool),
        cmocka_unit_test(the_environment_names_the_supervisor),
    };
    return run_each(__FILE__, tests, sizeof tests / sizeof tests[0],
                    (struct around){set_up, tear_down},
                    (struct around){start_manager, stop_manager});
}
