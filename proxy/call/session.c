/* SPDX-License-Identifier: MIT
 *
 * See session.h. Every thread has a list of its sessions behind one pthread key, whose destructor
 * closes them when the thread ends. All sessions are also in one list, for hf_client_free().
 *
 * A session is freed by its thread. hf_client_free() closes those of other threads and leaves them
 * orphaned; their serial is never looked for again. After a fork, the child's sessions begin anew;
 * those of threads that the child does not have stay in the list untouched, since a thread may have
 * been changing its own at the moment of the fork.
 */
#include "session.h"

#include "deadline.h"
#include "detail.h"
#include "handshake.h"
#include "leave.h"
#include "pipeline.h"
#include "reopen.h"
#include "stay.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct thread {
    struct session *sessions;
};

static pthread_once_t thread_key_once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;
static bool thread_key_made;
static struct session *sessions;

/* ---- life ---- */

static void sessions_add(struct session *session) {
    assert(!session->orphaned && (!sessions || !sessions->previous));
    session->previous = NULL;
    session->next = sessions;
    if (sessions) {
        sessions->previous = session;
    }
    sessions = session;
}

static void sessions_remove(struct session *session) {
    assert(!session->orphaned);
    if (session->next) {
        assert(session->next->previous == session);
        session->next->previous = session->previous;
    }
    if (session->previous) {
        assert(session->previous->next == session);
        session->previous->next = session->next;
    } else {
        assert(sessions == session);
        sessions = session->next;
    }
}

/* Close it and release its memory. Under the fork lock. */
static void session_shut(struct session *session) {
    conn_close_locked(&session->conn);
    buffer_fini(&session->out);
    pipeline_forget(session);
    reopen_forget(session);
    holds_forget(&session->holds);
}

/* By its thread, which has shut it. */
static void session_free(struct session *session) {
    bell_leave(session->bell);
    free(session);
}

/* The sessions of the thread, but for those of a client that is freed, or of before a fork. */
static void each_of_thread(const struct thread *thread, void (*act)(struct session *session)) {
    struct session *session = thread->sessions;
    while (session) {
        struct session *next = session->next_of_thread;
        fork_lock();
        bool own = !session->orphaned && session->generation == fork_generation();
        fork_unlock();
        if (own) {
            act(session);
        }
        session = next;
    }
}

static void thread_ends(void *argument) {
    struct thread *thread = argument;
    each_of_thread(thread, leave_before_end);
    fork_lock();
    while (thread->sessions) {
        struct session *session = thread->sessions;
        thread->sessions = session->next_of_thread;
        if (session->apart) {
            session->thread = NULL;
            continue;
        }
        if (!session->orphaned) {
            sessions_remove(session);
            session_shut(session);
        }
        session_free(session);
    }
    fork_unlock();
    free(thread);
}

static void make_thread_key(void) {
    stay_loaded();
    thread_key_made = pthread_key_create(&thread_key, thread_ends) == 0 && sockets_init();
}

static struct thread *this_thread(void) {
    if (pthread_once(&thread_key_once, make_thread_key) != 0 || !thread_key_made) {
        return NULL;
    }
    struct thread *thread = pthread_getspecific(thread_key);
    if (!thread) {
        thread = calloc(1, sizeof *thread);
        if (thread && pthread_setspecific(thread_key, thread) != 0) {
            free(thread);
            thread = NULL;
        }
    }
    return thread;
}

/* Free this thread's sessions with clients that are freed. Under the fork lock. */
static void free_orphans(struct thread *thread) {
    struct session **link = &thread->sessions;
    while (*link) {
        struct session *session = *link;
        assert(session->thread == thread);
        if (session->orphaned && !session->apart) {
            assert(!conn_is_open(&session->conn) && !session->collection);
            *link = session->next_of_thread;
            session_free(session);
        } else {
            link = &session->next_of_thread;
        }
    }
}

/* After a fork, the connection and its holds are the parent's. */
static void begin_anew(struct session *session) {
    assert(!conn_is_open(&session->conn)); /* sockets.c has closed it */
    session->generation = fork_generation();
    conn_close(&session->conn);
    session_clear_out(session);
    pipeline_forget(session);
    reopen_forget(session);
    session->bound = false;
    bell_renew(session->bell);
    holds_forget(&session->holds);
}

