/* SPDX-License-Identifier: MIT
 *
 * Waiters: the entries of a parked request in the lanes of objects. Operations ask about them by
 * the functions of object.h; these are for pending.c, which parks and resumes.
 */
#ifndef HF_WAITER_H
#define HF_WAITER_H

#include "object.h"

/** Add a waiter to each lane that the call wants to wait in. false: no memory, which is not needed
 * for a single one. */
bool waiters_enqueue(struct pending *pending);

/** Remove all its waiters, and touch their objects: calls behind them may be able to proceed. */
void waiters_leave(struct pending *pending);

/** Whether its waiters are in just the lanes that the call wants to wait in. */
bool waiters_are_right(const struct pending *pending);

#endif
