/* SPDX-License-Identifier: MIT
 *
 * See arena.h. Chunks double, so that a large message takes few of them.
 */
#include "arena.h"

#include "mem.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum { CHUNK_MIN_BYTES = 8192, ALIGNMENT = 16 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
};

static uint8_t *aligned(uint8_t *at) {
    return at + (-(uintptr_t)at & (ALIGNMENT - 1));
}

void arena_init(struct arena *arena, size_t max_bytes) {
    arena->chunks = NULL;
    arena->taken = 0;
    arena->max_bytes = max_bytes;
    arena->at = arena->first;
    arena->end = arena->first + sizeof arena->first;
}

static void free_chunks(struct arena *arena, const struct arena_chunk *last) {
    while (arena->chunks != last) {
        struct arena_chunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        mem_free(chunk);
    }
}

void arena_rewind(struct arena *arena, struct arena_mark mark) {
    assert(mark.at <= mark.end && mark.taken <= arena->taken);
    free_chunks(arena, mark.chunks);
    arena->at = mark.at;
    arena->end = mark.end;
    arena->taken = mark.taken;
}

void arena_reset(struct arena *arena) {
    free_chunks(arena, NULL);
    arena_init(arena, arena->max_bytes);
}

static bool add_chunk(struct arena *arena, size_t size) {
    size_t room = arena->taken > CHUNK_MIN_BYTES ? arena->taken : CHUNK_MIN_BYTES;
    if (room < size) {
        room = size;
    }
    if (room > arena->max_bytes - arena->taken) {
        room = size;
    }
    if (room > arena->max_bytes - arena->taken) {
        return false;
    }
    struct arena_chunk *chunk = mem_resize(NULL, sizeof *chunk + ALIGNMENT + room);
    if (!chunk) {
        return false;
    }
    chunk->next = arena->chunks;
    chunk->size = room;
    arena->chunks = chunk;
    arena->taken += room;
    arena->at = (uint8_t *)(chunk + 1);
    arena->end = arena->at + ALIGNMENT + room;
    return true;
}

void *arena_alloc(struct arena *arena, size_t size) {
    assert(arena->taken <= arena->max_bytes);
    uint8_t *at = aligned(arena->at);
    if (at > arena->end || size > (size_t)(arena->end - at)) {
        if (!add_chunk(arena, size)) {
            return NULL;
        }
        at = aligned(arena->at);
    }
    arena->at = at + size;
    assert(arena->at <= arena->end);
    return at;
}

void *arena_zeroed(struct arena *arena, size_t count, size_t size) {
    if (size && count > SIZE_MAX / size) {
        return NULL;
    }
    void *memory = arena_alloc(arena, count * size);
    return memory ? memset(memory, 0, count * size) : NULL;
}

void *arena_copy(struct arena *arena, const void *bytes, size_t len) {
    uint8_t *copy = len < SIZE_MAX ? arena_alloc(arena, len + 1) : NULL;
    if (!copy) {
        return NULL;
    }
    if (len) {
        memcpy(copy, bytes, len);
    }
    copy[len] = 0;
    return copy;
}
