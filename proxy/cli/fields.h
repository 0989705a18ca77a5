/* SPDX-License-Identifier: MIT
 *
 * The fields of any message, by their descriptors.
 */
#ifndef HF_FIELDS_H
#define HF_FIELDS_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

/** How many values a field has: of one that is not repeated, 0 or 1. */
size_t fields_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/** Where a value is. `index` < fields_count(). */
const void *fields_at(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                      size_t index);

/** Add a value by copying `value`, which is what fields_at() would point to, and owned by the
 * message from then on. A field that is not repeated must not have one. */
void fields_add(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                const void *value);

/** A new message with nothing in it; released by protobuf_c_message_free_unpacked(). */
ProtobufCMessage *fields_new(const ProtobufCMessageDescriptor *descriptor);

#endif
