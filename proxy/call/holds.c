/* SPDX-License-Identifier: MIT
 *
 * See holds.h.
 */
#include "holds.h"

#include <assert.h>
#include <holdfast/status.h>
#include <stdlib.h>

enum { FIRST_LOCK_CAPACITY = 8 };

/* ---- how many ---- */

/* A lock that was released without an answer may have been none of those that were told: somebody
 * had broken its grant. */
bool holds_any(const struct holds *holds) {
    return holds->told > holds->released || holds->lock_count > 0;
}

bool holds_perhaps(const struct holds *holds) {
    return holds->told > 0 || holds->uncertain;
}

void holds_tell(struct holds *holds, const uint32_t *left) {
    uint64_t now = left ? *left : holds->told;
    uint64_t released = holds->released;
    holds->gone = holds->told > now + released ? (size_t)(holds->told - now - released) : 0;
    holds->released = 0;
    holds->uncertain = false;
    if (left) {
        holds->told = *left;
        holds->lock_count = *left > 0 ? holds->lock_count : 0;
    }
}

void holds_forget(struct holds *holds) {
    free(holds->locks);
    *holds = (struct holds){.locks = NULL};
}

/* ---- which locks ---- */

static struct granted_lock *find_lock(const struct holds *holds, uint64_t id, uint64_t party) {
    for (size_t i = 0; i < holds->lock_count; i++) {
        if (holds->locks[i].id == id && holds->locks[i].party == party) {
            return &holds->locks[i];
        }
    }
    return NULL;
}

static struct granted_lock *append_lock(struct holds *holds) {
    if (holds->lock_count == holds->lock_capacity) {
        size_t capacity = holds->lock_capacity ? holds->lock_capacity * 2 : FIRST_LOCK_CAPACITY;
        struct granted_lock *locks = reallocarray(holds->locks, capacity, sizeof *locks);
        if (!locks) {
            return NULL;
        }
        holds->locks = locks;
        holds->lock_capacity = capacity;
    }
    assert(holds->locks && holds->lock_count < holds->lock_capacity);
    return &holds->locks[holds->lock_count++];
}

static void forget_lock(struct holds *holds, uint64_t id, uint64_t party) {
    struct granted_lock *lock = find_lock(holds, id, party);
    if (lock) {
        assert(holds->lock_count > 0 && holds->lock_count <= holds->lock_capacity);
        *lock = holds->locks[--holds->lock_count];
        holds->gone -= holds->gone > 0;
    }
}

/* A party that has left holds nothing any more, or of very many holds perhaps a part. */
static void forget_party(struct holds *holds, const struct holds_request *leave) {
    size_t kept = 0;
    for (size_t i = 0; i < holds->lock_count; i++) {
        if (!leave->all && holds->locks[i].party != leave->party) {
            holds->locks[kept++] = holds->locks[i];
        }
    }
    holds->gone = 0;
    holds->lock_count = kept;
}

/* If there is no memory to note the grant, the lock's release will be answered. */
static void note_grant(struct holds *holds, const struct holds_request *request, uint64_t id,
                       const Hf__Grant *grant) {
    struct granted_lock *lock = find_lock(holds, id, request->party);
    uint64_t depth = grant->has_depth && grant->depth ? grant->depth : 1;
    bool again = lock && depth > 1;
    bool leased = request->leased || (again && lock->leased);
    lock = lock ? lock : append_lock(holds);
    if (lock) {
        *lock = (struct granted_lock){id, request->party, depth, leased};
    }
}

static void note_lease(const struct holds *holds, const struct holds_request *request) {
    struct granted_lock *lock = find_lock(holds, request->object, request->party);
    if (lock) {
        lock->leased = true;
    }
}

/* Returns whether the lock is held no longer. */
static bool note_release(struct holds *holds, uint64_t id, uint64_t party) {
    struct granted_lock *lock = find_lock(holds, id, party);
    assert(!lock || lock->depth > 0);
    if (!lock || --lock->depth > 0) {
        return false;
    }
    forget_lock(holds, id, party);
    return true;
}

static void note_done(struct holds *holds, const struct holds_request *request,
                      const Hf__Reply *reply) {
    if (reply->result_case == HF__REPLY__RESULT_GRANTS) {
        for (size_t i = 0; i < reply->grants->n_grants; i++) {
            const Hf__Grant *grant = reply->grants->grants[i];
            note_grant(holds, request, grant->lock, grant);
        }
    } else if (request->op == HF__REQUEST__OP_LOCK_ACQUIRE &&
               reply->result_case == HF__REPLY__RESULT_GRANT) {
        note_grant(holds, request, request->object, reply->grant);
    } else if (request->op == HF__REQUEST__OP_LOCK_EXTEND) {
        note_lease(holds, request);
    } else if (request->op == HF__REQUEST__OP_LOCK_RELEASE) {
        (void)note_release(holds, request->object, request->party);
    } else if (request->op == HF__REQUEST__OP_LOCK_TRANSFER ||
               request->op == HF__REQUEST__OP_OBJECT_DELETE ||
               request->op == HF__REQUEST__OP_OBJECT_BREAK) {
        forget_lock(holds, request->object, request->party);
    } else if (request->op == HF__REQUEST__OP_LEAVE) {
        forget_party(holds, request);
    }
}

void holds_note(struct holds *holds, const struct holds_request *request, const Hf__Reply *reply) {
    hf_status status = (hf_status)reply->status;
    if (hf_ok(status)) {
        note_done(holds, request, reply);
    } else if (status == HF_NOT_HELD || status == HF_NO_OBJECT || status == HF_DELETED) {
        if (request->op == HF__REQUEST__OP_CONDITION_WAIT) {
            holds->lock_count =
                0; /* its lock may be gone, and which one that is nobody knows here */
        }
        forget_lock(holds, request->object, request->party);
    }
    if (holds->gone > 0) { /* perhaps by another session: it may have been any of the locks */
        holds->lock_count = holds->gone = 0;
    }
}

/* ---- requests without an answer ---- */

struct holds_request holds_request_of(const Hf__Request *request) {
    bool leased =
        (request->op_case == HF__REQUEST__OP_LOCK_ACQUIRE && request->lock_acquire->has_lease_ms) ||
        (request->op_case == HF__REQUEST__OP_LOCK_ACQUIRE_MANY &&
         request->lock_acquire_many->has_lease_ms);
    bool leaves = request->op_case == HF__REQUEST__OP_LEAVE;
    return (struct holds_request){
        .op = request->op_case,
        .object = request->object,
        .party = leaves ? request->leave->party : request->party,
        .leased = leased,
        .all = leaves && !request->leave->has_party,
    };
}

bool holds_releases(const struct holds *holds, const struct holds_request *request) {
    const struct granted_lock *lock = request->op == HF__REQUEST__OP_LOCK_RELEASE
                                          ? find_lock(holds, request->object, request->party)
                                          : NULL;
    return lock && !lock->leased;
}

void holds_post(struct holds *holds, const struct holds_request *request) {
    if (holds_releases(holds, request)) {
        holds->released += note_release(holds, request->object, request->party);
    } else {
        holds->uncertain = true;
    }
}
