/* SPDX-License-Identifier: MIT */
#include "task.h"

#include "key.h"
#include "mem.h"
#include "registry.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- tags ---- */

/* Clients choose the tags, so the hash is keyed. */
static uint64_t task_tag_hash(const struct submitter *submitter, uint64_t tag) {
    const struct any key = {.kind = ANY_INT, .integer = (int64_t)tag};
    return key_hash(ANY_BY_KIND, &key, submitter->object.registry->hash_key);
}

static bool task_tag_equal(const void *entry, const void *key) {
    return (*(struct task *const *)entry)->tag == *(const uint64_t *)key;
}

static struct task **task_entry(const struct submitter *submitter, uint64_t tag) {
    return table_find(&submitter->tasks, task_tag_hash(submitter, tag), task_tag_equal, &tag);
}

struct task *task_find(const struct submitter *submitter, uint64_t tag) {
    struct task **entry = task_entry(submitter, tag);
    return entry ? *entry : NULL;
}

static void task_forget_tag(struct submitter *submitter, struct task *task) {
    assert(task->listed);
    task->listed = false;
    struct task **entry = task_entry(submitter, task->tag);
    assert(entry && *entry == task);
    table_remove(&submitter->tasks, entry);
}

/* ---- memory ---- */

bool task_refer(struct task_refs *refs, struct registry *registry, const uint64_t *ids,
                size_t count) {
    uint64_t *kept = count > 0 ? mem_alloc(count * sizeof *kept) : NULL;
    if (count > 0 && !kept) {
        return false;
    }
    *refs = (struct task_refs){.ids = kept};
    for (size_t i = 0; i < count; i++) {
        if (registry_refer(registry, ids[i])) {
            refs->ids[refs->count++] = ids[i];
        }
    }
    return true;
}

bool task_tell_refs(const struct task_refs *refs, struct call *call) {
    for (size_t i = 0; i < refs->count; i++) {
        struct object *object = registry_find(call->registry, refs->ids[i]);
        if (object && !call_tell_object(call, object)) {
            return false;
        }
    }
    return true;
}

static void task_unrefer(struct task_refs *refs, struct registry *registry) {
    for (size_t i = 0; i < refs->count; i++) {
        registry_unrefer(registry, refs->ids[i]);
    }
    mem_free(refs->ids);
    *refs = (struct task_refs){0};
}

static void task_free(struct task *task, struct registry *registry) {
    any_drop(registry, &task->outcomes);
    any_drop(registry, &task->progress);
    any_drop(registry, &task->detail);
    task_unrefer(&task->argument_refs, registry);
    task_unrefer(&task->outcome_refs, registry);
    mem_free(task);
}

/* Free a task that is in no list any more, but perhaps has its tag and news. */
static void task_drop(struct pool *pool, struct task *task) {
    struct origin *origin = task_origin(task);
    if (task->listed) {
        task_forget_tag(origin_lister(origin), task);
    }
    link_remove(&task->in_news);
    assert(pool->tasks > 0 && origin->tasks > 0);
    assert(link_alone(&task->in_list) && !task->worker);
    pool->tasks--;
    origin->tasks--;
    origin_free_if_done(origin);
    task_free(task, pool->object.registry);
}

/* ---- submitting ---- */

size_t submission_bytes(const Hf__Submission *from) {
    return strlen(from->function) + from->calls.len;
}

static size_t task_bytes_of(const struct task *task) {
    return task->function_len + task->calls_len;
}

static struct task *task_new(struct pool *pool, const Hf__Submission *from) {
    size_t function_len = strlen(from->function);
    struct task *task = mem_alloc(sizeof *task + function_len + 1 + from->calls.len);
    if (!task) {
        return NULL;
    }
    link_init(&task->planned.in_line);
    link_init(&task->in_list);
    link_init(&task->in_news);
    task->pool = pool;
    task->status = HF_WAIT;
    task->tag = from->tag;
    task->planned.level = (unsigned)(from->priority + HF_PRIORITY_MAX);
    task->retries = from->retries;
    task->time_limit_ms = from->time_limit_ms;
    task->detached = from->detached;
    task->function_len = function_len;
    task->has_calls = from->has_calls;
    task->calls_len = from->calls.len;
    memcpy(task->payload, from->function, function_len + 1);
    if (from->calls.len > 0) {
        memcpy(task->payload + function_len + 1, from->calls.data, from->calls.len);
    }
    if (!task_refer(&task->argument_refs, pool->object.registry, from->objects, from->n_objects)) {
        mem_free(task);
        return NULL;
    }
    return task;
}

