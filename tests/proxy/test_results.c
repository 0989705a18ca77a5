/* SPDX-License-Identifier: MIT
 *
 * Results of a pool as they come: imap, and callbacks. Against a real manager, with workers that
 * the tests have forked.
 */
#include "pooling.h"

#include <poll.h>
#include <sched.h>
#include <semaphore.h>

/* ---- imap ---- */

static void imap_gives_results_in_order(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 2, NULL);
    const size_t chunks[] = {0, 1, 7, 2 * MANY};

    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        const hf_task_options options = {.chunk = chunks[i]};
        hf_results *results = NULL;
        hf_any value = hf_any_null();
        size_t index = 0;
        assert_ok(hf_pool_imap(forked->pool, "square", numbers(), MANY, &options, &results));
        for (int64_t k = 0; k < MANY; k++) {
            assert_ok(hf_results_next(results, -1, &index, &value));
            assert_int_equal(index, k);
            assert_any(value, hf_any_int(k * k));
        }
        assert_int_equal(hf_results_next(results, -1, &index, &value), HF_INDEX_ERROR);
        assert_int_equal(hf_results_next(results, 0, NULL, NULL), HF_INDEX_ERROR);
        hf_results_free(results);
    }
}

static void unordered_imap_gives_each_result_once(void **state) {
    static bool seen[MANY];
    struct forked_pool *forked = open_forked_pool(state, 2, NULL);
    const hf_task_options options = {.chunk = 3};
    hf_results *results = NULL;
    assert_ok(hf_pool_imap_unordered(forked->pool, "square", numbers(), MANY, &options, &results));

    for (size_t i = 0; i < MANY; i++) {
        hf_any value = hf_any_null();
        size_t index = 0;
        assert_ok(hf_results_next(results, -1, &index, &value));
        assert_true(index < MANY && !seen[index]);
        assert_int_equal(value.as_int, index * index);
        seen[index] = true;
    }

    assert_int_equal(hf_results_next(results, -1, NULL, NULL), HF_INDEX_ERROR);
    hf_results_free(results);
}

static void unordered_imap_gives_first_what_comes_first(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 2, NULL);
    hf_event event = open_event("unordered");
    const hf_any names[] = {hf_any_string("unordered"), hf_any_string("open")};
    hf_results *results = NULL;
    hf_results *ordered = NULL;
    size_t index = 7;
    assert_ok(hf_event_set(open_event("open")));
    assert_ok(hf_pool_imap_unordered(forked->pool, "gate", names, 2, NULL, &results));
    assert_ok(hf_results_next(results, -1, &index, NULL));
    assert_int_equal(index, 1);
    assert_int_equal(hf_results_next(results, 1, &index, NULL), HF_TIMEOUT);
    assert_ok(hf_pool_imap(forked->pool, "gate", names, 2, NULL, &ordered));
    assert_int_equal(hf_results_next(ordered, 0, &index, NULL), HF_TIMEOUT);

    assert_ok(hf_event_set(event));

    assert_ok(hf_results_next(results, -1, &index, NULL));
    assert_int_equal(index, 0);
    assert_ok(hf_results_next(ordered, -1, &index, NULL));
    assert_int_equal(index, 0);
    assert_ok(hf_results_next(ordered, -1, &index, NULL));
    assert_int_equal(index, 1);
    hf_results_free(results);
    hf_results_free(ordered);
}

static void a_call_of_imap_that_fails_is_one_result(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 2, NULL);

    for (size_t chunk = 1; chunk <= 64; chunk *= 4) {
        const hf_task_options options = {.chunk = chunk};
        hf_results *results = NULL;
        assert_ok(hf_pool_imap(forked->pool, "odd", numbers(), 64, &options, &results));
        for (int64_t i = 0; i < 64; i++) {
            char words[32];
            hf_any value = hf_any_null();
            (void)snprintf(words, sizeof words, "%lld is even", (long long)i);
            hf_status status = hf_results_next(results, -1, NULL, &value);
            assert_int_equal(status, i % 2 ? HF_OK : HF_TASK_FAILED);
            assert_string_equal(hf_last_detail(), i % 2 ? "" : words);
            assert_any(value, i % 2 ? hf_any_int(i) : hf_any_null());
        }
        hf_results_free(results);
    }
}

static void imap_over_nothing_has_no_results(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 0, NULL);
    hf_results *results = NULL;

    assert_ok(hf_pool_imap(forked->pool, "square", NULL, 0, NULL, &results));

    assert_int_equal(hf_results_next(results, -1, NULL, NULL), HF_INDEX_ERROR);
    hf_results_free(results);
    hf_results_free(NULL);
    assert_int_equal(hf_results_next(NULL, 0, NULL, NULL), HF_INVALID);
    assert_int_equal(hf_pool_imap(forked->pool, "", NULL, 0, NULL, &results), HF_INVALID);
    assert_int_equal(hf_pool_imap(NULL, "f", NULL, 0, NULL, &results), HF_INVALID);
}

