/* SPDX-License-Identifier: MIT
 *
 * See print.h. Messages are read by their descriptors; Any, AnyList, Item and Ref have forms of
 * their own.
 */
#include "print.h"

#include "any_json.h"
#include "fields.h"
#include "ops.h"
#include "shell.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- JSON ---- */

/* A status is spelled as in the protocol, any other choice as on the command line. */
static json_t *choice_json(const ProtobufCFieldDescriptor *field, int number) {
    char word[OPS_WORD_MAX_BYTES];
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(field->descriptor, number);
    if (!value) {
        return json_sprintf("%d", number);
    }
    if (field->descriptor == &hf__status__descriptor) {
        return json_string(value->name);
    }
    ops_spell(word, value->name);
    return json_string(word);
}

/* Only for the types of fields that are printed. */
static json_t *value_json(const ProtobufCFieldDescriptor *field, const void *at) {
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return print_json_message(*(const ProtobufCMessage *const *)at);
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        return json_string(*(const char *const *)at);
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        return any_json_bytes(at);
    }
    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        return choice_json(field, *(const int *)at);
    }
    if (field->type == PROTOBUF_C_TYPE_BOOL) {
        return json_boolean(*(const protobuf_c_boolean *)at);
    }
    if (field->type == PROTOBUF_C_TYPE_UINT64) {
        return any_json_natural(*(const uint64_t *)at);
    }
    if (field->type == PROTOBUF_C_TYPE_UINT32) {
        return json_integer(*(const uint32_t *)at);
    }
    assert(field->type == PROTOBUF_C_TYPE_SINT32 || field->type == PROTOBUF_C_TYPE_SINT64);
    return json_integer(field->type == PROTOBUF_C_TYPE_SINT32 ? *(const int32_t *)at
                                                              : *(const int64_t *)at);
}

static json_t *field_json(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    size_t count = fields_count(message, field);
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        assert(count <= 1);
        return count ? value_json(field, fields_at(message, field, 0)) : NULL;
    }
    json_t *json = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(json, value_json(field, fields_at(message, field, i)));
    }
    return json;
}

json_t *print_json_message(const ProtobufCMessage *message) {
    if (message->descriptor == &hf__any__descriptor) {
        return any_json((const Hf__Any *)message);
    }
    if (message->descriptor == &hf__any_list__descriptor) {
        return field_json(message, message->descriptor->fields);
    }
    json_t *json = json_object();
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        json_t *value = field_json(message, field);
        if (value) {
            (void)json_object_set_new(json, field->name, value);
        }
    }
    return json;
}

json_t *print_json(const Hf__Reply *reply) {
    json_t *json = print_json_message(&reply->base);
    (void)json_object_del(json, "id");
    return json;
}

/* ---- text ---- */

enum { DIGITS_LEAST = 15 };

/* The fewest digits from which the same number is read back, so that 0.1 is printed as 0.1. */
static int digits_of_number(double number) {
    assert(isfinite(number)); /* any_json() spells the others */
    char text[64];
    int digits = DIGITS_LEAST - 1;
    do {
        digits++;
        (void)snprintf(text, sizeof text, "%.*g", digits, number);
    } while (digits < 17 && strtod(text, NULL) != number);
    return digits;
}

static int larger(int one, int other) {
    return one > other ? one : other;
}

/* For the number in `json` that needs most. */
static int digits_of(json_t *json) {
    int most = json_is_real(json) ? digits_of_number(json_real_value(json)) : DIGITS_LEAST;
    size_t index = 0;
    const char *key = NULL;
    json_t *value = NULL;
    json_array_foreach(json, index, value) {
        most = larger(most, digits_of(value));
    }
    json_object_foreach(json, key, value) {
        most = larger(most, digits_of(value));
    }
    return most;
}

/* {"$big":"DIGITS"} becomes the digits alone, in place. It is never a part of a string, where a
 * quote has a backslash before it. */
static void unmark_bigs(char *text) {
    static const char before[] = "{\"$big\":\"";
    static const char after[] = "\"}";
    char *to = text;
    for (const char *at = text; *at;) {
        bool marked = strncmp(at, before, sizeof before - 1) == 0;
        const char *digits = at + sizeof before - 1;
        size_t len = marked ? strspn(digits, "-0123456789") : 0;
        if (len > 0 && strncmp(digits + len, after, sizeof after - 1) == 0) {
            memmove(to, digits, len);
            to += len;
            at = digits + len + sizeof after - 1;
        } else {
            *to++ = *at++;
        }
    }
    *to = 0;
}

char *print_json_text(json_t *json) {
    size_t digits = (size_t)digits_of(shell_require(json)); /* jansson has NULL for no memory */
    char *text = shell_require(
        json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits)));
    unmark_bigs(text);
    json_decref(json);
    return text;
}

/* Releases `json`. */
static void put_json(FILE *out, json_t *json) {
    char *text = print_json_text(json);
    (void)fputs(text, out);
    free(text);
}

void print_json_line(FILE *out, json_t *json) {
    put_json(out, json);
    (void)putc('\n', out);
}

void print_value(FILE *out, const Hf__Any *any) {
    put_json(out, any_json(any));
}

/* protobuf-c has no data for an empty text. */
static void put_bytes(FILE *out, const void *bytes, size_t len) {
    if (len > 0) {
        (void)fwrite(bytes, 1, len, out);
    }
}

