/* SPDX-License-Identifier: MIT
 *
 * The option `equality` of dicts, namespaces, lists and sets.
 */
#include "world.h"

#include <math.h>
#include <string.h>

#define BY_VALUE .has_equality = true, .equality = HF__EQUALITY__BY_VALUE
#define BIG_2_64 of_big("\0\0\0\0\0\0\0\0\1", 9)

static uint64_t dict_by_value(struct peer *peer) {
    return opened(peer, REQUEST(0, dict_open, BY_VALUE));
}

static uint64_t list_by_value(struct peer *peer) {
    return opened(peer, REQUEST(0, list_open, BY_VALUE));
}

static uint64_t set_by_value(struct peer *peer) {
    return opened(peer, REQUEST(0, set_open, BY_VALUE));
}

static Hf__Reply *put(struct peer *peer, uint64_t dict, Hf__Any *key, Hf__Any *value) {
    return ask(peer, REQUEST(dict, dict_set, .key = key, .value = value));
}

static void numbers_of_any_kind_are_one_key(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = dict_by_value(ada);
    Hf__Any *same[][3] = {
        {of_int(1), of_double(1), of_bool(true)},
        {of_bool(false), of_double(-0.0), of_int(0)},
        {of_double(NAN), of_double(-NAN), of_double(NAN)},
        {of_double(0x1p64), BIG_2_64, BIG_2_64},
        {of_int(INT64_MIN), of_double(-0x1p63), of_int(INT64_MIN)},
        {of_tuple(2, of_int(1), of_string("a")), of_tuple(2, of_double(1), of_string("a")),
         of_tuple(2, of_bool(true), of_string("a"))},
        {of_tuple(1, of_tuple(1, BIG_2_64)), of_tuple(1, of_tuple(1, of_double(0x1p64))),
         of_tuple(1, of_tuple(1, BIG_2_64))},
    };
    enum { COUNT = sizeof same / sizeof same[0] };

    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < 3; j++) {
            assert_status(put(ada, dict, same[i][j], of_int((int64_t)(10 * i + j))), HF_OK);
        }
    }

    assert_count(ask(ada, REQUEST(dict, dict_len)), COUNT);
    const Hf__Page *page = ask(ada, REQUEST(dict, dict_items))->page;
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(same_value(page->keys[i], same[i][0])); /* as it was set first */
        assert_int(ask(ada, REQUEST(dict, dict_get, .key = same[i][1])), (int64_t)(10 * i + 2));
    }
}

static void other_keys_stay_apart(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dict = dict_by_value(ada);
    Hf__Any *keys[] = {
        of_int(1),
        of_double(1.5),
        of_string("1"),
        of_bytes("1", 1),
        of_null(),
        of_double((double)INFINITY),
        of_double(0x1p63),
        of_int(INT64_MAX),
        of_big("\1\0\0\0\0\0\0\0\1", 9),
        BIG_2_64,
        of_tuple(1, of_int(1)),
        of_tuple(0),
        of_opaque("a", "1", NULL, 0),
    };
    enum { COUNT = sizeof keys / sizeof keys[0] };

    for (size_t i = 0; i < COUNT; i++) {
        assert_status(put(ada, dict, keys[i], of_int((int64_t)i)), HF_OK);
    }

    assert_count(ask(ada, REQUEST(dict, dict_len)), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int(ask(ada, REQUEST(dict, dict_get, .key = keys[i])), (int64_t)i);
    }
}

static void values_of_a_dict_are_compared_by_value(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t by_value = dict_by_value(ada);
    uint64_t by_kind = open_dict(ada, NULL);
    uint64_t dicts[] = {by_value, by_kind};
    Hf__Any *value =
        of_list(2, of_map(2, of_int(1), of_double(2), of_string("k"), of_null()), of_bool(true));
    Hf__Any *alike =
        of_list(2, of_map(2, of_string("k"), of_null(), of_double(1), of_int(2)), of_int(1));

    for (size_t i = 0; i < 2; i++) {
        assert_status(put(ada, dicts[i], of_int(1), value), HF_OK);
        assert_status(ask(ada, REQUEST(dicts[i], dict_compare_and_set, .key = of_int(1),
                                       .expected = alike, .replacement = of_int(5))),
                      i == 0 ? HF_OK : HF_MISMATCH);
    }
}

static void items_of_a_list_are_compared_by_value(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t list = list_by_value(ada);
    assert_status(ask(ada, REQUEST(list, list_extend, .n_values = 4,
                                   .values = array_of(4, of_string("1"), of_double(1),
                                                      of_bool(true), of_list(1, of_int(2))))),
                  HF_OK);

    assert_count(ask(ada, REQUEST(list, list_count, .value = of_int(1))), 2);
    assert_int_equal(ask(ada, REQUEST(list, list_index, .value = of_int(1)))->count, 1);
    assert_true(ask(ada, REQUEST(list, list_contains, .value = of_list(1, of_double(2))))->truth);
    assert_status(ask(ada, REQUEST(list, list_remove, .value = of_int(1))), HF_OK);
    assert_status(ask(ada, REQUEST(list, list_compare_and_set, .index = 1, .expected = of_int(1),
                                   .replacement = of_int(7))),
                  HF_OK);
    assert_count(ask(ada, REQUEST(list, list_len)), 3);
}

