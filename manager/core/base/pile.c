/* SPDX-License-Identifier: MIT
 *
 * See pile.h.
 */
#include "pile.h"

#include <assert.h>
#include <string.h>

void pile_init(struct pile *pile, size_t item_size, enum pile_order order) {
    assert(item_size >= sizeof(struct pile_key));
    deque_init(&pile->items, item_size);
    pile->order = order;
}

void pile_fini(struct pile *pile) {
    deque_fini(&pile->items);
}

bool pile_reserve(struct pile *pile, size_t count) {
    return deque_reserve(&pile->items, count);
}

void *pile_first(const struct pile *pile) {
    return deque_at(&pile->items, 0);
}

void pile_trim(struct pile *pile, size_t spare) {
    deque_trim(&pile->items, spare);
}

/* Whether `a` is taken before `b`. */
static bool pile_before(const struct pile *pile, const struct pile_key *a,
                        const struct pile_key *b) {
    switch (pile->order) {
    case PILE_OLDEST:
        return a->serial < b->serial;
    case PILE_NEWEST:
        return a->serial > b->serial;
    case PILE_RANKED:
        break;
    }
    return a->rank != b->rank ? a->rank < b->rank : a->serial < b->serial;
}

static void pile_set(struct pile *pile, size_t place, const void *item) {
    memcpy(deque_at(&pile->items, place), item, pile->items.item_size);
}

/* ---- sorted ---- */

/* How many of the items are taken before this one. */
static size_t pile_find_place(const struct pile *pile, const void *item) {
    size_t low = 0;
    size_t high = pile->items.len;
    if (high > 0 && pile_before(pile, deque_at(&pile->items, high - 1), item)) {
        return high;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pile_before(pile, deque_at(&pile->items, middle), item)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* ---- heap ---- */

/* The parent of place n is (n - 1) / 2. */
static void pile_rise(struct pile *pile, size_t place, const void *item) {
    while (place > 0) {
        const void *parent = deque_at(&pile->items, (place - 1) / 2);
        if (!pile_before(pile, item, parent)) {
            break;
        }
        pile_set(pile, place, parent);
        place = (place - 1) / 2;
    }
    pile_set(pile, place, item);
}

/* Let the last item take the place of the first one. */
static void pile_sink_last(struct pile *pile) {
    size_t len = pile->items.len - 1;
    const void *item = deque_at(&pile->items, len);
    size_t place = 0;
    while (2 * place + 1 < len) {
        size_t child = 2 * place + 1;
        if (child + 1 < len &&
            pile_before(pile, deque_at(&pile->items, child + 1), deque_at(&pile->items, child))) {
            child++;
        }
        if (!pile_before(pile, deque_at(&pile->items, child), item)) {
            break;
        }
        pile_set(pile, place, deque_at(&pile->items, child));
        place = child;
    }
    if (place < len) {
        pile_set(pile, place, item);
    }
}

/* ---- both ---- */

void pile_put(struct pile *pile, const void *item) {
    size_t len = pile->items.len;
    if (pile->order == PILE_RANKED) {
        deque_open(&pile->items, len, 1);
        pile_rise(pile, len, item);
        return;
    }
    size_t place = pile_find_place(pile, item);
    deque_open(&pile->items, place, 1);
    pile_set(pile, place, item);
}

void pile_take(struct pile *pile, void *item) {
    memcpy(item, pile_first(pile), pile->items.item_size);
    if (pile->order == PILE_RANKED) {
        pile_sink_last(pile);
        deque_cut(&pile->items, pile->items.len - 1, 1);
    } else {
        deque_cut(&pile->items, 0, 1);
    }
}
