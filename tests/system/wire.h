/* SPDX-License-Identifier: MIT
 *
 * The smallest possible client: frames, written and read as docs/protocol.md says, on a blocking
 * socket with a time limit. A failure here fails the test.
 */
#ifndef HF_TEST_WIRE_H
#define HF_TEST_WIRE_H

#include "holdfast.pb-c.h"

#include <holdfast/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire {
    int fd;
    uint64_t last_id;
    Hf__Guard *guard; /**< of the requests from now on; NULL: none */
};

/** Connect to "unix:PATH" or "tcp://HOST:PORT", the host in numbers. */
struct wire wire_connect(const char *address);

/** Connect and introduce itself. */
struct wire wire_open(const char *address, const char *label);

/** The answer to a hello. */
hf_status wire_greet(struct wire *wire, const char *label);

void wire_close(struct wire *wire);

/** Close all that are open. */
void wire_close_all(void);

/** Send bytes as they are. Returns false when the peer has hung up. */
bool wire_send_bytes(const struct wire *wire, const void *bytes, size_t len);

/** Send a request under the next id, which is returned. `op` is the message of this case. */
uint64_t wire_send(struct wire *wire, Hf__Request__OpCase op_case, void *op, uint64_t object,
                   int64_t timeout_ms);

/** The next reply, to be released with hf__reply__free_unpacked(reply, NULL); NULL: the peer hung
 * up. */
Hf__Reply *wire_receive(const struct wire *wire);

/** The same, where nothing but its id and status counts; *id is 0 when the peer hung up. */
hf_status wire_status(const struct wire *wire, uint64_t *id);

/** Send and receive. */
Hf__Reply *wire_call(struct wire *wire, Hf__Request__OpCase op_case, void *op, uint64_t object,
                     int64_t timeout_ms);
hf_status wire_call_status(struct wire *wire, Hf__Request__OpCase op_case, void *op,
                           uint64_t object, int64_t timeout_ms);

/** The next reply must be to this id, with this status. */
void wire_expect(const struct wire *wire, uint64_t asked, hf_status wanted);

/** Read up to the reply about the session as a whole, and return its status; HF_DISCONNECTED: the
 * peer hangs up without. */
hf_status wire_last_status(const struct wire *wire);

/** Whether something comes within `wait_ms`: a reply, or the end. */
bool wire_hears(const struct wire *wire, int wait_ms);

/** Read until the peer hangs up. Returns whether it did in time. */
bool wire_ends(const struct wire *wire);

/** The id of the object that this operation opens; of the lock or queue of this name. */
uint64_t wire_object(struct wire *wire, Hf__Request__OpCase op_case, void *open);
uint64_t wire_lock(struct wire *wire, const char *name);
uint64_t wire_queue(struct wire *wire, const char *name);

uint64_t wire_send_acquire(struct wire *wire, uint64_t lock);
hf_status wire_release(struct wire *wire, uint64_t lock);
hf_status wire_ping(struct wire *wire);
void wire_put(struct wire *wire, uint64_t queue, int64_t number);

/** How many calls wait in the manager, and how many sessions it has. */
uint64_t wire_waiting_calls(struct wire *wire);
uint64_t wire_sessions(struct wire *wire);

/** Memory that it has for requests that have come in part. */
uint64_t wire_receiving_bytes(struct wire *wire);

/** Wait until so many calls wait there, or it has so many sessions. */
void wire_await_waiting(struct wire *wire, uint64_t count);
void wire_await_sessions(struct wire *wire, uint64_t count);

#endif
