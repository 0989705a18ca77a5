/* SPDX-License-Identifier: MIT
 *
 * The connection of asynchronous calls: how it comes to be, without waiting. A host's addresses are
 * looked up, each is tried, the manager welcomes the session. If nobody is there yet, it is tried
 * again until connect_timeout_ms of the client have passed.
 */
#ifndef HF_CHANNEL_H
#define HF_CHANNEL_H

#include "handshake.h"
#include "lookup.h"
#include "session.h"
#include "waker.h"

enum channel_state {
    CHANNEL_IDLE,       /* not connected */
    CHANNEL_PAUSING,    /* until the next attempt */
    CHANNEL_LOOKING_UP, /* the host's addresses */
    CHANNEL_CONNECTING, /* the socket */
    CHANNEL_GREETING,   /* until the manager's welcome */
    CHANNEL_READY
};

/* What has happened to it since it was used last. */
enum channel_news {
    CHANNEL_SOUND,
    CHANNEL_INHERITED, /* this is a forked child, and it is idle */
    CHANNEL_CLOSED     /* the program has closed its socket, and its session is to be dropped */
};

struct channel {
    enum channel_state state;
    hf_client *client;
    struct session *session; /* apart */
    struct waker waker;
    int64_t connect_by_ms; /* while it connects */
    int64_t again_ms;      /* the earliest time of the next attempt */
    int64_t pause_ms;      /* before the attempt after the next */
    struct lookup *lookup;
    const struct addrinfo *address; /* that is tried */
    struct handshake handshake;
};

/** Returns HF_OK; HF_NO_MEMORY, HF_SYSTEM, with nothing to be released. */
HF_MUST_USE hf_status channel_init(struct channel *channel, hf_client *client);

void channel_fini(struct channel *channel);

/** Before any use: forget what was inherited by a fork, and what the program has closed behind the
 * library's back. */
enum channel_news channel_refresh(struct channel *channel);

/** Begin to connect. It is idle. */
void channel_connect(struct channel *channel);

/** Go on to connect, as far as that goes without waiting.
 *
 *  Returns  HF_OK: it is ready; HF_TIMEOUT: the waker will tell when to go on; another status: it
 *           is idle again, and cannot connect
 */
HF_MUST_USE hf_status channel_go_on(struct channel *channel);

/** Let the waker tell when there is something to read or, if so, when more can be sent. */
void channel_watch(struct channel *channel, bool unsent);

/** Close the connection, and forget the holds. It is idle then. */
void channel_drop(struct channel *channel);

#endif
