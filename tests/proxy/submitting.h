/* SPDX-License-Identifier: MIT
 *
 * A submitter made of plain requests, for tests of workers.
 */
#ifndef HF_TESTS_SUBMITTING_H
#define HF_TESTS_SUBMITTING_H

#include "column.h"
#include "holdfast.pb-c.h"

#include <holdfast.h>
#include <holdfast/task.h>
#include <sys/types.h>

/** Named, unbounded; a new one. */
uint64_t new_pool(const char *name);
uint64_t new_submitter(uint64_t pool);
void close_pool(uint64_t pool, bool terminate);

enum { WORKERS_MAX = 16 };

struct workforce {
    uint64_t workers;
    uint64_t supervisors;
    uint64_t done;
    uint64_t queued;
    uint64_t running;
    pid_t pids[WORKERS_MAX]; /* of the workers */
};

struct workforce workforce_of(uint64_t pool);

/** Wait until so many workers are there. */
void await_workers(uint64_t pool, uint64_t count);

/** The tag is all that is set beforehand. */
Hf__Submission a_task(uint64_t tag, const char *function);

/** Submit it with these calls. */
void submit(uint64_t submitter, Hf__Submission task, const hf_any *arguments, size_t count,
            size_t width);

/** Submit it with these bytes for calls. */
void submit_bytes(uint64_t submitter, Hf__Submission task, const void *calls, size_t len);

/** With one argument, an int. */
void submit_int(uint64_t submitter, Hf__Submission task, int64_t argument);

void cancel(uint64_t submitter, uint64_t tag);

enum { OUTCOMES_MAX = 8 };

/* The result of one task. */
struct outcome {
    uint64_t tag;
    hf_status status;
    char detail[1024];
    int signal;    /* 0: none is known */
    int exit_code; /* -1: none is known */
    unsigned runs;
    size_t count;
    hf_any values[OUTCOMES_MAX]; /* owned */
    struct failures failures;
};

/** Wait for the next result of tasks that have `count` calls. */
struct outcome collect(uint64_t submitter, size_t count);

/** Wait for the progress of a task; owned. */
hf_any collect_progress(uint64_t submitter);

void outcome_clear(struct outcome *outcome);

/** Collect a result of one call that is this int. */
void expect_int(uint64_t submitter, int64_t value);

/** Collect a result that has no values, for this reason. Returns it, to be cleared. */
struct outcome expect_status(uint64_t submitter, hf_status status);

#endif
