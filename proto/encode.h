/* SPDX-License-Identifier: MIT
 *
 * A message to bytes: the same bytes as protobuf-c's own encoder, in one pass instead of two. It
 * writes from the end to the front, so that the length of an inner message is known when it is to
 * be written. It relies on the layout that decode.h tells of. Reply.holds_left, the one field with
 * a greater tag than those of a oneof, is left out: few replies have it, and to look for it in each
 * would cost more than the sender's writing it.
 */
#ifndef HF_ENCODE_H
#define HF_ENCODE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Encode a message into the last `len` bytes of the room. Returns false if it takes more than
 *  `room_len`; then the content of the room is undefined. O(len). */
bool encode(const ProtobufCMessage *message, uint8_t *room, size_t room_len, size_t *len);

/** Write a number as a varint, of at most HF_VARINT_MAX_BYTES. Returns how many bytes it took. */
size_t encode_varint(uint8_t *to, uint64_t number);

#endif
