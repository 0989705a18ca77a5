/* SPDX-License-Identifier: MIT
 *
 * See call.h. What operations use to read a request and to build a reply is in answer.c; the
 * operations of the session itself are in control.c; where calls wait is place.c's.
 */
#include "call.h"

#include "deadlock.h"
#include "journal.h"
#include "mem.h"
#include "place.h"
#include "wire_limits.h"

#include <assert.h>

enum { IDLE_MAX = 256 };

void calls_init(struct calls *calls, void (*answer)(struct owner *owner, const Hf__Reply *reply)) {
    heap_init(&calls->deadlines);
    link_init(&calls->idle);
    calls->idle_count = 0;
    calls->waiting = 0;
    calls->answer = answer;
}

void calls_fini(struct calls *calls) {
    assert(calls->waiting == 0);
    struct link *link = NULL;
    while ((link = link_first(&calls->idle)) != NULL) {
        link_remove(link);
        mem_free(LINK_OWNER(link, struct call, in_idle));
    }
    heap_fini(&calls->deadlines);
}

/* ---- a call's life ---- */

struct call *call_new(struct calls *calls, struct owner *owner) {
    struct link *link = link_first(&calls->idle);
    struct call *call = link ? LINK_OWNER(link, struct call, in_idle) : mem_alloc(sizeof *call);
    if (!call) {
        return NULL;
    }
    if (link) {
        link_remove(link);
        calls->idle_count--;
    } else {
        arena_init(&call->arena, HF_CALL_ARENA_MAX_BYTES);
        link_init(&call->in_idle);
        link_init(&call->in_owner);
    }
    call->calls = calls;
    call->registry = &calls->registry;
    call->owner = owner;
    call->object = NULL;
    call->op = NULL;
    call->stage = 0;
    call->result = HF_OK;
    call->begun = false;
    call->place_count = 0;
    call->keepsakes = NULL;
    call->room = NULL;
    return call;
}

static void drop_keepsakes(struct call *call) {
    while (call->keepsakes) {
        struct keepsake *keepsake = call->keepsakes;
        call->keepsakes = keepsake->next;
        any_drop(call->registry, &keepsake->any);
    }
}

void call_drop(struct call *call) {
    assert(call->place_count == 0);
    struct calls *calls = call->calls;
    drop_keepsakes(call);
    arena_reset(&call->arena);
    if (calls->idle_count >= IDLE_MAX) {
        mem_free(call);
        return;
    }
    link_append(&calls->idle, &call->in_idle);
    calls->idle_count++;
}

/* ---- ending ---- */

static void note_wait(const struct call *call) {
    struct object *object = call->places[0].object;
    assert(object);
    int64_t waited_ms = call->registry->now_ms - call->since_ms;
    if (waited_ms > object->longest_wait_ms) {
        object->longest_wait_ms = waited_ms;
    }
}

static void unpark(struct call *call) {
    assert(call->place_count > 0);
    note_wait(call);
    places_leave(call);
    link_remove(&call->in_owner);
    heap_remove(&call->calls->deadlines, &call->deadline);
    call->owner->waiting_count--;
    call->owner->waiting_bytes -= call->waiting_bytes;
    call->calls->waiting--;
}

/* Answer and drop. */
static void finish(struct call *call, hf_status status) {
    assert(status != HF_WAIT);
    if (call->place_count > 0) {
        unpark(call);
    }
    call->reply->status = (Hf__Status)status;
    if (call->outer->id) {
        call->reply->has_id = true;
        call->reply->id = call->outer->id;
        call->calls->answer(call->owner, call->reply);
    }
    call_drop(call);
}

/* ---- running one operation ---- */

static bool in_force(const struct object *lock, uint64_t fence) {
    for (const struct link *link = lock->holds.next; link != &lock->holds; link = link->next) {
        if (LINK_OWNER(link, struct hold, of_object)->fence == fence) {
            return true;
        }
    }
    return false;
}

