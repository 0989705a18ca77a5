/* SPDX-License-Identifier: MIT
 *
 * What a supervisor does, in its process of one thread: keep the number of workers right, and say
 * how each has ended.
 */
#ifndef HF_SUPERVISE_H
#define HF_SUPERVISE_H

#include "session.h"
#include "workers.h"

enum { SUPERVISE_POLLS = 2 /* beside the workers' */ };

enum supervise_stage { STAGE_WATCH, STAGE_PAUSE, STAGE_CHECK };

struct supervisor {
    hf_client *client;
    struct session *session;
    struct workers workers;
    struct pollfd *polls; /* the connection, the parent, the workers */
    uint64_t id;
    size_t least;
    int64_t idle_ms;            /* of the workers beyond */
    enum supervise_stage stage; /* of the call that waits */
    uint64_t waiting;           /* its id; 0: there is none */
    bool grows;                 /* it is for tasks that wait, too */
    uint64_t reporting;         /* the id of the report that has no answer yet; 0: there is none */
    struct ending *endings; /* to be reported, the first one first; room for as many as workers */
    size_t ending_count;
    int64_t request_ms; /* no request before: the manager has found no memory for the last one */
    int64_t delay_ms;   /* before the next worker is started: the last ones came to nothing */
    int64_t start_ms;   /* not before */
    bool finished;      /* there is nothing left to run */
    bool over;          /* nobody wants the workers any more */
};

/** Until nothing is left to run and all workers have ended, or nobody wants them any more. To be
 * set before: the client and its session, the workers, the polls with the parent's, the id, the room
 * for endings, and what concerns the number of workers. */
void supervise(struct supervisor *supervisor);

#endif
