/* SPDX-License-Identifier: MIT
 *
 * supervisor: a process that starts and replaces a pool's workers, and reports how each ended. One
 * waiting call, supervisor_wait, tells it all that it has to know.
 */
#include "lifetime.h"
#include "object.h"
#include "registry.h"
#include "task.h"
#include "wire_limits.h"

#include <assert.h>

static struct supervisor *supervisor_of(struct call *call) {
    return (struct supervisor *)call->object;
}

/* ---- open, describe ---- */

static hf_status supervisor_find_submitter(struct call *call, uint64_t id,
                                           const struct pool *pool) {
    const struct object *found = lifetime_find(call->registry, id);
    if (!found) {
        return call_refuse_id(call, id);
    }
    bool right = found->type == &type_submitter && ((const struct submitter *)found)->pool == pool;
    return right ? HF_OK
                 : call_refuse(call, HF_NO_OBJECT, "the pool has no submitter with the id %llu",
                               (unsigned long long)id);
}

static hf_status supervisor_init(struct object *object, struct call *call) {
    struct supervisor *supervisor = (struct supervisor *)object;
    const Hf__SupervisorOpen *in = call->request->supervisor_open;
    const struct object *found = lifetime_find(call->registry, in->pool);
    link_init(&supervisor->in_pool);
    link_init(&supervisor->workers);
    link_init(&supervisor->gone);
    if (!found) {
        return call_refuse_id(call, in->pool);
    }
    if (found->type != &type_pool) {
        return call_refuse(call, HF_NO_OBJECT, "no pool has the id %llu",
                           (unsigned long long)in->pool);
    }
    const struct pool *pool = (const struct pool *)found;
    hf_status status =
        in->has_submitter ? supervisor_find_submitter(call, in->submitter, pool) : HF_OK;
    if (status == HF_OK && pool->closed) {
        status = HF_CLOSED;
    }
    if (status != HF_OK) {
        return status;
    }
    supervisor->submitter = in->submitter;
    return HF_OK;
}

/* Done last, when opening cannot fail any more: a pool that loses its last supervisor fails its
 * tasks. */
static void supervisor_begin(struct supervisor *supervisor, struct pool *pool) {
    assert(pool && !supervisor->pool && !pool->closed);
    supervisor->pool = pool;
    link_append(&pool->supervisors, &supervisor->in_pool);
    pool->supervisor_count++;
    pool->supervised = true;
    pool->abandoned = false;
    (void)registry_refer(pool->object.registry, pool->object.id); /* the pool exists */
}

static hf_status supervisor_open(struct call *call) {
    const Hf__SupervisorOpen *in = call->request->supervisor_open;
    hf_status status = object_open(call, &type_supervisor, NULL, HF__MODE__OPEN_OR_CREATE);
    if (status == HF_OK) {
        supervisor_begin(supervisor_of(call),
                         (struct pool *)registry_find(call->registry, in->pool));
    }
    return status;
}

static void supervisor_deleted(struct object *object) {
    struct supervisor *supervisor = (struct supervisor *)object;
    const struct pool *pool = supervisor->pool;
    if (pool) {
        supervisor_end(supervisor);
        registry_unrefer(object->registry, pool->object.id);
    }
}

static uint64_t supervisor_describe(const struct object *object, struct text *options) {
    const struct supervisor *supervisor = (const struct supervisor *)object;
    if (supervisor->pool) {
        text_add(options, "of pool #%llu", (unsigned long long)supervisor->pool->object.id);
    } else {
        text_add(options, "of a pool that is gone");
    }
    return 0;
}

/* ---- operations ---- */

/* Whether the submitter that it was started for is gone. */
static bool supervisor_submitter_is_gone(const struct call *call,
                                         const struct supervisor *supervisor) {
    if (supervisor->submitter == 0) {
        return false;
    }
    const struct object *found = registry_find(call->registry, supervisor->submitter);
    return !found || !((const struct submitter *)found)->origin;
}

