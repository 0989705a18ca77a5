/* SPDX-License-Identifier: MIT
 *
 * hf_any: equality, copies, and the way to the wire and back.
 */
#include "wire.h"
#include "wire_limits.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const hf_any_item pairs[] = {
    {{.kind = HF_ANY_STRING, .len = 1, .string = "a"}, {.kind = HF_ANY_INT, .as_int = 1}},
    {{.kind = HF_ANY_INT, .as_int = 2},
     {.kind = HF_ANY_BYTES, .len = 2, .bytes = (const uint8_t *)"\0x"}},
};
static const hf_any_item turned[] = {
    {{.kind = HF_ANY_INT, .as_int = 2},
     {.kind = HF_ANY_BYTES, .len = 2, .bytes = (const uint8_t *)"\0x"}},
    {{.kind = HF_ANY_STRING, .len = 1, .string = "a"}, {.kind = HF_ANY_INT, .as_int = 1}},
};

static const uint64_t refs[] = {7, UINT64_MAX};
static const uint8_t two_pow_64[] = {0, 0, 0, 0, 0, 0, 0, 0, 1};
static const uint8_t minus_two_pow_64[] = {0, 0, 0, 0, 0, 0, 0, 0, 0xff};

/* All different. */
static const hf_opaque opaques[] = {
    {.tag = "a", .bytes = (const uint8_t *)"x", .len = 1},
    {.tag = "b", .bytes = (const uint8_t *)"x", .len = 1},
    {.tag = "a"},
    {.tag = "a", .equals = (const uint8_t *)"\0e", .equals_len = 2, .refs = refs, .ref_count = 2},
};

/* One of each kind, all different. */
static size_t samples(hf_any *any) {
    static hf_any nested[3];
    static hf_any_item by_tuple;
    by_tuple = (hf_any_item){hf_any_tuple(&nested[2], 1), hf_any_opaque(&opaques[3])};
    nested[0] = hf_any_map(pairs, 2);
    nested[1] = hf_any_list(NULL, 0);
    nested[2] = hf_any_null();
    const hf_any all[] = {
        hf_any_null(),
        hf_any_bool(false),
        hf_any_bool(true),
        hf_any_int(0),
        hf_any_int(1),
        hf_any_int(INT64_MIN),
        hf_any_int(INT64_MAX),
        hf_any_double(1),
        hf_any_double(0),
        hf_any_double(NAN),
        hf_any_double(INFINITY),
        hf_any_string(""),
        hf_any_string("1"),
        hf_any_string("é"),
        hf_any_string_n("a\0b", 3),
        hf_any_bytes(NULL, 0),
        hf_any_bytes("1", 1),
        hf_any_bytes("\xff\0", 2),
        hf_any_list(NULL, 0),
        hf_any_list(nested, 3),
        hf_any_list(nested, 2),
        hf_any_map(NULL, 0),
        hf_any_map(pairs, 2),
        hf_any_map(pairs, 1),
        hf_any_ref(1),
        hf_any_ref(UINT64_MAX),
        hf_any_tuple(NULL, 0),
        hf_any_tuple(nested, 3),
        hf_any_tuple(nested, 2),
        hf_any_big(two_pow_64, 9),
        hf_any_big(minus_two_pow_64, 9),
        hf_any_opaque(&opaques[0]),
        hf_any_opaque(&opaques[1]),
        hf_any_opaque(&opaques[2]),
        hf_any_opaque(&opaques[3]),
        hf_any_map(&by_tuple, 1),
    };
    memcpy(any, all, sizeof all);
    return sizeof all / sizeof all[0];
}

static void a_value_equals_only_itself(void **state) {
    hf_any any[64];
    size_t count = samples(any);
    (void)state;

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            assert_int_equal(hf_any_equal(any[i], any[k]), i == k);
        }
    }
}

