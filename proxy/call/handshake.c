/* SPDX-License-Identifier: MIT
 *
 * See handshake.h.
 */
#include "handshake.h"

#include "cancel.h"
#include "detail.h"
#include "family.h"
#include "holdfast.pb-c.h"
#include "message.h"
#include "proof.h"
#include "wire_limits.h"

#include <assert.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

struct introduction {
    struct conn *conn;
    const hf_client *client;
    int64_t deadline_ms;
    struct buffer out;
    uint8_t nonce[HF_NONCE_BYTES];
    bool proved;            /* the manager has proved that it knows the key */
    struct scratch scratch; /* memory of the replies */
};

/* The status with which the manager refuses us, or HF_PROTOCOL for an answer to something else. */
static hf_status refusal(const struct introduction *introduction, const Hf__Request *request,
                         const Hf__Reply *reply) {
    const char *peer = introduction->client->address.text;
    hf_status status = (hf_status)reply->status;
    bool ours = reply->id == request->id || reply->id == 0;
    if (ours && status == HF_DRAINING) { /* as if it had ended already */
        introduction->conn->may_come = true;
        status = HF_UNREACHABLE;
    }
    if (ours && !hf_ok(status)) {
        return detail_set(status, "%s: %s", peer,
                          reply->detail ? reply->detail : hf_status_text(status));
    }
    if (!hf_ok(status) || reply->id != request->id) {
        return detail_set(HF_PROTOCOL, "%s answers another request: %s", peer,
                          reply->detail ? reply->detail : hf_status_text(status));
    }
    return HF_OK;
}

/* Send a request and wait for its reply, which lasts as long as the introduction. */
static hf_status introduction_ask(struct introduction *introduction, Hf__Request *request,
                                  const Hf__Reply **reply) {
    struct message message = {NULL, 0};
    const char *peer = introduction->client->address.text;
    assert(!request->has_id && buffer_len(&introduction->out) == 0);
    request->has_id = true;
    hf_status status = message_put_frame(&introduction->out, &request->base, HF_HELLO_MAX_BYTES);
    if (status == HF_OK) {
        status = conn_receive(introduction->conn, &introduction->out,
                              (struct conn_wait){introduction->deadline_ms, 0, true, false, NULL},
                              &message);
    }
    if (status == HF_TIMEOUT) {
        return detail_set(HF_UNREACHABLE, "%s accepted the connection but does not answer", peer);
    }
    if (status == HF_DISCONNECTED) {
        return HF_UNREACHABLE; /* there was no session to be lost yet */
    }
    if (status == HF_OK) {
        status = message_decode(&message, &introduction->scratch, reply);
    }
    return status == HF_OK ? refusal(introduction, request, *reply) : status;
}

static struct proof_span span(const uint8_t *bytes, size_t len) {
    return (struct proof_span){bytes, len};
}

static hf_status prove(struct introduction *introduction, const Hf__Reply **reply) {
    const hf_client *client = introduction->client;
    const Hf__Challenge *challenge = (*reply)->challenge;
    assert((*reply)->result_case == HF__REPLY__RESULT_CHALLENGE && !introduction->proved);
    if (client->key_len == 0) {
        return detail_set(HF_DENIED, "%s asks for a key: give a key file ($HOLDFAST_KEY_FILE)",
                          client->address.text);
    }
    if (challenge->nonce.len != HF_NONCE_BYTES) {
        return detail_set(HF_PROTOCOL, "%s sent a challenge without a nonce of 32 bytes",
                          client->address.text);
    }
    struct proof_span key = span(client->key, client->key_len);
    struct proof_span own = span(introduction->nonce, HF_NONCE_BYTES);
    struct proof_span theirs = span(challenge->nonce.data, HF_NONCE_BYTES);
    uint8_t expected[HF_PROOF_BYTES];
    uint8_t proof[HF_PROOF_BYTES];
    int before = cancel_off();
    bool made = proof_make(PROOF_OF_MANAGER, key, own, theirs, expected) &&
                proof_make(PROOF_OF_CLIENT, key, own, theirs, proof);
    cancel_restore(before);
    if (!made) {
        return detail_set(HF_SYSTEM, "cannot compute a proof");
    }
    if (!proof_equal(expected, span(challenge->proof.data, challenge->proof.len))) {
        return detail_set(HF_DENIED, "%s does not know the key", client->address.text);
    }
    introduction->proved = true;

    Hf__Request request = HF__REQUEST__INIT;
    Hf__Prove op = HF__PROVE__INIT;
    request.id = 2;
    request.op_case = HF__REQUEST__OP_PROVE;
    request.prove = &op;
    op.proof = (ProtobufCBinaryData){sizeof proof, proof};
    return introduction_ask(introduction, &request, reply);
}

