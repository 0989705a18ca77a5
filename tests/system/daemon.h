/* SPDX-License-Identifier: MIT
 *
 * The real daemon as a child of a test, and other processes that tests start and end. A failure
 * here fails the test.
 */
#ifndef HF_TEST_DAEMON_H
#define HF_TEST_DAEMON_H

#include "patience.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { DAEMON_ARGS_MAX = 16, DAEMON_TEXT_MAX = 16384, WORKERS_MAX = 8 };

struct daemon {
    pid_t pid;         /**< 0 once it has been stopped */
    char folder[64];   /**< its own, made by daemon_start() */
    char socket[128];  /**< the path of its Unix socket */
    char address[128]; /**< of its first listener, as it told */
};

/** Start a daemon with these arguments (up to NULL) that also serves "unix:FOLDER/socket", and wait
 * until it serves. "{}" in an argument stands for the folder. */
struct daemon daemon_start(const char *const *args);

/** The same in daemon->folder, which is there already. Returns false when it does not come to
 * serve. */
bool daemon_start_again(struct daemon *daemon, const char *const *args);

/** Called in the process that becomes the daemon. */
typedef void daemon_prepare(void *context);

/** The same as daemon_start(), after `prepare`. */
struct daemon daemon_start_prepared(const char *const *args, daemon_prepare *prepare,
                                    void *context);

/** Wait for the end, which must be exit 0 and leave the folder empty; remove the folder. */
void daemon_await_end(struct daemon *daemon);

/** The same after a SIGTERM. */
void daemon_stop(struct daemon *daemon);

/** kill -9, and wait for the end. The folder stays. */
void daemon_kill(struct daemon *daemon);

/** A fresh folder for `path`, and its removal (it must be empty). */
void folder_make(char path[64]);
void folder_remove(const char *path);

/** The output of a daemon that ended by itself. */
struct daemon_run {
    int status; /**< exit status; -1: it was ended by a signal */
    char out[DAEMON_TEXT_MAX];
    char err[DAEMON_TEXT_MAX];
};

/** The daemon's path. */
const char *daemon_program(void);

/** Run it with these arguments, up to NULL, to its end. */
void daemon_run(struct daemon_run *run, const char *const *args);

/** A process that runs `work` and never returns from it. `tell` is a pipe to the test. */
struct worker {
    pid_t pid;
    int told; /**< the other end */
};

typedef void worker_function(const struct daemon *daemon, int tell);

struct worker worker_start(worker_function *work, const struct daemon *daemon);

/** Wait until the worker has told one 64-bit number. */
uint64_t worker_told(const struct worker *worker);

/** To be called by the worker. */
void worker_tell(int tell, uint64_t number);

/** Never returns: wait for the kill. */
void worker_wait(void) __attribute__((noreturn));

/** kill -9; worker_reap() waits for its end. */
void worker_kill(const struct worker *worker);
void worker_reap(struct worker *worker);

/** kill -9 and reap all workers that are not reaped yet, however they have ended. */
void worker_end_all(void);

/** Wait for the process's end. Returns its exit status, or -1: ended by a signal. */
int process_wait(pid_t pid);

/** Wait until the process, which may be anybody's child, is gone. */
void process_wait_gone(pid_t pid);

/** A number from /proc/PID/status: "Threads", "VmRSS" (KB). */
uint64_t process_status(pid_t pid, const char *field);

/** The time, of a clock that only goes forward. */
int64_t now_us(void);

#endif
