/* SPDX-License-Identifier: MIT
 *
 * Processes: multiprocessing.Process. A process runs a function in a forked child, or a program;
 * the caller can wait for it with a timeout, end it, and ask how it ended. No manager is involved
 * unless the child uses one: inherited clients and handles work in it, with sessions of their own.
 *
 *     static int work(void *argument) {
 *         const struct job *job = (const struct job *)argument;
 *         return job->number == 7 ? 0 : 1;    // its exit code
 *     }
 *
 *     hf_process *worker = NULL;
 *     hf_process_options options = HF_PROCESS_OPTIONS;
 *     options.name = "worker";
 *     status = hf_process_start(work, &job, &options, &worker);
 *     if (hf_ok(status))
 *         status = hf_process_join(worker, 5000);
 *     if (status == HF_TIMEOUT)
 *         status = hf_process_kill(worker);
 *     if (hf_ok(status))
 *         status = hf_process_exit_code(worker, &code);
 *     hf_process_free(worker);
 *
 * Ownership. All threads of the process that started a child may use its handle until it is freed.
 * In a forked child only hf_process_free(), hf_process_alive() and the functions that tell about
 * the handle itself work; the others return HF_INVALID, since the process is not a child of that
 * one.
 *
 * Threads. A program with threads may start processes from any of them, at any time. A new process
 * has one thread, a copy of the one that started it. In a function, malloc, stdio and this library
 * work as always, whatever other threads were doing at that moment. Functions of another library,
 * and the program's own locks, work only if no other thread can have been in the middle of them, or
 * if they have fork handlers of their own. A program (hf_process_start_program) has no such limits.
 *
 * Signals. A new process has no blocked signals. Signals that the parent handles have their default
 * action again, as after exec; ignored ones stay ignored, but SIGTERM never is.
 *
 * Waiting. The library waits for the children started here only, each by its pid. A program that
 * waits for any child (wait(), waitpid(-1)) or ignores SIGCHLD takes their exit codes away: then
 * hf_process_join() returns HF_SYSTEM at once.
 *
 * At the program's end nothing is waited for: daemons are killed, other processes go on. Join a
 * process that has to finish.
 *
 * Among the statuses here, hf_status_is_fatal() is true only of HF_SYSTEM, and no connection is
 * over then.
 */
#ifndef HOLDFAST_PROCESS_H
#define HOLDFAST_PROCESS_H

#include <holdfast/status.h>
#include <stdbool.h>
#include <stdint.h>

HF_BEGIN_DECLS

typedef struct hf_process hf_process;
typedef int hf_process_function(void *argument);

/** Options of a process. Start from HF_PROCESS_OPTIONS. */
typedef struct hf_process_options {
    /** Copied, at most 255 bytes; also the label of its sessions in the manager's reports; NULL:
     *  the program's name and a number, "shop-1". */
    const char *name;
    bool daemon;          /**< it ends with this process, see hf_process_start() */
    char *const *env;     /**< of a program: "NAME=value" ..., NULL; NULL: that of this process */
    uint64_t reserved[8]; /**< zeros */
} hf_process_options;

#define HF_PROCESS_OPTIONS HF_ZEROS

/** Run `function(argument)` in a child of this process, forked from the calling thread.
 *
 *  A daemon is killed with SIGKILL as soon as this process has ended, in whatever way: by return
 *  from main(), exec, a crash or kill -9; also if the daemon is stopped, blocks signals, has become
 *  another program or runs as another user. It does not matter which thread has started it, or
 *  whether that thread still runs. (Only one thing keeps it alive: a copy of this process made
 *  without fork handlers, by clone() or _Fork(), that runs no other program.) If this process
 *  closes all its descriptors, its daemons are killed as well. A daemon may not start processes
 *  itself.
 *
 *  When the function returns, standard output and error are flushed, and the process ends by
 *  _exit() with what it returned (the low 8 bits): functions registered with atexit() do not run,
 *  and other streams that the function has opened are not flushed. Objects that it still held are
 *  released, as at every end of a process. To end early: fflush() and _exit(). Text that the parent
 *  has written to the two streams is flushed before the fork, so the child does not write it again.
 *  All other open descriptors are inherited, as by fork(), except the connections of this library;
 *  standard input is shared with the parent.
 *
 *  options  borrowed; NULL: HF_PROCESS_OPTIONS; `env` must be NULL. `name` is the label of all
 *           threads of the child, in place of the client's, until they call hf_set_label()
 *  process  out; release with hf_process_free(). NULL: not wanted
 *  Returns  HF_OK; otherwise no child is left: HF_INVALID (no function; an environment; a daemon
 *           may not start processes); HF_NO_MEMORY; HF_SYSTEM (the system gives no process or no
 *           descriptor; the detail has its words)
 *  Cost     a fork(); a descriptor, and for a daemon two more, until its end is seen; a round trip
 *           to each manager to which this thread is connected, which keeps the unnamed objects
 *           that this process refers to alive for a minute, so that the child finds them even if
 *           they are released here. It is a use of those clients
 *  Source   multiprocessing.Process(target, args, name, daemon).start(), start method "fork"
 */
