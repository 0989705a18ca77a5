/* SPDX-License-Identifier: MIT
 *
 * The operations as the shell spells them, read from the descriptor of Request: the field dict_set
 * of its oneof is the words `dict set`; the fields of its message are the arguments.
 *
 * The type words are those of enum Type, and `object`. An operation whose name begins with no type
 * word is one of the session (`stats`). An `open`, and an operation of `object` with a `name` or a
 * `prefix`, finds objects by that field. Each other operation of a type needs one object, whose
 * name comes before the arguments.
 *
 * Messages of any type are built here by their descriptors; fields.h reads them.
 */
#ifndef HF_OPS_H
#define HF_OPS_H

#include "holdfast.pb-c.h"

#include <stdbool.h>
#include <stddef.h>

enum { OPS_WORD_MAX_BYTES = 64 };

struct op {
    const char *type;                          /* the type word; "": of the session */
    char word[OPS_WORD_MAX_BYTES];             /* "compare-and-set" */
    const ProtobufCFieldDescriptor *field;     /* in Request */
    const ProtobufCMessageDescriptor *message; /* of the arguments */
    const ProtobufCFieldDescriptor *name;      /* the field by which it finds objects, or NULL */
    bool on_object;                            /* needs the id of an object */
};

/** The type word at this index; NULL after the last one. */
const char *ops_type(size_t index);

/** The type word equal to `word`, in any case; NULL: there is none. */
const char *ops_type_find(const char *word);

/** The number of a type in the protocol; false: no object has this type. */
bool ops_type_number(const char *type, Hf__Type *number);

/** The next operation of a type, or, for "", of the session. Start with a cursor of 0; false after
 * the last one. */
bool ops_next(const char *type, size_t *cursor, struct op *op);

/** The operation with this name: '-' and '_' are the same. */
bool ops_find(const char *type, const char *word, struct op *op);

/** The operation with this name, which exists: for names in this program. */
struct op ops_get(const char *type, const char *word);

/** The operation that opens an object of this type by its name alone; false if `open` requires
 * more, or the type has none. */
bool ops_opener(const char *type, struct op *op);

/** True if the operation acquires: its grant would end with the command. */
bool ops_grants(const struct op *op);

/** True if the shell can set this field from a word. An operation that requires another field is
 * not offered. */
bool ops_can_spell(const ProtobufCFieldDescriptor *field);

/** True if two words are the same. Case does not count, and '-' is '_'. */
bool ops_same_word(const char *one, const char *other);

/** Write `name` as a word of the command line: lower case, with '-'. */
void ops_spell(char word[OPS_WORD_MAX_BYTES], const char *name);

/** The field `name` of a message; NULL where it has none. */
const ProtobufCFieldDescriptor *ops_field(const ProtobufCMessageDescriptor *message,
                                          const char *name);

/** A new, empty message. Release it with protobuf_c_message_free_unpacked(). */
ProtobufCMessage *ops_new_message(const ProtobufCMessageDescriptor *descriptor);

/** Add a value to a repeated field, or set another one, which is in no oneof and has no text or
 * message yet. `value` points to the value, as the result of fields_at() does. The message owns
 * what the value itself points to. */
void ops_add_value(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                   const void *value);

/** Let a repeated field be these values, which the message does not own: set it to none before the
 * message is released. */
void ops_lend_values(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, void *values,
                     size_t count);

#endif
