/* SPDX-License-Identifier: MIT
 *
 * The arguments of a task's calls and their outcomes, to bytes and back.
 */
#include "column.h"
#include "holdfast.pb-c.h"
#include "wire_limits.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const int64_t ints[] = {0, 1, -1, 63, 64, -64, -65, INT32_MIN, INT64_MIN, INT64_MAX};
static const double doubles[] = {0, -0.0, 1.5, INFINITY, -INFINITY, NAN, 5e-324, 1e308};

enum { INTS = sizeof ints / sizeof ints[0], DOUBLES = sizeof doubles / sizeof doubles[0] };

/* ---- calls ---- */

static void encode_calls(struct buffer *out, const hf_any *arguments, size_t count, size_t width) {
    struct references references = {NULL, 0, 0};
    *out = (struct buffer){0};
    assert_int_equal(calls_encode(out, arguments, count, width, &references), HF_OK);
    references_fini(&references);
}

/* As protobuf-c itself reads them. */
static Hf__TaskCalls *read_calls(const struct buffer *bytes) {
    Hf__TaskCalls *wire = hf__task_calls__unpack(NULL, buffer_len(bytes), bytes->bytes);
    assert_non_null(wire);
    return wire;
}

static void check_calls(const hf_any *arguments, size_t count, size_t width) {
    struct buffer bytes;
    struct calls calls;
    encode_calls(&bytes, arguments, count, width);

    assert_int_equal(calls_decode(bytes.bytes, bytes.end, &calls), HF_OK);

    assert_int_equal(calls.count, count);
    assert_int_equal(calls.width, width);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < width; k++) {
            assert_true(hf_any_equal(calls_nth(&calls, i)[k], arguments[i * width + k]));
        }
    }
    calls_fini(&calls);
    assert_null(calls.arguments);
    buffer_fini(&bytes);
}

static void columns_of_ints_and_of_doubles_are_packed(void **state) {
    hf_any arguments[2 * DOUBLES];
    struct buffer bytes;
    (void)state;
    for (size_t i = 0; i < DOUBLES; i++) {
        arguments[2 * i] = hf_any_int(ints[i]);
        arguments[2 * i + 1] = hf_any_double(doubles[i]);
    }

    encode_calls(&bytes, arguments, DOUBLES, 2);

    Hf__TaskCalls *wire = read_calls(&bytes);
    assert_int_equal(wire->count, DOUBLES);
    assert_int_equal(wire->n_arguments, 2);
    assert_true(wire->arguments[0]->has_ints && wire->arguments[1]->has_doubles);
    assert_memory_equal(wire->arguments[0]->ints.data, "\0\2\1\x7e\x80\x01\x7f\x81\x01", 9);
    assert_int_equal(wire->arguments[1]->doubles.len, sizeof doubles);
    hf__task_calls__free_unpacked(wire, NULL);
    buffer_fini(&bytes);
    check_calls(arguments, DOUBLES, 2);
}

static void extreme_ints_survive(void **state) {
    hf_any arguments[INTS];
    (void)state;
    for (size_t i = 0; i < INTS; i++) {
        arguments[i] = hf_any_int(ints[i]);
    }

    check_calls(arguments, INTS, 1);
    check_calls(arguments, 1, INTS);
    check_calls(arguments, INTS / 2, 2);
}

static void doubles_keep_their_bits(void **state) {
    const hf_any zero = hf_any_double(-0.0);
    struct buffer bytes;
    struct calls calls;
    (void)state;
    encode_calls(&bytes, &zero, 1, 1);

    assert_int_equal(calls_decode(bytes.bytes, bytes.end, &calls), HF_OK);

    assert_true(signbit(calls_nth(&calls, 0)->as_double));
    calls_fini(&calls);
    buffer_fini(&bytes);
}

