/* SPDX-License-Identifier: MIT
 *
 * A deadline is a point in time on CLOCK_MONOTONIC, in milliseconds. Each call has one for all its
 * waits, so that their sum never exceeds the caller's timeout.
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

/** The milliseconds until then: 0 if it has passed, DEADLINE_NEVER if it never comes. */
int64_t deadline_left(int64_t deadline_ms);

/** The same as a timeout for poll(). */
int deadline_poll(int64_t deadline_ms);

/** The sum of two waits; a negative wait never ends. */
int64_t deadline_add(int64_t wait_ms, int64_t more_ms);

/** Make a condition variable that uses this clock. */
void deadline_cond_init(pthread_cond_t *cond);

/** Wait for the condition once. If the deadline has passed, returns false and has not waited. */
bool deadline_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t deadline_ms);

#endif
