/* SPDX-License-Identifier: MIT
 *
 * value: every operation, every refusal, every kind.
 */
#include "world.h"

static Hf__Reply *open_kind(struct peer *peer, Hf__Kind kind, Hf__Any *initial) {
    return ask(peer, REQUEST(0, value_open, .has_kind = true, .kind = kind, .initial = initial));
}

static void a_new_value_is_its_initial_one(void **state) {
    struct peer *peer = world_join(*state, "ada");

    uint64_t count = open_value(peer, "count", 5);

    assert_int(ask(peer, REQUEST(count, value_get)), 5);
}

static void opening_again_finds_the_same_value(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t count = open_value(peer, "count", 5);

    uint64_t again = open_value(peer, "count", 99);

    assert_int_equal(again, count);
    assert_int(ask(peer, REQUEST(again, value_get)), 5);
}

static void opening_with_another_kind_is_refused(void **state) {
    struct peer *peer = world_join(*state, "ada");
    (void)open_value(peer, "count", 5);

    assert_status(ask(peer, REQUEST(0, value_open, .name = name_of("count"), .has_kind = true,
                                    .kind = HF__KIND__F64)),
                  HF_WRONG_TYPE);
}

/* A second program need not know how the first has made it. */
static void what_must_exist_is_taken_with_any_options(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t queue = opened(peer, REQUEST(0, queue_open, .name = name_of("jobs"),
                                          .has_max_items = true, .max_items = 5));

    const Hf__Reply *other = ask(peer, REQUEST(0, queue_open, .name = name_of("jobs"),
                                               .has_max_items = true, .max_items = 6));
    assert_status(other, HF_WRONG_TYPE);

    assert_int_equal(opened(peer, REQUEST(0, queue_open, .name = name_of("jobs"), .has_mode = true,
                                          .mode = HF__MODE__MUST_EXIST)),
                     queue);
    assert_status(ask(peer, REQUEST(0, lock_open, .name = name_of("jobs"), .has_mode = true,
                                    .mode = HF__MODE__MUST_EXIST)),
                  HF_WRONG_TYPE);
}

static void modes_say_what_must_be_there(void **state) {
    struct peer *peer = world_join(*state, "ada");

    assert_status(ask(peer, REQUEST(0, value_open, .name = name_of("x"), .has_mode = true,
                                    .mode = HF__MODE__MUST_EXIST)),
                  HF_NO_OBJECT);
    assert_status(ask(peer, REQUEST(0, value_open, .name = name_of("x"), .has_mode = true,
                                    .mode = HF__MODE__MUST_CREATE)),
                  HF_OK);
    assert_status(ask(peer, REQUEST(0, value_open, .name = name_of("x"), .has_mode = true,
                                    .mode = HF__MODE__MUST_CREATE)),
                  HF_EXISTS);
    assert_status(ask(peer, REQUEST(0, value_open, .has_mode = true, .mode = HF__MODE__MUST_EXIST)),
                  HF_INVALID);
    assert_status(ask(peer, REQUEST(0, value_open, .name = name_of("y"), .has_mode = true,
                                    .mode = (Hf__Mode)3)),
                  HF_INVALID);
}

static void add_answers_the_new_number(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t count = open_value(peer, NULL, 10);

    assert_int(ask(peer, REQUEST(count, value_add, .amount = of_int(-3))), 7);
    assert_int(ask(peer, REQUEST(count, value_get)), 7);
}

static void add_past_a_bound_is_refused_and_changes_nothing(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t count = open_value(peer, NULL, 1);

    assert_int(ask(peer, REQUEST(count, value_add, .amount = of_int(-1), .floor = of_int(0))), 0);
    assert_status(ask(peer, REQUEST(count, value_add, .amount = of_int(-1), .floor = of_int(0))),
                  HF_OUT_OF_RANGE);
    assert_status(ask(peer, REQUEST(count, value_add, .amount = of_int(6), .ceiling = of_int(5))),
                  HF_OUT_OF_RANGE);
    assert_status(
        ask(peer, REQUEST(count, value_add, .amount = of_int(1), .floor = of_string("0"))),
        HF_TYPE_ERROR);
    assert_int(ask(peer, REQUEST(count, value_get)), 0);
}

static void a_double_cannot_be_added_to_an_int(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t count = open_value(peer, NULL, 1);

    assert_status(ask(peer, REQUEST(count, value_add, .amount = of_double(0.5))), HF_TYPE_ERROR);
    assert_status(ask(peer, REQUEST(count, value_add, .amount = of_string("1"))), HF_TYPE_ERROR);
    assert_int(ask(peer, REQUEST(count, value_get)), 1);
}

