/* SPDX-License-Identifier: MIT
 *
 * Queues: queue.Queue, LifoQueue, PriorityQueue and multiprocessing.JoinableQueue, with an end.
 * Those who wait are served first come, first served, whatever the order of the items. A consumer
 * that dies while it waits takes nothing with it.
 *
 * A producer that is done calls hf_queue_close(): consumers take what is left and are then told
 * HF_CLOSED, however many they are; no end mark per consumer. With several producers, let each
 * register and the queue close by itself when the last has gone, dead or alive (auto_close).
 *
 * A plain get takes: who dies afterwards takes the item to the grave. hf_queue_get_leased() takes
 * on loan: the item returns to its old place if its taker dies, gives it back or lets the lease run
 * out before hf_queue_acknowledge(). One that was delivered max_deliveries times in vain is set
 * aside.
 */
#ifndef HOLDFAST_QUEUE_H
#define HOLDFAST_QUEUE_H

#include <holdfast/object.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hf_queue_order {
    HF_QUEUE_FIFO = 0, /**< the oldest item first (queue.Queue) */
    HF_QUEUE_LIFO,     /**< the newest first (queue.LifoQueue) */
    HF_QUEUE_PRIORITY  /**< the lowest priority first, the oldest of equal ones (PriorityQueue) */
} hf_queue_order;

/** The bounds are about all items but those set aside: also delayed and leased ones. */
typedef struct hf_queue_options {
    hf_mode mode;
    uint64_t max_items; /**< 0: no bound but the manager's own */
    hf_queue_order order;
    uint64_t max_bytes;      /**< of the items as they lie on the wire; 0: no bound */
    uint32_t max_deliveries; /**< 0: items are never set aside */
    bool auto_close;         /**< close when the last registered producer has gone */
} hf_queue_options;

typedef struct hf_queue_put_options {
    int64_t priority;  /**< only where the order is HF_QUEUE_PRIORITY */
    uint64_t delay_ms; /**< it arrives that much later; until then nobody can take it */
} hf_queue_put_options;

/** An item on loan. */
typedef struct hf_delivery {
    hf_any item;    /**< hf_any_clear() it */
    uint64_t id;    /**< for acknowledge, return and extend; a fence as well: hf_queue_guard() */
    uint32_t count; /**< how often the item has been delivered, this time included */
} hf_delivery;

/** Open the queue with this name, or create it.
 *
 *  name     NULL: an unnamed queue
 *  options  NULL: unbounded, first in, first out
 *  Returns  HF_OK, HF_WRONG_TYPE (another type or options), by mode HF_EXISTS or HF_NO_OBJECT
 */
HF_API HF_MUST_USE hf_status hf_queue_open(hf_client *client, const char *name,
                                           const hf_queue_options *options, hf_queue *queue);

/** Put an item at the end, waiting while the queue is full.
 *
 *  Returns  HF_OK; HF_TIMEOUT (nothing put); HF_CLOSED; HF_TOO_BIG (larger than max_bytes)
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
 *  options  NULL: as hf_queue_put_any()
 *  Returns  as that; HF_INVALID (a priority in a queue of another order)
 *  Cost     O(log n) in the manager with priorities, else O(1)
 *  Source   PriorityQueue.put((priority, item)), but equal priorities keep the order of arrival
 */
HF_API HF_MUST_USE hf_status hf_queue_put_with(hf_queue queue, hf_any item,
                                               const hf_queue_put_options *options,
                                               int64_t timeout_ms);

/** Put many items, one behind the other, as one step: all or none. Waits until there is room for
 * all.
 *
 *  options  for each of them; NULL: none
 *  Returns  as hf_queue_put_with(); HF_TOO_BIG (more than the queue ever holds)
 */
HF_API HF_MUST_USE hf_status hf_queue_put_many(hf_queue queue, const hf_any *items, size_t len,
                                               const hf_queue_put_options *options,
                                               int64_t timeout_ms);

/** Take the next item, waiting until there is one.
 *
 *  item     out; strings and bytes: free() them; hf_any: hf_any_clear()
 *
 *  Returns  HF_OK; HF_TIMEOUT (nothing taken); HF_CLOSED (closed and empty); HF_TYPE_ERROR (the
 * item is of another kind: it has been taken and is lost, so use hf_queue_get_any where kinds vary)
 *  Order    first come, first served; O(1) in the manager
 *  Source   queue.Queue.get(block, timeout)
 */
HF_API HF_MUST_USE hf_status hf_queue_get_int(hf_queue queue, int64_t timeout_ms, int64_t *item);
HF_API HF_MUST_USE hf_status hf_queue_get_string(hf_queue queue, int64_t timeout_ms, char **item);
HF_API HF_MUST_USE hf_status hf_queue_get_bytes(hf_queue queue, int64_t timeout_ms, void **item,
                                                size_t *len);
HF_API HF_MUST_USE hf_status hf_queue_get_any(hf_queue queue, int64_t timeout_ms, hf_any *item);

