/* SPDX-License-Identifier: MIT
 *
 * Commands within commands: `holdfast lock A -- ...` may run a script in which another `holdfast
 * lock A` waits, for ever, for the one that runs it. No manager can know that the one session waits
 * for the other. So each command that holds something adds its grant to $HOLDFAST_HELD, which its
 * command inherits: "OBJECT:FENCE:PROCESS", with a space between two. Such an entry counts only
 * while the manager says that this process has this grant, so it does no harm if it is stale, or of
 * another manager.
 */
#ifndef HF_NESTED_H
#define HF_NESTED_H

#include "exchange.h"

/** Add a grant of this process to $HOLDFAST_HELD. */
void nested_export(uint64_t object, uint64_t fence);

/** True if the object is among those in $HOLDFAST_HELD. */
bool nested_mentions(uint64_t object);

/** The holder of the object that is a command around this one; NULL: none is. `permits` is how many
 * permits of a semaphore such commands hold together. */
const Hf__Holder *nested_holder(const Hf__Description *description, uint64_t *permits);

#endif
