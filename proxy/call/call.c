/* SPDX-License-Identifier: MIT
 *
 * See call.h. If a manager does not answer in time, the connection is closed: a lock that is
 * granted later must not be held by a caller that has given up.
 */
#include "call.h"

#include "cancel.h"
#include "deadline.h"
#include "detail.h"
#include "fields.h"
#include "message.h"
#include "openings.h"
#include "pipeline.h"
#include "reopen.h"
#include "wire_format.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- the request ---- */

void call_begin(struct call *call, hf_client *client, uint64_t object) {
    detail_clear();
    call->client = client;
    call->status = HF_OK;
    call->patient = false;
    call->wake_fd = NULL;
    call->checked = false;
    call->steady = false;
    call->raw = NULL;
    call->opens = false;
    call->follows = false;
    call->oldest = object != 0 ? object : UINT64_MAX;
    hf__request__init(&call->request);
    call->request.has_object = object != 0;
    call->request.object = object;
    scratch_init(&call->scratch);
    if (!client) {
        call->status = detail_set(HF_INVALID, "the handle has no client: it was never opened");
    }
}

uint64_t call_names(struct call *call, uint64_t id) {
    call->oldest = id < call->oldest ? id : call->oldest;
    return id;
}

void call_timeout(struct call *call, int64_t timeout_ms) {
    call->request.has_timeout_ms = timeout_ms != 0;
    call->request.timeout_ms = timeout_ms;
}

void call_check(struct call *call, hf_status status) {
    if (call->status == HF_OK) {
        call->status = status;
    }
}

/* The values could be encoded. */
static void note_references(struct call *call, const hf_any *values, size_t len) {
    for (size_t i = 0; i < len; i++) {
        const hf_any *any = &values[i];
        switch (any->kind) {
        case HF_ANY_REF:
            (void)call_names(call, any->ref);
            break;
        case HF_ANY_LIST:
        case HF_ANY_TUPLE:
            note_references(call, any->items, any->len);
            break;
        case HF_ANY_MAP:
            for (size_t j = 0; j < any->len; j++) {
                note_references(call, &any->pairs[j].key, 1); /* it may be opaque */
                note_references(call, &any->pairs[j].value, 1);
            }
            break;
        case HF_ANY_OPAQUE:
            for (size_t j = 0; j < any->opaque->ref_count; j++) {
                (void)call_names(call, any->opaque->refs[j]);
            }
            break;
        case HF_ANY_NULL:
        case HF_ANY_BOOL:
        case HF_ANY_INT:
        case HF_ANY_DOUBLE:
        case HF_ANY_STRING:
        case HF_ANY_BYTES:
        case HF_ANY_BIG:
            break;
        }
    }
}

Hf__Any *call_any(struct call *call, hf_any any, Hf__Any *slot) {
    call_check(call, wire_put(&call->scratch, any, slot));
    if (call->status == HF_OK) {
        note_references(call, &any, 1);
    }
    return slot;
}

const hf_any *call_given(const hf_any *any) {
    return any->kind == HF_ANY_NULL ? NULL : any;
}

Hf__Any *call_optional(struct call *call, hf_any any, Hf__Any *slot) {
    return call_given(&any) ? call_any(call, any, slot) : NULL;
}

size_t call_array(struct call *call, const hf_any *values, size_t len, Hf__Any ***slots) {
    call_check(call, wire_put_array(&call->scratch, values, len, slots));
    if (call->status == HF_OK) {
        note_references(call, values, len);
    }
    return call->status == HF_OK ? len : 0;
}

size_t call_items(struct call *call, const hf_any_item *pairs, size_t len, Hf__Item ***slots) {
    call_check(call, wire_put_items(&call->scratch, pairs, len, slots));
    if (call->status == HF_OK) {
        const hf_any items = hf_any_map(pairs, len);
        note_references(call, &items, 1);
    }
    return call->status == HF_OK ? len : 0;
}

char *call_text(const char *text) {
    return (char *)(uintptr_t)text;
}

/* ---- the exchange ---- */

