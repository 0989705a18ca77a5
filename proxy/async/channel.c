/* SPDX-License-Identifier: MIT
 *
 * See channel.h.
 */
#include "channel.h"

#include "deadline.h"
#include "detail.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

hf_status channel_init(struct channel *channel, hf_client *client) {
    *channel = (struct channel){.client = client};
    channel->session = session_new_apart(client);
    if (!channel->session) {
        return HF_NO_MEMORY;
    }
    if (!waker_init(&channel->waker)) {
        session_free_apart(channel->session);
        return detail_set(HF_SYSTEM, "cannot make a descriptor to wait for: %s", strerror(errno));
    }
    return HF_OK;
}

static void end_attempt(struct channel *channel) {
    waker_watch_nothing(&channel->waker);
    handshake_end(&channel->handshake);
    channel->handshake = (struct handshake){.client = channel->client};
    session_drop(channel->session);
}

static void end_lookup(struct channel *channel) {
    if (!channel->lookup) {
        return;
    }
    waker_watch_nothing(&channel->waker);
    lookup_end(channel->lookup);
    channel->lookup = NULL;
    channel->address = NULL;
}

void channel_drop(struct channel *channel) {
    end_attempt(channel);
    end_lookup(channel);
    channel->state = CHANNEL_IDLE;
    channel->pause_ms = 0;
}

void channel_fini(struct channel *channel) {
    channel_drop(channel);
    waker_fini(&channel->waker);
    session_free_apart(channel->session);
}

static bool is_inherited(struct channel *channel) {
    if (!session_is_inherited(channel->session)) {
        return false;
    }
    waker_fini(&channel->waker); /* the parent has its own references */
    lookup_forget(channel->lookup);
    channel->lookup = NULL;
    session_begin_anew(channel->session);
    channel_drop(channel);
    return true;
}

enum channel_news channel_refresh(struct channel *channel) {
    const struct conn *conn = &channel->session->conn;
    bool inherited = is_inherited(channel);
    bool open = conn_is_open(conn);
    if (open ? sockets_is_open(&conn->socket) : waker_is_whole(&channel->waker)) {
        return CHANNEL_SOUND;
    }
    waker_forget(&channel->waker);
    if (waker_init(&channel->waker)) {     /* without it, hf_async_fd() is -1 */
        waker_wake_at(&channel->waker, 1); /* a time that has passed: what was due is not known */
    }
    return inherited ? CHANNEL_INHERITED : open ? CHANNEL_CLOSED : CHANNEL_SOUND;
}

/* ---- one attempt ---- */

void channel_watch(struct channel *channel, bool unsent) {
    uint32_t events = channel->state == CHANNEL_CONNECTING ? EPOLLOUT
                      : unsent                             ? EPOLLIN | EPOLLOUT
                                                           : EPOLLIN;
    if (conn_is_open(&channel->session->conn)) {
        (void)waker_watch(&channel->waker, channel->session->conn.socket.fd, events);
    }
}

static hf_status greet(struct channel *channel) {
    hf_status status = handshake_begin(&channel->handshake, channel->client);
    channel->state = CHANNEL_GREETING;
    if (status == HF_OK) {
        conn_send(&channel->session->conn, &channel->handshake.out);
        channel_watch(channel, buffer_len(&channel->handshake.out) > 0);
    }
    return status == HF_OK ? HF_TIMEOUT : status;
}

/* `status` is that of conn_start() or conn_started(). */
static hf_status go_on_connecting(struct channel *channel, hf_status status) {
    if (session_is_cut(channel->client)) { /* also if it was cut before it had a socket */
        return detail_set(HF_DISCONNECTED, "the connection to %s was cut",
                          channel->client->address.text);
    }
    if (status == HF_TIMEOUT) {
        channel->state = CHANNEL_CONNECTING;
        channel_watch(channel, true);
    }
    return status == HF_OK ? greet(channel) : status;
}

static hf_status start_unix(struct channel *channel) {
    const struct address *peer = &channel->client->address;
    struct sockaddr_un address;
    socklen_t len = unix_path_address(peer->path, &address);
    return go_on_connecting(
        channel, conn_start(&channel->session->conn, peer, (const struct sockaddr *)&address, len));
}

static hf_status start_address(struct channel *channel) {
    const struct addrinfo *address = channel->address;
    return go_on_connecting(channel, conn_start(&channel->session->conn, &channel->client->address,
                                                address->ai_addr, address->ai_addrlen));
}

static hf_status take_addresses(struct channel *channel) {
    const struct address *peer = &channel->client->address;
    int error = lookup_result(channel->lookup, &channel->address);
    if (error == EAI_INPROGRESS) {
        return HF_TIMEOUT;
    }
    waker_watch_nothing(&channel->waker);
    channel->session->conn.may_come = error == EAI_AGAIN;
    if (error) {
        hf_status status =
            detail_set(HF_UNREACHABLE, "cannot find %s: %s", peer->text, gai_strerror(error));
        end_lookup(channel); /* the next attempt asks again */
        return status;
    }
    return start_address(channel);
}

