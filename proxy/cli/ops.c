/* SPDX-License-Identifier: MIT
 *
 * See ops.h. Three facts are not in the descriptor: which operations are not offered, that a
 * namespace has the operations of a dict, and that the names of operations that grant begin with
 * "acquire".
 */
#include "ops.h"

#include "fields.h"
#include "shell.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

/* Operations that are not offered: the library calls them by itself, or what they begin ends with
 * the session, and so with the command. A type stands for all its operations. */
static const char *const hidden[] = {
    "hello",         "prove",      "cancel",    "pool_register", "pool_take", "pool_finish",
    "pool_progress", "pool_leave", "submitter", "supervisor",    "leave",
};

static const char any_type[] = "object";

/* ---- words ---- */

static int plain(char c) {
    return c == '_' ? '-' : tolower((unsigned char)c);
}

bool ops_same_word(const char *one, const char *other) {
    assert(one && other);
    while (*one && plain(*one) == plain(*other)) {
        one++;
        other++;
    }
    return plain(*one) == plain(*other);
}

void ops_spell(char word[OPS_WORD_MAX_BYTES], const char *name) {
    size_t len = strlen(name);
    assert(len < OPS_WORD_MAX_BYTES); /* names are those of holdfast.proto */
    for (size_t i = 0; i < len; i++) {
        word[i] = (char)plain(name[i]);
    }
    word[len] = 0;
}

/* The rest of `name` after `prefix` and '_', "" if both are the same; NULL if `name` begins
 * otherwise. */
static const char *after_prefix(const char *name, const char *prefix) {
    while (*prefix) {
        if (plain(*name++) != plain(*prefix++)) {
            return NULL;
        }
    }
    if (*name == '_') {
        return name + 1;
    }
    return *name ? NULL : name;
}

static bool is_hidden(const char *name) {
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        if (after_prefix(name, hidden[i])) {
            return true;
        }
    }
    return false;
}

const char *ops_type(size_t index) {
    enum { TYPES_MAX = 64 };
    static char words[TYPES_MAX][OPS_WORD_MAX_BYTES];
    const ProtobufCEnumDescriptor *types = &hf__type__descriptor;
    assert(types->n_values <= TYPES_MAX);
    for (unsigned i = 0; i < types->n_values; i++) {
        if (!is_hidden(types->values[i].name) && index-- == 0) {
            ops_spell(words[i], types->values[i].name);
            return words[i];
        }
    }
    return index == 0 ? any_type : NULL;
}

/* The type whose word `name` begins with; NULL: there is none. */
static const char *type_of(const char *name) {
    const char *type = NULL;
    for (size_t i = 0; (type = ops_type(i)) != NULL && !after_prefix(name, type); i++) {
    }
    return type;
}

const char *ops_type_find(const char *word) {
    const char *type = type_of(word);
    return type && ops_same_word(type, word) ? type : NULL;
}

bool ops_type_number(const char *type, Hf__Type *number) {
    const ProtobufCEnumDescriptor *types = &hf__type__descriptor;
    for (unsigned i = 0; i < types->n_values; i++) {
        if (ops_same_word(types->values[i].name, type)) {
            *number = (Hf__Type)types->values[i].value;
            return true;
        }
    }
    return false;
}

const ProtobufCFieldDescriptor *ops_field(const ProtobufCMessageDescriptor *message,
                                          const char *name) {
    for (unsigned i = 0; i < message->n_fields; i++) {
        if (ops_same_word(message->fields[i].name, name)) {
            return &message->fields[i];
        }
    }
    return NULL;
}

/* ---- operations ---- */

bool ops_can_spell(const ProtobufCFieldDescriptor *field) {
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return field->descriptor == &hf__any__descriptor ||
               field->descriptor == &hf__item__descriptor;
    }
    return field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_BYTES ||
           field->type == PROTOBUF_C_TYPE_BOOL || field->type == PROTOBUF_C_TYPE_ENUM ||
           field->type == PROTOBUF_C_TYPE_SINT64 || field->type == PROTOBUF_C_TYPE_UINT32 ||
           field->type == PROTOBUF_C_TYPE_UINT64;
}

