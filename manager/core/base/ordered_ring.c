/* SPDX-License-Identifier: MIT */
#include "ordered_ring.h"

#include <assert.h>
#include <string.h>

void ring_init(struct ordered_ring *ring, size_t item_size, enum ring_order order) {
    assert(item_size >= sizeof(struct ring_key));
    deque_init(&ring->items, item_size);
    ring->order = order;
}

void ring_fini(struct ordered_ring *ring) {
    deque_fini(&ring->items);
}

bool ring_reserve(struct ordered_ring *ring, size_t count) {
    return deque_reserve(&ring->items, count);
}

void *ring_first(const struct ordered_ring *ring) {
    return deque_at(&ring->items, 0);
}

void ring_trim(struct ordered_ring *ring, size_t spare) {
    deque_trim(&ring->items, spare);
}

/* Whether `a` is taken before `b`. */
static bool ring_before(const struct ordered_ring *ring, const struct ring_key *a,
                        const struct ring_key *b) {
    switch (ring->order) {
    case RING_OLDEST:
        return a->serial < b->serial;
    case RING_NEWEST:
        return a->serial > b->serial;
    case RING_RANKED:
        break;
    }
    return a->rank != b->rank ? a->rank < b->rank : a->serial < b->serial;
}

static void ring_set(struct ordered_ring *ring, size_t place, const void *item) {
    memcpy(deque_at(&ring->items, place), item, ring->items.item_size);
}

/* ---- sorted ---- */

/* How many of the items are taken before this one. */
static size_t ring_find_place(const struct ordered_ring *ring, const void *item) {
    assert(ring->order != RING_RANKED);
    size_t low = 0;
    size_t high = ring->items.len;
    if (high > 0 && ring_before(ring, deque_at(&ring->items, high - 1), item)) {
        return high;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ring_before(ring, deque_at(&ring->items, middle), item)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* With the newest first, the cursor is the serial of an item, which lies before it. */
static size_t ring_position_by_age(const struct ordered_ring *ring, uint64_t cursor) {
    const struct ring_key key = {ring->order == RING_NEWEST ? cursor - 1 : cursor, 0};
    return ring_find_place(ring, &key);
}

/* ---- heap ---- */

/* The parent of position n is (n - 1) / 2. */
static void ring_rise(struct ordered_ring *ring, size_t place, const void *item) {
    while (place > 0) {
        const void *parent = deque_at(&ring->items, (place - 1) / 2);
        if (!ring_before(ring, item, parent)) {
            break;
        }
        ring_set(ring, place, parent);
        place = (place - 1) / 2;
    }
    ring_set(ring, place, item);
}

/* Remove the item at this place, which is not below any that the last one precedes: sink the last
 * one from there. */
static void ring_sink_last(struct ordered_ring *ring, size_t place) {
    size_t len = ring->items.len - 1;
    const void *item = deque_at(&ring->items, len);
    while (2 * place + 1 < len) {
        size_t child = 2 * place + 1;
        if (child + 1 < len &&
            ring_before(ring, deque_at(&ring->items, child + 1), deque_at(&ring->items, child))) {
            child++;
        }
        if (!ring_before(ring, deque_at(&ring->items, child), item)) {
            break;
        }
        ring_set(ring, place, deque_at(&ring->items, child));
        place = child;
    }
    if (place < len) {
        ring_set(ring, place, item);
    }
}

static bool ring_is_at(const struct ordered_ring *ring, size_t place, uint64_t serial) {
    return ((const struct ring_key *)deque_at(&ring->items, place))->serial == serial;
}

/* Mostly on the way from the last place to the first, as it has risen there. */
static size_t ring_find_serial(const struct ordered_ring *ring, uint64_t serial) {
    size_t place = ring->items.len - 1;
    while (place > 0 && !ring_is_at(ring, place, serial)) {
        place = (place - 1) / 2;
    }
    for (size_t i = 0; i < ring->items.len && !ring_is_at(ring, place, serial); i++) {
        place = i;
    }
    return place;
}

/* The last item takes the place of the one that is removed. */
static void ring_fill_place(struct ordered_ring *ring, size_t place) {
    const void *last = deque_at(&ring->items, ring->items.len - 1);
    if (place > 0 && ring_before(ring, last, deque_at(&ring->items, (place - 1) / 2))) {
        ring_rise(ring, place, last);
    } else {
        ring_sink_last(ring, place);
    }
}

/* ---- both ---- */

void ring_put(struct ordered_ring *ring, const void *item) {
    size_t len = ring->items.len;
    if (ring->order == RING_RANKED) {
        deque_open(&ring->items, len, 1);
        ring_rise(ring, len, item);
        return;
    }
    size_t place = ring_find_place(ring, item);
    deque_open(&ring->items, place, 1);
    ring_set(ring, place, item);
}

void ring_take_back(struct ordered_ring *ring, uint64_t serial, void *item) {
    assert(ring->items.len > 0);
    size_t place = ring->order == RING_RANKED   ? ring_find_serial(ring, serial)
                   : ring->order == RING_NEWEST ? 0
                                                : ring->items.len - 1;
    assert(ring_is_at(ring, place, serial));
    memcpy(item, deque_at(&ring->items, place), ring->items.item_size);
    if (ring->order == RING_RANKED) {
        ring_fill_place(ring, place);
        place = ring->items.len - 1;
    }
    deque_cut(&ring->items, place, 1);
}

void ring_take(struct ordered_ring *ring, void *item) {
    assert(ring->items.len > 0);
    memcpy(item, ring_first(ring), ring->items.item_size);
    if (ring->order == RING_RANKED) {
        ring_sink_last(ring, 0);
        deque_cut(&ring->items, ring->items.len - 1, 1);
    } else {
        deque_cut(&ring->items, 0, 1);
    }
}

size_t ring_position(const struct ordered_ring *ring, uint64_t cursor) {
    size_t len = ring->items.len;
    if (cursor == 0) {
        return 0;
    }
    if (ring->order == RING_RANKED) {
        return cursor < len ? (size_t)cursor : len;
    }
    return ring_position_by_age(ring, cursor);
}

uint64_t ring_cursor(const struct ordered_ring *ring, size_t place) {
    const struct ring_key *key = ring_at(ring, place);
    return ring->order == RING_RANKED   ? place + 1
           : ring->order == RING_NEWEST ? key->serial
                                        : key->serial + 1;
}
