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

/* ---- of the kind ANY ---- */

static uint64_t open_any(struct peer *peer, const char *name, Hf__Any *initial) {
    return opened(peer, REQUEST(0, value_open, .name = name_of(name), .has_kind = true,
                                .kind = HF__KIND__ANY, .initial = initial));
}

static Hf__Any__KindCase kind_in(struct peer *peer, uint64_t value) {
    const Hf__Reply *reply = ask(peer, REQUEST(value, value_get));
    assert_status(reply, HF_OK);
    return reply->value->kind_case;
}

static void a_value_of_the_kind_any_is_whatever_was_set(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t value = open_any(ada, "value", NULL);

    assert_int_equal(kind_in(ada, value), HF__ANY__KIND__NOT_SET);
    assert_status(
        ask(ada, REQUEST(value, value_set, .value = of_list(2, of_int(1), of_string("two")))),
        HF_OK);
    assert_int_equal(kind_in(ada, value), HF__ANY__KIND_LIST);
    assert_status(ask(ada, REQUEST(value, value_set, .value = of_bytes("\1\2", 2))), HF_OK);
    assert_int_equal(kind_in(ada, value), HF__ANY__KIND_BYTES);

    assert_int_equal(kind_in(ada, open_any(ada, NULL, of_string("initial"))), HF__ANY__KIND_STRING);
    assert_status(ask(ada, REQUEST(0, value_open, .name = name_of("value"), .has_kind = true,
                                   .kind = HF__KIND__I64)),
                  HF_WRONG_TYPE);
}

static void what_is_no_value_is_not_set(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t value = open_any(ada, NULL, of_int(5));
    Hf__Any *twice = of_map(2, of_int(1), of_int(1), of_int(1), of_int(2));

    assert_status(ask(ada, REQUEST(value, value_set, .value = twice)), HF_INVALID);
    assert_status(ask(ada, REQUEST(value, value_compare_and_set, .expected = of_int(5),
                                   .replacement = twice)),
                  HF_INVALID);
    assert_status(open_kind(ada, HF__KIND__ANY, twice), HF_INVALID);

    assert_int(ask(ada, REQUEST(value, value_get)), 5);
}

static void nothing_is_added_to_any_value(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t value = open_any(ada, NULL, of_int(5));

    assert_status(ask(ada, REQUEST(value, value_add, .amount = of_int(1))), HF_TYPE_ERROR);

    assert_int(ask(ada, REQUEST(value, value_get)), 5);
}

static void any_values_are_compared_by_kind_and_value(void **state) {
    struct peer *ada = world_join(*state, "ada");
    uint64_t value = open_any(ada, NULL, of_list(1, of_int(1)));

    const Hf__Reply *other = ask(ada, REQUEST(value, value_compare_and_set, .expected = of_int(1),
                                              .replacement = of_int(2)));
    assert_status(other, HF_MISMATCH);
    assert_int_equal(other->value->kind_case, HF__ANY__KIND_LIST);
    assert_status(
        ask(ada, REQUEST(value, value_compare_and_set, .expected = of_list(1, of_bool(true)),
                         .replacement = of_null())),
        HF_MISMATCH);
    assert_status(ask(ada, REQUEST(value, value_compare_and_set, .expected = of_list(1, of_int(1)),
                                   .replacement = of_string("x"))),
                  HF_OK);
    assert_status(ask(ada, REQUEST(value, value_compare_and_set, .expected = of_string("x"),
                                   .replacement = of_null())),
                  HF_OK);
    assert_int_equal(kind_in(ada, value), HF__ANY__KIND__NOT_SET);
}

static void any_value_keeps_alive_what_it_refers_to(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t value = open_any(ada, "value", NULL);
    uint64_t first = open_dict(bob, NULL);
    uint64_t second = open_dict(bob, NULL);
    assert_status(ask(bob, REQUEST(value, value_set, .value = of_ref(first))), HF_OK);
    peer_leave(bob);
    world_pass(world, 0);

    assert_status(ask(ada, REQUEST(second, dict_len)), HF_NO_OBJECT);
    assert_status(ask(ada, REQUEST(value, value_compare_and_set, .expected = of_ref(first),
                                   .replacement = of_list(1, of_ref(first)))),
                  HF_OK);
    assert_status(ask(ada, REQUEST(value, object_delete)), HF_OK);
    world_pass(world, 0);
    assert_status(ask(ada, REQUEST(first, dict_len)), HF_NO_OBJECT);
}

static void a_refused_atomic_batch_leaves_any_value_as_it_was(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t dict = open_dict(bob, NULL);
    uint64_t value = open_any(bob, "value", of_list(1, of_ref(dict)));
    peer_leave(bob);

    assert_status(
        ask(ada, atomic(batch_of(4, &REQUEST(value, value_set, .value = of_string("x")),
                                 &REQUEST(value, value_compare_and_set, .expected = of_string("x"),
                                          .replacement = of_list(1, of_int(1))),
                                 &REQUEST(value, value_set, .value = of_null()),
                                 &REQUEST(value, value_add, .amount = of_int(1))))),
        HF_TYPE_ERROR);
    world_pass(world, 0);

    assert_int_equal(kind_in(ada, value), HF__ANY__KIND_LIST);
    assert_status(ask(ada, REQUEST(dict, dict_len)), HF_OK);
}

static void an_atomic_batch_that_is_done_lets_go_of_what_it_has_replaced(void **state) {
    struct world *world = *state;
    struct peer *ada = world_join(world, "ada");
    struct peer *bob = world_join(world, "bob");
    uint64_t dict = open_dict(bob, NULL);
    uint64_t value = open_any(bob, "value", of_list(1, of_ref(dict)));
    peer_leave(bob);

    assert_status(ask(ada, atomic(batch_of(2, &REQUEST(value, value_set, .value = of_string("x")),
                                           &REQUEST(value, value_set, .value = of_string("y"))))),
                  HF_OK);
    world_pass(world, 0);

    assert_int_equal(kind_in(ada, value), HF__ANY__KIND_STRING);
    assert_status(ask(ada, REQUEST(dict, dict_len)), HF_NO_OBJECT);
}

static void no_array_is_of_any_values(void **state) {
    struct peer *ada = world_join(*state, "ada");

    assert_status(ask(ada, REQUEST(0, array_open, .has_kind = true, .kind = HF__KIND__ANY,
                                   .has_len = true, .len = 1)),
                  HF_INVALID);
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
        cmocka_unit_test(a_value_of_the_kind_any_is_whatever_was_set),
        cmocka_unit_test(what_is_no_value_is_not_set),
        cmocka_unit_test(nothing_is_added_to_any_value),
        cmocka_unit_test(any_values_are_compared_by_kind_and_value),
        cmocka_unit_test(any_value_keeps_alive_what_it_refers_to),
        cmocka_unit_test(a_refused_atomic_batch_leaves_any_value_as_it_was),
        cmocka_unit_test(an_atomic_batch_that_is_done_lets_go_of_what_it_has_replaced),
        cmocka_unit_test(no_array_is_of_any_values),
    };
    return WORLD_MAIN(tests);
}
