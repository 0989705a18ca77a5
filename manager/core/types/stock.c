/* SPDX-License-Identifier: MIT
 *
 * See stock.h.
 */
#include "stock.h"

#include "litter.h"
#include "mem.h"
#include "registry.h"

#include <assert.h>
#include <string.h>

/* Items that were put together and become ready together. */
struct delay {
    struct wake wake;
    struct link in_stock;
    struct stock *stock;
    size_t count;
    struct item items[];
};

void stock_init(struct stock *stock, struct object *object, enum ring_order order,
                uint32_t max_deliveries) {
    *stock = (struct stock){.object = object, .max_deliveries = max_deliveries};
    ring_init(&stock->ready, sizeof(struct item), order);
    deque_init(&stock->aside, sizeof(struct item));
    table_init(&stock->leases, sizeof(struct lease *));
    link_init(&stock->delays);
}

size_t stock_ready(const struct stock *stock) {
    return ring_len(&stock->ready);
}

/* Those that are elsewhere and may come back. */
static size_t stock_away(const struct stock *stock) {
    return stock->delayed_count + table_len(&stock->leases);
}

size_t stock_len(const struct stock *stock) {
    return stock_ready(stock) + stock_away(stock);
}

size_t stock_total(const struct stock *stock) {
    return stock_len(stock) + stock->aside.len;
}

bool stock_exhausted(const struct stock *stock) {
    return stock_ready(stock) == 0 && (stock->aborted || stock_away(stock) == 0);
}

/* ---- put and take ---- */

static void stock_make_ready(struct stock *stock, struct item item) {
    item.key.serial = stock->next_serial++;
    ring_put(&stock->ready, &item);
}

static void stock_drop(struct stock *stock, struct item *item) {
    any_drop(stock->object->registry, &item->any);
}

static void delay_free(struct delay *delay) {
    delay->stock->delayed_count -= delay->count;
    object_wake_off(delay->stock->object, &delay->wake);
    link_remove(&delay->in_stock);
    mem_free(delay);
}

static void stock_delay_over(struct wake *wake) {
    struct delay *delay = LINK_OWNER(wake, struct delay, wake);
    for (size_t i = 0; i < delay->count; i++) {
        stock_make_ready(delay->stock, delay->items[i]);
    }
    delay_free(delay);
}

static bool stock_delay(struct stock *stock, const struct item *items, size_t count,
                        int64_t due_ms) {
    struct delay *delay = mem_alloc(sizeof *delay + count * sizeof *items);
    if (!delay) {
        return false;
    }
    *delay = (struct delay){.wake.run = stock_delay_over, .stock = stock, .count = count};
    if (!object_wake_at(stock->object, &delay->wake, due_ms)) {
        mem_free(delay);
        return false;
    }
    memcpy(delay->items, items, count * sizeof *items);
    link_init(&delay->in_stock);
    link_append(&stock->delays, &delay->in_stock);
    stock->delayed_count += count;
    return true;
}

bool stock_put(struct stock *stock, const struct item *items, size_t count, int64_t due_ms) {
    if (!ring_reserve(&stock->ready, stock_away(stock) + count) ||
        (due_ms > 0 && !stock_delay(stock, items, count, due_ms))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (due_ms == 0) {
            stock_make_ready(stock, items[i]);
        }
        stock->bytes += items[i].len;
    }
    stock->unfinished += count;
    return true;
}

struct item *stock_first(const struct stock *stock) {
    return ring_first(&stock->ready);
}

void stock_take(struct stock *stock, struct item *item) {
    ring_take(&stock->ready, item);
    stock->bytes -= item->len;
}

void stock_untake(struct stock *stock, const struct item *item) {
    ring_put(&stock->ready, item);
    stock->bytes += item->len;
}

void stock_taken(struct stock *stock) {
    ring_trim(&stock->ready, stock_away(stock));
}

/* ---- leases ---- */

static uint64_t lease_id_hash(uint64_t id) {
    return id * 0x9e3779b97f4a7c15u >> 16;
}

static bool lease_id_equal(const void *entry, const void *key) {
    return (*(struct lease *const *)entry)->hold.fence == *(const uint64_t *)key;
}

static struct lease **lease_entry(const struct stock *stock, uint64_t id) {
    return table_find(&stock->leases, lease_id_hash(id), lease_id_equal, &id);
}

struct lease *stock_find(const struct stock *stock, uint64_t id) {
    struct lease **entry = lease_entry(stock, id);
    return entry ? *entry : NULL;
}

static void stock_lease_over(struct wake *wake) {
    struct lease *lease = LINK_OWNER(wake, struct lease, wake);
    stock_return(lease->stock, lease);
}

