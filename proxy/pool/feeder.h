/* SPDX-License-Identifier: MIT
 *
 * The two threads of a pool: the feeder, which sends tasks, and the collector, which receives their
 * results. Each calls the manager like any other thread, in a session of its own. When one of them
 * ends, it ends the pool, and with it the other one.
 */
#ifndef HF_FEEDER_H
#define HF_FEEDER_H

#include <holdfast/pool.h>

/** Start both; the feeder opens the pool and its submitter. Returns HF_OK; HF_SYSTEM: no thread; or
 * the manager's status. Call feeder_stop() in any case. */
HF_MUST_USE hf_status feeder_start(struct hf_pool *pool, const char *name);

/** Send the detached tasks, and end both threads. The pool is over then. */
void feeder_stop(struct hf_pool *pool);

/** The collector's thread, in collector.c. */
void *collector_main(void *argument);

/** For both threads: it has a connection, which must not be replaced from now on. */
void feeder_ready(struct hf_pool *pool);

#endif
