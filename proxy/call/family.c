/* SPDX-License-Identifier: MIT
 *
 * See family.h.
 */
#include "family.h"

#include "call.h"
#include "conn.h"
#include "detail.h"
#include "session.h"
#include "sockets.h"

#include <assert.h>
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

static void family_pin_at(struct session *session) {
    struct call call;
    Hf__ObjectPin op = HF__OBJECT_PIN__INIT;
    assert(!session->client->alone);
    call_begin(&call, session->client, 0);
    call.steady = true;
    op.for_ms = CHILD_MS;
    hf_status pinned = call_make(&call, HF__REQUEST__OP_OBJECT_PIN, &op.base, sink_nothing());
    (void)pinned; /* the process starts nevertheless */
}

/* A connection that is lost is the next call's to report. */
void family_pin_for_child(void) {
    for (struct session *session = session_first(); session; session = session->next_of_thread) {
        bool usable = !session->orphaned && session->generation == fork_generation() &&
                      conn_is_open(&session->conn) && !conn_looks_dead(&session->conn, false);
        if (usable && !session->client->alone) {
            family_pin_at(session);
        }
    }
    detail_clear();
}
