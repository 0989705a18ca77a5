/* SPDX-License-Identifier: MIT
 *
 * The model of a lock.
 */
#include "keep.h"
#include "make.h"
#include "model.h"
#include "wire_limits.h"

enum { LANE, MANY_MOST = MODEL_WAITERS_MAX };

struct lock {
    bool reentrant;
    bool any_may_release;
    bool keep;
    bool keep_on_leave;
    bool died; /* the next grant tells of `dead` */
    struct model_hold dead;
};

static struct lock *lock_of(const struct model_object *object) {
    return object->own;
}

static struct model_hold *hold_of(const struct model_run *run) {
    return run->object->hold_count > 0 ? &run->object->holds[0] : NULL;
}

/* ---- open ---- */

static void make_lock_open(struct maker *maker) {
    bool plain = maker_chance(maker, 60);
    maker_emit(maker, REQUEST(maker->object, lock_open, .name = maker_name(maker), .has_mode = true,
                              .mode = maker_mode(maker), .has_reentrant = maker_chance(maker, 50),
                              .reentrant = !plain && maker_chance(maker, 60),
                              .has_any_may_release = maker_chance(maker, 50),
                              .any_may_release = !plain && maker_chance(maker, 40),
                              .has_keep = maker_chance(maker, 50),
                              .keep = !plain && maker_chance(maker, 40),
                              .has_keep_on_leave = maker_chance(maker, 50),
                              .keep_on_leave = maker_chance(maker, 50)));
}

static bool lock_same(const void *own, const Hf__Request *request) {
    const struct lock *lock = own;
    const Hf__LockOpen *in = request->lock_open;
    return (!in->has_reentrant || lock->reentrant == (in->reentrant != 0)) &&
           (!in->has_any_may_release || lock->any_may_release == (in->any_may_release != 0)) &&
           (!in->has_keep || lock->keep == (in->keep != 0)) &&
           (!in->has_keep_on_leave || lock->keep_on_leave == (in->keep_on_leave != 0));
}

static hf_status lock_open(struct model_run *run) {
    const Hf__LockOpen *in = run->request->lock_open;
    struct lock *lock = keep(sizeof *lock);
    lock->reentrant = in->reentrant;
    lock->any_may_release = in->any_may_release;
    lock->keep = in->keep;
    lock->keep_on_leave = in->keep_on_leave;
    return model_open(
        run, (struct model_opening){&model_lock, in->name, in->mode, lock, HF_OK, lock_same});
}

/* ---- acquire ---- */

static void make_acquire(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, lock_acquire, .has_lease_ms = maker_chance(maker, 30),
                              .lease_ms = maker_lease(maker)));
}

static hf_status lock_enter(struct model_run *run) {
    const Hf__LockAcquire *in = run->request->lock_acquire;
    bool acquires = run->op->tag == HF__REQUEST__OP_LOCK_ACQUIRE;
    return acquires ? model_check_lease(in->has_lease_ms, in->lease_ms) : HF_OK;
}

