/* SPDX-License-Identifier: MIT
 *
 * rwlock: many readers or one writer. Readers and writers wait in one lane, in order of arrival, so
 * neither starves: a reader waits behind a writer that came before it, and readers at the head are
 * granted together. A reader that wants to write waits in a lane of its own, which goes before the
 * other, until it is the only reader left.
 *
 * A session has one read hold, one write hold, or both: a reader that became the writer. While it
 * has the write hold, its acquires deepen that hold, so a release always ends the latest acquire.
 * Only a writer can leave data half changed, so the next grant tells only of a writer's death.
 */
#include "grant.h"
#include "mem.h"
#include "object.h"
#include "options.h"
#include "registry.h"

#include <assert.h>
#include <string.h>

enum { LANE_UPGRADE, LANE_ARRIVAL };

struct reader {
    struct hold hold;
    struct link in_lock;
};

struct rwlock {
    struct object object;
    struct link readers;
    uint64_t reader_count;
    struct hold writer;     /* in force when writer.object is set */
    struct hold died;       /* the writer that died, as facts for the next grant: grant.h */
    struct target upgrades; /* the lane where a reader waits to become the writer */
};

static struct rwlock *rwlock_of(struct call *call) {
    return (struct rwlock *)call->object;
}

static bool rwlock_written(const struct rwlock *lock) {
    return lock->writer.object != NULL;
}

static struct reader *rwlock_find_reader(const struct rwlock *lock, const struct owner *owner) {
    const struct link *link = lock->readers.next;
    for (; link != &lock->readers; link = link->next) {
        struct reader *reader = LINK_OWNER(link, struct reader, in_lock);
        if (reader->hold.owner == owner) {
            return reader;
        }
    }
    return NULL;
}

static hf_status rwlock_init(struct object *object, struct call *call) {
    struct rwlock *lock = (struct rwlock *)object;
    object->keep_on_leave = call->request->rwlock_open->keep_on_leave;
    link_init(&lock->readers);
    lock->upgrades = (struct target){object, LANE_UPGRADE};
    return HF_OK;
}

static void rwlock_options(const struct object *object, void *open) {
    Hf__RwlockOpen *out = open;
    OPTION(out, keep_on_leave, object->keep_on_leave);
}

static void rwlock_drop_reader(struct rwlock *lock, struct reader *reader) {
    assert(lock->reader_count > 0 && !reader->hold.object);
    link_remove(&reader->in_lock);
    lock->reader_count--;
    mem_free(reader);
}

/* The registry has ended the holds. */
static void rwlock_fini(struct object *object) {
    struct rwlock *lock = (struct rwlock *)object;
    struct link *link = NULL;
    while ((link = link_first(&lock->readers)) != NULL) {
        rwlock_drop_reader(lock, LINK_OWNER(link, struct reader, in_lock));
    }
    died_forget(&lock->died);
}

static void rwlock_end(struct rwlock *lock, struct hold *hold) {
    hold_end(hold);
    if (hold != &lock->writer) {
        rwlock_drop_reader(lock, LINK_OWNER(hold, struct reader, hold));
    }
}

static void rwlock_revoke(struct object *object, struct hold *hold, enum hold_loss why) {
    struct rwlock *lock = (struct rwlock *)object;
    if (hold == &lock->writer) {
        died_remember(&lock->died, hold, why);
    }
    rwlock_end(lock, hold);
}

static bool rwlock_only_holders_release(const struct object *object) {
    (void)object;
    return true;
}

static uint64_t rwlock_describe(const struct object *object, struct text *options) {
    const struct rwlock *lock = (const struct rwlock *)object;
    if (rwlock_written(lock)) {
        text_add(options, "held by a writer");
    } else if (lock->reader_count > 0) {
        text_add(options, "held by %llu reader%s", (unsigned long long)lock->reader_count,
                 lock->reader_count > 1 ? "s" : "");
    } else {
        text_add(options, "free");
    }
    text_add(options, "%s", object->keep_on_leave ? ", keep_on_leave" : "");
    return lock->reader_count + rwlock_written(lock);
}

/* ---- granting ---- */

