/* SPDX-License-Identifier: MIT
 *
 * The model's calls: checks before a request runs, waiting and its end, the order in which waiting
 * calls are tried again, and batches.
 */
#include "keep.h"
#include "model.h"
#include "model_dict.h"
#include "naive.h"
#include "wire_limits.h"

#include <assert.h>
#include <string.h>

enum { FIRST_TICKET = 1 << 30 }; /* there are tickets before it, for those that come first */

/* ---- waiting ---- */

static const struct model_waiter *waiter_in(const struct model_call *call,
                                            const struct model_object *object, unsigned lane) {
    for (size_t i = 0; i < call->waiter_count; i++) {
        if (call->waiters[i].object == object && call->waiters[i].lane == lane) {
            return &call->waiters[i];
        }
    }
    return NULL;
}

bool model_waits_in(const struct model_run *run, const struct model_object *object, unsigned lane) {
    return run->call && waiter_in(run->call, object, lane);
}

struct model_call *model_waiting_call(struct model *model, const struct model_object *object,
                                      unsigned lane, size_t at) {
    struct model_call *found = NULL;
    uint64_t after = 0;
    uint64_t ticket = 0;
    do {
        found = NULL;
        for (size_t i = 0; i < model->call_count; i++) {
            const struct model_waiter *waiter = waiter_in(&model->calls[i], object, lane);
            if (waiter && waiter->ticket > after && (!found || waiter->ticket < ticket)) {
                found = &model->calls[i];
                ticket = waiter->ticket;
            }
        }
        after = ticket;
    } while (found && at-- > 0);
    return found;
}

/* The first goes on waiting though nobody has the object; or this session has it. */
bool model_may_pass(struct model *model, const struct model_session *session,
                    const struct model_object *object, unsigned lane) {
    assert(object);
    const struct model_call *first = model_waiting_call(model, object, lane, 0);
    if (!first || !(first->op->flags & MODEL_WAITS_ALL)) {
        return false;
    }
    struct model_object *any = NULL;
    return object->hold_count > 0 ? model_holds(session, object)
                                  : model_first_hold(model, session, &any) != NULL;
}

void model_touch_awaited(struct model *model, const struct model_session *session) {
    for (size_t i = 0; i < model->call_count; i++) {
        const struct model_call *call = &model->calls[i];
        for (size_t j = 0; j < call->waiter_count && call->session == session; j++) {
            model_touch(model, call->waiters[j].object);
        }
    }
}

static void take_waiters(struct model *model, struct model_call *call,
                         const struct model_run *run) {
    call->waiter_count = 0;
    for (size_t i = 0; i < run->waiter_count; i++) {
        if (model_may_pass(model, call->session, run->waiters[i].object, run->waiters[i].lane)) {
            model_touch(model, run->waiters[i].object);
        }
    }
    bool last_first = run->waiter_count == 1 && run->op->flags & MODEL_LAST_FIRST;
    call->waiter_count = run->waiter_count;
    for (size_t i = 0; i < run->waiter_count; i++) {
        uint64_t number = ++model->tickets;
        call->waiters[i] = run->waiters[i];
        call->waiters[i].ticket = last_first ? FIRST_TICKET - number : FIRST_TICKET + number;
    }
}

/* A call that is just being tried does not wait. */
size_t model_waiting(struct model *model, const struct model_object *object) {
    size_t count = 0;
    for (size_t i = 0; i < model->call_count; i++) {
        for (unsigned lane = 0; lane < MODEL_LANES && !model->calls[i].running; lane++) {
            count += waiter_in(&model->calls[i], object, lane) != NULL;
        }
    }
    return count;
}

static size_t waiting_of(const struct model *model, const struct model_session *session) {
    size_t count = 0;
    for (size_t i = 0; i < model->call_count; i++) {
        count += model->calls[i].session->main == session->main;
    }
    return count;
}

