/* SPDX-License-Identifier: MIT
 *
 * Queues: queue.Queue, LifoQueue, PriorityQueue and multiprocessing.JoinableQueue, which can be
 * closed. Waiting calls are served first come, first served, whatever the order of the items. If a
 * consumer dies while it waits, no item is lost.
 *
 * A producer that is done calls hf_queue_close(): consumers, however many, take what is left and
 * are then told HF_CLOSED. No end mark per consumer is needed. With several producers, let each
 * register and the queue close by itself when the last one has gone, dead or alive (auto_close).
 *
 * A plain get takes the item for good: if the taker dies afterwards, the item is lost.
 * hf_queue_get_leased() lends it: the item returns to its old place if the taker dies, gives it
 * back or lets the lease run out before hf_queue_acknowledge(). An item that was delivered
 * max_deliveries times without being acknowledged is set aside.
 */
#ifndef HOLDFAST_QUEUE_H
#define HOLDFAST_QUEUE_H

#include <holdfast/lock.h>
#include <holdfast/object.h>

HF_BEGIN_DECLS

typedef enum hf_queue_order {
    HF_QUEUE_FIFO = 0, /**< the oldest item first (queue.Queue) */
    HF_QUEUE_LIFO,     /**< the newest first (queue.LifoQueue) */
    HF_QUEUE_PRIORITY  /**< the lowest priority first, the oldest of equal ones (PriorityQueue) */
} hf_queue_order;

/** The bounds count all items but those set aside: also delayed and leased ones. */
typedef struct hf_queue_options {
    hf_mode mode;
    uint64_t max_items; /**< 0: no bound but the manager's own */
    hf_queue_order order;
    uint64_t max_bytes;      /**< of the items as encoded by the protocol; 0: no bound */
    uint32_t max_deliveries; /**< 0: items are never set aside */
    bool auto_close;         /**< close once the last registered producer has gone */
    uint64_t reserved[8];    /**< zeros */
} hf_queue_options;

#define HF_QUEUE_OPTIONS HF_ZEROS

typedef struct hf_queue_put_options {
    int64_t priority;     /**< only if the order is HF_QUEUE_PRIORITY */
    uint64_t delay_ms;    /**< it arrives that much later; until then nobody can take it */
    uint64_t reserved[8]; /**< zeros */
} hf_queue_put_options;

#define HF_QUEUE_PUT_OPTIONS HF_ZEROS

/** A leased item. */
typedef struct hf_delivery {
    hf_any item;      /**< release with hf_any_clear() */
    uint64_t id;      /**< for acknowledge, return, extend; also a fence, for hf_queue_guard() */
    uint32_t count;   /**< how often the item has been delivered, this time included */
    uint64_t item_id; /**< the same at each delivery of the item, and no other item has it */
    uint64_t reserved[4]; /**< zeros */
} hf_delivery;

/** Why the last delivery of an item set aside has ended. */
typedef enum hf_queue_reason {
    HF_QUEUE_RETURNED = 0,   /**< the taker gave the item back */
    HF_QUEUE_LEASE_ENDED,    /**< the lease has run out */
    HF_QUEUE_TAKER_DIED,     /**< the taker's session has ended */
    HF_QUEUE_DELIVERY_BROKEN /**< somebody has broken the delivery */
} hf_queue_reason;

typedef enum hf_queue_item_state {
    HF_QUEUE_READY = 0, /**< it can be taken */
    HF_QUEUE_DELAYED,   /**< it was put or returned for later */
    HF_QUEUE_LEASED
} hf_queue_item_state;

/** An item that is in a queue. */
typedef struct hf_queue_entry {
    hf_any item;
    uint64_t id;            /**< as hf_delivery.item_id; 0: delayed, and not to be taken before */
    uint32_t count;         /**< how often it has been delivered */
    int64_t priority;       /**< in a queue of priorities */
    uint64_t age_ms;        /**< since it could first be taken; 0 in a queue of priorities */
    int64_t due_ms;         /**< until its delay or its lease ends; -1: never, or it has neither */
    hf_holder holder;       /**< of a leased item; the fence is the id of the delivery */
    hf_queue_reason reason; /**< of an item set aside, and for how long it has been: */
    uint64_t aside_ms;
    uint64_t reserved[4]; /**< zeros */
} hf_queue_entry;

/** A page of them. Release with hf_queue_entries_clear(). */
typedef struct hf_queue_entries {
    hf_queue_entry *items;
    size_t len;
    uint64_t reserved[4]; /**< zeros */
} hf_queue_entries;