static void maps_are_equal_in_any_order_and_zeros_of_either_sign(void **state) {
    (void)state;

    assert_true(hf_any_equal(hf_any_map(pairs, 2), hf_any_map(turned, 2)));
    assert_true(hf_any_equal(hf_any_double(-0.0), hf_any_double(0.0)));
}

/* Its references are no part of what it is. */
static void an_opaque_value_is_its_tag_and_its_identity(void **state) {
    const uint8_t x[] = {'x'};
    const uint8_t y[] = {'y'};
    const hf_opaque same[] = {
        {.tag = "t", .bytes = x, .len = 1},
        {.tag = "t", .bytes = x, .len = 1, .refs = refs, .ref_count = 1},
        {.tag = "t", .bytes = y, .len = 1, .equals = x, .equals_len = 1},
        {.tag = "t", .equals = x, .equals_len = 1},
    };
    const hf_opaque other[] = {
        {.tag = "u", .bytes = x, .len = 1},
        {.tag = "t", .bytes = y, .len = 1},
        {.tag = "t", .bytes = x, .len = 1, .equals = x},
        {.tag = "t", .bytes = x, .len = 1, .equals = y, .equals_len = 1},
    };
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < 4; k++) {
            assert_true(hf_any_equal(hf_any_opaque(&same[i]), hf_any_opaque(&same[k])));
            assert_false(hf_any_equal(hf_any_opaque(&same[i]), hf_any_opaque(&other[k])));
        }
    }
}

static void an_integer_has_one_form(void **state) {
    const uint8_t long_one[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0};
    const uint8_t least[] = {0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0xff};
    const hf_any big = hf_any_big(long_one, sizeof long_one);
    (void)state;

    assert_int_equal(big.kind, HF_ANY_BIG);
    assert_int_equal(big.len, 9);
    assert_ptr_equal(big.bytes, long_one);
    assert_true(hf_any_equal(big, hf_any_big(two_pow_64, 9)));
    assert_true(hf_any_equal(hf_any_big(least, sizeof least), hf_any_int(INT64_MIN)));
    assert_true(hf_any_equal(hf_any_big("\xfe\xff", 2), hf_any_int(-2)));
    assert_true(hf_any_equal(hf_any_big(NULL, 0), hf_any_int(0)));
}

/* In the same order, in turned order, and in another one. */
static void large_maps_are_equal_in_any_order(void **state) {
    enum { COUNT = 300 };
    static hf_any_item items[COUNT];
    static hf_any_item others[COUNT];
    (void)state;
    for (size_t turn = 0; turn < COUNT; turn += 50) {
        for (size_t i = 0; i < COUNT; i++) {
            size_t at = turn % 100 == 0 ? (i + turn) % COUNT : i * 7 % COUNT;
            items[i] = (hf_any_item){hf_any_int((int64_t)i), hf_any_double((double)i)};
            others[at] = items[i];
        }
        assert_true(hf_any_equal(hf_any_map(items, COUNT), hf_any_map(others, COUNT)));

        others[turn].value = hf_any_null();
        assert_false(hf_any_equal(hf_any_map(items, COUNT), hf_any_map(others, COUNT)));
    }
}

static void a_copy_is_equal_and_owns_its_memory(void **state) {
    hf_any any[64];
    size_t count = samples(any);
    (void)state;

    for (size_t i = 0; i < count; i++) {
        hf_any copy;
        assert_int_equal(hf_any_copy(any[i], &copy), HF_OK);
        assert_true(hf_any_equal(any[i], copy));
        if (copy.kind == HF_ANY_STRING) {
            assert_ptr_not_equal(copy.string, any[i].string);
            assert_int_equal(copy.string[copy.len], 0);
        }
        hf_any_clear(&copy);
        assert_int_equal(copy.kind, HF_ANY_NULL);
        hf_any_clear(&copy);
    }
}