/* The calls behind it are tried. */
void model_forget_call(struct model *model, struct model_call *call) {
    struct model_object *first = call->waiters[0].object;
    int64_t waited_ms = model->now_ms - call->since_ms;
    if (waited_ms > first->longest_wait_ms) {
        first->longest_wait_ms = waited_ms;
    }
    for (size_t i = 0; i < call->waiter_count; i++) {
        model_touch(model, call->waiters[i].object);
    }
    size_t at = (size_t)(call - model->calls);
    model->call_count--;
    memmove(call, call + 1, (model->call_count - at) * sizeof *call);
}

static void call_finish(struct model *model, struct model_session *session,
                        const Hf__Request *request, Hf__Reply *reply, hf_status status) {
    reply->status = (Hf__Status)status;
    if (request->id) {
        reply->has_id = true;
        reply->id = request->id;
        model_answer(model, session, reply);
    }
}

/* The reply has been sent. */
static void count_told(const struct model_run *run, const Hf__Request *request,
                       const Hf__Reply *reply) {
    struct model_family *family = run->session->main->family;
    bool sent = request->id && reply->result_case != HF__REPLY__RESULT__NOT_SET;
    for (size_t i = 0; i < run->told_count && sent; i++) {
        size_t index = run->told[i]->index;
        family->told[index] += family->uses[index] != 0;
    }
}

void model_finish_call(struct model *model, struct model_call *call, hf_status status) {
    call_finish(model, call->session, call->request, keep_reply(), status);
    model_forget_call(model, call);
}

static hf_status call_abandon(struct model *model, struct model_call *call, hf_status why) {
    const struct model_type *type = NULL;
    const struct model_waiter waiter = call->waiters[0];
    bool took_part = waiter.op->flags & MODEL_CHANGES && call->staged && call->staged->begun;
    struct model_session *who = call->session;
    (void)model_find_op(call->op->tag, &type);
    why = type->abandon ? type->abandon(model, call, why) : why;
    if (type->abandon && took_part && !waiter.object->gone) {
        model_note(model, waiter.object, HF__CAUSE__WAIT_ENDED, who, waiter.request);
    }
    return why;
}

void model_end_call(struct model *model, struct model_call *call, hf_status status) {
    hf_status result = call_abandon(model, call, status);
    if (result != MODEL_WAIT) {
        model_finish_call(model, call, result);
    }
}

void model_lose_call(struct model *model, struct model_call *call) {
    (void)call_abandon(model, call, HF_DISCONNECTED);
    model_forget_call(model, call);
}

/* ---- moving ---- */

hf_status model_wait_in(struct model_run *run, struct model_object *object, unsigned lane) {
    run->waiters[0] = (struct model_waiter){
        .object = object, .lane = lane, .op = run->op, .request = run->request};
    run->waiter_count = 1;
    return MODEL_WAIT;
}

/* The calls behind it are tried. */
static void call_leave(struct model *model, struct model_call *call) {
    struct model_object *object = call->waiters[0].object;
    int64_t waited_ms = model->now_ms - call->since_ms;
    if (waited_ms > object->longest_wait_ms) {
        object->longest_wait_ms = waited_ms;
    }
    call->since_ms = model->now_ms;
    model_touch(model, object);
}

void model_move(struct model *model, struct model_call *call, struct model_object *object,
                unsigned lane) {
    struct model_waiter *waiter = &call->waiters[0];
    assert(call->waiter_count == 1);
    if (waiter->object != object || waiter->lane != lane) {
        call_leave(model, call);
        waiter->object = object;
        waiter->lane = lane;
        waiter->ticket = FIRST_TICKET + ++model->tickets;
    }
}

/* ---- one request ---- */

static bool in_force(const struct model *model, const Hf__Guard *guard) {
    const struct model_object *lock = model_find(model, guard->lock);
    for (size_t i = 0; lock && i < lock->hold_count; i++) {
        if (lock->holds[i].fence == guard->fence) {
            return true;
        }
    }
    return false;
}

static bool has_op(const struct model_type *type, const struct model_type *of_op) {
    while (type && type != of_op) {
        type = type->like;
    }
    return type != NULL;
}

hf_status model_missing(const struct model_run *run, uint64_t id) {
    for (size_t i = 0; run->call && i < run->call->waiter_count; i++) {
        if (run->call->waiters[i].object->self.id == id) {
            return HF_DELETED;
        }
    }
    return HF_NO_OBJECT;
}