static void imap_does_not_run_far_ahead(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_results *results = NULL;

    assert_ok(hf_pool_imap(forked->pool, "square", numbers(), MANY, NULL, &results));
    while (state_of(forked->pool).done < 1024) {
        (void)sched_yield();
    }
    assert_int_equal(state_of(forked->pool).queued, 0);
    hf_results_free(results);
}

static void the_rest_of_imap_is_cancelled_when_it_is_freed(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 0, NULL);
    hf_results *results = NULL;
    assert_ok(hf_pool_imap(forked->pool, "square", numbers(), 100, NULL, &results));
    while (state_of(forked->pool).queued < 100) {
        (void)sched_yield();
    }

    hf_results_free(results);

    while (state_of(forked->pool).cancelled < 100) {
        (void)sched_yield();
    }
}

static void imap_goes_on_after_the_pool_is_closed(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_results *results = NULL;
    assert_ok(hf_pool_imap(forked->pool, "square", numbers(), MANY, NULL, &results));

    assert_ok(hf_pool_close(forked->pool));

    for (int64_t i = 0; i < MANY; i++) {
        hf_any value = hf_any_null();
        assert_ok(hf_results_next(results, -1, NULL, &value));
        assert_any(value, hf_any_int(i * i));
    }
    hf_results_free(results);
}

/* ---- values ---- */

/* echo() puts it into one list more. */
static void the_results_of_a_map_may_be_as_deep_as_any_value(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_any lists[31];
    hf_any got;
    hf_any_array all;
    hf_result *result = NULL;
    lists[0] = hf_any_list(NULL, 0);
    for (size_t i = 1; i < 31; i++) {
        lists[i] = hf_any_list(&lists[i - 1], 1);
    }

    assert_ok(hf_pool_map(forked->pool, "echo", &lists[30], 1, NULL, -1, &all));
    assert_ok(hf_pool_map_async(forked->pool, "echo", &lists[30], 1, NULL, &result));
    for (int i = 0; i < 2; i++) {
        assert_ok(hf_result_get(result, -1, &got));
        assert_any(got, hf_any_list(all.items, 1));
    }
    hf_result_free(result);
    hf_any_array_clear(&all);
}

/* ---- callbacks ---- */

struct seen {
    sem_t come;
    pthread_t thread;
    hf_any value;
    hf_status status;
    char detail[100];
    int count;
    hf_pool *pool;
    sem_t go;
};

static void init_seen(struct seen *seen, hf_pool *pool) {
    *seen = (struct seen){.pool = pool};
    assert_int_equal(sem_init(&seen->come, 0, 0), 0);
    assert_int_equal(sem_init(&seen->go, 0, 0), 0);
}

static void note_value(void *argument, hf_any value) {
    struct seen *seen = argument;
    seen->thread = pthread_self();
    seen->count++;
    (void)!hf_any_copy(value, &seen->value);
    (void)sem_post(&seen->come);
}

static void note_error(void *argument, hf_status status, const char *detail) {
    struct seen *seen = argument;
    seen->count++;
    seen->status = status;
    (void)snprintf(seen->detail, sizeof seen->detail, "%s", detail);
    (void)sem_post(&seen->come);
}

static hf_task_options calling_back(struct seen *seen) {
    hf_task_options options = HF_TASK_OPTIONS;
    options.callback = note_value;
    options.error_callback = note_error;
    options.argument = seen;
    return options;
}

static void a_callback_is_run_in_a_thread_of_the_pool(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    const hf_any squares[] = {hf_any_int(0), hf_any_int(1), hf_any_int(4)};
    struct seen one;
    struct seen all;
    init_seen(&one, forked->pool);
    init_seen(&all, forked->pool);
    const hf_task_options to_one = calling_back(&one);
    const hf_task_options to_all = calling_back(&all);
    assert_int_equal(hf_pool_fd(forked->pool), -1);

    assert_ok(hf_pool_apply_async(forked->pool, "square", numbers() + 7, 1, &to_one, NULL));
    assert_ok(hf_pool_map_async(forked->pool, "square", numbers(), 3, &to_all, NULL));
    assert_int_equal(sem_wait(&one.come), 0);
    assert_int_equal(sem_wait(&all.come), 0);

    assert_any(one.value, hf_any_int(49));
    assert_any(all.value, hf_any_list(squares, 3));
    assert_false(pthread_equal(one.thread, pthread_self()));
    assert_int_equal(hf_pool_process(forked->pool), 0);
    close_forked_pool(forked);
    assert_int_equal(one.count + all.count, 2);
}

