/* SPDX-License-Identifier: MIT
 *
 * The loop of a worker: behind hf_pool_work(), and in the workers that a supervisor has forked.
 */
#ifndef HF_WORK_H
#define HF_WORK_H

#include <holdfast/task.h>

/* The environment of a worker program that a supervisor starts. IDLE_MS and MAX_TASKS replace the
 * program's own, unless they are 0. */
#define WORK_POOL_VARIABLE "HOLDFAST_POOL"     /* a name, or #ID */
#define WORK_WORKER_VARIABLE "HOLDFAST_WORKER" /* SUPERVISOR:NUMBER:IDLE_MS:MAX_TASKS */

struct work_assignment {
    uint64_t pool;
    uint64_t supervisor; /* that has started the worker; 0: none */
    uint64_t number;     /* among the supervisor's workers */
};

/** Check the functions. Returns HF_OK or HF_INVALID. */
HF_MUST_USE hf_status work_check(const hf_work *work);

/** The same as hf_pool_work(), with work that was checked. */
HF_MUST_USE hf_status work_run(hf_client *client, const struct work_assignment *assignment,
                               const hf_work *work);

#endif
