/* SPDX-License-Identifier: MIT
 *
 * The inside of a pool's handle. It is shared by the threads that submit tasks, by the feeder
 * (feeder.c), which sends the tasks, and by the collector (collector.c), which receives their
 * results.
 *
 * A pool calls the manager by a client of its own. So a thread that closes or joins a pool has
 * another connection for it, without the thread's guard and pipeline, and these connections end
 * with the pool. If the feeder or the collector loses its connection, the pool is over, and all its
 * tasks end: results that were sent are lost, or the manager has dropped the submitter.
 *
 * One mutex guards all that changes. No thread makes a call, runs a callback or joins another
 * thread while it holds the mutex.
 */
#ifndef HF_POOL_H
#define HF_POOL_H

#include "callbacks.h"
#include "child.h"
#include "job.h"
#include "outbox.h"
#include "tag_table.h"
#include "wire_limits.h"

#include <holdfast/pool.h>
#include <pthread.h>
#include <stdatomic.h>

enum { POOL_THREADS = 2 };

/* Memory in which the records of a job's tasks are made. The pool keeps unused ones. */
struct record_buffer {
    struct buffer calls;
    struct buffer records;
    struct references references;
    size_t record_max_bytes;
    struct link in_buffers;
};

struct hf_pool {
    /* Written while one thread alone uses the pool: while it is opened, and while it is freed. */
    hf_client *owner;  /* the program's, with which it opened the pool */
    hf_client *client; /* for the pool's own calls; NULL once it is freed */
    const char *name;  /* while it is being opened */
    unsigned generation;
    hf_pool_options options;
    char label[HF_LABEL_MAX_BYTES];
    uint64_t id;
    uint64_t submitter;
    size_t frame_max_bytes;          /* of the manager */
    pthread_t threads[POOL_THREADS]; /* the feeder, the collector */
    unsigned thread_count;

    atomic_size_t holds; /* the handle, and each job */

    pthread_mutex_t mutex; /* for all below */
    bool locked;           /* for asserts */
    int cancel_before;     /* of the thread that holds the mutex */
    struct link work;      /* where the feeder waits */
    bool feeder_submits;   /* perhaps for long: pool_interrupt_feeder() ends its request */
    int wake_fd;           /* which that makes readable */
    struct file_id wake_file;
    struct link changed;    /* where other threads wait: the outbox has room, all tasks were sent or
                          * have ended, callbacks have been run, a thread of the pool is ready, or
                          * the pool is over */
    unsigned threads_ready; /* they have their connections */

    hf_status over; /* HF_OK: it is not; else why */
    char over_detail[HF_DETAIL_MAX_BYTES];
    bool closed; /* by this process: no task is accepted any more */
    bool terminated;
    bool freeing; /* the feeder sends detached tasks alone, until freed_by_ms, and ends */
    int64_t freed_by_ms;

    struct tag_table tags;
    uint64_t last_tag;
    struct link ended; /* tasks to notify of; empty while nobody holds the mutex */
    size_t open_tasks; /* were accepted here and have not ended */
    struct outbox boxes[2];
    struct outbox *gathered; /* tasks that were accepted and not yet taken by the feeder */
    struct outbox *sending;  /* tasks that the feeder has taken; only the feeder removes them */
    struct link to_cancel;   /* tasks that were sent and are to be cancelled at the manager */
    struct link buffers;     /* record buffers that no thread uses */
    struct link streams;     /* streams with tasks that were not accepted yet */
    struct callbacks callbacks;

    struct child supervisor;  /* its pid is 0 if there is none */
    size_t workers;           /* as many as were started, or the manager told; 0: none */
    int64_t workers_until_ms; /* until when that number is used */
};

/** A handle that is not connected, with one reference. NULL: no memory (the detail says so). */
struct hf_pool *pool_new(hf_client *client, const hf_pool_options *options);

struct hf_pool *pool_hold(struct hf_pool *pool);
void pool_drop(struct hf_pool *pool);

/** Whether this process's parent made the handle. Then only pool_forget() may be called. */
bool pool_is_parents(const struct hf_pool *pool);

