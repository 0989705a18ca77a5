/* SPDX-License-Identifier: MIT
 *
 * See task.h and <holdfast/task.h>.
 */
#include "task.h"

#include "call.h"
#include "detail.h"
#include "text.h"
#include "utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- decoding, clearing ---- */

void task_refuse(struct hf_task *task, hf_status status, const char *detail) {
    task->status = status;
    utf8_copy(task->detail, sizeof task->detail, detail ? detail : hf_last_detail());
}

void task_decode(struct hf_task *task, const Hf__Task *from) {
    assert(!task->values && !task->kept && !task->calls.arguments);
    task->id = from->id;
    task->runs = from->has_run ? from->run : 1;
    task->time_limit_ms = from->time_limit_ms;
    task->status = HF_OK;
    utf8_copy(task->function, sizeof task->function, from->function);
    hf_status status = calls_decode(from->calls.data, from->calls.len, &task->calls);
    if (status != HF_OK) {
        task_refuse(task, status, NULL);
    }
}

static void forget_kept(struct hf_task *task) {
    for (size_t i = 0; i < task->kept_count; i++) {
        hf_any_clear(&task->kept[i]);
    }
    task->kept_count = 0;
}

void task_clear(struct hf_task *task) {
    forget_kept(task);
    free(task->kept);
    free(task->values);
    failures_fini(&task->failures);
    calls_fini(&task->calls);
    task->kept = task->values = NULL;
    task->kept_capacity = 0;
}

/* ---- running ---- */

static const hf_function *find_function(const hf_task *task) {
    const hf_work *work = task->work;
    for (size_t i = 0; i < work->function_count; i++) {
        if (strcmp(work->functions[i].name, task->function) == 0) {
            return &work->functions[i];
        }
    }
    return NULL;
}

/* Whether the submitter may be told this status of the function. A fatal status is about a
 * connection of the worker's, and by these others the pool itself tells how a task ended. */
static bool means_the_same_elsewhere(hf_status status) {
    switch ((int)status) {
    case HF_TIMEOUT:
    case HF_CANCELLED:
    case HF_CLOSED:
    case HF_WORKER_LOST:
    case HF_TIME_LIMIT:
        return false;
    default:
        return !hf_status_is_fatal(status) &&
               protobuf_c_enum_descriptor_get_value(&hf__status__descriptor, (int)status);
    }
}

/* Note that a call has failed, with the function's detail; without one, with that of the function's
 * last call of the library. */
static hf_status add_failure(struct hf_task *task, size_t call, hf_status status) {
    char detail[HF_DETAIL_MAX_BYTES];
    const char *words = task->detail[0]       ? task->detail
                        : hf_last_detail()[0] ? hf_last_detail()
                                              : hf_status_text(status);
    if (means_the_same_elsewhere(status)) {
        utf8_copy(detail, sizeof detail, words);
    } else {
        char whole[2 * HF_DETAIL_MAX_BYTES];
        (void)snprintf(whole, sizeof whole, "%s: %s", hf_status_name(status), words);
        utf8_copy(detail, sizeof detail, whole);
        status = HF_TASK_FAILED;
    }
    return failures_add(&task->failures, call, status, detail);
}

static hf_status run_one_call(struct hf_task *task, const hf_function *function, size_t index) {
    assert(index < task->calls.count);
    detail_clear();
    task->detail[0] = 0;
    hf_any value = hf_any_null();
    hf_status status =
        function->run(task, calls_nth(&task->calls, index), task->calls.width, &value);
    if (!hf_ok(status)) {
        return add_failure(task, index, status);
    }
    task->values[index] = value;
    return HF_OK;
}

void task_run(struct hf_task *task) {
    const hf_function *function = find_function(task);
    assert(!task->values);
    if (!function) {
        char words[HF_DETAIL_MAX_BYTES];
        (void)snprintf(words, sizeof words, "its worker has no function %s", task->function);
        task_refuse(task, HF_TASK_FAILED, words);
        return;
    }
    task->values = calloc(task->calls.count, sizeof *task->values);
    hf_status status = task->values ? HF_OK : HF_NO_MEMORY;
    for (size_t i = 0; i < task->calls.count && status == HF_OK; i++) {
        status = run_one_call(task, function, i);
    }
    if (status != HF_OK) {
        task_refuse(task, status, "no memory for its results");
    }
}

void task_encode(struct hf_task *task, struct buffer *out, struct references *references) {
    assert(task->status == HF_OK);
    hf_status status =
        outcomes_encode(out, task->values, task->calls.count, &task->failures, references);
    if (status != HF_OK) {
        task_refuse(task, status, NULL);
    }
}

/* ---- for the function ---- */

hf_status hf_task_keep(hf_task *task, hf_any value, hf_any *result) {
    enum { FIRST_CAPACITY = 8 };
    if (task->kept_count == task->kept_capacity) {
        size_t capacity = task->kept_capacity ? task->kept_capacity * 2 : FIRST_CAPACITY;
        hf_any *kept = reallocarray(task->kept, capacity, sizeof *kept);
        if (!kept) {
            return detail_set(HF_NO_MEMORY, "no memory to keep a result");
        }
        task->kept = kept;
        task->kept_capacity = capacity;
    }
    hf_status status = hf_any_copy(value, &task->kept[task->kept_count]);
    if (status == HF_OK) {
        *result = task->kept[task->kept_count++];
    }
    return status;
}

hf_status hf_task_fail(hf_task *task, const char *format, ...) {
    char words[HF_DETAIL_MAX_BYTES];
    struct text text = text_in(words, sizeof words);
    va_list arguments;
    va_start(arguments, format);
    text_add_args(&text, format, arguments);
    va_end(arguments);
    utf8_copy(task->detail, sizeof task->detail, words);
    return HF_TASK_FAILED;
}

bool hf_task_cancelled(hf_task *task) {
    struct call call;
    Hf__PoolProgress op = HF__POOL_PROGRESS__INIT;
    bool goes_on = false;
    call_begin(&call, task->client, task->pool);
    op.task = task->id;
    hf_status status =
        call_make(&call, HF__REQUEST__OP_POOL_PROGRESS, &op.base, sink_truth(&goes_on));
    detail_clear();
    return status != HF_OK || !goes_on;
}

hf_status hf_task_progress(hf_task *task, hf_any value) {
    struct call call;
    Hf__Any wire = HF__ANY__INIT;
    Hf__PoolProgress op = HF__POOL_PROGRESS__INIT;
    call_begin(&call, task->client, task->pool);
    op.task = task->id;
    op.value = call_any(&call, value, &wire);
    if (call.status == HF_OK && hf__any__get_packed_size(&wire) > HF_PROGRESS_MAX_BYTES) {
        call.status = detail_set(HF_TOO_BIG, "the progress of a task has at most %u bytes",
                                 HF_PROGRESS_MAX_BYTES);
    }
    hf_status status = call_tell(&call, HF__REQUEST__OP_POOL_PROGRESS, &op.base);
    return status == HF_NOT_HELD ? HF_OK : status; /* the task has ended already */
}

const char *hf_task_function(const hf_task *task) {
    return task->function;
}

unsigned hf_task_runs(const hf_task *task) {
    return task->runs;
}

void *hf_task_argument(const hf_task *task) {
    return task->work->argument;
}
