/* SPDX-License-Identifier: MIT
 *
 * The model of a barrier.
 */
#include "keep.h"
#include "make.h"
#include "model.h"

enum { LANE_WAIT, LANE_ENTER };

struct barrier {
    struct model *model;
    uint32_t parties;
    bool action;
    bool has_timeout;
    int64_t timeout_ms;
    uint32_t come;
    bool broken;
};

static struct barrier *barrier_of(const struct model_object *object) {
    return object->own;
}

static bool acting(const struct model_object *object) {
    return object->hold_count > 0;
}

/* ---- open ---- */

static void make_barrier_open(struct maker *maker) {
    bool plain = maker_chance(maker, 50);
    maker_emit(maker,
               REQUEST(maker->object, barrier_open, .name = maker_name(maker), .has_mode = true,
                       .mode = maker_mode(maker),
                       .parties = maker_chance(maker, 97) ? 1 + (uint32_t)maker_roll(maker, 3) : 0,
                       .has_timeout_ms = maker_chance(maker, 40),
                       .timeout_ms = 30 * (int64_t)maker_roll(maker, 4) - 30, .has_action = !plain,
                       .action = maker_chance(maker, 80)));
}

static bool barrier_same(const void *own, const Hf__Request *request) {
    const struct barrier *barrier = own;
    const Hf__BarrierOpen *in = request->barrier_open;
    return barrier->parties == in->parties &&
           (!in->has_action || barrier->action == (in->action != 0)) &&
           (!in->has_timeout_ms || barrier->timeout_ms == in->timeout_ms);
}

static hf_status barrier_open(struct model_run *run) {
    const Hf__BarrierOpen *in = run->request->barrier_open;
    struct barrier *barrier = keep(sizeof *barrier);
    barrier->model = run->model;
    barrier->parties = in->parties;
    barrier->action = in->action;
    barrier->has_timeout = in->has_timeout_ms;
    barrier->timeout_ms = in->timeout_ms;
    hf_status status = in->parties > 0 ? HF_OK : HF_VALUE_ERROR;
    return model_open(run, (struct model_opening){&model_barrier, in->name, in->mode, barrier,
                                                  status, barrier_same});
}

/* ---- a generation's end ---- */

static void decide(struct model *model, struct model_object *object, hf_status status) {
    struct model_call *call = NULL;
    for (size_t at = 0; (call = model_waiting_call(model, object, LANE_WAIT, at)) != NULL; at++) {
        if (call->staged->result == MODEL_WAIT) {
            call->staged->result = status;
        }
    }
    barrier_of(object)->come = 0;
    object->hold_count = 0;
    model_touch(model, object);
}

static void break_it(struct model *model, struct model_object *object) {
    barrier_of(object)->broken = true;
    decide(model, object, HF_BROKEN);
}

/* ---- wait ---- */

static void make_barrier_wait(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, barrier_wait));
}

static Hf__BarrierPlace *answer_place(struct model_run *run, uint32_t index) {
    Hf__BarrierPlace *place = keep(sizeof *place);
    hf__barrier_place__init(place);
    place->index = index;
    run->reply->result_case = HF__REPLY__RESULT_BARRIER_PLACE;
    run->reply->barrier_place = place;
    run->staged = NULL;
    return place;
}

static hf_status complete(struct model_run *run) {
    struct barrier *barrier = barrier_of(run->object);
    Hf__BarrierPlace *place = answer_place(run, barrier->parties - 1);
    if (!barrier->action) {
        decide(run->model, run->object, HF_OK);
        return HF_OK;
    }
    model_grant(run, &run->object->holds[run->object->hold_count++]);
    place->has_leader = place->leader = place->has_fence = true;
    place->fence = run->object->holds[0].fence;
    return HF_OK;
}

static hf_status barrier_enter(struct model_run *run) {
    struct barrier *barrier = barrier_of(run->object);
    const struct model_call *first = model_waiting_call(run->model, run->object, LANE_ENTER, 0);
    bool may_come = !acting(run->object) && (!first || first == run->call);
    if (barrier->broken) {
        run->staged = NULL;
        return HF_BROKEN;
    }
    if (may_come && barrier->come + 1 == barrier->parties) {
        return complete(run);
    }
    if (may_come && run->staged) {
        *run->staged =
            (struct model_staged){.number = barrier->come++, .result = MODEL_WAIT, .begun = true};
        return model_wait_in(run, run->object, LANE_WAIT);
    }
    if (!run->staged) {
        run->staged = keep(sizeof *run->staged);
        model_touch(run->model, run->object);
    }
    run->default_timeout_ms = barrier->has_timeout ? barrier->timeout_ms : 0;
    return model_wait_in(run, run->object, LANE_ENTER);
}