static hf_status resolve(struct model_run *run, const struct model_type *of_op) {
    run->object = NULL;
    if (run->op->flags & (MODEL_OPENS | MODEL_FREE)) {
        return HF_OK;
    }
    struct model_object *object = model_find(run->model, run->request->object);
    if (!object) {
        return model_missing(run, run->request->object);
    }
    if (!(run->op->flags & MODEL_ANY) && !has_op(object->type, of_op)) {
        return HF_WRONG_TYPE;
    }
    model_use(run->model, run->session, object);
    run->object = object;
    return HF_OK;
}

/* Others were there first. */
static bool has_to_queue(const struct model_run *run) {
    if (run->op->flags & MODEL_OWN_ORDER) {
        return false;
    }
    const struct model_call *first = model_waiting_call(run->model, run->object, run->lane, 0);
    bool holder_first =
        run->op->flags & MODEL_HOLDER_FIRST && model_holds(run->session, run->object);
    return first && first != run->call && !holder_first &&
           !model_may_pass(run->model, run->session, run->object, run->lane);
}

static hf_status check(struct model_run *run, const struct model_type *of_op) {
    if (run->request->guard && !in_force(run->model, run->request->guard)) {
        return HF_STALE_FENCE;
    }
    hf_status status = resolve(run, of_op);
    if (status != HF_OK) {
        return status;
    }
    return of_op->enter ? of_op->enter(run) : HF_OK;
}

static hf_status find_again(struct model_run *run) {
    run->object = model_find(run->model, run->request->object);
    return HF_OK;
}

/* The request may have added too much: the excess goes after it. */
static void drop_excess(const struct model_run *run) {
    if (dict_evicts(run->object)) {
        dict_drop_excess(run->model, run->object);
    }
}

hf_status model_run_request(struct model_run *run, const Hf__Request *request) {
    const struct model_type *of_op = NULL;
    run->request = request;
    run->op = model_find_op(request->op_case, &of_op);
    if (!run->op) {
        return HF_UNSUPPORTED;
    }
    run->lane = run->op->lane;
    hf_status status = run->staged && run->staged->begun ? find_again(run) : check(run, of_op);
    if (status != HF_OK) {
        return status;
    }
    if (run->op->ready && !(run->op->flags & MODEL_MOVES) &&
        (has_to_queue(run) || !run->op->ready(run))) {
        run->waiters[0] = (struct model_waiter){
            .object = run->object, .lane = run->lane, .op = run->op, .request = request};
        run->waiter_count = 1;
        return MODEL_WAIT;
    }
    const struct model_op *op = run->op; /* a batch leaves another behind */
    status = op->run(run);
    if (hf_ok(status) && op->flags & MODEL_CHANGES && run->object) {
        model_touch(run->model, run->object);
        if (run->silent) {
            run->object->version++; /* the watches are told later */
        } else if (!(op->flags & MODEL_OPENS)) {
            model_note(run->model, run->object, HF__CAUSE__REQUESTED, run->session, request);
            drop_excess(run);
        }
    }
    return status;
}

hf_status model_run_inner(struct model_run *run, const Hf__Request *request) {
    bool other = request->party != 0 && request->party != run->session->party;
    return other ? HF_INVALID : model_run_request(run, request);
}

/* ---- batches ---- */

bool model_only_reads(const struct model_op *op, const struct model_type *type) {
    return type != &model_session_type && !op->ready && op->tag != HF__REQUEST__OP_OBJECT_RELEASE &&
           op->tag != HF__REQUEST__OP_OBJECT_RETAIN && op->tag != HF__REQUEST__OP_OBJECT_PIN &&
           !(op->flags & (MODEL_CHANGES | MODEL_OPENS));
}

