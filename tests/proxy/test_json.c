/* SPDX-License-Identifier: MIT
 *
 * Values to JSON and back: every form, every refusal, and random values.
 */
#include "wire_limits.h"

#include <holdfast.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t two_pow_64[] = {0, 0, 0, 0, 0, 0, 0, 0, 1};
static const uint8_t minus_two_pow_64[] = {0, 0, 0, 0, 0, 0, 0, 0, 0xff};

/* A value and its only form as output. */
struct form {
    hf_any value;
    const char *json;
};

static void assert_forms(const struct form *forms, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *text = NULL;
        hf_any again;
        assert_int_equal(hf_any_to_json(forms[i].value, &text), HF_OK);
        assert_string_equal(text, forms[i].json);
        if (hf_any_from_json(text, strlen(text), &again) != HF_OK) {
            fail_msg("%s: %s", text, hf_last_detail());
        }
        assert_true(hf_any_equal(again, forms[i].value));
        hf_any_clear(&again);
        free(text);
    }
}

#define ASSERT_FORMS(forms) assert_forms(forms, sizeof(forms) / sizeof(forms)[0])

static void scalars_have_one_form(void **state) {
    const struct form forms[] = {
        {hf_any_null(), "null"},
        {hf_any_bool(true), "true"},
        {hf_any_bool(false), "false"},
        {hf_any_int(0), "0"},
        {hf_any_int(INT64_MIN), "-9223372036854775808"},
        {hf_any_int(INT64_MAX), "9223372036854775807"},
        {hf_any_big(two_pow_64, 9), "18446744073709551616"},
        {hf_any_big(minus_two_pow_64, 9), "-18446744073709551616"},
        {hf_any_double(1), "1.0"},
        {hf_any_double(-0.0), "-0.0"},
        {hf_any_double(0.1), "0.1"},
        {hf_any_double(1e7), "10000000.0"},
        {hf_any_double(1e22), "1e22"},
        {hf_any_double(1e-7), "1e-7"},
        {hf_any_double(1.0 / 3), "0.3333333333333333"},
        {hf_any_double(5e-324), "5e-324"},
        {hf_any_double(-1.5e-323), "-1.5e-323"},
        {hf_any_double(1e-310), "1e-310"},
        {hf_any_double(2.225073858507201e-308), "2.225073858507201e-308"},
        {hf_any_double(2.2250738585072014e-308), "2.2250738585072014e-308"},
        {hf_any_double(1.7976931348623157e308), "1.7976931348623157e308"},
        {hf_any_double(NAN), "{\"$double\":\"nan\"}"},
        {hf_any_double(INFINITY), "{\"$double\":\"inf\"}"},
        {hf_any_double(-INFINITY), "{\"$double\":\"-inf\"}"},
        {hf_any_string(""), "\"\""},
        {hf_any_string("a\"\\/\b\f\n\r\t\x1f\x7f"), "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u001F\x7f\""},
        {hf_any_string_n("a\0b", 3), "\"a\\u0000b\""},
        {hf_any_string("\xc3\xa9\xf0\x9f\x98\x80"), "\"\xc3\xa9\xf0\x9f\x98\x80\""},
        {hf_any_bytes("", 0), "{\"$bytes\":\"\"}"},
        {hf_any_bytes("\xff\0a", 3), "{\"$bytes\":\"/wBh\"}"},
        {hf_any_bytes("ab", 2), "{\"$bytes\":\"YWI=\"}"},
        {hf_any_ref(7), "{\"$ref\":7}"},
        {hf_any_ref(UINT64_MAX), "{\"$ref\":\"18446744073709551615\"}"},
    };
    (void)state;
    ASSERT_FORMS(forms);
}

