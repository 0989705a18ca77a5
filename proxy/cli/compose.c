/* SPDX-License-Identifier: MIT
 *
 * See compose.h. Members are reached by the offsets that protobuf-c gives in its descriptors.
 */
#include "compose.h"

#include "fields.h"
#include "shell.h"

#include <assert.h>
#include <string.h>

static void *own_member(ProtobufCMessage *message, unsigned offset) {
    return (char *)message + offset;
}

void compose_add(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                 const void *value) {
    size_t size = fields_size(field->type);
    void *at = own_member(message, field->offset);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t *count = own_member(message, field->quantifier_offset);
        void **array = at;
        *array = shell_grow(*array, *count + 1, size);
        memcpy((char *)*array + *count * size, value, size);
        (*count)++;
        return;
    }
    assert(!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF));
    assert(!fields_by_pointer(field) || fields_count(message, field) == 0);
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL && !fields_by_pointer(field)) {
        *(protobuf_c_boolean *)own_member(message, field->quantifier_offset) = 1;
    }
    memcpy(at, value, size);
}

ProtobufCMessage *compose_new(const ProtobufCMessageDescriptor *descriptor) {
    ProtobufCMessage *message = shell_alloc(1, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, message);
    return message;
}
