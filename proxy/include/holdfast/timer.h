/* SPDX-License-Identifier: MIT
 *
 * Timers: threading.Timer. A timer runs a function later, in a thread of its own of this process.
 * No manager is involved unless the function uses one: it may make any call, with a session of its
 * own that ends with the thread.
 *
 *     hf_timer *timer = NULL;
 *     status = hf_timer_start(5000, give_up, &job, &timer);
 *     if (hf_ok(status)) {
 *         take_it();
 *         if (hf_timer_cancel(timer))
 *             puts("in time");
 *         status = hf_timer_join(timer);
 *     }
 */
#ifndef HOLDFAST_TIMER_H
#define HOLDFAST_TIMER_H

#include <holdfast/status.h>
#include <stdbool.h>
#include <stdint.h>

HF_BEGIN_DECLS

typedef struct hf_timer hf_timer;
typedef void hf_timer_function(void *argument);

/** Run `function(argument)` once, after some milliseconds, in a thread of its own with all signals
 *  blocked.
 *
 *  after_ms  0: at once
 *  timer     out; join it exactly once. NULL: nobody can cancel or join it
 *  Returns   HF_OK; HF_INVALID (no function, or a negative time); HF_NO_MEMORY; HF_SYSTEM (no
 *            thread could be started. hf_status_is_fatal() is true of it, but no connection is
 *            over)
 *  Cost      a thread while it waits and runs; no round trip
 *  Source    threading.Timer(interval, function).start()
 */
HF_API HF_MUST_USE hf_status hf_timer_start(int64_t after_ms, hf_timer_function *function,
                                            void *argument, hf_timer **timer);

/** Stop the timer if its function has not begun. Any thread may call this.
 *
 *  Returns  true if the function will never run, also when it was cancelled before; false if it
 *           runs or has run
 *  Source   Timer.cancel
 */
HF_API bool hf_timer_cancel(hf_timer *timer);

/** Wait until the function has returned or the timer has been cancelled, then release the timer.
 *
 *  timer    NULL is accepted. A thread that is cancelled while it waits does not release the timer:
 *           another one may join it. In a child after fork(), which does not have the timer's
 *           thread, the timer is released at once
 *  Returns  HF_OK; HF_DEADLOCK (called by the timer's own function; the timer is not released)
 *  Source   Timer.join
 */
HF_API hf_status hf_timer_join(hf_timer *timer);

HF_END_DECLS
#endif