bool task_submit(struct submitter *submitter, const Hf__Submission *from) {
    struct pool *pool = submitter->pool;
    assert(pool && submitter->origin && !task_find(submitter, from->tag));
    struct task *task = task_new(pool, from);
    struct task **entry =
        task ? table_add(&submitter->tasks, task_tag_hash(submitter, from->tag)) : NULL;
    if (!entry) {
        if (task) {
            task_free(task, pool->object.registry);
        }
        return false;
    }
    *entry = task;
    task->listed = true;
    task->id = ++pool->last_task;
    task->planned.source = &submitter->origin->source;
    submitter->origin->tasks++;
    pool->tasks++;
    pool->alive++;
    pool->queued_bytes += task_bytes_of(task);
    schedule_add(&pool->schedule, &task->planned);
    return true;
}

/* ---- from place to place ---- */

static bool task_is_queued(const struct task *task) {
    return !link_alone(&task->planned.in_line);
}

static void task_uncount_bytes(struct task *task) {
    assert(task->pool->queued_bytes >= task_bytes_of(task));
    task->pool->queued_bytes -= task_bytes_of(task);
}

static void task_assign(struct task *task, struct worker *worker) {
    assert(!task->worker && !task_is_queued(task) && worker_in_pool(worker));
    task->worker = worker;
    link_append(&worker->tasks, &task->in_list);
    worker->task_count++;
    task->pool->busy_count += worker->task_count == 1;
}

static void task_unassign(struct task *task) {
    struct worker *worker = task->worker;
    assert(worker && worker->task_count > 0);
    object_wake_off(&task->pool->object, &task->limit);
    link_remove(&task->in_list);
    task->worker = NULL;
    worker->task_count--;
    task->pool->busy_count -= worker->task_count == 0 && worker_in_pool(worker);
}

static void task_leave_lists(struct task *task) {
    if (task_is_queued(task)) {
        schedule_remove(&task->pool->schedule, &task->planned);
        task_uncount_bytes(task);
    } else if (task->worker) {
        task_unassign(task);
    }
}

static void task_end_overdue(struct task *task) {
    task_explain(task, "it ran for longer than %llu ms", (unsigned long long)task->time_limit_ms);
    task_end(task, HF_TIME_LIMIT);
}

/* A worker kills itself when its task's time is over. A stopped worker cannot, so its supervisor is
 * told that it is gone, and kills it. */
static void task_out_of_time(struct wake *wake) {
    struct task *task = LINK_OWNER(wake, struct task, limit);
    struct worker *worker = task->worker;
    struct pool *pool = task->pool;
    assert(task->status == HF_WAIT);
    bool replaced = worker && worker->supervisor && worker_in_pool(worker);
    task_end_overdue(task);
    if (replaced) {
        worker_end(worker, NULL);
    }
    pool_changed(pool);
}

static bool task_set_limit(struct task *task) {
    if (task->time_limit_ms == 0) {
        return true;
    }
    task->limit.run = task_out_of_time;
    return object_wake_at(&task->pool->object, &task->limit,
                          registry_due_ms(task->pool->object.registry, task->time_limit_ms));
}

bool task_take(struct task *task, struct worker *worker) {
    assert(task_is_queued(task) && task->status == HF_WAIT);
    if (!task_set_limit(task)) {
        return false;
    }
    schedule_take(&task->pool->schedule, &task->planned);
    task_uncount_bytes(task);
    task_assign(task, worker);
    task->started_ms = task->pool->object.registry->now_ms;
    task->runs++;
    return true;
}

static void task_run_again(struct task *task) {
    struct pool *pool = task->pool;
    assert(task->status == HF_WAIT && task->runs > 0 && task->runs <= task->retries);
    task_unassign(task);
    any_drop(pool->object.registry, &task->progress);
    link_remove(&task->in_news);
    pool->queued_bytes += task_bytes_of(task);
    pool->retried++;
    schedule_add_first(&pool->schedule, &task->planned);
}

/* ---- ending ---- */

