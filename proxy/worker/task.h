/* SPDX-License-Identifier: MIT
 *
 * A task as its worker has it: what a pool has given, the functions run, what came of it. The loop
 * around it is work.c's.
 */
#ifndef HF_TASK_H
#define HF_TASK_H

#include "column.h"
#include "holdfast.pb-c.h"
#include "wire_limits.h"

#include <holdfast/task.h>

struct hf_task {
    hf_client *client;
    uint64_t pool;
    const hf_work *work;
    uint64_t id;
    unsigned runs;
    uint64_t time_limit_ms; /* 0: none */
    char function[HF_FUNCTION_MAX_BYTES + 1];
    struct calls calls;
    hf_any *values; /* what came of each call; borrowed */
    struct failures failures;
    hf_any *kept; /* copies that values borrow from */
    size_t kept_count;
    size_t kept_capacity;
    hf_status status;                 /* but for HF_OK: there are no outcomes, and why */
    char detail[HF_DETAIL_MAX_BYTES]; /* of that; until then, of the call that runs */
};

/** Take over what the pool has given. What cannot be read or kept is a task that has failed. */
void task_decode(struct hf_task *task, const Hf__Task *from);

/** End it where it cannot be run, or its outcomes cannot be told. `detail` NULL: that of this
 * thread's last call. */
void task_refuse(struct hf_task *task, hf_status status, const char *detail);

/** Run its function for each of its calls, one after the other. */
void task_run(struct hf_task *task);

/** Append its outcomes, as bytes. Where that cannot be, it is refused. */
void task_encode(struct hf_task *task, struct buffer *out, struct references *references);

/** Release what it has. */
void task_clear(struct hf_task *task);

#endif
