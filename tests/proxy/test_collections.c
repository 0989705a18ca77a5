/* SPDX-License-Identifier: MIT
 *
 * dict, namespace and list through the library, against a real manager.
 */
#include "real.h"

#include <holdfast/watch.h>

static void dicts_keep_the_common_scalars_under_strings(void **state) {
    hf_dict dict = new_dict();
    int64_t number = 0;
    double real = 0;
    bool truth = false;
    char *text = NULL;
    void *bytes = NULL;
    size_t len = 0;
    (void)state;

    assert_ok(hf_dict_set_int(dict, "int", -5));
    assert_ok(hf_dict_set_double(dict, "double", 2.5));
    assert_ok(hf_dict_set_bool(dict, "bool", true));
    assert_ok(hf_dict_set_string(dict, "string", "grüß dich"));
    assert_ok(hf_dict_set_bytes(dict, "bytes", "\0\xff", 2));

    assert_ok(hf_dict_get_int(dict, "int", &number));
    assert_ok(hf_dict_get_double(dict, "double", &real));
    assert_ok(hf_dict_get_bool(dict, "bool", &truth));
    assert_ok(hf_dict_get_string(dict, "string", &text));
    assert_ok(hf_dict_get_bytes(dict, "bytes", &bytes, &len));
    assert_int_equal(number, -5);
    assert_true(real == 2.5);
    assert_true(truth);
    assert_string_equal(text, "grüß dich");
    assert_int_equal(len, 2);
    assert_memory_equal(bytes, "\0\xff", 2);
    free(text);
    free(bytes);
}

static void dict_refusals_come_with_a_detail(void **state) {
    hf_dict dict = new_dict();
    int64_t number = 7;
    char *text = NULL;
    (void)state;

    assert_status(hf_dict_get_int(dict, "none", &number), HF_KEY_ERROR, "get");
    assert_string_not_equal(hf_last_detail(), "");
    assert_int_equal(number, 7);
    assert_ok(hf_dict_set_int(dict, "int", 1));
    assert_string_equal(hf_last_detail(), "");
    assert_status(hf_dict_get_string(dict, "int", &text), HF_TYPE_ERROR, "get");
    assert_ok(hf_dict_set_any(dict, hf_any_string("nul"), hf_any_string_n("a\0b", 3)));
    assert_status(hf_dict_get_string(dict, "nul", &text), HF_TYPE_ERROR, "get");
    assert_status(hf_dict_set_string(dict, "bad", "\xff"), HF_INVALID, "set");
    assert_status(hf_dict_set_any(dict, hf_any_list(NULL, 0), hf_any_null()), HF_TYPE_ERROR, "set");
    assert_ok(hf_dict_get_int(dict, "int", NULL));
}

static void dicts_take_any_key_and_value(void **state) {
    hf_dict dict = new_dict();
    const hf_any keys[] = {hf_any_null(),      hf_any_bool(true),    hf_any_int(1),
                           hf_any_double(1.0), hf_any_string("one"), hf_any_bytes("one", 3)};
    const hf_any_item pair = {hf_any_string("k"), hf_any_list(keys, 6)};
    uint64_t len = 0;
    hf_any value;
    (void)state;

    for (int64_t i = 0; i < 6; i++) {
        assert_ok(hf_dict_set_any(dict, keys[i], hf_any_int(i)));
    }
    assert_ok(hf_dict_set_any(dict, hf_any_string("nested"), hf_any_map(&pair, 1)));

    assert_ok(hf_dict_len(dict, &len));
    assert_int_equal(len, 7);
    for (int64_t i = 0; i < 6; i++) {
        assert_ok(hf_dict_get_any(dict, keys[i], &value));
        assert_any(value, hf_any_int(i));
    }
    assert_ok(hf_dict_get_any(dict, hf_any_string("nested"), &value));
    assert_any(value, hf_any_map(&pair, 1));
}

