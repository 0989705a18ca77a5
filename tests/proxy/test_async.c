/* SPDX-License-Identifier: MIT
 *
 * Asynchronous calls, against the real manager.
 */
#include "patience.h"
#include "real.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sys/wait.h>

static hf_async *async;

/* Written by the callbacks. */
struct told {
    size_t count;
    hf_status status; /* of the last one */
    uint64_t id;
    size_t ran;
    size_t index;
    size_t calls;
    hf_status statuses[8];
    char detail[256];
};

static struct told told;

static void note(hf_async *from, const hf_completion *completion) {
    struct told *to = completion->data ? completion->data : &told;
    assert_ptr_equal(from, async);
    to->count++;
    to->status = completion->status;
    to->id = completion->id;
    to->ran = completion->ran;
    to->index = completion->index;
    to->calls = completion->count;
    for (size_t i = 0; i < completion->count && i < 8 && completion->statuses; i++) {
        to->statuses[i] = completion->statuses[i];
    }
    (void)snprintf(to->detail, sizeof to->detail, "%s", completion->detail);
}

static int set_up(void **state) {
    (void)state;
    told = (struct told){.count = 0};
    assert_ok(hf_async_new(client, NULL, &async));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    hf_async_free(async);
    async = NULL;
    return 0;
}

static void replace(const hf_async_options *options) {
    hf_async_free(async);
    assert_ok(hf_async_new(client, options, &async));
}

/* Run the loop until so many groups have completed. */
static void run_until(size_t count) {
    while (told.count < count) {
        struct pollfd poll_fd = {hf_async_fd(async), POLLIN, 0};
        assert_int_equal(poll(&poll_fd, 1, PATIENCE_MS), 1);
        (void)hf_async_process(async);
    }
}

/* Let everything be done that was submitted before. */
static void settle(void) {
    struct told last = {.count = 0};
    assert_ok(HF_ASYNC(async, note, &last, NULL, hf_client_ping(client)));
    while (last.count == 0) {
        (void)hf_async_wait(async, PATIENCE_MS);
    }
}

static hf_value open_value(const char *name, int64_t number) {
    hf_value value;
    delete_named(name);
    assert_ok(hf_value_open(client, name, HF_I64, number, &value));
    return value;
}

static hf_queue new_queue(void) {
    hf_queue queue;
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));
    return queue;
}

/* ---- calls ---- */

static void a_call_is_made_and_completes(void **state) {
    (void)state;
    uint64_t id = 0;
    int64_t number = 0;
    hf_value value = open_value("n", 7);

    assert_ok(HF_ASYNC(async, note, NULL, &id, hf_value_get(value, &number)));
    assert_int_equal(number, 0);
    assert_int_equal(hf_async_in_flight(async), 1);
    run_until(1);

    assert_int_equal(number, 7);
    assert_int_equal(told.status, HF_OK);
    assert_int_equal(told.id, id);
    assert_string_equal(told.detail, "");
    assert_int_equal(hf_async_in_flight(async), 0);
}

static void inputs_are_copied_and_strings_are_the_callers(void **state) {
    (void)state;
    char *text = NULL;
    char key[] = "key";
    char word[] = "word";
    hf_dict dict = new_dict();
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_dict_set_string(dict, key, word)));
    key[0] = word[0] = 'x';

    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_dict_get_string(dict, "key", &text)));
    run_until(2);

    assert_string_equal(text, "word");
    free(text);
}

static void groups_run_in_order_and_waits_hold_up_nothing(void **state) {
    (void)state;
    enum { CALLS = 500 };
    int64_t after[CALLS] = {0};
    int64_t item = 0;
    struct told waited = {.count = 0};
    hf_value value = open_value("n", 0);
    hf_queue queue = new_queue();
    assert_ok(HF_ASYNC(async, note, &waited, NULL, hf_queue_get_int(queue, -1, &item)));
    for (int i = 0; i < CALLS; i++) {
        assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_value_add(value, 1, NULL, &after[i])));
    }
    run_until(CALLS);

    for (int i = 0; i < CALLS; i++) {
        assert_int_equal(after[i], i + 1);
    }
    assert_int_equal(waited.count, 0);
    assert_ok(hf_queue_put_int(queue, 5, 0));
    settle();
    assert_int_equal(waited.count, 1);
    assert_int_equal(item, 5);
}

