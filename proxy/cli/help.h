/* SPDX-License-Identifier: MIT
 *
 * The texts of --help: for the command, for a type, for an operation.
 */
#ifndef HF_HELP_H
#define HF_HELP_H

#include "ops.h"

#include <stdio.h>

void help_show(FILE *out);
void help_show_type(FILE *out, const char *type);
void help_show_op(FILE *out, const struct op *op);

#endif
