/* SPDX-License-Identifier: MIT
 *
 * See conn.h. Threads wait in poll(). A recv() that waits would need one system call less, but on a
 * Unix socket it also wakes up when the peer has read what was sent.
 */
#include "conn.h"

#include "cancel.h"
#include "deadline.h"
#include "detail.h"
#include "frame.h"
#include "wire_limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    SETTLING_MS = 10,
    RECEIVE_BYTES = 4096,         /* least room for one recv() */
    UNREAD_MAX_BYTES = 64 * 1024, /* a socket surely has room for a small frame beside so many */
    CONNECT_MAX_MS = 3600 * 1000, /* longer waits wake up in between */
    INTERRUPTED_MS = 50,          /* an interrupt is noticed so late while it connects */
    KEEPALIVE_IDLE_S = 15,        /* a vanished peer is noticed within 30 s */
    KEEPALIVE_INTERVAL_S = 5,
    KEEPALIVE_COUNT = 3,
    UNACKNOWLEDGED_MAX_S = KEEPALIVE_IDLE_S + KEEPALIVE_INTERVAL_S * KEEPALIVE_COUNT
};

void conn_init(struct conn *conn) {
    *conn = (struct conn){.socket = {.fd = -1}, .message_max_bytes = HF_REPLY_MAX_BYTES};
}

bool conn_is_open(const struct conn *conn) {
    return conn->socket.fd >= 0;
}

void conn_close(struct conn *conn) {
    sockets_close(&conn->socket);
    buffer_fini(&conn->in);
}

void conn_close_locked(struct conn *conn) {
    sockets_close_locked(&conn->socket);
    buffer_fini(&conn->in);
}

/* Whether a manager that starts, or a network that comes up, ends this error. */
static bool error_passes(int error) {
    return error == ENOENT || error == ECONNREFUSED || error == ECONNRESET ||
           error == ECONNABORTED || error == EHOSTUNREACH || error == ENETUNREACH ||
           error == EHOSTDOWN || error == ENETDOWN || error == ETIMEDOUT;
}

/* A file that is no socket refuses as a socket does that nobody listens on. */
static bool is_other_file(const struct address *peer) {
    struct stat file;
    return !peer->tcp && !unix_path_is_abstract(peer->path) && stat(peer->path, &file) == 0 &&
           !S_ISSOCK(file.st_mode);
}

static hf_status unreachable(struct conn *conn, int error) {
    const struct address *peer = conn->peer;
    conn->may_come = error_passes(error);
    if (error == EACCES || error == EPERM) {
        return detail_set(HF_DENIED, "not allowed to connect to %s: %s", peer->text,
                          strerror(error));
    }
    if (error == ECONNREFUSED && is_other_file(peer)) {
        conn->may_come = false;
        return detail_set(HF_UNREACHABLE, "cannot connect to %s: the file is not a socket",
                          peer->text);
    }
    if (error == ENOENT || error == ECONNREFUSED) {
        return detail_set(HF_UNREACHABLE,
                          "no manager answers at %s: %s%s%s (start one: holdfastd --listen %s)",
                          peer->text, strerror(error), peer->other[0] ? "; nor is one at " : "",
                          peer->other, peer->text);
    }
    return detail_set(HF_UNREACHABLE, "cannot connect to %s: %s", peer->text, strerror(error));
}

/* Connect the socket and wait until it is connected; it is tried at least once. The send timeout
 * limits the wait, also while the backlog of a Unix listener is full. After a signal, another
 * connect() continues (Linux). */
static int connect_socket(const struct conn *conn, const struct sockaddr *address, socklen_t len,
                          int64_t deadline_ms) {
    const int fd = conn->socket.fd;
    const int64_t most = conn->bell ? INTERRUPTED_MS : CONNECT_MAX_MS;
    for (bool tried = false;; tried = true) {
        int64_t left = deadline_left(deadline_ms);
        if (tried && (left == 0 || bell_rings(conn->bell) || bell_ask(conn->bell))) {
            return left == 0 ? ETIMEDOUT : ECANCELED;
        }
        left = left > most ? most : left > 0 ? left : 1;
        struct timeval limit = {(time_t)(left / 1000), (suseconds_t)(left % 1000) * 1000};
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (connect(fd, address, len) == 0 || errno == EISCONN) {
            return 0;
        }
        if (errno != EINTR && errno != EAGAIN && errno != EINPROGRESS && errno != EALREADY) {
            return errno;
        }
    }
}

