/* SPDX-License-Identifier: MIT
 *
 * Words to values, and refused words.
 */
#include "any_json.h"
#include "parse.h"
#include "print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static Hf__Any *parsed(const char *word, enum parse_as as) {
    struct fault fault = {""};
    Hf__Any *any = parse_word(word, as, &fault);
    if (!any) {
        fail_msg("%s: %s", word, fault.text);
    }
    return any;
}

/* A word is of this kind, and is printed as `json`. */
struct value_row {
    const char *word;
    Hf__Any__KindCase kind;
    const char *json;
};

static void assert_become(const struct value_row *rows, size_t count, enum parse_as as) {
    for (size_t i = 0; i < count; i++) {
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);

        Hf__Any *any = parsed(rows[i].word, as);
        print_json_line(out, any_json(any));
        (void)fclose(out);
        text[len - 1] = 0;

        if (any->kind_case != rows[i].kind || strcmp(text, rows[i].json) != 0) {
            fail_msg("%s became %s", rows[i].word, text);
        }
        free(text);
        hf__any__free_unpacked(any, NULL);
    }
}

#define ASSERT_BECOME(rows, as) assert_become(rows, sizeof(rows) / sizeof(rows)[0], as)

static void words_become_values(void **state) {
    (void)state;
    static const struct value_row rows[] = {
        {"5", HF__ANY__KIND_INT, "5"},
        {"-9223372036854775808", HF__ANY__KIND_INT, "-9223372036854775808"},
        {"2.5", HF__ANY__KIND_DOUBLE, "2.5"},
        {"0.1", HF__ANY__KIND_DOUBLE, "0.1"},
        {"0.30000000000000004", HF__ANY__KIND_DOUBLE, "0.30000000000000004"},
        {"1.0", HF__ANY__KIND_DOUBLE, "1.0"},
        {"{\"$double\":1.10}", HF__ANY__KIND_DOUBLE, "1.1"},
        {"{\"$double\":1e5}", HF__ANY__KIND_DOUBLE, "100000.0"},
        {"{\"$double\":3}", HF__ANY__KIND_DOUBLE, "3.0"},
        {"true", HF__ANY__KIND_BOOL, "true"},
        {"false", HF__ANY__KIND_BOOL, "false"},
        {"null", HF__ANY__KIND__NOT_SET, "null"},
        {"\"5\"", HF__ANY__KIND_STRING, "\"5\""},
        {"\"a\\u0000b\"", HF__ANY__KIND_STRING, "\"a\\u0000b\""},
        {"red", HF__ANY__KIND_STRING, "\"red\""},
        {"", HF__ANY__KIND_STRING, "\"\""},
        {"1 2", HF__ANY__KIND_STRING, "\"1 2\""},
        {"007", HF__ANY__KIND_STRING, "\"007\""},
        {"{broken", HF__ANY__KIND_STRING, "\"{broken\""},
        {"{\"broken", HF__ANY__KIND_STRING, "\"{\\\"broken\""},
        {"{\"", HF__ANY__KIND_STRING, "\"{\\\"\""},
        {"{$x", HF__ANY__KIND_STRING, "\"{$x\""},
        {"@", HF__ANY__KIND_STRING, "\"@\""},
        {"[1,[\"a\",null]]", HF__ANY__KIND_LIST, "[1,[\"a\",null]]"},
        {"[]", HF__ANY__KIND_LIST, "[]"},
        {"{\"a\":{\"b\":1}}", HF__ANY__KIND_MAP, "{\"a\":{\"b\":1}}"},
        {"{\"$bytes\":\"AAEC\"}", HF__ANY__KIND_BYTES, "{\"$bytes\":\"AAEC\"}"},
        {"{\"$bytes\":\"AAE=\"}", HF__ANY__KIND_BYTES, "{\"$bytes\":\"AAE=\"}"},
        {"{\"$bytes\":\"AA==\"}", HF__ANY__KIND_BYTES, "{\"$bytes\":\"AA==\"}"},
        {"{\"$bytes\":\"\"}", HF__ANY__KIND_BYTES, "{\"$bytes\":\"\"}"},
        {"{\"$ref\":7}", HF__ANY__KIND_REF, "{\"$ref\":7}"},
        {"{\"$ref\":\"18446744073709551615\"}", HF__ANY__KIND_REF,
         "{\"$ref\":\"18446744073709551615\"}"},
        {"{\"$double\":\"nan\"}", HF__ANY__KIND_DOUBLE, "{\"$double\":\"nan\"}"},
        {"{\"$double\":\"-inf\"}", HF__ANY__KIND_DOUBLE, "{\"$double\":\"-inf\"}"},
        {"{\"$map\":[[1,2],[null,[3]]]}", HF__ANY__KIND_MAP, "{\"$map\":[[1,2],[null,[3]]]}"},
        {"{\"$other\":1}", HF__ANY__KIND_MAP, "{\"$map\":[[\"$other\",1]]}"},
        {"{\"$ref\":1,\"b\":2}", HF__ANY__KIND_MAP, "{\"$map\":[[\"$ref\",1],[\"b\",2]]}"},
        {"{\"$tuple\":[]}", HF__ANY__KIND_TUPLE, "{\"$tuple\":[]}"},
        {"{\"$tuple\":[1,[2],{\"$tuple\":[\"a\"]}]}", HF__ANY__KIND_TUPLE,
         "{\"$tuple\":[1,[2],{\"$tuple\":[\"a\"]}]}"},
        {"{\"$map\":[[{\"$tuple\":[1,2]},3]]}", HF__ANY__KIND_MAP,
         "{\"$map\":[[{\"$tuple\":[1,2]},3]]}"},
        {"{\"$tuple\":[],\"b\":2}", HF__ANY__KIND_MAP, "{\"$map\":[[\"$tuple\",[]],[\"b\",2]]}"},
        {"{\"$opaque\":\"t\",\"bytes\":\"AAE=\"}", HF__ANY__KIND_OPAQUE,
         "{\"$opaque\":\"t\",\"bytes\":\"AAE=\"}"},
        {"{\"refs\":[7,\"18446744073709551615\",9223372036854775808],\"equals\":\"\",\"bytes\":"
         "\"\","
         "\"$opaque\":\"é/x\"}",
         HF__ANY__KIND_OPAQUE,
         "{\"$opaque\":\"é/x\",\"bytes\":\"\",\"equals\":\"\",\"refs\":[7,"
         "\"18446744073709551615\",\"9223372036854775808\"]}"},
        {"{\"$opaque\":\"t\",\"bytes\":\"\",\"refs\":[]}", HF__ANY__KIND_OPAQUE,
         "{\"$opaque\":\"t\",\"bytes\":\"\"}"},
        {"{\"$ref\":18446744073709551615}", HF__ANY__KIND_REF,
         "{\"$ref\":\"18446744073709551615\"}"},
        {"{\"$double\":99999999999999999999}", HF__ANY__KIND_DOUBLE, "1e20"},
    };
    ASSERT_BECOME(rows, PARSE_VALUE);
    ASSERT_BECOME(rows, PARSE_STORED);
}

