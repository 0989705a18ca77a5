/* SPDX-License-Identifier: MIT
 *
 * See reopen.h. Each old id of the frames is visited and its object opened, one round trip after
 * the other, then the frames are made anew. A request that opens an object may name others (a
 * condition names its lock), so they are opened before.
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

void reopen_forget(struct session *session) {
    buffer_fini(&session->former);
    free(session->refusal);
    session->refusal = NULL;
    session->refused_id = 0;
}

void reopening_end(void *reopening) {
    struct reopening *ended = reopening;
    buffer_fini(&ended->out);
    free(ended->refused);
}

/* ---- which object is next ---- */

/* The search for an id that is to be renewed, in a request. */
struct search {
    struct reopening *reopening;
    uint8_t *request; /* that has opened the object which was found; NULL: none yet */
    size_t len;
    unsigned depth; /* of requests that have opened what is named in others */
};

static bool is_refused(const struct reopening *reopening, uint64_t id) {
    for (size_t i = 0; i < reopening->refused_count; i++) {
        if (reopening->refused[i] == id) {
            return true;
        }
    }
    return false;
}

static void note_refused(struct reopening *reopening, uint64_t id) {
    uint64_t *refused =
        reallocarray(reopening->refused, reopening->refused_count + 1, sizeof *refused);
    if (!refused) {
        reopening->gives_up = true;
        return;
    }
    reopening->refused = refused;
    refused[reopening->refused_count++] = id;
}

/* Objects that its own request names come first. */
static void search_visit(void *context, uint64_t id) {
    struct search *search = context;
    struct reopening *reopening = search->reopening;
    uint64_t run = reopening->session->first_id;
    if (search->request || id == 0 || id >= run || is_refused(reopening, id)) {
        return;
    }
    size_t len = 0;
    uint8_t *request = openings_to_repeat(reopening->client->openings, id, run, &len);
    if (request && search->depth + 1 < DEPTH_MAX) {
        search->depth++;
        (void)ids_each(request, len, search_visit, search);
        search->depth--;
    }
    if (request && !search->request) {
        reopening->id = id;
        search->request = request;
        search->len = len;
    } else {
        free(request);
    }
}

static uint64_t present_id(void *context, uint64_t id) {
    const struct reopening *reopening = context;
    uint64_t run = reopening->session->first_id;
    return id < run ? openings_present(reopening->client->openings, id, run) : id;
}

/* A frame with the request and an id. */
static bool put_repeat(struct reopening *reopening, const uint8_t *request, size_t len) {
    enum { REQUEST_ID_KEY = 1 * 8 };
    uint8_t head[HF_FRAME_HEADER_BYTES + 1 + HF_VARINT_MAX_BYTES] = {0};
    struct buffer *out = &reopening->out;
    buffer_clear(out);
    reopening->call_id = reopening->session->next_id++;
    head[HF_FRAME_HEADER_BYTES] = REQUEST_ID_KEY;
    size_t head_len = HF_FRAME_HEADER_BYTES + 1;
    head_len += encode_varint(head + head_len, reopening->call_id);
    if (!buffer_append(out, head, head_len) ||
        !ids_renew(request, len, present_id, reopening, out)) {
        return false;
    }
    size_t body_len = buffer_len(out) - HF_FRAME_HEADER_BYTES;
    frame_put_header(out->bytes + out->start, (uint32_t)body_len);
    return body_len <= reopening->session->max_frame_bytes;
}

/* The body of the frame at `at`. */
static const uint8_t *body_at(const struct buffer *frames, size_t at, size_t *len) {
    const uint8_t *frame = buffer_front(frames) + at;
    assert(buffer_len(frames) - at >= HF_FRAME_HEADER_BYTES);
    *len = frame_body_len(frame);
    assert(HF_FRAME_HEADER_BYTES + *len <= buffer_len(frames) - at);
    return frame + HF_FRAME_HEADER_BYTES;
}

