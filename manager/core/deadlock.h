/* SPDX-License-Identifier: MIT
 *
 * Deadlock: whether a call that is about to wait would wait for its own owner, through any chain of
 * owners that hold something and wait for something.
 */
#ifndef HF_DEADLOCK_H
#define HF_DEADLOCK_H

#include "object.h"

/** Whether the call may wait where its targets say. Returns HF_OK, or HF_DEADLOCK with the cycle in
 * words. Allocates nothing but the words; linear in the holds and owners that are reached. */
HF_MUST_USE hf_status deadlock_check(struct call *call);

#endif
