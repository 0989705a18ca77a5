/* SPDX-License-Identifier: MIT
 *
 * event: threading.Event. A set releases all calls that wait at that moment, even if a clear
 * follows before any of them is tried again. So it marks their waiters as released.
 */
#include "undo.h"

struct event {
    struct object object;
    bool is_set;
};

static struct event *event_of(struct call *call) {
    return (struct event *)call->object;
}

static uint64_t event_describe(const struct object *object, struct text *options) {
    (void)options;
    return ((const struct event *)object)->is_set;
}

/* ---- operations ---- */

static hf_status event_open(struct call *call) {
    return OBJECT_OPEN(call, &type_event, call->request->event_open);
}

static void event_release(const struct object *object) {
    const struct link *waiting = &object->lanes[0];
    for (const struct link *link = waiting->next; link != waiting; link = link->next) {
        LINK_OWNER(link, struct waiter, in_lane)->released = true;
    }
}

/* Nobody has joined those that wait since the set. */
static void event_decide(struct undo_note *note, bool back) {
    struct event *event = (struct event *)note->object;
    if (back) {
        event->is_set = note->at != 0;
    } else if (note->what) {
        event_release(note->what);
    }
}

/* The batch itself may wait here, by its first request. */
static void event_release_own(struct call *call) {
    for (size_t i = 0; i < call->pending->waiter_count; i++) {
        struct waiter *waiter = &call->pending->waiters[i];
        waiter->released = waiter->released || waiter->object == call->object;
    }
}

static hf_status event_set(struct call *call) {
    struct undo_note *note = undo_note(call, event_decide);
    if (note) {
        note->at = event_of(call)->is_set;
        note->what = call->object;
        event_release_own(call);
    } else {
        event_release(call->object);
    }
    event_of(call)->is_set = true;
    return HF_OK;
}

static hf_status event_clear(struct call *call) {
    struct undo_note *note = undo_note(call, event_decide);
    if (note) {
        note->at = event_of(call)->is_set;
    }
    event_of(call)->is_set = false;
    return HF_OK;
}

static hf_status event_is_set(struct call *call) {
    return call_answer_truth(call, event_of(call)->is_set);
}

/* Whether a set has released the call since it began to wait here. The first request of a batch
 * uses that up: the next one has not waited yet. */
static bool event_use_release(struct call *call) {
    for (size_t i = 0; i < call->pending->waiter_count; i++) {
        struct waiter *waiter = &call->pending->waiters[i];
        if (waiter->object == call->object && waiter->released) {
            waiter->released = false;
            return true;
        }
    }
    return false;
}

static hf_status event_wait(struct call *call) {
    bool released = event_use_release(call);
    return released || event_of(call)->is_set ? HF_OK : HF_WAIT;
}

static const struct op event_ops[] = {
    {HF__REQUEST__OP_EVENT_OPEN, event_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_EVENT_SET, event_set, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_EVENT_CLEAR, event_clear, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_EVENT_IS_SET, event_is_set, OP_READS, 0},
    {HF__REQUEST__OP_EVENT_WAIT, event_wait, OP_WAITS | OP_OWN_ORDER | OP_UNDOES, 0},
};

const struct type type_event = {
    .tag = HF__TYPE__EVENT,
    .name = "event",
    .object_size = sizeof(struct event),
    TYPE_OPS(event_ops),
    .describe = event_describe,
};
