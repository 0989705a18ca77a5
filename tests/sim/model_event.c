/* SPDX-License-Identifier: MIT
 *
 * The model of an event.
 */
#include "keep.h"
#include "make.h"
#include "model.h"

struct event {
    bool is_set;
};

static struct event *event_of(const struct model_object *object) {
    return object->own;
}

static void make_event_open(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, event_open, .name = maker_name(maker),
                              .has_mode = true, .mode = maker_mode(maker)));
}

static hf_status event_open(struct model_run *run) {
    const Hf__EventOpen *in = run->request->event_open;
    return model_open(run, (struct model_opening){&model_event, in->name, in->mode,
                                                  keep(sizeof(struct event)), HF_OK, NULL});
}

/* Mostly with a clear or a wait that nobody can come between. */
static void make_event_set(struct maker *maker) {
    uint64_t event = maker->object;
    if (maker->inner || maker_chance(maker, 40)) {
        maker_emit(maker, REQUEST(event, event_set));
    } else if (maker_chance(maker, 60)) {
        maker_emit(maker, batch_of(3, &REQUEST(event, event_set), &REQUEST(event, event_clear),
                                   &REQUEST(event, event_wait)));
    } else {
        maker_emit(maker, batch_of(2, &REQUEST(event, event_set), &REQUEST(event, event_wait)));
    }
}

static struct model_waiter *waiter_of(struct model_call *call, const struct model_object *object) {
    for (size_t i = 0; i < call->waiter_count; i++) {
        if (call->waiters[i].object == object) {
            return &call->waiters[i];
        }
    }
    return NULL;
}

/* All calls that wait now may go on. */
static hf_status event_set(struct model_run *run) {
    event_of(run->object)->is_set = true;
    for (size_t i = 0; i < run->model->call_count; i++) {
        struct model_waiter *waiter = waiter_of(&run->model->calls[i], run->object);
        if (waiter) {
            waiter->released = true;
        }
    }
    return HF_OK;
}

static void make_event_clear(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, event_clear));
}

static hf_status event_clear(struct model_run *run) {
    event_of(run->object)->is_set = false;
    return HF_OK;
}

static void make_is_set(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, event_is_set));
}

static hf_status is_set(struct model_run *run) {
    return model_answer_truth(run, event_of(run->object)->is_set);
}

static void make_event_wait(struct maker *maker) {
    uint64_t event = maker->object;
    if (maker->inner || maker_chance(maker, 70)) {
        maker_emit(maker, REQUEST(event, event_wait));
    } else {
        maker_emit(maker, batch_of(3, &REQUEST(event, event_wait), &REQUEST(event, event_clear),
                                   &REQUEST(event, event_wait)));
    }
}

static bool released(const struct model_run *run) {
    const struct model_waiter *waiter = run->call ? waiter_of(run->call, run->object) : NULL;
    return waiter && waiter->released;
}

static bool event_wait_ready(struct model_run *run) {
    return event_of(run->object)->is_set || released(run);
}

/* In a batch, only the first wait is the one that was let go. */
static hf_status event_wait(struct model_run *run) {
    struct model_waiter *waiter = run->call ? waiter_of(run->call, run->object) : NULL;
    if (waiter) {
        waiter->released = false;
    }
    return HF_OK;
}

static uint64_t event_size(const struct model_object *object) {
    return event_of(object)->is_set;
}

static const struct model_op event_ops[] = {
    {HF__REQUEST__OP_EVENT_OPEN, 6, make_event_open, event_open, NULL, MODEL_OPENS | MODEL_CHANGES,
     0},
    {HF__REQUEST__OP_EVENT_SET, 25, make_event_set, event_set, NULL, MODEL_CHANGES | MODEL_UNDOES,
     0},
    {HF__REQUEST__OP_EVENT_CLEAR, 25, make_event_clear, event_clear, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_EVENT_IS_SET, 8, make_is_set, is_set, NULL, 0, 0},
    {HF__REQUEST__OP_EVENT_WAIT, 36, make_event_wait, event_wait, event_wait_ready,
     MODEL_OWN_ORDER | MODEL_UNDOES, 0},
};

const struct model_type model_event = {
    .tag = HF__TYPE__EVENT,
    .name = "event",
    .ops = event_ops,
    .op_count = sizeof event_ops / sizeof event_ops[0],
    .own_size = sizeof(struct event),
    .size = event_size,
};
