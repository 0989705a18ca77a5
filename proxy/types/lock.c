/* SPDX-License-Identifier: MIT
 *
 * Locks: one function for each operation, see <holdfast/lock.h>.
 */
#include "call.h"
#include "wire_limits.h"

#include <assert.h>
#include <holdfast/lock.h>

hf_status hf_lock_open(hf_client *client, const char *name, const hf_lock_options *options,
                       hf_lock *lock) {
    struct call call;
    const hf_lock_options given = options ? *options : (hf_lock_options){.reentrant = false};
    Hf__LockOpen *op = call_begin_open(&call, client, HF__REQUEST__OP_LOCK_OPEN, name, given.mode);
    call_check(&call, reserved_check(&given));
    op->has_reentrant = op->reentrant = given.reentrant;
    op->has_any_may_release = op->any_may_release = given.any_may_release;
    op->has_keep = op->keep = given.keep;
    op->has_keep_on_leave = op->keep_on_leave = given.keep_on_leave;
    return call_finish(&call, HF__REQUEST__OP_LOCK_OPEN, &op->base,
                       sink_handle(&lock->client, &lock->id));
}

CALL_REFERENCES(lock) /* hf_lock_ref(), hf_lock_from_ref() */

hf_status hf_lock_acquire(hf_lock lock, int64_t timeout_ms, hf_grant *grant) {
    return call_plain_timed(HF_OBJECT(lock), timeout_ms, HF__REQUEST__OP_LOCK_ACQUIRE,
                            sink_grant(grant));
}

hf_status hf_lock_acquire_leased(hf_lock lock, int64_t lease_ms, int64_t timeout_ms,
                                 hf_grant *grant) {
    return call_with_number(HF_OBJECT(lock), timeout_ms, HF__REQUEST__OP_LOCK_ACQUIRE,
                            (uint64_t)lease_ms, sink_grant(grant));
}

hf_status hf_lock_extend(hf_lock lock, int64_t lease_ms) {
    return call_with_number(HF_OBJECT(lock), 0, HF__REQUEST__OP_LOCK_EXTEND, (uint64_t)lease_ms,
                            sink_nothing());
}

static hf_status put_locks(struct call *call, const hf_lock *locks, size_t count, uint64_t *ids) {
    if (count > HF_ACQUIRE_MANY_MAX_LOCKS) {
        return call_invalid("1 to 64 locks can be acquired together");
    }
    assert(count > 0);
    for (size_t i = 0; i < count; i++) {
        if (locks[i].client != locks[0].client) {
            return call_invalid("the locks belong to different clients");
        }
        ids[i] = call_names(call, locks[i].id);
    }
    return HF_OK;
}

/* `lease_ms` NULL: without a lease. */
static hf_status lock_acquire_many(const hf_lock *locks, size_t count, const int64_t *lease_ms,
                                   int64_t timeout_ms, hf_grant *grants) {
    struct call call;
    Hf__LockAcquireMany op = HF__LOCK_ACQUIRE_MANY__INIT;
    uint64_t ids[HF_ACQUIRE_MANY_MAX_LOCKS];
    if (count == 0) {
        return call_invalid("no locks are given");
    }
    call_begin(&call, locks[0].client, 0);
    call_timeout(&call, timeout_ms);
    if (call.status == HF_OK) {
        call.status = put_locks(&call, locks, count, ids);
    }
    assert(call.status != HF_OK || count <= HF_ACQUIRE_MANY_MAX_LOCKS);
    op.locks = ids;
    op.n_locks = call.status == HF_OK ? count : 0;
    op.has_lease_ms = lease_ms != NULL;
    op.lease_ms = lease_ms ? *lease_ms : 0;
    return call_finish(&call, HF__REQUEST__OP_LOCK_ACQUIRE_MANY, &op.base,
                       sink_grants(grants, count));
}

hf_status hf_lock_acquire_many(const hf_lock *locks, size_t count, int64_t timeout_ms,
                               hf_grant *grants) {
    return lock_acquire_many(locks, count, NULL, timeout_ms, grants);
}

hf_status hf_lock_acquire_many_leased(const hf_lock *locks, size_t count, int64_t lease_ms,
                                      int64_t timeout_ms, hf_grant *grants) {
    return lock_acquire_many(locks, count, &lease_ms, timeout_ms, grants);
}

static hf_status lock_release(hf_lock lock, bool checked) {
    struct call call;
    Hf__LockRelease op = HF__LOCK_RELEASE__INIT;
    call_begin(&call, lock.client, lock.id);
    call.checked = checked;
    return call_finish(&call, HF__REQUEST__OP_LOCK_RELEASE, &op.base, sink_nothing());
}

hf_status hf_lock_release(hf_lock lock) {
    return lock_release(lock, false);
}

hf_status hf_lock_release_checked(hf_lock lock) {
    return lock_release(lock, true);
}

hf_status hf_lock_who(hf_lock lock, hf_holder *holder) {
    return call_plain(HF_OBJECT(lock), HF__REQUEST__OP_LOCK_WHO, sink_holder(holder));
}

hf_status hf_lock_transfer(hf_lock lock, uint64_t session, uint64_t party, hf_grant *grant) {
    struct call call;
    Hf__LockTransfer op = HF__LOCK_TRANSFER__INIT;
    call_begin(&call, lock.client, lock.id);
    op.session = session;
    op.has_party = party != 0;
    op.party = party;
    return call_finish(&call, HF__REQUEST__OP_LOCK_TRANSFER, &op.base, sink_grant(grant));
}

hf_status hf_guard(hf_lock lock, uint64_t fence) {
    struct session *session = lock.client ? session_of(lock.client) : NULL;
    if (!session) {
        return lock.client ? HF_NO_MEMORY : call_invalid("the handle was never opened");
    }
    session->guard_lock = lock.id;
    session->guard_fence = fence;
    return HF_OK;
}

hf_status hf_lock_break(hf_lock lock, uint64_t fence) {
    return hf_object_break(HF_OBJECT(lock), fence);
}
