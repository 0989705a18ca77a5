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

/* The status with which the manager refuses us, or HF_PROTOCOL for an answer to something else. */
static hf_status refusal(struct handshake *handshake, const Hf__Reply *reply) {
    const char *peer = handshake->client->address.text;
    hf_status status = (hf_status)reply->status;
    bool ours = reply->id == handshake->asked || reply->id == 0;
    if (ours && status == HF_DRAINING) { /* as if it had ended already */
        handshake->drains = true;
        status = HF_UNREACHABLE;
    }
    if (ours && !hf_ok(status)) {
        return detail_set(status, "%s: %s", peer,
                          reply->detail ? reply->detail : hf_status_text(status));
    }
    if (!hf_ok(status) || reply->id != handshake->asked) {
        return detail_set(HF_PROTOCOL, "%s answers another request: %s", peer,
                          reply->detail ? reply->detail : hf_status_text(status));
    }
    return HF_OK;
}

static hf_status put_request(struct handshake *handshake, Hf__Request *request) {
    assert(!request->has_id && buffer_len(&handshake->out) == 0);
    request->has_id = true;
    request->id = ++handshake->asked;
    return message_put_frame(&handshake->out, &request->base, HF_HELLO_MAX_BYTES);
}

static struct proof_span span(const uint8_t *bytes, size_t len) {
    return (struct proof_span){bytes, len};
}

static hf_status put_proof(struct handshake *handshake, const Hf__Challenge *challenge) {
    const hf_client *client = handshake->client;
    if (client->key_len == 0) {
        return detail_set(HF_DENIED, "%s asks for a key: give a key file ($HOLDFAST_KEY_FILE)",
                          client->address.text);
    }
    if (handshake->proved || challenge->nonce.len != HF_NONCE_BYTES) {
        return detail_set(HF_PROTOCOL, "%s sent a challenge without a nonce of 32 bytes",
                          client->address.text);
    }
    struct proof_span key = span(client->key, client->key_len);
    struct proof_span own = span(handshake->nonce, HF_NONCE_BYTES);
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
    handshake->proved = true;

    Hf__Request request = HF__REQUEST__INIT;
    Hf__Prove op = HF__PROVE__INIT;
    request.op_case = HF__REQUEST__OP_PROVE;
    request.prove = &op;
    op.proof = (ProtobufCBinaryData){sizeof proof, proof};
    return put_request(handshake, &request);
}

hf_status handshake_begin(struct handshake *handshake, const hf_client *client) {
    char label[HF_LABEL_MAX_BYTES];
    uint8_t family[HF_FAMILY_BYTES];
    Hf__Request request = HF__REQUEST__INIT;
    Hf__Hello op = HF__HELLO__INIT;
    *handshake = (struct handshake){.client = client};
    (void)snprintf(label, sizeof label, "%s", client_label(client));
    request.op_case = HF__REQUEST__OP_HELLO;
    request.hello = &op;
    op.version = HF_PROTOCOL_VERSION;
    op.label = label;
    op.has_pid = true;
    op.pid = (uint64_t)getpid();
    op.has_tid = true;
    op.tid = (uint64_t)syscall(SYS_gettid);
    op.has_family = !client->alone && family_of_process(family);
    op.family = (ProtobufCBinaryData){sizeof family, family};
    if (client->address.tcp) {
        int before = cancel_off();
        bool random = RAND_bytes(handshake->nonce, HF_NONCE_BYTES) == 1;
        cancel_restore(before);
        if (!random) {
            return detail_set(HF_SYSTEM, "no random bytes for a nonce");
        }
        op.has_nonce = true;
        op.nonce = (ProtobufCBinaryData){HF_NONCE_BYTES, handshake->nonce};
    }
    return put_request(handshake, &request);
}

static hf_status take_welcome(struct handshake *handshake, const Hf__Reply *reply) {
    const hf_client *client = handshake->client;
    if (reply->result_case != HF__REPLY__RESULT_WELCOME) {
        return detail_set(HF_PROTOCOL, "%s answers hello with something other than welcome",
                          client->address.text);
    }
    if (reply->welcome->version != HF_PROTOCOL_VERSION) {
        return detail_set(HF_VERSION, "%s speaks protocol version %u, this library version %d",
                          client->address.text, reply->welcome->version, HF_PROTOCOL_VERSION);
    }
    if (client->key_len > 0 && !handshake->proved) {
        return detail_set(HF_DENIED, "%s did not prove that it knows the key",
                          client->address.text);
    }
    uint64_t told =
        reply->welcome->has_max_frame_bytes ? reply->welcome->max_frame_bytes : HF_FRAME_MAX_BYTES;
    handshake->max_frame_bytes = told < HF_FRAME_LIMIT_BYTES ? (size_t)told : HF_FRAME_LIMIT_BYTES;
    handshake->session = reply->welcome->session;
    handshake->first_id = reply->welcome->first_id;
    handshake->welcomed = true;
    return HF_OK;
}

hf_status handshake_take(struct handshake *handshake, const struct message *message) {
    struct scratch scratch;
    const Hf__Reply *reply = NULL;
    assert(!handshake->welcomed);
    scratch_init(&scratch);
    hf_status status = message_decode(message, &scratch, &reply);
    if (status == HF_OK) {
        status = refusal(handshake, reply);
    }
    if (status == HF_OK) {
        status = reply->result_case == HF__REPLY__RESULT_CHALLENGE
                     ? put_proof(handshake, reply->challenge)
                     : take_welcome(handshake, reply);
    }
    scratch_fini(&scratch);
    return status;
}

void handshake_end(void *handshake) {
    struct handshake *ended = handshake;
    buffer_fini(&ended->out);
}

hf_status handshake_wait(struct handshake *handshake, struct conn *conn, const hf_client *client,
                         int64_t deadline_ms) {
    assert(conn_is_open(conn));
    const struct conn_wait wait = {deadline_ms, 0, true, false, NULL};
    hf_status status = handshake_begin(handshake, client);
    while (status == HF_OK && !handshake->welcomed) {
        struct message message = {NULL, 0};
        status = conn_receive(conn, &handshake->out, wait, &message);
        status = status == HF_OK ? handshake_take(handshake, &message) : status;
    }
    if (status == HF_TIMEOUT) {
        return detail_set(HF_UNREACHABLE, "%s accepted the connection but does not answer",
                          client->address.text);
    }
    conn->may_come = conn->may_come || handshake->drains;
    return status == HF_DISCONNECTED ? HF_UNREACHABLE /* there was no session to be lost yet */
                                     : status;
}
