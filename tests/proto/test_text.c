/* SPDX-License-Identifier: MIT
 *
 * text: pieces are put together, and cut when the text is full.
 */
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void pieces_are_put_together(void **state) {
    char bytes[32];
    struct text text = text_in(bytes, sizeof bytes);
    (void)state;

    text_join(&text, ", ", "");
    text_join(&text, ", ", "one");
    text_join(&text, ", ", "");
    text_join(&text, ", ", "two");
    text_add(&text, " of %d", 3);

    assert_string_equal(bytes, "one, two of 3");
    assert_int_equal(text.len, 13);
}

static void a_full_text_is_cut_after_a_character_and_takes_no_more(void **state) {
    char bytes[8];
    struct text text = text_in(bytes, sizeof bytes);
    (void)state;

    text_add(&text, "12345%s", "\u20ac");
    text_add(&text, "6");

    assert_string_equal(bytes, "12345");
    assert_int_equal(text.len, 5);
}

static void a_text_may_be_filled_to_its_last_byte(void **state) {
    char bytes[6];
    struct text text = text_in(bytes, sizeof bytes);
    (void)state;

    text_add(&text, "ab");
    text_add(&text, "\u20ac");
    text_add(&text, "c");

    assert_string_equal(bytes, "ab\u20ac");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_put_together),
        cmocka_unit_test(a_full_text_is_cut_after_a_character_and_takes_no_more),
        cmocka_unit_test(a_text_may_be_filled_to_its_last_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
