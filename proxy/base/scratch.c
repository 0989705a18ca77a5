/* SPDX-License-Identifier: MIT
 *
 * See scratch.h. Each block is twice as large as the one before, so a large message takes few.
 */
#include "scratch.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { BLOCK_MIN_BYTES = 4096 };

struct scratch_block {
    struct scratch_block *next;
    _Alignas(max_align_t) unsigned char bytes[];
};

void scratch_init(struct scratch *scratch) {
    scratch->at = scratch->bytes;
    scratch->end = scratch->bytes + sizeof scratch->bytes;
    scratch->blocks = NULL;
    scratch->block_bytes = BLOCK_MIN_BYTES / 2;
}

void scratch_fini(struct scratch *scratch) {
    while (scratch->blocks) {
        struct scratch_block *block = scratch->blocks;
        scratch->blocks = block->next;
        free(block);
    }
}

static bool add_block(struct scratch *scratch, size_t least) {
    assert(scratch->block_bytes >= BLOCK_MIN_BYTES / 2);
    size_t bytes = scratch->block_bytes * 2 > least ? scratch->block_bytes * 2 : least;
    struct scratch_block *block = malloc(sizeof *block + bytes);
    if (!block) {
        return false;
    }
    block->next = scratch->blocks;
    scratch->blocks = block;
    scratch->block_bytes = bytes;
    scratch->at = block->bytes;
    scratch->end = block->bytes + bytes;
    return true;
}

void *scratch_take(struct scratch *scratch, size_t count, size_t size) {
    size_t len = 0;
    if (__builtin_mul_overflow(count, size, &len) || len > SIZE_MAX / 4) {
        return NULL;
    }
    size_t aligned = (len + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
    if (aligned > (size_t)(scratch->end - scratch->at) && !add_block(scratch, aligned)) {
        return NULL;
    }
    assert(scratch->at <= scratch->end && aligned <= (size_t)(scratch->end - scratch->at));
    void *place = scratch->at;
    scratch->at += aligned;
    return place;
}
