/* SPDX-License-Identifier: MIT
 *
 * See pooling.h.
 */
#include "pooling.h"

#include "each.h"
#include "fake.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

/* ---- functions ---- */

static hf_status echo(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    return hf_task_keep(task, hf_any_list(arguments, count), result);
}

static hf_status fail_with(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)count;
    (void)result;
    return hf_task_fail(task, "%s", arguments[0].string);
}

static hf_status odd(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)count;
    *result = arguments[0];
    return arguments[0].as_int % 2
               ? HF_OK
               : hf_task_fail(task, "%lld is even", (long long)arguments[0].as_int);
}

static hf_status note(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    hf_list list;
    (void)task;
    (void)count;
    (void)result;
    hf_status status = hf_list_from_ref(client, arguments[0], &list);
    return status == HF_OK ? hf_list_append_any(list, arguments[1]) : status;
}

static hf_status gate(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    hf_event event = {NULL, 0};
    (void)task;
    (void)count;
    (void)result;
    hf_status status = hf_event_open(client, arguments[0].string, HF_OPEN_OR_CREATE, &event);
    return status == HF_OK ? hf_event_wait(event, -1) : status;
}

static hf_status gate_note(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    hf_status status = gate(task, arguments, 1, result);
    return status == HF_OK ? note(task, arguments + 1, count - 1, result) : status;
}

static hf_status survive(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    if (hf_task_runs(task) == 1) {
        return die(task, arguments, count, result);
    }
    *result = hf_any_int(hf_task_runs(task));
    return HF_OK;
}

static hf_status report(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)count;
    *result = hf_any_string("told");
    hf_status status = hf_task_progress(task, arguments[0]);
    while (status == HF_OK && !hf_task_cancelled(task)) {
        (void)sched_yield();
    }
    return status;
}

static const hf_function functions[] = {
    {"square", square},   {"echo", echo},     {"fail", fail_with},      {"odd", odd},
    {"note", note},       {"gate", gate},     {"gate_note", gate_note}, {"die", die},
    {"survive", survive}, {"report", report}, {"forever", forever},
};

/* ---- pools with forked workers ---- */

static void await_workers(const struct forked_pool *forked, uint64_t count) {
    while (state_of(forked->pool).worker_count != count) {
        (void)sched_yield();
    }
}

pid_t start_worker(struct forked_pool *forked) {
    assert_true(forked->count < FORKED_MAX);
    pid_t pid = fork();
    if (pid == 0) {
        hf_work work = HF_WORK;
        work.functions = functions;
        work.function_count = sizeof functions / sizeof functions[0];
        hf_status status = hf_pool_work(client, forked->name, &work);
        _exit(status == HF_OK ? 0 : 1);
    }
    assert_true(pid > 0);
    forked->workers[forked->count++] = pid;
    return pid;
}

pid_t add_worker(struct forked_pool *forked) {
    uint64_t before = state_of(forked->pool).worker_count;
    pid_t pid = start_worker(forked);
    await_workers(forked, before + 1);
    return pid;
}

struct forked_pool *open_forked_pool(void **state, size_t workers, const hf_pool_options *options) {
    static unsigned count;
    static struct forked_pool forked;
    forked = (struct forked_pool){.count = 0};
    *state = &forked;
    (void)snprintf(forked.name, sizeof forked.name, "pool %u of %d", ++count, (int)getpid());
    assert_ok(hf_pool_open(client, forked.name, options, &forked.pool));
    for (size_t i = 0; i < workers; i++) {
        (void)add_worker(&forked);
    }
    return &forked;
}

void free_pool(struct forked_pool *forked) {
    hf_pool_free(forked->pool);
    forked->pool = NULL;
}

void reap_workers(struct forked_pool *forked) {
    for (size_t i = 0; i < forked->count; i++) {
        assert_int_equal(waitpid(forked->workers[i], NULL, 0), forked->workers[i]);
    }
    forked->count = 0;
    delete_named(forked->name);
}

void close_forked_pool(struct forked_pool *forked) {
    assert_ok(hf_pool_close(forked->pool));
    assert_ok(hf_pool_join(forked->pool, -1));
    free_pool(forked);
    reap_workers(forked);
}

static int tear_down(void **state) {
    struct forked_pool *forked = *state;
    if (!forked || (!forked->pool && forked->count == 0)) {
        return 0;
    }
    bool closed = forked->pool && hf_pool_close(forked->pool) == HF_OK &&
                  hf_pool_join(forked->pool, PATIENCE_MS) == HF_OK;
    for (size_t i = 0; !closed && i < forked->count; i++) {
        (void)kill(forked->workers[i], SIGKILL);
    }
    free_pool(forked);
    reap_workers(forked);
    assert_true(closed);
    return 0;
}

int pooling_run(const char *name, const struct CMUnitTest *tests, size_t count) {
    return run_each(name, tests, count, (struct around){NULL, tear_down},
                    (struct around){start_manager, stop_manager});
}

/* ---- the rest ---- */

hf_pool_state state_of(hf_pool *pool) {
    hf_pool_state state;
    assert_ok(hf_pool_state_get(pool, &state));
    hf_pool_state numbers = state;
    numbers.workers = NULL;
    hf_pool_state_clear(&state);
    return numbers;
}

void finish_with(hf_result *result, hf_any value) {
    hf_any got = hf_any_null();
    assert_ok(hf_result_get(result, -1, &got));
    assert_any(got, value);
    hf_result_free(result);
}

void finish_failed(hf_result *result, hf_status status) {
    hf_any got = hf_any_null();
    assert_status(hf_result_get(result, -1, &got), status, "the result");
    assert_int_equal(got.kind, HF_ANY_NULL);
    hf_result_free(result);
}

hf_any *numbers(void) {
    static hf_any ints[MANY];
    for (int64_t i = 0; i < MANY; i++) {
        ints[i] = hf_any_int(i);
    }
    return ints;
}

hf_result *begin_one(hf_pool *pool, const char *function, hf_any argument) {
    hf_result *result = NULL;
    assert_ok(hf_pool_apply_async(pool, function, &argument, 1, NULL, &result));
    return result;
}
