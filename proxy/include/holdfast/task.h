/* SPDX-License-Identifier: MIT
 *
 * Tasks, for the processes that run them: functions by name, and the loop of a worker.
 *
 *     static hf_status square(hf_task *task, const hf_any *arguments, size_t count,
 *                             hf_any *result)
 *     {
 *         if (count != 1 || arguments[0].kind != HF_ANY_INT)
 *             return hf_task_fail(task, "square() takes one int");
 *         *result = hf_any_int(arguments[0].as_int * arguments[0].as_int);
 *         return HF_OK;
 *     }
 *
 *     static const hf_function functions[] = {{"square", square}};
 *
 * A pool (pool.h) that starts its own workers is given these functions. Any other process, on this
 * host or another, joins a pool with hf_pool_work().
 */
#ifndef HOLDFAST_TASK_H
#define HOLDFAST_TASK_H

#include <holdfast/any.h>
#include <holdfast/client.h>
#include <stdarg.h>

HF_BEGIN_DECLS

/** A running task. Only the function that runs it may use it, in its own thread. */
typedef struct hf_task hf_task;

/** A function that a worker runs.
 *
 *  task       for the functions below
 *  arguments  borrowed, until the function returns
 *  result     out: null at first, and need not be set. Memory that it points to must be static, or
 *             be kept with hf_task_keep(). If it is no valid value (a string that is not UTF-8,
 *             say) the whole task fails with HF_INVALID; if it is too big, with HF_TOO_BIG
 *  Returns    HF_OK or another success; with any other status this call has failed, and its detail
 *             has the words of hf_task_fail(), else those of the function's last call of this
 *             library. The submitter gets the same status. It gets HF_TASK_FAILED, with the name of
 *             the status in its words, for a status that would mean something else there: a fatal
 *             one, HF_TIMEOUT, HF_CANCELLED, HF_CLOSED, HF_WORKER_LOST, HF_TIME_LIMIT. The function
 *             must return: if the worker ends meanwhile, it is a lost worker
 */
typedef hf_status hf_task_run(hf_task *task, const hf_any *arguments, size_t count, hf_any *result);

/** A function and the name by which tasks ask for it: 1 to 255 bytes of UTF-8. */
typedef struct hf_function {
    const char *name;
    hf_task_run *run;
} hf_function;

/** Set `*result` to a copy of this value, which the worker releases once it has been sent: for
 *  strings, lists and the like that are not static.
 *
 *  value    borrowed
 *  result   out, not NULL; it belongs to the task
 *  Returns  HF_OK; HF_NO_MEMORY; HF_TOO_BIG (nested deeper than 32)
 */
HF_API HF_MUST_USE hf_status hf_task_keep(hf_task *task, hf_any value, hf_any *result);

/** Say why the call fails.
 *
 *  format   as for printf(); at most 1,023 bytes of the text are kept
 *  Returns  HF_TASK_FAILED, so that a failure is one line
 */
HF_API hf_status hf_task_fail(hf_task *task, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/** Tell whether the task was cancelled, or its submitter is gone, so that nobody wants its result.
 *  A function that runs for long should ask now and then.
 *
 *  Returns  true also if the manager is gone
 *  Cost     one round trip
 */
HF_API bool hf_task_cancelled(hf_task *task);

/** Report how far the task has come. Its submitter and `holdfast pool` see the latest report.
 *
 *  value    borrowed; at most 4,096 bytes as encoded by the protocol
 *  Returns  HF_OK, also if nobody waits for the task any more; HF_TOO_BIG; HF_INVALID;
 *           HF_NO_MEMORY; or a fatal status
 *  Cost     one message; a round trip for one in 64
 */
HF_API hf_status hf_task_progress(hf_task *task, hf_any value);

/** The name by which the task asks for its function. It belongs to the task. */
HF_API const char *hf_task_function(const hf_task *task);

/** How often the task has been started: 1 at first, 2 after one worker was lost ... */
HF_API unsigned hf_task_runs(const hf_task *task);

/** hf_work.argument. */
HF_API void *hf_task_argument(const hf_task *task);

/** The work of a worker. Start from HF_WORK. */
typedef struct hf_work {
    const hf_function *functions; /**< must stay where they are */
    size_t function_count;
    /** Each worker calls it before it joins the pool. If it fails, the worker ends. NULL: none. */
    hf_status (*initializer)(void *argument);
    void *argument;       /**< for the initializer and the functions; a forked worker has a copy */
    uint64_t max_tasks;   /**< after so many tasks the worker ends (and is replaced); 0: no limit */
    int64_t idle_ms;      /**< after so long without a task the worker ends; 0: no limit */
    uint64_t reserved[8]; /**< zeros */
} hf_work;

#define HF_WORK HF_ZEROS

/** Be a worker of a pool, in the calling thread, until there is no more to do.
 *
 *  A task that runs longer than its time limit ends this whole process: a timer of the kernel sends
 *  SIGKILL, whatever the function does.
 *
 *  name     of the pool; NULL: $HOLDFAST_POOL (a name, or #ID), as in a program that
 *           hf_pool_start() has started
 *  work     copied; its functions must stay. A task for any other function fails with
 *           HF_TASK_FAILED and the name
 *  Returns  HF_OK (the pool is closed and nothing is left to run, or max_tasks or idle_ms is
 *           reached); HF_NO_OBJECT (no such pool); HF_WRONG_TYPE; HF_DELETED; HF_INVALID (this
 *           thread is a worker of the pool already, or collects calls; no functions, or one without
 *           a name; no pool is named); HF_CANCELLED (hf_interrupt() or a signal while it waited for
 *           a task: it has left the pool); the initializer's status; HF_NO_MEMORY; or a fatal
 *           status: the connection is lost, and with it the task that was running
 *  Cost     one round trip for each task: its outcome is sent with the request for the next one;
 *           two if the outcome takes more than 64 KiB
 */
HF_API HF_MUST_USE hf_status hf_pool_work(hf_client *client, const char *name, const hf_work *work);

HF_END_DECLS
#endif