static void the_error_callback_has_status_and_words(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    const hf_any words = hf_any_string("no paper");
    struct seen seen;
    init_seen(&seen, forked->pool);
    hf_task_options options = calling_back(&seen);

    assert_ok(hf_pool_apply_async(forked->pool, "fail", &words, 1, &options, NULL));
    close_forked_pool(forked);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.status, HF_TASK_FAILED);
    assert_string_equal(seen.detail, "no paper");
}

static void only_calls_without_waiting_have_callbacks(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    struct seen seen;
    init_seen(&seen, forked->pool);
    hf_task_options options = calling_back(&seen);

    assert_ok(hf_pool_apply(forked->pool, "square", numbers(), 1, &options, -1, NULL));
    assert_ok(hf_pool_map(forked->pool, "square", numbers(), 3, &options, -1, NULL));
    options.callback = NULL;
    assert_ok(hf_pool_apply_async(forked->pool, "square", numbers(), 1, &options, NULL));
    close_forked_pool(forked);

    assert_int_equal(seen.count, 0);
}

static void apply_within(void *argument, hf_any value) {
    struct seen *seen = argument;
    seen->status = hf_pool_apply(seen->pool, "square", &value, 1, NULL, -1, &seen->value);
    (void)sem_post(&seen->come);
}

static void a_callback_may_wait_for_another_result(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_task_options options = HF_TASK_OPTIONS;
    struct seen seen;
    init_seen(&seen, forked->pool);
    options.callback = apply_within;
    options.argument = &seen;

    assert_ok(hf_pool_apply_async(forked->pool, "square", numbers() + 3, 1, &options, NULL));
    assert_int_equal(sem_wait(&seen.come), 0);

    assert_ok(seen.status);
    assert_any(seen.value, hf_any_int(81));
}

static void join_within(void *argument, hf_any value) {
    struct seen *seen = argument;
    (void)value;
    seen->status = hf_pool_join(seen->pool, -1);
    (void)sem_post(&seen->come);
}

static void a_callback_cannot_wait_for_its_own_end(void **state) {
    struct forked_pool *forked = open_forked_pool(state, 1, NULL);
    hf_task_options options = HF_TASK_OPTIONS;
    struct seen seen;
    init_seen(&seen, forked->pool);
    options.callback = join_within;
    options.argument = &seen;

    assert_ok(hf_pool_apply_async(forked->pool, "square", numbers(), 1, &options, NULL));
    assert_int_equal(sem_wait(&seen.come), 0);

    assert_int_equal(seen.status, HF_DEADLOCK);
}

static bool is_readable(int fd) {
    struct pollfd poll_fd = {fd, POLLIN, 0};
    return poll(&poll_fd, 1, 0) == 1;
}

static void without_a_thread_callbacks_are_run_when_the_caller_says_so(void **state) {
    const hf_pool_options by_hand = {.no_thread = true};
    struct forked_pool *forked = open_forked_pool(state, 1, &by_hand);
    struct pollfd readable = {hf_pool_fd(forked->pool), POLLIN, 0};
    hf_result *results[2];
    struct seen seen;
    init_seen(&seen, forked->pool);
    hf_task_options options = calling_back(&seen);
    assert_false(is_readable(readable.fd));
    assert_int_equal(hf_pool_process(forked->pool), 0);

    for (size_t i = 0; i < 2; i++) {
        assert_ok(
            hf_pool_apply_async(forked->pool, "square", numbers() + 2, 1, &options, &results[i]));
    }
    assert_int_equal(poll(&readable, 1, -1), 1);
    assert_true(hf_result_wait(results[0], -1) && hf_result_wait(results[1], -1));
    assert_int_equal(seen.count, 0);
    assert_int_equal(hf_pool_process(forked->pool), 2);

    assert_int_equal(seen.count, 2);
    assert_true(pthread_equal(seen.thread, pthread_self()));
    assert_false(is_readable(readable.fd));
    hf_result_free(results[0]);
    hf_result_free(results[1]);
}

static void stay_and_join(void *argument, hf_any value) {
    struct seen *seen = argument;
    (void)value;
    (void)sem_post(&seen->come);
    (void)sem_wait(&seen->go);
    seen->status = hf_pool_join(seen->pool, -1);
    hf_pool_free(seen->pool);
    (void)snprintf(seen->detail, sizeof seen->detail, "%s", hf_last_detail());
}