static void values_of_every_kind_survive(void **state) {
    const hf_any inner[] = {hf_any_null(), hf_any_string("é"), hf_any_ref(3)};
    const hf_any_item pairs[] = {{hf_any_bytes("\xff\0", 2), hf_any_list(inner, 3)}};
    const hf_any arguments[] = {
        hf_any_int(1),         hf_any_double(1),  hf_any_int(2),         hf_any_int(2),
        hf_any_null(),         hf_any_bool(true), hf_any_string(""),     hf_any_string_n("a\0b", 3),
        hf_any_bytes(NULL, 0), hf_any_ref(7),     hf_any_list(inner, 3), hf_any_map(pairs, 1),
    };
    (void)state;

    check_calls(arguments, 6, 2);
    check_calls(arguments, 12, 1);
    check_calls(arguments, 1, 12);
}

static void calls_may_have_no_arguments(void **state) {
    (void)state;

    check_calls(NULL, 1, 0);
    check_calls(NULL, 1000, 0);
}

static void calls_are_appended(void **state) {
    const hf_any one = hf_any_int(1);
    struct buffer bytes;
    struct calls calls;
    (void)state;
    encode_calls(&bytes, &one, 1, 1);
    size_t first = bytes.end;

    assert_int_equal(calls_encode(&bytes, &one, 1, 1, NULL), HF_OK);

    assert_int_equal(bytes.end, 2 * first);
    assert_memory_equal(bytes.bytes, bytes.bytes + first, first);
    assert_int_equal(calls_decode(bytes.bytes + first, first, &calls), HF_OK);
    calls_fini(&calls);
    buffer_fini(&bytes);
}

static void references_are_found_at_any_depth(void **state) {
    const hf_any inner[] = {hf_any_ref(5), hf_any_int(1)};
    const uint64_t ids[] = {7, 8};
    const hf_opaque opaque = {.tag = "t", .refs = ids, .ref_count = 2};
    const hf_any key = hf_any_opaque(&opaque);
    const hf_any_item pairs[] = {{hf_any_tuple(&key, 1), hf_any_list(inner, 2)}};
    const hf_any arguments[] = {hf_any_ref(3), hf_any_ref(3), hf_any_map(pairs, 1)};
    struct references references = {NULL, 0, 0};
    struct buffer bytes = {0};
    (void)state;

    assert_int_equal(calls_encode(&bytes, arguments, 3, 1, &references), HF_OK);

    const uint64_t found[] = {3, 7, 8, 5};
    assert_int_equal(references.count, 4);
    assert_memory_equal(references.ids, found, sizeof found);
    references_fini(&references);
    buffer_fini(&bytes);
}

/* A list in a list in a list ... `depth` of them; the levels are the caller's. */
static hf_any nested_lists(hf_any *levels, size_t depth) {
    levels[0] = hf_any_list(NULL, 0);
    for (size_t i = 1; i < depth; i++) {
        levels[i] = hf_any_list(&levels[i - 1], 1);
    }
    return levels[depth - 1];
}

static void nesting_is_limited(void **state) {
    hf_any levels[HF_VALUE_MAX_DEPTH + 1];
    struct buffer bytes = {0};
    (void)state;
    hf_any deepest = nested_lists(levels, HF_VALUE_MAX_DEPTH);
    check_calls(&deepest, 1, 1);

    hf_any too_deep = nested_lists(levels, HF_VALUE_MAX_DEPTH + 1);

    assert_int_equal(calls_encode(&bytes, &too_deep, 1, 1, NULL), HF_TOO_BIG);
    assert_int_equal(buffer_len(&bytes), 0);
    buffer_fini(&bytes);
}

