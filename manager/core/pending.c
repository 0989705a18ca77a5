/* SPDX-License-Identifier: MIT
 *
 * See pending.h.
 */
#include "pending.h"

#include "call.h"
#include "deadlock.h"
#include "family.h"
#include "journal.h"
#include "lifetime.h"
#include "mem.h"
#include "waiter.h"
#include "wire_limits.h"

#include <assert.h>

enum { IDLE_MAX = 256, RELEASED_AT_ONCE = 1024, EXPIRE_PER_SLICE = 4096 };

void calls_init(struct calls *calls, bool (*answer)(struct owner *owner, const Hf__Reply *reply)) {
    heap_init(&calls->deadlines);
    link_init(&calls->idle);
    calls->idle_count = 0;
    calls->waiting = 0;
    calls->answer = answer;
}

void calls_fini(struct calls *calls) {
    assert(calls->waiting == 0);
    struct link *link = NULL;
    while ((link = link_first(&calls->idle)) != NULL) {
        link_remove(link);
        mem_free(LINK_OWNER(link, struct pending, in_idle));
    }
    heap_fini(&calls->deadlines);
}

/* ---- from call to call ---- */

struct pending *pending_new(struct calls *calls, struct owner *owner) {
    struct link *link = link_first(&calls->idle);
    struct pending *pending =
        link ? LINK_OWNER(link, struct pending, in_idle) : mem_alloc(sizeof *pending);
    if (!pending) {
        return NULL;
    }
    if (link) {
        link_remove(link);
        calls->idle_count--;
    } else {
        pending->calls = calls;
        arena_init(&pending->arena, registry_call_max_bytes(&calls->registry));
        link_init(&pending->in_idle);
        link_init(&pending->in_owner);
        link_init(&pending->in_session);
    }
    assert(pending->waiter_count == 0 && !pending->answered);
    call_init(&pending->call, pending, owner, NULL, &pending->reply);
    pending->staged = (struct staged){0};
    pending->told = NULL;
    assert(pending->state == PENDING_IDLE);
    pending->state = PENDING_NEW;
    return pending;
}

static void set_state(struct pending *pending, enum pending_state from, enum pending_state to) {
    assert(pending->state == from);
    pending->state = to;
}

static void release_values(struct pending *pending) {
    while (pending->answered) {
        struct answered_value *answered = pending->answered;
        pending->answered = answered->next;
        any_drop(pending->call.registry, &answered->any);
    }
}

void pending_drop(struct pending *pending) {
    assert(pending->state == PENDING_NEW || pending->state == PENDING_RUNNING);
    assert(pending->waiter_count == 0);
    struct calls *calls = pending->calls;
    pending->state = PENDING_IDLE;
    release_values(pending);
    arena_reset(&pending->arena);
    if (!owner_is_own(pending->call.owner)) {
        owner_unuse(pending->call.owner);
    }
    if (calls->idle_count >= IDLE_MAX) {
        mem_free(pending);
        return;
    }
    link_append(&calls->idle, &pending->in_idle);
    calls->idle_count++;
}

/* ---- ending ---- */

static void note_wait(const struct pending *pending) {
    struct object *object = pending->waiters[0].object;
    assert(object);
    int64_t waited_ms = pending->call.registry->now_ms - pending->since_ms;
    if (waited_ms > object->longest_wait_ms) {
        object->longest_wait_ms = waited_ms;
    }
}

static void unpark(struct pending *pending) {
    struct owner *owner = pending->call.owner;
    assert(pending->waiter_count > 0 && pending->calls->waiting > 0);
    assert(owner->waiting_count > 0 && owner->all->waiting_count > 0);
    assert(owner->all->waiting_bytes >= pending->waiting_bytes);
    note_wait(pending);
    waiters_leave(pending);
    link_remove(&pending->in_owner);
    link_remove(&pending->in_session);
    heap_remove(&pending->calls->deadlines, &pending->deadline);
    owner->waiting_count--;
    owner->all->waiting_count--;
    owner->all->waiting_bytes -= pending->waiting_bytes;
    pending->calls->waiting--;
}

/* The reply has told the session of these, if it has a result. It is rare, and kept out of line. */
__attribute__((noinline)) static void count_told(const struct pending *pending) {
    const struct told_object *told = pending->told;
    assert(told);
    for (; told && pending->reply.result_case != HF__REPLY__RESULT__NOT_SET; told = told->next) {
        family_count(family_of(&pending->call), told->id);
    }
}

