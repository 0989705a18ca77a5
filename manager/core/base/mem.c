/* SPDX-License-Identifier: MIT
 *
 * See mem.h. malloc knows how large each block is, so the count costs no header of our own.
 */
#include "mem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t used;
static size_t limit = SIZE_MAX;
static size_t fail_in;
static bool failed;
static bool (*reclaim)(void *context);
static void *reclaim_context;

static bool beyond_limit(size_t size) {
    return used > limit || size > limit - used;
}

static bool refused(size_t size) {
    if (fail_in > 0 && --fail_in == 0) {
        failed = true;
        return true;
    }
    while (beyond_limit(size)) {
        if (!reclaim || !reclaim(reclaim_context)) {
            return true;
        }
    }
    return false;
}

void *mem_alloc(size_t size) {
    void *memory = refused(size) ? NULL : calloc(1, size ? size : 1);
    used += memory ? malloc_usable_size(memory) : 0;
    return memory;
}

void *mem_resize(void *memory, size_t size) {
    size_t before = memory ? malloc_usable_size(memory) : 0;
    if (refused(size > before ? size - before : 0)) {
        return NULL;
    }
    void *resized = realloc(memory, size ? size : 1);
    if (resized) {
        used = used - before + malloc_usable_size(resized);
    }
    return resized;
}

void mem_free(void *memory) {
    used -= memory ? malloc_usable_size(memory) : 0;
    free(memory);
}

size_t mem_used(void) {
    return used;
}

void mem_set_limit(size_t bytes) {
    limit = bytes;
}

void mem_set_reclaim(bool (*function)(void *context), void *context) {
    reclaim = function;
    reclaim_context = context;
}

void mem_fail_at(size_t n) {
    fail_in = n;
    failed = false;
}

bool mem_failed(void) {
    return failed;
}