static bool acquire_ready(struct model_run *run) {
    const struct model_hold *hold = hold_of(run);
    const struct lock *lock = lock_of(run->object);
    if (!hold) {
        return true;
    }
    bool mine = model_owns(run->session, hold);
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

static hf_status lock_acquire(struct model_run *run) {
    struct lock *lock = lock_of(run->object);
    struct model_hold *hold = hold_of(run);
    hf_status status = HF_OK;
    if (!hold) {
        status = model_lock_take(run, run->object, 1);
    } else if (!lock->reentrant) {
        return HF_DEADLOCK;
    } else {
        hold->depth++;
        model_lock_tell(run, run->object);
    }
    model_lease(run, hold_of(run), run->request->lock_acquire->lease_ms);
    return status;
}

/* ---- acquire several ---- */

static bool among(const uint64_t *ids, size_t count, uint64_t id) {
    bool there = false;
    for (size_t i = 0; i < count; i++) {
        there = there || ids[i] == id;
    }
    return there;
}

/* Mostly two or more different locks. */
static void make_acquire_many(struct maker *maker) {
    uint64_t ids[HF_ACQUIRE_MANY_MAX_LOCKS + 1];
    size_t count = 0;
    bool all = maker_chance(maker, 1); /* more than there may be */
    size_t wanted = all ? HF_ACQUIRE_MANY_MAX_LOCKS + 1 : maker_roll(maker, MANY_MOST + 1);
    for (size_t tries = 0; tries < 2 * wanted; tries++) {
        uint64_t id = maker_object(maker, maker_chance(maker, 98) ? &model_lock : NULL);
        id = all ? 100 + tries : maker_chance(maker, 1) ? maker_roll(maker, 24) : id;
        if (count < wanted && (!among(ids, count, id) || maker_chance(maker, 2))) {
            ids[count++] = id;
        }
    }
    maker_emit(maker,
               REQUEST(maker->object, lock_acquire_many, .n_locks = count, .locks = ids,
                       .has_lease_ms = maker_chance(maker, 20), .lease_ms = maker_lease(maker)));
}

static hf_status find_locks(struct model_run *run, struct model_object **locks) {
    const Hf__LockAcquireMany *in = run->request->lock_acquire_many;
    bool twice = model_check_lease(in->has_lease_ms, in->lease_ms) != HF_OK;
    for (size_t i = 0; i < in->n_locks; i++) {
        twice = twice || among(in->locks, i, in->locks[i]);
    }
    if (in->n_locks == 0 || in->n_locks > HF_ACQUIRE_MANY_MAX_LOCKS || twice) {
        return HF_INVALID;
    }
    for (size_t i = 0; i < in->n_locks; i++) {
        locks[i] = model_find(run->model, in->locks[i]);
        if (!locks[i]) {
            return model_missing(run, in->locks[i]);
        }
        if (locks[i]->type != &model_lock) {
            return HF_WRONG_TYPE;
        }
        model_use(run->model, run->session, locks[i]);
    }
    return HF_OK;
}

/* The status of an attempt on one lock. */
static hf_status lock_look(const struct model_run *run, const struct model_object *object) {
    const struct lock *lock = lock_of(object);
    if (object->hold_count > 0) {
        return !model_holds(run->session, object) ? MODEL_WAIT
               : lock->reentrant                  ? HF_OK
               : lock->any_may_release            ? MODEL_WAIT
                                                  : HF_DEADLOCK;
    }
    const struct model_call *first = model_waiting_call(run->model, object, LANE, 0);
    bool turn =
        !first || first == run->call || model_may_pass(run->model, run->session, object, LANE);
    return turn ? HF_OK : MODEL_WAIT;
}

static hf_status look_at_all(const struct model_run *run, struct model_object *const *locks,
                             size_t count) {
    hf_status all = HF_OK;
    for (size_t i = 0; i < count && all != HF_DEADLOCK; i++) {
        hf_status status = lock_look(run, locks[i]);
        all = status == HF_OK ? all : status;
    }
    return all;
}

static hf_status take_all(struct model_run *run, struct model_object *const *locks, size_t count) {
    hf_status result = HF_OK;
    Hf__Grants *grants = keep(sizeof *grants);
    hf__grants__init(grants);
    grants->grants = keep(count * sizeof(Hf__Grant *));
    for (size_t i = 0; i < count; i++) {
        if (locks[i]->hold_count > 0) {
            locks[i]->holds[0].depth++;
            model_lock_tell(run, locks[i]);
        } else if (model_lock_take(run, locks[i], 1) == HF_OWNER_DIED) {
            result = HF_OWNER_DIED;
        }
        run->object = locks[i];
        model_lease(run, &locks[i]->holds[0], run->request->lock_acquire_many->lease_ms);
        run->object = NULL;
        grants->grants[grants->n_grants++] = run->reply->grant;
        run->reply->grant->has_lock = true;
        run->reply->grant->lock = locks[i]->self.id;
        model_note(run->model, locks[i], HF__CAUSE__REQUESTED, run->session, run->request);
    }
    run->reply->result_case = HF__REPLY__RESULT_GRANTS;
    run->reply->grants = grants;
    return result;
}

static hf_status acquire_many(struct model_run *run) {
    struct model_object *locks[HF_ACQUIRE_MANY_MAX_LOCKS];
    size_t count = run->request->lock_acquire_many->n_locks;
    hf_status status = find_locks(run, locks);
    if (status == HF_OK) {
        status = look_at_all(run, locks, count);
    }
    if (status != MODEL_WAIT) {
        return status == HF_OK ? take_all(run, locks, count) : status;
    }
    for (size_t i = 0; i < count; i++) {
        run->waiters[i] = (struct model_waiter){
            .object = locks[i], .lane = LANE, .op = run->op, .request = run->request};
    }
    run->waiter_count = count;
    return MODEL_WAIT;
}

/* Whether a waiting call can go on. */
static bool acquire_many_ready(struct model_run *run) {
    struct model_object *locks[HF_ACQUIRE_MANY_MAX_LOCKS];
    hf_status status = find_locks(run, locks);
    return status != HF_OK ||
           look_at_all(run, locks, run->request->lock_acquire_many->n_locks) != MODEL_WAIT;
}

/* ---- release ---- */

/* Mostly of a lock that this session holds. */
static void make_lock_release(struct maker *maker) {
    const struct model *model = maker->model;
    for (size_t i = 0; i < model->object_count && maker_chance(maker, 95); i++) {
        const struct model_object *object = model->objects[i];
        if (object->type == &model_lock && model_holds(maker->session, object)) {
            maker->object = object->self.id;
        }
    }
    maker_emit(maker, REQUEST(maker->object, lock_release));
}

static void lock_lost(struct model_object *object, const struct model_hold *hold, Hf__Loss why) {
    struct lock *lock = lock_of(object);
    lock->died = true;
    lock->dead = *hold;
    lock->dead.lost = true;
    lock->dead.why = why;
    object->hold_count = 0;
}

static hf_status lock_release(struct model_run *run) {
    struct lock *lock = lock_of(run->object);
    struct model_hold *hold = hold_of(run);
    bool nobodys = hold && (hold->dead || hold->left);
    if (!hold || (hold->session != run->session && !nobodys && !lock->any_may_release)) {
        return HF_NOT_HELD;
    }
    if (hold->dead) {
        hold->lost_ms = run->model->now_ms;
        lock_lost(run->object, hold, HF__LOSS__LOST_DIED);
    } else if (hold->left || --hold->depth == 0) {
        run->object->hold_count = 0;
    }
    return HF_OK;
}

static bool only_holders_release(const struct model_object *object) {
    return !lock_of(object)->any_may_release;
}

static void lock_holder_died(struct model_object *object, struct model_hold *hold) {
    bool by_session = hold->why == HF__LOSS__LOST_DIED || hold->why == HF__LOSS__LOST_LEFT;
    if (!lock_of(object)->keep || !by_session) {
        lock_lost(object, hold, hold->why);
    }
}

/* ---- extend ---- */

static void make_lock_extend(struct maker *maker) {
    const struct model *model = maker->model;
    for (size_t i = 0; i < model->object_count && maker_chance(maker, 90); i++) {
        const struct model_object *object = model->objects[i];
        if (object->type == &model_lock && model_holds(maker->session, object)) {
            maker->object = object->self.id;
        }
    }
    maker_emit(maker, REQUEST(maker->object, lock_extend, .lease_ms = maker_lease(maker)));
}

static hf_status lock_extend(struct model_run *run) {
    int64_t lease_ms = run->request->lock_extend->lease_ms;
    if (lease_ms <= 0) {
        return HF_INVALID;
    }
    if (!model_holds(run->session, run->object)) {
        return HF_NOT_HELD;
    }
    model_lease(run, hold_of(run), lease_ms);
    return HF_OK;
}

static bool keeps_on_leave(const struct model_object *object) {
    return lock_of(object)->keep_on_leave;
}

/* ---- transfer ---- */

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
        session = model->numbers_above + maker_roll(maker, model->session_count + 2);
    }
    bool to_party = maker_chance(maker, 40);
    maker_emit(maker, REQUEST(maker->object, lock_transfer, .session = session,
                              .has_party = to_party, .party = maker_roll(maker, 3)));
}

