/* SPDX-License-Identifier: MIT
 *
 * Every public function against a real manager: that it asks for the right operation and hands back
 * what it should. What the operations themselves do is tested in tests/types.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <holdfast.h>

static hf_manager *manager;
static hf_client *client;

static int start_manager(void **state) {
    (void)state;
    if (hf_manager_start(&manager) != HF_OK ||
        hf_client_new(hf_manager_address(manager), NULL, &client) != HF_OK) {
        (void)fprintf(stderr, "%s\n", hf_last_detail());
        return -1;
    }
    return 0;
}

static int stop_manager(void **state) {
    (void)state;
    hf_client_free(client);
    hf_manager_stop(manager);
    return 0;
}

#define assert_ok(call) assert_status(call, HF_OK, #call)

static void assert_status(hf_status status, hf_status expected, const char *call) {
    if (status != expected) {
        fail_msg("%s: %s instead of %s (%s)", call, hf_status_name(status),
                 hf_status_name(expected), hf_last_detail());
    }
}

static void assert_any(hf_any any, hf_any expected) {
    assert_true(hf_any_equal(any, expected));
    hf_any_clear(&any);
}

/* ---- client ---- */

static void a_client_knows_its_address_and_pings(void **state) {
    (void)state;

    assert_string_equal(hf_client_address(client), hf_manager_address(manager));
    assert_ok(hf_client_ping(client));
    assert_string_equal(hf_version(), "1.0.0");
    assert_string_equal(hf_status_name(HF_KEY_ERROR), "KEY_ERROR");
    assert_string_equal(hf_status_text(HF_KEY_ERROR), "no such key");
    assert_true(hf_ok(HF_OWNER_DIED));
    assert_true(hf_status_is_fatal(HF_DENIED));
}

static void a_manager_tells_its_numbers(void **state) {
    hf_statistics before;
    hf_statistics after;
    hf_dict dict;
    (void)state;

    assert_ok(hf_client_statistics(client, &before));
    assert_ok(hf_dict_open(client, "counted", HF_MUST_CREATE, &dict));
    assert_ok(hf_client_statistics(client, &after));

    assert_int_equal(after.sessions, 1);
    assert_int_equal(after.objects, before.objects + 1);
    assert_true(after.requests > before.requests);
    assert_ok(hf_object_delete(HF_OBJECT(dict)));
}

/* ---- dict ---- */

static hf_dict new_dict(void) {
    hf_dict dict = {NULL, 0};
    assert_ok(hf_dict_open(client, NULL, HF_OPEN_OR_CREATE, &dict));
    return dict;
}

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

/* ---- list ---- */

