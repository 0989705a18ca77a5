/* SPDX-License-Identifier: MIT
 *
 * holdfast lock NAME -- COMMAND: run a command while holding a lock, an rwlock, or permits of a
 * semaphore.
 */
#ifndef HF_RUN_H
#define HF_RUN_H

#include "shell.h"

/** Whether a command can be run while something of this type is held. */
bool run_can_hold(const char *type);

/** Acquire what is called `name`, run the command with $HOLDFAST_FENCE, $HOLDFAST_LOCK and
 * $HOLDFAST_ADDRESS, release it. run_can_hold(type); `command` ends with NULL and is not empty.
 *
 *  Returns  the command's exit status, 128 and the signal's number where one ended it,
 *           SHELL_TIMEOUT, SHELL_LOCK_FAILED, SHELL_NOT_EXECUTABLE or SHELL_NOT_FOUND
 */
int run_holding(struct shell *shell, const char *type, const char *name, char **command);

#endif
