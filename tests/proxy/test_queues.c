/* SPDX-License-Identifier: MIT
 *
 * queue and pipe through the library, against a real manager.
 */
#include "real.h"

static void queues_hand_on_items_in_order(void **state) {
    hf_queue queue;
    int64_t number = 0;
    char *text = NULL;
    void *bytes = NULL;
    size_t len = 0;
    uint64_t size = 0;
    hf_any item;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));

    assert_ok(hf_queue_put_int(queue, 1, 0));
    assert_ok(hf_queue_put_string(queue, "two", 0));
    assert_ok(hf_queue_put_bytes(queue, "3", 1, 0));
    assert_ok(hf_queue_put_any(queue, hf_any_bool(true), 0));
    assert_ok(hf_queue_size(queue, &size));

    assert_int_equal(size, 4);
    assert_ok(hf_queue_get_int(queue, 0, &number));
    assert_int_equal(number, 1);
    assert_ok(hf_queue_get_string(queue, 0, &text));
    assert_string_equal(text, "two");
    assert_ok(hf_queue_get_bytes(queue, 0, &bytes, &len));
    assert_int_equal(len, 1);
    assert_ok(hf_queue_get_any(queue, 0, &item));
    assert_any(item, hf_any_bool(true));
    assert_status(hf_queue_get_int(queue, 10, &number), HF_TIMEOUT, "get");
    free(text);
    free(bytes);
}

static void bounded_queues_are_full_joined_and_closed(void **state) {
    hf_queue queue;
    const hf_queue_options options = {.max_items = 1};
    bool truth = false;
    int64_t number = 0;
    (void)state;
    assert_ok(hf_queue_open(client, "bounded", &options, &queue));
    assert_ok(hf_queue_open(client, "bounded", NULL, &queue));
    const hf_queue_options others = {.max_items = 2, .order = HF_QUEUE_LIFO};
    assert_status(hf_queue_open(client, "bounded", &others, &queue), HF_WRONG_TYPE, "open");
    assert_string_equal(hf_last_detail(), "bounded has max_items 1, not 2; order FIFO, not LIFO "
                                          "(without these options it is opened as it is)");

    assert_ok(hf_queue_empty(queue, &truth));
    assert_true(truth);
    assert_ok(hf_queue_put_int(queue, 1, -1));
    assert_ok(hf_queue_full(queue, &truth));
    assert_true(truth);
    assert_status(hf_queue_put_int(queue, 2, 5), HF_TIMEOUT, "put");
    assert_status(hf_queue_join(queue, 5), HF_TIMEOUT, "join");
    assert_ok(hf_queue_get_int(queue, -1, &number));
    assert_ok(hf_queue_task_done(queue, 1));
    assert_ok(hf_queue_join(queue, -1));
    assert_status(hf_queue_task_done(queue, 1), HF_VALUE_ERROR, "task_done");
    assert_ok(hf_queue_close(queue, false));
    assert_status(hf_queue_get_int(queue, -1, &number), HF_CLOSED, "get");
    assert_status(hf_queue_put_int(queue, 1, -1), HF_CLOSED, "put");
}

static void queues_have_orders_and_take_many_at_once(void **state) {
    hf_queue queue;
    hf_queue_options options = {.order = HF_QUEUE_PRIORITY, .max_bytes = 1000};
    const hf_any many[] = {hf_any_int(2), hf_any_int(3)};
    hf_queue_put_options put = {.priority = -1};
    hf_any_array items = {NULL, 0};
    int64_t number = 0;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, &options, &queue));

    assert_ok(hf_queue_put_many(queue, many, 2, NULL, 0));
    assert_ok(hf_queue_put_with(queue, hf_any_int(1), &put, 0));
    put.delay_ms = 60000;
    assert_ok(hf_queue_put_with(queue, hf_any_int(0), &put, 0));
    assert_ok(hf_queue_get_many(queue, 10, 0, &items));

    assert_int_equal(items.len, 3);
    for (size_t i = 0; i < items.len; i++) {
        assert_true(hf_any_equal(items.items[i], hf_any_int((int64_t)i + 1)));
    }
    hf_any_array_clear(&items);
    assert_status(hf_queue_get_many(queue, 0, 0, &items), HF_INVALID, "get_many");
    assert_status(hf_queue_get_int(queue, 0, &number), HF_TIMEOUT, "get");
    char large[1001] = {0};
    assert_status(hf_queue_put_bytes(queue, large, sizeof large, -1), HF_TOO_BIG, "put");
    options = (hf_queue_options){.order = HF_QUEUE_LIFO};
    assert_ok(hf_queue_open(client, NULL, &options, &queue));
    assert_ok(hf_queue_put_many(queue, many, 2, NULL, 0));
    assert_ok(hf_queue_get_int(queue, 0, &number));
    assert_int_equal(number, 3);
    put = (hf_queue_put_options){.priority = 1};
    assert_status(hf_queue_put_with(queue, many[0], &put, 0), HF_INVALID, "put");
}