static hf_list new_list(size_t len) {
    hf_list list = {NULL, 0};
    assert_ok(hf_list_open(client, NULL, HF_OPEN_OR_CREATE, &list));
    for (size_t i = 0; i < len; i++) {
        assert_ok(hf_list_append_int(list, (int64_t)i));
    }
    return list;
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

/* ---- value ---- */

static void values_hold_one_number_of_their_kind(void **state) {
    hf_value value;
    hf_value real;
    hf_value flag;
    int64_t number = 0;
    double fraction = 0;
    (void)state;

    assert_ok(hf_value_open(client, NULL, HF_U8, 250, &value));
    assert_ok(hf_value_set(value, 255));
    assert_status(hf_value_set(value, 256), HF_OUT_OF_RANGE, "set");
    assert_ok(hf_value_get(value, &number));
    assert_int_equal(number, 255);
    assert_ok(hf_value_get_double(value, &fraction));
    assert_true(fraction == 255);

    assert_ok(
        hf_value_open_any(client, NULL, HF_F64, hf_any_double(1.5), HF_OPEN_OR_CREATE, &real));
    assert_ok(hf_value_get_double(real, &fraction));
    assert_true(fraction == 1.5);
    assert_status(hf_value_get(real, &number), HF_TYPE_ERROR, "get");
    assert_ok(hf_value_set_double(real, 2.5));
    assert_ok(hf_value_add_double(real, 0.5, NULL, &fraction));
    assert_true(fraction == 3);

    assert_ok(hf_value_open(client, NULL, HF_BOOL, 1, &flag));
    assert_ok(hf_value_get(flag, &number));
    assert_int_equal(number, 1);
    assert_status(hf_value_open(client, NULL, HF_I8, 128, &value), HF_OUT_OF_RANGE, "open");
}

static void values_are_added_to_and_compared_in_one_step(void **state) {
    hf_value value;
    const hf_bounds bounds = {hf_any_int(0), hf_any_null()};
    int64_t number = 0;
    (void)state;
    assert_ok(hf_value_open(client, "count", HF_I64, 1, &value));

    assert_ok(hf_value_add(value, -1, &bounds, &number));
    assert_int_equal(number, 0);
    assert_status(hf_value_add(value, -1, &bounds, NULL), HF_OUT_OF_RANGE, "add");
    assert_ok(hf_value_compare_and_set(value, 0, 7, &number));
    assert_int_equal(number, 7);
    number = 0;
    assert_status(hf_value_compare_and_set(value, 0, 8, &number), HF_MISMATCH, "cas");
    assert_int_equal(number, 7);
    assert_status(hf_value_compare_and_set(value, 0, 8, NULL), HF_MISMATCH, "cas");
}

/* ---- queue ---- */

static void arrays_hold_numbers_of_one_kind(void **state) {
    hf_array array;
    hf_array reals;
    hf_any_array numbers;
    const hf_any initial[] = {hf_any_int(1), hf_any_int(2), hf_any_int(3)};
    const hf_bounds bounds = {hf_any_int(0), hf_any_null()};
    int64_t number = 0;
    double fraction = 0;
    uint64_t len = 0;
    (void)state;

    assert_ok(hf_array_open_any(client, "numbers", HF_I16, initial, 3, HF_OPEN_OR_CREATE, &array));
    assert_ok(hf_array_open(client, "numbers", HF_I16, HF_ARRAY_ANY_LEN, HF_MUST_EXIST, &array));
    assert_status(hf_array_open(client, "numbers", HF_I16, 4, HF_OPEN_OR_CREATE, &array),
                  HF_WRONG_TYPE, "open");
    assert_ok(hf_array_len(array, &len));
    assert_int_equal(len, 3);
    assert_ok(hf_array_set(array, -1, 30));
    assert_ok(hf_array_get(array, 2, &number));
    assert_int_equal(number, 30);
    assert_status(hf_array_get(array, 3, &number), HF_INDEX_ERROR, "get");
    assert_ok(hf_array_add(array, 0, -1, &bounds, &number));
    assert_int_equal(number, 0);
    assert_status(hf_array_add(array, 0, -1, &bounds, NULL), HF_OUT_OF_RANGE, "add");
    assert_ok(hf_array_compare_and_set(array, 0, 0, 10, &number));
    assert_int_equal(number, 10);
    number = 0;
    assert_status(hf_array_compare_and_set(array, 0, 0, 11, &number), HF_MISMATCH, "cas");
    assert_int_equal(number, 10);
    assert_ok(hf_array_compare_and_set_any(array, 1, hf_any_int(2), hf_any_int(20)));
    assert_ok(hf_array_set_slice(array, (hf_slice){0, 2, 1}, initial, 2));
    assert_ok(hf_array_get_slice(array, (hf_slice){HF_SLICE_OPEN, HF_SLICE_OPEN, -1}, &numbers));
    assert_int_equal(numbers.len, 3);
    assert_any(numbers.items[0], hf_any_int(30));
    assert_any(numbers.items[2], hf_any_int(1));
    hf_any_array_clear(&numbers);

    assert_ok(hf_array_open(client, NULL, HF_F64, 2, HF_OPEN_OR_CREATE, &reals));
    assert_ok(hf_array_set_double(reals, 0, 0.5));
    assert_ok(hf_array_add_double(reals, 0, 0.25, NULL, &fraction));
    assert_ok(hf_array_get_double(reals, 0, &fraction));
    assert_true(fraction == 0.75);
    assert_ok(hf_array_from_ref(client, hf_array_ref(reals), &array));
    assert_status(hf_array_get(array, 0, &number), HF_TYPE_ERROR, "get");
}

static void assert_members(hf_any_array *members, const int64_t *expected, size_t len) {
    assert_int_equal(members->len, len);
    for (size_t i = 0; i < len; i++) {
        assert_any(members->items[i], hf_any_int(expected[i]));
    }
    hf_any_array_clear(members);
}

static void sets_have_each_member_once(void **state) {
    hf_set set;
    hf_any_array members;
    hf_any member;
    uint64_t cursor = 0;
    uint64_t len = 0;
    bool truth = false;
    (void)state;

    assert_ok(hf_set_open(client, NULL, HF_OPEN_OR_CREATE, &set));
    assert_ok(hf_set_add(set, "ada", &truth));
    assert_true(truth);
    assert_ok(hf_set_add(set, "ada", &truth));
    assert_false(truth);
    assert_ok(hf_set_add_int(set, 1, NULL));
    assert_ok(hf_set_add_any(set, hf_any_double(1), NULL));
    assert_status(hf_set_add_any(set, hf_any_list(NULL, 0), NULL), HF_TYPE_ERROR, "add");
    assert_ok(hf_set_contains(set, "ada", &truth));
    assert_true(truth);
    assert_ok(hf_set_len(set, &len));
    assert_int_equal(len, 3);
    assert_ok(hf_set_pop_any(set, &member));
    assert_any(member, hf_any_string("ada"));
    assert_ok(hf_set_discard(set, "ada", &truth));
    assert_false(truth);
    assert_status(hf_set_remove(set, "ada"), HF_KEY_ERROR, "remove");
    assert_ok(hf_set_remove_any(set, hf_any_double(1)));
    assert_ok(hf_set_add_int(set, 2, NULL));
    assert_ok(hf_set_page(set, 1, &cursor, &members));
    assert_true(cursor != 0);
    assert_members(&members, (int64_t[]){1}, 1);
    assert_ok(hf_set_items(set, &members));
    assert_members(&members, (int64_t[]){1, 2}, 2);
    assert_ok(hf_set_clear(set));
    assert_status(hf_set_pop_any(set, &member), HF_KEY_ERROR, "pop");
}

static void sets_are_combined_with_sets_and_values(void **state) {
    hf_set a;
    hf_set b;
    hf_any_array members;
    const hf_any values[] = {hf_any_int(3), hf_any_int(4)};
    bool truth = false;
    (void)state;
    assert_ok(hf_set_open(client, NULL, HF_OPEN_OR_CREATE, &a));
    assert_ok(hf_set_open(client, NULL, HF_OPEN_OR_CREATE, &b));
    assert_ok(hf_set_update(b, hf_members_list(values, 2)));
    for (int64_t i = 1; i <= 3; i++) {
        assert_ok(hf_set_add_int(a, i, NULL));
    }

    assert_ok(hf_set_union(a, hf_members_of(b), &members));
    assert_members(&members, (int64_t[]){1, 2, 3, 4}, 4);
    assert_ok(hf_set_intersection(a, hf_members_list(values, 2), &members));
    assert_members(&members, (int64_t[]){3}, 1);
    assert_ok(hf_set_difference(a, hf_members_of(b), &members));
    assert_members(&members, (int64_t[]){1, 2}, 2);
    assert_ok(hf_set_symmetric_difference(a, hf_members_of(b), &members));
    assert_members(&members, (int64_t[]){1, 2, 4}, 3);
    assert_ok(hf_set_is_subset(a, hf_members_of(b), &truth));
    assert_false(truth);
    assert_ok(hf_set_is_superset(a, hf_members_list(values, 1), &truth));
    assert_true(truth);
    assert_ok(hf_set_is_disjoint(a, hf_members_of(b), &truth));
    assert_false(truth);
    assert_ok(hf_set_symmetric_difference_update(a, hf_members_of(b)));
    assert_ok(hf_set_difference_update(a, hf_members_list((const hf_any[]){hf_any_int(1)}, 1)));
    assert_ok(hf_set_from_ref(client, hf_set_ref(a), &b));
    assert_ok(hf_set_copy(b, &members));
    assert_members(&members, (int64_t[]){2, 4}, 2);
    assert_ok(hf_set_intersection_update(a, hf_members_list(NULL, 0)));
    assert_ok(hf_set_copy(b, &members));
    assert_members(&members, NULL, 0);
}

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
    assert_status(hf_queue_open(client, "bounded", NULL, &queue), HF_WRONG_TYPE, "open");

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
    hf_any_array aside = {NULL, 0};
    uint64_t count = 0;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, &options, &queue));
    assert_ok(hf_queue_put_string(queue, "poison", 0));
    assert_ok(hf_queue_put_string(queue, "job", 0));

    for (uint32_t i = 1; i <= 2; i++) {
        assert_ok(hf_queue_get_leased(queue, 60000, 0, &delivery));
        assert_any(delivery.item, hf_any_string("poison"));
        assert_int_equal(delivery.count, i);
        assert_ok(hf_queue_extend(queue, delivery.id, -1));
        assert_ok(hf_queue_return(queue, delivery.id));
    }
    assert_ok(hf_queue_get_leased(queue, -1, 0, &delivery));
    assert_any(delivery.item, hf_any_string("job"));
    assert_ok(hf_queue_guard(queue, delivery.id));
    assert_ok(hf_queue_acknowledge(queue, delivery.id));
    assert_status(hf_queue_size(queue, &count), HF_STALE_FENCE, "size");
    assert_ok(hf_queue_guard(queue, 0));

    assert_status(hf_queue_acknowledge(queue, delivery.id), HF_NOT_HELD, "acknowledge");
    assert_status(hf_queue_return(queue, delivery.id), HF_NOT_HELD, "return");
    assert_status(hf_queue_extend(queue, delivery.id, 1), HF_NOT_HELD, "extend");
    assert_ok(hf_queue_set_aside_list(queue, 0, &aside));
    assert_int_equal(aside.len, 1);
    assert_true(hf_any_equal(aside.items[0], hf_any_string("poison")));
    hf_any_array_clear(&aside);
    assert_ok(hf_queue_set_aside_return(queue, &count));
    assert_int_equal(count, 1);
    assert_ok(hf_queue_get_leased(queue, -1, 0, NULL)); /* only to have it */
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

