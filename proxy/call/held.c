/* SPDX-License-Identifier: MIT
 *
 * See held.h.
 */
#include "held.h"

#include <assert.h>
#include <holdfast/status.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 8 };

/* ---- the items ---- */

static struct held_item *find(const struct held *held, uint64_t object, uint64_t part) {
    for (size_t i = 0; i < held->count; i++) {
        struct held_item *item = &held->items[i];
        if (item->object == object && item->part == part) {
            return item;
        }
    }
    return NULL;
}

static uint64_t count_of(const struct held *held, const struct held_request *request) {
    const struct held_item *item = find(held, request->object, request->part);
    return item ? item->count : 0;
}

static struct held_item *append(struct held *held) {
    if (held->count == held->capacity) {
        size_t capacity = held->capacity ? held->capacity * 2 : FIRST_CAPACITY;
        struct held_item *items = reallocarray(held->items, capacity, sizeof *items);
        if (!items) {
            return NULL;
        }
        held->items = items;
        held->capacity = capacity;
    }
    return &held->items[held->count++];
}

static void drop(struct held *held, struct held_item *item) {
    assert(held->count > 0);
    *item = held->items[--held->count];
}

static void set(struct held *held, uint64_t object, uint64_t part, uint64_t count) {
    struct held_item *item = find(held, object, part);
    if (count == 0) {
        if (item) {
            drop(held, item);
        }
        return;
    }
    item = item ? item : append(held);
    if (!item) {
        held->unknown = true;
        return;
    }
    *item = (struct held_item){object, part, count};
}

static void forget_object(struct held *held, uint64_t object) {
    for (size_t i = held->count; i-- > 0;) {
        if (held->items[i].object == object) {
            drop(held, &held->items[i]);
        }
    }
}

bool held_any(const struct held *held) {
    return held->count > 0 || held->unknown;
}

void held_forget(struct held *held) {
    free(held->items);
    *held = (struct held){.items = NULL};
}

/* ---- requests and replies ---- */

struct held_request held_request_of(const Hf__Request *request) {
    struct held_request made = {.op = request->op_case, .object = request->object, .count = 1};
    switch ((int)request->op_case) {
    case HF__REQUEST__OP_SEMAPHORE_ACQUIRE:
        made.count = request->semaphore_acquire->permits;
        break;
    case HF__REQUEST__OP_SEMAPHORE_RELEASE:
        made.count = request->semaphore_release->permits;
        break;
    case HF__REQUEST__OP_QUEUE_ACKNOWLEDGE:
        made.part = request->queue_acknowledge->delivery;
        break;
    case HF__REQUEST__OP_QUEUE_RETURN:
        made.part = request->queue_return->delivery;
        break;
    case HF__REQUEST__OP_QUEUE_EXTEND:
        made.part = request->queue_extend->delivery;
        break;
    case HF__REQUEST__OP_PIPE_ATTACH:
        made.part = request->pipe_attach->end;
        break;
    case HF__REQUEST__OP_PIPE_SEND:
        made.part = request->pipe_send->end;
        break;
    case HF__REQUEST__OP_PIPE_RECEIVE:
        made.part = request->pipe_receive->end;
        break;
    case HF__REQUEST__OP_PIPE_POLL:
        made.part = request->pipe_poll->end;
        break;
    case HF__REQUEST__OP_PIPE_CLOSE:
        made.part = request->pipe_close->end;
        break;
    default:
        break;
    }
    return made;
}

bool held_releases(const struct held *held, const struct held_request *request) {
    return request->op == HF__REQUEST__OP_LOCK_RELEASE && count_of(held, request) > 0;
}

/* The depth that a re-entrant lock has now. */
static uint64_t depth_in(const Hf__Reply *reply) {
    bool told = reply->result_case == HF__REPLY__RESULT_GRANT && reply->grant->has_depth;
    return told ? reply->grant->depth : 1;
}

static bool leads(const Hf__Reply *reply) {
    return reply->result_case == HF__REPLY__RESULT_BARRIER_PLACE && reply->barrier_place->leader;
}

/* Of an object that was opened. */
static uint64_t id_in(const Hf__Reply *reply) {
    return reply->result_case == HF__REPLY__RESULT_OBJECT ? reply->object->id : 0;
}

static void note_grants(struct held *held, const Hf__Reply *reply) {
    bool told = reply->result_case == HF__REPLY__RESULT_GRANTS;
    for (size_t i = 0; told && i < reply->grants->n_grants; i++) {
        const Hf__Grant *grant = reply->grants->grants[i];
        set(held, grant->lock, 0, grant->has_depth ? grant->depth : 1);
    }
}

