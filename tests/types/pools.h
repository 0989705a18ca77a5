/* SPDX-License-Identifier: MIT
 *
 * Shared by the tests of pools: a world in which ada submits to a pool, and words for the requests
 * of workers, submitters and supervisors.
 */
#ifndef HF_TESTS_POOLS_H
#define HF_TESTS_POOLS_H

#include "world.h"

struct pool_fixture {
    struct world *world;
    struct peer *ada;
    struct peer *boss;  /* supervises, if a test says so */
    uint64_t pool;      /* "pool" */
    uint64_t submitter; /* ada's */
};

/** A pool, with bounds or without (0), that has no workers. */
struct pool_fixture pool_fixture_of(struct world *world, uint64_t max_tasks, uint64_t max_bytes);
struct pool_fixture pool_fixture_new(struct world *world);

uint64_t open_pool_of(struct peer *peer, uint64_t max_tasks, uint64_t max_bytes);
uint64_t open_pool(struct peer *peer);
uint64_t open_submitter(struct peer *peer, uint64_t pool);
uint64_t open_supervisor(struct peer *peer, uint64_t pool);

ProtobufCBinaryData bytes_of(const char *text);

/** A task for f(), whose calls are the bytes "calls"; and others. */
Hf__Submission task(uint64_t tag);
Hf__Submission task_again(uint64_t tag, uint32_t retries);
Hf__Submission task_limited(uint64_t tag, uint64_t time_limit_ms);
Hf__Submission task_ranked(uint64_t tag, int32_t priority);
Hf__Submission task_detached(uint64_t tag);

/** Submit one that may wait so long; its id. */
uint64_t send_task(struct peer *peer, uint64_t submitter, Hf__Submission task, int64_t timeout_ms);
/** Submit as many as there are, not waiting. */
Hf__Reply *ask_tasks(struct peer *peer, uint64_t submitter, Hf__Submission *tasks, size_t count);
Hf__Reply *ask_task(struct peer *peer, uint64_t submitter, Hf__Submission task);
/** The same, which must be taken on. */
void submit_task(struct peer *peer, uint64_t submitter, Hf__Submission task);
void submit(struct peer *peer, uint64_t submitter, uint64_t tag);

Hf__Reply *enlist(struct peer *peer, uint64_t pool);
Hf__Reply *enlist_for(struct peer *peer, uint64_t pool, uint64_t supervisor, uint64_t number);
/** A new peer that is a worker. */
struct peer *join_worker(struct world *world, const char *label, uint64_t pool);
struct peer *join_worker_for(const struct pool_fixture *f, uint64_t supervisor, uint64_t number);

/** Take a task without waiting. */
const Hf__Task *take(struct peer *peer, uint64_t pool);
/** Wait for one, for ever: the id of the call. */
uint64_t wait_to_take(struct peer *peer, uint64_t pool);
Hf__Reply *finish(struct peer *peer, uint64_t pool, uint64_t task, const char *outcomes);
/** Take a task and finish it. */
void run_one(struct peer *peer, uint64_t pool);
/** Whether the task should go on, as its worker is told. */
bool goes_on(struct peer *peer, uint64_t pool, uint64_t task);
Hf__Reply *report_progress(struct peer *peer, uint64_t pool, uint64_t task, Hf__Any *value);

/** Collect the results, which must be so many. */
const Hf__Collected *collect(struct peer *peer, uint64_t submitter, size_t count);
/** One result, of this task. */
const Hf__Result *collect_one(struct peer *peer, uint64_t submitter, uint64_t tag,
                              hf_status status);
void assert_nothing(struct peer *peer, uint64_t submitter);

uint64_t wait_to_supervise(struct peer *peer, uint64_t supervisor, bool grow);
/** Ask for news without waiting. */
const Hf__Supervision *supervise(struct peer *peer, uint64_t supervisor, bool grow);
void report_signal(struct peer *peer, uint64_t supervisor, uint64_t number, int32_t signal);
void report_exit(struct peer *peer, uint64_t supervisor, uint64_t number, int32_t code);

void close_pool(struct peer *peer, uint64_t pool);
void terminate_pool(struct peer *peer, uint64_t pool);
const Hf__Workforce *look(struct peer *peer, uint64_t pool);

#endif
