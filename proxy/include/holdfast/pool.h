/* SPDX-License-Identifier: MIT
 *
 * Pools: tasks that worker processes run, and their results, as multiprocessing.Pool, but for what
 * that lacks: a worker that dies never leaves anybody waiting, workers may be on any host, the pool
 * grows and shrinks, and several processes may share one.
 *
 *     hf_pool *pool = NULL;
 *     hf_pool_options options = HF_POOL_OPTIONS;
 *     options.work.functions = functions;      // task.h
 *     options.work.function_count = 1;
 *     hf_pool_start(client, NULL, &options, &pool);
 *
 *     hf_any numbers[100];
 *     hf_any_array squares;
 *     hf_pool_map(pool, "square", numbers, 100, NULL, -1, &squares);
 *
 *     hf_pool_close(pool);
 *     hf_pool_join(pool, -1);
 *     hf_pool_free(pool);
 *
 * hf_pool_start() forks a supervisor, which forks the workers. They end by themselves when this
 * process ends, when the manager ends, and when the supervisor is killed.
 *
 * A task ends exactly once: with its result, or with a status that says why there is none. Tasks of
 * one handle are run in the order in which they were submitted, by priority; between handles, each
 * has its turn.
 *
 * A handle has two threads and two connections of its own, by which it submits and collects. If it
 * loses one of them, it is over: all its tasks end with a fatal status, and so does each call that
 * follows. Calls here have no part in the calling thread's connection, its guard or its pipeline: a
 * thread that closes, joins or looks at a pool has another connection for it until the pool is freed.
 *
 * Handles are usable from all threads of the process that made them, not from a forked child: there
 * every function returns HF_INVALID, and hf_pool_free() releases its memory. A pool is freed before
 * its client; results may be freed after both.
 */
#ifndef HOLDFAST_POOL_H
#define HOLDFAST_POOL_H

#include <holdfast/object.h>
#include <holdfast/task.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_pool hf_pool;

/** Start from HF_POOL_OPTIONS, so that new fields keep their defaults. */
typedef struct hf_pool_options {
    hf_mode mode;
    uint64_t max_tasks; /**< that wait to be run: who submits more waits, once twice as many are
                         * kept here; 0: no bound but the manager's */
    uint64_t max_bytes; /**< the same for what they take; 0: no bound */

    /* The rest is for hf_pool_start(). */
    hf_work work; /**< its functions, unless there is a program; idle_ms is for the workers
                   * beyond `least`, 0: 10 s */
    const char *const *program; /**< a worker program and its arguments, ended by NULL, which calls
                                 * hf_pool_work(); looked for in $PATH; NULL: workers are forked */
    unsigned least;             /**< workers that are always there; 0: as `most` */
    unsigned most;  /**< 0: the number of CPUs that this process may use, at least `least` */
    bool no_thread; /**< callbacks are run by hf_pool_process(), not by a thread; also of a pool
                     * that is only opened */
} hf_pool_options;

#define HF_POOL_OPTIONS                                                                            \
    { HF_OPEN_OR_CREATE, 0, 0, HF_WORK, NULL, 0, 0, false }

/** Open the pool with this name, or create it, and start workers for it.
 *
 *  name     NULL: an unnamed pool, of this process and its workers alone
 *  options  copied, but for what it points to that is said to stay
 *  pool     out; hf_pool_free()
 *
 *  Returns  HF_OK: workers are being started; HF_INVALID (neither functions nor a program, or a
 *           program that is not there); HF_SYSTEM (cannot fork, or start a thread); HF_WRONG_TYPE;
 * by mode HF_EXISTS or HF_NO_OBJECT; HF_CLOSED; HF_NO_MEMORY; or a fatal status
 *
 *  Workers  are processes of one thread, children of a supervisor that is a child of this process.
 *           They have this process's standard output and error, and what else a fork inherits, but
 *           no standard input, no signal handlers, no blocked signals, and a process group of their
 *           own: Ctrl-C is for this process to deal with. One that ends is replaced; one whose
 *           initializer fails, or whose program cannot be run, says so on standard error and is
 *           tried again, after 10 ms at first and 1 s at last. The number grows while tasks have
 *           waited for 10 ms and no worker is idle, to twice as many each time
 *
 *  Fork     without a program the supervisor is a fork of this process, and runs no more of it than
 *           the functions. What other threads hold at that moment (mutexes of the program's own)
 *           stays held there for ever: with threads, start the pool first, or use a program
 *
 *  Program  finds its pool in $HOLDFAST_POOL and whose worker it is in $HOLDFAST_WORKER, which
 *           hf_pool_work() goes by, with max_tasks and idle_ms of these options where they are set;
 *           the manager in $HOLDFAST_ADDRESS; its label in $HOLDFAST_LABEL. A key file has to be in
 *           $HOLDFAST_KEY_FILE already
 */