static void nested_values_have_one_form(void **state) {
    static const uint64_t refs[] = {7, UINT64_MAX};
    const hf_opaque bare = {.tag = "a/b", .bytes = (const uint8_t *)"x", .len = 1};
    const hf_opaque whole = {
        .tag = "a", .equals = (const uint8_t *)"", .refs = refs, .ref_count = 2};
    const hf_any items[] = {hf_any_int(1), hf_any_string("a")};
    const hf_any_item plain[] = {{hf_any_string("a"), hf_any_list(items, 2)},
                                 {hf_any_string(""), hf_any_map(NULL, 0)}};
    const hf_any_item keyed[] = {{hf_any_int(1), hf_any_null()},
                                 {hf_any_tuple(items, 2), hf_any_tuple(NULL, 0)}};
    const hf_any_item dollar[] = {{hf_any_string("$ref"), hf_any_int(1)}};
    const hf_any_item nul[] = {{hf_any_string_n("\0", 1), hf_any_int(1)}};
    const struct form forms[] = {
        {hf_any_list(NULL, 0), "[]"},
        {hf_any_list(items, 2), "[1,\"a\"]"},
        {hf_any_tuple(items, 2), "{\"$tuple\":[1,\"a\"]}"},
        {hf_any_map(NULL, 0), "{}"},
        {hf_any_map(plain, 2), "{\"a\":[1,\"a\"],\"\":{}}"},
        {hf_any_map(keyed, 2), "{\"$map\":[[1,null],[{\"$tuple\":[1,\"a\"]},{\"$tuple\":[]}]]}"},
        {hf_any_map(dollar, 1), "{\"$map\":[[\"$ref\",1]]}"},
        {hf_any_map(nul, 1), "{\"$map\":[[\"\\u0000\",1]]}"},
        {hf_any_opaque(&bare), "{\"$opaque\":\"a/b\",\"bytes\":\"eA==\"}"},
        {hf_any_opaque(&whole), "{\"$opaque\":\"a\",\"bytes\":\"\",\"equals\":\"\","
                                "\"refs\":[7,\"18446744073709551615\"]}"},
    };
    (void)state;
    ASSERT_FORMS(forms);
}

