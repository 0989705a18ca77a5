/* SPDX-License-Identifier: MIT
 *
 * The detail of a task that is lost: its call with its arguments, which are shortened if they are
 * long, and the reason.
 */
#ifndef HF_LOSS_H
#define HF_LOSS_H

#include <holdfast/any.h>

struct loss {
    const char *function;
    const uint8_t *calls; /* a TaskCalls, which may be malformed */
    size_t calls_len;
    const char *detail; /* the manager's; NULL: none */
    int signal;         /* that killed the worker; 0: none is known */
    bool late;          /* its time limit ended it */
};

/** Say why a task is lost: "square(7) was lost: its worker app (process 4711) was killed by signal
 * 9 (Killed)". Returns UTF-8 of less than HF_DETAIL_MAX_BYTES, which the caller frees; NULL: no
 * memory. */
char *loss_describe(const struct loss *loss);

#endif
