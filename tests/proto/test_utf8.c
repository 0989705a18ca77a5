/* SPDX-License-Identifier: MIT
 *
 * utf8: valid and invalid bytes.
 */
#include "utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A string literal with its length, which may have NUL in it. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static const struct {
    const char *bytes;
    size_t len;
    bool valid;
} texts[] = {
    {BYTES(""), true},
    {BYTES("plain"), true},
    {BYTES("\x00"), true},
    {BYTES("\x7f"), true},
    {BYTES("\x80"), false}, /* a continuation without its beginning */
    {BYTES("a\xbf"), false},
    {BYTES("\xc0\x80"), false}, /* overlong NUL */
    {BYTES("\xc1\xbf"), false},
    {BYTES("\xc2\x80"), true}, /* U+0080 */
    {BYTES("\xc2"), false},
    {BYTES("\xc2\x7f"), false},
    {BYTES("\xc2\xc0"), false},
    {BYTES("\xdf\xbf"), true}, /* U+07FF */
    {BYTES("\xe0\x9f\xbf"), false},
    {BYTES("\xe0\xa0\x80"), true}, /* U+0800 */
    {BYTES("\xe2\x82\xac"), true}, /* the euro sign */
    {BYTES("\xe2\x82"), false},
    {BYTES("\xe2\x28\xa1"), false},
    {BYTES("\xe2\x82\x28"), false},
    {BYTES("\xed\x9f\xbf"), true},  /* U+D7FF */
    {BYTES("\xed\xa0\x80"), false}, /* the first surrogate */
    {BYTES("\xed\xbf\xbf"), false}, /* the last */
    {BYTES("\xee\x80\x80"), true},  /* U+E000 */
    {BYTES("\xef\xbf\xbf"), true},  /* U+FFFF */
    {BYTES("\xf0\x8f\xbf\xbf"), false},
    {BYTES("\xf0\x90\x80\x80"), true}, /* U+10000 */
    {BYTES("\xf0\x9f\x98\x80"), true},
    {BYTES("\xf0\x9f\x98"), false},
    {BYTES("\xf0\x9f\x98\x28"), false},
    {BYTES("\xf4\x8f\xbf\xbf"), true}, /* U+10FFFF */
    {BYTES("\xf4\x90\x80\x80"), false},
    {BYTES("\xf5\x80\x80\x80"), false},
    {BYTES("\xf8\x88\x80\x80\x80"), false},
    {BYTES("\xfe"), false},
    {BYTES("\xff"), false},
    {BYTES("good \xe2\x82\xac and bad \xe2\x82"), false},
    {BYTES("eight, a\x80"), false},
    {BYTES("eight, \x80"), false},
    {BYTES("more than eight \xe2\x82\xac, and more"), true},
};

static void utf8_is_what_rfc_3629_says(void **state) {
    (void)state;
    assert_true(utf8_valid(NULL, 0)); /* as protobuf-c has an empty one */
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (utf8_valid((const uint8_t *)texts[i].bytes, texts[i].len) != texts[i].valid) {
            print_error("row %zu\n", i);
            fail();
        }
    }
}

static void a_text_is_cut_where_a_character_ends(void **state) {
    static const struct {
        const char *text;
        size_t size;
        const char *copy;
    } rows[] = {
        {"", 1, ""},           {"whole", 6, "whole"},  {"ab\u20ac", 6, "ab\u20ac"},
        {"ab\u20ac", 5, "ab"}, {"ab\u20acd", 5, "ab"}, {"ab\u20acd", 6, "ab\u20ac"},
        {"\U0001f600", 4, ""}, {"ab\xe2", 4, "ab?"},   {"\x80\x80\x80\x80\x80", 5, "????"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char copy[8];
        utf8_copy(copy, rows[i].size, rows[i].text);
        assert_string_equal(copy, rows[i].copy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_cut_where_a_character_ends),
        cmocka_unit_test(utf8_is_what_rfc_3629_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
