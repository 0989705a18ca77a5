/* SPDX-License-Identifier: MIT */
#include "pool_members.h"

#include "mem.h"
#include "registry.h"
#include "task.h"

#include <assert.h>

/* ---- submitters ---- */

void origin_free_if_done(struct origin *origin) {
    if (!origin_lister(origin) && origin->tasks == 0) {
        assert(origin->who);
        who_release(origin->who);
        mem_free(origin);
    }
}

static void pool_touch_supervisors(const struct pool *pool) {
    for (struct link *link = pool->supervisors.next; link != &pool->supervisors;
         link = link->next) {
        object_touch(&LINK_OWNER(link, struct supervisor, in_pool)->object);
    }
}

static void submitter_leave_pool(struct submitter *submitter) {
    struct pool *pool = submitter->pool;
    if (pool) {
        assert(pool->submitter_count > 0);
        submitter->pool = NULL;
        link_remove(&submitter->in_pool);
        pool->submitter_count--;
        registry_unrefer(pool->object.registry, pool->object.id);
    }
}

static void submitter_tell_pool(const struct submitter *submitter) {
    if (submitter->pool) {
        pool_touch_supervisors(submitter->pool);
        pool_changed(submitter->pool);
    }
}

/* No task is left in its table. */
static void submitter_drained(struct submitter *submitter) {
    struct origin *origin = submitter->closed;
    assert(origin->closed == submitter && table_len(&submitter->tasks) == 0);
    submitter->closed = NULL;
    origin->closed = NULL;
    if (origin->source.suspended) {
        schedule_resume(&submitter->pool->schedule, &origin->source);
    }
    origin_free_if_done(origin);
    submitter_tell_pool(submitter);
    if (submitter->object.deleted) {
        submitter_leave_pool(submitter);
    }
}

/* If all of its tasks end at once, its detached ones keep their turn. */
static void submitter_suspend(const struct submitter *submitter) {
    struct source *source = &submitter->closed->source;
    if (submitter->pool && !source->suspended) {
        schedule_suspend(&submitter->pool->schedule, source);
    }
}

static bool submitter_drain_some(struct object *object) {
    struct submitter *submitter = (struct submitter *)object;
    struct task **entry = NULL;
    for (int i = 0; i < DRAIN_PART && (entry = table_last(&submitter->tasks)) != NULL; i++) {
        task_abandon(submitter, *entry);
    }
    if (table_len(&submitter->tasks) > 0) {
        submitter_suspend(submitter);
        submitter_tell_pool(submitter);
        return true;
    }
    submitter_drained(submitter);
    return false;
}

void submitter_end(struct submitter *submitter) {
    struct origin *origin = submitter->origin;
    if (!origin) {
        return;
    }
    assert(origin->submitter == submitter && !submitter->closed);
    submitter->origin = NULL;
    submitter->closed = origin;
    origin->submitter = NULL;
    origin->closed = submitter;
    drain_begin(&submitter->drain, &submitter->object, submitter_drain_some);
}

void submitter_leave(struct submitter *submitter) {
    submitter_end(submitter);
    if (!submitter->closed) {
        submitter_leave_pool(submitter);
    }
}

/* ---- workers ---- */

bool worker_in_pool(const struct worker *worker) {
    return !link_alone(&worker->in_pool);
}

void worker_free_if_done(struct worker *worker) {
    bool awaited = worker->supervisor && !worker->reported;
    if (!worker_in_pool(worker) && worker->task_count == 0 && !awaited) {
        assert(!worker->hold.object && link_alone(&worker->tasks));
        link_remove(&worker->in_supervisor);
        if (worker->supervisor) {
            assert(worker->supervisor->gone_count > 0);
            worker->supervisor->gone_count--;
        }
        who_release(worker->who);
        mem_free(worker);
    }
}

struct worker *worker_new(struct pool *pool, struct supervisor *supervisor, uint64_t number,
                          struct who *who) {
    assert(!supervisor || supervisor->pool == pool);
    struct worker *worker = mem_alloc(sizeof *worker);
    if (!worker) {
        return NULL;
    }
    link_init(&worker->in_pool);
    link_init(&worker->in_supervisor);
    link_init(&worker->tasks);
    worker->pool = pool;
    worker->supervisor = supervisor;
    worker->number = number;
    worker->who = who_share(who);
    link_append(&pool->workers, &worker->in_pool);
    if (supervisor) {
        link_append(&supervisor->workers, &worker->in_supervisor);
    }
    pool->worker_count++;
    pool->abandoned = false;
    return worker;
}

typedef void task_visit(struct task *task, const struct worker_exit *cause);

