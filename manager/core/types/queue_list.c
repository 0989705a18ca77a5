/* SPDX-License-Identifier: MIT
 *
 * queue: what shows its items in pages, and the operations on items set aside.
 *
 * A page goes on behind the item with which the one before it ended, not at a place (but for the
 * heap of a queue with priorities). So an item that stays where it is is in one page, whatever
 * happens to the others. Building a page takes less than a millisecond: it ends after
 * HF_ENTRIES_MAX items, or before the one that makes it large.
 */
#include "queue.h"

#include "bulk.h"
#include "mem.h"
#include "registry.h"
#include "sort.h"

enum {
    ENTRIES_WIRE_BYTES = 1 << 20,
    ENTRIES_ARENA_BYTES = 4 << 20,
};

/* ---- pages ---- */

/* A page that is being put together. */
struct entries {
    struct call *call;
    Hf__QueueEntries *out;
    struct bulk bulk;
    size_t limit;
};

static bool entries_begin(struct entries *entries, struct call *call, size_t limit) {
    limit = limit == 0 || limit > HF_ENTRIES_MAX ? HF_ENTRIES_MAX : limit;
    size_t most = items_total(&queue_of(call)->items);
    *entries = (struct entries){.call = call, .limit = limit < most ? limit : most};
    entries->out = call_message(call, &hf__queue_entries__descriptor);
    if (entries->out) {
        entries->out->entries = arena_zeroed(call->arena, entries->limit, sizeof(Hf__QueueEntry *));
    }
    return entries->out && entries->out->entries;
}

/* Whether the page has no room for this item. The first one always has. */
static bool entries_full(struct entries *entries, const struct item *item) {
    size_t count = entries->out->n_entries;
    bulk_add(&entries->bulk, &item->any);
    entries->bulk.arena += sizeof(Hf__QueueEntry);
    return count == entries->limit || (count > 0 && (entries->bulk.wire > ENTRIES_WIRE_BYTES ||
                                                     entries->bulk.arena > ENTRIES_ARENA_BYTES));
}

static uint64_t entries_since(const struct call *call, int64_t then_ms) {
    return (uint64_t)(call->registry->now_ms - then_ms);
}

static uint64_t entries_until(const struct call *call, int64_t due_ms) {
    int64_t left_ms = due_ms - call->registry->now_ms;
    return left_ms > 0 ? (uint64_t)left_ms : 0;
}

/* The item itself, wherever it is. */
static void entries_tell_item(const struct call *call, const struct item *item,
                              Hf__QueueEntry *entry) {
    bool ranked = queue_of(call)->items.ready.order == RING_RANKED;
    bool was_ready = item->key.serial > 0;
    entry->has_id = true;
    entry->id = item->key.serial;
    entry->has_count = true;
    entry->count = item->deliveries;
    entry->has_priority = ranked;
    entry->priority = ranked ? item->key.rank : 0;
    entry->has_age_ms = !ranked;
    entry->age_ms = was_ready && !ranked ? entries_since(call, item->key.rank) : 0;
}

/* false: no memory. */
static bool entries_add(struct entries *entries, const struct items_shown *shown) {
    struct call *call = entries->call;
    Hf__QueueEntry *entry = call_message(call, &hf__queue_entry__descriptor);
    Hf__Any *value = entry ? call_wire(call, &shown->item->any) : NULL;
    if (!value) {
        return false;
    }
    entry->value = value;
    entries_tell_item(call, shown->item, entry);
    if (shown->aside) {
        entry->has_reason = true;
        entry->reason = shown->aside->reason;
        entry->has_aside_ms = true;
        entry->aside_ms = entries_since(call, shown->aside->since_ms);
    }
    entry->has_due_ms = shown->due_ms >= 0;
    entry->due_ms = entries_until(call, shown->due_ms);
    entry->holder = shown->lease ? object_holder(call, &shown->lease->hold) : NULL;
    entries->out->entries[entries->out->n_entries++] = entry;
    return !shown->lease || entry->holder;
}

static hf_status entries_fill(struct entries *entries, enum items_where where, uint64_t cursor) {
    const struct queue_items *items = &queue_of(entries->call)->items;
    struct items_shown shown;
    bool more = false;
    entries->out->next = cursor;
    while ((more = items_next(items, where, &cursor, &shown)) &&
           !entries_full(entries, shown.item)) {
        if (!entries_add(entries, &shown)) {
            return HF_NO_MEMORY;
        }
        entries->out->next = cursor;
    }
    entries->out->has_next = more;
    return HF_OK;
}

static hf_status entries_answer(struct entries *entries) {
    return call_answer_message(entries->call, HF__REPLY__RESULT_QUEUE_ENTRIES, entries->out);
}

/* ---- items ---- */

static bool entries_before(void *context, const void *a, const void *b) {
    const Hf__QueueEntry *one = *(const Hf__QueueEntry *const *)a;
    const Hf__QueueEntry *other = *(const Hf__QueueEntry *const *)b;
    (void)context;
    return one->priority != other->priority ? one->priority < other->priority : one->id < other->id;
}

/* Ready items of a queue with priorities come in the order of a heap. */
static hf_status entries_sort(struct entries *entries) {
    size_t count = entries->out->n_entries;
    Hf__QueueEntry **spare = arena_alloc(entries->call->arena, (count + 1) * sizeof *spare);
    if (!spare) {
        return HF_NO_MEMORY;
    }
    struct sort_span span = {entries->out->entries, spare, count, sizeof *spare};
    sort_stable(span, entries_before, NULL);
    return HF_OK;
}

