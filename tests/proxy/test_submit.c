/* SPDX-License-Identifier: MIT
 *
 * Submitting to a pool: apply and map, with and without waiting. Against a real manager, with
 * workers that the tests have forked.
 */
#include "pooling.h"

#include <sched.h>

enum { BIG_BYTES = 17 << 20, LARGE_BYTES = 600 << 10 };

static void expect_squares(const hf_any *values, size_t len) {
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(values[i].kind, HF_ANY_INT);
        assert_int_equal(values[i].as_int, i * i);
    }
}

/* ---- apply ---- */

static void apply_runs_a_function_and_gives_its_result(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    const hf_any seven = hf_any_int(7);
    hf_any value = hf_any_null();

    assert_ok(hf_pool_apply(forked->pool, "square", &seven, 1, NULL, -1, &value));
    assert_any(value, hf_any_int(49));
    assert_ok(hf_pool_apply(forked->pool, "square", &seven, 1, NULL, -1, NULL));
}

static void arguments_and_results_have_any_shape(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    const hf_any inner[] = {hf_any_int(-1), hf_any_double(2.5), hf_any_bool(true)};
    const hf_any_item pair = {hf_any_string("key"), hf_any_list(inner, 3)};
    const hf_any arguments[] = {hf_any_null(), hf_any_string("text"), hf_any_bytes("\0\xff", 2),
                                hf_any_map(&pair, 1), hf_any_list(inner, 3)};
    hf_any value = hf_any_null();

    assert_ok(hf_pool_apply(forked->pool, "echo", arguments, 5, NULL, -1, &value));
    assert_any(value, hf_any_list(arguments, 5));
    assert_ok(hf_pool_apply(forked->pool, "echo", NULL, 0, NULL, -1, &value));
    assert_any(value, hf_any_list(NULL, 0));
}

static void the_words_of_a_function_that_fails_reach_the_caller(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    const hf_any words = hf_any_string("the paper tray is empty");
    hf_any value = hf_any_int(1);

    assert_int_equal(hf_pool_apply(forked->pool, "fail", &words, 1, NULL, -1, &value),
                     HF_TASK_FAILED);
    assert_string_equal(hf_last_detail(), "the paper tray is empty");
    assert_int_equal(value.as_int, 1);
    assert_int_equal(hf_pool_apply(forked->pool, "nothing", &words, 1, NULL, -1, &value),
                     HF_TASK_FAILED);
    assert_non_null(strstr(hf_last_detail(), "nothing"));
    assert_int_equal(state_of(forked->pool).failed, 2);
}

static void tasks_that_have_not_ended_in_time_are_cancelled(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 0, NULL);
    const hf_any seven = hf_any_int(7);
    hf_any value = hf_any_int(1);
    hf_any_array values = {NULL, 0};

    assert_int_equal(hf_pool_apply(forked->pool, "square", &seven, 1, NULL, 0, &value), HF_TIMEOUT);
    assert_int_equal(hf_pool_map(forked->pool, "square", &seven, 1, NULL, 1, &values), HF_TIMEOUT);

    while (state_of(forked->pool).cancelled + state_of(forked->pool).queued > 0 &&
           state_of(forked->pool).queued > 0) {
        (void)sched_yield();
    }
    assert_int_equal(value.as_int, 1);
    assert_null(values.items);
}

static void bad_calls_are_refused_at_once(void **state) {
    static char long_name[300];
    struct forked_pool *forked = open_forked_pool(state, 0, NULL);
    const hf_any one = hf_any_int(1);
    const hf_any bad_text = hf_any_string("\xff");
    const hf_task_options urgent = {.priority = 11};
    const hf_task_options hurried = {.time_limit_ms = -1};
    const hf_task_options *const defaults = NULL;
    memset(long_name, 'x', 256);
    const struct {
        const char *function;
        const hf_any *arguments;
        const hf_task_options *options;
    } cases[] = {
        {NULL, &one, defaults},   {"", &one, defaults},  {long_name, &one, defaults},
        {"\xff", &one, defaults}, {"f", NULL, defaults}, {"f", &bad_text, defaults},
        {"f", &one, &urgent},     {"f", &one, &hurried},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hf_result *result = NULL;
        assert_int_equal(hf_pool_apply_async(forked->pool, cases[i].function, cases[i].arguments, 1,
                                             cases[i].options, &result),
                         HF_INVALID);
        assert_string_not_equal(hf_last_detail(), "");
        assert_null(result);
        assert_int_equal(hf_pool_map_async(forked->pool, cases[i].function, cases[i].arguments, 1,
                                           cases[i].options, &result),
                         HF_INVALID);
        assert_null(result);
    }
    assert_int_equal(hf_pool_starmap_async(forked->pool, "f", &one, 1, NULL, NULL), HF_INVALID);
    assert_int_equal(hf_pool_apply_async(NULL, "f", &one, 1, NULL, NULL), HF_INVALID);
    assert_int_equal(hf_result_get(NULL, 0, NULL), HF_INVALID);
}