/* Pack it and unpack it again. */
static hf_any round_trip(hf_any any) {
    struct scratch scratch;
    Hf__Any wire;
    scratch_init(&scratch);
    assert_int_equal(wire_put(&scratch, any, &wire), HF_OK);
    size_t len = hf__any__get_packed_size(&wire);
    uint8_t *bytes = malloc(len + 1);
    assert_non_null(bytes);
    assert_int_equal(hf__any__pack(&wire, bytes), len);
    scratch_fini(&scratch);
    Hf__Any *unpacked = hf__any__unpack(NULL, len, bytes);
    assert_non_null(unpacked);
    hf_any taken;
    assert_int_equal(wire_take(unpacked, &taken), HF_OK);
    hf__any__free_unpacked(unpacked, NULL);
    free(bytes);
    return taken;
}

static void every_kind_survives_the_wire(void **state) {
    hf_any any[64];
    size_t count = samples(any);
    (void)state;

    for (size_t i = 0; i < count; i++) {
        hf_any taken = round_trip(any[i]);
        assert_true(hf_any_equal(any[i], taken));
        hf_any_clear(&taken);
    }
}

static void an_opaque_value_keeps_all_its_parts(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof opaques / sizeof opaques[0]; i++) {
        hf_any taken = round_trip(hf_any_opaque(&opaques[i]));
        assert_int_equal(taken.kind, HF_ANY_OPAQUE);
        const hf_opaque *opaque = taken.opaque;
        assert_string_equal(opaque->tag, opaques[i].tag);
        assert_int_equal(opaque->len, opaques[i].len);
        assert_int_equal(opaque->bytes[opaque->len], 0);
        assert_true(opaque->len == 0 || opaque->bytes[0] == 'x');
        assert_int_equal(opaque->equals != NULL, opaques[i].equals != NULL);
        assert_int_equal(opaque->equals_len, opaques[i].equals_len);
        assert_int_equal(opaque->ref_count, opaques[i].ref_count);
        if (opaque->ref_count > 0) {
            assert_memory_equal(opaque->refs, refs, sizeof refs);
        }
        hf_any_clear(&taken);
    }
}

/* A tag is a C string. */
static void an_opaque_value_with_nul_in_its_tag_cannot_be_told(void **state) {
    static const uint8_t packed[] = {0x0a, 2, 't', 0, 0x12, 0};
    Hf__Any wire = HF__ANY__INIT;
    hf_any taken = hf_any_int(7);
    (void)state;
    wire.kind_case = HF__ANY__KIND_OPAQUE;
    wire.opaque = (ProtobufCBinaryData){sizeof packed, (uint8_t *)(uintptr_t)packed};

    assert_int_equal(wire_take(&wire, &taken), HF_PROTOCOL);
    assert_int_equal(taken.as_int, 7);
    wire.opaque.len = 3; /* cut */
    assert_int_equal(wire_take(&wire, &taken), HF_PROTOCOL);
}

static void a_long_list_survives_the_wire(void **state) {
    enum { COUNT = 10000 };
    hf_any *items = calloc(COUNT, sizeof *items);
    (void)state;
    assert_non_null(items);
    for (int64_t i = 0; i < COUNT; i++) {
        items[i] = hf_any_int(i);
    }

    hf_any taken = round_trip(hf_any_list(items, COUNT));

    assert_true(hf_any_equal(hf_any_list(items, COUNT), taken));
    hf_any_clear(&taken);
    free(items);
}

/* A list in a list in a list ... `depth` of them; the levels are the caller's. */
static hf_any nested_lists(hf_any *levels, size_t depth) {
    levels[0] = hf_any_list(NULL, 0);
    for (size_t i = 1; i < depth; i++) {
        levels[i] = hf_any_list(&levels[i - 1], 1);
    }
    return levels[depth - 1];
}

