/* SPDX-License-Identifier: MIT
 *
 * See spin.h.
 */
#include "spin.h"

#include <assert.h>

enum {
    SHARED_NS = 10000,  /* between two polls: another process has run */
    SLICE_NS = 3000000, /* and has used a time slice */
    SLEEP_FACTOR = 16,  /* lost slices are at most a sixteenth of the time */
    FASTER_FACTOR = 8,  /* to sleep pays if it takes an eighth of a slice */
    FAILURES_MAX = 8    /* at most 2^8 - 1 waits in a row sleep at once */
};

bool spin_begin(struct spin *spin, int64_t now_ns) {
    assert(!spin->spinning);
    spin->timed = spin->lost_ns > 0;
    spin->spinning =
        spin->limit_ns > 0 && spin->skips == 0 && !spin->timed && now_ns >= spin->sleep_until_ns;
    if (spin->skips > 0) {
        spin->skips--;
    }
    spin->began_ns = spin->polled_ns = now_ns;
    return spin->spinning;
}

bool spin_again(struct spin *spin, int64_t now_ns) {
    int64_t between_ns = now_ns - spin->polled_ns;
    spin->polled_ns = now_ns;
    spin->lost_ns = between_ns > SLICE_NS ? between_ns : 0;
    return spin->spinning && between_ns <= SHARED_NS && now_ns - spin->began_ns < spin->limit_ns;
}

void spin_slept(struct spin *spin, int64_t now_ns) {
    assert(spin->timed && !spin->spinning);
    if (now_ns - spin->began_ns < spin->lost_ns / FASTER_FACTOR) {
        spin->sleep_until_ns = now_ns + SLEEP_FACTOR * spin->lost_ns;
    }
    spin->lost_ns = 0;
    spin->timed = false;
}

void spin_end(struct spin *spin, bool came) {
    if (!spin->spinning) {
        return;
    }
    spin->spinning = false;
    if (came) {
        spin->failures = 0;
        return;
    }
    spin->failures += spin->failures < FAILURES_MAX;
    assert(spin->failures <= FAILURES_MAX);
    spin->skips = (1u << spin->failures) - 1;
}
