/* SPDX-License-Identifier: MIT
 *
 * See server.h. The only file that knows libevent: it waits for events, and tells connections
 * (connection.h) what happened. The loop runs in turns:
 *
 *     wait for events -> core_tick() -> accept -> serve the ready -> flush the due -> set the timer
 *            ^                                                                              |
 *            +------------------------------------------------------------------------------+
 *
 * The callbacks of events only note what happened. hang_up() alone frees a connection, when no list
 * refers to it any more.
 *
 *     SERVING --signal, death of the starter--> DRAINING --all is sent, or time is up--> STOPPED
 *                                                  +------a second signal----------->
 */
#include "server.h"

#include "connection.h"
#include "spin.h"
#include "trim.h"
#include "wall.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    ACCEPTS_PER_TURN = 64,
    ACCEPT_PAUSE_MS = 1000,  /* how long to accept nothing when descriptors run out */
    PEERS_SHARE_NS = 200000, /* how long all peers and one peer run between two polls */
    PEER_SHARE_NS = 25000,
    TCP_IDLE_S = 15,
    TCP_INTERVAL_S = 5,
    TCP_PROBES = 3
};

/* A connection and its events. */
struct peer {
    struct connection connection;
    struct server *server;
    struct link in_peers;
    struct event readable, writable, death;
    bool reading, writing; /* whether the event is added */
    int pidfd;             /* -1: none */
};

/* A listener and its event. */
struct listener_event {
    struct server *server;
    const struct listener *listener;
    struct event acceptable;
    bool pending; /* somebody waits to be accepted */
};

enum server_state { SERVING, DRAINING, STOPPED };

struct server {
    struct server_config config;
    enum server_state state;
    struct event_base *base;
    struct connections connections;
    struct link peers;
    struct listener_event *listener_events;
    struct event timer, terminated, interrupted, starter;
    int64_t timer_ms;        /* when the timer fires; -1: never */
    int64_t drained_by_ms;   /* while draining */
    int64_t accept_again_ms; /* -1: accepting */
    int reserve_fd;          /* closed to watch the last peer when no other is left */
    bool exhausted;          /* no descriptors, which was reported; until one is accepted */
    bool event_seen;         /* since the last wait_for_events() */
    struct spin spin;
    struct trim trim;
    struct wall wall;
};

static int64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t server_now_ms(void) {
    return now_ns() / 1000000;
}

/* ---- Callbacks of events ---- */

static void on_readable(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct peer *peer = arg;
    peer->server->event_seen = true;
    connection_readable(&peer->connection);
}

static void on_writable(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct peer *peer = arg;
    peer->server->event_seen = true;
    connection_writable(&peer->connection);
}

static void on_death(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct peer *peer = arg;
    peer->server->event_seen = true;
    connection_dead(&peer->connection);
}

static void on_acceptable(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct listener_event *event = arg;
    event->server->event_seen = true;
    event->pending = true;
}

static void on_timer(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct server *server = arg;
    assert(server->timer_ms >= 0);
    server->event_seen = true;
    server->timer_ms = -1;
}

/* ---- Peers ---- */

static void resume_accepting(struct server *server);

static void hang_up(struct peer *peer) {
    struct server *server = peer->server;
    (void)event_del(&peer->readable);
    (void)event_del(&peer->writable);
    if (peer->pidfd >= 0) {
        (void)event_del(&peer->death);
        (void)close(peer->pidfd);
    }
    diagnostics_detail("connection %d: closed", peer->connection.stream.fd);
    link_remove(&peer->in_peers);
    connection_close(&peer->connection);
    free(peer);
    if (server->accept_again_ms >= 0) {
        resume_accepting(server);
    }
}

static void update_event(struct event *event, bool wanted, bool *waiting) {
    if (wanted != *waiting) {
        *waiting = wanted;
        (void)(wanted ? event_add(event, NULL) : event_del(event));
    }
}

static void update_events(struct peer *peer) {
    update_event(&peer->readable, connection_wants_readable(&peer->connection), &peer->reading);
    update_event(&peer->writable, connection_wants_writable(&peer->connection), &peer->writing);
}