static void a_group_of_calls_has_a_status_for_each(void **state) {
    (void)state;
    int64_t number = 0;
    int64_t none = -1;
    hf_dict dict = new_dict();
    assert_ok(hf_async_begin(async, HF_ASYNC_CALLS));
    assert_ok(hf_dict_set_int(dict, "a", 1));
    assert_ok(hf_dict_get_int(dict, "b", &none));
    assert_ok(hf_dict_get_string(dict, "a", NULL));
    assert_ok(hf_dict_get_int(dict, "a", &number));
    assert_ok(hf_async_submit(async, 0, note, NULL, NULL));
    run_until(1);

    assert_int_equal(told.calls, 4);
    assert_int_equal(told.status, HF_KEY_ERROR);
    assert_int_equal(told.statuses[0], HF_OK);
    assert_int_equal(told.statuses[1], HF_KEY_ERROR);
    assert_int_equal(told.statuses[2], HF_TYPE_ERROR);
    assert_int_equal(told.statuses[3], HF_OK);
    assert_non_null(strstr(told.detail, "key"));
    assert_int_equal(number, 1);
    assert_int_equal(none, -1);
}

static void a_batch_is_a_group(void **state) {
    (void)state;
    int64_t number = 0;
    hf_dict dict = new_dict();
    assert_ok(hf_async_begin(async, HF_ASYNC_BATCH));
    assert_ok(hf_dict_check_absent(dict, hf_any_string("a")));
    assert_ok(hf_dict_set_int(dict, "a", 1));
    assert_ok(hf_dict_add_int(dict, "a", 2, NULL, &number));
    assert_ok(hf_async_submit(async, 0, note, NULL, NULL));
    run_until(1);
    assert_int_equal(told.status, HF_OK);
    assert_int_equal(told.ran, 2);
    assert_int_equal(number, 3);

    assert_ok(hf_async_begin(async, HF_ASYNC_BATCH));
    assert_ok(hf_dict_check_absent(dict, hf_any_string("a")));
    assert_ok(hf_dict_set_int(dict, "a", 9));
    assert_ok(hf_async_submit(async, 0, note, NULL, NULL));
    run_until(2);
    assert_int_equal(told.status, HF_MISMATCH);
    assert_int_equal(told.ran, 0);

    assert_ok(hf_async_begin(async, HF_ASYNC_ATOMIC));
    assert_ok(hf_dict_set_int(dict, "a", 9));
    assert_ok(hf_dict_delete(dict, "b"));
    assert_ok(hf_async_submit(async, 0, note, NULL, NULL));
    run_until(3);
    assert_int_equal(told.status, HF_KEY_ERROR);
    assert_int_equal(told.ran, 1);
    assert_ok(hf_dict_get_int(dict, "a", &number));
    assert_int_equal(number, 3);
}

static void a_wait_for_any_is_a_group(void **state) {
    (void)state;
    int64_t one = 0;
    int64_t two = 0;
    hf_queue first = new_queue();
    hf_queue second = new_queue();
    assert_ok(hf_async_begin(async, HF_ASYNC_WAIT_ANY));
    assert_ok(hf_queue_get_int(first, 0, &one));
    assert_ok(hf_queue_get_int(second, 0, &two));
    assert_ok(hf_async_submit(async, -1, note, NULL, NULL));
    settle();
    assert_int_equal(told.count, 0);

    assert_ok(hf_queue_put_int(second, 4, 0));
    run_until(1);
    assert_int_equal(told.status, HF_OK);
    assert_int_equal(told.index, 1);
    assert_int_equal(two, 4);
}