HF_API HF_MUST_USE hf_status hf_pool_start(hf_client *client, const char *name,
                                           const hf_pool_options *options, hf_pool **pool);

/** The same without workers: to submit to a pool that others work for.
 *  Returns as above. */
HF_API HF_MUST_USE hf_status hf_pool_open(hf_client *client, const char *name,
                                          const hf_pool_options *options, hf_pool **pool);

/** Cancel what is not detached and has not ended, and release the handle and its threads. Without
 * hf_pool_join() before it, workers that this handle has started are killed. Results stay, and end
 * HF_CANCELLED, and callbacks that have not been run are run before it returns. It waits until what
 * is detached has been handed over, for the client's answer_timeout_ms at most. Not from a
 * callback. NULL is accepted. */
HF_API void hf_pool_free(hf_pool *pool);

/** Options of a task. NULL wherever they are taken: HF_TASK_OPTIONS. */
typedef struct hf_task_options {
    int priority;          /**< -10 to 10, higher first */
    unsigned retries;      /**< how often it is run again when its worker dies */
    int64_t time_limit_ms; /**< for each run; then its worker is killed, also one that is stopped
                            * (without a limit that keeps its task); 0: none */
    bool detached; /**< it is run also when this process is gone, by workers that others have
                    * started: those of its own end with it */
    size_t chunk;  /**< of a map: calls in one task; 0: so that each worker has some four
                    * tasks, of about 1 MiB at most */
    /** Of the functions ..._async: called once, in a thread for callbacks alone, or by
     * hf_pool_process(), when there is a result / when it has failed; `value` is borrowed. They may
     * use the pool and wait for other results. NULL: nothing */
    void (*callback)(void *argument, hf_any value);
    void (*error_callback)(void *argument, hf_status status, const char *detail);
    void *argument;
} hf_task_options;

#define HF_TASK_OPTIONS                                                                            \
    { 0, 0, 0, false, 0, NULL, NULL, NULL }

/** What a task, or all tasks of a map, will have come to. */
typedef struct hf_result hf_result;

/** Run a function once, and wait for its result.
 *
 *  arguments   borrowed until it returns
 *  timeout_ms  for room in the pool and for the result; 0: not at all, negative: for ever. Then the
 *              task is cancelled
 *  value       out, may be NULL; hf_any_clear()
 *
 *  Returns     HF_OK; HF_TASK_FAILED or what else the function has returned, with its words;
 *              HF_WORKER_LOST (the worker died, or was killed: the detail has the signal, the
 *              function and its arguments); HF_TIME_LIMIT; HF_TIMEOUT; HF_CANCELLED; HF_CLOSED (the
 *              pool is, or nobody is left who would run it); HF_DELETED; HF_TOO_BIG; HF_INVALID;
 *              HF_NO_MEMORY; or a fatal status
 *  Source      multiprocessing.pool.Pool.apply
 */
HF_API HF_MUST_USE hf_status hf_pool_apply(hf_pool *pool, const char *function,
                                           const hf_any *arguments, size_t count,
                                           const hf_task_options *options, int64_t timeout_ms,
                                           hf_any *value);