/* The value of a reply for a comparison; NULL: it has none. */
static const Hf__Any *worth(const Hf__Reply *reply) {
    Hf__Any *any = NULL;
    switch ((int)reply->result_case) {
    case HF__REPLY__RESULT_VALUE:
        return reply->value;
    case HF__REPLY__RESULT_VALUES:
        return naive_list(reply->values);
    case HF__REPLY__RESULT_COUNT:
        return naive_int((int64_t)reply->count);
    case HF__REPLY__RESULT_TRUTH:
        return naive_bool(reply->truth);
    case HF__REPLY__RESULT_OBJECT:
        any = keep_any(HF__ANY__KIND_REF);
        any->ref = reply->object;
        return any;
    default:
        return NULL;
    }
}

/* As the object compares that the request asks. */
static Hf__Equality equality_of(const struct model *model, const struct model_op *op,
                                const Hf__Request *request) {
    const struct model_object *object =
        op->flags & MODEL_FREE ? NULL : model_find(model, request->object);
    return object ? object->equality : HF__EQUALITY__BY_KIND;
}

static hf_status run_check(struct model_run *run, const Hf__Check *check) {
    const struct model_type *type = NULL;
    const struct model_op *op = model_find_op(check->request->op_case, &type);
    hf_status wanted = (hf_status)check->status;
    if (!op || !model_only_reads(op, type) || (int)wanted == 99 ||
        (check->equals && wanted != HF_OK)) {
        return HF_INVALID;
    }
    run->reply = keep_reply();
    size_t told = run->told_count;
    hf_status status = model_run_inner(run, check->request);
    run->told_count = told; /* nobody is told of it */
    if (status != wanted) {
        return HF_MISMATCH;
    }
    const Hf__Any *is = check->equals ? worth(run->reply) : NULL;
    if (!check->equals || !is) {
        return check->equals ? HF_INVALID : HF_OK;
    }
    return naive_same(equality_of(run->model, op, check->request), is, check->equals) ? HF_OK
                                                                                      : HF_MISMATCH;
}

static hf_status run_checks(struct model_run *run, const Hf__Batch *in) {
    const struct model_type *type = NULL;
    const struct model_op *first =
        in->n_requests > 0 ? model_find_op(in->requests[0]->op_case, &type) : NULL;
    if (in->n_checks > 0 && first && first->flags & MODEL_STAGED) {
        return HF_INVALID;
    }
    hf_status status = HF_OK;
    for (size_t i = 0; i < in->n_requests && in->atomic; i++) {
        const struct model_op *op = model_find_op(in->requests[i]->op_case, &type);
        if (!model_fits_atomic(op, type, i == in->n_requests - 1)) {
            return HF_INVALID;
        }
    }
    for (size_t i = 0; i < in->n_checks && status == HF_OK; i++) {
        status = run_check(run, in->checks[i]);
    }
    return status;
}

/* The watches are told of it now. */
static void note_all(const struct model_run *run, const Hf__Batch *in,
                     struct model_object *const *changed) {
    for (size_t i = 0; i < in->n_requests; i++) {
        if (changed[i]) {
            model_tell_watches(run->model, changed[i], HF__CAUSE__REQUESTED, run->session,
                               in->requests[i]);
        }
    }
}

/* The last of its replies is told. */
static void take_back(struct model_run *run, const struct model_before *before,
                      Hf__Replies *replies) {
    size_t refused = replies->n_replies - 1;
    model_put_back(run->model, before);
    replies->has_refused = true;
    replies->refused = (uint32_t)refused;
    replies->replies += refused;
    replies->n_replies = 1;
}

/* Run one request of a batch. Returns whether it has changed its object. */
static bool run_one(struct model_run *run, const Hf__Batch *in, const Hf__Request *request,
                    hf_status *status) {
    const struct model_type *type = NULL;
    const struct model_op *op = model_find_op(request->op_case, &type);
    bool fits = !op || type != &model_session_type || op->tag == HF__REQUEST__OP_PING;
    size_t told = run->told_count;
    run->reply = keep_reply();
    run->reply->has_id = request->has_id;
    run->reply->id = request->id;
    bool final = in->atomic && op && op->flags & MODEL_UNDOES &&
                 dict_evicts(model_find(run->model, request->object));
    *status = fits && !final ? model_run_inner(run, request) : HF_INVALID;
    run->told_count =
        run->reply->result_case == HF__REPLY__RESULT__NOT_SET ? told : run->told_count;
    return op && hf_ok(*status) && op->flags & MODEL_CHANGES;
}