static void big_arguments_are_refused_at_once(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 0, NULL);
    hf_any nested[40];
    uint8_t *bytes = calloc(1, BIG_BYTES);
    const hf_any big = hf_any_bytes(bytes, BIG_BYTES);
    nested[0] = hf_any_int(1);
    for (size_t i = 1; i < 40; i++) {
        nested[i] = hf_any_list(&nested[i - 1], 1);
    }

    assert_int_equal(hf_pool_apply_async(forked->pool, "f", &big, 1, NULL, NULL), HF_TOO_BIG);
    assert_int_equal(hf_pool_apply_async(forked->pool, "f", &nested[39], 1, NULL, NULL),
                     HF_TOO_BIG);

    free(bytes);
}

/* ---- results ---- */

static void a_result_tells_whether_it_is_there(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_event event = open_event("a result");
    hf_any value = hf_any_int(1);
    size_t ended = 7;
    size_t all = 7;
    hf_result *result = begin_one(forked->pool, "gate", hf_any_string("a result"));

    assert_false(hf_result_ready(result));
    assert_false(hf_result_successful(result));
    assert_false(hf_result_wait(result, 0));
    assert_int_equal(hf_result_get(result, 1, &value), HF_TIMEOUT);
    assert_int_equal(value.as_int, 1);
    hf_result_calls(result, &ended, &all);
    assert_int_equal(ended, 0);
    assert_int_equal(all, 1);

    assert_ok(hf_event_set(event));
    assert_true(hf_result_wait(result, -1));
    assert_true(hf_result_ready(result));
    assert_true(hf_result_successful(result));
    hf_result_calls(result, &ended, &all);
    assert_int_equal(ended, 1);
    hf_result_free(result);
    hf_result_free(NULL);
}

static void a_result_may_be_asked_for_again_and_is_copied(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    const hf_any text = hf_any_string("text");
    hf_any first = hf_any_null();
    hf_any second = hf_any_null();
    hf_result *result = begin_one(forked->pool, "echo", text);

    assert_ok(hf_result_get(result, -1, &first));
    assert_ok(hf_result_get(result, 0, NULL));
    assert_ok(hf_result_get(result, 0, &second));
    hf_result_free(result);

    assert_any(first, hf_any_list(&text, 1));
    assert_any(second, hf_any_list(&text, 1));
}

static void a_failed_result_is_there_but_not_successful(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_result *result = begin_one(forked->pool, "fail", hf_any_string("no"));

    assert_true(hf_result_wait(result, -1));
    assert_false(hf_result_successful(result));
    assert_int_equal(hf_result_get(result, 0, NULL), HF_TASK_FAILED);
    assert_string_equal(hf_last_detail(), "no");

    hf_result_free(result);
}

static void the_task_of_a_result_freed_early_is_run(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_list list = new_list(0);
    const hf_any arguments[] = {hf_list_ref(list), hf_any_int(5)};
    hf_any item = hf_any_null();

    assert_ok(hf_pool_apply_async(forked->pool, "note", arguments, 2, NULL, NULL));
    close_forked_pool(forked);

    assert_ok(hf_list_get_any(list, 0, &item));
    assert_any(item, hf_any_int(5));
}

static void many_results_come_one_by_one(void **state) {
    static hf_result *results[MANY];
    struct forked_pool *forked = open_forked_pool(state, 2, NULL);

    for (int64_t i = 0; i < MANY; i++) {
        results[i] = begin_one(forked->pool, "square", hf_any_int(i));
    }
    for (int64_t i = 0; i < MANY; i++) {
        finish_with(results[i], hf_any_int(i * i));
    }

    assert_int_equal(state_of(forked->pool).done, MANY);
}

/* How long the first call has waited at the pool, as the manager says. */
static uint64_t waited_ms(hf_pool *pool) {
    hf_description description;
    assert_ok(hf_object_describe(hf_pool_object(pool), &description));
    uint64_t waited = description.waiter_count > 0 ? description.waiters[0].waited_ms : 0;
    hf_description_clear(&description);
    return waited;
}