/* The client remembers how an object was opened until it deletes the object. */
static void note_opening(const struct call_entry *entry, const Hf__Reply *reply) {
    struct openings *openings = entry->sink.client ? entry->sink.client->openings : NULL;
    if (!openings || !hf_ok((hf_status)reply->status)) {
        return;
    }
    if (entry->opening && reply->result_case == HF__REPLY__RESULT_OBJECT) {
        openings_note(openings, reply->object->id, entry->opening, entry->opening_len);
    } else if (entry->request.op == HF__REQUEST__OP_OBJECT_DELETE) {
        openings_forget(openings, entry->request.object);
    }
}

void call_settle(struct session *session, struct call_entry *entry, const Hf__Reply *reply) {
    assert(!entry->settled);
    entry->settled = true;
    entry->status = (hf_status)reply->status;
    holds_note(&session->holds, &entry->request, reply);
    if (entry->opening || entry->request.op == HF__REQUEST__OP_OBJECT_DELETE) {
        note_opening(entry, reply);
    }
    if (reply->detail && reply->detail[0]) {
        detail_write("%s", reply->detail);
    } else if (!hf_ok(entry->status)) {
        detail_write("%s", hf_status_text(entry->status));
    }
    if (entry->status == HF_NO_OBJECT) {
        reopen_explain(session, entry->request.object);
    }
    if (entry->sink.store && (hf_ok(entry->status) || entry->sink.on_refusal)) {
        hf_status taken = sink_fill(&entry->sink, reply);
        entry->status = taken == HF_OK ? entry->status : taken;
    }
}

/* The entry that waits for the reply with this id; NULL: none does. */
static struct call_entry *entry_of(const struct exchange *exchange, uint64_t id) {
    assert(exchange->count > 0 && exchange->failed <= exchange->count);
    uint64_t index = id - exchange->first_id;
    if (id < exchange->first_id || index >= exchange->count || exchange->entries[index].settled) {
        return NULL;
    }
    return &exchange->entries[index];
}

/* A reply that belongs to no request: the reason for which the manager ends the session, or an
 * error. */
static hf_status refuse_unasked(const Hf__Reply *reply) {
    hf_status status = (hf_status)reply->status;
    if (reply->id == 0 && hf_status_is_fatal(status)) {
        return detail_set(status, "%s", reply->detail ? reply->detail : hf_status_text(status));
    }
    return detail_set(HF_PROTOCOL, "the manager answered a request that was not made");
}

enum { REPLY_ID_TAG = 1, REPLY_HOLDS_LEFT_TAG = 60 };

uint64_t call_id_of(const struct message *message) {
    return decode_peek_varint(message->bytes, message->len, REPLY_ID_TAG);
}

hf_status call_refuse(const struct message *message) {
    struct scratch scratch;
    const Hf__Reply *reply = NULL;
    scratch_init(&scratch);
    hf_status status = message_decode(message, &scratch, &reply);
    status = status == HF_OK ? refuse_unasked(reply) : status;
    scratch_fini(&scratch);
    return status;
}

static void note_failure(struct exchange *exchange, size_t index) {
    if (exchange->entries[index].status != HF_OK && index < exchange->failed) {
        exchange->failed = index;
    }
}

static hf_status settle_one(struct exchange *exchange, const Hf__Reply *reply) {
    struct call_entry *entry = entry_of(exchange, reply->id);
    if (!entry) {
        return refuse_unasked(reply);
    }
    size_t index = (size_t)(entry - exchange->entries);
    holds_tell(&exchange->session->holds, reply->has_holds_left ? &reply->holds_left : NULL);
    detail_keep(index > exchange->failed); /* the detail is that of the first failure, in order */
    call_settle(exchange->session, entry, reply);
    detail_keep(false);
    note_failure(exchange, index);
    return HF_OK;
}

/* A result that is too large to be decoded fails its own call only. */
static hf_status settle_unreadable(const struct exchange *exchange, const struct message *message,
                                   hf_status status) {
    struct call_entry *entry = entry_of(exchange, call_id_of(message));
    if (status != HF_TOO_BIG || !entry) {
        return status == HF_TOO_BIG ? HF_PROTOCOL : status;
    }
    uint32_t left = 0;
    bool told = decode_peek_fixed32(message->bytes, message->len, REPLY_HOLDS_LEFT_TAG, &left);
    holds_tell(&exchange->session->holds, told ? &left : NULL);
    entry->settled = true;
    entry->status = status;
    return HF_OK;
}

