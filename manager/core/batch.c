/* SPDX-License-Identifier: MIT
 *
 * See batch.h. Each reply is packed as soon as its request has run, so that it may borrow from what
 * the next request changes.
 */
#include "batch.h"

#include "call.h"
#include "check.h"
#include "encode.h"
#include "pending.h"
#include "wire_limits.h"

#include <assert.h>
#include <string.h>

static bool fits_batch(const Hf__Request *request) {
    const struct type *type = NULL;
    const struct op *op = types_find(request->op_case, &type);
    return !op || type != &type_session || op->tag == HF__REQUEST__OP_PING;
}

/* The reply fits: a small one has room now, for a larger one call_answer_message() makes it. */
static hf_status run(struct call *call) {
    if (!fits_batch(call->request)) {
        return call_refuse(call, HF_INVALID, "not an operation for a batch");
    }
    hf_status status = call_reserve(call, 1);
    return status == HF_OK ? call_run_within(call) : status;
}

enum { REPLIES_TAG = 1 };

/* Pack a reply behind its length, as what encode() takes for an unknown field of Replies and puts
 * there as it is. From here on it borrows from nothing. */
static void pack(struct reply_room *room, const Hf__Reply *reply,
                 ProtobufCMessageUnknownField *packed) {
    uint8_t length[HF_VARINT_MAX_BYTES];
    size_t len = 0;
    bool fits = encode(&reply->base, room->bytes, room->len, &len);
    assert(fits);
    size_t length_len = encode_varint(length, len);
    room->len -= len + length_len;
    memcpy(room->bytes + room->len, length, length_len);
    *packed = (ProtobufCMessageUnknownField){
        .tag = REPLIES_TAG,
        .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
        .len = len + length_len,
        .data = room->bytes + room->len,
    };
    assert(room->left > packed->len);
    room->left -= packed->len + 1;
}

static bool waits_in_stages(const Hf__Request *request) {
    const struct type *type = NULL;
    const struct op *op = types_find(request->op_case, &type);
    return op && op->flags & OP_STAGED;
}

/* Check the batch before its first request runs. A staged operation may have begun already, and
 * could not be refused then, so a batch that waits for one has no checks. */
static hf_status check_batch(struct call *call, const Hf__Batch *in) {
    if (in->n_requests + in->n_checks == 0 || in->n_requests > HF_BATCH_MAX_REQUESTS ||
        in->n_checks > HF_BATCH_MAX_REQUESTS) {
        return call_refuse(call, HF_INVALID, "a batch has requests or checks, at most %u of each",
                           HF_BATCH_MAX_REQUESTS);
    }
    if (in->n_checks > 0 && in->n_requests > 0 && waits_in_stages(in->requests[0])) {
        return call_refuse(call, HF_INVALID, "there are no checks for what waits in stages");
    }
    return check_all(call, in);
}

hf_status batch(struct call *call) {
    const Hf__Batch *in = call->request->batch;
    hf_status result = check_batch(call, in);
    if (result != HF_OK) {
        return result;
    }
    Hf__Replies *replies = arena_alloc(call->arena, sizeof *replies);
    ProtobufCMessageUnknownField *packed =
        arena_alloc(call->arena, in->n_requests * sizeof *packed);
    if (!replies || !packed) {
        return HF_NO_MEMORY;
    }
    hf__replies__init(replies);
    replies->base.unknown_fields = packed;
    struct calls *calls = call->pending->calls;
    struct reply_room room = {.left = registry_reply_max_bytes(call->registry),
                              .bytes = calls->scratch,
                              .len = sizeof calls->scratch};
    for (size_t i = 0; i < in->n_requests && hf_ok(result); i++) {
        struct call inner;
        Hf__Reply reply;
        struct staged none = {0};
        struct told_object *told = call->pending->told;
        call_init_within(&inner, call, in->requests[i], &reply);
        inner.room = &room;
        inner.staged = i == 0 ? call->staged : &none;
        hf_status status = run(&inner);
        if (status == HF_WAIT && i == 0) {
            return call_wait_as(call, &inner);
        }
        status = status == HF_WAIT ? HF_TIMEOUT : status;
        reply.status = (Hf__Status)status;
        if (reply.result_case == HF__REPLY__RESULT__NOT_SET) {
            call->pending->told = told;
        }
        pack(&room, &reply, &packed[replies->base.n_unknown_fields++]);
        result = status == HF_OK ? result : status;
        call->reply->detail = reply.detail;
    }
    hf_status status = call_answer_message(call, HF__REPLY__RESULT_REPLIES, replies);
    return status == HF_OK ? result : status;
}
