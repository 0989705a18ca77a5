/* SPDX-License-Identifier: MIT */
#include "queue_items.h"

#include "deferred.h"
#include "journal.h"
#include "mem.h"
#include "registry.h"

#include <assert.h>
#include <string.h>

/* Items that become ready together: they were put by one request, or one was returned. */
struct delay {
    struct wake wake;
    struct tree_node node; /* its number is that of its last item */
    struct queue_items *items;
    size_t count;
    struct item delayed[];
};

void items_init(struct queue_items *items, struct object *object, enum ring_order order,
                uint32_t max_deliveries) {
    *items = (struct queue_items){.object = object, .max_deliveries = max_deliveries};
    ring_init(&items->ready, sizeof(struct item), order);
    table_init(&items->leases, sizeof(struct lease *));
}

size_t items_ready(const struct queue_items *items) {
    return ring_len(&items->ready);
}

/* Delayed and leased items that may become ready. */
static size_t items_returning(const struct queue_items *items) {
    assert(items->written_off_count <= table_len(&items->leases));
    return items->delayed_count + table_len(&items->leases) - items->written_off_count;
}

size_t items_len(const struct queue_items *items) {
    return items_ready(items) + items->delayed_count + table_len(&items->leases);
}

size_t items_total(const struct queue_items *items) {
    return items_len(items) + items->aside.len;
}

uint64_t items_taken(const struct queue_items *items) {
    const struct items_totals *totals = &items->totals;
    uint64_t otherwise = items_total(items) + totals->acknowledged + totals->dropped;
    assert(totals->put >= otherwise);
    return totals->put - otherwise;
}

bool items_exhausted(const struct queue_items *items) {
    return items_ready(items) == 0 && items_returning(items) == 0;
}

/* ---- put and take ---- */

static void items_make_ready(struct queue_items *items, struct item *item) {
    struct registry *registry = items->object->registry;
    assert(item->deliveries == 0);
    item->key.serial = ++registry->item;
    if (items->ready.order != RING_RANKED) {
        item->key.rank = registry->now_ms;
    }
    ring_put(&items->ready, item);
}

static void items_drop(struct queue_items *items, struct item *item) {
    any_drop(items->object->registry, &item->any);
}

static void delay_free(struct delay *delay) {
    assert(delay->items->delayed_count >= delay->count);
    delay->items->delayed_count -= delay->count;
    object_wake_off(delay->items->object, &delay->wake);
    tree_remove(&delay->items->delays, &delay->node);
    mem_free(delay);
}

/* It is still to be freed: items_drop_aborted(). */
static bool delay_is_aborted(const struct delay *delay) {
    return delay->node.number <= delay->items->delays_aborted;
}

static void delay_over(struct wake *wake) {
    struct delay *delay = LINK_OWNER(wake, struct delay, wake);
    struct object *object = delay->items->object;
    if (delay_is_aborted(delay)) {
        return;
    }
    for (size_t i = 0; i < delay->count; i++) {
        struct item *item = &delay->delayed[i];
        if (item->deliveries > 0) {
            ring_put(&delay->items->ready, item); /* it was ready before */
        } else {
            items_make_ready(delay->items, item);
        }
    }
    delay_free(delay);
    journal_note(object, HF__CAUSE__TIME_CAME, NULL, NULL);
}

static bool items_delay(struct queue_items *items, const struct item *added, size_t count,
                        int64_t due_ms) {
    struct delay *delay = mem_alloc(sizeof *delay + count * sizeof *added);
    if (!delay) {
        return false;
    }
    *delay =
        (struct delay){.wake = {.run = delay_over, .tells = true}, .items = items, .count = count};
    if (!object_wake_at(items->object, &delay->wake, due_ms)) {
        mem_free(delay);
        return false;
    }
    memcpy(delay->delayed, added, count * sizeof *added);
    items->delays_made += count;
    tree_add(&items->delays, &delay->node, items->delays_made);
    items->delayed_count += count;
    return true;
}

bool items_put(struct queue_items *items, struct item *added, size_t count, int64_t due_ms) {
    if (!ring_reserve(&items->ready, items_returning(items) + count) ||
        (due_ms > 0 && !items_delay(items, added, count, due_ms))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (due_ms == 0) {
            items_make_ready(items, &added[i]);
        }
        items->bytes += added[i].len;
    }
    items->totals.put += count;
    return true;
}

static void items_forget_put(struct queue_items *items, struct item *item) {
    assert(items_unfinished(items) > 0 && items->bytes >= item->len);
    items->totals.put--;
    items->bytes -= item->len;
    items_drop(items, item);
}