/* The reply of a raw call with the fields around the result, without the result. Its detail takes
 * memory from the scratch. */
static hf_status peek_reply(const struct message *message, struct scratch *scratch,
                            Hf__Reply *reply) {
    enum { STATUS_TAG = 2, DETAIL_TAG = 3 };
    const uint8_t *at = message->bytes;
    const uint8_t *end = at + message->len;
    while (at < end) {
        struct decoded_field field;
        if (!decode_take(&at, end, &field)) {
            return detail_set(HF_PROTOCOL, "the manager's answer cannot be read");
        }
        if (field.tag == REPLY_ID_TAG && field.wire == WIRE_VARINT) {
            reply->id = field.number;
        } else if (field.tag == STATUS_TAG && field.wire == WIRE_VARINT) {
            reply->status = (Hf__Status)field.number;
        } else if (field.tag == DETAIL_TAG && field.wire == WIRE_BYTES) {
            reply->detail = scratch_take(scratch, 1, field.len + 1);
            if (!reply->detail) {
                return detail_set(HF_DISCONNECTED, "no memory for the manager's answer");
            }
            memcpy(reply->detail, field.content, field.len);
            reply->detail[field.len] = 0;
        } else if (field.tag == REPLY_HOLDS_LEFT_TAG && field.wire == WIRE_32) {
            reply->has_holds_left = true;
            reply->holds_left = (uint32_t)field.number;
        }
    }
    return HF_OK;
}

/* Give the bytes to the program. Without memory for a copy, the call is done nevertheless. */
static void store_raw(struct call_entry *entry, const struct message *message, bool collected) {
    const uint8_t *bytes = message->bytes;
    if (!entry->raw_reply || hf_status_is_fatal(entry->status)) {
        return;
    }
    if (collected) {
        entry->raw_copy = malloc(message->len);
        bytes = entry->raw_copy ? memcpy(entry->raw_copy, bytes, message->len) : NULL;
        entry->status = bytes ? entry->status : sink_no_memory();
    }
    *entry->raw_reply = (hf_raw_reply){bytes, bytes ? message->len : 0};
}

static hf_status settle_raw(struct exchange *exchange, struct call_entry *entry,
                            const struct message *message) {
    struct scratch scratch;
    Hf__Reply peeked = HF__REPLY__INIT;
    const Hf__Reply *reply = &peeked;
    scratch_init(&scratch);
    hf_status status = entry->opening ? message_decode(message, &scratch, &reply)
                                      : peek_reply(message, &scratch, &peeked);
    status = status == HF_OK ? settle_one(exchange, reply) : status;
    if (status == HF_OK) {
        store_raw(entry, message, exchange->collected);
    }
    scratch_fini(&scratch);
    return status;
}

hf_status call_take(struct exchange *exchange, const struct message *message) {
    struct call_entry *entry = exchange->raw ? entry_of(exchange, call_id_of(message)) : NULL;
    if (entry && entry->raw) {
        return settle_raw(exchange, entry, message);
    }
    struct scratch scratch;
    scratch_init(&scratch);
    const Hf__Reply *reply = NULL;
    hf_status status = message_decode(message, &scratch, &reply);
    status = status == HF_OK ? settle_one(exchange, reply)
                             : settle_unreadable(exchange, message, status);
    scratch_fini(&scratch);
    return status;
}

/* How many entries wait for a reply; entries that were refused before count as failed. */
static size_t count_unsettled(struct exchange *exchange) {
    size_t unsettled = 0;
    exchange->failed = exchange->count;
    for (size_t i = 0; i < exchange->count; i++) {
        if (exchange->entries[i].settled) {
            note_failure(exchange, i);
        } else {
            unsettled++;
        }
    }
    return unsettled;
}

