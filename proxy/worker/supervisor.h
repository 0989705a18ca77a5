/* SPDX-License-Identifier: MIT
 *
 * The supervisor of a pool's workers: a process of its own, which can fork at any time, and with
 * which its workers end.
 */
#ifndef HF_SUPERVISOR_H
#define HF_SUPERVISOR_H

#include <holdfast/pool.h>
#include <sys/types.h>

/** The largest number of workers by these options. */
size_t supervisor_most(const hf_pool_options *options);

/** Start a supervisor, which starts the workers. It ends, and its workers with it, when the pool is
 *  closed and has run all tasks, or is terminated or deleted; when the submitter or this process is
 *  gone; and when the manager is.
 *
 *  submitter  with which it ends; 0: none
 *  options    borrowed until it returns, but for the parts that <holdfast/pool.h> says must stay
 *  pid        out: of the supervisor, a child of this process, which the caller fetches
 *
 *  Returns    HF_OK: the manager knows it, so that no task waits for a supervisor that has ended;
 *             HF_INVALID (neither functions nor a program, or a program that is not there);
 *             HF_SYSTEM (the system gives no process); HF_CLOSED; HF_NO_OBJECT; HF_NO_MEMORY; or a
 *             fatal status. Then there is no supervisor
 */
HF_MUST_USE hf_status supervisor_start(hf_client *client, uint64_t pool, uint64_t submitter,
                                       const hf_pool_options *options, pid_t *pid);

#endif
