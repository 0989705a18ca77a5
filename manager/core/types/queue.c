/* SPDX-License-Identifier: MIT
 *
 * queue: queue.Queue, LifoQueue, PriorityQueue and multiprocessing.JoinableQueue, with an end,
 * delays and leases. Put, get and join each have a lane. queue_items.c moves the items,
 * queue_list.c shows them; here are the bounds, the end, requests and replies.
 *
 * A session holds a queue once for each item that it has leased, and once if it is a producer.
 */
#include "queue.h"

#include "bulk.h"
#include "mem.h"
#include "options.h"
#include "registry.h"
#include "undo.h"
#include "wire_limits.h"

#include <assert.h>

enum { LANE_PUT, LANE_GET, LANE_JOIN };

struct producer {
    struct hold hold;
    struct link in_queue;
};

/* ---- open, describe ---- */

static hf_status queue_open(struct call *call) {
    const Hf__QueueOpen *in = call->request->queue_open;
    hf_status status = call_check_enum(call, &hf__queue_order__descriptor, (int)in->order, "order");
    return status == HF_OK ? object_open(call, &type_queue, in->name, in->mode) : status;
}

static enum ring_order queue_order_of(Hf__QueueOrder order) {
    return order == HF__QUEUE_ORDER__LIFO       ? RING_NEWEST
           : order == HF__QUEUE_ORDER__PRIORITY ? RING_RANKED
                                                : RING_OLDEST;
}

static hf_status queue_init(struct object *object, struct call *call) {
    struct queue *queue = (struct queue *)object;
    const Hf__QueueOpen *in = call->request->queue_open;
    items_init(&queue->items, object, queue_order_of(in->order), in->max_deliveries);
    link_init(&queue->producers);
    queue->max_items = in->max_items;
    queue->max_bytes = in->max_bytes;
    queue->order = in->order;
    queue->auto_close = in->auto_close;
    return HF_OK;
}

static void queue_options(const struct object *object, void *open) {
    const struct queue *queue = (const struct queue *)object;
    Hf__QueueOpen *out = open;
    OPTION(out, max_items, queue->max_items);
    OPTION(out, order, queue->order);
    OPTION(out, max_bytes, queue->max_bytes);
    OPTION(out, max_deliveries, queue->items.max_deliveries);
    OPTION(out, auto_close, queue->auto_close);
}

static bool queue_drain_some(struct object *object) {
    struct queue_items *items = &((struct queue *)object)->items;
    return items_drop_aborted(items, DRAIN_PART) ||
           (object->deleted && items_drop_leases(items, DRAIN_PART));
}

static void queue_abort(struct queue *queue) {
    items_abort(&queue->items);
    drain_begin(&queue->drain, &queue->object, queue_drain_some);
}

static void queue_deleted(struct object *object) {
    struct queue *queue = (struct queue *)object;
    items_abort_delayed(&queue->items);
    drain_begin(&queue->drain, object, queue_drain_some);
}

/* The registry has ended the holds. */
static void queue_fini(struct object *object) {
    struct queue *queue = (struct queue *)object;
    struct link *link = NULL;
    while ((link = link_first(&queue->producers)) != NULL) {
        link_remove(link);
        mem_free(LINK_OWNER(link, struct producer, in_queue));
    }
    items_fini(&queue->items);
}

static void queue_add_count(struct text *options, uint64_t count, const char *what) {
    if (count > 0) {
        text_add(options, ", %llu %s", (unsigned long long)count, what);
    }
}

static uint64_t queue_describe(const struct object *object, struct text *options) {
    static const char *const orders[] = {"", ", last in, first out", ", lowest priority first"};
    const struct queue *queue = (const struct queue *)object;
    const struct queue_items *items = &queue->items;
    if (queue->max_items) {
        text_add(options, "at most %llu items", (unsigned long long)queue->max_items);
    }
    if (queue->max_bytes) {
        text_add(options, "%sat most %llu bytes", options->len > 0 ? ", " : "",
                 (unsigned long long)queue->max_bytes);
    }
    if (options->len == 0) {
        text_add(options, "unbounded");
    }
    text_add(options, "%s", orders[items->ready.order]);
    if (items->max_deliveries) {
        text_add(options, ", set aside after %u deliveries", items->max_deliveries);
    }
    text_add(options, "%s%s", queue->auto_close ? ", auto_close" : "",
             queue->closed ? ", closed" : "");
    queue_add_count(options, items->delayed_count, "delayed");
    queue_add_count(options, table_len(&items->leases), "leased");
    queue_add_count(options, items->aside.len, "set aside");
    return items_ready(items);
}

