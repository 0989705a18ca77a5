/* SPDX-License-Identifier: MIT
 *
 * See spin.h.
 */
#include "spin.h"

enum {
    CROWDED_NS = 10000, /* between two looks: somebody else has run */
    VAIN_MAX = 8        /* at most one wait in 2^8 is tried in vain */
};

bool spin_begin(struct spin *spin, int64_t now_ns) {
    spin->spinning = spin->limit_ns > 0 && spin->asleep == 0;
    if (spin->asleep > 0) {
        spin->asleep--;
    }
    spin->began_ns = spin->looked_ns = now_ns;
    return spin->spinning;
}

bool spin_again(struct spin *spin, int64_t now_ns) {
    bool crowded = now_ns - spin->looked_ns > CROWDED_NS;
    spin->looked_ns = now_ns;
    return spin->spinning && !crowded && now_ns - spin->began_ns < spin->limit_ns;
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
