/* SPDX-License-Identifier: MIT
 *
 * submitter: submits tasks to a pool and collects their results. A submit waits at the pool, for
 * room, and at the submitter, for its end. A collect waits at the submitter only, so a result wakes
 * nobody else.
 */
#include "bulk.h"
#include "lifetime.h"
#include "mem.h"
#include "object.h"
#include "registry.h"
#include "task.h"
#include "wire_limits.h"

#include <assert.h>
#include <string.h>

enum { LANE_COLLECT, LANE_SUBMIT };

enum { RESULT_FRAMING = 6 }; /* bytes around each result in a reply */

static struct submitter *submitter_of(struct call *call) {
    return (struct submitter *)call->object;
}

/* ---- open, describe ---- */

static hf_status submitter_open(struct call *call) {
    return object_open(call, &type_submitter, NULL, HF__MODE__OPEN_OR_CREATE);
}

/* NULL: no memory. */
static struct origin *submitter_origin_new(struct submitter *submitter, struct who *who) {
    struct origin *origin = mem_alloc(sizeof *origin);
    if (origin) {
        source_init(&origin->source);
        origin->submitter = submitter;
        origin->who = who_share(who);
    }
    return origin;
}

static hf_status submitter_init(struct object *object, struct call *call) {
    struct submitter *submitter = (struct submitter *)object;
    uint64_t id = call->request->submitter_open->pool;
    struct object *found = lifetime_find(call->registry, id);
    table_init(&submitter->tasks, sizeof(struct task *));
    link_init(&submitter->in_pool);
    link_init(&submitter->ended);
    link_init(&submitter->news);
    if (!found) {
        return call_refuse_id(call, id);
    }
    if (found->type != &type_pool) {
        return call_refuse(call, HF_NO_OBJECT, "no pool has the id %llu", (unsigned long long)id);
    }
    struct pool *pool = (struct pool *)found;
    if (pool->closed) {
        return HF_CLOSED;
    }
    submitter->origin = submitter_origin_new(submitter, call->owner->who);
    if (!submitter->origin) {
        return HF_NO_MEMORY;
    }
    submitter->pool = pool;
    link_append(&pool->submitters, &submitter->in_pool);
    pool->submitter_count++;
    (void)registry_refer(call->registry, id); /* the pool exists */
    return HF_OK;
}

static void submitter_deleted(struct object *object) {
    submitter_leave((struct submitter *)object);
}

static void submitter_fini(struct object *object) {
    struct submitter *submitter = (struct submitter *)object;
    assert(!submitter->origin && !submitter->closed);
    table_fini(&submitter->tasks);
}

static uint64_t submitter_describe(const struct object *object, struct text *options) {
    const struct submitter *submitter = (const struct submitter *)object;
    text_add(options, "of pool #%llu%s",
             submitter->pool ? (unsigned long long)submitter->pool->object.id : 0,
             !submitter->pool    ? ", which is gone"
             : submitter->origin ? ""
                                 : ", closed");
    return table_len(&submitter->tasks);
}

/* Refuse if the submitter is closed or its pool was deleted. */
static hf_status submitter_check_open(struct call *call) {
    const struct submitter *submitter = submitter_of(call);
    if (!submitter->origin) {
        return call_refuse(call, HF_CLOSED, "the submitter is closed");
    }
    return submitter->pool ? HF_OK : call_refuse(call, HF_DELETED, "the pool was deleted");
}

/* ---- submit ---- */

static hf_status submitter_check_pool(struct call *call, const struct pool *pool) {
    if (pool->closed) {
        return call_refuse(call, HF_CLOSED, "the pool is closed");
    }
    if (pool->abandoned) {
        return call_refuse(call, HF_CLOSED,
                           "the last supervisor and the last worker of the pool are gone: nobody "
                           "would run the task");
    }
    return HF_OK;
}