static void queues_lend_items_and_set_them_aside(void **state) {
    hf_queue queue;
    const hf_queue_options options = {.max_deliveries = 2};
    hf_delivery delivery;
    hf_queue_entries aside = {0};
    uint64_t count = 0;
    uint64_t cursor = 0;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, &options, &queue));
    assert_ok(hf_queue_put_string(queue, "poison", 0));
    assert_ok(hf_queue_put_string(queue, "job", 0));

    for (uint32_t i = 1; i <= 2; i++) {
        assert_ok(hf_queue_get_leased(queue, 60000, 0, &delivery));
        assert_any(delivery.item, hf_any_string("poison"));
        assert_int_equal(delivery.count, i);
        assert_ok(hf_queue_extend(queue, delivery.id, -1));
        assert_ok(hf_queue_return(queue, delivery.id, i == 2 ? 60000 : 0)); /* aside: at once */
    }
    assert_ok(hf_queue_get_leased(queue, -1, 0, &delivery));
    assert_any(delivery.item, hf_any_string("job"));
    assert_ok(hf_queue_guard(queue, delivery.id));
    assert_ok(hf_queue_acknowledge(queue, delivery.id));
    assert_status(hf_queue_size(queue, &count), HF_STALE_FENCE, "size");
    assert_ok(hf_queue_guard(queue, 0));

    assert_status(hf_queue_acknowledge(queue, delivery.id), HF_NOT_HELD, "acknowledge");
    assert_status(hf_queue_return(queue, delivery.id, 1), HF_NOT_HELD, "return");
    assert_status(hf_queue_extend(queue, delivery.id, 1), HF_NOT_HELD, "extend");
    assert_ok(hf_queue_set_aside_list(queue, 0, &cursor, &aside));
    assert_int_equal(aside.len, 1);
    assert_int_equal(cursor, 0);
    assert_true(hf_any_equal(aside.items[0].item, hf_any_string("poison")));
    assert_int_equal(aside.items[0].count, 2);
    assert_string_equal(hf_queue_reason_name(aside.items[0].reason), "RETURNED");
    assert_string_equal(hf_queue_reason_name((hf_queue_reason)99), "UNKNOWN");
    uint64_t id = aside.items[0].id;
    hf_queue_entries_clear(&aside);
    hf_queue_entries_clear(NULL);
    assert_ok(hf_queue_set_aside_return(queue, &id, 0, &count)); /* none of them */
    assert_int_equal(count, 0);
    assert_ok(hf_queue_set_aside_return(queue, NULL, 0, &count)); /* all */
    assert_int_equal(count, 1);
    assert_ok(hf_queue_get_leased(queue, -1, 0, &delivery));
    assert_ok(hf_queue_break(queue, delivery.id));
    hf_any_clear(&delivery.item);
    assert_status(hf_queue_acknowledge(queue, delivery.id), HF_NOT_HELD, "acknowledge");
    assert_ok(hf_queue_get_leased(queue, -1, 0, NULL)); /* only to have it */
}

