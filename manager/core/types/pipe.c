/* SPDX-License-Identifier: MIT
 *
 * pipe: multiprocessing.Pipe, for any number of processes at each end. An end's inbox has the
 * messages that were sent from the other end. Each inbox has two lanes: for calls that wait to
 * receive from it, and for calls that wait to send into it.
 *
 * A session holds an end from its first use until it closes the end, or until the session ends. An
 * end counts as closed once its last holder is gone, not before its first: an early peer waits.
 */
#include "bulk.h"
#include "deferred.h"
#include "deque.h"
#include "mem.h"
#include "object.h"
#include "options.h"
#include "registry.h"
#include "undo.h"

#include <assert.h>

enum { ENDS = 2, DEFAULT_MAX_MESSAGES = 1024 };

/* One lane for each inbox. */
enum { LANE_RECEIVE = 0, LANE_SEND = ENDS };

struct holder {
    struct hold hold; /* first, as holder_died() casts it */
    struct link in_end;
    unsigned end;
};

struct end {
    struct deque inbox;
    struct link holders;
    uint64_t holder_count;
    bool was_held;
};

struct pipe {
    struct object object;
    bool one_way;
    uint64_t max_messages;
    struct end ends[ENDS];
};

static struct pipe *pipe_of(struct call *call) {
    return (struct pipe *)call->object;
}

static hf_status pipe_init(struct object *object, struct call *call) {
    struct pipe *pipe = (struct pipe *)object;
    const Hf__PipeOpen *in = call->request->pipe_open;
    pipe->one_way = in->one_way;
    pipe->max_messages = in->max_messages ? in->max_messages : DEFAULT_MAX_MESSAGES;
    for (unsigned i = 0; i < ENDS; i++) {
        deque_init(&pipe->ends[i].inbox, sizeof(struct any));
        link_init(&pipe->ends[i].holders);
    }
    return HF_OK;
}

static void pipe_options(const struct object *object, void *open) {
    const struct pipe *pipe = (const struct pipe *)object;
    Hf__PipeOpen *out = open;
    OPTION(out, one_way, pipe->one_way);
    OPTION(out, max_messages, pipe->max_messages);
}

/* The hold has ended, or the registry ends it. */
static void pipe_free_holder(struct pipe *pipe, struct holder *holder) {
    assert(pipe->ends[holder->end].holder_count > 0);
    assert(holder->end < ENDS);
    pipe->ends[holder->end].holder_count--;
    link_remove(&holder->in_end);
    mem_free(holder);
}

static void pipe_fini(struct object *object) {
    struct pipe *pipe = (struct pipe *)object;
    for (unsigned i = 0; i < ENDS; i++) {
        struct end *end = &pipe->ends[i];
        struct link *link = NULL;
        while ((link = link_first(&end->holders)) != NULL) {
            pipe_free_holder(pipe, LINK_OWNER(link, struct holder, in_end));
        }
        deferred_free_deque(object->registry, &end->inbox, 0);
    }
}

static void pipe_holder_died(struct object *object, struct hold *hold) {
    struct holder *holder = (struct holder *)hold;
    hold_end(hold);
    pipe_free_holder((struct pipe *)object, holder);
}

static bool pipe_closed(const struct end *end) {
    return end->was_held && end->holder_count == 0;
}

static uint64_t pipe_describe(const struct object *object, struct text *options) {
    const struct pipe *pipe = (const struct pipe *)object;
    uint64_t size = 0;
    text_add(options, "%s, at most %llu messages", pipe->one_way ? "one-way" : "duplex",
             (unsigned long long)pipe->max_messages);
    for (unsigned i = 0; i < ENDS; i++) {
        const struct end *end = &pipe->ends[i];
        text_add(options, "; end %u: %llu holders%s, %zu to receive", i,
                 (unsigned long long)end->holder_count, pipe_closed(end) ? " (closed)" : "",
                 end->inbox.len);
        size += end->inbox.len;
    }
    return size;
}

/* ---- holders ---- */

