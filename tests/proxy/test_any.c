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

/* One of each kind, all different. */
static size_t samples(hf_any *any) {
    static hf_any nested[3];
    nested[0] = hf_any_map(pairs, 2);
    nested[1] = hf_any_list(NULL, 0);
    nested[2] = hf_any_null();
    const hf_any all[] = {
        hf_any_null(),         hf_any_bool(false),      hf_any_bool(true),
        hf_any_int(0),         hf_any_int(1),           hf_any_int(INT64_MIN),
        hf_any_int(INT64_MAX), hf_any_double(1),        hf_any_double(0),
        hf_any_double(NAN),    hf_any_double(INFINITY), hf_any_string(""),
        hf_any_string("1"),    hf_any_string("é"),      hf_any_string_n("a\0b", 3),
        hf_any_bytes(NULL, 0), hf_any_bytes("1", 1),    hf_any_bytes("\xff\0", 2),
        hf_any_list(NULL, 0),  hf_any_list(nested, 3),  hf_any_list(nested, 2),
        hf_any_map(NULL, 0),   hf_any_map(pairs, 2),    hf_any_map(pairs, 1),
        hf_any_ref(1),         hf_any_ref(UINT64_MAX),
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
    struct scratch scratch;
    Hf__Any wire;
    (void)state;

    hf_any deepest = nested_lists(levels, HF_VALUE_MAX_DEPTH);
    hf_any taken = round_trip(deepest);
    assert_true(hf_any_equal(deepest, taken));
    hf_any_clear(&taken);

    hf_any too_deep = nested_lists(levels, HF_VALUE_MAX_DEPTH + 1);
    scratch_init(&scratch);
    assert_int_equal(wire_put(&scratch, too_deep, &wire), HF_TOO_BIG);
    scratch_fini(&scratch);
    taken = hf_any_int(7);
    assert_int_equal(hf_any_copy(too_deep, &taken), HF_TOO_BIG);
    assert_int_equal(taken.as_int, 7);
}

static void bad_values_are_refused(void **state) {
    const hf_any bad[] = {
        hf_any_string(NULL), hf_any_bytes(NULL, 1),     hf_any_list(NULL, 1),
        hf_any_map(NULL, 1), {.kind = (hf_any_kind)99},
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_equals_only_itself),
        cmocka_unit_test(maps_are_equal_in_any_order_and_zeros_of_either_sign),
        cmocka_unit_test(a_copy_is_equal_and_owns_its_memory),
        cmocka_unit_test(every_kind_survives_the_wire),
        cmocka_unit_test(a_long_list_survives_the_wire),
        cmocka_unit_test(nesting_is_limited_to_the_same_depth_everywhere),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(scalars_need_no_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