static hf_status channel_look_up(struct channel *channel) {
    const struct address *peer = &channel->client->address;
    channel->lookup = lookup_begin(peer->host, peer->port);
    channel->state = CHANNEL_LOOKING_UP;
    if (!channel->lookup) {
        return HF_SYSTEM;
    }
    int fd = lookup_fd(channel->lookup);
    if (fd >= 0 && !waker_watch(&channel->waker, fd, EPOLLIN)) {
        return detail_set(HF_SYSTEM, "cannot wait for an address: %s", strerror(errno));
    }
    return take_addresses(channel);
}

static hf_status attempt(struct channel *channel) {
    if (!channel->client->address.tcp) {
        return start_unix(channel);
    }
    const struct addrinfo *first = NULL;
    if (!channel->lookup) {
        return channel_look_up(channel);
    }
    (void)lookup_result(channel->lookup, &first);
    channel->address = first;
    return start_address(channel);
}

/* The host's next address, if this one does not answer. */
static hf_status try_next(struct channel *channel, hf_status status) {
    while (status == HF_UNREACHABLE && channel->address && channel->address->ai_next) {
        channel->address = channel->address->ai_next;
        end_attempt(channel);
        status = start_address(channel);
    }
    return status;
}

static hf_status read_welcome(struct channel *channel) {
    struct conn *conn = &channel->session->conn;
    struct handshake *handshake = &channel->handshake;
    struct message message = {NULL, 0};
    conn_send(conn, &handshake->out);
    hf_status status = conn_next(conn, &message);
    while (status == HF_TIMEOUT && (status = conn_read(conn)) == HF_OK) {
        status = conn_next(conn, &message);
    }
    if (status == HF_OK) {
        status = handshake_take(handshake, &message);
        conn->may_come = conn->may_come || handshake->drains;
    }
    if (status == HF_OK && !handshake->welcomed) {
        conn_send(conn, &handshake->out);
        status = HF_TIMEOUT;
    }
    if (status == HF_TIMEOUT) {
        channel_watch(channel, buffer_len(&handshake->out) > 0);
    }
    return status == HF_DISCONNECTED ? HF_UNREACHABLE /* there was no session to be lost yet */
                                     : status;
}

/* ---- until one succeeds ---- */

void channel_connect(struct channel *channel) {
    assert(channel->state == CHANNEL_IDLE);
    channel->connect_by_ms = deadline_in(channel->client->connect_timeout_ms);
    channel->pause_ms = 1;
    channel->state = CHANNEL_PAUSING;
}

static hf_status give_up(struct channel *channel, hf_status status) {
    channel_drop(channel);
    channel->again_ms =
        deadline_in(SESSION_LONGEST_PAUSE_MS); /* who submits again and again: not so fast */
    return status;
}

/* An attempt was in vain. */
static hf_status pause_or_give_up(struct channel *channel, hf_status status) {
    bool again = channel->session->conn.may_come && channel->client->waits_for_manager &&
                 deadline_left(channel->connect_by_ms) > channel->pause_ms;
    if (status != HF_UNREACHABLE || !again) {
        return give_up(channel, status);
    }
    end_attempt(channel);
    channel->state = CHANNEL_PAUSING;
    channel->again_ms = deadline_in(channel->pause_ms);
    channel->pause_ms = session_longer_pause(channel->pause_ms);
    waker_wake_at(&channel->waker, channel->again_ms);
    return HF_TIMEOUT;
}

static hf_status step(struct channel *channel) {
    switch (channel->state) {
    case CHANNEL_PAUSING:
        return deadline_left(channel->again_ms) > 0 ? HF_TIMEOUT : attempt(channel);
    case CHANNEL_LOOKING_UP:
        return take_addresses(channel);
    case CHANNEL_CONNECTING:
        return go_on_connecting(channel, conn_started(&channel->session->conn));
    case CHANNEL_GREETING:
        return read_welcome(channel);
    case CHANNEL_IDLE:
    case CHANNEL_READY:
        break;
    }
    assert(channel->state == CHANNEL_READY);
    return HF_OK;
}

hf_status channel_go_on(struct channel *channel) {
    hf_status status = try_next(channel, step(channel));
    if (status == HF_TIMEOUT && deadline_left(channel->connect_by_ms) == 0) {
        status =
            channel->state == CHANNEL_PAUSING
                ? detail_set(HF_UNREACHABLE, "no manager answers at %s",
                             channel->client->address.text)
                : detail_set(HF_UNREACHABLE, "%s does not answer", channel->client->address.text);
        return give_up(channel, status);
    }
    if (status == HF_OK) {
        session_welcome(channel->session, &channel->handshake);
        handshake_end(&channel->handshake);
        end_lookup(channel);
        channel->state = CHANNEL_READY;
        channel_watch(channel, false);
        return HF_OK;
    }
    if (status != HF_TIMEOUT) {
        return pause_or_give_up(channel, status);
    }
    waker_wake_at(&channel->waker,
                  channel->state == CHANNEL_PAUSING && channel->again_ms < channel->connect_by_ms
                      ? channel->again_ms
                      : channel->connect_by_ms);
    return HF_TIMEOUT;
}