static bool can_spell_required(const ProtobufCMessageDescriptor *message) {
    for (unsigned i = 0; i < message->n_fields; i++) {
        if (message->fields[i].label != PROTOBUF_C_LABEL_OPTIONAL &&
            !ops_can_spell(&message->fields[i])) {
            return false;
        }
    }
    return true;
}

static const ProtobufCFieldDescriptor *name_field(const struct op *op) {
    if (strcmp(op->type, any_type) != 0 && strcmp(op->word, "open") != 0) {
        return NULL;
    }
    const ProtobufCFieldDescriptor *name = ops_field(op->message, "name");
    return name ? name : ops_field(op->message, "prefix");
}

/* Whether it is for objects that it names itself. */
static bool names_objects(const struct op *op) {
    return strcmp(op->type, any_type) == 0 && ops_field(op->message, "objects");
}

/* The operation of one field of Request, if it is one of this type. */
static bool read_op(const char *type, const ProtobufCFieldDescriptor *field, struct op *op) {
    if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) {
        return false;
    }
    const ProtobufCMessageDescriptor *message = field->descriptor;
    assert(field->type == PROTOBUF_C_TYPE_MESSAGE);
    const char *word = *type ? after_prefix(field->name, type) : field->name;
    if (!word || !can_spell_required(message)) {
        return false;
    }
    if (is_hidden(field->name) || (!*type && type_of(field->name))) {
        return false;
    }
    *op = (struct op){.type = type, .field = field, .message = message};
    ops_spell(op->word, word);
    op->name = name_field(op);
    op->on_object = *type && !op->name && !names_objects(op);
    assert(op->word[0]);
    return true;
}

/* A namespace has an open of its own; its other operations are those of a dict. */
bool ops_next(const char *type, size_t *cursor, struct op *op) {
    const ProtobufCMessageDescriptor *request = &hf__request__descriptor;
    size_t own = request->n_fields;
    assert(*cursor <= 2 * own);
    size_t end = strcmp(type, "namespace") == 0 ? 2 * own : own;
    while (*cursor < end) {
        size_t index = (*cursor)++;
        bool lent = index >= own;
        if (read_op(lent ? "dict" : type, &request->fields[index % own], op) &&
            (!lent || strcmp(op->word, "open") != 0)) {
            op->type = type;
            return true;
        }
    }
    return false;
}

bool ops_find(const char *type, const char *word, struct op *op) {
    size_t cursor = 0;
    while (ops_next(type, &cursor, op)) {
        if (ops_same_word(op->word, word)) {
            return true;
        }
    }
    return false;
}

struct op ops_get(const char *type, const char *word) {
    struct op op;
    bool found = ops_find(type, word, &op);
    assert(found);
    (void)found;
    return op;
}

bool ops_opener(const char *type, struct op *op) {
    if (!ops_find(type, "open", op) || !op->name) {
        return false;
    }
    for (unsigned i = 0; i < op->message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &op->message->fields[i];
        if (field != op->name && field->label == PROTOBUF_C_LABEL_REQUIRED) {
            return false;
        }
    }
    return true;
}

bool ops_grants(const struct op *op) {
    static const char acquire[] = "acquire";
    return strncmp(op->word, acquire, sizeof acquire - 1) == 0;
}

/* ---- messages: members are reached by the offsets in their descriptors ---- */

static void *own_member(ProtobufCMessage *message, unsigned offset) {
    return (char *)message + offset;
}

void ops_add_value(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
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

void ops_lend_values(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, void *values,
                     size_t count) {
    assert(field->label == PROTOBUF_C_LABEL_REPEATED);
    memcpy(own_member(message, field->offset), &values, sizeof values);
    memcpy(own_member(message, field->quantifier_offset), &count, sizeof count);
}

ProtobufCMessage *ops_new_message(const ProtobufCMessageDescriptor *descriptor) {
    ProtobufCMessage *message = shell_alloc(1, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, message);
    return message;
}
