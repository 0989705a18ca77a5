/* SPDX-License-Identifier: MIT
 *
 * hf_interrupt() in each function of a pool that waits: 1,000 times at random moments, for one
 * thread, and from a signal handler. The test itself uses the same client, so it interrupts no
 * other threads but in the last tests.
 */
#include "pooling.h"

#include "fake.h"
#include "interrupting.h"

#include <sched.h>
#include <signal.h>

static struct forked_pool *forked;
static hf_event gate;
static hf_result *result;
static hf_results *results;
static hf_any gate_name;

static void by_number(struct waiter *waiter) {
    assert_true(hf_interrupt_thread(client, waiter->tid));
}

static void handle_signal(int number) {
    (void)number;
    (void)hf_interrupt_thread(client, gettid());
}

/* The thread sanitizer puts a handler off while its thread sleeps, sometimes for ever. */
static void by_signal(struct waiter *waiter) {
#ifdef __SANITIZE_THREAD__
    by_number(waiter);
#else
    assert_int_equal(pthread_kill(waiter->thread, SIGUSR1), 0);
#endif
}

/* One worker, which waits at a gate with a task that was submitted; the pool is full. */
static void open_full(void **state) {
    const hf_pool_options options = {.max_tasks = 1};
    const struct sigaction action = {.sa_handler = handle_signal, .sa_flags = SA_RESTART};
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    forked = open_forked_pool(state, 1, &options);
    gate = open_event("gate");
    gate_name = hf_any_string("gate");
    result = begin_one(forked->pool, "gate", gate_name);
    assert_ok(hf_pool_imap(forked->pool, "square", numbers(), 3, NULL, &results));
}

/* The tasks of other threads are there, and further ones are done. */
static void use_and_close(void) {
    hf_any value;
    size_t index = 9;
    assert_ok(hf_event_set(gate));
    finish_with(result, hf_any_null());
    for (size_t i = 0; i < 3; i++) {
        assert_ok(hf_results_next(results, -1, &index, &value));
        assert_int_equal(index, i);
        assert_any(value, hf_any_int((int64_t)(i * i)));
    }
    assert_status(hf_results_next(results, -1, NULL, &value), HF_INDEX_ERROR, "the end");
    hf_results_free(results);
    finish_with(begin_one(forked->pool, "square", hf_any_int(7)), hf_any_int(49));
    close_forked_pool(forked);
    assert_ok(hf_object_delete(HF_OBJECT(gate)));
}

static hf_status wait_get(void) {
    hf_any value;
    return hf_result_get(result, -1, &value);
}

static hf_status wait_result(void) {
    return hf_result_wait(result, 3600 * 1000) ? HF_OK : HF_CANCELLED;
}

static hf_status wait_next(void) {
    size_t index = 9;
    hf_any value;
    hf_status status = hf_results_next(results, -1, &index, &value);
    assert_int_equal(index, 9);
    return status;
}

static hf_status wait_apply(void) {
    hf_any value;
    return hf_pool_apply(forked->pool, "gate", &gate_name, 1, NULL, -1, &value);
}

static hf_status wait_map(void) {
    const hf_task_options options = {.chunk = 1};
    hf_any_array values;
    return hf_pool_map(forked->pool, "square", numbers(), 20, &options, -1, &values);
}

/* More tasks than the pool takes: none is left of them. */
static hf_status wait_room(void) {
    const hf_task_options options = {.chunk = 1};
    hf_result *unused;
    return hf_pool_map_async(forked->pool, "square", numbers(), 20, &options, &unused);
}

static const struct {
    const char *name;
    hf_status (*wait)(void);
} rows[] = {
    {"result_get", wait_get},    {"result_wait", wait_result},
    {"results_next", wait_next}, {"apply", wait_apply},
    {"map", wait_map},           {"map_async", wait_room},
};

static void each_wait_is_interrupted(void **state) {
    struct seeded seeded = {1};
    open_full(state);
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        struct waiter waiter;
        start_waiter(&waiter, client, rows[row].wait);
        interrupt_waits(&waiter, by_number, INTERRUPTS, &seeded, rows[row].name);
        interrupt_waits(&waiter, by_signal, INTERRUPTS / 10, &seeded, rows[row].name);
        stop_waiter(&waiter);
    }
    use_and_close();
}

static hf_status wait_close(void) {
    return hf_pool_close(forked->pool);
}

