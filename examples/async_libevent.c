/* SPDX-License-Identifier: MIT
 *
 * async_libevent: asynchronous calls in a loop of libevent. A timer of the loop ticks while a call
 * waits for a job; the third tick puts one.
 *
 * The adapter is watch_async(). It has so few lines because there is so little to do: one
 * descriptor, always the same one, is watched for reading. In a forked child it is another one.
 * Before the child uses the hf_async, it frees the event, calls event_reinit(), and watches again.
 *
 * Teaches: hf_async_fd and hf_async_process in a loop, HF_ASYNC.
 *
 * Prints:
 *     tick 1
 *     tick 2
 *     tick 3: a job is put
 *     job 7 has come
 */
#include "support.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>

/* ---- the adapter ---- */

static void process_async(evutil_socket_t fd, short what, void *async) {
    (void)fd;
    (void)what;
    (void)hf_async_process(async);
}

/* Release it with event_free(), before hf_async_free(). */
static struct event *watch_async(struct event_base *base, hf_async *async) {
    struct event *event =
        event_new(base, hf_async_fd(async), EV_READ | EV_PERSIST, process_async, async);
    if (!event || event_add(event, NULL) != 0) {
        give_up("no memory for an event");
    }
    return event;
}

/* ---- the program ---- */

static struct {
    struct event_base *base;
    hf_async *async;
    hf_queue jobs;
    int64_t job;
    int ticks;
} program;

static void on_put(hf_async *async, const hf_completion *completion) {
    (void)async;
    check(completion->status);
}

static void on_job(hf_async *async, const hf_completion *completion) {
    (void)async;
    check(completion->status);
    printf("job %" PRId64 " has come\n", program.job);
    (void)event_base_loopbreak(program.base);
}

static void tick(evutil_socket_t fd, short what, void *data) {
    (void)fd;
    (void)what;
    (void)data;
    program.ticks++;
    printf("tick %d%s\n", program.ticks, program.ticks == 3 ? ": a job is put" : "");
    if (program.ticks == 3) {
        check(HF_ASYNC(program.async, on_put, NULL, NULL, hf_queue_put_int(program.jobs, 7, -1)));
    }
}

int main(void) {
    const struct timeval tick_time = {.tv_usec = 10000};
    hf_client *client = open_client();
    check(hf_queue_open(client, NULL, NULL, &program.jobs));
    check(hf_async_new(client, NULL, &program.async));
    program.base = event_base_new();
    if (!program.base) {
        give_up("no memory for a loop");
    }
    struct event *watched = watch_async(program.base, program.async);
    struct event *timer = event_new(program.base, -1, EV_PERSIST, tick, NULL);
    if (!timer || event_add(timer, &tick_time) != 0) {
        give_up("no memory for a timer");
    }

    check(HF_ASYNC(program.async, on_job, NULL, NULL,
                   hf_queue_get_int(program.jobs, -1, &program.job)));
    (void)event_base_dispatch(program.base);

    event_free(timer);
    event_free(watched);
    event_base_free(program.base);
    hf_async_free(program.async);
    close_client(client);
    return 0;
}
