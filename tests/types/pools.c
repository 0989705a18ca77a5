/* SPDX-License-Identifier: MIT
 *
 * See pools.h.
 */
#include "pools.h"

#include <string.h>

struct pool_fixture pool_fixture_of(struct world *world, uint64_t max_tasks, uint64_t max_bytes) {
    struct pool_fixture f = {.world = world};
    f.ada = world_join(f.world, "ada");
    f.boss = world_join(f.world, "boss");
    f.pool = open_pool_of(f.ada, max_tasks, max_bytes);
    f.submitter = open_submitter(f.ada, f.pool);
    return f;
}

struct pool_fixture pool_fixture_new(struct world *world) {
    return pool_fixture_of(world, 0, 0);
}

static uint64_t object_of_type(const Hf__Reply *reply, Hf__Type type) {
    assert_status(reply, HF_OK);
    assert_int_equal(reply->object->type, type);
    return reply->object->id;
}

uint64_t open_pool_of(struct peer *peer, uint64_t max_tasks, uint64_t max_bytes) {
    return object_of_type(
        ask(peer, REQUEST(0, pool_open, .name = name_of("pool"), .has_max_tasks = max_tasks > 0,
                          .max_tasks = max_tasks, .has_max_bytes = max_bytes > 0,
                          .max_bytes = max_bytes)),
        HF__TYPE__POOL);
}

uint64_t open_pool(struct peer *peer) {
    return open_pool_of(peer, 0, 0);
}

uint64_t open_submitter(struct peer *peer, uint64_t pool) {
    return object_of_type(ask(peer, REQUEST(0, submitter_open, .pool = pool)), HF__TYPE__SUBMITTER);
}

uint64_t open_supervisor(struct peer *peer, uint64_t pool) {
    return object_of_type(ask(peer, REQUEST(0, supervisor_open, .pool = pool)),
                          HF__TYPE__SUPERVISOR);
}

ProtobufCBinaryData bytes_of(const char *text) {
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)name_of(text)};
}

/* ---- tasks ---- */

Hf__Submission task(uint64_t tag) {
    Hf__Submission task = HF__SUBMISSION__INIT;
    task.tag = tag;
    task.function = name_of("f");
    task.has_calls = true;
    task.calls = bytes_of("calls");
    return task;
}

Hf__Submission task_again(uint64_t tag, uint32_t retries) {
    Hf__Submission again = task(tag);
    again.has_retries = true;
    again.retries = retries;
    return again;
}

Hf__Submission task_limited(uint64_t tag, uint64_t time_limit_ms) {
    Hf__Submission limited = task(tag);
    limited.has_time_limit_ms = true;
    limited.time_limit_ms = time_limit_ms;
    return limited;
}

Hf__Submission task_ranked(uint64_t tag, int32_t priority) {
    Hf__Submission ranked = task(tag);
    ranked.has_priority = true;
    ranked.priority = priority;
    return ranked;
}

Hf__Submission task_detached(uint64_t tag) {
    Hf__Submission detached = task(tag);
    detached.has_detached = true;
    detached.detached = true;
    return detached;
}

uint64_t send_task(struct peer *peer, uint64_t submitter, Hf__Submission task, int64_t timeout_ms) {
    Hf__Submission *tasks[] = {&task};
    return peer_send(
        peer,
        waiting(REQUEST(submitter, submitter_submit, .n_tasks = 1, .tasks = tasks), timeout_ms));
}

Hf__Reply *ask_tasks(struct peer *peer, uint64_t submitter, Hf__Submission *tasks, size_t count) {
    Hf__Submission *list[2048];
    assert_true(count <= sizeof list / sizeof list[0]);
    for (size_t i = 0; i < count; i++) {
        list[i] = &tasks[i];
    }
    return ask(peer, REQUEST(submitter, submitter_submit, .n_tasks = count, .tasks = list));
}

Hf__Reply *ask_task(struct peer *peer, uint64_t submitter, Hf__Submission task) {
    return ask_tasks(peer, submitter, &task, 1);
}

void submit_task(struct peer *peer, uint64_t submitter, Hf__Submission task) {
    assert_count(ask_task(peer, submitter, task), 1);
}

void submit(struct peer *peer, uint64_t submitter, uint64_t tag) {
    submit_task(peer, submitter, task(tag));
}

/* ---- workers ---- */

Hf__Reply *enlist(struct peer *peer, uint64_t pool) {
    return ask(peer, REQUEST(pool, pool_register));
}

