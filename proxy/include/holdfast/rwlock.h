/* SPDX-License-Identifier: MIT
 *
 * Read-write locks: many readers or one writer.
 *
 * The owner is a session, a thread of a process, as with locks; when it ends, what it held goes to
 * those who wait. Readers and writers wait in one queue, in order of arrival: neither starves.
 */
#ifndef HOLDFAST_RWLOCK_H
#define HOLDFAST_RWLOCK_H

#include <holdfast/lock.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Open the read-write lock with this name, or create it.
 *
 *  name     at most 1,024 bytes; NULL: an unnamed one
 *  Returns  HF_OK, HF_WRONG_TYPE (another type), by mode HF_EXISTS or HF_NO_OBJECT
 */
HF_API HF_MUST_USE hf_status hf_rwlock_open(hf_client *client, const char *name, hf_mode mode,
                                            hf_rwlock *lock);

/** Acquire it for reading, waiting until nobody writes and nobody who came before waits to write.
 *
 *  A thread that holds it, for reading or writing, has it at once, as often as it asks; also when
 *  others wait. A thread that writes goes on writing: to become a reader it releases.
 *
 *  grant    out; may be NULL
 *
 *  Returns  HF_OK; HF_OWNER_DIED: acquired as well, but the last writer died while it wrote; the
 *           first to acquire it afterwards is told; HF_TIMEOUT (not acquired); HF_DEADLOCK, as
 *           hf_lock_acquire(); HF_DELETED
 *  Order    first come, first served, readers that are next to each other together; cost grows with
 *           the number of readers that hold it
 *  Source   pthread_rwlock_rdlock
 */
HF_API HF_MUST_USE hf_status hf_rwlock_acquire_read(hf_rwlock lock, int64_t timeout_ms,
                                                    hf_grant *grant);

/** Acquire it for writing, waiting until nobody else holds it.
 *
 *  A thread that writes has it at once, as often as it asks. One that reads goes before all who
 *  wait, as soon as the other readers have released it; what it has read stays true. Two readers
 *  that do so would wait for each other: the second is refused with HF_DEADLOCK.
 *
 *  grant    out; may be NULL. A reader that goes on to write has two grants, each with its fence.
 *
 *  Returns  HF_OK; HF_OWNER_DIED, as above; HF_TIMEOUT (not acquired; a reader still reads);
 *           HF_DEADLOCK, as hf_lock_acquire(); HF_DELETED
 *  Order    first come, first served, among readers and writers
 *  Source   pthread_rwlock_wrlock
 */
HF_API HF_MUST_USE hf_status hf_rwlock_acquire_write(hf_rwlock lock, int64_t timeout_ms,
                                                     hf_grant *grant);

/** End this thread's latest acquire: a writer that has read before is a reader again.
 *
 *  Returns  HF_OK, HF_NOT_HELD (this thread does not hold it; unchanged)
 *  Source   pthread_rwlock_unlock
 */
HF_API hf_status hf_rwlock_release(hf_rwlock lock);

HF_API hf_any hf_rwlock_ref(hf_rwlock lock);
HF_API HF_MUST_USE hf_status hf_rwlock_from_ref(hf_client *client, hf_any ref, hf_rwlock *lock);

#ifdef __cplusplus
}
#endif
#endif
