/* SPDX-License-Identifier: MIT
 *
 * See call.h. Operations read their request and build their reply with answer.c.
 */
#include "call.h"

#include "family.h"
#include "journal.h"
#include "lifetime.h"
#include "pending.h"
#include "registry.h"
#include "show.h"
#include "undo.h"

#include <assert.h>

static hf_status check_guard(struct call *call, const Hf__Guard *guard) {
    if (!guard) {
        return HF_OK;
    }
    const struct object *lock = lifetime_find(call->registry, guard->lock);
    return lock && hold_find(lock, guard->fence) ? HF_OK : HF_STALE_FENCE;
}

static bool has_op(const struct type *type, const struct type *of_op, const struct op *op) {
    return type == of_op || type->like == of_op || op->flags & OP_ANY;
}

/* Find the object and see that the operation is one of its type's. */
static hf_status resolve(struct call *call, const struct type *of_op) {
    if (call->op->flags & (OP_OPENS | OP_FREE)) {
        call->object = NULL;
        return HF_OK;
    }
    struct object *object = lifetime_find(call->registry, call->request->object);
    call->object = object;
    if (!object) {
        return call_refuse_id(call, call->request->object);
    }
    if (!has_op(object->type, of_op, call->op)) {
        char words[SHOW_KIND_BYTES];
        return call_refuse(call, HF_WRONG_TYPE, "%s is not an operation of %s",
                           types_op_name(call->op->tag), show_kind(object->type->name, words));
    }
    return object->name || family_refer(family_of(call), object) ? HF_OK : HF_NO_MEMORY;
}

/* A new call never overtakes the waiters. */
static bool has_to_queue(const struct call *call) {
    const struct op *op = call->op;
    if (!(op->flags & OP_WAITS)) {
        return false;
    }
    if (op->flags & (OP_FREE | OP_OWN_ORDER)) {
        return false; /* it looks at the lanes of its objects itself */
    }
    return !call_is_next(call, call->object, op->lane);
}

/* Guard, object, and whether it is the call's turn. */
static hf_status check(struct call *call, const struct type *of_op) {
    hf_status status = check_guard(call, call->request->guard);
    if (status == HF_OK) {
        status = resolve(call, of_op);
    }
    call->lane = call->op->lane;
    return status == HF_OK && has_to_queue(call) ? HF_WAIT : status;
}

/* The operation has begun, so it was checked before. Its object may be gone: NULL. */
static hf_status find_again(struct call *call) {
    assert(call->op->flags & OP_STAGED || !(call->op->flags & OP_WAITS));
    call->object = registry_find(call->registry, call->request->object);
    return HF_OK;
}

/* Tell the waiters and the watches of the object. An operation that opens an object has told them
 * itself, if it has made the object. The watches are told of an atomic batch when it is done, but
 * its changes count at once, for its own requests that ask. */
static void changed(const struct call *call) {
    struct object *object = call->object;
    if (!(call->op->flags & OP_CHANGES) || !object) {
        return;
    }
    object_touch(object);
    if (call_undo(call)) {
        object->version++;
    } else if (!(call->op->flags & OP_OPENS)) {
        journal_note(object, HF__CAUSE__REQUESTED, call->owner->who, call->request);
        if (object->type->changed) {
            object->type->changed(object);
        }
    }
}

void call_init(struct call *call, struct pending *pending, struct owner *owner,
               const Hf__Request *request, Hf__Reply *reply) {
    call->owner = owner;
    call->registry = &pending->calls->registry;
    call->request = request;
    call->object = NULL;
    call->staged = &pending->staged;
    call->arena = &pending->arena;
    call->reply = reply;
    call->lane = 0;
    call->room = NULL;
    call->pending = pending;
    call->targets = NULL;
    call->target_count = 0;
}

void call_init_within(struct call *call, const struct call *outer, const Hf__Request *request,
                      Hf__Reply *reply) {
    hf__reply__init(reply);
    reply->has_id = request->has_id;
    reply->id = request->id;
    call_init(call, outer->pending, outer->owner, request, reply);
}

hf_status call_run(struct call *call) {
    const struct type *of_op = NULL;
    call->op = types_find(call->request->op_case, &of_op);
    if (!call->op) {
        return call_refuse(call, HF_UNSUPPORTED, "no operation that this manager knows");
    }
    hf_status status = call->staged->begun ? find_again(call) : check(call, of_op);
    if (status == HF_OK) {
        status = call->op->run(call);
        if (hf_ok(status)) {
            changed(call);
        }
    }
    return status;
}

hf_status call_run_within(struct call *call) {
    if (call->request->party && call->request->party != call->owner->who->party) {
        return call_refuse(call, HF_INVALID,
                           "a request inside another has its party: name it in the outer one");
    }
    return call_run(call);
}

hf_status call_wait_as(struct call *call, const struct call *inner) {
    assert(call->pending == inner->pending);
    call->op = inner->op;
    call->request = inner->request;
    if (inner->target_count == 0) {
        return call_wait_in(call, inner->object, inner->lane);
    }
    return inner->targets == &inner->one_target
               ? call_wait_in(call, inner->one_target.object, inner->one_target.lane)
               : call_wait_for(call, inner->targets, inner->target_count);
}
