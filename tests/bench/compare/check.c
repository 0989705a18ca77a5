/* SPDX-License-Identifier: MIT
 *
 * See check.h.
 */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void give_up(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("compare: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
    _exit(1); /* a client must not write what its parent had in its buffers */
}