static bool waits_at(const struct model *model, const struct model_session *session,
                     const struct model_object *object) {
    for (size_t i = 0; i < model->call_count; i++) {
        const struct model_call *call = &model->calls[i];
        for (size_t j = 0; j < call->waiter_count; j++) {
            if (call->session == session && !call->running && call->waiters[j].object == object) {
                return true;
            }
        }
    }
    return false;
}

static hf_status transfer(struct model_run *run) {
    const Hf__LockTransfer *in = run->request->lock_transfer;
    struct model_session *to = welcome_session(run->model, in->session);
    struct model_hold *hold = hold_of(run);
    if (!hold || !model_owns(run->session, hold)) {
        return HF_NOT_HELD;
    }
    if (!to) {
        return HF_VALUE_ERROR;
    }
    to = model_party(run->model, to, in->has_party ? in->party : 0);
    if (waits_at(run->model, to, run->object)) {
        return HF_DEADLOCK;
    }
    struct model_session *from = run->session;
    run->session = to;
    model_grant(run, hold);
    run->session = from;
    model_use(run->model, to, run->object);
    Hf__Grant *grant = keep(sizeof *grant);
    hf__grant__init(grant);
    grant->fence = hold->fence;
    grant->has_depth = true;
    grant->depth = 1;
    run->reply->result_case = HF__REPLY__RESULT_GRANT;
    run->reply->grant = grant;
    return HF_OK;
}

/* ---- lock_who ---- */

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

static uint64_t lock_size(const struct model_object *object) {
    return object->hold_count > 0 ? object->holds[0].depth : 0;
}

static const struct model_op lock_ops[] = {
    {HF__REQUEST__OP_LOCK_OPEN, 8, make_lock_open, lock_open, NULL, MODEL_OPENS | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_LOCK_ACQUIRE, 50, make_acquire, lock_acquire, acquire_ready,
     MODEL_CHANGES | MODEL_UNDOES | MODEL_HOLDER_FIRST, 0},
    {HF__REQUEST__OP_LOCK_ACQUIRE_MANY, 30, make_acquire_many, acquire_many, acquire_many_ready,
     MODEL_FREE | MODEL_MOVES | MODEL_WAITS_ALL, LANE},
    {HF__REQUEST__OP_LOCK_RELEASE, 35, make_lock_release, lock_release, NULL,
     MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_LOCK_TRANSFER, 12, make_transfer, transfer, NULL, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_LOCK_WHO, 7, make_who, who, NULL, 0, 0},
    {HF__REQUEST__OP_LOCK_EXTEND, 12, make_lock_extend, lock_extend, NULL, MODEL_CHANGES, 0},
};

const struct model_type model_lock = {
    .tag = HF__TYPE__LOCK,
    .name = "lock",
    .ops = lock_ops,
    .op_count = sizeof lock_ops / sizeof lock_ops[0],
    .own_size = sizeof(struct lock),
    .enter = lock_enter,
    .only_holders_release = only_holders_release,
    .holder_died = lock_holder_died,
    .keeps_on_leave = keeps_on_leave,
    .size = lock_size,
};
