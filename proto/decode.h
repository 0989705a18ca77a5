/* SPDX-License-Identifier: MIT
 *
 * Bytes to a message: fills in and checks protobuf-c's structs in one pass.
 *
 * protobuf-c's own decoder limits neither the depth of a message nor the memory it takes (a message
 * nested 9,000 deep overflows the stack), accepts a singular field twice, and scans every message
 * before it reads it. This one uses the same descriptors and makes the same structs, within bounds,
 * in memory that the caller frees in one piece.
 *
 * It relies on the layout of our messages: none has two oneofs, and the fields of a oneof have the
 * greatest tags, but for Reply.holds_left. A test checks holdfast.proto for that.
 */
#ifndef HF_DECODE_H
#define HF_DECODE_H

#include <holdfast/status.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HF_FIELD_HEAD_MAX_BYTES = 15 }; /* a key, and a varint */

/** The limits of a decoding, and the fault if it fails. */
struct decoder {
    unsigned depth_max; /**< of messages inside each other */
    size_t bytes_max;   /**< of memory, in all */
    /** Allocate memory for the message, aligned for any type. NULL: no memory. */
    void *(*take)(void *from, size_t size);
    void *from;
    const char *field; /**< out, unless HF_OK: the field at fault; NULL: the whole message */
    const char *why;   /**< out, unless HF_OK */
};

/** Decode `len` bytes. Unknown fields are skipped.
 *
 *  message  out with HF_OK, in memory of decoder->take. Strings end in NUL, bytes do not; empty
 *  bytes
 *           are NULL. It does not refer to `bytes`
 *
 *  Returns  HF_OK; HF_PROTOCOL (not protobuf at all); HF_INVALID (a required field is missing, a
 *           singular one or a oneof is given twice, a string is not UTF-8, a field is of the wrong
 *           wire type); HF_TOO_BIG (depth or memory); HF_NO_MEMORY
 *  Cost     O(len); recursion as deep as the message, at most depth_max
 */
HF_MUST_USE hf_status decode(struct decoder *decoder, const ProtobufCMessageDescriptor *descriptor,
                             const uint8_t *bytes, size_t len, ProtobufCMessage **message);

/** The value of the top-level varint field `tag`, as the id of a request, of a message that may be
 *  malformed elsewhere; 0 if the field is not found. */
uint64_t decode_peek_varint(const uint8_t *bytes, size_t len, uint32_t tag);

/** The same for a fixed32. Returns whether the field is found; if not, the number is 0. */
bool decode_peek_fixed32(const uint8_t *bytes, size_t len, uint32_t tag, uint32_t *number);

/** The search for a top-level varint field in a message that comes in pieces and is not kept. All
 *  zero, but for the tag, it is at the beginning of the message. */
struct decode_search {
    uint32_t tag;
    uint64_t number;      /**< out, with DECODE_FOUND */
    uint64_t content_len; /**< bytes to come of the present field, behind its head */
    uint8_t head[HF_FIELD_HEAD_MAX_BYTES]; /**< its key, and its number or length, as far as come */
    size_t head_len;
};

enum decode_searched { DECODE_ON, DECODE_FOUND, DECODE_BROKEN /**< not protobuf */ };

/** Search in the next bytes, until the field is found. */
enum decode_searched decode_search(struct decode_search *search, const uint8_t *bytes, size_t len);

/** A field as it lies in a message. */
struct decoded_field {
    uint32_t tag;
    unsigned wire;          /**< enum wire_type */
    uint64_t number;        /**< of a varint or a fixed width */
    const uint8_t *content; /**< of length-delimited bytes */
    size_t len;
};

/** Read a field and advance `at` behind it. Returns false if there is none that is whole. */
bool decode_take(const uint8_t **at, const uint8_t *end, struct decoded_field *field);

/** Read a varint and advance `at` behind it. Returns false if it does not end before `end`, or
 *  takes more than HF_VARINT_MAX_BYTES. */
bool decode_varint(const uint8_t **at, const uint8_t *end, uint64_t *number);

#endif
