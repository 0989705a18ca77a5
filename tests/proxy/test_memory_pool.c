/* SPDX-License-Identifier: MIT
 *
 * Out of memory in a submitter: a pool is used with the k-th allocation of the library failing, in
 * any of its threads, for every k. Each call either does its work or says that it could not, every
 * task ends once, nothing leaks, and nobody is left waiting.
 */
#include "failing.h"
#include "real.h"

#include <sys/wait.h>

/* Whether a call was done; if not, it must have been for want of memory. */
static bool done(hf_status status) {
    if (status != HF_OK && status != HF_NO_MEMORY && status != HF_DISCONNECTED &&
        status != HF_UNREACHABLE) {
        fail_msg("%s: %s", hf_status_name(status), hf_last_detail());
    }
    return status == HF_OK;
}

/* ---- the worker ---- */

static hf_status twice(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    const hf_any both[] = {arguments[0], arguments[0]};
    (void)count;
    return hf_task_keep(task, hf_any_list(both, 2), result);
}

/* It works, without ever lacking memory, until the pool is closed. */
static pid_t start_worker(hf_pool **pool) {
    static const hf_function functions[] = {{"twice", twice}};
    assert_int_equal(hf_pool_open(client, "pool", NULL, pool), HF_OK);
    pid_t pid = fork();
    if (pid == 0) {
        hf_work work = HF_WORK;
        work.functions = functions;
        work.function_count = 1;
        _exit(hf_pool_work(client, "pool", &work) == HF_OK ? 0 : 1);
    }
    return pid;
}

static void stop_worker(pid_t pid, hf_pool *pool) {
    int status = -1;
    assert_int_equal(hf_pool_close(pool), HF_OK);
    assert_int_equal(hf_pool_join(pool, -1), HF_OK);
    hf_pool_free(pool);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* ---- what is asked of the pool ---- */

static int asked;
static int answered;

static void take_value(void *argument, hf_any value) {
    (void)argument;
    (void)value;
    answered++;
}

static void take_failure(void *argument, hf_status status, const char *detail) {
    (void)argument;
    (void)status;
    (void)detail;
    answered++;
}

static void apply_async(hf_pool *pool) {
    const hf_any text = hf_any_string("text");
    hf_result *result = NULL;
    hf_any value = hf_any_null();
    const hf_task_options options = {.callback = take_value, .error_callback = take_failure};
    if (done(hf_pool_apply_async(pool, "twice", &text, 1, &options, &result))) {
        asked++;
        if (done(hf_result_get(result, -1, &value))) {
            assert_int_equal(value.len, 2);
        }
        hf_any_clear(&value);
        hf_result_free(result);
    }
}

static void map(hf_pool *pool) {
    const hf_any items[] = {hf_any_int(1), hf_any_string("two"), hf_any_null(), hf_any_int(4)};
    const hf_any pairs[] = {hf_any_list(items, 1), hf_any_list(items + 1, 2)};
    hf_any_array values = {NULL, 0};
    hf_results *results = NULL;
    if (done(hf_pool_map(pool, "twice", items, 4, NULL, -1, &values))) {
        assert_int_equal(values.len, 4);
        hf_any_array_clear(&values);
    }
    if (done(hf_pool_starmap(pool, "twice", pairs, 2, NULL, -1, &values))) {
        hf_any_array_clear(&values);
    }
    if (done(hf_pool_imap(pool, "twice", items, 4, NULL, &results))) {
        for (size_t i = 0; i < 4; i++) {
            hf_any value = hf_any_null();
            (void)done(hf_results_next(results, -1, NULL, &value));
            hf_any_clear(&value);
        }
        assert_int_equal(hf_results_next(results, -1, NULL, NULL), HF_INDEX_ERROR);
        hf_results_free(results);
    }
}

static void use_pool(hf_client *own) {
    hf_pool *pool = NULL;
    hf_pool_state state;
    if (!done(hf_pool_open(own, "pool", NULL, &pool))) {
        return;
    }
    apply_async(pool);
    map(pool);
    if (done(hf_pool_state_get(pool, &state))) {
        hf_pool_state_clear(&state);
    }
    hf_pool_free(pool);
    assert_int_equal(answered, asked); /* once each, whatever happened */
}

static void every_allocation_may_fail(void **state) {
    hf_pool *pool = NULL;
    bool failed = true;
    long last = 0;
    (void)state;
    pid_t worker = start_worker(&pool);

    for (; failed; last++) {
        hf_client *own = NULL;
        assert_ok(hf_client_new(hf_manager_address(manager), NULL, &own));
        failing_begin(last);
        use_pool(own);
        failed = failing_stop();
        hf_client_free(own);
    }

    assert_true(last > 20);
    stop_worker(worker, pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
