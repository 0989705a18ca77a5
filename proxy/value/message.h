/* SPDX-License-Identifier: MIT
 *
 * From a message to bytes, and from the bytes of a message to a Reply.
 */
#ifndef HF_MESSAGE_H
#define HF_MESSAGE_H

#include "buffer.h"
#include "decode.h"
#include "holdfast.pb-c.h"
#include "scratch.h"

/** The bytes of one message. They belong to the connection. */
struct message {
    const uint8_t *bytes;
    size_t len;
};

/** A decoder of a received message of `len` bytes, which takes memory from `scratch`, as much as
 * such a message can be worth. */
struct decoder message_decoder(struct scratch *scratch, size_t len);

/** Decode a Reply.
 *
 *  Returns  HF_OK with a reply that lasts as long as `scratch`; HF_TOO_BIG: only this reply is
 *           lost, and its id can be peeked; HF_PROTOCOL: it is no Reply; HF_DISCONNECTED: there
 *           is no memory for it, and the connection must end, because it may have granted something
 */
HF_MUST_USE hf_status message_decode(const struct message *message, struct scratch *scratch,
                                     const Hf__Reply **reply);

/** Encode a message at the end of `out`, behind `head` bytes that the caller writes. Then the
 * caller advances `out->end` over both. Returns where they begin; NULL: no memory for the `len`
 * bytes. */
uint8_t *message_put(struct buffer *out, size_t head, const ProtobufCMessage *message, size_t *len);

/** Whether the manager accepts the frames in `out`. Returns HF_OK, HF_TOO_BIG. */
HF_MUST_USE hf_status message_check_frames(const struct buffer *out, size_t max_bytes);

/** Append a message as one frame. Returns HF_OK; HF_TOO_BIG, HF_NO_MEMORY: `out` is unchanged. */
HF_MUST_USE hf_status message_put_frame(struct buffer *out, const ProtobufCMessage *message,
                                        size_t max_bytes);

#endif
