/* SPDX-License-Identifier: MIT
 *
 * A session belongs to one thread and one client: a connection, the guard and the party of its
 * requests, the calls that it collects, its holds. Only its thread uses it, so no lock protects it,
 * but for the members that fork and hf_client_free() use: those are under the fork lock.
 */
#ifndef HF_SESSION_H
#define HF_SESSION_H

#include "client.h"
#include "conn.h"
#include "holds.h"

struct collection;

struct session {
    uint64_t client_serial;
    struct conn conn;
    struct buffer out; /* frames that are to be sent */
    uint64_t next_id;  /* of requests; a new connection continues it */
    size_t max_frame_bytes;
    struct collection *collection; /* pipeline.c; NULL: calls are made at once */
    struct collection *spare;      /* memory for the next one */

    uint64_t guard_lock;
    uint64_t guard_fence; /* 0: no guard */
    uint64_t party;       /* 0: none */

    bool bound;         /* see session_bind() */
    struct holds holds; /* on this connection */
    size_t unanswered;  /* requests without an answer since the last that had one */

    /* Under the fork lock. */
    struct thread *thread;
    unsigned generation;
    bool orphaned; /* its client is gone; its thread frees it */
    struct session *next_of_thread;
    struct session *next;
    struct session *previous;
};

/** The calling thread's session with this client, which is made if it has none. NULL: no memory
 * (the detail says so). */
struct session *session_of(const hf_client *client);

/** The same, for a thread whose next calls open an object that ends with their connection: the loss
 * of the connection is reported even if nothing is held. */
struct session *session_bind(const hf_client *client);

/** The calling thread's session; NULL: it has none yet. */
struct session *session_find(const hf_client *client);

/** Connect if the session has no connection, and send as much of `session->out` as the socket
 * takes. If the connection turns out to be lost before anything was sent, it is replaced. But if a
 * hold or a posted call was lost with it, HF_DISCONNECTED is returned, once. */
HF_MUST_USE hf_status session_send(struct session *session, const hf_client *client);

/** Close the connection, and forget the holds. */
void session_drop(struct session *session);

/** A cleanup handler for what uses the connection: nobody will read the answers that are to come,
 * so the session is dropped. */
void session_abandon(void *argument);

/** End the connections of all threads with this client, whatever the threads wait for, and let none
 * of them connect again. */
void session_cut_all(struct hf_client *client);

/** hf_client_free(). */
void session_close_all(const hf_client *client);

#endif