static void integers_have_any_size(void **state) {
    (void)state;
    static const struct value_row rows[] = {
        {"9223372036854775807", HF__ANY__KIND_INT, "9223372036854775807"},
        {"9223372036854775808", HF__ANY__KIND_BIG, "9223372036854775808"},
        {"-9223372036854775808", HF__ANY__KIND_INT, "-9223372036854775808"},
        {"-9223372036854775809", HF__ANY__KIND_BIG, "-9223372036854775809"},
        {"18446744073709551616", HF__ANY__KIND_BIG, "18446744073709551616"},
        {"-18446744073709551616", HF__ANY__KIND_BIG, "-18446744073709551616"},
        {"100000000000000000000000000000000000000000", HF__ANY__KIND_BIG,
         "100000000000000000000000000000000000000000"},
        {"{\"$big\":\"99999999999999999999\"}", HF__ANY__KIND_BIG, "99999999999999999999"},
        {"{\"$big\":\"0x10000000000000000\"}", HF__ANY__KIND_BIG, "18446744073709551616"},
        {"{\"$big\":\"-0xFFFFffffFFFFffff\"}", HF__ANY__KIND_BIG, "-18446744073709551615"},
        {"{\"$big\":\"0x8000000000000000\"}", HF__ANY__KIND_BIG, "9223372036854775808"},
        {"{\"$big\":\"-0x8000000000000000\"}", HF__ANY__KIND_INT, "-9223372036854775808"},
        {"{\"$big\":\"-5\"}", HF__ANY__KIND_INT, "-5"},
        {"{\"$big\":\"-0\"}", HF__ANY__KIND_INT, "0"},
        {"[1,99999999999999999999,-99999999999999999999]", HF__ANY__KIND_LIST,
         "[1,99999999999999999999,-99999999999999999999]"},
        {"[99999999999999999999,\"99999999999999999999\"]", HF__ANY__KIND_LIST,
         "[99999999999999999999,\"99999999999999999999\"]"},
        {"[\"\\\" 99999999999999999999 \\\\\",99999999999999999999]", HF__ANY__KIND_LIST,
         "[\"\\\" 99999999999999999999 \\\\\",99999999999999999999]"},
        {"[true,99999999999999999999,{\"a\":false}]", HF__ANY__KIND_LIST,
         "[true,99999999999999999999,{\"a\":false}]"},
        {"[99999999999999999999,99999999999999999999.0]", HF__ANY__KIND_LIST,
         "[99999999999999999999,1e20]"},
        {"{\"a\": 99999999999999999999}", HF__ANY__KIND_MAP, "{\"a\":99999999999999999999}"},
        {"{\"$map\":[[99999999999999999999,\"{\\\"$big\\\":\\\"5\\\"}\"]]}", HF__ANY__KIND_MAP,
         "{\"$map\":[[99999999999999999999,\"{\\\"$big\\\":\\\"5\\\"}\"]]}"},
        {"{\"$map\":[[\"$big\",\"5\"]]}", HF__ANY__KIND_MAP, "{\"$map\":[[\"$big\",\"5\"]]}"},
        {"{\"$big\":\"5\",\"b\":1}", HF__ANY__KIND_MAP, "{\"$map\":[[\"$big\",\"5\"],[\"b\",1]]}"},
    };
    ASSERT_BECOME(rows, PARSE_VALUE);
}

