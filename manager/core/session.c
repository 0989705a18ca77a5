/* SPDX-License-Identifier: MIT
 *
 * See session.h.
 */
#include "session.h"

#include "decode.h"
#include "encode.h"
#include "family.h"
#include "frame.h"
#include "mem.h"
#include "proof.h"

#include <assert.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

enum {
    REQUEST_ID_TAG = 1,
    HOLDS_LEFT_KEY = 60 * 8 + 5, /* of a fixed32 with the tag 60, as a varint of two bytes */
    HOLDS_LEFT_BYTES = 6
};

static const char no_memory[] = "the manager has no memory left (--max-memory)";

/* ---- out ---- */

static bool tells_holds_left(const struct session *session) {
    return session->owners.hold_count != session->holds_told;
}

static uint32_t holds_left(const struct session *session) {
    size_t count = session->owners.hold_count;
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

/* Write Reply.holds_left so that it ends at `end`. Returns where it begins. */
static uint8_t *put_holds_left(const struct session *session, uint8_t *end) {
    uint32_t number = htole32(holds_left(session));
    end -= HOLDS_LEFT_BYTES;
    end[0] = (uint8_t)(HOLDS_LEFT_KEY | 0x80);
    end[1] = HOLDS_LEFT_KEY >> 7;
    memcpy(end + 2, &number, sizeof number);
    return end;
}

/* A reply that is larger than the scratch buffer is packed and handed out in pieces: once an
 * operation has been done, its reply must not need memory. */
struct gather {
    ProtobufCBuffer base;
    struct session *session;
    size_t len; /* in the scratch buffer */
};

static void flush(struct gather *gather) {
    struct session *session = gather->session;
    if (gather->len > 0) {
        session->sessions->output(session->peer, session->sessions->scratch, gather->len);
        gather->len = 0;
    }
}

static void append(ProtobufCBuffer *buffer, size_t len, const uint8_t *bytes) {
    struct gather *gather = (struct gather *)buffer;
    struct session *session = gather->session;
    if (len > SESSIONS_SCRATCH_BYTES - gather->len) {
        flush(gather);
    }
    if (len > SESSIONS_SCRATCH_BYTES) {
        session->sessions->output(session->peer, bytes, len);
        return;
    }
    if (len > 0) { /* an empty piece may be NULL */
        memcpy(session->sessions->scratch + gather->len, bytes, len);
    }
    gather->len += len;
}

/* false: it is too big, nothing has been sent. */
static bool send_in_pieces(struct session *session, const Hf__Reply *in) {
    Hf__Reply reply = *in;
    reply.has_holds_left = tells_holds_left(session);
    reply.holds_left = holds_left(session);
    size_t len = hf__reply__get_packed_size(&reply);
    if (len > registry_reply_max_bytes(&session->sessions->calls.registry)) {
        return false;
    }
    struct gather gather = {{append}, session, HF_FRAME_HEADER_BYTES};
    frame_put_header(session->sessions->scratch, (uint32_t)len);
    (void)hf__reply__pack_to_buffer(&reply, &gather.base);
    flush(&gather);
    return true;
}

/* encode() leaves holds_left to us: it is put behind the rest of the reply, if it has changed since
 * it was told. */
static bool send_encoded(struct session *session, const Hf__Reply *reply) {
    assert(!reply->has_holds_left);
    uint8_t *room = session->sessions->scratch + HF_FRAME_HEADER_BYTES;
    uint8_t *end = session->sessions->scratch + SESSIONS_SCRATCH_BYTES;
    uint8_t *encoded_end = tells_holds_left(session) ? put_holds_left(session, end) : end;
    size_t len = 0;
    if (!encode(&reply->base, room, (size_t)(encoded_end - room), &len)) {
        return send_in_pieces(session, reply);
    }
    uint8_t *body = encoded_end - len;
    uint8_t *frame = body - HF_FRAME_HEADER_BYTES;
    frame_put_header(frame, (uint32_t)(end - body));
    session->sessions->output(session->peer, frame, (size_t)(end - frame));
    return true;
}

/* Encode a reply and hand it out. false: it is too big, nothing has been sent. */
static bool send(struct session *session, const Hf__Reply *reply) {
    bool sent = send_encoded(session, reply);
    if (sent) {
        session->holds_told = session->owners.hold_count;
    }
    return sent;
}

static Hf__Reply reply_of(uint64_t id, hf_status status, const char *detail) {
    Hf__Reply reply = HF__REPLY__INIT;
    reply.has_id = id != 0;
    reply.id = id;
    reply.status = (Hf__Status)status;
    reply.detail = (char *)(uintptr_t)detail;
    return reply;
}

/* A request without an id gets no reply. */
static void send_status(struct session *session, uint64_t id, hf_status status,
                        const char *detail) {
    assert(!detail || strlen(detail) < HF_DETAIL_MAX_BYTES);
    Hf__Reply reply = reply_of(id, status, detail);
    if (id != 0) {
        (void)send(session, &reply);
    }
}

bool session_answer(struct owner *owner, const Hf__Reply *reply) {
    struct session *session = LINK_OWNER(owner->all, struct session, owners);
    if (session->state == SESSION_OVER) {
        return false;
    }
    bool sent = send(session, reply);
    if (!sent) {
        send_status(session, reply->id, HF_TOO_BIG, "the reply would not fit a frame");
    }
    return sent;
}

/* ---- peers that are turned away ---- */

static void note_refusal(struct sessions *sessions, hf_status status, const char *detail) {
    sessions->refusals++;
    (void)snprintf(sessions->refusal, sizeof sessions->refusal, "%.20s: %.230s",
                   hf_status_name(status), detail);
}

void sessions_refuse(struct sessions *sessions, void *peer, hf_status status, const char *detail) {
    assert(hf_status_is_fatal(status) && strlen(detail) < HF_DETAIL_MAX_BYTES);
    uint8_t *room = sessions->scratch + HF_FRAME_HEADER_BYTES;
    uint8_t *end = sessions->scratch + SESSIONS_SCRATCH_BYTES;
    Hf__Reply reply = reply_of(0, status, detail);
    size_t len = 0;
    bool fits = encode(&reply.base, room, (size_t)(end - room), &len);
    assert(fits);
    (void)fits;
    uint8_t *frame = end - len - HF_FRAME_HEADER_BYTES;
    frame_put_header(frame, (uint32_t)len);
    note_refusal(sessions, status, detail);
    sessions->output(peer, frame, (size_t)(end - frame));
}

/* ---- begin and end ---- */

static void session_release(struct session *session) {
    assert(session->state != SESSION_OVER && session->sessions->calls.sessions > 0);
    size_t *count = session->state == SESSION_WELCOME ? &session->sessions->welcome_count
                                                      : &session->sessions->greeting_count;
    assert(*count > 0);
    (*count)--;
    session->state = SESSION_OVER;
    link_remove(&session->in_greeting);
    session->sessions->calls.sessions--;
    if (calls_owners_gone(&session->sessions->calls, &session->owners)) {
        link_append(&session->sessions->leaving, &session->in_leaving);
    }
}

static void session_delete(struct session *session) {
    assert(session->state == SESSION_OVER && link_alone(&session->in_leaving));
    owners_fini(&session->owners);
    mem_free(session);
}

void session_free(struct session *session) {
    if (session->state != SESSION_OVER) {
        session_release(session);
    }
    assert(session->sessions->count > 0);
    link_remove(&session->in_open);
    session->sessions->count--;
    session->freed = true;
    if (link_alone(&session->in_leaving)) {
        session_delete(session);
    }
}

bool sessions_leave_some(struct sessions *sessions) {
    struct link *link = link_first(&sessions->leaving);
    if (!link) {
        return false;
    }
    struct session *session = LINK_OWNER(link, struct session, in_leaving);
    if (!calls_owners_release(&sessions->calls, &session->owners)) {
        link_remove(link);
        if (session->freed) {
            session_delete(session);
        }
    }
    return !link_alone(&sessions->leaving);
}

void session_end(struct session *session, uint64_t id, hf_status status, const char *detail) {
    assert(session->state != SESSION_OVER && !hf_ok(status));
    assert(hf_status_is_fatal(status) || (session->state != SESSION_WELCOME && id != 0));
    Hf__Reply reply = reply_of(id, status, detail);
    (void)send(session, &reply);
    session_release(session);
    session->sessions->output(session->peer, NULL, 0);
}

/* The same for a peer that the operator may look for. A request without an id has no reply, so then
 * the reply is about the session, and fatal. */
static void session_turn_away(struct session *session, uint64_t id, hf_status status,
                              const char *detail) {
    assert(session->state != SESSION_WELCOME);
    bool with_request = id != 0 || hf_status_is_fatal(status);
    note_refusal(session->sessions, status, detail);
    session_end(session, id, with_request ? status : HF_OVERRUN, detail);
}

static void end_oldest_greeting(struct sessions *sessions) {
    struct link *link = link_first(&sessions->greeting);
    assert(link && sessions->greeting_count > 0);
    session_turn_away(
        LINK_OWNER(link, struct session, in_greeting), 0, HF_OVERRUN,
        "too many connections have not introduced themselves, and this is the oldest");
}

struct session *session_new(struct sessions *sessions, void *peer, bool must_prove) {
    if (sessions->greeting_count >= sessions->config.greeting_max) {
        end_oldest_greeting(sessions);
    }
    struct session *session = mem_alloc_beyond(sizeof *session);
    if (!session) {
        sessions_refuse(sessions, peer, HF_OVERRUN, no_memory);
        return NULL;
    }
    owners_init(&session->owners);
    session->sessions = sessions;
    session->peer = peer;
    session->must_prove = must_prove;
    session->id = ++sessions->last_id;
    session->opened_ms = sessions->calls.registry.now_ms;
    link_init(&session->in_open);
    link_init(&session->in_greeting);
    link_init(&session->in_leaving);
    link_append(&sessions->open, &session->in_open);
    link_append(&sessions->greeting, &session->in_greeting);
    sessions->count++;
    sessions->greeting_count++;
    sessions->calls.sessions++;
    return session;
}

/* ---- introduction ---- */

static void refuse_for_number(struct session *session, uint64_t id) {
    char detail[128];
    (void)snprintf(detail, sizeof detail,
                   "the manager has as many sessions as it may have (--max-sessions %zu)",
                   session->sessions->welcome_count);
    session_turn_away(session, id, HF_LIMIT, detail);
}

/* As every request, one without an id gets no reply. */
static void welcome(struct session *session, uint64_t id) {
    struct sessions *sessions = session->sessions;
    if (sessions->welcome_count >= sessions->config.sessions_max) {
        refuse_for_number(session, id);
        return;
    }
    session->owners.family =
        family_join(&sessions->calls.registry, session->has_family ? session->family : NULL);
    if (!session->owners.family) {
        session_turn_away(session, id, HF_NO_MEMORY, no_memory);
        return;
    }
    char software[128];
    (void)snprintf(software, sizeof software, "%s", sessions->config.software);
    Hf__Welcome welcome = HF__WELCOME__INIT;
    welcome.version = HF_PROTOCOL_VERSION;
    welcome.session = session->id;
    welcome.software = software;
    welcome.has_pid = welcome.has_max_frame_bytes = welcome.has_max_depth = true;
    welcome.has_first_id = true;
    welcome.first_id = sessions->calls.registry.first_id;
    welcome.pid = sessions->config.pid;
    welcome.max_frame_bytes = sessions->config.frame_max_bytes;
    welcome.max_depth = HF_VALUE_MAX_DEPTH;
    Hf__Reply reply = HF__REPLY__INIT;
    reply.has_id = true;
    reply.id = id;
    reply.status = HF__STATUS__OK;
    reply.result_case = HF__REPLY__RESULT_WELCOME;
    reply.welcome = &welcome;
    assert(session->state == (session->must_prove ? SESSION_CHALLENGED : SESSION_GREETED));
    session->state = SESSION_WELCOME;
    owners_join(&session->owners, &sessions->calls.registry);
    link_remove(&session->in_greeting);
    sessions->greeting_count--;
    sessions->welcome_count++;
    if (id != 0) {
        (void)send(session, &reply);
    }
}

static struct proof_span span(const uint8_t *bytes, size_t len) {
    return (struct proof_span){bytes, len};
}

static bool prove(const struct session *session, const char *role, uint8_t proof[HF_PROOF_BYTES]) {
    const struct core_config *config = &session->sessions->config;
    return proof_make(role, span(config->key, config->key_len),
                      span(session->client_nonce, HF_NONCE_BYTES),
                      span(session->manager_nonce, HF_NONCE_BYTES), proof);
}

/* Fresh for each session: a keyed hash of the session's number, with the entropy of the start as
 * key. */
static bool make_nonce(struct session *session) {
    const struct sessions *sessions = session->sessions;
    uint8_t number[2][HF_NONCE_BYTES] = {{0}};
    memcpy(number[0], &session->id, sizeof session->id);
    return proof_make("nonce", span(sessions->nonce_seed, sizeof sessions->nonce_seed),
                      span(number[0], HF_NONCE_BYTES), span(number[1], HF_NONCE_BYTES),
                      session->manager_nonce);
}

static void challenge(struct session *session, uint64_t id, const Hf__Hello *hello) {
    if (session->sessions->config.key_len == 0) {
        session_turn_away(session, id, HF_DENIED,
                          "this manager has no key for such connections (--key-file)");
        return;
    }
    if (id == 0) {
        session_end(session, id, HF_PROTOCOL, "a key is needed here: hello must have an id");
        return;
    }
    if (!hello->has_nonce || hello->nonce.len != HF_NONCE_BYTES) {
        session_turn_away(session, id, HF_DENIED,
                          "a key is needed here: hello must carry a nonce of 32 bytes");
        return;
    }
    memcpy(session->client_nonce, hello->nonce.data, HF_NONCE_BYTES);
    uint8_t proof[HF_PROOF_BYTES];
    if (!make_nonce(session) || !prove(session, PROOF_OF_MANAGER, proof)) {
        session_end(session, id, HF_DENIED, "the manager cannot make its proof");
        return;
    }
    Hf__Challenge challenge = HF__CHALLENGE__INIT;
    challenge.nonce = (ProtobufCBinaryData){HF_NONCE_BYTES, session->manager_nonce};
    challenge.proof = (ProtobufCBinaryData){HF_PROOF_BYTES, proof};
    Hf__Reply reply = HF__REPLY__INIT;
    reply.has_id = true;
    reply.id = id;
    reply.status = HF__STATUS__OK;
    reply.result_case = HF__REPLY__RESULT_CHALLENGE;
    reply.challenge = &challenge;
    assert(session->state == SESSION_GREETED);
    session->state = SESSION_CHALLENGED;
    (void)send(session, &reply);
}

static void on_hello(struct session *session, uint64_t id, const Hf__Hello *hello) {
    const char *label = hello->label ? hello->label : "";
    if (hello->version != HF_PROTOCOL_VERSION) {
        session_end(session, id, HF_VERSION, "this manager speaks protocol version 1");
        return;
    }
    if (strlen(label) > HF_LABEL_MAX_BYTES) {
        session_end(session, id, HF_PROTOCOL, "the label is longer than 256 bytes");
        return;
    }
    if (hello->has_family && hello->family.len != HF_FAMILY_BYTES) {
        session_end(session, id, HF_PROTOCOL, "a family is named by 16 bytes");
        return;
    }
    session->has_family = hello->has_family;
    if (hello->has_family) {
        memcpy(session->family, hello->family.data, HF_FAMILY_BYTES);
    }
    session->owners.own.who = who_new(session->id, hello->pid, hello->tid, label);
    if (!session->owners.own.who) {
        session_turn_away(session, id, HF_NO_MEMORY, no_memory);
        return;
    }
    if (session->must_prove) {
        challenge(session, id, hello);
    } else {
        welcome(session, id);
    }
}

static void on_prove(struct session *session, uint64_t id, const Hf__Prove *in) {
    uint8_t proof[HF_PROOF_BYTES];
    if (!prove(session, PROOF_OF_CLIENT, proof) ||
        !proof_equal(proof, span(in->proof.data, in->proof.len))) {
        session_turn_away(session, id, HF_DENIED, "wrong key");
        return;
    }
    welcome(session, id);
}

static void introduce(struct session *session, const Hf__Request *request) {
    if (session->state == SESSION_GREETED && request->op_case == HF__REQUEST__OP_HELLO) {
        on_hello(session, request->id, request->hello);
    } else if (session->state == SESSION_CHALLENGED && request->op_case == HF__REQUEST__OP_PROVE) {
        on_prove(session, request->id, request->prove);
    } else {
        session_end(session, request->id, HF_PROTOCOL,
                    session->state == SESSION_GREETED ? "a session begins with hello"
                                                      : "the answer to a challenge is prove");
    }
}

/* ---- in ---- */

static void *allocate(void *arena, size_t size) {
    return arena_alloc(arena, size);
}

static void refuse_request(struct session *session, uint64_t id, hf_status status,
                           const char *detail) {
    if (session->state == SESSION_WELCOME && status != HF_PROTOCOL) {
        send_status(session, id, status, detail);
    } else if (status == HF_NO_MEMORY) {
        session_turn_away(session, id, status, detail);
    } else {
        session_end(session, id, HF_PROTOCOL, detail);
    }
}

static void refuse_frame(struct session *session, const uint8_t *body, size_t len, hf_status status,
                         const struct decoder *decoder) {
    char detail[HF_DETAIL_MAX_BYTES];
    uint64_t id = decode_peek_varint(body, len, REQUEST_ID_TAG);
    (void)snprintf(detail, sizeof detail, "%s %s", decoder->field ? decoder->field : "the request",
                   decoder->why);
    refuse_request(session, id, status, detail);
}

static bool in_sequence(struct session *session, const Hf__Request *request) {
    if (!request->has_seq) {
        return true;
    }
    if (request->seq <= session->last_seq) {
        send_status(session, request->id, HF_INVALID, "seq is not greater than the one before");
        return false;
    }
    session->last_seq = request->seq;
    return true;
}

static void serve(struct session *session, struct pending *pending, Hf__Request *request) {
    if (session->state != SESSION_WELCOME) {
        introduce(session, request);
        pending_drop(pending);
    } else if (!in_sequence(session, request)) {
        pending_drop(pending);
    } else {
        pending_serve(pending, request);
    }
}

static void take_frame(struct session *session, const uint8_t *body, size_t len) {
    struct pending *pending = pending_new(&session->sessions->calls, &session->owners.own);
    if (!pending) {
        refuse_request(session, decode_peek_varint(body, len, REQUEST_ID_TAG), HF_NO_MEMORY,
                       no_memory);
        return;
    }
    ProtobufCMessage *request = NULL;
    struct decoder decoder = {.depth_max = HF_MESSAGE_MAX_DEPTH,
                              .bytes_max = pending->arena.max_bytes / 2,
                              .take = allocate,
                              .from = &pending->arena};
    hf_status status = decode(&decoder, &hf__request__descriptor, body, len, &request);
    if (status == HF_OK) {
        serve(session, pending, (Hf__Request *)request);
    } else {
        pending_drop(pending);
        refuse_frame(session, body, len, status, &decoder);
    }
}

/* The id of the request may stand behind everything else, so it is searched in all that comes.
 * Before the session is welcome, a refusal ends it, and need not wait for the id. */
static void search_refused(struct session *session, const uint8_t *bytes, size_t len) {
    enum decode_searched searched = decode_search(&session->refused, bytes, len);
    bool found = searched == DECODE_FOUND;
    if (searched == DECODE_BROKEN) {
        session_end(session, 0, HF_PROTOCOL, "a frame is no protobuf");
    } else if (found || session->state != SESSION_WELCOME) {
        session->refused_told = true;
        refuse_request(session, found ? session->refused.number : 0, HF_NO_MEMORY, no_memory);
    }
}

void session_refuse_frame(struct session *session, const uint8_t *bytes, size_t len) {
    if (session->state == SESSION_OVER) {
        return;
    }
    assert(len >= HF_FRAME_HEADER_BYTES && session->refused_bytes == 0);
    len -= HF_FRAME_HEADER_BYTES;
    assert(frame_body_len(bytes) > len);
    session->refused_bytes = frame_body_len(bytes) - len;
    session->refused_told = false;
    session->refused = (struct decode_search){.tag = REQUEST_ID_TAG};
    search_refused(session, bytes + HF_FRAME_HEADER_BYTES, len);
}

static size_t pass_over_refused(struct session *session, const uint8_t *bytes, size_t len) {
    size_t passed = len < session->refused_bytes ? len : session->refused_bytes;
    session->refused_bytes -= passed;
    if (!session->refused_told) {
        search_refused(session, bytes, passed);
    }
    return session->state == SESSION_OVER ? len : passed;
}

/* How long a frame may be: little before the session is welcome. */
static size_t frame_max(const struct session *session) {
    return session->state == SESSION_WELCOME ? session->sessions->config.frame_max_bytes
                                             : HF_HELLO_MAX_BYTES;
}

size_t session_feed(struct session *session, const uint8_t *bytes, size_t len) {
    if (session->state == SESSION_OVER) {
        return len;
    }
    if (session->refused_bytes > 0) {
        return pass_over_refused(session, bytes, len);
    }
    if (len < HF_FRAME_HEADER_BYTES) {
        return 0;
    }
    size_t body_len = frame_body_len(bytes);
    if (body_len > frame_max(session)) {
        session_end(session, 0, HF_PROTOCOL, "a frame is longer than the manager accepts");
        return len;
    }
    if (len - HF_FRAME_HEADER_BYTES < body_len) {
        return 0;
    }
    take_frame(session, bytes + HF_FRAME_HEADER_BYTES, body_len);
    return session->state == SESSION_OVER ? len : HF_FRAME_HEADER_BYTES + body_len;
}
