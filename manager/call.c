/* SPDX-License-Identifier: MIT
 *
 * See call.h. Also the operations of the session itself that need nothing but calls: ping, cancel,
 * batch, statistics.
 */
#include "call.h"

#include "mem.h"
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
        mem_free(LINK_OWNER(link, struct call, in_lane));
    }
    heap_fini(&calls->deadlines);
}

/* ---- a call's life ------------------------------------------------------------------------------
 */

struct call *call_new(struct calls *calls, struct owner *owner) {
    struct link *link = link_first(&calls->idle);
    struct call *call = link ? LINK_OWNER(link, struct call, in_lane) : mem_alloc(sizeof *call);
    if (!call) {
        return NULL;
    }
    if (link) {
        link_remove(link);
        calls->idle_count--;
    } else {
        arena_init(&call->arena, HF_CALL_ARENA_MAX_BYTES);
        link_init(&call->in_lane);
        link_init(&call->in_owner);
    }
    call->calls = calls;
    call->registry = &calls->registry;
    call->owner = owner;
    call->object = NULL;
    call->op = NULL;
    call->parked = NULL;
    call->keepsakes = NULL;
    call->copies = false;
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
    assert(!call->parked);
    struct calls *calls = call->calls;
    drop_keepsakes(call);
    arena_reset(&call->arena);
    if (calls->idle_count >= IDLE_MAX) {
        mem_free(call);
        return;
    }
    link_append(&calls->idle, &call->in_lane);
    calls->idle_count++;
}

static void unpark(struct call *call) {
    struct object *object = call->parked;
    assert(object);
    int64_t waited_ms = call->registry->now_ms - call->since_ms;
    if (waited_ms > object->longest_wait_ms) {
        object->longest_wait_ms = waited_ms;
    }
    link_remove(&call->in_lane);
    link_remove(&call->in_owner);
    heap_remove(&call->calls->deadlines, &call->deadline);
    call->parked = NULL;
    object->waiting--;
    call->owner->waiting_count--;
    call->owner->waiting_bytes -= call->parked_bytes;
    call->calls->waiting--;
}

