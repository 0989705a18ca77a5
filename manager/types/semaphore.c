/* SPDX-License-Identifier: MIT
 *
 * semaphore: threading.Semaphore and BoundedSemaphore, with any number of permits at once. Each
 * grant is a hold of its own, whose depth is how many permits it still has; so the end of a session
 * finds what has to come back.
 *
 * Those who wait are served in order of arrival: a large request at the head is not overtaken by a
 * small one. Of a bounded semaphore, free permits and held ones always add up to the initial
 * number.
 */
#include "mem.h"
#include "object.h"
#include "registry.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct semaphore {
    struct object object;
    uint32_t initial;
    bool bounded;
    uint64_t free;       /* permits */
    uint64_t all;        /* free ones and held ones */
    struct link permits; /* the grants, to release their memory at the end */
};

struct permit {
    struct hold hold;
    struct link of_semaphore;
};

static struct semaphore *semaphore_of(struct call *call) {
    return (struct semaphore *)call->object;
}

static struct permit *permit_of(struct hold *hold) {
    return (struct permit *)hold;
}

static uint32_t initial_asked(const Hf__SemaphoreOpen *in) {
    return in->has_permits ? in->permits : 1;
}

static hf_status init(struct object *object, struct call *call) {
    struct semaphore *semaphore = (struct semaphore *)object;
    const Hf__SemaphoreOpen *in = call->request->semaphore_open;
    semaphore->initial = initial_asked(in);
    semaphore->bounded = in->bounded;
    semaphore->free = semaphore->all = semaphore->initial;
    link_init(&semaphore->permits);
    return HF_OK;
}

static bool matches(const struct object *object, struct call *call) {
    const struct semaphore *semaphore = (const struct semaphore *)object;
    const Hf__SemaphoreOpen *in = call->request->semaphore_open;
    return semaphore->initial == initial_asked(in) && semaphore->bounded == (in->bounded != 0);
}

static void drop(struct permit *permit) {
    link_remove(&permit->of_semaphore);
    mem_free(permit);
}

/* The holds themselves have ended before. */
static void fini(struct object *object) {
    struct semaphore *semaphore = (struct semaphore *)object;
    struct link *link = NULL;
    while ((link = link_first(&semaphore->permits)) != NULL) {
        struct permit *permit = LINK_OWNER(link, struct permit, of_semaphore);
        assert(!permit->hold.object);
        drop(permit);
    }
}

static void holder_died(struct object *object, struct hold *hold) {
    struct semaphore *semaphore = (struct semaphore *)object;
    assert(hold->depth > 0);
    semaphore->free += hold->depth;
    assert(semaphore->free <= semaphore->all);
    hold_end(hold);
    drop(permit_of(hold));
}

static void describe(const struct object *object, struct call *call, Hf__Description *description) {
    const struct semaphore *semaphore = (const struct semaphore *)object;
    char options[64];
    (void)snprintf(options, sizeof options, "%s, %lu %s",
                   semaphore->bounded ? "bounded" : "unbounded", (unsigned long)semaphore->initial,
                   semaphore->initial == 1 ? "permit" : "permits");
    description->options = arena_copy(&call->arena, options, strlen(options));
    description->has_size = true;
    description->size = semaphore->free;
}

/* ---- operations ---- */

static hf_status open(struct call *call) {
    const Hf__SemaphoreOpen *in = call->request->semaphore_open;
    return object_open(call, &type_semaphore, in->name, in->mode);
}

static hf_status count_permits(struct call *call, bool given, uint32_t asked, uint32_t *permits) {
    *permits = given ? asked : 1;
    return *permits > 0 ? HF_OK : call_refuse(call, HF_INVALID, "permits: at least 1");
}

static hf_status grant(struct call *call, uint32_t permits) {
    struct semaphore *semaphore = semaphore_of(call);
    Hf__Grant *answer = arena_alloc(&call->arena, sizeof *answer);
    struct permit *permit = answer ? mem_alloc(sizeof *permit) : NULL;
    if (!permit) {
        return HF_NO_MEMORY;
    }
    hold_begin(&permit->hold, call->owner, &semaphore->object);
    permit->hold.depth = permits;
    link_init(&permit->of_semaphore);
    link_append(&semaphore->permits, &permit->of_semaphore);
    semaphore->free -= permits;
    hf__grant__init(answer);
    answer->fence = permit->hold.fence;
    answer->has_depth = true;
    answer->depth = permits;
    call->reply->result_case = HF__REPLY__RESULT_GRANT;
    call->reply->grant = answer;
    return HF_OK;
}

