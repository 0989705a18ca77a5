/* SPDX-License-Identifier: MIT
 *
 * See wall.h.
 */
#include "wall.h"

#include <stdlib.h>
#include <time.h>

enum { WALL_LOOKS = 10, WALL_LOOK_NS = 100000, WALL_ROUNDING_MS = 1 };

static int64_t wall_read_ns(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Another process may run between the looks at the two clocks, so the quickest of some counts. */
static int64_t wall_ahead_ms(void) {
    int64_t quickest_ns = INT64_MAX;
    int64_t ahead_ns = 0;
    for (int looks = 0; looks < WALL_LOOKS && quickest_ns > WALL_LOOK_NS; looks++) {
        int64_t began_ns = wall_read_ns(CLOCK_MONOTONIC);
        int64_t wall_ns = wall_read_ns(CLOCK_REALTIME);
        int64_t took_ns = wall_read_ns(CLOCK_MONOTONIC) - began_ns;
        if (took_ns < quickest_ns) {
            quickest_ns = took_ns;
            ahead_ns = wall_ns - began_ns;
        }
    }
    return ahead_ns / 1000000;
}

/* While nobody sets the clock, its time must not go back, not even by what rounding makes. */
bool wall_changed(struct wall *wall, int64_t now_ms) {
    if (now_ms < wall->again_ms) {
        return false;
    }
    int64_t ahead_ms = wall_ahead_ms();
    bool changed = llabs(ahead_ms - wall->ahead_ms) > WALL_ROUNDING_MS;
    wall->again_ms = now_ms + WALL_INTERVAL_MS;
    wall->ahead_ms = changed ? ahead_ms : wall->ahead_ms;
    return changed;
}