void items_take_back(struct queue_items *items, size_t count, uint64_t last) {
    for (size_t i = 0; i < count; i++) {
        struct item item;
        ring_take_back(&items->ready, last - i, &item);
        items_forget_put(items, &item);
    }
    items_trim(items);
}

void items_take_back_delayed(struct queue_items *items) {
    struct tree_node *node = tree_from(&items->delays, items->delays_made);
    assert(node);
    struct delay *delay = LINK_OWNER(node, struct delay, node);
    items->delays_made -= delay->count;
    for (size_t i = 0; i < delay->count; i++) {
        items_forget_put(items, &delay->delayed[i]);
    }
    delay_free(delay);
    items_trim(items);
}

struct item *items_first(const struct queue_items *items) {
    return ring_first(&items->ready);
}

void items_take(struct queue_items *items, struct item *item) {
    ring_take(&items->ready, item);
    assert(items->bytes >= item->len);
    items->bytes -= item->len;
}

void items_untake(struct queue_items *items, const struct item *item) {
    ring_put(&items->ready, item);
    items->bytes += item->len;
}

void items_trim(struct queue_items *items) {
    ring_trim(&items->ready, items_returning(items));
}

/* ---- leases ---- */

static bool lease_id_equal(const void *entry, const void *key) {
    return (*(struct lease *const *)entry)->hold.fence == *(const uint64_t *)key;
}

static struct lease **lease_entry(const struct queue_items *items, uint64_t id) {
    return table_find(&items->leases, table_hash_id(id), lease_id_equal, &id);
}

struct lease *items_find(const struct queue_items *items, uint64_t id) {
    struct lease **entry = lease_entry(items, id);
    return entry ? *entry : NULL;
}

static void lease_over(struct wake *wake) {
    struct lease *lease = LINK_OWNER(wake, struct lease, wake);
    items_return(lease->items, lease, HF__QUEUE_REASON__LEASE_ENDED);
}

bool items_extend(struct queue_items *items, struct lease *lease, int64_t due_ms) {
    if (due_ms < 0) {
        object_wake_off(items->object, &lease->wake);
        return true;
    }
    return object_wake_at(items->object, &lease->wake, due_ms);
}

/* Whether an item that comes back after so many deliveries is set aside. */
static bool items_sets_aside(const struct queue_items *items, uint64_t deliveries) {
    return items->max_deliveries > 0 && deliveries >= items->max_deliveries;
}

static void lease_free(struct lease *lease) {
    mem_free(lease->aside);
    mem_free(lease);
}

/* A lease of the first item, which is still ready. NULL: no memory. */
static struct lease *lease_new(struct queue_items *items) {
    struct lease *lease = mem_alloc(sizeof *lease);
    if (!lease) {
        return NULL;
    }
    *lease = (struct lease){.wake.run = lease_over, .items = items};
    if (items_sets_aside(items, (uint64_t)items_first(items)->deliveries + 1)) {
        lease->aside = mem_alloc(sizeof *lease->aside);
        if (!lease->aside) {
            mem_free(lease);
            return NULL;
        }
    }
    return lease;
}

struct lease *items_lease(struct queue_items *items, struct owner *owner, int64_t due_ms) {
    assert(items_ready(items) > 0);
    uint64_t id = items->object->registry->fence + 1;
    struct lease *lease = lease_new(items);
    struct lease **entry = lease ? table_add(&items->leases, table_hash_id(id)) : NULL;
    if (!entry) {
        goto fail_lease;
    }
    *entry = lease;
    if (!items_extend(items, lease, due_ms)) {
        table_remove(&items->leases, entry);
        goto fail_lease;
    }
    ring_take(&items->ready, &lease->item);
    lease->item.deliveries += lease->item.deliveries < UINT32_MAX;
    hold_begin(&lease->hold, owner, items->object);
    items->totals.delivered++;
    assert(lease->hold.fence == id);
    return lease;
fail_lease:
    if (lease) {
        lease_free(lease);
    }
    return NULL;
}

/* End the lease; the caller gets its item. */
static struct item lease_end(struct queue_items *items, struct lease *lease) {
    struct item item = lease->item;
    struct lease **entry = lease_entry(items, lease->hold.fence);
    assert(entry && *entry == lease && item.deliveries > 0);
    items->written_off_count -= lease->written_off;
    table_remove(&items->leases, entry);
    object_wake_off(items->object, &lease->wake);
    hold_end(&lease->hold);
    lease_free(lease);
    return item;
}

