/* SPDX-License-Identifier: MIT
 *
 * See leave.h. A thread that ends has no client to call with, as that may be freed already; so this
 * makes its request on the connection itself.
 */
#include "leave.h"

#include "cancel.h"
#include "deadline.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* The number of holds that are left, by the manager's answer; 0 also if there is none. */
static uint64_t leave_once(struct session *session, int64_t deadline_ms) {
    Hf__Leave leave = HF__LEAVE__INIT;
    Hf__Request request = HF__REQUEST__INIT;
    request.has_id = true;
    request.id = session->next_id++;
    request.op_case = HF__REQUEST__OP_LEAVE;
    request.leave = &leave;
    hf_status status = message_put_frame(&session->out, &request.base, session->max_frame_bytes);
    uint64_t left = 0;
    bool answered = false;
    while (status == HF_OK && !answered) {
        struct scratch scratch;
        struct message message;
        const Hf__Reply *reply = NULL;
        const struct conn_wait wait = {deadline_ms, 0, true, false, NULL};
        scratch_init(&scratch);
        status = conn_receive(&session->conn, &session->out, wait, &message);
        if (status == HF_OK) {
            status = message_decode(&message, &scratch, &reply);
        }
        if (status == HF_OK) {
            answered = reply->id == request.id || reply->id == 0;
            left = reply->result_case == HF__REPLY__RESULT_COUNT ? reply->count : 0;
        }
        scratch_fini(&scratch);
    }
    return answered ? left : 0;
}

void leave_before_end(struct session *session) {
    if (session->leave_ms == 0 || !conn_is_open(&session->conn) ||
        conn_looks_dead(&session->conn, false) || !holds_perhaps(&session->holds)) {
        return;
    }
    int before = cancel_off();
    int64_t deadline_ms = deadline_in(session->leave_ms);
    uint64_t left = 0;
    do {
        left = leave_once(session, deadline_ms);
    } while (left > 0 && deadline_left(deadline_ms) > 0);
    cancel_restore(before);
}

void leave_before_exit(void) {
    session_each_of_thread(leave_before_end);
}

static bool registered;

static void register_once(void) {
    registered = atexit(leave_before_exit) == 0;
}

bool leave_at_exit(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    return pthread_once(&once, register_once) == 0 && registered;
}
