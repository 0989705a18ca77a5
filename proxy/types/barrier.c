/* SPDX-License-Identifier: MIT
 *
 * Barriers: one function for each operation, see <holdfast/barrier.h>.
 */
#include "call.h"

#include <holdfast/barrier.h>

hf_status hf_barrier_open(hf_client *client, const char *name, uint32_t parties,
                          const hf_barrier_options *options, hf_barrier *barrier) {
    struct call call;
    const hf_barrier_options given =
        options ? *options : (hf_barrier_options){.mode = HF_OPEN_OR_CREATE};
    Hf__BarrierOpen *op =
        call_begin_open(&call, client, HF__REQUEST__OP_BARRIER_OPEN, name, given.mode);
    call_check(&call, reserved_check(&given));
    op->parties = parties;
    op->has_timeout_ms = given.has_timeout;
    op->timeout_ms = given.timeout_ms;
    op->has_action = op->action = given.action;
    return call_finish(&call, HF__REQUEST__OP_BARRIER_OPEN, &op->base,
                       sink_handle(&barrier->client, &barrier->id));
}

CALL_REFERENCES(barrier) /* hf_barrier_ref(), hf_barrier_from_ref() */

/* ---- wait ---- */

/* The index goes to `out`, and whether this party leads to `more`. */
static hf_status store_place(const Hf__Reply *reply, const struct sink *sink) {
    if (sink->out) {
        *(uint32_t *)sink->out = reply->barrier_place->index;
    }
    if (sink->more) {
        *(bool *)sink->more = reply->barrier_place->leader;
    }
    return HF_OK;
}

static hf_status wait_here(hf_barrier barrier, int64_t timeout_ms, uint32_t *index, bool *leader) {
    struct call call;
    Hf__BarrierWait op = HF__BARRIER_WAIT__INIT;
    call_begin(&call, barrier.client, barrier.id);
    /* A timeout of 0 is sent too, because without one the barrier's own is used. */
    call.request.has_timeout_ms = timeout_ms != HF_BARRIER_TIMEOUT;
    call.request.timeout_ms = timeout_ms;
    call.steady = true; /* a party that gives up breaks the barrier for all */
    return call_finish(
        &call, HF__REQUEST__OP_BARRIER_WAIT, &op.base,
        (struct sink){store_place, HF__REPLY__RESULT_BARRIER_PLACE, .out = index, .more = leader});
}

hf_status hf_barrier_wait(hf_barrier barrier, int64_t timeout_ms, uint32_t *index) {
    return wait_here(barrier, timeout_ms, index, NULL);
}

hf_status hf_barrier_wait_action(hf_barrier barrier, int64_t timeout_ms, hf_barrier_action *action,
                                 void *argument, uint32_t *index) {
    bool leader = false;
    hf_status status = call_alone(barrier.client);
    if (status == HF_OK) {
        status = wait_here(barrier, timeout_ms, index, &leader);
    }
    if (status == HF_OK && leader) {
        action(argument);
        status = hf_barrier_done(barrier);
    }
    return status;
}

/* ---- the rest ---- */

hf_status hf_barrier_done(hf_barrier barrier) {
    return call_plain(HF_OBJECT(barrier), HF__REQUEST__OP_BARRIER_DONE, sink_nothing());
}

hf_status hf_barrier_abort(hf_barrier barrier) {
    return call_plain(HF_OBJECT(barrier), HF__REQUEST__OP_BARRIER_ABORT, sink_nothing());
}

hf_status hf_barrier_reset(hf_barrier barrier) {
    return call_plain(HF_OBJECT(barrier), HF__REQUEST__OP_BARRIER_RESET, sink_nothing());
}

hf_status hf_barrier_parties(hf_barrier barrier, uint64_t *parties) {
    return call_plain(HF_OBJECT(barrier), HF__REQUEST__OP_BARRIER_PARTIES, sink_count(parties));
}

hf_status hf_barrier_waiting(hf_barrier barrier, uint64_t *waiting) {
    return call_plain(HF_OBJECT(barrier), HF__REQUEST__OP_BARRIER_WAITING, sink_count(waiting));
}

hf_status hf_barrier_broken(hf_barrier barrier, bool *broken) {
    return call_plain(HF_OBJECT(barrier), HF__REQUEST__OP_BARRIER_BROKEN, sink_truth(broken));
}
