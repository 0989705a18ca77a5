/* SPDX-License-Identifier: MIT */
#include "owner.h"

#include "family.h"
#include "hold_lease.h"
#include "journal.h"
#include "mem.h"
#include "object.h"
#include "registry.h"
#include "text.h"

#include <assert.h>
#include <sodium/crypto_shorthash.h>
#include <string.h>

enum { IDLE_MAX = 32 };

struct who *who_new(uint64_t session, uint64_t pid, uint64_t tid, const char *label) {
    size_t len = strlen(label) + 1;
    struct who *who = mem_alloc(sizeof *who + len);
    if (who) {
        *who = (struct who){.references = 1, .session = session, .pid = pid, .tid = tid};
        memcpy(who->label, label, len);
    }
    return who;
}

static struct who *who_of_party(const struct who *of, uint64_t party) {
    struct who *who = who_new(of->session, of->pid, of->tid, of->label);
    if (who) {
        who->party = party;
    }
    return who;
}

const char *who_say(const struct who *who, char words[WHO_WORDS_BYTES]) {
    struct text text = text_in(words, WHO_WORDS_BYTES);
    if (who->label[0]) {
        text_add(&text, "%s", who->label);
    } else {
        text_add(&text, "session %llu", (unsigned long long)who->session);
    }
    text_add(&text, " (process %llu", (unsigned long long)who->pid);
    if (who->party) {
        text_add(&text, ", party %llu", (unsigned long long)who->party);
    }
    text_add(&text, ")");
    return words;
}

struct who *who_share(struct who *who) {
    assert(who->references > 0);
    who->references++;
    return who;
}

void who_release(struct who *who) {
    if (!who) {
        return;
    }
    assert(who->references > 0);
    if (--who->references == 0) {
        mem_free(who);
    }
}

/* ---- the owners of a session ---- */

static void owner_init(struct owner *owner, struct owners *owners) {
    *owner = (struct owner){.all = owners};
    link_init(&owner->waiting);
    link_init(&owner->in_idle);
}

void owners_init(struct owners *owners) {
    owner_init(&owners->own, owners);
    owners->waiting_count = 0;
    owners->hold_count = 0;
    owners->family = NULL;
    owners->waiting_bytes = 0;
    link_init(&owners->in_registry);
    link_init(&owners->holds);
    link_init(&owners->waiting);
    link_init(&owners->idle);
    owners->idle_count = 0;
    table_init(&owners->parties, sizeof(struct owner *));
}

void owners_join(struct owners *owners, struct registry *registry) {
    assert(owners->own.who && link_alone(&owners->in_registry));
    owners->own.hash = table_hash_id(owners->own.who->session);
    link_append(&registry->owners, &owners->in_registry);
}

struct owners *owners_find(const struct registry *registry, uint64_t session) {
    const struct link *link = registry->owners.next;
    for (; link != &registry->owners; link = link->next) {
        struct owners *owners = LINK_OWNER(link, struct owners, in_registry);
        if (owners->own.who->session == session) {
            return owners;
        }
    }
    return NULL;
}

void owners_leave(struct owners *owners) {
    link_remove(&owners->in_registry);
}

/* ---- parties ---- */

static bool owner_is_party(const void *entry, const void *party) {
    return (*(struct owner *const *)entry)->who->party == *(const uint64_t *)party;
}

/* A client chooses the numbers of its parties, so the hash has a key. */
static uint64_t owners_hash(const struct owners *owners, const struct registry *registry,
                            uint64_t party) {
    uint64_t hash = 0;
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)&party, sizeof party,
                     registry->hash_key);
    return hash ^ owners->own.hash;
}

static struct owner *owners_add(struct owners *owners, uint64_t party, uint64_t hash) {
    struct owner *owner = mem_alloc(sizeof *owner);
    struct who *who = owner ? who_of_party(owners->own.who, party) : NULL;
    struct owner **entry = who ? table_add(&owners->parties, hash) : NULL;
    if (!entry) {
        who_release(who);
        mem_free(owner);
        return NULL;
    }
    owner_init(owner, owners);
    owner->who = who;
    owner->hash = hash;
    *entry = owner;
    return owner;
}

static void owner_end(struct owner *owner) {
    struct table *parties = &owner->all->parties;
    struct owner **entry = table_find(parties, owner->hash, owner_is_party, &owner->who->party);
    assert(entry && *entry == owner && owner->waiting_count == 0 && owner->hold_count == 0);
    link_remove(&owner->in_idle);
    owner->all->idle_count--;
    table_remove(parties, entry);
    who_release(owner->who);
    mem_free(owner);
}

static void owners_end_idle(struct owners *owners, size_t most) {
    while (owners->idle_count > most) {
        owner_end(LINK_OWNER(link_first(&owners->idle), struct owner, in_idle));
    }
}

/* Some are kept, since to make one takes longer than most requests. The session's own owner stays
 * in any case. */
