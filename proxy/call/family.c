/* SPDX-License-Identifier: MIT
 *
 * See family.h.
 */
#include "family.h"

#include "call.h"
#include "cancel.h"
#include "conn.h"
#include "detail.h"
#include "session.h"
#include "sockets.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { CHILD_MS = 60000 /* for a new process to use what it was given */ };

static uint8_t process_family[HF_FAMILY_BYTES]; /* under the fork lock */
static bool process_family_made;
static unsigned process_family_generation;

bool family_of_process(uint8_t name[HF_FAMILY_BYTES]) {
    fork_lock();
    if (!process_family_made || process_family_generation != fork_generation()) {
        process_family_made = getrandom(process_family, HF_FAMILY_BYTES, 0) == HF_FAMILY_BYTES;
        process_family_generation = fork_generation();
    }
    bool made = process_family_made;
    memcpy(name, process_family, HF_FAMILY_BYTES);
    fork_unlock();
    return made;
}

static void family_pin_at(hf_client *client) {
    struct call call;
    Hf__ObjectPin op = HF__OBJECT_PIN__INIT;
    assert(!client->alone);
    call_begin(&call, client, 0);
    op.for_ms = CHILD_MS;
    hf_status pinned = call_make(&call, HF__REQUEST__OP_OBJECT_PIN, &op.base, sink_nothing());
    (void)pinned; /* the process starts nevertheless */
}

/* A connection that is lost is the next call's to report. */
static bool family_may_use(const struct session *session) {
    return !session->orphaned && session->generation == fork_generation() &&
           conn_is_open(&session->conn) && !conn_looks_dead(&session->conn, false) &&
           !session->client->alone;
}

/* ---- managers that only other threads are connected to ---- */

struct other_manager {
    struct hf_client *client;
    struct other_manager *next;
};

static bool is_same_manager(const struct hf_client *client, const struct hf_client *other) {
    return strcmp(client->address.text, other->address.text) == 0;
}

static bool is_connected_here(const struct hf_client *client) {
    const struct session *session = session_first();
    while (session && !(family_may_use(session) && is_same_manager(session->client, client))) {
        session = session->next_of_thread;
    }
    return session != NULL;
}

/* The client may be freed by another thread as soon as this returns, so it is copied. */
static void note_manager(const struct session *session, void *data) {
    struct other_manager **others = data;
    const struct hf_client *client = session->client;
    const struct other_manager *other = *others;
    while (other && !is_same_manager(other->client, client)) {
        other = other->next;
    }
    if (other || client->alone || client->cut || is_connected_here(client)) {
        return;
    }
    struct other_manager *made = malloc(sizeof *made);
    struct hf_client *copy = made ? client_copy(client) : NULL;
    if (!copy) {
        free(made);
        return;
    }
    copy->alone = false; /* the family is the same */
    copy->waits_for_manager = false;
    copy->deaf = true; /* an interrupt is for what the program does next */
    *made = (struct other_manager){copy, *others};
    *others = made;
}

/* Any session can pin all that its family refers to, but a session belongs to its thread. So this
 * thread opens another one for the time of this call. */
static void pin_at_others(void) {
    struct other_manager *others = NULL;
    int before = cancel_off();
    session_each_connected(note_manager, &others);
    while (others) {
        struct other_manager *other = others;
        others = other->next;
        family_pin_at(other->client);
        hf_client_free(other->client);
        free(other);
    }
    cancel_restore(before);
}

void family_pin_for_child(void) {
    for (struct session *session = session_first(); session; session = session->next_of_thread) {
        if (family_may_use(session)) {
            family_pin_at(session->client);
        }
    }
    pin_at_others();
    detail_clear();
}