static void bad_values_are_refused(void **state) {
    const hf_any_item by_list[] = {{hf_any_list(NULL, 0), hf_any_null()}};
    const hf_any_item by_ref[] = {{hf_any_ref(1), hf_any_null()}};
    const hf_any ref = hf_any_ref(1);
    const hf_any in_tuple = hf_any_tuple(&ref, 1);
    const hf_any_item by_tuple[] = {{hf_any_tuple(&in_tuple, 1), hf_any_null()}};
    char long_tag[HF_TAG_MAX_BYTES + 2];
    memset(long_tag, 't', sizeof long_tag - 1);
    long_tag[sizeof long_tag - 1] = 0;
    const hf_opaque tagged[] = {{.tag = ""}, {.tag = "\xff"}, {.tag = long_tag}};
    const hf_any bad[] = {
        hf_any_string(NULL),       hf_any_list(NULL, 1),
        {.kind = (hf_any_kind)99}, hf_any_string("\xff"),
        hf_any_map(by_ref, 1),     hf_any_map(by_list, 1),
        hf_any_map(by_tuple, 1),   hf_any_bytes(NULL, 12),
        hf_any_opaque(&tagged[0]), hf_any_opaque(&tagged[1]),
        hf_any_opaque(&tagged[2]), {.kind = HF_ANY_BIG, .len = 1, .bytes = (const uint8_t *)"\1"},
    };
    struct buffer bytes = {0};
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const hf_any nested = hf_any_list(&bad[i], 1);
        assert_int_equal(calls_encode(&bytes, &bad[i], 1, 1, NULL), HF_INVALID);
        assert_int_equal(calls_encode(&bytes, &nested, 1, 1, NULL), HF_INVALID);
    }

    assert_int_equal(buffer_len(&bytes), 0);
    buffer_fini(&bytes);
}

/* ---- calls that others have made ---- */

static hf_status decode_wire_calls(const Hf__TaskCalls *wire) {
    uint8_t bytes[512];
    struct calls calls;
    assert_true(hf__task_calls__get_packed_size(wire) <= sizeof bytes);
    hf_status status = calls_decode(bytes, hf__task_calls__pack(wire, bytes), &calls);
    assert_true(status == HF_OK || (!calls.arguments && calls.count == 0));
    calls_fini(&calls);
    return status;
}

static hf_status decode_column(uint32_t count, Hf__Column *column) {
    Hf__TaskCalls wire = HF__TASK_CALLS__INIT;
    wire.count = count;
    wire.n_arguments = 1;
    wire.arguments = &column;
    return decode_wire_calls(&wire);
}

static Hf__Column packed_ints(const char *bytes, size_t len) {
    Hf__Column column = HF__COLUMN__INIT;
    column.has_ints = true;
    column.ints = (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)bytes};
    return column;
}

static Hf__Column packed_doubles(size_t len) {
    static uint8_t zeros[64];
    Hf__Column column = HF__COLUMN__INIT;
    column.has_doubles = true;
    column.doubles = (ProtobufCBinaryData){len, zeros};
    return column;
}

