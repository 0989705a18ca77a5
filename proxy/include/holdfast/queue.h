/* SPDX-License-Identifier: MIT
 *
 * Queues: queue.Queue and multiprocessing.JoinableQueue, with an end. First in, first out, for
 * items as for those who wait. A consumer that dies while it waits takes nothing with it.
 *
 * A producer that is done calls hf_queue_close(): consumers take what is left and are then told
 * HF_CLOSED, however many they are; no end mark per consumer.
 */
#ifndef HOLDFAST_QUEUE_H
#define HOLDFAST_QUEUE_H

#include <holdfast/object.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_queue_options {
    hf_mode mode;
    uint64_t max_items; /**< 0: no bound but the manager's own */
} hf_queue_options;

/** Open the queue with this name, or create it.
 *
 *  name     NULL: an unnamed queue
 *  options  NULL: unbounded
 *  Returns  HF_OK, HF_WRONG_TYPE (another type or bound), by mode HF_EXISTS or HF_NO_OBJECT
 */
HF_API HF_MUST_USE hf_status hf_queue_open(hf_client *client, const char *name,
                                           const hf_queue_options *options, hf_queue *queue);

/** Put an item at the end, waiting while the queue is full.
 *
 *  Returns  HF_OK; HF_TIMEOUT (nothing put); HF_CLOSED
 *  Source   queue.Queue.put(item, block, timeout)
 */
HF_API HF_MUST_USE hf_status hf_queue_put_int(hf_queue queue, int64_t item, int64_t timeout_ms);
HF_API HF_MUST_USE hf_status hf_queue_put_string(hf_queue queue, const char *item,
                                                 int64_t timeout_ms);
HF_API HF_MUST_USE hf_status hf_queue_put_bytes(hf_queue queue, const void *item, size_t len,
                                                int64_t timeout_ms);
HF_API HF_MUST_USE hf_status hf_queue_put_any(hf_queue queue, hf_any item, int64_t timeout_ms);

/** Take the oldest item, waiting until there is one.
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

/** How many items are in it. True when it was asked; with other users about, perhaps no longer. */
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

/** No more puts: those that wait are refused with HF_CLOSED. Gets go on until the queue is empty.
 *
 *  abort    also throw away what is in it (those items count as dealt with)
 *  Returns  HF_OK, also when it was closed before
 */
HF_API HF_MUST_USE hf_status hf_queue_close(hf_queue queue, bool abort);

HF_API hf_any hf_queue_ref(hf_queue queue);
HF_API HF_MUST_USE hf_status hf_queue_from_ref(hf_client *client, hf_any ref, hf_queue *queue);

#ifdef __cplusplus
}
#endif
#endif
