/* SPDX-License-Identifier: MIT
 *
 * lock: threading.Lock, threading.RLock and a robust mutex in one. The one hold is part of the
 * object, so granting allocates nothing and cannot fail.
 *
 *     free --acquire--> held --release--> free            (granted to the first waiter at once)
 *                        |--holder dies, its lease ends--> free, and the next grant says OWNER_DIED
 *                        |--holder dies, keep--> held by the dead, until anyone releases it
 *                        '--holder leaves in order, keep_on_leave--> nobody's, likewise
 */
#include "lock.h"

#include "family.h"
#include "grant.h"
#include "object.h"
#include "options.h"
#include "registry.h"

#include <assert.h>
#include <string.h>

struct lock {
    struct object object;
    bool reentrant;
    bool any_may_release;
    struct hold hold; /* in force when hold.object is set */
    struct hold died; /* the holder that lost it, as facts for the next grant: grant.h */
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
    object->keep = in->keep;
    object->keep_on_leave = in->keep_on_leave;
    return HF_OK;
}

static void lock_options(const struct object *object, void *open) {
    const struct lock *lock = (const struct lock *)object;
    Hf__LockOpen *out = open;
    OPTION(out, reentrant, lock->reentrant);
    OPTION(out, any_may_release, lock->any_may_release);
    OPTION(out, keep, object->keep);
    OPTION(out, keep_on_leave, object->keep_on_leave);
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
    died_forget(&lock->died);
}

static void lock_revoke(struct object *object, struct hold *hold, enum hold_loss why) {
    struct lock *lock = (struct lock *)object;
    assert(hold == &lock->hold);
    died_remember(&lock->died, hold, why);
    hold_end(hold);
}

static bool lock_only_holders_release(const struct object *object) {
    return !((const struct lock *)object)->any_may_release;
}

static uint64_t lock_describe(const struct object *object, struct text *options) {
    const struct lock *lock = (const struct lock *)object;
    text_join(options, " ", lock->reentrant ? "reentrant" : "");
    text_join(options, " ", lock->any_may_release ? "any_may_release" : "");
    text_join(options, " ", object->keep ? "keep" : "");
    text_join(options, " ", object->keep_on_leave ? "keep_on_leave" : "");
    return lock_held(lock) ? lock->hold.depth : 0;
}

/* ---- granting ---- */

bool lock_can_take(const struct call *call, const struct object *object) {
    return !lock_held((const struct lock *)object) &&
           (call_is_next(call, object, LOCK_LANE) || call_may_pass(call, object, LOCK_LANE));
}

