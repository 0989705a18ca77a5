/* SPDX-License-Identifier: MIT
 *
 * A connection: one peer's socket and its session, and how bytes pass between the two. It knows the
 * core and the socket, but no events: it tells the server which events it waits for, and the server
 * tells it when they happen.
 *
 * An event is only noted, by putting the connection on a list. The work is done once per turn of
 * the server's loop, when the core has been told the time. So the core never acts on a time that is
 * older than the turn, the replies of a turn leave in one send, and no connection is freed while
 * another function still uses it.
 *
 *     open        it has a session: bytes are received, served and answered
 *       |         the core ends the session, the peer closes, its process dies, or sending fails
 *       v
 *     lingering   no session: all that it held is released; unsent replies may still be sent. A
 *       |         peer that is refused begins here
 *       |         all is sent and the peer has closed, or its time (LINGER_MS) is over
 *       v
 *     finished    the server calls connection_close()
 */
#ifndef HF_CONNECTION_H
#define HF_CONNECTION_H

#include "core.h"
#include "diagnostics.h"
#include "link.h"
#include "stream.h"

/** The state that all connections share. */
struct connections {
    struct core *core;
    struct stream_scratch *scratch;
    struct link ready;     /**< to be served: bytes may have come, or frames are left over */
    struct link due;       /**< to be flushed: replies are unsent, or the session may end */
    struct link lingering; /**< without a session, in order of linger_until_ms */
    size_t lingering_count;
    struct link stuck;            /**< their sockets take no more, in order of the last progress */
    size_t unsent_bytes;          /**< of all */
    size_t unsent_all_max_bytes;  /**< with more, those that are stuck for longest are ended */
    int64_t now_ms;               /**< of this turn */
    size_t output_max_bytes;      /**< unsent: with more a session is not read */
    size_t unsent_max_bytes;      /**< with more, beside one frame, a session is ended */
    size_t frame_max_bytes;       /**< of a request */
    size_t requests_per_turn_max; /**< of one session, before the others are served */
    int64_t turn_began_ns;        /**< by the coarse clock, which costs next to nothing */
    struct diagnostics_limit slow_readers, refused;
    uint64_t refusals_told; /**< of core_refusals() */
};

struct connection {
    struct connections *all;
    struct session *session; /**< NULL: it has ended */
    struct stream stream;
    struct link in_ready, in_due, in_lingering, in_stuck;
    size_t unsent_counted;     /**< in connections.unsent_bytes */
    size_t kept_counted;       /**< by the core, of what was received */
    size_t bytes_before_death; /**< sent by the process before its death, not received yet */
    int64_t linger_until_ms;   /**< without a session */

    bool more;         /**< whole frames may be left of what was received */
    bool paused;       /**< not read until enough was sent */
    bool process_dead; /**< the process at the other end is: it reads no replies */
    bool input_ended;  /**< the peer sends no more */
    bool session_over; /**< the core has ended the session */
    bool overrun;      /**< too much is unsent: later replies are dropped, and the session ends */
    bool finished;     /**< to be closed */
};

void connections_init(struct connections *all);

/** The core's callback; its `peer` is a struct connection. */
void connection_output(void *peer, const uint8_t *bytes, size_t len);

/** Begin a session on the non-blocking socket `fd`, which the connection owns from now on. If the
 * core refuses one more session, the peer is told why. */
void connection_open(struct connection *connection, struct connections *all, int fd,
                     bool must_prove);

/** Tell the peer at `fd` why it gets no session. */
void connection_refuse(struct connection *connection, struct connections *all, int fd,
                       hf_status status, const char *detail);

/** Close the socket. core_free() ends a session that is still open. */
void connection_close(struct connection *connection);

/** The events that the connection waits for. */
bool connection_wants_readable(const struct connection *connection);
bool connection_wants_writable(const struct connection *connection);

/** Note that an event has happened. */
void connection_readable(struct connection *connection);
void connection_writable(struct connection *connection);

/** Note that the process at the other end is dead. Bytes that it had sent are still served. Later
 * bytes are not its own: a child of it may have inherited the socket. */
void connection_dead(struct connection *connection);

/** Receive from all that are ready and serve them, each up to its share of a turn. */
void connections_serve(struct connections *all);

/** Take the next one that is due off the list. NULL: none is. */
struct connection *connections_next_due(struct connections *all);

/** The one that has lingered for longest, if too many do. To be closed when another one comes. */
struct connection *connections_next_crowded(struct connections *all);

/** The next one that has lingered long enough; NULL: none has. */
struct connection *connections_next_expired(struct connections *all);

/** When connections_next_expired() will return the next one; -1: never. */
int64_t connections_next_expired_ms(const struct connections *all);

/** Whether none is ready or due. */
bool connections_idle(const struct connections *all);

/** Tell the operator of the peers that were turned away since the last call. */
void connections_report(struct connections *all);

/** Send the replies, and end the session if it is over. Others may become due by that. */
void connection_flush(struct connection *connection);

#endif