static hf_status check_guard(struct call *call, const Hf__Guard *guard) {
    if (!guard) {
        return HF_OK;
    }
    const struct object *lock = registry_find(call->registry, guard->lock);
    return lock && in_force(lock, guard->fence) ? HF_OK : HF_STALE_FENCE;
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
    struct object *object = registry_find(call->registry, call->request->object);
    call->object = object;
    if (!object) {
        return call_refuse(call, HF_NO_OBJECT, "no object has the id %llu",
                           (unsigned long long)call->request->object);
    }
    if (!has_op(object->type, of_op, call->op)) {
        return call_refuse(call, HF_WRONG_TYPE, "%s is not an operation of a %s",
                           types_op_name(call->op->tag), object->type->name);
    }
    return object->name || owner_refer(call->owner, object) ? HF_OK : HF_NO_MEMORY;
}

/* A newcomer never overtakes those who wait, unless it already has what they wait for. */
static bool has_to_queue(const struct call *call) {
    const struct op *op = call->op;
    if (!(op->flags & OP_WAITS)) {
        return false;
    }
    if (op->flags & (OP_FREE | OP_OWN_ORDER)) {
        return false; /* it looks at the lanes of its objects itself */
    }
    return !call_is_next(call, call->object, op->lane) &&
           !(op->flags & OP_HOLDER_FIRST && owner_holds(call->owner, call->object));
}

/* All that must be so before an operation runs. */
static hf_status check(struct call *call, const struct type *of_op) {
    hf_status status = check_guard(call, call->request->guard);
    if (status == HF_OK) {
        status = resolve(call, of_op);
    }
    call->lane = call->op->lane;
    return status == HF_OK && has_to_queue(call) ? HF_WAIT : status;
}

/* It was checked when it began. */
static hf_status find_again(struct call *call) {
    call->object = registry_find(call->registry, call->request->object);
    return HF_OK;
}

/* Those who wait for its object and those who watch it are to know. What opens an object has said
 * so itself, if it has made it. */
static void changed(struct call *call, const struct op *op, const Hf__Request *request) {
    if (op->flags & OP_CHANGES && call->object) {
        object_touch(call->object);
        if (!(op->flags & OP_OPENS)) {
            journal_note(call->object, HF__CAUSE__REQUESTED, call->owner->who, request);
        }
    }
}

hf_status call_run(struct call *call, const Hf__Request *request) {
    const struct type *of_op = NULL;
    call->request = request;
    call->op = types_find(request->op_case, &of_op);
    if (!call->op) {
        return call_refuse(call, HF_UNSUPPORTED, "no operation that this manager knows");
    }
    hf_status status = call->begun ? find_again(call) : check(call, of_op);
    if (status != HF_OK) {
        return status;
    }
    const struct op *op = call->op; /* a batch leaves another behind */
    status = op->run(call);
    if (hf_ok(status)) {
        changed(call, op, request);
    }
    return status;
}

/* Forget what an attempt has left: the arena holds nothing but the request again. */
static void reset(struct call *call) {
    drop_keepsakes(call);
    arena_rewind(&call->arena, call->decoded);
    call->room = NULL;
    call->targets = NULL;
    call->target_count = 0;
    call->reply = &call->top;
    hf__reply__init(call->reply);
}

static hf_status run(struct call *call) {
    reset(call);
    return call_run(call, call->outer);
}

/* ---- waiting ---- */

static hf_status may_wait(struct call *call, size_t bytes) {
    if (call->owner->waiting_count >= call->calls->waiting_per_owner_max) {
        return call_refuse(call, HF_LIMIT, "at most %zu calls of a session may wait",
                           call->calls->waiting_per_owner_max);
    }
    if (bytes > HF_WAITING_MAX_BYTES - call->owner->waiting_bytes) {
        return call_refuse(call, HF_LIMIT, "the calls of a session that wait may take %u bytes",
                           HF_WAITING_MAX_BYTES);
    }
    return HF_OK;
}

void call_default_timeout(struct call *call, int64_t timeout_ms) {
    if (!call->outer->has_timeout_ms) {
        call->outer->has_timeout_ms = true;
        call->outer->timeout_ms = timeout_ms;
    }
}

static bool set_deadline(struct call *call) {
    int64_t timeout_ms = call->outer->timeout_ms;
    int64_t now_ms = call->registry->now_ms;
    int64_t due_ms = timeout_ms < INT64_MAX - now_ms ? now_ms + timeout_ms : INT64_MAX;
    return timeout_ms < 0 || heap_add(&call->calls->deadlines, &call->deadline, due_ms);
}