static hf_status put_cancel(struct session *session, uint64_t id) {
    Hf__Request request = HF__REQUEST__INIT;
    Hf__Cancel op = HF__CANCEL__INIT;
    op.call = id;
    request.op_case = HF__REQUEST__OP_CANCEL;
    request.cancel = &op;
    return message_put_frame(&session->out, &request.base, session->max_frame_bytes);
}

hf_status call_put_cancels(const struct exchange *exchange) {
    hf_status status = HF_OK;
    for (size_t i = 0; i < exchange->count && status == HF_OK; i++) {
        if (!exchange->entries[i].settled) {
            status = put_cancel(exchange->session, exchange->first_id + i);
        }
    }
    return status;
}

/* The wait was interrupted. */
static hf_status end_waits(struct exchange *exchange) {
    hf_status status = call_put_cancels(exchange);
    bell_note_cancel(exchange->session->bell);
    exchange->wait_ms = exchange->patient ? -1 : exchange->client->answer_timeout_ms;
    exchange->interruptible = false;
    exchange->wake_fd = NULL;
    return status;
}

/* From now on hf_interrupt() ends the wait for the first entry that has no answer. The manager may
 * owe a patient call its lock for longer. */
static void await_entry(struct exchange *exchange) {
    enum { UNANSWERED_MS = 1000 };
    while (exchange->entries[exchange->awaited].settled) {
        exchange->awaited++;
        assert(exchange->awaited < exchange->count);
    }
    int64_t cut_ms = exchange->patient ? exchange->client->answer_timeout_ms : UNANSWERED_MS;
    bell_wait_for_call(exchange->session->bell, exchange->first_id + exchange->awaited, cut_ms);
}

/* Wait for the next reply. Each reply has its own time: they come one by one. */
static hf_status await_reply(struct exchange *exchange, bool at_once, struct message *message) {
    struct session *session = exchange->session;
    hf_status status = HF_OK;
    if (exchange->waits) {
        await_entry(exchange);
    }
    for (bool interrupted = true; interrupted && status == HF_OK;) {
        struct conn_wait wait = {.deadline_ms = deadline_in(exchange->wait_ms),
                                 .silence_ms = exchange->client->answer_timeout_ms,
                                 .at_once = at_once,
                                 .interruptible = exchange->interruptible,
                                 .wake_fd = exchange->wake_fd};
        status = conn_receive(&session->conn, &session->out, wait, message);
        interrupted = status == HF_CANCELLED;
        status = interrupted ? end_waits(exchange) : status;
    }
    return status;
}

static hf_status receive_replies(struct exchange *exchange, size_t left) {
    assert(left <= exchange->count);
    struct session *session = exchange->session;
    bool at_once = exchange->wait_ms == exchange->client->answer_timeout_ms && !exchange->waits;
    hf_status status = HF_OK;
    for (; left > 0 && status == HF_OK; left--) {
        struct message message = {NULL, 0};
        status = conn_next(&session->conn, &message);
        if (status == HF_TIMEOUT) {
            status = await_reply(exchange, at_once, &message);
        }
        if (status == HF_OK) {
            status = call_take(exchange, &message);
        }
    }
    if (status == HF_TIMEOUT) {
        return detail_set(HF_DISCONNECTED,
                          "no answer from %s in %lld ms: the connection was closed",
                          exchange->client->address.text, (long long)exchange->wait_ms);
    }
    return status;
}

hf_status call_exchange(struct exchange *exchange) {
    struct session *session = exchange->session;
    hf_status status = HF_OK;
    bool over = false;
    size_t left = count_unsettled(exchange);
    if (left > 0) {
        session->unanswered = 0;
        pthread_cleanup_push(session_abandon, session);
        status = session_send(session, exchange->client);
        status = status == HF_OK ? receive_replies(exchange, left) : status;
        pthread_cleanup_pop(0);
    }
    hf_status first = HF_OK;
    bool cancelled = false;
    for (size_t i = 0; i < exchange->count; i++) {
        struct call_entry *entry = &exchange->entries[i];
        if (!entry->settled) {
            assert(status != HF_OK);
            entry->settled = true;
            entry->status = status;
        }
        over = over || hf_status_is_fatal(entry->status);
        cancelled = cancelled || entry->status == HF_CANCELLED;
        first = first == HF_OK ? entry->status : first;
    }
    if (exchange->waits) {
        bell_end(session->bell, cancelled, status != HF_OK);
    }
    if (over || status != HF_OK) {
        session_drop(session);
    }
    session_clear_out(session);
    return first;
}

