/* SPDX-License-Identifier: MIT
 *
 * What is expected of a queue.
 */
#include "keep.h"
#include "make.h"
#include "model.h"

enum { LANE_PUT, LANE_GET, LANE_JOIN };

struct queue {
    uint64_t max_items;
    uint64_t unfinished;
    bool closed;
};

static struct queue *queue_of(const struct model_object *object) {
    return object->own;
}

static bool full(const struct model_object *object) {
    uint64_t max_items = queue_of(object)->max_items;
    return max_items > 0 && object->item_count >= max_items;
}

/* ---- open ---------------------------------------------------------------------------------------
 */

static void make_open(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_open, .name = maker_name(maker),
                              .has_mode = true, .mode = maker_mode(maker), .has_max_items = true,
                              .max_items = maker_chance(maker, 20) ? 0 : maker_roll(maker, 4)));
}

static bool same(const void *own, const void *wanted) {
    return ((const struct queue *)own)->max_items == ((const struct queue *)wanted)->max_items;
}

static hf_status open(struct model_run *run) {
    const Hf__QueueOpen *in = run->request->queue_open;
    struct queue *queue = keep(sizeof *queue);
    queue->max_items = in->max_items;
    return model_open(run,
                      (struct model_opening){&model_queue, in->name, in->mode, queue, HF_OK, same});
}

/* ---- put, get -----------------------------------------------------------------------------------
 */

static void make_put(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_put, .value = maker_any(maker)));
}

static bool put_ready(struct model_run *run) {
    return queue_of(run->object)->closed || !full(run->object);
}

static hf_status put(struct model_run *run) {
    struct queue *queue = queue_of(run->object);
    if (queue->closed) {
        return HF_CLOSED;
    }
    if (run->object->item_count >= MODEL_ITEMS_MAX) {
        return HF_LIMIT;
    }
    model_put(run->model, run->object, run->object->item_count, run->request->queue_put->value);
    queue->unfinished++;
    return HF_OK;
}

static void make_get(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_get));
}

static bool get_ready(struct model_run *run) {
    return queue_of(run->object)->closed || run->object->item_count > 0;
}

static hf_status get(struct model_run *run) {
    return run->object->item_count > 0 ? model_answer_value(run, model_take(run->object, 0))
                                       : HF_CLOSED;
}

/* ---- the rest -----------------------------------------------------------------------------------
 */

static void make_look(struct maker *maker) {
    switch (maker_roll(maker, 3)) {
    case 0:
        maker_emit(maker, REQUEST(maker->object, queue_size));
        break;
    case 1:
        maker_emit(maker, REQUEST(maker->object, queue_empty));
        break;
    default:
        maker_emit(maker, REQUEST(maker->object, queue_full));
        break;
    }
}

static hf_status size(struct model_run *run) {
    return model_answer_count(run, run->object->item_count);
}

static hf_status is_empty(struct model_run *run) {
    return model_answer_truth(run, run->object->item_count == 0);
}

static hf_status is_full(struct model_run *run) {
    return model_answer_truth(run, full(run->object));
}

static void make_task_done(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_task_done, .has_count = maker_chance(maker, 30),
                              .count = maker_roll(maker, 4)));
}

static hf_status task_done(struct model_run *run) {
    struct queue *queue = queue_of(run->object);
    const Hf__QueueTaskDone *in = run->request->queue_task_done;
    uint64_t count = in->has_count ? in->count : 1;
    if (count > queue->unfinished) {
        return HF_VALUE_ERROR;
    }
    queue->unfinished -= count;
    return HF_OK;
}

static void make_join(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_join));
}

static bool join_ready(struct model_run *run) {
    return queue_of(run->object)->unfinished == 0;
}

static hf_status join(struct model_run *run) {
    (void)run;
    return HF_OK;
}

static void make_close(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, queue_close, .has_abort = true,
                              .abort = maker_chance(maker, 40)));
}

static hf_status close(struct model_run *run) {
    struct queue *queue = queue_of(run->object);
    queue->closed = true;
    while (run->request->queue_close->abort && run->object->item_count > 0) {
        (void)model_take(run->object, 0);
        queue->unfinished -= queue->unfinished > 0;
    }
    return HF_OK;
}

static void describe(const struct model_object *object, Hf__Description *description) {
    description->has_size = true;
    description->size = object->item_count;
}

static const struct model_op ops[] = {
    {HF__REQUEST__OP_QUEUE_OPEN, 8, make_open, open, NULL, MODEL_OPENS | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_PUT, 36, make_put, put, put_ready, MODEL_CHANGES, LANE_PUT},
    {HF__REQUEST__OP_QUEUE_GET, 36, make_get, get, get_ready, MODEL_CHANGES, LANE_GET},
    {HF__REQUEST__OP_QUEUE_SIZE, 5, make_look, size, NULL, 0, 0},
    {HF__REQUEST__OP_QUEUE_EMPTY, 0, make_look, is_empty, NULL, 0, 0},
    {HF__REQUEST__OP_QUEUE_FULL, 0, make_look, is_full, NULL, 0, 0},
    {HF__REQUEST__OP_QUEUE_TASK_DONE, 12, make_task_done, task_done, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_QUEUE_JOIN, 6, make_join, join, join_ready, 0, LANE_JOIN},
    {HF__REQUEST__OP_QUEUE_CLOSE, 1, make_close, close, NULL, MODEL_CHANGES, 0},
};

const struct model_type model_queue = {
    .tag = HF__TYPE__QUEUE,
    .name = "queue",
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
    .describe = describe,
};
