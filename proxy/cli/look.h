/* SPDX-License-Identifier: MIT
 *
 * The commands that look around: whether the manager answers, what objects there are, who holds and
 * waits for one.
 */
#ifndef HF_LOOK_H
#define HF_LOOK_H

#include "shell.h"

/** holdfast ping */
enum shell_exit look_ping(struct shell *shell, char **none);

/** holdfast ls [PREFIX] [-l] */
enum shell_exit look_ls(struct shell *shell, char **arguments);

/** holdfast who NAME */
enum shell_exit look_who(struct shell *shell, char **arguments);

/** holdfast pool NAME */
enum shell_exit look_pool(struct shell *shell, char **arguments);

#endif
