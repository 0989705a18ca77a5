/* SPDX-License-Identifier: MIT
 *
 * See batch.h. Each reply is packed as soon as its request has run, so that it may borrow from what
 * the next request changes.
 */
#include "batch.h"

#include "call.h"
#include "check.h"
#include "encode.h"
#include "journal.h"
#include "pending.h"
#include "undo.h"
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

static bool is_final(const struct call *call) {
    const struct type *type = NULL;
    const struct op *op = types_find(call->request->op_case, &type);
    const struct object *object = registry_find(call->registry, call->request->object);
    return op && op->flags & OP_UNDOES && object && object->type->is_final &&
           object->type->is_final(object);
}

/* The same in an atomic batch. Sets *changed to the object that it has changed, if any. */
static hf_status run_noted(struct call *call, struct object **changed) {
    if (is_final(call)) {
        return call_refuse(call, HF_INVALID, "changes of this object cannot be taken back");
    }
    hf_status status = undo_reserve(call, UNDO_NOTES) ? run(call) : HF_NO_MEMORY;
    if (hf_ok(status) && call->op->flags & OP_CHANGES) {
        *changed = call->object;
    }
    return status;
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

/* Whether an atomic batch may have this request: what it does can be undone, or need not be. The
 * last one must still be of one step about one object, which the core itself touches and notes. */
static bool fits_atomic(const Hf__Request *request, bool last) {
    const struct type *type = NULL;
    const struct op *op = types_find(request->op_case, &type);
    if (!op || type == &type_session || op->flags & (OP_UNDOES | OP_READS)) {
        return true;
    }
    return last && !(op->flags & (OP_OPENS | OP_FREE | OP_ANY | OP_STAGED));
}

static hf_status check_atomic(struct call *call, const Hf__Batch *in) {
    for (size_t i = 0; i < in->n_requests; i++) {
        bool last = i == in->n_requests - 1;
        if (!fits_atomic(in->requests[i], last)) {
            return call_refuse(call, HF_INVALID, "request %zu: %s cannot be undone%s", i,
                               types_op_name(in->requests[i]->op_case),
                               fits_atomic(in->requests[i], true) ? ", so it must be the last"
                                                                  : "");
        }
    }
    return HF_OK;
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
    hf_status status = in->atomic ? check_atomic(call, in) : HF_OK;
    return status == HF_OK ? check_all(call, in) : status;
}

/* A batch that runs. The members behind the room are set up if it is atomic. */
struct running {
    const Hf__Batch *in;
    Hf__Replies *replies;
    ProtobufCMessageUnknownField *packed;
    struct reply_room room;
    struct undo undo;
    struct object **changed;         /* by each request; NULL: none */
    struct told_object *told_before; /* the batch */
    struct told_object *told_by_all; /* but the last request that has run */
};

static bool begin_atomic(struct call *call, struct running *running) {
    running->undo = (struct undo){0};
    running->told_before = call->pending->told;
    running->room.undo = &running->undo;
    running->changed = arena_zeroed(call->arena, running->in->n_requests, sizeof(struct object *));
    return running->changed != NULL;
}

static bool begin(struct call *call, struct running *running) {
    running->in = call->request->batch;
    running->replies = arena_alloc(call->arena, sizeof *running->replies);
    running->packed = arena_alloc(call->arena, running->in->n_requests * sizeof *running->packed);
    if (!running->replies || !running->packed) {
        return false;
    }
    hf__replies__init(running->replies);
    running->replies->base.unknown_fields = running->packed;
    struct calls *calls = call->pending->calls;
    running->room = (struct reply_room){
        .left = registry_reply_max_bytes(call->registry),
        .bytes = calls->scratch,
        .len = sizeof calls->scratch,
    };
    return !running->in->atomic || begin_atomic(call, running);
}

/* Run one request. HF_WAIT: it is the first, and `call` waits in its place. */
static hf_status run_nth(struct call *call, struct running *running, size_t nth) {
    struct call inner;
    Hf__Reply reply;
    struct staged none = {0};
    struct told_object *told = call->pending->told;
    call_init_within(&inner, call, running->in->requests[nth], &reply);
    inner.room = &running->room;
    inner.staged = nth == 0 ? call->staged : &none;
    hf_status status =
        running->in->atomic ? run_noted(&inner, &running->changed[nth]) : run(&inner);
    if (status == HF_WAIT) {
        if (nth == 0) {
            return call_wait_as(call, &inner);
        }
        status = HF_TIMEOUT;
    }
    reply.status = (Hf__Status)status;
    if (reply.result_case == HF__REPLY__RESULT__NOT_SET) {
        call->pending->told = told;
    }
    running->told_by_all = told;
    pack(&running->room, &reply, &running->packed[running->replies->base.n_unknown_fields++]);
    call->reply->detail = reply.detail;
    return status;
}

/* Nobody is told of the objects in the replies of those before the last request. */
static void forget_told(struct call *call, const struct running *running) {
    struct told_object **link = &call->pending->told;
    while (*link != running->told_by_all) {
        link = &(*link)->next;
    }
    *link = running->told_before;
}

/* The reply has the refused request's reply alone, which is packed already. */
static void take_back(struct call *call, struct running *running, hf_status why) {
    Hf__Replies *replies = running->replies;
    size_t refused = replies->base.n_unknown_fields - 1;
    const char *detail = call->reply->detail;
    undo_back(&running->undo);
    for (size_t i = 0; i < running->in->n_requests; i++) {
        if (running->changed[i]) {
            running->changed[i]->version--;
        }
    }
    forget_told(call, running);
    replies->has_refused = true;
    replies->refused = (uint32_t)refused;
    replies->base.unknown_fields = &running->packed[refused];
    replies->base.n_unknown_fields = 1;
    (void)call_refuse(call, why, "request %zu, %s%s%s", refused,
                      types_op_name(running->in->requests[refused]->op_case),
                      detail && detail[0] ? ": " : "", detail ? detail : "");
}

static void keep(const struct call *call, struct running *running) {
    undo_keep(&running->undo);
    for (size_t i = 0; i < running->in->n_requests; i++) {
        if (running->changed[i]) {
            journal_record(running->changed[i], HF__CAUSE__REQUESTED, call->owner->who,
                           running->in->requests[i]);
        }
    }
}

/* An atomic batch has done nothing while it waits, so that nothing of it is left if it is refused
 * later. A session that waits at a pipe is attached to it, which it must have done before. */
static hf_status wait_unchanged(struct call *call, struct running *running) {
    bool has_changed = running->undo.notes != NULL;
    undo_back(&running->undo);
    return has_changed && call->pending->request->timeout_ms != 0
               ? call_refuse(call, HF_INVALID,
                             "an atomic batch cannot wait at a pipe that its session is not "
                             "attached to: attach it first")
               : HF_WAIT;
}

/* An atomic batch has come to its end, or to that of its first attempt. Returns its status. */
static hf_status decide(struct call *call, struct running *running, hf_status result) {
    if (result == HF_WAIT) {
        return wait_unchanged(call, running);
    }
    if (hf_ok(result)) {
        keep(call, running);
    } else {
        take_back(call, running, result);
    }
    return result;
}

hf_status batch(struct call *call) {
    struct running running;
    const Hf__Batch *in = call->request->batch;
    hf_status result = check_batch(call, in);
    if (result != HF_OK) {
        return result;
    }
    if (!begin(call, &running)) {
        return HF_NO_MEMORY;
    }
    for (size_t i = 0; i < in->n_requests && hf_ok(result); i++) {
        hf_status status = run_nth(call, &running, i);
        result = status == HF_OK ? result : status;
    }
    bool waits = result == HF_WAIT;
    if (in->atomic) {
        result = decide(call, &running, result);
    }
    if (waits) {
        return result;
    }
    hf_status status = call_answer_message(call, HF__REPLY__RESULT_REPLIES, running.replies);
    return status == HF_OK ? result : status;
}
