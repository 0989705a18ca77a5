/* SPDX-License-Identifier: MIT
 *
 * See place.h.
 */
#include "place.h"

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
    return link ? LINK_OWNER(link, struct place, in_lane)->pending : NULL;
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
    return link_alone(&object->holds) ? !link_alone(&call->owner->holds)
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
    for (size_t i = 0; i < pending->place_count; i++) {
        if (pending->places[i].object == object && pending->places[i].lane == lane) {
            return true;
        }
    }
    return false;
}

struct object *call_waits_on(const struct call *call) {
    return call->pending->place_count > 0 ? call->pending->places[0].object : NULL;
}

bool call_waits_at(const struct call *call, const struct object *object) {
    const struct pending *pending = call->pending;
    for (size_t i = 0; i < pending->place_count; i++) {
        if (pending->places[i].object == object) {
            return true;
        }
    }
    return false;
}

/* ---- for pending.c ---- */

bool places_take(struct pending *pending) {
    const struct call *call = &pending->call;
    size_t count = call->target_count;
    assert(pending->place_count == 0 && count > 0);
    pending->places =
        count == 1 ? &pending->first_place : mem_alloc(count * sizeof *pending->places);
    if (!pending->places) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct target *target = &call->targets[i];
        struct place *place = &pending->places[i];
        if (call_may_pass(call, target->object, target->lane)) {
            object_touch(target->object); /* its last attempt made it hold something */
        }
        *place = (struct place){.pending = pending, .object = target->object, .lane = target->lane};
        link_init(&place->in_lane);
        struct link *lane = &target->object->lanes[target->lane];
        if (count == 1 && call->op->flags & OP_LAST_FIRST) {
            link_prepend(lane, &place->in_lane);
        } else {
            link_append(lane, &place->in_lane);
        }
        target->object->waiting++;
    }
    pending->place_count = count;
    return true;
}

void places_leave(struct pending *pending) {
    for (size_t i = 0; i < pending->place_count; i++) {
        struct place *place = &pending->places[i];
        link_remove(&place->in_lane);
        place->object->waiting--;
        object_touch(place->object);
    }
    if (pending->places != &pending->first_place) {
        mem_free(pending->places);
    }
    pending->place_count = 0;
}

bool places_are_right(const struct pending *pending) {
    const struct call *call = &pending->call;
    bool same = call->target_count == pending->place_count;
    for (size_t i = 0; same && i < pending->place_count; i++) {
        same = call->targets[i].object == pending->places[i].object &&
               call->targets[i].lane == pending->places[i].lane;
    }
    return same;
}
