/* SPDX-License-Identifier: MIT
 *
 * watch through the library, against a real manager.
 */
#include "real.h"

static hf_watch watch_object(uint64_t id) {
    const hf_watch_options options = {.object = id};
    hf_watch watch = {NULL, 0};
    assert_ok(hf_watch_open(client, NULL, &options, &watch));
    return watch;
}

/* A value of a map whose keys are strings; null where it has none. */
static hf_any in_map(hf_any map, const char *key) {
    assert_int_equal(map.kind, HF_ANY_MAP);
    for (size_t i = 0; i < map.len; i++) {
        if (hf_any_equal(map.pairs[i].key, hf_any_string(key))) {
            return map.pairs[i].value;
        }
    }
    return hf_any_null();
}

static hf_changes read_on(hf_watch watch, uint64_t *after, size_t count) {
    hf_changes changes = {0};
    assert_ok(hf_watch_next(watch, after, 0, 0, &changes));
    assert_int_equal(changes.len, count);
    return changes;
}

static void a_change_has_its_operation_and_arguments(void **state) {
    (void)state;
    hf_dict dict = {NULL, 0};
    uint64_t after = 0;
    assert_ok(hf_dict_open(client, "config", HF_OPEN_OR_CREATE, &dict));
    hf_watch watch = watch_object(dict.id);
    const hf_any_item items[] = {{hf_any_string("size"), hf_any_int(5)},
                                 {hf_any_string("colour"), hf_any_string("red")}};
    assert_ok(hf_dict_set_int(dict, "n", 7));
    assert_ok(hf_dict_update(dict, items, 2));

    hf_changes changes = read_on(watch, &after, 2);

    const hf_change *set = &changes.items[0];
    assert_int_equal(after, 2);
    assert_int_equal(changes.missed, 0);
    assert_int_equal(set->number, 1);
    assert_int_equal(set->object, dict.id);
    assert_int_equal(set->type, HF_TYPE_DICT);
    assert_string_equal(set->name, "config");
    assert_int_equal(set->cause, HF_CAUSE_REQUESTED);
    assert_string_equal(set->op, "dict_set");
    assert_int_equal(set->arguments.len, 2);
    assert_true(hf_any_equal(in_map(set->arguments, "key"), hf_any_string("n")));
    assert_true(hf_any_equal(in_map(set->arguments, "value"), hf_any_int(7)));
    assert_int_equal(set->pid, getpid());
    assert_true(set->session > 0);
    assert_true(hf_any_equal(in_map(changes.items[1].arguments, "items"), hf_any_map(items, 2)));
    hf_changes_clear(&changes);
    assert_null(changes.items);
    hf_changes_clear(&changes);
    hf_changes_clear(NULL);
}

/* One of each kind of field that an operation has. */
static void arguments_are_of_the_kind_that_was_given(void **state) {
    (void)state;
    const hf_watch_options names = {.prefix = "kinds"};
    hf_watch watch = {NULL, 0};
    hf_value value = {NULL, 0};
    hf_list list = {NULL, 0};
    hf_lock lock = {NULL, 0};
    hf_barrier barrier = {NULL, 0};
    uint64_t after = 0;
    assert_ok(hf_watch_open(client, "reader", &names, &watch));
    assert_ok(hf_value_open(client, "kinds 1", HF_U8, 3, &value));
    assert_ok(hf_list_open(client, "kinds 2", HF_MUST_CREATE, &list));
    assert_ok(hf_list_append_any(list, hf_any_bytes("\0\1", 2)));
    const hf_any both[] = {hf_any_double(0.5), hf_any_null()};
    assert_ok(hf_list_extend(list, both, 2));
    const hf_lock_options plain = {.reentrant = true};
    assert_ok(hf_lock_open(client, "kinds 3", &plain, &lock));
    const hf_barrier_options timed = {.has_timeout = true, .timeout_ms = -1};
    assert_ok(hf_barrier_open(client, "kinds 4", 2, &timed, &barrier));
    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_ok(hf_object_delete(HF_OBJECT(lock)));

    hf_changes changes = read_on(watch, &after, 8);

    assert_true(hf_any_equal(in_map(changes.items[0].arguments, "name"), hf_any_string("kinds 1")));
    assert_true(hf_any_equal(in_map(changes.items[0].arguments, "kind"), hf_any_string("U8")));
    assert_true(hf_any_equal(in_map(changes.items[0].arguments, "initial"), hf_any_int(3)));
    assert_true(
        hf_any_equal(in_map(changes.items[1].arguments, "mode"), hf_any_string("MUST_CREATE")));
    assert_true(hf_any_equal(in_map(changes.items[2].arguments, "value"), hf_any_bytes("\0\1", 2)));
    assert_true(hf_any_equal(in_map(changes.items[3].arguments, "values"), hf_any_list(both, 2)));
    assert_true(hf_any_equal(in_map(changes.items[4].arguments, "reentrant"), hf_any_bool(true)));
    assert_true(hf_any_equal(in_map(changes.items[5].arguments, "parties"), hf_any_int(2)));
    assert_true(hf_any_equal(in_map(changes.items[5].arguments, "timeout_ms"), hf_any_int(-1)));
    assert_int_equal(changes.items[6].arguments.kind, HF_ANY_MAP);
    assert_int_equal(changes.items[6].arguments.len, 0);
    assert_string_equal(changes.items[7].op, "object_delete");
    hf_changes_clear(&changes);
}

