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

static const struct call *first_in(const struct object *object, unsigned lane) {
    const struct link *link = link_first(&object->lanes[lane]);
    return link ? LINK_OWNER(link, struct place, in_lane)->call : NULL;
}

bool call_is_next(const struct call *call, const struct object *object, unsigned lane) {
    const struct call *first = first_in(object, lane);
    return !first || first == call;
}

bool call_may_pass(const struct call *call, const struct object *object, unsigned lane) {
    const struct call *first = first_in(object, lane);
    if (!first || !(first->op->flags & OP_WAITS_ALL)) {
        return false;
    }
    return link_alone(&object->holds) ? !link_alone(&call->owner->holds)
                                      : owner_holds(call->owner, object);
}

bool call_waits_in(const struct call *call, const struct object *object, unsigned lane) {
    for (size_t i = 0; i < call->place_count; i++) {
        if (call->places[i].object == object && call->places[i].lane == lane) {
            return true;
        }
    }
    return false;
}

struct object *call_waits_on(const struct call *call) {
    return call->place_count > 0 ? call->places[0].object : NULL;
}

bool call_waits_at(const struct call *call, const struct object *object) {
    for (size_t i = 0; i < call->place_count; i++) {
        if (call->places[i].object == object) {
            return true;
        }
    }
    return false;
}

/* ---- for call.c ---- */

bool places_take(struct call *call) {
    size_t count = call->target_count;
    assert(call->place_count == 0 && count > 0);
    call->places = count == 1 ? &call->first_place : mem_alloc(count * sizeof *call->places);
    if (!call->places) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct target *target = &call->targets[i];
        if (call_may_pass(call, target->object, target->lane)) {
            object_touch(target->object); /* its last attempt made it hold something */
        }
        call->places[i] =
            (struct place){.call = call, .object = target->object, .lane = target->lane};
        link_init(&call->places[i].in_lane);
        struct link *lane = &target->object->lanes[target->lane];
        if (count == 1 && call->op->flags & OP_LAST_FIRST) {
            link_prepend(lane, &call->places[i].in_lane);
        } else {
            link_append(lane, &call->places[i].in_lane);
        }
        target->object->waiting++;
    }
    call->place_count = count;
    return true;
}

void places_leave(struct call *call) {
    for (size_t i = 0; i < call->place_count; i++) {
        struct place *place = &call->places[i];
        link_remove(&place->in_lane);
        place->object->waiting--;
        object_touch(place->object);
    }
    if (call->places != &call->first_place) {
        mem_free(call->places);
    }
    call->place_count = 0;
}

bool places_are_right(const struct call *call) {
    bool same = call->target_count == call->place_count;
    for (size_t i = 0; same && i < call->place_count; i++) {
        same = call->targets[i].object == call->places[i].object &&
               call->targets[i].lane == call->places[i].lane;
    }
    return same;
}
