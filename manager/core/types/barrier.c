/* SPDX-License-Identifier: MIT
 *
 * barrier: threading.Barrier. A wait first enters, then arrives:
 *
 *     ENTER --parked, and no leader acts: arrives--> WAIT --all arrived, or broken--> answered
 *
 * A wait arrives only once it is parked (or is the last), so a refused wait has changed nothing.
 * While it waits, staged->stage is its index and staged->result its answer: HF_WAIT until that is
 * decided, for all waits of its generation at once.
 *
 * In a barrier with an action, the last party is the leader: it holds the barrier until it has
 * acted.
 */
#include "object.h"
#include "options.h"
#include "registry.h"

#include <assert.h>

enum { LANE_WAIT, LANE_ENTER };
enum { STAGE_NEW, STAGE_ENTERING, STAGE_ARRIVED }; /* ARRIVED + index */

struct barrier {
    struct object object;
    uint32_t parties;
    uint32_t arrived; /* waits of this generation; without the leader */
    bool action;
    bool broken;
    int64_t timeout_ms;
    struct hold leader;  /* in force if leader.object is set: while the leader acts */
    struct who *breaker; /* who broke or reset it last; NULL: nobody */
    const char *why;
};

static struct barrier *barrier_of(struct call *call) {
    return (struct barrier *)call->object;
}

static bool barrier_has_leader(const struct barrier *barrier) {
    return barrier->leader.object != NULL;
}

static hf_status barrier_init(struct object *object, struct call *call) {
    struct barrier *barrier = (struct barrier *)object;
    const Hf__BarrierOpen *in = call->request->barrier_open;
    if (in->parties == 0) {
        return call_refuse(call, HF_VALUE_ERROR, "a barrier has at least one party");
    }
    barrier->parties = in->parties;
    barrier->action = in->action;
    barrier->timeout_ms = in->timeout_ms;
    return HF_OK;
}

static void barrier_options(const struct object *object, void *open) {
    const struct barrier *barrier = (const struct barrier *)object;
    Hf__BarrierOpen *out = open;
    out->parties = barrier->parties;
    OPTION(out, timeout_ms, barrier->timeout_ms);
    OPTION(out, action, barrier->action);
}

static void barrier_fini(struct object *object) {
    who_release(((struct barrier *)object)->breaker);
}

static uint64_t barrier_describe(const struct object *object, struct text *options) {
    const struct barrier *barrier = (const struct barrier *)object;
    text_add(options, "%u parties%s", barrier->parties, barrier->action ? ", action" : "");
    if (barrier->timeout_ms != 0) {
        text_add(options, ", timeout_ms %lld", (long long)barrier->timeout_ms);
    }
    text_add(options, "%s", barrier->broken ? ", broken" : "");
    return barrier->arrived;
}

/* ---- a generation's end ---- */

/* End the generation: all its waits are to be answered with this status. */
static void barrier_decide(struct barrier *barrier, hf_status status) {
    const struct link *lane = &barrier->object.lanes[LANE_WAIT];
    for (const struct link *link = lane->next; link != lane; link = link->next) {
        struct staged *staged = &LINK_OWNER(link, struct waiter, in_lane)->pending->staged;
        if (staged->result == HF_WAIT) {
            staged->result = status;
        }
    }
    barrier->arrived = 0;
    if (barrier_has_leader(barrier)) {
        hold_end(&barrier->leader);
    }
    object_touch(&barrier->object);
}

static void barrier_end_generation(struct barrier *barrier, struct who *breaker, const char *why) {
    who_release(barrier->breaker);
    barrier->breaker = who_share(breaker);
    barrier->why = why;
    barrier_decide(barrier, HF_BROKEN);
}

static void barrier_break(struct barrier *barrier, struct who *breaker, const char *why) {
    barrier->broken = true;
    barrier_end_generation(barrier, breaker, why);
}

static hf_status barrier_refuse_broken(struct call *call, const struct barrier *barrier) {
    assert(barrier->breaker);
    char words[WHO_WORDS_BYTES];
    return call_refuse(call, HF_BROKEN, "%s %s", who_say(barrier->breaker, words), barrier->why);
}

static void barrier_holder_died(struct object *object, struct hold *hold) {
    struct barrier *barrier = (struct barrier *)object;
    assert(hold == &barrier->leader);
    barrier_break(barrier, hold->who,
                  hold->left ? "left while it acted as the leader"
                             : "died while it acted as the leader");
}

static const char *barrier_why(hf_status why) {
    return why == HF_TIMEOUT     ? "timed out while it waited"
           : why == HF_CANCELLED ? "cancelled its wait"
                                 : "died while it waited";
}

static hf_status barrier_abandon(struct object *object, struct call *call, hf_status why) {
    struct barrier *barrier = (struct barrier *)object;
    if (!call->staged->begun || why == HF_DELETED) {
        return why;
    }
    if (call->staged->result == HF_BROKEN) {
        return barrier_refuse_broken(call, barrier); /* another party has broken it before */
    }
    assert(call->staged->result == HF_WAIT);
    call->staged->result = why;
    barrier_break(barrier, call->owner->who, barrier_why(why));
    return why;
}

/* ---- wait ---- */