static void a_group_that_cannot_be_put_together_is_not_submitted(void **state) {
    (void)state;
    enum { DEPTH = 100 };
    hf_any deep[DEPTH] = {hf_any_null()};
    hf_dict dict = new_dict();
    hf_list list = new_list(0);
    hf_any_array keys;
    assert_int_equal(hf_async_submit(async, 0, note, NULL, NULL), HF_INVALID);

    assert_ok(hf_async_begin(async, HF_ASYNC_CALLS));
    assert_int_equal(hf_async_begin(async, HF_ASYNC_CALLS), HF_INVALID);
    assert_int_equal(hf_async_submit(async, 0, note, NULL, NULL), HF_INVALID); /* of the second */
    assert_int_equal(hf_async_submit(async, 0, note, NULL, NULL), HF_INVALID); /* no calls */

    for (size_t i = 1; i < DEPTH; i++) {
        deep[i] = hf_any_list(&deep[i - 1], 1);
    }
    assert_int_equal(HF_ASYNC(async, note, NULL, NULL, hf_list_append_any(list, deep[DEPTH - 1])),
                     HF_TOO_BIG);
    assert_int_equal(HF_ASYNC(async, note, NULL, NULL, hf_dict_keys(dict, &keys)), HF_INVALID);
    assert_non_null(strstr(hf_last_detail(), "round trips"));
    assert_int_equal(HF_ASYNC(async, note, NULL, NULL, hf_list_clear((hf_list){NULL, 0})),
                     HF_INVALID);
    assert_non_null(strstr(hf_last_detail(), "never opened"));
    assert_ok(hf_async_begin(async, HF_ASYNC_CALLS));
    assert_ok(hf_dict_set_int(dict, "a", 1));
    hf_async_abandon(async);
    settle();
    assert_int_equal(told.count, 0);
    assert_int_equal(hf_dict_get_int(dict, "a", NULL), HF_KEY_ERROR);
}

/* Out of habit. */
static void what_was_begun_here_is_not_finished_there(void **state) {
    (void)state;
    int64_t number = 0;
    hf_value value = open_value("n", 1);
    assert_ok(hf_async_begin(async, HF_ASYNC_CALLS));
    assert_ok(hf_value_get(value, &number));
    assert_int_equal(hf_pipeline_finish(client, NULL, 0), HF_INVALID);
    assert_int_equal(hf_async_process(async), 0);
    assert_ok(hf_async_submit(async, 0, note, NULL, NULL));
    run_until(1);
    assert_int_equal(number, 1);

    assert_ok(hf_async_begin(async, HF_ASYNC_CALLS));
    hf_pipeline_abandon(client);
    assert_ok(hf_value_set(value, 3)); /* made at once */
    assert_int_equal(hf_async_submit(async, 0, note, NULL, NULL), HF_INVALID);
    assert_ok(hf_value_get(value, &number));
    assert_int_equal(number, 3);
}

static void both_faces_are_mixed(void **state) {
    (void)state;
    int64_t numbers[3] = {0};
    hf_value value = open_value("n", 1);
    assert_ok(hf_pipeline_begin(client));
    assert_ok(hf_value_get(value, &numbers[0]));
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_value_get(value, &numbers[1])));
    assert_ok(hf_value_get(value, &numbers[2]));
    assert_ok(hf_pipeline_finish(client, NULL, 0));
    assert_int_equal(numbers[0], 1);
    assert_int_equal(numbers[2], 1);
    run_until(1);
    assert_int_equal(numbers[1], 1);
}

/* ---- callbacks ---- */

struct chain {
    hf_value value;
    int64_t number;
    size_t left;
};

static void submit_next(hf_async *from, const hf_completion *completion) {
    struct chain *chain = completion->data;
    int64_t number = 0;
    assert_int_equal(completion->status, HF_OK);
    assert_ok(hf_value_get(chain->value, &number)); /* the blocking face */
    assert_int_equal(number, chain->number);
    assert_int_equal(hf_async_process(from), 0);
    assert_int_equal(hf_async_wait(from, -1), 0);
    chain->left--;
    if (chain->left > 0) {
        assert_ok(HF_ASYNC(from, submit_next, chain, NULL,
                           hf_value_add(chain->value, 1, NULL, &chain->number)));
    } else {
        told.count++;
    }
}

static void a_callback_may_make_calls(void **state) {
    (void)state;
    struct chain chain = {.value = open_value("n", 0), .left = 20};
    assert_ok(HF_ASYNC(async, submit_next, &chain, NULL,
                       hf_value_add(chain.value, 1, NULL, &chain.number)));
    run_until(1);
    assert_int_equal(chain.number, 20);
}

static void free_it(hf_async *from, const hf_completion *completion) {
    hf_async_free(from);
    *(hf_status *)completion->data = completion->status;
}

