/* SPDX-License-Identifier: MIT
 *
 * A connection: one peer's socket and its session, and how bytes go between the two. Knows the core
 * and the socket, but no events: it says what it wants to hear of, and is told when that happens.
 *
 * What happens is only noted, by putting the connection on a list; the work is done once per turn
 * of the server's loop, when the core has been told the time. So the core never acts on a time that
 * is older than the turn, the replies of a turn leave in one send, and nothing ends while somebody
 * else still looks at it.
 *
 *     connection_open -> its session is open: read, served, sent to
 *                          | the core says over, end-of-file, its process is dead,
 *                          | it cannot be sent to
 *                          v
 *                        no session (all it held is released), but what is unsent may still leave
 *                          v
 *                        finished -> connection_close
 */
#ifndef HF_CONNECTION_H
#define HF_CONNECTION_H

#include "core.h"
#include "diagnostics.h"
#include "link.h"
#include "stream.h"

/** What all connections share. */
struct connections {
    struct core *core;
    struct stream_scratch *scratch;
    struct link ready;            /**< something came, or is left over */
    struct link due;              /**< something is to be sent, or to end */
    struct link lingering;        /**< without a session, in order of linger_until_ms */
    int64_t now_ms;               /**< of this turn */
    size_t output_max_bytes;      /**< unsent: above this a session is not read */
    size_t unsent_max_bytes;      /**< and one frame: above this it is ended */
    size_t requests_per_turn_max; /**< of one session, before it is the others' turn */
    struct diagnostics_limit slow_readers;
};

struct connection {
    struct connections *all;
    struct session *session; /**< NULL: over */
    struct stream stream;
    struct link in_ready, in_due, in_lingering;
    size_t bytes_before_death; /**< what a dead process had sent and was not received yet */
    int64_t linger_until_ms;   /**< once it has no session */

    bool more;         /**< what was received may have whole frames still */
    bool paused;       /**< not read until enough was sent */
    bool process_dead; /**< its process is: nobody reads what would be sent */
    bool input_ended;  /**< no more will come from it */
    bool session_over; /**< so says the core */
    bool finished;     /**< to be closed */
};

void connections_init(struct connections *all);

/** The core's callback; its `peer` is a struct connection. */
void connection_output(void *peer, const uint8_t *bytes, size_t len);

/** Begin a session on the non-blocking socket `fd`, which is taken over on success. Returns false,
 * with the connection untouched, when the core takes no more. */
bool connection_open(struct connection *connection, struct connections *all, int fd,
                     bool must_prove);

/** Close the socket. A session that is still open is left to core_free(). */
void connection_close(struct connection *connection);

/** What the connection is to be told of. */
bool connection_wants_readable(const struct connection *connection);
bool connection_wants_writable(const struct connection *connection);

/** What happened. */
void connection_readable(struct connection *connection);
void connection_writable(struct connection *connection);

/** The process at the other end is dead. What it had sent is still served; what comes later is not
 * its own: a child of it may have inherited the socket. */
void connection_dead(struct connection *connection);

/** Receive from all that are ready and serve them, each up to its share of a turn. */
void connections_serve(struct connections *all);

/** The next that is due, taken off the list; NULL: none. */
struct connection *connections_next_due(struct connections *all);

/** The next that had its time to leave; NULL: none. */
struct connection *connections_next_expired(struct connections *all);

/** When connections_next_expired() will find the next one; -1: there is none. */
int64_t connections_next_expired_ms(const struct connections *all);

/** Nothing is ready or due. */
bool connections_idle(const struct connections *all);

/** Send what is due, end the session if it is over. May make others due. */
void connection_flush(struct connection *connection);

#endif