/* An atomic batch (others have no `before`) waits only if its first attempt has granted nothing. */
static hf_status wait_in_place(struct model_run *run, const struct model_before *before,
                               int64_t timeout_ms) {
    struct model_object *object = run->object;
    uint64_t grants = object ? object->grants : 0;
    if (!before) {
        return MODEL_WAIT;
    }
    model_put_back(run->model, before);
    return object && object->grants != grants && timeout_ms != 0 ? HF_INVALID : MODEL_WAIT;
}

hf_status model_run_batch(struct model_run *run) {
    const Hf__Batch *in = run->request->batch;
    int64_t timeout_ms = run->request->has_timeout_ms ? run->request->timeout_ms : 0;
    Hf__Reply *outer = run->reply;
    if (in->n_requests + in->n_checks == 0) {
        return HF_INVALID;
    }
    run->silent = in->atomic;
    hf_status result = run_checks(run, in);
    run->reply = outer;
    if (result != HF_OK) {
        return result;
    }
    Hf__Replies *replies = keep(sizeof *replies);
    hf__replies__init(replies);
    replies->replies = keep(in->n_requests * sizeof(Hf__Reply *));
    struct model_object **changed = keep(in->n_requests * sizeof(struct model_object *));
    const struct model_before *before = in->atomic ? model_copy(run->model) : NULL;
    size_t told_first = run->told_count;
    size_t told = told_first;
    run->inner = true;
    for (size_t i = 0; i < in->n_requests && hf_ok(result); i++) {
        hf_status status = HF_OK;
        told = run->told_count;
        bool has_changed = run_one(run, in, in->requests[i], &status);
        if (status == MODEL_WAIT && i == 0) {
            return wait_in_place(run, before, timeout_ms);
        }
        status = status == MODEL_WAIT ? HF_TIMEOUT : status;
        run->reply->status = (Hf__Status)status;
        replies->replies[replies->n_replies++] = run->reply;
        result = status == HF_OK ? result : status;
        changed[i] = has_changed ? run->object : NULL;
    }
    if (in->atomic && hf_ok(result)) {
        note_all(run, in, changed);
    } else if (in->atomic) {
        take_back(run, before, replies);
        memmove(&run->told[told_first], &run->told[told],
                (run->told_count - told) * sizeof run->told[0]);
        run->told_count -= told - told_first; /* nobody is told of the others */
    }
    run->reply = outer;
    run->reply->result_case = HF__REPLY__RESULT_REPLIES;
    run->reply->replies = replies;
    run->object = NULL;
    return result;
}

static bool fits_wait_any(const Hf__WaitAny *in) {
    bool fits = in->n_requests > 0;
    for (size_t i = 0; i < in->n_requests; i++) {
        const struct model_type *type = NULL;
        const struct model_op *op = model_find_op(in->requests[i]->op_case, &type);
        fits = fits && op && op->ready && !(op->flags & (MODEL_STAGED | MODEL_WAITS_ALL));
    }
    return fits;
}

static void add_waiter(struct model_waiter *waiters, size_t *count, struct model_waiter waiter) {
    for (size_t i = 0; i < *count; i++) {
        if (waiters[i].object == waiter.object && waiters[i].lane == waiter.lane) {
            return;
        }
    }
    assert(*count < MODEL_WAITERS_MAX);
    waiters[(*count)++] = waiter;
}

hf_status model_run_wait_any(struct model_run *run) {
    const Hf__WaitAny *in = run->request->wait_any;
    const struct model_op *op = run->op;
    Hf__Reply *outer = run->reply;
    struct model_waiter waiters[MODEL_WAITERS_MAX];
    size_t count = 0;
    if (!fits_wait_any(in)) {
        return HF_INVALID;
    }
    for (size_t i = 0; i < in->n_requests; i++) {
        run->reply = keep_reply();
        run->reply->has_id = in->requests[i]->has_id;
        run->reply->id = in->requests[i]->id;
        hf_status status = model_run_inner(run, in->requests[i]);
        if (status != MODEL_WAIT) {
            run->reply->status = (Hf__Status)status;
            outer->result_case = HF__REPLY__RESULT_FIRST;
            outer->first = keep(sizeof *outer->first);
            hf__first__init(outer->first);
            outer->first->index = (uint32_t)i;
            outer->first->reply = run->reply;
            return status;
        }
        for (size_t j = 0; j < run->waiter_count; j++) {
            add_waiter(waiters, &count, run->waiters[j]);
        }
    }
    run->op = op;
    run->waiter_count = count;
    memcpy(run->waiters, waiters, sizeof waiters);
    return MODEL_WAIT;
}

