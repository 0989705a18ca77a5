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

#include <holdfast/status.h>
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
     * now. The ids of objects begin at 1,024 times this number, and do not reach those of a run
     * that begins later, if it grows by 4 in a microsecond. At most 2^53. */
    uint64_t numbers_above;
    size_t sessions_max; /**< that are welcome */
    size_t greeting_max; /**< that are not welcome yet */
    size_t objects_max;
    size_t items_max;        /**< per object */
    size_t memory_max_bytes; /**< of all objects, calls and sessions */
    size_t waiting_per_session_max;
    size_t frame_max_bytes; /**< HF_FRAME_LEAST_BYTES to HF_FRAME_LIMIT_BYTES; told in Welcome */
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

/** A peer has connected. If too many are not welcome yet, the oldest of these is ended: peers that
 * only connect keep nobody out who introduces itself.
 *
 *  peer        handed to the callback
 *  must_prove  whether it has to show that it knows the key
 *
 *  Returns     NULL when there is no memory, or the core is shut down. The peer was told so: send
 *              the bytes and hang up
 */
struct session *core_open(struct core *core, void *peer, bool must_prove);

/** Tell a peer without a session why it gets none: a fatal status. */
void core_refuse(struct core *core, void *peer, hf_status status, const char *detail);

/** End a session for a reason that only the world knows, as if the core had: the peer is told. */
void core_end(struct core *core, struct session *session, hf_status status, const char *detail);

/** Bytes have come from a peer: serve the first frame of them, if it is whole.
 *
 *  Returns  how many bytes were consumed: the frame, or 0 if it is not whole. The caller feeds the
 *           others again, with those that come later. A session that is over consumes everything.
 */
size_t core_feed(struct core *core, struct session *session, const uint8_t *bytes, size_t len);

/** The caller keeps `bytes` more of frames that have come in part. They count as used by the core.
 * false: there is no memory for them, and the caller drops them. */
bool core_keep(struct core *core, size_t bytes);

/** It keeps so many of them no longer. */
void core_keep_no_more(struct core *core, size_t bytes);

/** A frame has come in part, and there is no memory for the rest: its request is refused, as soon
 * as its id has come. The caller drops what has come, and feeds the rest as ever: the core passes
 * over it.
 *
 *  bytes  of the frame, with its header
 *  len    less than the whole frame
 */
void core_refuse_frame(struct core *core, struct session *session, const uint8_t *bytes,
                       size_t len);

/** The peer is gone: everything its session held is released, and granted to the sessions that wait
 * for it; if that is very much, core_tick() releases the rest. `session` must not be used again. */
void core_close(struct core *core, struct session *session);

/** It is now `now_ms`, which never runs backwards: end the calls that have waited too long, free
 * a slice of the dropped values, and go on with what drains.
 *
 *  Returns  when to call again at the latest; -1: nothing is due; `now_ms`: at once, but sessions
 *           may be served before
 */
int64_t core_tick(struct core *core, int64_t now_ms);

/** The wall clock, in milliseconds since 1970, is so far ahead of the clock of core_tick(), until
 * this is called again; at first not at all. It is told to those who ask, and nothing depends on
 * it. */
void core_set_wall(struct core *core, int64_t ahead_ms);

/** Shut down: answer all calls that wait with DRAINING, then end every session with DRAINING. */
void core_drain(struct core *core);

/** How much memory it uses, counted as for `memory_max_bytes`. */
size_t core_memory_bytes(const struct core *core);

/** Sessions that are open. */
size_t core_session_count(const struct core *core);

/** How many peers were turned away until now: they may not connect, do not know the key, or there
 * was no room for them.
 *
 *  why  out: the last refusal in words; lasts until the next one
 */
uint64_t core_refusals(const struct core *core, const char **why);

#endif
