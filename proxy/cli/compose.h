/* SPDX-License-Identifier: MIT
 *
 * Any message, put together by its descriptor; fields.h reads one.
 */
#ifndef HF_COMPOSE_H
#define HF_COMPOSE_H

#include <protobuf-c/protobuf-c.h>

/** A new message with nothing in it; released by protobuf_c_message_free_unpacked(). */
ProtobufCMessage *compose_new(const ProtobufCMessageDescriptor *descriptor);

/** Add a value by copying `value`, which is what fields_at() would point to, and owned by the
 * message from then on. A field that is not repeated must not have one. */
void compose_add(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                 const void *value);

#endif
