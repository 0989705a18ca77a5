/* SPDX-License-Identifier: MIT
 *
 * The supervisor of a pool's workers: a process of its own, so that they neither live in the
 * submitting process nor outlive it.
 */
#ifndef HF_SUPERVISOR_H
#define HF_SUPERVISOR_H

#include <holdfast/pool.h>
#include <sys/types.h>

/** How many workers there are at most, by these options. */
size_t supervisor_most(const hf_pool_options *options);

/** Start a supervisor, which starts the workers. It ends, and they with it, when the pool is closed
 *  and has run everything, or is terminated or deleted; when the submitter is gone, or this
 *  process; and when the manager is.
 *
 *  submitter  for whom; 0: nobody
 *  options    borrowed until it returns, but for what is said to stay
 *  pid        out: of the supervisor, a child of this process and the caller's to fetch
 *
 *  Returns    HF_OK: the manager knows it, so that no task waits for workers that nobody starts;
 *             HF_INVALID (neither functions nor a program, or a program that is not there);
 *             HF_SYSTEM (the system gives no process); HF_CLOSED; HF_NO_OBJECT; HF_NO_MEMORY; or a
 *             fatal status. Then there is no supervisor
 */
HF_MUST_USE hf_status supervisor_start(hf_client *client, uint64_t pool, uint64_t submitter,
                                       const hf_pool_options *options, pid_t *pid);

#endif
