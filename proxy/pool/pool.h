/* SPDX-License-Identifier: MIT
 *
 * What a pool's handle is inside: shared by the threads that submit, by the feeder (feeder.c),
 * which sends what they have submitted, and by the collector (collector.c), which receives what has
 * come of it.
 *
 * A pool calls the manager by a client of its own. So a thread that closes or joins a pool has
 * another connection for it, without its guard and its pipeline, and these connections end with the
 * pool. To the submitter the feeder and the collector stand for this process: if one of them loses
 * its connection, the pool is over, and all its tasks end.
 *
 * One mutex guards all that changes. No call, no callback and no waiting for another thread is ever
 * made under it.
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

/* Where the records of tasks are made. */
struct record_buffer {
    struct buffer calls;
    struct buffer records;
    struct references references;
    struct link in_buffers;
};

struct hf_pool {
    /* Written before other threads know of it. */
    hf_client *owner;  /* the client that the program has opened the pool with */
    hf_client *client; /* for the pool's own calls; NULL once it is freed */
    const char *name;  /* while it is being opened */
    unsigned generation;
    hf_pool_options options;
    char label[HF_LABEL_MAX_BYTES];
    uint64_t id;
    uint64_t submitter;
    pthread_t threads[POOL_THREADS]; /* the feeder, the collector */
    unsigned thread_count;

    atomic_size_t holds; /* the handle, and each job */

    pthread_mutex_t mutex; /* for all below */
    pthread_cond_t work;   /* for the feeder */
    bool feeder_waits;
    pthread_cond_t changed; /* for all others: there is room, or the pool is over, or has nothing to
                             * do, or one of its threads is ready */
    unsigned waiters;
    unsigned threads_ready; /* they have their connections */

    hf_status over; /* why nothing goes on any more; HF_OK: it does */
    char over_detail[HF_DETAIL_MAX_BYTES];
    bool closed; /* here: nothing more is submitted */
    bool terminated;
    bool freeing; /* what is not detached is not sent any more, and then the feeder ends */
    int64_t freed_by_ms;

    struct tag_table tags;
    uint64_t last_tag;
    struct link ended; /* tasks of which nobody has been notified; empty when the mutex is free */
    size_t open_tasks; /* that were accepted here and have not ended */
    struct outbox boxes[2];
    struct outbox *gathered;
    struct outbox *sending; /* changed by the feeder alone */
    struct link to_cancel;  /* tasks that were sent */
    struct link buffers;    /* that nobody uses */
    struct link streams;    /* that have not handed over all their tasks */
    struct callbacks callbacks;

    struct child supervisor; /* its pid is 0 where there is none */
    size_t workers;          /* as many as were started, or found; 0: none yet */
    int64_t workers_until_ms;
};

/** A handle, not connected. NULL: no memory (the detail says so). */
struct hf_pool *pool_new(hf_client *client, const hf_pool_options *options);

struct hf_pool *pool_hold(struct hf_pool *pool);
void pool_drop(struct hf_pool *pool);

/** Whether the handle was made by this process's parent: then nothing of it may be used. */
bool pool_is_parents(const struct hf_pool *pool);

/** HF_OK, with the detail cleared; HF_INVALID: it is NULL, or the parent's. */
HF_MUST_USE hf_status pool_check(const struct hf_pool *pool);

/** The same before a call; also the status of a pool that is over, with its detail. */
HF_MUST_USE hf_status pool_check_call(struct hf_pool *pool);

/** The status of a call that was made after that. Where the pool is over, or is so by this, that of
 * the pool. */
HF_MUST_USE hf_status pool_answered(struct hf_pool *pool, hf_status status);

void pool_lock(struct hf_pool *pool);

/** Unlock, notify those who wait for tasks that have ended meanwhile, and wake the feeder if it waits
 * and has something to do. */
void pool_unlock(struct hf_pool *pool);

/* ---- under the mutex ---- */

/** Whether the feeder has something to do. */
bool pool_has_work(const struct hf_pool *pool);

/** Wake all that wait for `changed`. */
void pool_changed(struct hf_pool *pool);

/** Whether tasks that were accepted have not been sent. */
bool pool_has_unsent(const struct hf_pool *pool);

/** Wait for `changed` once. Returns false when the deadline has passed. */
bool pool_wait(struct hf_pool *pool, int64_t deadline_ms);

/** The same for another condition, whose waiters are counted there. */
bool pool_wait_for(struct hf_pool *pool, pthread_cond_t *cond, unsigned *waiters,
                   int64_t deadline_ms);

/** Whether tasks are accepted: the pool is neither over nor closed here. */
bool pool_accepts(const struct hf_pool *pool);

/** HF_OK if they are; else HF_CLOSED or the status of a pool that is over. */
HF_MUST_USE hf_status pool_refusal(const struct hf_pool *pool);

/** Accept a task with its record: it is in the outbox, and among those whose tags are known.
 * Returns HF_OK; HF_NO_MEMORY; or as pool_refusal(). */
HF_MUST_USE hf_status pool_accept(struct hf_pool *pool, struct task *task, const uint8_t *record);

/** Whether the outbox has room for more. */
bool pool_has_room(const struct hf_pool *pool);

/** Cancel a task that was sent, when the feeder comes to it. */
void pool_tell_to_cancel(struct hf_pool *pool, struct task *task);

/** For the feeder: the tag of the next task to cancel. Returns false: there is none. */
bool pool_take_to_cancel(struct hf_pool *pool, uint64_t *tag);

/** Cancel all that was accepted and not sent, but for what is detached, unless that is to be
 * cancelled too. */
void pool_cancel_unsent(struct hf_pool *pool, bool detached_too);

/** A job has ended: it may have callbacks. */
void pool_call_back(struct hf_result *job);

/* ---- without it ---- */

/** The pool is over: all tasks end with this status, and the calling thread's detail, and so does
 * whoever waits for the pool. Does nothing if it is over already. */
void pool_end(struct hf_pool *pool, hf_status status);

/** In a forked child: release the memory of the parent's handle. */
void pool_forget(struct hf_pool *pool);

/** Whether this status of a call of the feeder's or the collector's means that the pool is over. */
bool pool_ends_with(hf_status status);

/** HF_OK, or the status of a pool that is over, with its detail as the calling thread's. */
hf_status pool_status(struct hf_pool *pool);

/** How many workers a map is cut up for; at least 1. For a pool whose workers somebody else starts,
 * the manager is asked at most once a second. */
size_t pool_worker_count(struct hf_pool *pool);

/** Take a record buffer, and tags: the first is `*tag`. NULL: no memory (the detail says so). It is
 * returned under the mutex. */
struct record_buffer *pool_take_records(struct hf_pool *pool, size_t tag_count, uint64_t *tag);
void pool_return_records(struct hf_pool *pool, struct record_buffer *buffer);

#endif