static hf_status barrier_answer_index(struct call *call, uint32_t index) {
    Hf__BarrierPlace *place = call_message(call, &hf__barrier_place__descriptor);
    if (!place) {
        return HF_NO_MEMORY;
    }
    place->index = index;
    return call_answer_message(call, HF__REPLY__RESULT_BARRIER_PLACE, place);
}

/* The last party does not wait. */
static hf_status barrier_complete(struct call *call) {
    struct barrier *barrier = barrier_of(call);
    hf_status status = barrier_answer_index(call, barrier->arrived);
    if (status != HF_OK) {
        return status;
    }
    if (barrier->action) {
        Hf__BarrierPlace *place = call->reply->barrier_place;
        hold_begin(&barrier->leader, call->owner, call->object);
        place->has_leader = place->leader = true;
        place->has_fence = true;
        place->fence = barrier->leader.fence;
    } else {
        barrier_decide(barrier, HF_OK);
    }
    return HF_OK;
}

static hf_status barrier_arrive(struct call *call) {
    struct barrier *barrier = barrier_of(call);
    call->staged->stage = STAGE_ARRIVED + barrier->arrived++;
    call->staged->result = HF_WAIT;
    call->staged->begun = true;
    return call_wait_in(call, call->object, LANE_WAIT);
}

static hf_status barrier_enter(struct call *call) {
    struct barrier *barrier = barrier_of(call);
    if (barrier->broken) {
        return barrier_refuse_broken(call, barrier);
    }
    bool may_arrive = !barrier_has_leader(barrier) && call_is_next(call, call->object, LANE_ENTER);
    if (may_arrive && barrier->arrived + 1 == barrier->parties) {
        return barrier_complete(call);
    }
    if (may_arrive && call->staged->stage == STAGE_ENTERING) {
        return barrier_arrive(call);
    }
    if (call->staged->stage == STAGE_NEW) {
        call->staged->stage = STAGE_ENTERING;
        object_touch(call->object); /* so that it arrives once it is parked */
    }
    call_default_timeout(call, barrier->timeout_ms);
    return HF_WAIT;
}

static hf_status barrier_wait(struct call *call) {
    if (!call->staged->begun) {
        return barrier_enter(call);
    }
    if (call->staged->result == HF_WAIT) {
        return call_wait_in(call, call->object, LANE_WAIT);
    }
    if (call->staged->result == HF_BROKEN) {
        return barrier_refuse_broken(call, barrier_of(call));
    }
    assert(call->staged->result == HF_OK);
    return barrier_answer_index(call, call->staged->stage - STAGE_ARRIVED);
}

/* ---- the other operations ---- */

static hf_status barrier_open(struct call *call) {
    return OBJECT_OPEN(call, &type_barrier, call->request->barrier_open);
}

static hf_status barrier_done(struct call *call) {
    struct barrier *barrier = barrier_of(call);
    if (barrier_has_leader(barrier) && barrier->leader.owner == call->owner) {
        barrier_decide(barrier, HF_OK);
        return HF_OK;
    }
    if (barrier->broken) {
        return barrier_refuse_broken(call, barrier);
    }
    return call_refuse(call, HF_NOT_HELD, "this session is not the leader of the barrier");
}

static hf_status barrier_abort(struct call *call) {
    struct barrier *barrier = barrier_of(call);
    if (!barrier->broken) {
        barrier_break(barrier, call->owner->who, "aborted it");
    }
    return HF_OK;
}

static hf_status barrier_reset(struct call *call) {
    struct barrier *barrier = barrier_of(call);
    barrier->broken = false;
    barrier_end_generation(barrier, call->owner->who, "reset it");
    return HF_OK;
}

static hf_status barrier_parties(struct call *call) {
    return call_answer_count(call, barrier_of(call)->parties);
}

static hf_status barrier_waiting(struct call *call) {
    return call_answer_count(call, barrier_of(call)->arrived);
}

static hf_status barrier_broken(struct call *call) {
    return call_answer_truth(call, barrier_of(call)->broken);
}

static const struct op barrier_ops[] = {
    {HF__REQUEST__OP_BARRIER_OPEN, barrier_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_BARRIER_WAIT, barrier_wait, OP_CHANGES | OP_WAITS | OP_STAGED | OP_OWN_ORDER,
     LANE_ENTER},
    {HF__REQUEST__OP_BARRIER_DONE, barrier_done, OP_CHANGES, 0},
    {HF__REQUEST__OP_BARRIER_ABORT, barrier_abort, OP_CHANGES, 0},
    {HF__REQUEST__OP_BARRIER_RESET, barrier_reset, OP_CHANGES, 0},
    {HF__REQUEST__OP_BARRIER_PARTIES, barrier_parties, OP_READS, 0},
    {HF__REQUEST__OP_BARRIER_WAITING, barrier_waiting, OP_READS, 0},
    {HF__REQUEST__OP_BARRIER_BROKEN, barrier_broken, OP_READS, 0},
};

const struct type type_barrier = {
    .tag = HF__TYPE__BARRIER,
    .name = "barrier",
    .object_size = sizeof(struct barrier),
    TYPE_OPS(barrier_ops),
    .init = barrier_init,
    .fini = barrier_fini,
    .options = barrier_options,
    .waits_for_holders = true,
    .holder_died = barrier_holder_died,
    .abandon = barrier_abandon,
    .describe = barrier_describe,
};
