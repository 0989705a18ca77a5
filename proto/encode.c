/* SPDX-License-Identifier: MIT
 *
 * See encode.h.
 */
#include "encode.h"

#include "wire_format.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

/* A message is written from the end to the front: `start` is the front of the room, `at` the first
 * byte written so far. Each put_ function returns the new `at`; NULL, also for a NULL `at`: no
 * room. */

static uint8_t *encode_message(const uint8_t *start, uint8_t *at, const ProtobufCMessage *message);

static inline bool has_room(const uint8_t *start, const uint8_t *at, size_t len) {
    return at && len <= (size_t)(at - start);
}

static inline uint8_t *put_bytes(const uint8_t *start, uint8_t *at, const void *bytes, size_t len) {
    if (!has_room(start, at, len)) {
        return NULL;
    }
    return len > 0 ? memcpy(at - len, bytes, len) : at;
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
    return (bits * 9 + 64) / 64; /* of 1 to 64 the same as (bits + 6) / 7 */
}

static uint8_t *put_long_varint(const uint8_t *start, uint8_t *at, uint64_t number) {
    size_t len = varint_len(number);
    if (!has_room(start, at, len)) {
        return NULL;
    }
    (void)encode_varint(at - len, number);
    return at - len;
}

/* Most varints have one byte: keys, lengths, small numbers. */
static inline uint8_t *put_varint(const uint8_t *start, uint8_t *at, uint64_t number) {
    if (number >= 0x80 || !has_room(start, at, 1)) {
        return put_long_varint(start, at, number);
    }
    at[-1] = (uint8_t)number;
    return at - 1;
}

/* With constant sizes the compiler copies without a loop. */
static uint8_t *put_fixed(const uint8_t *start, uint8_t *at, uint64_t number, size_t len) {
    uint64_t whole = htole64(number);
    uint32_t half = htole32((uint32_t)number);
    return len == sizeof half ? put_bytes(start, at, &half, sizeof half)
                              : put_bytes(start, at, &whole, sizeof whole);
}

/* The slot may hold a floating-point number. */
static uint64_t bits_of(const void *slot, size_t width) {
    uint32_t half = 0;
    uint64_t whole = 0;
    if (width == sizeof half) {
        memcpy(&half, slot, sizeof half);
        return half;
    }
    assert(width == sizeof whole);
    memcpy(&whole, slot, sizeof whole);
    return whole;
}

static uint64_t extend(uint64_t bits, size_t width) {
    return width == 4 ? (uint64_t)(int32_t)bits : bits;
}

static uint64_t zigzag(uint64_t bits, size_t width) {
    uint64_t number = extend(bits, width);
    uint64_t zigzagged = number << 1 ^ -(number >> 63);
    return width == 4 ? (uint32_t)zigzagged : zigzagged;
}

static uint8_t *put_number(const uint8_t *start, uint8_t *at, struct wire_form form,
                           const void *slot) {
    uint64_t bits = bits_of(slot, form.width);
    if (form.type != WIRE_VARINT) {
        return put_fixed(start, at, bits, form.type == WIRE_64 ? 8 : 4);
    }
    return put_varint(start, at,
                      form.sort == SORT_ZIGZAG  ? zigzag(bits, form.width)
                      : form.sort == SORT_INT   ? extend(bits, form.width)
                      : form.sort == SORT_TRUTH ? bits != 0
                                                : bits);
}

static uint8_t *put_content(const uint8_t *start, uint8_t *at, unsigned sort, const void *slot) {
    if (sort == SORT_MESSAGE) {
        const ProtobufCMessage *message = *(ProtobufCMessage *const *)slot;
        return message ? encode_message(start, at, message) : at;
    }
    if (sort == SORT_STRING) {
        const char *string = *(char *const *)slot;
        return string ? put_bytes(start, at, string, strlen(string)) : at;
    }
    const ProtobufCBinaryData *bytes = slot;
    return put_bytes(start, at, bytes->data, bytes->len);
}

static uint8_t *put_field(const uint8_t *start, uint8_t *at, const ProtobufCFieldDescriptor *field,
                          const void *slot) {
    struct wire_form form = wire_forms[field->type];
    if (form.type == WIRE_BYTES) {
        uint8_t *end = at;
        at = put_content(start, end, form.sort, slot);
        at = put_varint(start, at, (uint64_t)(end - at));
    } else {
        at = put_number(start, at, form, slot);
    }
    return put_varint(start, at, (uint64_t)field->id << 3 | form.type);
}

static const void *at_offset(const ProtobufCMessage *message, unsigned offset) {
    return (const uint8_t *)message + offset;
}

static uint8_t *put_elements(const uint8_t *start, uint8_t *at, const ProtobufCMessage *message,
                             const ProtobufCFieldDescriptor *field) {
    size_t count = *(const size_t *)at_offset(message, field->quantifier_offset);
    const uint8_t *array = *(uint8_t *const *)at_offset(message, field->offset);
    size_t size = wire_forms[field->type].width;
    for (size_t i = count; i > 0 && at; i--) {
        at = put_field(start, at, field, array + (i - 1) * size);
    }
    return at;
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

static uint8_t *put_plain(const uint8_t *start, uint8_t *at, const ProtobufCMessage *message,
                          const ProtobufCFieldDescriptor *field) {
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return put_elements(start, at, message, field);
    }
    return is_there(message, field) ? put_field(start, at, field, at_offset(message, field->offset))
                                    : at;
}

/* The field of a oneof that is set, if one is. */
static uint8_t *put_oneof(const uint8_t *start, uint8_t *at, const ProtobufCMessage *message,
                          const ProtobufCFieldDescriptor *any_of_it) {
    uint32_t tag = *(const uint32_t *)at_offset(message, any_of_it->quantifier_offset);
    const ProtobufCFieldDescriptor *field = tag ? wire_field(message->descriptor, tag) : NULL;
    return field ? put_field(start, at, field, at_offset(message, field->offset)) : at;
}

/* Unknown fields are packed already, and come last. Few messages have some; inlined, this would
 * cost all of them. */
__attribute__((noinline)) static uint8_t *put_unknown(const uint8_t *start, uint8_t *at,
                                                      const ProtobufCMessage *message) {
    for (unsigned i = message->n_unknown_fields; i > 0; i--) {
        const ProtobufCMessageUnknownField *field = &message->unknown_fields[i - 1];
        at = put_bytes(start, at, field->data, field->len);
        at = put_varint(start, at, (uint64_t)field->tag << 3 | field->wire_type);
    }
    return at;
}

static uint8_t *encode_message(const uint8_t *start, uint8_t *at, const ProtobufCMessage *message) {
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    const ProtobufCFieldDescriptor *fields = descriptor->fields;
    if (message->n_unknown_fields > 0) {
        at = put_unknown(start, at, message);
    }
    unsigned plain = 0;
    while (plain < descriptor->n_fields && !(fields[plain].flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) {
        plain++;
    }
    if (plain < descriptor->n_fields) {
        at = put_oneof(start, at, message, &fields[plain]);
    }
    while (plain > 0 && at) {
        at = put_plain(start, at, message, &fields[--plain]);
    }
    return at;
}

bool encode(const ProtobufCMessage *message, uint8_t *room, size_t room_len, size_t *len) {
    const uint8_t *at = encode_message(room, room + room_len, message);
    assert(!at || (at >= room && at <= room + room_len));
    *len = at ? room_len - (size_t)(at - room) : 0;
    return at;
}
