/* SPDX-License-Identifier: MIT
 *
 * The model of the operations on the session itself.
 */
#include "keep.h"
#include "make.h"
#include "model.h"
#include "naive.h"

enum { BATCH_MOST = 4, CHECKS_MOST = 2, WAIT_ANY_MOST = 3, TRIES = 12 };

static void make_ping(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, ping));
}

static hf_status ping(struct model_run *run) {
    (void)run;
    return HF_OK;
}

static void make_hello(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, hello, .version = 1));
}

static hf_status greet_again(struct model_run *run) {
    (void)run;
    return HF_INVALID;
}

/* A request without an operation, or with one that is not known. */
static void make_nothing(struct maker *maker) {
    Hf__Request request = HF__REQUEST__INIT;
    maker_emit(maker, request);
}

/* ---- cancel ---- */

static void make_cancel(struct maker *maker) {
    const struct model *model = maker->model;
    uint64_t id = maker_roll(maker, 8);
    for (size_t i = 0; i < model->call_count; i++) {
        if (model->calls[i].session->main == maker->session->main && maker_chance(maker, 50)) {
            id = model->calls[i].request->id;
        }
    }
    maker_emit(maker, REQUEST(maker->object, cancel, .call = id));
}

static hf_status cancel(struct model_run *run) {
    for (size_t i = 0; i < run->model->call_count; i++) {
        struct model_call *call = &run->model->calls[i];
        if (call->session->main == run->session->main &&
            call->request->id == run->request->cancel->call) {
            model_end_call(run->model, call, HF_CANCELLED);
            return model_answer_truth(run, true);
        }
    }
    return model_answer_truth(run, false);
}

static void make_leave(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, leave, .has_died = maker_chance(maker, 40),
                              .died = maker_chance(maker, 50), .has_party = maker_chance(maker, 40),
                              .party = maker_roll(maker, 3)));
}

/* ---- batch ---- */

/* Something that only reads, if one is found soon. */
static void make_reading(struct maker *maker) {
    for (int tries = 0; tries < TRIES; tries++) {
        const struct model_type *type = NULL;
        maker_make(maker);
        const struct model_op *op = model_find_op(maker->made->op_case, &type);
        if (op && model_only_reads(op, type)) {
            return;
        }
    }
}

/* A value that may well be what is read: one that the object has, a number, a truth. */
static Hf__Any *make_expected(struct maker *maker) {
    const struct model_object *object = model_find(maker->model, maker->made->object);
    if (object && object->item_count > 0 && maker_chance(maker, 50)) {
        return object->items[maker_roll(maker, object->item_count)].value;
    }
    return maker_chance(maker, 60) ? naive_bool(maker_chance(maker, 50)) : maker_number(maker);
}

static hf_status make_refusal(struct maker *maker) {
    static const hf_status statuses[] = {HF_KEY_ERROR, HF_INDEX_ERROR, HF_NO_OBJECT,
                                         HF_NOT_HELD,  HF_STALE_FENCE, HF_OK,
                                         HF_OK,        (hf_status)99};
    return statuses[maker_roll(maker, sizeof statuses / sizeof statuses[0])];
}

static Hf__Check *make_check(struct maker *maker) {
    Hf__Check *check = keep(sizeof *check);
    hf__check__init(check);
    make_reading(maker);
    maker_guard(maker, maker->made);
    maker_party(maker, maker->made);
    check->request = maker->made;
    check->has_status = maker_chance(maker, 25);
    check->status = (Hf__Status)(check->has_status ? make_refusal(maker) : HF_OK);
    if (maker_chance(maker, check->status == HF__STATUS__OK ? 40 : 2)) {
        check->equals = make_expected(maker);
    }
    return check;
}

/* Something that an atomic batch may have, if it is found soon. */
static void make_undoable(struct maker *maker, bool last) {
    for (int tries = 0; tries < TRIES; tries++) {
        const struct model_type *type = NULL;
        maker_make(maker);
        const struct model_op *op = model_find_op(maker->made->op_case, &type);
        if (op && (op->flags & MODEL_UNDOES || (last && model_fits_atomic(op, type, true)))) {
            return;
        }
    }
}

static void make_batch(struct maker *maker) {
    if (maker->inner) {
        make_ping(maker);
        return;
    }
    Hf__Request *requests[BATCH_MOST];
    Hf__Check *checks[CHECKS_MOST];
    size_t count = maker_chance(maker, 2) ? 0 : 1 + maker_roll(maker, BATCH_MOST);
    size_t check_count = maker_chance(maker, 60) ? 0 : 1 + maker_roll(maker, CHECKS_MOST);
    bool atomic = maker_chance(maker, 50);
    maker->inner = true;
    maker->favourite = 0;
    for (size_t i = 0; i < count; i++) {
        if (atomic) {
            make_undoable(maker, i == count - 1);
        } else {
            maker_make(maker);
        }
        maker_guard(maker, maker->made);
        maker_party(maker, maker->made);
        maker_expect(maker, maker->made);
        maker->favourite = i == 0 ? maker->made->object : maker->favourite;
        requests[i] = maker->made;
        requests[i]->has_id = maker_chance(maker, 50);
        requests[i]->id = i + 1;
    }
    for (size_t i = 0; i < check_count; i++) {
        checks[i] = make_check(maker);
    }
    maker->inner = false;
    maker_emit(maker,
               REQUEST(0, batch, .n_requests = count, .requests = requests, .n_checks = check_count,
                       .checks = checks, .has_atomic = atomic, .atomic = atomic));
}

