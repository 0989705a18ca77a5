/* SPDX-License-Identifier: MIT
 *
 * The command line as it was parsed: one command, its options and its arguments.
 */
#ifndef HF_LINE_H
#define HF_LINE_H

#include "fill.h"
#include "hint.h"
#include "shell.h"

#include <stdio.h>

/* A command that is no operation (commands.h). */
struct line_command {
    const char *word;
    const char *usage; /* of its arguments: "NAME" */
    size_t least;      /* number of arguments */
    size_t most;
    enum shell_exit (*run)(struct shell *shell, char **arguments);
};

/* At most one of `command`, `has_op` and `held_command` is set. */
struct line {
    struct shell shell;
    const char *type;                   /* the type word; NULL: none was given */
    const struct line_command *command; /* ping, ls, who ... */
    char **arguments;                   /* of `command`; end with NULL */
    size_t argument_count;
    bool has_op; /* TYPE OP ... */
    struct fill fill;
    char **held_command;   /* TYPE NAME -- COMMAND: the command, ends with NULL */
    const char *held_name; /* NULL: not given */
};

/** The command of this name that is no operation; NULL: there is none. */
const struct line_command *line_command(const char *word);

/** Parse a command line, which must outlive the result. False, with the fault, if it is wrong.
 * Release with line_fini() in either case. */
bool line_parse(struct line *line, int argc, char **argv, struct fault *fault);
void line_fini(struct line *line);

/** The help of the operation, of the type, or of the command (help.c): what the line has. */
void line_show_help(FILE *out, const struct line *line);

/* options.c: the general options, which every command takes: one row each. */

struct option_row;

/** The option that is spelled like this ("--json", "-l"); NULL: there is none. */
const struct option_row *options_find(const char *word);

/** True if the option takes a value. */
bool options_takes_value(const struct option_row *row);

/** Set an option; `value` is NULL if it takes none. False, with the fault, if it is wrong. */
bool options_set(struct shell *shell, const struct option_row *row, const char *value,
                 struct fault *fault);

/** Offer the names of the options, with their dashes. */
void options_offer(struct hint *hint);

/** Write the options and their help, a line each. */
void options_show(FILE *out);

#endif