/* ---- lock ---- */

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
    assert_status(hf_pipe_open(client, "one-way", NULL, NULL, NULL), HF_WRONG_TYPE, "open");
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
    assert_status(hf_pipe_receive_int(reader, -1, NULL), HF_CLOSED, "receive");
    assert_ok(hf_object_delete(HF_OBJECT(reader)));
}

static hf_lock open_lock(const char *name, const hf_lock_options *options) {
    hf_lock lock = {NULL, 0};
    assert_ok(hf_lock_open(client, name, options, &lock));
    return lock;
}

static void locks_are_acquired_with_growing_fences(void **state) {
    hf_holder holder;
    hf_grant first;
    hf_grant second;
    (void)state;
    hf_client_disconnect(client);
    hf_set_label("the holder");
    hf_lock lock = open_lock("fenced", NULL);

    assert_ok(hf_lock_acquire(lock, 0, &first));
    assert_ok(hf_lock_who(lock, &holder));
    assert_string_equal(holder.label, "the holder");
    assert_int_equal(holder.pid, getpid());
    assert_int_equal(holder.fence, first.fence);
    assert_status(hf_lock_acquire(lock, 100, NULL), HF_DEADLOCK, "acquire");
    assert_ok(hf_lock_release(lock));
    assert_status(hf_lock_release(lock), HF_NOT_HELD, "release");
    assert_status(hf_lock_who(lock, &holder), HF_NOT_HELD, "who");
    assert_ok(hf_lock_acquire(lock, 0, &second));
    assert_true(second.fence > first.fence);
    assert_int_equal(second.depth, 1);
    assert_int_equal(second.died.session, 0);
    assert_ok(hf_lock_release(lock));
    hf_set_label(NULL);
}

static void reentrant_locks_count(void **state) {
    hf_lock lock = open_lock("counting", &(hf_lock_options){.reentrant = true});
    hf_grant grant;
    (void)state;

    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_ok(hf_lock_acquire(lock, 0, &grant));
    assert_int_equal(grant.depth, 2);
    assert_ok(hf_lock_release(lock));
    assert_ok(hf_lock_release(lock));
    assert_status(hf_lock_release(lock), HF_NOT_HELD, "release");
}

static void *die_holding(void *argument) {
    const hf_lock *lock = argument;
    hf_set_label("the late one");
    return hf_lock_acquire(*lock, 0, NULL) == HF_OK ? argument : NULL;
}

