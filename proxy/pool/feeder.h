/* SPDX-License-Identifier: MIT
 *
 * The two threads of a pool, each with a session of its own in which it calls as any other thread
 * does: the feeder, which hands over tasks, and the collector, which receives their results. When
 * one of them ends, the pool is over, and the other ends as well.
 */
#ifndef HF_FEEDER_H
#define HF_FEEDER_H

#include <holdfast/pool.h>

/** Start both, which open the pool and its submitter. Returns HF_OK; HF_SYSTEM: no thread; or what
 * the manager says. In any case feeder_stop() is to be called. */
HF_MUST_USE hf_status feeder_start(struct hf_pool *pool, const char *name);

/** Hand over what is detached, and end both. The pool is over. */
void feeder_stop(struct hf_pool *pool);

/** The collector's thread: collector.c. */
void *collector_main(void *argument);

/** Of either: it has its connection, which is not replaced from now on. */
void feeder_ready(struct hf_pool *pool);

#endif
