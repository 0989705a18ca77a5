/* SPDX-License-Identifier: MIT
 *
 * See submission.h.
 */
#include "submission.h"

#include "call.h"
#include "detail.h"
#include "message.h"
#include "reserved.h"
#include "utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    TASKS_PER_WORKER = 4,          /* so that all workers end at about the same time */
    CHUNK_MAX_BYTES = 1024 * 1024, /* without a chunk in the options */
    RECORD_BYTES = 64,             /* enough for a small record */
    VALUE_BYTES = 16               /* roughly, without its text */
};

/* ---- checks ---- */

static hf_status check_function(const char *function) {
    if (!function || !function[0]) {
        return detail_set(HF_INVALID, "a task needs the name of a function");
    }
    size_t len = strnlen(function, HF_FUNCTION_MAX_BYTES + 1);
    if (len > HF_FUNCTION_MAX_BYTES || !utf8_valid((const uint8_t *)function, len)) {
        return detail_set(HF_INVALID, "the name of a function is at most %u bytes of UTF-8",
                          HF_FUNCTION_MAX_BYTES);
    }
    return HF_OK;
}

static hf_status check_options(const hf_task_options *options) {
    hf_status status = reserved_check(options);
    if (status != HF_OK) {
        return status;
    }
    if (options->priority < -HF_PRIORITY_MAX || options->priority > HF_PRIORITY_MAX) {
        return detail_set(HF_INVALID, "a priority is from -%d to %d, not %d", HF_PRIORITY_MAX,
                          HF_PRIORITY_MAX, options->priority);
    }
    if (options->time_limit_ms < 0) {
        return detail_set(HF_INVALID, "a time limit is not negative; 0 is none");
    }
    return HF_OK;
}

static hf_status check_submission(const struct submission *submission) {
    hf_status status = check_function(submission->function);
    status = status == HF_OK ? check_options(submission->options) : status;
    if (status == HF_OK && submission->count > 0 && !submission->items) {
        status = detail_set(HF_INVALID, "%zu values point to NULL", submission->count);
    }
    for (size_t i = 0; submission->spread && i < submission->count && status == HF_OK; i++) {
        const hf_any *item = &submission->items[i];
        if (item->kind != HF_ANY_LIST || (item->len > 0 && !item->items)) {
            status = detail_set(HF_INVALID, "item %zu is not a list of arguments", i);
        }
    }
    return status;
}

/* ---- tasks ---- */

static size_t value_size(const hf_any *any, unsigned depth) {
    size_t bytes = VALUE_BYTES;
    bool nests = any->kind == HF_ANY_LIST || any->kind == HF_ANY_TUPLE || any->kind == HF_ANY_MAP;
    if (any->kind == HF_ANY_STRING || any->kind == HF_ANY_BYTES || any->kind == HF_ANY_BIG) {
        return bytes + any->len;
    }
    if (any->kind == HF_ANY_OPAQUE && any->opaque) {
        return bytes + any->opaque->len + any->opaque->equals_len;
    }
    if (!nests || depth == HF_VALUE_MAX_DEPTH || !any->items) {
        return bytes;
    }
    for (size_t i = 0; i < any->len; i++) {
        bytes += any->kind != HF_ANY_MAP ? value_size(&any->items[i], depth + 1)
                                         : value_size(&any->pairs[i].key, depth + 1) +
                                               value_size(&any->pairs[i].value, depth + 1);
    }
    return bytes;
}

/* The largest number of calls in a task. */
static size_t chunk_of(const struct submission *submission, struct hf_pool *pool) {
    if (submission->chunk > 0 || submission->count == 0) {
        return submission->chunk;
    }
    size_t tasks = pool_worker_count(pool) * TASKS_PER_WORKER;
    return submission->count / tasks + (submission->count % tasks > 0);
}

/* How many calls go into the task that begins with this one, at most `chunk`. All calls of a task
 * have the same number of arguments. */
static size_t calls_from(const struct submission *submission, size_t first, size_t chunk) {
    assert(first < submission->count && chunk > 0);
    size_t left = submission->count - first;
    size_t most = chunk < left ? chunk : left;
    size_t bytes = 0;
    size_t len = 0;
    for (const hf_any *item = submission->items + first; len < most; item++, len++) {
        bytes += submission->chunk > 0 ? 0 : value_size(item, 0);
        bool other_width = submission->spread && item->len != submission->items[first].len;
        if (len > 0 && (other_width || bytes > CHUNK_MAX_BYTES)) {
            break;
        }
    }
    return len;
}

static size_t count_tasks(const struct submission *submission, size_t chunk) {
    size_t count = 0;
    for (size_t first = 0; first < submission->count; count++) {
        first += calls_from(submission, first, chunk);
    }
    return count;
}

/* A job with all its tasks, which are NEW. NULL: no memory. */
static struct hf_result *make_job(const struct submission *submission, struct hf_pool *pool) {
    bool one = submission->kind == JOB_ONE;
    size_t chunk = one ? 1 : chunk_of(submission, pool);
    struct hf_result *job =
        job_new(pool, submission->kind, submission->function, one ? 1 : submission->count,
                one ? 1 : count_tasks(submission, chunk));
    if (!job) {
        return NULL;
    }
    size_t first = 0;
    for (size_t i = 0; i < job->task_count; i++) {
        job->tasks[i].first = first;
        job->tasks[i].count = one ? 1 : calls_from(submission, first, chunk);
        first += job->tasks[i].count;
    }
    assert(one || first == submission->count);
    job->detached = submission->options->detached;
    if (submission->calls_back) {
        job->callback = submission->options->callback;
        job->error_callback = submission->options->error_callback;
        job->argument = submission->options->argument;
    }
    return job;
}

