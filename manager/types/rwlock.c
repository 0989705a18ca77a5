/* SPDX-License-Identifier: MIT
 *
 * rwlock: many readers or one writer. Readers and writers wait in one lane, in order of arrival, so
 * neither starves: readers that come after a writer that waits wait behind it, and those that come
 * to the head together are granted together. A reader that wants to write waits in a lane of its
 * own, which goes before the other, until it is the only reader left.
 *
 * A session has one read hold, one write hold, or both (a reader that has gone on to write). While
 * it has the write hold, whatever it acquires counts on that; so a release always ends the latest
 * acquire. Only a writer can leave things half done: the death of a reader is told to nobody.
 */
#include "mem.h"
#include "object.h"
#include "registry.h"

#include <assert.h>
#include <stdio.h>
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
    struct hold died;       /* the writer of whom the next grant has to tell */
    struct target upgrades; /* where a reader waits to become the writer */
};

static struct rwlock *rwlock_of(struct call *call) {
    return (struct rwlock *)call->object;
}

static bool written(const struct rwlock *lock) {
    return lock->writer.object != NULL;
}

static struct reader *find_reader(const struct rwlock *lock, const struct owner *owner) {
    const struct link *link = lock->readers.next;
    for (; link != &lock->readers; link = link->next) {
        struct reader *reader = LINK_OWNER(link, struct reader, in_lock);
        if (reader->hold.owner == owner) {
            return reader;
        }
    }
    return NULL;
}

static hf_status init(struct object *object, struct call *call) {
    struct rwlock *lock = (struct rwlock *)object;
    (void)call;
    link_init(&lock->readers);
    lock->upgrades = (struct target){object, LANE_UPGRADE};
    return HF_OK;
}

static void forget_died(struct rwlock *lock) {
    who_release(lock->died.who);
    lock->died = (struct hold){0};
}

static void drop_reader(struct rwlock *lock, struct reader *reader) {
    link_remove(&reader->in_lock);
    lock->reader_count--;
    mem_free(reader);
}

/* Its holds are over already. */
static void fini(struct object *object) {
    struct rwlock *lock = (struct rwlock *)object;
    struct link *link = NULL;
    while ((link = link_first(&lock->readers)) != NULL) {
        drop_reader(lock, LINK_OWNER(link, struct reader, in_lock));
    }
    forget_died(lock);
}

static void holder_died(struct object *object, struct hold *hold) {
    struct rwlock *lock = (struct rwlock *)object;
    if (hold == &lock->writer) {
        forget_died(lock);
        lock->died = *hold;
        lock->died.owner = NULL;
        who_share(lock->died.who);
        hold_end(hold);
        return;
    }
    hold_end(hold);
    drop_reader(lock, LINK_OWNER(hold, struct reader, hold));
}

static bool only_holders_release(const struct object *object) {
    (void)object;
    return true;
}

static void describe(const struct object *object, struct call *call, Hf__Description *description) {
    const struct rwlock *lock = (const struct rwlock *)object;
    char options[64] = "free";
    if (written(lock)) {
        (void)strcpy(options, "held by a writer");
    } else if (lock->reader_count > 0) {
        (void)snprintf(options, sizeof options, "held by %llu reader%s",
                       (unsigned long long)lock->reader_count, lock->reader_count > 1 ? "s" : "");
    }
    description->options = arena_copy(&call->arena, options, strlen(options));
    description->has_size = true;
    description->size = lock->reader_count + written(lock);
}

/* ---- granting ---- */

static hf_status open(struct call *call) {
    const Hf__RwlockOpen *in = call->request->rwlock_open;
    return object_open(call, &type_rwlock, in->name, in->mode);
}

static Hf__Grant *new_grant(struct call *call) {
    Hf__Grant *grant = arena_alloc(&call->arena, sizeof *grant);
    if (grant) {
        hf__grant__init(grant);
        grant->has_depth = true;
    }
    return grant;
}

static void answer_grant(struct call *call, Hf__Grant *grant, const struct hold *hold) {
    grant->fence = hold->fence;
    grant->depth = hold->depth;
    call->reply->result_case = HF__REPLY__RESULT_GRANT;
    call->reply->grant = grant;
}

/* Once more for who has this hold. */
static hf_status deepen(struct call *call, struct hold *hold) {
    Hf__Grant *grant = new_grant(call);
    if (!grant) {
        return HF_NO_MEMORY;
    }
    if (hold->depth == UINT32_MAX) {
        return HF_LIMIT;
    }
    hold->depth++;
    answer_grant(call, grant, hold);
    return HF_OK;
}