static void queues_show_what_is_set_aside_in_pages(void **state) {
    hf_queue queue;
    const hf_queue_options options = {.order = HF_QUEUE_PRIORITY, .max_deliveries = 1};
    const hf_queue_put_options put = {.priority = -7};
    hf_delivery delivery;
    hf_queue_entries page = {0};
    uint64_t ids[3];
    uint64_t count = 0;
    uint64_t cursor = 0;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, &options, &queue));
    for (int i = 0; i < 3; i++) {
        assert_ok(hf_queue_put_with(queue, hf_any_int(i), &put, 0));
        assert_ok(hf_queue_get_leased(queue, -1, 0, &delivery));
        assert_ok(hf_queue_return(queue, delivery.id, 60000)); /* its last delivery: set aside */
        ids[i] = delivery.item_id;
    }

    assert_status(hf_queue_set_aside_list(queue, 2, NULL, &page), HF_INVALID, "the cursor");
    assert_ok(hf_queue_set_aside_list(queue, 2, &cursor, &page));
    assert_int_equal(page.len, 2);
    assert_int_equal(page.items[1].id, ids[1]);
    assert_int_equal(page.items[1].priority, -7);
    assert_true(cursor > ids[1]);
    hf_queue_entries_clear(&page);
    assert_ok(hf_queue_set_aside_list(queue, 2, &cursor, &page));
    assert_int_equal(page.len, 1);
    assert_true(hf_any_equal(page.items[0].item, hf_any_int(2)));
    assert_int_equal(cursor, 0);
    hf_queue_entries_clear(&page);
    assert_ok(hf_queue_set_aside_drop(queue, ids, 2, &count));
    assert_int_equal(count, 2);
    assert_ok(hf_queue_set_aside_list(queue, 0, &cursor, NULL));
    assert_ok(hf_queue_set_aside_drop(queue, NULL, 0, NULL));
    assert_ok(hf_queue_set_aside_return(queue, NULL, 0, &count));
    assert_int_equal(count, 0);
}

/* No time is asserted: the get waits for it. */
static void queues_take_items_back_for_later(void **state) {
    hf_queue queue;
    hf_delivery delivery;
    int64_t number = 0;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));
    assert_ok(hf_queue_put_int(queue, 1, 0));
    assert_ok(hf_queue_put_int(queue, 2, 0));
    assert_ok(hf_queue_get_leased(queue, -1, 0, &delivery));

    assert_ok(hf_queue_return(queue, delivery.id, 100));

    assert_ok(hf_queue_get_int(queue, -1, &number));
    assert_int_equal(number, 2);
    assert_ok(hf_queue_get_int(queue, -1, &number));
    assert_int_equal(number, 1);
}

static void queues_show_their_items_and_counts(void **state) {
    hf_queue queue;
    const hf_queue_put_options later = {.delay_ms = 3600000};
    hf_queue_entries page = {0};
    hf_queue_statistics now;
    hf_delivery delivery;
    hf_any item;
    uint64_t cursor = 0;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));
    assert_status(hf_queue_peek(queue, &item), HF_TIMEOUT, "peek");
    for (int i = 0; i < 4; i++) {
        assert_ok(hf_queue_put_with(queue, hf_any_int(i), i == 3 ? &later : NULL, 0));
    }
    assert_ok(hf_queue_get_leased(queue, 3600000, 0, &delivery));

    assert_ok(hf_queue_peek(queue, &item));
    assert_any(item, hf_any_int(1));
    assert_ok(hf_queue_list(queue, HF_QUEUE_READY, 1, &cursor, &page));
    assert_int_equal(page.len, 1);
    assert_true(hf_any_equal(page.items[0].item, hf_any_int(1)));
    assert_true(page.items[0].id > delivery.item_id && page.items[0].due_ms == -1);
    hf_queue_entries_clear(&page);
    assert_ok(hf_queue_list(queue, HF_QUEUE_READY, 1, &cursor, &page));
    assert_true(hf_any_equal(page.items[0].item, hf_any_int(2)));
    assert_int_equal(cursor, 0);
    hf_queue_entries_clear(&page);
    assert_ok(hf_queue_list(queue, HF_QUEUE_DELAYED, 0, &cursor, &page));
    assert_int_equal(page.len, 1);
    assert_true(page.items[0].id == 0 && page.items[0].due_ms > 0);
    hf_queue_entries_clear(&page);
    assert_ok(hf_queue_list(queue, HF_QUEUE_LEASED, 0, &cursor, &page));
    assert_int_equal(page.len, 1);
    assert_int_equal(page.items[0].id, delivery.item_id);
    assert_int_equal(page.items[0].holder.fence, delivery.id);
    assert_int_equal(page.items[0].holder.pid, getpid());
    hf_queue_entries_clear(&page);
    assert_ok(hf_queue_list(queue, HF_QUEUE_LEASED, 0, &cursor, NULL)); /* only to ask */
    assert_status(hf_queue_list(queue, HF_QUEUE_READY, 0, NULL, &page), HF_INVALID, "cursor");
    assert_status(hf_queue_list(queue, (hf_queue_item_state)3, 0, &cursor, &page), HF_INVALID,
                  "state");
    assert_ok(hf_queue_state(queue, &now));
    assert_true(now.ready == 2 && now.delayed == 1 && now.leased == 1 && now.set_aside == 0);
    assert_true(now.total_put == 4 && now.total_delivered == 1 && now.total_taken == 0);
    assert_true(now.oldest_ms >= 0 && now.unfinished == 4 && !now.closed);
}

