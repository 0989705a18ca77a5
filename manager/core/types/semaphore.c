/* SPDX-License-Identifier: MIT
 *
 * semaphore: threading.Semaphore and BoundedSemaphore, with any number of permits at once. Each
 * grant is a hold, whose depth is the number of permits that it still has. So the end of a session
 * returns what is left of them.
 *
 * A release need not come from the session that acquired: a semaphore is a signal as well. It ends
 * grants as long as there are any, the session's own before nobody's and those of others, each the
 * oldest first, and only then makes a permit. So grants never outnumber the permits, however long
 * it is used.
 *
 * A table keeps the grants by session: an acquire or release does not look through other holds.
 *
 * Calls wait in order of arrival: a small request does not overtake a large one. Free and held
 * permits of a bounded semaphore always add up to the initial number.
 */
#include "grant.h"
#include "mem.h"
#include "object.h"
#include "options.h"
#include "registry.h"
#include "table.h"

#include <assert.h>
#include <stddef.h>

struct semaphore {
    struct object object;
    uint32_t initial;
    bool bounded;
    uint64_t free;        /* permits */
    uint64_t all;         /* free and held permits */
    struct table holders; /* of struct holder *, by owner */
    struct link nobodys;  /* grants that their owners have left in order, the oldest first */
};

/* An owner that has permits of this semaphore. */
struct holder {
    const struct owner *owner;
    uint64_t hash;      /* the owner's, which may have ended with its last hold */
    struct link grants; /* the oldest first; never empty */
};

struct permit {
    struct hold hold;
    struct holder *holder; /* NULL: it is nobody's */
    struct link of_holder; /* or in nobodys */
};

static struct semaphore *semaphore_of(struct call *call) {
    return (struct semaphore *)call->object;
}

static bool semaphore_is_of(const void *entry, const void *owner) {
    return (*(struct holder *const *)entry)->owner == owner;
}

/* The table's entry of the owner; NULL: it has no permits. */
static struct holder **semaphore_find(const struct semaphore *semaphore,
                                      const struct owner *owner) {
    return table_find(&semaphore->holders, owner->hash, semaphore_is_of, owner);
}

static hf_status semaphore_init(struct object *object, struct call *call) {
    struct semaphore *semaphore = (struct semaphore *)object;
    const Hf__SemaphoreOpen *in = call->request->semaphore_open;
    semaphore->initial = in->has_permits ? in->permits : 1;
    semaphore->bounded = in->bounded;
    semaphore->free = semaphore->all = semaphore->initial;
    table_init(&semaphore->holders, sizeof(struct holder *));
    link_init(&semaphore->nobodys);
    object->keep_on_leave = in->keep_on_leave;
    return HF_OK;
}

static void semaphore_options(const struct object *object, void *open) {
    const struct semaphore *semaphore = (const struct semaphore *)object;
    Hf__SemaphoreOpen *out = open;
    OPTION(out, permits, semaphore->initial);
    OPTION(out, bounded, semaphore->bounded);
    OPTION(out, keep_on_leave, object->keep_on_leave);
}

/* Take a grant from its holder, and free that with the last one. */
static void semaphore_leave_holder(struct semaphore *semaphore, struct permit *permit) {
    struct holder *holder = permit->holder;
    link_remove(&permit->of_holder);
    permit->holder = NULL;
    if (holder && link_alone(&holder->grants)) {
        table_remove(&semaphore->holders,
                     table_find(&semaphore->holders, holder->hash, semaphore_is_of, holder->owner));
        mem_free(holder);
    }
}

/* Free a grant that has ended. */
static void semaphore_drop(struct semaphore *semaphore, struct permit *permit) {
    assert(!permit->hold.object);
    semaphore_leave_holder(semaphore, permit);
    mem_free(permit);
}

static void semaphore_orphan(struct object *object, struct hold *hold) {
    struct semaphore *semaphore = (struct semaphore *)object;
    struct permit *permit = (struct permit *)hold;
    semaphore_leave_holder(semaphore, permit);
    link_append(&semaphore->nobodys, &permit->of_holder);
}

/* The registry has ended the holds. */
static void semaphore_fini(struct object *object) {
    struct semaphore *semaphore = (struct semaphore *)object;
    struct holder **last = NULL;
    while ((last = table_last(&semaphore->holders)) != NULL) {
        semaphore_drop(semaphore,
                       LINK_OWNER(link_first(&(*last)->grants), struct permit, of_holder));
    }
    struct link *link = NULL;
    while ((link = link_first(&semaphore->nobodys)) != NULL) {
        semaphore_drop(semaphore, LINK_OWNER(link, struct permit, of_holder));
    }
    table_fini(&semaphore->holders);
}

