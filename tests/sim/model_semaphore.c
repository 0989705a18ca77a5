/* SPDX-License-Identifier: MIT
 *
 * The model of a semaphore.
 */
#include "keep.h"
#include "make.h"
#include "model.h"

#include <assert.h>
#include <string.h>

/* So many grants, and no more are asked for: those that wait may still be granted. */
enum { HOLDS_ENOUGH = MODEL_HOLDS_ROOM - MODEL_CALLS_ROOM - 8 };

struct semaphore {
    uint32_t initial;
    bool bounded;
    bool keep_on_leave;
    uint64_t free;
};

static struct semaphore *semaphore_of(const struct model_object *object) {
    return object->own;
}

/* ---- open ---- */

static void make_semaphore_open(struct maker *maker) {
    maker_emit(maker,
               REQUEST(maker->object, semaphore_open, .name = maker_name(maker), .has_mode = true,
                       .mode = maker_mode(maker), .has_permits = maker_chance(maker, 70),
                       .permits = (uint32_t)maker_roll(maker, 5),
                       .has_bounded = maker_chance(maker, 70), .bounded = maker_chance(maker, 50),
                       .has_keep_on_leave = maker_chance(maker, 50),
                       .keep_on_leave = maker_chance(maker, 50)));
}

static bool semaphore_same(const void *own, const Hf__Request *request) {
    const struct semaphore *semaphore = own;
    const Hf__SemaphoreOpen *in = request->semaphore_open;
    return (!in->has_permits || semaphore->initial == in->permits) &&
           (!in->has_bounded || semaphore->bounded == (in->bounded != 0)) &&
           (!in->has_keep_on_leave || semaphore->keep_on_leave == (in->keep_on_leave != 0));
}

static hf_status semaphore_open(struct model_run *run) {
    const Hf__SemaphoreOpen *in = run->request->semaphore_open;
    struct semaphore *semaphore = keep(sizeof *semaphore);
    semaphore->initial = in->has_permits ? in->permits : 1;
    semaphore->bounded = in->bounded;
    semaphore->keep_on_leave = in->keep_on_leave;
    semaphore->free = semaphore->initial;
    return model_open(run, (struct model_opening){&model_semaphore, in->name, in->mode, semaphore,
                                                  HF_OK, semaphore_same});
}

/* ---- acquire ---- */

static uint32_t some_permits(struct maker *maker) {
    return maker_chance(maker, 98) ? 1 + (uint32_t)maker_roll(maker, 4)
                                   : (uint32_t)maker_roll(maker, 2) * UINT32_MAX;
}

static void make_semaphore_release(struct maker *maker);

static void make_acquire(struct maker *maker) {
    const struct model_object *object = model_find(maker->model, maker->object);
    if (object && object->hold_count >= HOLDS_ENOUGH) {
        make_semaphore_release(maker);
        return;
    }
    maker_emit(maker,
               REQUEST(maker->object, semaphore_acquire, .has_permits = maker_chance(maker, 50),
                       .permits = some_permits(maker), .has_lease_ms = maker_chance(maker, 25),
                       .lease_ms = maker_lease(maker)));
}

static uint32_t permits_asked(const struct model_run *run) {
    const Hf__SemaphoreAcquire *in = run->request->semaphore_acquire;
    return in->has_permits ? in->permits : 1;
}

/* Refused requests do not wait. */
static hf_status semaphore_enter(struct model_run *run) {
    if (run->op->tag != HF__REQUEST__OP_SEMAPHORE_ACQUIRE) {
        return HF_OK;
    }
    const struct semaphore *semaphore = semaphore_of(run->object);
    const Hf__SemaphoreAcquire *in = run->request->semaphore_acquire;
    uint32_t permits = permits_asked(run);
    if (permits == 0 || model_check_lease(in->has_lease_ms, in->lease_ms) != HF_OK) {
        return HF_INVALID;
    }
    return semaphore->bounded && permits > semaphore->initial ? HF_VALUE_ERROR : HF_OK;
}

static bool acquire_ready(struct model_run *run) {
    return permits_asked(run) <= semaphore_of(run->object)->free;
}

static hf_status semaphore_acquire(struct model_run *run) {
    struct model_object *object = run->object;
    struct semaphore *semaphore = semaphore_of(object);
    uint32_t permits = permits_asked(run);
    Hf__Grant *grant = keep(sizeof *grant);
    hf__grant__init(grant);
    assert(object->hold_count < MODEL_HOLDS_ROOM);
    struct model_hold *hold = &object->holds[object->hold_count++];
    model_grant(run, hold);
    hold->depth = permits;
    model_lease(run, hold, run->request->semaphore_acquire->lease_ms);
    semaphore->free -= permits;
    grant->fence = hold->fence;
    grant->has_depth = true;
    grant->depth = permits;
    run->reply->result_case = HF__REPLY__RESULT_GRANT;
    run->reply->grant = grant;
    return HF_OK;
}

/* ---- release ---- */