static void dict_items_are_found_taken_and_deleted(void **state) {
    hf_dict dict = new_dict();
    bool contains = false;
    hf_any key;
    hf_any value;
    (void)state;
    assert_ok(hf_dict_set_int(dict, "a", 1));
    assert_ok(hf_dict_set_int(dict, "b", 2));
    assert_ok(hf_dict_set_int(dict, "c", 3));
    assert_ok(hf_dict_set_any(dict, hf_any_int(4), hf_any_int(4)));

    assert_ok(hf_dict_contains(dict, "a", &contains));
    assert_true(contains);
    assert_ok(hf_dict_contains_any(dict, hf_any_int(5), &contains));
    assert_false(contains);
    assert_ok(hf_dict_popitem(dict, &key, &value));
    assert_any(key, hf_any_int(4));
    assert_any(value, hf_any_int(4));
    assert_ok(hf_dict_pop_any(dict, hf_any_string("c"), &value));
    assert_any(value, hf_any_int(3));
    assert_ok(hf_dict_delete(dict, "b"));
    assert_status(hf_dict_delete_any(dict, hf_any_string("b")), HF_KEY_ERROR, "delete");
    assert_ok(hf_dict_setdefault_any(dict, hf_any_string("a"), hf_any_int(9), &value));
    assert_any(value, hf_any_int(1));
    assert_ok(hf_dict_clear(dict));
    assert_status(hf_dict_popitem(dict, &key, &value), HF_KEY_ERROR, "popitem");
}

enum {
    MANY = 25000 /* three pages */
};

static hf_dict large_dict(void) {
    hf_dict dict = new_dict();
    hf_any_item *items = calloc(MANY, sizeof *items);
    assert_non_null(items);
    for (int64_t i = 0; i < MANY; i++) {
        items[i] = (hf_any_item){hf_any_int(i), hf_any_int(-i)};
    }
    assert_ok(hf_dict_update(dict, items, MANY));
    free(items);
    return dict;
}

static void large_dicts_are_listed_over_several_pages(void **state) {
    hf_dict dict = large_dict();
    hf_any_array keys = {NULL, 0};
    hf_any_array values = {NULL, 0};
    hf_any_map_array items = {NULL, 0};
    (void)state;

    assert_ok(hf_dict_keys(dict, &keys));
    assert_ok(hf_dict_values(dict, &values));
    assert_ok(hf_dict_items(dict, &items));

    assert_int_equal(keys.len, MANY);
    assert_int_equal(values.len, MANY);
    assert_int_equal(items.len, MANY);
    for (int64_t i = 0; i < MANY; i++) {
        assert_int_equal(keys.items[i].as_int, i);
        assert_int_equal(values.items[i].as_int, -i);
        assert_int_equal(items.pairs[i].key.as_int, i);
        assert_int_equal(items.pairs[i].value.as_int, -i);
    }
    hf_any_array_clear(&keys);
    hf_any_array_clear(&values);
    hf_any_map_array_clear(&items);
}

static void dicts_are_walked_page_by_page_and_copied_in_one_step(void **state) {
    hf_dict dict = large_dict();
    hf_any_map_array page = {NULL, 0};
    uint64_t cursor = 0;
    size_t seen = 0;
    hf_any map;
    (void)state;

    do {
        assert_ok(hf_dict_page(dict, 7000, &cursor, &page));
        assert_true(page.len <= 7000);
        seen += page.len;
        hf_any_map_array_clear(&page);
    } while (cursor != 0);
    assert_ok(hf_dict_copy(dict, &map));

    assert_int_equal(seen, MANY);
    assert_int_equal(map.kind, HF_ANY_MAP);
    assert_int_equal(map.len, MANY);
    hf_any_clear(&map);
}

