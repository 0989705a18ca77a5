/* SPDX-License-Identifier: MIT
 *
 * One connection: a socket, and the bytes that came from it. Knows frames and deadlines, not
 * requests.
 *
 * Any status but HF_OK and HF_TIMEOUT from these functions means that the connection is of no
 * further use: close it.
 */
#ifndef HF_CONN_H
#define HF_CONN_H

#include "address.h"
#include "buffer.h"
#include "message.h"
#include "sockets.h"
#include "spin.h"

struct conn {
    struct tracked_socket socket;
    const struct address *peer; /* for messages */
    struct buffer in;
    bool tcp;
    struct spin spins[2]; /* for answers that come at once, and for those that are waited for */
    bool send_failed;     /* the peer takes no more, but may have said why */
};

/** How long to wait for a message. */
struct conn_wait {
    int64_t deadline_ms;
    bool at_once; /* it is expected at once: what is waited for at the manager is not */
};

void conn_init(struct conn *conn);

/** Connect. Returns HF_OK, HF_UNREACHABLE, HF_DENIED or HF_SYSTEM. `peer` must outlive the
 * connection. */
HF_MUST_USE hf_status conn_open(struct conn *conn, const struct address *peer, int64_t deadline_ms);

bool conn_is_open(const struct conn *conn);

/** Whether an idle connection looks dead already. Costs a system call on TCP, nothing on Unix
 * sockets, where the next send finds out. */
bool conn_looks_dead(const struct conn *conn);

/** Close it and release its memory. The same for a caller that holds the fork lock. */
void conn_close(struct conn *conn);
void conn_close_locked(struct conn *conn);

/** Send what the socket takes without waiting. `conn->send_failed` tells that the peer is gone. */
void conn_send(struct conn *conn, struct buffer *out);

/** Send what is left of `out`, waiting until the peer takes it. Returns HF_OK, HF_DISCONNECTED
 * (also where it has not by the deadline). */
HF_MUST_USE hf_status conn_flush(struct conn *conn, struct buffer *out, int64_t deadline_ms);

/** The next message, if it has come. Returns HF_OK; HF_TIMEOUT: it has not; HF_PROTOCOL. */
HF_MUST_USE hf_status conn_next(struct conn *conn, struct message *message);

/** Send what is left of `out` and wait for one message.
 *
 *  Returns  HF_OK; HF_TIMEOUT: not by the deadline; HF_DISCONNECTED, HF_PROTOCOL
 */
HF_MUST_USE hf_status conn_receive(struct conn *conn, struct buffer *out, struct conn_wait wait,
                                   struct message *message);

#endif