static void semaphore_revoke(struct object *object, struct hold *hold, enum hold_loss why) {
    (void)why; /* permits come back in any case, and nobody is told */
    struct semaphore *semaphore = (struct semaphore *)object;
    struct permit *permit = (struct permit *)hold;
    assert(hold->depth > 0);
    semaphore->free += hold->depth;
    assert(semaphore->free <= semaphore->all);
    hold_end(hold);
    semaphore_drop(semaphore, permit);
}

static uint64_t semaphore_describe(const struct object *object, struct text *options) {
    const struct semaphore *semaphore = (const struct semaphore *)object;
    text_add(options, "%s, %lu %s", semaphore->bounded ? "bounded" : "unbounded",
             (unsigned long)semaphore->initial, semaphore->initial == 1 ? "permit" : "permits");
    text_add(options, "%s", object->keep_on_leave ? ", keep_on_leave" : "");
    return semaphore->free;
}

/* ---- operations ---- */

static hf_status semaphore_open(struct call *call) {
    return OBJECT_OPEN(call, &type_semaphore, call->request->semaphore_open);
}

static hf_status semaphore_count_permits(struct call *call, bool given, uint32_t asked,
                                         uint32_t *permits) {
    *permits = given ? asked : 1;
    return *permits > 0 ? HF_OK
                        : call_refuse(call, HF_INVALID, "the number of permits is at least 1");
}

/* The holder of the owner, a new one if it has no permits. NULL: no memory. */
static struct holder *semaphore_holder_for(struct semaphore *semaphore, const struct owner *owner) {
    struct holder **found = semaphore_find(semaphore, owner);
    if (found) {
        return *found;
    }
    struct holder *holder = mem_alloc(sizeof *holder);
    struct holder **entry = holder ? table_add(&semaphore->holders, owner->hash) : NULL;
    if (!entry) {
        mem_free(holder);
        return NULL;
    }
    holder->owner = owner;
    holder->hash = owner->hash;
    link_init(&holder->grants);
    *entry = holder;
    return holder;
}

static void semaphore_decide_grant(struct undo_note *note, bool back) {
    struct semaphore *semaphore = (struct semaphore *)note->object;
    struct permit *permit = note->what;
    if (back) {
        semaphore->free += permit->hold.depth;
        hold_take_back(&permit->hold);
        semaphore_drop(semaphore, permit);
    }
}

static hf_status semaphore_grant(struct call *call, uint32_t permits, int64_t lease_ms) {
    struct semaphore *semaphore = semaphore_of(call);
    struct hold_lease *lease = NULL;
    hf_status status = grant_answer(call, NULL);
    if (status == HF_OK) {
        status = grant_lease(call->object, lease_ms, &lease);
    }
    if (status != HF_OK) {
        return status;
    }
    struct permit *permit = mem_alloc(sizeof *permit);
    struct holder *holder = permit ? semaphore_holder_for(semaphore, call->owner) : NULL;
    if (!holder) {
        mem_free(permit);
        hold_lease_drop(lease);
        return HF_NO_MEMORY;
    }
    hold_begin(&permit->hold, call->owner, &semaphore->object);
    hold_lease_begin(&permit->hold, lease);
    permit->hold.depth = permits;
    permit->holder = holder;
    link_init(&permit->of_holder);
    link_append(&holder->grants, &permit->of_holder);
    assert(permits <= semaphore->free && semaphore->free <= semaphore->all);
    semaphore->free -= permits;
    struct undo_note *note = undo_note(call, semaphore_decide_grant);
    if (note) {
        note->what = permit;
    }
    return grant_fill(call->reply->grant, &permit->hold);
}

static hf_status semaphore_acquire(struct call *call) {
    const struct semaphore *semaphore = semaphore_of(call);
    const Hf__SemaphoreAcquire *in = call->request->semaphore_acquire;
    uint32_t permits = 0;
    hf_status status = semaphore_count_permits(call, in->has_permits, in->permits, &permits);
    if (status == HF_OK) {
        status = grant_check_lease(call, in->has_lease_ms, in->lease_ms);
    }
    if (status != HF_OK) {
        return status;
    }
    if (semaphore->bounded && permits > semaphore->initial) {
        return call_refuse(call, HF_VALUE_ERROR, "the semaphore never has more than %lu permits",
                           (unsigned long)semaphore->initial);
    }
    if (permits > semaphore->free || !call_is_next(call, call->object, call->op->lane)) {
        return HF_WAIT;
    }
    return semaphore_grant(call, permits, in->lease_ms);
}