static void a_callback_may_free_it(void **state) {
    (void)state;
    hf_status status = HF_SYSTEM;
    hf_status waiting = HF_OK;
    hf_queue queue = new_queue();
    assert_ok(HF_ASYNC(async, free_it, &waiting, NULL, hf_queue_get_int(queue, -1, NULL)));
    assert_ok(HF_ASYNC(async, free_it, &status, NULL, hf_client_ping(client)));
    while (hf_async_wait(async, PATIENCE_MS) == 0) {
    }
    async = NULL;
    assert_int_equal(status, HF_OK);
    assert_int_equal(waiting, HF_DISCONNECTED);
}

static void groups_that_are_freed_are_told(void **state) {
    (void)state;
    hf_queue queue = new_queue();
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_queue_get_int(queue, -1, NULL)));
    assert_ok(HF_ASYNC(async, NULL, NULL, NULL, hf_queue_get_int(queue, -1, NULL)));
    settle();
    hf_async_free(async);
    async = NULL;
    assert_int_equal(told.count, 1);
    assert_int_equal(told.status, HF_DISCONNECTED);
    assert_non_null(strstr(told.detail, "hf_async_free"));
}

/* One hf_async_process() goes on as long as answers come, and ends. */
static void it_may_spin(void **state) {
    (void)state;
    hf_async_options options = HF_ASYNC_OPTIONS;
    options.spin_us = 1000000;
    replace(&options);
    settle();
    struct chain chain = {.value = open_value("n", 0), .left = 50};
    struct told waits = {.count = 0};
    hf_queue queue = new_queue();
    assert_ok(HF_ASYNC(async, submit_next, &chain, NULL,
                       hf_value_add(chain.value, 1, NULL, &chain.number)));
    run_until(1);
    assert_int_equal(chain.number, 50);
    assert_ok(HF_ASYNC(async, note, &waits, NULL, hf_queue_get_int(queue, -1, NULL)));
    assert_int_equal(hf_async_process(async), 0); /* and nothing comes */
    assert_ok(hf_queue_put_int(queue, 1, 0));
    while (waits.count == 0) {
        (void)hf_async_wait(async, PATIENCE_MS);
    }
    assert_int_equal(waits.status, HF_OK);
}

static void completions_may_be_asked_for(void **state) {
    (void)state;
    hf_completion completion;
    int64_t number = 0;
    int mark = 0;
    hf_value value = open_value("n", 3);
    assert_false(hf_async_next(async, &completion));
    assert_ok(HF_ASYNC(async, NULL, &mark, NULL, hf_value_get(value, &number)));
    while (hf_async_wait(async, -1) == 0) {
    }
    assert_int_equal(hf_async_wait(async, -1), 0); /* it is there to be taken */
    assert_ok(HF_ASYNC(async, NULL, NULL, NULL, hf_value_set(value, 1)));
    while (hf_async_in_flight(async) > 0) {
        (void)hf_async_wait(async, PATIENCE_MS);
        while (hf_async_next(async, &completion)) {
            assert_int_equal(completion.status, HF_OK);
            told.count++;
            told.index += completion.data == &mark;
        }
    }
    assert_int_equal(told.count, 2);
    assert_int_equal(told.index, 1);
    assert_int_equal(number, 3);
}

/* ---- cancelling, limits ---- */

static void a_waiting_call_is_cancelled(void **state) {
    (void)state;
    uint64_t id = 0;
    int64_t number = 0;
    hf_queue queue = new_queue();
    assert_ok(HF_ASYNC(async, note, NULL, &id, hf_queue_get_int(queue, -1, &number)));
    settle();
    assert_ok(hf_async_cancel(async, id));
    run_until(1);
    assert_int_equal(told.status, HF_CANCELLED);
    assert_int_equal(hf_async_cancel(async, id), HF_INVALID);

    assert_ok(hf_queue_put_int(queue, 5, 0));
    assert_ok(hf_queue_get_int(queue, 0, &number));
    assert_int_equal(number, 5);
}

static uint64_t waiting_id;

static void cancel_and_submit(hf_async *from, const hf_completion *completion) {
    (void)completion;
    told.count++;
    assert_ok(hf_async_cancel(from, waiting_id));
    assert_ok(HF_ASYNC(from, note, NULL, NULL, hf_client_ping(client)));
}

static void a_callback_cancels_and_submits(void **state) {
    (void)state;
    struct told waiting = {.count = 0};
    hf_queue queue = new_queue();
    assert_ok(HF_ASYNC(async, note, &waiting, &waiting_id, hf_queue_get_int(queue, -1, NULL)));
    assert_ok(HF_ASYNC(async, cancel_and_submit, NULL, NULL, hf_client_ping(client)));
    run_until(2);
    settle();
    assert_int_equal(waiting.status, HF_CANCELLED);
}

