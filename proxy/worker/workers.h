/* SPDX-License-Identifier: MIT
 *
 * The worker processes of a supervisor: started, watched by their pidfds, killed, fetched.
 * supervisor_loop.c decides when, and how many there are.
 *
 * The kernel kills a worker as soon as the supervisor ends, in whatever way: PR_SET_PDEATHSIG,
 * which goes by the thread that forked. The supervisor has one thread.
 */
#ifndef HF_WORKERS_H
#define HF_WORKERS_H

#include "child.h"
#include "program.h"

#include <holdfast/pool.h>
#include <poll.h>

enum { WORKERS_LABEL_BYTES = 200 }; /* the words after it have room in a label */

struct worker_process {
    struct child child;
    uint64_t number;
    int64_t kill_ms; /* when to kill it; DEADLINE_NEVER: not */
};

struct workers {
    hf_client *client;
    const hf_pool_options *options;
    uint64_t pool;
    uint64_t supervisor;
    char label[WORKERS_LABEL_BYTES];   /* of the submitting process */
    int parent_fd;                     /* the supervisor's, which workers close */
    char path[PROGRAM_PATH_MAX_BYTES]; /* of the program, if the options have one */
    struct worker_process *processes;  /* room for `most` */
    size_t count;
    size_t most;
    uint64_t next_number;
};

/* How a worker ended. */
struct ending {
    uint64_t number;
    bool known; /* false: somebody else has fetched it */
    int code;   /* its exit code or, negative, the signal */
};

/** Make room for `most` workers; the caller sets the other fields. Returns false: no memory. */
bool workers_init(struct workers *workers, size_t most);

/** Start one more worker, which ends after idle_ms without a task; 0: it does not. Returns HF_OK;
 * HF_SYSTEM: the system gives no process. */
HF_MUST_USE hf_status workers_add(struct workers *workers, int64_t idle_ms);

/** Fill in what to poll for the end of each worker; `polls` has room for `count`. */
void workers_watch(const struct workers *workers, struct pollfd *polls);

/** Fetch the worker at this index if it has ended: then the last worker moves to its index. */
bool workers_fetch(struct workers *workers, size_t index, struct ending *ending);

/** Kill the worker with this number at that time, if it has not ended; NULL: all workers. */
void workers_kill_by(struct workers *workers, const uint64_t *number, int64_t kill_ms);

/** Kill the workers whose time has come. Returns the time of the next one; DEADLINE_NEVER: none. */
int64_t workers_kill_due(struct workers *workers, int64_t now_ms);

/** Kill all workers, wait until they have ended, and release the memory. */
void workers_end(struct workers *workers);

#endif