static void *set_later(void *argument) {
    return hf_value_set(*(const hf_value *)argument, 2) == HF_OK ? argument : NULL;
}

static void a_reader_waits_for_the_next_change(void **state) {
    (void)state;
    hf_value value = {NULL, 0};
    hf_changes changes = {0};
    uint64_t after = 0;
    pthread_t thread;
    void *result = NULL;
    assert_ok(hf_value_open(client, NULL, HF_I64, 0, &value));
    hf_watch watch = watch_object(value.id);
    assert_status(hf_watch_next(watch, &after, 0, 1, &changes), HF_TIMEOUT, "next");
    assert_int_equal(after, 0);

    assert_int_equal(pthread_create(&thread, NULL, set_later, &value), 0);
    assert_ok(hf_watch_next(watch, &after, 0, -1, &changes));

    assert_int_equal(pthread_join(thread, &result), 0);
    assert_non_null(result);
    assert_int_equal(after, 1);
    assert_string_equal(changes.items[0].op, "value_set");
    assert_null(changes.items[0].name);
    hf_changes_clear(&changes);
}

static void a_slow_watch_is_told_how_many_changes_it_missed(void **state) {
    (void)state;
    hf_value value = {NULL, 0};
    hf_watch watch = {NULL, 0};
    hf_watch same = {NULL, 0};
    uint64_t after = 0;
    assert_ok(hf_value_open(client, NULL, HF_I64, 0, &value));
    const hf_watch_options few = {.object = value.id, .max_changes = 3};
    assert_ok(hf_watch_open(client, NULL, &few, &watch));
    for (int64_t i = 1; i <= 10; i++) {
        assert_ok(hf_value_set(value, i));
    }

    hf_changes changes = {0};
    assert_ok(hf_watch_from_ref(client, hf_watch_ref(watch), &same));
    assert_ok(hf_watch_next(same, &after, 2, 0, &changes));

    assert_int_equal(changes.missed, 7);
    assert_int_equal(changes.len, 2);
    assert_int_equal(changes.items[0].number, 8);
    assert_int_equal(after, 9);
    hf_changes_clear(&changes);
    changes = read_on(watch, &after, 1);
    assert_int_equal(changes.missed, 0);
    hf_changes_clear(&changes);
}

static void behind_the_last_change_it_is_closed(void **state) {
    (void)state;
    hf_queue queue = {NULL, 0};
    hf_changes changes = {0};
    uint64_t after = 0;
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));
    hf_watch watch = watch_object(queue.id);
    assert_ok(hf_object_release(HF_OBJECT(queue)));

    assert_ok(hf_watch_next(watch, &after, 0, -1, &changes));

    assert_int_equal(changes.len, 1);
    assert_int_equal(changes.items[0].cause, HF_CAUSE_UNREFERENCED);
    assert_string_equal(hf_cause_name(changes.items[0].cause), "UNREFERENCED");
    assert_null(changes.items[0].op);
    assert_int_equal(changes.items[0].arguments.kind, HF_ANY_NULL);
    hf_changes_clear(&changes);
    assert_status(hf_watch_next(watch, &after, 0, -1, &changes), HF_CLOSED, "next");
    uint64_t far = 99;
    assert_status(hf_watch_next(watch, &far, 0, 0, &changes), HF_VALUE_ERROR, "next");
    assert_status(hf_watch_next(watch, NULL, 0, 0, &changes), HF_INVALID, "next");
    assert_status(hf_watch_open(client, NULL, NULL, &watch), HF_INVALID, "open");
    assert_string_equal(hf_cause_name((hf_cause)77), "UNKNOWN");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_has_its_operation_and_arguments),
        cmocka_unit_test(arguments_are_of_the_kind_that_was_given),
        cmocka_unit_test(a_reader_waits_for_the_next_change),
        cmocka_unit_test(a_slow_watch_is_told_how_many_changes_it_missed),
        cmocka_unit_test(behind_the_last_change_it_is_closed),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