/* Other ways to write the same. */
static void whatever_json_allows_is_read(void **state) {
    const hf_any one = hf_any_int(1);
    const struct form forms[] = {
        {hf_any_int(7), " \t\r\n7 \t\r\n"},
        {hf_any_int(0), "-0"},
        {hf_any_double(100), "1e2"},
        {hf_any_double(100), "1E+2"},
        {hf_any_double(0.015), "1.5e-2"},
        {hf_any_double(0), "1e-999"},
        {hf_any_string("\xc3\xa9/\xf0\x9f\x98\x80"), "\"\\u00e9\\/\\uD83D\\ude00\""},
        {hf_any_list(&one, 1), "[ 1 ]"},
        {hf_any_tuple(&one, 1), "{ \"$tuple\" : [ 1 ] }"},
        {hf_any_double(1), "{\"$double\":1}"},
        {hf_any_double(1.5), "{\"$double\":1.5}"},
        {hf_any_double(1.1), "{\"$double\":1.10}"},
        {hf_any_double(18446744073709551616.0), "{\"$double\":18446744073709551616}"},
        {hf_any_int(-31), "{\"$big\":\"-0x1f\"}"},
        {hf_any_int(12), "{\"$big\":\"12\"}"},
        {hf_any_big(two_pow_64, 9), "{\"$big\":\"0x10000000000000000\"}"},
        {hf_any_ref(18446744073709551615U), "{\"$ref\":18446744073709551615}"},
        {hf_any_ref(7), "{\"$ref\":\"7\"}"},
        {hf_any_map(NULL, 0), "{\"$map\":[]}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        hf_any any;
        if (hf_any_from_json(forms[i].json, HF_JSON_TEXT, &any) != HF_OK) {
            fail_msg("%s: %s", forms[i].json, hf_last_detail());
        }
        if (!hf_any_equal(any, forms[i].value)) {
            fail_msg("%s", forms[i].json);
        }
        hf_any_clear(&any);
    }
}

struct refusal {
    const char *json;
    hf_status status;
    const char *words; /* some of them */
};

static void assert_refused(const struct refusal *refusals, size_t count) {
    for (size_t i = 0; i < count; i++) {
        hf_any any = hf_any_int(-1);
        hf_status status = hf_any_from_json(refusals[i].json, HF_JSON_TEXT, &any);
        if (status != refusals[i].status || !strstr(hf_last_detail(), refusals[i].words)) {
            fail_msg("%s: %s %s", refusals[i].json, hf_status_name(status), hf_last_detail());
        }
        assert_int_equal(any.as_int, -1); /* nothing was written */
    }
}

#define ASSERT_REFUSED(refusals) assert_refused(refusals, sizeof(refusals) / sizeof(refusals)[0])

static void a_text_that_is_no_json_is_refused_with_the_place(void **state) {
    static const struct refusal refusals[] = {
        {"", HF_INVALID, "no value, but the end, at byte 0"},
        {"  ", HF_INVALID, "at byte 2"},
        {"[1,", HF_INVALID, "no value, but the end, at byte 3"},
        {"[1 2]", HF_INVALID, "neither a comma nor the end of a list or object, at byte 3"},
        {"[1,]", HF_INVALID, "at byte 3"},
        {"{\"a\":1,}", HF_INVALID, "a key of an object is a string, at byte 7"},
        {"{a:1}", HF_INVALID, "a key of an object is a string, at byte 1"},
        {"{\"a\" 1}", HF_INVALID, "no colon behind a key, at byte 5"},
        {"{\"a\":}", HF_INVALID, "at byte 5"},
        {"1 2", HF_INVALID, "something behind the value, at byte 2"},
        {"tru", HF_INVALID, "no value of JSON, at byte 0"},
        {"nan", HF_INVALID, "at byte 0"},
        {"NaN", HF_INVALID, "at byte 0"},
        {"Infinity", HF_INVALID, "at byte 0"},
        {"-Infinity", HF_INVALID, "no number of JSON, at byte 0"},
        {"01", HF_INVALID, "no number of JSON, at byte 0"},
        {"1.", HF_INVALID, "no number"},
        {".5", HF_INVALID, "no value"},
        {"1e", HF_INVALID, "no number"},
        {"+1", HF_INVALID, "no value"},
        {"0x1", HF_INVALID, "something behind the value, at byte 1"},
        {"\"a", HF_INVALID, "a string without an end, at byte 1"},
        {"\"a\\\"", HF_INVALID, "a string without an end"},
        {"\"\\x\"", HF_INVALID, "no escape of JSON, at byte 1"},
        {"\"\\u12g4\"", HF_INVALID, "no escape of JSON"},
        {"\"\\ud800\"", HF_INVALID, "no escape of JSON"},
        {"\"\\udc00\"", HF_INVALID, "no escape of JSON"},
        {"\"\\ud800\\u0041\"", HF_INVALID, "no escape of JSON"},
        {"\"a\nb\"", HF_INVALID, "a control character in a string, at byte 2"},
        {"\"\xff\"", HF_INVALID, "no UTF-8, at byte 1"},
        {"\"\xc3\xa9\xed\xa0\x80\"", HF_INVALID, "no UTF-8, at byte 3"},
        {"\"123456789\xe2\x82\"", HF_INVALID, "no UTF-8, at byte 10"},
        {"\xef\xbb\xbf"
         "1",
         HF_INVALID, "no value of JSON, at byte 0"},
        {"'a'", HF_INVALID, "no value of JSON"},
        {"// a", HF_INVALID, "no value of JSON"},
    };
    (void)state;
    ASSERT_REFUSED(refusals);
    hf_any any;
    assert_int_equal(hf_any_from_json("1\0", 2, &any), HF_INVALID);
    assert_int_equal(hf_any_from_json(NULL, 0, &any), HF_INVALID);
}

static void a_value_that_cannot_be_is_refused(void **state) {
    static const struct refusal refusals[] = {
        {"{\"a\":1,\"b\":2,\"a\":3}", HF_VALUE_ERROR, "an object has a key twice, at byte 0"},
        {"[{\"\\u0061\":1,\"a\":1}]", HF_VALUE_ERROR, "a key twice, at byte 1"},
        {"{\"$map\":[[1,2],[1,3]]}", HF_VALUE_ERROR, "no key twice"},
        {"{\"$map\":[[1,2,3]]}", HF_VALUE_ERROR, "$map takes a list of pairs"},
        {"{\"$map\":{}}", HF_VALUE_ERROR, "$map takes"},
        {"{\"$map\":[[0.0,2],[-0.0,3]]}", HF_VALUE_ERROR, "no key twice"},
        {"{\"$map\":[[{\"$tuple\":[0.0]},2],[{\"$tuple\":[-0.0]},3]]}", HF_VALUE_ERROR, "twice"},
        {"{\"$map\":[[{\"$double\":\"nan\"},2],[1,1],[{\"$double\":\"nan\"},3]]}", HF_VALUE_ERROR,
         "no key twice"},
        {"{\"$map\":[[{\"$opaque\":\"a\",\"bytes\":\"YQ==\",\"equals\":\"YQ==\"},2],"
         "[{\"$opaque\":\"a\",\"bytes\":\"YQ==\"},3]]}",
         HF_VALUE_ERROR, "no key twice"},
        {"[{\"$map\":[[[1],2]]}]", HF_VALUE_ERROR, "nor can a tuple of such, at byte 1"},
        {"{\"$map\":[[{},2]]}", HF_VALUE_ERROR, "cannot be a key of a map"},
        {"{\"$map\":[[{\"$ref\":1},2]]}", HF_VALUE_ERROR, "cannot be a key of a map"},
        {"{\"$map\":[[{\"$tuple\":[[]]},2]]}", HF_VALUE_ERROR, "cannot be a key of a map"},
        {"{\"$bytes\":\"abc\"}", HF_VALUE_ERROR, "$bytes takes base64"},
        {"{\"$bytes\":\"ab!=\"}", HF_VALUE_ERROR, "$bytes takes base64"},
        {"{\"$bytes\":1}", HF_VALUE_ERROR, "$bytes takes base64"},
        {"{\"$bytes\":\"QR==\"}", HF_VALUE_ERROR, "$bytes takes base64"},
        {"{\"$bytes\":\"QUJDQUJ=\"}", HF_VALUE_ERROR, "$bytes takes base64"},
        {"{\"$bytes\":\"QQ==QUJD\"}", HF_VALUE_ERROR, "$bytes takes base64"},
        {"{\"$bytes\":\"Q=Q=\"}", HF_VALUE_ERROR, "$bytes takes base64"},
        {"{\"$bytes\":\"Q===\"}", HF_VALUE_ERROR, "$bytes takes base64"},
        {"{\"$bytes\":\"====\"}", HF_VALUE_ERROR, "$bytes takes base64"},
        {"{\"$bytes\":\" QUI\"}", HF_VALUE_ERROR, "$bytes takes base64"},
        {"{\"$bytes\":\"    QUJD\"}", HF_VALUE_ERROR, "$bytes takes base64"},
        {"{\"$ref\":0}", HF_VALUE_ERROR, "$ref takes the id of an object"},
        {"{\"$ref\":-1}", HF_VALUE_ERROR, "$ref takes"},
        {"{\"$ref\":1.5}", HF_VALUE_ERROR, "$ref takes"},
        {"{\"$ref\":18446744073709551616}", HF_VALUE_ERROR, "$ref takes"},
        {"{\"$ref\":\"18446744073709551616\"}", HF_VALUE_ERROR, "$ref takes"},
        {"{\"$ref\":\"0x1\"}", HF_VALUE_ERROR, "$ref takes"},
        {"{\"$ref\":-18446744073709551615}", HF_VALUE_ERROR, "$ref takes"},
        {"{\"$double\":\"x\"}", HF_VALUE_ERROR, "$double takes a number"},
        {"{\"$double\":\"\"}", HF_VALUE_ERROR, "$double takes"},
        {"{\"$double\":[]}", HF_VALUE_ERROR, "$double takes"},
        {"{\"$double\":true}", HF_VALUE_ERROR, "$double takes"},
        {"{\"$double\":\"1\"}", HF_VALUE_ERROR, "$double takes"},
        {"{\"$double\":\" 1\"}", HF_VALUE_ERROR, "$double takes"},
        {"{\"$double\":\"0x10\"}", HF_VALUE_ERROR, "$double takes"},
        {"{\"$double\":\"1e999\"}", HF_VALUE_ERROR, "$double takes"},
        {"{\"$double\":\"infinity\"}", HF_VALUE_ERROR, "$double takes"},
        {"{\"$double\":\"INF\"}", HF_VALUE_ERROR, "$double takes"},
        {"{\"$double\":\"+inf\"}", HF_VALUE_ERROR, "$double takes"},
        {"{\"$double\":\"NaN\"}", HF_VALUE_ERROR, "$double takes"},
        {"{\"$double\":\"-nan\"}", HF_VALUE_ERROR, "$double takes"},
        {"{\"$double\":\"nan(12)\"}", HF_VALUE_ERROR, "$double takes"},
        {"{\"$double\":\"nan\\u0000\"}", HF_VALUE_ERROR, "$double takes"},
        {"{\"$tuple\":1}", HF_VALUE_ERROR, "$tuple takes a list"},
        {"{\"$big\":1}", HF_VALUE_ERROR, "$big takes digits"},
        {"{\"$big\":\"1.5\"}", HF_VALUE_ERROR, "$big takes digits"},
        {"{\"$opaque\":\"a\"}", HF_VALUE_ERROR, "an opaque value is"},
        {"{\"$opaque\":\"a\",\"bytes\":\"\",\"other\":1}", HF_VALUE_ERROR, "an opaque value is"},
        {"{\"$opaque\":1,\"bytes\":\"\"}", HF_VALUE_ERROR, "an opaque value is"},
        {"{\"$opaque\":\"a\",\"bytes\":\"\",\"refs\":[0]}", HF_VALUE_ERROR, "an opaque value is"},
        {"{\"$opaque\":\"a\",\"bytes\":\"\",\"refs\":1}", HF_VALUE_ERROR, "an opaque value is"},
        {"{\"$opaque\":\"a\\u0000\",\"bytes\":\"\"}", HF_VALUE_ERROR, "an opaque value is"},
        {"[{\"$opaque\":\"\",\"bytes\":\"\"}]", HF_VALUE_ERROR,
         "the tag of an opaque value is 1 to 64 bytes of UTF-8, at byte 1"},
        {"1e999", HF_OUT_OF_RANGE, "a number that no double holds, at byte 0"},
        {"[-1e999]", HF_OUT_OF_RANGE, "at byte 1"},
    };
    (void)state;
    ASSERT_REFUSED(refusals);
}

/* `count` times what opens, the middle, and as often what closes. */
static char *nested(const char *opens, const char *middle, const char *closes, size_t count) {
    char *text = calloc(1, count * (strlen(opens) + strlen(closes)) + strlen(middle) + 1);
    char *at = text;
    assert_non_null(text);
    for (size_t i = 0; i < count; i++) {
        at = stpcpy(at, opens);
    }
    at = stpcpy(at, middle);
    for (size_t i = 0; i < count; i++) {
        at = stpcpy(at, closes);
    }
    return text;
}

static void an_integer_that_no_double_holds_is_refused(void **state) {
    char *digits = nested("9", "9", "", 400);
    char text[500];
    hf_any any;
    (void)state;
    (void)snprintf(text, sizeof text, "[{\"$double\":%s}]", digits);
    assert_int_equal(hf_any_from_json(text, HF_JSON_TEXT, &any), HF_OUT_OF_RANGE);
    assert_non_null(strstr(hf_last_detail(), "a number that no double holds, at byte 1"));
    free(digits);
}

static void depth_is_limited(void **state) {
    static const size_t depths[] = {1, HF_VALUE_MAX_DEPTH, HF_VALUE_MAX_DEPTH + 1, 100000};
    static const char *const nests[][2] = {
        {"[", "]"}, {"{\"a\":", "}"}, {"{\"$tuple\":[", "]}"}, {"{\"$map\":[[1,", "]]}"}};
    (void)state;
    for (size_t i = 0; i < sizeof nests / sizeof nests[0]; i++) {
        for (size_t j = 0; j < sizeof depths / sizeof depths[0]; j++) {
            const size_t depth = depths[j];
            char *text = nested(nests[i][0], "{\"$double\":\"nan\"}", nests[i][1], depth);
            hf_any any = hf_any_null();
            hf_status status = hf_any_from_json(text, HF_JSON_TEXT, &any);
            assert_int_equal(status, depth <= HF_VALUE_MAX_DEPTH ? HF_OK : HF_TOO_BIG);
            assert_int_equal(status == HF_OK,
                             !strstr(hf_last_detail(), "values nest at most 32 deep, at byte "));
            char *again = NULL;
            if (status == HF_OK) {
                assert_int_equal(hf_any_to_json(any, &again), HF_OK);
                assert_string_equal(again, text);
                hf_any larger[2] = {hf_any_list(&any, 1)}; /* as the copy of a dict */
                larger[1] = hf_any_list(larger, 1);
                free(again);
                again = NULL;
                assert_int_equal(hf_any_to_json(larger[0], &again), HF_OK);
                free(again);
                again = NULL;
                assert_int_equal(hf_any_to_json(larger[1], &again),
                                 depth == HF_VALUE_MAX_DEPTH ? HF_TOO_BIG : HF_OK);
            }
            free(again);
            free(text);
            hf_any_clear(&any);
        }
    }
}

static void an_integer_of_any_size_comes_back(void **state) {
    enum { SIZES = 6 };
    static const size_t sizes[SIZES] = {9, 10, 100, 4096, 4097, 20000};
    (void)state;
    for (size_t i = 0; i < 2 * (size_t)SIZES; i++) {
        const size_t len = sizes[i / 2];
        uint8_t *bytes = malloc(len);
        char *text = NULL;
        hf_any again;
        assert_non_null(bytes);
        memset(bytes, 0x5a, len);
        bytes[len - 1] = i % 2 == 0 ? 0x7f : 0x80;
        hf_any big = hf_any_big(bytes, len);
        assert_int_equal(hf_any_to_json(big, &text), HF_OK);
        assert_int_equal(strstr(text, "$big") != NULL, len > 4096);
        assert_int_equal(hf_any_from_json(text, HF_JSON_TEXT, &again), HF_OK);
        assert_true(hf_any_equal(big, again));
        hf_any_clear(&again);
        free(text);
        free(bytes);
    }
    char *digits = nested("9", "9", "", 10000);
    hf_any any;
    assert_int_equal(hf_any_from_json(digits, HF_JSON_TEXT, &any), HF_TOO_BIG);
    assert_non_null(strstr(hf_last_detail(), "0x"));
    free(digits);
}

static void a_value_that_is_none_is_not_written(void **state) {
    static const uint64_t zero = 0;
    const hf_opaque no_tag = {.tag = NULL};
    const hf_opaque empty_tag = {.tag = ""};
    const hf_opaque no_object = {.tag = "a", .refs = &zero, .ref_count = 1};
    const hf_opaque bare = {.tag = "a", .bytes = (const uint8_t *)"x", .len = 1};
    const hf_opaque same = {.tag = "a", .equals = (const uint8_t *)"x", .equals_len = 1};
    const hf_any list = hf_any_list(NULL, 0);
    const hf_any zeros[] = {hf_any_double(0.0), hf_any_double(-0.0)};
    const hf_any one = hf_any_int(1);
    const hf_any_item twice[] = {{hf_any_string("a"), one}, {hf_any_string("a"), list}};
    const hf_any_item number_twice[] = {{zeros[0], one}, {one, one}, {zeros[1], one}};
    const hf_any_item tuple_twice[] = {{hf_any_tuple(&zeros[0], 1), one},
                                       {hf_any_tuple(&zeros[1], 1), one}};
    const hf_any_item opaque_twice[] = {{hf_any_opaque(&bare), one}, {hf_any_opaque(&same), one}};
    const hf_any_item keyed_by_list = {list, one};
    const hf_any_item keyed_by_tuple = {hf_any_tuple(&list, 1), one};
    const hf_any_item keyed_by_map = {hf_any_map(NULL, 0), one};
    const hf_any_item keyed_by_ref = {hf_any_ref(1), one};
    const hf_any bad[] = {
        hf_any_string("\xff"),
        hf_any_string_n(NULL, 1),
        hf_any_bytes(NULL, 1),
        hf_any_list(NULL, 1),
        hf_any_map(NULL, 1),
        hf_any_opaque(NULL),
        hf_any_opaque(&no_tag),
        {.kind = HF_ANY_BIG, .len = 9},
        {.kind = (hf_any_kind)9},
        {.kind = HF_ANY_BIG, .len = 1, .bytes = (const uint8_t *)"a"},
        hf_any_ref(0),
        hf_any_opaque(&empty_tag),
        hf_any_opaque(&no_object),
        hf_any_map(twice, 2),
        hf_any_map(number_twice, 3),
        hf_any_map(tuple_twice, 2),
        hf_any_map(opaque_twice, 2),
        hf_any_map(&keyed_by_list, 1),
        hf_any_map(&keyed_by_tuple, 1),
        hf_any_map(&keyed_by_map, 1),
        hf_any_map(&keyed_by_ref, 1),
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *text = (char *)(uintptr_t) "untouched";
        assert_int_equal(hf_any_to_json(hf_any_list(&bad[i], 1), &text), HF_INVALID);
        assert_string_equal(text, "untouched");
        assert_true(hf_last_detail()[0] != 0);
    }
}

/* ---- random values ---- */

static uint64_t seed;

static uint32_t dice(uint32_t sides) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(seed >> 33) % sides;
}