static hf_status supervisor_check(struct call *call, const struct supervisor *supervisor) {
    if (!supervisor->pool) {
        return call_refuse(call, HF_CLOSED, "the pool was deleted");
    }
    if (supervisor->pool->terminated) {
        return call_refuse(call, HF_CLOSED, "the pool was terminated");
    }
    if (supervisor_submitter_is_gone(call, supervisor)) {
        return call_refuse(call, HF_CLOSED, "the submitter is gone");
    }
    return HF_OK;
}

static void supervisor_list_gone(const struct supervisor *supervisor, Hf__Supervision *out) {
    const struct link *gone = &supervisor->gone;
    for (const struct link *link = gone->next; link != gone; link = link->next) {
        const struct worker *worker = LINK_OWNER(link, struct worker, in_supervisor);
        if (!worker->told) {
            out->gone[out->n_gone++] = worker->number;
        }
    }
    assert(out->n_gone == supervisor->untold);
}

static void supervisor_has_told(struct supervisor *supervisor) {
    struct link *gone = &supervisor->gone;
    for (struct link *link = gone->next; link != gone; link = link->next) {
        LINK_OWNER(link, struct worker, in_supervisor)->told = true;
    }
    supervisor->untold = 0;
}

static hf_status supervisor_answer(struct call *call, struct supervisor *supervisor,
                                   bool finished) {
    const struct pool *pool = supervisor->pool;
    Hf__Supervision *out = call_message(call, &hf__supervision__descriptor);
    uint64_t *gone = arena_zeroed(call->arena, supervisor->untold, sizeof *gone);
    if (!out || !gone) {
        return HF_NO_MEMORY;
    }
    out->queued = pool->schedule.count;
    out->idle = pool->worker_count - pool->busy_count;
    out->has_finished = true;
    out->finished = finished;
    out->gone = gone;
    supervisor_list_gone(supervisor, out);
    hf_status status = call_answer_message(call, HF__REPLY__RESULT_SUPERVISION, out);
    if (status == HF_OK) {
        supervisor_has_told(supervisor);
    }
    return status;
}

static hf_status supervisor_wait(struct call *call) {
    struct supervisor *supervisor = supervisor_of(call);
    hf_status status = supervisor_check(call, supervisor);
    if (status != HF_OK) {
        return status;
    }
    const struct pool *pool = supervisor->pool;
    bool finished = pool->closed && pool->alive == 0;
    bool grow = call->request->supervisor_wait->grow && pool->backlog;
    bool due = finished || grow || supervisor->untold > 0;
    return due ? supervisor_answer(call, supervisor, finished) : HF_WAIT;
}

static hf_status supervisor_report(struct call *call) {
    const Hf__SupervisorReport *in = call->request->supervisor_report;
    const struct supervisor *supervisor = supervisor_of(call);
    const struct worker_exit cause = {
        .how = in->has_signal      ? EXIT_BY_SIGNAL
               : in->has_exit_code ? EXIT_BY_CODE
                                   : EXIT_UNKNOWN,
        .number = in->has_signal ? in->signal : in->exit_code,
    };
    struct worker *worker = supervisor_find(supervisor, in->number);
    if (worker) {
        worker_report(worker, &cause);
    }
    return call_answer_truth(call, worker != NULL);
}

static const struct op supervisor_ops[] = {
    {HF__REQUEST__OP_SUPERVISOR_OPEN, supervisor_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_SUPERVISOR_WAIT, supervisor_wait, OP_CHANGES | OP_WAITS, 0},
    {HF__REQUEST__OP_SUPERVISOR_REPORT, supervisor_report, OP_CHANGES, 0},
};

const struct type type_supervisor = {
    .tag = HF__TYPE__SUPERVISOR,
    .name = "supervisor",
    .object_size = sizeof(struct supervisor),
    TYPE_OPS(supervisor_ops),
    .init = supervisor_init,
    .deleted = supervisor_deleted,
    .describe = supervisor_describe,
    .without_size = true,
};