static void dict_numbers_are_added_to_within_bounds(void **state) {
    hf_dict dict = new_dict();
    const hf_bounds bounds = {hf_any_int(0), hf_any_int(10)};
    int64_t number = 0;
    double real = 0;
    hf_any result;
    (void)state;
    assert_ok(hf_dict_set_int(dict, "n", 5));
    assert_ok(hf_dict_set_double(dict, "x", 1));

    assert_ok(hf_dict_add_int(dict, "n", 5, &bounds, &number));
    assert_int_equal(number, 10);
    assert_status(hf_dict_add_int(dict, "n", 1, &bounds, &number), HF_OUT_OF_RANGE, "add");
    assert_status(hf_dict_add_int(dict, "none", 1, NULL, &number), HF_KEY_ERROR, "add");
    assert_ok(hf_dict_add_double(dict, "x", 0.5, NULL, &real));
    assert_true(real == 1.5);
    assert_ok(hf_dict_add_any(dict, hf_any_int(1), hf_any_int(2), NULL, hf_any_int(40), &result));
    assert_any(result, hf_any_int(42));
}

static void dict_values_are_compared_and_set(void **state) {
    hf_dict dict = new_dict();
    const hf_any key = hf_any_string("k");
    const hf_any one = hf_any_int(1);
    const hf_any two = hf_any_int(2);
    (void)state;

    assert_ok(hf_dict_compare_and_set(dict, key, NULL, &one));
    assert_status(hf_dict_compare_and_set(dict, key, NULL, &one), HF_MISMATCH, "cas");
    assert_status(hf_dict_compare_and_set(dict, key, &two, &one), HF_MISMATCH, "cas");
    assert_ok(hf_dict_compare_and_set(dict, key, &one, &two));
    assert_ok(hf_dict_compare_and_set(dict, key, &two, NULL));
    assert_status(hf_dict_delete(dict, "k"), HF_KEY_ERROR, "delete");
}

/* Wait until the watch is told that an item with this key has expired. */
static void await_expiry(hf_watch watch, const char *key) {
    hf_changes changes = {0};
    uint64_t after = 0;
    bool expired = false;
    while (!expired) {
        assert_ok(hf_watch_next(watch, &after, 0, -1, &changes));
        for (size_t i = 0; i < changes.len; i++) {
            const hf_change *change = &changes.items[i];
            if (change->cause == HF_CAUSE_EXPIRED) {
                assert_string_equal(change->op, "dict_delete");
                assert_int_equal(change->arguments.len, 1);
                assert_string_equal(change->arguments.pairs[0].key.string, "key");
                assert_string_equal(change->arguments.pairs[0].value.string, key);
                expired = true;
            }
        }
        hf_changes_clear(&changes);
    }
}

static void dict_items_expire(void **state) {
    (void)state;
    hf_dict dict = new_dict();
    hf_any key = hf_any_string("brief");
    hf_any value = hf_any_null();
    hf_watch watch = {NULL, 0};
    int64_t ttl_ms = 0;
    bool contains = true;
    const hf_watch_options options = {.object = dict.id};
    assert_ok(hf_watch_open(client, NULL, &options, &watch));

    assert_ok(hf_dict_set_ttl(dict, key, hf_any_int(1), 60000));
    assert_ok(hf_dict_ttl(dict, key, &ttl_ms));
    assert_true(ttl_ms > 0 && ttl_ms <= 60000);
    assert_ok(hf_dict_touch(dict, key, -1, &value));
    assert_int_equal(value.as_int, 1);
    assert_ok(hf_dict_ttl(dict, key, &ttl_ms));
    assert_int_equal(ttl_ms, -1);
    assert_ok(hf_dict_expire(dict, key, 1));
    await_expiry(watch, "brief");

    assert_ok(hf_dict_contains(dict, "brief", &contains));
    assert_false(contains);
    assert_status(hf_dict_ttl(dict, key, &ttl_ms), HF_KEY_ERROR, "ttl");
    assert_status(hf_dict_expire(dict, key, 1), HF_KEY_ERROR, "expire");
    assert_status(hf_dict_set_ttl(dict, key, hf_any_int(1), 0), HF_INVALID, "set");
}

