/* SPDX-License-Identifier: MIT
 *
 * Comparing a reply with the one that the model wants.
 */
#ifndef HF_SIM_EXPECT_H
#define HF_SIM_EXPECT_H

#include "model.h"

/** Whether the reply is as wanted. What no contract fixes (details and options in words) is
 *  removed from the reply first; what only the manager can know (ids of new objects,
 *  cursors) is put into what is wanted, the first time. */
bool expect_same(struct model *model, Hf__Reply *wanted, Hf__Reply *reply);

#endif
