/* SPDX-License-Identifier: MIT
 *
 * See deferred.h. A nested value is freed from its end, without recursion and without allocation:
 * the slot behind the last remaining item stores the parent, the list or map that contained it.
 *
 *     nested: |a b c d parent|     d is freed next; then the parent moves down into d's slot
 */
#include "deferred.h"

#include "mem.h"
#include "registry.h"

#include <assert.h>
#include <string.h>

enum { PIECE_BYTES = 1 << 20 };

struct deferred_container {
    struct deferred_container *next;
    deferred_free_some *free_some;
    _Alignas(max_align_t) uint8_t container[];
};

void deferred_init(struct deferred *deferred) {
    *deferred = (struct deferred){.nested = {.kind = ANY_NULL, .items = NULL}};
    deferred_refill(deferred);
}

void deferred_refill(struct deferred *deferred) {
    deferred->budget = DEFERRED_AT_ONCE;
}

bool deferred_empty(const struct deferred *deferred) {
    return !deferred->nested.items && !deferred->containers;
}

void deferred_spend(struct deferred *deferred, size_t count) {
    deferred->budget -= count < deferred->budget ? count : deferred->budget;
}

/* ---- nested values ---- */

/* Follow the last items down to a value without items, which is freed; `nested` becomes the list or
 * map that contained it. */
static void deferred_descend(struct registry *registry, struct any value) {
    struct deferred *deferred = &registry->deferred;
    size_t count = 0;
    while ((count = any_item_count(&value)) > 0) {
        assert(count <= UINT32_MAX);
        struct any last = value.items[count - 1];
        value.items[count - 1] = deferred->nested;
        deferred->nested =
            (struct any){.kind = ANY_LIST, .len = (uint32_t)(count - 1), .items = value.items};
        value = last;
    }
    any_drop_leaf(registry, &value);
}

static void deferred_ascend(struct deferred *deferred) {
    struct any *items = deferred->nested.items;
    assert(deferred->nested.len == 0);
    deferred->nested = items[0];
    mem_free(items);
}

static void deferred_step_nested(struct registry *registry) {
    struct any *here = &registry->deferred.nested;
    assert(here->items);
    deferred_spend(&registry->deferred, 1);
    if (here->len == 0) {
        deferred_ascend(&registry->deferred);
        return;
    }
    here->len--;
    struct any last = here->items[here->len];
    here->items[here->len] = here->items[here->len + 1];
    deferred_descend(registry, last);
}

void deferred_free_value(struct registry *registry, struct any value) {
    struct deferred *deferred = &registry->deferred;
    assert(any_item_count(&value) > 0);
    const struct any *before = deferred->nested.items;
    deferred_descend(registry, value);
    while (deferred->budget > 0 && deferred->nested.items != before) {
        deferred_step_nested(registry);
    }
}

/* ---- tables and deques ---- */

void deferred_free_container(struct registry *registry, void *container, size_t size,
                             deferred_free_some *free_some) {
    struct deferred *deferred = &registry->deferred;
    size_t freed = 0;
    do {
        freed = free_some(registry, container);
        deferred_spend(deferred, freed);
    } while (freed > 0 && deferred->budget > 0);
    struct deferred_container *rest = freed > 0 ? mem_alloc(sizeof *rest + size) : NULL;
    if (rest) {
        memcpy(rest->container, container, size);
        rest->free_some = free_some;
        rest->next = deferred->containers;
        deferred->containers = rest;
        return;
    }
    while (freed > 0) {
        freed = free_some(registry, container);
    }
}

static void deferred_step_container(struct registry *registry) {
    struct deferred *deferred = &registry->deferred;
    struct deferred_container *first = deferred->containers;
    size_t freed = first->free_some(registry, first->container);
    deferred_spend(deferred, freed);
    assert(deferred->containers == first); /* only registry_reap() adds containers */
    if (freed == 0) {
        deferred->containers = first->next;
        mem_free(first);
    }
}

struct deferred_deque {
    struct deque items;
    size_t offset; /* of the value within an item */
};

static size_t deferred_free_from_deque(struct registry *registry, void *container) {
    struct deferred_deque *deque = container;
    if (deque->items.len == 0) {
        deque_fini(&deque->items);
        return 0;
    }
    size_t most = deque->items.len < DEFERRED_PER_STEP ? deque->items.len : DEFERRED_PER_STEP;
    size_t count = 0;
    do { /* large strings may use up the budget */
        count++;
        uint8_t *item = deque_at(&deque->items, deque->items.len - count);
        any_drop(registry, (void *)(item + deque->offset));
    } while (count < most && registry->deferred.budget > 0);
    deque_close(&deque->items, deque->items.len - count, count);
    return count;
}

void deferred_free_deque(struct registry *registry, struct deque *items, size_t offset) {
    struct deferred_deque deque = {*items, offset};
    deque_init(items, items->item_size);
    deferred_free_container(registry, &deque, sizeof deque, deferred_free_from_deque);
}

/* ---- blocks ---- */

struct deferred_block {
    void *block;
    size_t bytes;
};

/* If there is no memory for the shorter block, which malloc may say, it is freed as a whole. */
static size_t deferred_free_piece(struct registry *registry, void *container) {
    struct deferred_block *block = container;
    (void)registry;
    void *shorter =
        block->bytes > PIECE_BYTES ? mem_resize(block->block, block->bytes - PIECE_BYTES) : NULL;
    if (!shorter) {
        mem_free(block->block);
        return 0;
    }
    *block = (struct deferred_block){shorter, block->bytes - PIECE_BYTES};
    return PIECE_BYTES / DEFERRED_VALUE_BYTES;
}

void deferred_free_block(struct registry *registry, void *block, size_t bytes) {
    deferred_free_container(registry, &(struct deferred_block){block, bytes},
                            sizeof(struct deferred_block), deferred_free_piece);
}

/* ---- slices ---- */

bool deferred_free_slice(struct registry *registry) {
    struct deferred *deferred = &registry->deferred;
    if (deferred->working || deferred_empty(deferred)) {
        return false;
    }
    size_t budget = deferred->budget;
    deferred->working = true;
    deferred->budget = DEFERRED_PER_SLICE;
    while (deferred->budget > 0 && !deferred_empty(deferred)) {
        if (deferred->nested.items) {
            deferred_step_nested(registry);
        } else {
            deferred_step_container(registry);
        }
    }
    deferred->working = false;
    deferred->budget = budget;
    return true;
}
