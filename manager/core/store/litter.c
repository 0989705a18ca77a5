/* SPDX-License-Identifier: MIT
 *
 * See litter.h. Nested values are freed from their ends, without recursion and without memory: the
 * place of an item that is gone holds the way back, and moves down with the end.
 *
 *     nested: here.items |a b c d <back|     b and c are next but for d; behind the last item is
 *                                            the list or map that this one was in, or before
 */
#include "litter.h"

#include "mem.h"
#include "registry.h"

#include <assert.h>
#include <string.h>

struct remains {
    struct remains *next;
    litter_take *take;
    _Alignas(max_align_t) uint8_t container[];
};

void litter_init(struct litter *litter) {
    *litter = (struct litter){.nested = {.kind = ANY_NULL, .items = NULL}};
    litter_begin(litter);
}

void litter_begin(struct litter *litter) {
    litter->allowance = LITTER_AT_ONCE;
}

bool litter_empty(const struct litter *litter) {
    return !litter->nested.items && !litter->remains;
}

static void litter_spend(struct litter *litter, size_t count) {
    litter->allowance -= count < litter->allowance ? count : litter->allowance;
}

/* ---- nested values ---- */

/* Go into a value as far as its last items have items themselves; the innermost one is freed. */
static void litter_enter(struct registry *registry, struct any value) {
    struct litter *litter = &registry->litter;
    size_t count = 0;
    while ((count = any_item_count(&value)) > 0) {
        assert(count <= UINT32_MAX);
        struct any last = value.items[count - 1];
        value.items[count - 1] = litter->nested;
        litter->nested =
            (struct any){.kind = ANY_LIST, .len = (uint32_t)(count - 1), .items = value.items};
        value = last;
    }
    any_drop_leaf(registry, &value);
}

static void litter_leave(struct litter *litter) {
    struct any *items = litter->nested.items;
    litter->nested = items[0];
    mem_free(items);
}

static void litter_step(struct registry *registry) {
    struct any *here = &registry->litter.nested;
    litter_spend(&registry->litter, 1);
    if (here->len == 0) {
        litter_leave(&registry->litter);
        return;
    }
    here->len--;
    struct any last = here->items[here->len];
    here->items[here->len] = here->items[here->len + 1];
    litter_enter(registry, last);
}

void litter_nested(struct registry *registry, struct any value) {
    struct litter *litter = &registry->litter;
    const struct any *before = litter->nested.items;
    litter_enter(registry, value);
    while (litter->allowance > 0 && litter->nested.items != before) {
        litter_step(registry);
    }
}

/* ---- tables and rings ---- */

void litter_container(struct registry *registry, void *container, size_t size, litter_take *take) {
    struct litter *litter = &registry->litter;
    size_t taken = 0;
    do {
        taken = take(registry, container);
        litter_spend(litter, taken);
    } while (taken > 0 && litter->allowance > 0);
    struct remains *remains = taken > 0 ? mem_alloc(sizeof *remains + size) : NULL;
    if (remains) {
        memcpy(remains->container, container, size);
        remains->take = take;
        remains->next = litter->remains;
        litter->remains = remains;
        return;
    }
    while (taken > 0) {
        taken = take(registry, container);
    }
}

static void litter_take_remains(struct registry *registry) {
    struct litter *litter = &registry->litter;
    struct remains *remains = litter->remains;
    size_t taken = remains->take(registry, remains->container);
    litter_spend(litter, taken);
    if (taken == 0) {
        assert(litter->remains == remains);
        litter->remains = remains->next;
        mem_free(remains);
    }
}

struct ring {
    struct deque items;
    size_t offset;
};

static size_t litter_take_of_ring(struct registry *registry, void *container) {
    struct ring *ring = container;
    if (ring->items.len == 0) {
        deque_fini(&ring->items);
        return 0;
    }
    size_t count = ring->items.len < LITTER_AT_A_TIME ? ring->items.len : LITTER_AT_A_TIME;
    size_t kept = ring->items.len - count;
    for (size_t i = kept; i < kept + count; i++) {
        any_drop(registry, (void *)((uint8_t *)deque_at(&ring->items, i) + ring->offset));
    }
    deque_close(&ring->items, kept, count);
    return count;
}

void litter_deque(struct registry *registry, struct deque *items, size_t offset) {
    struct ring ring = {*items, offset};
    deque_init(items, items->item_size);
    litter_container(registry, &ring, sizeof ring, litter_take_of_ring);
}

/* ---- slices ---- */

bool litter_work(struct registry *registry) {
    struct litter *litter = &registry->litter;
    if (litter->working || litter_empty(litter)) {
        return false;
    }
    size_t kept = litter->allowance;
    litter->working = true;
    litter->allowance = LITTER_PER_SLICE;
    while (litter->allowance > 0 && !litter_empty(litter)) {
        if (litter->nested.items) {
            litter_step(registry);
        } else {
            litter_take_remains(registry);
        }
    }
    litter->working = false;
    litter->allowance = kept;
    return true;
}