struct fit {
    Hf__Kind kind;
    int64_t least;
    int64_t most;
};

static const struct fit fits[] = {
    {HF__KIND__CHAR, 0, 255},       {HF__KIND__I8, -128, 127},
    {HF__KIND__I16, -32768, 32767}, {HF__KIND__I32, INT32_MIN, INT32_MAX},
    {HF__KIND__U8, 0, 255},         {HF__KIND__U16, 0, 65535},
    {HF__KIND__U32, 0, UINT32_MAX},
};

static void values_that_do_not_fit_the_kind_are_refused(void **state) {
    struct peer *peer = world_join(*state, "ada");

    for (size_t i = 0; i < sizeof fits / sizeof fits[0]; i++) {
        const struct fit *fit = &fits[i];
        assert_status(open_kind(peer, fit->kind, of_int(fit->most + 1)), HF_OUT_OF_RANGE);
        uint64_t value = open_kind(peer, fit->kind, of_int(fit->most))->object->id;
        assert_status(ask(peer, REQUEST(value, value_add, .amount = of_int(1))), HF_OUT_OF_RANGE);
        assert_status(ask(peer, REQUEST(value, value_set, .value = of_int(fit->least - 1))),
                      HF_OUT_OF_RANGE);
        assert_int(ask(peer, REQUEST(value, value_get)), fit->most);
        assert_status(ask(peer, REQUEST(value, value_set, .value = of_int(fit->least))), HF_OK);
        assert_status(ask(peer, REQUEST(value, value_add, .amount = of_int(-1))), HF_OUT_OF_RANGE);
        assert_status(ask(peer, REQUEST(value, value_set, .value = of_string("1"))), HF_TYPE_ERROR);
        assert_int(ask(peer, REQUEST(value, value_get)), fit->least);
    }
}

static void i64_and_u64_do_not_wrap(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t i64 = open_kind(peer, HF__KIND__I64, of_int(INT64_MAX))->object->id;
    uint64_t u64 = open_kind(peer, HF__KIND__U64, of_int(-1))->object->id; /* the greatest */

    assert_status(ask(peer, REQUEST(i64, value_add, .amount = of_int(1))), HF_OUT_OF_RANGE);
    assert_status(ask(peer, REQUEST(u64, value_add, .amount = of_int(1))), HF_OUT_OF_RANGE);
    assert_int(ask(peer, REQUEST(u64, value_add, .amount = of_int(-1))), -2);
    assert_status(ask(peer, REQUEST(u64, value_set, .value = of_int(0))), HF_OK);
    assert_status(ask(peer, REQUEST(u64, value_add, .amount = of_int(-1))), HF_OUT_OF_RANGE);
    assert_int(ask(peer, REQUEST(u64, value_get)), 0);
}

static void a_bool_is_false_or_true(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t flag = open_kind(peer, HF__KIND__BOOL, of_int(0))->object->id;

    assert_value(ask(peer, REQUEST(flag, value_get)), of_bool(false));
    assert_status(ask(peer, REQUEST(flag, value_set, .value = of_bool(true))), HF_OK);
    assert_value(ask(peer, REQUEST(flag, value_get)), of_bool(true));
    assert_status(ask(peer, REQUEST(flag, value_set, .value = of_int(2))), HF_OUT_OF_RANGE);
    assert_status(ask(peer, REQUEST(flag, value_add, .amount = of_int(1))), HF_TYPE_ERROR);
}

/* An integer kind takes a bool wherever it takes an int, a floating kind nowhere. */
static void integer_kinds_alone_take_bools(void **state) {
    struct peer *peer = world_join(*state, "ada");
    static const Hf__Kind integers[] = {HF__KIND__CHAR, HF__KIND__I8, HF__KIND__I64, HF__KIND__U64};
    static const Hf__Kind reals[] = {HF__KIND__F32, HF__KIND__F64};

    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++) {
        uint64_t number = open_kind(peer, integers[i], of_bool(true))->object->id;
        assert_int(ask(peer, REQUEST(number, value_add, .amount = of_bool(true))), 2);
        assert_status(
            ask(peer, REQUEST(number, value_add, .amount = of_int(-2), .floor = of_bool(true))),
            HF_OUT_OF_RANGE);
        assert_status(
            ask(peer, REQUEST(number, value_add, .amount = of_int(1), .ceiling = of_bool(true))),
            HF_OUT_OF_RANGE);
        assert_status(ask(peer, REQUEST(number, value_set, .value = of_bool(false))), HF_OK);
        assert_int(ask(peer, REQUEST(number, value_get)), 0);
    }
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        uint64_t number = open_kind(peer, reals[i], of_int(1))->object->id;
        assert_status(open_kind(peer, reals[i], of_bool(true)), HF_TYPE_ERROR);
        assert_status(ask(peer, REQUEST(number, value_set, .value = of_bool(true))), HF_TYPE_ERROR);
        assert_status(ask(peer, REQUEST(number, value_add, .amount = of_bool(true))),
                      HF_TYPE_ERROR);
        assert_value(ask(peer, REQUEST(number, value_get)), of_double(1));
    }
}

