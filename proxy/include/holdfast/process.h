/* SPDX-License-Identifier: MIT
 *
 * Processes: multiprocessing.Process. A function that runs in a forked child, or a program; waited
 * for with a timeout, ended, asked how it ended. No manager is involved, unless the child uses one:
 * clients and handles that are inherited work in it, with sessions of its own.
 *
 *     static int work(void *argument) {
 *         ...
 *         return 0;                         // its exit code
 *     }
 *
 *     hf_process *worker;
 *     const hf_process_options options = {.name = "worker"};
 *     status = hf_process_start(work, &job, &options, &worker);
 *     ...
 *     if (hf_process_join(worker, 5000) == HF_TIMEOUT) { (void)hf_process_kill(worker); ... }
 *     (void)hf_process_exit_code(worker, &code);
 *     hf_process_free(worker);
 *
 * Whose it is. A handle is usable from all threads of the process that started it, until it is
 * freed. In a forked child, only hf_process_free(), hf_process_alive() and what tells of the handle
 * itself work; the rest is refused with HF_INVALID, since the other is no child of it.
 *
 * Threads. A program with threads may start processes from any of them, at any time. A new process
 * has one thread, a copy of the one that started it. In a function, malloc, stdio and this library
 * work as ever, whatever other threads were doing at that moment; another library's functions, and
 * the program's own locks, only if no other thread can have been in the middle of them, or they
 * have fork handlers of their own. A program (hf_process_start_program) begins afresh, and has no
 * such limits.
 *
 * Signals. A new process has no blocked signals, and those that the parent handles have their
 * default again, as for exec; what is ignored stays ignored, but SIGTERM never is.
 *
 * Waiting. Only children started here are ever waited for, each by itself. A program that waits for
 * any child (wait(), waitpid(-1)) or ignores SIGCHLD takes their exit codes away: then
 * hf_process_join() says so with HF_SYSTEM, at once.
 *
 * At the program's end nothing is waited for: daemons are killed, other processes go on. Join what
 * has to be done.
 *
 * Of the statuses here, hf_status_is_fatal() is true only of HF_SYSTEM, and no connection is over.
 */
#ifndef HOLDFAST_PROCESS_H
#define HOLDFAST_PROCESS_H

#include <holdfast/status.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_process hf_process;
typedef int hf_process_function(void *argument);

/** Options of a process. Start from HF_PROCESS_OPTIONS, so that new fields keep their defaults. */
typedef struct hf_process_options {
    const char *name; /**< copied, at most 255 bytes; also how the manager's reports call its
                         sessions. NULL: the program's name and a number, "shop-1" */
    bool daemon;      /**< ends with this process, see below */
    char *const *env; /**< for a program: its environment, "NAME=value", up to NULL; NULL: that of
                         this process */
} hf_process_options;

#define HF_PROCESS_OPTIONS                                                                         \
    { NULL, false, NULL }

/** Run `function(argument)` in a child of this process, forked from the calling thread.
 *
 *  A daemon is killed with SIGKILL as soon as this process has ended, in whatever way: by return
 * from main(), exec, a crash or kill -9; also when it is stopped, blocks signals, has become
 * another program or another user. It does not matter which thread has started it, or whether that
 * thread lives on. (What keeps it alive: a copy of this process that was made without fork
 * handlers, by clone() or _Fork(), and runs no other program.) A daemon may not start processes in
 * its turn.
 *
 *  When the function returns, standard output and error are flushed, and the process ends with what
 *  it returned (its low 8 bits), by _exit(): functions registered with atexit() are the parent's
 * and do not run, and other streams that the function has opened are its own to close. What it
 * still held of a manager's objects is released, as at every end of a process. To end early:
 * fflush() and _exit(). What the parent had written to the two streams but not flushed is flushed
 * before, and is not written again by the child. All else that is open is inherited, as by fork(),
 * except the connections of this library; standard input is shared with the parent.
 *
 *  options  NULL: HF_PROCESS_OPTIONS; `env` must be NULL. `name` is the label of all threads of the
 *           child, over that of a client, until they call hf_set_label()
 *  process  out; release with hf_process_free(). NULL: not wanted
 *
 *  Returns  HF_OK; HF_INVALID (no function; an environment; a daemon may not start processes);
 *           HF_NO_MEMORY; HF_SYSTEM (the system gives no process or no descriptor, in the detail's
 *           words; no child is left)
 *  Cost     a fork(); a descriptor, and for a daemon two more, until its end is seen
 *  Source   multiprocessing.Process(target, args, name, daemon).start(), start method "fork"
 */
