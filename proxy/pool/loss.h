/* SPDX-License-Identifier: MIT
 *
 * Values and calls in words, for details: shortened where they are long.
 */
#ifndef HF_LOSS_H
#define HF_LOSS_H

#include <holdfast/any.h>

struct loss {
    const char *function;
    const uint8_t *calls; /* a TaskCalls; may be unreadable */
    size_t calls_len;
    const char *detail; /* the manager's; NULL: none */
    int signal;         /* that the worker was killed by; 0: none that is known */
    bool late;          /* it ran for too long */
};

/** Why a task is lost: "square(7) was lost: its worker app (process 4711) was killed by signal 9
 * (Killed)". Returns memory of the caller's, of less than HF_DETAIL_MAX_BYTES, as UTF-8; NULL:
 * there is none. */
char *loss_describe(const struct loss *loss);

#endif