/* Answer and drop. */
static inline void finish(struct pending *pending, hf_status status) {
    assert(status != HF_WAIT && pending->state == PENDING_RUNNING);
    if (pending->waiter_count > 0) {
        unpark(pending);
    }
    pending->reply.status = (Hf__Status)status;
    if (pending->request->id) {
        pending->reply.has_id = true;
        pending->reply.id = pending->request->id;
        bool sent = pending->calls->answer(pending->call.owner, &pending->reply);
        if (sent && pending->told) {
            count_told(pending);
        }
    }
    pending_drop(pending);
}

/* ---- running ---- */

/* Drop everything that an attempt has left but its operation and its request, as which it waits:
 * the arena holds only the request again. */
static void forget_attempt(struct pending *pending) {
    release_values(pending);
    arena_rewind(&pending->arena, pending->decoded);
    pending->told = NULL;
    hf__reply__init(&pending->reply);
    pending->call.object = NULL;
    pending->call.target_count = 0;
}

/* ---- waiting ---- */

static hf_status may_wait(struct call *call, size_t bytes) {
    const struct calls *calls = call->pending->calls;
    const struct owners *owners = call->owner->all;
    if (owners->waiting_count >= calls->waiting_per_session_max) {
        return call_refuse(call, HF_LIMIT, "at most %zu calls of a session may wait",
                           calls->waiting_per_session_max);
    }
    size_t most = registry_call_max_bytes(call->registry);
    if (bytes > most - owners->waiting_bytes) {
        return call_refuse(call, HF_LIMIT, "the calls of a session that wait may take %zu bytes",
                           most);
    }
    return HF_OK;
}

static bool set_deadline(struct pending *pending) {
    assert(pending->request->timeout_ms != 0);
    int64_t timeout_ms = pending->request->timeout_ms;
    int64_t now_ms = pending->call.registry->now_ms;
    int64_t due_ms = timeout_ms < INT64_MAX - now_ms ? now_ms + timeout_ms : INT64_MAX;
    return timeout_ms < 0 || heap_add(&pending->calls->deadlines, &pending->deadline, due_ms);
}

/* An attempt that has named no lane waits in that of its row. */
static void default_target(struct call *call) {
    if (call->target_count == 0) {
        (void)call_wait_in(call, call->object, call->lane);
    }
}

static void begin_waiting(struct pending *pending, size_t bytes) {
    struct owner *owner = pending->call.owner;
    set_state(pending, PENDING_RUNNING, PENDING_PARKED);
    forget_attempt(pending);
    pending->since_ms = pending->call.registry->now_ms;
    pending->waiting_bytes = bytes;
    link_append(&owner->waiting, &pending->in_owner);
    link_append(&owner->all->waiting, &pending->in_session);
    owner->waiting_count++;
    owner->all->waiting_count++;
    owner->all->waiting_bytes += bytes;
    pending->calls->waiting++;
}

static hf_status park(struct pending *pending) {
    struct call *call = &pending->call;
    if (pending->request->timeout_ms == 0) {
        return HF_TIMEOUT;
    }
    default_target(call);
    size_t bytes =
        sizeof *pending + pending->decoded.taken + call->target_count * sizeof(struct waiter);
    hf_status status = may_wait(call, bytes);
    if (status == HF_OK) {
        status = deadlock_check(call);
    }
    if (status != HF_OK) {
        return status;
    }
    if (!waiters_enqueue(pending)) {
        return HF_NO_MEMORY;
    }
    if (!set_deadline(pending)) {
        waiters_leave(pending);
        return HF_NO_MEMORY;
    }
    begin_waiting(pending, bytes);
    return HF_WAIT;
}

/* Wait on, perhaps in another lane. Returns whether it has left the lanes it was in. */
static bool pending_move(struct pending *pending) {
    default_target(&pending->call);
    if (waiters_are_right(pending)) {
        return false;
    }
    assert(pending->call.target_count == 1); /* so that waiters_enqueue() cannot fail */
    note_wait(pending);
    waiters_leave(pending);
    pending->since_ms = pending->call.registry->now_ms;
    (void)waiters_enqueue(pending);
    return true;
}

