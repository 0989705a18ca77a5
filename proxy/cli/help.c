/* SPDX-License-Identifier: MIT
 *
 * The texts of --help. Operations and their arguments come from the descriptor.
 */
#include "line.h"

#include "commands.h"
#include "fill.h"
#include "manual.h"

#include <ctype.h>
#include <string.h>

static const char head[] =
    "Usage: holdfast [OPTION]... TYPE OP NAME [ARGUMENT]... [--FIELD VALUE]...\n"
    "       holdfast lock NAME [-w T] [-q] [-E N] -- COMMAND [ARGUMENT]...\n"
    "       holdfast semaphore NAME [-n N] | rwlock NAME [--read] -- COMMAND [ARGUMENT]...\n"
    "Use the objects of a Holdfast manager from the shell.\n"
    "\n"
    "  holdfast ping            check that the manager answers, and how fast\n"
    "  holdfast ls [PREFIX]     list the named objects; -l: with sizes, holders, waiters\n"
    "  holdfast who NAME        show who holds an object and who waits for it\n"
    "  holdfast lock NAME -- COMMAND\n"
    "                           run a command while holding a lock; it gets $HOLDFAST_FENCE\n"
    "  holdfast pool NAME       show the tasks and the workers of a pool\n"
    "  holdfast apply POOL FUNCTION [ARGUMENT]...\n"
    "                           call a function in a worker of the pool and print the result\n"
    "  holdfast worker POOL FUNCTION -- COMMAND [ARGUMENT]...\n"
    "                           work for the pool: run the command for each call of the\n"
    "                           function. It reads the arguments as JSON on standard input;\n"
    "                           the text it prints is the result\n";

static const char tail[] =
    "\n"
    "NAME is the name of an object, or #ID. If no object has this name, an operation that puts\n"
    "something or waits creates one with the defaults of its TYPE, unless --must-exist is given;\n"
    "an operation that looks or takes away never does.\n"
    "\n"
    "A word is a number, true, false or null if it comes back letter for letter (5, 2.5), a "
    "string,\n"
    "list or object of JSON ([1,2], {\"a\":1}), and text otherwise (red, 1.10, 1e5, 007); but one\n"
    "that begins with {\"$ must be JSON. --text: all are text. --lines: the lines of standard\n"
    "input are the values. The one VALUE that is set, appended, inserted, put or sent may be\n"
    "@FILE or - (standard input), as bytes.\n"
    "{\"$bytes\":\"BASE64\"}, {\"$ref\":ID}, {\"$map\":[[KEY,VALUE]]}, {\"$tuple\":[VALUE]}, "
    "{\"$double\":\"nan\"},\n"
    "{\"$big\":\"0x1f\"} and {\"$opaque\":TAG,\"bytes\":\"BASE64\"} are values that JSON lacks. "
    "Items are\n"
    "KEY=VALUE or a JSON object. After -- no word is an option.\n"
    "\n"
    "Exit status: 0 done, or the answer is yes; 1 refused (standard error says why), or the\n"
    "answer is no; 2 wrong command line; 3 no manager, or the connection was lost; 124 timed out.\n"
    "TYPE NAME -- COMMAND ends with the status of COMMAND, or 128 plus the number of the signal\n"
    "that ended it; 124 not acquired in time; 125 holdfast failed; 126 COMMAND cannot be run;\n"
    "127 COMMAND was not found.\n";

/* ---- words ---- */