/* It does not ask again and again, each time behind those who have come meanwhile. */
static void a_submit_keeps_its_place_in_the_line(void **state) {
    const hf_pool_options options = {.max_tasks = 1};
    struct forked_pool *forked = open_forked_pool(state, 0, &options);
    hf_result *results[2];
    for (size_t i = 0; i < 2; i++) {
        results[i] = begin_one(forked->pool, "square", hf_any_int((int64_t)i));
    }
    while (waited_ms(forked->pool) < 250) {
        (void)sched_yield();
    }

    assert_ok(hf_result_cancel(results[1])); /* the one that waits */
    finish_failed(results[1], HF_CANCELLED);
    results[1] = begin_one(forked->pool, "square", hf_any_int(3));
    (void)add_worker(forked);
    finish_with(results[0], hf_any_int(0));
    finish_with(results[1], hf_any_int(9));
}

static void a_task_that_waits_and_is_cancelled_never_runs(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_list list = new_list(0);
    hf_event event = open_event("cancelled");
    const hf_any arguments[] = {hf_list_ref(list), hf_any_int(5)};
    hf_result *result = NULL;
    uint64_t len = 1;
    hf_result *gate = begin_one(forked->pool, "gate", hf_any_string("cancelled"));
    assert_ok(hf_pool_apply_async(forked->pool, "note", arguments, 2, NULL, &result));

    assert_ok(hf_result_cancel(result));
    finish_failed(result, HF_CANCELLED);
    assert_ok(hf_event_set(event));
    assert_true(hf_result_wait(gate, -1));
    hf_result_free(gate);
    close_forked_pool(forked);

    assert_ok(hf_list_len(list, &len));
    assert_int_equal(len, 0);
}

static void a_task_that_runs_and_is_cancelled_is_told_when_it_asks(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_any progress = hf_any_null();
    hf_result *result = begin_one(forked->pool, "report", hf_any_int(50));
    assert_ok(hf_result_progress(result, NULL));
    while (progress.kind == HF_ANY_NULL) {
        assert_ok(hf_result_progress(result, &progress));
    }
    assert_any(progress, hf_any_int(50));

    assert_ok(hf_result_cancel(result));
    assert_ok(hf_result_cancel(result));

    finish_with(result, hf_any_string("told"));
}

static void tasks_with_a_higher_priority_run_first(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 0, NULL);
    hf_list list = new_list(0);
    hf_any item = hf_any_null();
    for (int priority = -10; priority <= 10; priority++) {
        const hf_any arguments[] = {hf_list_ref(list), hf_any_int(priority)};
        const hf_task_options options = {.priority = priority};
        assert_ok(hf_pool_apply_async(forked->pool, "note", arguments, 2, &options, NULL));
    }
    while (state_of(forked->pool).queued < 21) {
        (void)sched_yield();
    }

    (void)add_worker(forked);
    close_forked_pool(forked);

    for (int priority = 10; priority >= -10; priority--) {
        assert_ok(hf_list_pop_any(list, 0, &item));
        assert_any(item, hf_any_int(priority));
    }
}

/* ---- map ---- */

static void map_gives_all_results_in_order(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 2, NULL);
    const size_t chunks[] = {0, 1, 7, MANY, 2 * MANY};
    hf_any_array values = {NULL, 0};

    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        const hf_task_options options = {.chunk = chunks[i]};
        assert_ok(hf_pool_map(forked->pool, "square", numbers(), MANY, &options, -1, &values));
        assert_int_equal(values.len, MANY);
        expect_squares(values.items, MANY);
        hf_any_array_clear(&values);
    }
    assert_ok(hf_pool_map(forked->pool, "square", numbers(), MANY, NULL, -1, NULL));
    assert_ok(hf_pool_map(forked->pool, "square", NULL, 0, NULL, -1, &values));
    assert_int_equal(values.len, 0);
    hf_any_array_clear(&values);
}

static void a_map_is_cut_into_some_tasks_for_each_worker(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 2, NULL);

    assert_ok(hf_pool_map(forked->pool, "square", numbers(), 80, NULL, -1, NULL));

    assert_int_equal(state_of(forked->pool).done, 8);
}