/* ---- the call ---- */

/* The release of a lock that this session was granted needs no answer: it is done before this
 * thread's next request. One in CALL_UNANSWERED_MAX is answered, so that not too many are under
 * way. */
static bool needs_no_answer(const struct call *call, const struct session *session,
                            const struct call_entry *entry) {
    return !call->checked && !call->request.guard && conn_is_open(&session->conn) &&
           session->unanswered < CALL_UNANSWERED_MAX &&
           holds_releases(&session->holds, &entry->request);
}

hf_status call_post(struct session *session, const hf_client *client,
                    const struct call_entry *entries, size_t count) {
    assert(entries || count == 0);
    hf_status status = HF_OK;
    pthread_cleanup_push(session_abandon, session);
    status = session_send(session, client);
    if (status == HF_OK && buffer_len(&session->out) > 0) {
        int64_t silence_ms = client->answer_timeout_ms;
        struct conn_wait wait = {deadline_in(silence_ms), silence_ms, true, false, NULL};
        status = conn_flush(&session->conn, &session->out, wait);
    }
    pthread_cleanup_pop(0);
    session_clear_out(session);
    if (status != HF_OK) {
        session_drop(session);
        return status;
    }
    session->unanswered += count;
    for (size_t i = 0; i < count; i++) {
        holds_post(&session->holds, &entries[i].request);
    }
    return HF_OK;
}

static hf_status post_one(struct call *call, struct session *session,
                          const struct call_entry *entry) {
    assert(!call->request.has_id);
    session_names(session, call->oldest);
    hf_status status =
        message_put_frame(&session->out, &call->request.base, session->max_frame_bytes);
    return status == HF_OK ? call_post(session, call->client, entry, 1) : status;
}

/* Put the call into a frame of its own and wait for the answer. */
static hf_status exchange_one(struct call *call, struct session *session,
                              struct call_entry *entry) {
    assert(!entry->settled);
    struct exchange exchange = {
        .client = call->client,
        .session = session,
        .entries = entry,
        .count = 1,
        .first_id = session->next_id,
        .wait_ms = call->patient
                       ? -1
                       : deadline_add(call->request.timeout_ms, call->client->answer_timeout_ms),
        .raw = entry->raw,
        .waits = call->request.timeout_ms != 0 || call->steady,
        .interruptible = call->request.timeout_ms < 0 && !call->steady,
        .patient = call->patient,
        .wake_fd = call->wake_fd,
    };
    call->request.has_id = true;
    call->request.id = session->next_id++;
    session->follows = call->follows;
    session_names(session, call->oldest);
    hf_status status =
        message_put_frame(&session->out, &call->request.base, session->max_frame_bytes);
    if (status != HF_OK) {
        session_clear_out(session); /* with the requests that were put before it */
        return status;
    }
    return call_exchange(&exchange);
}

/* As it is to be made again: the object is opened if it is there, unless it had to be there at
 * first. Without memory it is not remembered. */
static void put_opening(struct call *call, Hf__Request request, struct call_entry *entry) {
    Hf__DictOpen *op = (Hf__DictOpen *)(void *)request.dict_open; /* all begin like this one */
    protobuf_c_boolean has_mode = op->has_mode;
    op->has_mode = op->mode == HF__MODE__MUST_EXIST;
    entry->opening_len = hf__request__get_packed_size(&request);
    entry->opening = scratch_take(&call->scratch, 1, entry->opening_len);
    if (entry->opening) {
        (void)hf__request__pack(&request, entry->opening);
    }
    op->has_mode = has_mode;
}

/* Only such a request is decoded here. */
static void put_raw_opening(struct call *call, struct call_entry *entry) {
    ProtobufCMessage *request = NULL;
    struct decoder decoder = message_decoder(&call->scratch, call->raw->len);
    if (decode(&decoder, &hf__request__descriptor, call->raw->request, call->raw->len, &request) ==
        HF_OK) {
        put_opening(call, *(const Hf__Request *)(void *)request, entry);
    }
}

