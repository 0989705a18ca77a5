/* SPDX-License-Identifier: MIT
 *
 * Pools: tasks that worker processes run, and their results. A pool is a multiprocessing.Pool, and
 * more: the death of a worker never leaves anybody waiting, workers may be on any host, the pool
 * grows and shrinks, and several processes may share one.
 *
 *     hf_pool *pool = NULL;
 *     hf_pool_options options = HF_POOL_OPTIONS;
 *     options.work.functions = functions;      // task.h
 *     options.work.function_count = 1;
 *     hf_status status = hf_pool_start(client, NULL, &options, &pool);
 *
 *     if (hf_ok(status))
 *         status = hf_pool_map(pool, "square", items, 100, NULL, -1, &squares);
 *     if (hf_ok(status))
 *         status = hf_pool_close(pool);
 *     if (hf_ok(status))
 *         status = hf_pool_join(pool, -1);
 *     hf_pool_free(pool);
 *
 * hf_pool_start() forks a supervisor, which forks the workers. They end by themselves when this
 * process ends, when the manager ends, and when the supervisor is killed.
 *
 * A task ends exactly once: with its result, or with a status that says why it has none. Tasks of
 * one handle are run by priority and then in the order in which they were submitted; several
 * handles take turns.
 *
 * A handle has two threads and two connections of its own, to submit and to collect. If it loses
 * one of the connections, the handle is over: all its tasks end with a fatal status, and every
 * later call returns it. Calls here do not use the calling thread's connection, its guard or its
 * pipeline: a thread that closes, joins or asks about a pool has another connection for it until
 * the pool is freed.
 *
 * A thread that is cancelled (pthread_cancel) while it waits here gives up its own part only: the
 * tasks of hf_pool_apply(), of a map and of a submit that it waits in are cancelled, as after a
 * timeout; in hf_pool_open() and hf_pool_start() the handle that was being made is freed; in
 * hf_pool_work() the worker leaves, and its task is lost. Results, tasks of other threads, and the
 * handle are as before. If a callback is cancelled in hf_pool_process() or hf_pool_join(), it is
 * not called again; the other callbacks are for the next call.
 *
 * hf_interrupt() of the client ends a wait here in the same way, with HF_CANCELLED: the tasks of
 * hf_pool_apply(), of a map and of a submit that waits for room are cancelled, a handle that was
 * being made is freed, a worker leaves after its task. hf_result_get(), hf_results_next() and
 * hf_pool_join() take nothing, and may be called again; so may hf_pool_close(), which has closed
 * the pool for this process only. The pool's own threads are not interrupted.
 *
 * All threads of the process that made a handle may use it, but not a forked child: there every
 * function returns HF_INVALID, and hf_pool_free() only releases its memory. A pool must be freed
 * before its client; results may be freed after both.
 */
#ifndef HOLDFAST_POOL_H
#define HOLDFAST_POOL_H

#include <holdfast/object.h>
#include <holdfast/task.h>

HF_BEGIN_DECLS

typedef struct hf_pool hf_pool;

/** Options of a pool. Start from HF_POOL_OPTIONS. */
typedef struct hf_pool_options {
    hf_mode mode;
    /** Limit on queued tasks; a submit blocks once this many are queued in the manager and as many
     *  again in this process; 0: no bound but the manager's. */
    uint64_t max_tasks;
    /** Limit on the bytes of queued tasks (their functions' names and arguments); 0: no bound. */
    uint64_t max_bytes;

    /* For hf_pool_start(); no_thread for hf_pool_open() as well. */

    /** The workers' functions, unless there is a program. Its idle_ms is for the workers beyond
     *  `least`; 0: 10,000. */
    hf_work work;
    /** A program that calls hf_pool_work(), and its arguments, ended by NULL. It is looked for in
     *  $PATH. NULL: workers are forked. */
    const char *const *program;
    unsigned least; /**< workers that are always there; 0: as `most` */
    /** Most workers, at least `least`; 0: the number of CPUs that this process may use: those of
     *  its affinity, or fewer by the CPU quota of its control group (of version 1 or 2, or of a
     *  group around it), rounded up. */
    unsigned most;
    bool no_thread;       /**< hf_pool_process() runs the callbacks, not a thread */
    uint64_t reserved[8]; /**< zeros */
} hf_pool_options;

