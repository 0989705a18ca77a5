/* SPDX-License-Identifier: MIT
 *
 * See waiter.h.
 */
#include "waiter.h"

#include "mem.h"

#include <assert.h>

/* ---- for operations ---- */

hf_status call_wait_for(struct call *call, const struct target *targets, size_t count) {
    call->targets = targets;
    call->target_count = count;
    return HF_WAIT;
}

hf_status call_wait_in(struct call *call, struct object *object, unsigned lane) {
    call->one_target = (struct target){object, lane};
    return call_wait_for(call, &call->one_target, 1);
}

static const struct pending *first_in(const struct object *object, unsigned lane) {
    const struct link *link = link_first(&object->lanes[lane]);
    return link ? LINK_OWNER(link, struct waiter, in_lane)->pending : NULL;
}

bool call_is_next(const struct call *call, const struct object *object, unsigned lane) {
    const struct pending *first = first_in(object, lane);
    return !first || first == call->pending;
}

bool call_may_pass(const struct call *call, const struct object *object, unsigned lane) {
    const struct pending *first = first_in(object, lane);
    if (!first || !(first->call.op->flags & OP_WAITS_ALL)) {
        return false;
    }
    return link_alone(&object->holds) ? call->owner->hold_count > 0
                                      : owner_holds(call->owner, object);
}

void call_default_timeout(struct call *call, int64_t timeout_ms) {
    Hf__Request *request = call->pending->request;
    if (!request->has_timeout_ms) {
        request->has_timeout_ms = true;
        request->timeout_ms = timeout_ms;
    }
}

bool call_waits_in(const struct call *call, const struct object *object, unsigned lane) {
    const struct pending *pending = call->pending;
    for (size_t i = 0; i < pending->waiter_count; i++) {
        if (pending->waiters[i].object == object && pending->waiters[i].lane == lane) {
            return true;
        }
    }
    return false;
}

struct object *call_waits_on(const struct call *call) {
    return call->pending->waiter_count > 0 ? call->pending->waiters[0].object : NULL;
}

bool call_waits_at(const struct call *call, const struct object *object) {
    const struct pending *pending = call->pending;
    for (size_t i = 0; i < pending->waiter_count; i++) {
        if (pending->waiters[i].object == object) {
            return true;
        }
    }
    return false;
}

/* ---- for pending.c ---- */

bool waiters_enqueue(struct pending *pending) {
    const struct call *call = &pending->call;
    size_t count = call->target_count;
    assert(pending->waiter_count == 0 && count > 0);
    pending->waiters =
        count == 1 ? &pending->first_waiter : mem_alloc(count * sizeof *pending->waiters);
    if (!pending->waiters) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct target *target = &call->targets[i];
        assert(target->object && target->lane < OBJECT_LANES);
        struct waiter *waiter = &pending->waiters[i];
        if (call_may_pass(call, target->object, target->lane)) {
            object_touch(target->object); /* its last attempt made it hold something */
        }
        *waiter =
            (struct waiter){.pending = pending, .object = target->object, .lane = target->lane};
        link_init(&waiter->in_lane);
        struct link *lane = &target->object->lanes[target->lane];
        if (count == 1 && call->op->flags & OP_LAST_FIRST) {
            link_prepend(lane, &waiter->in_lane);
        } else {
            link_append(lane, &waiter->in_lane);
        }
        target->object->waiting++;
    }
    pending->waiter_count = count;
    return true;
}

void waiters_leave(struct pending *pending) {
    for (size_t i = 0; i < pending->waiter_count; i++) {
        struct waiter *waiter = &pending->waiters[i];
        assert(waiter->pending == pending && waiter->object->waiting > 0);
        link_remove(&waiter->in_lane);
        waiter->object->waiting--;
        object_touch(waiter->object);
    }
    if (pending->waiters != &pending->first_waiter) {
        mem_free(pending->waiters);
    }
    pending->waiter_count = 0;
}

bool waiters_are_right(const struct pending *pending) {
    const struct call *call = &pending->call;
    bool same = call->target_count == pending->waiter_count;
    for (size_t i = 0; same && i < pending->waiter_count; i++) {
        same = call->targets[i].object == pending->waiters[i].object &&
               call->targets[i].lane == pending->waiters[i].lane;
    }
    return same;
}