/* ---- put ---- */

struct input {
    Hf__Any *const *values;
    size_t count;
    int64_t priority;
    uint64_t delay_ms;
    uint64_t bytes; /* on the wire; 0 if the queue has no bound of bytes */
};

static bool queue_is_full(const struct queue *queue) {
    return (queue->max_items && items_len(&queue->items) >= queue->max_items) ||
           (queue->max_bytes && queue->items.bytes >= queue->max_bytes);
}

/* Refuse what can never be put. */
static hf_status queue_check_input(struct call *call, const struct input *input) {
    const struct queue *queue = queue_of(call);
    if (input->priority != 0 && queue->items.ready.order != RING_RANKED) {
        return call_refuse(call, HF_INVALID, "the queue has no priorities");
    }
    if (queue->closed) {
        return HF_CLOSED;
    }
    if (queue->max_items && input->count > queue->max_items) {
        return call_refuse(call, HF_TOO_BIG, "the queue never holds more than %llu items",
                           (unsigned long long)queue->max_items);
    }
    if (queue->max_bytes && input->bytes > queue->max_bytes) {
        return call_refuse(call, HF_TOO_BIG, "the queue never holds more than %llu bytes",
                           (unsigned long long)queue->max_bytes);
    }
    return HF_OK;
}

static bool queue_has_room(const struct queue *queue, const struct input *input) {
    return (!queue->max_items || items_len(&queue->items) + input->count <= queue->max_items) &&
           (!queue->max_bytes || queue->items.bytes + input->bytes <= queue->max_bytes);
}

static uint32_t queue_measure(const struct queue *queue, const Hf__Any *value) {
    return queue->max_bytes ? (uint32_t)hf__any__get_packed_size(value) : 0;
}

static void queue_drop_items(struct call *call, struct item *added, size_t count) {
    for (size_t i = 0; i < count; i++) {
        any_drop(call->registry, &added[i].any);
    }
}

static void queue_decide_put(struct undo_note *note, bool back) {
    struct queue_items *items = &((struct queue *)note->object)->items;
    if (back && note->count > 0) {
        items_take_back(items, note->count, note->number);
    } else if (back) {
        items_take_back_delayed(items);
    }
}

static void queue_note_put(const struct call *call, const struct input *input) {
    struct undo_note *note = undo_note(call, queue_decide_put);
    if (note) {
        note->count = input->delay_ms ? 0 : input->count;
        note->number = call->registry->item;
    }
}

static hf_status queue_store(struct call *call, const struct input *input) {
    struct queue *queue = queue_of(call);
    struct item *added = arena_zeroed(call->arena, input->count, sizeof *added);
    hf_status status = added ? HF_OK : HF_NO_MEMORY;
    size_t kept = 0;
    while (kept < input->count && status == HF_OK) {
        added[kept].key.rank = input->priority;
        status = call_keep(call, input->values[kept], &added[kept].any);
        added[kept].len = queue_measure(queue, input->values[kept]);
        kept += status == HF_OK;
    }
    int64_t due_ms = input->delay_ms ? registry_due_ms(call->registry, input->delay_ms) : 0;
    if (status == HF_OK && !items_put(&queue->items, added, input->count, due_ms)) {
        status = HF_NO_MEMORY;
    }
    if (status != HF_OK) {
        queue_drop_items(call, added, kept);
        return status;
    }
    queue_note_put(call, input);
    return HF_OK;
}