static void nesting_is_limited_to_the_same_depth_everywhere(void **state) {
    hf_any levels[HF_VALUE_MAX_DEPTH + 1];
    const hf_any opaque = hf_any_opaque(&opaques[3]);
    struct scratch scratch;
    Hf__Any wire;
    (void)state;

    hf_any deepest = nested_lists(levels, HF_VALUE_MAX_DEPTH);
    hf_any taken = round_trip(deepest);
    assert_true(hf_any_equal(deepest, taken));
    hf_any_clear(&taken);

    levels[0] = hf_any_list(&opaque, 1); /* an opaque value is no level */
    taken = round_trip(deepest);
    assert_true(hf_any_equal(deepest, taken));
    hf_any_clear(&taken);

    hf_any too_deep = nested_lists(levels, HF_VALUE_MAX_DEPTH + 1);
    levels[0] = hf_any_tuple(NULL, 0);
    scratch_init(&scratch);
    assert_int_equal(wire_put(&scratch, too_deep, &wire), HF_TOO_BIG);
    scratch_fini(&scratch);
    taken = hf_any_int(7);
    assert_int_equal(hf_any_copy(too_deep, &taken), HF_TOO_BIG);
    assert_int_equal(taken.as_int, 7);
}

static void bad_values_are_refused(void **state) {
    static const hf_opaque broken[] = {
        {.tag = NULL},
        {.tag = "t", .len = 1},
        {.tag = "t", .ref_count = 1},
    };
    const hf_any bad[] = {
        hf_any_string(NULL),       hf_any_bytes(NULL, 1),     hf_any_list(NULL, 1),
        hf_any_map(NULL, 1),       hf_any_tuple(NULL, 1),     hf_any_big(NULL, 9),
        hf_any_opaque(NULL),       hf_any_opaque(&broken[0]), hf_any_opaque(&broken[1]),
        hf_any_opaque(&broken[2]), {.kind = (hf_any_kind)9},  {.kind = (hf_any_kind)99},
    };
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct scratch scratch;
        Hf__Any wire;
        scratch_init(&scratch);
        assert_int_equal(wire_put(&scratch, bad[i], &wire), HF_INVALID);
        scratch_fini(&scratch);
    }
}

static void scalars_need_no_heap(void **state) {
    struct scratch scratch;
    Hf__Any wire;
    (void)state;
    scratch_init(&scratch);

    assert_int_equal(wire_put(&scratch, hf_any_string("text"), &wire), HF_OK);
    assert_int_equal(wire_put(&scratch, hf_any_ref(7), &wire), HF_OK);

    assert_null(scratch.blocks);
    scratch_fini(&scratch);
}

/* ---- to look into a value ---- */

static void a_map_is_searched_by_its_keys(void **state) {
    const hf_any one = hf_any_int(1);
    const hf_any_item items[] = {
        {hf_any_string("a"), hf_any_int(1)},         {hf_any_string(""), hf_any_int(2)},
        {hf_any_string_n("a\0b", 3), hf_any_int(3)}, {hf_any_int(1), hf_any_int(4)},
        {hf_any_tuple(&one, 1), hf_any_int(5)},      {hf_any_bytes("b", 1), hf_any_int(6)},
    };
    const hf_any map = hf_any_map(items, 6);
    const hf_any list = hf_any_list(&one, 1);
    (void)state;
    assert_ptr_equal(hf_any_get(&map, "a"), &items[0].value);
    assert_ptr_equal(hf_any_get(&map, ""), &items[1].value);
    assert_null(hf_any_get(&map, "b")); /* that is bytes */
    assert_null(hf_any_get(&map, NULL));
    assert_ptr_equal(hf_any_get_any(&map, hf_any_string_n("a\0b", 3)), &items[2].value);
    assert_ptr_equal(hf_any_get_any(&map, hf_any_int(1)), &items[3].value);
    assert_ptr_equal(hf_any_get_any(&map, hf_any_tuple(&one, 1)), &items[4].value);
    assert_null(hf_any_get_any(&map, hf_any_double(1)));

    assert_null(hf_any_get(&list, "a"));
    assert_null(hf_any_get(NULL, "a"));
    assert_null(hf_any_get(hf_any_get(&map, "no"), "no"));
    assert_null(hf_any_get_any(&list, one));
    assert_null(hf_any_get_any(NULL, one));
}