static void what_was_done_before_the_cancel_is_kept(void **state) {
    (void)state;
    uint64_t id = 0;
    int64_t number = 0;
    hf_queue queue = new_queue();
    settle();
    assert_ok(hf_queue_put_int(queue, 5, 0));
    assert_ok(HF_ASYNC(async, note, NULL, &id, hf_queue_get_int(queue, -1, &number)));
    assert_ok(hf_async_cancel(async, id));
    run_until(1);
    assert_int_equal(told.status, HF_OK);
    assert_int_equal(number, 5);
}

static void what_was_not_sent_is_cancelled_at_once(void **state) {
    (void)state;
    uint64_t id = 0;
    uint64_t ids[3];
    hf_value value = open_value("n", 0);
    const hf_async_options options = {.lazy = true};
    replace(&options);
    for (int i = 0; i < 3; i++) {
        assert_ok(HF_ASYNC(async, note, NULL, &ids[i], hf_value_add(value, 1, NULL, NULL)));
    }
    assert_ok(hf_async_cancel(async, ids[1]));
    run_until(1);
    assert_int_equal(told.id, ids[1]);
    assert_int_equal(told.status, HF_CANCELLED);
    run_until(3);
    assert_ok(HF_ASYNC(async, note, NULL, &id, hf_value_add(value, 1, NULL, NULL)));
    hf_async_flush(async);
    run_until(4);
    int64_t number = 0;
    assert_ok(hf_value_get(value, &number));
    assert_int_equal(number, 3);
}

static void no_more_calls_than_allowed_are_in_flight(void **state) {
    (void)state;
    hf_queue queue = new_queue();
    const hf_async_options options = {.max_in_flight = 2};
    replace(&options);
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_queue_get_int(queue, -1, NULL)));
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_queue_get_int(queue, -1, NULL)));
    assert_int_equal(HF_ASYNC(async, note, NULL, NULL, hf_client_ping(client)), HF_LIMIT);
    assert_non_null(strstr(hf_last_detail(), "max_in_flight"));
    assert_int_equal(hf_async_in_flight(async), 2);

    assert_ok(hf_queue_put_int(queue, 1, 0));
    run_until(1);
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_client_ping(client)));
    run_until(2);
}

static void no_more_bytes_than_allowed_wait_to_be_sent(void **state) {
    (void)state;
    enum { BIG = 1024 * 1024, OPTION = 3 * BIG };
    static char text[BIG + 1];
    size_t submitted = 0;
    hf_status status = HF_OK;
    hf_list list = new_list(0);
    const hf_async_options options = {.max_unsent_bytes = OPTION};
    replace(&options);
    memset(text, 'x', BIG);
    while (status == HF_OK) { /* nothing is read meanwhile, not even the welcome */
        status = HF_ASYNC(async, note, NULL, NULL, hf_list_append_string(list, text));
        submitted += status == HF_OK;
    }
    assert_int_equal(status, HF_LIMIT);
    assert_int_equal(submitted, 3);
    run_until(3);
    uint64_t len = 0;
    assert_ok(hf_list_len(list, &len));
    assert_int_equal(len, 3);
}

static void calls_are_collected_while_others_are_sent(void **state) {
    (void)state;
    enum { BIG = 1024 * 1024, MANY = 16 };
    static char text[BIG + 1];
    hf_list list = new_list(0);
    uint64_t len = 0;
    memset(text, 'x', BIG);
    settle();                        /* it is connected */
    for (int i = 0; i < MANY; i++) { /* more than the socket takes at once */
        assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_list_append_string(list, text)));
    }
    run_until(MANY);
    assert_ok(hf_list_len(list, &len));
    assert_int_equal(len, MANY);
}

static void many_large_calls_do_not_block_each_other(void **state) {
    (void)state;
    enum { BIG = 1024 * 1024, MANY = 40 };
    static char text[BIG + 1];
    char *got[MANY] = {NULL};
    hf_dict dict = new_dict();
    const hf_async_options options = {.max_unsent_bytes = (size_t)MANY * 2 * BIG};
    replace(&options);
    memset(text, 'x', BIG);
    for (int i = 0; i < MANY; i++) { /* the answers fill both directions */
        assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_dict_set_string(dict, "k", text)));
        assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_dict_get_string(dict, "k", &got[i])));
    }
    run_until((size_t)MANY * 2);
    for (int i = 0; i < MANY; i++) {
        assert_non_null(got[i]);
        assert_int_equal(strlen(got[i]), BIG);
        free(got[i]);
    }
}

