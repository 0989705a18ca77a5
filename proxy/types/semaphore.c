/* SPDX-License-Identifier: MIT
 *
 * Semaphores: one function for each operation, see <holdfast/semaphore.h>.
 */
#include "call.h"

#include <holdfast/semaphore.h>

hf_status hf_semaphore_open(hf_client *client, const char *name, uint32_t permits,
                            const hf_semaphore_options *options, hf_semaphore *semaphore) {
    struct call call;
    const hf_semaphore_options given =
        options ? *options : (hf_semaphore_options){.bounded = false};
    Hf__SemaphoreOpen *op =
        call_begin_open(&call, client, HF__REQUEST__OP_SEMAPHORE_OPEN, name, given.mode);
    call_check(&call, reserved_check(&given));
    op->has_permits = true;
    op->permits = permits;
    op->has_bounded = op->bounded = given.bounded;
    op->has_keep_on_leave = op->keep_on_leave = given.keep_on_leave;
    return call_finish(&call, HF__REQUEST__OP_SEMAPHORE_OPEN, &op->base,
                       sink_handle(&semaphore->client, &semaphore->id));
}

CALL_REFERENCES(semaphore) /* hf_semaphore_ref(), hf_semaphore_from_ref() */

hf_status hf_semaphore_acquire(hf_semaphore semaphore, uint32_t permits, int64_t timeout_ms,
                               hf_grant *grant) {
    return call_with_number(HF_OBJECT(semaphore), timeout_ms, HF__REQUEST__OP_SEMAPHORE_ACQUIRE,
                            permits, sink_grant(grant));
}

hf_status hf_semaphore_acquire_leased(hf_semaphore semaphore, uint32_t permits, int64_t lease_ms,
                                      int64_t timeout_ms, hf_grant *grant) {
    struct call call;
    Hf__SemaphoreAcquire op = HF__SEMAPHORE_ACQUIRE__INIT;
    call_begin(&call, semaphore.client, semaphore.id);
    call_timeout(&call, timeout_ms);
    op.has_permits = op.has_lease_ms = true;
    op.permits = permits;
    op.lease_ms = lease_ms;
    return call_finish(&call, HF__REQUEST__OP_SEMAPHORE_ACQUIRE, &op.base, sink_grant(grant));
}

hf_status hf_semaphore_extend(hf_semaphore semaphore, uint64_t fence, int64_t lease_ms) {
    struct call call;
    Hf__SemaphoreExtend op = HF__SEMAPHORE_EXTEND__INIT;
    call_begin(&call, semaphore.client, semaphore.id);
    op.fence = fence;
    op.lease_ms = lease_ms;
    return call_finish(&call, HF__REQUEST__OP_SEMAPHORE_EXTEND, &op.base, sink_nothing());
}

hf_status hf_semaphore_release(hf_semaphore semaphore, uint32_t permits) {
    return call_with_number(HF_OBJECT(semaphore), 0, HF__REQUEST__OP_SEMAPHORE_RELEASE, permits,
                            sink_nothing());
}

hf_status hf_semaphore_value(hf_semaphore semaphore, uint64_t *permits) {
    return call_plain(HF_OBJECT(semaphore), HF__REQUEST__OP_SEMAPHORE_VALUE, sink_count(permits));
}

hf_status hf_semaphore_break(hf_semaphore semaphore, uint64_t fence) {
    return hf_object_break(HF_OBJECT(semaphore), fence);
}
