/* SPDX-License-Identifier: MIT
 *
 * An arena: memory that is taken piece by piece and given back all at once. The first kilobyte is
 * part of the arena itself, so most calls never allocate.
 */
#ifndef HF_ARENA_H
#define HF_ARENA_H

#include <stddef.h>
#include <stdint.h>

enum { ARENA_FIRST_BYTES = 1024 };

struct arena_chunk;

struct arena {
    uint8_t *at;
    uint8_t *end;
    struct arena_chunk *chunks;
    size_t taken;     /* bytes in chunks */
    size_t max_bytes; /* that may be in chunks */
    _Alignas(16) uint8_t first[ARENA_FIRST_BYTES];
};

/** A point to go back to. */
struct arena_mark {
    uint8_t *at;
    uint8_t *end;
    struct arena_chunk *chunks;
    size_t taken;
};

void arena_init(struct arena *arena, size_t max_bytes);

static inline struct arena_mark arena_mark(const struct arena *arena) {
    return (struct arena_mark){arena->at, arena->end, arena->chunks, arena->taken};
}

/** Give back everything that was taken since the mark. */
void arena_rewind(struct arena *arena, struct arena_mark mark);

/** Give everything back; the arena is empty and can be used again. */
void arena_reset(struct arena *arena);

/** Memory aligned for anything, not zeroed; NULL: past max_bytes, or none left. */
void *arena_alloc(struct arena *arena, size_t size);

/** The same, zeroed, for `count` things of `size` bytes. */
void *arena_zeroed(struct arena *arena, size_t count, size_t size);

/** A copy of these bytes, with a NUL behind them. */
void *arena_copy(struct arena *arena, const void *bytes, size_t len);

#endif