static hf_status queue_put_input(struct call *call, struct input *input) {
    struct queue *queue = queue_of(call);
    for (size_t i = 0; i < input->count; i++) {
        input->bytes += queue_measure(queue, input->values[i]);
    }
    hf_status status = queue_check_input(call, input);
    if (status == HF_OK && !call_is_next(call, call->object, LANE_PUT)) {
        status = HF_WAIT;
    }
    if (status != HF_OK || input->count == 0) {
        return status;
    }
    if (!queue_has_room(queue, input)) {
        return HF_WAIT;
    }
    status = bulk_check_items(call, items_total(&queue->items) + input->count);
    return status == HF_OK ? queue_store(call, input) : status;
}

static hf_status queue_put(struct call *call) {
    const Hf__QueuePut *in = call->request->queue_put;
    struct input input = {&in->value, 1, in->priority, in->delay_ms, 0};
    return queue_put_input(call, &input);
}

static hf_status queue_put_many(struct call *call) {
    const Hf__QueuePutMany *in = call->request->queue_put_many;
    struct input input = {in->values, in->n_values, in->priority, in->delay_ms, 0};
    return queue_put_input(call, &input);
}

/* ---- get ---- */

/* Whether there is an item to take, and it is the call's turn. */
static hf_status queue_check_output(struct call *call) {
    const struct queue *queue = queue_of(call);
    if (!call_is_next(call, call->object, LANE_GET)) {
        return HF_WAIT;
    }
    if (items_ready(&queue->items) > 0) {
        return HF_OK;
    }
    return queue->closed && items_exhausted(&queue->items) ? HF_CLOSED : HF_WAIT;
}

/* The time when a lease ends; -1: with the session. */
static hf_status queue_check_lease(struct call *call, int64_t lease_ms, int64_t *due_ms) {
    *due_ms = lease_ms < 0 ? -1 : registry_due_ms(call->registry, (uint64_t)lease_ms);
    return lease_ms != 0 ? HF_OK : call_refuse(call, HF_INVALID, "a lease lasts at least 1 ms");
}

static hf_status queue_get_leased(struct call *call) {
    struct queue *queue = queue_of(call);
    int64_t due_ms = 0;
    hf_status status = queue_check_lease(call, call->request->queue_get->lease_ms, &due_ms);
    if (status == HF_OK) {
        status = queue_check_output(call);
    }
    if (status == HF_OK) {
        status = call_expect(call, &items_first(&queue->items)->any);
    }
    if (status != HF_OK) {
        return status;
    }
    Hf__Delivery *delivery = call_message(call, &hf__delivery__descriptor);
    Hf__Any *value = delivery ? call_wire(call, &items_first(&queue->items)->any) : NULL;
    if (!value) {
        return HF_NO_MEMORY;
    }
    delivery->value = value;
    delivery->has_item = true;
    delivery->item = items_first(&queue->items)->key.serial;
    status = call_answer_message(call, HF__REPLY__RESULT_DELIVERY, delivery);
    if (status != HF_OK) {
        return status;
    }
    const struct lease *lease = items_lease(&queue->items, call->owner, due_ms);
    if (!lease) {
        return HF_NO_MEMORY;
    }
    delivery->id = lease->hold.fence;
    delivery->count = lease->item.deliveries;
    return HF_OK;
}

static hf_status queue_get(struct call *call) {
    struct queue *queue = queue_of(call);
    if (call->request->queue_get->has_lease_ms) {
        return queue_get_leased(call);
    }
    hf_status status = queue_check_output(call);
    if (status != HF_OK) {
        return status;
    }
    struct any *answered = call_release_after_reply(call);
    status = answered ? call_answer(call, &items_first(&queue->items)->any) : HF_NO_MEMORY;
    if (status == HF_OK) {
        struct item item;
        items_take(&queue->items, &item);
        items_trim(&queue->items);
        *answered = item.any;
    }
    return status;
}

/* Items that were taken and may have to be put back. */
struct taken {
    struct item *items;
    struct any **answered;
    Hf__AnyList *values;
    size_t count;
};

