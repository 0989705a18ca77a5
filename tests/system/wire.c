/* SPDX-License-Identifier: MIT
 *
 * See wire.h.
 */
#include "wire.h"

#include "daemon.h"
#include "frame.h"
#include "unix_path.h"
#include "wire_limits.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int connect_unix(const char *path) {
    struct sockaddr_un address;
    assert_true(strlen(path) <= UNIX_PATH_MAX_BYTES);
    socklen_t len = unix_path_address(path, &address);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, len), 0);
    return fd;
}

/* "HOST:PORT" in numbers. */
static int connect_tcp(const char *where) {
    char host[64];
    const char *port = strrchr(where, ':') + 1;
    bool brackets = where[0] == '[';
    (void)snprintf(host, sizeof host, "%.*s", (int)(port - where) - 1 - 2 * brackets,
                   where + brackets);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    assert_int_equal(getaddrinfo(host, port, &hints, &found), 0);
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, found->ai_addr, found->ai_addrlen), 0);
    freeaddrinfo(found);
    return fd;
}

enum { DESCRIPTORS_MAX = 4096 };

static bool open_wires[DESCRIPTORS_MAX]; /* by descriptor */

struct wire wire_connect(const char *address) {
    const char *tcp = "tcp://";
    struct wire wire = {.last_id = 0};
    if (strncmp(address, tcp, strlen(tcp)) == 0) {
        wire.fd = connect_tcp(address + strlen(tcp));
    } else {
        assert_int_equal(strncmp(address, "unix:", 5), 0);
        wire.fd = connect_unix(address + 5);
    }
    assert_true(wire.fd < DESCRIPTORS_MAX);
    open_wires[wire.fd] = true;
    return wire;
}

hf_status wire_greet(struct wire *wire, const char *label) {
    char name[HF_LABEL_MAX_BYTES];
    assert_true(strlen(label) < sizeof name);
    memcpy(name, label, strlen(label) + 1);
    Hf__Hello hello = HF__HELLO__INIT;
    hello.version = HF_PROTOCOL_VERSION;
    hello.label = name;
    hello.has_pid = true;
    hello.pid = (uint64_t)getpid();
    return wire_call_status(wire, HF__REQUEST__OP_HELLO, &hello, 0, 0);
}

struct wire wire_open(const char *address, const char *label) {
    struct wire wire = wire_connect(address);
    assert_int_equal(wire_greet(&wire, label), HF_OK);
    return wire;
}

void wire_close(struct wire *wire) {
    open_wires[wire->fd] = false;
    assert_int_equal(close(wire->fd), 0);
}

void wire_close_all(void) {
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
        if (open_wires[fd]) {
            wire_close(&(struct wire){.fd = fd});
        }
    }
}

bool wire_send_bytes(const struct wire *wire, const void *bytes, size_t len) {
    const uint8_t *at = bytes;
    while (len > 0) {
        ssize_t sent = send(wire->fd, at, len, MSG_NOSIGNAL);
        if (sent < 0) {
            return false;
        }
        at += sent;
        len -= (size_t)sent;
    }
    return true;
}

uint64_t wire_send(struct wire *wire, Hf__Request__OpCase op_case, void *op, uint64_t object,
                   int64_t timeout_ms) {
    Hf__Request request = HF__REQUEST__INIT;
    request.has_id = true;
    request.id = ++wire->last_id;
    request.has_object = object != 0;
    request.object = object;
    request.has_timeout_ms = timeout_ms != 0;
    request.timeout_ms = timeout_ms;
    request.op_case = op_case;
    request.ping = op; /* any member of the union */
    request.guard = wire->guard;

    size_t len = hf__request__get_packed_size(&request);
    uint8_t *frame = malloc(HF_FRAME_HEADER_BYTES + len);
    assert_non_null(frame);
    frame_put_header(frame, (uint32_t)len);
    (void)hf__request__pack(&request, frame + HF_FRAME_HEADER_BYTES);
    bool sent = wire_send_bytes(wire, frame, HF_FRAME_HEADER_BYTES + len);
    free(frame);
    assert_true(sent);
    return request.id;
}