#define HF_POOL_OPTIONS HF_ZEROS

/** Open the pool with this name, or create it, and start workers for it.
 *
 *  Workers are processes of one thread, children of a supervisor that is a child of this process.
 *  They have this process's standard output and error, and whatever else a fork inherits, but no
 *  standard input, no signal handlers, no blocked signals, and a process group of their own: Ctrl-C
 *  reaches this process only. A worker that ends is replaced. A worker whose initializer fails, or
 *  whose program cannot be run, says so on standard error and is started again, after 10 ms at
 *  first and 1 s at last. While tasks have waited for 10 ms and no worker is idle, the number of
 *  workers doubles.
 *
 *  Without a program the supervisor is a fork of this process that runs only the functions. A mutex
 *  of the program that another thread holds at that moment stays locked there for ever: a program
 *  with threads should start the pool first, or use a worker program.
 *
 *  A worker program finds its pool in $HOLDFAST_POOL and its place in $HOLDFAST_WORKER, which
 *  hf_pool_work() reads, and with it max_tasks and idle_ms of these options if they are set; the
 *  manager in $HOLDFAST_ADDRESS; its label in $HOLDFAST_LABEL. The caller sets $HOLDFAST_KEY_FILE
 *  if there is a key.
 *
 *  name     NULL: an unnamed pool, of this process and its workers alone
 *  options  copied, not NULL; the functions must stay where they are
 *  pool     out, not NULL; release with hf_pool_free()
 *  Returns  HF_OK (workers are being started). Otherwise there is no handle: HF_INVALID (neither
 *           functions nor a program, or no such program); HF_SYSTEM (cannot fork, or start a
 *           thread); HF_WRONG_TYPE (another type, or a pool with other bounds); HF_EXISTS or
 *           HF_NO_OBJECT (by mode); HF_CLOSED (the pool is closed); HF_NO_MEMORY; or a fatal status
 *  Source   multiprocessing.Pool(processes, initializer, initargs, maxtasksperchild)
 */
HF_API HF_MUST_USE hf_status hf_pool_start(hf_client *client, const char *name,
                                           const hf_pool_options *options, hf_pool **pool);

/** Open the pool with this name, or create it, without workers: to submit to a pool that others
 *  work for.
 *
 *  options  copied; NULL: HF_POOL_OPTIONS
 *  pool     out, not NULL; release with hf_pool_free()
 *  Returns  as hf_pool_start()
 */
HF_API HF_MUST_USE hf_status hf_pool_open(hf_client *client, const char *name,
                                          const hf_pool_options *options, hf_pool **pool);

/** Cancel all tasks that are not detached and have not ended, and release the handle and its
 *  threads.
 *
 *  Without hf_pool_join() before it, the workers that this handle has started are killed. Results
 *  stay, and end with HF_CANCELLED. Callbacks that have not been run are run before it returns. It
 *  waits until the detached tasks have been sent, at most for the client's answer_timeout_ms.
 *
 *  pool     NULL is accepted. From a callback of the pool, it only tells by hf_last_detail() that
 *           the pool cannot be freed there
 */
HF_API void hf_pool_free(hf_pool *pool);

/** Options of a task. A NULL pointer to them means HF_TASK_OPTIONS. */
typedef struct hf_task_options {
    int priority;     /**< -10 to 10, higher first */
    unsigned retries; /**< how often it is run again if its worker dies */
    /** Limit for each run; after it the task ends with HF_TIME_LIMIT and the worker is killed, even
     *  a stopped one (which without a limit keeps its task); 0: none; negative is HF_INVALID. */
    int64_t time_limit_ms;
    /** Run also when this process is gone, by workers that others have started: the workers of this
     *  process end with it. */
    bool detached;
    /** For a map: calls in one task; 0: about four tasks per worker, of 1 MiB at most. */
    size_t chunk;
    /** For the functions ..._async: called once, when the result has come or has failed, by a
     *  thread that runs only callbacks, or by hf_pool_process(). `value` and `detail` are borrowed.
     *  They may use the pool and wait for other results. NULL: none. */
    void (*callback)(void *argument, hf_any value);
    void (*error_callback)(void *argument, hf_status status, const char *detail);
    void *argument;       /**< passed to the callbacks */
    uint64_t reserved[8]; /**< zeros */
} hf_task_options;

