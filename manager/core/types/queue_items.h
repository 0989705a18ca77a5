/* SPDX-License-Identifier: MIT
 *
 * What a queue has, and the moves of an item between the places where it can be:
 *
 *     put ---------------------> ready ---take---> gone
 *     put --> delayed --due------^ | ^
 *                            lease v | returned, its taker died, the time is over
 *                                leased ---acknowledged---> gone
 *                                  '---as often as may be--> set aside ---> ready
 *
 * Whatever may come back to the ready ones (delayed, leased) has its room there already, and every
 * leased item has its room among those set aside, so that only put and lease can fail.
 */
#ifndef HF_QUEUE_ITEMS_H
#define HF_QUEUE_ITEMS_H

#include "deque.h"
#include "object.h"
#include "ordered_ring.h"
#include "table.h"

struct item {
    struct ring_key key; /* the serial is its place among the others; kept while it is leased */
    struct any any;
    uint32_t len;        /* on the wire; 0 where the queue has no bound in bytes */
    uint32_t deliveries; /* how often it was leased */
};

/** One item that was given out and may come back. The fence of the hold is the delivery's id. */
struct lease {
    struct hold hold;
    struct wake wake;
    struct queue_items *items;
    struct item item;
};

struct queue_items {
    struct object *object;
    struct ordered_ring ready;
    struct link delays;
    struct table leases; /* pointers, by id */
    struct deque aside;
    size_t delayed_count;
    uint64_t bytes;          /* of the items that are ready, delayed or leased */
    uint64_t unfinished;     /* items put that nobody has said to be done */
    uint64_t next_serial;    /* of the item that next becomes ready */
    uint32_t max_deliveries; /* 0: any number */
    bool aborted;            /* what comes back is thrown away */
};

void items_init(struct queue_items *items, struct object *object, enum ring_order order,
                uint32_t max_deliveries);
void items_fini(struct queue_items *items);

/** How many can be taken now. */
size_t items_ready(const struct queue_items *items);

/** How many count for the queue's bound: ready, delayed and leased. */
size_t items_len(const struct queue_items *items);

/** How many there are with those set aside. */
size_t items_total(const struct queue_items *items);

/** Whether none is ready nor can become so. */
bool items_exhausted(const struct queue_items *items);

/** Put items, all or none; due_ms 0: they are ready at once. They keep their ranks. false: no
 * memory. */
bool items_put(struct queue_items *items, const struct item *added, size_t count, int64_t due_ms);

/** The item that is next; there must be one ready. */
struct item *items_first(const struct queue_items *items);

/** Take it, and put back what has just been taken; after the last take, items_trim(). */
void items_take(struct queue_items *items, struct item *item);
void items_untake(struct queue_items *items, const struct item *item);
void items_trim(struct queue_items *items);

/** Lease the next one to `owner`; due_ms -1: as long as that lives. NULL: no memory. */
struct lease *items_lease(struct queue_items *items, struct owner *owner, int64_t due_ms);

/** The lease with this id; NULL: there is none. */
struct lease *items_find(const struct queue_items *items, uint64_t id);

/** The lease is over: its item is gone, or it comes back or is set aside. */
void items_acknowledge(struct queue_items *items, struct lease *lease);
void items_return(struct queue_items *items, struct lease *lease);

/** Change when the lease is over. false: no memory. */
bool items_extend(struct queue_items *items, struct lease *lease, int64_t due_ms);

/** Put all that is set aside back where it was, as if never delivered. false: no memory. */
bool items_restore(struct queue_items *items);

/** Throw away all that is ready or delayed, and later what comes back. */
void items_abort(struct queue_items *items);

#endif
