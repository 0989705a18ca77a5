/* SPDX-License-Identifier: MIT
 *
 * A session: what one thread has with one client. Its connection, the guard of its requests, the
 * calls it collects, what it holds. Only its thread uses it, so there is no lock around it;
 * the lists that fork and hf_client_free() walk are under the fork lock.
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
    uint64_t next_id;  /* of requests; goes on over reconnections */
    size_t max_frame_bytes;
    struct collection *collection; /* pipeline.c; NULL: calls are made at once */
    struct collection *spare;      /* memory for the next one */

    uint64_t guard_lock;
    uint64_t guard_fence; /* 0: no guard */

    bool bound;         /* see session_bind() */
    struct holds holds; /* on this connection */
    size_t unanswered;  /* requests without an answer, since the last one that had one */

    /* Under the fork lock. */
    struct thread *thread;
    unsigned generation;
    bool orphaned; /* its client is gone; its thread frees it */
    struct session *next_of_thread;
    struct session *next;
    struct session *previous;
};

/** The calling thread's session with this client, made when it is first asked for.
 *  NULL: no memory (the detail says so). */
struct session *session_of(const hf_client *client);

/** The same, for a thread whose next calls open an object that ends with their connection: the loss
 * of the connection is reported even if nothing is held. */
struct session *session_bind(const hf_client *client);

/** The calling thread's session; NULL: it has none yet. */
struct session *session_find(const hf_client *client);

/** Make sure that there is a connection, and send what the socket takes of `session->out`. A
 * connection that is found dead before anything was sent is replaced, unless something that was
 * held was lost with it: then HF_DISCONNECTED, once. */
HF_MUST_USE hf_status session_send(struct session *session, const hf_client *client);

/** The connection is over: close it, and forget what was held. */
void session_drop(struct session *session);

/** End the connections of all threads with this client, whatever they wait for, and let none of them
 * connect again. */
void session_cut_all(struct hf_client *client);

/** hf_client_free() and hf_client_disconnect(). */
void session_close_all(const hf_client *client);
void session_close_own(const hf_client *client);

#endif