static hf_status rwlock_open(struct call *call) {
    return OBJECT_OPEN(call, &type_rwlock, call->request->rwlock_open);
}

/* The session holds the rwlock already. */
static hf_status rwlock_deepen(struct call *call, struct hold *hold, int64_t lease_ms) {
    assert(hold->owner == call->owner);
    if (hold->depth == UINT32_MAX) {
        return HF_LIMIT;
    }
    struct hold_lease *lease = NULL;
    hf_status status = grant_prepare(call, hold, NULL, lease_ms, &lease);
    if (status == HF_OK) {
        hold->depth++;
        hold_lease_begin(hold, lease);
        status = grant_fill(call->reply->grant, hold);
    }
    return status;
}

/* Cannot fail: all is allocated, and the answer is made. */
static hf_status rwlock_begin(struct call *call, struct hold *hold, struct hold_lease *lease) {
    struct rwlock *lock = rwlock_of(call);
    assert(!rwlock_written(lock));
    hold_begin(hold, call->owner, &lock->object);
    hold_lease_begin(hold, lease);
    died_forget(&lock->died);
    return grant_fill(call->reply->grant, hold);
}

/* A session that holds the rwlock already does not queue. */
static bool rwlock_must_queue(const struct call *call) {
    return !call_is_next(call, call->object, LANE_ARRIVAL) &&
           !owner_holds(call->owner, call->object);
}

static void rwlock_decide_reader(struct undo_note *note, bool back) {
    struct reader *reader = note->what;
    if (back) {
        hold_take_back(&reader->hold);
        rwlock_drop_reader((struct rwlock *)note->object, reader);
    }
}

/* The writer's hold, which is not in force, stays so; it is noted for `died`. */
static hf_status rwlock_begin_reader(struct call *call, int64_t lease_ms) {
    struct rwlock *lock = rwlock_of(call);
    struct hold_lease *lease = NULL;
    hf_status status = grant_prepare(call, &lock->writer, &lock->died, lease_ms, &lease);
    if (status != HF_OK) {
        return status;
    }
    struct reader *reader = mem_alloc(sizeof *reader);
    if (!reader) {
        hold_lease_drop(lease);
        return HF_NO_MEMORY;
    }
    link_init(&reader->in_lock);
    link_append(&lock->readers, &reader->in_lock);
    lock->reader_count++;
    struct undo_note *note = undo_note(call, rwlock_decide_reader);
    if (note) {
        note->what = reader;
    }
    return rwlock_begin(call, &reader->hold, lease);
}

static hf_status rwlock_acquire_read(struct call *call) {
    struct rwlock *lock = rwlock_of(call);
    const Hf__RwlockAcquireRead *in = call->request->rwlock_acquire_read;
    hf_status status = grant_check_lease(call, in->has_lease_ms, in->lease_ms);
    if (status == HF_OK && rwlock_must_queue(call)) {
        status = HF_WAIT;
    }
    if (status != HF_OK) {
        return status;
    }
    if (rwlock_written(lock) && lock->writer.owner == call->owner) {
        return rwlock_deepen(call, &lock->writer, in->lease_ms);
    }
    struct reader *reader = rwlock_find_reader(lock, call->owner);
    if (reader) {
        return rwlock_deepen(call, &reader->hold, in->lease_ms);
    }
    return rwlock_written(lock) || !link_alone(&lock->object.lanes[LANE_UPGRADE])
               ? HF_WAIT
               : rwlock_begin_reader(call, in->lease_ms);
}

static hf_status rwlock_begin_writer(struct call *call, int64_t lease_ms) {
    struct rwlock *lock = rwlock_of(call);
    struct hold_lease *lease = NULL;
    hf_status status = grant_prepare(call, &lock->writer, &lock->died, lease_ms, &lease);
    return status == HF_OK ? rwlock_begin(call, &lock->writer, lease) : status;
}