static hf_status say_hello(struct introduction *introduction, const Hf__Reply **reply) {
    char label[HF_LABEL_MAX_BYTES];
    (void)snprintf(label, sizeof label, "%s", client_label(introduction->client));
    Hf__Request request = HF__REQUEST__INIT;
    Hf__Hello op = HF__HELLO__INIT;
    request.id = 1;
    request.op_case = HF__REQUEST__OP_HELLO;
    request.hello = &op;
    op.version = HF_PROTOCOL_VERSION;
    op.label = label;
    op.has_pid = true;
    op.pid = (uint64_t)getpid();
    op.has_tid = true;
    op.tid = (uint64_t)syscall(SYS_gettid);
    uint8_t family[HF_FAMILY_BYTES];
    op.has_family = !introduction->client->alone && family_of_process(family);
    op.family = (ProtobufCBinaryData){sizeof family, family};
    if (introduction->client->address.tcp) {
        int before = cancel_off();
        bool random = RAND_bytes(introduction->nonce, HF_NONCE_BYTES) == 1;
        cancel_restore(before);
        if (!random) {
            return detail_set(HF_SYSTEM, "no random bytes for a nonce");
        }
        op.has_nonce = true;
        op.nonce = (ProtobufCBinaryData){HF_NONCE_BYTES, introduction->nonce};
    }
    return introduction_ask(introduction, &request, reply);
}

static hf_status check_welcome(const struct introduction *introduction, const Hf__Reply *reply,
                               size_t *max_frame_bytes, uint64_t *first_id) {
    const hf_client *client = introduction->client;
    if (reply->result_case != HF__REPLY__RESULT_WELCOME) {
        return detail_set(HF_PROTOCOL, "%s answers hello with something other than welcome",
                          client->address.text);
    }
    if (reply->welcome->version != HF_PROTOCOL_VERSION) {
        return detail_set(HF_VERSION, "%s speaks protocol version %u, this library version %d",
                          client->address.text, reply->welcome->version, HF_PROTOCOL_VERSION);
    }
    if (client->key_len > 0 && !introduction->proved) {
        return detail_set(HF_DENIED, "%s did not prove that it knows the key",
                          client->address.text);
    }
    uint64_t told =
        reply->welcome->has_max_frame_bytes ? reply->welcome->max_frame_bytes : HF_FRAME_MAX_BYTES;
    *max_frame_bytes = told < HF_FRAME_LIMIT_BYTES ? (size_t)told : HF_FRAME_LIMIT_BYTES;
    *first_id = reply->welcome->first_id;
    return HF_OK;
}

static void introduction_free(void *argument) {
    struct introduction *introduction = argument;
    scratch_fini(&introduction->scratch);
    buffer_fini(&introduction->out);
}

hf_status handshake(struct conn *conn, const hf_client *client, int64_t deadline_ms,
                    size_t *max_frame_bytes, uint64_t *first_id) {
    assert(conn_is_open(conn));
    struct introduction introduction = {.conn = conn, .client = client, .deadline_ms = deadline_ms};
    scratch_init(&introduction.scratch);
    const Hf__Reply *reply = NULL;
    hf_status status = HF_OK;
    pthread_cleanup_push(introduction_free, &introduction);
    status = say_hello(&introduction, &reply);
    if (status == HF_OK && reply->result_case == HF__REPLY__RESULT_CHALLENGE) {
        status = prove(&introduction, &reply);
    }
    if (status == HF_OK) {
        status = check_welcome(&introduction, reply, max_frame_bytes, first_id);
        assert(status != HF_OK || *max_frame_bytes <= HF_FRAME_LIMIT_BYTES);
    }
    pthread_cleanup_pop(1);
    return status;
}
