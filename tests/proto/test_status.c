/* SPDX-License-Identifier: MIT
 *
 * status: one list for the wire, the manager, the library and the shell.
 */
#include <holdfast/status.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <holdfast.pb-c.h>

/* Each name of the header with its number, so that a number that differs does not compile. */
#define SAME(name) _Static_assert((int)HF_##name == (int)HF__STATUS__##name, #name)
SAME(OK);
SAME(OWNER_DIED);
SAME(TIMEOUT);
SAME(CANCELLED);
SAME(DELETED);
SAME(KEY_ERROR);
SAME(INDEX_ERROR);
SAME(VALUE_ERROR);
SAME(TYPE_ERROR);
SAME(OUT_OF_RANGE);
SAME(MISMATCH);
SAME(NOT_HELD);
SAME(DEADLOCK);
SAME(STALE_FENCE);
SAME(CLOSED);
SAME(BROKEN);
SAME(WORKER_LOST);
SAME(TASK_FAILED);
SAME(TIME_LIMIT);
SAME(NO_OBJECT);
SAME(WRONG_TYPE);
SAME(EXISTS);
SAME(INVALID);
SAME(UNSUPPORTED);
SAME(TOO_BIG);
SAME(LIMIT);
SAME(NO_MEMORY);
SAME(DENIED);
SAME(VERSION);
SAME(PROTOCOL);
SAME(DRAINING);
SAME(OVERRUN);
SAME(UNREACHABLE);
SAME(DISCONNECTED);
SAME(BAD_ADDRESS);
SAME(SYSTEM);
enum { COMPARED = 36 };

static void every_status_of_the_protocol_has_its_name_and_a_text(void **state) {
    (void)state;
    assert_int_equal(hf__status__descriptor.n_values, COMPARED);

    for (unsigned i = 0; i < hf__status__descriptor.n_values; i++) {
        const ProtobufCEnumValue *value = &hf__status__descriptor.values[i];
        hf_status status = (hf_status)value->value;
        assert_string_equal(hf_status_name(status), value->name);
        assert_true(strlen(hf_status_text(status)) > 3);
        assert_string_not_equal(hf_status_text(status), hf_status_text((hf_status)1000));
    }
}

static void a_number_that_is_no_status_is_unknown(void **state) {
    (void)state;
    const int numbers[] = {-1, 2, 79, 85, 94, 1000, INT32_MAX, INT32_MIN};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_string_equal(hf_status_name((hf_status)numbers[i]), "UNKNOWN");
        assert_non_null(hf_status_text((hf_status)numbers[i]));
        assert_false(hf_ok((hf_status)numbers[i]));
    }
}

static void classes_are_what_the_protocol_says(void **state) {
    (void)state;
    for (unsigned i = 0; i < hf__status__descriptor.n_values; i++) {
        int number = hf__status__descriptor.values[i].value;
        assert_int_equal(hf_ok((hf_status)number), number < 10);
        assert_int_equal(hf_status_is_fatal((hf_status)number), number >= 80);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_of_the_protocol_has_its_name_and_a_text),
        cmocka_unit_test(a_number_that_is_no_status_is_unknown),
        cmocka_unit_test(classes_are_what_the_protocol_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