static void put_raw(struct call *call, struct call_entry *entry) {
    bool leaves = call->raw->holds.op == HF__REQUEST__OP_LEAVE;
    entry->request = call->raw->holds;
    entry->request.party = leaves ? entry->request.party : call->request.party;
    entry->raw = true;
    entry->raw_reply = call->raw->reply;
    if (call->opens && call->client->openings) {
        put_raw_opening(call, entry);
    }
}

static hf_status call_send(struct call *call, struct sink sink) {
    struct session *session = session_of(call->client);
    if (!session) {
        return HF_NO_MEMORY;
    }
    assert((session->apart || buffer_len(&session->out) == 0) && !call->request.guard);
    if (!call->request.has_party) {
        call->request.has_party = session->party != 0;
        call->request.party = session->party;
    }
    struct call_entry entry = {.sink = sink, .request = holds_request_of(&call->request)};
    entry.sink.client = call->client;
    if (call->raw) {
        put_raw(call, &entry);
    } else if (call->opens && call->client->openings) {
        put_opening(call, call->request, &entry);
    }
    Hf__Guard guard = HF__GUARD__INIT;
    if (session->guard_fence != 0) {
        guard.lock = call_names(call, session->guard_lock);
        guard.fence = session->guard_fence;
        call->request.guard = &guard;
    }
    hf_status status = HF_OK;
    if (session->collection) {
        status = pipeline_collect(session, call, &entry);
    } else if (call->status != HF_OK) {
        status = call->status;
    } else if (needs_no_answer(call, session, &entry)) {
        status = post_one(call, session, &entry);
    } else {
        status = exchange_one(call, session, &entry);
    }
    call->request.guard = NULL;
    return status;
}

static void set_op(struct call *call, Hf__Request__OpCase op_case, ProtobufCMessage *op) {
    assert(op && op_case != HF__REQUEST__OP__NOT_SET);
    call->request.op_case = op_case;
    call->request.ping = (Hf__Ping *)(void *)op; /* all members of the union are such pointers */
}

/* The end of a call, also if its thread is cancelled. */
static void call_free(void *argument) {
    struct call *call = argument;
    scratch_fini(&call->scratch);
}

hf_status call_finish(struct call *call, Hf__Request__OpCase op_case, ProtobufCMessage *op,
                      struct sink sink) {
    set_op(call, op_case, op);
    call->request.has_expect = sink.expect != 0;
    call->request.expect = sink.expect;
    hf_status status = call->status;
    pthread_cleanup_push(call_free, call);
    status = call->client ? call_send(call, sink) : pipeline_refuse(status);
    pthread_cleanup_pop(1);
    return status;
}

hf_status call_finish_raw(struct call *call, const struct raw_call *raw) {
    hf_status status = call->status;
    call->raw = raw;
    pthread_cleanup_push(call_free, call);
    status = call->client ? call_send(call, sink_nothing()) : pipeline_refuse(status);
    pthread_cleanup_pop(1);
    if (raw->reply && hf_status_is_fatal(status)) {
        *raw->reply = (hf_raw_reply){NULL, 0}; /* its bytes are gone with the connection */
    }
    return status;
}

/* An operation's message with all fields absent. The call's scratch has room for it. */
static ProtobufCMessage *empty_op(struct call *call, Hf__Request__OpCase op_case) {
    const ProtobufCFieldDescriptor *field = wire_field(&hf__request__descriptor, op_case);
    assert(field && field->type == PROTOBUF_C_TYPE_MESSAGE);
    const ProtobufCMessageDescriptor *descriptor = field->descriptor;
    assert(descriptor->sizeof_message <= SCRATCH_INLINE_BYTES);
    ProtobufCMessage *op = scratch_take(&call->scratch, 1, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, op);
    return op;
}

