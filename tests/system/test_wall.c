/* SPDX-License-Identifier: MIT
 *
 * How the daemon follows the wall clock: wall.h, by the real clocks, which nobody sets here. To the
 * daemon it is the same if what it knows is wrong.
 */
#include "wall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { NOW_MS = 5000, AN_HOUR_MS = 3600000 };

static void the_first_look_tells_the_time(void **state) {
    (void)state;
    struct wall wall = {.again_ms = 0};
    struct timespec now;
    int64_t earliest_s = time(NULL);

    assert_true(wall_changed(&wall, NOW_MS));

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    assert_in_range(now.tv_sec + wall.ahead_ms / 1000, earliest_s - 1, time(NULL) + 1);
}

static void a_clock_that_was_set_is_noticed_at_the_next_look(void **state) {
    (void)state;
    struct wall wall = {.again_ms = 0};
    assert_true(wall_changed(&wall, NOW_MS));
    int64_t ahead_ms = wall.ahead_ms;

    for (int64_t by_ms = -AN_HOUR_MS; by_ms <= AN_HOUR_MS; by_ms += 2 * AN_HOUR_MS) {
        wall = (struct wall){.again_ms = NOW_MS + WALL_INTERVAL_MS, .ahead_ms = ahead_ms + by_ms};
        assert_false(wall_changed(&wall, NOW_MS + WALL_INTERVAL_MS - 1));
        assert_true(wall_changed(&wall, NOW_MS + WALL_INTERVAL_MS));
        assert_true(llabs(wall.ahead_ms - ahead_ms) < AN_HOUR_MS / 2);
        assert_false(wall_changed(&wall, NOW_MS + 2 * WALL_INTERVAL_MS - 1));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_look_tells_the_time),
        cmocka_unit_test(a_clock_that_was_set_is_noticed_at_the_next_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