/* Refuse a task that the pool could never accept. */
static hf_status submitter_check_task(struct call *call, const Hf__Submission *in) {
    const struct submitter *submitter = submitter_of(call);
    size_t len = strlen(in->function);
    if (len == 0 || len > HF_FUNCTION_MAX_BYTES) {
        return call_refuse(call, HF_INVALID, "the name of a function has 1 to %u bytes",
                           HF_FUNCTION_MAX_BYTES);
    }
    if (in->priority < -HF_PRIORITY_MAX || in->priority > HF_PRIORITY_MAX) {
        return call_refuse(call, HF_INVALID, "a priority is from -%d to %d, not %d",
                           HF_PRIORITY_MAX, HF_PRIORITY_MAX, in->priority);
    }
    if (task_find(submitter, in->tag)) {
        return call_refuse(call, HF_VALUE_ERROR, "the tag %llu is in use",
                           (unsigned long long)in->tag);
    }
    uint64_t max_bytes = submitter->pool->max_bytes;
    if (max_bytes && submission_bytes(in) > max_bytes) {
        return call_refuse(call, HF_TOO_BIG, "the pool never has more than %llu bytes queued",
                           (unsigned long long)max_bytes);
    }
    return HF_OK;
}

static bool submitter_has_room(const struct pool *pool, const Hf__Submission *in) {
    return (!pool->max_tasks || pool->schedule.count < pool->max_tasks) &&
           (!pool->max_bytes || pool->queued_bytes + submission_bytes(in) <= pool->max_bytes);
}

static hf_status submitter_submit_one(struct call *call, const Hf__Submission *in) {
    struct submitter *submitter = submitter_of(call);
    hf_status status = submitter_check_task(call, in);
    if (status == HF_OK && !submitter_has_room(submitter->pool, in)) {
        status = HF_WAIT;
    }
    if (status == HF_OK) {
        status = bulk_check_items(call, submitter->pool->tasks + 1);
    }
    return status != HF_OK || task_submit(submitter, in) ? status : HF_NO_MEMORY;
}

/* Submit as many tasks as there is room for; if not even the first, refuse or wait. */
static hf_status submitter_submit_all(struct call *call, const Hf__SubmitterSubmit *in) {
    size_t count = 0;
    hf_status status = HF_OK;
    while (count < in->n_tasks && status == HF_OK) {
        status = submitter_submit_one(call, in->tasks[count]);
        count += status == HF_OK;
    }
    if (count == 0 && status != HF_OK) {
        return status;
    }
    pool_changed(submitter_of(call)->pool);
    return call_answer_count(call, count);
}

/* The pool wakes the call when there is room, the submitter when there never will be. */
static hf_status submitter_wait_for_room(struct call *call, struct pool *pool) {
    struct target *targets = arena_zeroed(call->arena, 2, sizeof *targets);
    if (!targets) {
        return HF_NO_MEMORY;
    }
    targets[0] = (struct target){&pool->object, POOL_LANE_SUBMIT};
    targets[1] = (struct target){call->object, LANE_SUBMIT};
    return call_wait_for(call, targets, 2);
}

static hf_status submitter_submit(struct call *call) {
    const Hf__SubmitterSubmit *in = call->request->submitter_submit;
    hf_status status = submitter_check_open(call);
    if (status != HF_OK) {
        return status;
    }
    struct pool *pool = submitter_of(call)->pool;
    if (in->n_tasks > HF_SUBMISSIONS_MAX) {
        return call_refuse(call, HF_INVALID, "at most %u tasks are submitted at once",
                           HF_SUBMISSIONS_MAX);
    }
    status = submitter_check_pool(call, pool);
    if (status == HF_OK && in->n_tasks > 0) {
        status = submitter_check_task(call, in->tasks[0]);
    }
    if (status != HF_OK) {
        return status;
    }
    status = call_is_next(call, &pool->object, POOL_LANE_SUBMIT) ? submitter_submit_all(call, in)
                                                                 : HF_WAIT;
    return status == HF_WAIT ? submitter_wait_for_room(call, pool) : status;
}

/* ---- collect ---- */

static bool submitter_tell_loss(struct call *call, const struct task *task, Hf__Result *out) {
    out->has_signal = task->worker_exit.how == EXIT_BY_SIGNAL;
    out->has_exit_code = task->worker_exit.how == EXIT_BY_CODE;
    out->signal = out->exit_code = task->worker_exit.number;
    out->has_calls = task->has_calls;
    out->calls.len = task->calls_len;
    out->calls.data = arena_copy(call->arena, task_calls(task), task->calls_len);
    return out->calls.data != NULL;
}