/* The holder acquires the lock again. */
static hf_status lock_may_deepen(struct call *call, const struct lock *lock) {
    if (lock->reentrant) {
        return lock->hold.depth < UINT32_MAX ? HF_OK : HF_LIMIT;
    }
    if (lock->any_may_release) {
        return HF_WAIT; /* another session may release it */
    }
    char words[WHO_WORDS_BYTES];
    return call_refuse(call, HF_DEADLOCK, "%s holds %s for %lld ms and would wait for itself",
                       who_say(call->owner->who, words),
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

/* The holder that lost it, to be told unless the session holds the lock already. */
static struct hold *lock_died(struct lock *lock) {
    return lock_held(lock) ? NULL : &lock->died;
}

Hf__Grant *lock_new_grant(struct call *call, struct object *object) {
    return grant_new(call, lock_died((struct lock *)object));
}

/* The next grant still tells of a holder that lost it. */
static void lock_take(struct call *call, struct object *object, uint32_t depth) {
    struct lock *lock = (struct lock *)object;
    assert(!lock_held(lock) && depth > 0);
    hold_begin(&lock->hold, call->owner, object);
    lock->hold.depth = depth;
}

hf_status lock_grant(struct call *call, struct object *object, Hf__Grant *grant) {
    struct lock *lock = (struct lock *)object;
    if (lock_held(lock)) {
        assert(lock->reentrant && lock->hold.owner == call->owner);
        lock->hold.depth++;
    } else {
        died_forget(&lock->died);
        lock_take(call, object, 1);
    }
    return grant_fill(grant, &lock->hold);
}

void lock_begin_lease(struct object *object, struct hold_lease *lease) {
    hold_lease_begin(&((struct lock *)object)->hold, lease);
}

static hf_status lock_acquire(struct call *call) {
    struct lock *lock = lock_of(call);
    const Hf__LockAcquire *in = call->request->lock_acquire;
    struct hold_lease *lease = NULL;
    hf_status status = grant_check_lease(call, in->has_lease_ms, in->lease_ms);
    if (status == HF_OK) {
        status = lock_may_acquire(call, call->object);
    }
    if (status == HF_OK) {
        status = grant_prepare(call, &lock->hold, lock_died(lock), in->lease_ms, &lease);
    }
    if (status == HF_OK) {
        status = lock_grant(call, call->object, call->reply->grant);
        hold_lease_begin(&lock->hold, lease);
    }
    return status;
}

/* ---- for conditions ---- */

void lock_add_condition(struct object *object, struct lock_condition *condition) {
    link_append(&((struct lock *)object)->conditions, &condition->of_lock);
}

hf_status lock_must_hold(struct call *call, const struct object *object) {
    return ((const struct lock *)object)->hold.owner == call->owner
               ? HF_OK
               : grant_refuse_not_held(call, object, &((const struct lock *)object)->died);
}

hf_status lock_answer_grant(struct call *call, const struct object *object) {
    hf_status status = grant_answer(call, NULL);
    return status == HF_OK ? grant_fill(call->reply->grant, &((const struct lock *)object)->hold)
                           : status;
}

uint32_t lock_release_all(struct object *object, int64_t *lease_ms) {
    struct lock *lock = (struct lock *)object;
    assert(lock_held(lock));
    uint32_t depth = lock->hold.depth;
    assert(lock->hold.owner && depth > 0);
    *lease_ms = hold_lease_length_ms(&lock->hold);
    hold_end(&lock->hold);
    object_touch(object);
    return depth;
}

hf_status lock_retake(struct call *call, struct object *object, uint32_t depth, int64_t lease_ms) {
    struct lock *lock = (struct lock *)object;
    struct hold_lease *lease = NULL;
    hf_status status = grant_answer(call, &lock->died);
    if (status == HF_OK) {
        status = grant_lease(object, lease_ms, &lease);
    }
    lock_take(call, object, depth);
    hold_lease_begin(&lock->hold, lease);
    if (status == HF_OK) {
        died_forget(&lock->died);
        status = grant_fill(call->reply->grant, &lock->hold);
    }
    return status;
}

/* ---- operations ---- */

static hf_status lock_open(struct call *call) {
    return OBJECT_OPEN(call, &type_lock, call->request->lock_open);
}

static bool lock_may_release(const struct lock *lock, const struct owner *owner) {
    return lock->hold.owner == owner || lock->hold.owner == NULL || lock->any_may_release;
}

static hf_status lock_release(struct call *call) {
    struct lock *lock = lock_of(call);
    if (!lock_held(lock) || !lock_may_release(lock, call->owner)) {
        return grant_refuse_not_held(call, call->object, &lock->died);
    }
    assert(lock->hold.depth > 0);
    bool ends = lock->hold.owner == NULL || lock->hold.depth == 1;
    if (grant_note(call, &lock->hold, &lock->died, ends) != HF_OK) {
        return HF_NO_MEMORY;
    }
    if (lock->hold.owner == NULL && !lock->hold.left) {
        lock_revoke(call->object, &lock->hold, HOLD_DIED);
    } else if (ends) {
        hold_end(&lock->hold);
    } else {
        lock->hold.depth--;
    }
    return HF_OK;
}

static hf_status lock_extend(struct call *call) {
    struct lock *lock = lock_of(call);
    int64_t lease_ms = call->request->lock_extend->lease_ms;
    struct hold_lease *lease = NULL;
    hf_status status = grant_check_lease(call, true, lease_ms);
    if (status == HF_OK) {
        status = lock_must_hold(call, call->object);
    }
    if (status == HF_OK) {
        status = grant_lease(call->object, lease_ms, &lease);
    }
    if (status == HF_OK) {
        hold_lease_begin(&lock->hold, lease);
    }
    return status;
}

/* Hand the lock over. The receiver keeps it alive, as by an acquire. */
static hf_status lock_hand_over(struct call *call, struct owner *to) {
    struct lock *lock = lock_of(call);
    if (owner_has_other_waiter(to, call)) {
        char words[WHO_WORDS_BYTES];
        return call_refuse(call, HF_DEADLOCK, "%s waits for the lock and would hold it",
                           who_say(to->who, words));
    }
    hf_status status = grant_answer(call, NULL);
    if (status != HF_OK) {
        return status;
    }
    if (!family_refer(to->all->family, call->object)) {
        return HF_NO_MEMORY;
    }
    hold_end(&lock->hold);
    hold_begin(&lock->hold, to, call->object);
    return grant_fill(call->reply->grant, &lock->hold);
}

/* Passes over the calls that wait. */
static hf_status lock_transfer(struct call *call) {
    const Hf__LockTransfer *in = call->request->lock_transfer;
    struct owners *owners = owners_find(call->registry, in->session);
    if (!lock_held(lock_of(call)) || lock_of(call)->hold.owner != call->owner) {
        return grant_refuse_not_held(call, call->object, &lock_of(call)->died);
    }
    if (!owners) {
        return call_refuse(call, HF_VALUE_ERROR, "no session has the number %llu",
                           (unsigned long long)in->session);
    }
    struct owner *to = owners_use(owners, call->registry, in->party);
    if (!to) {
        return HF_NO_MEMORY;
    }
    hf_status status = lock_hand_over(call, to);
    owner_unuse(to);
    return status;
}

static hf_status lock_who(struct call *call) {
    const struct lock *lock = lock_of(call);
    if (!lock_held(lock)) {
        return grant_refuse_not_held(call, call->object, &lock->died);
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
    {HF__REQUEST__OP_LOCK_ACQUIRE, lock_acquire, OP_CHANGES | OP_WAITS | OP_OWN_ORDER | OP_UNDOES,
     LOCK_LANE},
    {HF__REQUEST__OP_LOCK_ACQUIRE_MANY, lock_acquire_many, OP_WAITS | OP_WAITS_ALL | OP_FREE,
     LOCK_LANE},
    {HF__REQUEST__OP_LOCK_RELEASE, lock_release, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_LOCK_WHO, lock_who, OP_READS, 0},
    {HF__REQUEST__OP_LOCK_TRANSFER, lock_transfer, OP_CHANGES, 0},
    {HF__REQUEST__OP_LOCK_EXTEND, lock_extend, OP_CHANGES, 0},
};

const struct type type_lock = {
    .tag = HF__TYPE__LOCK,
    .name = "lock",
    .object_size = sizeof(struct lock),
    TYPE_OPS(lock_ops),
    .init = lock_init,
    .deleted = lock_deleted,
    .fini = lock_fini,
    .options = lock_options,
    .waits_for_holders = true,
    .revoke = lock_revoke,
    .only_holders_release = lock_only_holders_release,
    .describe = lock_describe,
};