static hf_status rwlock_acquire_write(struct call *call) {
    struct rwlock *lock = rwlock_of(call);
    const Hf__RwlockAcquireWrite *in = call->request->rwlock_acquire_write;
    hf_status status = grant_check_lease(call, in->has_lease_ms, in->lease_ms);
    if (status == HF_OK && rwlock_must_queue(call)) {
        status = HF_WAIT;
    }
    if (status != HF_OK) {
        return status;
    }
    if (rwlock_written(lock)) {
        bool writes = lock->writer.owner == call->owner;
        return writes ? rwlock_deepen(call, &lock->writer, in->lease_ms) : HF_WAIT;
    }
    bool reads = rwlock_find_reader(lock, call->owner) != NULL;
    if (lock->reader_count > reads) {
        return reads ? call_wait_for(call, &lock->upgrades, 1) : HF_WAIT;
    }
    return rwlock_begin_writer(call, in->lease_ms);
}

/* A reader that has become the writer has two grants, and needs both. */
static hf_status rwlock_extend(struct call *call) {
    struct rwlock *lock = rwlock_of(call);
    int64_t lease_ms = call->request->rwlock_extend->lease_ms;
    struct hold_lease *read = NULL;
    struct hold_lease *write = NULL;
    struct reader *reader = rwlock_find_reader(lock, call->owner);
    bool writes = rwlock_written(lock) && lock->writer.owner == call->owner;
    hf_status status = grant_check_lease(call, true, lease_ms);
    if (status == HF_OK && !reader && !writes) {
        status = grant_refuse_not_held(call, call->object, &lock->died);
    }
    if (status == HF_OK && reader) {
        status = grant_lease(call->object, lease_ms, &read);
    }
    if (status == HF_OK && writes) {
        status = grant_lease(call->object, lease_ms, &write);
    }
    if (status != HF_OK) {
        hold_lease_drop(read);
        return status;
    }
    if (reader) {
        hold_lease_begin(&reader->hold, read);
    }
    hold_lease_begin(&lock->writer, write);
    return HF_OK;
}

/* The latest grant of this owner, or of nobody. NULL: none. */
static struct hold *rwlock_latest(struct rwlock *lock, const struct owner *owner) {
    if (rwlock_written(lock) && lock->writer.owner == owner) {
        return &lock->writer;
    }
    struct reader *reader = rwlock_find_reader(lock, owner);
    return reader ? &reader->hold : NULL;
}

static hf_status rwlock_release(struct call *call) {
    struct rwlock *lock = rwlock_of(call);
    struct hold *own = rwlock_latest(lock, call->owner);
    struct hold *nobodys = own ? NULL : rwlock_latest(lock, NULL);
    if (!own && !nobodys) {
        return grant_refuse_not_held(call, call->object, &lock->died);
    }
    if (own && own->depth > 1) {
        own->depth--;
    } else {
        rwlock_end(lock, own ? own : nobodys);
    }
    return HF_OK;
}

/* An acquire looks at its lane itself, after it has refused what could never be done. */
enum { ACQUIRES = OP_CHANGES | OP_WAITS | OP_OWN_ORDER | OP_UNDOES };

static const struct op rwlock_ops[] = {
    {HF__REQUEST__OP_RWLOCK_OPEN, rwlock_open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_RWLOCK_ACQUIRE_READ, rwlock_acquire_read, ACQUIRES, LANE_ARRIVAL},
    {HF__REQUEST__OP_RWLOCK_ACQUIRE_WRITE, rwlock_acquire_write, ACQUIRES | OP_STAGED,
     LANE_ARRIVAL},
    {HF__REQUEST__OP_RWLOCK_RELEASE, rwlock_release, OP_CHANGES, 0},
    {HF__REQUEST__OP_RWLOCK_EXTEND, rwlock_extend, OP_CHANGES, 0},
};

const struct type type_rwlock = {
    .tag = HF__TYPE__RWLOCK,
    .name = "rwlock",
    .object_size = sizeof(struct rwlock),
    TYPE_OPS(rwlock_ops),
    .init = rwlock_init,
    .fini = rwlock_fini,
    .options = rwlock_options,
    .waits_for_holders = true,
    .revoke = rwlock_revoke,
    .only_holders_release = rwlock_only_holders_release,
    .describe = rwlock_describe,
};
