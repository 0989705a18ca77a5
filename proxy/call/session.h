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
struct handshake;

struct session {
    uint64_t client_serial;
    hf_client *client; /* until it is orphaned */
    struct conn conn;
    struct bell *bell; /* of the thread, for its client and its copies; NULL: deaf */
    struct buffer out; /* frames that are to be sent */
    uint64_t oldest;   /* the smallest id of an object in them; UINT64_MAX: they have none */
    uint64_t id;       /* at the manager, of its last connection */
    uint64_t first_id; /* of the manager's run: an older id is one of an earlier run */
    bool follows;      /* they go on with what was begun in that run */
    uint64_t walk_run; /* in which this thread has got its last page; 0: none */
    uint64_t next_id;  /* of requests; a new connection continues it */
    /* Of the manager; the greatest there may be before it has told. */
    size_t max_frame_bytes;
    int64_t leave_ms; /* it leaves in order when it ends, and waits so long for the answer; 0: no */
    struct collection *collection; /* pipeline.c; NULL: calls are made at once */
    struct collection *spare;      /* memory for the next one */

    uint64_t guard_lock;
    uint64_t guard_fence; /* 0: no guard */
    uint64_t party;       /* 0: none */

    struct buffer former; /* reopen.c: the frames before they got new ids */
    uint64_t refused_id;  /* of the object that could not be opened again */
    char *refusal;        /* why; NULL: all could */

    bool bound;         /* see session_bind() */
    struct holds holds; /* on this connection */
    size_t unanswered;  /* requests without an answer since the last that had one */

    /* Under the fork lock. */
    struct thread *thread;
    unsigned generation;
    bool orphaned; /* its client is gone; its thread frees it, or who has it apart */
    bool apart;    /* it belongs to no thread: one that has entered it does not free it */
    struct session *next_of_thread;
    struct session *next;
    struct session *previous;
};

/** The calling thread's session with this client, which is made if it has none. NULL: no memory
 * (the detail says so). */
struct session *session_of(hf_client *client);

/** The calling thread's own session, also while it has entered another one. */
struct session *session_own(hf_client *client);
struct session *session_find_own(const hf_client *client);

/** As session_own(), for a thread whose next calls open an object that ends with their connection:
 * the loss of the connection is reported even if nothing is held. */
struct session *session_bind(hf_client *client);

/** From now on, nothing interrupts the calling thread's waits in this session. */
void session_deafen(struct session *session);

/** A session that belongs to no thread, for asynchronous calls. It is used in one thread at a
 * time. NULL: no memory (the detail says so). */
struct session *session_new_apart(hf_client *client);

/** Close its connection and free it, also after its client. */
void session_free_apart(struct session *session);

/** Let such a session be the calling thread's session with its client, before one of its own,
 * until the same thread calls session_exit(). Returns false: no memory. */
bool session_enter(struct session *session);
void session_exit(struct session *session);

/** Whether the session was used before a fork, in the parent. Then it begins anew, with no
 * connection. */
bool session_is_inherited(const struct session *session);
void session_begin_anew(struct session *session);

/** The calling thread's session; NULL: it has none yet. */
struct session *session_find(const hf_client *client);

/** An id of an object is in the frames that were put into `out`. */
static inline void session_names(struct session *session, uint64_t id) {
    session->oldest = id < session->oldest ? id : session->oldest;
}

/** The first id of the run of the manager that the calling thread has or had a connection to; 0:
 * none. */
uint64_t session_run(const hf_client *client);

/** Drop the frames. */
void session_clear_out(struct session *session);

/** Connect if the session has no connection, and send as much of `session->out` as the socket
 * takes. If the connection turns out to be lost before anything was sent, it is replaced. But if a
 * hold or a posted call was lost with it, HF_DISCONNECTED is returned, once. Named objects of an
 * earlier run of the manager are opened again before. HF_CANCELLED: an interrupt has ended the wait
 * for a connection. */
HF_MUST_USE hf_status session_send(struct session *session, const hf_client *client);

/** Take over what a handshake that is welcomed was told; otherwise do nothing. */
void session_welcome(struct session *session, const struct handshake *handshake);

enum { SESSION_LONGEST_PAUSE_MS = 50 /* between two attempts to connect */ };

/** The pause behind the next attempt, after one of `pause_ms`. */
static inline int64_t session_longer_pause(int64_t pause_ms) {
    return 2 * pause_ms < SESSION_LONGEST_PAUSE_MS ? 2 * pause_ms : SESSION_LONGEST_PAUSE_MS;
}

/** Whether the client's sessions may connect no more: session_cut_all(). */
bool session_is_cut(const hf_client *client);

/** What is lost with the connection, in words; NULL: nothing, so that it can be replaced. */
const char *session_loses(const struct session *session);

/** Close the connection, and forget the holds. */
void session_drop(struct session *session);

/** A cleanup handler for what uses the connection: nobody will read the answers that are to come,
 * so the session is dropped. */
void session_abandon(void *argument);

/** The calling thread's first session; NULL: it has none. The others follow (next_of_thread). */
struct session *session_first(void);
/** Call this for each of the calling thread's sessions that it has opened itself. */
void session_each_of_thread(void (*act)(struct session *session));

/** Call this, under the fork lock, for each session of the process that is connected, of whatever
 *  thread. Only its client may be used, and only until `act` returns. */
void session_each_connected(void (*act)(const struct session *session, void *data), void *data);

/** End the connections of all threads with this client, whatever the threads wait for, and let none
 * of them connect again. */
void session_cut_all(struct hf_client *client);

/** hf_client_free(). */
void session_close_all(const hf_client *client);

#endif