static void owner_end_if_idle(struct owner *owner) {
    if (owner->hold_count == 0 && owner->uses == 0 && !owner_is_own(owner)) {
        assert(link_alone(&owner->in_idle));
        link_append(&owner->all->idle, &owner->in_idle);
        owner->all->idle_count++;
        owners_end_idle(owner->all, IDLE_MAX);
    }
}

static struct owner *owners_ensure(struct owners *owners, const struct registry *registry,
                                   uint64_t party) {
    struct owner *latest = LINK_OWNER(owners->idle.prev, struct owner, in_idle);
    if (owners->idle_count > 0 && latest->who->party == party) {
        return latest;
    }
    uint64_t hash = owners_hash(owners, registry, party);
    struct owner **found = table_find(&owners->parties, hash, owner_is_party, &party);
    return found ? *found : owners_add(owners, party, hash);
}

struct owner *owners_use(struct owners *owners, const struct registry *registry, uint64_t party) {
    struct owner *owner = party ? owners_ensure(owners, registry, party) : &owners->own;
    if (!owner) {
        return NULL;
    }
    if (!link_alone(&owner->in_idle)) {
        link_remove(&owner->in_idle);
        owners->idle_count--;
    }
    owner->uses++;
    return owner;
}

void owner_unuse(struct owner *owner) {
    assert(owner->uses > 0);
    owner->uses--;
    owner_end_if_idle(owner);
}

void owners_fini(struct owners *owners) {
    assert(link_alone(&owners->holds) && link_alone(&owners->waiting));
    assert(owners->hold_count == 0 && owners->own.hold_count == 0);
    owners_end_idle(owners, 0);
    assert(!owners->family && table_len(&owners->parties) == 0);
    table_fini(&owners->parties);
    who_release(owners->own.who);
}

/* ---- holds ---- */

/* An owner that holds something may pass some waiting calls (call_may_pass()), so what its own
 * calls wait for is touched. */
static void owner_touch_awaited(const struct owner *owner) {
    const struct link *link = owner->waiting.next;
    for (; link != &owner->waiting; link = link->next) {
        const struct pending *pending = LINK_OWNER(link, struct pending, in_owner);
        for (size_t i = 0; i < pending->waiter_count; i++) {
            object_touch(pending->waiters[i].object);
        }
    }
}

void hold_begin(struct hold *hold, struct owner *owner, struct object *object) {
    assert(!object->deleted);
    struct registry *registry = object->registry;
    hold->owner = owner;
    hold->object = object;
    hold->who = who_share(owner->who);
    hold->fence = ++registry->fence;
    hold->since_ms = registry->now_ms;
    hold->lease = NULL;
    hold->depth = 1;
    hold->lost = HOLD_NOT_LOST;
    hold->left = false;
    link_init(&hold->of_session);
    link_init(&hold->of_object);
    link_append(&owner->all->holds, &hold->of_session);
    link_append(&object->holds, &hold->of_object);
    object->grants++;
    owner->hold_count++;
    owner->all->hold_count++;
    owner_touch_awaited(owner);
}

void hold_leave_session(const struct hold *hold) {
    if (hold->owner) {
        assert(hold->owner->all->hold_count > 0);
        hold->owner->all->hold_count--;
    }
}

/* Its owner has one hold less, and may end with it. */
static void hold_leave_owner(struct owner *owner) {
    assert(owner->hold_count > 0);
    owner->hold_count--;
    if (!owner_is_own(owner)) {
        owner_end_if_idle(owner);
    }
}

void hold_end(struct hold *hold) {
    assert(hold->object);
    struct owner *owner = hold->owner;
    if (!hold->object->deleted) {
        hold_leave_session(hold);
    }
    link_remove(&hold->of_session);
    link_remove(&hold->of_object);
    who_release(hold->who);
    if (hold->lease) {
        hold_lease_drop(hold->lease);
    }
    hold->owner = NULL;
    hold->object = NULL;
    hold->who = NULL;
    hold->lease = NULL;
    hold->fence = 0;
    hold->depth = 0;
    if (owner) {
        hold_leave_owner(owner);
    }
}

void hold_take_back(struct hold *hold) {
    assert(hold->object->grants > 0);
    hold->object->grants--;
    hold_end(hold);
}

void hold_note(struct hold *hold, bool lease_goes, struct hold_before *before) {
    *before = (struct hold_before){.was = *hold};
    if (!hold->object) {
        return;
    }
    before->after_of_session = hold->of_session.prev;
    before->after_of_object = hold->of_object.prev;
    who_share(hold->who);
    if (hold->owner) {
        hold->owner->uses++;
    }
    if (lease_goes) {
        before->has_lease = true;
        hold->lease = NULL;
    }
}

void hold_forget(struct hold_before *before) {
    if (!before->was.object) {
        return;
    }
    who_release(before->was.who);
    if (before->has_lease) {
        hold_lease_drop(before->was.lease);
    }
    if (before->was.owner) {
        owner_unuse(before->was.owner);
    }
}