/* Answer and drop. */
static void finish(struct call *call, hf_status status) {
    assert(status != HF_WAIT);
    if (call->parked) {
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

/* ---- running one operation ----------------------------------------------------------------------
 */

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
    assert(call->object); /* what waits, waits for an object */
    if (link_alone(&call->object->lanes[op->lane])) {
        return false;
    }
    bool its_turn = call->parked == call->object && call->parked_lane == op->lane;
    return !its_turn && !(op->flags & OP_HOLDER_FIRST && owner_holds(call->owner, call->object));
}

hf_status call_run(struct call *call, const Hf__Request *request) {
    const struct type *of_op = NULL;
    call->request = request;
    call->op = types_find(request->op_case, &of_op);
    if (!call->op) {
        return call_refuse(call, HF_UNSUPPORTED, "no operation that this manager knows");
    }
    hf_status status = check_guard(call, request->guard);
    if (status == HF_OK) {
        status = resolve(call, of_op);
    }
    if (status != HF_OK) {
        return status;
    }
    if (has_to_queue(call)) {
        return HF_WAIT;
    }
    status = call->op->run(call);
    if (hf_ok(status) && call->op->flags & OP_CHANGES && call->object) {
        object_touch(call->object);
    }
    return status;
}

/* Forget what an attempt has left: the arena holds nothing but the request again. */
static void reset(struct call *call) {
    drop_keepsakes(call);
    arena_rewind(&call->arena, call->decoded);
    call->copies = false;
    call->reply = &call->top;
    hf__reply__init(call->reply);
}

static hf_status run(struct call *call) {
    reset(call);
    return call_run(call, call->outer);
}

/* ---- waiting ------------------------------------------------------------------------------------
 */

static hf_status park(struct call *call) {
    struct calls *calls = call->calls;
    int64_t timeout_ms = call->outer->timeout_ms;
    if (timeout_ms == 0) {
        return HF_TIMEOUT;
    }
    if (call->owner->waiting_count >= calls->waiting_per_owner_max) {
        return call_refuse(call, HF_LIMIT, "at most %zu calls of a session may wait",
                           calls->waiting_per_owner_max);
    }
    size_t bytes = sizeof *call + call->decoded.taken;
    if (bytes > HF_WAITING_MAX_BYTES - call->owner->waiting_bytes) {
        return call_refuse(call, HF_LIMIT, "the calls of a session that wait may take %u bytes",
                           HF_WAITING_MAX_BYTES);
    }
    if (timeout_ms > 0) {
        int64_t now_ms = calls->registry.now_ms;
        int64_t due_ms = timeout_ms < INT64_MAX - now_ms ? now_ms + timeout_ms : INT64_MAX;
        if (!heap_add(&calls->deadlines, &call->deadline, due_ms)) {
            return HF_NO_MEMORY;
        }
    }
    reset(call);
    call->since_ms = calls->registry.now_ms;
    call->parked = call->object;
    call->parked_lane = call->op->lane;
    call->parked_bytes = bytes;
    link_append(&call->object->lanes[call->op->lane], &call->in_lane);
    link_append(&call->owner->waiting, &call->in_owner);
    call->object->waiting++;
    call->owner->waiting_count++;
    call->owner->waiting_bytes += call->parked_bytes;
    calls->waiting++;
    return HF_WAIT;
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

void call_end(struct call *call, hf_status status) {
    if (call->parked) {
        object_touch(call->parked);
    }
    finish(call, status);
}

static void end_lanes(struct object *object, hf_status status) {
    for (unsigned lane = 0; lane < OBJECT_LANES; lane++) {
        struct link *link = NULL;
        while ((link = link_first(&object->lanes[lane])) != NULL) {
            finish(LINK_OWNER(link, struct call, in_lane), status);
        }
    }
}

/* Resume the first of each lane for as long as it can proceed. What that changes is touched again.
 */
static void settle_lanes(struct object *object) {
    for (unsigned lane = 0; lane < OBJECT_LANES && !object->deleted; lane++) {
        struct link *link = NULL;
        while (!object->deleted && (link = link_first(&object->lanes[lane])) != NULL) {
            struct call *call = LINK_OWNER(link, struct call, in_lane);
            hf_status status = run(call);
            if (status == HF_WAIT) {
                break;
            }
            finish(call, status);
        }
    }
}

void calls_settle(struct calls *calls) {
    struct object *object = NULL;
    while ((object = registry_take_touched(&calls->registry)) != NULL) {
        if (object->waiting > 0) {
            settle_lanes(object);
        }
        if (object->deleted) {
            end_lanes(object, HF_DELETED);
        }
    }
    registry_reap(&calls->registry);
}

static void explain_timeout(struct call *call) {
    const struct link *link = link_first(&call->parked->holds);
    if (link) {
        const struct hold *hold = LINK_OWNER(link, struct hold, of_object);
        (void)call_refuse(call, HF_TIMEOUT, "held by %s (process %llu) for %lld ms",
                          hold->who->label, (unsigned long long)hold->who->pid,
                          (long long)(call->registry->now_ms - hold->since_ms));
    }
}

void calls_expire(struct calls *calls) {
    struct heap_node *node = NULL;
    while ((node = heap_top(&calls->deadlines)) != NULL && node->due <= calls->registry.now_ms) {
        struct call *call = LINK_OWNER(node, struct call, deadline);
        explain_timeout(call);
        call_end(call, HF_TIMEOUT);
    }
    calls_settle(calls);
}

int64_t calls_next_deadline(const struct calls *calls) {
    const struct heap_node *node = heap_top(&calls->deadlines);
    return node ? node->due : -1;
}

void calls_end_all(struct calls *calls, struct owner *owner, hf_status status) {
    struct link *link = NULL;
    while ((link = link_first(&owner->waiting)) != NULL) {
        call_end(LINK_OWNER(link, struct call, in_owner), status);
    }
    calls_settle(calls);
}

void calls_owner_gone(struct calls *calls, struct owner *owner) {
    struct link *link = NULL;
    while ((link = link_first(&owner->waiting)) != NULL) {
        struct call *call = LINK_OWNER(link, struct call, in_owner);
        object_touch(call->parked);
        unpark(call);
        call_drop(call);
    }
    owner_release_all(owner, &calls->registry);
    calls_settle(calls);
}
