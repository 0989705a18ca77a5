/* SPDX-License-Identifier: MIT
 *
 * From bytes to a message: protobuf-c's structs, filled in and checked in one pass.
 *
 * protobuf-c's own decoder limits neither the depth of a message nor the memory it takes (a message
 * nested 9,000 deep overflows the stack), accepts a singular field twice, and scans every message
 * before it reads it. This one is driven by the same descriptors and makes the same structs, within
 * bounds, from memory of the caller's that is given back in one piece.
 *
 * It relies on how messages are laid out here: none has two oneofs, and where there is one, its
 * fields have the greatest tags, but for Reply.holds_left. A test holds holdfast.proto to that.
 */
#ifndef HF_DECODE_H
#define HF_DECODE_H

#include <holdfast/status.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How to decode, and why it could not be done. */
struct decoder {
    unsigned depth_max; /**< messages inside each other */
    size_t bytes_max;   /**< of memory, in all */
    /** Memory aligned for anything, which the message then is in; NULL: none left. */
    void *(*take)(void *from, size_t size);
    void *from;
    const char *field; /**< out, but with HF_OK: the one at fault; NULL: the message as a whole */
    const char *why;   /**< out, but with HF_OK */
};

/** Decode `len` bytes. Unknown fields are skipped.
 *
 *  message  out; with HF_OK, in memory that was taken. Strings end in NUL, bytes do not; empty
 *           bytes are NULL. It refers to nothing but what was taken, so `bytes` may go.
 *
 *  Returns  HF_OK; HF_PROTOCOL (not protobuf at all); HF_INVALID (a required field is missing, a
 *           singular one or a oneof is given twice, a string is not UTF-8, a field is of the wrong
 *           wire type); HF_TOO_BIG (depth or memory); HF_NO_MEMORY
 *  Cost     O(len); recursion as deep as the message, at most depth_max
 */
HF_MUST_USE hf_status decode(struct decoder *decoder, const ProtobufCMessageDescriptor *descriptor,
                             const uint8_t *bytes, size_t len, ProtobufCMessage **message);

/** The value of the top-level varint field `tag` (a request's id, say) of a message that may not be
 *  decodable as a whole; 0 if it is not found. */
uint64_t decode_peek_varint(const uint8_t *bytes, size_t len, uint32_t tag);

/** The same of a fixed32. Returns whether it is there; if not, the number is 0. */
bool decode_peek_fixed32(const uint8_t *bytes, size_t len, uint32_t tag, uint32_t *number);

/** Read a varint and advance `at` behind it. Returns false where it does not end before `end`, or
 *  takes more than HF_VARINT_MAX_BYTES. */
bool decode_varint(const uint8_t **at, const uint8_t *end, uint64_t *number);

#endif
