/* SPDX-License-Identifier: MIT
 *
 * See connection.h.
 */
#include "connection.h"

#include "frame.h"
#include "wire_limits.h"

#include <assert.h>
#include <sys/socket.h>
#include <time.h>

enum {
    LINGER_MS = 3000, /* for a peer to receive the last replies of its session */
    LINGERING_MAX = 256,
    LAST_FRAME_MAX_BYTES = 64 << 10, /* may be left to send when memory is needed */
    TURN_MAX_NS = 5000000,           /* for more than one request of each connection */
    KEPT_FREELY_BYTES = 4096         /* of a frame, whatever memory there is */
};

void connections_init(struct connections *all) {
    link_init(&all->ready);
    link_init(&all->due);
    link_init(&all->lingering);
    link_init(&all->stuck);
}

/* ---- The lists ---- */

static void make_ready(struct connection *connection) {
    if (link_alone(&connection->in_ready)) {
        link_append(&connection->all->ready, &connection->in_ready);
    }
}

static void make_due(struct connection *connection) {
    if (link_alone(&connection->in_due)) {
        link_append(&connection->all->due, &connection->in_due);
    }
}

struct connection *connections_next_due(struct connections *all) {
    struct link *link = link_first(&all->due);
    if (!link) {
        return NULL;
    }
    link_remove(link);
    return LINK_OWNER(link, struct connection, in_due);
}

int64_t connections_next_expired_ms(const struct connections *all) {
    const struct link *link = link_first(&all->lingering);
    return link ? LINK_OWNER(link, struct connection, in_lingering)->linger_until_ms : -1;
}

struct connection *connections_next_expired(struct connections *all) {
    int64_t late_ms = connections_next_expired_ms(all);
    if (late_ms < 0 || late_ms > all->now_ms) {
        return NULL;
    }
    return LINK_OWNER(link_first(&all->lingering), struct connection, in_lingering);
}

struct connection *connections_next_crowded(struct connections *all) {
    return all->lingering_count > LINGERING_MAX
               ? LINK_OWNER(link_first(&all->lingering), struct connection, in_lingering)
               : NULL;
}

bool connections_idle(const struct connections *all) {
    return link_alone(&all->ready) && link_alone(&all->due);
}

/* ---- Unsent bytes ---- */

static void count_unsent(struct connection *connection) {
    struct connections *all = connection->all;
    size_t unsent = stream_unsent(&connection->stream);
    assert(all->unsent_bytes >= connection->unsent_counted);
    all->unsent_bytes = all->unsent_bytes - connection->unsent_counted + unsent;
    connection->unsent_counted = unsent;
}

static void warn_of_slow_reader(struct connections *all) {
    uint64_t count = 0;
    if (diagnostics_due(&all->slow_readers, 1, all->now_ms, &count)) {
        diagnostics_warning("ended %llu session(s) that did not read their replies",
                            (unsigned long long)count);
    }
}

/* All replies together take too much memory: drop those of peers that have taken nothing for
 * longest. A peer is told why, unless the rest of a large reply would have to come before. */
static void make_room(struct connections *all) {
    struct link *link = NULL;
    while (all->unsent_bytes > all->unsent_all_max_bytes && (link = link_first(&all->stuck))) {
        struct connection *connection = LINK_OWNER(link, struct connection, in_stuck);
        link_remove(link);
        if (connection->session && connection->stream.begun <= LAST_FRAME_MAX_BYTES / 2) {
            connection->overrun = true;
            stream_cut(&connection->stream);
        } else {
            stream_break(&connection->stream);
        }
        count_unsent(connection);
        make_due(connection);
        warn_of_slow_reader(all);
    }
}