/* ---- records ---- */

static hf_status write_spread(const struct submission *submission, const struct task *task,
                              struct record_buffer *buffer) {
    const hf_any *items = submission->items + task->first;
    size_t width = items[0].len;
    hf_any *arguments = reallocarray(NULL, task->count * width + 1, sizeof *arguments);
    if (!arguments) {
        return detail_set(HF_NO_MEMORY, "no memory for the arguments of a task");
    }
    for (size_t i = 0; i < task->count && width > 0; i++) {
        memcpy(arguments + i * width, items[i].items, width * sizeof *arguments);
    }
    hf_status status =
        calls_encode(&buffer->calls, arguments, task->count, width, &buffer->references);
    free(arguments);
    return status;
}

static hf_status write_calls(const struct submission *submission, const struct task *task,
                             struct record_buffer *buffer) {
    buffer_clear(&buffer->calls);
    buffer->references.count = 0;
    if (submission->kind == JOB_ONE) {
        return calls_encode(&buffer->calls, submission->items, 1, submission->count,
                            &buffer->references);
    }
    return submission->spread ? write_spread(submission, task, buffer)
                              : calls_encode(&buffer->calls, submission->items + task->first,
                                             task->count, 1, &buffer->references);
}

/* A SubmitterSubmit with one task is the record of that task. */
static hf_status append_record(Hf__Submission *wire, struct task *task,
                               struct record_buffer *buffer) {
    Hf__SubmitterSubmit op = HF__SUBMITTER_SUBMIT__INIT;
    Hf__Submission *tasks[] = {wire};
    size_t len = 0;
    op.n_tasks = 1;
    op.tasks = tasks;
    bool fits = buffer_reserve(&buffer->records, RECORD_BYTES) &&
                message_put(&buffer->records, 0, &op.base, &len);
    if (len > buffer->record_max_bytes) {
        return detail_set(HF_TOO_BIG, "a task has %zu bytes, a request at most %zu", len,
                          buffer->record_max_bytes);
    }
    if (!fits) {
        return detail_set(HF_NO_MEMORY, "no memory for a task of %zu bytes", len);
    }
    assert(task->state == TASK_NEW && len > 0);
    task->record_len = len;
    buffer->records.end += len;
    return HF_OK;
}

static hf_status write_task(const struct submission *submission, struct task *task,
                            struct record_buffer *buffer) {
    const hf_task_options *options = submission->options;
    Hf__Submission wire = HF__SUBMISSION__INIT;
    hf_status status = write_calls(submission, task, buffer);
    if (status != HF_OK) {
        return status;
    }
    wire.tag = task->tag;
    wire.function = call_text(submission->function);
    wire.has_calls = true;
    wire.calls.data = buffer->calls.bytes + buffer->calls.start;
    wire.calls.len = buffer_len(&buffer->calls);
    wire.has_priority = options->priority != 0;
    wire.priority = options->priority;
    wire.has_retries = options->retries != 0;
    wire.retries = options->retries;
    wire.has_time_limit_ms = options->time_limit_ms != 0;
    wire.time_limit_ms = (uint64_t)options->time_limit_ms;
    wire.has_detached = options->detached;
    wire.detached = options->detached;
    wire.n_objects = buffer->references.count;
    wire.objects = buffer->references.ids;
    return append_record(&wire, task, buffer);
}

static hf_status write_tasks(const struct submission *submission, struct hf_result *job,
                             uint64_t tag, struct record_buffer *buffer) {
    hf_status status = HF_OK;
    assert(buffer_len(&buffer->records) == 0);
    for (size_t i = 0; i < job->task_count && status == HF_OK; i++) {
        job->tasks[i].tag = tag + i;
        status = write_task(submission, &job->tasks[i], buffer);
    }
    return status;
}

/* ---- preparing ---- */

struct submission submission_of(enum job_kind kind, const char *function, const hf_any *items,
                                size_t count, const hf_task_options *options, bool spread) {
    static const hf_task_options defaults = HF_TASK_OPTIONS;
    const hf_task_options *given = options ? options : &defaults;
    return (struct submission){.function = function,
                               .items = items,
                               .count = count,
                               .kind = kind,
                               .spread = spread,
                               .chunk = kind == JOB_STREAM && !given->chunk ? 1 : given->chunk,
                               .options = given};
}

hf_status submission_prepare(const struct submission *submission, struct hf_pool *pool,
                             struct hf_result **job, struct record_buffer **buffer) {
    uint64_t tag = 0;
    hf_status status = pool_check(pool);
    status = status == HF_OK ? check_submission(submission) : status;
    if (status == HF_OK && submission->calls_back &&
        (submission->options->callback || submission->options->error_callback)) {
        status = callbacks_prepare(pool);
    }
    if (status != HF_OK) {
        return status;
    }
    struct hf_result *made = make_job(submission, pool);
    struct record_buffer *taken = made ? pool_take_records(pool, made->task_count, &tag) : NULL;
    status = taken ? write_tasks(submission, made, tag, taken) : HF_NO_MEMORY;
    if (status == HF_OK) {
        *job = made;
        *buffer = taken;
        return HF_OK;
    }
    if (taken) {
        pool_lock(pool);
        pool_return_records(pool, taken);
        pool_unlock(pool);
    }
    if (made) {
        job_drop(made);
    }
    return status;
}
