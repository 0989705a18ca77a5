/* SPDX-License-Identifier: MIT
 *
 * Raw calls: a packed Request of the protocol (docs/protocol.md says what each means; the numbers
 * of the fields are in holdfast.proto, which is installed), and the bytes of its Reply. For
 * bindings that have a codec of their own, from their language's values straight to the wire; all
 * else is as with the typed functions: connections, deadlines, interrupts, holds, guards, parties,
 * pipelines, asynchronous groups, objects that are opened again after a restart.
 */
#ifndef HOLDFAST_RAW_H
#define HOLDFAST_RAW_H

#include <holdfast/client.h>
#include <stddef.h>

HF_BEGIN_DECLS

/** The bytes of a Reply, or none. They belong to the library. */
typedef struct hf_raw_reply {
    const unsigned char *bytes;
    size_t len;
} hf_raw_reply;

/** Make a call, or collect it.
 *
 *  request  the bytes of a Request, without length in front: with its operation, and where needed
 *           `object`, `timeout_ms`, `expect`, `party` (absent: that of hf_party()). The library
 *           adds `id` and the guard; `id`, `seq` and `guard` must be absent. It reads no more of it
 *           than it needs; the manager checks the rest
 *  reply    out, also if the call is refused; none, after a fatal status. Valid until this thread's
 *           next call on the client; if the call was collected, from the finish to the thread's
 *           next begin, in an asynchronous group until its callback returns. NULL: not wanted
 *  Returns  the status of the reply; HF_INVALID (it is no such Request, or one of hello, prove and
 *           cancel, which are the library's; or it is collected for a batch or a wait for any:
 *           these are Requests themselves), HF_TOO_BIG, HF_NO_MEMORY: nothing was sent; a fatal
 *           status
 *  Cost     as of the operation; nothing of the reply is decoded but its status and its detail. A
 *           lock that is granted to a raw call is released with an answer
 */
HF_API HF_MUST_USE hf_status hf_raw_call(hf_client *client, const void *request, size_t len,
                                         hf_raw_reply *reply);

HF_END_DECLS
#endif