/* It has ended. */
static void hold_go_on(struct hold *hold, const struct hold_before *before) {
    *hold = before->was;
    who_share(hold->who);
    link_init(&hold->of_object);
    link_prepend(before->after_of_object, &hold->of_object);
    link_init(&hold->of_session);
    if (hold->owner) {
        link_prepend(before->after_of_session, &hold->of_session);
        hold->owner->hold_count++;
        hold->owner->all->hold_count++;
    }
}

void hold_put_back(struct hold *hold, struct hold_before *before) {
    const struct hold *was = &before->was;
    if (!was->object && hold->object) {
        hold_take_back(hold);
    } else if (was->object && !hold->object) {
        hold_go_on(hold, before);
    } else if (was->object) {
        hold->depth = was->depth;
        if (before->has_lease) {
            hold_lease_drop(hold->lease);
            hold->lease = was->lease;
        }
    }
    before->has_lease = false;
    hold_forget(before);
}

void hold_orphan(struct hold *hold, bool left) {
    struct owner *owner = hold->owner;
    assert(owner && hold->depth > 0 && !hold->object->deleted);
    if (hold->object->type->orphan) {
        hold->object->type->orphan(hold->object, hold);
    }
    hold->left = left;
    hold_leave_session(hold);
    link_remove(&hold->of_session);
    hold->owner = NULL;
    hold_leave_owner(owner);
}

void hold_say_orphan(const struct hold *hold, struct text *text) {
    char words[WHO_WORDS_BYTES];
    assert(!hold->owner);
    text_add(text, "%s %s%s: nobody holds it, and any session may release it",
             hold->left ? "was left by" : "is kept since", who_say(hold->who, words),
             hold->left ? "" : " died");
}

struct hold *hold_find(const struct object *object, uint64_t fence) {
    if (object->type->find_hold) {
        return object->type->find_hold(object, fence);
    }
    for (const struct link *link = object->holds.next; link != &object->holds; link = link->next) {
        struct hold *hold = LINK_OWNER(link, struct hold, of_object);
        if (hold->fence == fence) {
            return hold;
        }
    }
    return NULL;
}

bool owner_holds(const struct owner *owner, const struct object *object) {
    const struct link *link = object->holds.next;
    for (; link != &object->holds; link = link->next) {
        if (LINK_OWNER(link, struct hold, of_object)->owner == owner) {
            return true;
        }
    }
    return false;
}

/* Its session has ended, or leaves in order: the object's options decide, or else its type. Returns
 * whether it is left in order. */
static bool hold_lose_owner(struct hold *hold, bool in_order) {
    struct object *object = hold->object;
    bool left = in_order && object->keep_on_leave;
    if (left || object->keep) {
        hold_orphan(hold, left);
    } else if (object->type->revoke) {
        object->type->revoke(object, hold, in_order ? HOLD_LEFT : HOLD_DIED);
    } else {
        assert(object->type->holder_died);
        hold->left = in_order;
        object->type->holder_died(object, hold);
    }
    return left;
}
/* ---- the end of the session ---- */

/* Also of an object that is deleted and not freed yet. */
static void owners_lose_hold(struct hold *hold, bool in_order) {
    struct object *object = hold->object;
    if (object->deleted) {
        hold_end(hold);
        return;
    }
    struct who *who = who_share(hold->who);
    bool left = hold_lose_owner(hold, in_order);
    object_touch(object);
    journal_note(object, left ? HF__CAUSE__HOLDER_LEFT : HF__CAUSE__HOLDER_DIED, who, NULL);
    who_release(who);
}

static bool owners_is_of(const struct hold *hold, const uint64_t *party) {
    return !party || hold->owner->who->party == *party;
}

void owners_lose_holds(struct owners *owners, const uint64_t *party, size_t most, bool in_order) {
    struct link *link = owners->holds.next;
    for (size_t lost = 0; lost < most && link != &owners->holds;) {
        struct hold *hold = LINK_OWNER(link, struct hold, of_session);
        struct link *next = link->next;
        if (owners_is_of(hold, party)) {
            owners_lose_hold(hold, in_order);
            lost++;
        }
        link = party ? next : owners->holds.next;
    }
}

uint64_t owners_count_holds(const struct owners *owners, const uint64_t *party) {
    uint64_t count = 0;
    const struct link *link = owners->holds.next;
    for (; party && link != &owners->holds; link = link->next) {
        const struct hold *hold = LINK_OWNER(link, struct hold, of_session);
        count += owners_is_of(hold, party) && !hold->object->deleted;
    }
    return party ? count : owners->hold_count;
}

bool owners_release_some(struct owners *owners, size_t most) {
    owners_lose_holds(owners, NULL, most, false);
    if (!link_alone(&owners->holds)) {
        return true;
    }
    family_leave(owners->family);
    owners->family = NULL;
    return false;
}
