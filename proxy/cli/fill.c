/* SPDX-License-Identifier: MIT
 *
 * See fill.h.
 */
#include "fill.h"

#include "manual.h"
#include "parse.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

void fill_init(struct fill *fill, const struct op *op, bool text) {
    assert(op->message->n_fields <= FILL_FIELDS_MAX);
    assert(!op->name || !op->on_object); /* one of them takes the first word at most */
    *fill = (struct fill){.op = *op, .text = text, .message = ops_new_message(op->message)};
}

void fill_fini(struct fill *fill) {
    protobuf_c_message_free_unpacked(fill->message, NULL);
    fill->message = NULL;
}

/* ---- kinds of fields ---- */

bool fill_is_flag(const ProtobufCFieldDescriptor *field) {
    return field->label == PROTOBUF_C_LABEL_OPTIONAL && field->type == PROTOBUF_C_TYPE_BOOL;
}

static bool has_repeated(const struct op *op) {
    for (unsigned i = 0; i < op->message->n_fields; i++) {
        if (op->message->fields[i].label == PROTOBUF_C_LABEL_REPEATED) {
            return true;
        }
    }
    return false;
}

enum fill_place fill_place(const struct op *op, const ProtobufCFieldDescriptor *field) {
    assert(field);
    if (field == op->name) { /* without a name, the object would be gone with this command */
        return ops_same_word(field->name, "name") ? FILL_NAME : FILL_PREFIX;
    }
    if (!ops_can_spell(field)) {
        return FILL_NOWHERE;
    }
    if (field->label != PROTOBUF_C_LABEL_OPTIONAL) {
        return field->label == PROTOBUF_C_LABEL_REQUIRED ? FILL_REQUIRED : FILL_REPEATED;
    }
    /* The optional fields of `open` and of results in pages are options only. */
    bool word =
        !op->name && !fill_is_flag(field) && !has_repeated(op) && !ops_field(op->message, "cursor");
    return word ? FILL_OPTIONAL : FILL_OPTION;
}

void fill_spell_word(char word[OPS_WORD_MAX_BYTES], const ProtobufCFieldDescriptor *field) {
    size_t len = strnlen(field->name, OPS_WORD_MAX_BYTES - 1);
    /* Each word is one value of a repeated field, so VALUES is spelled VALUE. */
    if (field->label == PROTOBUF_C_LABEL_REPEATED && len > 1 && field->name[len - 1] == 's') {
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        word[i] = (char)toupper((unsigned char)field->name[i]);
    }
    word[len] = 0;
}

/* ---- from a word to a field ---- */

/* True where only a number makes sense: in a value, in an array, and in an addition. */
static bool is_number(const struct op *op, const ProtobufCFieldDescriptor *field) {
    return strcmp(op->type, "value") == 0 || strcmp(op->type, "array") == 0 ||
           (ops_field(op->message, "amount") && !ops_same_word(field->name, "key"));
}

static enum parse_as parse_as_of(const struct fill *fill, const ProtobufCFieldDescriptor *field) {
    if (is_number(&fill->op, field)) {
        return PARSE_NUMBER;
    }
    if (fill->text) {
        return PARSE_TEXT;
    }
    bool stored = manual_find(&fill->op)->flags & MANUAL_FROM_FILE;
    return stored && ops_same_word(field->name, "value") ? PARSE_STORED : PARSE_VALUE;
}

static bool fill_any(struct fill *fill, const ProtobufCFieldDescriptor *field, const char *word,
                     struct fault *fault) {
    Hf__Any *any = parse_word(word, parse_as_of(fill, field), fault);
    if (any) {
        ops_add_value(fill->message, field, &any);
    }
    return any != NULL;
}

static bool fill_items(struct fill *fill, const ProtobufCFieldDescriptor *field, const char *word,
                       struct fault *fault) {
    Hf__AnyMap *map = parse_items(word, fill->text, fault);
    if (!map) {
        return false;
    }
    for (size_t i = 0; i < map->n_items; i++) {
        ops_add_value(fill->message, field, &map->items[i]);
    }
    map->n_items = 0; /* the message owns the items now */
    hf__any_map__free_unpacked(map, NULL);
    return true;
}

static bool fill_choice(struct fill *fill, const ProtobufCFieldDescriptor *field, const char *word,
                        struct fault *fault) {
    const ProtobufCEnumDescriptor *choices = field->descriptor;
    char all[256] = ""; /* of the choices, for the fault */
    for (unsigned i = 0; i < choices->n_values; i++) {
        char spelled[OPS_WORD_MAX_BYTES];
        if (ops_same_word(choices->values[i].name, word)) {
            ops_add_value(fill->message, field, &choices->values[i].value);
            return true;
        }
        ops_spell(spelled, choices->values[i].name);
        size_t used = strlen(all);
        (void)snprintf(all + used, sizeof all - used, "%s%s", used ? ", " : "", spelled);
    }
    return shell_fault(fault, "'%s' is none of %s", word, all);
}

static bool fill_number(struct fill *fill, const ProtobufCFieldDescriptor *field, const char *word,
                        struct fault *fault) {
    int64_t whole = 0;
    uint64_t natural = 0;
    bool good = false;
    if (field->type == PROTOBUF_C_TYPE_SINT64) {
        good = parse_signed(word, INT64_MIN, INT64_MAX, &whole);
        ops_add_value(fill->message, field, &whole);
    } else if (field->type == PROTOBUF_C_TYPE_UINT64) {
        const char *digits = word + (word[0] == '#'); /* open prints the id of an object so */
        good = parse_unsigned(digits, UINT64_MAX, &natural);
        ops_add_value(fill->message, field, &natural);
    } else {
        assert(field->type == PROTOBUF_C_TYPE_UINT32);
        good = parse_unsigned(word, UINT32_MAX, &natural);
        ops_add_value(fill->message, field, &(const uint32_t){(uint32_t)natural});
    }
    return good || shell_fault(fault, "'%s' is not a whole number that fits", word);
}