static void locks_are_handed_to_other_sessions(void **state) {
    hf_lock lock = open_lock("handed", NULL);
    hf_holder holder;
    hf_grant grant = {0};
    (void)state;

    assert_status(hf_lock_transfer(lock, 1, NULL), HF_NOT_HELD, "transfer");
    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_ok(hf_lock_who(lock, &holder));
    assert_status(hf_lock_transfer(lock, UINT64_MAX, NULL), HF_VALUE_ERROR, "transfer");
    assert_ok(hf_lock_transfer(lock, holder.session, &grant));
    assert_true(grant.fence > holder.fence);
    assert_ok(hf_lock_release(lock));
}

/* ---- rwlock ---- */

static void *try_to_read(void *argument) {
    const hf_rwlock *lock = argument;
    hf_status status = hf_rwlock_acquire_read(*lock, 0, NULL);
    return status == HF_OK ? argument : NULL;
}

static void *write_and_die(void *argument) {
    const hf_rwlock *lock = argument;
    return hf_rwlock_acquire_write(*lock, 0, NULL) == HF_OK ? argument : NULL;
}

/* What a thread of its own says, which then ends. */
static bool in_a_thread(void *(*run)(void *), hf_rwlock *lock) {
    pthread_t thread;
    void *done = NULL;
    assert_int_equal(pthread_create(&thread, NULL, run, lock), 0);
    assert_int_equal(pthread_join(thread, &done), 0);
    return done != NULL;
}

static void rwlocks_are_read_by_many_and_written_by_one(void **state) {
    hf_rwlock lock;
    hf_rwlock same;
    hf_grant read = {0};
    hf_grant write = {0};
    (void)state;

    assert_ok(hf_rwlock_open(client, "shared", HF_OPEN_OR_CREATE, &lock));
    assert_status(hf_rwlock_open(client, "shared", HF_MUST_CREATE, &same), HF_EXISTS, "open");
    assert_ok(hf_rwlock_from_ref(client, hf_rwlock_ref(lock), &same));
    assert_int_equal(same.id, lock.id);
    assert_ok(hf_rwlock_acquire_read(lock, 0, &read));
    assert_true(in_a_thread(try_to_read, &lock));
    assert_ok(hf_rwlock_acquire_write(lock, 1000, &write));
    assert_true(write.fence > read.fence);
    assert_false(in_a_thread(try_to_read, &lock));
    assert_ok(hf_rwlock_release(lock));
    assert_ok(hf_rwlock_release(lock));
    assert_status(hf_rwlock_release(lock), HF_NOT_HELD, "release");
}

static void an_rwlock_whose_writer_died_says_so(void **state) {
    hf_rwlock lock;
    hf_grant grant = {0};
    (void)state;

    assert_ok(hf_rwlock_open(client, NULL, HF_OPEN_OR_CREATE, &lock));
    assert_true(in_a_thread(write_and_die, &lock));

    assert_status(hf_rwlock_acquire_read(lock, -1, &grant), HF_OWNER_DIED, "acquire_read");
    assert_true(grant.died.session != 0);
    assert_ok(hf_rwlock_release(lock));
}

static void a_lock_whose_holder_died_says_so(void **state) {
    hf_lock lock = open_lock("inherited", NULL);
    pthread_t thread;
    hf_grant grant;
    void *result = NULL;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, die_holding, &lock), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_non_null(result);

    assert_status(hf_lock_acquire(lock, -1, &grant), HF_OWNER_DIED, "acquire");

    assert_string_equal(grant.died.label, "the late one");
    assert_ok(hf_lock_release(lock));
}

static void guarded_calls_end_with_the_grant(void **state) {
    hf_lock lock = open_lock("guard", NULL);
    hf_value value;
    hf_grant grant;
    int64_t number = 0;
    (void)state;
    assert_ok(hf_value_open(client, NULL, HF_I64, 0, &value));
    assert_ok(hf_lock_acquire(lock, 0, &grant));

    assert_ok(hf_guard(lock, grant.fence));
    assert_ok(hf_value_set(value, 1));
    assert_ok(hf_lock_release(lock));
    assert_status(hf_value_set(value, 2), HF_STALE_FENCE, "set");
    assert_ok(hf_guard(lock, 0));

    assert_ok(hf_value_get(value, &number));
    assert_int_equal(number, 1);
}

/* ---- any object ---- */

static void semaphores_hand_out_permits(void **state) {
    hf_semaphore semaphore = {NULL, 0};
    hf_semaphore same = {NULL, 0};
    hf_grant grant;
    uint64_t permits = 0;
    const hf_semaphore_options bounded = {.bounded = true};
    (void)state;

    assert_ok(hf_semaphore_open(client, "permits", 3, &bounded, &semaphore));
    assert_ok(hf_semaphore_acquire(semaphore, 2, 0, &grant));
    assert_int_equal(grant.depth, 2);
    assert_true(grant.fence > 0);
    assert_ok(hf_semaphore_value(semaphore, &permits));
    assert_int_equal(permits, 1);
    assert_status(hf_semaphore_acquire(semaphore, 2, 0, NULL), HF_TIMEOUT, "acquire");
    assert_status(hf_semaphore_acquire(semaphore, 4, -1, NULL), HF_VALUE_ERROR, "acquire");
    assert_status(hf_semaphore_release(semaphore, 3), HF_VALUE_ERROR, "release");
    assert_ok(hf_semaphore_release(semaphore, 2));
    assert_ok(hf_semaphore_from_ref(client, hf_semaphore_ref(semaphore), &same));
    assert_ok(hf_semaphore_value(same, &permits));
    assert_int_equal(permits, 3);
    assert_status(hf_semaphore_open(client, "permits", 3, NULL, &same), HF_WRONG_TYPE, "open");
    assert_ok(hf_semaphore_open(client, NULL, 0, NULL, &semaphore));
    assert_ok(hf_semaphore_release(semaphore, 1));
    assert_ok(hf_semaphore_acquire(semaphore, 1, 0, NULL));
}

