/* SPDX-License-Identifier: MIT
 *
 * Out of memory in asynchronous calls: with the k-th allocation of the library
 * failing, for every k, each group is either refused or completes, nothing
 * leaks, and all works on afterwards.
 */
#include "failing.h"
#include "patience.h"
#include "session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <holdfast.h>

static hf_manager *manager;
static size_t submitted; /* groups */
static size_t told;

/* Whether it has done what it could; if not, it must have been for want of
 * memory. */
static bool done(hf_status status) {
    if (hf_ok(status) || status == HF_TIMEOUT) {
        return true;
    }
    if (status != HF_NO_MEMORY && status != HF_DISCONNECTED && status != HF_UNREACHABLE) {
        fail_msg("%s: %s", hf_status_name(status), hf_last_detail());
    }
    return false;
}

static void note(hf_async *async, const hf_completion *completion) {
    (void)async;
    (void)done(completion->status);
    told++;
}

static void submit(hf_status status) {
    submitted += done(status);
}

static void run_until_all_are_told(hf_async *async) {
    while (hf_async_in_flight(async) > 0) {
        (void)hf_async_wait(async, PATIENCE_MS);
    }
    assert_int_equal(told, submitted);
}

/* Each begin either collects, or the group is not there. */
static void submit_groups(hf_async *async, hf_value value, hf_queue queue) {
    int64_t numbers[4] = {0};
    const hf_async_sort sorts[] = {HF_ASYNC_CALLS, HF_ASYNC_BATCH, HF_ASYNC_ATOMIC};
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++) {
        if (done(hf_async_begin(async, sorts[i]))) {
            for (size_t j = 0; j < 4; j++) {
                (void)done(hf_value_add(value, 1, NULL, &numbers[j]));
            }
            submit(hf_async_submit(async, 0, note, NULL, NULL));
        }
    }
    if (done(hf_async_begin(async, HF_ASYNC_WAIT_ANY))) {
        (void)done(hf_queue_get_int(queue, 0, &numbers[0]));
        (void)done(hf_queue_get_int(queue, 0, &numbers[1]));
        submit(hf_async_submit(async, 0, note, NULL, NULL)); /* there is no item */
    }
    run_until_all_are_told(async);
}

static void cancel_a_wait(hf_async *async, hf_queue queue) {
    uint64_t id = 0;
    hf_status status = HF_ASYNC(async, NULL, NULL, &id, hf_queue_get_int(queue, -1, NULL));
    if (done(status)) {
        hf_completion completion;
        while (hf_async_cancel(async, id) == HF_NO_MEMORY) {
        }
        while (!hf_async_next(async, &completion)) {
            (void)hf_async_wait(async, PATIENCE_MS);
        }
        assert_true(completion.status == HF_CANCELLED || !done(completion.status));
        assert_false(hf_async_next(async, &completion));
    }
}

/* As if the manager had been restarted: the object is opened again, if there is
 * memory for it. */
static void open_again(hf_client *client, hf_async *async, hf_value value) {
    int64_t number = 0;
    if (!done(hf_async_begin(async, HF_ASYNC_CALLS))) {
        return;
    }
    struct session *session = session_find(client); /* its own, meanwhile */
    uint64_t first_id = session->first_id;
    session->first_id = first_id > 0 ? value.id + 1 : 0;
    (void)done(hf_value_get(value, &number));
    submit(hf_async_submit(async, 0, note, NULL, NULL));
    run_until_all_are_told(async);
    if (session->first_id == value.id + 1) {
        session->first_id = first_id;
    }
}

/* A host's name is looked up by a thread, and nobody listens there. */
static void look_up(void) {
    const hf_client_options options = {.connect_timeout_ms = 1};
    hf_client *client = NULL;
    hf_async *async = NULL;
    if (done(hf_client_new("tcp://localhost:1", &options, &client)) &&
        done(hf_async_new(client, NULL, &async))) {
        hf_status status = HF_ASYNC(async, NULL, NULL, NULL, hf_client_ping(client));
        hf_completion completion = {.status = HF_OK};
        while (status == HF_OK && !hf_async_next(async, &completion)) {
            (void)hf_async_wait(async, PATIENCE_MS);
        }
        assert_true(!done(status) || completion.status == HF_UNREACHABLE ||
                    completion.status == HF_NO_MEMORY || completion.status == HF_SYSTEM);
    }
    hf_async_free(async);
    hf_client_free(client);
}

static void converse(void) {
    hf_client *client = NULL;
    hf_async *async = NULL;
    hf_value value = {NULL, 0};
    hf_queue queue = {NULL, 0};
    submitted = told = 0;
    if (!done(hf_client_new(hf_manager_address(manager), NULL, &client))) {
        return;
    }
    if (done(hf_async_new(client, NULL, &async))) {
        submit(
            HF_ASYNC(async, note, NULL, NULL, hf_value_open(client, "value", HF_I64, 0, &value)));
        submit(HF_ASYNC(async, note, NULL, NULL, hf_queue_open(client, "queue", NULL, &queue)));
        run_until_all_are_told(async);
        if (value.id > 0 && queue.id > 0) {
            submit_groups(async, value, queue);
            cancel_a_wait(async, queue);
            open_again(client, async, value);
        }
        look_up();
        (void)failing_stop();
        submitted = told = 0;
        assert_int_equal(HF_ASYNC(async, note, NULL, NULL, hf_client_ping(client)), HF_OK);
        submitted = 1;
        run_until_all_are_told(async);
    }
    hf_async_free(async);
    hf_client_free(client);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    assert_int_equal(hf_manager_start(&manager), HF_OK);
    converse(); /* so that the objects are there */

    long last = 0;
    for (;; last++) {
        failing_begin(last);
        converse();
        if (!failing_stop()) {
            break;
        }
    }

    assert_true(last > 20);
    hf_manager_stop(manager);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
