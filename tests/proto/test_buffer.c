/* SPDX-License-Identifier: MIT
 *
 * buffer: bytes leave in the order in which they came, whatever moves and grows between.
 */
#include "buffer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void bytes_leave_in_the_order_in_which_they_came(void **state) {
    struct buffer buffer = {0};
    uint8_t in = 0, out = 0;
    (void)state;

    for (size_t round = 1; round < 200; round++) {
        for (size_t i = 0; i < 3 * round; i++, in++) {
            assert_true(buffer_append(&buffer, &in, 1));
        }
        for (size_t i = 0; i < 2 * round; i++, out++) {
            assert_int_equal(*buffer_front(&buffer), out);
            buffer_consume(&buffer, 1);
        }
    }
    assert_int_equal(buffer_len(&buffer), 199 * 200 / 2);
    assert_true(buffer.capacity < 4 * buffer_len(&buffer));
    buffer_fini(&buffer);
}

static void an_empty_buffer_keeps_little_memory(void **state) {
    struct buffer buffer = {0};
    (void)state;

    assert_non_null(buffer_reserve(&buffer, 1 << 20));
    buffer_clear(&buffer);
    assert_int_equal(buffer.capacity, 0);
    assert_non_null(buffer_reserve(&buffer, 1000));
    buffer_clear(&buffer);
    assert_int_equal(buffer.capacity, 1024);
    buffer_fini(&buffer);
}

static void too_much_is_refused_and_changes_nothing(void **state) {
    struct buffer buffer = {0};
    (void)state;

    assert_true(buffer_append(&buffer, (const uint8_t *)"kept", 4));
    assert_null(buffer_reserve(&buffer, SIZE_MAX - 2));
    assert_null(buffer_reserve(&buffer, SIZE_MAX / 2 + 2));
    assert_int_equal(buffer_len(&buffer), 4);
    assert_memory_equal(buffer_front(&buffer), "kept", 4);
    buffer_fini(&buffer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_leave_in_the_order_in_which_they_came),
        cmocka_unit_test(an_empty_buffer_keeps_little_memory),
        cmocka_unit_test(too_much_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