static void *process_callbacks(void *argument) {
    struct seen *seen = argument;
    seen->count = (int)hf_pool_process(seen->pool);
    return NULL;
}

static void await_callback(const struct forked_pool *forked) {
    struct pollfd readable = {hf_pool_fd(forked->pool), POLLIN, 0};
    assert_int_equal(poll(&readable, 1, -1), 1);
}

/* One thread is in a callback while another one runs a callback, too, and then joins. */
static void several_threads_may_run_callbacks(void **state) {
    const hf_pool_options by_hand = {.no_thread = true};
    struct forked_pool *forked = open_forked_pool(state, 1, &by_hand);
    struct seen stays;
    struct seen goes;
    pthread_t thread;
    init_seen(&stays, forked->pool);
    init_seen(&goes, forked->pool);
    const hf_task_options to_stay = {.callback = stay_and_join, .argument = &stays};
    const hf_task_options to_go = calling_back(&goes);

    assert_ok(hf_pool_apply_async(forked->pool, "square", numbers(), 1, &to_stay, NULL));
    await_callback(forked);
    assert_int_equal(pthread_create(&thread, NULL, process_callbacks, &stays), 0);
    assert_int_equal(sem_wait(&stays.come), 0);
    assert_ok(hf_pool_apply_async(forked->pool, "square", numbers(), 1, &to_go, NULL));
    await_callback(forked);
    assert_int_equal(hf_pool_process(forked->pool), 1);
    assert_ok(hf_pool_close(forked->pool));
    assert_status(hf_pool_join(forked->pool, 0), HF_TIMEOUT, "join");
    assert_int_equal(sem_post(&stays.go), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);

    assert_int_equal(stays.status, HF_DEADLOCK);
    assert_non_null(strstr(stays.detail, "not freed"));
    assert_int_equal(stays.count, 1);
    assert_int_equal(goes.count, 1);
}

static void join_runs_callbacks_that_nobody_else_runs(void **state) {
    const hf_pool_options by_hand = {.no_thread = true};
    struct forked_pool *forked = open_forked_pool(state, 1, &by_hand);
    struct seen seen;
    init_seen(&seen, forked->pool);
    hf_task_options options = calling_back(&seen);

    assert_ok(hf_pool_apply_async(forked->pool, "square", numbers() + 2, 1, &options, NULL));
    assert_ok(hf_pool_close(forked->pool));
    assert_ok(hf_pool_join(forked->pool, -1));

    assert_int_equal(seen.count, 1);
}

static void every_callback_is_run_before_the_pool_is_freed(void **state) {
    const hf_pool_options either[] = {{.no_thread = false}, {.no_thread = true}};

    for (size_t i = 0; i < 2; i++) {
        struct forked_pool *forked = open_forked_pool(state, 0, &either[i]);
        struct seen seen;
        init_seen(&seen, forked->pool);
        hf_task_options options = calling_back(&seen);
        for (size_t k = 0; k < 10; k++) {
            assert_ok(hf_pool_apply_async(forked->pool, "square", numbers(), 1, &options, NULL));
        }

        free_pool(forked);

        assert_int_equal(seen.count, 10);
        assert_int_equal(seen.status, HF_CANCELLED);
        reap_workers(forked);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(imap_gives_results_in_order),
        cmocka_unit_test(unordered_imap_gives_each_result_once),
        cmocka_unit_test(unordered_imap_gives_first_what_comes_first),
        cmocka_unit_test(a_call_of_imap_that_fails_is_one_result),
        cmocka_unit_test(imap_over_nothing_has_no_results),
        cmocka_unit_test(imap_does_not_run_far_ahead),
        cmocka_unit_test(the_rest_of_imap_is_cancelled_when_it_is_freed),
        cmocka_unit_test(imap_goes_on_after_the_pool_is_closed),
        cmocka_unit_test(the_results_of_a_map_may_be_as_deep_as_any_value),
        cmocka_unit_test(a_callback_is_run_in_a_thread_of_the_pool),
        cmocka_unit_test(the_error_callback_has_status_and_words),
        cmocka_unit_test(only_calls_without_waiting_have_callbacks),
        cmocka_unit_test(a_callback_may_wait_for_another_result),
        cmocka_unit_test(a_callback_cannot_wait_for_its_own_end),
        cmocka_unit_test(without_a_thread_callbacks_are_run_when_the_caller_says_so),
        cmocka_unit_test(several_threads_may_run_callbacks),
        cmocka_unit_test(join_runs_callbacks_that_nobody_else_runs),
        cmocka_unit_test(every_callback_is_run_before_the_pool_is_freed),
    };
    return POOLING_MAIN(tests);
}
