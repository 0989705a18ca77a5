/* SPDX-License-Identifier: MIT
 *
 * The commands that are no operation of the protocol: one function each, which line.c finds by its
 * word. `arguments` are the words that follow it and end with NULL; there are as many as its row in
 * line.c says. Each prints what there is to print and returns how holdfast ends.
 */
#ifndef HF_COMMANDS_H
#define HF_COMMANDS_H

#include "shell.h"

/* inspect.c: the manager and its objects, as they are now. */

/** holdfast ping */
enum shell_exit command_ping(struct shell *shell, char **arguments);

/** holdfast ls [PREFIX] [-l] */
enum shell_exit command_ls(struct shell *shell, char **arguments);

/** holdfast who NAME */
enum shell_exit command_who(struct shell *shell, char **arguments);

/** holdfast pool NAME */
enum shell_exit command_pool(struct shell *shell, char **arguments);

/** holdfast apply POOL FUNCTION [ARGUMENT]... (tasks.c): submit one task and print its result. */
enum shell_exit command_apply(struct shell *shell, char **arguments);

/** holdfast worker POOL FUNCTION -- COMMAND [ARGUMENT]... (tasks.c): run the command for each call
 * of the function, with the arguments as a JSON array on its standard input; the text on its
 * standard output is the result. */
enum shell_exit command_worker(struct shell *shell, char **arguments);

#endif