static void ints_of_another_number_are_refused(void **state) {
    Hf__Column two = packed_ints("\2\4", 2);
    Hf__Column open_ended = packed_ints("\2\x84", 2);
    Hf__Column endless = packed_ints("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11);
    Hf__Column none = packed_ints("", 0);
    (void)state;

    assert_int_equal(decode_column(2, &two), HF_OK);
    assert_int_equal(decode_column(1, &two), HF_INVALID);
    assert_int_equal(decode_column(3, &two), HF_INVALID);
    assert_int_equal(decode_column(2, &open_ended), HF_INVALID);
    assert_int_equal(decode_column(1, &endless), HF_INVALID);
    assert_int_equal(decode_column(1, &none), HF_INVALID);
}

static void doubles_of_another_number_are_refused(void **state) {
    Hf__Column two = packed_doubles(16);
    Hf__Column nearly = packed_doubles(17);
    (void)state;

    assert_int_equal(decode_column(2, &two), HF_OK);
    assert_int_equal(decode_column(1, &two), HF_INVALID);
    assert_int_equal(decode_column(3, &two), HF_INVALID);
    assert_int_equal(decode_column(2, &nearly), HF_INVALID);
}

static void values_of_another_number_or_sort_are_refused(void **state) {
    Hf__Any null = HF__ANY__INIT;
    Hf__Any *values[] = {&null, &null};
    Hf__Column two = HF__COLUMN__INIT;
    Hf__Column none = HF__COLUMN__INIT;
    Hf__Column both = packed_ints("\2\4", 2);
    (void)state;
    two.n_values = 2;
    two.values = values;
    both.n_values = 2;
    both.values = values;

    assert_int_equal(decode_column(2, &two), HF_OK);
    assert_int_equal(decode_column(1, &two), HF_INVALID);
    assert_int_equal(decode_column(3, &two), HF_INVALID);
    assert_int_equal(decode_column(2, &none), HF_INVALID);
    assert_int_equal(decode_column(2, &both), HF_INVALID);
}

static void strings_that_are_not_utf8_are_refused(void **state) {
    Hf__Any good = HF__ANY__INIT;
    Hf__Any bad = HF__ANY__INIT;
    Hf__Any *values[] = {&good, &bad};
    Hf__Column column = HF__COLUMN__INIT;
    (void)state;
    good.kind_case = HF__ANY__KIND_STRING;
    good.string = (ProtobufCBinaryData){1, (uint8_t *)(uintptr_t) "a"};
    bad.kind_case = HF__ANY__KIND_STRING;
    bad.string = (ProtobufCBinaryData){1, (uint8_t *)(uintptr_t) "\xc3"};
    column.n_values = 2;
    column.values = values;

    assert_int_equal(decode_column(2, &column), HF_INVALID);
}

static void numbers_of_calls_beyond_reason_are_refused(void **state) {
    Hf__TaskCalls wire = HF__TASK_CALLS__INIT;
    Hf__Column two = packed_ints("\2\4", 2);
    (void)state;

    assert_int_equal(decode_wire_calls(&wire), HF_INVALID);
    assert_int_equal(decode_column(UINT32_MAX, &two), HF_INVALID);
    wire.count = UINT32_MAX;
    assert_int_equal(decode_wire_calls(&wire), HF_INVALID);
}

static void bytes_that_are_no_calls_are_refused(void **state) {
    const hf_any arguments[] = {hf_any_string("text"), hf_any_int(300)};
    struct buffer bytes;
    struct calls calls;
    struct failures failures;
    hf_any value;
    (void)state;
    encode_calls(&bytes, arguments, 1, 2);

    for (size_t len = 0; len < bytes.end; len++) {
        bool whole = calls_decode(bytes.bytes, len, &calls) == HF_OK;
        assert_true(whole ? calls.width < 2 : !calls.arguments); /* cut between two columns */
        calls_fini(&calls);
        assert_int_not_equal(outcomes_decode(bytes.bytes, len, &value, 1, &failures), HF_OK);
    }

    assert_int_equal(calls_decode((const uint8_t *)"\xff\xff", 2, &calls), HF_INVALID);
    buffer_fini(&bytes);
}

/* ---- outcomes ---- */

static void outcomes_and_failures_survive(void **state) {
    const hf_any values[] = {hf_any_string("one"), hf_any_null(), hf_any_int(3), hf_any_null()};
    struct failures failures = {NULL, 0, 0};
    struct failures taken;
    struct references references = {NULL, 0, 0};
    struct buffer bytes = {0};
    hf_any copies[4];
    (void)state;
    assert_int_equal(failures_add(&failures, 1, HF_TASK_FAILED, "no such luck"), HF_OK);
    assert_int_equal(failures_add(&failures, 3, HF_VALUE_ERROR, NULL), HF_OK);
    assert_int_equal(outcomes_encode(&bytes, values, 4, &failures, &references), HF_OK);

    assert_int_equal(outcomes_decode(bytes.bytes, bytes.end, copies, 4, &taken), HF_OK);

    for (size_t i = 0; i < 4; i++) {
        assert_true(hf_any_equal(copies[i], values[i]));
        hf_any_clear(&copies[i]);
    }
    assert_int_equal(taken.count, 2);
    assert_int_equal(taken.items[0].call, 1);
    assert_int_equal(taken.items[0].status, HF_TASK_FAILED);
    assert_string_equal(taken.items[0].detail, "no such luck");
    assert_int_equal(taken.items[1].call, 3);
    assert_string_equal(taken.items[1].detail, "");
    failures_fini(&failures);
    failures_fini(&taken);
    references_fini(&references);
    buffer_fini(&bytes);
}

static void many_outcomes_survive(void **state) {
    enum { COUNT = 3000 };
    static hf_any values[COUNT];
    static hf_any copies[COUNT];
    const struct failures none = {NULL, 0, 0};
    struct failures taken;
    struct buffer bytes = {0};
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        values[i] = hf_any_int((int64_t)i * i * i);
    }
    assert_int_equal(outcomes_encode(&bytes, values, COUNT, &none, NULL), HF_OK);

    assert_int_equal(outcomes_decode(bytes.bytes, bytes.end, copies, COUNT, &taken), HF_OK);

    for (size_t i = 0; i < COUNT; i++) {
        assert_true(hf_any_equal(copies[i], values[i]));
    }
    assert_int_equal(taken.count, 0);
    buffer_fini(&bytes);
}