/* Ending a session may make others due, which are flushed in the same turn. */
static void flush_all(struct server *server) {
    struct connection *connection = NULL;
    while ((connection = connections_next_due(&server->connections)) != NULL) {
        struct peer *peer = LINK_OWNER(connection, struct peer, connection);
        connection_flush(connection);
        if (connection->finished) {
            hang_up(peer);
        } else {
            update_events(peer);
        }
    }
    while ((connection = connections_next_expired(&server->connections)) != NULL) {
        hang_up(LINK_OWNER(connection, struct peer, connection));
    }
}

/* ---- Accepting ---- */

static void pause_accepting(struct server *server) {
    assert(server->state != STOPPED);
    if (!server->exhausted) {
        server->exhausted = true;
        diagnostics_warning("out of file descriptors: no new sessions until others end");
    }
    server->accept_again_ms =
        server->state == SERVING ? server->connections.now_ms + ACCEPT_PAUSE_MS : -1;
    for (size_t i = 0; i < server->config.listener_count; i++) {
        (void)event_del(&server->listener_events[i].acceptable);
        server->listener_events[i].pending = false;
    }
}

static void resume_accepting(struct server *server) {
    if (server->state != SERVING) {
        return;
    }
    if (server->reserve_fd < 0) {
        server->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    if (server->reserve_fd < 0) {
        server->accept_again_ms = server->connections.now_ms + ACCEPT_PAUSE_MS;
        return;
    }
    server->accept_again_ms = -1;
    for (size_t i = 0; i < server->config.listener_count; i++) {
        (void)event_add(&server->listener_events[i].acceptable, NULL);
    }
}

static bool out_of_descriptors(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* Detect a peer whose host has vanished, also while replies are unsent. */
static void enable_keepalive(int fd) {
    const struct {
        int level, name, value;
    } settings[] = {
        {IPPROTO_TCP, TCP_NODELAY, 1},
        {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, TCP_IDLE_S},
        {IPPROTO_TCP, TCP_KEEPINTVL, TCP_INTERVAL_S},
        {IPPROTO_TCP, TCP_KEEPCNT, TCP_PROBES},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, (TCP_IDLE_S + TCP_INTERVAL_S * TCP_PROBES) * 1000},
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        (void)setsockopt(fd, settings[i].level, settings[i].name, &settings[i].value,
                         sizeof settings[i].value);
    }
}

/* The reserved descriptor ensures that each peer that was accepted can be watched as well. */
static int watch_process(struct server *server, int fd) {
    int pidfd = peer_watch(fd);
    if (pidfd < 0 && out_of_descriptors(errno) && server->reserve_fd >= 0) {
        (void)close(server->reserve_fd);
        server->reserve_fd = -1;
        pause_accepting(server);
        pidfd = peer_watch(fd);
    }
    return pidfd;
}

static void start_watching(struct peer *peer) {
    struct server *server = peer->server;
    peer->pidfd = watch_process(server, peer->connection.stream.fd);
    if (peer->pidfd >= 0) {
        (void)event_assign(&peer->death, server->base, peer->pidfd, EV_READ, on_death, peer);
        (void)event_add(&peer->death, NULL);
    } else if (errno == ESRCH) {
        connection_dead(&peer->connection);
    }
}

/* A session, or a word about why there is none. */
static void open_or_refuse(struct peer *peer, int fd, const struct listener *listener) {
    struct server *server = peer->server;
    struct connections *all = &server->connections;
    char detail[128];
    if (!listener->local) {
        connection_open(&peer->connection, all, fd, !server->config.insecure);
    } else if (peer_allowed(fd, server->config.allowed, detail, sizeof detail)) {
        connection_open(&peer->connection, all, fd, false);
    } else {
        connection_refuse(&peer->connection, all, fd, HF_DENIED, detail);
    }
}

static void open_peer(struct server *server, int fd, const struct listener *listener) {
    assert(server->state != STOPPED && fd >= 0);
    struct peer *peer = calloc(1, sizeof *peer);
    if (!peer) {
        (void)close(fd);
        return;
    }
    peer->server = server;
    open_or_refuse(peer, fd, listener);
    diagnostics_detail("connection %d: opened at %s", fd, listener->address);
    peer->pidfd = -1;
    link_append(&server->peers, &peer->in_peers);
    (void)event_assign(&peer->readable, server->base, fd, EV_READ | EV_PERSIST, on_readable, peer);
    (void)event_assign(&peer->writable, server->base, fd, EV_WRITE | EV_PERSIST, on_writable, peer);
    if (!listener->local) {
        enable_keepalive(fd);
    } else if (peer->connection.session) {
        start_watching(peer);
    }
    update_events(peer);
}

/* Peers that are refused take no more descriptors than this. */
static void hang_up_crowded(struct server *server) {
    struct connection *crowded = connections_next_crowded(&server->connections);
    if (crowded) {
        hang_up(LINK_OWNER(crowded, struct peer, connection));
    }
}

static void accept_some(struct listener_event *event) {
    struct server *server = event->server;
    for (int i = 0; i < ACCEPTS_PER_TURN && server->accept_again_ms < 0; i++) {
        int fd = accept4(event->listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            server->exhausted = false;
            hang_up_crowded(server);
            open_peer(server, fd, event->listener);
        } else if (out_of_descriptors(errno)) {
            pause_accepting(server);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

/* The last events may have come with the end: such a peer finds that nobody listens. */
static void accept_all(struct server *server) {
    for (size_t i = 0; server->state != STOPPED && i < server->config.listener_count; i++) {
        if (server->listener_events[i].pending) {
            server->listener_events[i].pending = false;
            accept_some(&server->listener_events[i]);
        }
    }
}

/* ---- The end ---- */

static void set_state(struct server *server, enum server_state state) {
    assert(state >= server->state); /* never back */
    server->state = state;
}

static void drain(struct server *server, const char *why) {
    server->event_seen = true;
    if (server->state != SERVING) {
        diagnostics_event("%s again: ending at once", why);
        set_state(server, STOPPED);
        return;
    }
    diagnostics_event("%s: ending (%zu sessions)", why,
                      core_session_count(server->connections.core));
    set_state(server, DRAINING);
    server->accept_again_ms = -1; /* those that come now are told that it ends */
    server->drained_by_ms = server_now_ms() + server->config.drain_timeout_ms;
    core_drain(server->connections.core);
}

static void on_signal(evutil_socket_t signal_number, short what, void *arg) {
    (void)what;
    drain(arg, signal_number == SIGTERM ? "SIGTERM" : "SIGINT");
}

static void on_starter_death(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    drain(arg, "the starter ended");
}

static void on_starter_look(evutil_socket_t fd, short what, void *arg) {
    const struct server *server = arg;
    if (getppid() != server->config.starter) {
        on_starter_death(fd, what, arg);
    }
}

/* Whether nothing is left to serve or to send. */
static bool is_drained(const struct server *server) {
    bool unsent = false;
    const struct link *link = server->peers.next;
    for (; !unsent && link != &server->peers; link = link->next) {
        const struct peer *peer = LINK_OWNER(link, struct peer, in_peers);
        unsent = stream_unsent(&peer->connection.stream) > 0;
    }
    return !unsent && connections_idle(&server->connections);
}

/* ---- The loop ---- */

static int64_t earlier_ms(int64_t one_ms, int64_t other_ms) {
    if (one_ms < 0 || other_ms < 0) {
        return one_ms < 0 ? other_ms : one_ms;
    }
    return one_ms < other_ms ? one_ms : other_ms;
}

static void set_timer(struct server *server, int64_t core_due_ms) {
    int64_t due_ms = earlier_ms(core_due_ms, connections_next_expired_ms(&server->connections));
    due_ms = earlier_ms(due_ms, server->accept_again_ms);
    due_ms = earlier_ms(due_ms, diagnostics_retry(server->connections.now_ms));
    due_ms = earlier_ms(due_ms, server->trim.due_ms);
    due_ms = earlier_ms(due_ms, server->state == DRAINING ? server->drained_by_ms : -1);
    if (due_ms == server->timer_ms) {
        return;
    }
    server->timer_ms = due_ms;
    if (due_ms < 0) {
        (void)event_del(&server->timer);
        return;
    }
    int64_t wait_ms = due_ms > server->connections.now_ms ? due_ms - server->connections.now_ms : 0;
    struct timeval wait = {.tv_sec = (time_t)(wait_ms / 1000),
                           .tv_usec = (suseconds_t)(wait_ms % 1000) * 1000};
    (void)event_add(&server->timer, &wait);
}

/* The replies of this turn are sent, so nobody waits for them longer. */
static void give_memory_back(struct server *server, int64_t core_due_ms) {
    const struct connections *all = &server->connections;
    bool freeing = core_due_ms >= 0 && core_due_ms <= all->now_ms;
    size_t used_bytes = core_memory_bytes(all->core) + stream_memory_bytes();
    trim_note(&server->trim, used_bytes, freeing, all->now_ms);
    if (trim_is_due(&server->trim, all->now_ms)) {
        trim_heap(&server->trim, all->now_ms);
    }
}

static void run_turn(struct server *server) {
    server->connections.now_ms = server_now_ms();
    if (wall_changed(&server->wall, server->connections.now_ms)) {
        core_set_wall(server->connections.core, server->wall.ahead_ms);
    }
    (void)core_tick(server->connections.core, server->connections.now_ms);
    if (server->accept_again_ms >= 0 && server->accept_again_ms <= server->connections.now_ms) {
        resume_accepting(server);
    }
    accept_all(server);
    connections_serve(&server->connections);
    flush_all(server);
    connections_report(&server->connections);
    int64_t core_due_ms = core_tick(server->connections.core, server->connections.now_ms);
    give_memory_back(server, core_due_ms);
    set_timer(server, core_due_ms);
    if (server->state == DRAINING && server->drained_by_ms <= server->connections.now_ms) {
        diagnostics_warning("some replies could not be sent in time");
        set_state(server, STOPPED);
    }
}

static bool poll_events(struct server *server) {
    (void)event_base_loop(server->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    return server->event_seen;
}

/* Between two polls the peers may run, each for a short time. Beyond that another process did. */
static int64_t slice_of_strangers_ns(const struct server *server) {
    int64_t peers = (int64_t)core_session_count(server->connections.core);
    int64_t slice_ns = PEERS_SHARE_NS + peers * PEER_SHARE_NS;
    return slice_ns < SPIN_SLICE_NS ? slice_ns : SPIN_SLICE_NS;
}

/* Poll for a while before sleeping: see spin.h. Returns whether an event came. */
static bool spin_for_events(struct server *server) {
    server->spin.slice_ns = slice_of_strangers_ns(server);
    bool again = spin_begin(&server->spin, now_ns());
    bool came = again && poll_events(server);
    while (again && !came) {
        (void)sched_yield();
        again = spin_again(&server->spin, now_ns());
        came = poll_events(server);
    }
    spin_end(&server->spin, came);
    return came;
}

/* Wait for an event, or only poll if connections are ready or due already. Draining is over when
 * all replies are sent and a last poll finds no event. */
static void wait_for_events(struct server *server) {
    bool last_poll = server->state == DRAINING && is_drained(server);
    bool busy = last_poll || !connections_idle(&server->connections);
    server->event_seen = false;
    if (busy || !spin_for_events(server)) {
        (void)event_base_loop(server->base, EVLOOP_ONCE | (busy ? EVLOOP_NONBLOCK : 0));
    }
    if (last_poll && connections_idle(&server->connections)) {
        set_state(server, STOPPED);
    }
}

void server_run(struct server *server) {
    set_timer(server, core_tick(server->connections.core, server->connections.now_ms));
    while (server->state != STOPPED) {
        wait_for_events(server);
        run_turn(server);
    }
}

/* ---- Begin ---- */

static void on_event_log(int severity, const char *message) {
    (void)severity;
    diagnostics_warning("%s", message);
}

static bool add_listener_events(struct server *server) {
    server->listener_events =
        calloc(server->config.listener_count, sizeof *server->listener_events);
    if (!server->listener_events) {
        return false;
    }
    for (size_t i = 0; i < server->config.listener_count; i++) {
        struct listener_event *event = &server->listener_events[i];
        event->server = server;
        event->listener = &server->config.listeners[i];
        if (event_assign(&event->acceptable, server->base, event->listener->fd,
                         EV_READ | EV_PERSIST, on_acceptable, event) != 0 ||
            event_add(&event->acceptable, NULL) != 0) {
            return false;
        }
    }
    return true;
}

static bool add_event(struct server *server, struct event *event, int fd, short what,
                      event_callback_fn callback) {
    return event_assign(event, server->base, fd, what, callback, server) == 0 &&
           event_add(event, NULL) == 0;
}

static bool watch_starter(struct server *server) {
    enum { LOOK_US = 100000 };
    int fd = server->config.starter_fd;
    if (server->config.starter == 0) {
        return true;
    }
    if (fd >= 0) {
        return add_event(server, &server->starter, fd, EV_READ, on_starter_death);
    }
    const struct timeval each = {.tv_usec = LOOK_US};
    return event_assign(&server->starter, server->base, -1, EV_PERSIST, on_starter_look, server) ==
               0 &&
           event_add(&server->starter, &each) == 0;
}

static bool add_events(struct server *server) {
    const short signals = EV_SIGNAL | EV_PERSIST;
    return event_assign(&server->timer, server->base, -1, 0, on_timer, server) == 0 &&
           add_event(server, &server->terminated, SIGTERM, signals, on_signal) &&
           add_event(server, &server->interrupted, SIGINT, signals, on_signal) &&
           watch_starter(server) && add_listener_events(server);
}

static void init_connections(struct server *server) {
    const struct server_config *config = &server->config;
    struct connections *all = &server->connections;
    connections_init(all);
    all->now_ms = config->core.now_ms;
    all->output_max_bytes = config->output_max_bytes;
    all->unsent_max_bytes = config->unsent_max_bytes;
    all->unsent_all_max_bytes = config->core.memory_max_bytes;
    all->frame_max_bytes = config->core.frame_max_bytes;
    all->requests_per_turn_max = config->requests_per_turn_max;
    all->scratch = malloc(sizeof *all->scratch);
    all->core = core_new(&config->core, connection_output);
}

struct server *server_new(const struct server_config *config) {
    assert(config->listener_count > 0 && config->requests_per_turn_max > 0);
    assert(config->output_max_bytes <= config->unsent_max_bytes);
    struct server *server = calloc(1, sizeof *server);
    if (!server) {
        diagnostics_error("out of memory");
        return NULL;
    }
    server->config = *config;
    server->timer_ms = -1;
    server->trim.due_ms = -1;
    server->spin.limit_ns = config->spin_us * 1000;
    server->accept_again_ms = -1;
    server->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    event_set_log_callback(on_event_log); /* by itself it would wait for standard error */
    server->base = event_base_new();
    link_init(&server->peers);
    init_connections(server);
    if (!server->connections.scratch || !server->connections.core || !server->base ||
        !add_events(server)) {
        diagnostics_error("cannot start: out of memory or file descriptors");
        server_free(server);
        return NULL;
    }
    return server;
}

void server_free(struct server *server) {
    if (!server) {
        return;
    }
    set_state(server, STOPPED);
    struct link *link = NULL;
    while ((link = link_first(&server->peers)) != NULL) {
        hang_up(LINK_OWNER(link, struct peer, in_peers));
    }
    core_free(server->connections.core);
    if (server->base) {
        event_base_free(server->base);
    }
    if (server->reserve_fd >= 0) {
        (void)close(server->reserve_fd);
    }
    free(server->listener_events);
    free(server->connections.scratch);
    free(server);
}
