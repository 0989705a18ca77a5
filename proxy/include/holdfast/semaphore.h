/* SPDX-License-Identifier: MIT
 *
 * Semaphores: threading.Semaphore and BoundedSemaphore, with several permits at once.
 *
 * Permits belong to the session (a thread of a process) that acquired them: when it ends, in
 * whatever way, they come back and those who wait have them. So what is to outlast its sender, a
 * signal that one thread gives and another uses up, is better a queue's item or an event.
 */
#ifndef HOLDFAST_SEMAPHORE_H
#define HOLDFAST_SEMAPHORE_H

#include <holdfast/lock.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_semaphore_options {
    hf_mode mode;
    bool bounded; /**< it never has more permits than at first */
} hf_semaphore_options;

/** Open the semaphore with this name, or create it.
 *
 *  name     at most 1,024 bytes; NULL: an unnamed semaphore
 *  permits  how many are free at first; may be 0
 *  options  NULL: unbounded
 *  Returns  HF_OK; HF_WRONG_TYPE (another type, another initial number, or the other kind); by mode
 *           HF_EXISTS or HF_NO_OBJECT
 *  Source   threading.Semaphore(value), threading.BoundedSemaphore(value)
 */
HF_API HF_MUST_USE hf_status hf_semaphore_open(hf_client *client, const char *name,
                                               uint32_t permits,
                                               const hf_semaphore_options *options,
                                               hf_semaphore *semaphore);

/** Acquire so many permits at once, waiting until they are free.
 *
 *  permits  at least 1
 *  grant    out; may be NULL; its depth is `permits`
 *
 *  Returns  HF_OK; HF_TIMEOUT, HF_DELETED (nothing acquired); HF_VALUE_ERROR (at once: more than a
 *           bounded semaphore ever has); HF_INVALID (0 permits)
 *  Order    first come, first served: a request for many is not overtaken by one for few; O(1) in
 *           the manager
 *  Source   threading.Semaphore.acquire(blocking, timeout)
 */
HF_API HF_MUST_USE hf_status hf_semaphore_acquire(hf_semaphore semaphore, uint32_t permits,
                                                  int64_t timeout_ms, hf_grant *grant);

/** Release so many permits: this thread's own, the longest held first, and beyond these, where the
 *  semaphore is unbounded, new ones.
 *
 *  permits  at least 1
 *
 *  Returns  HF_OK; of a bounded semaphore HF_VALUE_ERROR (it would have more than at first) or
 *           HF_NOT_HELD (this thread does not hold so many); HF_INVALID (0 permits). Refused, it
 *           has released nothing.
 *  Cost     in the manager, by the grants that end and those who can go on
 *  Source   threading.Semaphore.release(n), BoundedSemaphore's ValueError
 */
HF_API hf_status hf_semaphore_release(hf_semaphore semaphore, uint32_t permits);

/** How many permits are free. True when it was asked; with other users about, perhaps no longer.
 *
 *  Source   multiprocessing.Semaphore.get_value()
 */
HF_API HF_MUST_USE hf_status hf_semaphore_value(hf_semaphore semaphore, uint64_t *permits);

HF_API hf_any hf_semaphore_ref(hf_semaphore semaphore);
HF_API HF_MUST_USE hf_status hf_semaphore_from_ref(hf_client *client, hf_any ref,
                                                   hf_semaphore *semaphore);

#ifdef __cplusplus
}
#endif
#endif