void task_explain(struct task *task, const char *format, ...) {
    char detail[HF_DETAIL_MAX_BYTES];
    struct text text = text_in(detail, sizeof detail);
    va_list arguments;
    va_start(arguments, format);
    text_add_args(&text, format, arguments);
    va_end(arguments);
    const struct any words = {.kind = ANY_STRING, .len = (uint32_t)text.len, .bytes = detail};
    any_drop(task->pool->object.registry, &task->detail);
    if (any_keep(task->pool->object.registry, &words, &task->detail) != HF_OK) {
        task->detail = (struct any){0};
    }
}

static void task_count_end(struct pool *pool, const struct task *task, hf_status status) {
    if (status == HF_CANCELLED) {
        pool->cancelled++;
    } else if (status == HF_WORKER_LOST || status == HF_TIME_LIMIT) {
        pool->lost++;
    } else {
        pool->done++;
        pool->failed += task->failed || status != HF_OK;
    }
}

void task_end(struct task *task, hf_status status) {
    struct pool *pool = task->pool;
    struct worker *worker = task->worker;
    assert(task->status == HF_WAIT && status != HF_WAIT);
    assert((worker || task_is_queued(task)) && pool->alive > 0);
    task_leave_lists(task);
    if (worker) {
        worker_free_if_done(worker);
    }
    pool->alive--;
    task_count_end(pool, task, status);
    task->status = status;
    struct submitter *submitter = task_origin(task)->submitter;
    if (submitter) {
        link_append(&submitter->ended, &task->in_list);
        object_touch(&submitter->object);
    } else {
        task_drop(pool, task);
    }
}

void task_cancel(struct task *task) {
    assert(task->status == HF_WAIT);
    if (task->worker) {
        task->cancelled = true;
    } else if (task_is_queued(task)) {
        task_end(task, HF_CANCELLED);
    }
}

void task_collect(struct submitter *submitter, struct task *task) {
    struct registry *registry = submitter->object.registry;
    assert(task->status != HF_WAIT && !task->worker);
    task_forget_tag(submitter, task);
    link_remove(&task->in_list);
    link_remove(&task->in_news);
    if (submitter->pool) {
        task_drop(submitter->pool, task);
    } else {
        task_origin(task)->tasks--;
        task_free(task, registry);
    }
}

static bool task_is_overdue(const struct task *task) {
    int64_t ran_ms = task->pool->object.registry->now_ms - task->started_ms;
    return task->time_limit_ms > 0 && (uint64_t)ran_ms >= task->time_limit_ms;
}

static void task_explain_loss(struct task *task, const struct worker_exit *cause) {
    static const char *const words[] = {
        [EXIT_UNKNOWN] = "died",
        [EXIT_BY_SIGNAL] = "was killed by signal",
        [EXIT_BY_CODE] = "ended with exit code",
        [EXIT_BY_LEAVING] = "left the pool",
    };
    const struct who *who = task->worker->who;
    char worker[WHO_WORDS_BYTES];
    char number[16] = "";
    if (cause->how == EXIT_BY_SIGNAL || cause->how == EXIT_BY_CODE) {
        (void)snprintf(number, sizeof number, " %d", cause->number);
    }
    task->worker_exit = *cause;
    task_explain(task, "its worker %s %s%s", who_say(who, worker), words[cause->how], number);
}

void task_lose(struct task *task, const struct worker_exit *cause) {
    assert(task->worker && task->status == HF_WAIT);
    if (task->cancelled) {
        task_end(task, HF_CANCELLED);
    } else if (task_is_overdue(task)) {
        task_end_overdue(task);
    } else if (task->runs <= task->retries) {
        task_run_again(task);
    } else if (cause) {
        task_explain_loss(task, cause);
        task_end(task, HF_WORKER_LOST);
    }
}

void task_abandon(struct submitter *submitter, struct task *task) {
    assert(!task_origin(task)->submitter);
    if (task->status != HF_WAIT) {
        task_collect(submitter, task);
        return;
    }
    task_forget_tag(submitter, task);
    link_remove(&task->in_news);
    if (!task->detached) {
        task_cancel(task);
    }
}

void task_discard(struct task *task) {
    struct pool *pool = task->pool;
    assert(task->status == HF_WAIT && pool->alive > 0);
    task_leave_lists(task);
    pool->alive--;
    task_drop(pool, task);
}