static void dict_items_are_made_to_expire(void **state) {
    (void)state;
    hf_dict dict = new_dict();
    const char *const keys[] = {"default", "sum", "new", "updated"};
    const hf_any_item items[] = {{hf_any_string("updated"), hf_any_int(4)}};
    const hf_any replacement = hf_any_int(3);
    hf_any value = hf_any_null();
    int64_t ttl_ms = 0;

    assert_ok(hf_dict_setdefault_ttl(dict, hf_any_string("default"), hf_any_int(1), 60000, &value));
    assert_int_equal(value.as_int, 1);
    assert_ok(hf_dict_add_ttl(dict, hf_any_string("sum"), hf_any_int(1), NULL, hf_any_int(1), 60000,
                              &value));
    assert_int_equal(value.as_int, 2);
    assert_ok(hf_dict_compare_and_set_ttl(dict, hf_any_string("new"), NULL, &replacement, 60000));
    assert_ok(hf_dict_update_ttl(dict, items, 1, 60000));

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_ok(hf_dict_ttl(dict, hf_any_string(keys[i]), &ttl_ms));
        assert_true(ttl_ms > 0 && ttl_ms <= 60000);
    }
}

static void bounded_dicts_make_room(void **state) {
    (void)state;
    const hf_dict_options options = {.max_items = 2, .eviction = HF_LEAST_RECENTLY_USED};
    const hf_dict_options others = {.max_items = 1};
    hf_dict dict = {NULL, 0};
    hf_dict space = {NULL, 0};
    int64_t number = 0;
    bool contains = true;
    assert_ok(hf_dict_open_options(client, "bounded", &options, &dict));

    assert_ok(hf_dict_set_int(dict, "a", 1));
    assert_ok(hf_dict_set_int(dict, "b", 2));
    assert_ok(hf_dict_get_int(dict, "a", &number));
    assert_ok(hf_dict_set_int(dict, "c", 3));
    assert_ok(hf_dict_contains(dict, "b", &contains));
    assert_false(contains);
    assert_ok(hf_dict_get_int(dict, "a", &number));

    assert_status(hf_dict_open_options(client, "bounded", &others, &dict), HF_WRONG_TYPE, "open");
    assert_ok(hf_namespace_open_options(client, NULL, &others, &space));
    assert_ok(hf_dict_set_int(space, "a", 1));
    assert_status(hf_dict_set_int(space, "b", 1), HF_LIMIT, "set");
    assert_status(
        hf_dict_open_options(client, NULL, &(hf_dict_options){.eviction = HF_OLDEST}, &dict),
        HF_INVALID, "open");
    assert_ok(hf_dict_open_options(client, NULL, NULL, &dict));
}

static void namespaces_are_dicts_of_strings(void **state) {
    hf_dict space;
    hf_dict dict;
    int64_t number = 0;
    (void)state;

    assert_ok(hf_namespace_open(client, "space", HF_MUST_CREATE, &space));
    assert_status(hf_namespace_open(client, "space", HF_MUST_CREATE, &dict), HF_EXISTS, "open");
    assert_status(hf_dict_open(client, "space", HF_OPEN_OR_CREATE, &dict), HF_WRONG_TYPE, "open");
    assert_ok(hf_dict_set_int(space, "x", 3));
    assert_ok(hf_dict_get_int(space, "x", &number));
    assert_int_equal(number, 3);
    assert_status(hf_dict_set_any(space, hf_any_int(1), hf_any_int(1)), HF_TYPE_ERROR, "set");
}

static void assert_list(hf_list list, const int64_t *expected, size_t len) {
    hf_any_array values = {NULL, 0};
    assert_ok(hf_list_copy(list, &values));
    assert_int_equal(values.len, len);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(values.items[i].kind, HF_ANY_INT);
        assert_int_equal(values.items[i].as_int, expected[i]);
    }
    hf_any_array_clear(&values);
}

