/* SPDX-License-Identifier: MIT
 *
 * See spin.h.
 */
#include "spin.h"

enum {
    CROWDED_NS = 10000,  /* between two looks: somebody else has run */
    HOGGED_NS = 3000000, /* and for as long as it takes to lose a time slice */
    REST_FACTOR = 16,    /* what is lost so is at most a sixteenth of the time */
    FASTER_FACTOR = 8,   /* sleeping is worth it where it takes an eighth of that */
    VAIN_MAX = 8         /* at most one wait in 2^8 is tried in vain */
};

bool spin_begin(struct spin *spin, int64_t now_ns) {
    spin->timed = spin->lost_ns > 0;
    spin->spinning =
        spin->limit_ns > 0 && spin->asleep == 0 && !spin->timed && now_ns >= spin->rest_until_ns;
    if (spin->asleep > 0) {
        spin->asleep--;
    }
    spin->began_ns = spin->looked_ns = now_ns;
    return spin->spinning;
}

bool spin_again(struct spin *spin, int64_t now_ns) {
    int64_t away_ns = now_ns - spin->looked_ns;
    spin->looked_ns = now_ns;
    spin->lost_ns = away_ns > HOGGED_NS ? away_ns : 0;
    return spin->spinning && away_ns <= CROWDED_NS && now_ns - spin->began_ns < spin->limit_ns;
}

void spin_slept(struct spin *spin, int64_t now_ns) {
    if (now_ns - spin->began_ns < spin->lost_ns / FASTER_FACTOR) {
        spin->rest_until_ns = now_ns + REST_FACTOR * spin->lost_ns;
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
        spin->vain = 0;
        return;
    }
    spin->vain += spin->vain < VAIN_MAX;
    spin->asleep = (1u << spin->vain) - 1;
}
