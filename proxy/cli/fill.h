/* SPDX-License-Identifier: MIT
 *
 * Fills the message of an operation from the words behind `TYPE OP`. The first word is the name of
 * the object. The others are fields in the order of their places (enum fill_place), and within a
 * place in the order of their tags. An optional field can also be given as an option.
 */
#ifndef HF_FILL_H
#define HF_FILL_H

#include "hint.h"
#include "ops.h"
#include "shell.h"

enum { FILL_FIELDS_MAX = 32 };

/* How a command line gives a field of an operation. Words come in this order. */
enum fill_place {
    FILL_NOWHERE, /* it cannot be spelled */
    FILL_NAME,    /* the name by which the operation finds its object */
    FILL_REQUIRED,
    FILL_REPEATED, /* takes all words that are left */
    FILL_PREFIX,   /* as a name, but it may be left out */
    FILL_OPTIONAL, /* a word or an option */
    FILL_OPTION    /* an option only */
};

struct fill {
    struct op op;
    bool text; /* each value and key is text */
    ProtobufCMessage *message;
    const char *name;            /* of the object that it needs; NULL: not given yet */
    bool given[FILL_FIELDS_MAX]; /* by the field's place in the descriptor */
};

/** Start with an empty message. Release it with fill_fini(). */
void fill_init(struct fill *fill, const struct op *op, bool text);
void fill_fini(struct fill *fill);

/** The field that the option --`name` sets; NULL: the operation has no such option. */
const ProtobufCFieldDescriptor *fill_find_option(const struct fill *fill, const char *name);

/** Offer the names of the options, with their dashes. */
void fill_offer_options(const struct fill *fill, struct hint *hint);

/** Set a field from the value of its option, NULL for a flag without a value. False, with the
 * fault, if the value does not fit the field. */
bool fill_from_option(struct fill *fill, const ProtobufCFieldDescriptor *field, const char *value,
                      struct fault *fault);

/** Set the next field in order from a word. False, with the fault, if the word does not fit or no
 * field is left. */
bool fill_from_word(struct fill *fill, const char *word, struct fault *fault);

/** True if the name and all required fields are given; false with the fault. */
bool fill_complete(const struct fill *fill, struct fault *fault);

/** The name of a field in usage lines and faults: KEY, VALUE. */
void fill_spell_word(char word[OPS_WORD_MAX_BYTES], const ProtobufCFieldDescriptor *field);

/** True if the field is a flag: an option that needs no value. */
bool fill_is_flag(const ProtobufCFieldDescriptor *field);

/** The place of a field of the operation. */
enum fill_place fill_place(const struct op *op, const ProtobufCFieldDescriptor *field);

#endif
