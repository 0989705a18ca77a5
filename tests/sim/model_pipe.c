/* SPDX-License-Identifier: MIT
 *
 * The model of a pipe. Its messages, of both directions, are its items in order of arrival; a
 * hold's end and an item's direction are kept beside them.
 */
#include "keep.h"
#include "make.h"
#include "model.h"

#include <assert.h>
#include <string.h>

enum { ENDS = 2 };

struct pipe {
    bool one_way;
    uint64_t max_messages;
    bool was_held[ENDS];
    unsigned end_of[MODEL_HOLDS_ROOM]; /* as object->holds */
    unsigned to[MODEL_ITEMS_MAX];      /* as object->items */
};

static struct pipe *pipe_of(const struct model_object *object) {
    return object->own;
}

/* ---- holders ---- */

/* The index of this session's hold of an end (NULL: any session's); hold_count: there is none. */
static size_t find_hold(const struct model_object *object, const struct model_session *session,
                        unsigned end) {
    size_t at = 0;
    while (at < object->hold_count && ((session && object->holds[at].session != session) ||
                                       pipe_of(object)->end_of[at] != end)) {
        at++;
    }
    return at;
}

static bool holds(const struct model_run *run, unsigned end) {
    return find_hold(run->object, run->session, end) < run->object->hold_count;
}

static bool closed(const struct model_object *object, unsigned end) {
    return pipe_of(object)->was_held[end] && find_hold(object, NULL, end) == object->hold_count;
}

static void attach_to(struct model_run *run, unsigned end) {
    struct pipe *pipe = pipe_of(run->object);
    if (!holds(run, end)) {
        assert(run->object->hold_count < MODEL_HOLDS_ROOM);
        pipe->end_of[run->object->hold_count] = end;
        pipe->was_held[end] = true;
        model_grant(run, &run->object->holds[run->object->hold_count++]);
        model_touch(run->model, run->object);
    }
}

static void let_go(struct model_object *object, size_t at) {
    struct pipe *pipe = pipe_of(object);
    object->hold_count--;
    memmove(&object->holds[at], &object->holds[at + 1],
            (object->hold_count - at) * sizeof object->holds[0]);
    memmove(&pipe->end_of[at], &pipe->end_of[at + 1],
            (object->hold_count - at) * sizeof pipe->end_of[0]);
}

static void pipe_holder_died(struct model_object *object, struct model_hold *hold) {
    let_go(object, (size_t)(hold - object->holds));
}

/* ---- messages ---- */

static size_t count_to(const struct model_object *object, unsigned end) {
    size_t count = 0;
    for (size_t i = 0; i < object->item_count; i++) {
        count += pipe_of(object)->to[i] == end;
    }
    return count;
}

static size_t oldest_to(const struct model_object *object, unsigned end) {
    size_t at = 0;
    while (pipe_of(object)->to[at] != end) {
        at++;
    }
    return at;
}

/* ---- what all that wait begin with ---- */

static unsigned pipe_end_of(const Hf__Request *request) {
    switch ((unsigned)request->op_case) {
    case HF__REQUEST__OP_PIPE_SEND:
        return request->pipe_send->end;
    case HF__REQUEST__OP_PIPE_RECEIVE:
        return request->pipe_receive->end;
    case HF__REQUEST__OP_PIPE_POLL:
        return request->pipe_poll->end;
    case HF__REQUEST__OP_PIPE_ATTACH:
        return request->pipe_attach->end;
    case HF__REQUEST__OP_PIPE_CLOSE:
        return request->pipe_close->end;
    default:
        return 0;
    }
}

/* Whether a call finds its own end let go of, or the other one closed. */
static bool pipe_is_over(const struct model_run *run, unsigned end, bool sends) {
    return !holds(run, end) ||
           (closed(run->object, 1 - end) && (sends || count_to(run->object, end) == 0));
}

static hf_status pipe_enter(struct model_run *run) {
    unsigned end = pipe_end_of(run->request);
    bool sends = run->op->tag == HF__REQUEST__OP_PIPE_SEND;
    if (end >= ENDS) {
        return HF_INVALID;
    }
    if (!run->op->ready) {
        return HF_OK;
    }
    if (pipe_of(run->object)->one_way && end != (sends ? 1u : 0u)) {
        return HF_INVALID;
    }
    run->lane = sends ? 2 + (1 - end) : end;
    if (!model_waits_in(run, run->object, run->lane)) {
        attach_to(run, end);
    }
    return pipe_is_over(run, end, sends) ? HF_CLOSED : HF_OK;
}

/* ---- operations ---- */

static void make_pipe_open(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, pipe_open, .name = maker_name(maker), .has_mode = true,
                              .mode = maker_mode(maker), .has_one_way = maker_chance(maker, 70),
                              .one_way = maker_chance(maker, 30), .has_max_messages = true,
                              .max_messages = maker_roll(maker, 4)));
}