/* The largest that are written in decimal, and the least that are not. */
static void integers_of_many_digits_are_hexadecimal(void **state) {
    enum { HEX_DIGITS = 2 * 4096 };
    char hex[HEX_DIGITS + 64];
    char digits[10100];
    struct fault fault = {""};
    (void)state;

    int head = snprintf(hex, sizeof hex, "{\"$big\":\"0x");
    memset(hex + head, 'f', HEX_DIGITS);
    hex[head] = '7';
    (void)strcpy(hex + head + HEX_DIGITS, "\"}");
    Hf__Any *any = parsed(hex, PARSE_VALUE);
    assert_int_equal(any->big.len, 4096);
    char *text = print_json_text(any_json(any));
    assert_int_equal(strlen(text), 9864);
    assert_int_equal(strspn(text, "0123456789"), 9864);
    Hf__Any *again = parsed(text, PARSE_VALUE);
    assert_int_equal(again->big.len, 4096);
    assert_memory_equal(again->big.data, any->big.data, 4096);
    free(text);
    hf__any__free_unpacked(again, NULL);
    hf__any__free_unpacked(any, NULL);

    hex[head] = '8';
    any = parsed(hex, PARSE_VALUE);
    assert_int_equal(any->big.len, 4097);
    text = print_json_text(any_json(any));
    assert_string_equal(text, hex);
    free(text);
    hf__any__free_unpacked(any, NULL);

    memset(digits, '9', 9864); /* no more digits, and yet more bytes */
    digits[9864] = 0;
    assert_null(parse_word(digits, PARSE_VALUE, &fault));
    assert_non_null(strstr(fault.text, "at most 4096 bytes"));
    memset(digits, '1', sizeof digits - 1);
    digits[sizeof digits - 1] = 0;
    assert_null(parse_word(digits, PARSE_VALUE, &fault));
    assert_non_null(strstr(fault.text, "--text"));
    any = parsed(digits, PARSE_TEXT);
    assert_int_equal(any->string.len, sizeof digits - 1);
    hf__any__free_unpacked(any, NULL);
}

