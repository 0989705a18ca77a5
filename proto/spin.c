/* SPDX-License-Identifier: MIT
 *
 * See spin.h.
 */
#include "spin.h"

#include <assert.h>

enum {
    SHARED_NS = 10000, /* between two polls: another process has run */
    REST_SHIFT = 4,    /* lost slices are at most a sixteenth of the time, */
    LOSSES_MAX = 4,    /* and a 256th if one after the other is lost */
    LUCK_FORGETS = 256,
    FAILURES_MAX = 8 /* at most 2^8 - 1 waits in a row sleep at once */
};

bool spin_begin(struct spin *spin, int64_t now_ns) {
    assert(!spin->spinning);
    spin->spinning = spin->limit_ns > 0 && spin->skips == 0 && now_ns >= spin->rest_until_ns;
    if (spin->skips > 0) {
        spin->skips--;
    }
    spin->began_ns = spin->polled_ns = now_ns;
    return spin->spinning;
}

static void spin_rest(struct spin *spin, int64_t lost_ns) {
    assert(spin->losses <= LOSSES_MAX);
    spin->rest_until_ns = spin->polled_ns + lost_ns * ((int64_t)1 << (REST_SHIFT + spin->losses));
    spin->losses += spin->losses < LOSSES_MAX;
    spin->lucky = 0;
}

bool spin_again(struct spin *spin, int64_t now_ns) {
    int64_t between_ns = now_ns - spin->polled_ns;
    int64_t slice_ns = spin->slice_ns > 0 ? spin->slice_ns : SPIN_SLICE_NS;
    spin->polled_ns = now_ns;
    if (between_ns > slice_ns) {
        spin_rest(spin, between_ns);
    }
    return spin->spinning && between_ns <= SHARED_NS && now_ns - spin->began_ns < spin->limit_ns;
}

void spin_end(struct spin *spin, bool came) {
    if (!spin->spinning) {
        return;
    }
    spin->spinning = false;
    if (came) {
        spin->failures = 0;
        spin->lucky++;
        spin->losses = spin->lucky > LUCK_FORGETS ? 0 : spin->losses;
        return;
    }
    spin->failures += spin->failures < FAILURES_MAX;
    assert(spin->failures <= FAILURES_MAX);
    spin->skips = (1u << spin->failures) - 1;
}