/* The kind of value that a field takes; nothing for a flag. */
static void put_kind(FILE *out, const ProtobufCFieldDescriptor *field) {
    const ProtobufCEnumDescriptor *choices = field->descriptor;
    if (fill_is_flag(field)) {
        return;
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        bool items = field->descriptor == &hf__item__descriptor;
        (void)fputs(items ? "KEY=VALUE" : "VALUE", out);
    } else if (field->type == PROTOBUF_C_TYPE_STRING) {
        (void)fputs("TEXT", out);
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        (void)fputs("TEXT|@FILE", out);
    } else if (field->type == PROTOBUF_C_TYPE_BOOL) {
        (void)fputs("true|false", out);
    } else if (field->type != PROTOBUF_C_TYPE_ENUM) {
        (void)fputs("N", out);
    } else {
        for (unsigned i = 0; i < choices->n_values; i++) {
            char word[OPS_WORD_MAX_BYTES];
            ops_spell(word, choices->values[i].name);
            (void)fprintf(out, "%s%s", i ? "|" : "", word);
        }
    }
}

/* ---- usage ---- */

/* A field as a usage line has it. */
static void put_usage_field(FILE *out, const ProtobufCFieldDescriptor *field,
                            enum fill_place place) {
    char word[OPS_WORD_MAX_BYTES];
    fill_spell_word(word, field);
    if (place == FILL_NAME || place == FILL_REQUIRED) {
        (void)fprintf(out, " %s", word);
    } else if (place == FILL_REPEATED) {
        bool items = field->descriptor == &hf__item__descriptor;
        (void)fprintf(out, " [%s]...", items ? "KEY=VALUE" : word);
    } else if (place != FILL_OPTION) {
        (void)fprintf(out, " [%s]", word);
    } else {
        ops_spell(word, field->name);
        (void)fprintf(out, " [--%s%s", word, fill_is_flag(field) ? "" : " ");
        put_kind(out, field);
        (void)putc(']', out);
    }
}

static void put_usage(FILE *out, const struct op *op) {
    (void)fprintf(out, "%s%s", op->word, op->on_object ? " NAME" : "");
    for (enum fill_place place = FILL_NAME; place <= FILL_OPTION; place++) {
        for (unsigned i = 0; i < op->message->n_fields; i++) {
            if (fill_place(op, &op->message->fields[i]) == place) {
                put_usage_field(out, &op->message->fields[i], place);
            }
        }
    }
    (void)putc('\n', out);
}

/* ---- help ---- */

/* A sentence of the manual, worded as the lines above: without a capital and a full stop. */
static void put_phrase(FILE *out, const char *sentence) {
    (void)fprintf(out, "%c%.*s\n", tolower((unsigned char)sentence[0]),
                  (int)strcspn(sentence + 1, "."), sentence + 1);
}

/* The operations on the manager as a whole. */
static void put_manager_ops(FILE *out) {
    struct op op;
    for (size_t cursor = 0; ops_next("", &cursor, &op);) {
        if (!line_command(op.word)) {
            (void)fprintf(out, "  holdfast %-15s ", op.word);
            put_phrase(out, manual_find(&op)->does);
        }
    }
}

static void put_command_help(FILE *out) {
    const char *type = NULL;
    (void)fputs(head, out);
    put_manager_ops(out);
    (void)fputs("\nTypes, each with its operations (holdfast TYPE --help):\n ", out);
    for (size_t i = 0; (type = ops_type(i)) != NULL; i++) {
        (void)fprintf(out, " %s", type);
    }
    (void)fputs(
        "\n\nOptions, anywhere before --; another word with one dash, as -1, is an argument:\n",
        out);
    options_show(out);
    (void)fputs(tail, out);
}

/* "NAME -- COMMAND", with what belongs to the type. */
static void put_held_usage(FILE *out, const char *type) {
    (void)fprintf(out, "holdfast %s NAME%s [-w TIMEOUT] [-q] [-E CODE] -- COMMAND [ARGUMENT]...\n",
                  type,
                  strcmp(type, "semaphore") == 0 ? " [-n N]"
                  : strcmp(type, "rwlock") == 0  ? " [--read]"
                                                 : "");
}

