/* SPDX-License-Identifier: MIT
 *
 * queue: what shows its items in pages, and the operations on items set aside.
 *
 * A page goes on behind the item with which the one before it ended, not at a place: so an item
 * that stays where it is is in one page, whatever happens to the others. Building a page takes less
 * than a millisecond: it ends after HF_ENTRIES_MAX items, or with the one that makes it large.
 */
#include "queue.h"

#include "bulk.h"
#include "mem.h"
#include "registry.h"

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

static bool entries_begin(struct entries *entries, struct call *call, size_t limit, size_t most) {
    limit = limit == 0 || limit > HF_ENTRIES_MAX ? HF_ENTRIES_MAX : limit;
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

/* Add an item that has been ready once. NULL: no memory. */
static Hf__QueueEntry *entries_add(struct entries *entries, const struct item *item) {
    const struct queue_items *items = &queue_of(entries->call)->items;
    Hf__QueueEntry *entry = call_message(entries->call, &hf__queue_entry__descriptor);
    Hf__Any *value = entry ? call_wire(entries->call, &item->any) : NULL;
    if (!value) {
        return NULL;
    }
    entry->value = value;
    entry->has_id = true;
    entry->id = item->key.serial;
    entry->has_count = true;
    entry->count = item->deliveries;
    entry->has_priority = items->ready.order == RING_RANKED;
    entry->has_age_ms = !entry->has_priority;
    if (entry->has_priority) {
        entry->priority = item->key.rank;
    } else {
        entry->age_ms = (uint64_t)(entries->call->registry->now_ms - item->key.rank);
    }
    entries->out->entries[entries->out->n_entries++] = entry;
    return entry;
}

static hf_status entries_answer(struct entries *entries, bool more, uint64_t next) {
    entries->out->has_next = more;
    entries->out->next = next;
    return call_answer_message(entries->call, HF__REPLY__RESULT_QUEUE_ENTRIES, entries->out);
}

/* ---- set aside ---- */

static bool queue_add_aside(struct entries *entries, const struct aside *aside) {
    Hf__QueueEntry *entry = entries_add(entries, &aside->item);
    if (entry) {
        entry->has_reason = true;
        entry->reason = aside->reason;
        entry->has_aside_ms = true;
        entry->aside_ms = (uint64_t)(entries->call->registry->now_ms - aside->since_ms);
    }
    return entry != NULL;
}

hf_status queue_set_aside_list(struct call *call) {
    const Hf__QueueSetAsideList *in = call->request->queue_set_aside_list;
    const struct queue_items *items = &queue_of(call)->items;
    struct entries entries;
    if (!entries_begin(&entries, call, in->limit, items->aside.len)) {
        return HF_NO_MEMORY;
    }
    uint64_t next = in->cursor;
    const struct aside *aside = items_aside_from(items, next);
    while (aside && !entries_full(&entries, &aside->item)) {
        if (!queue_add_aside(&entries, aside)) {
            return HF_NO_MEMORY;
        }
        next = aside->item.key.serial + 1;
        aside = items_aside_from(items, next);
    }
    return entries_answer(&entries, aside != NULL, next);
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
