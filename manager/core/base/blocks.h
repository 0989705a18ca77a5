/* SPDX-License-Identifier: MIT
 *
 * An array in blocks, so that it grows without moving what it has: only the list of the blocks is
 * copied, 16 bytes for BLOCK_ITEMS items. The first block begins small and is resized while it is
 * the only one. Other blocks may be missing; the first one stays.
 */
#ifndef HF_BLOCKS_H
#define HF_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BLOCK_ITEMS = 256 };

struct block {
    uint8_t *items; /* NULL: there is none */
    size_t live;    /* for the owner to count in */
};

struct blocks {
    struct block *list;
    size_t list_room;
    size_t first_room; /* items in the first block */
    size_t item_size;
};

void blocks_init(struct blocks *blocks, size_t item_size);
void blocks_fini(struct blocks *blocks);

/** The item at this index, whose block must be there. */
static inline void *blocks_at(const struct blocks *blocks, size_t index) {
    return blocks->list[index / BLOCK_ITEMS].items + index % BLOCK_ITEMS * blocks->item_size;
}

/** Have a place for the item at this index, where all before it have had one; a new one is not
 * zeroed. false: no memory. Copies at most BLOCK_ITEMS items and the list. */
bool blocks_reach(struct blocks *blocks, size_t index);

/** Free a block. */
void blocks_free(struct blocks *blocks, size_t block);

/** Give memory back that the first `len` items do not need: the block behind them, and what is too
 * much of the first block and of the list. Blocks behind that one are gone already. */
void blocks_trim(struct blocks *blocks, size_t len);

#endif
