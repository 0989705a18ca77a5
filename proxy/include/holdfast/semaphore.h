/* SPDX-License-Identifier: MIT
 *
 * Semaphores: threading.Semaphore and BoundedSemaphore, with several permits at once.
 *
 * Any thread of any process may release. So a semaphore limits how many do something at a time, and
 * is also a signal, which one releases and another acquires. Permits belong to the session (a
 * thread of a process) that acquired them until anybody has released them. When the session ends,
 * in whatever way, what it still has comes back and goes to the waiting calls.
 */
#ifndef HOLDFAST_SEMAPHORE_H
#define HOLDFAST_SEMAPHORE_H

#include <holdfast/lock.h>

HF_BEGIN_DECLS

typedef struct hf_semaphore_options {
    hf_mode mode;
    bool bounded;       /**< it never has more permits than at first */
    bool keep_on_leave; /**< permits stay held when their thread leaves in order: hf_client_leave();
                             then a release by anybody ends them before others' */
    uint64_t reserved[8]; /**< zeros */
} hf_semaphore_options;

#define HF_SEMAPHORE_OPTIONS HF_ZEROS

/** Open the semaphore with this name, or create it.
 *
 *  permits    how many are free at first; may be 0
 *  options    borrowed; NULL: unbounded
 *  Returns    HF_OK; HF_WRONG_TYPE (another type, another initial number, or bounded where this is
 *             not); HF_EXISTS or HF_NO_OBJECT (by mode)
 *  Source     threading.Semaphore(value), threading.BoundedSemaphore(value)
 */
HF_API HF_MUST_USE hf_status hf_semaphore_open(hf_client *client, const char *name,
                                               uint32_t permits,
                                               const hf_semaphore_options *options,
                                               hf_semaphore *semaphore);

/** Acquire several permits at once, waiting until they are free.
 *
 *  permits  at least 1
 *  grant    out; its depth is `permits`
 *  Returns  HF_OK; HF_TIMEOUT, HF_DELETED (nothing acquired); HF_VALUE_ERROR (at once: more than a
 *           bounded semaphore ever has); HF_INVALID (0 permits)
 *  Order    first come, first served: a call for few permits does not overtake one for many
 *  Source   threading.Semaphore.acquire(blocking, timeout)
 */
HF_API HF_MUST_USE hf_status hf_semaphore_acquire(hf_semaphore semaphore, uint32_t permits,
                                                  int64_t timeout_ms, hf_grant *grant);

/** Acquire permits for a time: what this thread still has of them when the lease ends comes back.
 *
 *  lease_ms  at least 1, from the grant on
 *  Returns   as hf_semaphore_acquire(); HF_INVALID also for a lease of 0 or less
 */
HF_API HF_MUST_USE hf_status hf_semaphore_acquire_leased(hf_semaphore semaphore, uint32_t permits,
                                                         int64_t lease_ms, int64_t timeout_ms,
                                                         hf_grant *grant);

/** Let the lease of a grant end `lease_ms` from now. A grant without one has one then.
 *
 *  fence    hf_grant.fence
 *  Returns  HF_OK; HF_NOT_HELD (this thread does not have the grant, or not any more); HF_INVALID
 *  Cost     O(grants that this thread has of the semaphore) in the manager
 */
HF_API HF_MUST_USE hf_status hf_semaphore_extend(hf_semaphore semaphore, uint64_t fence,
                                                 int64_t lease_ms);

/** Release permits: this thread's own, then nobody's (keep_on_leave), then those of others, each
 *  the oldest first; beyond these an unbounded semaphore gets new ones.
 *
 *  permits  at least 1
 *  Returns  HF_OK; HF_VALUE_ERROR (a bounded one would have more than at first), HF_LIMIT (more
 *           than 64 bits can count), HF_INVALID (0 permits): nothing is released
 *  Cost     O(grants that end) in the manager
 *  Source   threading.Semaphore.release(n), BoundedSemaphore's ValueError
 */
HF_API hf_status hf_semaphore_release(hf_semaphore semaphore, uint32_t permits);

/** End a grant, whoever has it: what is left of its permits comes back. See hf_object_break();
 *  hf_object_describe() tells the fences. */
HF_API HF_MUST_USE hf_status hf_semaphore_break(hf_semaphore semaphore, uint64_t fence);

/** Get how many permits are free. Others may have changed that before the caller sees it.
 *  Source: multiprocessing.Semaphore.get_value() */
HF_API HF_MUST_USE hf_status hf_semaphore_value(hf_semaphore semaphore, uint64_t *permits);

HF_API hf_any hf_semaphore_ref(hf_semaphore semaphore);
HF_API HF_MUST_USE hf_status hf_semaphore_from_ref(hf_client *client, hf_any ref,
                                                   hf_semaphore *semaphore);

HF_END_DECLS
#endif