static bool queue_prepare(struct call *call, struct taken *taken, size_t max) {
    taken->items = arena_alloc(call->arena, max * sizeof *taken->items);
    taken->answered = arena_alloc(call->arena, max * sizeof(struct any *));
    taken->values = arena_alloc(call->arena, sizeof *taken->values);
    if (!taken->items || !taken->answered || !taken->values) {
        return false;
    }
    hf__any_list__init(taken->values);
    taken->values->items = arena_zeroed(call->arena, max, sizeof(Hf__Any *));
    return taken->values->items != NULL;
}

/* Whether the request takes this item as well as those before it. */
static bool queue_expects(struct call *call, const struct item *item) {
    bool good = call_expect(call, &item->any) == HF_OK;
    call->reply->detail = NULL; /* the request is not refused */
    return good;
}

/* Take up to `max` items of the kinds that the request expects, as many as fit a reply. false: no
 * memory. */
static bool queue_take_many(struct call *call, struct taken *taken, size_t max) {
    struct queue_items *items = &queue_of(call)->items;
    struct bulk bulk = {0};
    for (size_t n = 0; n < max; n++) {
        const struct item *item = items_first(items);
        bulk_add(&bulk, &item->any);
        bool fits = bulk.wire <= call_gather_max(call) && bulk_fits(&bulk, call);
        if (n > 0 && (!fits || !queue_expects(call, item))) {
            break;
        }
        taken->answered[n] = call_release_after_reply(call);
        taken->values->items[n] = taken->answered[n] ? call_wire(call, &item->any) : NULL;
        if (!taken->values->items[n]) {
            return false;
        }
        items_take(items, &taken->items[n]);
        taken->values->n_items = ++taken->count;
    }
    return true;
}

static hf_status queue_get_many(struct call *call) {
    struct queue_items *items = &queue_of(call)->items;
    uint64_t max = call->request->queue_get_many->max;
    if (max == 0) {
        return call_refuse(call, HF_INVALID, "the maximum is at least 1 item");
    }
    hf_status status = queue_check_output(call);
    if (status == HF_OK) {
        status = call_expect(call, &items_first(items)->any);
    }
    if (status != HF_OK) {
        return status;
    }
    size_t most = items_ready(items) < HF_PAGE_MAX_ITEMS ? items_ready(items) : HF_PAGE_MAX_ITEMS;
    struct taken taken = {0};
    most = max < most ? (size_t)max : most;
    status = queue_prepare(call, &taken, most) && queue_take_many(call, &taken, most)
                 ? call_answer_message(call, HF__REPLY__RESULT_VALUES, taken.values)
                 : HF_NO_MEMORY;
    if (status != HF_OK) {
        while (taken.count > 0) {
            items_untake(items, &taken.items[--taken.count]);
        }
        return status;
    }
    for (size_t i = 0; i < taken.count; i++) {
        *taken.answered[i] = taken.items[i].any;
    }
    items_trim(items);
    return HF_OK;
}

/* ---- deliveries ---- */

/* Find a lease of this session. */
static hf_status queue_find_lease(struct call *call, uint64_t delivery, struct lease **lease) {
    *lease = items_find(&queue_of(call)->items, delivery);
    if (*lease && (*lease)->hold.owner == call->owner) {
        return HF_OK;
    }
    return call_refuse(call, HF_NOT_HELD, "this session does not have the delivery %llu (any more)",
                       (unsigned long long)delivery);
}

static hf_status queue_acknowledge(struct call *call) {
    struct lease *lease = NULL;
    hf_status status = queue_find_lease(call, call->request->queue_acknowledge->delivery, &lease);
    if (status == HF_OK) {
        items_acknowledge(&queue_of(call)->items, lease);
    }
    return status;
}

static hf_status queue_return(struct call *call) {
    const Hf__QueueReturn *in = call->request->queue_return;
    struct lease *lease = NULL;
    hf_status status = queue_find_lease(call, in->delivery, &lease);
    int64_t due_ms = in->delay_ms ? registry_due_ms(call->registry, in->delay_ms) : 0;
    if (status == HF_OK && !items_return_at(&queue_of(call)->items, lease, due_ms)) {
        status = HF_NO_MEMORY;
    }
    return status;
}

