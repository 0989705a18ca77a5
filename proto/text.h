/* SPDX-License-Identifier: MIT
 *
 * Text that is put together piece by piece, in memory of the caller. It always ends in NUL. When it
 * is full, it is cut after a whole character, and later pieces are dropped.
 */
#ifndef HF_TEXT_H
#define HF_TEXT_H

#include <stdarg.h>
#include <stddef.h>

struct text {
    char *bytes;
    size_t size;
    size_t len; /**< without the NUL; < size */
};

/** An empty text in `size` > 0 bytes. */
struct text text_in(char *bytes, size_t size);

/** Append a piece: a format and its arguments. */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Append a piece, behind the separator unless one of them is empty. */
void text_join(struct text *text, const char *separator, const char *piece);

void text_add_args(struct text *text, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

#endif
