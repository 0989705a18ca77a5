/* SPDX-License-Identifier: MIT
 *
 * Sessions: the protocol's side of owners. A session turns frames into requests and replies into
 * frames, and decides whether its peer may send requests at all.
 *
 *     GREETED (connected, nothing known) --hello--> CHALLENGED --prove--> WELCOME
 *         '--------------- hello, where no key is asked for -----------------^
 *     any of them --a fatal status, or the peer is gone--> OVER: all it held has been released
 *     GREETED, CHALLENGED --any refusal--> OVER
 *
 * Sessions that are not welcome yet have a limit of their own, past which the oldest makes way. So
 * peers that cannot prove the key, or never say a word, take no place from those that can.
 */
#ifndef HF_SESSION_H
#define HF_SESSION_H

#include "core.h"
#include "decode.h"
#include "owner.h"
#include "pending.h"

#include <stddef.h>
#include <stdint.h>

enum { SESSIONS_SCRATCH_BYTES = 64 << 10, REFUSAL_MAX_BYTES = 256 };

enum session_state { SESSION_GREETED, SESSION_CHALLENGED, SESSION_WELCOME, SESSION_OVER };

struct sessions {
    struct calls calls;
    struct core_config config; /* with its own copy of the key */
    uint8_t nonce_seed[32];
    core_output *output;
    struct link open;     /* all of them, in order of opening */
    struct link greeting; /* those not welcome yet, in order of opening */
    struct link leaving;  /* those that are over and still have holds, which end in slices */
    size_t count;
    size_t greeting_count;
    size_t welcome_count;
    uint64_t last_id;  /* of the session that came last */
    uint64_t refusals; /* peers that were turned away, and the reason of the last one */
    char refusal[REFUSAL_MAX_BYTES];
    bool draining;
    uint8_t scratch[SESSIONS_SCRATCH_BYTES]; /* where replies are packed */
};

struct session {
    struct owners owners;
    struct sessions *sessions;
    void *peer;
    enum session_state state;
    bool must_prove;
    uint64_t id;
    uint64_t last_seq;
    size_t holds_told; /* the number of its holds that it was told last */
    int64_t opened_ms;
    struct link in_open;
    struct link in_greeting;
    struct link in_leaving;
    bool freed; /* to be freed when it has left */
    bool has_family;
    uint8_t family[HF_FAMILY_BYTES]; /* its name, as Hello has it */
    uint8_t client_nonce[HF_NONCE_BYTES];
    uint8_t manager_nonce[HF_NONCE_BYTES];
    size_t refused_bytes;         /* to come of a frame that there is no memory for */
    bool refused_told;            /* its request is refused already */
    struct decode_search refused; /* for its id */
};

/** Tell a peer that gets no session why: a fatal status. */
void sessions_refuse(struct sessions *sessions, void *peer, hf_status status, const char *detail);

/** NULL: no memory, and the peer was told so. The memory limit does not count: there must be a
 * session to answer the peer's hello. */
struct session *session_new(struct sessions *sessions, void *peer, bool must_prove);

/** End the session, if it is not over, and free it, now or when it has left. */
void session_free(struct session *session);

/** Let some holds end of a session that leaves. Returns whether some are left, of any. */
bool sessions_leave_some(struct sessions *sessions);

/** See core_refuse_frame(). */
void session_refuse_frame(struct session *session, const uint8_t *bytes, size_t len);

/** See core_feed(). */
size_t session_feed(struct session *session, const uint8_t *bytes, size_t len);

/** Answer request `id` (0: no certain one) with this status, which is fatal if there is no certain
 *  request or the session is welcome. Release all that the session holds,
 *  and have the peer hung up. */
void session_end(struct session *session, uint64_t id, hf_status status, const char *detail);

/** Answer a call of this owner, which is a session's. Returns whether the reply has been sent,
 * whole. */
bool session_answer(struct owner *owner, const Hf__Reply *reply);

#endif
