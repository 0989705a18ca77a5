/* SPDX-License-Identifier: MIT
 *
 * array: every operation, every refusal, every kind.
 */
#include "world.h"

/* An unnamed array of these ints. */
static uint64_t array_with(struct peer *peer, Hf__Kind kind, size_t count, Hf__Any **initial) {
    const Hf__Reply *reply = ask(peer, REQUEST(0, array_open, .has_kind = true, .kind = kind,
                                               .initial = initial, .n_initial = count));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->object->type, HF__TYPE__ARRAY);
    return reply->object->id;
}

static uint64_t one_to_five(struct peer *peer) {
    return array_with(peer, HF__KIND__I32, 5,
                      array_of(5, of_int(1), of_int(2), of_int(3), of_int(4), of_int(5)));
}

static Hf__Reply *open_len(struct peer *peer, const char *name, uint64_t len) {
    return ask(peer, REQUEST(0, array_open, .name = name_of(name), .has_len = true, .len = len));
}

#define assert_all(peer, array, list)                                                              \
    assert_values(ask(peer, REQUEST(array, array_get_slice)), list)

/* ---- open ---- */

static void a_new_array_is_all_zeros(void **state) {
    struct peer *peer = world_join(*state, "ada");

    uint64_t array = open_len(peer, "a", 3)->object->id;

    assert_count(ask(peer, REQUEST(array, array_len)), 3);
    assert_all(peer, array, of_list(3, of_int(0), of_int(0), of_int(0)));
}

static void an_array_may_be_empty(void **state) {
    struct peer *peer = world_join(*state, "ada");

    uint64_t array = open_len(peer, "none", 0)->object->id;

    assert_count(ask(peer, REQUEST(array, array_len)), 0);
    assert_all(peer, array, of_list(0));
    assert_status(ask(peer, REQUEST(array, array_get, .index = 0)), HF_INDEX_ERROR);
}

static void initial_numbers_give_its_length(void **state) {
    struct peer *peer = world_join(*state, "ada");

    uint64_t array = one_to_five(peer);

    assert_count(ask(peer, REQUEST(array, array_len)), 5);
    assert_int(ask(peer, REQUEST(array, array_get, .index = 0)), 1);
    assert_int(ask(peer, REQUEST(array, array_get, .index = -1)), 5);
}

static void opening_again_finds_the_same_numbers(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t array = open_len(peer, "a", 3)->object->id;
    assert_status(ask(peer, REQUEST(array, array_set, .index = 1, .value = of_int(7))), HF_OK);

    assert_int_equal(open_len(peer, "a", 3)->object->id, array);
    assert_int_equal(opened(peer, REQUEST(0, array_open, .name = name_of("a"))), array);
    assert_int_equal(opened(peer, REQUEST(0, array_open, .name = name_of("a"), .n_initial = 3,
                                          .initial = array_of(3, of_int(9), of_int(9), of_int(9)))),
                     array);

    assert_all(peer, array, of_list(3, of_int(0), of_int(7), of_int(0)));
}

static void another_kind_or_length_is_refused(void **state) {
    struct peer *peer = world_join(*state, "ada");
    (void)open_len(peer, "a", 3);
    (void)open_value(peer, "count", 1);

    assert_status(open_len(peer, "a", 4), HF_WRONG_TYPE);
    assert_status(open_len(peer, "a", 0), HF_WRONG_TYPE);
    assert_status(ask(peer, REQUEST(0, array_open, .name = name_of("a"), .has_kind = true,
                                    .kind = HF__KIND__F64)),
                  HF_WRONG_TYPE);
    assert_status(open_len(peer, "count", 3), HF_WRONG_TYPE);
    assert_status(ask(peer, REQUEST(0, value_open, .name = name_of("a"))), HF_WRONG_TYPE);
}

static void a_new_array_needs_a_length(void **state) {
    struct peer *peer = world_join(*state, "ada");

    assert_status(ask(peer, REQUEST(0, array_open)), HF_INVALID);
    assert_status(ask(peer, REQUEST(0, array_open, .name = name_of("a"))), HF_INVALID);
    assert_status(ask(peer, REQUEST(0, array_open, .has_len = true, .len = 2, .n_initial = 1,
                                    .initial = array_of(1, of_int(1)))),
                  HF_INVALID);
    assert_status(ask(peer, REQUEST(0, array_open, .has_len = true, .len = 2, .has_kind = true,
                                    .kind = (Hf__Kind)13)),
                  HF_INVALID);
    assert_truth(ask(peer, REQUEST(0, object_exists, .name = name_of("a"))), false);
}

