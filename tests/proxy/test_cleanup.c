/* SPDX-License-Identifier: MIT
 *
 * HF_CLEANUP(): what a scope owns is released at its end. The sanitizers tell whether memory was.
 */
#include "real.h"

static hf_status look(hf_dict dict, const char *key, bool *long_text) {
    HF_CLEANUP(hf_any) hf_any value = hf_any_null();
    HF_CLEANUP(hf_text) char *text = NULL;
    HF_CLEANUP(hf_data) void *data = NULL;
    HF_CLEANUP(hf_any_map_array) hf_any_map_array items = HF_ZEROS;
    HF_CLEANUP(hf_any_array) hf_any_array keys = HF_ZEROS;
    size_t len = 0;
    hf_status status = hf_dict_get_any(dict, hf_any_string(key), &value);
    if (!hf_ok(status)) {
        return status;
    }
    assert_ok(hf_dict_get_string(dict, "text", &text));
    assert_ok(hf_dict_get_bytes(dict, "bytes", &data, &len));
    assert_ok(hf_dict_items(dict, &items));
    assert_ok(hf_dict_keys(dict, &keys));
    *long_text = strlen(text) > len && items.len == keys.len;
    return HF_OK;
}

static void values_are_released(void **state) {
    hf_dict dict = new_dict();
    bool long_text = false;
    (void)state;
    assert_ok(hf_dict_set_string(dict, "text", "a text"));
    assert_ok(hf_dict_set_bytes(dict, "bytes", "\0\1", 2));
    assert_ok(look(dict, "text", &long_text));
    assert_true(long_text);
    assert_status(look(dict, "no", &long_text), HF_KEY_ERROR, "look");
}

static void reports_are_released(void **state) {
    HF_CLEANUP(hf_listing) hf_listing listing = HF_ZEROS;
    HF_CLEANUP(hf_description) hf_description description = HF_ZEROS;
    HF_CLEANUP(hf_attachment) hf_attachment attachment = HF_ZEROS;
    HF_CLEANUP(hf_queue_entries) hf_queue_entries entries = HF_ZEROS;
    HF_CLEANUP(hf_delivery) hf_delivery delivery = HF_ZEROS;
    HF_CLEANUP(hf_changes) hf_changes changes = HF_ZEROS;
    hf_open_extras extras = HF_OPEN_EXTRAS;
    hf_watch_options options = HF_WATCH_OPTIONS;
    hf_watch watch;
    hf_queue queue;
    uint64_t cursor = 0;
    uint64_t after = 0;
    (void)state;
    extras.attachment = "bytes";
    extras.attachment_len = 5;
    hf_open_with(&extras);
    assert_ok(hf_queue_open(client, "cleaned", NULL, &queue));
    options.object = queue.id;
    assert_ok(hf_watch_open(client, NULL, &options, &watch));
    assert_ok(hf_queue_put_string(queue, "first", 0));
    assert_ok(hf_queue_put_string(queue, "second", 0));
    assert_ok(hf_object_list(client, "cleaned", &listing));
    assert_ok(hf_object_describe(HF_OBJECT(queue), &description));
    assert_ok(hf_object_attachment(HF_OBJECT(queue), &attachment));
    assert_ok(hf_queue_list(queue, HF_QUEUE_READY, 0, &cursor, &entries));
    assert_ok(hf_queue_get_leased(queue, -1, 0, &delivery));
    assert_ok(hf_watch_next(watch, &after, 0, 0, &changes));
    assert_int_equal(listing.len, 1);
    assert_int_equal(attachment.len, 5);
    assert_int_equal(entries.len, 2);
    assert_true(changes.len >= 2);
    delete_named("cleaned");
}

static hf_status hold(hf_lock lock, hf_rwlock rwlock) {
    HF_CLEANUP(hf_lock) hf_lock held = HF_ZEROS;
    HF_CLEANUP(hf_rwlock) hf_rwlock written = HF_ZEROS;
    hf_status status = hf_lock_acquire(lock, 0, NULL);
    if (!hf_ok(status)) {
        return status;
    }
    held = lock;
    assert_ok(hf_rwlock_acquire_write(rwlock, 0, NULL));
    written = rwlock;
    assert_ok(hf_lock_who(lock, NULL));
    return HF_OK;
}

static void locks_are_released_if_they_are_held(void **state) {
    hf_lock lock = open_lock(NULL, NULL);
    hf_rwlock rwlock;
    (void)state;
    assert_ok(hf_rwlock_open(client, NULL, NULL, &rwlock));

    assert_ok(hold(lock, rwlock));
    assert_status(hf_lock_who(lock, NULL), HF_NOT_HELD, "who");
    assert_ok(hold(lock, rwlock)); /* the rwlock as well */

    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_status(hold(lock, rwlock), HF_DEADLOCK, "hold");
    assert_ok(hf_lock_who(lock, NULL)); /* what it did not acquire it did not release */
    assert_ok(hf_lock_release(lock));
}

static int count_to(void *argument) {
    (void)argument;
    return 3;
}

static void all_that_is_allocated_is_released(void **state) {
    HF_CLEANUP(hf_client) hf_client *second = NULL;
    HF_CLEANUP(hf_manager) hf_manager *other = NULL;
    HF_CLEANUP(hf_process) hf_process *process = NULL;
    int code = 0;
    (void)state;
    assert_ok(hf_client_new(hf_manager_address(manager), NULL, &second));
    assert_ok(hf_client_ping(second));
    assert_ok(hf_manager_start(&other));
    assert_ok(hf_process_start(count_to, NULL, NULL, &process));
    assert_ok(hf_process_join(process, -1));
    assert_ok(hf_process_exit_code(process, &code));
    assert_int_equal(code, 3);
}

static void a_pool_and_its_results_are_released(void **state) {
    static const hf_function functions[] = {{"square", square}};
    HF_CLEANUP(hf_pool) hf_pool *pool = NULL;
    HF_CLEANUP(hf_result) hf_result *result = NULL;
    HF_CLEANUP(hf_results) hf_results *results = NULL;
    HF_CLEANUP(hf_pool_state) hf_pool_state pool_state = HF_ZEROS;
    HF_CLEANUP(hf_any) hf_any value = hf_any_null();
    const hf_any seven = hf_any_int(7);
    hf_pool_options options = HF_POOL_OPTIONS;
    (void)state;
    options.work.functions = functions;
    options.work.function_count = 1;
    options.most = 1;
    assert_ok(hf_pool_start(client, NULL, &options, &pool));
    assert_ok(hf_pool_apply_async(pool, "square", &seven, 1, NULL, &result));
    assert_ok(hf_result_get(result, -1, &value));
    assert_int_equal(value.as_int, 49);
    assert_ok(hf_pool_imap(pool, "square", &seven, 1, NULL, &results));
    assert_ok(hf_pool_state_get(pool, &pool_state));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_released),
        cmocka_unit_test(reports_are_released),
        cmocka_unit_test(locks_are_released_if_they_are_held),
        cmocka_unit_test(all_that_is_allocated_is_released),
        cmocka_unit_test(a_pool_and_its_results_are_released),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
