/* SPDX-License-Identifier: MIT
 *
 * The fields of any message, by their descriptors.
 */
#ifndef HF_FIELDS_H
#define HF_FIELDS_H

#include <holdfast/any.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

/** How many values a field has: 0 or 1 if it is not repeated. */
size_t fields_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/** The place of a value. `index` < fields_count(). */
const void *fields_at(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                      size_t index);

/** The size of one value of this type. */
size_t fields_size(ProtobufCType type);

/** Whether a value is a pointer, which is NULL if the value is absent. */
bool fields_by_pointer(const ProtobufCFieldDescriptor *field);

/** A map of the fields that are set, by their names: scalars as such, choices and texts as strings,
 *  repeated values and items as lists and maps. Release it with hf_any_clear().
 *  Returns as wire_take(), with a detail. */
HF_MUST_USE hf_status fields_take(const ProtobufCMessage *message, hf_any *any);

#endif
