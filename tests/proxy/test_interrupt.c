/* SPDX-License-Identifier: MIT
 *
 * Signals that come while a call waits.
 */
#include "real.h"

#include <sched.h>
#include <signal.h>

static _Atomic unsigned handled;

static void count_signal(int number) {
    (void)number;
    handled++;
}

static void handle(int flags) {
    struct sigaction action = {.sa_handler = count_signal, .sa_flags = flags};
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    handled = 0;
}

/* A thread that holds a lock and waits for another one. */
struct waiter {
    pthread_t thread;
    hf_lock own;
    hf_lock other;
    int64_t timeout_ms;
    hf_status status;
    hf_status released; /* of its own lock, afterwards */
    _Atomic bool done;
};

static void *wait_main(void *argument) {
    struct waiter *waiter = argument;
    if (hf_lock_acquire(waiter->own, -1, NULL) == HF_OK) {
        waiter->status = hf_lock_acquire(waiter->other, waiter->timeout_ms, NULL);
        waiter->released = hf_lock_release_checked(waiter->own);
    }
    waiter->done = true;
    return NULL;
}

static uint64_t waiting(void) {
    hf_statistics numbers;
    assert_ok(hf_client_statistics(client, &numbers));
    return numbers.waiting_calls;
}

static void await_waiting(void) {
    while (waiting() == 0) {
        (void)sched_yield();
    }
}

static void begin_wait(struct waiter *waiter, int64_t timeout_ms) {
    *waiter = (struct waiter){.own = open_lock("own", NULL),
                              .other = open_lock("other", NULL),
                              .timeout_ms = timeout_ms,
                              .status = HF_INVALID,
                              .released = HF_INVALID};
    assert_ok(hf_lock_acquire(waiter->other, -1, NULL));
    assert_int_equal(pthread_create(&waiter->thread, NULL, wait_main, waiter), 0);
    await_waiting();
}

/* Send signals to a thread until its wait has ended, or so many were handled. */
static void send_signals(pthread_t thread, const _Atomic bool *done, unsigned most) {
    for (unsigned sent = 0; sent < most && !*done; sent++) {
        assert_int_equal(pthread_kill(thread, SIGUSR1), 0);
        while (handled <= sent && !*done) {
            (void)sched_yield();
        }
    }
}

static void end_wait(struct waiter *waiter) {
    assert_int_equal(pthread_join(waiter->thread, NULL), 0);
    assert_ok(waiter->released);
    assert_ok(hf_object_delete((hf_object){client, waiter->own.id}));
    assert_ok(hf_object_delete((hf_object){client, waiter->other.id}));
}

static void a_signal_ends_a_wait_without_a_limit(void **state) {
    struct waiter waiter;
    (void)state;
    handle(0);
    begin_wait(&waiter, -1);

    send_signals(waiter.thread, &waiter.done, UINT32_MAX);

    end_wait(&waiter); /* it still has what it held */
    assert_int_equal(waiter.status, HF_CANCELLED);
    assert_int_equal(waiting(), 0);
}

static void signals_disturb_no_other_call(void **state) {
    static const struct {
        int flags;
        int64_t timeout_ms;
    } cases[] = {{SA_RESTART, -1}, {0, 3600 * 1000}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct waiter waiter;
        handle(cases[i].flags);
        begin_wait(&waiter, cases[i].timeout_ms);
        send_signals(waiter.thread, &waiter.done, 2000);
        assert_ok(hf_lock_release(waiter.other));
        end_wait(&waiter);
        assert_ok(waiter.status);
    }
}

/* A thread that waits at a barrier, or for a condition with its lock. */
struct guest {
    pthread_t thread;
    hf_barrier barrier;
    hf_condition condition;
    hf_lock lock;
    int64_t timeout_ms;
    hf_grant grant;
    hf_status status;
    _Atomic bool done;
};

static void *barrier_main(void *argument) {
    struct guest *guest = argument;
    guest->status = hf_barrier_wait(guest->barrier, -1, NULL);
    guest->done = true;
    return NULL;
}

static void *condition_main(void *argument) {
    struct guest *guest = argument;
    if (hf_lock_acquire(guest->lock, -1, NULL) == HF_OK) {
        guest->status = hf_condition_wait(guest->condition, guest->timeout_ms, &guest->grant);
        assert_ok(hf_lock_release_checked(guest->lock)); /* it is held again */
    }
    guest->done = true;
    return NULL;
}

enum { MANY_SIGNALS = 20000 }; /* the first ones of a wait are not noticed */

static void begin_guest(struct guest *guest, void *(*run)(void *argument)) {
    handle(0);
    assert_int_equal(pthread_create(&guest->thread, NULL, run, guest), 0);
    await_waiting();
}

/* A party that gave up would break it for all others. */
static void a_signal_does_not_break_a_barrier(void **state) {
    struct guest guest = {.status = HF_INVALID};
    (void)state;
    assert_ok(hf_barrier_open(client, NULL, 2, NULL, &guest.barrier));
    begin_guest(&guest, barrier_main);
    send_signals(guest.thread, &guest.done, MANY_SIGNALS);

    assert_ok(hf_barrier_wait(guest.barrier, -1, NULL));

    assert_int_equal(pthread_join(guest.thread, NULL), 0);
    assert_ok(guest.status);
}

static void a_signal_ends_only_an_endless_wait_for_a_condition(void **state) {
    struct guest guest = {.timeout_ms = -1, .status = HF_INVALID};
    (void)state;
    guest.lock = open_lock("of a condition", NULL);
    assert_ok(hf_condition_open(client, NULL, guest.lock, HF_OPEN_OR_CREATE, &guest.condition));
    begin_guest(&guest, condition_main);
    send_signals(guest.thread, &guest.done, UINT32_MAX);
    assert_int_equal(pthread_join(guest.thread, NULL), 0);
    assert_int_equal(guest.status, HF_CANCELLED);
    assert_true(guest.grant.fence > 0);

    guest.timeout_ms = 3600 * 1000;
    guest.done = false;
    begin_guest(&guest, condition_main);
    send_signals(guest.thread, &guest.done, MANY_SIGNALS);
    assert_ok(hf_lock_acquire(guest.lock, -1, NULL));
    assert_ok(hf_condition_notify(guest.condition, 1, NULL));
    assert_ok(hf_lock_release(guest.lock));
    assert_int_equal(pthread_join(guest.thread, NULL), 0);
    assert_ok(guest.status);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_ends_a_wait_without_a_limit),
        cmocka_unit_test(signals_disturb_no_other_call),
        cmocka_unit_test(a_signal_does_not_break_a_barrier),
        cmocka_unit_test(a_signal_ends_only_an_endless_wait_for_a_condition),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
