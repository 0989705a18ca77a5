/* SPDX-License-Identifier: MIT
 *
 * lock: threading.Lock, threading.RLock and a robust mutex in one. One hold, in the object itself,
 * so that granting allocates nothing and cannot fail.
 *
 *     free --acquire--> held --release--> free            (granted to the first waiter at once)
 *                        |--holder dies--> free, and the next grant says OWNER_DIED
 *                        '--holder dies, keep--> held by the dead, until anyone releases it
 */
#include "lock.h"

#include "object.h"
#include "registry.h"

#include <assert.h>
#include <string.h>

struct lock {
    struct object object;
    bool reentrant;
    bool any_may_release;
    bool keep;
    struct hold hold; /* in force when hold.object is set */
    struct hold died; /* what the next grant has to tell: only its facts are used */
    struct link conditions;
};

static struct lock *lock_of(struct call *call) {
    return (struct lock *)call->object;
}

static bool lock_held(const struct lock *lock) {
    return lock->hold.object != NULL;
}

static hf_status lock_init(struct object *object, struct call *call) {
    struct lock *lock = (struct lock *)object;
    const Hf__LockOpen *in = call->request->lock_open;
    link_init(&lock->conditions);
    lock->reentrant = in->reentrant;
    lock->any_may_release = in->any_may_release;
    lock->keep = in->keep;
    return HF_OK;
}

static bool lock_matches(const struct object *object, struct call *call) {
    const struct lock *lock = (const struct lock *)object;
    const Hf__LockOpen *in = call->request->lock_open;
    return lock->reentrant == (in->reentrant != 0) &&
           lock->any_may_release == (in->any_may_release != 0) && lock->keep == (in->keep != 0);
}

static void lock_forget_died(struct lock *lock) {
    who_release(lock->died.who);
    lock->died = (struct hold){0};
}

static void lock_deleted(struct object *object) {
    const struct link *conditions = &((struct lock *)object)->conditions;
    for (const struct link *link = conditions->next; link != conditions; link = link->next) {
        object_touch(LINK_OWNER(link, struct lock_condition, of_lock)->object);
    }
}

static void lock_fini(struct object *object) {
    struct lock *lock = (struct lock *)object;
    struct link *link = NULL;
    while ((link = link_first(&lock->conditions)) != NULL) {
        link_remove(link);
    }
    lock_forget_died(lock);
}

/* Remember who it was, for the next grant. */
static void lock_remember_died(struct lock *lock) {
    lock_forget_died(lock);
    lock->died = lock->hold;
    lock->died.owner = NULL;
    who_share(lock->died.who);
}

static void lock_holder_died(struct object *object, struct hold *hold) {
    struct lock *lock = (struct lock *)object;
    assert(hold == &lock->hold);
    if (lock->keep) {
        hold_orphan(hold);
        return;
    }
    lock_remember_died(lock);
    hold_end(hold);
}

static bool lock_only_holders_release(const struct object *object) {
    return !((const struct lock *)object)->any_may_release;
}

static uint64_t lock_describe(const struct object *object, struct text *options) {
    const struct lock *lock = (const struct lock *)object;
    text_join(options, " ", lock->reentrant ? "reentrant" : "");
    text_join(options, " ", lock->any_may_release ? "any_may_release" : "");
    text_join(options, " ", lock->keep ? "keep" : "");
    return lock_held(lock) ? lock->hold.depth : 0;
}

/* ---- granting ---- */

static Hf__Grant *lock_make_grant(struct call *call) {
    Hf__Grant *grant = arena_alloc(&call->arena, sizeof *grant);
    if (grant) {
        hf__grant__init(grant);
        grant->has_depth = true;
    }
    return grant;
}

static void lock_fill_grant(Hf__Grant *grant, const struct lock *lock) {
    grant->fence = lock->hold.fence;
    grant->depth = lock->hold.depth;
}

/* NULL: there was no memory for it. */
static hf_status lock_set_grant(struct call *call, Hf__Grant *grant) {
    return grant ? call_answer_message(call, HF__REPLY__RESULT_GRANT, grant) : HF_NO_MEMORY;
}

bool lock_can_take(const struct call *call, const struct object *object) {
    return !lock_held((const struct lock *)object) &&
           (call_is_next(call, object, LOCK_LANE) || call_may_pass(call, object, LOCK_LANE));
}

