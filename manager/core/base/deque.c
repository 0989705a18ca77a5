/* SPDX-License-Identifier: MIT
 *
 * See deque.h. In a large ring, the blocks that have items are there and the others are not, and
 * the first and the last item never share a block by going round: so a block is taken when the
 * items reach it from either side, and put among the spare ones when they leave it.
 */
#include "deque.h"

#include "mem.h"

#include <assert.h>
#include <string.h>

enum { ROOM_MIN = 4, ROOM_KEPT = 16, BLOCK = DEQUE_BLOCK_ITEMS };

void deque_init(struct deque *deque, size_t item_size) {
    assert(item_size * BLOCK >= sizeof(uint8_t *));
    *deque = (struct deque){.item_size = item_size};
}

static uint8_t *place(const struct deque *deque, size_t index) {
    size_t position = (deque->first + index) & (deque->room - 1);
    uint8_t *block = deque->blocks ? deque->blocks[position / BLOCK] : deque->ring;
    return block + position % BLOCK * deque->item_size;
}

/* ---- blocks ---- */

static void add_spare(struct deque *deque, uint8_t *block) {
    memcpy(block, &deque->spare, sizeof deque->spare);
    deque->spare = block;
    deque->spare_count++;
}

static uint8_t *take_spare(struct deque *deque) {
    uint8_t *block = deque->spare;
    assert(block);
    memcpy(&deque->spare, block, sizeof deque->spare);
    deque->spare_count--;
    return block;
}

static void free_spare(struct deque *deque, size_t kept) {
    while (deque->spare_count > kept) {
        mem_free(take_spare(deque));
    }
}

static bool have_spare(struct deque *deque, size_t count) {
    while (deque->spare_count < count) {
        uint8_t *block = mem_resize(NULL, BLOCK * deque->item_size);
        if (!block) {
            return false;
        }
        add_spare(deque, block);
    }
    return true;
}

/* How many blocks the items touch. */
static size_t blocks_used(const struct deque *deque) {
    return deque->len ? (deque->first % BLOCK + deque->len + BLOCK - 1) / BLOCK : 0;
}

/* How many more `count` insertions may touch, wherever they are. */
static size_t blocks_wanted(const struct deque *deque, size_t count) {
    size_t front = deque->len ? deque->first % BLOCK : 0;
    size_t back = deque->len ? (BLOCK - (deque->first + deque->len) % BLOCK) % BLOCK : 0;
    size_t least = front < back ? front : back;
    return (count > least ? (count - least + BLOCK - 1) / BLOCK : 0) + (count >= front + back + 2);
}

/* The block of a position that may go round. */
static uint8_t **block_at(const struct deque *deque, size_t number) {
    return &deque->blocks[number & (deque->room / BLOCK - 1)];
}

/* Blocks, by numbers that may go round, that items now reach, or have left. */
static void enter(struct deque *deque, size_t from, size_t to) {
    for (size_t number = from; number != to; number++) {
        assert(!*block_at(deque, number));
        *block_at(deque, number) = take_spare(deque);
    }
}

static void leave(struct deque *deque, size_t from, size_t to) {
    for (size_t number = from; number != to; number++) {
        add_spare(deque, *block_at(deque, number));
        *block_at(deque, number) = NULL;
    }
}

/* ---- room ---- */

void deque_fini(struct deque *deque) {
    for (size_t i = 0; deque->blocks && i < deque->room / BLOCK; i++) {
        mem_free(deque->blocks[i]);
    }
    free_spare(deque, 0);
    mem_free(deque->blocks);
    mem_free(deque->ring);
    deque_init(deque, deque->item_size);
}

/* Copy the items, of which there are few, to where they lie in a row. */
static void copy_out(const struct deque *deque, uint8_t *to) {
    for (size_t i = 0; i < deque->len; i++) {
        memcpy(to + i * deque->item_size, place(deque, i), deque->item_size);
    }
}

/* A small ring, whatever it was before. */
static bool become_small(struct deque *deque, size_t room) {
    assert(room >= deque->len && room <= BLOCK && (room & (room - 1)) == 0);
    uint8_t *ring = mem_resize(NULL, room * deque->item_size);
    if (!ring) {
        return false;
    }
    size_t len = deque->len;
    copy_out(deque, ring);
    deque_fini(deque);
    deque->ring = ring;
    deque->len = len;
    deque->room = room;
    return true;
}

/* A large ring of so many blocks, whatever it was before. */
static bool become_large(struct deque *deque, size_t count) {
    uint8_t **blocks = mem_alloc(count * sizeof *blocks);
    if (!blocks || (deque->ring && !have_spare(deque, deque->spare_count + 1))) {
        mem_free(blocks);
        return false;
    }
    if (deque->ring && deque->len > 0) {
        blocks[0] = take_spare(deque);
        copy_out(deque, blocks[0]);
        deque->first = 0;
    }
    for (size_t i = 0; deque->blocks && i < blocks_used(deque); i++) {
        blocks[i] = *block_at(deque, deque->first / BLOCK + i);
    }
    mem_free(deque->ring);
    mem_free(deque->blocks);
    deque->ring = NULL;
    deque->blocks = blocks;
    deque->first %= BLOCK;
    deque->room = count * BLOCK;
    return true;
}