/* The call is this party's, not the session's own. false: no memory. */
static bool serve_party(struct pending *pending, uint64_t party) {
    struct call *call = &pending->call;
    struct owner *owner = owners_use(call->owner->all, call->registry, party);
    call->owner = owner ? owner : call->owner;
    return owner != NULL;
}

void pending_serve(struct pending *pending, Hf__Request *request) {
    pending->request = request;
    pending->call.request = request;
    pending->decoded = arena_mark(&pending->arena);
    pending->calls->served++;
    hf__reply__init(&pending->reply);
    set_state(pending, PENDING_NEW, PENDING_RUNNING);
    bool served = request->party == 0 || serve_party(pending, request->party);
    hf_status status = served ? call_run(&pending->call) : HF_NO_MEMORY;
    if (status == HF_WAIT) {
        status = park(pending);
    }
    struct calls *calls = pending->calls;
    if (status != HF_WAIT) {
        finish(pending, status);
    }
    calls_settle(calls);
}

/* Let the type of the operation say what the end of its wait means; it may wait at an object of
 * another type. A call that waits for several objects has changed none of them. */
static hf_status abandon(struct pending *pending, hf_status why) {
    struct call *call = &pending->call;
    const struct type *type = NULL;
    (void)types_find(call->op->tag, &type);
    assert(type);
    if (!type->abandon) {
        return why;
    }
    struct object *object = pending->waiters[0].object;
    bool took_part = pending->staged.begun && call->op->flags & OP_CHANGES && !object->deleted;
    forget_attempt(pending);
    why = type->abandon(object, call, why);
    if (took_part) {
        journal_note(object, HF__CAUSE__WAIT_ENDED, call->owner->who, call->request);
    }
    return why;
}

void pending_end(struct pending *pending, hf_status status) {
    assert(pending->waiter_count > 0);
    set_state(pending, PENDING_PARKED, PENDING_RUNNING);
    status = abandon(pending, status);
    if (status == HF_WAIT) {
        set_state(pending, PENDING_RUNNING, PENDING_PARKED);
        heap_remove(&pending->calls->deadlines, &pending->deadline);
        (void)pending_move(pending);
        object_touch(pending->waiters[0].object);
    } else {
        finish(pending, status);
    }
}

static void end_lanes(struct object *object, hf_status status) {
    for (unsigned lane = 0; lane < OBJECT_LANES; lane++) {
        struct link *link = NULL;
        while ((link = link_first(&object->lanes[lane])) != NULL) {
            pending_end(LINK_OWNER(link, struct waiter, in_lane)->pending, status);
        }
    }
}

/* Make another attempt at a parked request. Returns whether it has left the lanes it was in. */
static bool resume(struct pending *pending) {
    set_state(pending, PENDING_PARKED, PENDING_RUNNING);
    forget_attempt(pending);
    pending->call.request = pending->request;
    hf_status status = call_run(&pending->call);
    if (status == HF_WAIT) {
        set_state(pending, PENDING_RUNNING, PENDING_PARKED);
        return pending_move(pending);
    }
    finish(pending, status);
    return true;
}

/* The first in the lane goes on waiting, for other objects as well: somebody behind it may not have
 * to. */
static bool resume_behind(const struct object *object, unsigned lane) {
    const struct link *end = &object->lanes[lane];
    for (const struct link *link = end->next->next; link != end; link = link->next) {
        struct pending *pending = LINK_OWNER(link, struct waiter, in_lane)->pending;
        if (call_may_pass(&pending->call, object, lane) && resume(pending)) {
            return true;
        }
    }
    return false;
}

/* Whether a call has left the lane. */
static bool advance(const struct object *object, unsigned lane) {
    const struct link *link = link_first(&object->lanes[lane]);
    if (!link) {
        return false;
    }
    struct pending *first = LINK_OWNER(link, struct waiter, in_lane)->pending;
    return resume(first) || (first->call.op->flags & OP_WAITS_ALL && resume_behind(object, lane));
}

/* Resume the first of each lane for as long as it can proceed. That may touch the object again. */
static void settle_lanes(const struct object *object) {
    for (unsigned lane = 0; lane < OBJECT_LANES; lane++) {
        while (!object->deleted && advance(object, lane)) {
        }
    }
}

static void settle_touched(struct calls *calls) {
    struct object *object = NULL;
    while ((object = registry_take_touched(&calls->registry)) != NULL) {
        if (object->waiting > 0 && !lifetime_check(object)) {
            settle_lanes(object);
        }
        if (object->deleted) {
            end_lanes(object, HF_DELETED);
        }
    }
}

