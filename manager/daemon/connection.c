/* SPDX-License-Identifier: MIT
 *
 * See connection.h.
 */
#include "connection.h"

#include "frame.h"

#include <assert.h>
#include <sys/socket.h>

enum { LINGER_MS = 3000 /* for a peer to take the last words of its session */ };

void traffic_init(struct traffic *traffic) {
    link_init(&traffic->ready);
    link_init(&traffic->due);
    link_init(&traffic->leaving);
}

/* ---- The lists ---- */

static void make_ready(struct connection *connection) {
    if (link_alone(&connection->in_ready)) {
        link_append(&connection->traffic->ready, &connection->in_ready);
    }
}

static void make_due(struct connection *connection) {
    if (link_alone(&connection->in_due)) {
        link_append(&connection->traffic->due, &connection->in_due);
    }
}

struct connection *traffic_next_due(struct traffic *traffic) {
    struct link *link = link_first(&traffic->due);
    if (!link) {
        return NULL;
    }
    link_remove(link);
    return LINK_OWNER(link, struct connection, in_due);
}

int64_t traffic_next_late_ms(const struct traffic *traffic) {
    const struct link *link = link_first(&traffic->leaving);
    return link ? LINK_OWNER(link, struct connection, in_leaving)->hang_up_at_ms : -1;
}

struct connection *traffic_next_late(struct traffic *traffic) {
    int64_t late_ms = traffic_next_late_ms(traffic);
    if (late_ms < 0 || late_ms > traffic->now_ms) {
        return NULL;
    }
    return LINK_OWNER(link_first(&traffic->leaving), struct connection, in_leaving);
}

bool traffic_idle(const struct traffic *traffic) {
    return link_alone(&traffic->ready) && link_alone(&traffic->due);
}

/* ---- Begin, end, and what happens between ---- */

bool connection_open(struct connection *connection, struct traffic *traffic, int fd,
                     bool must_prove) {
    connection->traffic = traffic;
    connection->stream.fd = fd;
    link_init(&connection->in_ready);
    link_init(&connection->in_due);
    link_init(&connection->in_leaving);
    connection->session = core_open(traffic->core, connection, must_prove);
    return connection->session;
}

void connection_close(struct connection *connection) {
    link_remove(&connection->in_ready);
    link_remove(&connection->in_due);
    link_remove(&connection->in_leaving);
    stream_close(&connection->stream);
}

bool connection_wants_readable(const struct connection *connection) {
    return !connection->paused && !connection->dead && !connection->gone;
}

bool connection_wants_writable(const struct connection *connection) {
    return connection->stream.blocked;
}

void connection_readable(struct connection *connection) {
    make_ready(connection);
}

void connection_writable(struct connection *connection) {
    connection->stream.blocked = false;
    make_due(connection);
}

/* Before all others of this turn: what they ask for was asked after the death, for all anybody
 * knows, and must not be granted to the dead. */
void connection_dead(struct connection *connection) {
    connection->dead = true;
    connection->paused = false;
    connection->dying_words = stream_waiting(&connection->stream);
    stream_break(&connection->stream);
    link_remove(&connection->in_ready);
    link_append(connection->traffic->ready.next, &connection->in_ready);
    make_due(connection);
}

/* ---- The core's word ---- */

void connection_output(void *peer, const uint8_t *bytes, size_t len) {
    struct connection *connection = peer;
    struct traffic *traffic = connection->traffic;
    make_due(connection);
    if (!bytes) {
        connection->over = true;
        return;
    }
    stream_put(&connection->stream, bytes, len);
    if (stream_unsent(&connection->stream) <= traffic->unsent_max_bytes + HF_FRAME_MAX_BYTES) {
        return;
    }
    stream_break(&connection->stream);
    uint64_t count = 0;
    if (diagnostics_due(&traffic->deaf, traffic->now_ms, &count)) {
        diagnostics_warning("hung up on %llu session(s) that did not read their replies",
                            (unsigned long long)count);
    }
}

/* ---- Serving what came ---- */

/* Whatever the session held is released here, before its last words have left. */
static void end_session(struct connection *connection) {
    core_close(connection->traffic->core, connection->session);
    connection->session = NULL;
    connection->more = false;
    connection->paused = false;
    connection->hang_up_at_ms = connection->traffic->now_ms + LINGER_MS;
    link_append(&connection->traffic->leaving, &connection->in_leaving);
}

static bool choked(const struct connection *connection) {
    return stream_unsent(&connection->stream) > connection->traffic->output_max_bytes;
}

/* The first frame of the input and no more, so that serving can stop between any two; if not all of
 * it is there, what is there. */