static hf_any random_string(void) {
    static const char *const pieces[] = {
        "a", "$",    "\"", "\\", "\n", "\x01", "\xc3\xa9", "/", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
        "",  "u0041"};
    char text[64] = "";
    char *at = text;
    for (uint32_t i = dice(8); i > 0; i--) {
        at = stpcpy(at, pieces[dice(sizeof pieces / sizeof pieces[0])]);
    }
    hf_any copy;
    size_t len = (size_t)(at - text) + (dice(10) == 0); /* now and then with its NUL */
    assert_int_equal(hf_any_copy(hf_any_string_n(text, len), &copy), HF_OK);
    return copy;
}

static double random_double(void) {
    union {
        uint64_t bits;
        double real;
    } any = {(uint64_t)dice(UINT32_MAX) << 33 ^ (uint64_t)dice(UINT32_MAX) << 11 ^ dice(4096)};
    return dice(3) == 0 ? (double)dice(1000) / 8 : any.real;
}

static hf_any random_scalar(void) {
    uint8_t bytes[40];
    hf_any value;
    hf_any copy;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)dice(256);
    }
    const uint64_t refs[] = {dice(100) + 1, UINT64_MAX - dice(100)};
    const hf_opaque opaque = {.tag = "test/x",
                              .bytes = bytes,
                              .len = dice(20),
                              .equals = dice(2) ? bytes : NULL,
                              .equals_len = 7,
                              .refs = refs,
                              .ref_count = dice(3)};
    switch (dice(9)) {
    case 0:
        return hf_any_null();
    case 1:
        return hf_any_bool(dice(2) == 1);
    case 2:
        return hf_any_int((int64_t)((uint64_t)dice(UINT32_MAX) << dice(33)) - (int64_t)dice(1000));
    case 3:
        return hf_any_double(random_double());
    case 4:
        return random_string();
    case 5:
        value = hf_any_bytes(bytes, dice(sizeof bytes));
        break;
    case 6:
        return hf_any_ref((uint64_t)dice(UINT32_MAX) << dice(34) | 1);
    case 7:
        value = hf_any_big(bytes, dice(sizeof bytes));
        break;
    default:
        value = hf_any_opaque(&opaque);
        break;
    }
    assert_int_equal(hf_any_copy(value, &copy), HF_OK);
    return copy;
}

