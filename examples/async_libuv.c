/* SPDX-License-Identifier: MIT
 *
 * async_libuv: asynchronous calls in a loop of libuv. A timer of the loop ticks while a call waits
 * for a job; the third tick puts one.
 *
 * The adapter is watch_async(). It has so few lines because there is so little to do: one
 * descriptor, always the same one, is watched for reading. In a forked child it is another one.
 * Before the child uses the hf_async, it closes the uv_poll_t, calls uv_loop_fork(), and watches
 * again.
 *
 * Teaches: hf_async_fd and hf_async_process in a loop, HF_ASYNC.
 *
 * Prints:
 *     tick 1
 *     tick 2
 *     tick 3: a job is put
 *     job 7 has come
 */
#define _POSIX_C_SOURCE 200809L /* uv.h needs it */

#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <uv.h>

/* ---- the adapter ---- */

static void process_async(uv_poll_t *watched, int status, int events) {
    (void)status;
    (void)events;
    (void)hf_async_process(watched->data);
}

/* Close it with uv_close(), before hf_async_free(). */
static void watch_async(uv_loop_t *loop, hf_async *async, uv_poll_t *watched) {
    if (uv_poll_init(loop, watched, hf_async_fd(async)) != 0) {
        give_up("cannot watch a descriptor");
    }
    watched->data = async;
    (void)uv_poll_start(watched, UV_READABLE, process_async);
}

/* ---- the program ---- */

static struct {
    uv_loop_t loop;
    uv_timer_t timer;
    uv_poll_t watched;
    hf_async *async;
    hf_queue jobs;
    int64_t job;
    int ticks;
} program;

static void on_put(hf_async *async, const hf_completion *completion) {
    (void)async;
    check(completion->status);
}

/* The loop ends when it has nothing to watch. */
static void on_job(hf_async *async, const hf_completion *completion) {
    (void)async;
    check(completion->status);
    printf("job %" PRId64 " has come\n", program.job);
    uv_close((uv_handle_t *)&program.timer, NULL);
    uv_close((uv_handle_t *)&program.watched, NULL);
}

static void tick(uv_timer_t *timer) {
    (void)timer;
    program.ticks++;
    printf("tick %d%s\n", program.ticks, program.ticks == 3 ? ": a job is put" : "");
    if (program.ticks == 3) {
        check(HF_ASYNC(program.async, on_put, NULL, NULL, hf_queue_put_int(program.jobs, 7, -1)));
    }
}

int main(void) {
    hf_client *client = open_client();
    check(hf_queue_open(client, NULL, NULL, &program.jobs));
    check(hf_async_new(client, NULL, &program.async));
    if (uv_loop_init(&program.loop) != 0 || uv_timer_init(&program.loop, &program.timer) != 0) {
        give_up("cannot make a loop");
    }
    watch_async(&program.loop, program.async, &program.watched);
    (void)uv_timer_start(&program.timer, tick, 10, 10);

    check(HF_ASYNC(program.async, on_job, NULL, NULL,
                   hf_queue_get_int(program.jobs, -1, &program.job)));
    (void)uv_run(&program.loop, UV_RUN_DEFAULT);

    (void)uv_loop_close(&program.loop);
    hf_async_free(program.async);
    close_client(client);
    return 0;
}
