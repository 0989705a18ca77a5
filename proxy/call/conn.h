/* SPDX-License-Identifier: MIT
 *
 * One connection: a socket, and the bytes that were received from it. It deals with frames and
 * deadlines, not with requests.
 *
 * After any status but HF_OK, HF_TIMEOUT and HF_CANCELLED the connection cannot be used any more:
 * close it.
 */
#ifndef HF_CONN_H
#define HF_CONN_H

#include "address.h"
#include "bell.h"
#include "buffer.h"
#include "message.h"
#include "sockets.h"
#include "spin.h"

#include <sys/socket.h>

struct conn {
    struct tracked_socket socket;
    const struct address *peer; /* for details */
    struct buffer in;
    size_t message_max_bytes; /* a longer one is none of a manager's */
    bool tcp;
    struct spin spins[2]; /* for waits whose answer may take long, and for the others */
    bool send_failed;     /* the peer takes no more; its reason may be among what it has sent */
    size_t unread_bytes; /* sent since something was received: perhaps the peer has not read them */
    bool may_come;       /* nobody answered, but a manager that starts may do so soon */
    struct bell *bell;   /* of the thread that uses it; NULL: nothing interrupts its waits */
};

/** How long to wait for a message, or until all is sent. */
struct conn_wait {
    int64_t deadline_ms;
    int64_t silence_ms; /* after bytes have passed, wait so long for more; 0: until the deadline */
    bool at_once;       /* the call does not wait at the manager, so its answer comes at once */
    bool interruptible; /* without a deadline: a signal handler without SA_RESTART ends the wait */
    const int *wake_fd; /* the wait ends when this descriptor can be read; NULL: none */
};

void conn_init(struct conn *conn);

/** Connect, in one attempt. Returns HF_OK; HF_UNREACHABLE: `conn->may_come` tells whether another
 * attempt makes sense; after an interrupt none does; HF_DENIED; HF_SYSTEM. `peer` must outlive the
 * connection. */
HF_MUST_USE hf_status conn_open(struct conn *conn, const struct address *peer, int64_t deadline_ms);

/** Begin to connect to one of the peer's socket addresses, without waiting: nothing that uses the
 * socket will wait. Returns as conn_open(); HF_TIMEOUT: it goes on, until the socket can be written
 * to: then ask conn_started(). */
HF_MUST_USE hf_status conn_start(struct conn *conn, const struct address *peer,
                                 const struct sockaddr *address, socklen_t len);

/** How it went on. Returns as conn_start(). */
HF_MUST_USE hf_status conn_started(struct conn *conn);

bool conn_is_open(const struct conn *conn);

/** Whether an idle connection is lost already, or the program has closed it: nothing may be sent to
 * what has its number now. Whether the peer is there is asked on TCP only. On a Unix socket the
 * next send finds out.
 *
 *  silent  the peer has nothing to say but that it ends
 */
bool conn_looks_dead(const struct conn *conn, bool silent);

/** Close it and release its memory. */
void conn_close(struct conn *conn);

/** The same for a caller that holds the fork lock. */
void conn_close_locked(struct conn *conn);

/** Send as much as the socket takes now. Sets `conn->send_failed` if the peer is gone. */
void conn_send(struct conn *conn, struct buffer *out);

/** Send the rest of `out`, and wait until the peer takes it. Returns HF_OK, or HF_DISCONNECTED,
 * also if the peer takes no more. */
HF_MUST_USE hf_status conn_flush(struct conn *conn, struct buffer *out, struct conn_wait wait);

/** The next message that has been received as a whole, valid until the next conn_receive(). Returns
 * HF_OK; HF_TIMEOUT: there is none yet; HF_PROTOCOL. */
HF_MUST_USE hf_status conn_next(struct conn *conn, struct message *message);

/** Receive what has come, without waiting. Returns HF_OK: some bytes; HF_TIMEOUT: none;
 * HF_DISCONNECTED. */
HF_MUST_USE hf_status conn_read(struct conn *conn);

/** Send the rest of `out` and wait for one message.
 *
 *  Returns  HF_OK; HF_TIMEOUT: no message in the time to wait; HF_CANCELLED: the wait was
 *           interrupted; HF_DISCONNECTED, HF_PROTOCOL
 */
HF_MUST_USE hf_status conn_receive(struct conn *conn, struct buffer *out, struct conn_wait wait,
                                   struct message *message);

#endif
