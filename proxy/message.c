/* SPDX-License-Identifier: MIT
 *
 * See message.h.
 */
#include "message.h"

#include "detail.h"
#include "frame.h"
#include "wire_limits.h"

/* A reply of the largest size can be a list of the smallest values, which take sixteen times as
 * much once they are decoded. */
#define DECODED_MAX_BYTES ((size_t)HF_REPLY_MAX_BYTES * 32)

enum { REPLY_ID_TAG = 1 };

hf_status message_unpack(const struct conn_message *message, Hf__Reply **reply) {
    struct frame_fault fault = {NULL, NULL};
    hf_status status = frame_check(&hf__reply__descriptor, message->bytes, message->len,
                                   HF_MESSAGE_MAX_DEPTH, DECODED_MAX_BYTES, &fault);
    if (status != HF_OK) {
        const char *field = fault.field ? fault.field : "the message";
        return detail_set(status == HF_TOO_BIG ? HF_TOO_BIG : HF_PROTOCOL,
                          "the manager's answer cannot be read: %s %s", field, fault.why);
    }
    *reply = hf__reply__unpack(NULL, message->len, message->bytes);
    if (!*reply) {
        return detail_set(HF_DISCONNECTED,
                          "no memory for the manager's answer: the connection was given up");
    }
    return HF_OK;
}

uint64_t message_id(const struct conn_message *message) {
    return frame_peek_varint(message->bytes, message->len, REPLY_ID_TAG);
}