void items_acknowledge(struct queue_items *items, struct lease *lease) {
    struct item item = lease_end(items, lease);
    items->bytes -= item.len;
    items->totals.acknowledged++;
    items_drop(items, &item);
    items_trim(items);
}

/* ---- back ---- */

/* So many items are dealt with without a report. A client may have reported more items as done than
 * it has got. */
static void items_count_dropped(struct queue_items *items, size_t count) {
    uint64_t unfinished = items_unfinished(items);
    items->totals.done += count < unfinished ? count : unfinished;
    items->totals.dropped += count;
}

static void items_throw_away(struct queue_items *items, struct item *item) {
    assert(items->bytes >= item->len);
    items->bytes -= item->len;
    items_count_dropped(items, 1);
    items_drop(items, item);
}

static void items_set_aside(struct queue_items *items, struct aside *aside, const struct item *item,
                            Hf__QueueReason reason) {
    assert(aside && items_sets_aside(items, item->deliveries));
    aside->item = *item;
    aside->reason = reason;
    aside->since_ms = items->object->registry->now_ms;
    tree_add(&items->aside, &aside->node, item->key.serial);
    items->totals.set_aside++;
    items->bytes -= item->len;
}

void items_return(struct queue_items *items, struct lease *lease, Hf__QueueReason reason) {
    bool written_off = lease->written_off;
    bool last = !written_off && items_sets_aside(items, lease->item.deliveries);
    struct aside *aside = last ? lease->aside : NULL;
    lease->aside = last ? NULL : lease->aside;
    struct item item = lease_end(items, lease);
    items->totals.returned++;
    if (written_off) {
        items_throw_away(items, &item);
    } else if (last) {
        items_set_aside(items, aside, &item, reason);
    } else {
        ring_put(&items->ready, &item);
    }
}

bool items_return_at(struct queue_items *items, struct lease *lease, int64_t due_ms) {
    if (due_ms == 0 || lease->written_off || items_sets_aside(items, lease->item.deliveries)) {
        items_return(items, lease, HF__QUEUE_REASON__RETURNED);
        return true;
    }
    if (!items_delay(items, &lease->item, 1, due_ms)) {
        return false;
    }
    (void)lease_end(items, lease);
    items->totals.returned++;
    return true;
}

/* ---- set aside ---- */

struct aside *items_aside_from(const struct queue_items *items, uint64_t id) {
    struct tree_node *node = tree_from(&items->aside, id);
    return node ? LINK_OWNER(node, struct aside, node) : NULL;
}

bool items_reserve_restore(struct queue_items *items, size_t count) {
    return ring_reserve(&items->ready, items_returning(items) + count);
}

void items_restore(struct queue_items *items, struct aside *aside) {
    tree_remove(&items->aside, &aside->node);
    aside->item.deliveries = 0;
    items_untake(items, &aside->item);
    mem_free(aside);
}

static void aside_free(struct registry *registry, struct tree *tree, struct aside *aside) {
    tree_remove(tree, &aside->node);
    any_drop(registry, &aside->item.any);
    mem_free(aside);
}

void items_drop_aside(struct queue_items *items, struct aside *aside) {
    items_count_dropped(items, 1);
    aside_free(items->object->registry, &items->aside, aside);
}

static size_t aside_free_some(struct registry *registry, void *container) {
    struct tree *tree = container;
    size_t count = 0;
    while (tree->root && count < DEFERRED_PER_STEP &&
           (count == 0 || registry->deferred.budget > 0)) {
        aside_free(registry, tree, LINK_OWNER(tree->root, struct aside, node));
        count++;
    }
    return count;
}

/* ---- all of them ---- */

static bool items_next_ready(const struct queue_items *items, uint64_t *cursor,
                             struct items_shown *shown) {
    size_t place = ring_position(&items->ready, *cursor);
    if (place == items_ready(items)) {
        return false;
    }
    *cursor = ring_cursor(&items->ready, place);
    shown->item = ring_at(&items->ready, place);
    return true;
}

static bool items_next_delayed(const struct queue_items *items, uint64_t *cursor,
                               struct items_shown *shown) {
    uint64_t aborted = items->delays_aborted;
    struct tree_node *node = tree_from(&items->delays, *cursor > aborted ? *cursor : aborted + 1);
    if (!node) {
        return false;
    }
    const struct delay *delay = LINK_OWNER(node, struct delay, node);
    uint64_t first = node->number + 1 - delay->count;
    uint64_t number = *cursor > first ? *cursor : first;
    shown->item = &delay->delayed[number - first];
    shown->due_ms = delay->wake.node.due;
    *cursor = number + 1;
    return true;
}