static hf_status acquire(struct call *call) {
    const struct semaphore *semaphore = semaphore_of(call);
    const Hf__SemaphoreAcquire *in = call->request->semaphore_acquire;
    uint32_t permits = 0;
    hf_status status = count_permits(call, in->has_permits, in->permits, &permits);
    if (status != HF_OK) {
        return status;
    }
    if (semaphore->bounded && permits > semaphore->initial) {
        return call_refuse(call, HF_VALUE_ERROR, "it has never more than %lu",
                           (unsigned long)semaphore->initial);
    }
    if (permits > semaphore->free || !call_is_next(call, call->object, call->op->lane)) {
        return HF_WAIT;
    }
    return grant(call, permits);
}

/* How many permits the session has here. Looks through all that it holds, which is mostly less than
 * what others hold here. */
static uint64_t held_by(const struct owner *owner, const struct object *object) {
    uint64_t held = 0;
    for (const struct link *link = owner->holds.next; link != &owner->holds; link = link->next) {
        const struct hold *hold = LINK_OWNER(link, struct hold, of_owner);
        held += hold->object == object ? hold->depth : 0;
    }
    return held;
}

/* End the session's grants for so many permits, the oldest first. */
static void end_grants(const struct owner *owner, const struct object *object, uint64_t permits) {
    struct link *next = owner->holds.next;
    while (permits > 0) {
        assert(next != &owner->holds);
        struct hold *hold = LINK_OWNER(next, struct hold, of_owner);
        next = next->next;
        if (hold->object == object && hold->depth > permits) {
            hold->depth -= (uint32_t)permits;
            permits = 0;
        } else if (hold->object == object) {
            permits -= hold->depth;
            hold_end(hold);
            drop(permit_of(hold));
        }
    }
}

static hf_status refuse_release(struct call *call, uint32_t permits, uint64_t held) {
    const struct semaphore *semaphore = semaphore_of(call);
    if (semaphore->free + permits > semaphore->initial) {
        return call_refuse(call, HF_VALUE_ERROR, "released more often than acquired");
    }
    return call_refuse(call, HF_NOT_HELD, "this session holds %llu", (unsigned long long)held);
}

static hf_status release(struct call *call) {
    struct semaphore *semaphore = semaphore_of(call);
    const Hf__SemaphoreRelease *in = call->request->semaphore_release;
    uint32_t permits = 0;
    hf_status status = count_permits(call, in->has_permits, in->permits, &permits);
    if (status != HF_OK) {
        return status;
    }
    uint64_t held = held_by(call->owner, call->object);
    uint64_t added = permits > held ? permits - held : 0;
    if (added > 0 && semaphore->bounded) {
        return refuse_release(call, permits, held);
    }
    if (added > UINT64_MAX - semaphore->all) {
        return call_refuse(call, HF_LIMIT, "it has as many permits as can be counted");
    }
    end_grants(call->owner, call->object, permits - added);
    semaphore->free += permits;
    semaphore->all += added;
    return HF_OK;
}

static hf_status value(struct call *call) {
    return call_answer_count(call, semaphore_of(call)->free);
}

static const struct op ops[] = {
    {HF__REQUEST__OP_SEMAPHORE_OPEN, open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_SEMAPHORE_ACQUIRE, acquire, OP_CHANGES | OP_WAITS | OP_OWN_ORDER, 0},
    {HF__REQUEST__OP_SEMAPHORE_RELEASE, release, OP_CHANGES, 0},
    {HF__REQUEST__OP_SEMAPHORE_VALUE, value, OP_READS, 0},
};

const struct type type_semaphore = {
    .tag = HF__TYPE__SEMAPHORE,
    .name = "semaphore",
    .object_size = sizeof(struct semaphore),
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
    .init = init,
    .fini = fini,
    .matches = matches,
    .holder_died = holder_died,
    .describe = describe,
};
