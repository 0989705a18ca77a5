/* SPDX-License-Identifier: MIT
 *
 * condition: threading.Condition on a lock of the caller's choice. A wait goes through three lanes:
 *
 *     ENTER --parked: releases the lock--> WAIT --notified, timed out ...--> the lock's own lane
 *
 * It releases the lock only when it is parked, so a refused wait has changed nothing. From then on,
 * whatever its result, it ends with the lock held again, unless the lock is deleted. While it
 * waits, staged->stage is the depth at which it held the lock, staged->lease_ms the length of its
 * lease, and staged->result its answer: HF_WAIT until that is known.
 */
#include "lifetime.h"
#include "lock.h"
#include "object.h"
#include "registry.h"

#include <assert.h>

enum { LANE_ENTER, LANE_WAIT };
enum { STAGE_NEW, STAGE_ENTERING };

struct condition {
    struct object object;
    uint64_t lock;
    struct lock_condition in_lock;
};

static struct condition *condition_of(struct call *call) {
    return (struct condition *)call->object;
}

/* NULL: the lock was deleted. */
static struct object *condition_find_lock(const struct condition *condition) {
    return lifetime_find(condition->object.registry, condition->lock);
}

static hf_status condition_init(struct object *object, struct call *call) {
    struct condition *condition = (struct condition *)object;
    uint64_t id = call->request->condition_open->lock;
    link_init(&condition->in_lock.of_lock);
    condition->in_lock.object = object;
    struct object *lock = NULL;
    hf_status status = object_find_typed(call, id, &type_lock, &lock);
    if (status != HF_OK) {
        return status;
    }
    condition->lock = id;
    lock_add_condition(lock, &condition->in_lock);
    (void)registry_refer(call->registry, id); /* the lock exists */
    return HF_OK;
}

static void condition_options(const struct object *object, void *open) {
    Hf__ConditionOpen *out = open;
    out->lock = ((const struct condition *)object)->lock;
}

static void condition_fini(struct object *object) {
    struct condition *condition = (struct condition *)object;
    link_remove(&condition->in_lock.of_lock);
    if (condition->lock) {
        registry_unrefer(object->registry, condition->lock);
    }
}

static uint64_t condition_describe(const struct object *object, struct text *options) {
    const struct condition *condition = (const struct condition *)object;
    const struct object *lock = condition_find_lock(condition);
    if (lock) {
        text_add(options, "lock #%llu", (unsigned long long)condition->lock);
    } else {
        text_add(options, "its lock was deleted");
    }
    return 0;
}

static hf_status condition_refuse_lockless(struct call *call) {
    return call_refuse(call, HF_NO_OBJECT, "the lock of the condition was deleted");
}

static hf_status condition_lock(struct call *call) {
    struct object *lock = condition_find_lock(condition_of(call));
    return lock ? object_answer(call, lock) : condition_refuse_lockless(call);
}

/* ---- notify ---- */

static uint64_t condition_wake(struct condition *condition, uint64_t most) {
    const struct link *lane = &condition->object.lanes[LANE_WAIT];
    uint64_t count = 0;
    for (const struct link *link = lane->next; link != lane && count < most; link = link->next) {
        struct staged *staged = &LINK_OWNER(link, struct waiter, in_lane)->pending->staged;
        if (staged->result == HF_WAIT) {
            staged->result = HF_OK;
            count++;
        }
    }
    return count;
}

/* Refuse unless the call's session holds the lock. */
static hf_status condition_check_lock(struct call *call) {
    const struct object *lock = condition_find_lock(condition_of(call));
    if (!lock) {
        return condition_refuse_lockless(call);
    }
    return lock_must_hold(call, lock);
}

static hf_status condition_wake_some(struct call *call, uint64_t most) {
    hf_status status = condition_check_lock(call);
    return status == HF_OK ? call_answer_count(call, condition_wake(condition_of(call), most))
                           : status;
}

static hf_status condition_notify(struct call *call) {
    const Hf__ConditionNotify *in = call->request->condition_notify;
    return condition_wake_some(call, in->has_count ? in->count : 1);
}

static hf_status condition_notify_all(struct call *call) {
    return condition_wake_some(call, UINT64_MAX);
}

