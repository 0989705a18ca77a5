/* SPDX-License-Identifier: MIT
 *
 * See submission.h.
 */
#include "submission.h"

#include "call.h"
#include "detail.h"
#include "message.h"
#include "utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    TASKS_PER_WORKER = 4,          /* so that those that take longer even out */
    CHUNK_MAX_BYTES = 1024 * 1024, /* unless a chunk is asked for */
    RECORD_BYTES = 64,             /* of a small one */
    VALUE_BYTES = 16               /* what one takes beside its text, about */
};

/* A request has more around its only task than the task has around its calls. */
#define RECORD_MAX_BYTES (HF_FRAME_MAX_BYTES - 1024)

/* ---- what can be asked for ---- */

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
    if (options->priority < -HF_PRIORITY_MAX || options->priority > HF_PRIORITY_MAX) {
        return detail_set(HF_INVALID, "a priority is from -%d to %d, not %d", HF_PRIORITY_MAX,
                          HF_PRIORITY_MAX, options->priority);
    }
    if (options->time_limit_ms < 0) {
        return detail_set(HF_INVALID, "a time limit is not negative; 0 is none");
    }
    return HF_OK;
}

hf_status submission_check(const struct submission *submission) {
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

/* ---- into tasks ---- */

static size_t size_of(const hf_any *any, unsigned depth) {
    size_t bytes = VALUE_BYTES;
    bool nests = any->kind == HF_ANY_LIST || any->kind == HF_ANY_MAP;
    if (any->kind == HF_ANY_STRING || any->kind == HF_ANY_BYTES) {
        return bytes + any->len;
    }
    if (!nests || depth == HF_VALUE_MAX_DEPTH || !any->items) {
        return bytes;
    }
    for (size_t i = 0; i < any->len; i++) {
        bytes += any->kind == HF_ANY_LIST ? size_of(&any->items[i], depth + 1)
                                          : size_of(&any->pairs[i].key, depth + 1) +
                                                size_of(&any->pairs[i].value, depth + 1);
    }
    return bytes;
}

static size_t even_chunk(const struct submission *submission) {
    size_t tasks = submission->workers * TASKS_PER_WORKER;
    return submission->count / tasks + (submission->count % tasks > 0);
}

/* How many calls go into the task that begins with this one. All calls of a task have as many
 * arguments. */
static size_t chunk_at(const struct submission *submission, size_t first) {
    bool asked = submission->chunk > 0;
    size_t most = asked ? submission->chunk : even_chunk(submission);
    size_t left = submission->count - first;
    size_t bytes = 0;
    size_t len = 0;
    most = most < left ? most : left;
    for (const hf_any *item = submission->items + first; len < most; item++, len++) {
        bytes += asked ? 0 : size_of(item, 0);
        bool other_width = submission->spread && item->len != submission->items[first].len;
        if (len > 0 && (other_width || bytes > CHUNK_MAX_BYTES)) {
            break;
        }
    }
    return len;
}

static size_t count_tasks(const struct submission *submission) {
    size_t count = 0;
    for (size_t first = 0; first < submission->count; count++) {
        first += chunk_at(submission, first);
    }
    return count;
}

struct hf_result *submission_job(const struct submission *submission, struct hf_pool *pool) {
    bool one = submission->kind == JOB_ONE;
    struct hf_result *job = job_new(pool, submission->kind, submission->function,
                                    one ? 1 : submission->count, one ? 1 : count_tasks(submission));
    if (!job) {
        return NULL;
    }
    size_t first = 0;
    for (size_t i = 0; i < job->task_count; i++) {
        job->tasks[i].first = first;
        job->tasks[i].count = one ? 1 : chunk_at(submission, first);
        first += job->tasks[i].count;
    }
    job->detached = submission->options->detached;
    if (submission->calls_back) {
        job->callback = submission->options->callback;
        job->error_callback = submission->options->error_callback;
        job->argument = submission->options->argument;
    }
    return job;
}

/* ---- onto the wire ---- */

static hf_status write_spread(const struct submission *submission, const struct task *task,
                              struct pen *pen) {
    const hf_any *items = submission->items + task->first;
    size_t width = items[0].len;
    hf_any *arguments = reallocarray(NULL, task->count * width + 1, sizeof *arguments);
    if (!arguments) {
        return detail_set(HF_NO_MEMORY, "no memory for the arguments of a task");
    }
    for (size_t i = 0; i < task->count && width > 0; i++) {
        memcpy(arguments + i * width, items[i].items, width * sizeof *arguments);
    }
    hf_status status = calls_encode(&pen->calls, arguments, task->count, width, &pen->references);
    free(arguments);
    return status;
}

static hf_status write_calls(const struct submission *submission, const struct task *task,
                             struct pen *pen) {
    buffer_clear(&pen->calls);
    pen->references.count = 0;
    if (submission->kind == JOB_ONE) {
        return calls_encode(&pen->calls, submission->items, 1, submission->count, &pen->references);
    }
    return submission->spread ? write_spread(submission, task, pen)
                              : calls_encode(&pen->calls, submission->items + task->first,
                                             task->count, 1, &pen->references);
}

/* A message with this task alone is its record. */
static hf_status append_record(Hf__Submission *wire, struct task *task, struct pen *pen) {
    Hf__SubmitterSubmit op = HF__SUBMITTER_SUBMIT__INIT;
    Hf__Submission *tasks[] = {wire};
    size_t len = 0;
    op.n_tasks = 1;
    op.tasks = tasks;
    bool fits = buffer_reserve(&pen->records, RECORD_BYTES) &&
                message_put(&pen->records, 0, &op.base, &len);
    if (len > RECORD_MAX_BYTES) {
        return detail_set(HF_TOO_BIG, "a task has %zu bytes, a request at most %u", len,
                          RECORD_MAX_BYTES);
    }
    if (!fits) {
        return detail_set(HF_NO_MEMORY, "no memory for a task of %zu bytes", len);
    }
    task->record_len = len;
    pen->records.end += len;
    return HF_OK;
}

static hf_status write_task(const struct submission *submission, struct task *task,
                            struct pen *pen) {
    const hf_task_options *options = submission->options;
    Hf__Submission wire = HF__SUBMISSION__INIT;
    hf_status status = write_calls(submission, task, pen);
    if (status != HF_OK) {
        return status;
    }
    wire.tag = task->tag;
    wire.function = call_text(submission->function);
    wire.has_calls = true;
    wire.calls.data = pen->calls.bytes + pen->calls.start;
    wire.calls.len = buffer_len(&pen->calls);
    wire.has_priority = options->priority != 0;
    wire.priority = options->priority;
    wire.has_retries = options->retries != 0;
    wire.retries = options->retries;
    wire.has_time_limit_ms = options->time_limit_ms != 0;
    wire.time_limit_ms = (uint64_t)options->time_limit_ms;
    wire.has_detached = options->detached;
    wire.detached = options->detached;
    wire.n_objects = pen->references.count;
    wire.objects = pen->references.ids;
    return append_record(&wire, task, pen);
}

hf_status submission_write(const struct submission *submission, struct hf_result *job, uint64_t tag,
                           struct pen *pen) {
    hf_status status = HF_OK;
    assert(buffer_len(&pen->records) == 0);
    for (size_t i = 0; i < job->task_count && status == HF_OK; i++) {
        job->tasks[i].tag = tag + i;
        status = write_task(submission, &job->tasks[i], pen);
    }
    return status;
}
