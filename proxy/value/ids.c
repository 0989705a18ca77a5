/* SPDX-License-Identifier: MIT
 *
 * See ids.h. The bytes are walked with the descriptors of the protocol, and nothing is decoded.
 */
#include "ids.h"

#include "decode.h"
#include "encode.h"
#include "wire_format.h"
#include "wire_limits.h"

#include <assert.h>
#include <string.h>

struct walk {
    ids_visit *visit; /* NULL: `replace` counts */
    ids_replace *replace;
    void *context;
};

struct span {
    const uint8_t *at;
    const uint8_t *end;
};

/* A field as it was read. */
struct ids_field {
    const ProtobufCFieldDescriptor *field; /* NULL: unknown */
    const ProtobufCMessageDescriptor *inner;
    struct span whole;
    struct span body; /* of a length-delimited field */
    uint64_t number;  /* of a varint */
    unsigned type;
};

static bool holds_id(const ProtobufCMessageDescriptor *descriptor,
                     const ProtobufCFieldDescriptor *field) {
    static const char *const names[] = {"object", "lock", "locks", "other"};
    if (!field || field->type != PROTOBUF_C_TYPE_UINT64) {
        return false;
    }
    if (descriptor == &hf__ref__descriptor) {
        return strcmp(field->name, "id") == 0;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(field->name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The message inside a field: NULL: there is none. A nested value may be declared as the bytes of
 * one. */
static const ProtobufCMessageDescriptor *inner_of(const ProtobufCMessageDescriptor *descriptor,
                                                  const ProtobufCFieldDescriptor *field) {
    if (!field || field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return field ? field->descriptor : NULL;
    }
    if (descriptor != &hf__any__descriptor) {
        return NULL;
    }
    if (strcmp(field->name, "list") == 0 || strcmp(field->name, "tuple") == 0) {
        return &hf__any_list__descriptor;
    }
    return strcmp(field->name, "map") == 0      ? &hf__any_map__descriptor
           : strcmp(field->name, "opaque") == 0 ? &hf__opaque__descriptor
                                                : NULL;
}

/* Returns false if it is not well formed. */
static bool read_field(const ProtobufCMessageDescriptor *descriptor, struct span *span,
                       struct ids_field *read) {
    struct decoded_field field;
    read->whole = *span;
    if (!decode_take(&span->at, span->end, &field)) {
        return false;
    }
    read->whole.end = span->at;
    read->type = field.wire;
    read->field = wire_field(descriptor, field.tag);
    read->number = field.number;
    read->inner = NULL;
    if (read->type == WIRE_BYTES) {
        read->body = (struct span){field.content, field.content + field.len};
        read->inner = inner_of(descriptor, read->field);
    }
    return true;
}

/* ---- each ---- */

static bool visit_message(const struct walk *walk, const ProtobufCMessageDescriptor *descriptor,
                          struct span span, unsigned depth) {
    bool well_formed = depth <= HF_MESSAGE_MAX_DEPTH;
    while (well_formed && span.at < span.end) {
        struct ids_field read;
        well_formed = read_field(descriptor, &span, &read);
        if (well_formed && read.inner) {
            well_formed = visit_message(walk, read.inner, read.body, depth + 1);
        } else if (well_formed && read.type == WIRE_VARINT && holds_id(descriptor, read.field) &&
                   descriptor != &hf__guard__descriptor) {
            walk->visit(walk->context, read.number);
        }
    }
    return well_formed;
}

bool ids_each(const uint8_t *request, size_t len, ids_visit *visit, void *context) {
    const struct walk walk = {.visit = visit, .context = context};
    return visit_message(&walk, &hf__request__descriptor, (struct span){request, request + len}, 0);
}

/* ---- renew ---- */

static bool put_key_and_number(struct buffer *out, struct span whole, uint64_t number) {
    uint8_t bytes[2 * HF_VARINT_MAX_BYTES];
    uint64_t key = 0;
    const uint8_t *behind = whole.at;
    (void)decode_varint(&behind, whole.end, &key);
    size_t len = (size_t)(behind - whole.at);
    assert(len <= HF_VARINT_MAX_BYTES);
    memcpy(bytes, whole.at, len);
    len += encode_varint(bytes + len, number);
    return buffer_append(out, bytes, len);
}

static bool renew_message(const struct walk *walk, const ProtobufCMessageDescriptor *descriptor,
                          struct span span, struct buffer *out);

/* Its length is known when it is made. */
static bool renew_inner(const struct walk *walk, const struct ids_field *read, struct buffer *out) {
    struct buffer inner = {NULL, 0, 0, 0};
    bool done = renew_message(walk, read->inner, read->body, &inner) &&
                put_key_and_number(out, read->whole, buffer_len(&inner)) &&
                buffer_append(out, buffer_front(&inner), buffer_len(&inner));
    buffer_fini(&inner);
    return done;
}

static bool renew_message(const struct walk *walk, const ProtobufCMessageDescriptor *descriptor,
                          struct span span, struct buffer *out) {
    bool done = true;
    while (done && span.at < span.end) {
        struct ids_field read;
        done = read_field(descriptor, &span, &read);
        assert(done); /* ids_each() has walked through it */
        if (read.inner) {
            done = renew_inner(walk, &read, out);
        } else if (read.type == WIRE_VARINT && holds_id(descriptor, read.field)) {
            done = put_key_and_number(out, read.whole, walk->replace(walk->context, read.number));
        } else {
            done = buffer_append(out, read.whole.at, (size_t)(read.whole.end - read.whole.at));
        }
    }
    return done;
}

bool ids_renew(const uint8_t *request, size_t len, ids_replace *replace, void *context,
               struct buffer *out) {
    const struct walk walk = {.replace = replace, .context = context};
    size_t end = buffer_len(out);
    bool done =
        renew_message(&walk, &hf__request__descriptor, (struct span){request, request + len}, out);
    if (!done) {
        out->end = out->start + end;
    }
    return done;
}