/** The items of a queue, and what has become of those that it ever had. */
typedef struct hf_queue_statistics {
    uint64_t ready; /**< how many can be taken now */
    uint64_t delayed;
    uint64_t leased;
    uint64_t set_aside;
    uint64_t unfinished; /**< put and not reported as done: hf_queue_join() waits for them */
    uint64_t bytes;      /**< of all but those set aside; 0 without max_bytes */
    int64_t oldest_ms;   /**< since the oldest that can be taken now could first be; -1: there is
                              none, or the queue is one of priorities */
    bool closed;
    uint64_t total_put;
    uint64_t total_taken;        /**< without a lease */
    uint64_t total_delivered;    /**< with a lease */
    uint64_t total_acknowledged; /**< of those; and that came back, for whatever reason: */
    uint64_t total_returned;
    uint64_t total_set_aside;
    uint64_t total_dropped; /**< by an abort or hf_queue_set_aside_drop() */
    uint64_t reserved[4];   /**< zeros */
} hf_queue_statistics;

/** Open the queue with this name, or create it.
 *
 *  options  borrowed; NULL: unbounded, first in, first out
 *  Returns  HF_OK; HF_WRONG_TYPE (another type, or a queue with other options); HF_EXISTS or
 *           HF_NO_OBJECT (by mode)
 *  Source   queue.Queue(maxsize)
 */
HF_API HF_MUST_USE hf_status hf_queue_open(hf_client *client, const char *name,
                                           const hf_queue_options *options, hf_queue *queue);

/** Put an item at the end, waiting while the queue is full.
 *
 *  item     copied
 *  Returns  HF_OK; HF_TIMEOUT (nothing put); HF_CLOSED (nothing put); HF_TOO_BIG (larger than
 *           max_bytes); HF_DELETED
 *  Order    first come, first served
 *  Cost     O(1) in the manager; O(log items) in a queue with priorities
 *  Source   queue.Queue.put(item, block, timeout)
 */
HF_API HF_MUST_USE hf_status hf_queue_put_int(hf_queue queue, int64_t item, int64_t timeout_ms);
HF_API HF_MUST_USE hf_status hf_queue_put_string(hf_queue queue, const char *item,
                                                 int64_t timeout_ms);
HF_API HF_MUST_USE hf_status hf_queue_put_bytes(hf_queue queue, const void *item, size_t len,
                                                int64_t timeout_ms);
HF_API HF_MUST_USE hf_status hf_queue_put_any(hf_queue queue, hf_any item, int64_t timeout_ms);

/** Put an item with a priority, or one that arrives later. A delayed item takes its place in the
 *  order when its time has come.
 *
 *  options  borrowed; NULL: as hf_queue_put_any()
 *  Returns  as hf_queue_put_any(); HF_INVALID (a priority in a queue of another order)
 *  Source   PriorityQueue.put((priority, item)), but equal priorities keep the order of arrival
 */
HF_API HF_MUST_USE hf_status hf_queue_put_with(hf_queue queue, hf_any item,
                                               const hf_queue_put_options *options,
                                               int64_t timeout_ms);

/** Put many items, one behind the other, in one step: all, or none. Waits until there is room for
 *  all.
 *
 *  items    copied
 *  len      how many items
 *  options  borrowed, for each of the items; NULL: none
 *  Returns  as hf_queue_put_with(); HF_TOO_BIG (more than the queue ever holds)
 */
HF_API HF_MUST_USE hf_status hf_queue_put_many(hf_queue queue, const hf_any *items, size_t len,
                                               const hf_queue_put_options *options,
                                               int64_t timeout_ms);

/** Take the next item, waiting until there is one.
 *
 *  item     out; strings and bytes: free(); hf_any: hf_any_clear()
 *  len      out: how many bytes
 *  Returns  HF_OK; HF_TIMEOUT (nothing taken); HF_CLOSED (the queue is closed, and no item is left,
 *           delayed or leased); HF_TYPE_ERROR (the item is of another kind, or for
 *           hf_queue_get_string() has a NUL: it stays the next one, for hf_queue_get_any());
 *           HF_DELETED
 *  Order    first come, first served
 *  Cost     O(1) in the manager; O(log items) in a queue with priorities
 *  Source   queue.Queue.get(block, timeout)
 */
HF_API HF_MUST_USE hf_status hf_queue_get_int(hf_queue queue, int64_t timeout_ms, int64_t *item);
HF_API HF_MUST_USE hf_status hf_queue_get_string(hf_queue queue, int64_t timeout_ms, char **item);
HF_API HF_MUST_USE hf_status hf_queue_get_bytes(hf_queue queue, int64_t timeout_ms, void **item,
                                                size_t *len);