static void a_map_of_large_values_is_cut_smaller(void **state) {
    enum { COUNT = 30 };
    struct forked_pool *forked = open_forked_pool(state, 2, NULL);
    char *text = malloc(LARGE_BYTES + 1);
    hf_any items[COUNT];
    hf_any_array values = {NULL, 0};
    memset(text, 'x', LARGE_BYTES);
    text[LARGE_BYTES] = 0;
    for (size_t i = 0; i < COUNT; i++) {
        items[i] = hf_any_string_n(text, LARGE_BYTES);
    }

    assert_ok(hf_pool_map(forked->pool, "echo", items, COUNT, NULL, -1, &values));

    assert_int_equal(values.len, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(hf_any_equal(values.items[i], hf_any_list(items, 1)));
    }
    assert_true(state_of(forked->pool).done > 8);
    hf_any_array_clear(&values);
    free(text);
}

static void a_map_tells_the_first_of_its_failures_in_order(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 2, NULL);
    hf_any items[64];
    hf_any_array values = {NULL, 0};
    for (int64_t i = 0; i < 64; i++) {
        items[i] = hf_any_int(i < 21 ? 2 * i + 1 : i);
    }

    for (size_t chunk = 1; chunk <= 16; chunk *= 2) {
        const hf_task_options options = {.chunk = chunk};
        assert_int_equal(hf_pool_map(forked->pool, "odd", items, 64, &options, -1, &values),
                         HF_TASK_FAILED);
        assert_string_equal(hf_last_detail(), "22 is even");
        assert_null(values.items);
    }
}

static void starmap_spreads_its_items(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 2, NULL);
    const hf_any parts[] = {hf_any_int(1), hf_any_string("two"), hf_any_double(3)};
    hf_any items[40];
    hf_any_array values = {NULL, 0};
    for (size_t i = 0; i < 40; i++) {
        items[i] = hf_any_list(parts, i / 3 % 4);
    }

    assert_ok(hf_pool_starmap(forked->pool, "echo", items, 40, NULL, -1, &values));

    assert_int_equal(values.len, 40);
    for (size_t i = 0; i < 40; i++) {
        assert_true(hf_any_equal(values.items[i], items[i]));
    }
    hf_any_array_clear(&values);
}

static void the_value_of_a_map_without_waiting_is_a_list(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    const hf_any squares[] = {hf_any_int(0), hf_any_int(1), hf_any_int(4)};
    const hf_any pairs[] = {hf_any_list(numbers(), 1), hf_any_list(numbers() + 1, 1)};
    hf_result *map = NULL;
    hf_result *starmap = NULL;
    hf_result *nothing = NULL;
    size_t ended = 0;
    size_t all = 0;

    assert_ok(hf_pool_map_async(forked->pool, "square", numbers(), 3, NULL, &map));
    assert_ok(hf_pool_starmap_async(forked->pool, "square", pairs, 2, NULL, &starmap));
    assert_ok(hf_pool_map_async(forked->pool, "square", NULL, 0, NULL, &nothing));

    assert_true(hf_result_wait(map, -1));
    hf_result_calls(map, &ended, &all);
    assert_int_equal(ended, 3);
    assert_int_equal(all, 3);
    finish_with(map, hf_any_list(squares, 3));
    finish_with(starmap, hf_any_list(squares, 2));
    finish_with(nothing, hf_any_list(NULL, 0));
}

static void objects_that_arguments_refer_to_live_as_long_as_their_tasks(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 0, NULL);
    hf_list list = new_list(0);
    hf_list copy = {NULL, 0};
    const hf_any ref = hf_list_ref(list);
    hf_any value = hf_any_null();
    uint64_t len = 7;
    hf_result *result = begin_one(forked->pool, "echo", ref);
    while (state_of(forked->pool).queued < 1) {
        (void)sched_yield();
    }

    assert_ok(hf_object_release(HF_OBJECT(list)));
    (void)add_worker(forked);
    assert_ok(hf_result_get(result, -1, &value));

    assert_ok(hf_list_from_ref(client, value.items[0], &copy));
    assert_ok(hf_list_len(copy, &len));
    assert_int_equal(len, 0);
    hf_any_clear(&value);
    hf_result_free(result);
}

/* ---- bounds ---- */

