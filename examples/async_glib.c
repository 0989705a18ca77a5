/* SPDX-License-Identifier: MIT
 *
 * async_glib: asynchronous calls in a main loop of GLib. A timer of the loop ticks while a call
 * waits for a job; the third tick puts one.
 *
 * The adapter is watch_async(). It has so few lines because there is so little to do: one
 * descriptor, always the same one, is watched for reading. In a forked child it is another one.
 * Before the child uses the hf_async, it removes the source, and watches again.
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

#include <glib-unix.h>
#include <inttypes.h>
#include <stdio.h>

/* ---- the adapter ---- */

static gboolean process_async(gint fd, GIOCondition condition, gpointer async) {
    (void)fd;
    (void)condition;
    (void)hf_async_process(async);
    return G_SOURCE_CONTINUE;
}

/* Remove it with g_source_remove(), before hf_async_free(). */
static guint watch_async(hf_async *async) {
    return g_unix_fd_add(hf_async_fd(async), G_IO_IN, process_async, async);
}

/* ---- the program ---- */

static struct {
    GMainLoop *loop;
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
    g_main_loop_quit(program.loop);
}

static gboolean tick(gpointer data) {
    (void)data;
    program.ticks++;
    printf("tick %d%s\n", program.ticks, program.ticks == 3 ? ": a job is put" : "");
    if (program.ticks == 3) {
        check(HF_ASYNC(program.async, on_put, NULL, NULL, hf_queue_put_int(program.jobs, 7, -1)));
    }
    return program.ticks < 3 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

int main(void) {
    hf_client *client = open_client();
    check(hf_queue_open(client, NULL, NULL, &program.jobs));
    check(hf_async_new(client, NULL, &program.async));
    program.loop = g_main_loop_new(NULL, FALSE);
    guint watched = watch_async(program.async);
    (void)g_timeout_add(10, tick, NULL);

    check(HF_ASYNC(program.async, on_job, NULL, NULL,
                   hf_queue_get_int(program.jobs, -1, &program.job)));
    g_main_loop_run(program.loop);

    (void)g_source_remove(watched);
    g_main_loop_unref(program.loop);
    hf_async_free(program.async);
    close_client(client);
    return 0;
}