static size_t first_frame(struct stream_input input) {
    if (input.len < HF_FRAME_HEADER_BYTES) {
        return input.len;
    }
    size_t whole = HF_FRAME_HEADER_BYTES + (size_t)frame_body_len(input.bytes);
    return whole < input.len ? whole : input.len;
}

/* Returns how many bytes were used. Afterwards `more` says whether it is worth coming back to the
 * rest before anything else comes. */
static size_t feed(struct connection *connection, struct stream_input input) {
    const struct traffic *traffic = connection->traffic;
    size_t used = 0;
    connection->more = false;
    for (size_t served = 0; used < input.len; served++) {
        bool enough = served >= traffic->requests_per_turn_max && !connection->dead;
        if (enough || choked(connection)) {
            connection->more = true;
            break;
        }
        struct stream_input rest = {input.bytes + used, input.len - used};
        size_t taken = core_feed(traffic->core, connection->session, rest.bytes, first_frame(rest));
        if (connection->over) {
            return input.len;
        }
        if (taken == 0) {
            break;
        }
        used += taken;
    }
    return used;
}

/* No more will come. The session ends here and now, so that nothing that others do later in this
 * turn is granted to it. */
static void make_gone(struct connection *connection) {
    connection->gone = true;
    make_due(connection);
    if (connection->session) {
        end_session(connection);
    }
}

/* Returns whether anything came. */
static bool receive(struct connection *connection, struct stream_input *input) {
    size_t most = connection->dead ? connection->dying_words : STREAM_SCRATCH_BYTES;
    if (most == 0) {
        make_gone(connection);
        return false;
    }
    size_t before = buffer_len(&connection->stream.in);
    enum stream_got got =
        stream_receive(&connection->stream, connection->traffic->scratch, most, input);
    if (got == STREAM_END || (got == STREAM_NOTHING && connection->dead)) {
        make_gone(connection);
    }
    if (got == STREAM_BYTES && connection->dead) {
        connection->dying_words -= input->len - before;
    }
    return got == STREAM_BYTES;
}

/* The session is over, but its peer has not hung up yet. */
static void discard(struct connection *connection) {
    struct stream_input input;
    if (receive(connection, &input)) {
        (void)stream_keep(&connection->stream, input, input.len);
    }
}

static void serve(struct connection *connection) {
    struct stream_input input = stream_kept(&connection->stream);
    if (!connection->more && !receive(connection, &input)) {
        return;
    }
    size_t used = feed(connection, input);
    stream_send(&connection->stream); /* at once: its peer can go on while others are served */
    if (!stream_keep(&connection->stream, input, used)) {
        make_gone(connection);
    } else if (connection->more) {
        make_ready(connection);
    }
}

/* All that a dead process had sent, at once: it is no more than fits a socket. */
static void serve_last_words(struct connection *connection) {
    while (connection->session && !connection->over) {
        serve(connection);
    }
    if (connection->session) {
        make_gone(connection);
    }
}

/* Those that become ready again meanwhile have their turn after all others. */
void traffic_serve(struct traffic *traffic) {
    struct link now; /* becomes the head of the list, in the place of traffic->ready */
    link_append(&traffic->ready, &now);
    link_remove(&traffic->ready);
    struct link *link = NULL;
    while ((link = link_first(&now)) != NULL) {
        link_remove(link);
        struct connection *connection = LINK_OWNER(link, struct connection, in_ready);
        if (!connection->session) {
            discard(connection);
        } else if (connection->dead) {
            serve_last_words(connection);
        } else if (!connection->paused && !connection->over) {
            serve(connection);
        }
    }
}

/* ---- Sending and ending ---- */

/* Stop reading a session that does not read its replies, and read it again when it does. */
static void pace(struct connection *connection) {
    size_t unsent = stream_unsent(&connection->stream);
    size_t most = connection->traffic->output_max_bytes;
    if (!connection->paused) {
        connection->paused = unsent > most;
    } else if (unsent <= most / 2) {
        connection->paused = false;
        if (connection->more) {
            make_ready(connection);
        }
    }
}

/* All was sent that will be. A peer that has not hung up is told that nothing follows and given
 * time to do so: closing while its requests are still coming in could destroy the last reply. */
static void leave(struct connection *connection) {
    connection->finished = connection->stream.broken || connection->gone ||
                           shutdown(connection->stream.fd, SHUT_WR) != 0;
}

static bool is_over(const struct connection *connection) {
    return connection->over || connection->gone || (connection->stream.broken && !connection->dead);
}

void connection_settle(struct connection *connection) {
    stream_send(&connection->stream);
    if (connection->session && is_over(connection)) {
        end_session(connection);
    }
    if (connection->session) {
        pace(connection);
    } else if (!connection->stream.blocked) {
        leave(connection);
    }
}