bool reopening_next(struct reopening *reopening, const struct buffer *frames) {
    while (reopening->at < buffer_len(frames) && reopening->client->openings &&
           !reopening->gives_up) {
        struct search search = {.reopening = reopening};
        size_t len = 0;
        const uint8_t *body = body_at(frames, reopening->at, &len);
        (void)ids_each(body, len, search_visit, &search);
        if (!search.request) {
            reopening->at += HF_FRAME_HEADER_BYTES + len;
            continue;
        }
        bool put = put_repeat(reopening, search.request, search.len);
        free(search.request);
        if (put) {
            return true;
        }
        note_refused(reopening, reopening->id);
    }
    return false;
}

/* ---- the answer ---- */

static void note_refusal(struct reopening *reopening, const Hf__Reply *reply) {
    struct session *session = reopening->session;
    bool said = reply->detail && reply->detail[0];
    const char *why = said ? reply->detail : hf_status_text((hf_status)reply->status);
    note_refused(reopening, reopening->id);
    if (!session->refusal) {
        session->refusal = strdup(why);
        session->refused_id = reopening->id;
    }
}

static hf_status take_reply(struct reopening *reopening, const Hf__Reply *reply) {
    struct session *session = reopening->session;
    hf_status status = (hf_status)reply->status;
    if (reply->id == 0 && hf_status_is_fatal(status)) {
        return detail_set(status, "%s", reply->detail ? reply->detail : hf_status_text(status));
    }
    if (reply->id != reopening->call_id) {
        return detail_set(HF_PROTOCOL, "the manager answered a request that was not made");
    }
    holds_tell(&session->holds, reply->has_holds_left ? &reply->holds_left : NULL);
    if (hf_ok(status) && reply->result_case == HF__REPLY__RESULT_OBJECT) {
        openings_renew(reopening->client->openings, reopening->id, session->first_id,
                       reply->object->id);
    } else {
        note_refusal(reopening, reply);
    }
    return HF_OK;
}

hf_status reopening_take(struct reopening *reopening, const struct message *message) {
    struct scratch scratch;
    const Hf__Reply *reply = NULL;
    scratch_init(&scratch);
    hf_status status = message_decode(message, &scratch, &reply);
    status = status == HF_OK ? take_reply(reopening, reply) : status;
    scratch_fini(&scratch);
    return status;
}

/* ---- frames ---- */

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

void reopening_renew(struct reopening *reopening, struct buffer *frames, struct buffer *former) {
    struct buffer renewed = {NULL, 0, 0, 0};
    bool done = true;
    assert(buffer_len(former) == 0);
    for (size_t at = 0; done && at < buffer_len(frames);) {
        size_t len = 0;
        const uint8_t *body = body_at(frames, at, &len);
        done = renew_frame(reopening, body, len, &renewed);
        at += HF_FRAME_HEADER_BYTES + len;
    }
    if (!done) {
        buffer_fini(&renewed);
        return;
    }
    buffer_fini(former);
    *former = *frames;
    *frames = renewed;
}

/* ---- for a thread that waits ---- */

static hf_status exchange_repeat(struct reopening *reopening) {
    struct session *session = reopening->session;
    int64_t silence_ms = reopening->client->answer_timeout_ms;
    const struct conn_wait wait = {deadline_in(silence_ms), silence_ms, true, false, NULL};
    struct message message = {NULL, 0};
    conn_send(&session->conn, &reopening->out);
    hf_status status = conn_receive(&session->conn, &reopening->out, wait, &message);
    if (status == HF_TIMEOUT) {
        return detail_set(HF_DISCONNECTED, "no answer from %s: the connection was closed",
                          reopening->client->address.text);
    }
    return status == HF_OK ? reopening_take(reopening, &message) : status;
}

hf_status reopen_for(struct session *session, const hf_client *client) {
    assert(conn_is_open(&session->conn));
    reopen_forget(session);
    struct reopening reopening = {.session = session, .client = client};
    hf_status status = HF_OK;
    if (!client->openings) {
        return HF_OK;
    }
    pthread_cleanup_push(reopening_end, &reopening);
    while (status == HF_OK && reopening_next(&reopening, &session->out)) {
        status = exchange_repeat(&reopening);
    }
    if (status == HF_OK) {
        reopening_renew(&reopening, &session->out, &session->former);
    }
    pthread_cleanup_pop(1);
    return status;
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
