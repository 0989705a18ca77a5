/* SPDX-License-Identifier: MIT
 *
 * The model of a condition.
 */
#include "keep.h"
#include "make.h"
#include "model.h"

enum { LANE_ENTER, LANE_WAIT, LANE_OF_LOCK = 0 };

struct condition {
    uint64_t lock_id; /* as it was opened with; the lock may have been deleted since */
    struct model_object *lock;
};

static struct model_object *lock_of(const struct model_object *object) {
    return ((const struct condition *)object->own)->lock;
}

static struct model_object *condition_refers(const struct model_object *object) {
    return lock_of(object);
}

/* ---- open ---- */

static void make_condition_open(struct maker *maker) {
    uint64_t lock = maker_object(maker, maker_chance(maker, 97) ? &model_lock : NULL);
    maker_emit(maker, REQUEST(maker->object, condition_open, .name = maker_name(maker),
                              .has_mode = true, .mode = maker_mode(maker), .lock = lock));
}

static bool condition_same(const void *own, const Hf__Request *request) {
    return ((const struct condition *)own)->lock_id == request->condition_open->lock;
}

static hf_status condition_open(struct model_run *run) {
    const Hf__ConditionOpen *in = run->request->condition_open;
    struct condition *condition = keep(sizeof *condition);
    condition->lock_id = in->lock;
    condition->lock = model_find(run->model, in->lock);
    hf_status status = !condition->lock                       ? HF_NO_OBJECT
                       : condition->lock->type != &model_lock ? HF_WRONG_TYPE
                                                              : HF_OK;
    return model_open(run, (struct model_opening){&model_condition, in->name, in->mode, condition,
                                                  status, condition_same});
}

/* ---- wait ---- */

/* Mostly of a condition whose lock this session holds; or acquire that lock. */
static bool prefer_held(struct maker *maker) {
    const struct model *model = maker->model;
    for (size_t i = 0; i < model->object_count && maker_chance(maker, 95); i++) {
        const struct model_object *object = model->objects[i];
        if (object->type == &model_condition && !object->gone &&
            model_holds(maker->session, lock_of(object))) {
            maker->object = object->self.id;
            return true;
        }
    }
    const struct model_object *object = model_find(model, maker->object);
    if (object && object->type == &model_condition && maker_chance(maker, 90)) {
        maker_emit(maker, REQUEST(lock_of(object)->self.id, lock_acquire));
        return false;
    }
    return true;
}

static void make_condition_wait(struct maker *maker) {
    if (prefer_held(maker)) {
        maker_emit(maker, REQUEST(maker->object, condition_wait));
    }
}

static hf_status check_lock(const struct model_run *run) {
    const struct model_object *lock = lock_of(run->object);
    if (lock->gone) {
        return HF_NO_OBJECT;
    }
    return model_holds(run->session, lock) ? HF_OK : HF_NOT_HELD;
}

static hf_status condition_enter(struct model_run *run) {
    hf_status status = check_lock(run);
    if (status != HF_OK) {
        return status;
    }
    model_lock_tell(run, lock_of(run->object));
    run->staged = keep(sizeof *run->staged);
    model_touch(run->model, run->object);
    return model_wait_in(run, run->object, LANE_ENTER);
}

static hf_status give_up(struct model_run *run) {
    struct model_object *lock = lock_of(run->object);
    *run->staged = (struct model_staged){
        .number = lock->holds[0].depth,
        .lease_ms = lock->holds[0].lease_ms,
        .result = MODEL_WAIT,
        .begun = true,
    };
    lock->hold_count = 0;
    model_touch(run->model, lock);
    return model_wait_in(run, run->object, LANE_WAIT);
}

static hf_status take_again(struct model_run *run, struct model_object *lock) {
    const struct model_call *first = model_waiting_call(run->model, lock, LANE_OF_LOCK, 0);
    bool turn = !first || first == run->call ||
                model_may_pass(run->model, run->session, lock, LANE_OF_LOCK);
    if (lock->hold_count > 0 || !turn) {
        return model_wait_in(run, lock, LANE_OF_LOCK);
    }
    hf_status result = run->staged->result;
    hf_status status = model_lock_take(run, lock, run->staged->number);
    struct model_object *before = run->object;
    run->object = lock;
    model_lease(run, &lock->holds[0], run->staged->lease_ms);
    run->object = before;
    run->staged = NULL;
    return result == HF_OK ? status : result;
}

