/* SPDX-License-Identifier: MIT
 *
 * lock_acquire_many: acquire several locks, all or none. The call joins the lanes of all locks in
 * the same moment, so two such calls never wait for each other in opposite order. It is granted
 * when it may have every lock. Meanwhile free locks stay free, except for calls that
 * call_may_pass() lets pass.
 */
#include "lock.h"

#include "family.h"
#include "grant.h"
#include "journal.h"
#include "lifetime.h"
#include "object.h"
#include "registry.h"
#include "wire_limits.h"

static hf_status lock_many_check_ids(struct call *call, const Hf__LockAcquireMany *in) {
    if (in->n_locks == 0 || in->n_locks > HF_ACQUIRE_MANY_MAX_LOCKS) {
        return call_refuse(call, HF_INVALID, "1 to %u locks can be acquired together",
                           HF_ACQUIRE_MANY_MAX_LOCKS);
    }
    for (size_t i = 1; i < in->n_locks; i++) {
        for (size_t j = 0; j < i; j++) {
            if (in->locks[i] == in->locks[j]) {
                return call_refuse(call, HF_INVALID, "lock %llu is named twice",
                                   (unsigned long long)in->locks[i]);
            }
        }
    }
    return HF_OK;
}

static hf_status lock_many_find_lock(struct call *call, uint64_t id, struct object **lock) {
    hf_status status = object_find_typed(call, id, &type_lock, lock);
    return status != HF_OK || family_refer(family_of(call), *lock) ? status : HF_NO_MEMORY;
}

static hf_status lock_many_find_locks(struct call *call, const Hf__LockAcquireMany *in,
                                      struct target *targets) {
    hf_status status = HF_OK;
    for (size_t i = 0; i < in->n_locks && status == HF_OK; i++) {
        targets[i].lane = LOCK_LANE;
        status = lock_many_find_lock(call, in->locks[i], &targets[i].object);
    }
    return status;
}

/* A refusal takes precedence over HF_WAIT. */
static hf_status lock_many_may_acquire(struct call *call, const struct target *targets,
                                       size_t count) {
    hf_status all = HF_OK;
    for (size_t i = 0; i < count; i++) {
        hf_status status = lock_may_acquire(call, targets[i].object);
        if (status == HF_WAIT) {
            all = HF_WAIT;
        } else if (status != HF_OK) {
            return status;
        }
    }
    return all;
}

static Hf__Grants *lock_many_new_grants(struct call *call, const struct target *targets,
                                        size_t count) {
    Hf__Grants *grants = call_message(call, &hf__grants__descriptor);
    if (!grants) {
        return NULL;
    }
    grants->grants = arena_zeroed(call->arena, count, sizeof(Hf__Grant *));
    for (; grants->grants && grants->n_grants < count; grants->n_grants++) {
        struct object *lock = targets[grants->n_grants].object;
        Hf__Grant *grant = lock_new_grant(call, lock);
        if (!grant) {
            return NULL;
        }
        grant->has_lock = true;
        grant->lock = lock->id;
        grants->grants[grants->n_grants] = grant;
    }
    return grants->grants ? grants : NULL;
}

/* A lease for each of the locks, or NULL for each if none is asked for. NULL: no memory. */
static struct hold_lease **lock_many_new_leases(struct call *call, const struct target *targets,
                                                size_t count) {
    int64_t lease_ms = call->request->lock_acquire_many->lease_ms;
    struct hold_lease **leases = arena_zeroed(call->arena, count, sizeof *leases);
    for (size_t i = 0; leases && i < count; i++) {
        if (grant_lease(targets[i].object, lease_ms, &leases[i]) != HF_OK) {
            while (i > 0) {
                hold_lease_drop(leases[--i]);
            }
            return NULL;
        }
    }
    return leases;
}

static hf_status lock_many_grant(struct call *call, const struct target *targets, size_t count) {
    Hf__Grants *grants = lock_many_new_grants(call, targets, count);
    if (!grants) {
        return HF_NO_MEMORY;
    }
    hf_status status = call_answer_message(call, HF__REPLY__RESULT_GRANTS, grants);
    struct hold_lease **leases =
        status == HF_OK ? lock_many_new_leases(call, targets, count) : NULL;
    if (!leases) {
        return status == HF_OK ? HF_NO_MEMORY : status;
    }
    for (size_t i = 0; i < count; i++) {
        struct object *lock = targets[i].object;
        hf_status one = lock_grant(call, lock, grants->grants[i]);
        lock_begin_lease(lock, leases[i]);
        journal_note(lock, HF__CAUSE__REQUESTED, call->owner->who, call->request);
        status = one == HF_OK ? status : one;
    }
    return status;
}

hf_status lock_acquire_many(struct call *call) {
    const Hf__LockAcquireMany *in = call->request->lock_acquire_many;
    hf_status status = grant_check_lease(call, in->has_lease_ms, in->lease_ms);
    if (status == HF_OK) {
        status = lock_many_check_ids(call, in);
    }
    if (status != HF_OK) {
        return status;
    }
    struct target *targets = arena_zeroed(call->arena, in->n_locks, sizeof *targets);
    if (!targets) {
        return HF_NO_MEMORY;
    }
    status = lock_many_find_locks(call, in, targets);
    if (status == HF_OK) {
        status = lock_many_may_acquire(call, targets, in->n_locks);
    }
    if (status == HF_WAIT) {
        return call_wait_for(call, targets, in->n_locks);
    }
    return status == HF_OK ? lock_many_grant(call, targets, in->n_locks) : status;
}