static void an_initial_number_that_does_not_fit_leaves_no_array(void **state) {
    struct peer *peer = world_join(*state, "ada");

    assert_status(ask(peer, REQUEST(0, array_open, .name = name_of("a"), .has_kind = true,
                                    .kind = HF__KIND__I8, .n_initial = 2,
                                    .initial = array_of(2, of_int(1), of_int(128)))),
                  HF_OUT_OF_RANGE);
    assert_status(ask(peer, REQUEST(0, array_open, .name = name_of("a"), .n_initial = 1,
                                    .initial = array_of(1, of_double(0.5)))),
                  HF_TYPE_ERROR);
    assert_truth(ask(peer, REQUEST(0, object_exists, .name = name_of("a"))), false);
}

static void too_many_numbers_are_refused(void **state) {
    struct core_config config = core_defaults();
    config.items_max = 4;
    struct world *world = world_replace(state, &config);
    struct peer *peer = world_join(world, "ada");

    assert_status(open_len(peer, "a", 5), HF_LIMIT);
    assert_status(open_len(peer, "a", UINT64_MAX), HF_LIMIT);
    assert_status(open_len(peer, "a", 4), HF_OK);
}

static void more_than_memory_holds_is_refused(void **state) {
    struct core_config config = core_defaults();
    config.items_max = SIZE_MAX;
    struct world *world = world_replace(state, &config);
    struct peer *peer = world_join(world, "ada");

    assert_status(open_len(peer, "a", UINT64_MAX), HF_NO_MEMORY);
    assert_status(open_len(peer, "a", UINT64_MAX / 8 + 2), HF_NO_MEMORY);
    assert_truth(ask(peer, REQUEST(0, object_exists, .name = name_of("a"))), false);
}

static void it_is_described_by_kind_and_length(void **state) {
    struct peer *peer = world_join(*state, "ada");

    const Hf__Reply *reply = ask(peer, REQUEST(one_to_five(peer), object_describe));

    assert_int_equal(reply->description->size, 5);
    assert_string_equal(reply->description->options, "i32");
}

/* ---- kinds ---- */

struct fit {
    Hf__Kind kind;
    int64_t least;
    int64_t most;
};

static const struct fit fits[] = {
    {HF__KIND__CHAR, 0, UINT8_MAX},        {HF__KIND__I8, INT8_MIN, INT8_MAX},
    {HF__KIND__I16, INT16_MIN, INT16_MAX}, {HF__KIND__I32, INT32_MIN, INT32_MAX},
    {HF__KIND__U8, 0, UINT8_MAX},          {HF__KIND__U16, 0, UINT16_MAX},
    {HF__KIND__U32, 0, UINT32_MAX},
};

static void each_kind_keeps_its_whole_range_beside_its_neighbours(void **state) {
    struct peer *peer = world_join(*state, "ada");

    for (size_t i = 0; i < sizeof fits / sizeof fits[0]; i++) {
        const struct fit *fit = &fits[i];
        uint64_t array =
            array_with(peer, fit->kind, 3, array_of(3, of_int(1), of_int(fit->least), of_int(2)));
        assert_status(ask(peer, REQUEST(array, array_set, .index = 1, .value = of_int(fit->most))),
                      HF_OK);
        assert_status(
            ask(peer, REQUEST(array, array_set, .index = 1, .value = of_int(fit->most + 1))),
            HF_OUT_OF_RANGE);
        assert_status(ask(peer, REQUEST(array, array_add, .index = 1, .amount = of_int(1))),
                      HF_OUT_OF_RANGE);
        assert_all(peer, array, of_list(3, of_int(1), of_int(fit->most), of_int(2)));
        assert_status(ask(peer, REQUEST(array, array_set, .index = 1, .value = of_int(fit->least))),
                      HF_OK);
        assert_status(
            ask(peer, REQUEST(array, array_set, .index = 1, .value = of_int(fit->least - 1))),
            HF_OUT_OF_RANGE);
        assert_status(ask(peer, REQUEST(array, array_set, .index = 1, .value = of_string("1"))),
                      HF_TYPE_ERROR);
        assert_all(peer, array, of_list(3, of_int(1), of_int(fit->least), of_int(2)));
    }
}

static void the_widest_kinds_do_not_wrap(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t i64 = array_with(peer, HF__KIND__I64, 2, array_of(2, of_int(0), of_int(INT64_MAX)));
    uint64_t u64 = array_with(peer, HF__KIND__U64, 2, array_of(2, of_int(0), of_int(-1)));

    assert_status(ask(peer, REQUEST(i64, array_add, .index = 1, .amount = of_int(1))),
                  HF_OUT_OF_RANGE);
    assert_status(ask(peer, REQUEST(u64, array_add, .index = 1, .amount = of_int(1))),
                  HF_OUT_OF_RANGE);
    assert_int(ask(peer, REQUEST(u64, array_add, .index = 1, .amount = of_int(-1))), -2);
    assert_status(ask(peer, REQUEST(u64, array_add, .index = 0, .amount = of_int(-1))),
                  HF_OUT_OF_RANGE);
    assert_all(peer, u64, of_list(2, of_int(0), of_int(-2)));
}