HF_API HF_MUST_USE hf_status hf_queue_get_any(hf_queue queue, int64_t timeout_ms, hf_any *item);

/** Wait until there is an item, then take all that are there, up to `max`, in the order of the
 *  queue.
 *
 *  max      at least 1; one call takes at most 10,000, and at most what fits a reply
 *  items    out; hf_any_array_clear()
 *  Returns  as hf_queue_get_any(); HF_INVALID (max is 0)
 */
HF_API HF_MUST_USE hf_status hf_queue_get_many(hf_queue queue, uint64_t max, int64_t timeout_ms,
                                               hf_any_array *items);

/** Lease the next item to this session (this thread) until hf_queue_acknowledge().
 *
 *  lease_ms  how long; negative: as long as the session lasts; 0 is HF_INVALID
 *  delivery  out; release its item with hf_any_clear()
 *  Returns   as hf_queue_get_any()
 */
HF_API HF_MUST_USE hf_status hf_queue_get_leased(hf_queue queue, int64_t lease_ms,
                                                 int64_t timeout_ms, hf_delivery *delivery);

/** Say that a leased item is done with: it does not come back. This does not imply
 *  hf_queue_task_done(), which is for hf_queue_join().
 *
 *  delivery  hf_delivery.id
 *  Returns   HF_OK; HF_NOT_HELD (this session does not have it, or not any more: another may have
 *            the item)
 */
HF_API HF_MUST_USE hf_status hf_queue_acknowledge(hf_queue queue, uint64_t delivery);

/** Give a leased item back: it returns to its old place, or is set aside at once.
 *
 *  delay_ms  it returns that much later, for another try; 0: at once. An item that has had its
 *            `max_deliveries` is set aside at once, whatever the delay
 *  Returns   HF_OK; HF_NOT_HELD (as hf_queue_acknowledge())
 */
HF_API HF_MUST_USE hf_status hf_queue_return(hf_queue queue, uint64_t delivery, uint64_t delay_ms);

/** Let a lease end `lease_ms` from now.
 *
 *  lease_ms  negative: with the session; 0 is HF_INVALID
 *  Returns   HF_OK; HF_NOT_HELD (as hf_queue_acknowledge())
 */
HF_API HF_MUST_USE hf_status hf_queue_extend(hf_queue queue, uint64_t delivery, int64_t lease_ms);

/** End a delivery, whoever has it: the item returns to its old place, or is set aside. See
 *  hf_object_break(); hf_object_describe() tells the deliveries as fences. */
HF_API HF_MUST_USE hf_status hf_queue_break(hf_queue queue, uint64_t delivery);

/** Make the calling thread's following calls on this client conditional, as hf_guard() does: after
 *  this delivery is over, they are refused with HF_STALE_FENCE and change nothing. So a worker
 *  whose lease has run out does no harm. It replaces the thread's guard, which is not the party's.
 *
 *  delivery  hf_delivery.id; 0: the following calls have no condition
 *  Returns   HF_OK; HF_INVALID (a handle that was never opened), HF_NO_MEMORY: the guard is as
 *            before
 *  Cost      no round trip
 */
HF_API hf_status hf_queue_guard(hf_queue queue, uint64_t delivery);

/** Get the next item, which stays the next one.
 *
 *  item     out; hf_any_clear()
 *  Returns  HF_OK; HF_TIMEOUT (none can be taken now); HF_CLOSED (as hf_queue_get_any())
 */
HF_API HF_MUST_USE hf_status hf_queue_peek(hf_queue queue, hf_any *item);

/** Get one page of the items in this state; they stay. Ready items come in the order of the queue,
 *  delayed ones in that of their puts and returns, leased ones in that of their leases. An item
 *  that is in the state all the time is in exactly one page; one that gets into it meanwhile is
 *  missed if its place is before the cursor.
 *  The ready items of a queue of priorities are in order within each page only. If others are put
 *  or taken between two pages, an item may be missed or be in both.
 *
 *  limit    how many items at most: 1 to 1,000; 0: 1,000
 *  cursor   in and out, not NULL: 0 before the first page, and 0 again after the last
 *  entries  out; hf_queue_entries_clear()
 *  Returns  HF_OK; HF_INVALID (no cursor, no such state); HF_NO_OBJECT (also if the manager was
 *           restarted since the page before: begin again with 0)
 */
HF_API HF_MUST_USE hf_status hf_queue_list(hf_queue queue, hf_queue_item_state state,
                                           uint32_t limit, uint64_t *cursor,
                                           hf_queue_entries *entries);

