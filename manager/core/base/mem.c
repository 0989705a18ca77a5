/* SPDX-License-Identifier: MIT
 *
 * See mem.h. malloc knows how large each block is, so the count costs no header of our own.
 */
#include "mem.h"

#include <assert.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct memory in_no_core = {.limit = SIZE_MAX};
struct memory *mem_current = &in_no_core;
static size_t fail_in;
static bool failed;

void mem_use_none(void) {
    mem_use(&in_no_core);
}

void mem_end(const struct memory *memory) {
    assert(memory != &in_no_core);
    in_no_core.used += memory->used;
    mem_use_none();
}

static bool beyond_limit(size_t size) {
    return mem_current->used > mem_current->limit || size > mem_current->limit - mem_current->used;
}

static bool fails_now(void) {
    bool now = fail_in > 0 && --fail_in == 0;
    failed = failed || now;
    return now;
}

static bool refused(size_t size) {
    if (fails_now()) {
        return true;
    }
    while (beyond_limit(size)) {
        if (!mem_current->reclaim || !mem_current->reclaim(mem_current->context)) {
            return true;
        }
    }
    return false;
}

/* `before` and `after`: what a block takes, 0 if it is not there. */
static void count(size_t before, size_t after) {
    assert(before <= mem_current->used); /* it comes from the same core */
    mem_current->used = mem_current->used - before + after;
}

static void *allocate_counted(size_t size) {
    void *memory = calloc(1, size ? size : 1);
    count(0, memory ? malloc_usable_size(memory) : 0);
    return memory;
}

void *mem_alloc(size_t size) {
    return refused(size) ? NULL : allocate_counted(size);
}

void *mem_alloc_beyond(size_t size) {
    return fails_now() ? NULL : allocate_counted(size);
}

void *mem_resize(void *memory, size_t size) {
    size_t before = memory ? malloc_usable_size(memory) : 0;
    if (refused(size > before ? size - before : 0)) {
        return NULL;
    }
    void *resized = realloc(memory, size ? size : 1);
    if (resized) {
        count(before, malloc_usable_size(resized));
    }
    return resized;
}

void mem_free(void *memory) {
    count(memory ? malloc_usable_size(memory) : 0, 0);
    free(memory);
}

bool mem_count(size_t size) {
    if (refused(size)) {
        return false;
    }
    count(0, size);
    return true;
}

void mem_uncount(size_t size) {
    count(size, 0);
}

bool mem_is_scarce(void) {
    return mem_current->used > mem_current->limit - mem_current->limit / 4;
}

size_t mem_used(void) {
    return mem_current->used;
}

void mem_set_limit(size_t bytes) {
    mem_current->limit = bytes;
}

void mem_fail_at(size_t n) {
    fail_in = n;
    failed = false;
}

bool mem_failed(void) {
    return failed;
}
