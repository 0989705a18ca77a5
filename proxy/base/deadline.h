/* SPDX-License-Identifier: MIT
 *
 * Deadlines: a point in time on CLOCK_MONOTONIC, in milliseconds. Every call has one for all it
 * does, so that many short waits never add up to more than was allowed.
 */
#ifndef HF_DEADLINE_H
#define HF_DEADLINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define DEADLINE_NEVER INT64_MAX

/** The clock itself, in nanoseconds. */
int64_t deadline_now_ns(void);

/** The deadline `wait_ms` from now; a negative wait never ends. */
int64_t deadline_in(int64_t wait_ms);

/** Milliseconds until then: 0 when it has passed, DEADLINE_NEVER when it never comes. */
int64_t deadline_left(int64_t deadline_ms);

/** The same as an argument for poll(). */
int deadline_poll(int64_t deadline_ms);

/** The sum of two waits, of which a negative one never ends. */
int64_t deadline_add(int64_t wait_ms, int64_t more_ms);

/** Make a condition whose waits end by this clock. */
void deadline_cond_init(pthread_cond_t *cond);

/** Wait for the condition once. Returns false, not having waited, when the deadline has passed. */
bool deadline_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t deadline_ms);

#endif