/* ---- calls ---- */

static hf_status park(struct model *model, const struct model_run *run, Hf__Request *request) {
    int64_t timeout_ms = request->has_timeout_ms ? request->timeout_ms : run->default_timeout_ms;
    if (timeout_ms == 0) {
        return HF_TIMEOUT;
    }
    if (waiting_of(model, run->session) >= MODEL_WAITING_MAX) {
        return HF_LIMIT;
    }
    if (model_deadlock(model, run)) {
        return HF_DEADLOCK;
    }
    assert(model->call_count < MODEL_CALLS_ROOM);
    struct model_call *call = &model->calls[model->call_count++];
    *call = (struct model_call){
        .session = run->session,
        .request = request,
        .op = run->op,
        .waiter_count = run->waiter_count,
        .since_ms = model->now_ms,
        .due_ms = timeout_ms < 0 ? -1 : model->now_ms + timeout_ms,
        .staged = run->staged,
    };
    take_waiters(model, call, run);
    return MODEL_WAIT;
}

void model_call(struct model *model, struct model_session *session, Hf__Request *request) {
    struct model_run run = {.model = model,
                            .session = model_party(model, session, request->party),
                            .reply = keep_reply()};
    Hf__Reply *reply = run.reply;
    model->served++;
    hf_status status = model_run_request(&run, request);
    if (status == MODEL_WAIT) {
        status = park(model, &run, request);
    }
    if (status != MODEL_WAIT) {
        call_finish(model, session, request, reply, status);
        count_told(&run, request, reply);
    }
    model_settle(model);
}

/* It goes on waiting, perhaps elsewhere: whether it has gone to the end of another lane. */
static bool move(struct model *model, struct model_call *call, const struct model_run *run) {
    const struct model_waiter *waiter = &run->waiters[0];
    call->staged = run->staged;
    if (run->waiter_count != 1 || call->waiter_count != 1 ||
        waiter_in(call, waiter->object, waiter->lane)) {
        return false;
    }
    call_leave(model, call);
    take_waiters(model, call, run);
    return true;
}

/* false: it goes on waiting where it is. */
static bool try_again(struct model *model, struct model_call *call) {
    struct model_run run = {
        .model = model, .session = call->session, .call = call, .reply = keep_reply()};
    run.staged = call->staged;
    Hf__Reply *reply = run.reply;
    struct model_call before = *call;
    call->running = true;
    hf_status status = model_run_request(&run, call->request);
    call->running = false;
    if (status == MODEL_WAIT) {
        return move(model, call, &run);
    }
    call_finish(model, before.session, before.request, reply, status);
    count_told(&run, before.request, reply);
    model_forget_call(model, call);
    return true;
}

/* The first in the lane, or one that may pass it. false: none of them can go on. */
static bool try_lane(struct model *model, struct model_object *object, unsigned lane) {
    struct model_call *call = NULL;
    for (size_t at = 0; (call = model_waiting_call(model, object, lane, at)) != NULL; at++) {
        if ((at == 0 || model_may_pass(model, call->session, object, lane)) &&
            try_again(model, call)) {
            return true;
        }
    }
    return false;
}

static void settle_object(struct model *model, struct model_object *object) {
    struct model_call *first = NULL;
    for (unsigned lane = 0; lane < MODEL_LANES; lane++) {
        while (!object->gone && try_lane(model, object, lane)) {
        }
    }
    for (unsigned lane = 0; lane < MODEL_LANES && object->gone; lane++) {
        while ((first = model_waiting_call(model, object, lane, 0)) != NULL) {
            model_end_call(model, first, HF_DELETED);
        }
    }
}