#define HF_TASK_OPTIONS HF_ZEROS

/** The result of a task, or of all tasks of a map, once it has ended. */
typedef struct hf_result hf_result;

/** Run a function once, and wait for its result.
 *
 *  function    its name, 1 to 255 bytes
 *  arguments   borrowed
 *  count       how many arguments
 *  options     borrowed; NULL: HF_TASK_OPTIONS
 *  timeout_ms  limit to wait for room in the pool and for the result; then the task is cancelled
 *  value       out; hf_any_clear()
 *  Returns     HF_OK; HF_TASK_FAILED, or another status that the function has returned, with its
 *              words; HF_WORKER_LOST (the worker died or was killed: the detail has the signal, the
 *              function and its arguments); HF_TIME_LIMIT; HF_TIMEOUT; HF_CANCELLED; HF_CLOSED (the
 *              pool is closed, or nobody is left who would run the task); HF_DELETED (the pool was
 *              deleted); HF_TOO_BIG; HF_INVALID; HF_NO_MEMORY; or a fatal status
 *  Source      multiprocessing.pool.Pool.apply
 */
HF_API HF_MUST_USE hf_status hf_pool_apply(hf_pool *pool, const char *function,
                                           const hf_any *arguments, size_t count,
                                           const hf_task_options *options, int64_t timeout_ms,
                                           hf_any *value);

/** Submit a task without waiting for its result. The call waits only while the pool is full, or
 *  while the manager does not keep up: this process keeps 4,096 tasks, or 1 MiB of them, while
 *  others are being sent.
 *
 *  result   out; hf_result_free(). NULL: only the callbacks are wanted
 *  Returns  HF_OK (accepted by this process: the result tells the rest); HF_INVALID; HF_TOO_BIG;
 *           HF_NO_MEMORY; HF_SYSTEM (no thread for callbacks); HF_CLOSED (this process has closed
 *           the pool); or the status that ended the handle: HF_DELETED or a fatal one
 *  Cost     no round trip of its own: a thread sends tasks, many at a time
 *  Source   multiprocessing.pool.Pool.apply_async
 */
HF_API HF_MUST_USE hf_status hf_pool_apply_async(hf_pool *pool, const char *function,
                                                 const hf_any *arguments, size_t count,
                                                 const hf_task_options *options,
                                                 hf_result **result);

/** Call a function with each of these values, and wait for all results.
 *
 *  items    borrowed; one argument for each call
 *  count    how many items; may be 0
 *  values   out: `count` results, in the order of the items; hf_any_array_clear()
 *  Returns  as hf_pool_apply(); of several failures the first, in order of the items
 *  Source   multiprocessing.pool.Pool.map
 */
HF_API HF_MUST_USE hf_status hf_pool_map(hf_pool *pool, const char *function, const hf_any *items,
                                         size_t count, const hf_task_options *options,
                                         int64_t timeout_ms, hf_any_array *values);

/** Submit a map without waiting for its results: the value of the result is a list of them.
 *  Otherwise as hf_pool_apply_async().
 *  Source: multiprocessing.pool.Pool.map_async */
HF_API HF_MUST_USE hf_status hf_pool_map_async(hf_pool *pool, const char *function,
                                               const hf_any *items, size_t count,
                                               const hf_task_options *options, hf_result **result);

/** Call a function with each of these lists of arguments; otherwise as hf_pool_map() and
 *  hf_pool_map_async().
 *
 *  items    borrowed; each is a list: the arguments of one call
 *  Returns  as those; HF_INVALID (an item is not a list)
 *  Source   multiprocessing.pool.Pool.starmap, starmap_async
 */
HF_API HF_MUST_USE hf_status hf_pool_starmap(hf_pool *pool, const char *function,
                                             const hf_any *items, size_t count,
                                             const hf_task_options *options, int64_t timeout_ms,
                                             hf_any_array *values);