bool session_is_inherited(const struct session *session) {
    return session->generation != fork_generation();
}

void session_begin_anew(struct session *session) {
    assert(session_is_inherited(session));
    begin_anew(session);
}

/* A child does not go on with what the thread had entered. */
static struct session *session_find_from(struct session *session, uint64_t client_serial) {
    while (session && session->client_serial != client_serial) {
        session = session->next_of_thread;
    }
    if (session && session_is_inherited(session)) {
        if (session->apart) {
            return session_find_from(session->next_of_thread, client_serial);
        }
        begin_anew(session);
    }
    return session;
}

/* That of another session of the thread with this client or a copy, or a new one. */
static struct bell *bell_of(const struct thread *thread, const hf_client *client) {
    const struct session *session = thread->sessions;
    while (session && !bell_is_of(session->bell, client->bells)) {
        session = session->next_of_thread;
    }
    if (session && session->generation != fork_generation()) {
        bell_renew(session->bell);
    }
    return session ? bell_share(session->bell) : bell_take(client->bells);
}

/* Its bell is another session's of the thread, or a new one; NULL: nothing interrupts it. */
static struct session *session_new(hf_client *client, struct bell *bell) {
    assert(client->serial != 0);
    struct session *session = calloc(1, sizeof *session);
    if (session) {
        conn_init(&session->conn);
        session->bell = session->conn.bell = bell;
        session->client_serial = client->serial;
        session->client = client;
        session->leave_ms = client->leave_ms;
        session->next_id = 1;
        session->oldest = UINT64_MAX;
        session->max_frame_bytes = HF_FRAME_LIMIT_BYTES;
        session->generation = fork_generation();
    }
    return session;
}

static struct session *session_make(struct thread *thread, hf_client *client) {
    struct bell *bell = client->deaf ? NULL : bell_of(thread, client);
    struct session *session = bell || client->deaf ? session_new(client, bell) : NULL;
    if (!session) {
        bell_leave(bell);
        return NULL;
    }
    session->thread = thread;
    fork_lock();
    free_orphans(thread);
    struct session **link = &thread->sessions;
    while (*link && (*link)->apart) { /* those that it has entered stay the first */
        link = &(*link)->next_of_thread;
    }
    session->next_of_thread = *link;
    *link = session;
    sessions_add(session);
    fork_unlock();
    return session;
}

static struct session *session_from(struct thread *thread, struct session *first,
                                    hf_client *client) {
    struct session *session = thread ? session_find_from(first, client->serial) : NULL;
    if (!session && thread) {
        session = session_make(thread, client);
    }
    if (!session) {
        detail_write("no memory for a session");
    }
    return session;
}

struct session *session_of(hf_client *client) {
    struct thread *thread = this_thread();
    return session_from(thread, thread ? thread->sessions : NULL, client);
}

struct session *session_find(const hf_client *client) {
    const struct thread *thread = this_thread();
    return thread ? session_find_from(thread->sessions, client->serial) : NULL;
}

/* The first session behind those that the thread has entered. */
static struct session *first_own(const struct thread *thread) {
    struct session *session = thread ? thread->sessions : NULL;
    while (session && session->apart) {
        session = session->next_of_thread;
    }
    return session;
}

struct session *session_own(hf_client *client) {
    struct thread *thread = this_thread();
    return session_from(thread, first_own(thread), client);
}

struct session *session_find_own(const hf_client *client) {
    return session_find_from(first_own(this_thread()), client->serial);
}

struct session *session_first(void) {
    const struct thread *thread = this_thread();
    return thread ? thread->sessions : NULL;
}

/* ---- sessions of no thread ---- */

struct session *session_new_apart(hf_client *client) {
    struct session *session = session_new(client, NULL);
    bool ready = session && this_thread(); /* for the fork handlers */
    if (!ready) {
        free(session);
        detail_write("no memory for a session");
        return NULL;
    }
    session->apart = true;
    session->leave_ms = 0; /* nobody waits for it */
    fork_lock();
    sessions_add(session);
    fork_unlock();
    return session;
}

