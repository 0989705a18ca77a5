/* SPDX-License-Identifier: MIT
 *
 * See message.h.
 */
#include "message.h"

#include "detail.h"
#include "wire_limits.h"

/* A reply of the largest size can be a list of the smallest values, which take thirty times as much
 * once they are decoded. */
#define DECODED_MAX_BYTES ((size_t)HF_REPLY_MAX_BYTES * 32)

enum { REPLY_ID_TAG = 1 };

static void *take(void *scratch, size_t size) {
    return scratch_take(scratch, 1, size);
}

struct decoder message_decoder(struct scratch *scratch) {
    return (struct decoder){.depth_max = HF_MESSAGE_MAX_DEPTH,
                            .bytes_max = DECODED_MAX_BYTES,
                            .take = take,
                            .from = scratch};
}

hf_status message_decode(const struct conn_message *message, struct scratch *scratch,
                         const Hf__Reply **reply) {
    ProtobufCMessage *decoded = NULL;
    struct decoder decoder = message_decoder(scratch);
    hf_status status =
        decode(&decoder, &hf__reply__descriptor, message->bytes, message->len, &decoded);
    if (status == HF_NO_MEMORY) {
        return detail_set(HF_DISCONNECTED,
                          "no memory for the manager's answer: the connection was given up");
    }
    if (status != HF_OK) {
        return detail_set(status == HF_TOO_BIG ? HF_TOO_BIG : HF_PROTOCOL,
                          "the manager's answer cannot be read: %s %s",
                          decoder.field ? decoder.field : "the message", decoder.why);
    }
    *reply = (const Hf__Reply *)decoded;
    return HF_OK;
}

uint64_t message_id(const struct conn_message *message) {
    return decode_peek_varint(message->bytes, message->len, REPLY_ID_TAG);
}