static hf_status go_on(struct model_run *run) {
    struct model_object *at = run->call->waiters[0].object;
    if (at->type == &model_lock) {
        return take_again(run, at);
    }
    if (lock_of(at)->gone) {
        run->staged = NULL;
        return HF_DELETED;
    }
    return run->staged->result == MODEL_WAIT ? model_wait_in(run, at, LANE_WAIT)
                                             : take_again(run, lock_of(at));
}

static hf_status condition_wait(struct model_run *run) {
    if (!run->staged) {
        return condition_enter(run);
    }
    return run->staged->begun ? go_on(run) : give_up(run);
}

/* Whether a waiting call can go on. */
static bool condition_wait_ready(struct model_run *run) {
    if (!run->staged->begun) {
        return true;
    }
    if (run->object->type == &model_lock) {
        return run->object->hold_count == 0;
    }
    return run->staged->result != MODEL_WAIT || lock_of(run->object)->gone;
}

/* ---- notify ---- */

static uint64_t wake(struct model *model, const struct model_object *object, uint64_t most) {
    uint64_t count = 0;
    struct model_call *call = NULL;
    for (size_t at = 0; (call = model_waiting_call(model, object, LANE_WAIT, at)) != NULL; at++) {
        if (call->staged->result == MODEL_WAIT && count < most) {
            call->staged->result = HF_OK;
            count++;
        }
    }
    return count;
}

static hf_status wake_some(struct model_run *run, uint64_t most) {
    hf_status status = check_lock(run);
    return status == HF_OK ? model_answer_count(run, wake(run->model, run->object, most)) : status;
}

static void make_notify(struct maker *maker) {
    if (prefer_held(maker)) {
        maker_emit(maker,
                   REQUEST(maker->object, condition_notify, .has_count = maker_chance(maker, 40),
                           .count = maker_roll(maker, 4)));
    }
}

static hf_status notify(struct model_run *run) {
    const Hf__ConditionNotify *in = run->request->condition_notify;
    return wake_some(run, in->has_count ? in->count : 1);
}

static void make_notify_all(struct maker *maker) {
    if (prefer_held(maker)) {
        maker_emit(maker, REQUEST(maker->object, condition_notify_all));
    }
}

static hf_status notify_all(struct model_run *run) {
    return wake_some(run, UINT64_MAX);
}

static void make_condition_lock(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, condition_lock));
}

static hf_status condition_lock(struct model_run *run) {
    struct model_object *lock = lock_of(run->object);
    if (lock->gone) {
        return HF_NO_OBJECT;
    }
    model_tell_object(run, lock);
    run->reply->result_case = HF__REPLY__RESULT_OBJECT;
    run->reply->object = &lock->self;
    return HF_OK;
}

/* ---- ended ---- */

static hf_status condition_abandon(struct model *model, struct model_call *call, hf_status why) {
    struct model_object *at = call->waiters[0].object;
    struct model_staged *staged = call->staged;
    if (why == HF_DISCONNECTED) {
        struct model_object *object = model_find(model, call->waiters[0].request->object);
        if (object && staged->result == HF_OK) {
            staged->result = HF_DISCONNECTED;
            (void)wake(model, object, 1);
            model_touch(model, object);
        }
        return why;
    }
    if (at->type == &model_lock && why == HF_DELETED) {
        return why;
    }
    struct model_object *lock = at->type == &model_lock ? at : lock_of(at);
    if (lock->gone) {
        return HF_DELETED;
    }
    staged->result = staged->result == MODEL_WAIT ? why : staged->result;
    call->due_ms = -1;
    model_touch(model, at);
    model_move(model, call, lock, LANE_OF_LOCK);
    model_touch(model, lock);
    return MODEL_WAIT;
}

static const struct model_op condition_ops[] = {
    {HF__REQUEST__OP_CONDITION_OPEN, 8, make_condition_open, condition_open, NULL,
     MODEL_OPENS | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_CONDITION_WAIT, 40, make_condition_wait, condition_wait, condition_wait_ready,
     MODEL_STAGED | MODEL_MOVES, LANE_ENTER},
    {HF__REQUEST__OP_CONDITION_NOTIFY, 25, make_notify, notify, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_CONDITION_NOTIFY_ALL, 6, make_notify_all, notify_all, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_CONDITION_LOCK, 6, make_condition_lock, condition_lock, NULL, 0, 0},
};

const struct model_type model_condition = {
    .tag = HF__TYPE__CONDITION,
    .name = "condition",
    .ops = condition_ops,
    .op_count = sizeof condition_ops / sizeof condition_ops[0],
    .abandon = condition_abandon,
    .refers = condition_refers,
};
