/* SPDX-License-Identifier: MIT
 *
 * Places: where a call that waits stands, in one lane or in several. What operations ask about them
 * is in object.h; this is for pending.c, which parks calls and runs them again.
 */
#ifndef HF_PLACE_H
#define HF_PLACE_H

#include "object.h"

/** Put the call at the end of each lane that it wants to wait in. false: no memory, which is not
 * needed for a single one. */
bool places_take(struct pending *pending);

/** Give up all its places. Those behind it may be able to proceed now: their objects are touched.
 */
void places_leave(struct pending *pending);

/** Whether the call has its places just where it wants to wait. */
bool places_are_right(const struct pending *pending);

#endif