/* Where this attempt wants to wait: in the lane of its row, unless it has said otherwise. */
static void default_target(struct call *call) {
    if (call->target_count == 0) {
        (void)call_wait_in(call, call->object, call->lane);
    }
}

static hf_status park(struct call *call) {
    if (call->outer->timeout_ms == 0) {
        return HF_TIMEOUT;
    }
    default_target(call);
    size_t bytes = sizeof *call + call->decoded.taken + call->target_count * sizeof(struct place);
    hf_status status = may_wait(call, bytes);
    if (status == HF_OK) {
        status = deadlock_check(call);
    }
    if (status != HF_OK) {
        return status;
    }
    if (!places_take(call)) {
        return HF_NO_MEMORY;
    }
    if (!set_deadline(call)) {
        places_leave(call);
        return HF_NO_MEMORY;
    }
    reset(call);
    call->since_ms = call->registry->now_ms;
    call->waiting_bytes = bytes;
    link_append(&call->owner->waiting, &call->in_owner);
    call->owner->waiting_count++;
    call->owner->waiting_bytes += bytes;
    call->calls->waiting++;
    return HF_WAIT;
}

/* It goes on waiting, perhaps elsewhere. Returns whether it has left its places. */
static bool move(struct call *call) {
    default_target(call);
    if (places_are_right(call)) {
        return false;
    }
    assert(call->target_count == 1); /* so that taking the place cannot fail */
    note_wait(call);
    places_leave(call);
    call->since_ms = call->registry->now_ms;
    (void)places_take(call);
    return true;
}

void call_serve(struct call *call, Hf__Request *request) {
    call->outer = request;
    call->decoded = arena_mark(&call->arena);
    call->calls->served++;
    hf_status status = run(call);
    if (status == HF_WAIT) {
        status = park(call);
    }
    if (status != HF_WAIT) {
        finish(call, status);
    }
    calls_settle(call->calls);
}

/* Let the type of the operation say what the end of its wait means; it may wait at an object of
 * another type. Who waits for several objects has changed none of them. */
static hf_status abandon(struct call *call, hf_status why) {
    const struct type *type = NULL;
    (void)types_find(call->op->tag, &type);
    assert(type);
    if (!type->abandon) {
        return why;
    }
    struct object *object = call->places[0].object;
    bool took_part = call->begun && call->op->flags & OP_CHANGES && !object->deleted;
    reset(call);
    why = type->abandon(object, call, why);
    if (took_part) {
        journal_note(object, HF__CAUSE__WAIT_ENDED, call->owner->who, call->request);
    }
    return why;
}

void call_end(struct call *call, hf_status status) {
    assert(call->place_count > 0);
    status = abandon(call, status);
    if (status == HF_WAIT) {
        heap_remove(&call->calls->deadlines, &call->deadline);
        (void)move(call);
        object_touch(call->places[0].object);
    } else {
        finish(call, status);
    }
}

static void end_lanes(struct object *object, hf_status status) {
    for (unsigned lane = 0; lane < OBJECT_LANES; lane++) {
        struct link *link = NULL;
        while ((link = link_first(&object->lanes[lane])) != NULL) {
            call_end(LINK_OWNER(link, struct place, in_lane)->call, status);
        }
    }
}

/* Run a call that waits once more. Returns whether it has left its places. */
static bool resume(struct call *call) {
    hf_status status = run(call);
    if (status == HF_WAIT) {
        return move(call);
    }
    finish(call, status);
    return true;
}

/* The first in the lane goes on waiting, for other objects as well: somebody behind it may not have
 * to. */
static bool resume_behind(const struct object *object, unsigned lane) {
    const struct link *end = &object->lanes[lane];
    for (const struct link *link = end->next->next; link != end; link = link->next) {
        struct call *call = LINK_OWNER(link, struct place, in_lane)->call;
        if (call_may_pass(call, object, lane) && resume(call)) {
            return true;
        }
    }
    return false;
}

