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

/** The bytes of one message, which are the connection's. */
struct message {
    const uint8_t *bytes;
    size_t len;
};

/** How to decode what came from others into `scratch`. */
struct decoder message_decoder(struct scratch *scratch);

/** Decode a Reply.
 *
 *  Returns  HF_OK with a reply that lasts as long as `scratch`; HF_TOO_BIG: only this reply is
 *           lost, message_id() tells which it was; HF_PROTOCOL: it is no Reply; HF_DISCONNECTED:
 *           there is no memory for it, and without knowing what it granted the connection must end
 */
HF_MUST_USE hf_status message_decode(const struct message *message, struct scratch *scratch,
                                     const Hf__Reply **reply);

/** The id of a reply that cannot be unpacked; 0 if it has none. */
uint64_t message_id(const struct message *message);

/** Encode a message behind `head` bytes that are the caller's to write, at the end of `out`, which
 * the caller then advances over both. Returns where they begin; NULL: no memory for the `len`
 * bytes. */
uint8_t *message_put(struct buffer *out, size_t head, const ProtobufCMessage *message, size_t *len);

/** Append a message as one frame. Returns HF_OK, HF_TOO_BIG, HF_NO_MEMORY; `out` untouched but for
 * HF_OK. */
HF_MUST_USE hf_status message_put_frame(struct buffer *out, const ProtobufCMessage *message,
                                        size_t max_bytes);

/** How many holds such a reply tells of. false: it does not tell. */
bool message_holds_left(const struct message *message, uint32_t *left);

#endif
