/* SPDX-License-Identifier: MIT
 *
 * The wall clock, as far as the core has to know it: how far it is ahead of the monotonic clock, by
 * which everything else goes. That changes only when somebody sets the wall clock.
 */
#ifndef HF_WALL_H
#define HF_WALL_H

#include <stdbool.h>
#include <stdint.h>

enum { WALL_INTERVAL_MS = 100 };

/** Zero at first. */
struct wall {
    int64_t again_ms; /**< when to look again */
    int64_t ahead_ms; /**< since 1970, ahead of CLOCK_MONOTONIC; both in milliseconds */
};

/** Look at the clocks, but only once in WALL_INTERVAL_MS, because it would cost every request to do
 * so in every turn. Returns whether ahead_ms has changed. */
bool wall_changed(struct wall *wall, int64_t now_ms);

#endif
