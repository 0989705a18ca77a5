/* SPDX-License-Identifier: MIT
 *
 * The wall: the manager without its world. A single-threaded, deterministic state machine that
 * knows no socket, clock, file or source of randomness: bytes come in through core_feed(), go out
 * through one callback, time is an argument and entropy is given once. The same calls and bytes
 * give the same bytes.
 *
 * Driven by libevent in the daemon (server.c), by buffers in the tests, by the simulator and the
 * fuzzer.
 */
#ifndef HF_CORE_H
#define HF_CORE_H

#include "wire_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct core;
struct session;

/** Limits and facts given at the start. Begin with core_defaults(). */
struct core_config {
    uint8_t seed[32];   /**< entropy: hash keys and nonces come from it */
    const uint8_t *key; /**< a peer that must prove itself has to know it; copied */
    size_t key_len;
    const char *software; /**< shown in Welcome; static */
    uint64_t pid;         /**< shown in Welcome */
    int64_t now_ms;       /**< the time of the start, on the clock of core_tick() */
    /** The numbers of grants (fences, deliveries), sessions and tasks begin above this one: no
     * smaller than any that an earlier run has given, so that a number of that run means nothing
     * now. */
    uint64_t numbers_above;
    size_t sessions_max;
    size_t objects_max;
    size_t items_max;        /**< per object */
    size_t memory_max_bytes; /**< of all objects, calls and sessions */
    size_t waiting_per_session_max;
    int64_t hello_timeout_ms;
};

struct core_config core_defaults(void);

/** Bytes for a peer. If `bytes` is NULL, its session is over: send the bytes that are left, hang up
 * and call core_close(). The callback must not call the core. */
typedef void core_output(void *peer, const uint8_t *bytes, size_t len);

/** Returns NULL when there is no memory. */
struct core *core_new(const struct core_config *config, core_output *output);

/** NULL is accepted. Sessions that are still open are closed without output. */
void core_free(struct core *core);

/** A peer has connected.
 *
 *  peer        handed to the callback
 *  must_prove  whether it has to show that it knows the key
 *
 *  Returns     NULL when there are too many sessions, or no memory: hang up
 */
struct session *core_open(struct core *core, void *peer, bool must_prove);

/** Bytes have come from a peer: serve the first frame of them, if it is whole.
 *
 *  Returns  how many bytes were consumed: the frame, or 0 if it is not whole. The caller feeds the
 *           others again, with those that come later. A session that is over consumes everything.
 */
size_t core_feed(struct core *core, struct session *session, const uint8_t *bytes, size_t len);

/** The peer is gone: everything its session held is released, and granted to the sessions that wait
 * for it. `session` is freed. */
void core_close(struct core *core, struct session *session);

/** It is now `now_ms`, which never runs backwards: end the calls that have waited too long, and
 * free a slice of the dropped values.
 *
 *  Returns  when to call again at the latest; -1: nothing is due; `now_ms`: at once, but sessions
 *           may be served before
 */
int64_t core_tick(struct core *core, int64_t now_ms);

/** Shut down: answer all calls that wait with DRAINING, then end every session with DRAINING. */
void core_drain(struct core *core);

/** Sessions that are open. */
size_t core_session_count(const struct core *core);

#endif