static hf_status queue_extend(struct call *call) {
    const Hf__QueueExtend *in = call->request->queue_extend;
    struct lease *lease = NULL;
    int64_t due_ms = 0;
    hf_status status = queue_check_lease(call, in->lease_ms, &due_ms);
    if (status == HF_OK) {
        status = queue_find_lease(call, in->delivery, &lease);
    }
    if (status == HF_OK && !items_extend(&queue_of(call)->items, lease, due_ms)) {
        status = HF_NO_MEMORY;
    }
    return status;
}

/* ---- looking ---- */

static hf_status queue_size(struct call *call) {
    return call_answer_count(call, items_ready(&queue_of(call)->items));
}

static hf_status queue_empty(struct call *call) {
    return call_answer_truth(call, items_ready(&queue_of(call)->items) == 0);
}

static hf_status queue_full(struct call *call) {
    return call_answer_truth(call, queue_is_full(queue_of(call)));
}

static hf_status queue_peek(struct call *call) {
    const struct queue *queue = queue_of(call);
    if (items_ready(&queue->items) > 0) {
        return call_answer(call, &items_first(&queue->items)->any);
    }
    return queue->closed && items_exhausted(&queue->items)
               ? HF_CLOSED
               : call_refuse(call, HF_TIMEOUT, "no item is ready");
}

/* ---- tasks ---- */

static hf_status queue_task_done(struct call *call) {
    struct queue_items *items = &queue_of(call)->items;
    const Hf__QueueTaskDone *in = call->request->queue_task_done;
    uint64_t count = in->has_count ? in->count : 1;
    if (count > items_unfinished(items)) {
        return call_refuse(call, HF_VALUE_ERROR,
                           "task_done was called more often than items were put");
    }
    items->totals.done += count;
    return HF_OK;
}

/* A join takes nothing from another one, so none waits behind another. */
static hf_status queue_join(struct call *call) {
    return items_unfinished(&queue_of(call)->items) == 0 ? HF_OK : HF_WAIT;
}

/* ---- the end ---- */

static hf_status queue_close(struct call *call) {
    struct queue *queue = queue_of(call);
    queue->closed = true;
    if (call->request->queue_close->abort) {
        queue_abort(queue);
    }
    return HF_OK;
}

static hf_status queue_reopen(struct call *call) {
    queue_of(call)->closed = false;
    return HF_OK;
}

/* ---- producers ---- */

static struct producer *queue_find_producer(struct queue *queue, const struct owner *owner) {
    struct link *link = queue->producers.next;
    for (; link != &queue->producers; link = link->next) {
        struct producer *producer = LINK_OWNER(link, struct producer, in_queue);
        if (producer->hold.owner == owner) {
            return producer;
        }
    }
    return NULL;
}

static hf_status queue_register_producer(struct call *call) {
    struct queue *queue = queue_of(call);
    if (queue->closed) {
        return HF_CLOSED;
    }
    struct producer *producer = queue_find_producer(queue, call->owner);
    if (producer) {
        bool more = producer->hold.depth < UINT32_MAX;
        producer->hold.depth += more;
        return more ? HF_OK : HF_LIMIT;
    }
    producer = mem_alloc(sizeof *producer);
    if (!producer) {
        return HF_NO_MEMORY;
    }
    hold_begin(&producer->hold, call->owner, &queue->object);
    link_init(&producer->in_queue);
    link_append(&queue->producers, &producer->in_queue);
    return HF_OK;
}

static void queue_producer_gone(struct queue *queue, struct producer *producer) {
    assert(!link_alone(&producer->in_queue));
    hold_end(&producer->hold);
    link_remove(&producer->in_queue);
    mem_free(producer);
    if (queue->auto_close && link_alone(&queue->producers)) {
        queue->closed = true;
    }
}

static hf_status queue_unregister_producer(struct call *call) {
    struct queue *queue = queue_of(call);
    struct producer *producer = queue_find_producer(queue, call->owner);
    if (!producer) {
        return call_refuse(call, HF_NOT_HELD, "this session is not registered as a producer");
    }
    assert(producer->hold.depth > 0);
    if (producer->hold.depth > 1) {
        producer->hold.depth--;
    } else {
        queue_producer_gone(queue, producer);
    }
    return HF_OK;
}

