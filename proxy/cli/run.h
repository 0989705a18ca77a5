/* SPDX-License-Identifier: MIT
 *
 * holdfast lock NAME -- COMMAND: run a command while holding a lock.
 */
#ifndef HF_RUN_H
#define HF_RUN_H

#include "shell.h"

/** Acquire the lock, run the command with $HOLDFAST_FENCE, $HOLDFAST_LOCK and $HOLDFAST_ADDRESS,
 * release the lock. `command` ends with NULL and is not empty.
 *
 *  Returns  the command's exit status, 128 and the signal's number where one ended it,
 * SHELL_TIMEOUT, SHELL_LOCK_FAILED, SHELL_NOT_EXECUTABLE or SHELL_NOT_FOUND
 */
int run_locked(struct shell *shell, const char *name, char **command);

#endif