HF_API HF_MUST_USE hf_status hf_pool_starmap_async(hf_pool *pool, const char *function,
                                                   const hf_any *items, size_t count,
                                                   const hf_task_options *options,
                                                   hf_result **result);

/** Wait for a result. It may be got any number of times.
 *
 *  value    out: a copy; hf_any_clear()
 *  Returns  HF_TIMEOUT (not yet); HF_CANCELLED (hf_interrupt(); if hf_result_ready(), the task was
 *           cancelled); otherwise as hf_pool_apply()
 *  Cost     no round trip
 *  Source   multiprocessing.pool.AsyncResult.get
 */
HF_API HF_MUST_USE hf_status hf_result_get(hf_result *result, int64_t timeout_ms, hf_any *value);

/** Wait until the task, or the whole map, has ended.
 *
 *  Returns  whether it has; false also after hf_interrupt()
 *  Source   multiprocessing.pool.AsyncResult.wait
 */
HF_API bool hf_result_wait(hf_result *result, int64_t timeout_ms);

/** Tell whether it has ended; whether it has ended and none of its calls has failed. No round
 *  trip. */
HF_API bool hf_result_ready(hf_result *result);
HF_API bool hf_result_successful(hf_result *result);

/** Get the latest progress that the task has reported; of a map, that of the task that reported
 *  last.
 *
 *  value    out: a copy, null if there is none; hf_any_clear()
 *  Returns  HF_OK; HF_NO_MEMORY
 *  Cost     no round trip
 */
HF_API HF_MUST_USE hf_status hf_result_progress(hf_result *result, hf_any *value);

/** Get how many of its calls have ended, and how many there are.
 *
 *  ended    out, not NULL
 *  all      out, not NULL
 */
HF_API void hf_result_calls(hf_result *result, size_t *ended, size_t *all);

/** Cancel every task of it that has not ended: a queued task never runs, a running one is told when
 *  it asks (hf_task_cancelled) and is not run again. The call waits for nothing: the result tells
 *  what has become of them.
 *
 *  Returns  HF_OK, also if all have ended
 */
HF_API HF_MUST_USE hf_status hf_result_cancel(hf_result *result);

/** Release the result; its tasks go on. NULL is accepted. */
HF_API void hf_result_free(hf_result *result);

/** The results of many calls, taken one after the other. */
typedef struct hf_results hf_results;

/** Call a function with each of these values; hf_results_next() gives the results in their order.
 *
 *  The call does not wait. Tasks are submitted as results are taken, at most 1,024 ahead. There are
 *  no callbacks.
 *
 *  items    borrowed
 *  options  `chunk` 0 means 1, as in Python
 *  results  out, not NULL; hf_results_free()
 *  Returns  as hf_pool_apply_async()
 *  Source   multiprocessing.pool.Pool.imap
 */
HF_API HF_MUST_USE hf_status hf_pool_imap(hf_pool *pool, const char *function, const hf_any *items,
                                          size_t count, const hf_task_options *options,
                                          hf_results **results);

/** As hf_pool_imap(), but results come in the order in which the tasks end.
 *  Source: multiprocessing.pool.Pool.imap_unordered */
HF_API HF_MUST_USE hf_status hf_pool_imap_unordered(hf_pool *pool, const char *function,
                                                    const hf_any *items, size_t count,
                                                    const hf_task_options *options,
                                                    hf_results **results);

/** Get the next result. Several threads may take them.
 *
 *  index    out, also written if that call has failed: which item it is of. Not written: no call
 *           was taken
 *  value    out; hf_any_clear()
 *  Returns  HF_OK; HF_TIMEOUT (not yet), HF_CANCELLED without an index (hf_interrupt()): the same
 *           one is next again; HF_INDEX_ERROR (there are no
 *           more); otherwise this call has failed, as hf_pool_apply(), and the next one is next
 *  Cost     no round trip
 */
HF_API HF_MUST_USE hf_status hf_results_next(hf_results *results, int64_t timeout_ms, size_t *index,
                                             hf_any *value);

