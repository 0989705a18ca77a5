/* SPDX-License-Identifier: MIT
 *
 * Pools from the shell: what one does, one call of it, and a worker whose function is a command.
 */
#ifndef HF_POOL_H
#define HF_POOL_H

#include "shell.h"

/** holdfast apply POOL FUNCTION [ARGUMENT]... */
enum shell_exit pool_apply(struct shell *shell, char **arguments);

/** holdfast worker POOL FUNCTION -- COMMAND [ARGUMENT]... : for each call of the function the
 * command is run, with the arguments as a JSON array on its standard input; what it writes to its
 * standard output is the result. */
enum shell_exit pool_worker(struct shell *shell, char **arguments);

#endif