/* Looks through the session's holds, which are fewer than the pipe's holders. */
static struct holder *pipe_find_holder(const struct call *call, unsigned end) {
    const struct link *holds = &call->owner->all->holds;
    for (struct link *link = holds->next; link != holds; link = link->next) {
        struct hold *hold = LINK_OWNER(link, struct hold, of_session);
        if (hold->object == call->object && hold->owner == call->owner &&
            ((struct holder *)hold)->end == end) {
            return (struct holder *)hold;
        }
    }
    return NULL;
}

static void pipe_decide_attached(struct undo_note *note, bool back) {
    struct holder *holder = note->what;
    struct pipe *pipe = (struct pipe *)note->object;
    if (back) {
        pipe->ends[holder->end].was_held = note->at != 0;
        hold_take_back(&holder->hold);
        pipe_free_holder(pipe, holder);
    }
}

static hf_status pipe_attach_to(struct call *call, unsigned end) {
    struct pipe *pipe = pipe_of(call);
    assert(end < ENDS);
    if (pipe_find_holder(call, end)) {
        return HF_OK;
    }
    struct holder *holder = mem_alloc(sizeof *holder);
    if (!holder) {
        return HF_NO_MEMORY;
    }
    holder->end = end;
    link_init(&holder->in_end);
    link_append(&pipe->ends[end].holders, &holder->in_end);
    pipe->ends[end].holder_count++;
    struct undo_note *note = undo_note(call, pipe_decide_attached);
    if (note) {
        note->what = holder;
        note->at = pipe->ends[end].was_held;
    }
    pipe->ends[end].was_held = true;
    hold_begin(&holder->hold, call->owner, call->object);
    object_touch(call->object);
    return HF_OK;
}

static hf_status pipe_check_end(struct call *call, uint32_t end) {
    return end < ENDS ? HF_OK
                      : call_refuse(call, HF_INVALID, "a pipe has the ends 0 and 1, not %u", end);
}

/* Begin a send, receive or poll: check the end, which must not be `barred` in a one-way pipe, and
 * let the session hold it. A call that has waited is refused if its session closed the end
 * meanwhile. */
static hf_status pipe_use_end(struct call *call, uint32_t end, unsigned barred) {
    hf_status status = pipe_check_end(call, end);
    if (status != HF_OK) {
        return status;
    }
    if (pipe_of(call)->one_way && end == barred) {
        return call_refuse(call, HF_INVALID, "this pipe is one-way: end 0 receives, end 1 sends");
    }
    if (!call_waits_in(call, call->object, call->lane)) {
        return pipe_attach_to(call, end);
    }
    return pipe_find_holder(call, end)
               ? HF_OK
               : call_refuse(call, HF_CLOSED, "this session has closed the end");
}

/* ---- operations ---- */

static hf_status pipe_open(struct call *call) {
    return OBJECT_OPEN(call, &type_pipe, call->request->pipe_open);
}

static hf_status pipe_attach(struct call *call) {
    uint32_t end = call->request->pipe_attach->end;
    hf_status status = pipe_check_end(call, end);
    return status == HF_OK ? pipe_attach_to(call, end) : status;
}

static hf_status pipe_append_message(struct call *call, struct deque *inbox, Hf__Any *value) {
    const struct pipe *pipe = pipe_of(call);
    assert(inbox->len < pipe->max_messages);
    hf_status status =
        bulk_check_items(call, pipe->ends[0].inbox.len + pipe->ends[1].inbox.len + 1);
    if (status != HF_OK) {
        return status;
    }
    if (!deque_reserve(inbox, 1)) {
        return HF_NO_MEMORY;
    }
    struct any message;
    status = call_keep(call, value, &message);
    if (status == HF_OK) {
        deque_open(inbox, inbox->len, 1);
        *(struct any *)deque_at(inbox, inbox->len - 1) = message;
    }
    return status;
}