static bool fill_bool(struct fill *fill, const ProtobufCFieldDescriptor *field, const char *word,
                      struct fault *fault) {
    bool truth = true;
    if (word && !parse_bool(word, &truth)) {
        return shell_fault(fault, "'%s' is neither true nor false", word);
    }
    protobuf_c_boolean value = truth;
    ops_add_value(fill->message, field, &value);
    return true;
}

static bool fill_text(struct fill *fill, const ProtobufCFieldDescriptor *field, const char *word) {
    char *text = shell_copy(word, strlen(word));
    ops_add_value(fill->message, field, &text);
    return true;
}

/* A text, or what `-` or @FILE stands for. */
static bool fill_bytes(struct fill *fill, const ProtobufCFieldDescriptor *field, const char *word,
                       struct fault *fault) {
    bool file = word[0] == '@' || strcmp(word, "-") == 0;
    Hf__Any *any = parse_word(word, file ? PARSE_STORED : PARSE_TEXT, fault);
    if (any) {
        const ProtobufCBinaryData data =
            any->kind_case == HF__ANY__KIND_BYTES ? any->bytes : any->string;
        ops_add_value(fill->message, field, &data);
        any->kind_case = HF__ANY__KIND__NOT_SET; /* the message owns the bytes now */
        hf__any__free_unpacked(any, NULL);
    }
    return any != NULL;
}

static size_t index_of(const struct fill *fill, const ProtobufCFieldDescriptor *field) {
    size_t index = (size_t)(field - fill->op.message->fields);
    assert(index < fill->op.message->n_fields);
    return index;
}

/* `word` is NULL only for a flag. */
static bool fill_field(struct fill *fill, const ProtobufCFieldDescriptor *field, const char *word,
                       struct fault *fault) {
    assert(ops_can_spell(field));
    assert(fill->message->descriptor == fill->op.message);
    assert(word || fill_is_flag(field));
    fill->given[index_of(fill, field)] = true;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return field->descriptor == &hf__item__descriptor ? fill_items(fill, field, word, fault)
                                                          : fill_any(fill, field, word, fault);
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        return fill_text(fill, field, word);
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        return fill_bytes(fill, field, word, fault);
    }
    if (field->type == PROTOBUF_C_TYPE_BOOL) {
        return fill_bool(fill, field, word, fault);
    }
    return field->type == PROTOBUF_C_TYPE_ENUM ? fill_choice(fill, field, word, fault)
                                               : fill_number(fill, field, word, fault);
}

/* ---- the command line ---- */

const ProtobufCFieldDescriptor *fill_find_option(const struct fill *fill, const char *name) {
    const ProtobufCFieldDescriptor *field = ops_field(fill->op.message, name);
    return field && fill_place(&fill->op, field) >= FILL_OPTIONAL ? field : NULL;
}

void fill_offer_options(const struct fill *fill, struct hint *hint) {
    for (unsigned i = 0; i < fill->op.message->n_fields; i++) {
        char name[OPS_WORD_MAX_BYTES + 2] = "--";
        if (fill_place(&fill->op, &fill->op.message->fields[i]) >= FILL_OPTIONAL) {
            ops_spell(name + 2, fill->op.message->fields[i].name);
            hint_offer(hint, name);
        }
    }
}

bool fill_from_option(struct fill *fill, const ProtobufCFieldDescriptor *field, const char *value,
                      struct fault *fault) {
    if (fill->given[index_of(fill, field)]) {
        return shell_fault(fault, "--%s is given twice", field->name);
    }
    return fill_field(fill, field, value, fault);
}

/* The field that the next word sets; NULL: none is left. */
static const ProtobufCFieldDescriptor *next_word_field(const struct fill *fill) {
    const ProtobufCFieldDescriptor *next = NULL;
    enum fill_place least = FILL_OPTION;
    for (unsigned i = 0; i < fill->op.message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &fill->op.message->fields[i];
        enum fill_place place = fill_place(&fill->op, field);
        bool filled = fill->given[i] && place != FILL_REPEATED;
        if (place != FILL_NOWHERE && place < least && !filled) {
            next = field;
            least = place;
        }
    }
    return next;
}

bool fill_from_word(struct fill *fill, const char *word, struct fault *fault) {
    if (fill->op.on_object && !fill->name) {
        fill->name = word;
        return true;
    }
    const ProtobufCFieldDescriptor *field = next_word_field(fill);
    return field ? fill_field(fill, field, word, fault)
                 : shell_fault(fault, "'%s' is one argument too many", word);
}

bool fill_complete(const struct fill *fill, struct fault *fault) {
    char word[OPS_WORD_MAX_BYTES] = "NAME";
    const ProtobufCFieldDescriptor *field = next_word_field(fill);
    bool named = !fill->op.on_object || fill->name;
    if (named && (!field || fill_place(&fill->op, field) > FILL_REQUIRED)) {
        return true;
    }
    if (named) {
        fill_spell_word(word, field);
    }
    return shell_fault(fault, "%s is missing", word);
}
