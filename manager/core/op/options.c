/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "show.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

char options_none[] = "none";

/* One option in one message. */
struct option {
    const ProtobufCFieldDescriptor *field;
    const void *at;
    bool given;
};

static bool option_by_pointer(const ProtobufCFieldDescriptor *field) {
    return field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE;
}

static struct option option_read(const ProtobufCMessage *message,
                                 const ProtobufCFieldDescriptor *field) {
    const char *start = (const char *)message;
    struct option option = {.field = field, .at = start + field->offset};
    option.given = field->label == PROTOBUF_C_LABEL_REQUIRED;
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL) {
        option.given = option_by_pointer(field)
                           ? *(void *const *)option.at != NULL
                           : *(const protobuf_c_boolean *)(start + field->quantifier_offset) != 0;
    }
    return option;
}

static struct any option_text(const struct option *option) {
    if (option->field->type == PROTOBUF_C_TYPE_STRING) {
        const char *string = *(const char *const *)option->at;
        return (struct any){.kind = ANY_STRING,
                            .len = (uint32_t)strlen(string),
                            .bytes = (char *)(uintptr_t)string};
    }
    const ProtobufCBinaryData *data = option->at;
    assert(option->field->type == PROTOBUF_C_TYPE_BYTES);
    return (struct any){.kind = ANY_BYTES, .len = (uint32_t)data->len, .bytes = (char *)data->data};
}

/* A number, a choice or a truth; unsigned ones keep their bits. */
static int64_t option_number(const struct option *option) {
    switch ((int)option->field->type) {
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_SINT64:
        return *(const int64_t *)option->at;
    case PROTOBUF_C_TYPE_UINT32:
        return *(const uint32_t *)option->at;
    default:
        return *(const int32_t *)option->at; /* an enum, or protobuf_c_boolean */
    }
}

static bool option_is_text(const struct option *option) {
    return option->field->type == PROTOBUF_C_TYPE_STRING ||
           option->field->type == PROTOBUF_C_TYPE_BYTES;
}

static bool option_is_none(const struct option *option) {
    return option->field->type == PROTOBUF_C_TYPE_STRING &&
           *(char *const *)option->at == options_none;
}

static bool option_equal(const struct option *one, const struct option *other) {
    if (option_is_none(one)) {
        return false;
    }
    if (option_is_text(one)) {
        const struct any own = option_text(one);
        const struct any asked = option_text(other);
        return own.len == asked.len &&
               (own.len == 0 || memcmp(own.bytes, asked.bytes, own.len) == 0);
    }
    bool truth = one->field->type == PROTOBUF_C_TYPE_BOOL;
    return truth ? !option_number(one) == !option_number(other)
                 : option_number(one) == option_number(other);
}

static const char *option_show(const struct option *option, char text[SHOW_BYTES]) {
    int64_t number = option_is_text(option) ? 0 : option_number(option);
    if (option_is_none(option)) {
        return options_none;
    }
    if (option_is_text(option)) {
        const struct any any = option_text(option);
        return show_any(&any, text);
    }
    if (option->field->type == PROTOBUF_C_TYPE_ENUM) {
        const ProtobufCEnumValue *value =
            protobuf_c_enum_descriptor_get_value(option->field->descriptor, (int)number);
        (void)snprintf(text, SHOW_BYTES, "%s", value ? value->name : "?");
    } else if (option->field->type == PROTOBUF_C_TYPE_BOOL) {
        (void)snprintf(text, SHOW_BYTES, "%s", number ? "true" : "false");
    } else if (option->field->type == PROTOBUF_C_TYPE_SINT64) {
        (void)snprintf(text, SHOW_BYTES, "%lld", (long long)number);
    } else {
        (void)snprintf(text, SHOW_BYTES, "%llu", (unsigned long long)number);
    }
    return text;
}

static bool option_is_no_bound(const struct option *option) {
    return strncmp(option->field->name, "max_", 4) == 0 && option_number(option) == 0;
}

bool options_differ(const ProtobufCMessage *own, const ProtobufCMessage *asked,
                    struct text *words) {
    bool differ = false;
    assert(own->descriptor == asked->descriptor);
    for (unsigned i = 0; i < own->descriptor->n_fields; i++) {
        char is[SHOW_BYTES];
        char wanted[SHOW_BYTES];
        const struct option one = option_read(own, &own->descriptor->fields[i]);
        const struct option other = option_read(asked, &own->descriptor->fields[i]);
        if (!one.given || !other.given || option_is_no_bound(&other) ||
            option_equal(&one, &other)) {
            continue;
        }
        text_add(words, "%s%s %s, not %s", differ ? "; " : "", one.field->name,
                 option_show(&one, is), option_show(&other, wanted));
        differ = true;
    }
    return differ;
}
