/* SPDX-License-Identifier: MIT
 *
 * See frame.h. The walk follows the wire format as documented at
 * https://protobuf.dev/programming-guides/encoding/; the sizes it adds up are what protobuf-c 1.4
 * allocates for each thing when it unpacks.
 */
#include "frame.h"

#include "wire_limits.h"

#include <assert.h>
#include <string.h>

enum {
    WIRE_VARINT = 0,
    WIRE_64 = 1,
    WIRE_BYTES = 2,
    WIRE_32 = 5,
    VARINT_MAX_BYTES = 10,
    KEY_MAX_BYTES = 5, /* of a tag or a length: protobuf-c takes no longer ones */
    /* Fields of one message that have to be seen before: required and singular ones. Messages with
     * more fields than this have no required ones (Request, whose operations are a oneof). */
    SEEN_MAX = 64,
    /* What protobuf-c takes for a string or bytes beside its content, for an unknown field, and for
     * an element of a repeated one: its place in the array, and in the list of what was scanned. */
    CONTENT_OVERHEAD = 16,
    UNKNOWN_OVERHEAD = 96,
    ELEMENT_OVERHEAD = 64
};

struct walk {
    unsigned depth_max;
    size_t decoded_max;
    size_t decoded;
    struct frame_fault *fault;
};

struct span {
    const uint8_t *at;
    const uint8_t *end;
};

struct field {
    uint32_t tag;
    unsigned wire;
    uint64_t number;     /* of a varint */
    struct span content; /* of length-delimited bytes */
};

uint32_t frame_body_len(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

void frame_put_header(uint8_t *bytes, uint32_t body_len) {
    bytes[0] = (uint8_t)(body_len >> 24);
    bytes[1] = (uint8_t)(body_len >> 16);
    bytes[2] = (uint8_t)(body_len >> 8);
    bytes[3] = (uint8_t)body_len;
}

static bool take_varint(struct span *span, unsigned bytes_max, uint64_t *number) {
    uint64_t result = 0;
    for (unsigned shift = 0; shift < 7 * bytes_max; shift += 7) {
        if (span->at == span->end) {
            return false;
        }
        uint8_t byte = *span->at++;
        result |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *number = result;
            return true;
        }
    }
    return false;
}

static bool skip(struct span *span, size_t len) {
    if ((size_t)(span->end - span->at) < len) {
        return false;
    }
    span->at += len;
    return true;
}

static bool take_field(struct span *span, struct field *field) {
    uint64_t key = 0;
    if (!take_varint(span, KEY_MAX_BYTES, &key) || key >> 32 != 0 || key >> 3 == 0) {
        return false;
    }
    field->tag = (uint32_t)(key >> 3);
    field->wire = (unsigned)(key & 7);
    switch (field->wire) {
    case WIRE_VARINT:
        return take_varint(span, VARINT_MAX_BYTES, &field->number);
    case WIRE_64:
        return skip(span, 8);
    case WIRE_32:
        return skip(span, 4);
    case WIRE_BYTES: {
        uint64_t len = 0;
        if (!take_varint(span, KEY_MAX_BYTES, &len) || len > (uint64_t)(span->end - span->at)) {
            return false;
        }
        field->content = (struct span){span->at, span->at + len};
        span->at += len;
        return true;
    }
    default:
        return false; /* groups, and numbers that mean nothing */
    }
}

static unsigned wire_of(ProtobufCType type) {
    switch (type) {
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return WIRE_32;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return WIRE_64;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return WIRE_BYTES;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        return WIRE_VARINT;
    }
    return WIRE_VARINT;
}

static hf_status refuse(struct walk *walk, hf_status status,
                        const ProtobufCFieldDescriptor *descriptor, const char *why) {
    walk->fault->field = descriptor ? descriptor->name : NULL;
    walk->fault->why = why;
    return status;
}

static hf_status account(struct walk *walk, size_t bytes) {
    if (bytes > walk->decoded_max - walk->decoded) {
        return refuse(walk, HF_TOO_BIG, NULL, "would take too much memory once decoded");
    }
    walk->decoded += bytes;
    return HF_OK;
}

/* How many bytes follow the first one of a character; 0: it cannot be the first of several. */
static size_t bytes_behind(uint8_t first) {
    if (first < 0xc2 || first > 0xf4) {
        return 0;
    }
    return first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
}

/* Only the second byte is bounded by the first: no overlong forms, no surrogates, no end of the
 * range. */
static bool second_fits(uint8_t first, uint8_t second) {
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high;
}

bool frame_is_utf8(const uint8_t *bytes, size_t len) {
    if (len == 0) {
        return true; /* `bytes` may be NULL, to which nothing can be added */
    }
    const uint8_t *at = bytes;
    const uint8_t *end = bytes + len;
    while (at < end) {
        uint8_t first = *at++;
        if (first < 0x80) {
            continue;
        }
        size_t more = bytes_behind(first);
        if (more == 0 || (size_t)(end - at) < more || !second_fits(first, at[0])) {
            return false;
        }
        for (size_t i = 1; i < more; i++) {
            if ((at[i] & 0xc0) != 0x80) {
                return false;
            }
        }
        at += more;
    }
    return true;
}

