/* SPDX-License-Identifier: MIT
 *
 * The model of an rwlock. The holds are those of the readers and, once, of the writer.
 */
#include "keep.h"
#include "make.h"
#include "model.h"

#include <string.h>

enum { LANE_UPGRADE, LANE_ARRIVAL };

struct rwlock {
    bool keep_on_leave;
    uint64_t writer; /* the fence of the write hold; 0: nobody writes */
    bool died;       /* the next grant tells of `dead` */
    struct model_hold dead;
};

static struct rwlock *rwlock_of(const struct model_object *object) {
    return object->own;
}

static struct model_hold *writer_of(const struct model_run *run) {
    const struct rwlock *lock = rwlock_of(run->object);
    for (size_t i = 0; i < run->object->hold_count; i++) {
        if (lock->writer != 0 && run->object->holds[i].fence == lock->writer) {
            return &run->object->holds[i];
        }
    }
    return NULL;
}

/* The hold on which this session's acquires count; NULL: it has none. */
static struct model_hold *mine(const struct model_run *run) {
    struct model_hold *found = NULL;
    for (size_t i = 0; i < run->object->hold_count; i++) {
        if (model_owns(run->session, &run->object->holds[i])) {
            found = &run->object->holds[i]; /* the write hold is behind the read hold */
        }
    }
    return found;
}

static bool i_write(const struct model_run *run) {
    return mine(run) && mine(run) == writer_of(run);
}

/* ---- open ---- */

static void make_rwlock_open(struct maker *maker) {
    maker_emit(maker,
               REQUEST(maker->object, rwlock_open, .name = maker_name(maker), .has_mode = true,
                       .mode = maker_mode(maker), .has_keep_on_leave = maker_chance(maker, 50),
                       .keep_on_leave = maker_chance(maker, 30)));
}

static bool rwlock_same(const void *own, const Hf__Request *request) {
    const Hf__RwlockOpen *in = request->rwlock_open;
    return !in->has_keep_on_leave ||
           ((const struct rwlock *)own)->keep_on_leave == (in->keep_on_leave != 0);
}

static hf_status rwlock_open(struct model_run *run) {
    const Hf__RwlockOpen *in = run->request->rwlock_open;
    struct rwlock *lock = keep(sizeof *lock);
    lock->keep_on_leave = in->keep_on_leave;
    return model_open(
        run, (struct model_opening){&model_rwlock, in->name, in->mode, lock, HF_OK, rwlock_same});
}

static bool keeps_on_leave(const struct model_object *object) {
    return rwlock_of(object)->keep_on_leave;
}

/* ---- acquire ---- */

static void make_read(struct maker *maker) {
    maker_emit(maker,
               REQUEST(maker->object, rwlock_acquire_read, .has_lease_ms = maker_chance(maker, 30),
                       .lease_ms = maker_lease(maker)));
}

static void make_write(struct maker *maker) {
    maker_emit(maker,
               REQUEST(maker->object, rwlock_acquire_write, .has_lease_ms = maker_chance(maker, 30),
                       .lease_ms = maker_lease(maker)));
}

static bool read_ready(struct model_run *run) {
    return mine(run) ||
           (!writer_of(run) && !model_waiting_call(run->model, run->object, LANE_UPGRADE, 0));
}

static bool write_ready(struct model_run *run) {
    size_t others = run->object->hold_count - (mine(run) != NULL);
    return i_write(run) || others == 0;
}

/* The lease that the request asks for its grant; 0: none. */
static int64_t lease_asked(const struct model_run *run) {
    return run->op->tag == HF__REQUEST__OP_RWLOCK_ACQUIRE_WRITE
               ? run->request->rwlock_acquire_write->lease_ms
               : run->request->rwlock_acquire_read->lease_ms;
}

static hf_status check_lease(const struct model_run *run) {
    const Hf__RwlockAcquireRead *read = run->request->rwlock_acquire_read;
    const Hf__RwlockAcquireWrite *write = run->request->rwlock_acquire_write;
    switch (run->op->tag) {
    case HF__REQUEST__OP_RWLOCK_ACQUIRE_READ:
        return model_check_lease(read->has_lease_ms, read->lease_ms);
    case HF__REQUEST__OP_RWLOCK_ACQUIRE_WRITE:
        return model_check_lease(write->has_lease_ms, write->lease_ms);
    default:
        return HF_OK;
    }
}

/* A reader that is to write waits elsewhere. */
static hf_status rwlock_enter(struct model_run *run) {
    bool to_write = run->op->tag == HF__REQUEST__OP_RWLOCK_ACQUIRE_WRITE;
    if (check_lease(run) != HF_OK) {
        return HF_INVALID;
    }
    if (to_write && mine(run) && !i_write(run)) {
        run->lane = LANE_UPGRADE;
    }
    return HF_OK;
}

static hf_status rwlock_answer(struct model_run *run, const struct model_hold *hold, bool begun) {
    struct rwlock *lock = rwlock_of(run->object);
    Hf__Grant *grant = keep(sizeof *grant);
    hf__grant__init(grant);
    grant->fence = hold->fence;
    grant->has_depth = true;
    grant->depth = hold->depth;
    run->reply->result_case = HF__REPLY__RESULT_GRANT;
    run->reply->grant = grant;
    if (begun && lock->died) {
        grant->died = model_holder(run->model, &lock->dead);
        lock->died = false;
        return HF_OWNER_DIED;
    }
    return HF_OK;
}