/* That an object is no more may be what another call waits for. */
void calls_settle(struct calls *calls) {
    do {
        settle_touched(calls);
        registry_reap(&calls->registry);
    } while (!link_alone(&calls->registry.touched));
}

/* NULL: there is none, or it is none that the call needs. */
static const struct hold *hold_in_the_way(const struct pending *pending) {
    bool one = pending->waiter_count == 1;
    bool all = one || pending->call.op->flags & OP_WAITS_ALL;
    for (size_t i = 0; all && i < pending->waiter_count; i++) {
        const struct object *object = pending->waiters[i].object;
        const struct link *link =
            object->type->waits_for_holders ? link_first(&object->holds) : NULL;
        const struct hold *hold = link ? LINK_OWNER(link, struct hold, of_object) : NULL;
        if (hold && (one || hold->owner != pending->call.owner)) {
            return hold;
        }
    }
    return NULL;
}

static void explain_timeout(struct pending *pending) {
    const struct hold *hold = hold_in_the_way(pending);
    const char *name = hold && pending->waiter_count > 1 ? hold->object->name : NULL;
    char words[HOLD_WORDS_BYTES];
    if (hold && !hold->owner) {
        struct text text = text_in(words, sizeof words);
        hold_say_orphan(hold, &text);
        (void)call_refuse(&pending->call, HF_TIMEOUT, "%s %s", name ? name : "it", words);
    } else if (hold) {
        (void)call_refuse(&pending->call, HF_TIMEOUT, "%s%sheld by %s for %lld ms",
                          name ? name : "", name ? " is " : "", who_say(hold->who, words),
                          (long long)(pending->call.registry->now_ms - hold->since_ms));
    }
}

static void expire(struct pending *pending) {
    explain_timeout(pending);
    pending_end(pending, HF_TIMEOUT);
}

static bool is_due(const struct calls *calls, int64_t due_ms) {
    return due_ms >= 0 && due_ms <= calls->registry.now_ms;
}

/* In the order of their times. A wake comes before a deadline of the same time, so that a call gets
 * what it has waited for until that moment. */
void calls_expire(struct calls *calls) {
    calls->registry.wake_work = 0;
    calls->registry.waking = true;
    for (unsigned i = 0; i + calls->registry.wake_work < EXPIRE_PER_SLICE; i++) {
        struct heap_node *node = heap_top(&calls->deadlines);
        int64_t wake_ms = registry_next_wake(&calls->registry);
        if (is_due(calls, wake_ms) && (!node || wake_ms <= node->due)) {
            registry_wake(&calls->registry);
            calls_settle(calls);
        } else if (node && is_due(calls, node->due)) {
            expire(LINK_OWNER(node, struct pending, deadline));
        } else {
            break;
        }
    }
    calls_settle(calls);
    calls->registry.waking = false;
}

int64_t calls_next_deadline(const struct calls *calls) {
    const struct heap_node *node = heap_top(&calls->deadlines);
    int64_t wake_ms = registry_next_wake(&calls->registry);
    return node && (wake_ms < 0 || node->due < wake_ms) ? node->due : wake_ms;
}

void calls_end_all(struct calls *calls, struct owners *owners, hf_status status) {
    struct link *link = NULL;
    while ((link = link_first(&owners->waiting)) != NULL) {
        struct pending *pending = LINK_OWNER(link, struct pending, in_session);
        set_state(pending, PENDING_PARKED, PENDING_RUNNING);
        finish(pending, status);
    }
    calls_settle(calls);
}

bool calls_owners_release(struct calls *calls, struct owners *owners) {
    bool more = owners_release_some(owners, RELEASED_AT_ONCE);
    calls_settle(calls);
    return more;
}

bool calls_owners_gone(struct calls *calls, struct owners *owners) {
    struct link *link = NULL;
    while ((link = link_first(&owners->waiting)) != NULL) {
        struct pending *pending = LINK_OWNER(link, struct pending, in_session);
        set_state(pending, PENDING_PARKED, PENDING_RUNNING);
        (void)abandon(pending, HF_DISCONNECTED);
        unpark(pending);
        pending_drop(pending);
    }
    owners_leave(owners);
    return calls_owners_release(calls, owners);
}