static hf_status barrier_wait(struct model_run *run) {
    if (!run->staged || !run->staged->begun) {
        return barrier_enter(run);
    }
    hf_status result = run->staged->result;
    if (result == MODEL_WAIT) {
        return model_wait_in(run, run->object, LANE_WAIT);
    }
    if (result == HF_OK) {
        (void)answer_place(run, run->staged->number);
    }
    run->staged = NULL;
    return result;
}

/* Whether a waiting call can go on. */
static bool barrier_wait_ready(struct model_run *run) {
    return run->staged->begun ? run->staged->result != MODEL_WAIT : !acting(run->object);
}

static hf_status barrier_abandon(struct model *model, struct model_call *call, hf_status why) {
    struct model_staged *staged = call->staged;
    if (!staged->begun || why == HF_DELETED) {
        return why;
    }
    if (staged->result == MODEL_WAIT) {
        staged->result = why;
        break_it(model, call->waiters[0].object);
    }
    return staged->result;
}

/* ---- the rest ---- */

static void make_done(struct maker *maker) {
    const struct model *model = maker->model;
    for (size_t i = 0; i < model->object_count && maker_chance(maker, 95); i++) {
        const struct model_object *object = model->objects[i];
        if (object->type == &model_barrier && model_holds(maker->session, object)) {
            maker->object = object->self.id;
        }
    }
    maker_emit(maker, REQUEST(maker->object, barrier_done));
}

static hf_status barrier_done(struct model_run *run) {
    if (model_holds(run->session, run->object)) {
        decide(run->model, run->object, HF_OK);
        return HF_OK;
    }
    return barrier_of(run->object)->broken ? HF_BROKEN : HF_NOT_HELD;
}

static void make_abort(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, barrier_abort));
}

static hf_status abort_it(struct model_run *run) {
    break_it(run->model, run->object);
    return HF_OK;
}

static void make_reset(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, barrier_reset));
}

static hf_status reset(struct model_run *run) {
    barrier_of(run->object)->broken = false;
    decide(run->model, run->object, HF_BROKEN);
    return HF_OK;
}

static void barrier_holder_died(struct model_object *object, struct model_hold *hold) {
    (void)hold;
    break_it(barrier_of(object)->model, object);
}

static void make_barrier_look(struct maker *maker) {
    switch (maker_roll(maker, 3)) {
    case 0:
        maker_emit(maker, REQUEST(maker->object, barrier_parties));
        break;
    case 1:
        maker_emit(maker, REQUEST(maker->object, barrier_waiting));
        break;
    default:
        maker_emit(maker, REQUEST(maker->object, barrier_broken));
        break;
    }
}

static hf_status parties(struct model_run *run) {
    return model_answer_count(run, barrier_of(run->object)->parties);
}

static hf_status count_waiting(struct model_run *run) {
    return model_answer_count(run, barrier_of(run->object)->come);
}

static hf_status broken(struct model_run *run) {
    return model_answer_truth(run, barrier_of(run->object)->broken);
}

static uint64_t barrier_size(const struct model_object *object) {
    return barrier_of(object)->come;
}

static const struct model_op barrier_ops[] = {
    {HF__REQUEST__OP_BARRIER_OPEN, 8, make_barrier_open, barrier_open, NULL,
     MODEL_OPENS | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_BARRIER_WAIT, 60, make_barrier_wait, barrier_wait, barrier_wait_ready,
     MODEL_CHANGES | MODEL_STAGED | MODEL_MOVES, LANE_ENTER},
    {HF__REQUEST__OP_BARRIER_DONE, 14, make_done, barrier_done, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_BARRIER_ABORT, 2, make_abort, abort_it, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_BARRIER_RESET, 8, make_reset, reset, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_BARRIER_PARTIES, 6, make_barrier_look, parties, NULL, 0, 0},
    {HF__REQUEST__OP_BARRIER_WAITING, 0, make_barrier_look, count_waiting, NULL, 0, 0},
    {HF__REQUEST__OP_BARRIER_BROKEN, 0, make_barrier_look, broken, NULL, 0, 0},
};

const struct model_type model_barrier = {
    .tag = HF__TYPE__BARRIER,
    .name = "barrier",
    .ops = barrier_ops,
    .op_count = sizeof barrier_ops / sizeof barrier_ops[0],
    .holder_died = barrier_holder_died,
    .abandon = barrier_abandon,
    .size = barrier_size,
};
