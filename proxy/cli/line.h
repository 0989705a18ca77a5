/* SPDX-License-Identifier: MIT
 *
 * The command line: which command it is, its options and its words.
 */
#ifndef HF_LINE_H
#define HF_LINE_H

#include "fill.h"
#include "shell.h"

/* A command of the shell's own. */
struct line_command {
    const char *word;
    const char *usage; /* its arguments: "NAME" */
    size_t least;      /* how many of them there are */
    size_t most;
    enum shell_exit (*run)(struct shell *shell, char **arguments); /* which end with NULL */
};

/* What was asked for: one of four. */
struct line {
    struct shell shell;
    const char *type;                   /* the type word, once there was one */
    const struct line_command *command; /* 1: ping, ls, who ... */
    char **arguments;                   /* its own; end with NULL */
    size_t argument_count;
    bool has_op; /* 2: an operation */
    struct fill fill;
    char **held_command;   /* 3: the command to run while holding what is called `held_name` */
    const char *held_name; /* NULL: not given */
                           /* 4: nothing but --help or --version */
};

/** The shell's own command of this name; NULL: it has none. */
const struct line_command *line_command(const char *word);

/** Read a command line. False, with the fault, where it is wrong. End with line_fini() in any case.
 */
bool line_parse(struct line *line, int argc, char **argv, struct fault *fault);
void line_fini(struct line *line);

#endif
