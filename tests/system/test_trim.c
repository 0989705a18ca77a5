/* SPDX-License-Identifier: MIT
 *
 * When memory is given back to the system: trim.h, with a clock of the test's own.
 */
#include "trim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { FULL_BYTES = 100 << 20, ALLOWED_NS = TRIM_SHORT_NS + TRIM_STEP_BYTES / TRIM_BYTES_PER_NS };

/* A heap that is in use as a whole. */
static struct trim full(int64_t now_ms) {
    struct trim trim = {.due_ms = -1};
    trim_note(&trim, FULL_BYTES, false, now_ms);
    return trim;
}

static void while_memory_grows_no_step_is_due(void **state) {
    (void)state;
    struct trim trim = {.due_ms = -1};

    for (size_t used = 0; used < FULL_BYTES; used += 1 << 20) {
        trim_note(&trim, used, false, 5);
        assert_int_equal(trim.due_ms, -1);
    }
}

static void while_much_is_being_freed_each_step_is_due_at_once(void **state) {
    (void)state;
    struct trim trim = full(5);

    trim_note(&trim, FULL_BYTES - TRIM_STEP_BYTES + 1, true, 5);
    assert_false(trim_is_due(&trim, 5));
    trim_note(&trim, FULL_BYTES - TRIM_STEP_BYTES, true, 5);
    assert_true(trim_is_due(&trim, 5));

    trim_done(&trim, ALLOWED_NS, 5);
    trim_note(&trim, FULL_BYTES - TRIM_STEP_BYTES, true, 5);
    assert_false(trim_is_due(&trim, 5));
    trim_note(&trim, FULL_BYTES - 2 * TRIM_STEP_BYTES, true, 5);
    assert_true(trim_is_due(&trim, 5));
}

static void what_may_be_needed_again_is_kept_for_a_while(void **state) {
    (void)state;
    struct trim trim = full(5);

    trim_note(&trim, FULL_BYTES - TRIM_STEP_BYTES, false, 5);

    assert_int_equal(trim.due_ms, 5 + TRIM_SETTLE_MS);
    trim_note(&trim, FULL_BYTES - TRIM_STEP_BYTES, false, 6);
    assert_int_equal(trim.due_ms, 5 + TRIM_SETTLE_MS);
    trim_note(&trim, FULL_BYTES, false, 7);
    assert_int_equal(trim.due_ms, -1);
    trim_note(&trim, FULL_BYTES - TRIM_MUCH_BYTES, false, 8);
    assert_true(trim_is_due(&trim, 8));
}

static void it_may_take_long_for_much(void **state) {
    (void)state;
    struct trim trim = full(0);
    trim_note(&trim, FULL_BYTES - 20 * TRIM_STEP_BYTES, true, 0);
    trim_done(&trim, 20 * TRIM_STEP_BYTES / TRIM_BYTES_PER_NS, 0);

    trim_note(&trim, FULL_BYTES - 21 * TRIM_STEP_BYTES, true, 0);

    assert_true(trim_is_due(&trim, 0));
}

static void after_a_long_step_for_little_it_rests(void **state) {
    (void)state;
    struct trim trim = full(0);
    trim_note(&trim, FULL_BYTES - TRIM_STEP_BYTES, true, 0);
    trim_done(&trim, ALLOWED_NS + 20000000, 0);

    trim_note(&trim, FULL_BYTES - 2 * TRIM_STEP_BYTES, true, 0);

    assert_false(trim_is_due(&trim, 199999));
    assert_true(trim_is_due(&trim, 200000));
}

static void after_a_step_nothing_is_due(void **state) {
    (void)state;
    struct trim trim = full(0);
    trim_note(&trim, 0, true, 0);

    trim_heap(&trim, 0);

    assert_int_equal(trim.due_ms, -1);
    trim_note(&trim, 0, true, 0);
    assert_int_equal(trim.due_ms, -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(while_memory_grows_no_step_is_due),
        cmocka_unit_test(while_much_is_being_freed_each_step_is_due_at_once),
        cmocka_unit_test(what_may_be_needed_again_is_kept_for_a_while),
        cmocka_unit_test(it_may_take_long_for_much),
        cmocka_unit_test(after_a_long_step_for_little_it_rests),
        cmocka_unit_test(after_a_step_nothing_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
