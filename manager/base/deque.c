/* SPDX-License-Identifier: MIT
 *
 * See deque.h.
 */
#include "deque.h"

#include "mem.h"

#include <assert.h>
#include <string.h>

enum { ROOM_MIN = 4, ROOM_KEPT = 16 };

void deque_init(struct deque *deque, size_t item_size) {
    *deque = (struct deque){.item_size = item_size};
}

void deque_fini(struct deque *deque) {
    mem_free(deque->ring);
    deque_init(deque, deque->item_size);
}

static uint8_t *place(const struct deque *deque, size_t index) {
    return deque->ring + ((deque->first + index) & (deque->room - 1)) * deque->item_size;
}

static bool set_room(struct deque *deque, size_t room) {
    assert(room >= deque->len && (room & (room - 1)) == 0);
    if (room > SIZE_MAX / deque->item_size) {
        return false;
    }
    uint8_t *ring = mem_resize(NULL, room * deque->item_size);
    if (!ring) {
        return false;
    }
    if (deque->len > 0) {
        size_t until_wrap = deque->room - deque->first;
        size_t head = deque->len < until_wrap ? deque->len : until_wrap;
        memcpy(ring, place(deque, 0), head * deque->item_size);
        memcpy(ring + head * deque->item_size, deque->ring, (deque->len - head) * deque->item_size);
    }
    mem_free(deque->ring);
    deque->ring = ring;
    deque->room = room;
    deque->first = 0;
    return true;
}

bool deque_reserve(struct deque *deque, size_t count) {
    if (count > SIZE_MAX / 4 - deque->len) {
        return false;
    }
    size_t room = deque->room ? deque->room : ROOM_MIN;
    while (room < deque->len + count) {
        room *= 2;
    }
    return room == deque->room || set_room(deque, room);
}

void *deque_at(const struct deque *deque, size_t index) {
    assert(index < deque->len);
    return place(deque, index);
}

static void move(struct deque *deque, size_t to, size_t from) {
    memcpy(place(deque, to), place(deque, from), deque->item_size);
}

void deque_open(struct deque *deque, size_t index, size_t count) {
    assert(index <= deque->len && count <= deque->room - deque->len);
    size_t before = index;
    size_t behind = deque->len - index;
    deque->len += count;
    if (before < behind) {
        deque->first = (deque->first - count) & (deque->room - 1);
        for (size_t i = 0; i < before; i++) {
            move(deque, i, i + count);
        }
    } else {
        for (size_t i = behind; i > 0; i--) {
            move(deque, index + count + i - 1, index + i - 1);
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
            move(deque, i - 1 + count, i - 1);
        }
        deque->first = (deque->first + count) & (deque->room - 1);
    } else {
        for (size_t i = 0; i < behind; i++) {
            move(deque, index + i, index + count + i);
        }
    }
    deque->len -= count;
}

void deque_trim(struct deque *deque, size_t spare) {
    if (deque->room > ROOM_KEPT && deque->len + spare <= deque->room / 8) {
        (void)set_room(deque, deque->room / 4); /* without memory for it, it stays as it is */
    }
}

void deque_close(struct deque *deque, size_t index, size_t count) {
    deque_cut(deque, index, count);
    deque_trim(deque, 0);
}
