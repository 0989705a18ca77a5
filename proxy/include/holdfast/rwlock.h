/* SPDX-License-Identifier: MIT
 *
 * Read-write locks: many readers or one writer.
 *
 * The owner is a session, a thread of a process, as with locks; when it ends, what it held goes to
 * the waiting calls. Readers and writers wait in one queue, in order of arrival: neither starves.
 */
#ifndef HOLDFAST_RWLOCK_H
#define HOLDFAST_RWLOCK_H

#include <holdfast/lock.h>

HF_BEGIN_DECLS

typedef struct hf_rwlock_options {
    hf_mode mode;
    bool keep_on_leave; /**< it stays held when its holder leaves in order: hf_client_leave(); then
                             any thread may release it */
    uint64_t reserved[8]; /**< zeros */
} hf_rwlock_options;

#define HF_RWLOCK_OPTIONS HF_ZEROS

/** Open the read-write lock with this name, or create it.
 *
 *  options  borrowed; NULL: none
 *  Returns  HF_OK; HF_WRONG_TYPE (another type, or other options); HF_EXISTS or HF_NO_OBJECT (by
 *           mode)
 */
HF_API HF_MUST_USE hf_status hf_rwlock_open(hf_client *client, const char *name,
                                            const hf_rwlock_options *options, hf_rwlock *lock);

/** Acquire the lock for reading, waiting while another thread writes or an earlier call waits to
 *  write.
 *
 *  A thread that holds the lock, for reading or writing, has it at once, as often as it asks, even
 *  if others wait. A thread that writes goes on writing: to become a reader it releases.
 *
 *  grant    out
 *  Returns  HF_OK; HF_OWNER_DIED (acquired as well, but the last writer died while it wrote; only
 *           the first to acquire it afterwards is told); HF_TIMEOUT (not acquired); HF_DEADLOCK (as
 *           hf_lock_acquire()); HF_DELETED
 *  Order    first come, first served; readers next to each other are granted together
 *  Cost     O(readers that hold it) in the manager
 *  Source   pthread_rwlock_rdlock
 */
HF_API HF_MUST_USE hf_status hf_rwlock_acquire_read(hf_rwlock lock, int64_t timeout_ms,
                                                    hf_grant *grant);

/** Acquire the lock for writing, waiting until nobody else holds it.
 *
 *  A thread that writes has it at once, as often as it asks. A thread that reads gets it before all
 *  waiting calls, as soon as the other readers have released it, so what it has read stays true.
 *  Two readers that do so would wait for each other: the second gets HF_DEADLOCK.
 *
 *  grant    out; a reader that goes on to write has two grants, each with its fence
 *  Returns  HF_OK; HF_OWNER_DIED (as hf_rwlock_acquire_read()); HF_TIMEOUT (not acquired; a reader
 *           still reads); HF_DEADLOCK (as hf_lock_acquire()); HF_DELETED
 *  Order    first come, first served, among readers and writers
 *  Cost     O(readers that hold it) in the manager
 *  Source   pthread_rwlock_wrlock
 */
HF_API HF_MUST_USE hf_status hf_rwlock_acquire_write(hf_rwlock lock, int64_t timeout_ms,
                                                     hf_grant *grant);

/** Acquire it for a time, as hf_lock_acquire_leased(). A reader that loses its grant so is told
 *  nowhere else; after a writer that does, the next one to acquire gets HF_OWNER_DIED.
 *
 *  lease_ms  at least 1, from the grant on; if this thread reads or writes already, from now on
 *  Returns   as hf_rwlock_acquire_read() or ..._write(); HF_INVALID (a lease of 0 or less)
 */
HF_API HF_MUST_USE hf_status hf_rwlock_acquire_read_leased(hf_rwlock lock, int64_t lease_ms,
                                                           int64_t timeout_ms, hf_grant *grant);
HF_API HF_MUST_USE hf_status hf_rwlock_acquire_write_leased(hf_rwlock lock, int64_t lease_ms,
                                                            int64_t timeout_ms, hf_grant *grant);

/** Let the leases of this thread's grants end `lease_ms` from now: of both, if it read before it
 *  wrote. Grants without a lease have one then.
 *
 *  Returns  HF_OK; HF_NOT_HELD (this thread does not hold it, or not any more); HF_INVALID
 */
HF_API HF_MUST_USE hf_status hf_rwlock_extend(hf_rwlock lock, int64_t lease_ms);

/** End this thread's latest acquire: a writer that was a reader before is a reader again.
 *
 *  Returns  HF_OK; HF_NOT_HELD (this thread does not hold it; unchanged)
 *  Source   pthread_rwlock_unlock
 */
HF_API hf_status hf_rwlock_release(hf_rwlock lock);

/** End a reader's or the writer's grant, whoever has it: hf_object_break(). hf_object_describe()
 *  tells the fences. */
HF_API HF_MUST_USE hf_status hf_rwlock_break(hf_rwlock lock, uint64_t fence);

HF_API hf_any hf_rwlock_ref(hf_rwlock lock);
HF_API HF_MUST_USE hf_status hf_rwlock_from_ref(hf_client *client, hf_any ref, hf_rwlock *lock);

HF_END_DECLS
#endif