/** Submit a task and go on. Waits only where the pool has a bound and is full, or the manager does
 * not keep up: 4,096 tasks, or 1 MiB, are kept here while others are being sent.
 *
 *  result   out, may be NULL (for the callbacks alone); hf_result_free()
 *  Returns  HF_OK: it has been accepted here, and the result says what becomes of it; HF_INVALID,
 *           HF_TOO_BIG, HF_NO_MEMORY, HF_SYSTEM (no thread for callbacks), HF_CLOSED (this process
 *           has closed the pool), or HF_DELETED or the fatal status by which the pool is over
 *  Cost     no round trip of its own: tasks are sent by a thread, many at a time
 *  Source   multiprocessing.pool.Pool.apply_async
 */
HF_API HF_MUST_USE hf_status hf_pool_apply_async(hf_pool *pool, const char *function,
                                                 const hf_any *arguments, size_t count,
                                                 const hf_task_options *options,
                                                 hf_result **result);

/** Call a function with each of these values, and wait for all results, which come in their order.
 *
 *  values   out; hf_any_array_clear()
 *  Returns  as hf_pool_apply(); of several failures the first, in order of the items
 *  Source   multiprocessing.pool.Pool.map
 */
HF_API HF_MUST_USE hf_status hf_pool_map(hf_pool *pool, const char *function, const hf_any *items,
                                         size_t count, const hf_task_options *options,
                                         int64_t timeout_ms, hf_any_array *values);

/** The same without waiting: the result's value is a list. */
HF_API HF_MUST_USE hf_status hf_pool_map_async(hf_pool *pool, const char *function,
                                               const hf_any *items, size_t count,
                                               const hf_task_options *options, hf_result **result);

/** As hf_pool_map(), but each item is a list, of the arguments of one call. */
HF_API HF_MUST_USE hf_status hf_pool_starmap(hf_pool *pool, const char *function,
                                             const hf_any *items, size_t count,
                                             const hf_task_options *options, int64_t timeout_ms,
                                             hf_any_array *values);
HF_API HF_MUST_USE hf_status hf_pool_starmap_async(hf_pool *pool, const char *function,
                                                   const hf_any *items, size_t count,
                                                   const hf_task_options *options,
                                                   hf_result **result);

/** Wait for a result. May be asked for as often as one likes.
 *
 *  value    out, may be NULL: a copy; hf_any_clear()
 *  Returns  HF_TIMEOUT (not yet); else as hf_pool_apply()
 *  Source   multiprocessing.pool.AsyncResult.get
 */
HF_API HF_MUST_USE hf_status hf_result_get(hf_result *result, int64_t timeout_ms, hf_any *value);

/** Wait until it is there. Returns whether it is. */
HF_API bool hf_result_wait(hf_result *result, int64_t timeout_ms);

/** Whether it is there; whether it is there and none of its calls has failed. */
HF_API bool hf_result_ready(hf_result *result);
HF_API bool hf_result_successful(hf_result *result);

/** The latest progress that the task, or the latest of a map's tasks that did, has reported; null:
 * none. `value` is to be released with hf_any_clear(). Returns HF_OK, HF_NO_MEMORY. */
HF_API HF_MUST_USE hf_status hf_result_progress(hf_result *result, hf_any *value);

/** How many of its calls have ended, and how many there are. */
HF_API void hf_result_calls(hf_result *result, size_t *ended, size_t *all);

/** Cancel what has not ended: what waits never runs, what runs is told when it asks. Nothing is
 * waited for: the result says what has become of it. Returns HF_OK, also where all has ended. */
HF_API HF_MUST_USE hf_status hf_result_cancel(hf_result *result);

/** Release it; its task goes on. NULL is accepted. */
HF_API void hf_result_free(hf_result *result);

/** Results of many calls, one after the other, as they come. */
typedef struct hf_results hf_results;

/** Call a function with each of these values; hf_results_next() gives the results in their order.
 *  It does not wait: tasks are handed over as results are taken, 1,024 of them ahead at most. There
 *  are no callbacks.
 *
 *  items    borrowed until it returns
 *  results  out; hf_results_free()
 *  Returns  as hf_pool_apply_async()
 *  Source   multiprocessing.pool.Pool.imap; `chunk` is 1 unless given, as there
 */