/* A number, true, false or null comes back letter for letter, or the word is text. */
static void words_that_would_come_back_otherwise_are_text(void **state) {
    (void)state;
    static const char *const words[] = {
        "1.10",
        "1e3",
        "1e5",
        "1E5",
        "12e4567",
        "1e400",
        "-1e400",
        "0.10",
        "1.50",
        "-0",
        "+5",
        "007",
        "1.",
        ".5",
        "0x10",
        "5 ",
        " 5",
        " true",
        "null\n",
        "TRUE",
        " 99999999999999999999",
        "99999999999999999999 ",
        "+99999999999999999999",
        "099999999999999999999",
        "x99999999999999999999",
        "99999999999999999999 1",
        "99999999999999999999-1",
        "--99999999999999999999",
        "0.1000000000000000055",
        "nan",
        "inf",
        "-",
        "--",
        "@",
        "@home",
        "@/nowhere/at/all",
        "1,5",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        Hf__Any *any = parsed(words[i], PARSE_VALUE);

        if (any->kind_case != HF__ANY__KIND_STRING || any->string.len != strlen(words[i]) ||
            memcmp(any->string.data, words[i], any->string.len) != 0) {
            fail_msg("'%s' did not become that text", words[i]);
        }
        hf__any__free_unpacked(any, NULL);
    }
}

/* In a place for numbers, any way to write one is good. */
static void numbers_are_numbers_where_nothing_else_can_be(void **state) {
    (void)state;
    static const struct value_row rows[] = {
        {"1.10", HF__ANY__KIND_DOUBLE, "1.1"},
        {"1e3", HF__ANY__KIND_DOUBLE, "1000.0"},
        {"-0", HF__ANY__KIND_INT, "0"},
        {"7", HF__ANY__KIND_INT, "7"},
        {"true", HF__ANY__KIND_BOOL, "true"},
        {"007", HF__ANY__KIND_STRING, "\"007\""},
        {"-", HF__ANY__KIND_STRING, "\"-\""}, /* the manager takes it, or refuses it: */
        {"9223372036854775808", HF__ANY__KIND_BIG, "9223372036854775808"},
    };
    ASSERT_BECOME(rows, PARSE_NUMBER);
    struct fault fault = {""};
    assert_null(parse_word("1e400", PARSE_NUMBER, &fault));
    assert_non_null(strstr(fault.text, "does not fit"));
}

static void text_is_text_whatever_it_looks_like(void **state) {
    (void)state;
    static const char *const words[] = {
        "5",       "null",         "\"5\"", "[1]", "{\"$ref\":0}",
        "-",       "@x",           "",      "1e5", "{\"$bytes\":\"AAEC\"}",
        "[1,[[[[", "{\"$tuple\":["};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        Hf__Any *any = parsed(words[i], PARSE_TEXT);

        assert_int_equal(any->kind_case, HF__ANY__KIND_STRING);
        assert_int_equal(any->string.len, strlen(words[i]));
        assert_memory_equal(any->string.data, words[i], any->string.len);
        hf__any__free_unpacked(any, NULL);
    }
}