static hf_status check_message(struct walk *walk, const ProtobufCMessageDescriptor *descriptor,
                               struct span body, unsigned depth);

static hf_status check_content(struct walk *walk, const ProtobufCFieldDescriptor *descriptor,
                               const struct field *field, unsigned depth) {
    size_t len = (size_t)(field->content.end - field->content.at);
    if (descriptor->type == PROTOBUF_C_TYPE_MESSAGE) {
        return check_message(walk, descriptor->descriptor, field->content, depth + 1);
    }
    if (descriptor->type == PROTOBUF_C_TYPE_STRING &&
        (memchr(field->content.at, 0, len) || !frame_is_utf8(field->content.at, len))) {
        return refuse(walk, HF_INVALID, descriptor, "is not UTF-8 without NUL");
    }
    if (descriptor->type == PROTOBUF_C_TYPE_STRING || descriptor->type == PROTOBUF_C_TYPE_BYTES) {
        return account(walk, len + CONTENT_OVERHEAD);
    }
    return HF_OK;
}

static hf_status check_field(struct walk *walk, const ProtobufCFieldDescriptor *descriptor,
                             const struct field *field, unsigned depth) {
    if (field->wire != wire_of(descriptor->type)) {
        return refuse(walk, HF_INVALID, descriptor, "is of the wrong wire type");
    }
    if (descriptor->label == PROTOBUF_C_LABEL_REPEATED) {
        hf_status status = account(walk, ELEMENT_OVERHEAD);
        if (status != HF_OK) {
            return status;
        }
    }
    return field->wire == WIRE_BYTES ? check_content(walk, descriptor, field, depth) : HF_OK;
}

/* What one message has shown so far. */
struct seen {
    uint64_t fields;
    bool oneof; /* no message here has two */
};

static hf_status check_once(struct walk *walk, const ProtobufCMessageDescriptor *message,
                            const ProtobufCFieldDescriptor *descriptor, struct seen *seen) {
    if (descriptor->label == PROTOBUF_C_LABEL_REPEATED) {
        return HF_OK;
    }
    if (descriptor->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        if (seen->oneof) {
            return refuse(walk, HF_INVALID, descriptor, "comes beside another of its oneof");
        }
        seen->oneof = true;
        return HF_OK;
    }
    size_t index = (size_t)(descriptor - message->fields);
    assert(index < SEEN_MAX);
    if (seen->fields & 1ull << index) {
        return refuse(walk, HF_INVALID, descriptor, "is given twice");
    }
    seen->fields |= 1ull << index;
    return HF_OK;
}

static hf_status check_required(struct walk *walk, const ProtobufCMessageDescriptor *message,
                                const struct seen *seen) {
    for (unsigned i = 0; i < message->n_fields && i < SEEN_MAX; i++) {
        if (message->fields[i].label == PROTOBUF_C_LABEL_REQUIRED && !(seen->fields & 1ull << i)) {
            return refuse(walk, HF_INVALID, &message->fields[i], "is missing");
        }
    }
    return HF_OK;
}

static hf_status check_message(struct walk *walk, const ProtobufCMessageDescriptor *descriptor,
                               struct span body, unsigned depth) {
    if (depth > walk->depth_max) {
        return refuse(walk, HF_TOO_BIG, NULL, "is nested too deep");
    }
    hf_status status = account(walk, descriptor->sizeof_message);
    struct seen seen = {0, false};
    while (status == HF_OK && body.at < body.end) {
        struct field field = {0};
        if (!take_field(&body, &field)) {
            return refuse(walk, HF_PROTOCOL, NULL, "is not a protobuf message");
        }
        const ProtobufCFieldDescriptor *known =
            protobuf_c_message_descriptor_get_field(descriptor, field.tag);
        if (!known) {
            size_t len =
                field.wire == WIRE_BYTES ? (size_t)(field.content.end - field.content.at) : 8;
            status = account(walk, len + UNKNOWN_OVERHEAD);
            continue;
        }
        status = check_once(walk, descriptor, known, &seen);
        if (status == HF_OK) {
            status = check_field(walk, known, &field, depth);
        }
    }
    return status == HF_OK ? check_required(walk, descriptor, &seen) : status;
}

hf_status frame_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *body,
                      size_t body_len, unsigned depth_max, size_t decoded_max,
                      struct frame_fault *fault) {
    struct walk walk = {depth_max, decoded_max, 0, fault};
    return check_message(&walk, descriptor, (struct span){body, body + body_len}, 1);
}

uint64_t frame_peek_varint(const uint8_t *body, size_t body_len, uint32_t tag) {
    struct span span = {body, body + body_len};
    struct field field = {0};
    while (span.at < span.end && take_field(&span, &field)) {
        if (field.tag == tag && field.wire == WIRE_VARINT) {
            return field.number;
        }
    }
    return 0;
}
