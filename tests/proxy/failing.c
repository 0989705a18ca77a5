/* SPDX-License-Identifier: MIT
 *
 * See failing.h.
 */
#include "failing.h"

#include <stdatomic.h>
#include <stddef.h>

/* The linker sends the library's allocations here. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_reallocarray(void *memory, size_t count, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);
char *__wrap_strdup(const char *text);

/* Threads of the library's own allocate as well. */
static atomic_bool armed;
static atomic_long left; /* allocations until the one that fails */

void failing_begin(long allocations) {
    left = allocations;
    armed = true;
}

bool failing_stop(void) {
    armed = false;
    return left < 0;
}

static bool fails(void) {
    return armed && atomic_fetch_sub(&left, 1) == 0;
}

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size) {
    return fails() ? NULL : __real_realloc(memory, size);
}

void *__wrap_reallocarray(void *memory, size_t count, size_t size) {
    return fails() ? NULL : __real_reallocarray(memory, count, size);
}

char *__wrap_strdup(const char *text) {
    return fails() ? NULL : __real_strdup(text);
}