static void words_that_cannot_be_values_are_refused(void **state) {
    (void)state;
    static const char *const words[] = {
        "{\"$",
        "{\"$tuple\":[\"x\"",
        "{\"$tuple\":[x]}",
        "{\"$big\":\"5\"} ,",
        "[99999999999999999999,1e400]",
        " {\"a\":1e400}",
        "{\"$tuple\":1}",
        "{\"$tuple\":[{\"$ref\":0}]}",
        "{\"$big\":5}",
        "{\"$big\":\"\"}",
        "{\"$big\":\"-\"}",
        "{\"$big\":\"5x\"}",
        "{\"$big\":\"0x\"}",
        "{\"$big\":\"0x5g\"}",
        "{\"$big\":\"0x5\\u0000\"}",
        "{\"$big\":\"--5\"}",
        "{\"$opaque\":\"t\"}",
        "{\"$opaque\":5,\"bytes\":\"\"}",
        "{\"$opaque\":\"t\",\"bytes\":\"A\"}",
        "{\"$opaque\":\"t\",\"bytes\":\"\",\"equals\":null}",
        "{\"$opaque\":\"t\",\"bytes\":\"\",\"refs\":7}",
        "{\"$opaque\":\"t\",\"bytes\":\"\",\"refs\":[0]}",
        "{\"$opaque\":\"t\",\"bytes\":\"\",\"ref\":[7]}",
        "{\"$bytes\":\"A\"}",
        "{\"$bytes\":\"A*==\"}",
        "{\"$bytes\":5}",
        "{\"$ref\":\"x\"}",
        "{\"$ref\":0}",
        "{\"$ref\":-1}",
        "{\"$double\":\"much\"}",
        "{\"$double\":\"1e5\"}",
        "{\"$double\":true}",
        "{\"$map\":5}",
        "{\"$map\":[[1]]}",
        "{\"$map\":[1]}",
        "{\"$map\":[[1,{\"$ref\":0}]]}",
        "[1,{\"a\":{\"$ref\":0}}]",
        "@/nowhere/at/all",
        "@/",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct fault fault = {""};

        Hf__Any *any = parse_word(words[i], PARSE_STORED, &fault);

        if (any) {
            fail_msg("%s was accepted", words[i]);
        }
        assert_true(fault.text[0]);
    }
}

static void values_nest_32_deep_and_no_deeper(void **state) {
    (void)state;
    struct fault fault = {""};
    char word[2 * 33 + 1];

    memset(word, '[', 32);
    memset(word + 32, ']', 32);
    word[64] = 0;
    hf__any__free_unpacked(parsed(word, PARSE_VALUE), NULL);

    memset(word, '[', 33);
    memset(word + 33, ']', 33);
    word[66] = 0;
    assert_null(parse_word(word, PARSE_VALUE, &fault));
}

static void a_file_is_bytes(void **state) {
    (void)state;
    char path[] = "/tmp/holdfast_test_XXXXXX";
    char word[sizeof path + 1];
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "a\0b\n", 4), 4);
    (void)close(fd);
    (void)snprintf(word, sizeof word, "@%s", path);

    Hf__Any *any = parsed(word, PARSE_STORED);

    assert_int_equal(any->kind_case, HF__ANY__KIND_BYTES);
    assert_int_equal(any->bytes.len, 4);
    assert_memory_equal(any->bytes.data, "a\0b\n", 4);
    hf__any__free_unpacked(any, NULL);
    (void)unlink(path);
}

static const Hf__Item *item_of(const Hf__AnyMap *map, size_t index) {
    assert_non_null(map);
    assert_true(index < map->n_items);
    return map->items[index];
}