static void put_type_help(FILE *out, const char *type) {
    struct op op;
    const char *before =
        "\nFor programs only, as each command of the shell is a session of its own:";
    (void)fprintf(out, "Usage: holdfast %s OP ..., where OP is one of\n\n", type);
    for (size_t cursor = 0; ops_next(type, &cursor, &op);) {
        if (!manual_is_for_programs(&op)) {
            (void)fputs("  ", out);
            put_usage(out, &op);
            (void)fprintf(out, "      %s\n", manual_find(&op)->does);
        }
    }
    if (run_can_hold(type)) {
        (void)fprintf(out, "\nTo run a command while holding the %s:\n  ", type);
        put_held_usage(out, type);
    }
    if (line_command(type)) {
        (void)fprintf(out, "\nCommand: holdfast %s %s\n", type, line_command(type)->usage);
    }
    for (size_t cursor = 0; ops_next(type, &cursor, &op);) {
        if (manual_is_for_programs(&op)) {
            (void)fprintf(out, "%s %s", before, op.word);
            before = ",";
        }
    }
    (void)fprintf(out, "%s\nAn argument [FIELD] can also be given as an option: --FIELD VALUE.\n",
                  *before == ',' ? "\n" : "");
    (void)fputs("holdfast --help describes values, the other options and the exit statuses.\n",
                out);
}

static void put_fields(FILE *out, const struct op *op) {
    const char *end = "";
    for (unsigned i = 0; i < op->message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &op->message->fields[i];
        char word[OPS_WORD_MAX_BYTES];
        enum fill_place place = fill_place(op, field);
        if (place == FILL_NOWHERE || field == op->name) {
            continue;
        }
        if (place >= FILL_OPTIONAL) {
            ops_spell(word, field->name);
            (void)fprintf(out, "  --%-18s ", word);
        } else {
            fill_spell_word(word, field);
            (void)fprintf(out, "  %-20s ", word);
        }
        (void)fputs(fill_is_flag(field) ? "(a flag)" : "", out);
        put_kind(out, field);
        (void)putc('\n', out);
        end = "\n";
    }
    (void)fputs(end, out);
}

/* One line for each "STATUS: why" of a row. */
static void put_refusals(FILE *out, const struct op *op, const struct manual_row *row) {
    bool must_exist = op->on_object && !ops_grants(op) && !(row->flags & MANUAL_CREATES);
    if (!*row->refusal && !must_exist) {
        return;
    }
    (void)fputs("Refused with\n", out);
    for (const char *part = row->refusal; *part;) {
        const char *end = strstr(part, "; ");
        int len = end ? (int)(end - part) : (int)strlen(part);
        (void)fprintf(out, "  %.*s\n", len, part);
        part += len + (end ? 2 : 0);
    }
    if (must_exist) {
        (void)fputs("  NO_OBJECT: no object has this name, and none is created\n", out);
    }
    (void)putc('\n', out);
}

static void put_op_help(FILE *out, const struct op *op) {
    const struct manual_row *row = manual_find(op);
    (void)fputs("Usage: ", out);
    if (ops_grants(op)) {
        put_held_usage(out, op->type);
    } else {
        (void)fprintf(out, "holdfast %s%s", op->type, *op->type ? " " : "");
        put_usage(out, op);
    }
    (void)fprintf(out, "%s\n\n", row->does);
    if (row->flags & MANUAL_PROGRAMS) {
        (void)fputs("For programs: each command of the shell is a session of its own.\n\n", out);
    }
    if (!ops_grants(op)) {
        put_fields(out, op);
    }
    if (row->flags & MANUAL_CREATES) {
        (void)fputs("Creates the object if none has this name.\n\n", out);
    }
    put_refusals(out, op, row);
    (void)fprintf(out, "Example: holdfast %s%s%s\n", op->type, *op->type ? " " : "", row->example);
}

void line_show_help(FILE *out, const struct line *line) {
    struct op op;
    if (line->command && ops_find("", line->command->word, &op)) {
        put_op_help(out, &op);
    } else if (line->has_op) {
        put_op_help(out, &line->fill.op);
    } else if (line->type) {
        put_type_help(out, line->type);
    } else {
        put_command_help(out);
    }
}
