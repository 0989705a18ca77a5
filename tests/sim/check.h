/* SPDX-License-Identifier: MIT
 *
 * Invariants that must hold after every step. A broken one ends the program.
 */
#ifndef HF_SIM_CHECK_H
#define HF_SIM_CHECK_H

#include "model.h"
#include "world.h"

struct check {
    struct world *world;
    struct model *model;
    struct peer *peers[MODEL_SESSIONS_ROOM]; /* by session */
    size_t seen[MODEL_SESSIONS_ROOM];        /* replies that have been compared */
    uint64_t fence;                          /* the newest that has been granted */
};

/** Nothing is checked any more once the model is in doubt. */
void check_step(struct check *check);

#endif
