/* SPDX-License-Identifier: MIT
 *
 * Queues: one function for each operation, see <holdfast/queue.h>.
 */
#include "call.h"

#include <holdfast/lock.h>
#include <holdfast/queue.h>

/* ---- open ---- */

hf_status hf_queue_open(hf_client *client, const char *name, const hf_queue_options *options,
                        hf_queue *queue) {
    struct call call;
    const hf_queue_options given = options ? *options : (hf_queue_options){0};
    Hf__QueueOpen *op =
        call_begin_open(&call, client, HF__REQUEST__OP_QUEUE_OPEN, name, given.mode);
    call_check(&call, reserved_check(&given));
    op->has_max_items = given.max_items != 0;
    op->max_items = given.max_items;
    op->has_order = given.order != HF_QUEUE_FIFO;
    op->order = (Hf__QueueOrder)given.order;
    op->has_max_bytes = given.max_bytes != 0;
    op->max_bytes = given.max_bytes;
    op->has_max_deliveries = given.max_deliveries != 0;
    op->max_deliveries = given.max_deliveries;
    op->has_auto_close = given.auto_close;
    op->auto_close = given.auto_close;
    return call_finish(&call, HF__REQUEST__OP_QUEUE_OPEN, &op->base,
                       sink_handle(&queue->client, &queue->id));
}

CALL_REFERENCES(queue) /* hf_queue_ref(), hf_queue_from_ref() */

/* ---- put ---- */

hf_status hf_queue_put_with(hf_queue queue, hf_any item, const hf_queue_put_options *options,
                            int64_t timeout_ms) {
    struct call call;
    Hf__Any wire;
    Hf__QueuePut op = HF__QUEUE_PUT__INIT;
    call_begin(&call, queue.client, queue.id);
    call_timeout(&call, timeout_ms);
    op.value = call_any(&call, item, &wire);
    if (options) {
        call_check(&call, reserved_check(options));
        op.has_priority = options->priority != 0;
        op.priority = options->priority;
        op.has_delay_ms = options->delay_ms != 0;
        op.delay_ms = options->delay_ms;
    }
    return call_finish(&call, HF__REQUEST__OP_QUEUE_PUT, &op.base, sink_nothing());
}

hf_status hf_queue_put_many(hf_queue queue, const hf_any *items, size_t len,
                            const hf_queue_put_options *options, int64_t timeout_ms) {
    struct call call;
    Hf__QueuePutMany op = HF__QUEUE_PUT_MANY__INIT;
    call_begin(&call, queue.client, queue.id);
    call_timeout(&call, timeout_ms);
    op.n_values = call_array(&call, items, len, &op.values);
    if (options) {
        call_check(&call, reserved_check(options));
        op.has_priority = options->priority != 0;
        op.priority = options->priority;
        op.has_delay_ms = options->delay_ms != 0;
        op.delay_ms = options->delay_ms;
    }
    return call_finish(&call, HF__REQUEST__OP_QUEUE_PUT_MANY, &op.base, sink_nothing());
}

hf_status hf_queue_put_any(hf_queue queue, hf_any item, int64_t timeout_ms) {
    return hf_queue_put_with(queue, item, NULL, timeout_ms);
}

hf_status hf_queue_put_int(hf_queue queue, int64_t item, int64_t timeout_ms) {
    return hf_queue_put_any(queue, hf_any_int(item), timeout_ms);
}

hf_status hf_queue_put_string(hf_queue queue, const char *item, int64_t timeout_ms) {
    return hf_queue_put_any(queue, hf_any_string(item), timeout_ms);
}

hf_status hf_queue_put_bytes(hf_queue queue, const void *item, size_t len, int64_t timeout_ms) {
    return hf_queue_put_any(queue, hf_any_bytes(item, len), timeout_ms);
}

/* ---- get ---- */

static hf_status queue_get(hf_queue queue, int64_t timeout_ms, struct sink sink) {
    return call_plain_timed(HF_OBJECT(queue), timeout_ms, HF__REQUEST__OP_QUEUE_GET,
                            sink_before(sink));
}

hf_status hf_queue_get_int(hf_queue queue, int64_t timeout_ms, int64_t *item) {
    return queue_get(queue, timeout_ms, sink_int(item));
}

hf_status hf_queue_get_string(hf_queue queue, int64_t timeout_ms, char **item) {
    return queue_get(queue, timeout_ms, sink_string(item));
}

