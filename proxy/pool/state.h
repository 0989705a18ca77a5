/* SPDX-License-Identifier: MIT
 *
 * What a pool does, as its manager tells.
 */
#ifndef HF_STATE_H
#define HF_STATE_H

#include <holdfast/pool.h>

/** For how many workers a map is cut up; at least 1. Of a pool whose workers somebody else starts
 * that is asked for, and holds for a moment. */
size_t state_worker_count(hf_pool *pool);

#endif