static hf_any random_value(unsigned depth, bool key);

static hf_any random_list(unsigned depth, bool key) {
    size_t len = dice(4);
    hf_any *items = calloc(len + 1, sizeof *items);
    assert_non_null(items);
    for (size_t i = 0; i < len; i++) {
        items[i] = random_value(depth + 1, key);
    }
    return (hf_any){
        .kind = key || dice(2) ? HF_ANY_TUPLE : HF_ANY_LIST, .len = len, .items = items};
}

static hf_any random_map(unsigned depth) {
    hf_any_map_array map = {calloc(5, sizeof(hf_any_item)), 0};
    assert_non_null(map.pairs);
    for (uint32_t i = dice(5); i > 0; i--) {
        hf_any_item item = {dice(2) ? random_string() : random_value(depth + 1, true),
                            random_value(depth + 1, false)};
        const hf_any so_far = hf_any_map(map.pairs, map.len);
        if (hf_any_get_any(&so_far, item.key)) {
            hf_any_clear(&item.key);
            hf_any_clear(&item.value);
        } else {
            map.pairs[map.len++] = item;
        }
    }
    return (hf_any){.kind = HF_ANY_MAP, .len = map.len, .pairs = map.pairs};
}

static hf_any random_value(unsigned depth, bool key) {
    uint32_t which = depth < 6 ? dice(6) : 5;
    if (which == 0 && !key) {
        return random_map(depth);
    }
    if (which == 1) {
        return random_list(depth, key);
    }
    hf_any scalar = random_scalar();
    return key && scalar.kind == HF_ANY_REF ? hf_any_null() : scalar;
}

