/* SPDX-License-Identifier: MIT
 *
 * Out of memory: a conversation with the k-th allocation of the library failing, for every k. Each
 * call either does its work or says that it could not, nothing leaks, and the client works on
 * afterwards.
 */
#include "failing.h"
#include "session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <holdfast.h>

/* Whether a call was done; if not, it must have been for want of memory. */
static bool done(hf_status status) {
    if (hf_ok(status)) {
        return true;
    }
    if (status != HF_NO_MEMORY && status != HF_DISCONNECTED && status != HF_UNREACHABLE &&
        status != HF_INVALID /* nothing was begun */) {
        fail_msg("%s: %s", hf_status_name(status), hf_last_detail());
    }
    return false;
}

static void use_dict(hf_client *client) {
    const uint64_t refs[] = {1, 2};
    const hf_opaque opaque = {.tag = "test/x",
                              .bytes = (const uint8_t *)"x",
                              .len = 1,
                              .equals = (const uint8_t *)"",
                              .refs = refs,
                              .ref_count = 2};
    const hf_any list[] = {hf_any_string("x"), hf_any_ref(1), hf_any_null(), hf_any_opaque(&opaque),
                           hf_any_big("\0\0\0\0\0\0\0\0\1", 9)};
    const hf_any_item items[] = {
        {hf_any_string("deep"), hf_any_list(list, 5)},
        {hf_any_int(1), hf_any_bytes("12345", 5)},
        {hf_any_tuple(list + 3, 2), hf_any_tuple(list, 3)},
    };
    hf_dict dict;
    hf_any map = hf_any_null();
    hf_any copy = hf_any_null();
    hf_any_array array = {NULL, 0};
    hf_any_map_array pairs = {NULL, 0};
    if (!done(hf_dict_open(client, "dict", HF_OPEN_OR_CREATE, &dict))) {
        return;
    }
    if (done(hf_dict_set_any(dict, hf_any_string("map"), hf_any_map(items, 3))) &&
        done(hf_dict_get_any(dict, hf_any_string("map"), &map)) && done(hf_any_copy(map, &copy))) {
        assert_true(hf_any_equal(copy, hf_any_map(items, 3)));
    }
    hf_any_clear(&copy);
    hf_any_clear(&map);
    if (done(hf_dict_keys(dict, &array))) {
        hf_any_array_clear(&array);
    }
    if (done(hf_dict_items(dict, &pairs))) {
        hf_any_map_array_clear(&pairs);
    }
}

/* Every form, and integers that are written in both ways. */
static void use_json(void) {
    static const char json[] =
        "{\"$map\":[[{\"$tuple\":[1,18446744073709551616]},[\"a\\n\",1.5,true,null]],"
        "[{\"$bytes\":\"YWI=\"},{\"a\":{\"$ref\":7},\"b\":{}}],"
        "[{\"$opaque\":\"t\",\"bytes\":\"\",\"equals\":\"YQ==\",\"refs\":[1]},{\"$double\":\"inf\"}"
        "]]}";
    hf_any value = hf_any_null();
    hf_any number = hf_any_null();
    char *text = NULL;
    if (done(hf_any_from_json(json, HF_JSON_TEXT, &value)) && done(hf_any_to_json(value, &text))) {
        assert_string_equal(text, json);
    }
    if (done(hf_any_from_json("{\"$double\":{\"$big\":\"0x1ffffffffffffffff\"}}", HF_JSON_TEXT,
                              &number))) {
        assert_int_equal(number.kind, HF_ANY_DOUBLE);
    }
    hf_any_clear(&value);
    free(text);
}

static void use_pipeline(hf_client *client) {
    hf_value value;
    int64_t numbers[40];
    size_t ran = 0;
    if (!done(hf_value_open(client, "value", HF_I64, 0, &value))) {
        return;
    }
    (void)done(hf_pipeline_begin(client)); /* if it fails, the calls are made at once */
    for (size_t i = 0; i < 40; i++) {
        (void)done(hf_value_get(value, &numbers[i]));
    }
    (void)done(hf_pipeline_finish(client, NULL, 0));
    (void)done(hf_batch_begin(client));
    (void)done(hf_value_get(value, &numbers[0]));
    (void)done(hf_batch_finish(client, 0, &ran));
    if (done(hf_batch_begin_atomic(client))) {
        (void)done(hf_value_get(value, &numbers[0]));
        (void)done(hf_batch_finish(client, 0, &ran));
    }
}

/* Either the batch is refused, or all its checks have been made. */
static void check_and_set(hf_client *client) {
    const hf_any values[] = {hf_any_int(1), hf_any_string("two")};
    const hf_any key = hf_any_string("checked");
    bool there = false;
    hf_dict dict;
    if (!done(hf_dict_open(client, "checked", HF_OPEN_OR_CREATE, &dict)) ||
        !done(hf_dict_set_any(dict, key, hf_any_list(values, 2))) ||
        !done(hf_batch_begin(client))) {
        return;
    }
    (void)done(hf_dict_check_equals(dict, key, hf_any_list(values, 2)));
    (void)done(hf_dict_check_absent(dict, key));
    (void)done(hf_dict_set_int(dict, "wrong", 1));
    assert_int_not_equal(hf_batch_finish(client, 0, NULL), HF_OK);
    if (done(hf_dict_contains(dict, "wrong", &there))) {
        assert_false(there);
    }
}