static void floating_kinds_take_ints_too(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t f32 = open_kind(peer, HF__KIND__F32, of_int(3))->object->id;
    uint64_t f64 = open_kind(peer, HF__KIND__F64, of_double(0.1))->object->id;

    assert_value(ask(peer, REQUEST(f32, value_get)), of_double(3));
    assert_status(ask(peer, REQUEST(f32, value_set, .value = of_double(1e300))), HF_OUT_OF_RANGE);
    assert_value(ask(peer, REQUEST(f64, value_add, .amount = of_int(1))), of_double(1.1));
    assert_value(ask(peer, REQUEST(f64, value_add, .amount = of_double(0.5))), of_double(1.6));
    assert_status(ask(peer, REQUEST(f64, value_add, .amount = of_double(-5), .floor = of_int(0))),
                  HF_OUT_OF_RANGE);
}

static void a_u64_has_int_bounds(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t u64 = open_kind(peer, HF__KIND__U64, of_int(5))->object->id;

    assert_status(ask(peer, REQUEST(u64, value_add, .amount = of_int(1), .ceiling = of_double(5))),
                  HF_TYPE_ERROR);
    assert_status(ask(peer, REQUEST(u64, value_add, .amount = of_int(-1), .floor = of_double(5))),
                  HF_TYPE_ERROR);
    assert_status(ask(peer, REQUEST(u64, value_add, .amount = of_int(1), .ceiling = of_int(5))),
                  HF_OUT_OF_RANGE);
    assert_status(ask(peer, REQUEST(u64, value_add, .amount = of_int(-1), .floor = of_int(5))),
                  HF_OUT_OF_RANGE);
    assert_int(ask(peer, REQUEST(u64, value_get)), 5);
}

static void compare_and_set_replaces_only_what_was_expected(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t value = open_value(peer, NULL, 7);

    const Hf__Reply *refused = ask(peer, REQUEST(value, value_compare_and_set,
                                                 .expected = of_int(8), .replacement = of_int(9)));
    assert_status(refused, HF_MISMATCH);
    assert_int(refused, 7);
    assert_status(ask(peer, REQUEST(value, value_compare_and_set, .expected = of_int(7),
                                    .replacement = of_int(9))),
                  HF_OK);
    assert_int(ask(peer, REQUEST(value, value_get)), 9);
}

static void an_unknown_kind_is_refused(void **state) {
    struct peer *peer = world_join(*state, "ada");

    assert_status(open_kind(peer, (Hf__Kind)77, NULL), HF_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_value_is_its_initial_one),
        cmocka_unit_test(opening_again_finds_the_same_value),
        cmocka_unit_test(opening_with_another_kind_is_refused),
        cmocka_unit_test(what_must_exist_is_taken_with_any_options),
        cmocka_unit_test(modes_say_what_must_be_there),
        cmocka_unit_test(add_answers_the_new_number),
        cmocka_unit_test(add_past_a_bound_is_refused_and_changes_nothing),
        cmocka_unit_test(a_double_cannot_be_added_to_an_int),
        cmocka_unit_test(values_that_do_not_fit_the_kind_are_refused),
        cmocka_unit_test(i64_and_u64_do_not_wrap),
        cmocka_unit_test(integer_kinds_alone_take_bools),
        cmocka_unit_test(a_bool_is_false_or_true),
        cmocka_unit_test(floating_kinds_take_ints_too),
        cmocka_unit_test(a_u64_has_int_bounds),
        cmocka_unit_test(compare_and_set_replaces_only_what_was_expected),
        cmocka_unit_test(an_unknown_kind_is_refused),
    };
    return WORLD_MAIN(tests);
}
