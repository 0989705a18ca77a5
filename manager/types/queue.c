/* SPDX-License-Identifier: MIT
 *
 * queue: queue.Queue and multiprocessing.JoinableQueue with an end. First in, first out. Each of
 * put, get and join has a lane of its own to wait in.
 */
#include "bulk.h"
#include "deque.h"
#include "object.h"
#include "registry.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { LANE_PUT, LANE_GET, LANE_JOIN };

struct queue {
    struct object object;
    struct deque items;
    uint64_t max_items;  /* 0: only the manager's own limit */
    uint64_t unfinished; /* items put that nobody has said to be done */
    bool closed;
};

static struct queue *queue_of(struct call *call) {
    return (struct queue *)call->object;
}

static hf_status init(struct object *object, struct call *call) {
    struct queue *queue = (struct queue *)object;
    deque_init(&queue->items, sizeof(struct any));
    queue->max_items = call->request->queue_open->max_items;
    return HF_OK;
}

static bool matches(const struct object *object, struct call *call) {
    return ((const struct queue *)object)->max_items == call->request->queue_open->max_items;
}

static void drop_items(struct queue *queue) {
    while (queue->items.len > 0) {
        any_drop(queue->object.registry, deque_at(&queue->items, queue->items.len - 1));
        deque_close(&queue->items, queue->items.len - 1, 1);
    }
}

static void fini(struct object *object) {
    struct queue *queue = (struct queue *)object;
    drop_items(queue);
    deque_fini(&queue->items);
}

static void describe(const struct object *object, struct call *call, Hf__Description *description) {
    const struct queue *queue = (const struct queue *)object;
    char options[128] = "unbounded";
    if (queue->max_items) {
        (void)snprintf(options, sizeof options, "at most %llu items",
                       (unsigned long long)queue->max_items);
    }
    (void)strcat(options, queue->closed ? ", closed" : "");
    description->options = arena_copy(&call->arena, options, strlen(options));
    description->has_size = true;
    description->size = queue->items.len;
}

static bool full(const struct queue *queue) {
    return queue->max_items && queue->items.len >= queue->max_items;
}

/* ---- operations ---- */

static hf_status open(struct call *call) {
    const Hf__QueueOpen *in = call->request->queue_open;
    return object_open(call, &type_queue, in->name, in->mode);
}

static hf_status put(struct call *call) {
    struct queue *queue = queue_of(call);
    if (queue->closed) {
        return HF_CLOSED;
    }
    if (full(queue)) {
        return HF_WAIT;
    }
    hf_status status = bulk_check_items(call, queue->items.len + 1);
    if (status != HF_OK) {
        return status;
    }
    struct any item;
    status = call_keep(call, call->request->queue_put->value, &item);
    if (status != HF_OK) {
        return status;
    }
    if (!deque_reserve(&queue->items, 1)) {
        any_drop(call->registry, &item);
        return HF_NO_MEMORY;
    }
    deque_open(&queue->items, queue->items.len, 1);
    *(struct any *)deque_at(&queue->items, queue->items.len - 1) = item;
    queue->unfinished++;
    return HF_OK;
}

static hf_status get(struct call *call) {
    struct queue *queue = queue_of(call);
    if (queue->items.len == 0) {
        return queue->closed ? HF_CLOSED : HF_WAIT;
    }
    struct any *item = deque_at(&queue->items, 0);
    struct any *keepsake = call_keepsake(call);
    hf_status status = keepsake ? call_answer(call, item) : HF_NO_MEMORY;
    if (status == HF_OK) {
        *keepsake = *item;
        deque_close(&queue->items, 0, 1);
    }
    return status;
}

static hf_status size(struct call *call) {
    return call_answer_count(call, queue_of(call)->items.len);
}

static hf_status is_empty(struct call *call) {
    return call_answer_truth(call, queue_of(call)->items.len == 0);
}

static hf_status is_full(struct call *call) {
    return call_answer_truth(call, full(queue_of(call)));
}

static hf_status task_done(struct call *call) {
    struct queue *queue = queue_of(call);
    const Hf__QueueTaskDone *in = call->request->queue_task_done;
    uint64_t count = in->has_count ? in->count : 1;
    if (count > queue->unfinished) {
        return call_refuse(call, HF_VALUE_ERROR, "called more often than items were put");
    }
    queue->unfinished -= count;
    return HF_OK;
}

static hf_status join(struct call *call) {
    return queue_of(call)->unfinished == 0 ? HF_OK : HF_WAIT;
}

static hf_status close(struct call *call) {
    struct queue *queue = queue_of(call);
    queue->closed = true;
    if (call->request->queue_close->abort) {
        /* task_done may already have been called for items that are still here. */
        uint64_t dropped = queue->items.len;
        queue->unfinished -= dropped < queue->unfinished ? dropped : queue->unfinished;
        drop_items(queue);
    }
    return HF_OK;
}

static const struct op ops[] = {
    {HF__REQUEST__OP_QUEUE_OPEN, open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_PUT, put, OP_CHANGES | OP_WAITS, LANE_PUT},
    {HF__REQUEST__OP_QUEUE_GET, get, OP_CHANGES | OP_WAITS, LANE_GET},
    {HF__REQUEST__OP_QUEUE_SIZE, size, OP_READS, 0},
    {HF__REQUEST__OP_QUEUE_EMPTY, is_empty, OP_READS, 0},
    {HF__REQUEST__OP_QUEUE_FULL, is_full, OP_READS, 0},
    {HF__REQUEST__OP_QUEUE_TASK_DONE, task_done, OP_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_JOIN, join, OP_WAITS, LANE_JOIN},
    {HF__REQUEST__OP_QUEUE_CLOSE, close, OP_CHANGES, 0},
};

const struct type type_queue = {
    .tag = HF__TYPE__QUEUE,
    .name = "queue",
    .object_size = sizeof(struct queue),
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
    .init = init,
    .fini = fini,
    .matches = matches,
    .describe = describe,
};