static void outcomes_of_another_number_of_calls_leave_nothing(void **state) {
    const hf_any values[] = {hf_any_string("one"), hf_any_string("two")};
    const struct failures none = {NULL, 0, 0};
    struct failures taken;
    struct buffer bytes = {0};
    hf_any copies[3];
    (void)state;
    assert_int_equal(outcomes_encode(&bytes, values, 2, &none, NULL), HF_OK);

    assert_int_equal(outcomes_decode(bytes.bytes, bytes.end, copies, 1, &taken), HF_INVALID);
    assert_int_equal(copies[0].kind, HF_ANY_NULL);
    assert_int_equal(outcomes_decode(bytes.bytes, bytes.end, copies, 3, &taken), HF_INVALID);
    assert_int_equal(copies[0].kind, HF_ANY_NULL);
    assert_int_equal(copies[2].kind, HF_ANY_NULL);
    assert_null(taken.items);
    buffer_fini(&bytes);
}

static hf_status decode_failures(uint32_t first, uint32_t second, Hf__Status status) {
    uint8_t bytes[64];
    Hf__Column column = packed_ints("\0\0\0", 3);
    Hf__Failure items[] = {HF__FAILURE__INIT, HF__FAILURE__INIT};
    Hf__Failure *pointers[] = {&items[0], &items[1]};
    Hf__TaskOutcomes wire = HF__TASK_OUTCOMES__INIT;
    struct failures failures;
    hf_any values[3];
    items[0].call = first;
    items[0].status = HF__STATUS__TASK_FAILED;
    items[1].call = second;
    items[1].status = status;
    wire.values = &column;
    wire.n_failures = 2;
    wire.failures = pointers;
    hf_status decoded =
        outcomes_decode(bytes, hf__task_outcomes__pack(&wire, bytes), values, 3, &failures);
    failures_fini(&failures);
    return decoded;
}

static void failures_are_those_of_the_calls_in_order(void **state) {
    (void)state;

    assert_int_equal(decode_failures(0, 2, HF__STATUS__TASK_FAILED), HF_OK);
    assert_int_equal(decode_failures(2, 0, HF__STATUS__TASK_FAILED), HF_INVALID);
    assert_int_equal(decode_failures(1, 1, HF__STATUS__TASK_FAILED), HF_INVALID);
    assert_int_equal(decode_failures(1, 3, HF__STATUS__TASK_FAILED), HF_INVALID);
    assert_int_equal(decode_failures(0, 2, HF__STATUS__OK), HF_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_of_ints_and_of_doubles_are_packed),
        cmocka_unit_test(extreme_ints_survive),
        cmocka_unit_test(doubles_keep_their_bits),
        cmocka_unit_test(values_of_every_kind_survive),
        cmocka_unit_test(calls_may_have_no_arguments),
        cmocka_unit_test(calls_are_appended),
        cmocka_unit_test(references_are_found_at_any_depth),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(ints_of_another_number_are_refused),
        cmocka_unit_test(doubles_of_another_number_are_refused),
        cmocka_unit_test(values_of_another_number_or_sort_are_refused),
        cmocka_unit_test(strings_that_are_not_utf8_are_refused),
        cmocka_unit_test(numbers_of_calls_beyond_reason_are_refused),
        cmocka_unit_test(bytes_that_are_no_calls_are_refused),
        cmocka_unit_test(outcomes_and_failures_survive),
        cmocka_unit_test(many_outcomes_survive),
        cmocka_unit_test(outcomes_of_another_number_of_calls_leave_nothing),
        cmocka_unit_test(failures_are_those_of_the_calls_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
