/* SPDX-License-Identifier: MIT
 *
 * A task in its worker: its calls, the function that runs, the values and failures of the calls.
 * work.c has the loop around it.
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
    hf_any *values; /* of each call; the array is owned, the values are borrowed */
    struct failures failures;
    hf_any *kept; /* copies that values borrow from */
    size_t kept_count;
    size_t kept_capacity;
    hf_status status;                 /* HF_OK: it has outcomes; else why it has none */
    char detail[HF_DETAIL_MAX_BYTES]; /* of that status; until then, of the call that runs */
};

/** Decode a task. If it is malformed, or memory is lacking, the task has failed. */
void task_decode(struct hf_task *task, const Hf__Task *from);

/** Let the whole task fail with this status. `detail` NULL: that of this thread's last call. */
void task_refuse(struct hf_task *task, hf_status status, const char *detail);

/** Run the function for each call, one after the other. */
void task_run(struct hf_task *task);

/** Append the outcomes, encoded. If they cannot be encoded, the task has failed. */
void task_encode(struct hf_task *task, struct buffer *out, struct references *references);

/** Release its memory. */
void task_clear(struct hf_task *task);

#endif