void session_free_apart(struct session *session) {
    assert(session->apart && !session->thread);
    fork_lock();
    if (!session->orphaned) {
        sessions_remove(session);
        session_shut(session);
    }
    fork_unlock();
    free(session);
}

bool session_enter(struct session *session) {
    struct thread *thread = this_thread();
    assert(session->apart && !session->thread);
    if (!thread) {
        detail_write("no memory for a session");
        return false;
    }
    session->thread = thread;
    session->next_of_thread = thread->sessions;
    thread->sessions = session;
    return true;
}

void session_exit(struct session *session) {
    struct session **link = &session->thread->sessions;
    while (*link != session) {
        link = &(*link)->next_of_thread;
    }
    *link = session->next_of_thread;
    session->next_of_thread = NULL;
    session->thread = NULL;
}

/* ---- */

struct session *session_bind(hf_client *client) {
    struct session *session = session_own(client);
    if (session) {
        session->bound = true;
    }
    return session;
}

void session_deafen(struct session *session) {
    bell_leave(session->bell);
    session->bell = session->conn.bell = NULL;
}

void session_each_of_thread(void (*act)(struct session *session)) {
    const struct thread *thread = this_thread();
    if (thread) {
        each_of_thread(thread, act);
    }
}

void session_each_connected(void (*act)(const struct session *session, void *data), void *data) {
    fork_lock();
    for (const struct session *session = sessions; session; session = session->next) {
        assert(!session->orphaned && session->client);
        if (session->generation == fork_generation() && conn_is_open(&session->conn)) {
            act(session, data);
        }
    }
    fork_unlock();
}

static bool of_vanished_thread(const struct session *session, const struct thread *thread) {
    return session->thread != thread && session->generation != fork_generation();
}

void session_close_all(const hf_client *client) {
    struct thread *thread = this_thread();
    fork_lock();
    for (struct session *session = sessions, *next = NULL; session; session = next) {
        next = session->next;
        if (session->client_serial != client->serial || of_vanished_thread(session, thread)) {
            continue;
        }
        assert(!session->orphaned);
        sessions_remove(session);
        session_shut(session);
        session->orphaned = true;
        session->client = NULL;
    }
    if (thread) {
        free_orphans(thread);
    }
    fork_unlock();
}

/* ---- connection ---- */

bool session_is_cut(const hf_client *client) {
    fork_lock();
    bool cut = client->cut;
    fork_unlock();
    return cut;
}

void session_welcome(struct session *session, const struct handshake *handshake) {
    if (handshake->welcomed) {
        session->max_frame_bytes = handshake->max_frame_bytes;
        session->id = handshake->session;
        session->first_id = handshake->first_id;
        session->conn.message_max_bytes = session->max_frame_bytes + HF_REPLY_OVERHEAD_BYTES;
    }
}

static hf_status try_to_connect(struct session *session, const hf_client *client,
                                int64_t deadline_ms) {
    hf_status status = conn_open(&session->conn, &client->address, deadline_ms);
    if (session_is_cut(client)) { /* it may have been cut before it had a socket */
        status = detail_set(HF_DISCONNECTED, "the connection to %s was cut", client->address.text);
    }
    if (status == HF_OK) {
        struct handshake shake = {.client = client};
        pthread_cleanup_push(handshake_end, &shake);
        status = handshake_wait(&shake, &session->conn, client, deadline_ms);
        pthread_cleanup_pop(1);
        session_welcome(session, &shake);
    }
    if (status != HF_OK) {
        session_drop(session);
    }
    return status;
}

/* Wait for `pause_ms`. Returns whether to try again then. */
static bool wait_for_manager(const struct session *session, const hf_client *client,
                             int64_t deadline_ms, int64_t pause_ms) {
    int64_t left = deadline_left(deadline_ms);
    if (!session->conn.may_come || !client->waits_for_manager || bell_rings(session->bell)) {
        return false;
    }
    (void)poll(NULL, 0, (int)(left < pause_ms ? left : pause_ms));
    return deadline_left(deadline_ms) > 0 && !bell_rings(session->bell) && !bell_ask(session->bell);
}