/* Whether a call has left the lane. */
static bool advance(const struct object *object, unsigned lane) {
    const struct link *link = link_first(&object->lanes[lane]);
    if (!link) {
        return false;
    }
    struct call *first = LINK_OWNER(link, struct place, in_lane)->call;
    return resume(first) || (first->op->flags & OP_WAITS_ALL && resume_behind(object, lane));
}

/* Resume the first of each lane for as long as it can proceed. What that changes is touched again.
 */
static void settle_lanes(const struct object *object) {
    for (unsigned lane = 0; lane < OBJECT_LANES; lane++) {
        while (!object->deleted && advance(object, lane)) {
        }
    }
}

static void settle_touched(struct calls *calls) {
    struct object *object = NULL;
    while ((object = registry_take_touched(&calls->registry)) != NULL) {
        if (object->waiting > 0) {
            settle_lanes(object);
        }
        if (object->deleted) {
            end_lanes(object, HF_DELETED);
        }
    }
}

/* That an object is no more may be what another call waits for. */
void calls_settle(struct calls *calls) {
    do {
        settle_touched(calls);
        registry_reap(&calls->registry);
    } while (!link_alone(&calls->registry.touched));
}

/* NULL: there is none, or it is none that the call needs. */
static const struct hold *hold_in_the_way(const struct call *call) {
    bool one = call->place_count == 1;
    size_t count = one || call->op->flags & OP_WAITS_ALL ? call->place_count : 0;
    for (size_t i = 0; i < count; i++) {
        const struct object *object = call->places[i].object;
        const struct link *link =
            object->type->waits_for_holders ? link_first(&object->holds) : NULL;
        const struct hold *hold = link ? LINK_OWNER(link, struct hold, of_object) : NULL;
        if (hold && (one || hold->owner != call->owner)) {
            return hold;
        }
    }
    return NULL;
}

static void explain_timeout(struct call *call) {
    const struct hold *hold = hold_in_the_way(call);
    if (hold) {
        const char *name = call->place_count > 1 ? hold->object->name : NULL;
        (void)call_refuse(call, HF_TIMEOUT, "%s%sheld by %s (process %llu) for %lld ms",
                          name ? name : "", name ? " is " : "", hold->who->label,
                          (unsigned long long)hold->who->pid,
                          (long long)(call->registry->now_ms - hold->since_ms));
    }
}

static void expire(struct call *call) {
    explain_timeout(call);
    call_end(call, HF_TIMEOUT);
}

static bool is_due(const struct calls *calls, int64_t due_ms) {
    return due_ms >= 0 && due_ms <= calls->registry.now_ms;
}

/* In the order of the times. What a wake makes possible is done before a call that waits for it
 * runs out of time at that moment or later. */
void calls_expire(struct calls *calls) {
    for (;;) {
        struct heap_node *node = heap_top(&calls->deadlines);
        int64_t wake_ms = registry_next_wake(&calls->registry);
        if (is_due(calls, wake_ms) && (!node || wake_ms <= node->due)) {
            registry_wake(&calls->registry);
            calls_settle(calls);
        } else if (node && is_due(calls, node->due)) {
            expire(LINK_OWNER(node, struct call, deadline));
        } else {
            break;
        }
    }
    calls_settle(calls);
}

int64_t calls_next_deadline(const struct calls *calls) {
    const struct heap_node *node = heap_top(&calls->deadlines);
    int64_t wake_ms = registry_next_wake(&calls->registry);
    return node && (wake_ms < 0 || node->due < wake_ms) ? node->due : wake_ms;
}

void calls_end_all(struct calls *calls, struct owner *owner, hf_status status) {
    struct link *link = NULL;
    while ((link = link_first(&owner->waiting)) != NULL) {
        finish(LINK_OWNER(link, struct call, in_owner), status);
    }
    calls_settle(calls);
}

void calls_owner_gone(struct calls *calls, struct owner *owner) {
    struct link *link = NULL;
    while ((link = link_first(&owner->waiting)) != NULL) {
        struct call *call = LINK_OWNER(link, struct call, in_owner);
        (void)abandon(call, HF_DISCONNECTED);
        unpark(call);
        call_drop(call);
    }
    owner_release_all(owner, &calls->registry);
    calls_settle(calls);
}
