/* SPDX-License-Identifier: MIT
 *
 * See line.h. One pass: the words before a word decide its meaning, and the operation, which comes
 * before its options, decides theirs. Only `lock NAME`, `rwlock NAME` and `semaphore NAME` look
 * ahead: a later `--` makes them run a command.
 */
#include "line.h"

#include "commands.h"
#include "fields.h"
#include "lines.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct line_command commands[] = {
    {"ping", "", 0, 0, command_ping},
    {"ls", "[PREFIX]", 0, 1, command_ls},
    {"who", "NAME", 1, 1, command_who},
    {"pool", "NAME", 1, 1, command_pool}, /* also a type, whose operations are tried first */
    {"apply", "POOL FUNCTION [ARGUMENT]...", 2, SIZE_MAX, command_apply},
    {"worker", "POOL FUNCTION -- COMMAND [ARGUMENT]...", 3, SIZE_MAX, command_worker},
};

struct reader {
    struct line *line;
    char **next; /* the words not read yet; end with NULL */
    struct fault *fault;
};

/* ---- options ---- */

enum { NAME_MAX_BYTES = 64 };

/* The value of an option: the text after its '=', or the next word. */
static bool read_value(struct reader *reader, const char *text, const char **value) {
    assert(text[0] == '-');
    const char *equals = strchr(text, '=');
    *value = equals ? equals + 1 : *reader->next;
    if (!*value) {
        return shell_fault(reader->fault, "%s needs a value", text);
    }
    reader->next += equals ? 0 : 1;
    return true;
}

static bool unknown_option(const struct reader *reader, const char *text) {
    const struct line *line = reader->line;
    char name[NAME_MAX_BYTES];
    struct hint hint;
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(text, "="), text);
    hint_init(&hint, name);
    if (line->has_op) {
        fill_offer_options(&line->fill, &hint);
    }
    options_offer(&hint);
    return shell_fault(reader->fault, "unknown option %s%s", text, hint_text(&hint));
}

/* A field of the operation hides a general option of the same name; fields have no letters. */
static bool read_option(struct reader *reader, const char *text) {
    struct line *line = reader->line;
    char name[NAME_MAX_BYTES] = ""; /* with its dashes */
    const char *value = NULL;
    size_t len = strcspn(text, "=");
    memcpy(name, text, len < sizeof name ? len : 0); /* longer than any name: none */
    const ProtobufCFieldDescriptor *field =
        line->has_op && name[0] && name[1] == '-' ? fill_find_option(&line->fill, name + 2) : NULL;
    const struct option_row *row = name[0] ? options_find(name) : NULL;
    if (!field && !row) {
        return unknown_option(reader, text);
    }
    bool flag = field ? fill_is_flag(field) : !options_takes_value(row);
    if (flag && !field && text[len]) {
        return shell_fault(reader->fault, "%s: this option takes no value", text);
    }
    if ((!flag || text[len]) && !read_value(reader, text, &value)) {
        return false;
    }
    return field ? fill_from_option(&line->fill, field, value, reader->fault)
                 : options_set(&line->shell, row, value, reader->fault);
}

/* ---- words ---- */

static bool has_dashes(char *const *words) {
    for (; *words; words++) {
        if (strcmp(*words, "--") == 0) {
            return true;
        }
    }
    return false;
}

static void begin_op(struct line *line, const struct op *op) {
    assert(!line->has_op && !line->command && !line->held_name);
    struct op many;
    line->has_op = true;
    bool has_many = line->shell.lines && lines_op(op, &many);
    fill_init(&line->fill, has_many ? &many : op, line->shell.text);
}

const struct line_command *line_command(const char *word) {
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].word, word) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static void add_argument(struct line *line, const char *word) {
    assert(line->command && line->argument_count < line->command->most);
    line->arguments[line->argument_count++] = (char *)(uintptr_t)word;
}

static void offer_ops(const char *type, struct hint *hint) {
    struct op op;
    for (size_t cursor = 0; ops_next(type, &cursor, &op);) {
        hint_offer(hint, op.word);
    }
}

static bool unknown_first_word(const struct reader *reader, const char *word) {
    struct hint hint;
    const char *type = NULL;
    hint_init(&hint, word);
    for (size_t i = 0; (type = ops_type(i)) != NULL; i++) {
        hint_offer(&hint, type);
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        hint_offer(&hint, commands[i].word);
    }
    offer_ops("", &hint);
    return shell_fault(reader->fault, "'%s' is neither a type nor a command%s", word,
                       hint_text(&hint));
}

static bool read_first_word(struct reader *reader, const char *word) {
    struct line *line = reader->line;
    struct op op;
    assert(!line->type && !line->has_op && !line->command);
    line->type = ops_type_find(word);
    line->command = line->type ? NULL : line_command(word);
    if (line->type || line->command) {
        return true;
    }
    if (ops_find("", word, &op)) {
        begin_op(line, &op);
        return true;
    }
    return unknown_first_word(reader, word);
}

static bool can_hold(const struct line *line) {
    return line->type && run_can_hold(line->type);
}

static bool unknown_op(const struct reader *reader, const char *word) {
    const char *type = reader->line->type;
    struct hint hint;
    hint_init(&hint, word);
    offer_ops(type, &hint);
    return can_hold(reader->line)
               ? shell_fault(reader->fault,
                             "%s: no operation is called '%s'%s; to hold the %s '%s' while a "
                             "command runs: holdfast %s %s -- COMMAND",
                             type, word, hint_text(&hint), type, word, type, word)
               : shell_fault(reader->fault, "%s: no operation is called '%s'%s", type, word,
                             hint_text(&hint));
}