/* Its holder asks again. */
static hf_status lock_may_deepen(struct call *call, const struct lock *lock) {
    if (lock->reentrant) {
        return lock->hold.depth < UINT32_MAX ? HF_OK : HF_LIMIT;
    }
    if (lock->any_may_release) {
        return HF_WAIT; /* somebody else may release it */
    }
    return call_refuse(call, HF_DEADLOCK,
                       "%s (process %llu) holds %s since %lld ms and would wait for itself",
                       call->owner->who->label, (unsigned long long)call->owner->who->pid,
                       lock->object.name ? lock->object.name : "the lock",
                       (long long)(call->registry->now_ms - lock->hold.since_ms));
}

hf_status lock_may_acquire(struct call *call, const struct object *object) {
    const struct lock *lock = (const struct lock *)object;
    if (lock_held(lock) && lock->hold.owner == call->owner) {
        return lock_may_deepen(call, lock);
    }
    return lock_can_take(call, object) ? HF_OK : HF_WAIT;
}

Hf__Grant *lock_new_grant(struct call *call, const struct object *object) {
    const struct lock *lock = (const struct lock *)object;
    Hf__Grant *grant = lock_make_grant(call);
    if (!grant || lock_held(lock) || !lock->died.who) {
        return grant;
    }
    grant->died = object_holder(call, &lock->died);
    if (!grant->died) {
        return NULL;
    }
    /* The dead one's identity must last until the reply is packed. */
    const char *label = grant->died->label;
    grant->died->label = arena_copy(&call->arena, label, strlen(label));
    return grant->died->label ? grant : NULL;
}

static hf_status lock_take_free(struct call *call, struct lock *lock, uint32_t depth,
                                Hf__Grant *grant) {
    lock_forget_died(lock);
    lock_take_unanswered(call, &lock->object, depth);
    lock_fill_grant(grant, lock);
    return grant->died ? HF_OWNER_DIED : HF_OK;
}

hf_status lock_grant(struct call *call, struct object *object, Hf__Grant *grant) {
    struct lock *lock = (struct lock *)object;
    if (!lock_held(lock)) {
        return lock_take_free(call, lock, 1, grant);
    }
    lock->hold.depth++;
    lock_fill_grant(grant, lock);
    return HF_OK;
}

static hf_status lock_acquire(struct call *call) {
    hf_status status = lock_may_acquire(call, call->object);
    if (status != HF_OK) {
        return status;
    }
    Hf__Grant *grant = lock_new_grant(call, call->object);
    status = lock_set_grant(call, grant);
    return status == HF_OK ? lock_grant(call, call->object, grant) : status;
}

/* ---- for conditions ---- */

void lock_add_condition(struct object *object, struct lock_condition *condition) {
    link_append(&((struct lock *)object)->conditions, &condition->of_lock);
}

hf_status lock_must_hold(struct call *call, const struct object *object) {
    const struct lock *lock = (const struct lock *)object;
    if (!lock_held(lock)) {
        return call_refuse(call, HF_NOT_HELD, "nobody holds the lock");
    }
    if (lock->hold.owner != call->owner) {
        return call_refuse(call, HF_NOT_HELD, "%s (process %llu) holds the lock",
                           lock->hold.who->label, (unsigned long long)lock->hold.who->pid);
    }
    return HF_OK;
}

hf_status lock_answer_grant(struct call *call, const struct object *object) {
    Hf__Grant *grant = lock_make_grant(call);
    if (grant) {
        lock_fill_grant(grant, (const struct lock *)object);
    }
    return lock_set_grant(call, grant);
}

uint32_t lock_release_all(struct object *object) {
    struct lock *lock = (struct lock *)object;
    assert(lock_held(lock));
    uint32_t depth = lock->hold.depth;
    hold_end(&lock->hold);
    object_touch(object);
    return depth;
}

void lock_take_unanswered(struct call *call, struct object *object, uint32_t depth) {
    struct lock *lock = (struct lock *)object;
    assert(!lock_held(lock) && depth > 0);
    hold_begin(&lock->hold, call->owner, object);
    lock->hold.depth = depth;
}

hf_status lock_take(struct call *call, struct object *object, uint32_t depth) {
    Hf__Grant *grant = lock_new_grant(call, object);
    hf_status status = lock_set_grant(call, grant);
    return status == HF_OK ? lock_take_free(call, (struct lock *)object, depth, grant) : status;
}

/* ---- operations ---- */

