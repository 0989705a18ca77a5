/* SPDX-License-Identifier: MIT
 *
 * Integers of any size: forms, order, and doubles as integers.
 */
#include "big.h"
#include "seeded.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The bytes of a literal, without its NUL. */
#define BIG(text)                                                                                  \
    { (const uint8_t *)(text), sizeof(text) - 1 }

static void assert_same(struct big big, struct big expected) {
    assert_int_equal(big.len, expected.len);
    if (expected.len > 0) {
        assert_memory_equal(big.bytes, expected.bytes, expected.len);
    }
}

static void bytes_that_only_repeat_the_sign_are_left_out(void **state) {
    static const struct {
        struct big given, shortest;
    } rows[] = {
        {{NULL, 0}, {NULL, 0}},
        {BIG("\0"), {NULL, 0}},
        {BIG("\0\0\0"), {NULL, 0}},
        {BIG("\1\0\0"), BIG("\1")},
        {BIG("\x7f\0"), BIG("\x7f")},
        {BIG("\x80\0"), BIG("\x80\0")}, /* 128: without the zero it would be -128 */
        {BIG("\x80\0\0"), BIG("\x80\0")},
        {BIG("\xff"), BIG("\xff")}, /* -1 */
        {BIG("\xff\xff\xff"), BIG("\xff")},
        {BIG("\x80\xff"), BIG("\x80")},
        {BIG("\x7f\xff"), BIG("\x7f\xff")},
        {BIG("\0\xff"), BIG("\0\xff")},
        {BIG("\0\0\0\0\0\0\0\0\1\0"), BIG("\0\0\0\0\0\0\0\0\1")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_same(big_shorten(rows[i].given), rows[i].shortest);
    }
}

static void small_ones_are_ints(void **state) {
    static const struct {
        struct big big;
        int64_t integer;
    } rows[] = {
        {{NULL, 0}, 0},
        {BIG("\0\0"), 0},
        {BIG("\1"), 1},
        {BIG("\xff"), -1},
        {BIG("\x80\0"), 128},
        {BIG("\x80"), -128},
        {BIG("\0\1"), 256},
        {BIG("\xff\xff\xff\xff\xff\xff\xff\x7f"), INT64_MAX},
        {BIG("\xff\xff\xff\xff\xff\xff\xff\x7f\0\0\0"), INT64_MAX},
        {BIG("\0\0\0\0\0\0\0\x80"), INT64_MIN},
        {BIG("\0\0\0\0\0\0\0\x80\xff\xff"), INT64_MIN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t integer = 7;
        assert_true(big_to_int(rows[i].big, &integer));
        assert_int_equal(integer, rows[i].integer);
        assert_false(big_is_canonical(rows[i].big));
    }
}

static void only_the_shortest_form_of_what_is_no_int_is_canonical(void **state) {
    static const struct big canonical[] = {
        BIG("\0\0\0\0\0\0\0\x80\0"),                 /* 2^63 */
        BIG("\xff\xff\xff\xff\xff\xff\xff\x7f\xff"), /* -2^63 - 1 */
        BIG("\0\0\0\0\0\0\0\0\1"),                   /* 2^64 */
        BIG("\0\0\0\0\0\0\0\0\xff"),                 /* -2^64 */
    };
    static const struct big other[] = {
        BIG("\0\0\0\0\0\0\0\x80\0\0"),
        BIG("\0\0\0\0\0\0\0\0\1\0"),
        BIG("\0\0\0\0\0\0\0\0\xff\xff"),
        BIG("\1\0\0\0\0\0\0\0\0"),
        BIG("\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
    };
    int64_t integer = 7;
    (void)state;
    for (size_t i = 0; i < sizeof canonical / sizeof canonical[0]; i++) {
        assert_true(big_is_canonical(canonical[i]));
        assert_false(big_to_int(canonical[i], &integer));
    }
    assert_int_equal(integer, 7);
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        assert_false(big_is_canonical(other[i]));
    }
}

static void order_is_that_of_the_numbers(void **state) {
    static const struct big ascending[] = {
        BIG("\0\0\0\0\0\0\0\0\0\xff"),               /* -2^72 */
        BIG("\xff\xff\xff\xff\xff\xff\xff\xff\xfe"), /* -2^64 - 1 */
        BIG("\0\0\0\0\0\0\0\0\xff"),                 /* -2^64 */
        BIG("\1\0\0\0\0\0\0\0\xff"),                 /* -2^64 + 1 */
        BIG("\xff\xff\xff\xff\xff\xff\xff\x7f\xff"), /* -2^63 - 1 */
        BIG("\0\0\0\0\0\0\0\x80\0"),                 /* 2^63 */
        BIG("\xff\xff\xff\xff\xff\xff\xff\xff\0"),   /* 2^64 - 1 */
        BIG("\0\0\0\0\0\0\0\0\1"),                   /* 2^64 */
        BIG("\0\0\0\0\0\0\0\1\1"),
        BIG("\0\0\0\0\0\0\0\0\0\1"), /* 2^72 */
    };
    (void)state;
    for (size_t i = 0; i < sizeof ascending / sizeof ascending[0]; i++) {
        assert_true(big_is_canonical(ascending[i]));
        for (size_t k = 0; k < sizeof ascending / sizeof ascending[0]; k++) {
            int order = big_compare(ascending[i], ascending[k]);
            assert_int_equal(order < 0 ? -1 : order > 0, i < k ? -1 : i > k);
        }
    }
}

/* ---- doubles ---- */

static void whole_doubles_become_integers(void **state) {
    static const struct {
        double real;
        struct big big;
    } rows[] = {
        {0x1p63, BIG("\0\0\0\0\0\0\0\x80\0")},
        {-0x1p63, BIG("\0\0\0\0\0\0\0\x80")}, /* an int64 after all */
        {0x1p64, BIG("\0\0\0\0\0\0\0\0\1")},
        {-0x1p64, BIG("\0\0\0\0\0\0\0\0\xff")},
        {0x1.8p64, BIG("\0\0\0\0\0\0\0\x80\1")},
        {-0x1.8p64, BIG("\0\0\0\0\0\0\0\x80\xfe")},
        {0x1.fffffffffffffp63, BIG("\0\xf8\xff\xff\xff\xff\xff\xff\0")},
        {-0x1.0000000000001p63, BIG("\0\xf8\xff\xff\xff\xff\xff\x7f\xff")},
        {1e20, BIG("\0\0\x10\x63\x2d\x5e\xc7\x6b\5")},
        {-1e20, BIG("\0\0\xf0\x9c\xd2\xa1\x38\x94\xfa")},
    };
    uint8_t bytes[BIG_OF_DOUBLE_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_same(big_of_double(rows[i].real, bytes), rows[i].big);
    }
}

static void the_largest_doubles_have_129_bytes(void **state) {
    uint8_t bytes[BIG_OF_DOUBLE_BYTES];
    (void)state;

    struct big big = big_of_double(0x1.fffffffffffffp1023, bytes);
    assert_int_equal(big.len, BIG_OF_DOUBLE_BYTES);
    assert_true(big_is_canonical(big) && !big_is_negative(big));
    for (size_t i = 0; i < big.len; i++) {
        assert_int_equal(big.bytes[i], i < 121 ? 0 : i == 121 ? 0xf8 : i < 128 ? 0xff : 0);
    }

    big = big_of_double(-0x1p1023, bytes);
    assert_int_equal(big.len, BIG_OF_DOUBLE_BYTES - 1);
    assert_true(big_is_canonical(big) && big_is_negative(big));

    big = big_of_double(1e308, bytes);
    assert_int_equal(big.len, BIG_OF_DOUBLE_BYTES);
    assert_int_equal(big.bytes[127], 0x8e);
}

static double value_of(struct big big) {
    double real = big_is_negative(big) ? -1 : 0;
    for (size_t i = big.len; i > 0; i--) {
        real = real * 256 + big.bytes[i - 1];
    }
    return real;
}

/* In no more than 53 bits, each step of value_of() is exact for what is not negative. */
static void doubles_come_back(void **state) {
    struct seeded dice = {7};
    (void)state;
    for (int round = 0; round < 3000; round++) {
        uint8_t bytes[BIG_OF_DOUBLE_BYTES];
        uint8_t negative[BIG_OF_DOUBLE_BYTES];
        double digits = (double)((seeded_next(&dice) >> 11) | (uint64_t)1 << 52);
        double real = ldexp(digits, 11 + (int)seeded_below(&dice, 961));

        struct big big = big_of_double(real, bytes);
        struct big minus = big_of_double(-real, negative);

        assert_true(big_is_canonical(big) && big_is_canonical(minus));
        assert_true(value_of(big) == real);
        assert_true(big_is_negative(minus));
        unsigned carry = 0; /* the two add up to 0 */
        for (size_t i = 0; i < minus.len && i < big.len; i++) {
            carry += big.bytes[i] + minus.bytes[i];
            assert_int_equal(carry & 0xff, 0);
            carry >>= 8;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_only_repeat_the_sign_are_left_out),
        cmocka_unit_test(small_ones_are_ints),
        cmocka_unit_test(only_the_shortest_form_of_what_is_no_int_is_canonical),
        cmocka_unit_test(order_is_that_of_the_numbers),
        cmocka_unit_test(whole_doubles_become_integers),
        cmocka_unit_test(the_largest_doubles_have_129_bytes),
        cmocka_unit_test(doubles_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
