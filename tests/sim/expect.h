/* SPDX-License-Identifier: MIT
 *
 * Compare a reply with the one that the model wants.
 */
#ifndef HF_SIM_EXPECT_H
#define HF_SIM_EXPECT_H

#include "model.h"

/** Whether the reply is as wanted. Fields that no contract fixes (details and options in words) are
 *  removed from the reply first; values that only the manager can know (ids of new objects,
 *  cursors) are copied into the wanted reply the first time. */
bool expect_same(struct model *model, Hf__Reply *wanted, Hf__Reply *reply);

#endif