static void bools_and_floats_are_what_they_are_in_c(void **state) {
    static const float tenth = 0.1F; /* on s390x an expression would have more digits */
    struct peer *peer = world_join(*state, "ada");
    uint64_t flags =
        array_with(peer, HF__KIND__BOOL, 3, array_of(3, of_bool(true), of_int(0), of_int(1)));
    uint64_t f32 = array_with(peer, HF__KIND__F32, 2, array_of(2, of_int(3), of_double(0.1)));
    uint64_t f64 = array_with(peer, HF__KIND__F64, 2, array_of(2, of_int(3), of_double(0.1)));

    assert_all(peer, flags, of_list(3, of_bool(true), of_bool(false), of_bool(true)));
    assert_all(peer, f32, of_list(2, of_double(3), of_double((double)tenth)));
    assert_all(peer, f64, of_list(2, of_double(3), of_double(0.1)));
    assert_status(ask(peer, REQUEST(flags, array_set, .index = 0, .value = of_int(2))),
                  HF_OUT_OF_RANGE);
    assert_status(ask(peer, REQUEST(flags, array_add, .index = 1, .amount = of_int(1))),
                  HF_TYPE_ERROR);
    assert_status(ask(peer, REQUEST(f32, array_set, .index = 0, .value = of_double(1e300))),
                  HF_OUT_OF_RANGE);
    assert_value(ask(peer, REQUEST(f64, array_add, .index = 0, .amount = of_double(0.5))),
                 of_double(3.5));
}

/* ---- one number ---- */

static void an_index_outside_is_refused(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t array = one_to_five(peer);
    static const int64_t outside[] = {5, -6, INT64_MAX, INT64_MIN};

    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        int64_t index = outside[i];
        assert_status(ask(peer, REQUEST(array, array_get, .index = index)), HF_INDEX_ERROR);
        assert_status(ask(peer, REQUEST(array, array_set, .index = index, .value = of_int(1))),
                      HF_INDEX_ERROR);
        assert_status(ask(peer, REQUEST(array, array_add, .index = index, .amount = of_int(1))),
                      HF_INDEX_ERROR);
        assert_status(ask(peer, REQUEST(array, array_compare_and_set, .index = index,
                                        .expected = of_int(1), .replacement = of_int(1))),
                      HF_INDEX_ERROR);
    }
}

static void add_respects_its_bounds(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t array = one_to_five(peer);

    assert_int(
        ask(peer, REQUEST(array, array_add, .index = 0, .amount = of_int(-1), .floor = of_int(0))),
        0);
    assert_status(
        ask(peer, REQUEST(array, array_add, .index = 0, .amount = of_int(-1), .floor = of_int(0))),
        HF_OUT_OF_RANGE);
    assert_status(ask(peer, REQUEST(array, array_add, .index = -1, .amount = of_int(1),
                                    .ceiling = of_int(5))),
                  HF_OUT_OF_RANGE);
    assert_status(ask(peer, REQUEST(array, array_add, .index = 0, .amount = of_double(0.5))),
                  HF_TYPE_ERROR);
    assert_all(peer, array, of_list(5, of_int(0), of_int(2), of_int(3), of_int(4), of_int(5)));
}

static void compare_and_set_replaces_only_what_was_expected(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t array = one_to_five(peer);

    const Hf__Reply *refused = ask(peer, REQUEST(array, array_compare_and_set, .index = 1,
                                                 .expected = of_int(9), .replacement = of_int(8)));
    assert_status(refused, HF_MISMATCH);
    assert_int(refused, 2);
    assert_status(ask(peer, REQUEST(array, array_compare_and_set, .index = 1, .expected = of_int(2),
                                    .replacement = of_int(8))),
                  HF_OK);
    assert_status(ask(peer, REQUEST(array, array_compare_and_set, .index = 1, .expected = of_int(8),
                                    .replacement = of_int(INT64_MAX))),
                  HF_OUT_OF_RANGE);
    assert_int(ask(peer, REQUEST(array, array_get, .index = 1)), 8);
}

/* ---- slices ---- */

