/* SPDX-License-Identifier: MIT
 *
 * See reopen.h. First each old id is visited and its object opened, one round trip after the other,
 * then the frames are made anew. A request that opens an object may name others (a condition names
 * its lock), so they are opened before.
 */
#include "reopen.h"

#include "deadline.h"
#include "detail.h"
#include "encode.h"
#include "frame.h"
#include "ids.h"
#include "openings.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 8 /* of objects that name others */ };

struct reopening {
    struct session *session;
    const hf_client *client;
    hf_status status;
    unsigned depth;
};

/* One object that is opened again. */
struct repeat {
    uint8_t *request; /* that has opened it */
    size_t len;
    struct buffer frame;
    struct scratch scratch; /* of the reply */
};

void reopen_forget(struct session *session) {
    buffer_fini(&session->former);
    free(session->refusal);
    session->refusal = NULL;
    session->refused_id = 0;
}

/* ---- one object ---- */

static void repeat_free(void *argument) {
    struct repeat *repeat = argument;
    free(repeat->request);
    buffer_fini(&repeat->frame);
    scratch_fini(&repeat->scratch);
}

static uint64_t present_id(void *context, uint64_t id) {
    const struct reopening *reopening = context;
    uint64_t run = reopening->session->first_id;
    return id < run ? openings_present(reopening->client->openings, id, run) : id;
}

/* A frame with the request and an id. */
static bool put_repeat(struct repeat *repeat, struct reopening *reopening, uint64_t call_id) {
    enum { REQUEST_ID_KEY = 1 * 8 };
    uint8_t head[HF_FRAME_HEADER_BYTES + 1 + HF_VARINT_MAX_BYTES] = {0};
    head[HF_FRAME_HEADER_BYTES] = REQUEST_ID_KEY;
    size_t len = HF_FRAME_HEADER_BYTES + 1;
    len += encode_varint(head + len, call_id);
    if (!buffer_append(&repeat->frame, head, len) ||
        !ids_renew(repeat->request, repeat->len, present_id, reopening, &repeat->frame)) {
        return false;
    }
    size_t body_len = buffer_len(&repeat->frame) - HF_FRAME_HEADER_BYTES;
    frame_put_header(repeat->frame.bytes, (uint32_t)body_len);
    return body_len <= reopening->session->max_frame_bytes;
}

static hf_status exchange_repeat(struct repeat *repeat, const struct reopening *reopening,
                                 const Hf__Reply **reply) {
    struct session *session = reopening->session;
    int64_t silence_ms = reopening->client->answer_timeout_ms;
    const struct conn_wait wait = {deadline_in(silence_ms), silence_ms, true, false, NULL};
    struct message message = {NULL, 0};
    conn_send(&session->conn, &repeat->frame);
    hf_status status = conn_receive(&session->conn, &repeat->frame, wait, &message);
    if (status == HF_TIMEOUT) {
        return detail_set(HF_DISCONNECTED, "no answer from %s: the connection was closed",
                          reopening->client->address.text);
    }
    return status == HF_OK ? message_decode(&message, &repeat->scratch, reply) : status;
}

static void note_refusal(struct session *session, uint64_t id, const Hf__Reply *reply) {
    bool said = reply->detail && reply->detail[0];
    const char *why = said ? reply->detail : hf_status_text((hf_status)reply->status);
    if (!session->refusal) {
        session->refusal = strdup(why);
        session->refused_id = id;
    }
}

static hf_status take_answer(const struct reopening *reopening, uint64_t id, uint64_t call_id,
                             const Hf__Reply *reply) {
    struct session *session = reopening->session;
    hf_status status = (hf_status)reply->status;
    if (reply->id == 0 && hf_status_is_fatal(status)) {
        return detail_set(status, "%s", reply->detail ? reply->detail : hf_status_text(status));
    }
    if (reply->id != call_id) {
        return detail_set(HF_PROTOCOL, "the manager answered a request that was not made");
    }
    holds_tell(&session->holds, reply->has_holds_left ? &reply->holds_left : NULL);
    if (hf_ok(status) && reply->result_case == HF__REPLY__RESULT_OBJECT) {
        openings_renew(reopening->client->openings, id, session->first_id, reply->object->id);
    } else if (!hf_ok(status)) {
        note_refusal(session, id, reply);
    }
    return HF_OK;
}

