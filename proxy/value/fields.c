/* SPDX-License-Identifier: MIT
 *
 * See fields.h. Members are reached by the offsets that protobuf-c gives in its descriptors.
 */
#include "fields.h"

#include "sink.h"
#include "wire.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

static const void *member(const ProtobufCMessage *message, unsigned offset) {
    return (const char *)message + offset;
}

size_t fields_size(ProtobufCType type) {
    switch (type) {
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return sizeof(uint32_t);
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    }
    assert(false && "a type of protobuf");
    return 0;
}

bool fields_by_pointer(const ProtobufCFieldDescriptor *field) {
    return field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE;
}

size_t fields_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return *(const size_t *)member(message, field->quantifier_offset);
    }
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        return *(const uint32_t *)member(message, field->quantifier_offset) == field->id;
    }
    if (fields_by_pointer(field)) {
        return *(void *const *)member(message, field->offset) != NULL;
    }
    return field->label == PROTOBUF_C_LABEL_REQUIRED ||
           *(const protobuf_c_boolean *)member(message, field->quantifier_offset);
}

const void *fields_at(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                      size_t index) {
    assert(index < fields_count(message, field));
    const void *at = member(message, field->offset);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        at = (const char *)*(void *const *)at + index * fields_size(field->type);
    }
    return at;
}

/* ---- as values ---- */

static hf_status value_of_text(const char *text, hf_any *any) {
    return hf_any_copy(hf_any_string(text), any);
}

static hf_status value_of_choice(const ProtobufCFieldDescriptor *field, int number, hf_any *any) {
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(field->descriptor, number);
    if (!value) {
        *any = hf_any_int(number);
        return HF_OK;
    }
    return value_of_text(value->name, any);
}

static hf_status value_of_one(const ProtobufCFieldDescriptor *field, const void *at, hf_any *any) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        *any = hf_any_int(*(const int32_t *)at);
        return HF_OK;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        *any = hf_any_int(*(const uint32_t *)at);
        return HF_OK;
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        *any = hf_any_int(*(const int64_t *)at);
        return HF_OK;
    case PROTOBUF_C_TYPE_FLOAT:
        *any = hf_any_double((double)*(const float *)at);
        return HF_OK;
    case PROTOBUF_C_TYPE_DOUBLE:
        *any = hf_any_double(*(const double *)at);
        return HF_OK;
    case PROTOBUF_C_TYPE_BOOL:
        *any = hf_any_bool(*(const protobuf_c_boolean *)at != 0);
        return HF_OK;
    case PROTOBUF_C_TYPE_ENUM:
        return value_of_choice(field, *(const int *)at, any);
    case PROTOBUF_C_TYPE_STRING:
        return value_of_text(*(const char *const *)at, any);
    case PROTOBUF_C_TYPE_BYTES: {
        const ProtobufCBinaryData *data = at;
        return hf_any_copy(hf_any_bytes(data->data, data->len), any);
    }
    case PROTOBUF_C_TYPE_MESSAGE: {
        const ProtobufCMessage *message = *(const ProtobufCMessage *const *)at;
        return message->descriptor == &hf__any__descriptor
                   ? wire_take((const Hf__Any *)message, any)
                   : fields_take(message, any);
    }
    }
    return HF_OK;
}

static hf_status value_of_items(Hf__Item *const *items, size_t count, hf_any *any) {
    hf_any_map_array map = {calloc(count + 1, sizeof *map.pairs), count};
    hf_status status = map.pairs ? HF_OK : HF_NO_MEMORY;
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        status = wire_take(items[i]->key, &map.pairs[i].key);
        if (status == HF_OK) {
            status = wire_take(items[i]->value, &map.pairs[i].value);
        }
    }
    if (status != HF_OK) {
        map.len = map.pairs ? count : 0; /* what was not taken is null */
        hf_any_map_array_clear(&map);
        return status;
    }
    *any = (hf_any){.kind = HF_ANY_MAP, .len = count, .pairs = map.pairs};
    return HF_OK;
}

/* Repeated values become a list, repeated items a map. */
static hf_status value_of_many(const ProtobufCMessage *message,
                               const ProtobufCFieldDescriptor *field, hf_any *any) {
    assert(field->label == PROTOBUF_C_LABEL_REPEATED);
    size_t count = fields_count(message, field);
    void *const values = *(void *const *)member(message, field->offset);
    hf_any_array list = {NULL, 0};
    if (field->descriptor == &hf__item__descriptor) {
        return value_of_items(values, count, any);
    }
    assert(field->descriptor == &hf__any__descriptor);
    hf_status status = wire_take_array(values, count, &list);
    if (status == HF_OK) {
        *any = hf_any_list(list.items, list.len);
    }
    return status;
}

/* Requests within requests are left out. */
static bool is_shown(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    bool many = field->label == PROTOBUF_C_LABEL_REPEATED;
    return fields_count(message, field) > 0 &&
           (!many || field->descriptor == &hf__item__descriptor ||
            field->descriptor == &hf__any__descriptor);
}

static hf_status value_of_field(const ProtobufCMessage *message,
                                const ProtobufCFieldDescriptor *field, hf_any_item *pair) {
    hf_status status = value_of_text(field->name, &pair->key);
    if (status != HF_OK) {
        return status;
    }
    return field->label == PROTOBUF_C_LABEL_REPEATED
               ? value_of_many(message, field, &pair->value)
               : value_of_one(field, fields_at(message, field, 0), &pair->value);
}

hf_status fields_take(const ProtobufCMessage *message, hf_any *any) {
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    hf_any_map_array map = {calloc(descriptor->n_fields + 1, sizeof *map.pairs), 0};
    if (!map.pairs) {
        return sink_no_memory();
    }
    hf_status status = HF_OK;
    for (unsigned i = 0; i < descriptor->n_fields && status == HF_OK; i++) {
        if (is_shown(message, &descriptor->fields[i])) {
            assert(map.len < descriptor->n_fields);
            status = value_of_field(message, &descriptor->fields[i], &map.pairs[map.len++]);
        }
    }
    if (status != HF_OK) {
        hf_any_map_array_clear(&map);
        return sink_refused(status);
    }
    any->kind = HF_ANY_MAP;
    any->len = map.len;
    any->pairs = map.pairs;
    return HF_OK;
}
