/* SPDX-License-Identifier: MIT
 *
 * The items of a queue, and the moves of an item between the places where it can be:
 *
 *     put ---------------------> ready ---take---> gone
 *     put --> delayed --due------^ | ^
 *                ^           lease v | returned, its holder died, or its time is over
 *                '--returned later-leased ---acknowledged---> gone
 *                                  '---max_deliveries reached--> set aside ---restored--> ready
 *                                                                       '---dropped--> gone
 *
 * An abort throws away what is ready or delayed and writes off what is leased: such an item never
 * comes back, whatever has become of the queue since. The delays are only numbered as aborted, and
 * freed in parts: very many may be there.
 *
 * Room is reserved ahead: among the ready items for every delayed and leased one that may come
 * back, and a node for every leased one that may be set aside. So only put, lease, restore and a
 * return with a delay can fail.
 */
#ifndef HF_QUEUE_ITEMS_H
#define HF_QUEUE_ITEMS_H

#include "object.h"
#include "ordered_ring.h"
#include "table.h"
#include "tree.h"

/** The serial of the key is the id of the item, from when it is ready for the first time. Without
 * priorities the rank tells when that was. */
struct item {
    struct ring_key key; /* its position in the order; kept while it is leased */
    struct any any;
    uint32_t len;        /* on the wire; 0 if the queue has no bound of bytes */
    uint32_t deliveries; /* how often it was leased */
};

/** A leased item. The fence of the hold is the id of the delivery. */
struct lease {
    struct hold hold;
    struct wake wake;
    struct queue_items *items;
    struct item item;
    struct aside *aside; /* for the item, if it may be set aside; else NULL */
    bool written_off;    /* the queue was aborted meanwhile */
};

/** An item set aside. */
struct aside {
    struct tree_node node; /* by the item's id */
    struct item item;
    int64_t since_ms;
    Hf__QueueReason reason;
};

/** How often it has happened to an item, ever. Gets without a lease are not counted: see
 * items_taken(). */
struct items_totals {
    uint64_t put;
    uint64_t done; /* reported, or dropped; never more than put */
    uint64_t delivered;
    uint64_t acknowledged;
    uint64_t returned;
    uint64_t set_aside;
    uint64_t dropped;
};

struct queue_items {
    struct object *object;
    struct ordered_ring ready;
    struct tree delays;  /* in the order of their puts and returns */
    struct table leases; /* pointers, by id */
    struct tree aside;   /* struct aside, by id */
    size_t delayed_count;
    size_t written_off_count;
    uint64_t bytes; /* of ready, delayed and leased items */
    struct items_totals totals;
    uint64_t delays_made;    /* the number of the latest in `delays` */
    uint64_t delays_aborted; /* those up to this number were thrown away */
    size_t aborted_dropped;  /* so many values of the first of these are dropped already */
    uint32_t max_deliveries; /* 0: any number */
};

void items_init(struct queue_items *items, struct object *object, enum ring_order order,
                uint32_t max_deliveries);
void items_fini(struct queue_items *items);

/** Throw away all that is delayed, or all that is ready as well; write off what is leased. The
 * memory of the delayed ones is left for items_drop_aborted(). */
void items_abort_delayed(struct queue_items *items);
void items_abort(struct queue_items *items);

/** Drop `most` of the delayed items that were thrown away. Returns whether some are left. */
bool items_drop_aborted(struct queue_items *items, size_t most);

/** The queue is deleted: drop `most` of its leases. Returns whether some are left. */
bool items_drop_leases(struct queue_items *items, size_t most);

/** The number of ready items. */
size_t items_ready(const struct queue_items *items);

/** The number of items that the queue's bound counts: ready, delayed and leased. */
size_t items_len(const struct queue_items *items);

/** The number of all items, with those set aside. */
size_t items_total(const struct queue_items *items);

/** The number of items that were put and not reported as done. */
static inline uint64_t items_unfinished(const struct queue_items *items) {
    return items->totals.put - items->totals.done;
}

/** How many items were taken without a lease: they are not there, and have not gone otherwise. */
uint64_t items_taken(const struct queue_items *items);

/** Whether no item is ready, and none can become ready. */
bool items_exhausted(const struct queue_items *items);

/** Put all items, which have their ranks; at due_ms they become ready, 0: at once, and get their
 * keys. false: no memory, none is put. */
bool items_put(struct queue_items *items, struct item *added, size_t count, int64_t due_ms);

/** Take back the latest put: as many items, the last of them with this id, or delayed ones. */
void items_take_back(struct queue_items *items, size_t count, uint64_t last);
void items_take_back_delayed(struct queue_items *items);

/** The next ready item; there must be one. */
struct item *items_first(const struct queue_items *items);

/** Take the next item; put back the item that was taken last. Call items_trim() when done. */
void items_take(struct queue_items *items, struct item *item);
void items_untake(struct queue_items *items, const struct item *item);
void items_trim(struct queue_items *items);

/** Lease the next item to `owner` until due_ms; -1: until its session ends. NULL: no memory. */
struct lease *items_lease(struct queue_items *items, struct owner *owner, int64_t due_ms);

/** The lease with this id; NULL: there is none. */
struct lease *items_find(const struct queue_items *items, uint64_t id);

/** End a lease: the item is done. */
void items_acknowledge(struct queue_items *items, struct lease *lease);

/** End a lease: the item becomes ready again, or is set aside, or is thrown away if it was written
 * off. */
void items_return(struct queue_items *items, struct lease *lease, Hf__QueueReason reason);

/** The same because the taker wants it; an item that becomes ready again does so at due_ms. false:
 * no memory, it is still leased. */
bool items_return_at(struct queue_items *items, struct lease *lease, int64_t due_ms);

/** Change when the lease ends. false: no memory. */
bool items_extend(struct queue_items *items, struct lease *lease, int64_t due_ms);

/** Make room to restore so many items. false: no memory. */
bool items_reserve_restore(struct queue_items *items, size_t count);

/** Make an item that is set aside ready again, as if never delivered; or drop it. */
void items_restore(struct queue_items *items, struct aside *aside);
void items_drop_aside(struct queue_items *items, struct aside *aside);

/** The first item set aside whose id is at least this; NULL: there is none. */
struct aside *items_aside_from(const struct queue_items *items, uint64_t id);

enum items_where { ITEMS_READY, ITEMS_DELAYED, ITEMS_LEASED, ITEMS_ASIDE };

/** An item, and what there is to tell about it. */
struct items_shown {
    const struct item *item;
    const struct lease *lease; /* NULL: it is not leased */
    const struct aside *aside; /* NULL: it is not set aside */
    int64_t due_ms;            /* when its delay or its lease ends; -1: never, or it has neither */
};

/** The first item there behind the cursor (0: of all), which is then behind that. false: none. */
bool items_next(const struct queue_items *items, enum items_where where, uint64_t *cursor,
                struct items_shown *shown);

#endif
