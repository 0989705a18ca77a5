/* SPDX-License-Identifier: MIT
 *
 * See fake.h.
 */
#include "fake.h"

#include "decoded.h"
#include "each.h"
#include "frame.h"
#include "wire_limits.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void *play(void *argument) {
    struct fake *fake = argument;
    fake->script(fake);
    fake_hang_up(fake);
    return NULL;
}

static void begin(struct fake *fake, fake_script *script, void *data) {
    fake->peer = -1;
    fake->script = script;
    fake->data = data;
    fake->caller = pthread_self();
    fake->failure = NULL;
    fake->frame = NULL;
    fake->client = NULL;
    assert_int_equal(listen(fake->listener, 64), 0);
    assert_int_equal(pthread_create(&fake->thread, NULL, play, fake), 0);
    fake->plays = true;
}

void fake_start(struct fake *fake, fake_script *script, void *data) {
    (void)snprintf(fake->folder, sizeof fake->folder, "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(fake->folder));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/fake.sock", fake->folder);
    (void)snprintf(fake->address, sizeof fake->address, "unix:%s/fake.sock", fake->folder);
    fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fake->listener >= 0);
    assert_int_equal(
        bind(fake->listener, (const struct sockaddr *)&address, (socklen_t)sizeof address), 0);
    begin(fake, script, data);
}