HF_API HF_MUST_USE hf_status hf_process_start(hf_process_function *function, void *argument,
                                              const hf_process_options *options,
                                              hf_process **process);

/** Run a program as a child of this process. It runs when this returns HF_OK: a program that cannot
 *  be run is refused here, not told by an exit code.
 *
 *  Between fork and exec only async-signal-safe calls are made, so it does not matter what other
 *  threads do, and no fork handlers run. The program inherits descriptors that are open here
 *  without O_CLOEXEC. $HOLDFAST_LABEL, from which this library takes the label of sessions, is its
 *  name. As a daemon it ends with this process (see hf_process_start), unless it runs as a user
 *  whom this process may not signal; being a program, it may start processes itself.
 *
 *  program  a path, or a name that is looked for in $PATH
 *  argv     borrowed; its arguments, argv[0] by convention its name, ended by NULL. NULL: only its
 *           name
 *  options  borrowed; NULL: HF_PROCESS_OPTIONS
 *  process  out; release with hf_process_free(). NULL: not wanted
 *  Returns  HF_OK; otherwise no child is left: HF_INVALID (no program; a daemon may not start
 *           processes); HF_NO_MEMORY; HF_SYSTEM (no such program, or the system refuses; the detail
 *           has its words)
 *  Cost     a fork without handlers; a descriptor, and for a daemon two more, until it has ended;
 *           round trips as hf_process_start()
 *  Source   subprocess.Popen(args, env=env)
 */
HF_API HF_MUST_USE hf_status hf_process_start_program(const char *program, char *const argv[],
                                                      const hf_process_options *options,
                                                      hf_process **process);

/** Wait until the process has ended. Any number of threads may wait, any number of times.
 *
 *  timeout_ms  0: only look; negative: no limit. Neither a signal nor hf_interrupt(), which is of a
 *              client, ends the wait: give a limit where it must come back. A thread that is
 *              cancelled while it waits leaves the handle as it was
 *  Returns     HF_OK; HF_TIMEOUT (it runs); HF_INVALID (not started by this process); HF_SYSTEM (it
 *              has ended, but somebody else has taken its exit code)
 *  Source      Process.join(timeout)
 */
HF_API HF_MUST_USE hf_status hf_process_join(hf_process *process, int64_t timeout_ms);

/** Get how the process ended.
 *
 *  code     out: what its function returned or its program exited with, 0 to 255; or, negative, the
 *           number of the signal that ended it (-9: SIGKILL)
 *  Returns  as hf_process_join() without waiting: HF_TIMEOUT if it has not ended yet
 *  Source   Process.exitcode
 */
HF_API HF_MUST_USE hf_status hf_process_exit_code(hf_process *process, int *code);

/** Tell whether the process has not ended yet. Also right in a forked child.
 *  Source: Process.is_alive */
HF_API bool hf_process_alive(hf_process *process);

/** Send the process SIGTERM, which it may handle or block. Does not wait: join it.
 *
 *  Returns  HF_OK, also if it has ended already; HF_INVALID (not started by this process);
 *           HF_SYSTEM (it runs as a user whom this process may not signal)
 *  Source   Process.terminate
 */
HF_API hf_status hf_process_terminate(hf_process *process);

/** Send the process SIGKILL, which nothing can handle. Otherwise as hf_process_terminate().
 *  Source: Process.kill */
HF_API hf_status hf_process_kill(hf_process *process);

/** Its name. It belongs to the handle. */
HF_API const char *hf_process_name(const hf_process *process);

/** Its process id. Once its end has been seen, the id may be another process's: send signals with
 *  the functions above. */
HF_API int64_t hf_process_pid(const hf_process *process);

/** Tell whether it ends with this process. */
HF_API bool hf_process_daemon(const hf_process *process);

/** A descriptor that is readable (POLLIN) once the process has ended, to wait for several or with
 *  other things. It belongs to the handle. -1 if somebody else had taken its exit code before the
 *  start was over, or the system has no such descriptors (docs/guarantees.md, Without pidfds).
 *  Source: Process.sentinel */
HF_API int hf_process_pidfd(const hf_process *process);

/** Release the handle. NULL is accepted. Never waits. No other thread may be using the handle.
 *
 *  A process that still runs goes on, a daemon until this process ends. Later calls of this
 *  function and of the starts see to its end, so that at most the last one stays a zombie.
 *
 *  Source   Process.close, which refuses while it runs
 */
HF_API void hf_process_free(hf_process *process);

HF_END_DECLS
#endif