static void reopen_each(struct reopening *reopening, const uint8_t *request, size_t len);

static void reopen_by(struct reopening *reopening, uint64_t id, struct repeat *repeat) {
    const Hf__Reply *reply = NULL;
    reopen_each(reopening, repeat->request, repeat->len);
    uint64_t call_id = reopening->session->next_id++;
    if (reopening->status == HF_OK && put_repeat(repeat, reopening, call_id)) {
        reopening->status = exchange_repeat(repeat, reopening, &reply);
    }
    if (reopening->status == HF_OK && reply) {
        reopening->status = take_answer(reopening, id, call_id, reply);
    }
}

static void reopen_one(void *context, uint64_t id) {
    struct reopening *reopening = context;
    uint64_t run = reopening->session->first_id;
    if (id == 0 || id >= run || reopening->status != HF_OK) {
        return;
    }
    struct repeat repeat = {.request = NULL};
    scratch_init(&repeat.scratch);
    repeat.request = openings_to_repeat(reopening->client->openings, id, run, &repeat.len);
    if (repeat.request) {
        pthread_cleanup_push(repeat_free, &repeat);
        reopen_by(reopening, id, &repeat);
        pthread_cleanup_pop(1);
    }
}

static void reopen_each(struct reopening *reopening, const uint8_t *request, size_t len) {
    if (reopening->depth < DEPTH_MAX) {
        reopening->depth++;
        ids_each(request, len, reopen_one, reopening);
        reopening->depth--;
    }
}

/* ---- frames ---- */

/* The body of the first frame behind `at`, which is advanced behind it. */
static const uint8_t *next_body(const struct buffer *out, size_t *at, size_t *len) {
    const uint8_t *frame = out->bytes + *at;
    assert(out->end - *at >= HF_FRAME_HEADER_BYTES);
    *len = frame_body_len(frame);
    *at += HF_FRAME_HEADER_BYTES + *len;
    assert(*at <= out->end);
    return frame + HF_FRAME_HEADER_BYTES;
}

static bool renew_frame(struct reopening *reopening, const uint8_t *body, size_t len,
                        struct buffer *renewed) {
    size_t start = buffer_len(renewed);
    const uint8_t header[HF_FRAME_HEADER_BYTES] = {0};
    if (!buffer_append(renewed, header, sizeof header) ||
        !ids_renew(body, len, present_id, reopening, renewed)) {
        return false;
    }
    size_t body_len = buffer_len(renewed) - start - sizeof header;
    frame_put_header(renewed->bytes + renewed->start + start, (uint32_t)body_len);
    return body_len <= reopening->session->max_frame_bytes;
}

/* Without memory, or if a frame would be too long, the ids stay. */
static void renew_frames(struct reopening *reopening) {
    struct session *session = reopening->session;
    struct buffer renewed = {NULL, 0, 0, 0};
    bool done = true;
    for (size_t at = session->out.start; done && at < session->out.end;) {
        size_t len = 0;
        const uint8_t *body = next_body(&session->out, &at, &len);
        done = renew_frame(reopening, body, len, &renewed);
    }
    if (!done) {
        buffer_fini(&renewed);
        return;
    }
    session->former = session->out;
    session->out = renewed;
}

hf_status reopen_for(struct session *session, const hf_client *client) {
    assert(conn_is_open(&session->conn));
    reopen_forget(session);
    struct reopening reopening = {.session = session, .client = client, .status = HF_OK};
    if (!client->openings) {
        return HF_OK;
    }
    for (size_t at = session->out.start; at < session->out.end && reopening.status == HF_OK;) {
        size_t len = 0;
        const uint8_t *body = next_body(&session->out, &at, &len);
        reopen_each(&reopening, body, len);
    }
    if (reopening.status == HF_OK) {
        renew_frames(&reopening);
    }
    return reopening.status;
}

void reopen_undo(struct session *session) {
    if (buffer_len(&session->former) > 0) {
        buffer_fini(&session->out);
        session->out = session->former;
        session->former = (struct buffer){NULL, 0, 0, 0};
    }
}

void reopen_explain(const struct session *session, uint64_t id) {
    if (session->refusal && id != 0 && session->refused_id == id) {
        detail_write("the manager was restarted, and the object could not be opened again: %s",
                     session->refusal);
    }
}