/* ---- wait for any ---- */

/* Something that may wait, if one is found soon. */
static void make_waiting(struct maker *maker) {
    for (int tries = 0; tries < TRIES; tries++) {
        const struct model_type *type = NULL;
        maker_make(maker);
        const struct model_op *op = model_find_op(maker->made->op_case, &type);
        if (op && op->ready && !(op->flags & (MODEL_STAGED | MODEL_WAITS_ALL))) {
            return;
        }
    }
}

static void make_wait_any(struct maker *maker) {
    if (maker->inner) {
        make_ping(maker);
        return;
    }
    Hf__Request *requests[WAIT_ANY_MOST];
    size_t count = maker_chance(maker, 2) ? 0 : 1 + maker_roll(maker, WAIT_ANY_MOST);
    maker->inner = true;
    maker->favourite = 0;
    for (size_t i = 0; i < count; i++) {
        make_waiting(maker);
        maker_guard(maker, maker->made);
        maker_party(maker, maker->made);
        maker_expect(maker, maker->made);
        requests[i] = maker->made;
        requests[i]->has_id = maker_chance(maker, 50);
        requests[i]->id = i + 1;
    }
    maker->inner = false;
    maker_emit(maker, REQUEST(0, wait_any, .n_requests = count, .requests = requests));
}

/* ---- statistics ---- */

static void make_stats(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, stats));
}

static hf_status stats(struct model_run *run) {
    const struct model *model = run->model;
    Hf__Statistics *statistics = keep(sizeof *statistics);
    hf__statistics__init(statistics);
    statistics->has_sessions = statistics->has_objects = statistics->has_waiting_calls = true;
    statistics->has_requests = statistics->has_uptime_ms = statistics->has_fence = true;
    statistics->has_receiving_bytes = true; /* 0: each frame comes whole */
    statistics->sessions = model_open_sessions(model);
    statistics->objects = model_live_objects(model);
    statistics->waiting_calls = model->call_count;
    statistics->requests = model->served;
    statistics->uptime_ms = (uint64_t)(model->now_ms - model->started_ms);
    statistics->fence = model->fence;
    run->reply->result_case = HF__REPLY__RESULT_STATISTICS;
    run->reply->statistics = statistics;
    return HF_OK;
}

/* ---- the clock ---- */

static void make_clock(struct maker *maker) {
    maker_emit(maker, REQUEST(maker->object, clock));
}

static hf_status tell_clock(struct model_run *run) {
    const struct model *model = run->model;
    Hf__Times *times = keep(sizeof *times);
    hf__times__init(times);
    times->wall_ms = (uint64_t)(model->now_ms + model->wall_ahead_ms);
    times->monotonic_ms = (uint64_t)(model->now_ms - model->started_ms);
    run->reply->result_case = HF__REPLY__RESULT_TIMES;
    run->reply->times = times;
    return HF_OK;
}

static const struct model_op control_ops[] = {
    {HF__REQUEST__OP_BATCH, 60, make_batch, model_run_batch, NULL, MODEL_FREE, 0},
    {HF__REQUEST__OP_WAIT_ANY, 40, make_wait_any, model_run_wait_any, NULL, MODEL_FREE, 0},
    {HF__REQUEST__OP_CANCEL, 15, make_cancel, cancel, NULL, MODEL_FREE, 0},
    {HF__REQUEST__OP_LEAVE, 12, make_leave, model_leave_holds, NULL, MODEL_FREE, 0},
    {HF__REQUEST__OP_STATS, 12, make_stats, stats, NULL, MODEL_FREE, 0},
    {HF__REQUEST__OP_CLOCK, 3, make_clock, tell_clock, NULL, MODEL_FREE, 0},
    {HF__REQUEST__OP_PING, 3, make_ping, ping, NULL, MODEL_FREE, 0},
    {HF__REQUEST__OP_HELLO, 1, make_hello, greet_again, NULL, MODEL_FREE, 0},
    {0, 1, make_nothing, NULL, NULL, MODEL_FREE, 0},
};

const struct model_type model_session_type = {
    .name = "session",
    .ops = control_ops,
    .op_count = sizeof control_ops / sizeof control_ops[0],
};