/* ---- wait ---- */

/* Changes nothing: the lock is released when the call is parked. */
static hf_status condition_enter(struct call *call) {
    hf_status status = condition_check_lock(call);
    if (status == HF_OK) {
        status = lock_answer_grant(call, condition_find_lock(condition_of(call)));
    }
    if (status != HF_OK) {
        return status;
    }
    call->staged->stage = STAGE_ENTERING;
    object_touch(call->object);
    return HF_WAIT;
}

static hf_status condition_release_lock(struct call *call) {
    struct object *lock = condition_find_lock(condition_of(call));
    assert(lock && lock_must_hold(call, lock) == HF_OK);
    call->staged->stage = lock_release_all(lock, &call->staged->lease_ms);
    call->staged->result = HF_WAIT;
    call->staged->begun = true;
    return call_wait_in(call, call->object, LANE_WAIT);
}

/* The wait has its result, and now needs the lock again. */
static hf_status condition_reacquire(struct call *call, struct object *lock) {
    if (!lock_can_take(call, lock)) {
        return call_wait_in(call, lock, LOCK_LANE);
    }
    const struct staged *staged = call->staged;
    hf_status status = lock_retake(call, lock, staged->stage, staged->lease_ms);
    bool waited_well = !hf_ok(status) || staged->result == HF_OK;
    return waited_well ? status : staged->result;
}

static hf_status condition_resume(struct call *call) {
    struct object *at = call_waits_on(call);
    assert(at);
    if (at != call->object) {
        return condition_reacquire(call, at);
    }
    struct object *lock = condition_find_lock(condition_of(call));
    if (!lock) {
        return call_refuse(call, HF_DELETED, "the lock of the condition was deleted");
    }
    return call->staged->result == HF_WAIT ? call_wait_in(call, at, LANE_WAIT)
                                           : condition_reacquire(call, lock);
}

static hf_status condition_wait(struct call *call) {
    if (call->staged->begun) {
        return condition_resume(call);
    }
    return call->staged->stage == STAGE_ENTERING ? condition_release_lock(call)
                                                 : condition_enter(call);
}

/* A session that has ended cannot use the notify that it got, so another wait gets it. */
static void condition_pass_notify(struct call *call) {
    struct object *object = registry_find(call->registry, call->request->object);
    if (object && call->staged->result == HF_OK) {
        (void)condition_wake((struct condition *)object, 1);
        object_touch(object);
    }
}

static hf_status condition_abandon(struct object *object, struct call *call, hf_status why) {
    if (!call->staged->begun) {
        return why;
    }
    if (why == HF_DISCONNECTED) {
        condition_pass_notify(call);
        return why;
    }
    if (object->type == &type_lock) {
        return why == HF_DELETED ? why : call_wait_in(call, object, LOCK_LANE);
    }
    struct object *lock = condition_find_lock((const struct condition *)object);
    if (!lock) {
        return HF_DELETED;
    }
    call->staged->result = call->staged->result == HF_WAIT ? why : call->staged->result;
    return call_wait_in(call, lock, LOCK_LANE);
}

static hf_status condition_open(struct call *call) {
    return OBJECT_OPEN(call, &type_condition, call->request->condition_open);
}

static const struct op condition_ops[] = {
    {HF__REQUEST__OP_CONDITION_OPEN, condition_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_CONDITION_WAIT, condition_wait, OP_WAITS | OP_STAGED, LANE_ENTER},
    {HF__REQUEST__OP_CONDITION_NOTIFY, condition_notify, OP_CHANGES, 0},
    {HF__REQUEST__OP_CONDITION_NOTIFY_ALL, condition_notify_all, OP_CHANGES, 0},
    {HF__REQUEST__OP_CONDITION_LOCK, condition_lock, OP_READS, 0},
};

const struct type type_condition = {
    .tag = HF__TYPE__CONDITION,
    .name = "condition",
    .object_size = sizeof(struct condition),
    TYPE_OPS(condition_ops),
    .init = condition_init,
    .fini = condition_fini,
    .options = condition_options,
    .abandon = condition_abandon,
    .describe = condition_describe,
    .without_size = true,
};