hf_status hf_queue_get_bytes(hf_queue queue, int64_t timeout_ms, void **item, size_t *len) {
    return queue_get(queue, timeout_ms, sink_bytes(item, len));
}

hf_status hf_queue_get_any(hf_queue queue, int64_t timeout_ms, hf_any *item) {
    return queue_get(queue, timeout_ms, sink_any(item));
}

hf_status hf_queue_get_many(hf_queue queue, uint64_t max, int64_t timeout_ms, hf_any_array *items) {
    return call_with_number(HF_OBJECT(queue), timeout_ms, HF__REQUEST__OP_QUEUE_GET_MANY, max,
                            sink_values(items));
}

/* ---- leases ---- */

hf_status hf_queue_get_leased(hf_queue queue, int64_t lease_ms, int64_t timeout_ms,
                              hf_delivery *delivery) {
    return call_with_number(HF_OBJECT(queue), timeout_ms, HF__REQUEST__OP_QUEUE_GET,
                            (uint64_t)lease_ms, sink_delivery(delivery));
}

hf_status hf_queue_acknowledge(hf_queue queue, uint64_t delivery) {
    return call_with_number(HF_OBJECT(queue), 0, HF__REQUEST__OP_QUEUE_ACKNOWLEDGE, delivery,
                            sink_nothing());
}

hf_status hf_queue_return(hf_queue queue, uint64_t delivery, uint64_t delay_ms) {
    struct call call;
    Hf__QueueReturn op = HF__QUEUE_RETURN__INIT;
    call_begin(&call, queue.client, queue.id);
    op.delivery = delivery;
    op.has_delay_ms = delay_ms != 0;
    op.delay_ms = delay_ms;
    return call_finish(&call, HF__REQUEST__OP_QUEUE_RETURN, &op.base, sink_nothing());
}

hf_status hf_queue_extend(hf_queue queue, uint64_t delivery, int64_t lease_ms) {
    struct call call;
    Hf__QueueExtend op = HF__QUEUE_EXTEND__INIT;
    call_begin(&call, queue.client, queue.id);
    op.delivery = delivery;
    op.lease_ms = lease_ms;
    return call_finish(&call, HF__REQUEST__OP_QUEUE_EXTEND, &op.base, sink_nothing());
}

hf_status hf_queue_guard(hf_queue queue, uint64_t delivery) {
    return hf_guard((hf_lock){queue.client, queue.id},
                    delivery); /* a grant of any object can be a guard */
}

/* ---- the rest ---- */

hf_status hf_queue_size(hf_queue queue, uint64_t *size) {
    return call_plain(HF_OBJECT(queue), HF__REQUEST__OP_QUEUE_SIZE, sink_count(size));
}

hf_status hf_queue_empty(hf_queue queue, bool *empty) {
    return call_plain(HF_OBJECT(queue), HF__REQUEST__OP_QUEUE_EMPTY, sink_truth(empty));
}

hf_status hf_queue_full(hf_queue queue, bool *full) {
    return call_plain(HF_OBJECT(queue), HF__REQUEST__OP_QUEUE_FULL, sink_truth(full));
}

hf_status hf_queue_task_done(hf_queue queue, uint64_t count) {
    return call_with_number(HF_OBJECT(queue), 0, HF__REQUEST__OP_QUEUE_TASK_DONE, count,
                            sink_nothing());
}

hf_status hf_queue_join(hf_queue queue, int64_t timeout_ms) {
    return call_plain_timed(HF_OBJECT(queue), timeout_ms, HF__REQUEST__OP_QUEUE_JOIN,
                            sink_nothing());
}

hf_status hf_queue_close(hf_queue queue, bool abort) {
    return call_with_number(HF_OBJECT(queue), 0, HF__REQUEST__OP_QUEUE_CLOSE, abort,
                            sink_nothing());
}

hf_status hf_queue_reopen(hf_queue queue) {
    return call_plain(HF_OBJECT(queue), HF__REQUEST__OP_QUEUE_REOPEN, sink_nothing());
}

hf_status hf_queue_register_producer(hf_queue queue) {
    return call_plain(HF_OBJECT(queue), HF__REQUEST__OP_QUEUE_REGISTER_PRODUCER, sink_nothing());
}

hf_status hf_queue_unregister_producer(hf_queue queue) {
    return call_plain(HF_OBJECT(queue), HF__REQUEST__OP_QUEUE_UNREGISTER_PRODUCER, sink_nothing());
}

hf_status hf_queue_break(hf_queue queue, uint64_t delivery) {
    return hf_object_break(HF_OBJECT(queue), delivery);
}
