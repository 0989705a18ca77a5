/* SPDX-License-Identifier: MIT
 *
 * What is expected of a lock.
 */
#include "keep.h"
#include "make.h"
#include "model.h"

struct lock {
    bool reentrant;
    bool any_may_release;
    bool keep;
    bool died; /* the next grant tells of `dead` */
    struct model_hold dead;
};

static struct lock *lock_of(const struct model_object *object) {
    return object->own;
}

static struct model_hold *hold_of(const struct model_run *run) {
    return run->object->hold_count > 0 ? &run->object->holds[0] : NULL;
}

/* ---- open ---------------------------------------------------------------------------------------
 */

static void make_open(struct maker *maker) {
    bool plain = maker_chance(maker, 60);
    maker_emit(maker,
               REQUEST(maker->object, lock_open, .name = maker_name(maker), .has_mode = true,
                       .mode = maker_mode(maker), .has_reentrant = true,
                       .reentrant = !plain && maker_chance(maker, 60), .has_any_may_release = true,
                       .any_may_release = !plain && maker_chance(maker, 40), .has_keep = true,
                       .keep = !plain && maker_chance(maker, 40)));
}

static bool same(const void *own, const void *wanted) {
    const struct lock *a = own;
    const struct lock *b = wanted;
    return a->reentrant == b->reentrant && a->any_may_release == b->any_may_release &&
           a->keep == b->keep;
}

static hf_status open(struct model_run *run) {
    const Hf__LockOpen *in = run->request->lock_open;
    struct lock *lock = keep(sizeof *lock);
    lock->reentrant = in->reentrant;
    lock->any_may_release = in->any_may_release;
    lock->keep = in->keep;
    return model_open(run,
                      (struct model_opening){&model_lock, in->name, in->mode, lock, HF_OK, same});
}

/* ---- acquire ------------------------------------------------------------------------------------
 */

static void make_acquire(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, lock_acquire));
}

static bool acquire_ready(struct model_run *run) {
    const struct model_hold *hold = hold_of(run);
    const struct lock *lock = lock_of(run->object);
    if (!hold) {
        return true;
    }
    bool mine = hold->session == run->session && !hold->dead;
    return mine && (lock->reentrant || !lock->any_may_release);
}

void model_lock_tell(struct model_run *run, const struct model_object *object) {
    const struct model_hold *hold = &object->holds[0];
    Hf__Grant *grant = keep(sizeof *grant);
    hf__grant__init(grant);
    grant->fence = hold->fence;
    grant->has_depth = true;
    grant->depth = hold->depth;
    run->reply->result_case = HF__REPLY__RESULT_GRANT;
    run->reply->grant = grant;
}

hf_status model_lock_take(struct model_run *run, struct model_object *object, uint32_t depth) {
    struct lock *lock = lock_of(object);
    struct model_hold *hold = &object->holds[object->hold_count++];
    struct model_object *before = run->object;
    run->object = object;
    model_grant(run, hold);
    run->object = before;
    hold->depth = depth;
    model_lock_tell(run, object);
    run->reply->grant->died = lock->died ? model_holder(run->model, &lock->dead) : NULL;
    hf_status status = lock->died ? HF_OWNER_DIED : HF_OK;
    lock->died = false;
    return status;
}

static hf_status acquire(struct model_run *run) {
    struct lock *lock = lock_of(run->object);
    struct model_hold *hold = hold_of(run);
    if (!hold) {
        return model_lock_take(run, run->object, 1);
    }
    if (!lock->reentrant) {
        return HF_DEADLOCK;
    }
    hold->depth++;
    model_lock_tell(run, run->object);
    return HF_OK;
}

/* ---- release ------------------------------------------------------------------------------------
 */

/* Mostly of a lock that this session holds. */
static void make_release(struct maker *maker) {
    const struct model *model = maker->model;
    for (size_t i = 0; i < model->object_count && maker_chance(maker, 95); i++) {
        const struct model_object *object = model->objects[i];
        if (object->type == &model_lock && model_holds(maker->session, object)) {
            maker->object = object->self.id;
        }
    }
    maker_emit(maker, REQUEST(maker->object, lock_release));
}

