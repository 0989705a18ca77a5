/* SPDX-License-Identifier: MIT
 *
 * See blocks.h.
 */
#include "blocks.h"

#include "mem.h"

#include <assert.h>
#include <string.h>

enum { FIRST_ROOM_MIN = 4, FIRST_ROOM_KEPT = 32, LIST_ROOM_KEPT = 8 };

void blocks_init(struct blocks *blocks, size_t item_size) {
    *blocks = (struct blocks){.item_size = item_size};
}

void blocks_fini(struct blocks *blocks) {
    for (size_t i = 0; i < blocks->list_room; i++) {
        mem_free(blocks->list[i].items);
    }
    mem_free(blocks->list);
    blocks_init(blocks, blocks->item_size);
}

static bool resize_list(struct blocks *blocks, size_t room) {
    struct block *list = mem_resize(blocks->list, room * sizeof *list);
    if (!list) {
        return false;
    }
    if (room > blocks->list_room) {
        memset(list + blocks->list_room, 0, (room - blocks->list_room) * sizeof *list);
    }
    blocks->list = list;
    blocks->list_room = room;
    return true;
}

static bool resize_first(struct blocks *blocks, size_t room) {
    uint8_t *items = mem_resize(blocks->list[0].items, room * blocks->item_size);
    if (!items) {
        return false;
    }
    blocks->list[0].items = items;
    blocks->first_room = room;
    return true;
}

static bool reach_in_first(struct blocks *blocks, size_t index) {
    size_t room = blocks->first_room ? blocks->first_room : FIRST_ROOM_MIN;
    while (room <= index) {
        room *= 2;
    }
    return room == blocks->first_room || resize_first(blocks, room);
}

bool blocks_reach(struct blocks *blocks, size_t index) {
    size_t at = index / BLOCK_ITEMS;
    if (at >= blocks->list_room && !resize_list(blocks, at ? at * 2 : 1)) {
        return false;
    }
    if (at == 0) {
        return reach_in_first(blocks, index);
    }
    assert(blocks->first_room == BLOCK_ITEMS);
    struct block *block = &blocks->list[at];
    if (!block->items) {
        block->items = mem_resize(NULL, BLOCK_ITEMS * blocks->item_size);
    }
    return block->items != NULL;
}

void blocks_free(struct blocks *blocks, size_t block) {
    assert(block > 0 && block < blocks->list_room);
    mem_free(blocks->list[block].items);
    blocks->list[block] = (struct block){0};
}

/* If there is no memory for a smaller piece, the larger one stays. */
void blocks_trim(struct blocks *blocks, size_t len) {
    size_t behind = (len + BLOCK_ITEMS - 1) / BLOCK_ITEMS;
    if (behind > 0 && behind < blocks->list_room && blocks->list[behind].items) {
        blocks_free(blocks, behind);
    }
    if (behind <= 1 && blocks->first_room > FIRST_ROOM_KEPT && len <= blocks->first_room / 4) {
        (void)resize_first(blocks, blocks->first_room / 2);
    }
    if (blocks->list_room > LIST_ROOM_KEPT && behind <= blocks->list_room / 4) {
        (void)resize_list(blocks, blocks->list_room / 2);
    }
}