static size_t power_of_two(size_t least, size_t from) {
    while (from < least) {
        from *= 2;
    }
    return from;
}

bool deque_reserve(struct deque *deque, size_t count) {
    if (count > SIZE_MAX / 4 / deque->item_size - deque->len) {
        return false;
    }
    if (!deque->blocks && deque->len + count <= BLOCK) {
        size_t room = power_of_two(deque->len + count, deque->room ? deque->room : ROOM_MIN);
        return room == deque->room || become_small(deque, room);
    }
    size_t blocks = blocks_used(deque) + blocks_wanted(deque, count) + 1;
    if ((!deque->blocks || blocks > deque->room / BLOCK) &&
        !become_large(deque, power_of_two(blocks, ROOM_MIN))) {
        return false;
    }
    return have_spare(deque, blocks_wanted(deque, count));
}

void *deque_at(const struct deque *deque, size_t index) {
    assert(index < deque->len);
    return place(deque, index);
}

/* ---- changing ---- */

static void deque_move_item(struct deque *deque, size_t to, size_t from) {
    memcpy(place(deque, to), place(deque, from), deque->item_size);
}

static size_t block_after(size_t position) {
    return (position + BLOCK - 1) / BLOCK;
}

static void grow_front(struct deque *deque, size_t count) {
    size_t first = deque->first + deque->room; /* so that there is something before it */
    if (deque->blocks) {
        enter(deque, (first - count) / BLOCK, first / BLOCK);
    }
    deque->first = (first - count) & (deque->room - 1);
    deque->len += count;
}

static void grow_back(struct deque *deque, size_t count) {
    size_t end = deque->first + deque->len;
    if (deque->blocks) {
        enter(deque, block_after(end), block_after(end + count));
    }
    deque->len += count;
}

static void shrink_front(struct deque *deque, size_t count) {
    size_t first = deque->first + count;
    if (deque->blocks) {
        leave(deque, deque->first / BLOCK, first / BLOCK);
    }
    deque->first = first & (deque->room - 1);
    deque->len -= count;
}

static void shrink_back(struct deque *deque, size_t count) {
    size_t end = deque->first + deque->len;
    size_t kept = deque->len > count ? block_after(end - count) : deque->first / BLOCK;
    if (deque->blocks) {
        leave(deque, kept, block_after(end));
    }
    deque->len -= count;
    deque->first = deque->len ? deque->first : 0;
}

void deque_open(struct deque *deque, size_t index, size_t count) {
    assert(index <= deque->len && count <= deque->room - deque->len);
    size_t before = index;
    size_t behind = deque->len - index;
    if (before < behind) {
        grow_front(deque, count);
        for (size_t i = 0; i < before; i++) {
            deque_move_item(deque, i, i + count);
        }
    } else {
        grow_back(deque, count);
        for (size_t i = behind; i > 0; i--) {
            deque_move_item(deque, index + count + i - 1, index + i - 1);
        }
    }
    for (size_t i = 0; i < count; i++) {
        memset(place(deque, index + i), 0, deque->item_size);
    }
}

void deque_cut(struct deque *deque, size_t index, size_t count) {
    assert(index <= deque->len && count <= deque->len - index);
    size_t before = index;
    size_t behind = deque->len - index - count;
    if (before < behind) {
        for (size_t i = before; i > 0; i--) {
            deque_move_item(deque, i - 1 + count, i - 1);
        }
        shrink_front(deque, count);
    } else {
        for (size_t i = 0; i < behind; i++) {
            deque_move_item(deque, index + i, index + count + i);
        }
        shrink_back(deque, count);
    }
}

/* Without memory for it, it stays as it is. */
static void trim_large(struct deque *deque, size_t spare) {
    if (deque->len + spare <= BLOCK / 4) {
        if (become_small(deque, power_of_two(deque->len + spare, ROOM_KEPT))) {
            return;
        }
    }
    size_t wanted = blocks_wanted(deque, spare);
    size_t count = deque->room / BLOCK;
    free_spare(deque, wanted + 1);
    if (count > ROOM_KEPT && blocks_used(deque) + wanted < count / 4) {
        (void)become_large(deque, count / 2);
    }
}

void deque_trim(struct deque *deque, size_t spare) {
    if (deque->blocks) {
        trim_large(deque, spare);
    } else if (deque->room > ROOM_KEPT && deque->len + spare <= deque->room / 8) {
        (void)become_small(deque, deque->room / 4);
    }
}

void deque_close(struct deque *deque, size_t index, size_t count) {
    deque_cut(deque, index, count);
    deque_trim(deque, 0);
}
