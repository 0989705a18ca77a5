/* SPDX-License-Identifier: MIT
 *
 * The operation `batch`: several requests as one step.
 */
#ifndef HF_BATCH_H
#define HF_BATCH_H

#include "object.h"

/** Run the checks of the batch, then its requests until one is refused. Only the first may wait, and
 * then the batch waits as that one does; the others are tried once. */
hf_status batch(struct call *call);

#endif