hf_status queue_list(struct call *call) {
    const Hf__QueueList *in = call->request->queue_list;
    struct entries entries;
    hf_status status = call_check_enum(call, &hf__queue_item_state__descriptor, (int)in->state,
                                       "state of an item");
    if (status != HF_OK) {
        return status;
    }
    if (!entries_begin(&entries, call, in->limit)) {
        return HF_NO_MEMORY;
    }
    enum items_where where = in->state == HF__QUEUE_ITEM_STATE__DELAYED  ? ITEMS_DELAYED
                             : in->state == HF__QUEUE_ITEM_STATE__LEASED ? ITEMS_LEASED
                                                                         : ITEMS_READY;
    status = entries_fill(&entries, where, in->cursor);
    bool ranked = queue_of(call)->items.ready.order == RING_RANKED;
    if (status == HF_OK && where == ITEMS_READY && ranked) {
        status = entries_sort(&entries);
    }
    return status == HF_OK ? entries_answer(&entries) : status;
}

/* ---- counts ---- */

static void queue_tell_oldest(const struct call *call, Hf__QueueStatistics *out) {
    const struct ordered_ring *ready = &queue_of(call)->items.ready;
    size_t len = ring_len(ready);
    out->has_oldest_ms = len > 0 && ready->order != RING_RANKED;
    if (out->has_oldest_ms) {
        const struct item *oldest = ring_at(ready, ready->order == RING_NEWEST ? len - 1 : 0);
        out->oldest_ms = entries_since(call, oldest->key.rank);
    }
}

hf_status queue_state(struct call *call) {
    const struct queue *queue = queue_of(call);
    const struct queue_items *items = &queue->items;
    Hf__QueueStatistics *out = call_message(call, &hf__queue_statistics__descriptor);
    if (!out) {
        return HF_NO_MEMORY;
    }
    out->ready = items_ready(items);
    out->delayed = items->delayed_count;
    out->leased = table_len(&items->leases);
    out->set_aside = items->aside.len;
    out->unfinished = items_unfinished(items);
    out->has_bytes = queue->max_bytes > 0;
    out->bytes = items->bytes;
    queue_tell_oldest(call, out);
    out->has_closed = true;
    out->closed = queue->closed;
    out->total_put = items->totals.put;
    out->total_taken = items_taken(items);
    out->total_delivered = items->totals.delivered;
    out->total_acknowledged = items->totals.acknowledged;
    out->total_returned = items->totals.returned;
    out->total_set_aside = items->totals.set_aside;
    out->total_dropped = items->totals.dropped;
    return call_answer_message(call, HF__REPLY__RESULT_QUEUE_STATISTICS, out);
}

/* ---- set aside ---- */

hf_status queue_set_aside_list(struct call *call) {
    const Hf__QueueSetAsideList *in = call->request->queue_set_aside_list;
    struct entries entries;
    if (!entries_begin(&entries, call, in->limit)) {
        return HF_NO_MEMORY;
    }
    hf_status status = entries_fill(&entries, ITEMS_ASIDE, in->cursor);
    return status == HF_OK ? entries_answer(&entries) : status;
}

/* How many items such a request is about, at most: those with its ids, or all. */
static hf_status queue_count_asides(struct call *call, size_t id_count, size_t *most) {
    size_t count = id_count > 0 ? id_count : queue_of(call)->items.aside.len;
    *most = count < HF_PAGE_MAX_ITEMS ? count : HF_PAGE_MAX_ITEMS;
    return id_count <= HF_PAGE_MAX_ITEMS ? HF_OK
                                         : call_refuse(call, HF_INVALID,
                                                       "at most %u ids in one request: send "
                                                       "several",
                                                       HF_PAGE_MAX_ITEMS);
}

/* End it for these items, or for the first `most` if none is named. */
static hf_status queue_end_asides(struct call *call, const uint64_t *ids, size_t id_count,
                                  size_t most,
                                  void (*end)(struct queue_items *items, struct aside *aside)) {
    struct queue_items *items = &queue_of(call)->items;
    uint64_t count = 0;
    for (size_t i = 0; i < most; i++) {
        uint64_t id = id_count > 0 ? ids[i] : 0;
        struct aside *aside = items_aside_from(items, id);
        if (aside && (id_count == 0 || aside->item.key.serial == id)) {
            end(items, aside);
            count++;
        }
    }
    return call_answer_count(call, count);
}

hf_status queue_set_aside_return(struct call *call) {
    const Hf__QueueSetAsideReturn *in = call->request->queue_set_aside_return;
    size_t most = 0;
    hf_status status = queue_count_asides(call, in->n_ids, &most);
    if (status == HF_OK && !items_reserve_restore(&queue_of(call)->items, most)) {
        status = HF_NO_MEMORY;
    }
    return status == HF_OK ? queue_end_asides(call, in->ids, in->n_ids, most, items_restore)
                           : status;
}

hf_status queue_set_aside_drop(struct call *call) {
    const Hf__QueueSetAsideDrop *in = call->request->queue_set_aside_drop;
    size_t most = 0;
    hf_status status = queue_count_asides(call, in->n_ids, &most);
    return status == HF_OK ? queue_end_asides(call, in->ids, in->n_ids, most, items_drop_aside)
                           : status;
}
