/* SPDX-License-Identifier: MIT
 *
 * Facts that decode.c and encode.c share: the wire format, and how protobuf-c keeps values in its
 * structs.
 */
#ifndef HF_WIRE_FORMAT_H
#define HF_WIRE_FORMAT_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

enum { WIRE_KEY_MAX_BYTES = 5 }; /* of a tag or a length */

/** How a varint or fixed-width bits represent a value. */
enum wire_sort {
    SORT_BITS, /**< the bits are the value */
    SORT_INT,  /**< as well, but signed 32 bits are extended to 64 */
    SORT_ZIGZAG,
    SORT_TRUTH,
    SORT_STRING,
    SORT_BYTES,
    SORT_MESSAGE
};

/** A type of field: its wire type, its representation, and its bytes in a struct. */
struct wire_form {
    uint8_t type;
    uint8_t sort;
    uint8_t width;
};

static const struct wire_form wire_forms[] = {
    [PROTOBUF_C_TYPE_INT32] = {WIRE_VARINT, SORT_INT, 4},
    [PROTOBUF_C_TYPE_SINT32] = {WIRE_VARINT, SORT_ZIGZAG, 4},
    [PROTOBUF_C_TYPE_UINT32] = {WIRE_VARINT, SORT_BITS, 4},
    [PROTOBUF_C_TYPE_ENUM] = {WIRE_VARINT, SORT_INT, 4},
    [PROTOBUF_C_TYPE_INT64] = {WIRE_VARINT, SORT_BITS, 8},
    [PROTOBUF_C_TYPE_SINT64] = {WIRE_VARINT, SORT_ZIGZAG, 8},
    [PROTOBUF_C_TYPE_UINT64] = {WIRE_VARINT, SORT_BITS, 8},
    [PROTOBUF_C_TYPE_BOOL] = {WIRE_VARINT, SORT_TRUTH, sizeof(protobuf_c_boolean)},
    [PROTOBUF_C_TYPE_SFIXED32] = {WIRE_32, SORT_BITS, 4},
    [PROTOBUF_C_TYPE_FIXED32] = {WIRE_32, SORT_BITS, 4},
    [PROTOBUF_C_TYPE_FLOAT] = {WIRE_32, SORT_BITS, 4},
    [PROTOBUF_C_TYPE_SFIXED64] = {WIRE_64, SORT_BITS, 8},
    [PROTOBUF_C_TYPE_FIXED64] = {WIRE_64, SORT_BITS, 8},
    [PROTOBUF_C_TYPE_DOUBLE] = {WIRE_64, SORT_BITS, 8},
    [PROTOBUF_C_TYPE_STRING] = {WIRE_BYTES, SORT_STRING, sizeof(char *)},
    [PROTOBUF_C_TYPE_BYTES] = {WIRE_BYTES, SORT_BYTES, sizeof(ProtobufCBinaryData)},
    [PROTOBUF_C_TYPE_MESSAGE] = {WIRE_BYTES, SORT_MESSAGE, sizeof(void *)},
};

/** The field of this tag; NULL: none has it. Each range is a run of consecutive tags; one more
 * range at the end tells where the last run ends. */
static inline const ProtobufCFieldDescriptor *
wire_field(const ProtobufCMessageDescriptor *descriptor, uint32_t tag) {
    const ProtobufCIntRange *ranges = descriptor->field_ranges;
    unsigned first = 0;
    for (unsigned count = descriptor->n_field_ranges; count > 1;) {
        unsigned half = count / 2;
        bool above = (uint32_t)ranges[first + half].start_value <= tag;
        first += above ? half : 0;
        count = above ? count - half : half;
    }
    if (descriptor->n_field_ranges == 0 || tag < (uint32_t)ranges[first].start_value) {
        return NULL;
    }
    unsigned index = ranges[first].orig_index + (tag - (uint32_t)ranges[first].start_value);
    return index < ranges[first + 1].orig_index ? &descriptor->fields[index] : NULL;
}

#endif
