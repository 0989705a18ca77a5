/* SPDX-License-Identifier: MIT
 *
 * The operations of a session itself: ping, cancel, batch, wait for any, statistics. Hello and
 * prove have their rows here too, but session.c takes them while they mean something.
 */
#include "call.h"
#include "check.h"
#include "encode.h"
#include "mem.h"
#include "wire_limits.h"

#include <assert.h>
#include <string.h>

/* Reached only by a session that has been welcomed: before that, session.c takes these itself. */
static hf_status greet_again(struct call *call) {
    return call_refuse(call, HF_INVALID, "this session has been welcomed already");
}

static hf_status ping(struct call *call) {
    (void)call;
    return HF_OK;
}

static hf_status cancel(struct call *call) {
    struct link *link = call->owner->waiting.next;
    for (; link != &call->owner->waiting; link = link->next) {
        struct call *waiting = LINK_OWNER(link, struct call, in_owner);
        if (waiting->outer->id == call->request->cancel->call) {
            call_end(waiting, HF_CANCELLED);
            return call_answer_truth(call, true);
        }
    }
    return call_answer_truth(call, false);
}

static hf_status stats(struct call *call) {
    Hf__Statistics *statistics = arena_alloc(&call->arena, sizeof *statistics);
    if (!statistics) {
        return HF_NO_MEMORY;
    }
    hf__statistics__init(statistics);
    const struct calls *calls = call->calls;
    statistics->has_sessions = statistics->has_objects = statistics->has_waiting_calls = true;
    statistics->has_requests = statistics->has_memory_bytes = statistics->has_uptime_ms = true;
    statistics->has_fence = true;
    statistics->sessions = calls->sessions;
    statistics->objects = calls->registry.object_count;
    statistics->waiting_calls = calls->waiting;
    statistics->requests = calls->served;
    statistics->memory_bytes = mem_used();
    statistics->uptime_ms = (uint64_t)(calls->registry.now_ms - calls->started_ms);
    statistics->fence = calls->registry.fence;
    call->reply->result_case = HF__REPLY__RESULT_STATISTICS;
    call->reply->statistics = statistics;
    return HF_OK;
}

static bool fits_batch(const Hf__Request *request) {
    const struct type *type = NULL;
    const struct op *op = types_find(request->op_case, &type);
    return !op || type != &type_session || op->tag == HF__REQUEST__OP_PING;
}

static void begin_reply(struct call *call, const Hf__Request *request, Hf__Reply *reply) {
    hf__reply__init(reply);
    reply->has_id = request->has_id;
    reply->id = request->id;
    call->reply = reply;
}

/* Run a request of a batch. Its reply fits: either it is small, and there is room for that now, or
 * call_answer_message() has made room for it. */