static void lists_keep_the_common_scalars(void **state) {
    hf_list list = new_list(0);
    int64_t number = 0;
    double real = 0;
    bool truth = false;
    char *text = NULL;
    void *bytes = NULL;
    size_t len = 0;
    (void)state;

    assert_ok(hf_list_append_int(list, 1));
    assert_ok(hf_list_append_double(list, 2.5));
    assert_ok(hf_list_append_bool(list, true));
    assert_ok(hf_list_append_string(list, "four"));
    assert_ok(hf_list_append_bytes(list, "5", 1));
    assert_ok(hf_list_append_any(list, hf_any_null()));

    assert_ok(hf_list_get_int(list, 0, &number));
    assert_ok(hf_list_get_double(list, 1, &real));
    assert_ok(hf_list_get_bool(list, 2, &truth));
    assert_ok(hf_list_get_string(list, -3, &text));
    assert_ok(hf_list_get_bytes(list, -2, &bytes, &len));
    assert_int_equal(number, 1);
    assert_true(real == 2.5);
    assert_true(truth);
    assert_string_equal(text, "four");
    assert_int_equal(len, 1);
    assert_memory_equal(bytes, "5", 1);
    free(text);
    free(bytes);
}

static void list_items_are_set_by_index(void **state) {
    hf_list list = new_list(6);
    hf_any value;
    (void)state;

    assert_ok(hf_list_set_int(list, 0, 10));
    assert_ok(hf_list_set_double(list, 1, 0.5));
    assert_ok(hf_list_set_bool(list, 2, false));
    assert_ok(hf_list_set_string(list, 3, "x"));
    assert_ok(hf_list_set_bytes(list, 4, "y", 1));
    assert_ok(hf_list_set_any(list, -1, hf_any_null()));

    const hf_any expected[] = {hf_any_int(10),     hf_any_double(0.5),   hf_any_bool(false),
                               hf_any_string("x"), hf_any_bytes("y", 1), hf_any_null()};
    for (int64_t i = 0; i < 6; i++) {
        assert_ok(hf_list_get_any(list, i, &value));
        assert_any(value, expected[i]);
    }
    assert_status(hf_list_set_int(list, 6, 1), HF_INDEX_ERROR, "set");
    assert_status(hf_list_get_any(list, -7, &value), HF_INDEX_ERROR, "get");
}

static void lists_grow_and_shrink(void **state) {
    hf_list list = new_list(3);
    const hf_any more[] = {hf_any_int(3), hf_any_int(4)};
    hf_any value;
    uint64_t len = 0;
    (void)state;

    assert_ok(hf_list_extend(list, more, 2));
    assert_ok(hf_list_insert_any(list, 0, hf_any_int(9)));
    assert_list(list, (const int64_t[]){9, 0, 1, 2, 3, 4}, 6);
    assert_ok(hf_list_pop_any(list, -1, &value));
    assert_any(value, hf_any_int(4));
    assert_ok(hf_list_pop_any(list, 0, &value));
    assert_any(value, hf_any_int(9));
    assert_ok(hf_list_delete(list, 1));
    assert_ok(hf_list_remove_any(list, hf_any_int(3)));
    assert_status(hf_list_remove_any(list, hf_any_int(3)), HF_VALUE_ERROR, "remove");
    assert_list(list, (const int64_t[]){0, 2}, 2);
    assert_ok(hf_list_repeat(list, 2));
    assert_list(list, (const int64_t[]){0, 2, 0, 2}, 4);
    assert_ok(hf_list_clear(list));
    assert_ok(hf_list_len(list, &len));
    assert_int_equal(len, 0);
    assert_status(hf_list_pop_any(list, -1, &value), HF_INDEX_ERROR, "pop");
}