/* Whether the first fields are the same. */
static bool begins_like(const ProtobufCMessageDescriptor *a, const ProtobufCMessageDescriptor *b,
                        unsigned count) {
    bool same = a->n_fields >= count && b->n_fields >= count;
    for (unsigned i = 0; same && i < count; i++) {
        same = a->fields[i].offset == b->fields[i].offset &&
               a->fields[i].type == b->fields[i].type &&
               a->fields[i].quantifier_offset == b->fields[i].quantifier_offset;
    }
    return same;
}

void *call_message(struct call *call, Hf__Request__OpCase op_case,
                   const ProtobufCMessageDescriptor *like) {
    ProtobufCMessage *op = empty_op(call, op_case);
    assert(op->descriptor->n_fields == like->n_fields);
    assert(begins_like(op->descriptor, like, like->n_fields));
    return op;
}

/* For the next open of this thread. */
static _Thread_local hf_open_extras next_extras;
static _Thread_local bool extras_given;

void hf_open_with(const hf_open_extras *extras) {
    extras_given = extras != NULL;
    next_extras = extras ? *extras : (hf_open_extras){.tag = NULL};
}

static void call_put_extras(struct call *call, ProtobufCMessage *op) {
    const hf_open_extras extras = next_extras;
    const ProtobufCFieldDescriptor *tag =
        protobuf_c_message_descriptor_get_field_by_name(op->descriptor, "tag");
    const ProtobufCFieldDescriptor *attachment =
        protobuf_c_message_descriptor_get_field_by_name(op->descriptor, "attachment");
    hf_open_with(NULL);
    call_check(call, reserved_check(&extras));
    if (tag && extras.tag) {
        *(char **)((char *)op + tag->offset) = call_text(extras.tag);
    }
    if (attachment && extras.attachment_len > 0) {
        *(protobuf_c_boolean *)((char *)op + attachment->quantifier_offset) = 1;
        *(ProtobufCBinaryData *)((char *)op + attachment->offset) =
            (ProtobufCBinaryData){extras.attachment_len, (uint8_t *)(uintptr_t)extras.attachment};
    }
}

void *call_begin_open(struct call *call, hf_client *client, Hf__Request__OpCase op_case,
                      const char *name, hf_mode mode) {
    call_begin(call, client, 0);
    Hf__DictOpen *op = (Hf__DictOpen *)(void *)empty_op(call, op_case);
    assert(begins_like(op->base.descriptor, &hf__dict_open__descriptor, 2));
    if (extras_given) {
        call_put_extras(call, &op->base);
    }
    op->name = call_text(name);
    op->has_mode = mode != HF_OPEN_OR_CREATE;
    op->mode = (Hf__Mode)mode;
    call->opens = name && op_case != HF__REQUEST__OP_WATCH_OPEN; /* its reader has to begin anew */
    return op;
}

hf_status call_plain_timed(hf_object object, int64_t timeout_ms, Hf__Request__OpCase op_case,
                           struct sink sink) {
    struct call call;
    call_begin(&call, object.client, object.id);
    call_timeout(&call, timeout_ms);
    return call_finish(&call, op_case, empty_op(&call, op_case), sink);
}

hf_status call_plain(hf_object object, Hf__Request__OpCase op_case, struct sink sink) {
    return call_plain_timed(object, 0, op_case, sink);
}

hf_status call_open(hf_client *client, Hf__Request__OpCase op_case, const char *name, hf_mode mode,
                    struct sink handle) {
    struct call call;
    ProtobufCMessage *op = call_begin_open(&call, client, op_case, name, mode);
    return call_finish(&call, op_case, op, handle);
}

hf_status call_with_values(hf_object object, Hf__Request__OpCase op_case,
                           const hf_any *const *values, size_t count, struct sink sink) {
    struct call call;
    Hf__Any wires[CALL_VALUES_MAX];
    call_begin(&call, object.client, object.id);
    ProtobufCMessage *op = empty_op(&call, op_case);
    assert(count <= CALL_VALUES_MAX && count <= op->descriptor->n_fields);
    for (size_t i = 0; i < count; i++) {
        const ProtobufCFieldDescriptor *field = &op->descriptor->fields[i];
        assert(field->descriptor == &hf__any__descriptor);
        void *place = (char *)op + field->offset;
        *(Hf__Any **)place = values[i] ? call_any(&call, *values[i], &wires[i]) : NULL;
    }
    return call_finish(&call, op_case, op, sink);
}

