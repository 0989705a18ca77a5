/* SPDX-License-Identifier: MIT
 *
 * The options that every command takes: one row each.
 */
#ifndef HF_SHELL_OPTIONS_H
#define HF_SHELL_OPTIONS_H

#include "shell.h"

#include <stdio.h>

struct option_row;

struct shell options_defaults(void);

/** The option with this name ("json"), or of this letter; NULL: there is none. */
const struct option_row *options_find(const char *name);
const struct option_row *options_find_letter(char letter);

/** Whether it takes a value. */
bool options_takes_value(const struct option_row *row);

/** Take it; `value` is NULL where it takes none. */
bool options_set(struct shell *shell, const struct option_row *row, const char *value,
                 struct fault *fault);

/** Write their part of the help. */
void options_show(FILE *out);

#endif
