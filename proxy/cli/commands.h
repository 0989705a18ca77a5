/* SPDX-License-Identifier: MIT
 *
 * The commands that are no operation of the protocol: one function each, which line.c finds by its
 * word. `arguments` are the words that follow it and end with NULL; there are as many as its row in
 * line.c says. Each prints its result and returns how holdfast ends.
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

/* run.c: holdfast lock NAME -- COMMAND runs a command while it holds a lock, an rwlock or permits
 * of a semaphore. */

/** True if a command can be run while an object of this type is held. */
bool run_can_hold(const char *type);

/** Acquire the object called `name`, run the command with $HOLDFAST_FENCE, $HOLDFAST_LOCK and
 * $HOLDFAST_ADDRESS, release the object. run_can_hold(type) is true; `command` has at least one
 * word and ends with NULL.
 *
 *  Returns  the exit status of the command; 128 plus the number of the signal that ended it;
 *           SHELL_TIMEOUT, SHELL_LOCK_FAILED, SHELL_NOT_EXECUTABLE or SHELL_NOT_FOUND
 */
int run_holding(struct shell *shell, const char *type, const char *name, char **command);

#endif