/* ---- what is held ---- */

static void a_lock_is_the_connections_own(void **state) {
    (void)state;
    hf_grant grant = {.fence = 0};
    hf_value value = open_value("n", 1);
    hf_lock lock = open_lock("l", NULL);
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_lock_acquire(lock, -1, &grant)));
    run_until(1);
    assert_int_equal(told.status, HF_OK);
    assert_int_equal(hf_lock_acquire(lock, 0, NULL), HF_TIMEOUT);

    hf_async_guard(async, lock, grant.fence);
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_client_ping(client)));
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_lock_release(lock)));
    run_until(3);
    assert_int_equal(told.status, HF_OK);
    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_value_set(value, 2)));
    run_until(4);
    assert_int_equal(told.status, HF_STALE_FENCE);
    assert_ok(hf_lock_release(lock));
}

static void parties_that_wait_for_each_other_are_told(void **state) {
    (void)state;
    struct told waits = {.count = 0};
    hf_lock one = open_lock("one", NULL);
    hf_lock two = open_lock("two", NULL);
    hf_async_party(async, 1);
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_lock_acquire(one, -1, NULL)));
    hf_async_party(async, 2);
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_lock_acquire(two, -1, NULL)));
    assert_ok(HF_ASYNC(async, note, &waits, NULL, hf_lock_acquire(one, -1, NULL)));
    run_until(2);
    hf_async_party(async, 1);
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_lock_acquire(two, -1, NULL)));
    run_until(3);
    assert_int_equal(told.status, HF_DEADLOCK);
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_lock_release(one)));
    run_until(4);
    settle();
    assert_int_equal(waits.status, HF_OK);
    assert_int_equal(waits.count, 1);
}

static void it_lets_go_at_its_end(void **state) {
    (void)state;
    hf_lock lock = open_lock("l", NULL);
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_lock_acquire(lock, -1, NULL)));
    run_until(1);
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_client_leave(client)));
    run_until(2);
    assert_int_equal(told.status, HF_OK);
    assert_int_equal(hf_lock_acquire(lock, 0, NULL), HF_OWNER_DIED);
    assert_ok(hf_lock_release(lock));

    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_lock_acquire(lock, -1, NULL)));
    run_until(3);
    replace(NULL);
    assert_int_equal(hf_lock_acquire(lock, PATIENCE_MS, NULL), HF_OWNER_DIED);
    assert_ok(hf_lock_release(lock));
}

/* ---- the process ---- */

static size_t threads(void) {
    size_t count = 0;
    DIR *folder = opendir("/proc/self/task");
    assert_non_null(folder);
    for (const struct dirent *entry = NULL; (entry = readdir(folder));) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(folder);
    return count;
}

static void there_is_no_other_thread(void **state) {
    (void)state;
    settle();
    assert_int_equal(threads(), 1);
}

/* The child says by its exit code whether all was right. */
static int child_result(void) {
    int64_t number = 0;
    hf_value value;
    if (hf_async_in_flight(async) != 0 || hf_value_open(client, "n", HF_I64, 0, &value) != HF_OK) {
        return 2;
    }
    if (HF_ASYNC(async, note, NULL, NULL, hf_value_get(value, &number)) != HF_OK ||
        hf_async_in_flight(async) != 1) {
        return 3;
    }
    while (told.count == 0) {
        (void)hf_async_wait(async, PATIENCE_MS);
    }
    hf_async_free(async);
    return told.count == 1 && told.status == HF_OK && number == 6 ? 0 : 4;
}

static void a_child_begins_anew(void **state) {
    (void)state;
    int64_t item = 0;
    int code = 0;
    hf_queue queue = new_queue();
    (void)open_value("n", 6);
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_queue_get_int(queue, -1, &item)));
    settle();
    pid_t child = fork();
    if (child == 0) {
        _exit(child_result());
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    assert_int_equal(told.count, 0);
    assert_ok(hf_queue_put_int(queue, 8, 0));
    run_until(1);
    assert_int_equal(item, 8);
}

