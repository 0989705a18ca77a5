/* SPDX-License-Identifier: MIT
 *
 * Tuples, big integers and opaque values through the library, against a real manager: as values, as
 * keys, by value; and the objects that opaque values refer to.
 */
#include "real.h"

static const uint8_t two_pow_64[] = {0, 0, 0, 0, 0, 0, 0, 0, 1};
static const uint8_t minus_two_pow_64[] = {0, 0, 0, 0, 0, 0, 0, 0, 0xff};

#define BIG hf_any_big(two_pow_64, sizeof two_pow_64)
#define BIG_MINUS hf_any_big(minus_two_pow_64, sizeof minus_two_pow_64)

static hf_any tagged(hf_opaque *opaque, const char *bytes) {
    *opaque = (hf_opaque){
        .tag = "test/text", .bytes = (const uint8_t *)bytes, .len = bytes ? strlen(bytes) : 0};
    return hf_any_opaque(opaque);
}

/* ---- values and keys ---- */

static void new_kinds_are_kept_as_values(void **state) {
    hf_dict dict = new_dict();
    hf_opaque opaque;
    const hf_any inner[] = {BIG_MINUS, tagged(&opaque, "x")};
    const hf_any items[] = {hf_any_int(1), hf_any_tuple(inner, 2), hf_any_list(NULL, 0)};
    const hf_any values[] = {
        BIG,     BIG_MINUS, hf_any_tuple(NULL, 0), hf_any_tuple(items, 3), hf_any_list(items, 3),
        inner[1]};
    (void)state;
    opaque.equals = (const uint8_t *)"";
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        hf_any found;
        assert_ok(hf_dict_set_any(dict, hf_any_int((int64_t)i), values[i]));
        assert_ok(hf_dict_get_any(dict, hf_any_int((int64_t)i), &found));
        assert_any(found, values[i]);
    }
}

static void new_kinds_are_keys(void **state) {
    hf_dict dict = new_dict();
    hf_opaque opaque;
    const hf_any inner[] = {BIG, hf_any_string("a")};
    const hf_any nested = hf_any_tuple(inner, 2);
    const hf_any keys[] = {
        BIG,    BIG_MINUS,           hf_any_tuple(NULL, 0), hf_any_tuple(&nested, 1),
        nested, tagged(&opaque, "k")};
    enum { COUNT = sizeof keys / sizeof keys[0] };
    uint64_t len = 0;
    hf_any_array found = {NULL, 0};
    (void)state;
    for (size_t turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < COUNT; i++) {
            assert_ok(hf_dict_set_any(dict, keys[i], hf_any_int((int64_t)i)));
        }
    }

    assert_ok(hf_dict_len(dict, &len));
    assert_int_equal(len, COUNT);
    assert_ok(hf_dict_keys(dict, &found));
    assert_int_equal(found.len, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        hf_any value;
        assert_true(hf_any_equal(found.items[i], keys[i]));
        assert_ok(hf_dict_get_any(dict, keys[i], &value));
        assert_any(value, hf_any_int((int64_t)i));
    }
    hf_any_array_clear(&found);
    assert_ok(hf_dict_delete_any(dict, keys[3]));
    assert_status(hf_dict_delete_any(dict, keys[3]), HF_KEY_ERROR, "delete");
}

static void a_tuple_of_what_is_no_key_is_none(void **state) {
    hf_dict dict = new_dict();
    const hf_any inner[] = {hf_any_list(NULL, 0), hf_any_map(NULL, 0), hf_any_ref(dict.id)};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const hf_any key = hf_any_tuple(&inner[i], 1);
        const hf_any deeper = hf_any_tuple(&key, 1);
        assert_status(hf_dict_set_any(dict, key, hf_any_null()), HF_TYPE_ERROR, "set");
        assert_status(hf_dict_set_any(dict, deeper, hf_any_null()), HF_TYPE_ERROR, "set");
    }
}