static void events_are_set_and_cleared(void **state) {
    hf_event event = {NULL, 0};
    hf_event same = {NULL, 0};
    bool is_set = true;
    (void)state;

    assert_ok(hf_event_open(client, "light", HF_MUST_CREATE, &event));
    assert_ok(hf_event_is_set(event, &is_set));
    assert_false(is_set);
    assert_status(hf_event_wait(event, 1), HF_TIMEOUT, "wait");
    assert_ok(hf_event_set(event));
    assert_ok(hf_event_wait(event, -1));
    assert_ok(hf_event_from_ref(client, hf_event_ref(event), &same));
    assert_ok(hf_event_is_set(same, &is_set));
    assert_true(is_set);
    assert_ok(hf_event_clear(event));
    assert_status(hf_event_wait(event, 0), HF_TIMEOUT, "wait");
}

static void *count_down_one(void *argument) {
    return hf_latch_count_down(*(const hf_latch *)argument, 1) == HF_OK ? argument : NULL;
}

static void latches_let_go_at_zero(void **state) {
    hf_latch latch = {NULL, 0};
    hf_latch same = {NULL, 0};
    uint64_t count = 0;
    pthread_t thread;
    void *result = NULL;
    (void)state;

    assert_ok(hf_latch_open(client, "gate", 3, HF_MUST_CREATE, &latch));
    assert_status(hf_latch_count_down(latch, 4), HF_VALUE_ERROR, "count_down");
    assert_ok(hf_latch_count_down(latch, 2));
    assert_ok(hf_latch_count(latch, &count));
    assert_int_equal(count, 1);
    assert_status(hf_latch_wait(latch, 1), HF_TIMEOUT, "wait");
    assert_int_equal(pthread_create(&thread, NULL, count_down_one, &latch), 0);
    assert_ok(hf_latch_wait(latch, -1));
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_non_null(result);
    assert_ok(hf_latch_from_ref(client, hf_latch_ref(latch), &same));
    assert_ok(hf_latch_count(same, &count));
    assert_int_equal(count, 0);
    assert_status(hf_latch_open(client, "gate", 2, HF_OPEN_OR_CREATE, &same), HF_WRONG_TYPE,
                  "open");
}

static void named_objects_are_listed_found_and_deleted(void **state) {
    hf_dict dict;
    hf_listing listing = {NULL, 0};
    uint64_t id = 0;
    hf_type type = HF_TYPE_LOCK;
    bool exists = false;
    (void)state;
    for (int i = 0; i < 1500; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "list/%04d", i);
        assert_ok(hf_dict_open(client, name, HF_MUST_CREATE, &dict));
    }

    assert_ok(hf_object_list(client, "list/", &listing));
    assert_int_equal(listing.len, 1500);
    assert_string_equal(listing.entries[1499].name, "list/1499");
    assert_int_equal(listing.entries[1499].id, dict.id);
    assert_int_equal(listing.entries[1499].type, HF_TYPE_DICT);
    hf_listing_clear(&listing);
    assert_ok(hf_object_find(client, "list/1499", &id, &type));
    assert_int_equal(id, dict.id);
    assert_int_equal(type, HF_TYPE_DICT);
    assert_ok(hf_object_delete(HF_OBJECT(dict)));
    assert_ok(hf_object_exists(client, "list/1499", &exists));
    assert_false(exists);
    assert_status(hf_object_find(client, "list/1499", &id, &type), HF_NO_OBJECT, "find");
    assert_status(hf_dict_clear(dict), HF_NO_OBJECT, "clear");
}

static void objects_are_described(void **state) {
    hf_lock lock = open_lock("described", &(hf_lock_options){.reentrant = true});
    hf_description description;
    (void)state;
    assert_ok(hf_lock_acquire(lock, 0, NULL));

    assert_ok(hf_object_describe(HF_OBJECT(lock), &description));

    assert_string_equal(description.name, "described");
    assert_int_equal(description.type, HF_TYPE_LOCK);
    assert_int_equal(description.id, lock.id);
    assert_int_equal(description.holder_count, 1);
    assert_int_equal(description.holders[0].pid, getpid());
    assert_int_equal(description.waiter_count, 0);
    assert_int_equal(description.grants, 1);
    hf_description_clear(&description);
    hf_description_clear(&description);
    assert_ok(hf_lock_release(lock));
}

static void references_lead_from_object_to_object(void **state) {
    hf_dict dict = new_dict();
    hf_list list = new_list(1);
    hf_value value;
    hf_queue queue;
    hf_lock lock = open_lock(NULL, NULL);
    hf_any ref;
    uint64_t len = 0;
    (void)state;
    assert_ok(hf_value_open(client, NULL, HF_I64, 0, &value));
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));

    assert_ok(hf_dict_set_any(dict, hf_any_string("list"), hf_list_ref(list)));
    assert_ok(hf_object_release(HF_OBJECT(list)));
    assert_ok(hf_dict_get_any(dict, hf_any_string("list"), &ref));
    assert_ok(hf_list_from_ref(client, ref, &list));
    assert_ok(hf_list_len(list, &len));
    assert_int_equal(len, 1);

    assert_ok(hf_dict_from_ref(client, hf_dict_ref(dict), &dict));
    assert_ok(hf_value_from_ref(client, hf_value_ref(value), &value));
    assert_ok(hf_queue_from_ref(client, hf_queue_ref(queue), &queue));
    assert_ok(hf_lock_from_ref(client, hf_lock_ref(lock), &lock));
    assert_ok(hf_value_set(value, 1));
    assert_status(hf_value_from_ref(client, hf_any_int(1), &value), HF_TYPE_ERROR, "from_ref");
}