/* The grant that a release by this session ends next. One is in force. */
static struct permit *semaphore_next_to_end(const struct semaphore *semaphore,
                                            const struct owner *owner) {
    struct holder **holder = semaphore_find(semaphore, owner);
    if (holder) {
        return LINK_OWNER(link_first(&(*holder)->grants), struct permit, of_holder);
    }
    struct link *left = link_first(&semaphore->nobodys);
    if (left) {
        return LINK_OWNER(left, struct permit, of_holder);
    }
    struct link *oldest = link_first(&semaphore->object.holds);
    assert(oldest);
    return (struct permit *)LINK_OWNER(oldest, struct hold, of_object);
}

/* End grants with so many permits in all; of the last one only a part, if it has more. */
static void semaphore_end_grants(struct semaphore *semaphore, const struct owner *owner,
                                 uint64_t permits) {
    assert(permits <= semaphore->all - semaphore->free);
    semaphore->free += permits;
    while (permits > 0) {
        struct permit *permit = semaphore_next_to_end(semaphore, owner);
        if (permit->hold.depth > permits) {
            permit->hold.depth -= (uint32_t)permits;
            return;
        }
        permits -= permit->hold.depth;
        hold_end(&permit->hold);
        semaphore_drop(semaphore, permit);
    }
}

static hf_status semaphore_release(struct call *call) {
    struct semaphore *semaphore = semaphore_of(call);
    const Hf__SemaphoreRelease *in = call->request->semaphore_release;
    uint32_t permits = 0;
    hf_status status = semaphore_count_permits(call, in->has_permits, in->permits, &permits);
    if (status != HF_OK) {
        return status;
    }
    uint64_t held = semaphore->all - semaphore->free;
    uint64_t added = permits > held ? permits - held : 0;
    if (added > 0 && semaphore->bounded) {
        return call_refuse(call, HF_VALUE_ERROR, "released more often than acquired");
    }
    if (added > UINT64_MAX - semaphore->all) {
        return call_refuse(call, HF_LIMIT, "the semaphore has as many permits as can be counted");
    }
    semaphore_end_grants(semaphore, call->owner, permits - added);
    semaphore->free += added;
    semaphore->all += added;
    assert(semaphore->free <= semaphore->all);
    assert(!semaphore->bounded || semaphore->all == semaphore->initial);
    return HF_OK;
}

/* The grant of the session with this fence; NULL: it has none. O(its grants). */
static struct permit *semaphore_find_permit(const struct semaphore *semaphore,
                                            const struct owner *owner, uint64_t fence) {
    struct holder **holder = semaphore_find(semaphore, owner);
    const struct link *grants = holder ? &(*holder)->grants : NULL;
    for (struct link *link = holder ? grants->next : NULL; link != grants; link = link->next) {
        struct permit *permit = LINK_OWNER(link, struct permit, of_holder);
        if (permit->hold.fence == fence) {
            return permit;
        }
    }
    return NULL;
}

static hf_status semaphore_extend(struct call *call) {
    const Hf__SemaphoreExtend *in = call->request->semaphore_extend;
    struct hold_lease *lease = NULL;
    hf_status status = grant_check_lease(call, true, in->lease_ms);
    if (status != HF_OK) {
        return status;
    }
    struct permit *permit = semaphore_find_permit(semaphore_of(call), call->owner, in->fence);
    if (!permit) {
        return call_refuse(call, HF_NOT_HELD,
                           "this session does not have the grant %llu (any more)",
                           (unsigned long long)in->fence);
    }
    status = grant_lease(call->object, in->lease_ms, &lease);
    if (status == HF_OK) {
        hold_lease_begin(&permit->hold, lease);
    }
    return status;
}

static hf_status semaphore_value(struct call *call) {
    return call_answer_count(call, semaphore_of(call)->free);
}

static const struct op semaphore_ops[] = {
    {HF__REQUEST__OP_SEMAPHORE_OPEN, semaphore_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_SEMAPHORE_ACQUIRE, semaphore_acquire,
     OP_CHANGES | OP_WAITS | OP_OWN_ORDER | OP_UNDOES, 0},
    {HF__REQUEST__OP_SEMAPHORE_RELEASE, semaphore_release, OP_CHANGES, 0},
    {HF__REQUEST__OP_SEMAPHORE_VALUE, semaphore_value, OP_READS, 0},
    {HF__REQUEST__OP_SEMAPHORE_EXTEND, semaphore_extend, OP_CHANGES, 0},
};

const struct type type_semaphore = {
    .tag = HF__TYPE__SEMAPHORE,
    .name = "semaphore",
    .object_size = sizeof(struct semaphore),
    TYPE_OPS(semaphore_ops),
    .init = semaphore_init,
    .fini = semaphore_fini,
    .options = semaphore_options,
    .waits_for_holders = true,
    .revoke = semaphore_revoke,
    .orphan = semaphore_orphan,
    .describe = semaphore_describe,
};