static void note_done(struct held *held, const struct held_request *request,
                      const Hf__Reply *reply) {
    uint64_t object = request->object;
    uint64_t count = count_of(held, request);
    switch ((int)request->op) {
    case HF__REQUEST__OP_LOCK_ACQUIRE:
        set(held, object, 0, depth_in(reply));
        break;
    case HF__REQUEST__OP_LOCK_ACQUIRE_MANY:
        note_grants(held, reply);
        break;
    case HF__REQUEST__OP_RWLOCK_ACQUIRE_READ:
    case HF__REQUEST__OP_RWLOCK_ACQUIRE_WRITE:
    case HF__REQUEST__OP_SEMAPHORE_ACQUIRE:
    case HF__REQUEST__OP_QUEUE_REGISTER_PRODUCER:
    case HF__REQUEST__OP_POOL_REGISTER:
        set(held, object, 0, count + request->count);
        break;
    case HF__REQUEST__OP_QUEUE_GET:
        if (reply->result_case == HF__REPLY__RESULT_DELIVERY) {
            set(held, object, reply->delivery->id, 1);
        }
        break;
    case HF__REQUEST__OP_SUPERVISOR_OPEN: /* it is over with its session */
        if (reply->result_case == HF__REPLY__RESULT_OBJECT) {
            set(held, reply->object->id, 0, 1);
        }
        break;
    case HF__REQUEST__OP_BARRIER_WAIT:
        set(held, object, 0, leads(reply));
        break;
    case HF__REQUEST__OP_SUBMITTER_OPEN:
        set(held, id_in(reply), 0, 1);
        break;
    case HF__REQUEST__OP_LOCK_RELEASE:
    case HF__REQUEST__OP_RWLOCK_RELEASE:
    case HF__REQUEST__OP_SEMAPHORE_RELEASE:
    case HF__REQUEST__OP_QUEUE_UNREGISTER_PRODUCER:
        set(held, object, 0, count > request->count ? count - request->count : 0);
        break;
    case HF__REQUEST__OP_LOCK_TRANSFER:
    case HF__REQUEST__OP_QUEUE_ACKNOWLEDGE:
    case HF__REQUEST__OP_QUEUE_RETURN:
    case HF__REQUEST__OP_PIPE_CLOSE:
    case HF__REQUEST__OP_BARRIER_DONE:
    case HF__REQUEST__OP_BARRIER_ABORT:
    case HF__REQUEST__OP_BARRIER_RESET:
    case HF__REQUEST__OP_POOL_LEAVE:
        set(held, object, request->part, 0);
        break;
    case HF__REQUEST__OP_OBJECT_DELETE:
        forget_object(held, object);
        break;
    default:
        break;
    }
}

/* What a refusal tells of what is held no more. */
static void note_refused(struct held *held, const struct held_request *request, hf_status status) {
    uint64_t count = count_of(held, request);
    switch ((int)status) {
    case HF_NO_OBJECT:
    case HF_DELETED:
        forget_object(held, request->object);
        break;
    case HF_NOT_HELD: /* fewer than were to be released */
        if (count >= request->count) {
            set(held, request->object, request->part, request->count ? request->count - 1 : 0);
        }
        break;
    case HF_BROKEN: /* the barrier, and with it the leadership */
        set(held, request->object, request->part, 0);
        break;
    default:
        break;
    }
}

/* Whether what a request uses was used by one that ended so: also in vain. */
static bool was_run(hf_status status) {
    return hf_ok(status) || status == HF_TIMEOUT || status == HF_CANCELLED || status == HF_CLOSED ||
           status == HF_TOO_BIG || status == HF_LIMIT || status == HF_NO_MEMORY;
}

/* Whether the session has, from then on, what such a request uses: the end of a pipe; a submitter,
 * whose results come once. */
static bool uses(const struct held_request *request) {
    switch ((int)request->op) {
    case HF__REQUEST__OP_PIPE_ATTACH:
    case HF__REQUEST__OP_PIPE_SEND:
    case HF__REQUEST__OP_PIPE_RECEIVE:
    case HF__REQUEST__OP_PIPE_POLL:
    case HF__REQUEST__OP_SUBMITTER_COLLECT:
        return true;
    default:
        return false;
    }
}

void held_note(struct held *held, const struct held_request *request, const Hf__Reply *reply) {
    hf_status status = (hf_status)reply->status;
    if (uses(request) && was_run(status)) {
        set(held, request->object, request->part, 1);
    } else if (hf_ok(status)) {
        note_done(held, request, reply);
    } else {
        note_refused(held, request, status);
    }
}
