/* SPDX-License-Identifier: MIT
 *
 * How a connection becomes a session: hello -> welcome, or hello -> challenge, prove -> welcome.
 */
#ifndef HF_HANDSHAKE_H
#define HF_HANDSHAKE_H

#include "client.h"
#include "conn.h"

/** Introduce this thread. A manager on TCP must prove that it knows the key before we send our own
 * proof.
 *
 *  max_frame_bytes  out: the largest frame that the manager accepts
 *  first_id         out: the first id of its run; 0: it does not tell
 *
 *  Returns  HF_OK; HF_DENIED, HF_VERSION, HF_UNREACHABLE (no answer by the deadline) or another
 *           fatal status: close the connection
 */
HF_MUST_USE hf_status handshake(struct conn *conn, const hf_client *client, int64_t deadline_ms,
                                size_t *max_frame_bytes, uint64_t *first_id);

#endif