bool wire_hears(const struct wire *wire, int wait_ms) {
    struct pollfd wait = {.fd = wire->fd, .events = POLLIN};
    int ready = 0;
    do {
        ready = poll(&wait, 1, wait_ms);
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

/* Returns false when the peer hangs up before all of it has come. */
static bool receive_bytes(const struct wire *wire, uint8_t *bytes, size_t len) {
    while (len > 0) {
        if (!wire_hears(wire, PATIENCE_MS)) {
            fail_msg("no answer");
        }
        ssize_t got = recv(wire->fd, bytes, len, 0);
        if (got <= 0) {
            return false;
        }
        bytes += got;
        len -= (size_t)got;
    }
    return true;
}

Hf__Reply *wire_receive(const struct wire *wire) {
    uint8_t header[HF_FRAME_HEADER_BYTES];
    if (!receive_bytes(wire, header, sizeof header)) {
        return NULL;
    }
    size_t len = frame_body_len(header);
    assert_true(len <= HF_FRAME_MAX_BYTES);
    uint8_t *body = malloc(len + 1);
    assert_non_null(body);
    Hf__Reply *reply = NULL;
    if (receive_bytes(wire, body, len)) {
        reply = hf__reply__unpack(NULL, len, body);
        assert_non_null(reply);
    }
    free(body);
    return reply;
}

hf_status wire_status(const struct wire *wire, uint64_t *id) {
    Hf__Reply *reply = wire_receive(wire);
    if (!reply) {
        *id = 0;
        return HF_DISCONNECTED;
    }
    hf_status status = (hf_status)reply->status;
    *id = reply->id;
    hf__reply__free_unpacked(reply, NULL);
    return status;
}

hf_status wire_last_status(const struct wire *wire) {
    hf_status status = HF_OK;
    for (uint64_t id = 1; id != 0;) {
        status = wire_status(wire, &id);
    }
    return status;
}

void wire_expect(const struct wire *wire, uint64_t asked, hf_status wanted) {
    uint64_t id = 0;
    assert_int_equal(wire_status(wire, &id), wanted);
    assert_int_equal(id, asked);
}

Hf__Reply *wire_call(struct wire *wire, Hf__Request__OpCase op_case, void *op, uint64_t object,
                     int64_t timeout_ms) {
    uint64_t id = wire_send(wire, op_case, op, object, timeout_ms);
    Hf__Reply *reply = wire_receive(wire);
    if (reply) {
        assert_int_equal(reply->id, id);
    }
    return reply;
}

hf_status wire_call_status(struct wire *wire, Hf__Request__OpCase op_case, void *op,
                           uint64_t object, int64_t timeout_ms) {
    uint64_t id = wire_send(wire, op_case, op, object, timeout_ms);
    uint64_t answered = 0;
    hf_status status = wire_status(wire, &answered);
    if (answered != 0) {
        assert_int_equal(answered, id);
    }
    return status;
}

bool wire_ends(const struct wire *wire) {
    uint8_t bytes[65536];
    for (;;) {
        if (!wire_hears(wire, PATIENCE_MS)) {
            return false;
        }
        if (recv(wire->fd, bytes, sizeof bytes, 0) <= 0) {
            return true;
        }
    }
}

uint64_t wire_object(struct wire *wire, Hf__Request__OpCase op_case, void *open) {
    Hf__Reply *reply = wire_call(wire, op_case, open, 0, 0);
    assert_non_null(reply);
    assert_int_equal(reply->status, HF__STATUS__OK);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_OBJECT);
    uint64_t id = reply->object->id;
    hf__reply__free_unpacked(reply, NULL);
    return id;
}

static void copy_name(char name[64], const char *from) {
    assert_true(strlen(from) < 64);
    memcpy(name, from, strlen(from) + 1);
}

uint64_t wire_lock(struct wire *wire, const char *name) {
    char copy[64];
    copy_name(copy, name);
    Hf__LockOpen open = HF__LOCK_OPEN__INIT;
    open.name = copy;
    return wire_object(wire, HF__REQUEST__OP_LOCK_OPEN, &open);
}

uint64_t wire_queue(struct wire *wire, const char *name) {
    char copy[64];
    copy_name(copy, name);
    Hf__QueueOpen open = HF__QUEUE_OPEN__INIT;
    open.name = copy;
    return wire_object(wire, HF__REQUEST__OP_QUEUE_OPEN, &open);
}

uint64_t wire_send_acquire(struct wire *wire, uint64_t lock) {
    Hf__LockAcquire acquire = HF__LOCK_ACQUIRE__INIT;
    return wire_send(wire, HF__REQUEST__OP_LOCK_ACQUIRE, &acquire, lock, -1);
}

hf_status wire_release(struct wire *wire, uint64_t lock) {
    Hf__LockRelease release = HF__LOCK_RELEASE__INIT;
    return wire_call_status(wire, HF__REQUEST__OP_LOCK_RELEASE, &release, lock, 0);
}

hf_status wire_ping(struct wire *wire) {
    Hf__Ping ping = HF__PING__INIT;
    return wire_call_status(wire, HF__REQUEST__OP_PING, &ping, 0, 0);
}

void wire_put(struct wire *wire, uint64_t queue, int64_t number) {
    Hf__Any value = HF__ANY__INIT;
    value.kind_case = HF__ANY__KIND_INT;
    value.int_ = number;
    Hf__QueuePut put = HF__QUEUE_PUT__INIT;
    put.value = &value;
    assert_int_equal(wire_call_status(wire, HF__REQUEST__OP_QUEUE_PUT, &put, queue, 0), HF_OK);
}

static Hf__Reply *stats(struct wire *wire) {
    Hf__Stats ask = HF__STATS__INIT;
    Hf__Reply *reply = wire_call(wire, HF__REQUEST__OP_STATS, &ask, 0, 0);
    assert_non_null(reply);
    assert_int_equal(reply->result_case, HF__REPLY__RESULT_STATISTICS);
    return reply;
}

uint64_t wire_waiting_calls(struct wire *wire) {
    Hf__Reply *reply = stats(wire);
    uint64_t waiting = reply->statistics->waiting_calls;
    hf__reply__free_unpacked(reply, NULL);
    return waiting;
}

uint64_t wire_sessions(struct wire *wire) {
    Hf__Reply *reply = stats(wire);
    uint64_t sessions = reply->statistics->sessions;
    hf__reply__free_unpacked(reply, NULL);
    return sessions;
}

uint64_t wire_receiving_bytes(struct wire *wire) {
    Hf__Reply *reply = stats(wire);
    uint64_t bytes = reply->statistics->receiving_bytes;
    assert_true(bytes <= reply->statistics->memory_bytes);
    hf__reply__free_unpacked(reply, NULL);
    return bytes;
}

static void await(struct wire *wire, uint64_t (*number_of)(struct wire *wire), uint64_t count) {
    int64_t end_us = now_us() + PATIENCE_MS * 1000LL;
    while (number_of(wire) != count) {
        assert_true(now_us() < end_us);
    }
}

void wire_await_waiting(struct wire *wire, uint64_t count) {
    await(wire, wire_waiting_calls, count);
}

void wire_await_sessions(struct wire *wire, uint64_t count) {
    await(wire, wire_sessions, count);
}