static void lists_have_pythons_slices(void **state) {
    hf_list list = new_list(6);
    const hf_any two[] = {hf_any_int(7), hf_any_int(8)};
    hf_any_array values = {NULL, 0};
    (void)state;

    assert_ok(hf_list_get_slice(list, (hf_slice){HF_SLICE_OPEN, HF_SLICE_OPEN, -2}, &values));
    assert_int_equal(values.len, 3);
    assert_int_equal(values.items[0].as_int, 5);
    hf_any_array_clear(&values);
    assert_ok(hf_list_get_slice(list, HF_SLICE_ALL, &values));
    assert_int_equal(values.len, 6);
    hf_any_array_clear(&values);
    assert_ok(hf_list_set_slice(list, (hf_slice){1, 5, 1}, two, 2));
    assert_list(list, (const int64_t[]){0, 7, 8, 5}, 4);
    assert_ok(hf_list_delete_slice(list, (hf_slice){HF_SLICE_OPEN, -1, 1}));
    assert_list(list, (const int64_t[]){5}, 1);
    assert_status(hf_list_get_slice(list, (hf_slice){0, 1, 0}, &values), HF_VALUE_ERROR, "slice");
}

static void lists_are_searched_sorted_and_reversed(void **state) {
    hf_list list = new_list(4);
    uint64_t number = 0;
    bool contains = false;
    (void)state;
    assert_ok(hf_list_append_int(list, 1));

    assert_ok(hf_list_index_any(list, hf_any_int(1), HF_SLICE_OPEN, HF_SLICE_OPEN, &number));
    assert_int_equal(number, 1);
    assert_ok(hf_list_index_any(list, hf_any_int(1), 2, HF_SLICE_OPEN, &number));
    assert_int_equal(number, 4);
    assert_status(hf_list_index_any(list, hf_any_int(1), 2, 4, &number), HF_VALUE_ERROR, "index");
    assert_ok(hf_list_count_any(list, hf_any_int(1), &number));
    assert_int_equal(number, 2);
    assert_ok(hf_list_contains_any(list, hf_any_double(1), &contains));
    assert_false(contains);
    assert_ok(hf_list_sort(list, true));
    assert_list(list, (const int64_t[]){3, 2, 1, 1, 0}, 5);
    assert_ok(hf_list_reverse(list));
    assert_list(list, (const int64_t[]){0, 1, 1, 2, 3}, 5);
}

static void list_numbers_are_added_to_and_compared(void **state) {
    hf_list list = new_list(2);
    const hf_bounds bounds = {hf_any_null(), hf_any_int(5)};
    int64_t number = 0;
    double real = 0;
    (void)state;
    assert_ok(hf_list_append_double(list, 1));

    assert_ok(hf_list_add_int(list, 1, 4, &bounds, &number));
    assert_int_equal(number, 5);
    assert_status(hf_list_add_int(list, 1, 1, &bounds, &number), HF_OUT_OF_RANGE, "add");
    assert_ok(hf_list_add_double(list, -1, 0.25, NULL, &real));
    assert_true(real == 1.25);
    assert_ok(hf_list_compare_and_set(list, 0, hf_any_int(0), hf_any_int(9)));
    assert_status(hf_list_compare_and_set(list, 0, hf_any_int(0), hf_any_int(9)), HF_MISMATCH,
                  "cas");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dicts_keep_the_common_scalars_under_strings),
        cmocka_unit_test(dict_refusals_come_with_a_detail),
        cmocka_unit_test(dicts_take_any_key_and_value),
        cmocka_unit_test(dict_items_are_found_taken_and_deleted),
        cmocka_unit_test(large_dicts_are_listed_over_several_pages),
        cmocka_unit_test(dicts_are_walked_page_by_page_and_copied_in_one_step),
        cmocka_unit_test(dict_numbers_are_added_to_within_bounds),
        cmocka_unit_test(dict_values_are_compared_and_set),
        cmocka_unit_test(dict_items_expire),
        cmocka_unit_test(dict_items_are_made_to_expire),
        cmocka_unit_test(bounded_dicts_make_room),
        cmocka_unit_test(namespaces_are_dicts_of_strings),
        cmocka_unit_test(lists_keep_the_common_scalars),
        cmocka_unit_test(list_items_are_set_by_index),
        cmocka_unit_test(lists_grow_and_shrink),
        cmocka_unit_test(lists_have_pythons_slices),
        cmocka_unit_test(lists_are_searched_sorted_and_reversed),
        cmocka_unit_test(list_numbers_are_added_to_and_compared),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
