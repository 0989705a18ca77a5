/* SPDX-License-Identifier: MIT
 *
 * The items of a queue, and the moves of an item between the places where it can be:
 *
 *     put ---------------------> ready ---take---> gone
 *     put --> delayed --due------^ | ^
 *                            lease v | returned, its holder died, or its time is over
 *                                leased ---acknowledged---> gone
 *                                  '---max_deliveries reached--> set aside ---restored--> ready
 *
 * An abort throws away what is ready or delayed and writes off what is leased: such an item never
 * comes back, whatever has become of the queue since.
 *
 * Room is reserved ahead: among the ready items for every delayed and leased one that may come
 * back, and among those set aside for every leased one. So only put, lease and restore can fail.
 */
#ifndef HF_QUEUE_ITEMS_H
#define HF_QUEUE_ITEMS_H

#include "deque.h"
#include "object.h"
#include "ordered_ring.h"
#include "table.h"

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
    bool written_off; /* the queue was aborted meanwhile */
};

struct queue_items {
    struct object *object;
    struct ordered_ring ready;
    struct link delays;
    struct table leases; /* pointers, by id */
    struct deque aside;
    size_t delayed_count;
    size_t written_off_count;
    uint64_t bytes;          /* of ready, delayed and leased items */
    uint64_t unfinished;     /* items that were put and not reported as done */
    uint64_t next_serial;    /* of the next item that becomes ready for the first time */
    uint32_t max_deliveries; /* 0: any number */
};

void items_init(struct queue_items *items, struct object *object, enum ring_order order,
                uint32_t max_deliveries);
void items_fini(struct queue_items *items);

/** The queue is deleted: drop `most` of its leases. Returns whether some are left. */
bool items_drop_leases(struct queue_items *items, size_t most);

/** The number of ready items. */
size_t items_ready(const struct queue_items *items);

/** The number of items that the queue's bound counts: ready, delayed and leased. */
size_t items_len(const struct queue_items *items);

/** The number of all items, with those set aside. */
size_t items_total(const struct queue_items *items);

/** Whether no item is ready, and none can become ready. */
bool items_exhausted(const struct queue_items *items);

/** Put all items, which have their ranks; at due_ms they become ready, 0: at once. false: no
 * memory, none is put. */
bool items_put(struct queue_items *items, const struct item *added, size_t count, int64_t due_ms);

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

/** End a lease: the item is done; or it becomes ready again, is set aside, or is thrown away if it
 * was written off. */
void items_acknowledge(struct queue_items *items, struct lease *lease);
void items_return(struct queue_items *items, struct lease *lease);

/** Change when the lease ends. false: no memory. */
bool items_extend(struct queue_items *items, struct lease *lease, int64_t due_ms);

/** Make all items that are set aside ready again, as if never delivered. false: no memory. */
bool items_restore(struct queue_items *items);

/** Throw away all ready and delayed items, and write off the leased ones. */
void items_abort(struct queue_items *items);

#endif