static bool read_second_word(struct reader *reader, const char *word) {
    struct line *line = reader->line;
    struct op op;
    assert(line->type && !line->has_op && !line->command);
    if (can_hold(line) && has_dashes(reader->next)) {
        line->held_name = word;
        return true;
    }
    if (ops_find(line->type, word, &op)) {
        begin_op(line, &op);
        return true;
    }
    line->command = line_command(line->type);
    if (line->command) {
        add_argument(line, word);
        return true;
    }
    return unknown_op(reader, word);
}

static bool read_word(struct reader *reader, const char *word) {
    struct line *line = reader->line;
    if (line->has_op) {
        return fill_from_word(&line->fill, word, reader->fault);
    }
    if (line->command && line->argument_count < line->command->most) {
        add_argument(line, word);
        return true;
    }
    if (line->command || line->held_name) {
        return shell_fault(reader->fault, "'%s' is one argument too many", word);
    }
    return line->type ? read_second_word(reader, word) : read_first_word(reader, word);
}

/* After "--": the command to run, or arguments that are no options. */
static bool read_after_dashes(struct reader *reader) {
    struct line *line = reader->line;
    if (can_hold(line) && !line->has_op) {
        line->held_command = reader->next;
        return true;
    }
    while (*reader->next) {
        if (!read_word(reader, *reader->next++)) {
            return false;
        }
    }
    return true;
}

/* A word with one dash is one only with the letter of an option: "-1", "-" and "-x" are not. */
static bool is_option(const char *word) {
    return strncmp(word, "--", 2) == 0 || (word[0] == '-' && options_find(word));
}

/* These two decide what the words before them mean, so they are looked for first. */
static void look_ahead(struct line *line, char *const *words) {
    for (; *words && strcmp(*words, "--") != 0; words++) {
        line->shell.text = line->shell.text || strcmp(*words, "--text") == 0;
        line->shell.lines = line->shell.lines || strcmp(*words, "--lines") == 0;
    }
}

static bool read_words(struct reader *reader) {
    while (*reader->next) {
        const char *word = *reader->next++;
        if (strcmp(word, "--") == 0) {
            return read_after_dashes(reader);
        }
        if (!(is_option(word) ? read_option(reader, word) : read_word(reader, word))) {
            return false;
        }
    }
    return true;
}

/* ---- the whole line ---- */

static bool check_lines(const struct line *line, struct fault *fault) {
    struct op many;
    if (!line->has_op || !lines_op(&line->fill.op, &many)) {
        return shell_fault(fault, "--lines is for: queue put, list append, set add");
    }
    return fields_count(line->fill.message, lines_field(&many)) == 0 ||
           shell_fault(fault, "with --lines the values come from standard input");
}

static bool check_op(const struct line *line, struct fault *fault) {
    if (ops_grants(&line->fill.op)) {
        return shell_fault(fault,
                           "%s %s: the grant would end with this command; to hold the %s while "
                           "a command runs: holdfast %s NAME -- COMMAND",
                           line->type, line->fill.op.word, line->type, line->type);
    }
    return fill_complete(&line->fill, fault);
}

/* Some options belong to commands that hold something. */
static bool check_holding(const struct line *line, struct fault *fault) {
    const char *type = line->held_command ? line->type : "";
    if (line->shell.permits && strcmp(type, "semaphore") != 0) {
        return shell_fault(fault, "--permits is for: holdfast semaphore NAME -- COMMAND");
    }
    if (line->shell.conflict_exit_code >= 0 && !line->held_command) {
        return shell_fault(fault,
                           "--conflict-exit-code is for: holdfast lock NAME -- COMMAND, and the "
                           "same with rwlock and semaphore");
    }
    if (line->shell.read && strcmp(type, "rwlock") != 0) {
        return shell_fault(fault, "--read is for: holdfast rwlock NAME -- COMMAND");
    }
    return true;
}

static bool check_line(const struct line *line, struct fault *fault) {
    if (line->shell.help || line->shell.version) {
        return true;
    }
    if (!check_holding(line, fault) || (line->shell.lines && !check_lines(line, fault))) {
        return false;
    }
    if (line->command) {
        return line->argument_count >= line->command->least ||
               shell_fault(fault, "arguments are missing: holdfast %s %s", line->command->word,
                           line->command->usage);
    }
    if (line->has_op) {
        return check_op(line, fault);
    }
    if (line->held_command) {
        return (line->held_name && line->held_command[0]) ||
               shell_fault(fault, "%s is missing", line->held_name ? "COMMAND" : "NAME");
    }
    return line->type ? shell_fault(fault, "%s: OP is missing", line->type)
                      : shell_fault(fault, "TYPE is missing");
}

bool line_parse(struct line *line, int argc, char **argv, struct fault *fault) {
    *line = (struct line){.shell.timeout_ms = -1, .shell.conflict_exit_code = -1};
    line->arguments = shell_alloc((size_t)argc + 1, sizeof *line->arguments);
    assert(!argv[argc]);
    struct reader reader = {.line = line, .next = argv + (argc > 0 ? 1 : 0), .fault = fault};
    look_ahead(line, reader.next);
    return read_words(&reader) && check_line(line, fault);
}

void line_fini(struct line *line) {
    fill_fini(&line->fill);
    free(line->arguments);
}