static hf_status release(struct model_run *run) {
    struct lock *lock = lock_of(run->object);
    struct model_hold *hold = hold_of(run);
    if (!hold || (hold->session != run->session && !hold->dead && !lock->any_may_release)) {
        return HF_NOT_HELD;
    }
    if (hold->dead) {
        lock->died = true;
        lock->dead = *hold;
        run->object->hold_count = 0;
    } else if (--hold->depth == 0) {
        run->object->hold_count = 0;
    }
    return HF_OK;
}

static bool only_holders_release(const struct model_object *object) {
    return !lock_of(object)->any_may_release;
}

static void holder_died(struct model_object *object, struct model_hold *hold) {
    struct lock *lock = lock_of(object);
    hold->dead = true;
    if (!lock->keep) {
        lock->died = true;
        lock->dead = *hold;
        object->hold_count = 0;
    }
}

/* ---- transfer -----------------------------------------------------------------------------------
 */

static struct model_session *welcome_session(const struct model *model, uint64_t id) {
    for (size_t i = 0; i < model->session_count; i++) {
        if (model->sessions[i]->id == id && model->sessions[i]->state == MODEL_WELCOME) {
            return model->sessions[i];
        }
    }
    return NULL;
}

static void make_transfer(struct maker *maker) {
    const struct model *model = maker->model;
    for (size_t i = 0; i < model->object_count && maker_chance(maker, 95); i++) {
        const struct model_object *object = model->objects[i];
        if (object->type == &model_lock && model_holds(maker->session, object)) {
            maker->object = object->self.id;
        }
    }
    uint64_t session = 0;
    for (unsigned tries = 0; tries < 8 && !welcome_session(model, session); tries++) {
        session = maker_roll(maker, model->session_count + 2);
    }
    maker_emit(maker, REQUEST(maker->object, lock_transfer, .session = session));
}

static bool waits_at(const struct model *model, const struct model_session *session,
                     const struct model_object *object) {
    for (size_t i = 0; i < model->call_count; i++) {
        const struct model_call *call = &model->calls[i];
        for (size_t j = 0; j < call->place_count; j++) {
            if (call->session == session && !call->running && call->places[j].object == object) {
                return true;
            }
        }
    }
    return false;
}

static hf_status transfer(struct model_run *run) {
    struct model_session *to = welcome_session(run->model, run->request->lock_transfer->session);
    struct model_hold *hold = hold_of(run);
    if (!hold || hold->dead || hold->session != run->session) {
        return HF_NOT_HELD;
    }
    if (!to) {
        return HF_VALUE_ERROR;
    }
    if (waits_at(run->model, to, run->object)) {
        return HF_DEADLOCK;
    }
    model_grant(run, hold);
    hold->session = to;
    to->uses[run->object->index] = !run->object->name;
    Hf__Grant *grant = keep(sizeof *grant);
    hf__grant__init(grant);
    grant->fence = hold->fence;
    grant->has_depth = true;
    grant->depth = 1;
    run->reply->result_case = HF__REPLY__RESULT_GRANT;
    run->reply->grant = grant;
    return HF_OK;
}

/* ---- who ----------------------------------------------------------------------------------------
 */

static void make_who(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, lock_who));
}

static hf_status who(struct model_run *run) {
    const struct model_hold *hold = hold_of(run);
    if (!hold) {
        return HF_NOT_HELD;
    }
    Hf__Holder *holder = model_holder(run->model, hold);
    holder->has_waiting = true;
    holder->waiting = model_waiting(run->model, run->object);
    run->reply->result_case = HF__REPLY__RESULT_HOLDER;
    run->reply->holder = holder;
    return HF_OK;
}

static void describe(const struct model_object *object, Hf__Description *description) {
    description->has_size = true;
    description->size = object->hold_count > 0 ? object->holds[0].depth : 0;
}

static const struct model_op ops[] = {
    {HF__REQUEST__OP_LOCK_OPEN, 8, make_open, open, NULL, MODEL_OPENS | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_LOCK_ACQUIRE, 50, make_acquire, acquire, acquire_ready,
     MODEL_CHANGES | MODEL_HOLDER_FIRST, 0},
    {HF__REQUEST__OP_LOCK_RELEASE, 35, make_release, release, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_LOCK_TRANSFER, 12, make_transfer, transfer, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_LOCK_WHO, 7, make_who, who, NULL, 0, 0},
};

const struct model_type model_lock = {
    .tag = HF__TYPE__LOCK,
    .name = "lock",
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
    .only_holders_release = only_holders_release,
    .holder_died = holder_died,
    .describe = describe,
};