static void slices_are_those_of_python(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t array = one_to_five(peer);

    assert_values(ask(peer, REQUEST(array, array_get_slice, .has_start = true, .start = 1,
                                    .has_stop = true, .stop = -1)),
                  of_list(3, of_int(2), of_int(3), of_int(4)));
    assert_values(ask(peer, REQUEST(array, array_get_slice, .has_step = true, .step = -2)),
                  of_list(3, of_int(5), of_int(3), of_int(1)));
    assert_values(ask(peer, REQUEST(array, array_get_slice, .has_start = true, .start = 9)),
                  of_list(0));
    assert_status(ask(peer, REQUEST(array, array_get_slice, .has_step = true, .step = 0)),
                  HF_VALUE_ERROR);
}

static void a_slice_is_set_as_a_whole(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t array = one_to_five(peer);

    assert_status(
        ask(peer, REQUEST(array, array_set_slice, .has_step = true, .step = 2, .n_values = 3,
                          .values = array_of(3, of_int(7), of_int(8), of_int(9)))),
        HF_OK);
    assert_status(ask(peer, REQUEST(array, array_set_slice, .has_start = true, .start = 5)), HF_OK);

    assert_all(peer, array, of_list(5, of_int(7), of_int(2), of_int(8), of_int(4), of_int(9)));
}

static void a_slice_that_cannot_be_set_is_unchanged(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t array = one_to_five(peer);

    assert_status(ask(peer, REQUEST(array, array_set_slice, .has_stop = true, .stop = 2,
                                    .n_values = 1, .values = array_of(1, of_int(9)))),
                  HF_VALUE_ERROR);
    assert_status(ask(peer, REQUEST(array, array_set_slice, .has_stop = true, .stop = 0,
                                    .n_values = 1, .values = array_of(1, of_int(9)))),
                  HF_VALUE_ERROR);
    assert_status(ask(peer, REQUEST(array, array_set_slice, .has_step = true, .step = 0)),
                  HF_VALUE_ERROR);
    assert_status(
        ask(peer, REQUEST(array, array_set_slice, .has_stop = true, .stop = 2, .n_values = 2,
                          .values = array_of(2, of_int(9), of_int(INT64_MAX)))),
        HF_OUT_OF_RANGE);
    assert_status(ask(peer, REQUEST(array, array_set_slice, .has_stop = true, .stop = 2,
                                    .n_values = 2, .values = array_of(2, of_int(9), of_null()))),
                  HF_TYPE_ERROR);
    assert_all(peer, array, of_list(5, of_int(1), of_int(2), of_int(3), of_int(4), of_int(5)));
}

static void a_read_too_big_for_a_reply_is_refused(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t array = open_len(peer, NULL, 3000000)->object->id;

    assert_status(ask(peer, REQUEST(array, array_get_slice)), HF_TOO_BIG);
    assert_values(ask(peer, REQUEST(array, array_get_slice, .has_start = true, .start = -1)),
                  of_list(1, of_int(0)));
}

static void a_batch_gets_numbers_of_their_time(void **state) {
    struct peer *peer = world_join(*state, "ada");
    uint64_t array = one_to_five(peer);

    const Hf__Reply *reply =
        ask(peer, batch_of(3, &REQUEST(array, array_get, .index = 0),
                           &REQUEST(array, array_set, .index = 0, .value = of_int(9)),
                           &REQUEST(array, array_get_slice, .has_stop = true, .stop = 2)));

    assert_int(reply_in(reply, 0), 1);
    assert_values(reply_in(reply, 2), of_list(2, of_int(9), of_int(2)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_array_is_all_zeros),
        cmocka_unit_test(an_array_may_be_empty),
        cmocka_unit_test(initial_numbers_give_its_length),
        cmocka_unit_test(opening_again_finds_the_same_numbers),
        cmocka_unit_test(another_kind_or_length_is_refused),
        cmocka_unit_test(a_new_array_needs_a_length),
        cmocka_unit_test(an_initial_number_that_does_not_fit_leaves_no_array),
        cmocka_unit_test(too_many_numbers_are_refused),
        cmocka_unit_test(more_than_memory_holds_is_refused),
        cmocka_unit_test(it_is_described_by_kind_and_length),
        cmocka_unit_test(each_kind_keeps_its_whole_range_beside_its_neighbours),
        cmocka_unit_test(the_widest_kinds_do_not_wrap),
        cmocka_unit_test(bools_and_floats_are_what_they_are_in_c),
        cmocka_unit_test(an_index_outside_is_refused),
        cmocka_unit_test(add_respects_its_bounds),
        cmocka_unit_test(compare_and_set_replaces_only_what_was_expected),
        cmocka_unit_test(slices_are_those_of_python),
        cmocka_unit_test(a_slice_is_set_as_a_whole),
        cmocka_unit_test(a_slice_that_cannot_be_set_is_unchanged),
        cmocka_unit_test(a_read_too_big_for_a_reply_is_refused),
        cmocka_unit_test(a_batch_gets_numbers_of_their_time),
    };
    return WORLD_MAIN(tests);
}
