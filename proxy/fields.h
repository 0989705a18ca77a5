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

/** The size of one value of this type. */
size_t fields_size(ProtobufCType type);

/** Whether a value is absent where its pointer is NULL. */
bool fields_by_pointer(const ProtobufCFieldDescriptor *field);

#endif