static void any_value_comes_back(void **state) {
    (void)state;
    for (uint64_t turn = 0; turn < 20000; turn++) {
        seed = turn;
        hf_any value = random_value(0, false);
        hf_any again;
        char *text = NULL;
        char *more = NULL;
        if (hf_any_to_json(value, &text) != HF_OK ||
            hf_any_from_json(text, strlen(text), &again) != HF_OK || !hf_any_equal(value, again) ||
            hf_any_to_json(again, &more) != HF_OK || strcmp(text, more) != 0) {
            fail_msg("seed %" PRIu64 ": %s: %s", turn, text, hf_last_detail());
        }
        hf_any_clear(&again);
        hf_any_clear(&value);
        free(text);
        free(more);
    }
}

/* Cut or changed anywhere, a text is read or refused, and nothing else. */
static void broken_texts_do_no_harm(void **state) {
    size_t refused = 0;
    (void)state;
    for (uint64_t turn = 0; turn < 3000; turn++) {
        seed = turn;
        hf_any value = random_value(0, false);
        char *text = NULL;
        assert_int_equal(hf_any_to_json(value, &text), HF_OK);
        size_t len = strlen(text);
        for (int i = 0; i < 10; i++) {
            hf_any again;
            char *copy = malloc(len + 1);
            assert_non_null(copy);
            memcpy(copy, text, len);
            copy[dice((uint32_t)len)] = (char)dice(256);
            size_t cut = dice(2) ? len : dice((uint32_t)len);
            char *whole = realloc(copy, cut + 1); /* a sanitizer sees what reads beyond */
            hf_status status = hf_any_from_json(whole, cut, &again);
            if (status == HF_OK) {
                hf_any_clear(&again);
            }
            refused += status != HF_OK;
            free(whole);
        }
        hf_any_clear(&value);
        free(text);
    }
    assert_true(refused > 1000);
}

static void the_locale_makes_no_difference(void **state) {
    static const char *const names[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"};
    const struct form forms[] = {{hf_any_double(1.5), "1.5"}};
    const char *set = NULL;
    (void)state;
    for (size_t i = 0; i < 3 && !set; i++) { /* where one of them is installed */
        set = setlocale(LC_ALL, names[i]);
    }
    ASSERT_FORMS(forms);
    (void)setlocale(LC_ALL, "C");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_have_one_form),
        cmocka_unit_test(nested_values_have_one_form),
        cmocka_unit_test(whatever_json_allows_is_read),
        cmocka_unit_test(a_text_that_is_no_json_is_refused_with_the_place),
        cmocka_unit_test(a_value_that_cannot_be_is_refused),
        cmocka_unit_test(an_integer_that_no_double_holds_is_refused),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(an_integer_of_any_size_comes_back),
        cmocka_unit_test(a_value_that_is_none_is_not_written),
        cmocka_unit_test(any_value_comes_back),
        cmocka_unit_test(broken_texts_do_no_harm),
        cmocka_unit_test(the_locale_makes_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
