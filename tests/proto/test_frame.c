/* SPDX-License-Identifier: MIT
 *
 * frame: its header.
 */
#include "frame.h"
#include "wire_limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void the_header_is_big_endian(void **state) {
    (void)state;
    uint8_t header[HF_FRAME_HEADER_BYTES];
    const uint8_t wanted[] = {0x12, 0x34, 0x56, 0xff};

    frame_put_header(header, 0x123456ff);

    assert_memory_equal(header, wanted, sizeof header);
    assert_int_equal(frame_body_len(header), 0x123456ff);
    frame_put_header(header, UINT32_MAX);
    assert_int_equal(frame_body_len(header), UINT32_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_big_endian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