static void wait_for_any(hf_client *client) {
    hf_queue queue;
    hf_pipe_end end;
    int64_t item = 0;
    size_t index = 0;
    if (done(hf_queue_open(client, "queue", NULL, &queue)) &&
        done(hf_pipe_open(client, "pipe", NULL, &end, NULL)) &&
        done(hf_queue_put_int(queue, 1, 0)) && done(hf_wait_any_begin(client))) {
        (void)done(hf_pipe_receive_int(end, 0, &item));
        (void)done(hf_queue_get_int(queue, 0, &item));
        (void)done(hf_wait_any_finish(client, 0, &index));
    }
}

/* As if the manager had been restarted: the objects are opened again, if there is memory for it. If
 * not, they are used under their ids, which happen to be those of this run. */
static void open_again(hf_client *client) {
    hf_dict dict;
    hf_value value;
    int64_t number = 0;
    if (!done(hf_dict_open(client, "dict", HF_OPEN_OR_CREATE, &dict)) ||
        !done(hf_value_open(client, "value", HF_I64, 0, &value))) {
        return;
    }
    struct session *session = session_find(client);
    uint64_t first_id = session->first_id;
    session->first_id = (dict.id > value.id ? dict.id : value.id) + 1;
    const hf_any list[] = {hf_value_ref(value), hf_dict_ref(dict)};
    (void)done(hf_dict_set_any(dict, hf_any_string("list"), hf_any_list(list, 2)));
    (void)done(hf_pipeline_begin(client));
    (void)done(hf_value_get(value, &number));
    (void)done(hf_value_open(client, "value", HF_I64, 0, &value));
    (void)done(hf_pipeline_finish(client, NULL, 0));
    session->first_id = first_id;
}

static void watch(hf_client *client) {
    const hf_watch_options names = {.prefix = "val", .max_changes = 2};
    hf_watch watch;
    hf_value value;
    hf_changes changes;
    uint64_t after = 0;
    if (done(hf_watch_open(client, "watch", &names, &watch)) &&
        done(hf_value_open(client, "value", HF_I64, 0, &value)) && done(hf_value_set(value, 1)) &&
        done(hf_watch_next(watch, &after, 0, 0, &changes))) {
        assert_true(changes.len > 0);
        assert_int_equal(changes.items[changes.len - 1].number, after);
        hf_changes_clear(&changes);
    }
}

/* The queue may have items from attempts before. */
static void look_into_a_queue(hf_client *client) {
    hf_queue queue;
    hf_queue_entries page;
    hf_queue_statistics now;
    hf_any item;
    uint64_t cursor = 0;
    if (done(hf_queue_open(client, "seen", NULL, &queue)) &&
        done(hf_queue_put_string(queue, "an item that needs memory", 0)) &&
        done(hf_queue_list(queue, HF_QUEUE_READY, 1, &cursor, &page))) {
        assert_true(page.len == 1 && page.items[0].id > 0);
        hf_queue_entries_clear(&page);
    }
    if (done(hf_queue_open(client, "seen", NULL, &queue)) && done(hf_queue_state(queue, &now)) &&
        now.ready > 0 && done(hf_queue_peek(queue, &item))) {
        hf_any_clear(&item);
    }
}

static void count_one(void *count) {
    ++*(int *)count;
}

static void run_timer(void) {
    hf_timer *timer = NULL;
    int count = 0;
    if (done(hf_timer_start(0, count_one, &count, &timer))) {
        assert_int_equal(hf_timer_join(timer), HF_OK);
        assert_int_equal(count, 1);
    }
}

static int end_at_once(void *argument) {
    (void)argument;
    return 0;
}

static void run_processes(void) {
    const hf_process_options options = {.name = "daemon", .daemon = true};
    hf_process *process = NULL;
    if (done(hf_process_start(end_at_once, NULL, &options, &process))) {
        assert_int_equal(hf_process_join(process, -1), HF_OK);
        hf_process_free(process);
    }
    if (done(hf_process_start_program("true", NULL, &options, &process))) {
        assert_int_equal(hf_process_join(process, -1), HF_OK);
        hf_process_free(process);
    }
}

static void look_around(hf_client *client) {
    hf_listing listing;
    hf_description description;
    uint64_t id = 0;
    if (done(hf_object_list(client, NULL, &listing))) {
        hf_listing_clear(&listing);
    }
    if (done(hf_object_find(client, "value", &id, NULL)) &&
        done(hf_object_describe((hf_object){client, id}, &description))) {
        hf_description_clear(&description);
    }
}

static hf_manager *manager;

static void converse(void) {
    hf_client *client = NULL;
    hf_client_free(NULL);
    if (!done(hf_client_new(hf_manager_address(manager), NULL, &client))) {
        return;
    }
    use_pipeline(client);
    check_and_set(client);
    use_dict(client);
    use_json();
    wait_for_any(client);
    open_again(client);
    watch(client);
    look_into_a_queue(client);
    run_timer();
    run_processes();
    look_around(client);
    (void)failing_stop();
    assert_int_equal(hf_client_ping(client), HF_OK);
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
