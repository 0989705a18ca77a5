/* SPDX-License-Identifier: MIT
 *
 * See words.h.
 */
#include "words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct writer {
    char *text;
    size_t len;
};

static void add(struct writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct writer *writer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(writer->text + writer->len, WORDS_BYTES - writer->len, format, arguments);
    va_end(arguments);
    if (len > 0) {
        writer->len += (size_t)len;
    }
    if (writer->len >= WORDS_BYTES) {
        writer->len = WORDS_BYTES - 1;
    }
}

static void write_message(struct writer *writer, const ProtobufCMessage *message);

static void write_bytes(struct writer *writer, const ProtobufCBinaryData *data) {
    add(writer, "\"");
    for (size_t i = 0; i < data->len; i++) {
        uint8_t byte = data->data[i];
        add(writer, byte >= ' ' && byte < 0x7f ? "%c" : "\\%02x", byte);
    }
    add(writer, "\"");
}

static void write_number(struct writer *writer, const ProtobufCFieldDescriptor *field,
                         const void *member) {
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_SINT64:
        add(writer, "%" PRId64, *(const int64_t *)member);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        add(writer, "%g", *(const double *)member);
        break;
    case PROTOBUF_C_TYPE_SINT32:
        add(writer, "%" PRId32, *(const int32_t *)member);
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        add(writer, "%" PRIu32, *(const uint32_t *)member);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        add(writer, "%s", *(const protobuf_c_boolean *)member ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_ENUM: {
        const ProtobufCEnumValue *value =
            protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)member);
        add(writer, "%s", value ? value->name : "?");
        break;
    }
    default:
        add(writer, "%" PRIu64, *(const uint64_t *)member);
        break;
    }
}

static void write_value(struct writer *writer, const ProtobufCFieldDescriptor *field,
                        const void *member) {
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        write_message(writer, *(const ProtobufCMessage *const *)member);
    } else if (field->type == PROTOBUF_C_TYPE_STRING) {
        add(writer, "\"%s\"", *(const char *const *)member);
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        write_bytes(writer, member);
    } else {
        write_number(writer, field, member);
    }
}

static bool present(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message,
                    const void *member) {
    const void *quantifier = (const char *)message + field->quantifier_offset;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        return *(const uint32_t *)quantifier == field->id;
    }
    if (field->label == PROTOBUF_C_LABEL_REQUIRED) {
        return true;
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE || field->type == PROTOBUF_C_TYPE_STRING) {
        return *(const void *const *)member != NULL;
    }
    return *(const protobuf_c_boolean *)quantifier != 0;
}

static void write_field(struct writer *writer, const ProtobufCFieldDescriptor *field,
                        const ProtobufCMessage *message) {
    const void *member = (const char *)message + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count =
            *(const size_t *)(const void *)((const char *)message + field->quantifier_offset);
        const void *const *items = *(const void *const *const *)member;
        for (size_t i = 0; i < count; i++) {
            add(writer, " %s ", field->name);
            write_value(writer, field, &items[i]);
        }
    } else if (present(field, message, member)) {
        add(writer, " %s ", field->name);
        write_value(writer, field, member);
    }
}

static void write_message(struct writer *writer, const ProtobufCMessage *message) {
    if (!message) {
        add(writer, "nothing");
        return;
    }
    add(writer, "{");
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        write_field(writer, &message->descriptor->fields[i], message);
    }
    add(writer, " }");
}

const char *words_of(const ProtobufCMessage *message, char text[WORDS_BYTES]) {
    struct writer writer = {text, 0};
    text[0] = '\0';
    write_message(&writer, message);
    return text;
}