static void fork_in_it(hf_async *from, const hf_completion *completion) {
    (void)from;
    told.count++;
    *(pid_t *)completion->data = fork();
}

/* It comes out of the callback as the parent does, and goes on. */
static void a_child_that_a_callback_forks_begins_anew(void **state) {
    (void)state;
    int64_t item = 0;
    int code = 0;
    pid_t child = -1;
    const hf_async_options options = {.lazy = true}; /* so both complete in one turn */
    hf_queue queue = new_queue();
    (void)open_value("n", 6);
    replace(&options);
    settle();
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_queue_get_int(queue, -1, &item)));
    assert_ok(HF_ASYNC(async, fork_in_it, &child, NULL, hf_client_ping(client)));
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_client_ping(client)));
    while (child < 0) {
        (void)hf_async_wait(async, PATIENCE_MS);
    }
    if (child == 0) {
        bool one = told.count == 1;
        told = (struct told){.count = 0};
        _exit(one ? child_result() : 5);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    assert_ok(hf_queue_put_int(queue, 8, 0));
    run_until(3);
    assert_int_equal(item, 8);
}

/* In the child the group is the parent's, and typed calls are made at once. */
static int child_of_begin(hf_value value, bool calls) {
    int64_t number = 0;
    if (calls && (hf_value_get(value, &number) != HF_OK || number != 6)) {
        return 1;
    }
    if (hf_async_submit(async, 0, note, NULL, NULL) != HF_INVALID) {
        return 2;
    }
    return child_result();
}

static void a_fork_may_come_while_calls_are_collected(void **state) {
    (void)state;
    for (int calls = 0; calls < 2; calls++) {
        int code = 0;
        hf_value value = open_value("n", 5);
        told.count = 0;
        assert_ok(hf_async_begin(async, HF_ASYNC_CALLS));
        assert_ok(hf_value_set(value, 6));
        pid_t child = fork();
        if (child == 0) {
            int64_t number = 0;
            while (number != 6) { /* the parent has submitted */
                hf_client *other = NULL;
                assert_ok(hf_client_new(hf_client_address(client), NULL, &other));
                assert_ok(hf_value_get((hf_value){other, value.id}, &number));
                hf_client_free(other);
            }
            _exit(child_of_begin(value, calls));
        }
        assert_ok(hf_async_submit(async, 0, note, NULL, NULL));
        run_until(1);
        assert_int_equal(told.status, HF_OK);
        assert_int_equal(waitpid(child, &code, 0), child);
        assert_int_equal(code, 0);
    }
}

static void fork_and_free(hf_async *from, const hf_completion *completion) {
    pid_t *child = completion->data;
    told.count++;
    *child = fork();
    if (*child == 0) {
        hf_async_free(from);
    }
}

static void a_child_that_frees_tells_nothing_of_the_parents(void **state) {
    (void)state;
    int code = 0;
    pid_t child = -1;
    hf_queue queue = new_queue();
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_queue_get_int(queue, -1, NULL)));
    assert_ok(HF_ASYNC(async, fork_and_free, &child, NULL, hf_client_ping(client)));
    while (child < 0) {
        (void)hf_async_wait(async, PATIENCE_MS);
    }
    if (child == 0) {
        _exit(told.count == 1 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    assert_int_equal(told.count, 1);
}

static void free_client(hf_async *from, const hf_completion *completion) {
    (void)from;
    told.count++;
    hf_client_free(*(hf_client **)completion->data);
}

static void a_callback_may_free_the_client(void **state) {
    (void)state;
    hf_client *other = NULL;
    hf_async *orphan = NULL;
    assert_ok(hf_client_new(hf_manager_address(manager), NULL, &other));
    assert_ok(hf_async_new(other, NULL, &orphan));
    assert_ok(HF_ASYNC(orphan, free_client, &other, NULL, hf_client_ping(other)));
    while (told.count == 0) {
        (void)hf_async_wait(orphan, PATIENCE_MS);
    }
    assert_int_equal(hf_async_process(orphan), 0);
    hf_async_free(orphan);
}

/* Daemons do, and others' files get the numbers. */
static void close_descriptors(int others[8]) {
    for (int fd = 3; fd < 256; fd++) {
        (void)close(fd);
    }
    for (size_t i = 0; i < 8; i++) {
        others[i] = dup(0);
    }
}

/* The library has not touched them. */
static void close_others(const int others[8]) {
    hf_async_free(async);
    async = NULL;
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(close(others[i]), 0);
    }
}