static hf_status pipe_send(struct call *call) {
    const Hf__PipeSend *in = call->request->pipe_send;
    call->lane = LANE_SEND + (in->end == 0);
    hf_status status = pipe_use_end(call, in->end, 0);
    if (status != HF_OK) {
        return status;
    }
    struct pipe *pipe = pipe_of(call);
    struct end *other = &pipe->ends[!in->end];
    if (pipe_closed(other)) {
        return call_refuse(call, HF_CLOSED, "nobody is at the other end any more");
    }
    if (other->inbox.len >= pipe->max_messages || !call_is_next(call, call->object, call->lane)) {
        return HF_WAIT;
    }
    return pipe_append_message(call, &other->inbox, in->value);
}

/* The oldest message of an end, for receive and poll. HF_WAIT or HF_CLOSED: none. */
static hf_status pipe_find_message(struct call *call, uint32_t number, struct any **message) {
    call->lane = LANE_RECEIVE + (number == 1);
    hf_status status = pipe_use_end(call, number, 1);
    if (status != HF_OK) {
        return status;
    }
    const struct pipe *pipe = pipe_of(call);
    const struct deque *inbox = &pipe->ends[number].inbox;
    if (inbox->len == 0 && pipe_closed(&pipe->ends[!number])) {
        return call_refuse(call, HF_CLOSED, "nobody is at the other end any more");
    }
    if (inbox->len == 0 || !call_is_next(call, call->object, call->lane)) {
        return HF_WAIT;
    }
    *message = deque_at(inbox, 0);
    return HF_OK;
}

static bool pipe_longer_than(const struct any *message, uint64_t max_bytes) {
    return (message->kind == ANY_STRING || message->kind == ANY_BYTES) && message->len > max_bytes;
}

static hf_status pipe_receive(struct call *call) {
    const Hf__PipeReceive *in = call->request->pipe_receive;
    struct any *message = NULL;
    hf_status status = pipe_find_message(call, in->end, &message);
    if (status != HF_OK) {
        return status;
    }
    assert(message);
    if (in->has_max_bytes && pipe_longer_than(message, in->max_bytes)) {
        return call_refuse(call, HF_TOO_BIG, "the message has %zu bytes", (size_t)message->len);
    }
    struct any *answered = call_release_after_reply(call);
    status = answered ? call_answer(call, message) : HF_NO_MEMORY;
    if (status == HF_OK) {
        *answered = *message;
        deque_close(&pipe_of(call)->ends[in->end].inbox, 0, 1);
    }
    return status;
}

static hf_status pipe_poll(struct call *call) {
    struct any *message = NULL;
    return pipe_find_message(call, call->request->pipe_poll->end, &message);
}

static hf_status pipe_close(struct call *call) {
    uint32_t end = call->request->pipe_close->end;
    hf_status status = pipe_check_end(call, end);
    if (status != HF_OK) {
        return status;
    }
    struct holder *holder = pipe_find_holder(call, end);
    if (!holder) {
        return call_refuse(call, HF_NOT_HELD, "this session does not hold end %u", end);
    }
    pipe_holder_died(call->object, &holder->hold);
    return HF_OK;
}

enum { MAY_WAIT = OP_WAITS | OP_OWN_ORDER };

static const struct op pipe_ops[] = {
    {HF__REQUEST__OP_PIPE_OPEN, pipe_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_PIPE_ATTACH, pipe_attach, OP_CHANGES | OP_UNDOES, 0},
    {HF__REQUEST__OP_PIPE_SEND, pipe_send, OP_CHANGES | MAY_WAIT, 0},
    {HF__REQUEST__OP_PIPE_RECEIVE, pipe_receive, OP_CHANGES | MAY_WAIT, 0},
    {HF__REQUEST__OP_PIPE_POLL, pipe_poll, MAY_WAIT | OP_UNDOES, 0},
    {HF__REQUEST__OP_PIPE_CLOSE, pipe_close, OP_CHANGES, 0},
};

const struct type type_pipe = {
    .tag = HF__TYPE__PIPE,
    .name = "pipe",
    .object_size = sizeof(struct pipe),
    TYPE_OPS(pipe_ops),
    .init = pipe_init,
    .fini = pipe_fini,
    .options = pipe_options,
    .holder_died = pipe_holder_died,
    .describe = pipe_describe,
};