static hf_status try_address(struct conn *conn, const struct sockaddr *address, socklen_t len,
                             int64_t deadline_ms) {
    assert(!conn_is_open(conn) && conn->peer);
    if (!sockets_open(&conn->socket, address->sa_family)) {
        return detail_set(HF_SYSTEM, "cannot make a socket: %s", strerror(errno));
    }
    int error = connect_socket(conn, address, len, deadline_ms);
    if (error) {
        sockets_close(&conn->socket);
        return unreachable(conn, error);
    }
    return HF_OK;
}

/* Everybody may listen at a name that is no file, also after its manager has ended. */
static hf_status check_listener(struct conn *conn) {
    struct ucred listener = {.uid = (uid_t)-1};
    socklen_t len = sizeof listener;
    (void)getsockopt(conn->socket.fd, SOL_SOCKET, SO_PEERCRED, &listener, &len);
    if (listener.uid == 0 || listener.uid == geteuid()) {
        return HF_OK;
    }
    sockets_close(&conn->socket);
    return detail_set(HF_DENIED, "%s is served by another user (%lu)", conn->peer->text,
                      (unsigned long)listener.uid);
}

static hf_status open_unix(struct conn *conn, int64_t deadline_ms) {
    const char *path = conn->peer->path;
    struct sockaddr_un address;
    socklen_t len = unix_path_address(path, &address);
    hf_status status = try_address(conn, (const struct sockaddr *)&address, len, deadline_ms);
    return status == HF_OK && unix_path_is_abstract(path) ? check_listener(conn) : status;
}

static void set_option(int fd, int level, int option, int value) {
    (void)setsockopt(fd, level, option, &value, sizeof value); /* the connection works without it */
}

static void keep_alive(int fd) {
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
    /* While data is unacknowledged, the kernel sends no keepalive. */
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MAX_S * 1000);
}

static void free_addresses(void *found) {
    freeaddrinfo(found);
}

static hf_status open_tcp(struct conn *conn, int64_t deadline_ms) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int before = cancel_off();
    int error = getaddrinfo(conn->peer->host, conn->peer->port, &hints, &found);
    cancel_restore(before);
    if (error) {
        conn->may_come = error == EAI_AGAIN;
        return detail_set(HF_UNREACHABLE, "cannot find %s: %s", conn->peer->text,
                          gai_strerror(error));
    }
    hf_status status = HF_UNREACHABLE;
    pthread_cleanup_push(free_addresses, found);
    bool goes_on = true;
    for (struct addrinfo *one = found; one && status != HF_OK && goes_on; one = one->ai_next) {
        status = try_address(conn, one->ai_addr, one->ai_addrlen, deadline_ms);
        goes_on = !bell_rings(conn->bell);
    }
    pthread_cleanup_pop(1);
    if (status == HF_OK) {
        keep_alive(conn->socket.fd);
    }
    return status;
}

static void conn_begin(struct conn *conn, const struct address *peer) {
    assert(!conn_is_open(conn));
    buffer_clear(&conn->in);
    conn->peer = peer;
    conn->tcp = peer->tcp;
    conn->send_failed = false;
    conn->unread_bytes = 0;
    conn->may_come = false;
}

hf_status conn_open(struct conn *conn, const struct address *peer, int64_t deadline_ms) {
    conn_begin(conn, peer);
    return peer->tcp ? open_tcp(conn, deadline_ms) : open_unix(conn, deadline_ms);
}

/* ---- connecting without waiting ---- */

/* The error that a connect() had; 0: it is connected. */
static hf_status started(struct conn *conn, int error) {
    if (error == EINPROGRESS || error == EINTR) { /* then it goes on by itself */
        return HF_TIMEOUT;
    }
    if (error) {
        hf_status status = unreachable(conn, error);
        conn->may_come = conn->may_come || error == EAGAIN; /* many connect to it at once */
        sockets_close(&conn->socket);
        return status;
    }
    if (conn->tcp) {
        keep_alive(conn->socket.fd);
        return HF_OK;
    }
    return unix_path_is_abstract(conn->peer->path) ? check_listener(conn) : HF_OK;
}