/** Cancel the tasks that have not ended, and release the results. NULL is accepted. */
HF_API void hf_results_free(hf_results *results);

/** Accept no more tasks from anybody: the tasks that are there are run, then the workers end.
 *
 *  The call waits until all tasks of this handle have been sent, which takes long only while the
 *  pool is full.
 *
 *  Returns  HF_OK; HF_CANCELLED (hf_interrupt(): others may still submit); HF_DELETED;
 *           HF_NO_MEMORY; or a fatal status
 *  Source   multiprocessing.pool.Pool.close
 */
HF_API HF_MUST_USE hf_status hf_pool_close(hf_pool *pool);

/** Accept no more tasks, end all tasks with HF_CANCELLED now, and kill the workers that supervisors
 *  have started. Tasks are not waited for.
 *
 *  Returns  as hf_pool_close()
 *  Source   multiprocessing.pool.Pool.terminate
 */
HF_API HF_MUST_USE hf_status hf_pool_terminate(hf_pool *pool);

/** Wait until a closed pool has run everything, its workers have ended, and the callbacks of this
 *  handle have been run. With `no_thread`, the callbacks are run here.
 *
 *  Returns  HF_OK; HF_TIMEOUT; HF_CANCELLED; HF_VALUE_ERROR (the pool is not closed); HF_DEADLOCK
 *           (called from a callback); HF_DELETED, or a fatal status: nothing is left to wait for
 *  Source   multiprocessing.pool.Pool.join
 */
HF_API HF_MUST_USE hf_status hf_pool_join(hf_pool *pool, int64_t timeout_ms);

/** A descriptor, for poll() or any event loop, that is readable when callbacks are to be run by
 *  hf_pool_process(). It belongs to the pool. -1 if the pool is not one with `no_thread`. */
HF_API int hf_pool_fd(const hf_pool *pool);

/** Run the callbacks of results that have come, in the calling thread. Several threads may do this
 *  at a time, each with other results.
 *
 *  Returns  of how many results; 0 for a pool that has a thread for them
 */
HF_API size_t hf_pool_process(hf_pool *pool);

/** A worker, as hf_pool_state_get() finds it. */
typedef struct hf_worker {
    char label[256];
    uint64_t session;
    uint64_t pid;
    uint64_t tasks;      /**< how many it has finished */
    char function[256];  /**< of the task that it runs; "": it is idle */
    char submitter[256]; /**< label of the process that has submitted the task */
    uint64_t submitter_pid;
    uint64_t running_ms;
    unsigned run;         /**< of the task: 1 for the first */
    hf_any progress;      /**< of the task; null: none */
    uint64_t reserved[4]; /**< zeros */
} hf_worker;

/** The state of a pool. Release with hf_pool_state_clear(). */
typedef struct hf_pool_state {
    uint64_t queued;    /**< tasks that wait to be run */
    uint64_t running;   /**< tasks that are being run */
    uint64_t done;      /**< tasks that have ended with a result, since the pool was made */
    uint64_t failed;    /**< how many of those have a call that failed */
    uint64_t lost;      /**< tasks that have ended with HF_WORKER_LOST or HF_TIME_LIMIT */
    uint64_t cancelled; /**< tasks that have ended with HF_CANCELLED */
    uint64_t retried;   /**< how often a task was run again */
    uint64_t submitters;
    uint64_t supervisors;
    uint64_t worker_count;
    hf_worker *workers; /**< the first 1,000 */
    size_t len;         /**< how many of them are here */
    bool closed;
    uint64_t reserved[4]; /**< zeros */
} hf_pool_state;

/** Get the state of a pool.
 *
 *  state    out, not NULL; hf_pool_state_clear()
 */
HF_API HF_MUST_USE hf_status hf_pool_state_get(hf_pool *pool, hf_pool_state *state);

/** Release the workers of a state. NULL is accepted. */
HF_API void hf_pool_state_clear(hf_pool_state *state);

/** The pool as an object, for hf_object_describe() and others. No round trip. */
HF_API hf_object hf_pool_object(const hf_pool *pool);

HF_END_DECLS
#endif
