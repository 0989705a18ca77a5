/* SPDX-License-Identifier: MIT
 *
 * Out of memory in a worker: with the k-th allocation failing, for every k, each task ends once,
 * with its outcome or for lack of memory, and nothing leaks.
 */
#include "real.h"

#include "failing.h"
#include "submitting.h"

enum { TASKS = 4, LARGE_BYTES = 100 << 10 };

static hf_status double_it(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)task;
    (void)count;
    *result = hf_any_int(2 * arguments[0].as_int);
    return HF_OK;
}

static hf_status keep_it(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    hf_status status = hf_task_progress(task, hf_any_list(arguments, count));
    return status == HF_OK ? hf_task_keep(task, hf_any_list(arguments, count), result) : status;
}

static hf_status refer(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    (void)count;
    return arguments[0].as_int == 0 ? hf_task_keep(task, hf_any_ref(1), result)
                                    : hf_task_fail(task, "only the first");
}

static hf_status large(hf_task *task, const hf_any *arguments, size_t count, hf_any *result) {
    static uint8_t zeros[LARGE_BYTES];
    (void)task;
    (void)arguments;
    (void)count;
    *result = hf_any_bytes(zeros, sizeof zeros);
    return HF_OK;
}

static const hf_function functions[TASKS] = {
    {"double_it", double_it}, {"keep_it", keep_it}, {"refer", refer}, {"large", large}};

static void submit_all(uint64_t submitter) {
    const hf_any map[] = {hf_any_string("a text"), hf_any_double(2)};
    const hf_any_item item = {hf_any_int(1), hf_any_list(map, 2)};
    const hf_any arguments[TASKS][2] = {
        {hf_any_int(1), hf_any_int(2)},
        {hf_any_map(&item, 1), hf_any_ref(1)},
        {hf_any_int(0), hf_any_int(1)},
        {hf_any_null(), hf_any_null()},
    };
    for (size_t i = 0; i < TASKS; i++) {
        submit(submitter, a_task(i, functions[i].name), arguments[i], 2, 1);
    }
}

/* All have come, each once. */
static void collect_all(uint64_t submitter) {
    unsigned seen = 0;
    for (size_t i = 0; i < TASKS; i++) {
        struct outcome outcome = collect(submitter, 2);
        if (outcome.status != HF_OK && outcome.status != HF_NO_MEMORY &&
            outcome.status != HF_WORKER_LOST) {
            fail_msg("%s: %s", hf_status_name(outcome.status), outcome.detail);
        }
        assert_int_equal(seen & 1u << outcome.tag, 0);
        seen |= 1u << outcome.tag;
        outcome_clear(&outcome);
    }
    assert_int_equal(seen, (1u << TASKS) - 1);
}

static void each_task_ends_whatever_allocation_fails(void **state) {
    hf_work work = HF_WORK;
    uint64_t pool = new_pool("pool");
    uint64_t submitter = new_submitter(pool);
    (void)state;
    work.functions = functions;
    work.function_count = TASKS;
    work.idle_ms = 1;
    long last = 0;

    for (bool failed = true; failed; last++) {
        submit_all(submitter);
        failing_begin(last);
        hf_status status = hf_pool_work(client, "pool", &work);
        failed = failing_stop();
        assert_true(status == HF_OK || status == HF_NO_MEMORY);
        if (status != HF_OK) {
            assert_ok(hf_pool_work(client, "pool", &work));
        }
        collect_all(submitter);
    }

    assert_true(last > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_task_ends_whatever_allocation_fails),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
