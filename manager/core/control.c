/* SPDX-License-Identifier: MIT
 *
 * The operations of a session itself: ping, cancel, batch, wait for any, statistics, clock. Hello
 * and prove have their rows here too, but until the session is welcome session.c serves them.
 */
#include "batch.h"
#include "call.h"
#include "mem.h"
#include "pending.h"
#include "wire_limits.h"

#include <assert.h>

/* Only for a session that is welcome: before that, session.c serves these itself. */
static hf_status greet_again(struct call *call) {
    return call_refuse(call, HF_INVALID, "this session has been welcomed already");
}

static hf_status ping(struct call *call) {
    (void)call;
    return HF_OK;
}

static hf_status cancel(struct call *call) {
    struct link *calls = &call->owner->all->waiting;
    for (struct link *link = calls->next; link != calls; link = link->next) {
        struct pending *waiting = LINK_OWNER(link, struct pending, in_session);
        if (waiting->request->id == call->request->cancel->call) {
            pending_end(waiting, HF_CANCELLED);
            return call_answer_truth(call, true);
        }
    }
    return call_answer_truth(call, false);
}

static hf_status stats(struct call *call) {
    Hf__Statistics *statistics = arena_alloc(call->arena, sizeof *statistics);
    if (!statistics) {
        return HF_NO_MEMORY;
    }
    hf__statistics__init(statistics);
    const struct calls *calls = call->pending->calls;
    statistics->has_sessions = statistics->has_objects = statistics->has_waiting_calls = true;
    statistics->has_requests = statistics->has_memory_bytes = statistics->has_uptime_ms = true;
    statistics->has_fence = statistics->has_receiving_bytes = true;
    statistics->sessions = calls->sessions;
    statistics->objects = calls->registry.object_count;
    statistics->waiting_calls = calls->waiting;
    statistics->requests = calls->served;
    statistics->memory_bytes = mem_used();
    statistics->uptime_ms = (uint64_t)(calls->registry.now_ms - calls->registry.started_ms);
    statistics->fence = calls->registry.fence;
    statistics->receiving_bytes = calls->receiving_bytes;
    return call_answer_message(call, HF__REPLY__RESULT_STATISTICS, statistics);
}

static hf_status tell_clock(struct call *call) {
    const struct registry *registry = call->registry;
    int64_t wall_ms = registry->now_ms + registry->wall_ahead_ms;
    Hf__Times *times = call_message(call, &hf__times__descriptor);
    if (!times) {
        return HF_NO_MEMORY;
    }
    times->wall_ms = wall_ms > 0 ? (uint64_t)wall_ms : 0;
    times->monotonic_ms = (uint64_t)(registry->now_ms - registry->started_ms);
    return call_answer_message(call, HF__REPLY__RESULT_TIMES, times);
}

/* The end of very many holds takes several requests, so that others are served in between. */
static hf_status leave(struct call *call) {
    enum { LEFT_AT_ONCE = 1024 };
    const Hf__Leave *in = call->request->leave;
    const uint64_t *party = in->has_party ? &in->party : NULL;
    struct owners *owners = call->owner->all;
    hf_status status = call_answer_count(call, 0);
    if (status == HF_OK) {
        owners_lose_holds(owners, party, LEFT_AT_ONCE, !in->died);
        call->reply->count = owners_count_holds(owners, party);
    }
    return status;
}

/* ---- wait for any ---- */

static hf_status check_requests(struct call *call, const Hf__WaitAny *in) {
    if (in->n_requests == 0 || in->n_requests > HF_WAIT_ANY_MAX_REQUESTS) {
        return call_refuse(call, HF_INVALID, "1 to %u requests can be waited for",
                           HF_WAIT_ANY_MAX_REQUESTS);
    }
    for (size_t i = 0; i < in->n_requests; i++) {
        const struct type *type = NULL;
        const struct op *op = types_find(in->requests[i]->op_case, &type);
        if (!op || !(op->flags & OP_WAITS) || op->flags & (OP_STAGED | OP_WAITS_ALL)) {
            return call_refuse(call, HF_INVALID, "request %zu does not wait in one place", i);
        }
    }
    return HF_OK;
}

/* An operation that never changes lanes waits in at most so many. */
enum { TARGETS_PER_REQUEST = 2 };

static void add_target(struct target target, struct target *targets, size_t *count) {
    for (size_t i = 0; i < *count; i++) {
        if (targets[i].object == target.object && targets[i].lane == target.lane) {
            return;
        }
    }
    targets[(*count)++] = target;
}

/* Add the lanes in which a call wants to wait, each of them once. */
static void add_targets(const struct call *call, struct target *targets, size_t *count) {
    assert(call->target_count <= TARGETS_PER_REQUEST);
    if (call->target_count == 0) {
        add_target((struct target){call->object, call->lane}, targets, count);
    }
    for (size_t i = 0; i < call->target_count; i++) {
        add_target(call->targets[i], targets, count);
    }
}

/* Answer with the reply of the first request that need not wait. */
static hf_status answer_first(struct call *call, Hf__First *first, size_t index, hf_status status) {
    assert(status != HF_WAIT);
    first->index = (uint32_t)index;
    first->reply->status = (Hf__Status)status;
    call->reply->detail = first->reply->detail;
    hf_status answered = call_answer_message(call, HF__REPLY__RESULT_FIRST, first);
    return answered == HF_OK ? status : answered;
}

/* Each attempt tries all the requests. Only the waiters stay from one attempt to the next: such a
 * request always waits in the same lanes. */
static hf_status wait_any(struct call *call) {
    const Hf__WaitAny *in = call->request->wait_any;
    hf_status status = check_requests(call, in);
    if (status != HF_OK) {
        return status;
    }
    struct target *targets =
        arena_zeroed(call->arena, TARGETS_PER_REQUEST * in->n_requests, sizeof *targets);
    Hf__First *first = arena_alloc(call->arena, sizeof *first);
    Hf__Reply *reply = arena_alloc(call->arena, sizeof *reply);
    if (!targets || !first || !reply) {
        return HF_NO_MEMORY;
    }
    hf__first__init(first);
    first->reply = reply;
    size_t target_count = 0;
    for (size_t i = 0; i < in->n_requests; i++) {
        struct call inner;
        call_init_within(&inner, call, in->requests[i], reply);
        status = call_run_within(&inner);
        if (status != HF_WAIT) {
            return answer_first(call, first, i, status);
        }
        add_targets(&inner, targets, &target_count);
    }
    assert(target_count > 0);
    return call_wait_for(call, targets, target_count);
}

static const struct op ops[] = {
    {HF__REQUEST__OP_HELLO, greet_again, OP_FREE, 0},
    {HF__REQUEST__OP_PROVE, greet_again, OP_FREE, 0},
    {HF__REQUEST__OP_PING, ping, OP_FREE, 0},
    {HF__REQUEST__OP_CANCEL, cancel, OP_FREE, 0},
    {HF__REQUEST__OP_BATCH, batch, OP_FREE, 0},
    {HF__REQUEST__OP_STATS, stats, OP_FREE, 0},
    {HF__REQUEST__OP_CLOCK, tell_clock, OP_FREE, 0},
    {HF__REQUEST__OP_WAIT_ANY, wait_any, OP_FREE, 0},
    {HF__REQUEST__OP_LEAVE, leave, OP_FREE, 0},
};

const struct type type_session = {
    .name = "session",
    TYPE_OPS(ops),
};
