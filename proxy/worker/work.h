/* SPDX-License-Identifier: MIT
 *
 * Be a worker: the loop behind hf_pool_work(), also for those that a supervisor has forked.
 */
#ifndef HF_WORK_H
#define HF_WORK_H

#include <holdfast/task.h>

/* Names in the environment of a worker program that a supervisor starts. The last two numbers go
 * before what the program says; 0: they do not. */
#define WORK_POOL_VARIABLE "HOLDFAST_POOL"     /* a name, or #ID */
#define WORK_WORKER_VARIABLE "HOLDFAST_WORKER" /* SUPERVISOR:NUMBER:IDLE_MS:MAX_TASKS */

struct work_assignment {
    uint64_t pool;
    uint64_t supervisor; /* whose worker; 0: nobody's */
    uint64_t number;     /* among the supervisor's */
};

/** Whether this can be run. Returns HF_OK or HF_INVALID. */
HF_MUST_USE hf_status work_check(const hf_work *work);

/** As hf_pool_work(), with work that was checked. */
HF_MUST_USE hf_status work_run(hf_client *client, const struct work_assignment *assignment,
                               const hf_work *work);

#endif