/* ---- several at once ---- */

/* ---- condition and barrier ---- */

struct buffer {
    hf_lock lock;
    hf_condition condition;
    int64_t items;
    uint64_t woken;
};

static void *put_item(void *argument) {
    struct buffer *buffer = argument;
    if (!hf_ok(hf_lock_acquire(buffer->lock, -1, NULL))) {
        return NULL;
    }
    buffer->items++;
    bool good = hf_condition_notify(buffer->condition, 1, &buffer->woken) == HF_OK;
    return hf_lock_release(buffer->lock) == HF_OK && good ? argument : NULL;
}

static bool has_item(void *argument) {
    return ((const struct buffer *)argument)->items > 0;
}

static void conditions_wait_for_what_another_does(void **state) {
    (void)state;
    struct buffer buffer = {.lock = open_lock("buffer", &(hf_lock_options){.reentrant = true})};
    hf_condition again;
    hf_grant before;
    hf_grant grant;
    uint64_t woken = 0;
    pthread_t thread;
    void *result = NULL;
    assert_ok(
        hf_condition_open(client, "not empty", buffer.lock, HF_MUST_CREATE, &buffer.condition));
    assert_ok(hf_condition_from_ref(client, hf_condition_ref(buffer.condition), &again));
    assert_int_equal(again.id, buffer.condition.id);
    assert_status(hf_condition_wait(buffer.condition, -1, &grant), HF_NOT_HELD, "wait");
    assert_status(hf_condition_notify_all(buffer.condition, NULL), HF_NOT_HELD, "notify_all");

    assert_ok(hf_lock_acquire(buffer.lock, 0, NULL));
    assert_ok(hf_lock_acquire(buffer.lock, 0, &before));
    assert_status(hf_condition_wait(buffer.condition, 0, &grant), HF_TIMEOUT, "wait");
    assert_int_equal(grant.fence, before.fence);
    assert_status(hf_condition_wait(buffer.condition, 20, &grant), HF_TIMEOUT, "wait");
    assert_true(grant.fence > before.fence);
    assert_int_equal(grant.depth, 2);
    assert_status(hf_condition_wait_for(buffer.condition, has_item, &buffer, 20), HF_TIMEOUT,
                  "wait_for");
    assert_int_equal(pthread_create(&thread, NULL, put_item, &buffer), 0);
    assert_ok(hf_condition_wait_for(buffer.condition, has_item, &buffer, -1));
    assert_int_equal(buffer.items, 1);
    assert_int_equal(buffer.woken, 1);
    assert_ok(hf_condition_notify_all(buffer.condition, &woken));
    assert_int_equal(woken, 0);
    assert_ok(hf_lock_release(buffer.lock));
    assert_ok(hf_lock_release(buffer.lock));
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &buffer);
}

struct party {
    hf_barrier barrier;
    unsigned *acted; /* how often, counted by the leaders */
    bool seen;
    uint32_t index;
};

static void act(void *argument) {
    ++*(unsigned *)argument;
}

static void *take_part(void *argument) {
    struct party *party = argument;
    hf_status status = hf_barrier_wait_action(party->barrier, HF_BARRIER_TIMEOUT, act, party->acted,
                                              &party->index);
    party->seen = *party->acted == 1;
    return status == HF_OK ? argument : NULL;
}

static void the_last_party_acts_before_all_go_on(void **state) {
    (void)state;
    enum { PARTIES = 4 };
    struct party parties[PARTIES];
    pthread_t threads[PARTIES];
    unsigned acted = 0;
    unsigned seen = 0;
    hf_barrier barrier;
    assert_ok(hf_barrier_open(
        client, "start", PARTIES,
        &(hf_barrier_options){.has_timeout = true, .timeout_ms = -1, .action = true}, &barrier));

    for (size_t i = 0; i < PARTIES; i++) {
        parties[i] = (struct party){barrier, &acted, false, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, take_part, &parties[i]), 0);
    }

    for (size_t i = 0; i < PARTIES; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_non_null(result);
        assert_true(parties[i].seen);
        seen |= 1u << parties[i].index;
    }
    assert_int_equal(acted, 1);
    assert_int_equal(seen, (1u << PARTIES) - 1);
    assert_status(hf_barrier_done(barrier), HF_NOT_HELD, "done");
}

static void barriers_break_and_are_reset(void **state) {
    (void)state;
    hf_barrier barrier;
    hf_barrier again;
    uint64_t count = 0;
    uint32_t index = 7;
    bool broken = true;
    assert_ok(hf_barrier_open(client, "pair", 2, NULL, &barrier));
    assert_ok(hf_barrier_from_ref(client, hf_barrier_ref(barrier), &again));
    assert_int_equal(again.id, barrier.id);
    assert_status(hf_barrier_open(client, "pair", 3, NULL, &again), HF_WRONG_TYPE, "open");
    assert_ok(hf_barrier_parties(barrier, &count));
    assert_int_equal(count, 2);

    assert_status(hf_barrier_wait(barrier, 0, &index), HF_TIMEOUT, "wait");
    assert_ok(hf_barrier_broken(barrier, &broken));
    assert_false(broken);
    assert_status(hf_barrier_wait(barrier, 10, &index), HF_TIMEOUT, "wait");
    assert_ok(hf_barrier_broken(barrier, &broken));
    assert_true(broken);
    assert_status(hf_barrier_wait(barrier, -1, &index), HF_BROKEN, "wait");
    assert_non_null(strstr(hf_last_detail(), "timed out while it waited"));
    assert_ok(hf_barrier_reset(barrier));
    assert_ok(hf_barrier_waiting(barrier, &count));
    assert_int_equal(count, 0);
    assert_ok(hf_barrier_abort(barrier));
    assert_status(hf_barrier_wait_action(barrier, -1, act, &count, &index), HF_BROKEN, "wait");
    assert_int_equal(index, 7);
}