Hf__Reply *enlist_for(struct peer *peer, uint64_t pool, uint64_t supervisor, uint64_t number) {
    return ask(peer, REQUEST(pool, pool_register, .has_supervisor = true, .supervisor = supervisor,
                             .has_number = true, .number = number));
}

struct peer *join_worker(struct world *world, const char *label, uint64_t pool) {
    struct peer *peer = world_join(world, label);
    assert_status(enlist(peer, pool), HF_OK);
    return peer;
}

struct peer *join_worker_for(const struct pool_fixture *f, uint64_t supervisor, uint64_t number) {
    struct peer *peer = world_join(f->world, "worker");
    assert_status(enlist_for(peer, f->pool, supervisor, number), HF_OK);
    return peer;
}

const Hf__Task *take(struct peer *peer, uint64_t pool) {
    const Hf__Reply *reply = ask(peer, REQUEST(pool, pool_take));
    assert_status(reply, HF_OK);
    return reply->task;
}

uint64_t wait_to_take(struct peer *peer, uint64_t pool) {
    return peer_send(peer, waiting(REQUEST(pool, pool_take), -1));
}

Hf__Reply *finish(struct peer *peer, uint64_t pool, uint64_t task, const char *outcomes) {
    return ask(peer, REQUEST(pool, pool_finish, .task = task, .has_outcomes = true,
                             .outcomes = bytes_of(outcomes)));
}

void run_one(struct peer *peer, uint64_t pool) {
    assert_status(finish(peer, pool, take(peer, pool)->id, ""), HF_OK);
}

bool goes_on(struct peer *peer, uint64_t pool, uint64_t task) {
    const Hf__Reply *reply = ask(peer, REQUEST(pool, pool_progress, .task = task));
    assert_status(reply, HF_OK);
    return reply->truth;
}

Hf__Reply *report_progress(struct peer *peer, uint64_t pool, uint64_t task, Hf__Any *value) {
    return ask(peer, REQUEST(pool, pool_progress, .task = task, .value = value));
}

/* ---- results ---- */

const Hf__Collected *collect(struct peer *peer, uint64_t submitter, size_t count) {
    const Hf__Reply *reply = ask(peer, REQUEST(submitter, submitter_collect));
    assert_status(reply, HF_OK);
    assert_int_equal(reply->collected->n_results, count);
    return reply->collected;
}

const Hf__Result *collect_one(struct peer *peer, uint64_t submitter, uint64_t tag,
                              hf_status status) {
    const Hf__Result *result = collect(peer, submitter, 1)->results[0];
    assert_int_equal(result->tag, tag);
    assert_int_equal(result->status, status);
    return result;
}

void assert_nothing(struct peer *peer, uint64_t submitter) {
    assert_status(ask(peer, REQUEST(submitter, submitter_collect)), HF_TIMEOUT);
}

/* ---- supervisors ---- */

uint64_t wait_to_supervise(struct peer *peer, uint64_t supervisor, bool grow) {
    return peer_send(
        peer, waiting(REQUEST(supervisor, supervisor_wait, .has_grow = true, .grow = grow), -1));
}

const Hf__Supervision *supervise(struct peer *peer, uint64_t supervisor, bool grow) {
    const Hf__Reply *reply =
        ask(peer, REQUEST(supervisor, supervisor_wait, .has_grow = true, .grow = grow));
    assert_status(reply, HF_OK);
    return reply->supervision;
}

void report_signal(struct peer *peer, uint64_t supervisor, uint64_t number, int32_t signal) {
    assert_status(ask(peer, REQUEST(supervisor, supervisor_report, .number = number,
                                    .has_signal = true, .signal = signal)),
                  HF_OK);
}

void report_exit(struct peer *peer, uint64_t supervisor, uint64_t number, int32_t code) {
    assert_status(ask(peer, REQUEST(supervisor, supervisor_report, .number = number,
                                    .has_exit_code = true, .exit_code = code)),
                  HF_OK);
}

/* ---- the whole ---- */

void close_pool(struct peer *peer, uint64_t pool) {
    assert_status(ask(peer, REQUEST(pool, pool_close)), HF_OK);
}

void terminate_pool(struct peer *peer, uint64_t pool) {
    assert_status(ask(peer, REQUEST(pool, pool_close, .has_terminate = true, .terminate = true)),
                  HF_OK);
}

const Hf__Workforce *look(struct peer *peer, uint64_t pool) {
    const Hf__Reply *reply = ask(peer, REQUEST(pool, pool_state));
    assert_status(reply, HF_OK);
    return reply->workforce;
}