/** Take all that is there, up to `max` items, in the order of the queue; waits until there is one.
 *
 *  max      at least 1; one call takes at most 10,000
 *  items    out; hf_any_array_clear()
 *  Returns  as hf_queue_get_any(); HF_INVALID (max is 0)
 */
HF_API HF_MUST_USE hf_status hf_queue_get_many(hf_queue queue, uint64_t max, int64_t timeout_ms,
                                               hf_any_array *items);

/** Take the next item on loan. It is the session's (the thread's) until hf_queue_acknowledge().
 *
 *  lease_ms  how long; negative: as long as the session lasts; 0 is HF_INVALID
 *  Returns   as hf_queue_get_any()
 */
HF_API HF_MUST_USE hf_status hf_queue_get_leased(hf_queue queue, int64_t lease_ms,
                                                 int64_t timeout_ms, hf_delivery *delivery);

/** The item is done with and does not come back. hf_queue_task_done() is another matter: it is for
 *  those who join, and is called as well where there are any.
 *
 *  delivery  its id
 *  Returns   HF_OK; HF_NOT_HELD (not this session's, or not any more: the item may be with another)
 */
HF_API HF_MUST_USE hf_status hf_queue_acknowledge(hf_queue queue, uint64_t delivery);

/** Give the item back: it returns to its old place, or is set aside. Returns HF_OK, HF_NOT_HELD. */
HF_API HF_MUST_USE hf_status hf_queue_return(hf_queue queue, uint64_t delivery);

/** Let the lease end `lease_ms` from now. Returns HF_OK, HF_NOT_HELD. */
HF_API HF_MUST_USE hf_status hf_queue_extend(hf_queue queue, uint64_t delivery, int64_t lease_ms);

/** As hf_guard(): make the calling thread's following calls on this client conditional. They are
 *  refused with HF_STALE_FENCE, unchanged, once this delivery is over, so that a worker that has
 *  overslept its lease does no harm. 0 ends it.
 *
 *  Returns  HF_OK, HF_NO_MEMORY (nothing is guarded)
 */
HF_API hf_status hf_queue_guard(hf_queue queue, uint64_t delivery);

/** Look at the items set aside, in the order in which they were.
 *
 *  limit    at most so many; 0: all
 *  items    out; hf_any_array_clear()
 *  Returns  HF_OK; HF_TOO_BIG (they do not fit a reply)
 */
HF_API HF_MUST_USE hf_status hf_queue_set_aside_list(hf_queue queue, uint64_t limit,
                                                     hf_any_array *items);

/** Put all that is set aside back in its old place, as if it had never been delivered. The bounds
 *  are not asked.
 *
 *  count    out; how many; NULL: not wanted
 */
HF_API HF_MUST_USE hf_status hf_queue_set_aside_return(hf_queue queue, uint64_t *count);

/** How many items can be taken. True when it was asked; with other users about, perhaps no longer.
 */
HF_API HF_MUST_USE hf_status hf_queue_size(hf_queue queue, uint64_t *size);
HF_API HF_MUST_USE hf_status hf_queue_empty(hf_queue queue, bool *empty);
HF_API HF_MUST_USE hf_status hf_queue_full(hf_queue queue, bool *full);

/** Say that `count` items that were taken are dealt with.
 *
 *  Returns  HF_OK; HF_VALUE_ERROR (more often than items were put; unchanged)
 *  Source   JoinableQueue.task_done
 */
HF_API HF_MUST_USE hf_status hf_queue_task_done(hf_queue queue, uint64_t count);

/** Wait until every item that was put has been dealt with. Returns HF_OK, HF_TIMEOUT. */
HF_API HF_MUST_USE hf_status hf_queue_join(hf_queue queue, int64_t timeout_ms);

/** No more puts: those that wait are refused with HF_CLOSED. Gets go on until the queue is empty
 * and nothing is delayed or leased.
 *
 *  abort    also throw away what is in it, and what is leased if it comes back (those items count
 *           as dealt with)
 *  Returns  HF_OK, also when it was closed before
 */
HF_API HF_MUST_USE hf_status hf_queue_close(hf_queue queue, bool abort);

/** Let puts go on. Returns HF_OK, also when it was not closed. */
HF_API HF_MUST_USE hf_status hf_queue_reopen(hf_queue queue);

/** Say that this session (this thread) puts items, until it unregisters or ends. Counted:
 * unregister as often.
 *
 *  Returns  HF_OK; HF_CLOSED (register); HF_NOT_HELD (unregister: it is not registered)
 */
HF_API HF_MUST_USE hf_status hf_queue_register_producer(hf_queue queue);
HF_API HF_MUST_USE hf_status hf_queue_unregister_producer(hf_queue queue);

HF_API hf_any hf_queue_ref(hf_queue queue);
HF_API HF_MUST_USE hf_status hf_queue_from_ref(hf_client *client, hf_any ref, hf_queue *queue);

#ifdef __cplusplus
}
#endif
#endif
