/* SPDX-License-Identifier: MIT
 *
 * The operation `batch`: several requests as one step.
 */
#ifndef HF_BATCH_H
#define HF_BATCH_H

#include "object.h"

/** Run the checks of the batch, then its requests until one is refused. Only the first may wait;
 * then the batch waits in its place. The others are tried once. */
hf_status batch(struct call *call);

#endif