static void opaque_keys_are_equal_by_their_identity(void **state) {
    hf_dict dict = new_dict();
    hf_opaque key;
    hf_any value;
    uint64_t len = 0;
    (void)state;
    (void)tagged(&key, "first form");
    key.equals = (const uint8_t *)"same";
    key.equals_len = 4;
    assert_ok(hf_dict_set_any(dict, hf_any_opaque(&key), hf_any_int(1)));
    hf_opaque other = key;
    other.bytes = (const uint8_t *)"other";
    other.len = 5;

    assert_ok(hf_dict_get_any(dict, hf_any_opaque(&other), &value));
    assert_any(value, hf_any_int(1));
    assert_ok(hf_dict_set_any(dict, hf_any_opaque(&other), hf_any_int(2)));
    other = (hf_opaque){.tag = "test/text", .bytes = (const uint8_t *)"same", .len = 4};
    assert_ok(hf_dict_get_any(dict, hf_any_opaque(&other), &value));
    assert_any(value, hf_any_int(2));
    assert_ok(hf_dict_len(dict, &len));
    assert_int_equal(len, 1);

    hf_any_array keys = {NULL, 0}; /* the key stays as it was set first */
    assert_ok(hf_dict_keys(dict, &keys));
    assert_int_equal(keys.items[0].opaque->len, key.len);
    hf_any_array_clear(&keys);

    other.tag = "test/other";
    assert_status(hf_dict_get_any(dict, hf_any_opaque(&other), &value), HF_KEY_ERROR, "get");
}

