/* SPDX-License-Identifier: MIT
 *
 * See message.h.
 */
#include "message.h"

#include "detail.h"
#include "encode.h"
#include "frame.h"
#include "wire_limits.h"

#include <assert.h>
#include <string.h>

/* A message can be a list of the smallest values, which take thirty times as much memory when they
 * are decoded. */
enum { DECODED_PER_BYTE = 32, DECODED_LEAST_BYTES = 4096 };

static void *take_scratch(void *scratch, size_t size) {
    return scratch_take(scratch, 1, size);
}

struct decoder message_decoder(struct scratch *scratch, size_t len) {
    return (struct decoder){.depth_max = HF_MESSAGE_MAX_DEPTH,
                            .bytes_max = len * DECODED_PER_BYTE + DECODED_LEAST_BYTES,
                            .take = take_scratch,
                            .from = scratch};
}

hf_status message_decode(const struct message *message, struct scratch *scratch,
                         const Hf__Reply **reply) {
    ProtobufCMessage *decoded = NULL;
    struct decoder decoder = message_decoder(scratch, message->len);
    hf_status status =
        decode(&decoder, &hf__reply__descriptor, message->bytes, message->len, &decoded);
    if (status == HF_NO_MEMORY) {
        return detail_set(HF_DISCONNECTED,
                          "no memory for the manager's answer: the connection was closed");
    }
    if (status != HF_OK) {
        return detail_set(status == HF_TOO_BIG ? HF_TOO_BIG : HF_PROTOCOL,
                          "the manager's answer cannot be read: %s %s",
                          decoder.field ? decoder.field : "the message", decoder.why);
    }
    *reply = (const Hf__Reply *)decoded;
    return HF_OK;
}

/* ---- to bytes ---- */

/* Encode at the end of the free room, and move the bytes to their place. */
static bool encode_at_end(struct buffer *out, size_t head, const ProtobufCMessage *message,
                          size_t *len) {
    assert(head <= out->capacity - out->end);
    size_t room_len = out->capacity - out->end - head;
    uint8_t *room = out->bytes + out->end + head;
    if (!encode(message, room, room_len, len)) {
        return false;
    }
    memmove(room, room + room_len - *len, *len);
    return true;
}

uint8_t *message_put(struct buffer *out, size_t head, const ProtobufCMessage *message,
                     size_t *len) {
    if (!buffer_reserve(out, head)) {
        return NULL;
    }
    if (!encode_at_end(out, head, message, len)) {
        size_t needed = protobuf_c_message_get_packed_size(message);
        if (!buffer_reserve(out, head + needed)) {
            *len = needed;
            return NULL;
        }
        bool fits = encode_at_end(out, head, message, len);
        assert(fits);
    }
    return out->bytes + out->end;
}

static hf_status refuse_size(size_t len, size_t max_bytes) {
    return detail_set(HF_TOO_BIG, "the request has %zu bytes, the manager accepts %zu", len,
                      max_bytes);
}

hf_status message_check_frames(const struct buffer *out, size_t max_bytes) {
    const uint8_t *at = buffer_front(out);
    const uint8_t *end = at + buffer_len(out);
    while (at < end) {
        size_t len = frame_body_len(at);
        if (len > max_bytes) {
            return refuse_size(len, max_bytes);
        }
        at += HF_FRAME_HEADER_BYTES + len;
    }
    return HF_OK;
}

hf_status message_put_frame(struct buffer *out, const ProtobufCMessage *message, size_t max_bytes) {
    size_t len = 0;
    uint8_t *frame = message_put(out, HF_FRAME_HEADER_BYTES, message, &len);
    if (len > max_bytes) {
        return refuse_size(len, max_bytes);
    }
    if (!frame) {
        return detail_set(HF_NO_MEMORY, "no memory for a request of %zu bytes", len);
    }
    assert(len <= UINT32_MAX && HF_FRAME_HEADER_BYTES + len <= out->capacity - out->end);
    frame_put_header(frame, (uint32_t)len);
    out->end += HF_FRAME_HEADER_BYTES + len;
    return HF_OK;
}