static void a_check_compares_as_its_object_does(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t dicts[] = {dict_by_value(ada), open_dict(ada, NULL)};
    for (size_t i = 0; i < 2; i++) {
        assert_status(put(ada, dicts[i], of_int(1), of_double(1)), HF_OK);
        Hf__Check *is_one = equals(&REQUEST(dicts[i], dict_get, .key = of_int(1)), of_int(1));
        Hf__Request set = REQUEST(dicts[i], dict_set, .key = of_int(1), .value = of_int(2));
        const Hf__Reply *reply = ask(ada, with_checks(batch_of(1, &set), 1, is_one));
        assert_status(reply, i == 0 ? HF_OK : HF_MISMATCH);
        assert_true(i == 0 || strcmp(reply->detail, "check 0: dict_get is 1.0, expected 1") == 0);
    }
}

static void assert_members(struct peer *peer, uint64_t set, size_t count, Hf__Any **members) {
    const Hf__Reply *reply = ask(peer, REQUEST(set, set_copy));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->values->n_items, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(same_value(reply->values->items[i], members[i]));
    }
}

/* In an operation on two sets, the one that it is for says what is the same. */
static void the_set_of_the_request_decides(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t by_value = set_by_value(ada);
    uint64_t by_kind = opened(ada, REQUEST(0, set_open));
    assert_status(ask(ada, REQUEST(by_value, set_update, .n_values = 3,
                                   .values = array_of(3, of_int(1), of_double(1), of_int(3)))),
                  HF_OK);
    assert_status(ask(ada, REQUEST(by_kind, set_update, .n_values = 3,
                                   .values = array_of(3, of_double(1), of_bool(true), of_int(3)))),
                  HF_OK);

    assert_members(ada, by_value, 2, array_of(2, of_int(1), of_int(3)));
    assert_members(ada, by_kind, 3, array_of(3, of_double(1), of_bool(true), of_int(3)));
    assert_true(
        ask(ada, REQUEST(by_value, set_is_subset, .has_other = true, .other = by_kind))->truth);
    assert_true(
        ask(ada, REQUEST(by_value, set_is_superset, .has_other = true, .other = by_kind))->truth);
    assert_false(
        ask(ada, REQUEST(by_kind, set_is_subset, .has_other = true, .other = by_value))->truth);
    const Hf__Reply *both =
        ask(ada, REQUEST(by_kind, set_intersection, .has_other = true, .other = by_value));
    assert_int_equal(both->values->n_items, 1);
    assert_true(same_value(both->values->items[0], of_int(3)));
    assert_status(ask(ada, REQUEST(by_value, set_symmetric_difference_update, .has_other = true,
                                   .other = by_kind)),
                  HF_OK);
    assert_count(ask(ada, REQUEST(by_value, set_len)), 0);
    assert_status(ask(ada, REQUEST(by_value, set_update, .has_other = true, .other = by_kind)),
                  HF_OK);
    assert_members(ada, by_value, 2, array_of(2, of_double(1), of_int(3)));
    assert_members(ada, by_kind, 3, array_of(3, of_double(1), of_bool(true), of_int(3)));
}

static void an_object_that_is_there_keeps_its_equality(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t set = opened(ada, REQUEST(0, set_open, .name = name_of("set"), BY_VALUE));
    (void)opened(ada, REQUEST(0, namespace_open, .name = name_of("space"), BY_VALUE));
    (void)opened(ada, REQUEST(0, list_open, .name = name_of("list")));

    assert_int_equal(opened(ada, REQUEST(0, set_open, .name = name_of("set"))), set);
    assert_int_equal(opened(ada, REQUEST(0, set_open, .name = name_of("set"), BY_VALUE)), set);
    const Hf__Reply *reply =
        ask(ada, REQUEST(0, set_open, .name = name_of("set"), .has_equality = true,
                         .equality = HF__EQUALITY__BY_KIND));
    assert_status(reply, HF_WRONG_TYPE);
    assert_non_null(strstr(reply->detail, "equality BY_VALUE, not BY_KIND"));
    assert_status(ask(ada, REQUEST(0, list_open, .name = name_of("list"), BY_VALUE)),
                  HF_WRONG_TYPE);
    assert_string_equal(ask(ada, REQUEST(set, object_describe))->description->options,
                        "equal by value");
}

static void an_equality_that_there_is_not_is_refused(void **state) {
    struct peer *ada = world_join(*state, "ada");
    const Hf__Reply *replies[] = {
        ask(ada, REQUEST(0, dict_open, .has_equality = true, .equality = (Hf__Equality)2)),
        ask(ada, REQUEST(0, namespace_open, .has_equality = true, .equality = (Hf__Equality)2)),
        ask(ada, REQUEST(0, list_open, .has_equality = true, .equality = (Hf__Equality)2)),
        ask(ada, REQUEST(0, set_open, .has_equality = true, .equality = (Hf__Equality)2)),
    };

    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        assert_status(replies[i], HF_INVALID);
        assert_string_equal(replies[i]->detail, "no equality has the number 2");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_any_kind_are_one_key),
        cmocka_unit_test(other_keys_stay_apart),
        cmocka_unit_test(values_of_a_dict_are_compared_by_value),
        cmocka_unit_test(items_of_a_list_are_compared_by_value),
        cmocka_unit_test(a_check_compares_as_its_object_does),
        cmocka_unit_test(the_set_of_the_request_decides),
        cmocka_unit_test(an_object_that_is_there_keeps_its_equality),
        cmocka_unit_test(an_equality_that_there_is_not_is_refused),
    };
    return WORLD_MAIN(tests);
}