HF_API HF_MUST_USE hf_status hf_pool_imap(hf_pool *pool, const char *function, const hf_any *items,
                                          size_t count, const hf_task_options *options,
                                          hf_results **results);

/** The same in the order in which they come. */
HF_API HF_MUST_USE hf_status hf_pool_imap_unordered(hf_pool *pool, const char *function,
                                                    const hf_any *items, size_t count,
                                                    const hf_task_options *options,
                                                    hf_results **results);

/** The next result. Several threads may take them.
 *
 *  index    out, may be NULL: of its item
 *  value    out, may be NULL; hf_any_clear()
 *  Returns  HF_OK; HF_TIMEOUT (not yet, the same one is next again); HF_INDEX_ERROR (there are no
 *           more); else this call has failed, as hf_pool_apply(), and the next one is next
 */
HF_API HF_MUST_USE hf_status hf_results_next(hf_results *results, int64_t timeout_ms, size_t *index,
                                             hf_any *value);

/** Cancel what has not ended, and release it. NULL is accepted. */
HF_API void hf_results_free(hf_results *results);

/** No more tasks from anybody: those that are there are run, then the workers end. Waits until all
 *  that was submitted with this handle has been handed over, which takes long only where the pool
 * is full.
 *
 *  Returns  HF_OK; HF_DELETED; HF_NO_MEMORY; or a fatal status
 *  Source   multiprocessing.pool.Pool.close
 */
HF_API HF_MUST_USE hf_status hf_pool_close(hf_pool *pool);

/** The same, but all tasks end HF_CANCELLED now, and the workers that a supervisor has started are
 *  killed. Waits for nothing.
 *
 *  Source   multiprocessing.pool.Pool.terminate
 */
HF_API HF_MUST_USE hf_status hf_pool_terminate(hf_pool *pool);

/** Wait until a pool that is closed has run everything, its workers have ended, and the callbacks
 * of this handle have been run; with `no_thread`, they are run here.
 *
 *  Returns  HF_OK; HF_TIMEOUT; HF_VALUE_ERROR (it is not closed); HF_DEADLOCK (from a callback);
 *           HF_DELETED; or a fatal status, with nothing left to wait for
 *  Source   multiprocessing.pool.Pool.join
 */
HF_API HF_MUST_USE hf_status hf_pool_join(hf_pool *pool, int64_t timeout_ms);

/** For pools with `no_thread`: a descriptor to be read when callbacks are to be run, for poll() or
 * any event loop; it is the pool's. Otherwise -1. */
HF_API int hf_pool_fd(const hf_pool *pool);

/** Run the callbacks of results that have come, in the calling thread. Returns of how many results;
 * 0 for a pool that has a thread for them. */
HF_API size_t hf_pool_process(hf_pool *pool);

/** A worker, as hf_pool_state() finds it. */
typedef struct hf_worker {
    char label[256];
    uint64_t session;
    uint64_t pid;
    uint64_t tasks;      /**< that it has finished */
    char function[256];  /**< that it runs; "": none */
    char submitter[256]; /**< whose task that is: its label */
    uint64_t submitter_pid;
    uint64_t running_ms;
    unsigned run;
    hf_any progress; /**< of the task; null: none */
} hf_worker;

/** What a pool does. Release with hf_pool_state_clear(). */
typedef struct hf_pool_state {
    uint64_t queued; /**< tasks that wait to be run */
    uint64_t running;
    uint64_t done;   /**< since the pool is there */
    uint64_t failed; /**< of those: with a call that failed */
    uint64_t lost;   /**< ended HF_WORKER_LOST or HF_TIME_LIMIT */
    uint64_t cancelled;
    uint64_t retried;
    uint64_t submitters;
    uint64_t supervisors;
    uint64_t worker_count;
    hf_worker *workers; /**< the first 1,000 */
    size_t len;
    bool closed;
} hf_pool_state;

/** Ask what a pool does. One round trip. */
HF_API HF_MUST_USE hf_status hf_pool_state_get(hf_pool *pool, hf_pool_state *state);
HF_API void hf_pool_state_clear(hf_pool_state *state);

/** The pool as an object: its name, its id. */
HF_API hf_object hf_pool_object(const hf_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