static void closed_descriptors_are_replaced(void **state) {
    (void)state;
    int others[8];
    settle();
    int before = hf_async_fd(async);
    close_descriptors(others);
    assert_ok(HF_ASYNC(async, note, NULL, NULL, hf_client_ping(client)));
    assert_int_not_equal(hf_async_fd(async), before);
    run_until(1);
    assert_int_equal(told.status, HF_OK);
    close_others(others);
}

static void close_and_submit(hf_async *from, const hf_completion *completion) {
    close_descriptors(completion->data);
    assert_ok(HF_ASYNC(from, note, NULL, NULL, hf_client_ping(client)));
}

static void a_callback_may_close_descriptors(void **state) {
    (void)state;
    int others[8];
    assert_ok(HF_ASYNC(async, close_and_submit, others, NULL, hf_client_ping(client)));
    run_until(1);
    assert_int_equal(told.status, HF_OK);
    close_others(others);
}

static void it_outlives_its_client(void **state) {
    (void)state;
    hf_client *other = NULL;
    hf_async *orphan = NULL;
    struct told last = {.count = 0};
    assert_ok(hf_client_new(hf_manager_address(manager), NULL, &other));
    assert_ok(hf_async_new(other, NULL, &orphan));
    hf_async *mine = async;
    async = orphan;
    assert_ok(HF_ASYNC(orphan, note, &last, NULL, hf_client_ping(other)));
    hf_client_free(other);
    assert_int_equal(hf_async_process(orphan), 0);
    assert_int_equal(hf_async_begin(orphan, HF_ASYNC_CALLS), HF_INVALID);
    hf_async_free(orphan);
    async = mine;
    assert_int_equal(last.status, HF_DISCONNECTED);
}

#define WITH_ASYNC(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_ASYNC(a_call_is_made_and_completes),
        WITH_ASYNC(inputs_are_copied_and_strings_are_the_callers),
        WITH_ASYNC(groups_run_in_order_and_waits_hold_up_nothing),
        WITH_ASYNC(a_group_of_calls_has_a_status_for_each),
        WITH_ASYNC(a_batch_is_a_group),
        WITH_ASYNC(a_wait_for_any_is_a_group),
        WITH_ASYNC(a_group_that_cannot_be_put_together_is_not_submitted),
        WITH_ASYNC(what_was_begun_here_is_not_finished_there),
        WITH_ASYNC(both_faces_are_mixed),
        WITH_ASYNC(a_callback_may_make_calls),
        WITH_ASYNC(a_callback_may_free_it),
        WITH_ASYNC(groups_that_are_freed_are_told),
        WITH_ASYNC(it_may_spin),
        WITH_ASYNC(completions_may_be_asked_for),
        WITH_ASYNC(a_waiting_call_is_cancelled),
        WITH_ASYNC(a_callback_cancels_and_submits),
        WITH_ASYNC(what_was_done_before_the_cancel_is_kept),
        WITH_ASYNC(what_was_not_sent_is_cancelled_at_once),
        WITH_ASYNC(no_more_calls_than_allowed_are_in_flight),
        WITH_ASYNC(no_more_bytes_than_allowed_wait_to_be_sent),
        WITH_ASYNC(calls_are_collected_while_others_are_sent),
        WITH_ASYNC(many_large_calls_do_not_block_each_other),
        WITH_ASYNC(a_lock_is_the_connections_own),
        WITH_ASYNC(parties_that_wait_for_each_other_are_told),
        WITH_ASYNC(it_lets_go_at_its_end),
        WITH_ASYNC(there_is_no_other_thread),
        WITH_ASYNC(a_child_begins_anew),
        WITH_ASYNC(a_child_that_a_callback_forks_begins_anew),
        WITH_ASYNC(a_fork_may_come_while_calls_are_collected),
        WITH_ASYNC(a_child_that_frees_tells_nothing_of_the_parents),
        WITH_ASYNC(it_outlives_its_client),
        WITH_ASYNC(a_callback_may_free_the_client),
        WITH_ASYNC(closed_descriptors_are_replaced),
        WITH_ASYNC(a_callback_may_close_descriptors),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