/* Call `visit` for each task of a worker; free the worker if that leaves nothing to wait for. */
static void worker_each_task(struct worker *worker, task_visit *visit,
                             const struct worker_exit *cause) {
    bool busy = worker->task_count > 0;
    worker->task_count++; /* keeps the worker until all tasks are visited */
    for (struct link *link = worker->tasks.next, *next = NULL; link != &worker->tasks;
         link = next) {
        next = link->next;
        visit(LINK_OWNER(link, struct task, in_list), cause);
    }
    worker->task_count--;
    worker->pool->busy_count -= busy && worker->task_count == 0 && worker_in_pool(worker);
    worker_free_if_done(worker);
}

/* Take the worker out of its pool and from its supervisor, and end its hold. */
static void worker_leave(struct worker *worker) {
    struct pool *pool = worker->pool;
    assert(worker_in_pool(worker) && pool->worker_count > 0);
    pool->worker_count--;
    pool->busy_count -= worker->task_count > 0;
    assert(pool->busy_count <= pool->worker_count);
    link_remove(&worker->in_pool);
    link_remove(&worker->in_supervisor);
    if (worker->hold.object) {
        hold_end(&worker->hold);
    }
}

void worker_end(struct worker *worker, const struct worker_exit *cause) {
    static const struct worker_exit died = {.how = EXIT_UNKNOWN};
    struct supervisor *supervisor = worker->supervisor;
    struct pool *pool = worker->pool;
    worker_leave(worker);
    if (supervisor) {
        link_append(&supervisor->gone, &worker->in_supervisor);
        supervisor->gone_count++;
    }
    if (supervisor && !worker->reported) {
        supervisor->untold++;
        object_touch(&supervisor->object);
    }
    worker_each_task(worker, task_lose, cause || supervisor ? cause : &died);
    pool_changed(pool);
}

/* ---- supervisors ---- */

struct worker *supervisor_find(const struct supervisor *supervisor, uint64_t number) {
    const struct link *lists[] = {&supervisor->gone, &supervisor->workers};
    for (size_t i = 0; i < 2; i++) {
        for (const struct link *link = lists[i]->next; link != lists[i]; link = link->next) {
            struct worker *worker = LINK_OWNER(link, struct worker, in_supervisor);
            if (worker->number == number) {
                return worker;
            }
        }
    }
    return NULL;
}

void worker_report(struct worker *worker, const struct worker_exit *cause) {
    struct pool *pool = worker->pool;
    assert(worker->supervisor && !worker->reported);
    worker->reported = true;
    if (worker_in_pool(worker)) {
        worker_end(worker, cause);
        return;
    }
    assert(worker->told || worker->supervisor->untold > 0);
    worker->supervisor->untold -= !worker->told;
    worker_each_task(worker, task_lose, cause);
    pool_changed(pool);
}

void supervisor_end(struct supervisor *supervisor) {
    static const struct worker_exit unknown = {.how = EXIT_UNKNOWN};
    struct pool *pool = supervisor->pool;
    struct link *link = NULL;
    if (!pool) {
        return;
    }
    assert(pool->supervisor_count > 0);
    link_remove(&supervisor->in_pool); /* first, so that nothing below touches it */
    supervisor->pool = NULL;
    pool->supervisor_count--;
    while ((link = link_first(&supervisor->gone)) != NULL) {
        worker_report(LINK_OWNER(link, struct worker, in_supervisor), &unknown);
    }
    while ((link = link_first(&supervisor->workers)) != NULL) {
        LINK_OWNER(link, struct worker, in_supervisor)->supervisor = NULL;
        link_remove(link);
    }
    assert(supervisor->gone_count == 0 && supervisor->untold == 0);
    pool_changed(pool);
}

/* ---- the pool ---- */

/* Returns whether queued tasks end as long as the pool is as it is. */
static bool pool_ends_queued(const struct pool *pool) {
    return pool->object.deleted || pool->terminated || pool->abandoned;
}

/* Nobody sees in which order the tasks of a deleted pool go. From the end the tables of their
 * submitters get no gaps. */
static struct planned *pool_next_to_end(const struct pool *pool) {
    return pool->object.deleted ? schedule_newest(&pool->schedule) : schedule_next(&pool->schedule);
}

static void pool_end_task(const struct pool *pool, struct task *task) {
    if (pool->object.deleted) {
        task_discard(task);
    } else if (pool->terminated) {
        task_end(task, HF_CANCELLED);
    } else {
        task_explain(task, "the last supervisor and the last worker of its pool are gone");
        task_end(task, HF_WORKER_LOST);
    }
}

