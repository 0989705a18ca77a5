/* SPDX-License-Identifier: MIT
 *
 * Timers: threading.Timer. A function that runs after a while, in a thread of its own of this
 * process. No manager is involved, unless the function uses one: it may make any call, as a thread
 * like others, with a session of its own that ends with it.
 *
 *     hf_timer *timer;
 *     status = hf_timer_start(5000, give_up, &job, &timer);
 *     ...
 *     if (hf_timer_cancel(timer)) { ... in time ... }
 *     (void)hf_timer_join(timer);
 */
#ifndef HOLDFAST_TIMER_H
#define HOLDFAST_TIMER_H

#include <holdfast/status.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_timer hf_timer;
typedef void hf_timer_function(void *argument);

/** Run `function(argument)` once, after so many milliseconds, in a thread of its own with all
 * signals blocked.
 *
 *  after_ms  0: at once
 *  timer     out; to be joined exactly once. NULL: not wanted, nobody can cancel or join it
 *
 *  Returns   HF_OK; HF_INVALID (no function, or a negative time); HF_NO_MEMORY; HF_SYSTEM (no
 * thread could be started; the only status here that hf_status_is_fatal() is true of, and no
 *            connection is over)
 *  Cost      a thread for as long as it waits and runs; no round trip
 *  Source    threading.Timer(interval, function).start()
 */
HF_API HF_MUST_USE hf_status hf_timer_start(int64_t after_ms, hf_timer_function *function,
                                            void *argument, hf_timer **timer);

/** Stop the timer if its function has not begun. Returns whether the function will never run: true
 *  again when it was cancelled before, false when it runs or has run. From any thread. */
HF_API bool hf_timer_cancel(hf_timer *timer);

/** Wait until the function has returned or the timer has been cancelled, then release the timer.
 *
 *  timer    NULL is accepted. In a child after fork(), where the timer's thread is not, it is
 *           released at once
 *
 *  Returns  HF_OK; HF_DEADLOCK (called by the timer's own function; the timer is still there)
 *  Source   Timer.join
 */
HF_API hf_status hf_timer_join(hf_timer *timer);

#ifdef __cplusplus
}
#endif
#endif