static hf_status run_in_batch(struct call *call, const Hf__Request *request, Hf__Reply *reply) {
    begin_reply(call, request, reply);
    if (!fits_batch(request)) {
        return call_refuse(call, HF_INVALID, "not an operation for a batch");
    }
    hf_status status = call_reserve(call, &reply->base);
    return status == HF_OK ? call_run(call, request) : status;
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

/* All that must be so before the first request of a batch runs. What has begun before it waits
 * cannot be refused any more, so it has no checks. */
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

/* Only the first request may wait. */
static hf_status batch(struct call *call) {
    const Hf__Batch *in = call->request->batch;
    hf_status result = check_batch(call, in);
    if (result != HF_OK) {
        return result;
    }
    Hf__Replies *replies = arena_alloc(&call->arena, sizeof *replies);
    ProtobufCMessageUnknownField *packed =
        arena_alloc(&call->arena, in->n_requests * sizeof *packed);
    if (!replies || !packed) {
        return HF_NO_MEMORY;
    }
    hf__replies__init(replies);
    replies->base.unknown_fields = packed;

    Hf__Reply *outer = call->reply;
    Hf__Reply reply;
    struct reply_room room = {.left = HF_REPLY_MAX_BYTES,
                              .bytes = call->calls->batch_scratch,
                              .len = sizeof call->calls->batch_scratch};
    call->room = &room;
    for (size_t i = 0; i < in->n_requests && hf_ok(result); i++) {
        hf_status status = run_in_batch(call, in->requests[i], &reply);
        if (status == HF_WAIT && i == 0) {
            result = HF_WAIT; /* with the operation and the object of that request */
            break;
        }
        status = status == HF_WAIT ? HF_TIMEOUT : status;
        reply.status = (Hf__Status)status;
        pack(&room, &reply, &packed[replies->base.n_unknown_fields++]);
        result = status == HF_OK ? result : status;
        outer->detail = reply.detail;
    }
    call->reply = outer;
    call->room = NULL;
    if (result != HF_WAIT) {
        outer->result_case = HF__REPLY__RESULT_REPLIES;
        outer->replies = replies;
        call->object = NULL;
    }
    return result;
}

/* ---- wait for any ---- */

static hf_status check_requests(struct call *call, const Hf__WaitAny *in) {
    if (in->n_requests == 0 || in->n_requests > HF_WAIT_ANY_MAX_REQUESTS) {
        return call_refuse(call, HF_INVALID, "1 to %u requests can be waited for",
                           HF_WAIT_ANY_MAX_REQUESTS);
    }
    for (size_t i = 0; i < in->n_requests; i++) {
        const struct type *type = NULL;
        const struct op *op = types_find(in->requests[i]->op_case, &type);
        if (!op || !(op->flags & OP_WAITS) || op->flags & (OP_STAGED | OP_WAITS_ALL)) {
            return call_refuse(call, HF_INVALID, "request %zu does not wait in one place", i);
        }
    }
    return HF_OK;
}

/* A place in the lane of its object, or wherever else the request says; of those that do not move
 * none has more. */
enum { PLACES_PER_REQUEST = 2 };

static void add_target(struct target target, struct target *targets, size_t *count) {
    for (size_t i = 0; i < *count; i++) {
        if (targets[i].object == target.object && targets[i].lane == target.lane) {
            return;
        }
    }
    targets[(*count)++] = target;
}

/* Where the request that has just been run wants to wait; once is enough. */
static void add_targets(struct call *call, struct target *targets, size_t *count) {
    assert(call->target_count <= PLACES_PER_REQUEST);
    if (call->target_count == 0) {
        add_target((struct target){call->object, call->lane}, targets, count);
    }
    for (size_t i = 0; i < call->target_count; i++) {
        add_target(call->targets[i], targets, count);
    }
    call->target_count = 0;
}

static bool begin_first(struct call *call, Hf__Reply **inner) {
    Hf__First *first = arena_alloc(&call->arena, sizeof *first);
    *inner = arena_alloc(&call->arena, sizeof **inner);
    if (!first || !*inner) {
        return false;
    }
    hf__first__init(first);
    first->reply = *inner;
    call->reply->first = first; /* no result until result_case says so */
    return true;
}

/* Run again, it tries all of them again: nothing is kept between attempts but its places, which
 * stay the same, since a request of this kind always waits in the same ones. */
static hf_status wait_any(struct call *call) {
    const struct op *op = call->op;
    const Hf__WaitAny *in = call->request->wait_any;
    hf_status status = check_requests(call, in);
    if (status != HF_OK) {
        return status;
    }
    Hf__Reply *outer = call->reply;
    Hf__Reply *inner = NULL;
    struct target *targets =
        arena_zeroed(&call->arena, PLACES_PER_REQUEST * in->n_requests, sizeof *targets);
    if (!targets || !begin_first(call, &inner)) {
        return HF_NO_MEMORY;
    }
    size_t target_count = 0;
    for (size_t i = 0; i < in->n_requests; i++) {
        begin_reply(call, in->requests[i], inner);
        status = call_run(call, in->requests[i]);
        call->reply = outer;
        if (status != HF_WAIT) {
            inner->status = (Hf__Status)status;
            outer->detail = inner->detail;
            outer->result_case = HF__REPLY__RESULT_FIRST;
            outer->first->index = (uint32_t)i;
            return status;
        }
        add_targets(call, targets, &target_count);
    }
    call->op = op; /* as which it waits */
    return call_wait_for(call, targets, target_count);
}

static const struct op ops[] = {
    {HF__REQUEST__OP_HELLO, greet_again, OP_FREE, 0},
    {HF__REQUEST__OP_PROVE, greet_again, OP_FREE, 0},
    {HF__REQUEST__OP_PING, ping, OP_FREE, 0},
    {HF__REQUEST__OP_CANCEL, cancel, OP_FREE, 0},
    {HF__REQUEST__OP_BATCH, batch, OP_FREE, 0},
    {HF__REQUEST__OP_STATS, stats, OP_FREE, 0},
    {HF__REQUEST__OP_WAIT_ANY, wait_any, OP_FREE, 0},
};

const struct type type_session = {
    .name = "session",
    TYPE_OPS(ops),
};
