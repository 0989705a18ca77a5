/* SPDX-License-Identifier: MIT
 *
 * Read-write locks: one function for each operation, see <holdfast/rwlock.h>.
 */
#include "call.h"

#include <holdfast/rwlock.h>

hf_status hf_rwlock_open(hf_client *client, const char *name, const hf_rwlock_options *options,
                         hf_rwlock *lock) {
    struct call call;
    const hf_rwlock_options given =
        options ? *options : (hf_rwlock_options){.keep_on_leave = false};
    Hf__RwlockOpen *op =
        call_begin_open(&call, client, HF__REQUEST__OP_RWLOCK_OPEN, name, given.mode);
    call_check(&call, reserved_check(&given));
    op->has_keep_on_leave = op->keep_on_leave = given.keep_on_leave;
    return call_finish(&call, HF__REQUEST__OP_RWLOCK_OPEN, &op->base,
                       sink_handle(&lock->client, &lock->id));
}

CALL_REFERENCES(rwlock) /* hf_rwlock_ref(), hf_rwlock_from_ref() */

hf_status hf_rwlock_acquire_read(hf_rwlock lock, int64_t timeout_ms, hf_grant *grant) {
    return call_plain_timed(HF_OBJECT(lock), timeout_ms, HF__REQUEST__OP_RWLOCK_ACQUIRE_READ,
                            sink_grant(grant));
}

hf_status hf_rwlock_acquire_write(hf_rwlock lock, int64_t timeout_ms, hf_grant *grant) {
    return call_plain_timed(HF_OBJECT(lock), timeout_ms, HF__REQUEST__OP_RWLOCK_ACQUIRE_WRITE,
                            sink_grant(grant));
}

hf_status hf_rwlock_acquire_read_leased(hf_rwlock lock, int64_t lease_ms, int64_t timeout_ms,
                                        hf_grant *grant) {
    return call_with_number(HF_OBJECT(lock), timeout_ms, HF__REQUEST__OP_RWLOCK_ACQUIRE_READ,
                            (uint64_t)lease_ms, sink_grant(grant));
}

hf_status hf_rwlock_acquire_write_leased(hf_rwlock lock, int64_t lease_ms, int64_t timeout_ms,
                                         hf_grant *grant) {
    return call_with_number(HF_OBJECT(lock), timeout_ms, HF__REQUEST__OP_RWLOCK_ACQUIRE_WRITE,
                            (uint64_t)lease_ms, sink_grant(grant));
}

hf_status hf_rwlock_extend(hf_rwlock lock, int64_t lease_ms) {
    return call_with_number(HF_OBJECT(lock), 0, HF__REQUEST__OP_RWLOCK_EXTEND, (uint64_t)lease_ms,
                            sink_nothing());
}

hf_status hf_rwlock_release(hf_rwlock lock) {
    return call_plain(HF_OBJECT(lock), HF__REQUEST__OP_RWLOCK_RELEASE, sink_nothing());
}

hf_status hf_rwlock_break(hf_rwlock lock, uint64_t fence) {
    return hf_object_break(HF_OBJECT(lock), fence);
}