/* Meanwhile a worker may have come, and the pool is no longer abandoned. */
static bool pool_drain_some(struct object *object) {
    struct pool *pool = (struct pool *)object;
    struct planned *planned = NULL;
    bool ends = pool_ends_queued(pool);
    for (int i = 0; i < DRAIN_PART && ends && (planned = pool_next_to_end(pool)); i++) {
        pool_end_task(pool, LINK_OWNER(planned, struct task, planned));
    }
    if (!object->deleted) {
        pool_changed(pool);
    }
    return ends && schedule_next(&pool->schedule);
}

struct planned *pool_next(const struct pool *pool) {
    return pool_ends_queued(pool) ? NULL : schedule_next(&pool->schedule);
}

static void pool_drain(struct pool *pool) {
    drain_begin(&pool->drain, &pool->object, pool_drain_some);
}

/* No supervisor and no worker is left to run what is queued. */
static void pool_abandon(struct pool *pool) {
    assert(pool->supervised && !pool->abandoned);
    pool->supervised = false;
    pool->abandoned = true;
}

void pool_changed(struct pool *pool) {
    assert(pool->busy_count <= pool->worker_count);
    assert(pool->schedule.count <= pool->alive && pool->alive <= pool->tasks);
    if (pool->supervised && pool->supervisor_count == 0 && pool->worker_count == 0) {
        pool_abandon(pool);
    }
    if (pool_ends_queued(pool) && schedule_next(&pool->schedule)) {
        pool_drain(pool); /* tasks that kept their turn while their submitter's others ended */
    }
    bool backlog = pool->schedule.count > pool->worker_count - pool->busy_count;
    if ((backlog && !pool->backlog) || (pool->closed && pool->alive == 0)) {
        pool_touch_supervisors(pool);
    }
    pool->backlog = backlog;
    object_touch(&pool->object);
}

static void pool_terminate_task(struct task *task, const struct worker_exit *cause) {
    (void)cause;
    task_end(task, HF_CANCELLED);
}

/* Call `visit` for each running task, of workers in the pool and of workers that are gone. */
static void pool_each_running(struct pool *pool, task_visit *visit) {
    for (struct link *link = pool->workers.next; link != &pool->workers; link = link->next) {
        worker_each_task(LINK_OWNER(link, struct worker, in_pool), visit, NULL);
    }
    for (struct link *link = pool->supervisors.next; link != &pool->supervisors;
         link = link->next) {
        struct supervisor *supervisor = LINK_OWNER(link, struct supervisor, in_pool);
        for (struct link *gone = supervisor->gone.next, *next = NULL; gone != &supervisor->gone;
             gone = next) {
            next = gone->next;
            worker_each_task(LINK_OWNER(gone, struct worker, in_supervisor), visit, NULL);
        }
    }
}

void pool_shut_down(struct pool *pool, bool terminate) {
    pool->closed = true;
    if (terminate && !pool->terminated) {
        pool->terminated = true;
        pool_drain(pool);
        pool_each_running(pool, pool_terminate_task);
        pool_touch_supervisors(pool);
    }
    pool_changed(pool);
}

static void pool_discard_task(struct task *task, const struct worker_exit *cause) {
    (void)cause;
    task_discard(task);
}

/* Free its workers that are gone; their tasks have been discarded. */
static void supervisor_forget_gone(struct supervisor *supervisor) {
    struct link *link = NULL;
    while ((link = link_first(&supervisor->gone)) != NULL) {
        struct worker *worker = LINK_OWNER(link, struct worker, in_supervisor);
        worker->reported = true;
        worker_free_if_done(worker);
    }
}

static void pool_dismiss_workers(struct pool *pool) {
    struct link *link = NULL;
    while ((link = link_first(&pool->workers)) != NULL) {
        struct worker *worker = LINK_OWNER(link, struct worker, in_pool);
        worker_leave(worker);
        worker->supervisor = NULL;
        worker_free_if_done(worker);
    }
    while ((link = link_first(&pool->supervisors)) != NULL) {
        struct supervisor *supervisor = LINK_OWNER(link, struct supervisor, in_pool);
        supervisor_forget_gone(supervisor);
        link_remove(link);
        supervisor->pool = NULL;
        object_touch(&supervisor->object);
    }
}

static void pool_dismiss_submitters(struct pool *pool) {
    struct link *link = NULL;
    while ((link = link_first(&pool->submitters)) != NULL) {
        struct submitter *submitter = LINK_OWNER(link, struct submitter, in_pool);
        link_remove(link);
        submitter->pool = NULL;
        if (submitter->closed) {
            schedule_resume(&pool->schedule, &submitter->closed->source);
        }
        object_touch(&submitter->object);
    }
}

void pool_end(struct pool *pool) {
    assert(pool->object.deleted);
    pool_each_running(pool, pool_discard_task);
    assert(pool->alive == pool->schedule.count);
    pool_dismiss_workers(pool);
    pool_dismiss_submitters(pool);
    pool_drain(pool);
}