static void send_unsent(struct connection *connection) {
    size_t before = connection->unsent_counted;
    stream_send(&connection->stream);
    count_unsent(connection);
    bool last_frame = !connection->session && connection->unsent_counted <= LAST_FRAME_MAX_BYTES;
    bool stuck = connection->unsent_counted > 0 && !last_frame;
    if (!stuck || connection->unsent_counted < before) {
        link_remove(&connection->in_stuck);
    }
    if (stuck && link_alone(&connection->in_stuck)) {
        link_append(&connection->all->stuck, &connection->in_stuck);
    }
    make_room(connection->all);
}

/* ---- Bytes of frames that have come in part ---- */

static void forget_input(struct connection *connection) {
    stream_forget(&connection->stream);
    core_keep_no_more(connection->all->core, connection->kept_counted);
    connection->kept_counted = 0;
}

/* There is no memory for the frame that has begun: the core answers, and passes over what is still
 * to come of it. Nothing is refused where the first frame is whole and will be served, or where not
 * even its header has come. */
static void refuse_frame(struct connection *connection) {
    struct stream_input kept = stream_kept(&connection->stream);
    assert(connection->session);
    if (kept.len < HF_FRAME_HEADER_BYTES) {
        return;
    }
    size_t frame_len = HF_FRAME_HEADER_BYTES + frame_body_len(kept.bytes);
    if (frame_len > kept.len) {
        core_refuse_frame(connection->all->core, connection->session, kept.bytes, kept.len);
        forget_input(connection);
    }
}

/* Let the core count what the stream keeps. */
static void count_kept(struct connection *connection) {
    struct core *core = connection->all->core;
    size_t kept = stream_kept_memory(&connection->stream);
    if (kept < connection->kept_counted) {
        core_keep_no_more(core, connection->kept_counted - kept);
    } else if (kept > connection->kept_counted &&
               !core_keep(core, kept - connection->kept_counted)) {
        kept = connection->kept_counted;
    }
    connection->kept_counted = kept;
    if (stream_kept_memory(&connection->stream) > kept + KEPT_FREELY_BYTES) {
        refuse_frame(connection);
    }
}

/* ---- States and events ---- */

static void assert_state(const struct connection *connection) {
    assert(!connection->session == !link_alone(&connection->in_lingering));
    assert(connection->session || (!connection->more && !connection->paused));
    assert(!connection->finished || !connection->session);
    assert(!connection->process_dead || connection->stream.broken);
    assert(connection->process_dead || connection->bytes_before_death == 0);
}

static void begin(struct connection *connection, struct connections *all, int fd) {
    connection->all = all;
    connection->stream.fd = fd;
    link_init(&connection->in_ready);
    link_init(&connection->in_due);
    link_init(&connection->in_lingering);
    link_init(&connection->in_stuck);
}

/* The last replies are sent, and the peer gets time to receive them. */
static void linger(struct connection *connection) {
    struct connections *all = connection->all;
    assert(!connection->session && link_alone(&connection->in_lingering));
    connection->linger_until_ms = all->now_ms + LINGER_MS;
    link_append(&all->lingering, &connection->in_lingering);
    all->lingering_count++;
    link_remove(&connection->in_stuck); /* unless much is left: see send_unsent() */
    make_due(connection);
}

void connection_open(struct connection *connection, struct connections *all, int fd,
                     bool must_prove) {
    begin(connection, all, fd);
    connection->session = core_open(all->core, connection, must_prove);
    if (!connection->session) {
        linger(connection);
    }
}

void connection_refuse(struct connection *connection, struct connections *all, int fd,
                       hf_status status, const char *detail) {
    begin(connection, all, fd);
    core_refuse(all->core, connection, status, detail);
    linger(connection);
}

void connection_close(struct connection *connection) {
    link_remove(&connection->in_ready);
    link_remove(&connection->in_due);
    if (!link_alone(&connection->in_lingering)) {
        assert(connection->all->lingering_count > 0);
        link_remove(&connection->in_lingering);
        connection->all->lingering_count--;
    }
    link_remove(&connection->in_stuck);
    forget_input(connection);
    stream_close(&connection->stream);
    count_unsent(connection);
}