static void queues_close_with_their_last_producer(void **state) {
    hf_queue queue;
    const hf_queue_options options = {.auto_close = true};
    int64_t number = 0;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, &options, &queue));

    assert_status(hf_queue_unregister_producer(queue), HF_NOT_HELD, "unregister");
    assert_ok(hf_queue_register_producer(queue));
    assert_ok(hf_queue_put_int(queue, 1, 0));
    assert_ok(hf_queue_unregister_producer(queue));

    assert_ok(hf_queue_get_int(queue, -1, &number));
    assert_status(hf_queue_get_int(queue, -1, &number), HF_CLOSED, "get");
    assert_status(hf_queue_register_producer(queue), HF_CLOSED, "register");
    assert_ok(hf_queue_reopen(queue));
    assert_ok(hf_queue_put_int(queue, 2, 0));
}

static void pipes_hand_on_messages_both_ways(void **state) {
    hf_pipe_end here;
    hf_pipe_end there;
    hf_any any;
    int64_t number = 0;
    char *text = NULL;
    void *bytes = NULL;
    size_t len = 0;
    (void)state;
    assert_ok(hf_pipe_open(client, NULL, NULL, &here, &there));

    assert_ok(hf_pipe_attach(there));
    assert_ok(hf_pipe_send_int(here, 42, 0));
    assert_ok(hf_pipe_send_string(here, "hello", 0));
    assert_ok(hf_pipe_send_bytes(here, "\0\xff", 2, 0));
    assert_ok(hf_pipe_send_any(here, hf_any_double(0.5), 0));
    assert_ok(hf_pipe_poll(there, 0));
    assert_ok(hf_pipe_receive_int(there, 0, &number));
    assert_ok(hf_pipe_receive_string(there, 0, &text));
    assert_ok(hf_pipe_receive_bytes(there, 0, &bytes, &len));
    assert_ok(hf_pipe_receive_any(there, 0, &any));
    assert_int_equal(number, 42);
    assert_string_equal(text, "hello");
    assert_int_equal(len, 2);
    assert_memory_equal(bytes, "\0\xff", 2);
    assert_any(any, hf_any_double(0.5));
    assert_ok(hf_pipe_send_int(there, 43, 0));
    assert_ok(hf_pipe_receive_int(here, 0, &number));
    assert_int_equal(number, 43);
    assert_status(hf_pipe_poll(here, 0), HF_TIMEOUT, "poll");

    free(text);
    free(bytes);
}

static void pipes_end_and_refuse_what_is_too_long(void **state) {
    hf_pipe_end reader;
    hf_pipe_end writer;
    hf_pipe_end again;
    char buffer[8] = "";
    size_t len = 0;
    (void)state;
    assert_ok(
        hf_pipe_open(client, "one-way", &(hf_pipe_options){.one_way = true}, &reader, &writer));
    assert_ok(hf_pipe_open(client, "one-way", NULL, NULL, NULL));
    assert_ok(hf_pipe_from_ref(client, hf_pipe_ref(reader), NULL, &again));
    assert_int_equal(again.id, writer.id);
    assert_int_equal(again.end, 1);

    assert_status(hf_pipe_send_int(reader, 1, 0), HF_INVALID, "send");
    assert_ok(hf_pipe_send_string(writer, "nine char", 0));
    assert_status(hf_pipe_receive_into(reader, buffer, sizeof buffer, 0, &len), HF_TOO_BIG, "into");
    assert_non_null(strstr(hf_last_detail(), "9 bytes"));
    assert_ok(hf_pipe_receive_any(reader, 0, NULL));
    assert_ok(hf_pipe_send_bytes(writer, "12345678", 8, 0));
    assert_ok(hf_pipe_send_int(writer, 1, 0));
    assert_ok(hf_pipe_close(writer));
    assert_status(hf_pipe_close(writer), HF_NOT_HELD, "close");
    assert_ok(hf_pipe_receive_into(reader, buffer, sizeof buffer, 0, &len));
    assert_int_equal(len, 8);
    assert_memory_equal(buffer, "12345678", 8);
    assert_status(hf_pipe_receive_into(reader, buffer, 8, 0, NULL), HF_TYPE_ERROR, "into");
    assert_ok(hf_pipe_receive_int(reader, 0, NULL)); /* it has stayed there */
    assert_status(hf_pipe_receive_int(reader, -1, NULL), HF_CLOSED, "receive");
    assert_ok(hf_object_delete(HF_OBJECT(reader)));
}

