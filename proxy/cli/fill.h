/* SPDX-License-Identifier: MIT
 *
 * From the words behind `TYPE OP` to the message of the operation. The first word is the name of
 * the object. The others are its fields in the order of their tags: first those that are required,
 * then either all the values of a repeated field, or those of optional ones. Any optional field can
 * also be given as an option.
 */
#ifndef HF_FILL_H
#define HF_FILL_H

#include "ops.h"
#include "shell.h"

enum { FILL_FIELDS_MAX = 32 };

struct fill {
    struct op op;
    ProtobufCMessage *message;
    const char *name; /* of the object; NULL: not given yet */
    bool given[FILL_FIELDS_MAX];
};

/** Begin with an empty message; end with fill_fini(). */
void fill_init(struct fill *fill, const struct op *op);
void fill_fini(struct fill *fill);

/** The field that the option --`name` is for; NULL: it has none of that name. */
const ProtobufCFieldDescriptor *fill_find_option(const struct fill *fill, const char *name);

/** Take the value of an option; NULL for a flag. */
bool fill_from_option(struct fill *fill, const ProtobufCFieldDescriptor *field, const char *value,
                      struct fault *fault);

/** Take the next word. */
bool fill_from_word(struct fill *fill, const char *word, struct fault *fault);

/** Whether all is there that the operation needs. */
bool fill_complete(const struct fill *fill, struct fault *fault);

/** How a field is called where it is a word: KEY, VALUE. */
void fill_spell_word(char word[OPS_WORD_MAX_BYTES], const ProtobufCFieldDescriptor *field);

/** The kinds of fields, for help: whether it is a flag, may be one of the words in order. */
bool fill_is_flag(const ProtobufCFieldDescriptor *field);
bool fill_is_optional_word(const struct op *op, const ProtobufCFieldDescriptor *field);

#endif