HF_API HF_MUST_USE hf_status hf_process_start(hf_process_function *function, void *argument,
                                              const hf_process_options *options,
                                              hf_process **process);

/** Run a program as a child of this process.
 *
 *  It is found when this returns HF_OK: what cannot be run is refused here, not told by an exit
 * code. Between fork and exec only async-signal-safe calls are made, so it does not matter what
 * other threads do, and no fork handlers run. The program inherits what is open here without
 * O_CLOEXEC. It finds its name in $HOLDFAST_LABEL, the label that this library gives its sessions
 * there. As a daemon it ends with this process (see hf_process_start), unless it runs as a user
 * whom this one may not signal; being a program, it may start what it likes.
 *
 *  program  a path, or a name that is looked for in $PATH
 *  argv     its arguments, argv[0] by convention its name, up to NULL. NULL: only its name
 *  options  NULL: HF_PROCESS_OPTIONS
 *  process  out; release with hf_process_free(). NULL: not wanted
 *
 *  Returns  HF_OK; HF_INVALID (no program; a daemon may not start processes); HF_NO_MEMORY;
 * HF_SYSTEM (no such program, or the system refuses; no child is left) Cost     a fork without
 * handlers; a descriptor, and for a daemon two more, until its end is seen Source
 * subprocess.Popen(args, env=env)
 */
HF_API HF_MUST_USE hf_status hf_process_start_program(const char *program, char *const argv[],
                                                      const hf_process_options *options,
                                                      hf_process **process);

/** Wait until it has ended. Any number of threads may wait, any number of times.
 *
 *  timeout_ms  0: only look; negative: for ever
 *
 *  Returns     HF_OK; HF_TIMEOUT (it runs); HF_INVALID (not started by this process); HF_SYSTEM (it
 *              has ended, but somebody else has taken its exit code)
 *  Source      Process.join(timeout)
 */
HF_API HF_MUST_USE hf_status hf_process_join(hf_process *process, int64_t timeout_ms);

/** How it ended: what its function returned or its program exited with, 0 to 255, or negative the
 *  number of the signal that ended it (-9: SIGKILL).
 *
 *  code     out; written only with HF_OK
 *
 *  Returns  as hf_process_join() without waiting: HF_TIMEOUT, it has not ended yet
 *  Source   Process.exitcode
 */
HF_API HF_MUST_USE hf_status hf_process_exit_code(hf_process *process, int *code);

/** Whether it has not ended yet. Also right in a forked child.
 *  Source   Process.is_alive */
HF_API bool hf_process_alive(hf_process *process);

/** Send it SIGTERM. Does not wait: join it. What it runs may handle the signal, or block it.
 *
 *  Returns  HF_OK, also when it has ended already; HF_INVALID (not started by this process);
 *           HF_SYSTEM (it runs as a user whom this one may not signal)
 *  Source   Process.terminate
 */
HF_API hf_status hf_process_terminate(hf_process *process);

/** Send it SIGKILL, which nothing can handle. Otherwise as hf_process_terminate().
 *  Source   Process.kill */
HF_API hf_status hf_process_kill(hf_process *process);

/** Its name. Valid as long as the handle. */
HF_API const char *hf_process_name(const hf_process *process);

/** Its process id. Another process's as soon as its end has been seen: send signals with the
 *  functions above. */
HF_API int64_t hf_process_pid(const hf_process *process);

/** Whether it ends with this process. */
HF_API bool hf_process_daemon(const hf_process *process);

/** A descriptor that poll() says POLLIN of once it has ended, to wait for several or with other
 *  things; -1 if somebody else had taken its exit code before the start was over. Belongs to the
 *  handle.
 *  Source   Process.sentinel */
HF_API int hf_process_pidfd(const hf_process *process);

/** Release the handle. NULL is accepted. A process that still runs goes on, a daemon until this
 *  process ends; its end is seen to by later calls of this and of the starts, so that no zombie
 *  stays but the last. Never waits. No other thread may be using the handle.
 *  Source   Process.close, which refuses while it runs */
HF_API void hf_process_free(hf_process *process);

#ifdef __cplusplus
}
#endif
#endif
