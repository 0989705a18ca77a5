/* SPDX-License-Identifier: MIT
 *
 * Callbacks of jobs that have ended, in the order of their ends. A thread that does nothing else
 * runs them, so a callback that takes long, or waits for another result, delays no task. With
 * `no_thread`, hf_pool_process() runs them.
 */
#ifndef HF_CALLBACKS_H
#define HF_CALLBACKS_H

#include "link.h"

#include "descriptor.h"

#include <holdfast/pool.h>
#include <pthread.h>

struct callbacks {
    bool by_hand; /* hf_pool_process() runs them */
    int fd;       /* by hand: readable while there are jobs; otherwise -1 */
    struct file_id file;

    /* Under the pool's mutex. */
    struct link jobs; /* with callbacks to run */
    size_t running;   /* how many threads run callbacks */
    bool has_thread;
    bool stopping; /* the thread ends when there are no jobs */
    pthread_t thread;
    struct link come; /* where it waits for jobs */
};

/** Returns HF_OK or HF_SYSTEM. */
HF_MUST_USE hf_status callbacks_init(struct callbacks *callbacks, bool by_hand);
void callbacks_fini(struct callbacks *callbacks);

/** Start the thread, if callbacks need it and it does not run. Returns HF_OK; HF_SYSTEM: no thread.
 */
HF_MUST_USE hf_status callbacks_prepare(struct hf_pool *pool);

/** Under the mutex: a job has ended. Let its callbacks be run, if it has any. */
void callbacks_add(struct hf_result *job);

/** Under the mutex: whether no callback is being run or is to be run. */
bool callbacks_idle(const struct hf_pool *pool);

/** Run the callbacks of all jobs in the calling thread. Returns the number of jobs. */
size_t callbacks_run(struct hf_pool *pool);

/** Whether the calling thread is running a callback of this pool. */
bool callbacks_run_here(const struct hf_pool *pool);

/** In a forked child: drop all jobs. */
void callbacks_forget(struct callbacks *callbacks);

/** Run the callbacks that are left, and end the thread. */
void callbacks_finish(struct hf_pool *pool);

#endif
