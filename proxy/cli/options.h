/* SPDX-License-Identifier: MIT
 *
 * The general options, which every command takes: one row each.
 */
#ifndef HF_SHELL_OPTIONS_H
#define HF_SHELL_OPTIONS_H

#include "shell.h"

#include <stdio.h>

struct option_row;

/** The option that is spelled like this ("--json", "-l"); NULL: there is none. */
const struct option_row *options_find(const char *word);

/** True if the option takes a value. */
bool options_takes_value(const struct option_row *row);

/** Set an option; `value` is NULL if it takes none. False, with the fault, if it is wrong. */
bool options_set(struct shell *shell, const struct option_row *row, const char *value,
                 struct fault *fault);

/** Write the options and their help, a line each. */
void options_show(FILE *out);

#endif