/* It is closed after all, when it has room. */
static void closing_is_interrupted(void **state) {
    struct seeded seeded = {2};
    struct waiter waiter;
    open_full(state);
    start_waiter(&waiter, client, wait_close);
    interrupt_waits(&waiter, by_number, INTERRUPTS, &seeded, "close");
    stop_waiter(&waiter);
    assert_ok(hf_event_set(gate));
    finish_with(result, hf_any_null());
    hf_results_free(results);
    close_forked_pool(forked);
    assert_ok(hf_object_delete(HF_OBJECT(gate)));
}

static hf_status wait_join(void) {
    return hf_pool_join(forked->pool, -1);
}

static void joining_is_interrupted(void **state) {
    struct seeded seeded = {3};
    struct waiter waiter;
    forked = open_forked_pool(state, 1, NULL);
    gate = open_event("gate");
    result = begin_one(forked->pool, "gate", hf_any_string("gate"));
    assert_ok(hf_pool_close(forked->pool));
    start_waiter(&waiter, client, wait_join);
    interrupt_waits(&waiter, by_number, INTERRUPTS, &seeded, "join");
    stop_waiter(&waiter);
    assert_ok(hf_event_set(gate));
    finish_with(result, hf_any_null());
    close_forked_pool(forked);
    assert_ok(hf_object_delete(HF_OBJECT(gate)));
}

static hf_status wait_work(void) {
    const hf_function function = {"square", square};
    hf_work work = HF_WORK;
    work.functions = &function;
    work.function_count = 1;
    return hf_pool_work(client, forked->name, &work);
}

/* Each time it registers and leaves. */
static void a_worker_is_interrupted(void **state) {
    struct seeded seeded = {4};
    struct waiter waiter;
    forked = open_forked_pool(state, 0, NULL);
    start_waiter(&waiter, client, wait_work);
    interrupt_waits(&waiter, by_number, INTERRUPTS, &seeded, "work");
    stop_waiter(&waiter);
    assert_int_equal(state_of(forked->pool).worker_count, 0);
    close_forked_pool(forked);
}

/* One interrupt ends one wait of a thread, whichever connections it has; the pool's own threads go
 * on. */
static void an_interrupt_is_noticed_once(void **state) {
    hf_any value = hf_any_null();
    open_full(state);
    hf_interrupt(client);
    hf_interrupt(client);

    assert_status(hf_result_get(result, -1, &value), HF_CANCELLED, "the first wait");
    assert_status(hf_result_get(result, 1, &value), HF_TIMEOUT, "the next one");
    assert_status(hf_event_wait(gate, 1), HF_TIMEOUT, "at the manager");

    use_and_close();
}

/* ---- opening ---- */

static _Atomic bool connects;

/* The pool's first thread introduces itself. */
static void say_nothing_to_the_pool(struct fake *fake) {
    fake_accept(fake);
    Hf__Request *request = fake_read(fake);
    fake_expect(fake, request && request->op_case == HF__REQUEST__OP_HELLO, "hello");
    hf__request__free_unpacked(request, NULL);
    connects = true;
    fake_expect_hang_up(fake);
}

static hf_client *silent;

static void *open_main(void *argument) {
    struct waiter *waiter = argument;
    hf_pool *pool = NULL;
    waiter->begun = 1;
    waiter->status = hf_pool_open(silent, "pool", NULL, &pool);
    waiter->ended = 1;
    return NULL;
}

static void opening_is_interrupted(void **state) {
    struct waiter waiter = {.over = false};
    struct fake fake;
    (void)state;
    silent = fake_play(&fake, say_nothing_to_the_pool, NULL);
    assert_int_equal(pthread_create(&waiter.thread, NULL, open_main, &waiter), 0);
    while (!waiter.ended) {
        if (connects) {
            hf_interrupt(silent);
        }
        (void)sched_yield();
    }
    assert_int_equal(pthread_join(waiter.thread, NULL), 0);
    assert_status(waiter.status, HF_CANCELLED, "open");
    fake_stop(&fake);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_wait_is_interrupted),     cmocka_unit_test(closing_is_interrupted),
        cmocka_unit_test(joining_is_interrupted),       cmocka_unit_test(a_worker_is_interrupted),
        cmocka_unit_test(an_interrupt_is_noticed_once), cmocka_unit_test(opening_is_interrupted),
    };
    return POOLING_MAIN(tests);
}