/* Borrows the task's outcomes. false: no memory. */
static bool submitter_tell(struct call *call, const struct task *task, Hf__Result *out) {
    hf__result__init(out);
    out->tag = task->tag;
    out->status = (Hf__Status)task->status;
    out->has_runs = true;
    out->runs = task->runs;
    if (task->detail.kind == ANY_STRING) {
        out->detail = arena_copy(call->arena, task->detail.bytes, task->detail.len);
    }
    if (task->status == HF_OK) {
        out->has_outcomes = true;
        out->outcomes = (ProtobufCBinaryData){task->outcomes.len, (uint8_t *)task->outcomes.bytes};
    }
    bool lost = task->status == HF_WORKER_LOST || task->status == HF_TIME_LIMIT;
    return (task->detail.kind != ANY_STRING || out->detail) &&
           (!lost || submitter_tell_loss(call, task, out));
}

/* An answer to submitter_collect while it is built. */
struct gathering {
    Hf__Collected *out;
    struct any **answered; /* for each result's outcomes, which the answer borrows */
    size_t left;           /* bytes that the answer has room for */
};

/* Whether the answer has room for so many bytes more. The first result or news always fits: it came
 * in a frame as well. */
static bool submitter_fits(struct gathering *gathering, size_t len) {
    const Hf__Collected *out = gathering->out;
    len += RESULT_FRAMING;
    if (len > gathering->left && out->n_results + out->n_news > 0) {
        return false;
    }
    gathering->left -= len < gathering->left ? len : gathering->left;
    return true;
}

/* false: no memory, or no room. */
static bool submitter_add_result(struct call *call, const struct task *task,
                                 struct gathering *gathering) {
    Hf__Collected *out = gathering->out;
    struct told_object *told = call->pending->told;
    struct any *answered = call_release_after_reply(call);
    Hf__Result *result = answered ? arena_alloc(call->arena, sizeof *result) : NULL;
    if (!result || !submitter_tell(call, task, result) ||
        !task_tell_refs(&task->outcome_refs, call) ||
        !submitter_fits(gathering, hf__result__get_packed_size(result))) {
        call->pending->told = told; /* nobody is told of it now */
        return false;
    }
    gathering->answered[out->n_results] = answered;
    out->results[out->n_results++] = result;
    return true;
}

static bool submitter_add_news(struct call *call, const struct task *task,
                               struct gathering *gathering) {
    Hf__Collected *out = gathering->out;
    Hf__News *news = call_message(call, &hf__news__descriptor);
    Hf__Any *progress = news ? call_wire(call, &task->progress) : NULL;
    if (!progress) {
        return false;
    }
    news->tag = task->tag;
    news->progress = progress;
    if (!submitter_fits(gathering, hf__news__get_packed_size(news))) {
        return false;
    }
    out->news[out->n_news++] = news;
    return true;
}

/* The length of the list, but at most `most`. */
static size_t submitter_count(const struct link *list, size_t most) {
    size_t count = 0;
    for (const struct link *link = list->next; link != list && count < most; link = link->next) {
        count++;
    }
    return count;
}

static void submitter_mark_told(const struct submitter *submitter, size_t count, bool told) {
    struct link *link = submitter->ended.next;
    for (size_t i = 0; i < count; i++, link = link->next) {
        LINK_OWNER(link, struct task, in_list)->told = told;
    }
}

/* Add the oldest results, then the oldest news, as far as memory and room reach. The rest is told
 * next time. false: there is no memory for any. */
static bool submitter_gather(struct call *call, size_t limit, struct gathering *gathering) {
    const struct submitter *submitter = submitter_of(call);
    size_t results = submitter_count(&submitter->ended, limit);
    size_t news = submitter_count(&submitter->news, limit);
    Hf__Collected *out = gathering->out;
    gathering->answered = arena_zeroed(call->arena, results, sizeof(struct any *));
    out->results = arena_zeroed(call->arena, results, sizeof *out->results);
    out->news = arena_zeroed(call->arena, news, sizeof *out->news);
    if (!gathering->answered || !out->results || !out->news) {
        return false;
    }
    const struct link *link = submitter->ended.next;
    while (out->n_results < results &&
           submitter_add_result(call, LINK_OWNER(link, struct task, in_list), gathering)) {
        link = link->next;
    }
    submitter_mark_told(submitter, out->n_results, true);
    link = submitter->news.next;
    for (bool fits = out->n_results == results; fits && out->n_news < news; link = link->next) {
        if (link == &submitter->news) {
            break;
        }
        const struct task *task = LINK_OWNER(link, struct task, in_news);
        fits = task->told || submitter_add_news(call, task, gathering);
    }
    submitter_mark_told(submitter, out->n_results, false);
    return out->n_results + out->n_news > 0;
}

