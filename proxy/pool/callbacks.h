/* SPDX-License-Identifier: MIT
 *
 * Callbacks of jobs that have ended, in the order in which they have. They are run by a thread that
 * does nothing else, so that one that takes long, or waits for another result, holds nobody up; or
 * by hf_pool_process().
 */
#ifndef HF_CALLBACKS_H
#define HF_CALLBACKS_H

#include "link.h"

#include <holdfast/pool.h>
#include <pthread.h>

struct callbacks {
    bool by_hand; /* hf_pool_process() runs them */
    int fd;       /* by hand: readable while there are any; otherwise -1 */

    /* Under the pool's mutex. */
    struct link jobs; /* whose callbacks are to be run */
    size_t running;   /* threads that run them */
    pthread_t runner; /* the latest of those */
    bool has_thread;
    bool waits;    /* the thread does */
    bool stopping; /* it ends when there are none */
    pthread_t thread;
    pthread_cond_t come;
};

/** Returns HF_OK or HF_SYSTEM. */
HF_MUST_USE hf_status callbacks_init(struct callbacks *callbacks, bool by_hand);
void callbacks_fini(struct callbacks *callbacks);

/** Make sure that they will be run. Returns HF_OK; HF_SYSTEM: no thread for them. */
HF_MUST_USE hf_status callbacks_prepare(struct hf_pool *pool);

/** Under the mutex: a job has ended whose callbacks are to be run. */
void callbacks_add(struct hf_pool *pool, struct hf_result *job);

/** Under the mutex: whether there are none, nor any that are being run. */
bool callbacks_idle(const struct hf_pool *pool);

/** Run all there are, in the calling thread. Returns how many. */
size_t callbacks_run(struct hf_pool *pool);

/** Whether the calling thread is one that runs them now. */
bool callbacks_run_here(struct hf_pool *pool);

/** In a forked child: there will be none. */
void callbacks_forget(struct callbacks *callbacks);

/** Run what is left, and end the thread. */
void callbacks_finish(struct hf_pool *pool);

#endif