/* A worker that reads strings must not destroy a job that is none. */
static void typed_gets_leave_what_is_of_another_kind(void **state) {
    hf_queue queue;
    hf_pipe_end reader;
    hf_pipe_end writer;
    int64_t number = 0;
    char *text = NULL;
    void *bytes = NULL;
    size_t len = 0;
    hf_any item;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));
    assert_ok(hf_pipe_open(client, NULL, NULL, &reader, &writer));

    assert_ok(hf_queue_put_int(queue, 7, 0));
    assert_ok(hf_queue_put_any(queue, hf_any_string_n("a\0b", 3), 0));
    assert_status(hf_queue_get_string(queue, 0, &text), HF_TYPE_ERROR, "get");
    assert_string_equal(hf_last_detail(), "the value is of the kind int, not string");
    assert_status(hf_queue_get_bytes(queue, 0, &bytes, &len), HF_TYPE_ERROR, "get");
    assert_null(text);
    assert_ok(hf_queue_get_int(queue, 0, &number));
    assert_int_equal(number, 7);
    assert_status(hf_queue_get_string(queue, 0, &text), HF_TYPE_ERROR, "get");
    assert_ok(hf_queue_get_any(queue, 0, &item));
    assert_any(item, hf_any_string_n("a\0b", 3));

    assert_ok(hf_pipe_send_string(writer, "text", 0));
    assert_status(hf_pipe_receive_int(reader, 0, &number), HF_TYPE_ERROR, "receive");
    assert_status(hf_pipe_receive_bytes(reader, 0, &bytes, &len), HF_TYPE_ERROR, "receive");
    assert_ok(hf_pipe_receive_string(reader, 0, &text));
    assert_string_equal(text, "text");
    free(text);
}

/* The same in a wait for any of several, and in a batch. */
static void collected_gets_leave_what_is_of_another_kind(void **state) {
    hf_queue queue;
    int64_t number = 0;
    char *text = NULL;
    size_t index = 0;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));
    assert_ok(hf_queue_put_int(queue, 7, 0));

    assert_ok(hf_wait_any_begin(client));
    assert_ok(hf_queue_get_string(queue, 0, &text));
    assert_status(hf_wait_any_finish(client, 0, &index), HF_TYPE_ERROR, "finish");
    assert_ok(hf_batch_begin(client));
    assert_ok(hf_queue_get_string(queue, 0, &text));
    assert_ok(hf_queue_put_int(queue, 8, 0));
    assert_status(hf_batch_finish(client, 0, NULL), HF_TYPE_ERROR, "finish");

    assert_null(text);
    assert_ok(hf_queue_get_int(queue, 0, &number));
    assert_int_equal(number, 7);
    assert_status(hf_queue_get_int(queue, 0, &number), HF_TIMEOUT, "get");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queues_hand_on_items_in_order),
        cmocka_unit_test(bounded_queues_are_full_joined_and_closed),
        cmocka_unit_test(queues_have_orders_and_take_many_at_once),
        cmocka_unit_test(queues_lend_items_and_set_them_aside),
        cmocka_unit_test(queues_show_what_is_set_aside_in_pages),
        cmocka_unit_test(queues_take_items_back_for_later),
        cmocka_unit_test(queues_show_their_items_and_counts),
        cmocka_unit_test(queues_close_with_their_last_producer),
        cmocka_unit_test(pipes_hand_on_messages_both_ways),
        cmocka_unit_test(typed_gets_leave_what_is_of_another_kind),
        cmocka_unit_test(collected_gets_leave_what_is_of_another_kind),
        cmocka_unit_test(pipes_end_and_refuse_what_is_too_long),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
