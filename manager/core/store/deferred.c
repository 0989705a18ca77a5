/* SPDX-License-Identifier: MIT
 *
 * See deferred.h. A packed value with references needs no memory to be deferred: it is linked by
 * what lies behind its bytes.
 */
#include "deferred.h"

#include "mem.h"
#include "registry.h"

#include <assert.h>
#include <string.h>

struct deferred_container {
    struct deferred_container *next;
    deferred_free_some *free_some;
    _Alignas(max_align_t) uint8_t container[];
};

void deferred_init(struct deferred *deferred) {
    *deferred = (struct deferred){.refs = NULL};
    deferred_refill(deferred);
}

void deferred_refill(struct deferred *deferred) {
    deferred->budget = DEFERRED_AT_ONCE;
}

bool deferred_empty(const struct deferred *deferred) {
    return !deferred->refs && !deferred->containers;
}

void deferred_spend(struct deferred *deferred, size_t count) {
    deferred->budget -= count < deferred->budget ? count : deferred->budget;
}

/* ---- references in lists and maps ---- */

static void deferred_step_refs(struct registry *registry) {
    struct deferred *deferred = &registry->deferred;
    struct any_refs *first = deferred->refs;
    deferred_spend(deferred, 1);
    if (first->count > 0) {
        registry_unrefer(registry, first->ids[--first->count]);
        return;
    }
    deferred->refs = first->next;
    deferred_free_any(registry, first->block, (size_t)((char *)first - first->block));
}

void deferred_free_refs(struct registry *registry, struct any_refs *refs) {
    struct deferred *deferred = &registry->deferred;
    const struct any_refs *before = deferred->refs;
    assert(!refs->next);
    refs->next = deferred->refs;
    deferred->refs = refs;
    while (deferred->budget > 0 && deferred->refs != before) {
        deferred_step_refs(registry);
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
    deferred->containers = first->next; /* large values in it become containers */
    size_t freed = first->free_some(registry, first->container);
    deferred_spend(deferred, freed);
    if (freed == 0) {
        mem_free(first);
        return;
    }
    first->next = deferred->containers;
    deferred->containers = first;
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
    void *shorter = block->bytes > DEFERRED_PIECE_BYTES
                        ? mem_resize(block->block, block->bytes - DEFERRED_PIECE_BYTES)
                        : NULL;
    if (!shorter) {
        mem_free(block->block);
        return 0;
    }
    *block = (struct deferred_block){shorter, block->bytes - DEFERRED_PIECE_BYTES};
    return DEFERRED_PIECE_BYTES / DEFERRED_VALUE_BYTES;
}

void deferred_free_block(struct registry *registry, void *block, size_t bytes) {
    deferred_free_container(registry, &(struct deferred_block){block, bytes},
                            sizeof(struct deferred_block), deferred_free_piece);
}

void deferred_free_any(struct registry *registry, void *bytes, size_t len) {
    if (len > DEFERRED_PIECE_BYTES) {
        deferred_free_block(registry, bytes, len);
        return;
    }
    if (len >= DEFERRED_VALUE_BYTES) {
        deferred_spend(&registry->deferred, len / DEFERRED_VALUE_BYTES);
    }
    mem_free(bytes);
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
        if (deferred->refs) {
            deferred_step_refs(registry);
        } else {
            deferred_step_container(registry);
        }
    }
    deferred->working = false;
    deferred->budget = budget;
    return true;
}