static void a_list_is_indexed_from_either_end(void **state) {
    const hf_any items[] = {hf_any_int(0), hf_any_int(1), hf_any_int(2)};
    const hf_any values[] = {hf_any_list(items, 3), hf_any_tuple(items, 3)};
    const hf_any empty = hf_any_list(NULL, 0);
    const hf_any text = hf_any_string("abc");
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_ptr_equal(hf_any_at(&values[i], 0), &items[0]);
        assert_ptr_equal(hf_any_at(&values[i], 2), &items[2]);
        assert_ptr_equal(hf_any_at(&values[i], -1), &items[2]);
        assert_ptr_equal(hf_any_at(&values[i], -3), &items[0]);
        assert_null(hf_any_at(&values[i], 3));
        assert_null(hf_any_at(&values[i], -4));
        assert_null(hf_any_at(&values[i], INT64_MIN));
        assert_null(hf_any_at(&values[i], INT64_MAX));
    }
    assert_null(hf_any_at(&empty, 0));
    assert_null(hf_any_at(&empty, -1));
    assert_null(hf_any_at(&text, 0));
    assert_null(hf_any_at(NULL, 0));
}

static void a_scalar_is_taken_or_the_default(void **state) {
    hf_any any[64];
    size_t count = samples(any);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        hf_any_kind kind = any[i].kind;
        if (kind != HF_ANY_BOOL) {
            assert_true(hf_any_bool_or(&any[i], true));
            assert_false(hf_any_bool_or(&any[i], false));
        }
        assert_true(hf_any_int_or(&any[i], 77) == (kind == HF_ANY_INT ? any[i].as_int : 77));
        if (kind != HF_ANY_DOUBLE && kind != HF_ANY_INT) {
            assert_true(hf_any_double_or(&any[i], 0.5) == 0.5);
        }
        if (kind != HF_ANY_STRING) {
            assert_string_equal(hf_any_string_or(&any[i], "default"), "default");
        }
    }
    const hf_any truth = hf_any_bool(true);
    const hf_any number = hf_any_int(-3);
    const hf_any real = hf_any_double(2.5);
    const hf_any text = hf_any_string("text");
    const hf_any cut = hf_any_string_n("a\0b", 3);
    assert_true(hf_any_bool_or(&truth, false));
    assert_true(hf_any_double_or(&number, 0) == -3);
    assert_true(hf_any_double_or(&real, 0) == 2.5);
    assert_ptr_equal(hf_any_string_or(&text, NULL), text.string);
    assert_null(hf_any_string_or(&cut, NULL));
    assert_true(hf_any_bool_or(NULL, true));
    assert_int_equal(hf_any_int_or(NULL, 5), 5);
    assert_true(hf_any_double_or(NULL, 1) == 1);
    assert_null(hf_any_string_or(NULL, NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_equals_only_itself),
        cmocka_unit_test(maps_are_equal_in_any_order_and_zeros_of_either_sign),
        cmocka_unit_test(an_opaque_value_is_its_tag_and_its_identity),
        cmocka_unit_test(an_integer_has_one_form),
        cmocka_unit_test(large_maps_are_equal_in_any_order),
        cmocka_unit_test(a_copy_is_equal_and_owns_its_memory),
        cmocka_unit_test(every_kind_survives_the_wire),
        cmocka_unit_test(an_opaque_value_keeps_all_its_parts),
        cmocka_unit_test(an_opaque_value_with_nul_in_its_tag_cannot_be_told),
        cmocka_unit_test(a_long_list_survives_the_wire),
        cmocka_unit_test(nesting_is_limited_to_the_same_depth_everywhere),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(scalars_need_no_heap),
        cmocka_unit_test(a_map_is_searched_by_its_keys),
        cmocka_unit_test(a_list_is_indexed_from_either_end),
        cmocka_unit_test(a_scalar_is_taken_or_the_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