static bool pipe_same(const void *own, const Hf__Request *request) {
    const struct pipe *pipe = own;
    const Hf__PipeOpen *in = request->pipe_open;
    return (!in->has_one_way || pipe->one_way == (in->one_way != 0)) &&
           (in->max_messages == 0 || pipe->max_messages == in->max_messages);
}

static hf_status pipe_open(struct model_run *run) {
    const Hf__PipeOpen *in = run->request->pipe_open;
    struct pipe *pipe = keep(sizeof *pipe);
    pipe->one_way = in->one_way;
    pipe->max_messages = in->max_messages ? in->max_messages : 1024;
    return model_open(
        run, (struct model_opening){&model_pipe, in->name, in->mode, pipe, HF_OK, pipe_same});
}

static unsigned make_end(struct maker *maker) {
    return maker_chance(maker, 1) ? 2 : (unsigned)maker_roll(maker, 2);
}

static void make_attach(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, pipe_attach, .end = make_end(maker)));
}

static hf_status pipe_attach(struct model_run *run) {
    attach_to(run, run->request->pipe_attach->end);
    return HF_OK;
}

static void make_send(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, pipe_send, .end = make_end(maker),
                              .value = maker_any(maker)));
}

static bool send_ready(struct model_run *run) {
    unsigned end = pipe_end_of(run->request);
    return pipe_is_over(run, end, true) ||
           count_to(run->object, 1 - end) < pipe_of(run->object)->max_messages;
}

static hf_status pipe_send(struct model_run *run) {
    struct model_object *object = run->object;
    if (object->item_count >= MODEL_ITEMS_MAX) {
        return HF_LIMIT;
    }
    pipe_of(object)->to[object->item_count] = 1 - pipe_end_of(run->request);
    model_put(run->model, object, object->item_count, run->request->pipe_send->value);
    return HF_OK;
}

static void make_receive(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, pipe_receive, .end = make_end(maker),
                              .has_max_bytes = maker_chance(maker, 30),
                              .max_bytes = maker_roll(maker, 6)));
}

static bool receive_ready(struct model_run *run) {
    unsigned end = pipe_end_of(run->request);
    return pipe_is_over(run, end, false) || count_to(run->object, end) > 0;
}

static bool longer_than(const Hf__Any *value, uint64_t max_bytes) {
    return (value->kind_case == HF__ANY__KIND_STRING && value->string.len > max_bytes) ||
           (value->kind_case == HF__ANY__KIND_BYTES && value->bytes.len > max_bytes);
}

static hf_status pipe_receive(struct model_run *run) {
    const Hf__PipeReceive *in = run->request->pipe_receive;
    struct model_object *object = run->object;
    struct pipe *pipe = pipe_of(object);
    size_t at = oldest_to(object, in->end);
    if (in->has_max_bytes && longer_than(object->items[at].value, in->max_bytes)) {
        return HF_TOO_BIG;
    }
    if (!model_expects(run, object->items[at].value)) {
        return HF_TYPE_ERROR;
    }
    Hf__Any *value = model_take(object, at);
    memmove(&pipe->to[at], &pipe->to[at + 1], (object->item_count - at) * sizeof pipe->to[0]);
    return model_answer_value(run, value);
}

static void make_poll(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, pipe_poll, .end = make_end(maker)));
}

static hf_status poll(struct model_run *run) {
    (void)run;
    return HF_OK;
}

static void make_pipe_close(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, pipe_close, .end = make_end(maker)));
}

static hf_status pipe_close(struct model_run *run) {
    unsigned end = run->request->pipe_close->end;
    if (!holds(run, end)) {
        return HF_NOT_HELD;
    }
    let_go(run->object, find_hold(run->object, run->session, end));
    return HF_OK;
}

static const struct model_op pipe_ops[] = {
    {HF__REQUEST__OP_PIPE_OPEN, 8, make_pipe_open, pipe_open, NULL, MODEL_OPENS | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_PIPE_ATTACH, 5, make_attach, pipe_attach, NULL, MODEL_CHANGES | MODEL_UNDOES,
     0},
    {HF__REQUEST__OP_PIPE_SEND, 36, make_send, pipe_send, send_ready, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_PIPE_RECEIVE, 36, make_receive, pipe_receive, receive_ready, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_PIPE_POLL, 8, make_poll, poll, receive_ready, MODEL_UNDOES, 0},
    {HF__REQUEST__OP_PIPE_CLOSE, 12, make_pipe_close, pipe_close, NULL, MODEL_CHANGES, 0},
};

const struct model_type model_pipe = {
    .tag = HF__TYPE__PIPE,
    .name = "pipe",
    .ops = pipe_ops,
    .op_count = sizeof pipe_ops / sizeof pipe_ops[0],
    .own_size = sizeof(struct pipe),
    .enter = pipe_enter,
    .holder_died = pipe_holder_died,
    .size = model_item_count,
};
