/* SPDX-License-Identifier: MIT
 *
 * The workers of a supervisor, as processes: born, watched by their pidfds, killed, fetched. When
 * and how many is supervisor.c's.
 *
 * A worker is killed by the kernel as soon as the supervisor ends, in whatever way
 * (PR_SET_PDEATHSIG; it goes by the thread that has forked, and the supervisor has but one).
 */
#ifndef HF_WORKERS_H
#define HF_WORKERS_H

#include "child.h"
#include "program.h"

#include <holdfast/pool.h>
#include <poll.h>

/* A worker. */
struct worker_process {
    struct child child;
    uint64_t number;
    int64_t kill_ms; /* when it is to be killed, if it is there then; DEADLINE_NEVER: not */
};

struct workers {
    hf_client *client;
    const hf_pool_options *options;
    uint64_t pool;
    uint64_t supervisor;
    const char *label;                /* of the submitting process */
    int parent_fd;                    /* the supervisor's own, to be closed in workers */
    const char *path;                 /* of the program; NULL: they are forked */
    struct worker_process *processes; /* room for `most` */
    size_t count;
    size_t most;
    uint64_t next_number;
};

/* How a worker has ended. */
struct ending {
    uint64_t number;
    bool known; /* somebody else has not fetched it */
    int code;   /* its exit code or, negative, the signal */
};

/** Room for `most`; the rest is the caller's to set. Returns false: no memory. */
bool workers_init(struct workers *workers, size_t most);

/** One more, which ends by itself when it has been idle for so long; 0: it does not. Returns HF_OK
 * or HF_SYSTEM: the system gives no process. */
HF_MUST_USE hf_status workers_add(struct workers *workers, int64_t idle_ms);

/** What to poll for the end of each; `polls` has room for all. */
void workers_watch(const struct workers *workers, struct pollfd *polls);

/** Fetch the one at this place if it has ended: another is in its place then. */
bool workers_fetch(struct workers *workers, size_t index, struct ending *ending);

/** The one with this number is to be killed when it is still there then. */
void workers_kill_by(struct workers *workers, uint64_t number, int64_t kill_ms);

/** The same for all. */
void workers_kill_all_by(struct workers *workers, int64_t kill_ms);

/** Kill those whose time has come. Returns when the next one's does. */
int64_t workers_kill_due(struct workers *workers, int64_t now_ms);

/** Kill all, and wait until they have ended. */
void workers_end(struct workers *workers);

#endif