bool connection_wants_readable(const struct connection *connection) {
    return !connection->paused && !connection->process_dead && !connection->input_ended;
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

/* It is served before all others of this turn. Their requests may have been made after the death,
 * and what they release must not be granted to the dead process. */
void connection_dead(struct connection *connection) {
    assert(!connection->process_dead && !connection->finished);
    connection->process_dead = true;
    connection->paused = false;
    connection->bytes_before_death = stream_waiting(&connection->stream);
    stream_break(&connection->stream);
    count_unsent(connection);
    link_remove(&connection->in_stuck);
    link_remove(&connection->in_ready);
    link_append(connection->all->ready.next, &connection->in_ready);
    make_due(connection);
}

/* ---- Output of the core ---- */

void connection_output(void *peer, const uint8_t *bytes, size_t len) {
    struct connection *connection = peer;
    struct connections *all = connection->all;
    make_due(connection);
    if (!bytes) {
        connection->session_over = true;
        return;
    }
    if (connection->overrun) {
        return;
    }
    stream_put(&connection->stream, bytes, len);
    count_unsent(connection);
    if (stream_unsent(&connection->stream) <= all->unsent_max_bytes + all->frame_max_bytes) {
        return;
    }
    connection->overrun = true;
    warn_of_slow_reader(all);
}

/* ---- Serving ---- */

/* The core releases all that the session held, before the last replies are sent. */
static void end_session(struct connection *connection) {
    assert(connection->session && !connection->finished);
    core_close(connection->all->core, connection->session);
    connection->session = NULL;
    connection->more = false;
    connection->paused = false;
    forget_input(connection);
    linger(connection);
}

/* Its peer does not read. Only the rest of a reply that is sent in part is kept, and then the peer
 * is told why, in case that it reads after all. */
static void end_overrun(struct connection *connection) {
    stream_cut(&connection->stream);
    count_unsent(connection);
    connection->overrun = false;
    core_end(connection->all->core, connection->session, HF_OVERRUN,
             "the client does not read its replies: more than --max-unsent are waiting");
    assert(connection->session_over);
}

static bool output_is_full(const struct connection *connection) {
    return stream_unsent(&connection->stream) > connection->all->output_max_bytes;
}

static int64_t coarse_now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Requests that take long, in one pipeline, must not add up to a long turn. */
static bool has_had_its_share(const struct connection *connection, size_t served) {
    const struct connections *all = connection->all;
    if (served == 0 || connection->process_dead) {
        return false;
    }
    return served >= all->requests_per_turn_max ||
           coarse_now_ns() - all->turn_began_ns >= TURN_MAX_NS;
}

/* Returns how many bytes were used. Afterwards `more` tells whether the rest can be served before
 * more bytes come. */
static size_t feed(struct connection *connection, struct stream_input input) {
    const struct connections *all = connection->all;
    size_t used = 0;
    connection->more = false;
    for (size_t served = 0; used < input.len; served++) {
        if (has_had_its_share(connection, served) || output_is_full(connection)) {
            connection->more = true;
            break;
        }
        size_t taken =
            core_feed(all->core, connection->session, input.bytes + used, input.len - used);
        if (connection->session_over || connection->overrun) {
            return input.len;
        }
        if (taken == 0) {
            break;
        }
        used += taken;
    }
    return used;
}

/* The peer sends no more. Its session ends at once, so that nothing that others release later in
 * this turn is granted to it. */
static void end_input(struct connection *connection) {
    connection->input_ended = true;
    make_due(connection);
    if (connection->session) {
        end_session(connection);
    }
}

/* Returns whether bytes were received. */
static bool receive_input(struct connection *connection, struct stream_input *input) {
    size_t most = connection->process_dead ? connection->bytes_before_death : SIZE_MAX;
    if (most == 0) {
        end_input(connection);
        return false;
    }
    size_t before = buffer_len(&connection->stream.in);
    enum stream_got got =
        stream_receive(&connection->stream, connection->all->scratch, most, input);
    if (got == STREAM_END || (got == STREAM_NOTHING && connection->process_dead)) {
        end_input(connection);
    }
    if (got == STREAM_BYTES && connection->process_dead) {
        assert(input->len >= before && input->len - before <= connection->bytes_before_death);
        connection->bytes_before_death -= input->len - before;
    }
    return got == STREAM_BYTES;
}

/* The session has ended, but its peer has not closed the socket yet. */
static void discard(struct connection *connection) {
    struct stream_input input;
    if (receive_input(connection, &input)) {
        (void)stream_keep(&connection->stream, input, input.len);
    }
}

static void serve_input(struct connection *connection) {
    struct stream_input input = stream_kept(&connection->stream);
    if (!connection->more && !receive_input(connection, &input)) {
        return;
    }
    size_t used = feed(connection, input);
    if (!connection->overrun) {
        send_unsent(connection); /* at once: its peer works on while others are served */
    }
    if (!stream_keep(&connection->stream, input, used)) {
        end_input(connection);
        return;
    }
    count_kept(connection);
    if (connection->more) {
        make_ready(connection);
    }
}

/* All bytes at once: they are no more than a socket holds. */
static void serve_bytes_before_death(struct connection *connection) {
    while (connection->session && !connection->session_over) {
        serve_input(connection);
    }
    if (connection->session) {
        end_input(connection);
    }
}

/* A connection that becomes ready again meanwhile is served after all others. */
void connections_serve(struct connections *all) {
    struct link now; /* becomes the head of the list, in the place of all->ready */
    all->turn_began_ns = coarse_now_ns();
    link_append(&all->ready, &now);
    link_remove(&all->ready);
    struct link *link = NULL;
    while ((link = link_first(&now)) != NULL) {
        link_remove(link);
        struct connection *connection = LINK_OWNER(link, struct connection, in_ready);
        assert_state(connection);
        if (!connection->session) {
            discard(connection);
        } else if (connection->process_dead) {
            serve_bytes_before_death(connection);
        } else if (!connection->paused && !connection->session_over && !connection->overrun) {
            serve_input(connection);
        }
    }
}

/* ---- Sending and ending ---- */

void connections_report(struct connections *all) {
    const char *why = NULL;
    uint64_t refusals = core_refusals(all->core, &why);
    uint64_t count = 0;
    if (refusals != all->refusals_told &&
        diagnostics_due(&all->refused, refusals - all->refusals_told, all->now_ms, &count)) {
        diagnostics_warning("refused %llu connection(s), the last one: %s",
                            (unsigned long long)count, why);
    }
    all->refusals_told = refusals;
}

/* Stop reading from a peer that does not read its replies, and resume when it does. */
static void pause_or_resume(struct connection *connection) {
    size_t unsent = stream_unsent(&connection->stream);
    size_t most = connection->all->output_max_bytes;
    if (!connection->paused) {
        connection->paused = unsent > most;
    } else if (unsent <= most / 2) {
        connection->paused = false;
        if (connection->more) {
            make_ready(connection);
        }
    }
}

/* All replies are sent. A peer that has not closed its end is told that nothing follows, and gets
 * time to close: if we closed while its requests still come in, the last reply could be lost. */
static void finish_output(struct connection *connection) {
    connection->finished = connection->stream.broken || connection->input_ended ||
                           shutdown(connection->stream.fd, SHUT_WR) != 0;
}

static bool is_over(const struct connection *connection) {
    return connection->session_over || connection->input_ended ||
           (connection->stream.broken && !connection->process_dead);
}

void connection_flush(struct connection *connection) {
    if (connection->session && connection->overrun) {
        end_overrun(connection);
    }
    send_unsent(connection);
    if (connection->session && is_over(connection)) {
        end_session(connection);
    }
    if (connection->session) {
        pause_or_resume(connection);
    } else if (!connection->stream.blocked) {
        finish_output(connection);
    }
    assert_state(connection);
}
