/* SPDX-License-Identifier: MIT
 *
 * holdfast lock NAME -- COMMAND: runs a command while it holds a lock, an rwlock or permits of a
 * semaphore.
 */
#ifndef HF_RUN_H
#define HF_RUN_H

#include "shell.h"

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
