/* SPDX-License-Identifier: MIT
 *
 * value, array and set through the library, against a real manager.
 */
#include "real.h"

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

static void a_value_of_the_kind_any_is_whatever_was_set(void **state) {
    hf_value value;
    hf_any present;
    hf_any items[] = {hf_any_int(1), hf_any_string("two")};
    const hf_any list = hf_any_list(items, 2);
    int64_t number = 0;
    (void)state;
    assert_ok(hf_value_open_any(client, "anything", HF_ANY, list, HF_OPEN_OR_CREATE, &value));

    assert_ok(hf_value_get_any(value, &present));
    assert_any(present, list);
    assert_status(hf_value_get(value, &number), HF_TYPE_ERROR, "get");
    assert_status(hf_value_compare_and_set(value, 1, 2, &number), HF_TYPE_ERROR, "cas");
    assert_status(hf_value_compare_and_set_any(value, hf_any_int(1), hf_any_int(2)), HF_MISMATCH,
                  "cas");
    assert_ok(hf_value_compare_and_set_any(value, list, hf_any_string("three")));
    assert_ok(hf_value_get_any(value, &present));
    assert_any(present, hf_any_string("three"));

    assert_ok(hf_value_set_any(value, hf_any_int(4)));
    assert_status(hf_value_add(value, 1, NULL, &number), HF_TYPE_ERROR, "add");
    assert_ok(hf_value_get(value, &number));
    assert_int_equal(number, 4);
    assert_status(hf_value_open(client, "anything", HF_I64, 0, &value), HF_WRONG_TYPE, "open");
}

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
    assert_ok(hf_array_open(client, "numbers", HF_KIND_DEFAULT, HF_ARRAY_ANY_LEN, HF_OPEN_OR_CREATE,
                            &array));
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

static void numbers_are_read_as_values_and_members_named_by_int(void **state) {
    hf_array array;
    hf_set set;
    hf_any number;
    bool truth = false;
    (void)state;
    assert_ok(hf_array_open(client, NULL, HF_F64, 1, HF_OPEN_OR_CREATE, &array));
    assert_ok(hf_array_set_double(array, 0, 0.5));
    assert_ok(hf_set_open(client, NULL, HF_OPEN_OR_CREATE, &set));
    assert_ok(hf_set_add_int(set, 1, NULL));

    assert_ok(hf_array_get_any(array, 0, &number));
    assert_any(number, hf_any_double(0.5));
    assert_status(hf_array_get_any(array, 1, &number), HF_INDEX_ERROR, "get");

    assert_ok(hf_set_contains_int(set, 1, &truth));
    assert_true(truth);
    assert_ok(hf_set_discard_int(set, 1, &truth));
    assert_true(truth);
    assert_ok(hf_set_discard_int(set, 1, &truth));
    assert_false(truth);
    assert_ok(hf_set_contains_int(set, 1, &truth));
    assert_false(truth);
    assert_ok(hf_set_add_int(set, 2, NULL));
    assert_ok(hf_set_remove_int(set, 2));
    assert_status(hf_set_remove_int(set, 2), HF_KEY_ERROR, "remove");
}

/* The sum could not be told as an int, so there is none. */
static void whole_numbers_are_not_added_to_doubles(void **state) {
    hf_value value;
    hf_array array;
    hf_dict dict;
    hf_list list;
    int64_t sum = 0;
    double real = 0;
    (void)state;
    assert_ok(hf_value_open(client, NULL, HF_F64, 1, &value));
    assert_ok(hf_array_open(client, NULL, HF_F64, 1, HF_OPEN_OR_CREATE, &array));
    assert_ok(hf_dict_open(client, NULL, HF_OPEN_OR_CREATE, &dict));
    assert_ok(hf_list_open(client, NULL, HF_OPEN_OR_CREATE, &list));
    assert_ok(hf_dict_set_double(dict, "n", 1.5));
    assert_ok(hf_list_append_any(list, hf_any_double(1.5)));

    assert_status(hf_value_add(value, 1, NULL, &sum), HF_TYPE_ERROR, "add");
    assert_status(hf_array_add(array, 0, 1, NULL, NULL), HF_TYPE_ERROR, "add");
    assert_status(hf_dict_add_int(dict, "n", 1, NULL, &sum), HF_TYPE_ERROR, "add");
    assert_status(hf_list_add_int(list, 0, 1, NULL, &sum), HF_TYPE_ERROR, "add");

    assert_ok(hf_value_get_double(value, &real));
    assert_true(real == 1);
    assert_ok(hf_array_get_double(array, 0, &real));
    assert_true(real == 0);
    assert_ok(hf_dict_get_double(dict, "n", &real));
    assert_true(real == 1.5);
    assert_ok(hf_list_get_double(list, 0, &real));
    assert_true(real == 1.5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_are_not_added_to_doubles),
        cmocka_unit_test(values_hold_one_number_of_their_kind),
        cmocka_unit_test(values_are_added_to_and_compared_in_one_step),
        cmocka_unit_test(a_value_of_the_kind_any_is_whatever_was_set),
        cmocka_unit_test(arrays_hold_numbers_of_one_kind),
        cmocka_unit_test(sets_have_each_member_once),
        cmocka_unit_test(sets_are_combined_with_sets_and_values),
        cmocka_unit_test(numbers_are_read_as_values_and_members_named_by_int),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
