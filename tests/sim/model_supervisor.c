/* SPDX-License-Identifier: MIT
 *
 * The model of a supervisor: see model_pool.h.
 */
#include "keep.h"
#include "make.h"
#include "model_pool.h"

static struct model_supervisor *supervisor_of(const struct model_run *run) {
    return model_supervisor_of(run->object);
}

/* ---- open ---- */

static void make_supervisor_open(struct maker *maker) {
    uint64_t pool = maker_object(maker, maker_chance(maker, 97) ? &model_pool : NULL);
    uint64_t submitter = maker_object(maker, &model_submitter);
    maker_emit(maker, REQUEST(maker->object, supervisor_open, .pool = pool,
                              .has_submitter = submitter != 0 && maker_chance(maker, 50),
                              .submitter = submitter));
}

static hf_status judge(const struct model *model, const Hf__SupervisorOpen *in) {
    const struct model_object *pool = model_find(model, in->pool);
    if (!pool || pool->type != &model_pool) {
        return HF_NO_OBJECT;
    }
    const struct model_object *submitter =
        in->has_submitter ? model_find(model, in->submitter) : NULL;
    if (in->has_submitter && (!submitter || submitter->type != &model_submitter ||
                              model_submitter_of(submitter)->pool != pool)) {
        return HF_NO_OBJECT;
    }
    return model_pool_of(pool)->closed ? HF_CLOSED : HF_OK;
}

static hf_status supervisor_open(struct model_run *run) {
    const Hf__SupervisorOpen *in = run->request->supervisor_open;
    struct model_supervisor *supervisor = keep(sizeof *supervisor);
    supervisor->pool = model_find(run->model, in->pool);
    supervisor->submitter = in->has_submitter ? model_find(run->model, in->submitter) : NULL;
    hf_status status =
        model_open(run, (struct model_opening){&model_supervisor, NULL, HF__MODE__OPEN_OR_CREATE,
                                               supervisor, judge(run->model, in), NULL});
    if (status == HF_OK) {
        model_pool_of(supervisor->pool)->supervised = true;
        model_pool_of(supervisor->pool)->abandoned = false;
    }
    return status;
}

/* ---- wait ---- */

static void make_supervisor_wait(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, supervisor_wait, .has_grow = maker_chance(maker, 70),
                              .grow = maker_chance(maker, 70)));
}

/* All workers are to end. */
static bool supervisor_is_over(const struct model_supervisor *supervisor) {
    const struct model_object *submitter = supervisor->submitter;
    return !supervisor->pool || model_pool_of(supervisor->pool)->terminated ||
           (submitter && (submitter->gone || model_submitter_of(submitter)->closed));
}

static bool is_finished(const struct model_pool *pool) {
    return pool->closed && model_alive(pool) == 0;
}

static bool has_untold(const struct model_pool *pool, const struct model_object *supervisor) {
    const struct model_worker *worker = NULL;
    for (uint64_t after = 0; (worker = model_next_gone(pool, supervisor, after)) != NULL;
         after = worker->gone) {
        if (!worker->told) {
            return true;
        }
    }
    return false;
}

static bool supervisor_wait_ready(struct model_run *run) {
    const struct model_supervisor *supervisor = supervisor_of(run);
    if (supervisor_is_over(supervisor)) {
        return true;
    }
    const struct model_pool *pool = model_pool_of(supervisor->pool);
    bool grow = run->request->supervisor_wait->grow && model_queued(pool) > model_idle(pool);
    return grow || is_finished(pool) || has_untold(pool, run->object);
}

static hf_status supervisor_wait(struct model_run *run) {
    const struct model_supervisor *supervisor = supervisor_of(run);
    struct model_worker *worker = NULL;
    if (supervisor_is_over(supervisor)) {
        return HF_CLOSED;
    }
    const struct model_pool *pool = model_pool_of(supervisor->pool);
    Hf__Supervision *out = keep(sizeof *out);
    hf__supervision__init(out);
    out->queued = model_queued(pool);
    out->idle = model_idle(pool);
    out->has_finished = true;
    out->finished = is_finished(pool);
    out->gone = keep((pool->worker_count + 1) * sizeof *out->gone);
    for (uint64_t after = 0; (worker = model_next_gone(pool, run->object, after)) != NULL;
         after = worker->gone) {
        if (!worker->told) {
            worker->told = true;
            out->gone[out->n_gone++] = worker->number;
        }
    }
    run->reply->result_case = HF__REPLY__RESULT_SUPERVISION;
    run->reply->supervision = out;
    return HF_OK;
}

/* ---- report ---- */

static void make_report(struct maker *maker) {
    bool signal = maker_chance(maker, 50);
    maker_emit(maker, REQUEST(maker->object, supervisor_report, .number = maker_roll(maker, 4),
                              .has_signal = signal, .signal = 9,
                              .has_exit_code = maker_chance(maker, 50), .exit_code = 3));
}

static hf_status supervisor_report(struct model_run *run) {
    const Hf__SupervisorReport *in = run->request->supervisor_report;
    const struct model_supervisor *supervisor = supervisor_of(run);
    struct model_worker *worker =
        supervisor->pool
            ? model_find_number(model_pool_of(supervisor->pool), run->object, in->number)
            : NULL;
    const struct model_verdict verdict = {
        .has_signal = in->has_signal,
        .has_exit_code = in->has_exit_code && !in->has_signal,
        .number = in->has_signal ? in->signal : in->exit_code,
    };
    if (worker) {
        model_worker_reported(supervisor->pool, worker, &verdict);
    }
    return model_answer_truth(run, worker != NULL);
}

/* ---- ends ---- */

static struct model_object *supervisor_refers(const struct model_object *object) {
    return model_supervisor_of(object)->pool;
}

static const struct model_op supervisor_ops[] = {
    {HF__REQUEST__OP_SUPERVISOR_OPEN, 10, make_supervisor_open, supervisor_open, NULL,
     MODEL_OPENS | MODEL_CHANGES, 0},
    {HF__REQUEST__OP_SUPERVISOR_WAIT, 25, make_supervisor_wait, supervisor_wait,
     supervisor_wait_ready, MODEL_CHANGES, 0},
    {HF__REQUEST__OP_SUPERVISOR_REPORT, 15, make_report, supervisor_report, NULL, MODEL_CHANGES, 0},
};

const struct model_type model_supervisor = {
    .tag = HF__TYPE__SUPERVISOR,
    .name = "supervisor",
    .ops = supervisor_ops,
    .op_count = sizeof supervisor_ops / sizeof supervisor_ops[0],
    .refers = supervisor_refers,
    .ended = model_supervisor_over,
};
