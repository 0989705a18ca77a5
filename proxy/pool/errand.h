/* SPDX-License-Identifier: MIT
 *
 * Errands: what a thread that uses a pool wants to be asked of the manager, and waits for. The
 * feeder does it, in its session.
 */
#ifndef HF_ERRAND_H
#define HF_ERRAND_H

#include "wire_limits.h"

#include <holdfast/pool.h>

struct errand {
    /** Done by the feeder, without the mutex. With a deadline it waits at most ERRAND_SLICE_MS, and
     * is done again after HF_TIMEOUT. */
    hf_status (*run)(struct hf_pool *pool, struct errand *errand);
    void *argument;
    bool behind_tasks; /* only when all that is in the outbox has been sent */
    int64_t deadline_ms;

    hf_status status;
    char detail[HF_DETAIL_MAX_BYTES];
    bool done;
    struct errand *next;
};

enum { ERRAND_SLICE_MS = 100 };

/** Have it done, and wait for it. Returns its status, with its detail as the calling thread's, or
 * that of a pool that is over. */
HF_MUST_USE hf_status errand_do(struct hf_pool *pool, struct errand *errand);

/** For the feeder, under the mutex, which is given up meanwhile: do the next one that can be done.
 * Returns false if there is none. */
bool errands_serve(struct hf_pool *pool);

/** Whether there is one that can be done. Under the mutex. */
bool errands_waiting(const struct hf_pool *pool);

/** Under the mutex: the pool is over, and all of them are done in vain. */
void errands_end(struct hf_pool *pool);

#endif