void fake_start_tcp(struct fake *fake, fake_script *script, void *data) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    fake->folder[0] = 0;
    fake->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fake->listener >= 0);
    assert_int_equal(bind(fake->listener, (const struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fake->listener, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(fake->address, sizeof fake->address, "tcp://127.0.0.1:%d",
                   ntohs(address.sin_port));
    begin(fake, script, data);
}

void fake_stop(struct fake *fake) {
    hf_client_free(fake->client);
    fake->client = NULL;
    fake->plays = false;
    assert_int_equal(pthread_join(fake->thread, NULL), 0);
    free(fake->frame);
    (void)close(fake->listener);
    if (fake->folder[0]) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/fake.sock", fake->folder);
        (void)unlink(path);
        (void)rmdir(fake->folder);
    }
    if (fake->failure) {
        fail_msg("the fake manager: %s", fake->failure);
    }
}

hf_client *fake_client(const struct fake *fake, int64_t answer_timeout_ms) {
    hf_client_options options = HF_CLIENT_OPTIONS;
    hf_client *client = NULL;
    options.answer_timeout_ms = answer_timeout_ms;
    assert_int_equal(hf_client_new(fake->address, &options, &client), HF_OK);
    return client;
}

hf_client *fake_play(struct fake *fake, fake_script *script, void *data) {
    fake_start(fake, script, data);
    fake->client = fake_client(fake, PATIENCE_MS);
    return fake->client;
}

static int set_up(void **state) {
    static struct fake fake_of_test;
    fake_of_test.plays = false;
    *state = &fake_of_test;
    return 0;
}

static int tear_down(void **state) {
    struct fake *fake = *state;
    if (fake->plays) {
        fake_stop(fake);
    }
    return 0;
}

int fake_run(const char *name, const struct CMUnitTest *tests, size_t count) {
    return run_each(name, tests, count, (struct around){set_up, tear_down},
                    (struct around){NULL, NULL});
}

hf_value value_of(hf_client *client) {
    return (hf_value){client, 7};
}

void assert_detail_says(const char *words) {
    if (!strstr(hf_last_detail(), words)) {
        fail_msg("\"%s\" does not say \"%s\"", hf_last_detail(), words);
    }
}

/* ---- for scripts ---- */

void fake_expect(struct fake *fake, bool holds, const char *what) {
    if (!holds && !fake->failure) {
        fake->failure = what;
    }
}

static bool readable(int fd) {
    struct pollfd poll_fd = {fd, POLLIN, 0};
    return poll(&poll_fd, 1, PATIENCE_MS) > 0;
}

void fake_hang_up(struct fake *fake) {
    if (fake->peer >= 0) {
        (void)close(fake->peer);
        fake->peer = -1;
    }
}

void fake_accept(struct fake *fake) {
    fake_hang_up(fake);
    fake->peer = readable(fake->listener) ? accept4(fake->listener, NULL, NULL, SOCK_CLOEXEC) : -1;
    fake_expect(fake, fake->peer >= 0, "nobody connects");
}

void fake_welcome(struct fake *fake) {
    fake_welcome_in(fake, 0);
}

void fake_welcome_in(struct fake *fake, uint64_t first_id) {
    fake_accept(fake);
    uint64_t id = fake_read_op(fake, HF__REQUEST__OP_HELLO);
    Hf__Reply reply = HF__REPLY__INIT;
    Hf__Welcome welcome = HF__WELCOME__INIT;
    reply.has_id = true;
    reply.id = id;
    reply.result_case = HF__REPLY__RESULT_WELCOME;
    reply.welcome = &welcome;
    welcome.version = HF_PROTOCOL_VERSION;
    welcome.session = 1;
    welcome.has_first_id = first_id != 0;
    welcome.first_id = first_id;
    fake_reply(fake, &reply);
}

void fake_expect_hang_up(struct fake *fake) {
    char byte = 0;
    bool over = fake->peer >= 0 && readable(fake->peer) && recv(fake->peer, &byte, 1, 0) <= 0;
    fake_expect(fake, over, "the client does not hang up");
}

static bool receive(struct fake *fake, uint8_t *bytes, size_t len) {
    while (len > 0) {
        ssize_t got = fake->peer >= 0 && readable(fake->peer) ? recv(fake->peer, bytes, len, 0) : 0;
        if (got <= 0) {
            return false;
        }
        bytes += got;
        len -= (size_t)got;
    }
    return true;
}

Hf__Request *fake_read(struct fake *fake) {
    uint8_t header[HF_FRAME_HEADER_BYTES];
    if (!receive(fake, header, sizeof header)) {
        return NULL;
    }
    size_t len = frame_body_len(header);
    uint8_t *body = malloc(len + 1);
    Hf__Request *request = NULL;
    if (body && receive(fake, body, len)) {
        hf_status status = decoded_check(&hf__request__descriptor, body, len);
        fake_expect(fake, status == HF_OK, "a request that a manager would refuse");
        request = status == HF_OK ? hf__request__unpack(NULL, len, body) : NULL;
    }
    free(body);
    return request;
}

uint64_t fake_read_op(struct fake *fake, Hf__Request__OpCase op) {
    Hf__Request *request = fake_read(fake);
    fake_expect(fake, request && request->op_case == op, "another request than expected");
    uint64_t id = request ? request->id : 0;
    if (request) {
        hf__request__free_unpacked(request, NULL);
    }
    return id;
}

void fake_send(struct fake *fake, const void *bytes, size_t len) {
    const uint8_t *at = bytes;
    while (len > 0) {
        ssize_t sent = fake->peer >= 0 ? send(fake->peer, at, len, MSG_NOSIGNAL) : -1;
        fake_expect(fake, sent > 0, "the client takes no more");
        if (sent <= 0) {
            return;
        }
        at += sent;
        len -= (size_t)sent;
    }
}

void fake_reply(struct fake *fake, const Hf__Reply *reply) {
    size_t len = hf__reply__get_packed_size(reply);
    uint8_t *frame = realloc(fake->frame, HF_FRAME_HEADER_BYTES + len);
    fake_expect(fake, frame, "no memory");
    if (frame) {
        fake->frame = frame;
        frame_put_header(frame, (uint32_t)len);
        (void)hf__reply__pack(reply, frame + HF_FRAME_HEADER_BYTES);
        fake_send(fake, frame, HF_FRAME_HEADER_BYTES + len);
    }
}

void fake_reply_status(struct fake *fake, uint64_t id, hf_status status, const char *detail) {
    Hf__Reply reply = HF__REPLY__INIT;
    char text[128];
    reply.has_id = id != 0;
    reply.id = id;
    reply.status = (Hf__Status)status;
    if (detail) {
        (void)snprintf(text, sizeof text, "%s", detail);
        reply.detail = text;
    }
    fake_reply(fake, &reply);
}

void fake_reply_int(struct fake *fake, uint64_t id, int64_t number) {
    Hf__Reply reply = HF__REPLY__INIT;
    Hf__Any value = HF__ANY__INIT;
    reply.has_id = true;
    reply.id = id;
    reply.result_case = HF__REPLY__RESULT_VALUE;
    reply.value = &value;
    value.kind_case = HF__ANY__KIND_INT;
    value.int_ = number;
    fake_reply(fake, &reply);
}

void fake_reply_grant(struct fake *fake, uint64_t id, uint64_t fence) {
    Hf__Reply reply = HF__REPLY__INIT;
    Hf__Grant grant = HF__GRANT__INIT;
    reply.has_id = true;
    reply.id = id;
    reply.result_case = HF__REPLY__RESULT_GRANT;
    reply.grant = &grant;
    reply.has_holds_left = true;
    reply.holds_left = 1;
    grant.fence = fence;
    fake_reply(fake, &reply);
}

void fake_reply_object(struct fake *fake, uint64_t call, uint64_t id) {
    Hf__Reply reply = HF__REPLY__INIT;
    Hf__Ref ref = HF__REF__INIT;
    reply.has_id = true;
    reply.id = call;
    reply.result_case = HF__REPLY__RESULT_OBJECT;
    reply.object = &ref;
    ref.id = id;
    fake_reply(fake, &reply);
}