hf_status call_with_value(hf_object object, Hf__Request__OpCase op_case, hf_any value,
                          struct sink sink) {
    return call_with_values(object, op_case, (const hf_any *[]){&value}, 1, sink);
}

/* Set the first field of an operation. */
static void set_number(ProtobufCMessage *op, uint64_t number) {
    assert(op->descriptor->n_fields > 0);
    const ProtobufCFieldDescriptor *field = &op->descriptor->fields[0];
    assert(field->label != PROTOBUF_C_LABEL_REPEATED && !fields_by_pointer(field));
    void *at = (char *)op + field->offset;
    if (fields_size(field->type) == sizeof number) {
        *(uint64_t *)at = number;
    } else {
        *(uint32_t *)at = (uint32_t)number;
    }
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL) {
        void *has = (char *)op + field->quantifier_offset;
        *(protobuf_c_boolean *)has = true;
    }
}

hf_status call_with_number(hf_object object, int64_t timeout_ms, Hf__Request__OpCase op_case,
                           uint64_t number, struct sink sink) {
    struct call call;
    call_begin(&call, object.client, object.id);
    call_timeout(&call, timeout_ms);
    ProtobufCMessage *op = empty_op(&call, op_case);
    set_number(op, number);
    return call_finish(&call, op_case, op, sink);
}

/* ---- calls that ignore guard and collection ---- */

typedef hf_status direct_send(struct call *call, struct session *session, struct call_entry *entry);

static hf_status put_frame(struct call *call, struct session *session, struct call_entry *entry) {
    (void)entry;
    return message_put_frame(&session->out, &call->request.base, session->max_frame_bytes);
}

static hf_status post_or_exchange(struct call *call, struct session *session,
                                  struct call_entry *entry) {
    assert(buffer_len(&session->out) == 0);
    return session->unanswered < CALL_UNANSWERED_MAX ? post_one(call, session, entry)
                                                     : exchange_one(call, session, entry);
}

static hf_status send_direct(struct call *call, Hf__Request__OpCase op_case, ProtobufCMessage *op,
                             struct sink sink, direct_send *send) {
    set_op(call, op_case, op);
    struct session *session = call->status == HF_OK ? session_own(call->client) : NULL;
    hf_status status = call->status == HF_OK ? HF_NO_MEMORY : call->status;
    pthread_cleanup_push(call_free, call);
    if (session) {
        struct call_entry entry = {.sink = sink, .request = holds_request_of(&call->request)};
        entry.sink.client = call->client;
        status = send(call, session, &entry);
    }
    pthread_cleanup_pop(1);
    return status;
}

hf_status call_make(struct call *call, Hf__Request__OpCase op_case, ProtobufCMessage *op,
                    struct sink sink) {
    return send_direct(call, op_case, op, sink, exchange_one);
}

hf_status call_put(struct call *call, Hf__Request__OpCase op_case, ProtobufCMessage *op) {
    return send_direct(call, op_case, op, sink_nothing(), put_frame);
}

hf_status call_tell(struct call *call, Hf__Request__OpCase op_case, ProtobufCMessage *op) {
    return send_direct(call, op_case, op, sink_nothing(), post_or_exchange);
}

/* ---- the rest ---- */

hf_status call_from_ref(hf_client *client, hf_any ref, hf_client **handle_client, uint64_t *id) {
    detail_clear();
    if (ref.kind != HF_ANY_REF) {
        return detail_set(HF_TYPE_ERROR, "the value is not a reference to an object");
    }
    *handle_client = client;
    *id = ref.ref;
    return HF_OK;
}

hf_status call_invalid(const char *why) {
    return pipeline_refuse(detail_set(HF_INVALID, "%s", why));
}

hf_status call_alone(hf_client *client) {
    detail_clear();
    const struct session *session = client ? session_find(client) : NULL;
    return session && session->collection
               ? call_invalid("this call needs several round trips, so it cannot be collected")
               : HF_OK;
}