/* Remove from the submitter what the answer tells. */
static void submitter_hand_over(struct submitter *submitter, const struct gathering *gathering) {
    for (size_t i = 0; i < gathering->out->n_results; i++) {
        struct task *task = LINK_OWNER(link_first(&submitter->ended), struct task, in_list);
        assert(task->status != HF_WAIT && task->tag == gathering->out->results[i]->tag);
        *gathering->answered[i] = task->outcomes;
        task->outcomes = (struct any){0};
        task_collect(submitter, task);
    }
    for (size_t i = 0; i < gathering->out->n_news; i++) {
        assert(link_first(&submitter->news));
        link_remove(link_first(&submitter->news));
    }
}

static hf_status submitter_collect(struct call *call) {
    struct submitter *submitter = submitter_of(call);
    uint32_t limit = call->request->submitter_collect->limit;
    if (!submitter->origin || (link_alone(&submitter->ended) && link_alone(&submitter->news))) {
        hf_status status = submitter_check_open(call);
        return status == HF_OK ? HF_WAIT : status;
    }
    struct gathering gathering = {.out = arena_alloc(call->arena, sizeof *gathering.out),
                                  .left = call_gather_max(call)};
    if (!gathering.out) {
        return HF_NO_MEMORY;
    }
    hf__collected__init(gathering.out);
    limit = limit == 0 || limit > HF_RESULTS_MAX ? HF_RESULTS_MAX : limit;
    hf_status status = submitter_gather(call, limit, &gathering)
                           ? call_answer_message(call, HF__REPLY__RESULT_COLLECTED, gathering.out)
                           : HF_NO_MEMORY;
    if (status == HF_OK) {
        submitter_hand_over(submitter, &gathering);
    }
    return status;
}

/* ---- cancel, close ---- */

static uint64_t submitter_cancel_one(struct task *task) {
    bool counts = task && task->status == HF_WAIT;
    if (counts) {
        task_cancel(task);
    }
    return counts;
}

static uint64_t submitter_cancel_all(struct submitter *submitter) {
    uint64_t count = 0;
    size_t position = 0;
    struct task **entry = NULL;
    while ((entry = table_next(&submitter->tasks, &position)) != NULL) {
        count += submitter_cancel_one(*entry); /* it keeps its tag until it is collected */
    }
    return count;
}

static hf_status submitter_cancel(struct call *call) {
    const Hf__SubmitterCancel *in = call->request->submitter_cancel;
    struct submitter *submitter = submitter_of(call);
    hf_status status = submitter_check_open(call);
    if (status != HF_OK) {
        return status;
    }
    uint64_t count = in->n_tags == 0 ? submitter_cancel_all(submitter) : 0;
    for (size_t i = 0; i < in->n_tags; i++) {
        count += submitter_cancel_one(task_find(submitter, in->tags[i]));
    }
    pool_changed(submitter->pool);
    return call_answer_count(call, count);
}

static hf_status submitter_close(struct call *call) {
    submitter_end(submitter_of(call));
    return HF_OK;
}

static const struct op submitter_ops[] = {
    {HF__REQUEST__OP_SUBMITTER_OPEN, submitter_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_SUBMITTER_SUBMIT, submitter_submit, OP_CHANGES | OP_WAITS | OP_OWN_ORDER,
     LANE_SUBMIT},
    {HF__REQUEST__OP_SUBMITTER_COLLECT, submitter_collect, OP_CHANGES | OP_WAITS, LANE_COLLECT},
    {HF__REQUEST__OP_SUBMITTER_CANCEL, submitter_cancel, OP_CHANGES, 0},
    {HF__REQUEST__OP_SUBMITTER_CLOSE, submitter_close, OP_CHANGES, 0},
};

const struct type type_submitter = {
    .tag = HF__TYPE__SUBMITTER,
    .name = "submitter",
    .object_size = sizeof(struct submitter),
    TYPE_OPS(submitter_ops),
    .init = submitter_init,
    .fini = submitter_fini,
    .deleted = submitter_deleted,
    .describe = submitter_describe,
};
