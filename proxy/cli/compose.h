/* SPDX-License-Identifier: MIT
 *
 * Builds a message of any type by its descriptor. fields.h reads one.
 */
#ifndef HF_COMPOSE_H
#define HF_COMPOSE_H

#include <protobuf-c/protobuf-c.h>

/** A new, empty message. Release it with protobuf_c_message_free_unpacked(). */
ProtobufCMessage *compose_new(const ProtobufCMessageDescriptor *descriptor);

/** Add a value to a repeated field, or set another one, which is in no oneof and has no text or
 * message yet. `value` points to the value, as the result of fields_at() does. The message owns
 * what the value itself points to. */
void compose_add(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                 const void *value);

#endif
