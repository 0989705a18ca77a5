/* SPDX-License-Identifier: MIT
 *
 * What an asynchronous get costs the client: 64 are in flight, and the callback
 * of each submits the next. The core in memory answers at the other end of a
 * socket of this process, which is not counted. Nothing waits: both take turns.
 */
#include "async_get.h"

#include "core.h"
#include "unix_path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <holdfast.h>
#include <valgrind/callgrind.h>

enum { IN_FLIGHT = 64, WARM = 100, ROUNDS = 1000, NUMBER = 1000000000 };

static struct {
    struct core *core;
    struct session *session; /* NULL: nobody has connected yet */
    int listener;
    int socket;
} peer;

static struct {
    hf_async *async;
    hf_dict dict;
    unsigned long done;
    bool ends;
    int64_t numbers[IN_FLIGHT];
} load;

/* ---- the manager's side ---- */

static void output(void *nobody, const uint8_t *bytes, size_t len) {
    (void)nobody;
    assert_non_null(bytes); /* the session does not end */
    assert_int_equal(send(peer.socket, bytes, len, MSG_DONTWAIT), len);
}

static void listen_at(char *address, size_t capacity) {
    struct sockaddr_un place;
    (void)snprintf(address, capacity, "unix:@holdfast-instructions-%d", (int)getpid());
    socklen_t len = unix_path_address(address + strlen("unix:"), &place);
    peer.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(peer.listener, (const struct sockaddr *)&place, len), 0);
    assert_int_equal(listen(peer.listener, 1), 0);
    struct core_config config = core_defaults();
    memcpy(config.seed, "a seed of thirty-two bytes, here", sizeof config.seed);
    peer.core = core_new(&config, output);
    assert_non_null(peer.core);
}

/* Answer what has come. */
static void serve(void) {
    static uint8_t bytes[1 << 16];
    if (!peer.session) {
        peer.socket = accept(peer.listener, NULL, NULL);
        peer.session = peer.socket >= 0 ? core_open(peer.core, NULL, false) : NULL;
    }
    ssize_t len = peer.session ? recv(peer.socket, bytes, sizeof bytes, MSG_DONTWAIT) : 0;
    for (size_t at = 0; len > 0 && at < (size_t)len;) {
        size_t taken = core_feed(peer.core, peer.session, bytes + at, (size_t)len - at);
        assert_true(taken > 0); /* a frame that was sent whole has come whole */
        at += taken;
    }
}

/* ---- the client's side ---- */

static void on_number(hf_async *async, const hf_completion *completion);

static void submit_get(hf_async *async, int64_t *number) {
    assert_true(HF_ASYNC(async, on_number, number, NULL,
                         hf_dict_get_int(load.dict, "key-500", number)) == HF_OK);
}

static void on_number(hf_async *async, const hf_completion *completion) {
    int64_t *number = completion->data;
    load.done++;
    assert_true(completion->status == HF_OK && *number == NUMBER);
    if (!load.ends) {
        submit_get(async, number);
    }
}

static void on_end(hf_async *async, const hf_completion *completion) {
    (void)async;
    assert_int_equal(completion->status, HF_OK);
}

/* No part of what is counted. */
static void run_until_all_is_done(void) {
    while (hf_async_in_flight(load.async) > 0) {
        serve();
        (void)hf_async_process(load.async);
    }
}

static void begin(hf_client *client) {
    assert_int_equal(hf_async_new(client, NULL, &load.async), HF_OK);
    assert_int_equal(HF_ASYNC(load.async, on_end, NULL, NULL,
                              hf_dict_open(client, NULL, HF_OPEN_OR_CREATE, &load.dict)),
                     HF_OK);
    run_until_all_is_done();
    assert_int_equal(
        HF_ASYNC(load.async, on_end, NULL, NULL, hf_dict_set_int(load.dict, "key-500", NUMBER)),
        HF_OK);
    run_until_all_is_done();
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        submit_get(load.async, &load.numbers[i]);
    }
}

void async_get_count(void) {
    char address[64];
    hf_client *client = NULL;
    listen_at(address, sizeof address);
    assert_int_equal(hf_client_new(address, NULL, &client), HF_OK);
    begin(client);
    for (int i = 0; i < WARM; i++) {
        serve();
        (void)hf_async_process(load.async);
    }

    unsigned long before = load.done;
    CALLGRIND_START_INSTRUMENTATION;
    for (int i = 0; i < ROUNDS; i++) {
        CALLGRIND_TOGGLE_COLLECT;
        serve();
        CALLGRIND_TOGGLE_COLLECT;
        (void)hf_async_process(load.async);
    }
    CALLGRIND_STOP_INSTRUMENTATION;
    CALLGRIND_DUMP_STATS_AT("async_get");
    printf("async_get %lu\n", load.done - before);
    load.ends = true;
    run_until_all_is_done();
    hf_async_free(load.async);
    hf_client_free(client);
    core_free(peer.core);
}
