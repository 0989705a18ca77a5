/* SPDX-License-Identifier: MIT
 *
 * The loop of a supervisor, in its process of one thread: keep the number of workers right, and
 * report how each one ended.
 */
#ifndef HF_SUPERVISOR_LOOP_H
#define HF_SUPERVISOR_LOOP_H

#include "session.h"
#include "workers.h"

enum { SUPERVISOR_POLLS = 2 /* before the workers' */ };

enum supervisor_stage { STAGE_WATCH, STAGE_PAUSE, STAGE_CHECK }; /* see supervisor_loop.c */

struct supervisor {
    struct session *session;
    struct workers workers;
    struct pollfd *polls; /* the connection, the parent, the workers */
    pid_t parent;
    size_t least;
    int64_t idle_ms;             /* after which a worker beyond `least` ends */
    enum supervisor_stage stage; /* of the waiting call */
    uint64_t waiting;            /* its id; 0: there is none */
    bool grows;                  /* it waits for a backlog, too */
    uint64_t reporting;          /* the id of the report without an answer; 0: there is none */
    struct ending *endings;      /* to be reported; room for `most` */
    size_t ending_count;
    int64_t request_ms; /* time of the next request: the manager had no memory for the last one */
    int64_t delay_ms;   /* before the next start: the last workers ended before they registered */
    int64_t start_ms;   /* time of the next start */
    bool finished;      /* the pool has no task left, and takes none */
    bool over;          /* the parent, the manager or the pool is gone */
};

/** Run until the pool is finished and all workers have ended, or the supervisor is over. The caller
 * has set the session, the workers, the polls with the parent's, the room for endings, `least` and
 * `idle_ms`. */
void supervisor_run(struct supervisor *supervisor);

#endif
