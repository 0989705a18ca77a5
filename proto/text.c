/* SPDX-License-Identifier: MIT
 *
 * See text.h.
 */
#include "text.h"

#include "utf8.h"

#include <assert.h>
#include <stdio.h>

struct text text_in(char *bytes, size_t size) {
    assert(size > 0);
    bytes[0] = 0;
    return (struct text){bytes, size, 0};
}

void text_add_args(struct text *text, const char *format, va_list arguments) {
    assert(text->len < text->size && text->bytes[text->len] == 0);
    size_t room = text->size - text->len;
    int len = vsnprintf(text->bytes + text->len, room, format, arguments);
    if (len >= 0 && (size_t)len < room) {
        text->len += (size_t)len;
        return;
    }
    text->len = len < 0 ? text->len : utf8_whole_len(text->bytes, text->size - 1);
    text->bytes[text->len] = 0;
    text->size = text->len + 1; /* nothing more fits */
}

void text_add(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    text_add_args(text, format, arguments);
    va_end(arguments);
}

void text_join(struct text *text, const char *separator, const char *piece) {
    text_add(text, "%s%s", text->len > 0 && piece[0] ? separator : "", piece);
}
