/* SPDX-License-Identifier: MIT
 *
 * How a connection becomes a session: hello -> welcome, or hello -> challenge, prove -> welcome.
 * The steps neither send nor wait, so that a loop of events can take them as well:
 *
 *     handshake_begin(&handshake, client);
 *     while (status == HF_OK && !handshake.welcomed) {
 *         send handshake.out; receive a message;
 *         status = handshake_take(&handshake, &message);
 *     }
 *     handshake_end(&handshake);
 */
#ifndef HF_HANDSHAKE_H
#define HF_HANDSHAKE_H

#include "client.h"
#include "conn.h"
#include "wire_limits.h"

struct handshake {
    const hf_client *client;
    struct buffer out; /* what is to be sent next */
    uint64_t asked;    /* the id of the request in it, or of the last one */
    uint8_t nonce[HF_NONCE_BYTES];
    bool proved;            /* the manager has proved that it knows the key */
    bool drains;            /* the manager refused since it ends: another may come in its place */
    bool welcomed;          /* it is done; the next members are told */
    size_t max_frame_bytes; /* the largest frame that the manager accepts */
    uint64_t session;       /* the number of this session */
    uint64_t first_id;      /* the first id of its run; 0: it does not tell */
};

/** Put the hello of the calling thread into `out`. Returns HF_OK, or a fatal status; in both cases
 * end it with handshake_end(). */
HF_MUST_USE hf_status handshake_begin(struct handshake *handshake, const hf_client *client);

/** Take the manager's answer. A manager on TCP must prove that it knows the key before our own
 * proof is put into `out`.
 *
 *  Returns  HF_OK: welcomed, or `out` is to be sent; HF_DENIED, HF_VERSION, HF_UNREACHABLE or
 *           another fatal status: close the connection
 */
HF_MUST_USE hf_status handshake_take(struct handshake *handshake, const struct message *message);

/** Release the memory. A cleanup handler. */
void handshake_end(void *handshake);

/** Take all steps, and wait for the manager's answers. Returns as the steps; HF_UNREACHABLE also if
 * there is no answer by the deadline. End it with handshake_end(). */
HF_MUST_USE hf_status handshake_wait(struct handshake *handshake, struct conn *conn,
                                     const hf_client *client, int64_t deadline_ms);

#endif