hf_status conn_start(struct conn *conn, const struct address *peer, const struct sockaddr *address,
                     socklen_t len) {
    conn_begin(conn, peer);
    if (!sockets_open(&conn->socket, address->sa_family)) {
        return detail_set(HF_SYSTEM, "cannot make a socket: %s", strerror(errno));
    }
    int fd = conn->socket.fd;
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return started(conn, connect(fd, address, len) == 0 ? 0 : errno);
}

hf_status conn_started(struct conn *conn) {
    int error = 0;
    socklen_t len = sizeof error;
    struct pollfd poll_fd = {conn->socket.fd, POLLOUT, 0};
    if (poll(&poll_fd, 1, 0) <= 0) {
        return HF_TIMEOUT;
    }
    if (getsockopt(conn->socket.fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        error = errno;
    }
    return started(conn, error);
}

bool conn_looks_dead(const struct conn *conn, bool silent) {
    uint8_t byte = 0;
    if (!sockets_is_open(&conn->socket) || (silent && buffer_len(&conn->in) > 0)) {
        return true;
    }
    if (!conn->tcp) {
        return false;
    }
    ssize_t got = recv(conn->socket.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got > 0 && silent) || (got < 0 && errno != EAGAIN && errno != EINTR);
}

void conn_send(struct conn *conn, struct buffer *out) {
    assert(conn_is_open(conn));
    while (buffer_len(out) > 0 && !conn->send_failed) {
        ssize_t sent = send(conn->socket.fd, out->bytes + out->start, buffer_len(out),
                            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            out->start += (size_t)sent;
            conn->unread_bytes += (size_t)sent;
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            conn->send_failed = true;
        }
    }
}

static hf_status connection_lost(const struct conn *conn, const char *why) {
    return detail_set(HF_DISCONNECTED, "the connection to %s was lost: %s", conn->peer->text, why);
}

/* Bytes have passed: the time for silence begins anew. */
static void end_silence(struct conn_wait *wait) {
    int64_t deadline_ms = deadline_in(wait->silence_ms);
    if (wait->deadline_ms < deadline_ms) {
        wait->deadline_ms = deadline_ms;
    }
}

/* Returns whether the peer has taken some. */
static bool send_on(struct conn *conn, struct buffer *out) {
    size_t start = out->start;
    conn_send(conn, out);
    return out->start > start;
}

hf_status conn_flush(struct conn *conn, struct buffer *out, struct conn_wait wait) {
    while (buffer_len(out) > 0 && !conn->send_failed) {
        struct pollfd poll_fd = {conn->socket.fd, POLLOUT, 0};
        (void)poll(&poll_fd, 1, deadline_poll(wait.deadline_ms));
        if (send_on(conn, out)) {
            end_silence(&wait);
        } else if (deadline_left(wait.deadline_ms) == 0) {
            return connection_lost(conn, "the manager does not read");
        }
    }
    return conn->send_failed ? connection_lost(conn, "the manager hung up") : HF_OK;
}

/* HF_TIMEOUT: no whole message has come; then it lacks `missing` bytes at least. */
static hf_status next_message(struct conn *conn, struct message *message, size_t *missing) {
    size_t len = buffer_len(&conn->in);
    *missing = 1;
    if (len < HF_FRAME_HEADER_BYTES) {
        return HF_TIMEOUT;
    }
    const uint8_t *frame = conn->in.bytes + conn->in.start;
    size_t body_len = frame_body_len(frame);
    if (body_len > conn->message_max_bytes) {
        return detail_set(HF_PROTOCOL, "%s sent a message of %zu bytes: not a Holdfast manager?",
                          conn->peer->text, body_len);
    }
    if (len - HF_FRAME_HEADER_BYTES < body_len) {
        *missing = body_len - (len - HF_FRAME_HEADER_BYTES);
        return HF_TIMEOUT;
    }
    assert(conn->in.start + HF_FRAME_HEADER_BYTES + body_len <= conn->in.end);
    *message = (struct message){frame + HF_FRAME_HEADER_BYTES, body_len};
    conn->in.start += HF_FRAME_HEADER_BYTES + body_len;
    return HF_OK;
}

/* The error that recv() had; 0: the end of the stream. The kernel tells it only once. */
static hf_status receiving_failed(struct conn *conn, int error) {
    conn->may_come = error == 0 || error_passes(error); /* in the place of one that ends */
    return connection_lost(conn, error == 0 ? "the manager hung up" : strerror(error));
}

/* One recv(). HF_TIMEOUT: nothing has come. */
static hf_status receive_bytes(struct conn *conn, size_t missing) {
    assert(missing > 0);
    if (buffer_len(&conn->in) == 0) {
        buffer_clear(&conn->in);
    }
    uint8_t *place = buffer_reserve(&conn->in, missing > RECEIVE_BYTES ? missing : RECEIVE_BYTES);
    if (!place) {
        return connection_lost(conn, "no memory to receive an answer");
    }
    ssize_t got = recv(conn->socket.fd, place, conn->in.capacity - conn->in.end, MSG_DONTWAIT);
    if (got > 0) {
        conn->in.end += (size_t)got;
        conn->unread_bytes = 0;
        return HF_OK;
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return HF_TIMEOUT;
    }
    return receiving_failed(conn, got == 0 ? 0 : errno);
}

/* Try to receive for a short time before sleeping: see spin.h. */
static hf_status spin_for_bytes(struct conn *conn, struct spin *spin, size_t missing) {
    hf_status status = HF_TIMEOUT;
    bool again = spin_begin(spin, deadline_now_ns());
    while (status == HF_TIMEOUT && again) {
        (void)sched_yield();
        again = spin_again(spin, deadline_now_ns());
        status = receive_bytes(conn, missing);
    }
    spin_end(spin, status != HF_TIMEOUT);
    return status;
}

/* Sleep for ever, until bytes come or a signal handler without SA_RESTART has run: recv() tells,
 * poll() does not. First the peer has time to read what was sent. A handler that runs so early is
 * not noticed. HF_CANCELLED: a handler has run. */
static hf_status sleep_until_interrupted(struct conn *conn) {
    uint8_t byte = 0;
    struct pollfd poll_fd = {conn->socket.fd, POLLIN, 0};
    int64_t settled_ms = deadline_in(SETTLING_MS);
    int ready = 0;
    do {
        ready = poll(&poll_fd, 1, deadline_poll(settled_ms));
    } while (ready < 0 && errno == EINTR && deadline_left(settled_ms) > 0);
    bool waits = ready <= 0 && sockets_is_open(&conn->socket);
    if (waits && recv(conn->socket.fd, &byte, 1, MSG_PEEK) < 0) {
        return errno == EINTR ? HF_CANCELLED : receiving_failed(conn, errno);
    }
    return HF_OK;
}

/* Sleep until bytes come. HF_CANCELLED: the descriptor can be read. */
static hf_status sleep_until_woken(const struct conn *conn, const struct conn_wait *wait) {
    struct pollfd polls[] = {{conn->socket.fd, POLLIN, 0}, {*wait->wake_fd, POLLIN, 0}};
    int ready = poll(polls, 2, deadline_poll(wait->deadline_ms));
    if (ready > 0 && !polls[0].revents) {
        return HF_CANCELLED;
    }
    return ready > 0 ? HF_OK : HF_TIMEOUT;
}

/* Sleep until bytes come, or with POLLOUT until more can be sent. HF_TIMEOUT: no bytes came. */
static hf_status sleep_for_bytes(struct conn *conn, short events, int64_t deadline_ms) {
    struct pollfd poll_fd = {conn->socket.fd, events, 0};
    int ready = poll(&poll_fd, 1, deadline_poll(deadline_ms));
    if (ready > 0 && (poll_fd.revents & POLLOUT)) {
        conn->unread_bytes = 0;
    }
    return ready > 0 && (poll_fd.revents & ~POLLOUT) ? HF_OK : HF_TIMEOUT;
}

/* Sleep until bytes come; while the peer has not taken all, also until it takes more. */
static hf_status sleep_until_bytes(struct conn *conn, bool unsent, const struct conn_wait *wait,
                                   int64_t deadline_ms) {
    if (wait->wake_fd && !unsent) {
        return sleep_until_woken(conn, wait);
    }
    if (wait->interruptible && !unsent && deadline_ms == DEADLINE_NEVER) {
        return sleep_until_interrupted(conn);
    }
    return sleep_for_bytes(conn, unsent ? POLLIN | POLLOUT : POLLIN, deadline_ms);
}

/* The earlier of the two; a negative time is none. */
static int64_t no_later_than(int64_t deadline_ms, int64_t wait_ms) {
    int64_t other_ms = deadline_in(wait_ms);
    return other_ms < deadline_ms ? other_ms : deadline_ms;
}

/* The same, unless the thread is interrupted: HF_CANCELLED. While it connects, it leaves the peer
 * time to answer first. A call whose answer comes at once is not interrupted. */
static hf_status sleep_unless_interrupted(struct conn *conn, size_t missing, bool unsent,
                                          const struct conn_wait *wait) {
    struct bell *bell = conn->bell;
    if (wait->at_once && !bell_connects(bell)) {
        hf_status status = sleep_until_bytes(conn, unsent, wait, wait->deadline_ms);
        return status == HF_OK ? receive_bytes(conn, missing) : status;
    }
    bool rings = bell_sleep(bell, &conn->socket, !unsent);
    if (rings && !bell_connects(bell)) {
        return HF_CANCELLED;
    }
    int64_t deadline_ms = rings ? no_later_than(wait->deadline_ms, INTERRUPTED_MS)
                                : no_later_than(wait->deadline_ms, bell_nap_ms(bell));
    hf_status status = sleep_until_bytes(conn, unsent, wait, deadline_ms);
    bell_wake(bell);
    if (!wait->at_once && !sockets_is_open(&conn->socket)) { /* it may have slept for long */
        return connection_lost(conn, "the program has closed its socket");
    }
    status = status == HF_OK ? receive_bytes(conn, missing) : status;
    return status == HF_TIMEOUT && (rings || bell_ask(bell)) ? HF_CANCELLED : status;
}

/* Wait for bytes; while the peer has not taken all, also until it takes more. HF_TIMEOUT: no bytes
 * came. */
static hf_status await_bytes(struct conn *conn, size_t missing, bool unsent,
                             const struct conn_wait *wait) {
    hf_status status =
        unsent ? HF_TIMEOUT : spin_for_bytes(conn, &conn->spins[wait->at_once], missing);
    return status == HF_TIMEOUT ? sleep_unless_interrupted(conn, missing, unsent, wait) : status;
}

hf_status conn_next(struct conn *conn, struct message *message) {
    size_t missing = 0;
    return next_message(conn, message, &missing);
}

hf_status conn_read(struct conn *conn) {
    size_t missing = 0;
    struct message message;
    hf_status status = next_message(conn, &message, &missing);
    assert(status == HF_TIMEOUT);
    (void)status;
    return receive_bytes(conn, missing);
}

hf_status conn_receive(struct conn *conn, struct buffer *out, struct conn_wait wait,
                       struct message *message) {
    assert(conn_is_open(conn));
    for (bool received = false;;) {
        size_t missing = 0;
        hf_status status = next_message(conn, message, &missing);
        if (status != HF_TIMEOUT) {
            return status;
        }
        if (send_on(conn, out) || received) {
            end_silence(&wait);
        }
        /* A peer that has not taken all may not read on before its answers are read. And an
         * interrupter must find room for its frame. */
        bool crowded = !wait.at_once && conn->unread_bytes > UNREAD_MAX_BYTES;
        bool unsent = (buffer_len(out) > 0 || crowded) && !conn->send_failed;
        status = await_bytes(conn, missing, unsent, &wait);
        received = status == HF_OK;
        if (status == HF_TIMEOUT ? deadline_left(wait.deadline_ms) == 0 : status != HF_OK) {
            return status;
        }
    }
}