static hf_status rwlock_begin(struct model_run *run) {
    struct model_hold *hold = &run->object->holds[run->object->hold_count++];
    model_grant(run, hold);
    model_lease(run, hold, lease_asked(run));
    return rwlock_answer(run, hold, true);
}

static hf_status acquire_read(struct model_run *run) {
    struct model_hold *hold = mine(run);
    if (!hold) {
        return rwlock_begin(run);
    }
    hold->depth++;
    model_lease(run, hold, lease_asked(run));
    return rwlock_answer(run, hold, false);
}

static hf_status acquire_write(struct model_run *run) {
    if (i_write(run)) {
        return acquire_read(run);
    }
    hf_status status = rwlock_begin(run);
    rwlock_of(run->object)->writer = run->reply->grant->fence;
    return status;
}

/* ---- release ---- */

static void make_rwlock_release(struct maker *maker) {
    const struct model *model = maker->model;
    for (size_t i = 0; i < model->object_count && maker_chance(maker, 95); i++) {
        const struct model_object *object = model->objects[i];
        if (object->type == &model_rwlock && model_holds(maker->session, object)) {
            maker->object = object->self.id;
        }
    }
    maker_emit(maker, REQUEST(maker->object, rwlock_release));
}

static void drop(struct model_object *object, struct model_hold *hold) {
    struct rwlock *lock = rwlock_of(object);
    lock->writer = hold->fence == lock->writer ? 0 : lock->writer;
    size_t at = (size_t)(hold - object->holds);
    object->hold_count--;
    memmove(hold, hold + 1, (object->hold_count - at) * sizeof *hold);
}

/* The writer's, or else the oldest of those that were left; NULL: none was. */
static struct model_hold *nobodys(const struct model_run *run) {
    struct model_hold *writer = writer_of(run);
    if (writer && writer->left) {
        return writer;
    }
    for (size_t i = 0; i < run->object->hold_count; i++) {
        if (run->object->holds[i].left) {
            return &run->object->holds[i];
        }
    }
    return NULL;
}

static hf_status rwlock_release(struct model_run *run) {
    struct model_hold *hold = mine(run);
    if (!hold) {
        hold = nobodys(run);
        if (hold) {
            drop(run->object, hold);
        }
        return hold ? HF_OK : HF_NOT_HELD;
    }
    if (--hold->depth == 0) {
        drop(run->object, hold);
    }
    return HF_OK;
}

static void make_rwlock_extend(struct maker *maker) {
    make_rwlock_release(maker);
    maker_emit(maker, REQUEST(maker->object, rwlock_extend, .lease_ms = maker_lease(maker)));
}

/* Both grants, in the order in which they were made. */
static hf_status rwlock_extend(struct model_run *run) {
    int64_t lease_ms = run->request->rwlock_extend->lease_ms;
    if (lease_ms <= 0) {
        return HF_INVALID;
    }
    for (size_t i = 0; i < run->object->hold_count; i++) {
        if (model_owns(run->session, &run->object->holds[i])) {
            model_lease(run, &run->object->holds[i], lease_ms);
        }
    }
    return mine(run) ? HF_OK : HF_NOT_HELD;
}

static bool only_holders_release(const struct model_object *object) {
    (void)object;
    return true;
}

static void rwlock_holder_died(struct model_object *object, struct model_hold *hold) {
    struct rwlock *lock = rwlock_of(object);
    if (hold->fence == lock->writer) {
        lock->died = true;
        lock->dead = *hold;
        lock->dead.lost = true;
    }
    drop(object, hold);
}

static uint64_t rwlock_size(const struct model_object *object) {
    return object->hold_count;
}

static const struct model_op rwlock_ops[] = {
    {HF__REQUEST__OP_RWLOCK_OPEN, 8, make_rwlock_open, rwlock_open, NULL,
     MODEL_OPENS | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_RWLOCK_ACQUIRE_READ, 35, make_read, acquire_read, read_ready,
     MODEL_CHANGES | MODEL_UNDOES | MODEL_HOLDER_FIRST, LANE_ARRIVAL},
    {HF__REQUEST__OP_RWLOCK_ACQUIRE_WRITE, 25, make_write, acquire_write, write_ready,
     MODEL_CHANGES | MODEL_UNDOES | MODEL_HOLDER_FIRST | MODEL_STAGED, LANE_ARRIVAL},
    {HF__REQUEST__OP_RWLOCK_RELEASE, 35, make_rwlock_release, rwlock_release, NULL, MODEL_CHANGES,
     0},
    {HF__REQUEST__OP_RWLOCK_EXTEND, 12, make_rwlock_extend, rwlock_extend, NULL, MODEL_CHANGES, 0},
};

const struct model_type model_rwlock = {
    .tag = HF__TYPE__RWLOCK,
    .name = "rwlock",
    .ops = rwlock_ops,
    .op_count = sizeof rwlock_ops / sizeof rwlock_ops[0],
    .own_size = sizeof(struct rwlock),
    .enter = rwlock_enter,
    .only_holders_release = only_holders_release,
    .holder_died = rwlock_holder_died,
    .keeps_on_leave = keeps_on_leave,
    .size = rwlock_size,
};
