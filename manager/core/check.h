/* SPDX-License-Identifier: MIT
 *
 * The checks of a batch: conditions that must hold for it to run.
 */
#ifndef HF_CHECK_H
#define HF_CHECK_H

#include "object.h"

/** Make all checks of the batch, in order. They change nothing, and leave nothing in the arena but
 * the detail of a refusal.
 *
 *  Returns  HF_OK; HF_MISMATCH (one does not); HF_INVALID (one does more than read, or asks
 *           for what cannot be); HF_TOO_BIG, HF_NO_MEMORY (one cannot be made)
 */
HF_MUST_USE hf_status check_all(struct call *call, const Hf__Batch *batch);

#endif