/** Count the items.
 *
 *  statistics  out, not NULL
 */
HF_API HF_MUST_USE hf_status hf_queue_state(hf_queue queue, hf_queue_statistics *statistics);

/** Get one page of the items set aside, in the order of their ids; they stay. An item that is set
 *  aside all the time is in exactly one page; one that is set aside meanwhile is missed if its id
 *  is before the cursor.
 *
 *  limit    how many items at most: 1 to 1,000; 0: 1,000
 *  cursor   in and out, not NULL: 0 before the first page, and 0 again after the last
 *  entries  out; hf_queue_entries_clear()
 *  Returns  HF_OK; HF_INVALID (no cursor); HF_NO_OBJECT (also if the manager was restarted since
 *           the page before: begin again with 0)
 */
HF_API HF_MUST_USE hf_status hf_queue_set_aside_list(hf_queue queue, uint32_t limit,
                                                     uint64_t *cursor, hf_queue_entries *entries);

/** Release a page and make it an empty one. NULL is accepted. */
HF_API void hf_queue_entries_clear(hf_queue_entries *entries);

/** Put items set aside back in their old places, as if they had never been delivered; or drop them
 *  for good: then they count as dealt with. The queue may have more than its bounds then.
 *
 *  ids      of the items, at most 10,000; an id that no item set aside has is passed over. NULL:
 *           all of them, 10,000 with each call
 *  len      how many ids; with ids and none of them, nothing happens
 *  count    out: how many items
 *  Returns  HF_OK; HF_INVALID (too many ids)
 */
HF_API HF_MUST_USE hf_status hf_queue_set_aside_return(hf_queue queue, const uint64_t *ids,
                                                       size_t len, uint64_t *count);
HF_API HF_MUST_USE hf_status hf_queue_set_aside_drop(hf_queue queue, const uint64_t *ids,
                                                     size_t len, uint64_t *count);

/** The name of a reason, as "RETURNED"; "UNKNOWN" for any other number. Static memory. */
HF_API const char *hf_queue_reason_name(hf_queue_reason reason);

/** Get how many items can be taken (not delayed or leased ones); tell whether there are none, and
 *  whether a bound is reached. Others may change that before the caller sees it. */
HF_API HF_MUST_USE hf_status hf_queue_size(hf_queue queue, uint64_t *size);
HF_API HF_MUST_USE hf_status hf_queue_empty(hf_queue queue, bool *empty);
HF_API HF_MUST_USE hf_status hf_queue_full(hf_queue queue, bool *full);

/** Say that `count` items that were taken are dealt with.
 *
 *  Returns  HF_OK; HF_VALUE_ERROR (more than were put; unchanged)
 *  Source   JoinableQueue.task_done
 */
HF_API HF_MUST_USE hf_status hf_queue_task_done(hf_queue queue, uint64_t count);

/** Wait until every item that was put has been dealt with.
 *
 *  Returns  HF_OK; HF_TIMEOUT; HF_DELETED
 *  Source   JoinableQueue.join
 */
HF_API HF_MUST_USE hf_status hf_queue_join(hf_queue queue, int64_t timeout_ms);

/** Accept no more puts: waiting ones get HF_CLOSED. Gets go on until no item is left, delayed or
 *  leased.
 *
 *  abort    also drop all ready and delayed items, and each item leased at this time when it comes
 *           back, even if the queue has been reopened by then; all of these count as dealt with.
 *           Items set aside stay
 *  Returns  HF_OK, also if it was closed before
 */
HF_API HF_MUST_USE hf_status hf_queue_close(hf_queue queue, bool abort);

/** Accept puts again. Items that an abort has dropped, or will
 *  drop when they come back, stay dropped.
 *
 *  Returns  HF_OK, also if it was not closed
 */
HF_API HF_MUST_USE hf_status hf_queue_reopen(hf_queue queue);

/** Say that this session (this thread) puts items, until it has unregistered as often as it has
 *  registered, or ends.
 *
 *  Returns  HF_OK; to register HF_CLOSED; to unregister HF_NOT_HELD (it is not registered)
 */
HF_API HF_MUST_USE hf_status hf_queue_register_producer(hf_queue queue);
HF_API HF_MUST_USE hf_status hf_queue_unregister_producer(hf_queue queue);

HF_API hf_any hf_queue_ref(hf_queue queue);
HF_API HF_MUST_USE hf_status hf_queue_from_ref(hf_client *client, hf_any ref, hf_queue *queue);

HF_END_DECLS
#endif