/* Often of a semaphore that this session has something of. */
static void make_semaphore_release(struct maker *maker) {
    const struct model *model = maker->model;
    for (size_t i = 0; i < model->object_count && maker_chance(maker, 85); i++) {
        const struct model_object *object = model->objects[i];
        if (object->type == &model_semaphore && model_holds(maker->session, object)) {
            maker->object = object->self.id;
        }
    }
    maker_emit(maker,
               REQUEST(maker->object, semaphore_release, .has_permits = maker_chance(maker, 40),
                       .permits = (uint32_t)maker_roll(maker, 4)));
}

static void end_hold(struct model_object *object, struct model_hold *hold) {
    size_t at = (size_t)(hold - object->holds);
    object->hold_count--;
    memmove(hold, hold + 1, (object->hold_count - at) * sizeof *hold);
}

static bool keeps_on_leave(const struct model_object *object) {
    return semaphore_of(object)->keep_on_leave;
}

/* The session's own, or else one that was left, or else anybody's. */
static struct model_hold *oldest_of(const struct model_session *session,
                                    struct model_object *object) {
    for (size_t i = 0; i < object->hold_count; i++) {
        if (model_owns(session, &object->holds[i])) {
            return &object->holds[i];
        }
    }
    struct model_hold *left = NULL;
    for (size_t i = 0; i < object->hold_count; i++) {
        struct model_hold *hold = &object->holds[i];
        left = hold->left && (!left || hold->left < left->left) ? hold : left;
    }
    if (left) {
        return left;
    }
    return object->hold_count > 0 ? &object->holds[0] : NULL;
}

static hf_status semaphore_release(struct model_run *run) {
    struct semaphore *semaphore = semaphore_of(run->object);
    const Hf__SemaphoreRelease *in = run->request->semaphore_release;
    uint32_t permits = in->has_permits ? in->permits : 1;
    if (permits == 0) {
        return HF_INVALID;
    }
    if (semaphore->bounded && semaphore->free + permits > semaphore->initial) {
        return HF_VALUE_ERROR;
    }
    for (uint32_t i = 0; i < permits; i++) { /* one by one */
        struct model_hold *hold = oldest_of(run->session, run->object);
        if (hold && --hold->depth == 0) {
            end_hold(run->object, hold);
        }
        semaphore->free++;
    }
    return HF_OK;
}

static void semaphore_holder_died(struct model_object *object, struct model_hold *hold) {
    semaphore_of(object)->free += hold->depth;
    end_hold(object, hold);
}

/* ---- extend ---- */

static void make_semaphore_extend(struct maker *maker) {
    const struct model *model = maker->model;
    uint64_t fence = maker_fence(maker);
    for (size_t i = 0; i < model->object_count && maker_chance(maker, 90); i++) {
        const struct model_object *object = model->objects[i];
        if (object->type == &model_semaphore && model_holds(maker->session, object)) {
            maker->object = object->self.id;
            fence = object->holds[maker_roll(maker, object->hold_count)].fence;
        }
    }
    maker_emit(maker, REQUEST(maker->object, semaphore_extend, .fence = fence,
                              .lease_ms = maker_lease(maker)));
}

static hf_status semaphore_extend(struct model_run *run) {
    const Hf__SemaphoreExtend *in = run->request->semaphore_extend;
    if (in->lease_ms <= 0) {
        return HF_INVALID;
    }
    for (size_t i = 0; i < run->object->hold_count; i++) {
        struct model_hold *hold = &run->object->holds[i];
        if (hold->fence == in->fence && model_owns(run->session, hold)) {
            model_lease(run, hold, in->lease_ms);
            return HF_OK;
        }
    }
    return HF_NOT_HELD;
}

/* ---- value ---- */

static void make_value(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, semaphore_value));
}

static hf_status value(struct model_run *run) {
    return model_answer_count(run, semaphore_of(run->object)->free);
}

static uint64_t semaphore_size(const struct model_object *object) {
    return semaphore_of(object)->free;
}

static const struct model_op semaphore_ops[] = {
    {HF__REQUEST__OP_SEMAPHORE_OPEN, 8, make_semaphore_open, semaphore_open, NULL,
     MODEL_OPENS | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_SEMAPHORE_ACQUIRE, 46, make_acquire, semaphore_acquire, acquire_ready,
     MODEL_CHANGES | MODEL_UNDOES, 0},
    {HF__REQUEST__OP_SEMAPHORE_RELEASE, 38, make_semaphore_release, semaphore_release, NULL,
     MODEL_CHANGES, 0},
    {HF__REQUEST__OP_SEMAPHORE_VALUE, 8, make_value, value, NULL, 0, 0},
    {HF__REQUEST__OP_SEMAPHORE_EXTEND, 12, make_semaphore_extend, semaphore_extend, NULL,
     MODEL_CHANGES, 0},
};

const struct model_type model_semaphore = {
    .tag = HF__TYPE__SEMAPHORE,
    .name = "semaphore",
    .ops = semaphore_ops,
    .op_count = sizeof semaphore_ops / sizeof semaphore_ops[0],
    .own_size = sizeof(struct semaphore),
    .enter = semaphore_enter,
    .holder_died = semaphore_holder_died,
    .keeps_on_leave = keeps_on_leave,
    .size = semaphore_size,
};