/* Unnamed objects that nobody refers to are no more, and what was in them refers to nothing. */
static void reap(struct model *model) {
    model_list_unreferenced(model);
    while (model->unreferenced_count > 0) {
        struct model_object *object = model->unreferenced[--model->unreferenced_count];
        object->listed = false;
        model_count_references(model);
        if (model_is_unreferenced(object)) {
            assert(model_waiting(model, object) == 0);
            model_note(model, object, HF__CAUSE__UNREFERENCED, NULL, NULL);
            model_end_object(model, object);
            model_list_unreferenced(model);
        }
    }
}

/* Whether the call could go on where it is the first, or may pass the first. */
static bool could_proceed(struct model *model, struct model_call *call,
                          const struct model_waiter *waiter) {
    struct model_run run = {.model = model,
                            .session = call->session,
                            .call = call,
                            .staged = call->staged,
                            .request = waiter->request,
                            .op = waiter->op,
                            .object = waiter->object,
                            .lane = waiter->lane};
    bool turn = model_waiting_call(model, waiter->object, waiter->lane, 0) == call ||
                model_may_pass(model, call->session, waiter->object, waiter->lane);
    return waiter->object->gone || (turn && waiter->op->ready(&run));
}

/* No call whose turn it is could go on. */
static void check_heads(struct model *model) {
    for (size_t i = 0; i < model->call_count; i++) {
        struct model_call *call = &model->calls[i];
        for (size_t j = 0; j < call->waiter_count; j++) {
            if (could_proceed(model, call, &call->waiters[j])) {
                model->broken = keep_string("call %llu of session %llu could proceed, but waits",
                                            (unsigned long long)call->request->id,
                                            (unsigned long long)call->session->id);
            }
        }
    }
}

static void settle_touched(struct model *model) {
    while (model->touched_count > 0) {
        struct model_object *object = model->touched[0];
        model->touched_count--;
        memmove(&model->touched[0], &model->touched[1],
                model->touched_count * sizeof model->touched[0]);
        settle_object(model, object);
    }
}

void model_settle(struct model *model) {
    do {
        settle_touched(model);
        reap(model);
    } while (model->touched_count > 0);
    check_heads(model);
}

static struct model_call *next_to_end(struct model *model) {
    struct model_call *next = NULL;
    for (size_t i = 0; i < model->call_count; i++) {
        struct model_call *call = &model->calls[i];
        if (call->due_ms >= 0 && (!next || call->due_ms < next->due_ms)) {
            next = call;
        }
    }
    return next;
}

static void wake(struct model *model, struct model_wake wake) {
    model_wake_off(model, wake.what);
    if (!wake.object) {
        model_pin_over(model, wake.what);
        model_settle(model);
        return;
    }
    model_touch(model, wake.object);
    if (wake.what == &wake.object->due_ms) {
        model_note(model, wake.object, HF__CAUSE__EXPIRED, NULL, NULL);
        model_delete(model, wake.object);
    } else if (wake.lease) {
        model_lose(model, wake.object, model_leased(&wake), HF__LOSS__LOST_LEASE);
        model_note(model, wake.object, HF__CAUSE__TIME_CAME, NULL, NULL);
    } else if (wake.object->type->ended_by_time) {
        wake.object->type->ended_by_time(model, wake.object);
    } else {
        wake.object->type->woken(wake.object, wake.what);
        model_note(model, wake.object, HF__CAUSE__TIME_CAME, NULL, NULL);
    }
    model_settle(model);
}

/* In the order of their times, wakes first: a call that waits for a wake until then gets it. */
void model_expire(struct model *model) {
    for (;;) {
        struct model_call *call = next_to_end(model);
        const struct model_wake *next = model_next_wake(model);
        if (next && next->due_ms <= model->now_ms && (!call || next->due_ms <= call->due_ms)) {
            wake(model, *next);
        } else if (call && call->due_ms <= model->now_ms) {
            model_end_call(model, call, HF_TIMEOUT);
        } else {
            break;
        }
    }
    model_settle(model);
}