static void a_pool_with_a_bound_never_has_more_tasks_waiting(void **state) {
    const hf_pool_options options = {.max_tasks = 3};
    struct forked_pool *forked = open_forked_pool(state, 2, &options);
    hf_any_array values = {NULL, 0};
    hf_result *results[200];
    const hf_task_options single = {.chunk = 1};

    for (int64_t i = 0; i < 200; i++) {
        results[i] = begin_one(forked->pool, "square", hf_any_int(i));
        assert_true(state_of(forked->pool).queued <= 3);
    }
    for (int64_t i = 0; i < 200; i++) {
        finish_with(results[i], hf_any_int(i * i));
    }
    assert_ok(hf_pool_map(forked->pool, "square", numbers(), 500, &single, -1, &values));
    expect_squares(values.items, 500);

    hf_any_array_clear(&values);
}

static void a_submit_waits_for_room_only_until_its_timeout(void **state) {
    const hf_pool_options options = {.max_tasks = 1};
    struct forked_pool *forked = open_forked_pool(state, 0, &options);
    const hf_any seven = hf_any_int(7);
    hf_result *first = begin_one(forked->pool, "square", seven);

    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(hf_pool_apply(forked->pool, "square", &seven, 1, NULL, 1, NULL),
                         HF_TIMEOUT);
    }
    (void)add_worker(forked);

    finish_with(first, hf_any_int(49));
    assert_ok(hf_pool_apply(forked->pool, "square", &seven, 1, NULL, -1, NULL));
}

static void a_task_for_which_there_is_never_room_ends_so(void **state) {
    const hf_pool_options options = {.max_bytes = 1000};
    struct forked_pool *forked = open_forked_pool(state, 1, &options);
    char text[2000];
    memset(text, 'x', sizeof text);

    hf_result *before = begin_one(forked->pool, "square", hf_any_int(2));
    hf_result *result = begin_one(forked->pool, "echo", hf_any_string_n(text, sizeof text));
    hf_result *after = begin_one(forked->pool, "square", hf_any_int(3));

    finish_failed(result, HF_TOO_BIG);
    finish_with(before, hf_any_int(4));
    finish_with(after, hf_any_int(9));
}

static void *submit_many(void *pool) {
    hf_result *results[500];
    for (int64_t i = 0; i < 500; i++) {
        results[i] = begin_one(pool, "square", hf_any_int(i));
    }
    for (int64_t i = 0; i < 500; i++) {
        finish_with(results[i], hf_any_int(i * i));
    }
    return NULL;
}

static void threads_share_a_pool(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 2, NULL);
    pthread_t threads[4];

    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, submit_many, forked->pool), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }

    assert_int_equal(state_of(forked->pool).done, 2000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(apply_runs_a_function_and_gives_its_result),
        cmocka_unit_test(arguments_and_results_have_any_shape),
        cmocka_unit_test(the_words_of_a_function_that_fails_reach_the_caller),
        cmocka_unit_test(tasks_that_have_not_ended_in_time_are_cancelled),
        cmocka_unit_test(bad_calls_are_refused_at_once),
        cmocka_unit_test(big_arguments_are_refused_at_once),
        cmocka_unit_test(a_result_tells_whether_it_is_there),
        cmocka_unit_test(a_result_may_be_asked_for_again_and_is_copied),
        cmocka_unit_test(a_failed_result_is_there_but_not_successful),
        cmocka_unit_test(the_task_of_a_result_freed_early_is_run),
        cmocka_unit_test(many_results_come_one_by_one),
        cmocka_unit_test(a_submit_keeps_its_place_in_the_line),
        cmocka_unit_test(a_task_that_waits_and_is_cancelled_never_runs),
        cmocka_unit_test(a_task_that_runs_and_is_cancelled_is_told_when_it_asks),
        cmocka_unit_test(tasks_with_a_higher_priority_run_first),
        cmocka_unit_test(map_gives_all_results_in_order),
        cmocka_unit_test(a_map_is_cut_into_some_tasks_for_each_worker),
        cmocka_unit_test(a_map_of_large_values_is_cut_smaller),
        cmocka_unit_test(a_map_tells_the_first_of_its_failures_in_order),
        cmocka_unit_test(starmap_spreads_its_items),
        cmocka_unit_test(the_value_of_a_map_without_waiting_is_a_list),
        cmocka_unit_test(objects_that_arguments_refer_to_live_as_long_as_their_tasks),
        cmocka_unit_test(a_pool_with_a_bound_never_has_more_tasks_waiting),
        cmocka_unit_test(a_submit_waits_for_room_only_until_its_timeout),
        cmocka_unit_test(a_task_for_which_there_is_never_room_ends_so),
        cmocka_unit_test(threads_share_a_pool),
    };
    return POOLING_MAIN(tests);
}