/* The end of the attempts to connect. */
static hf_status end_connecting(const struct session *session, const hf_client *client,
                                hf_status status) {
    if (status != HF_OK && bell_rings(session->bell)) {
        bell_answer(session->bell);
        status =
            detail_set(HF_CANCELLED, "interrupted while connecting to %s", client->address.text);
    }
    bell_rest(session->bell);
    return status;
}

static hf_status connect_to(struct session *session, const hf_client *client) {
    assert(session->client_serial == client->serial && !holds_any(&session->holds));
    int64_t deadline_ms = deadline_in(client->connect_timeout_ms);
    int64_t pause_ms = 1;
    char detail[HF_DETAIL_MAX_BYTES + 1]; /* not of attempts that were in vain */
    (void)snprintf(detail, sizeof detail, "%s", hf_last_detail());
    for (size_t i = 0; i < 2; i++) {
        session->conn.spins[i] = (struct spin){.limit_ns = client->spin_us * 1000};
    }
    bell_wait_for_peer(session->bell);
    hf_status status = try_to_connect(session, client, deadline_ms);
    while (status == HF_UNREACHABLE && wait_for_manager(session, client, deadline_ms, pause_ms)) {
        pause_ms = session_longer_pause(pause_ms);
        status = try_to_connect(session, client, deadline_ms);
    }
    if (status == HF_OK) {
        detail_write("%s", detail);
    }
    return end_connecting(session, client, status);
}

const char *session_loses(const struct session *session) {
    if (session->bound || holds_any(&session->holds)) {
        return "all that this thread held";
    }
    return session->holds.uncertain ? "perhaps the calls that this thread posted" : NULL;
}

static hf_status renew_ids(struct session *session, const hf_client *client) {
    return session->oldest < session->first_id ? reopen_for(session, client) : HF_OK;
}

/* Returns false if the connection is lost, and nothing was sent. */
static bool send_by_old_connection(struct session *session, const hf_client *client) {
    if (conn_looks_dead(&session->conn, !session_loses(session))) {
        return false;
    }
    detail_keep(true); /* if it fails, it is tried again */
    hf_status status = renew_ids(session, client);
    detail_keep(false);
    size_t start = session->out.start;
    if (status == HF_OK) {
        conn_send(&session->conn, &session->out);
        if (!session->conn.send_failed || session->out.start > start) {
            return true; /* even after a failure there may be a reply with the reason */
        }
    }
    reopen_undo(session);
    return false;
}

hf_status session_send(struct session *session, const hf_client *client) {
    if (conn_is_open(&session->conn)) {
        if (send_by_old_connection(session, client)) {
            return HF_OK;
        }
        const char *lost = session_loses(session);
        session_drop(session);
        if (lost) {
            return detail_set(HF_DISCONNECTED, "the connection to %s was lost, and with it %s",
                              client->address.text, lost);
        }
    }
    uint64_t run = session->first_id;
    hf_status status = connect_to(session, client);
    if (session->follows && session->first_id != run) {
        session->oldest = UINT64_MAX; /* another object is not what they go on with */
    }
    status = status == HF_OK ? renew_ids(session, client) : status;
    if (status == HF_OK) {
        status = message_check_frames(&session->out, session->max_frame_bytes);
    }
    if (status == HF_OK) {
        conn_send(&session->conn, &session->out);
    }
    return status;
}

uint64_t session_run(const hf_client *client) {
    const struct session *session = session_find(client);
    return session ? session->first_id : 0;
}

void session_clear_out(struct session *session) {
    buffer_clear(&session->out);
    if (session->oldest < session->first_id) {
        reopen_forget(session);
    }
    session->oldest = UINT64_MAX;
    session->follows = false;
}

void session_drop(struct session *session) {
    conn_close(&session->conn);
    holds_forget(&session->holds);
    assert(!conn_is_open(&session->conn) && !holds_any(&session->holds));
}

void session_abandon(void *argument) {
    struct session *session = argument;
    bell_rest(session->bell);
    session_drop(session);
    session_clear_out(session);
}

void session_cut_all(struct hf_client *client) {
    fork_lock();
    client->cut = true;
    for (const struct session *session = sessions; session; session = session->next) {
        if (session->client_serial == client->serial) {
            sockets_shut_locked(&session->conn.socket);
        }
    }
    fork_unlock();
}
