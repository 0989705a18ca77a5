/* SPDX-License-Identifier: MIT
 *
 * The command line as it was parsed: one command, its options and its arguments.
 */
#ifndef HF_LINE_H
#define HF_LINE_H

#include "fill.h"
#include "shell.h"

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

#endif