static hf_status lock_open(struct call *call) {
    const Hf__LockOpen *in = call->request->lock_open;
    return object_open(call, &type_lock, in->name, in->mode);
}

static bool lock_may_release(const struct lock *lock, const struct owner *owner) {
    return lock->hold.owner == owner || lock->hold.owner == NULL || lock->any_may_release;
}

static hf_status lock_release(struct call *call) {
    struct lock *lock = lock_of(call);
    if (!lock_held(lock)) {
        return call_refuse(call, HF_NOT_HELD, "nobody holds it");
    }
    if (!lock_may_release(lock, call->owner)) {
        return call_refuse(call, HF_NOT_HELD, "%s (process %llu) holds it", lock->hold.who->label,
                           (unsigned long long)lock->hold.who->pid);
    }
    if (lock->hold.owner == NULL) {
        lock_remember_died(lock);
        hold_end(&lock->hold);
    } else if (lock->hold.depth > 1) {
        lock->hold.depth--;
    } else {
        hold_end(&lock->hold);
    }
    return HF_OK;
}

/* The call itself, if it has waited, does so no more. */
static bool lock_waits_for(const struct owner *owner, const struct call *call) {
    const struct link *link = owner->waiting.next;
    for (; link != &owner->waiting; link = link->next) {
        const struct call *waiting = LINK_OWNER(link, struct call, in_owner);
        if (waiting != call && call_waits_at(waiting, call->object)) {
            return true;
        }
    }
    return false;
}

/* Those who wait are not asked. Who gets it keeps it alive, as if it had acquired it. */
static hf_status lock_transfer(struct call *call) {
    struct lock *lock = lock_of(call);
    uint64_t session = call->request->lock_transfer->session;
    struct owner *to = owner_find(call->registry, session);
    if (!lock_held(lock) || lock->hold.owner != call->owner) {
        return call_refuse(call, HF_NOT_HELD, "this session does not hold it");
    }
    if (!to) {
        return call_refuse(call, HF_VALUE_ERROR, "no session has the number %llu",
                           (unsigned long long)session);
    }
    if (lock_waits_for(to, call)) {
        return call_refuse(call, HF_DEADLOCK, "%s (process %llu) waits for it and would hold it",
                           to->who->label, (unsigned long long)to->who->pid);
    }
    Hf__Grant *grant = lock_make_grant(call);
    hf_status status = lock_set_grant(call, grant);
    if (status != HF_OK || !owner_refer(to, call->object)) {
        return status != HF_OK ? status : HF_NO_MEMORY;
    }
    hold_end(&lock->hold);
    hold_begin(&lock->hold, to, call->object);
    lock_fill_grant(grant, lock);
    return HF_OK;
}

static hf_status lock_who(struct call *call) {
    const struct lock *lock = lock_of(call);
    if (!lock_held(lock)) {
        return call_refuse(call, HF_NOT_HELD, "nobody holds it");
    }
    Hf__Holder *holder = object_holder(call, &lock->hold);
    if (!holder) {
        return HF_NO_MEMORY;
    }
    holder->has_waiting = true;
    holder->waiting = object_waiting(call);
    return call_answer_message(call, HF__REPLY__RESULT_HOLDER, holder);
}

static const struct op lock_ops[] = {
    {HF__REQUEST__OP_LOCK_OPEN, lock_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_LOCK_ACQUIRE, lock_acquire, OP_CHANGES | OP_WAITS | OP_OWN_ORDER, LOCK_LANE},
    {HF__REQUEST__OP_LOCK_ACQUIRE_MANY, lock_acquire_many, OP_WAITS | OP_WAITS_ALL | OP_FREE,
     LOCK_LANE},
    {HF__REQUEST__OP_LOCK_RELEASE, lock_release, OP_CHANGES, 0},
    {HF__REQUEST__OP_LOCK_WHO, lock_who, OP_READS, 0},
    {HF__REQUEST__OP_LOCK_TRANSFER, lock_transfer, OP_CHANGES, 0},
};

const struct type type_lock = {
    .tag = HF__TYPE__LOCK,
    .name = "lock",
    .object_size = sizeof(struct lock),
    TYPE_OPS(lock_ops),
    .init = lock_init,
    .deleted = lock_deleted,
    .fini = lock_fini,
    .matches = lock_matches,
    .waits_for_holders = true,
    .holder_died = lock_holder_died,
    .only_holders_release = lock_only_holders_release,
    .describe = lock_describe,
};
