/* SPDX-License-Identifier: MIT
 *
 * A fake manager: a thread that listens on a socket and plays a script, to show the library what a
 * real manager never does. An expectation of the script that is not met fails the test in
 * fake_stop().
 */
#ifndef HF_TEST_FAKE_H
#define HF_TEST_FAKE_H

#include "holdfast.pb-c.h"
#include "patience.h"

#include <holdfast.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fake;

/* Played in the fake's own thread. */
typedef void fake_script(struct fake *fake);

struct fake {
    char folder[64];
    char address[128];
    int listener;
    int peer; /* the connection that the script talks on; -1: none */
    fake_script *script;
    void *data;     /* for the script */
    uint8_t *frame; /* the last reply: a child that is forked meanwhile finds it here */
    pthread_t thread;
    pthread_t caller; /* the thread that started it */
    const char *failure;
    hf_client *client; /* of fake_play() */
    bool plays;
};

/** Listen on a Unix socket, or on TCP, and play the script. */
void fake_start(struct fake *fake, fake_script *script, void *data);
void fake_start_tcp(struct fake *fake, fake_script *script, void *data);

/** Free the client of fake_play(), wait for the script's end, and fail the test if something was
 *  not as the script expects. */
void fake_stop(struct fake *fake);

/** A client of this fake, with an answer timeout. */
hf_client *fake_client(const struct fake *fake, int64_t answer_timeout_ms);

/** Listen on a Unix socket and play the script. Returns a client, which fake_stop() frees. */
hf_client *fake_play(struct fake *fake, fake_script *script, void *data);

/** Run a group of tests, each with a fake as its state, which is stopped after it. */
int fake_run(const char *name, const struct CMUnitTest *tests, size_t count);
#define FAKE_MAIN(tests) fake_run(__FILE__, (tests), sizeof(tests) / sizeof *(tests))

/** The value with the id 7. */
hf_value value_of(hf_client *client);

/** hf_last_detail() must have these words in it. */
void assert_detail_says(const char *words);

/* ---- for scripts ---- */

/** Note that something is not as it should be. */
void fake_expect(struct fake *fake, bool holds, const char *what);

/** Take a connection, hanging up the one before. */
void fake_accept(struct fake *fake);

/** Take a connection and welcome the client. */
void fake_welcome(struct fake *fake);

/** The same in a run of the manager that begins with this id. */
void fake_welcome_in(struct fake *fake, uint64_t first_id);

void fake_hang_up(struct fake *fake);

/** Wait until the client hangs up, without reading requests. */
void fake_expect_hang_up(struct fake *fake);

/** The next request; NULL at the end. Free it with hf__request__free_unpacked(). */
Hf__Request *fake_read(struct fake *fake);

/** Read a request, which must have this operation. Returns its id. */
uint64_t fake_read_op(struct fake *fake, Hf__Request__OpCase op);

void fake_send(struct fake *fake, const void *bytes, size_t len);
void fake_reply(struct fake *fake, const Hf__Reply *reply);

/** Replies with a status alone, or an int, or a grant. */
void fake_reply_status(struct fake *fake, uint64_t id, hf_status status, const char *detail);
void fake_reply_int(struct fake *fake, uint64_t id, int64_t number);
void fake_reply_grant(struct fake *fake, uint64_t id, uint64_t fence);

/** The reply of a request that opens an object. */
void fake_reply_object(struct fake *fake, uint64_t call, uint64_t id);

#endif