static void broken_values_are_refused(void **state) {
    static const hf_opaque broken[] = {{.tag = ""}, {.tag = "\xff"}};
    hf_dict dict = new_dict();
    char tag[66];
    (void)state;
    memset(tag, 't', 65);
    tag[65] = 0;
    const hf_opaque long_one = {.tag = tag};
    const hf_any bad[] = {
        hf_any_opaque(&broken[0]),
        hf_any_opaque(&broken[1]),
        hf_any_opaque(&long_one),
        hf_any_opaque(NULL),
        {.kind = HF_ANY_BIG, .len = 1, .bytes = (const uint8_t *)"\1"},
        {.kind = HF_ANY_BIG, .len = 10, .bytes = (const uint8_t *)"\0\0\0\0\0\0\0\0\1\0"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const hf_any nested = hf_any_tuple(&bad[i], 1);
        assert_status(hf_dict_set_any(dict, hf_any_int(1), bad[i]), HF_INVALID, "value");
        assert_status(hf_dict_set_any(dict, hf_any_int(1), nested), HF_INVALID, "tuple");
    }
    tag[64] = 0; /* the longest tag */
    assert_ok(hf_dict_set_any(dict, hf_any_int(1), hf_any_opaque(&long_one)));
}

static void a_typed_get_tells_the_kind(void **state) {
    hf_dict dict = new_dict();
    hf_opaque opaque;
    int64_t number = 7;
    (void)state;
    assert_ok(hf_dict_set_any(dict, hf_any_string("big"), BIG));
    assert_ok(hf_dict_set_any(dict, hf_any_string("tuple"), hf_any_tuple(NULL, 0)));
    assert_ok(hf_dict_set_any(dict, hf_any_string("opaque"), tagged(&opaque, "")));

    assert_status(hf_dict_get_int(dict, "big", &number), HF_TYPE_ERROR, "get");
    assert_non_null(strstr(hf_last_detail(), "64 bits"));
    assert_status(hf_dict_get_int(dict, "tuple", &number), HF_TYPE_ERROR, "get");
    assert_non_null(strstr(hf_last_detail(), "tuple"));
    assert_status(hf_dict_get_int(dict, "opaque", &number), HF_TYPE_ERROR, "get");
    assert_non_null(strstr(hf_last_detail(), "opaque"));
    assert_int_equal(number, 7);
}

static void large_ones_are_kept(void **state) {
    enum { BYTES = 3 << 20 };
    hf_dict dict = new_dict();
    uint8_t *bytes = calloc(1, BYTES);
    hf_any found;
    (void)state;
    assert_non_null(bytes);
    bytes[BYTES - 1] = 1;
    const hf_any big = hf_any_big(bytes, BYTES);
    const hf_opaque opaque = {.tag = "test/block", .bytes = bytes, .len = BYTES};

    assert_ok(hf_dict_set_any(dict, hf_any_string("big"), big));
    assert_ok(hf_dict_get_any(dict, hf_any_string("big"), &found));
    assert_any(found, big);
    assert_ok(hf_dict_set_any(dict, hf_any_string("block"), hf_any_opaque(&opaque)));
    assert_ok(hf_dict_get_any(dict, hf_any_string("block"), &found));
    assert_any(found, hf_any_opaque(&opaque));
    free(bytes);
}

/* ---- equality ---- */

static void dicts_by_value_take_numbers_for_the_same(void **state) {
    const hf_dict_options options = {.equality = HF_BY_VALUE};
    hf_dict dict;
    hf_any value;
    uint64_t len = 0;
    (void)state;
    assert_ok(hf_dict_open_options(client, NULL, &options, &dict));
    const hf_any one = hf_any_int(1);
    const hf_any real = hf_any_double(1);
    assert_ok(hf_dict_set_any(dict, hf_any_int(1), hf_any_string("int")));
    assert_ok(hf_dict_set_any(dict, hf_any_tuple(&one, 1), hf_any_string("tuple")));
    assert_ok(hf_dict_set_any(dict, BIG, hf_any_string("big")));

    assert_ok(hf_dict_get_any(dict, hf_any_bool(true), &value));
    assert_any(value, hf_any_string("int"));
    assert_ok(hf_dict_get_any(dict, hf_any_tuple(&real, 1), &value));
    assert_any(value, hf_any_string("tuple"));
    assert_ok(hf_dict_get_any(dict, hf_any_double(0x1p64), &value));
    assert_any(value, hf_any_string("big"));
    assert_ok(hf_dict_set_any(dict, hf_any_double(1), hf_any_string("double")));
    assert_ok(hf_dict_len(dict, &len));
    assert_int_equal(len, 3);

    hf_any_array keys = {NULL, 0};
    assert_ok(hf_dict_keys(dict, &keys));
    assert_true(hf_any_equal(keys.items[0], hf_any_int(1)));
    hf_any_array_clear(&keys);
}

static void other_options_are_refused(void **state) {
    const hf_dict_options options = {.equality = HF_BY_VALUE};
    const hf_list_options list_options = {.equality = HF_BY_VALUE};
    const hf_set_options set_options = {.equality = HF_BY_VALUE};
    hf_dict dict;
    hf_list list;
    hf_set set;
    (void)state;
    assert_ok(hf_dict_open(client, "kinds/dict", HF_MUST_CREATE, &dict));
    assert_ok(hf_list_open(client, "kinds/list", HF_MUST_CREATE, &list));
    assert_ok(hf_set_open(client, "kinds/set", HF_MUST_CREATE, &set));

    assert_status(hf_dict_open_options(client, "kinds/dict", &options, &dict), HF_WRONG_TYPE,
                  "open");
    assert_non_null(strstr(hf_last_detail(), "equality"));
    assert_status(hf_list_open_options(client, "kinds/list", &list_options, &list), HF_WRONG_TYPE,
                  "open");
    assert_status(hf_set_open_options(client, "kinds/set", &set_options, &set), HF_WRONG_TYPE,
                  "open");
    assert_ok(hf_list_open_options(client, "kinds/list", NULL, &list));
    assert_ok(hf_set_open_options(client, "kinds/set", NULL, &set));
    delete_named("kinds/dict");
    delete_named("kinds/list");
    delete_named("kinds/set");
}

static void lists_by_value_find_numbers_of_any_kind(void **state) {
    const hf_list_options options = {.equality = HF_BY_VALUE};
    hf_list list;
    uint64_t number = 0;
    bool contains = false;
    (void)state;
    assert_ok(hf_list_open_options(client, NULL, &options, &list));
    const hf_any items[] = {hf_any_int(0), hf_any_double(1), hf_any_bool(true), BIG};
    const hf_any one = hf_any_int(1);
    const hf_any real = hf_any_double(1);
    assert_ok(hf_list_extend(list, items, 4));
    assert_ok(hf_list_append_any(list, hf_any_tuple(&one, 1)));

    assert_ok(hf_list_index_any(list, hf_any_int(1), HF_SLICE_OPEN, HF_SLICE_OPEN, &number));
    assert_int_equal(number, 1);
    assert_ok(hf_list_count_any(list, hf_any_int(1), &number));
    assert_int_equal(number, 2);
    assert_ok(hf_list_contains_any(list, hf_any_double(0x1p64), &contains));
    assert_true(contains);
    assert_ok(
        hf_list_index_any(list, hf_any_tuple(&real, 1), HF_SLICE_OPEN, HF_SLICE_OPEN, &number));
    assert_int_equal(number, 4);
}

static void sets_by_value_keep_the_first_member(void **state) {
    const hf_set_options options = {.equality = HF_BY_VALUE};
    hf_set set;
    uint64_t len = 0;
    bool added = false;
    (void)state;
    assert_ok(hf_set_open_options(client, NULL, &options, &set));
    assert_ok(hf_set_add_any(set, hf_any_double(2), &added));
    assert_true(added);
    assert_ok(hf_set_add_any(set, hf_any_int(2), &added));
    assert_false(added);
    assert_ok(hf_set_add_any(set, BIG, &added));
    assert_true(added);
    assert_ok(hf_set_add_any(set, hf_any_double(0x1p64), &added));
    assert_false(added);
    assert_ok(hf_set_len(set, &len));
    assert_int_equal(len, 2);
}

/* ---- references ---- */

static bool is_there(uint64_t id) {
    hf_lock lock = {client, id};
    hf_status status = hf_lock_acquire(lock, 0, NULL);
    if (status == HF_OK) {
        assert_ok(hf_lock_release_checked(lock));
    }
    return status == HF_OK;
}

/* By another client, so that only the value refers to it in the end. */
static uint64_t new_lock_in(hf_dict dict, const char *key, bool as_key) {
    hf_client *other = NULL;
    hf_lock lock;
    hf_dict shared;
    assert_ok(hf_client_new(hf_manager_address(manager), NULL, &other));
    assert_ok(hf_lock_open(other, NULL, NULL, &lock));
    shared = (hf_dict){other, dict.id};
    const hf_opaque opaque = {.tag = "test/text",
                              .bytes = (const uint8_t *)key,
                              .len = strlen(key),
                              .refs = &lock.id,
                              .ref_count = 1};
    const hf_any value = hf_any_opaque(&opaque);
    const hf_any tuple = hf_any_tuple(&value, 1);
    assert_ok(as_key ? hf_dict_set_any(shared, tuple, hf_any_null())
                     : hf_dict_set_any(shared, hf_any_string(key), tuple));
    uint64_t id = lock.id;
    assert_ok(hf_object_release(HF_OBJECT(lock)));
    hf_client_free(other);
    return id;
}

static void what_an_opaque_value_refers_to_lives_as_long(void **state) {
    hf_dict dict;
    hf_any value;
    (void)state;
    assert_ok(hf_dict_open(client, "kinds/refs", HF_MUST_CREATE, &dict));
    uint64_t in_value = new_lock_in(dict, "a", false);
    uint64_t in_key = new_lock_in(dict, "b", true);
    assert_true(is_there(in_value));
    assert_true(is_there(in_key));

    assert_ok(hf_dict_get_any(dict, hf_any_string("a"), &value));
    assert_int_equal(value.kind, HF_ANY_TUPLE);
    assert_int_equal(value.items[0].opaque->ref_count, 1);
    assert_int_equal(value.items[0].opaque->refs[0], in_value);
    hf_any_clear(&value);
    delete_named("kinds/refs");
}

/* A lock that this client has used would live on. */
static void what_nothing_refers_to_any_more_is_gone(void **state) {
    hf_dict dict = new_dict();
    hf_opaque opaque;
    const hf_any key = tagged(&opaque, "b");
    (void)state;
    uint64_t in_value = new_lock_in(dict, "a", false);
    uint64_t in_key = new_lock_in(dict, "b", true);

    assert_ok(hf_dict_delete(dict, "a"));
    assert_false(is_there(in_value));
    assert_ok(hf_dict_delete_any(dict, hf_any_tuple(&key, 1)));
    assert_false(is_there(in_key));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_kinds_are_kept_as_values),
        cmocka_unit_test(new_kinds_are_keys),
        cmocka_unit_test(a_tuple_of_what_is_no_key_is_none),
        cmocka_unit_test(opaque_keys_are_equal_by_their_identity),
        cmocka_unit_test(broken_values_are_refused),
        cmocka_unit_test(a_typed_get_tells_the_kind),
        cmocka_unit_test(large_ones_are_kept),
        cmocka_unit_test(dicts_by_value_take_numbers_for_the_same),
        cmocka_unit_test(other_options_are_refused),
        cmocka_unit_test(lists_by_value_find_numbers_of_any_kind),
        cmocka_unit_test(sets_by_value_keep_the_first_member),
        cmocka_unit_test(what_an_opaque_value_refers_to_lives_as_long),
        cmocka_unit_test(what_nothing_refers_to_any_more_is_gone),
    };
    return cmocka_run_group_tests(tests, start_manager, stop_manager);
}