bool stock_extend(struct stock *stock, struct lease *lease, int64_t due_ms) {
    if (due_ms < 0) {
        object_wake_off(stock->object, &lease->wake);
        return true;
    }
    return object_wake_at(stock->object, &lease->wake, due_ms);
}

struct lease *stock_lease(struct stock *stock, struct owner *owner, int64_t due_ms) {
    uint64_t id = stock->object->registry->fence + 1;
    struct lease *lease = mem_alloc(sizeof *lease);
    bool room =
        stock->max_deliveries == 0 || deque_reserve(&stock->aside, table_len(&stock->leases) + 1);
    struct lease **entry = lease && room ? table_add(&stock->leases, lease_id_hash(id)) : NULL;
    if (!entry) {
        mem_free(lease);
        return NULL;
    }
    *entry = lease;
    *lease = (struct lease){.wake.run = stock_lease_over, .stock = stock};
    if (!stock_extend(stock, lease, due_ms)) {
        table_remove(&stock->leases, entry);
        mem_free(lease);
        return NULL;
    }
    ring_take(&stock->ready, &lease->item);
    lease->item.deliveries += lease->item.deliveries < UINT32_MAX;
    hold_begin(&lease->hold, owner, stock->object);
    assert(lease->hold.fence == id);
    return lease;
}

/* The item remains with the caller. */
static struct item lease_end(struct stock *stock, struct lease *lease) {
    struct item item = lease->item;
    table_remove(&stock->leases, lease_entry(stock, lease->hold.fence));
    object_wake_off(stock->object, &lease->wake);
    hold_end(&lease->hold);
    mem_free(lease);
    return item;
}

void stock_acknowledge(struct stock *stock, struct lease *lease) {
    struct item item = lease_end(stock, lease);
    stock->bytes -= item.len;
    stock_drop(stock, &item);
    stock_taken(stock);
}

/* ---- back ---- */

/* task_done may already have been called for items that are still here. */
static void stock_throw_away(struct stock *stock, struct item *item) {
    stock->unfinished -= stock->unfinished > 0;
    stock->bytes -= item->len;
    stock_drop(stock, item);
}

static void stock_set_aside(struct stock *stock, const struct item *item) {
    size_t end = stock->aside.len;
    deque_open(&stock->aside, end, 1);
    *(struct item *)deque_at(&stock->aside, end) = *item;
    stock->bytes -= item->len;
}

void stock_return(struct stock *stock, struct lease *lease) {
    struct item item = lease_end(stock, lease);
    if (stock->aborted) {
        stock_throw_away(stock, &item);
    } else if (stock->max_deliveries > 0 && item.deliveries >= stock->max_deliveries) {
        stock_set_aside(stock, &item);
    } else {
        ring_put(&stock->ready, &item);
    }
}

bool stock_restore(struct stock *stock) {
    if (!ring_reserve(&stock->ready, stock_away(stock) + stock->aside.len)) {
        return false;
    }
    for (size_t i = 0; i < stock->aside.len; i++) {
        struct item *item = deque_at(&stock->aside, i);
        item->deliveries = 0;
        stock_untake(stock, item);
    }
    deque_cut(&stock->aside, 0, stock->aside.len);
    deque_trim(&stock->aside, table_len(&stock->leases));
    return true;
}

/* The bytes of what is leased are what then remains. */
static void stock_throw_away_ready(struct stock *stock) {
    size_t count = stock_ready(stock);
    struct lease *const *lease = NULL;
    stock->unfinished -= count < stock->unfinished ? count : stock->unfinished;
    stock->bytes = 0;
    for (size_t at = 0; (lease = table_next(&stock->leases, &at)) != NULL;) {
        stock->bytes += (*lease)->item.len;
    }
    litter_deque(stock->object->registry, &stock->ready.items, offsetof(struct item, any));
}

void stock_abort(struct stock *stock) {
    struct link *link = NULL;
    while ((link = link_first(&stock->delays)) != NULL) {
        struct delay *delay = LINK_OWNER(link, struct delay, in_stock);
        for (size_t i = 0; i < delay->count; i++) {
            stock_throw_away(stock, &delay->items[i]);
        }
        delay_free(delay);
    }
    stock_throw_away_ready(stock);
    stock->aborted = true;
}

/* The holds have been ended by the registry. */
void stock_fini(struct stock *stock) {
    struct lease **entry = NULL;
    while ((entry = table_last(&stock->leases)) != NULL) {
        struct lease *lease = *entry;
        object_wake_off(stock->object, &lease->wake);
        stock_drop(stock, &lease->item);
        table_remove(&stock->leases, entry);
        mem_free(lease);
    }
    stock_abort(stock);
    litter_deque(stock->object->registry, &stock->aside, offsetof(struct item, any));
    table_fini(&stock->leases);
    deque_fini(&stock->aside);
    ring_fini(&stock->ready);
}