void print_cell(FILE *out, const char *text, size_t len) {
    bool clean = true;
    for (size_t i = 0; i < len; i++) {
        clean = clean && (unsigned char)text[i] >= 0x20 && text[i] != 0x7f;
    }
    if (clean) {
        put_bytes(out, text, len);
        return;
    }
    const ProtobufCBinaryData data = {.len = len, .data = (uint8_t *)(uintptr_t)text};
    put_json(out, any_json_text(&data));
}

/* A value within a line: a text without quotes. Releases `json`. */
static void put_json_cell(FILE *out, json_t *json) {
    if (json_is_string(json)) {
        print_cell(out, json_string_value(json), json_string_length(json));
        json_decref(json);
    } else {
        put_json(out, json);
    }
}

static void put_value_cell(FILE *out, const ProtobufCFieldDescriptor *field, const void *at);

/* The values at `index` of all repeated fields, or of all others, with tabs between. Returns false
 * if there are none. */
static bool put_fields(FILE *out, const ProtobufCMessage *message, bool repeated, size_t index) {
    const char *between = "";
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if ((field->label == PROTOBUF_C_LABEL_REPEATED) == repeated &&
            index < fields_count(message, field)) {
            (void)fputs(between, out);
            put_value_cell(out, field, fields_at(message, field, index));
            between = "\t";
        }
    }
    return *between;
}

/* A message within a line. */
static void put_message_cell(FILE *out, const ProtobufCMessage *message) {
    const Hf__Any *any = message->descriptor == &hf__any__descriptor ? (const void *)message : NULL;
    if (message->descriptor == &hf__ref__descriptor) {
        (void)fprintf(out, "#%" PRIu64, ((const Hf__Ref *)message)->id);
    } else if (any && any->kind_case == HF__ANY__KIND_REF) {
        put_message_cell(out, &any->ref->base);
    } else if (any) {
        put_json_cell(out, any_json(any));
    } else {
        (void)put_fields(out, message, false, 0);
    }
}

static void put_value_cell(FILE *out, const ProtobufCFieldDescriptor *field, const void *at) {
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        put_message_cell(out, *(const ProtobufCMessage *const *)at);
    } else {
        put_json_cell(out, value_json(field, at));
    }
}

/* A message whose first field is repeated is a table: each repeated field is a column. */
static bool is_table(const ProtobufCMessage *message) {
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    return descriptor->n_fields > 0 && descriptor->fields[0].label == PROTOBUF_C_LABEL_REPEATED;
}

/* Any other message is a report: a line for each name and value. */
static void put_report(FILE *out, const ProtobufCMessage *message) {
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        for (size_t at = 0; at < fields_count(message, field); at++) {
            (void)fprintf(out, "%s\t", field->name);
            if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
                put_json(out, value_json(field, fields_at(message, field, at)));
            } else {
                put_value_cell(out, field, fields_at(message, field, at));
            }
            (void)putc('\n', out);
        }
    }
}

static void put_any(FILE *out, const Hf__Any *any);

static void put_message(FILE *out, const ProtobufCMessage *message) {
    if (message->descriptor == &hf__any__descriptor) {
        put_any(out, (const Hf__Any *)message);
    } else if (message->descriptor == &hf__item__descriptor ||
               message->descriptor == &hf__ref__descriptor) {
        put_message_cell(out, message);
        (void)putc('\n', out);
    } else if (is_table(message)) {
        for (size_t row = 0; put_fields(out, message, true, row); row++) {
            (void)putc('\n', out);
        }
    } else {
        put_report(out, message);
    }
}

/* The message of a list or map; NULL: it cannot be read. */
static void put_unpacked(FILE *out, void *message, const ProtobufCBinaryData *packed) {
    if (!message) {
        put_bytes(out, packed->data, packed->len);
        return;
    }
    put_message(out, message);
    protobuf_c_message_free_unpacked(message, NULL);
}

/* A value that is the whole result. Bytes are written as they are, without a newline. */
static void put_any(FILE *out, const Hf__Any *any) {
    if (any->kind_case == HF__ANY__KIND_BYTES) {
        put_bytes(out, any->bytes.data, any->bytes.len);
    } else if (any->kind_case == HF__ANY__KIND_LIST || any->kind_case == HF__ANY__KIND_TUPLE) {
        put_unpacked(out, hf__any_list__unpack(NULL, any->list.len, any->list.data), &any->list);
    } else if (any->kind_case == HF__ANY__KIND_MAP) {
        put_unpacked(out, hf__any_map__unpack(NULL, any->map.len, any->map.data), &any->map);
    } else {
        if (any->kind_case == HF__ANY__KIND_STRING) {
            put_bytes(out, any->string.data, any->string.len);
        } else {
            put_message_cell(out, &any->base);
        }
        (void)putc('\n', out);
    }
}

const ProtobufCFieldDescriptor *print_result_field(const Hf__Reply *reply) {
    return reply->result_case == HF__REPLY__RESULT__NOT_SET
               ? NULL
               : protobuf_c_message_descriptor_get_field(&hf__reply__descriptor,
                                                         (unsigned)reply->result_case);
}

void print_result(FILE *out, const Hf__Reply *reply) {
    const ProtobufCFieldDescriptor *field = print_result_field(reply);
    if (!field) {
        return;
    }
    const void *at = fields_at(&reply->base, field, 0);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        put_message(out, *(const ProtobufCMessage *const *)at);
    } else {
        put_value_cell(out, field, at);
        (void)putc('\n', out);
    }
}
