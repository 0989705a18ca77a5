/* SPDX-License-Identifier: MIT
 *
 * See submitting.h.
 */
#include "submitting.h"

#include "real.h"

#include "call.h"

#include <sched.h>

uint64_t new_pool(const char *name) {
    struct call call;
    Hf__PoolOpen op = HF__POOL_OPEN__INIT;
    hf_client *owner = NULL;
    uint64_t id = 0;
    call_begin(&call, client, 0);
    op.name = call_text(name);
    assert_ok(call_finish(&call, HF__REQUEST__OP_POOL_OPEN, &op.base, sink_handle(&owner, &id)));
    return id;
}

uint64_t new_submitter(uint64_t pool) {
    struct call call;
    Hf__SubmitterOpen op = HF__SUBMITTER_OPEN__INIT;
    hf_client *owner = NULL;
    uint64_t id = 0;
    call_begin(&call, client, 0);
    op.pool = pool;
    assert_ok(
        call_finish(&call, HF__REQUEST__OP_SUBMITTER_OPEN, &op.base, sink_handle(&owner, &id)));
    return id;
}

void close_pool(uint64_t pool, bool terminate) {
    struct call call;
    Hf__PoolClose op = HF__POOL_CLOSE__INIT;
    call_begin(&call, client, pool);
    op.has_terminate = true;
    op.terminate = terminate;
    assert_ok(call_finish(&call, HF__REQUEST__OP_POOL_CLOSE, &op.base, sink_nothing()));
}

static hf_status store_workforce(const Hf__Reply *reply, const struct sink *sink) {
    const Hf__Workforce *from = reply->workforce;
    struct workforce *workforce = sink->out;
    *workforce = (struct workforce){.workers = from->worker_count,
                                    .supervisors = from->supervisors,
                                    .done = from->done,
                                    .queued = from->queued,
                                    .running = from->running};
    for (size_t i = 0; i < from->n_workers && i < WORKERS_MAX; i++) {
        workforce->pids[i] = (pid_t)from->workers[i]->pid;
    }
    return HF_OK;
}

struct workforce workforce_of(uint64_t pool) {
    struct call call;
    Hf__PoolState op = HF__POOL_STATE__INIT;
    struct workforce workforce = {0};
    call_begin(&call, client, pool);
    assert_ok(call_finish(&call, HF__REQUEST__OP_POOL_STATE, &op.base,
                          (struct sink){.store = store_workforce, .out = &workforce}));
    return workforce;
}

void await_workers(uint64_t pool, uint64_t count) {
    while (workforce_of(pool).workers != count) {
        (void)sched_yield();
    }
}

Hf__Submission a_task(uint64_t tag, const char *function) {
    Hf__Submission task = HF__SUBMISSION__INIT;
    task.tag = tag;
    task.function = call_text(function);
    return task;
}

static void submit_it(uint64_t submitter, Hf__Submission *task) {
    struct call call;
    Hf__SubmitterSubmit op = HF__SUBMITTER_SUBMIT__INIT;
    uint64_t taken = 0;
    op.n_tasks = 1;
    op.tasks = &task;
    call_begin(&call, client, submitter);
    call_timeout(&call, -1);
    assert_ok(call_finish(&call, HF__REQUEST__OP_SUBMITTER_SUBMIT, &op.base, sink_count(&taken)));
    assert_int_equal(taken, 1);
}

void submit_bytes(uint64_t submitter, Hf__Submission task, const void *calls, size_t len) {
    task.has_calls = true;
    task.calls = (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)calls};
    submit_it(submitter, &task);
}

void submit(uint64_t submitter, Hf__Submission task, const hf_any *arguments, size_t count,
            size_t width) {
    struct buffer bytes = {0};
    struct references references = {NULL, 0, 0};
    assert_ok(calls_encode(&bytes, arguments, count, width, &references));
    task.n_objects = references.count;
    task.objects = references.ids;
    submit_bytes(submitter, task, bytes.bytes, bytes.end);
    references_fini(&references);
    buffer_fini(&bytes);
}

void submit_int(uint64_t submitter, Hf__Submission task, int64_t argument) {
    const hf_any argument_any = hf_any_int(argument);
    submit(submitter, task, &argument_any, 1, 1);
}

void cancel(uint64_t submitter, uint64_t tag) {
    struct call call;
    Hf__SubmitterCancel op = HF__SUBMITTER_CANCEL__INIT;
    op.n_tags = 1;
    op.tags = &tag;
    call_begin(&call, client, submitter);
    assert_ok(call_finish(&call, HF__REQUEST__OP_SUBMITTER_CANCEL, &op.base, sink_count(NULL)));
}

struct collected {
    size_t calls;
    struct outcome *outcome; /* NULL: the next news is wanted */
    hf_any *progress;
    bool there;
};

static void store_result(const Hf__Result *from, size_t calls, struct outcome *outcome) {
    outcome->tag = from->tag;
    outcome->status = (hf_status)from->status;
    outcome->signal = from->signal;
    outcome->exit_code = from->has_exit_code ? from->exit_code : -1;
    outcome->runs = from->runs;
    sink_text(outcome->detail, sizeof outcome->detail, from->detail);
    if (outcome->status == HF_OK) {
        outcome->count = calls;
        assert_ok(outcomes_decode(from->outcomes.data, from->outcomes.len, outcome->values, calls,
                                  &outcome->failures));
    }
}

static hf_status store_collected(const Hf__Reply *reply, const struct sink *sink) {
    struct collected *wanted = sink->out;
    const Hf__Collected *from = reply->collected;
    if (wanted->outcome && from->n_results > 0) {
        store_result(from->results[0], wanted->calls, wanted->outcome);
        wanted->there = true;
    }
    if (wanted->progress && from->n_news > 0) {
        wanted->there = true;
        return wire_take(from->news[0]->progress, wanted->progress);
    }
    return HF_OK;
}

static void collect_until_there(uint64_t submitter, struct collected *wanted) {
    while (!wanted->there) {
        struct call call;
        Hf__SubmitterCollect op = HF__SUBMITTER_COLLECT__INIT;
        op.has_limit = true;
        op.limit = 1;
        call_begin(&call, client, submitter);
        call_timeout(&call, -1);
        assert_ok(call_finish(&call, HF__REQUEST__OP_SUBMITTER_COLLECT, &op.base,
                              (struct sink){.store = store_collected, .out = wanted}));
    }
}

struct outcome collect(uint64_t submitter, size_t count) {
    struct outcome outcome = {0};
    assert_true(count <= OUTCOMES_MAX);
    collect_until_there(submitter, &(struct collected){.calls = count, .outcome = &outcome});
    return outcome;
}

hf_any collect_progress(uint64_t submitter) {
    hf_any progress = hf_any_null();
    collect_until_there(submitter, &(struct collected){.progress = &progress});
    return progress;
}

void outcome_clear(struct outcome *outcome) {
    for (size_t i = 0; i < outcome->count; i++) {
        hf_any_clear(&outcome->values[i]);
    }
    failures_fini(&outcome->failures);
}

void expect_int(uint64_t submitter, int64_t value) {
    struct outcome outcome = collect(submitter, 1);
    assert_status(outcome.status, HF_OK, outcome.detail);
    assert_int_equal(outcome.failures.count, 0);
    assert_true(hf_any_equal(outcome.values[0], hf_any_int(value)));
    outcome_clear(&outcome);
}

struct outcome expect_status(uint64_t submitter, hf_status status) {
    struct outcome outcome = collect(submitter, 1);
    assert_status(outcome.status, status, outcome.detail);
    return outcome;
}
