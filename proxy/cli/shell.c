/* SPDX-License-Identifier: MIT
 *
 * See shell.h.
 */
#include "shell.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool shell_fault(struct fault *fault, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(fault->text, sizeof fault->text, format, arguments); /* cut when too long */
    va_end(arguments);
    return false;
}

static void *there(void *memory) {
    if (!memory) {
        (void)fputs("holdfast: out of memory\n", stderr);
        exit(SHELL_REFUSED);
    }
    return memory;
}

void *shell_alloc(size_t count, size_t size) {
    return there(calloc(count ? count : 1, size));
}

void *shell_grow(void *memory, size_t count, size_t size) {
    return there(reallocarray(memory, count ? count : 1, size));
}

void *shell_copy(const void *bytes, size_t len) {
    char *copy = there(malloc(len + 1));
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    copy[len] = 0;
    return copy;
}

void shell_label(char **command) {
    char label[256] = "";
    size_t used = 0;
    for (char **word = command; *word && used < sizeof label; word++) {
        int len = snprintf(label + used, sizeof label - used, "%s%s", used ? " " : "", *word);
        used += len > 0 ? (size_t)len : 0;
    }
    hf_set_label(label);
}