static void items_are_pairs_or_objects(void **state) {
    (void)state;
    static const char *const wrong[] = {"plain",        "a=[1e400]",         "[1]",
                                        "{\"$ref\":1}", "{\"$map\":[[1,2]]", "a={\"$ref\""};
    struct fault fault = {""};

    Hf__AnyMap *map = parse_items("a=b=c", false, &fault);
    assert_memory_equal(item_of(map, 0)->key->string.data, "a", 1);
    assert_memory_equal(item_of(map, 0)->value->string.data, "b=c", 3);
    hf__any_map__free_unpacked(map, NULL);
    map = parse_items("1=", false, &fault);
    assert_int_equal(item_of(map, 0)->key->int_, 1);
    assert_int_equal(item_of(map, 0)->value->string.len, 0);
    hf__any_map__free_unpacked(map, NULL);

    map = parse_items("{\"a\":1,\"b\":2}", false, &fault);
    assert_int_equal(item_of(map, 1)->value->int_, 2);
    assert_int_equal(map->n_items, 2);
    hf__any_map__free_unpacked(map, NULL);

    /* A version is no number, and a file is not read. */
    map = parse_items("1.10=@/nowhere", false, &fault);
    assert_memory_equal(item_of(map, 0)->key->string.data, "1.10", 4);
    assert_memory_equal(item_of(map, 0)->value->string.data, "@/nowhere", 9);
    hf__any_map__free_unpacked(map, NULL);
    map = parse_items("{5=[1]", true, &fault);
    assert_memory_equal(item_of(map, 0)->key->string.data, "{5", 2);
    assert_memory_equal(item_of(map, 0)->value->string.data, "[1]", 3);
    hf__any_map__free_unpacked(map, NULL);

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_null(parse_items(wrong[i], false, &fault));
    }

    /* A fault within a JSON object is told as it is. */
    assert_null(parse_items("{\"a\":{\"$bytes\":\"A*==\"}}", false, &fault));
    assert_string_equal(fault.text, "$bytes takes base64, at byte 5 of the JSON (to store it as "
                                    "text: --text)");
}

static void times_have_units_and_are_rounded_up(void **state) {
    (void)state;
    static const struct {
        const char *word;
        int64_t ms;
    } rows[] = {
        {"0", 0},        {"5", 5000}, {"2.5s", 2500}, {"100ms", 100},  {"1m", 60000},
        {"1h", 3600000}, {".5", 500}, {"0.0001", 1},  {"forever", -1}, {"0ms", 0},
    };
    static const char *const wrong[] = {"",
                                        "-1",
                                        "5x",
                                        "ms",
                                        "1e3",
                                        "nan",
                                        "inf",
                                        "1..5",
                                        " 5",
                                        "5 s",
                                        "0x5",
                                        "1e300",
                                        "99999999999999999"};
    int64_t ms = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(parse_timeout(rows[i].word, &ms));
        assert_int_equal(ms, rows[i].ms);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (parse_timeout(wrong[i], &ms)) {
            fail_msg("'%s' was taken for a time", wrong[i]);
        }
    }
}

static void numbers_outside_their_range_are_refused(void **state) {
    (void)state;
    int64_t whole = 0;
    uint64_t natural = 0;
    bool truth = false;
    assert_true(parse_signed("-5", -5, 5, &whole));
    assert_false(parse_signed("6", -5, 5, &whole));
    assert_false(parse_signed("5x", -5, 5, &whole));
    assert_false(parse_signed("", -5, 5, &whole));
    assert_false(parse_signed("99999999999999999999", INT64_MIN, INT64_MAX, &whole));
    assert_true(parse_unsigned("18446744073709551615", UINT64_MAX, &natural));
    assert_false(parse_unsigned("-1", UINT64_MAX, &natural));
    assert_false(parse_unsigned("6", 5, &natural));
    assert_true(parse_bool("false", &truth));
    assert_false(parse_bool("no", &truth));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_become_values),
        cmocka_unit_test(integers_have_any_size),
        cmocka_unit_test(integers_of_many_digits_are_hexadecimal),
        cmocka_unit_test(words_that_would_come_back_otherwise_are_text),
        cmocka_unit_test(numbers_are_numbers_where_nothing_else_can_be),
        cmocka_unit_test(text_is_text_whatever_it_looks_like),
        cmocka_unit_test(words_that_cannot_be_values_are_refused),
        cmocka_unit_test(values_nest_32_deep_and_no_deeper),
        cmocka_unit_test(a_file_is_bytes),
        cmocka_unit_test(items_are_pairs_or_objects),
        cmocka_unit_test(times_have_units_and_are_rounded_up),
        cmocka_unit_test(numbers_outside_their_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