/* Who died while it wrote, told in words that last until the reply is packed. false: no memory. */
static bool tell_died(struct call *call, Hf__Grant *grant) {
    const struct hold *died = &rwlock_of(call)->died;
    if (!died->who) {
        return true;
    }
    Hf__Holder *holder = object_holder(call, died);
    char *label = holder ? arena_copy(&call->arena, holder->label, strlen(holder->label)) : NULL;
    if (!label) {
        return false;
    }
    holder->label = label;
    grant->died = holder;
    return true;
}

/* Everything has been allocated. */
static hf_status begin(struct call *call, Hf__Grant *grant, struct hold *hold) {
    struct rwlock *lock = rwlock_of(call);
    assert(!written(lock));
    hold_begin(hold, call->owner, &lock->object);
    forget_died(lock);
    answer_grant(call, grant, hold);
    return grant->died ? HF_OWNER_DIED : HF_OK;
}

static hf_status acquire_read(struct call *call) {
    struct rwlock *lock = rwlock_of(call);
    if (written(lock) && lock->writer.owner == call->owner) {
        return deepen(call, &lock->writer);
    }
    struct reader *reader = find_reader(lock, call->owner);
    if (reader) {
        return deepen(call, &reader->hold);
    }
    if (written(lock) || !link_alone(&lock->object.lanes[LANE_UPGRADE])) {
        return HF_WAIT;
    }
    Hf__Grant *grant = new_grant(call);
    if (!grant || !tell_died(call, grant)) {
        return HF_NO_MEMORY;
    }
    reader = mem_alloc(sizeof *reader);
    if (!reader) {
        return HF_NO_MEMORY;
    }
    link_init(&reader->in_lock);
    link_append(&lock->readers, &reader->in_lock);
    lock->reader_count++;
    return begin(call, grant, &reader->hold);
}

static hf_status acquire_write(struct call *call) {
    struct rwlock *lock = rwlock_of(call);
    if (written(lock)) {
        return lock->writer.owner == call->owner ? deepen(call, &lock->writer) : HF_WAIT;
    }
    bool reads = find_reader(lock, call->owner) != NULL;
    if (lock->reader_count > reads) {
        return reads ? call_wait_for(call, &lock->upgrades, 1) : HF_WAIT;
    }
    Hf__Grant *grant = new_grant(call);
    if (!grant || !tell_died(call, grant)) {
        return HF_NO_MEMORY;
    }
    return begin(call, grant, &lock->writer);
}

static hf_status refuse_release(struct call *call) {
    const struct rwlock *lock = rwlock_of(call);
    const struct link *link = link_first(&lock->object.holds);
    if (!link) {
        return call_refuse(call, HF_NOT_HELD, "nobody holds it");
    }
    const struct who *who = LINK_OWNER(link, struct hold, of_object)->who;
    return call_refuse(call, HF_NOT_HELD, "%s (process %llu) holds it", who->label,
                       (unsigned long long)who->pid);
}

static hf_status release(struct call *call) {
    struct rwlock *lock = rwlock_of(call);
    bool writes = written(lock) && lock->writer.owner == call->owner;
    struct reader *reader = writes ? NULL : find_reader(lock, call->owner);
    if (!writes && !reader) {
        return refuse_release(call);
    }
    struct hold *hold = writes ? &lock->writer : &reader->hold;
    assert(hold->depth > 0);
    if (hold->depth > 1) {
        hold->depth--;
        return HF_OK;
    }
    hold_end(hold);
    if (reader) {
        drop_reader(lock, reader);
    }
    return HF_OK;
}

enum { ACQUIRES = OP_CHANGES | OP_WAITS | OP_HOLDER_FIRST };

static const struct op ops[] = {
    {HF__REQUEST__OP_RWLOCK_OPEN, open, OP_OPENS | OP_CHANGES, 0},
    {HF__REQUEST__OP_RWLOCK_ACQUIRE_READ, acquire_read, ACQUIRES, LANE_ARRIVAL},
    {HF__REQUEST__OP_RWLOCK_ACQUIRE_WRITE, acquire_write, ACQUIRES | OP_STAGED, LANE_ARRIVAL},
    {HF__REQUEST__OP_RWLOCK_RELEASE, release, OP_CHANGES, 0},
};

const struct type type_rwlock = {
    .tag = HF__TYPE__RWLOCK,
    .name = "rwlock",
    .object_size = sizeof(struct rwlock),
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
    .init = init,
    .fini = fini,
    .waits_for_holders = true,
    .holder_died = holder_died,
    .only_holders_release = only_holders_release,
    .describe = describe,
};
