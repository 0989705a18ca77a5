/* SPDX-License-Identifier: MIT
 *
 * The frame, and the check that every message passes before it is unpacked.
 *
 * A frame is a 32-bit big-endian length and one protobuf message. protobuf-c itself limits neither
 * the depth of a message nor the memory that decoding it takes, and accepts a repeated singular
 * field, so frame_check() walks the bytes against the descriptor first and refuses what would be
 * too much. What passes can be unpacked with bounded stack and memory.
 */
#ifndef HF_FRAME_H
#define HF_FRAME_H

#include <holdfast/status.h>
#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

/** The length in a frame's header; `bytes` has HF_FRAME_HEADER_BYTES. */
uint32_t frame_body_len(const uint8_t *bytes);

/** Write a frame's header. */
void frame_put_header(uint8_t *bytes, uint32_t body_len);

/** Where and why a message was refused. */
struct frame_fault {
    const char *field; /**< of the descriptor; NULL for the message as a whole */
    const char *why;
};

/** Whether `body` can be unpacked as `descriptor` within `depth_max` nested messages and
 *  `decoded_max` bytes of memory.
 *
 *  Returns  HF_OK; HF_PROTOCOL (not protobuf at all); HF_INVALID (a required field is missing, a
 *           singular one or a oneof is given twice, a string is not UTF-8); HF_TOO_BIG (depth or
 *           memory). `fault` is set on all but HF_OK.
 *  Cost     O(len), no allocation; recursion as deep as the message, at most depth_max.
 */
HF_MUST_USE hf_status frame_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *body,
                                  size_t body_len, unsigned depth_max, size_t decoded_max,
                                  struct frame_fault *fault);

/** The value of the top-level varint field `tag` (a request's id, say) of a message that may not be
 *  decodable as a whole; 0 if it is not found. */
uint64_t frame_peek_varint(const uint8_t *body, size_t body_len, uint32_t tag);

/** Whether these bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates). */
bool frame_is_utf8(const uint8_t *bytes, size_t len);

#endif
