/* SPDX-License-Identifier: MIT
 *
 * The detail of a task that is lost: its call with its arguments, which are shortened if they are
 * long, and the reason.
 */
#ifndef HF_LOSS_H
#define HF_LOSS_H

#include "holdfast.pb-c.h"

/** Say why the task with this result is lost: "square(7) was lost: its worker app (process 4711)
 * was killed by signal 9 (Killed)". Its calls may be malformed. Returns UTF-8 of less than
 * HF_DETAIL_MAX_BYTES, which the caller frees; NULL: no memory. */
char *loss_describe(const char *function, const Hf__Result *result);

#endif