static void queue_revoke(struct object *object, struct hold *hold, enum hold_loss why) {
    struct queue *queue = (struct queue *)object;
    Hf__QueueReason reason =
        why == HOLD_BROKEN ? HF__QUEUE_REASON__DELIVERY_BROKEN : HF__QUEUE_REASON__TAKER_DIED;
    struct lease *lease = items_find(&queue->items, hold->fence);
    assert(!lease || hold == &lease->hold);
    if (lease) {
        items_return(&queue->items, lease, reason);
    } else {
        queue_producer_gone(queue, LINK_OWNER(hold, struct producer, hold));
    }
}

/* A put or get looks at its lane itself, after it has refused what could never be done. */
enum { WAITS_IN_ORDER = OP_CHANGES | OP_WAITS | OP_OWN_ORDER };

/* There may be very many deliveries; producers are few. */
static struct hold *queue_find_hold(const struct object *object, uint64_t fence) {
    const struct queue *queue = (const struct queue *)object;
    const struct link *link = queue->producers.next;
    for (; link != &queue->producers; link = link->next) {
        struct producer *producer = LINK_OWNER(link, struct producer, in_queue);
        if (producer->hold.fence == fence) {
            return &producer->hold;
        }
    }
    struct lease *lease = items_find(&queue->items, fence);
    return lease ? &lease->hold : NULL;
}

static const struct op queue_ops[] = {
    {HF__REQUEST__OP_QUEUE_OPEN, queue_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_PUT, queue_put, WAITS_IN_ORDER | OP_UNDOES, LANE_PUT},
    {HF__REQUEST__OP_QUEUE_GET, queue_get, WAITS_IN_ORDER, LANE_GET},
    {HF__REQUEST__OP_QUEUE_SIZE, queue_size, OP_READS, 0},
    {HF__REQUEST__OP_QUEUE_EMPTY, queue_empty, OP_READS, 0},
    {HF__REQUEST__OP_QUEUE_FULL, queue_full, OP_READS, 0},
    {HF__REQUEST__OP_QUEUE_TASK_DONE, queue_task_done, OP_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_JOIN, queue_join, OP_WAITS | OP_OWN_ORDER, LANE_JOIN},
    {HF__REQUEST__OP_QUEUE_CLOSE, queue_close, OP_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_PUT_MANY, queue_put_many, WAITS_IN_ORDER | OP_UNDOES, LANE_PUT},
    {HF__REQUEST__OP_QUEUE_GET_MANY, queue_get_many, WAITS_IN_ORDER, LANE_GET},
    {HF__REQUEST__OP_QUEUE_ACKNOWLEDGE, queue_acknowledge, OP_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_RETURN, queue_return, OP_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_EXTEND, queue_extend, OP_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_SET_ASIDE_LIST, queue_set_aside_list, OP_READS, 0},
    {HF__REQUEST__OP_QUEUE_SET_ASIDE_RETURN, queue_set_aside_return, OP_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_REOPEN, queue_reopen, OP_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_REGISTER_PRODUCER, queue_register_producer, OP_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_UNREGISTER_PRODUCER, queue_unregister_producer, OP_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_SET_ASIDE_DROP, queue_set_aside_drop, OP_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_PEEK, queue_peek, OP_READS, 0},
    {HF__REQUEST__OP_QUEUE_LIST, queue_list, OP_READS, 0},
    {HF__REQUEST__OP_QUEUE_STATE, queue_state, OP_READS, 0},
};

const struct type type_queue = {
    .tag = HF__TYPE__QUEUE,
    .name = "queue",
    .object_size = sizeof(struct queue),
    TYPE_OPS(queue_ops),
    .init = queue_init,
    .fini = queue_fini,
    .deleted = queue_deleted,
    .options = queue_options,
    .revoke = queue_revoke,
    .find_hold = queue_find_hold,
    .describe = queue_describe,
};