/** The beginning of a function that uses the handle: clear the detail; a thread that was cancelled
 * ends here. Returns HF_OK; HF_INVALID: the handle is NULL, or the parent's. */
HF_MUST_USE hf_status pool_check(const struct hf_pool *pool);

/** The thread that holds the mutex is not cancelled, but while it waits. */
void pool_lock(struct hf_pool *pool);

/** Unlock, notify the threads that wait for tasks that ended under the mutex, and wake the feeder
 * if it waits and has something to do. */
void pool_unlock(struct hf_pool *pool);

/* ---- under the mutex ---- */

/** Whether the feeder has something to send. */
bool pool_has_work(const struct hf_pool *pool);

/** Wake all threads that wait in a list. */
void pool_wake(struct hf_pool *pool, struct link *waiters);

/** The same for `changed`. */
void pool_changed(struct hf_pool *pool);

/** Whether tasks that were accepted have not been sent. */
bool pool_has_unsent(const struct hf_pool *pool);

/** Wait in a list once, until somebody wakes it; the mutex is unlocked meanwhile. Returns HF_OK:
 * the caller looks again; HF_TIMEOUT: the deadline has passed; HF_CANCELLED: hf_interrupt(). */
HF_MUST_USE hf_status pool_wait(struct hf_pool *pool, struct link *waiters, int64_t deadline_ms);

/** The same for the pool's own threads, which nothing interrupts. */
void pool_wait_deaf(struct hf_pool *pool, struct link *waiters, int64_t deadline_ms);

/** Whether the pool accepts tasks: it is neither over nor closed by this process. */
bool pool_accepts(const struct hf_pool *pool);

/** HF_OK if it does; else HF_CLOSED, or the status of a pool that is over, with the detail. */
HF_MUST_USE hf_status pool_refusal(const struct hf_pool *pool);

/** Accept a task with its record: put it into the outbox and the table of tags.
 * Returns HF_OK; HF_NO_MEMORY; or as pool_refusal(). */
HF_MUST_USE hf_status pool_accept(struct hf_pool *pool, struct task *task, const uint8_t *record);

/** Whether the outbox has room for more. */
bool pool_has_room(const struct hf_pool *pool);

/** If the feeder waits for room in the pool, let it do something else first. */
void pool_interrupt_feeder(struct hf_pool *pool);

/** Let the feeder cancel a task that was sent. */
void pool_tell_to_cancel(struct hf_pool *pool, struct task *task);

/** For the feeder: the tag of the next task to cancel. Returns false: there is none. */
bool pool_take_to_cancel(struct hf_pool *pool, uint64_t *tag);

/** Empty the outboxes and the list of tasks to cancel: nothing more is sent. */
void pool_clear_lists(struct hf_pool *pool);

/** Cancel all tasks that were not sent; the detached ones only if `detached_too`. */
void pool_cancel_unsent(struct hf_pool *pool, bool detached_too);

/* ---- without it ---- */

/** End the pool: all tasks end with this status and the calling thread's detail, and threads that
 * wait for the pool get them. Does nothing if the pool is over already. */
void pool_end(struct hf_pool *pool, hf_status status);

/** In a forked child: release the memory of the parent's handle. */
void pool_forget(struct hf_pool *pool);

/** Whether this status of a call by the feeder or the collector ends the pool. */
bool pool_ends_with(hf_status status);

/** HF_OK, or the status of a pool that is over, which sets the calling thread's detail. */
hf_status pool_status(struct hf_pool *pool);

/** For how many workers a map is cut into tasks; at least 1. If this handle has not started the
 * workers, it asks the manager, at most once a second. */
size_t pool_worker_count(struct hf_pool *pool);

/** Take a record buffer, and tags, of which `*tag` is the first. NULL: no memory (the detail says
 * so). */
struct record_buffer *pool_take_records(struct hf_pool *pool, size_t tag_count, uint64_t *tag);

/** Under the mutex: return it. */
void pool_return_records(struct hf_pool *pool, struct record_buffer *buffer);

#endif
