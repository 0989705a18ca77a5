/* SPDX-License-Identifier: MIT
 *
 * The operations as the shell spells them, read from the descriptor of Request: the field dict_set
 * of its oneof is the words `dict set`, the fields of its message are the arguments.
 *
 * Type words are those of enum Type, and `object`. An operation whose name begins with no type word
 * belongs to the session (`stats`). `open`, and what `object` does with a `name` or `prefix`, finds
 * its objects by itself; all others of a type are for one object, whose name comes before the
 * arguments.
 */
#ifndef HF_OPS_H
#define HF_OPS_H

#include "holdfast.pb-c.h"

#include <stdbool.h>
#include <stddef.h>

enum { OPS_WORD_MAX_BYTES = 64 };

struct op {
    const char *type;                          /* the type word; "" for the session's own */
    char word[OPS_WORD_MAX_BYTES];             /* "compare-and-set" */
    const ProtobufCFieldDescriptor *field;     /* in Request */
    const ProtobufCMessageDescriptor *message; /* of its arguments */
    const ProtobufCFieldDescriptor *name;      /* what it finds its objects by, or NULL */
    bool on_object;                            /* needs the id of an object */
};

/** The type words, in order: NULL after the last one. */
const char *ops_type(size_t index);

/** The type word equal to `word`, in any case; NULL: there is none. */
const char *ops_type_find(const char *word);

/** The operations of a type, or, for "", of the session. Start with a cursor of 0; false after the
 *  last one. */
bool ops_next(const char *type, size_t *cursor, struct op *op);

/** The operation with this name: '-' and '_' are the same. */
bool ops_find(const char *type, const char *word, struct op *op);

/** The same for an operation that this program names itself, so that it is there. */
struct op ops_get(const char *type, const char *word);

/** The one that opens an object of this type by its name alone; false where it needs more. */
bool ops_opener(const char *type, struct op *op);

/** Whether a grant is what it is for: it would end with the command. */
bool ops_grants(const struct op *op);

/** Whether the shell can read a field of a request from a word. An operation that requires another
 * field is not offered. */
bool ops_can_spell(const ProtobufCFieldDescriptor *field);

/** Whether two words are the same but for case and '-' or '_'. */
bool ops_same_word(const char *one, const char *other);

/** Write `name` as a word of the command line: lower case, with '-'. */
void ops_spell(char word[OPS_WORD_MAX_BYTES], const char *name);

/** The field `name` of a message; NULL where it has none. */
const ProtobufCFieldDescriptor *ops_field(const ProtobufCMessageDescriptor *message,
                                          const char *name);

#endif
