/* SPDX-License-Identifier: MIT
 *
 * See encode.h.
 */
#include "encode.h"

#include "wire_format.h"

#include <assert.h>
#include <string.h>

/* What is still free: everything behind `at` has been written. */
struct room {
    uint8_t *start;
    uint8_t *at;
};

static bool encode_message(struct room *room, const ProtobufCMessage *message);

static bool put_bytes(struct room *room, const void *bytes, size_t len) {
    if (len > (size_t)(room->at - room->start)) {
        return false;
    }
    room->at -= len;
    if (len > 0) {
        memcpy(room->at, bytes, len);
    }
    return true;
}

size_t encode_varint(uint8_t *to, uint64_t number) {
    size_t len = 0;
    for (; number >= 0x80; number >>= 7) {
        to[len++] = (uint8_t)(number | 0x80);
    }
    to[len++] = (uint8_t)number;
    return len;
}

static size_t varint_len(uint64_t number) {
    unsigned bits = 64 - (unsigned)__builtin_clzll(number | 1);
    return (bits + 6) / 7;
}

static bool put_varint(struct room *room, uint64_t number) {
    size_t len = varint_len(number);
    if (len > (size_t)(room->at - room->start)) {
        return false;
    }
    room->at -= len;
    (void)encode_varint(room->at, number);
    return true;
}

static bool put_fixed(struct room *room, uint64_t number, size_t len) {
    uint8_t bytes[8];
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(number >> 8 * i);
    }
    return put_bytes(room, bytes, len);
}

/* The slot may be that of a floating-point number. */
static uint64_t bits_of(const void *slot, size_t width) {
    uint32_t half = 0;
    uint64_t whole = 0;
    assert(width == sizeof half || width == sizeof whole);
    memcpy(width == sizeof half ? (void *)&half : (void *)&whole, slot, width);
    return width == sizeof half ? half : whole;
}

static uint64_t extend(uint64_t bits, size_t width) {
    return width == 4 ? (uint64_t)(int32_t)bits : bits;
}

static uint64_t zigzag(uint64_t bits, size_t width) {
    uint64_t number = extend(bits, width);
    uint64_t zigzagged = number << 1 ^ -(number >> 63);
    return width == 4 ? (uint32_t)zigzagged : zigzagged;
}

static bool put_number(struct room *room, struct wire_form form, const void *slot) {
    uint64_t bits = bits_of(slot, form.width);
    if (form.type != WIRE_VARINT) {
        return put_fixed(room, bits, form.type == WIRE_64 ? 8 : 4);
    }
    return put_varint(room, form.sort == SORT_ZIGZAG  ? zigzag(bits, form.width)
                            : form.sort == SORT_INT   ? extend(bits, form.width)
                            : form.sort == SORT_TRUTH ? bits != 0
                                                      : bits);
}

static bool put_content(struct room *room, unsigned sort, const void *slot) {
    if (sort == SORT_MESSAGE) {
        const ProtobufCMessage *message = *(ProtobufCMessage *const *)slot;
        return !message || encode_message(room, message);
    }
    if (sort == SORT_STRING) {
        const char *string = *(char *const *)slot;
        return !string || put_bytes(room, string, strlen(string));
    }
    const ProtobufCBinaryData *bytes = slot;
    return put_bytes(room, bytes->data, bytes->len);
}

static bool put_field(struct room *room, const ProtobufCFieldDescriptor *field, const void *slot) {
    struct wire_form form = wire_forms[field->type];
    if (form.type == WIRE_BYTES) {
        const uint8_t *end = room->at;
        if (!put_content(room, form.sort, slot) || !put_varint(room, (uint64_t)(end - room->at))) {
            return false;
        }
    } else if (!put_number(room, form, slot)) {
        return false;
    }
    return put_varint(room, (uint64_t)field->id << 3 | form.type);
}

static const void *at_offset(const ProtobufCMessage *message, unsigned offset) {
    return (const uint8_t *)message + offset;
}

static bool put_elements(struct room *room, const ProtobufCMessage *message,
                         const ProtobufCFieldDescriptor *field) {
    size_t count = *(const size_t *)at_offset(message, field->quantifier_offset);
    const uint8_t *array = *(uint8_t *const *)at_offset(message, field->offset);
    size_t size = wire_forms[field->type].width;
    bool fits = true;
    for (size_t i = count; i > 0 && fits; i--) {
        fits = put_field(room, field, array + (i - 1) * size);
    }
    return fits;
}

static bool is_there(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    if (field->label == PROTOBUF_C_LABEL_REQUIRED) {
        return true;
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE || field->type == PROTOBUF_C_TYPE_STRING) {
        return *(void *const *)at_offset(message, field->offset);
    }
    return *(const protobuf_c_boolean *)at_offset(message, field->quantifier_offset);
}

static bool put_plain(struct room *room, const ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field) {
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return put_elements(room, message, field);
    }
    return !is_there(message, field) || put_field(room, field, at_offset(message, field->offset));
}

/* The one field of a oneof that is set, if any is. */
static bool put_oneof(struct room *room, const ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *any_of_it) {
    uint32_t tag = *(const uint32_t *)at_offset(message, any_of_it->quantifier_offset);
    const ProtobufCFieldDescriptor *field = tag ? wire_field(message->descriptor, tag) : NULL;
    return !field || put_field(room, field, at_offset(message, field->offset));
}

/* Their data is as it goes over the wire; they come behind all others. Hardly any message has some,
 * and what is inlined here all of them would pay for. */
__attribute__((noinline)) static bool put_unknown(struct room *room,
                                                  const ProtobufCMessage *message) {
    bool fits = true;
    for (unsigned i = message->n_unknown_fields; i > 0 && fits; i--) {
        const ProtobufCMessageUnknownField *field = &message->unknown_fields[i - 1];
        fits = put_bytes(room, field->data, field->len) &&
               put_varint(room, (uint64_t)field->tag << 3 | field->wire_type);
    }
    return fits;
}

static bool encode_message(struct room *room, const ProtobufCMessage *message) {
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    const ProtobufCFieldDescriptor *fields = descriptor->fields;
    if (message->n_unknown_fields > 0 && !put_unknown(room, message)) {
        return false;
    }
    unsigned plain = 0;
    while (plain < descriptor->n_fields && !(fields[plain].flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) {
        plain++;
    }
    bool fits = plain == descriptor->n_fields || put_oneof(room, message, &fields[plain]);
    while (plain > 0 && fits) {
        fits = put_plain(room, message, &fields[--plain]);
    }
    return fits;
}

bool encode(const ProtobufCMessage *message, uint8_t *room, size_t room_len, size_t *len) {
    struct room left;
    left.start = room;
    left.at = room + room_len;
    bool fits = encode_message(&left, message);
    *len = room_len - (size_t)(left.at - room);
    return fits;
}
