/* SPDX-License-Identifier: MIT
 *
 * timer: run a function after a while, unless it is called off. It runs in a thread of its own and
 * may use the client like any other thread.
 *
 * Teaches: hf_timer_start, hf_timer_cancel, hf_timer_join.
 *
 * Prints:
 *     the tea: ready
 *     the alarm: called off
 *     the tea: too late to call it off
 */
#include "support.h"

#include <stdio.h>

enum { TEA_MS = 30, ALARM_MS = 3600000 };

static void serve_tea(void *argument) {
    const hf_event *tea_ready = argument;
    check(hf_event_set(*tea_ready)); /* releases all waiting calls, of all processes */
}

static void ring_alarm(void *argument) {
    (void)argument;
    printf("the alarm: rings\n");
}

int main(void) {
    hf_client *client = open_client();
    hf_event tea_ready;
    check(hf_event_open(client, NULL, HF_OPEN_OR_CREATE, &tea_ready));

    hf_timer *tea = NULL;
    hf_timer *alarm = NULL;
    check(hf_timer_start(TEA_MS, serve_tea, &tea_ready, &tea));
    check(hf_timer_start(ALARM_MS, ring_alarm, NULL, &alarm));

    check(hf_event_wait(tea_ready, -1));
    printf("the tea: ready\n");
    printf("the alarm: %s\n", hf_timer_cancel(alarm) ? "called off" : "too late");
    printf("the tea: %s\n", hf_timer_cancel(tea) ? "called off" : "too late to call it off");

    check(hf_timer_join(tea)); /* exactly once: this also releases the timer */
    check(hf_timer_join(alarm));
    close_client(client);
    return 0;
}