static bool items_next_leased(const struct queue_items *items, uint64_t *cursor,
                              struct items_shown *shown) {
    struct lease *const *entry = table_seek(&items->leases, cursor);
    if (entry) {
        shown->lease = *entry;
        shown->item = &shown->lease->item;
        shown->due_ms = shown->lease->wake.node.place > 0 ? shown->lease->wake.node.due : -1;
    }
    return entry != NULL;
}

static bool items_next_aside(const struct queue_items *items, uint64_t *cursor,
                             struct items_shown *shown) {
    shown->aside = items_aside_from(items, *cursor);
    if (shown->aside) {
        shown->item = &shown->aside->item;
        *cursor = shown->item->key.serial + 1;
    }
    return shown->aside != NULL;
}

bool items_next(const struct queue_items *items, enum items_where where, uint64_t *cursor,
                struct items_shown *shown) {
    static bool (*const next[])(const struct queue_items *items, uint64_t *cursor,
                                struct items_shown *shown) = {
        [ITEMS_READY] = items_next_ready,
        [ITEMS_DELAYED] = items_next_delayed,
        [ITEMS_LEASED] = items_next_leased,
        [ITEMS_ASIDE] = items_next_aside,
    };
    *shown = (struct items_shown){.due_ms = -1};
    return next[where](items, cursor, shown);
}

/* ---- the end ---- */

/* The room that is kept for items that come back goes with the ready ones: none may come back. */
static void items_throw_away_ready(struct queue_items *items) {
    assert(items_returning(items) == 0);
    items_count_dropped(items, items_ready(items));
    deferred_free_deque(items->object->registry, &items->ready.items, offsetof(struct item, any));
}

/* Only leased items are left then, so `bytes` is the sum of theirs. */
static void items_write_off_leased(struct queue_items *items) {
    struct lease *const *lease = NULL;
    items->bytes = 0;
    for (size_t at = 0; (lease = table_next(&items->leases, &at)) != NULL;) {
        items->bytes += (*lease)->item.len;
        (*lease)->written_off = true;
    }
    items->written_off_count = table_len(&items->leases);
}

/* The delays stay in the tree, before all later ones. */
void items_abort_delayed(struct queue_items *items) {
    items_count_dropped(items, items->delayed_count);
    items->delayed_count = 0;
    items->delays_aborted = items->delays_made;
}

static void delay_free_aborted(struct delay *delay) {
    struct queue_items *items = delay->items;
    object_wake_off(items->object, &delay->wake);
    tree_remove(&items->delays, &delay->node);
    deferred_free_any(items->object->registry, delay,
                      sizeof *delay + delay->count * sizeof delay->delayed[0]);
    items->aborted_dropped = 0;
}

bool items_drop_aborted(struct queue_items *items, size_t most) {
    struct tree_node *first = NULL;
    while ((first = tree_from(&items->delays, 0)) != NULL) {
        struct delay *delay = LINK_OWNER(first, struct delay, node);
        if (!delay_is_aborted(delay)) {
            return false;
        }
        for (; items->aborted_dropped < delay->count && most > 0; most--) {
            items_drop(items, &delay->delayed[items->aborted_dropped++]);
        }
        if (items->aborted_dropped < delay->count) {
            return true;
        }
        delay_free_aborted(delay);
    }
    return false;
}

void items_abort(struct queue_items *items) {
    items_abort_delayed(items);
    items_write_off_leased(items);
    items_throw_away_ready(items);
    assert(items_ready(items) == 0 && items_returning(items) == 0);
}

bool items_drop_leases(struct queue_items *items, size_t most) {
    struct lease **entry = NULL;
    for (size_t i = 0; i < most && (entry = table_last(&items->leases)) != NULL; i++) {
        struct lease *lease = *entry;
        if (lease->hold.object) {
            hold_end(&lease->hold);
        }
        object_wake_off(items->object, &lease->wake);
        items_drop(items, &lease->item);
        items->written_off_count -= lease->written_off;
        table_remove(&items->leases, entry);
        lease_free(lease);
    }
    return table_len(&items->leases) > 0;
}

void items_fini(struct queue_items *items) {
    (void)items_drop_leases(items, SIZE_MAX);
    items_abort(items);
    (void)items_drop_aborted(items, SIZE_MAX);
    deferred_free_container(items->object->registry, &items->aside, sizeof items->aside,
                            aside_free_some);
    table_fini(&items->leases);
    ring_fini(&items->ready);
}