static void pipelines_fill_all_outputs(void **state) {
    hf_dict dict;
    int64_t numbers[100];
    (void)state;

    assert_ok(hf_pipeline_begin(client));
    assert_ok(hf_dict_open(client, "piped", HF_OPEN_OR_CREATE, &dict));
    assert_ok(hf_pipeline_finish(client, NULL, 0));
    assert_ok(hf_pipeline_begin(client));
    for (int64_t i = 0; i < 100; i++) {
        assert_ok(hf_dict_set_any(dict, hf_any_int(i), hf_any_int(i)));
        assert_ok(hf_dict_add_any(dict, hf_any_int(i), hf_any_int(1), NULL, hf_any_null(), NULL));
        assert_ok(hf_dict_set_int(dict, "last", i));
        assert_ok(hf_dict_get_int(dict, "last", &numbers[i]));
    }
    assert_ok(hf_pipeline_finish(client, NULL, 0));

    for (int64_t i = 0; i < 100; i++) {
        assert_int_equal(numbers[i], i);
    }
}

static void batches_lock_get_and_set_in_two_steps(void **state) {
    hf_lock lock = open_lock("batched", NULL);
    hf_value value;
    int64_t number = 0;
    size_t ran = 0;
    (void)state;
    assert_ok(hf_value_open(client, NULL, HF_I64, 5, &value));

    assert_ok(hf_batch_begin(client));
    assert_ok(hf_lock_acquire(lock, 0, NULL));
    assert_ok(hf_value_get(value, &number));
    assert_ok(hf_batch_finish(client, -1, &ran));
    assert_int_equal(ran, 2);
    assert_int_equal(number, 5);
    assert_ok(hf_batch_begin(client));
    assert_ok(hf_value_set(value, number - 1));
    assert_ok(hf_lock_release(lock));
    assert_ok(hf_value_get(value, &number));
    assert_ok(hf_batch_finish(client, 0, &ran));
    assert_int_equal(number, 4);

    assert_ok(hf_batch_begin(client));
    assert_ok(hf_value_set(value, 9));
    assert_ok(hf_lock_release(lock));
    assert_ok(hf_value_set(value, 10));
    assert_status(hf_batch_finish(client, 0, &ran), HF_NOT_HELD, "batch");
    assert_int_equal(ran, 1);
    assert_ok(hf_value_get(value, &number));
    assert_int_equal(number, 9);
}

enum { WORKERS = 8, ROUNDS = 50 };

static void *decrement(void *argument) {
    const hf_lock *lock = argument;
    hf_value value;
    hf_status status = hf_value_open(lock->client, "workers", HF_I64, 0, &value);
    for (int i = 0; i < ROUNDS && status == HF_OK; i++) {
        int64_t number = 0;
        status = hf_lock_acquire(*lock, -1, NULL);
        status = status == HF_OK ? hf_value_get(value, &number) : status;
        status = status == HF_OK ? hf_value_set(value, number - 1) : status;
        status = status == HF_OK ? hf_lock_release(*lock) : status;
    }
    return status == HF_OK ? argument : NULL;
}

static void the_first_of_several_calls_is_done(void **state) {
    hf_queue jobs = {NULL, 0};
    hf_pipe_end here;
    hf_pipe_end there;
    hf_lock lock = open_lock("any", NULL);
    hf_grant grant = {.fence = 0};
    char *order = NULL;
    int64_t job = 0;
    size_t index = 7;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, NULL, &jobs));
    assert_ok(hf_pipe_open(client, NULL, NULL, &here, &there));

    assert_ok(hf_pipe_send_string(here, "stop", 0));
    assert_ok(hf_wait_any_begin(client));
    assert_ok(hf_queue_get_int(jobs, 0, &job));
    assert_ok(hf_pipe_receive_string(there, 0, &order));
    assert_ok(hf_lock_acquire(lock, 0, &grant));
    assert_ok(hf_wait_any_finish(client, -1, &index));
    assert_int_equal(index, 1);
    assert_string_equal(order, "stop");
    free(order);
    assert_status(hf_lock_release(lock), HF_NOT_HELD, "release");

    assert_ok(hf_wait_any_begin(client));
    assert_ok(hf_queue_get_int(jobs, 0, &job));
    assert_ok(hf_pipe_receive_string(there, 0, &order));
    assert_status(hf_wait_any_finish(client, 1, &index), HF_TIMEOUT, "wait_any");
    assert_true(index == HF_WAIT_ANY_NONE);

    assert_ok(hf_queue_close(jobs, false));
    assert_ok(hf_wait_any_begin(client));
    assert_ok(hf_pipe_receive_string(there, 0, &order));
    assert_ok(hf_queue_get_int(jobs, 0, &job));
    assert_status(hf_wait_any_finish(client, -1, &index), HF_CLOSED, "wait_any");
    assert_int_equal(index, 1);
}

