/* SPDX-License-Identifier: MIT
 *
 * Tasks, from the side of those who run them: functions by name, and the loop of a worker.
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
 * A pool (pool.h) that starts its own workers is told these functions. Any other process, on this
 * host or another, joins it with hf_pool_work().
 */
#ifndef HOLDFAST_TASK_H
#define HOLDFAST_TASK_H

#include <holdfast/any.h>
#include <holdfast/client.h>
#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A task that is being run; only for the function that runs it, in its own thread. */
typedef struct hf_task hf_task;

/** What a worker runs.
 *
 *  task       for the functions below
 *  arguments  borrowed, until it returns
 *  result     out: null at first; what it points to must last until hf_task_keep() has copied it,
 *             or be static. It need not be set. What is no value (a string that is not UTF-8, say)
 *             fails the whole task with HF_INVALID, what is too big with HF_TOO_BIG
 *
 *  Returns    HF_OK or another success; any other status: this call has failed, with the words of
 *             hf_task_fail(), else those of the function's last call of this library. The caller is
 *             told the same status, but HF_TASK_FAILED, with the name of the status in its words,
 *             for those that would mean something else there: a fatal one, HF_TIMEOUT,
 *             HF_CANCELLED, HF_CLOSED, HF_WORKER_LOST, HF_TIME_LIMIT. It must return: a worker that
 *             ends or is ended meanwhile is a lost one
 */
typedef hf_status hf_task_run(hf_task *task, const hf_any *arguments, size_t count, hf_any *result);

/** A function and the name by which tasks ask for it: at most 255 bytes of UTF-8. */
typedef struct hf_function {
    const char *name;
    hf_task_run *run;
} hf_function;

/** Make `*result` of a copy of this value, which the worker releases when it has been sent: for
 * strings, lists and the like that are not static. Returns HF_OK, HF_NO_MEMORY, HF_TOO_BIG. */
HF_API HF_MUST_USE hf_status hf_task_keep(hf_task *task, hf_any value, hf_any *result);

/** Say why the call fails, in at most 1,023 bytes. Returns HF_TASK_FAILED, so that a failure is one
 * line. */
HF_API hf_status hf_task_fail(hf_task *task, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/** Whether the task was cancelled, or its submitter is gone, so that its result is for nobody: a
 * function that runs for long asks now and then. A round trip; true as well if the manager is gone.
 */
HF_API bool hf_task_cancelled(hf_task *task);

/** Report how far the task has come; its submitter and `holdfast pool` see the latest report.
 *
 *  Returns  HF_OK, also where nobody waits for the task any more; HF_TOO_BIG (it takes more than
 *           4,096 bytes); HF_INVALID; HF_NO_MEMORY; or a fatal status
 *  Cost     not waited for, but for one in 64
 */
HF_API hf_status hf_task_progress(hf_task *task, hf_any value);

/** The name by which the task asks for its function. */
HF_API const char *hf_task_function(const hf_task *task);

/** 1 when the task is run for the first time, 2 after one worker was lost ... */
HF_API unsigned hf_task_runs(const hf_task *task);

/** hf_work.argument. */
HF_API void *hf_task_argument(const hf_task *task);

/** What a worker does. Start from HF_WORK, so that new fields keep their defaults. */
typedef struct hf_work {
    const hf_function *functions; /**< must stay where they are */
    size_t function_count;
    /** Called by each worker before it joins the pool; another status than a success ends the
     * worker. NULL: nothing */
    hf_status (*initializer)(void *argument);
    void *argument; /**< for the initializer and the functions; the worker's own copy of it after
                     * a fork */
    uint64_t max_tasks; /**< after so many the worker ends (and is replaced); 0: it goes on */
    int64_t idle_ms;    /**< after so long without a task it ends; 0: it never does */
} hf_work;

#define HF_WORK                                                                                    \
    { NULL, 0, NULL, NULL, 0, 0 }

/** Be a worker of the pool with this name, in the calling thread, until there is no more to do.
 *
 *  A task with a time limit that runs for longer ends this whole process, with SIGKILL from a timer
 *  of the kernel: whatever a function does, it is over then.
 *
 *  name     NULL: $HOLDFAST_POOL (a name, or #ID), as for a program that hf_pool_start() has
 *           started
 *  work     what can be run. A task for another function fails with HF_TASK_FAILED and its name
 *
 *  Returns  HF_OK (the pool is closed and nothing is left to run, or max_tasks or idle_ms are
 *           reached); HF_NO_OBJECT (there is no such pool); HF_WRONG_TYPE; HF_DELETED; HF_INVALID
 *           (this thread is a worker of the pool already, or collects calls; no function, or one
 *           without a name; no pool is named); what the initializer says; HF_NO_MEMORY; or a fatal
 *           status: the connection is lost, and with it the task that was running
 *  Cost     one round trip for each task: its outcome goes with the request for the next, unless it
 *           takes more than 64 KiB
 */
HF_API HF_MUST_USE hf_status hf_pool_work(hf_client *client, const char *name, const hf_work *work);

#ifdef __cplusplus
}
#endif
#endif