static void a_wait_for_any_that_makes_no_sense_is_refused(void **state) {
    hf_value value;
    size_t index = 7;
    (void)state;
    assert_ok(hf_value_open(client, NULL, HF_I64, 0, &value));

    assert_status(hf_wait_any_finish(client, 0, &index), HF_INVALID, "wait_any");
    assert_true(index == HF_WAIT_ANY_NONE);
    assert_ok(hf_wait_any_begin(client));
    assert_status(hf_batch_finish(client, 0, NULL), HF_INVALID, "batch");
    assert_status(hf_wait_any_finish(client, 0, NULL), HF_INVALID, "wait_any");
    assert_ok(hf_wait_any_begin(client));
    assert_ok(hf_value_get(value, NULL));
    assert_status(hf_wait_any_finish(client, 0, &index), HF_INVALID, "wait_any");
    assert_true(index == HF_WAIT_ANY_NONE);
}

static void put_one(void *queue) {
    if (hf_queue_put_int(*(const hf_queue *)queue, 1, -1) != HF_OK) {
        abort();
    }
}

static void a_timers_function_makes_calls_of_its_own(void **state) {
    hf_queue queue = {NULL, 0};
    hf_timer *timer = NULL;
    int64_t item = 0;
    (void)state;
    assert_ok(hf_queue_open(client, NULL, NULL, &queue));

    assert_ok(hf_timer_start(1, put_one, &queue, &timer));
    assert_ok(hf_queue_get_int(queue, -1, &item));

    assert_int_equal(item, 1);
    assert_ok(hf_timer_join(timer));
}

static void threads_that_share_a_client_count_down_to_zero(void **state) {
    hf_lock lock = open_lock("workers/lock", NULL);
    pthread_t threads[WORKERS];
    hf_value value;
    int64_t number = -1;
    (void)state;
    assert_ok(hf_value_open(client, "workers", HF_I64, WORKERS * ROUNDS, &value));

    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, decrement, &lock), 0);
    }
    for (int i = 0; i < WORKERS; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_non_null(result);
    }

    assert_ok(hf_value_get(value, &number));
    assert_int_equal(number, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_knows_its_address_and_pings),
        cmocka_unit_test(a_manager_tells_its_numbers),
        cmocka_unit_test(dicts_keep_the_common_scalars_under_strings),
        cmocka_unit_test(dict_refusals_come_with_a_detail),
        cmocka_unit_test(dicts_take_any_key_and_value),
        cmocka_unit_test(dict_items_are_found_taken_and_deleted),
        cmocka_unit_test(large_dicts_are_listed_over_several_pages),
        cmocka_unit_test(dicts_are_walked_page_by_page_and_copied_in_one_step),
        cmocka_unit_test(dict_numbers_are_added_to_within_bounds),
        cmocka_unit_test(dict_values_are_compared_and_set),
        cmocka_unit_test(namespaces_are_dicts_of_strings),
        cmocka_unit_test(lists_keep_the_common_scalars),
        cmocka_unit_test(list_items_are_set_by_index),
        cmocka_unit_test(lists_grow_and_shrink),
        cmocka_unit_test(lists_have_pythons_slices),
        cmocka_unit_test(lists_are_searched_sorted_and_reversed),
        cmocka_unit_test(list_numbers_are_added_to_and_compared),
        cmocka_unit_test(values_hold_one_number_of_their_kind),
        cmocka_unit_test(values_are_added_to_and_compared_in_one_step),
        cmocka_unit_test(arrays_hold_numbers_of_one_kind),
        cmocka_unit_test(sets_have_each_member_once),
        cmocka_unit_test(sets_are_combined_with_sets_and_values),
        cmocka_unit_test(queues_hand_on_items_in_order),
        cmocka_unit_test(bounded_queues_are_full_joined_and_closed),
        cmocka_unit_test(queues_have_orders_and_take_many_at_once),
        cmocka_unit_test(queues_lend_items_and_set_them_aside),
        cmocka_unit_test(queues_close_with_their_last_producer),
        cmocka_unit_test(pipes_hand_on_messages_both_ways),
        cmocka_unit_test(pipes_end_and_refuse_what_is_too_long),
        cmocka_unit_test(locks_are_acquired_with_growing_fences),
        cmocka_unit_test(reentrant_locks_count),
        cmocka_unit_test(a_lock_whose_holder_died_says_so),
        cmocka_unit_test(locks_are_handed_to_other_sessions),
        cmocka_unit_test(rwlocks_are_read_by_many_and_written_by_one),
        cmocka_unit_test(an_rwlock_whose_writer_died_says_so),
        cmocka_unit_test(guarded_calls_end_with_the_grant),
        cmocka_unit_test(conditions_wait_for_what_another_does),
        cmocka_unit_test(the_last_party_acts_before_all_go_on),
        cmocka_unit_test(barriers_break_and_are_reset),
        cmocka_unit_test(semaphores_hand_out_permits),
        cmocka_unit_test(events_are_set_and_cleared),
        cmocka_unit_test(latches_let_go_at_zero),
        cmocka_unit_test(named_objects_are_listed_found_and_deleted),
        cmocka_unit_test(objects_are_described),
        cmocka_unit_test(references_lead_from_object_to_object),
        cmocka_unit_test(pipelines_fill_all_outputs),
        cmocka_unit_test(batches_lock_get_and_set_in_two_steps),
        cmocka_unit_test(the_first_of_several_calls_is_done),
        cmocka_unit_test(a_wait_for_any_that_makes_no_sense_is_refused),
        cmocka_unit_test(a_timers_function_makes_calls_of_its_own),
        cmocka_unit_test(threads_that_share_a_client_count_down_to_zero),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
