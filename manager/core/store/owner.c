/* SPDX-License-Identifier: MIT */
#include "owner.h"

#include "journal.h"
#include "mem.h"
#include "object.h"
#include "registry.h"

#include <assert.h>
#include <string.h>

enum { PRUNE_MIN = 64 };

struct who *who_new(uint64_t session, uint64_t pid, uint64_t tid, const char *label) {
    size_t len = strlen(label) + 1;
    struct who *who = mem_alloc(sizeof *who + len);
    if (who) {
        *who = (struct who){.references = 1, .session = session, .pid = pid, .tid = tid};
        memcpy(who->label, label, len);
    }
    return who;
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

void owner_init(struct owner *owner) {
    owner->who = NULL;
    owner->waiting_count = 0;
    owner->hold_count = 0;
    owner->search = (struct owner_search){0};
    owner->references_pruned = 0;
    owner->latest = 0;
    owner->waiting_bytes = 0;
    link_init(&owner->in_registry);
    link_init(&owner->holds);
    link_init(&owner->waiting);
    table_init(&owner->references, sizeof(uint64_t));
}

void owner_join(struct owner *owner, struct registry *registry) {
    assert(owner->who && link_alone(&owner->in_registry));
    link_append(&registry->owners, &owner->in_registry);
}

struct owner *owner_find(const struct registry *registry, uint64_t session) {
    const struct link *link = registry->owners.next;
    for (; link != &registry->owners; link = link->next) {
        struct owner *owner = LINK_OWNER(link, struct owner, in_registry);
        if (owner->who->session == session) {
            return owner;
        }
    }
    return NULL;
}

void owner_fini(struct owner *owner) {
    assert(link_alone(&owner->holds) && link_alone(&owner->waiting));
    assert(owner->hold_count == 0);
    assert(table_len(&owner->references) == 0);
    table_fini(&owner->references);
    who_release(owner->who);
}

/* A session that holds something may pass some waiting calls (call_may_pass()), so what its own
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
    *hold = (struct hold){
        .owner = owner,
        .object = object,
        .who = who_share(owner->who),
        .fence = ++registry->fence,
        .since_ms = registry->now_ms,
        .depth = 1,
    };
    link_init(&hold->of_owner);
    link_init(&hold->of_object);
    link_append(&owner->holds, &hold->of_owner);
    link_append(&object->holds, &hold->of_object);
    object->grants++;
    owner->hold_count++;
    owner_touch_awaited(owner);
}

void hold_leave_owner(const struct hold *hold) {
    if (hold->owner) {
        assert(hold->owner->hold_count > 0);
        hold->owner->hold_count--;
    }
}

void hold_end(struct hold *hold) {
    assert(hold->object);
    if (!hold->object->deleted) {
        hold_leave_owner(hold);
    }
    link_remove(&hold->of_owner);
    link_remove(&hold->of_object);
    who_release(hold->who);
    *hold = (struct hold){0};
}

void hold_orphan(struct hold *hold) {
    assert(hold->owner && hold->depth > 0 && !hold->object->deleted);
    hold_leave_owner(hold);
    link_remove(&hold->of_owner);
    hold->owner = NULL;
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

static bool reference_equal(const void *entry, const void *key) {
    return *(const uint64_t *)entry == *(const uint64_t *)key;
}

/* Drop ids of deleted objects, each time that the number of ids has doubled. So a long session that
 * sees many objects come and go does not grow. */
static void owner_prune(struct owner *owner, const struct registry *registry) {
    struct table *ids = &owner->references;
    if (table_len(ids) < 2 * owner->references_pruned + PRUNE_MIN) {
        return;
    }
    uint64_t cursor = 0;
    uint64_t *entry = NULL;
    while ((entry = table_seek(ids, &cursor)) != NULL) {
        if (!registry_find(registry, *entry)) {
            table_remove(ids, entry);
        }
    }
    owner->references_pruned = table_len(ids);
}

bool owner_refer(struct owner *owner, struct object *object) {
    if (owner->latest == object->id || object->name || object->deleted) {
        return true;
    }
    if (table_find(&owner->references, table_hash_id(object->id), reference_equal, &object->id)) {
        owner->latest = object->id;
        return true;
    }
    owner_prune(owner, object->registry);
    uint64_t *entry = table_add(&owner->references, table_hash_id(object->id));
    if (!entry) {
        return false;
    }
    *entry = owner->latest = object->id;
    (void)registry_refer(object->registry, object->id); /* it exists */
    return true;
}

void owner_unrefer(struct owner *owner, struct object *object) {
    uint64_t *entry =
        table_find(&owner->references, table_hash_id(object->id), reference_equal, &object->id);
    if (entry) {
        owner->latest = 0;
        table_remove(&owner->references, entry);
        registry_unrefer(object->registry, object->id);
    }
}

static void owner_unrefer_entry(void *registry, void *entry) {
    registry_unrefer(registry, *(const uint64_t *)entry);
}

static size_t owner_drop_references(struct registry *registry, void *references) {
    return table_dismantle(references, owner_unrefer_entry, registry);
}

/* Also of an object that is deleted and not freed yet. */
static void owner_release_hold(struct owner *owner, struct hold *hold) {
    struct object *object = hold->object;
    if (object->deleted) {
        hold_end(hold);
        return;
    }
    assert(object->type->holder_died);
    object->type->holder_died(object, hold);
    object_touch(object);
    journal_note(object, HF__CAUSE__HOLDER_DIED, owner->who, NULL);
}

void owner_leave(struct owner *owner) {
    link_remove(&owner->in_registry);
}

bool owner_release_some(struct owner *owner, struct registry *registry, size_t most) {
    struct link *link = NULL;
    for (size_t i = 0; i < most && (link = link_first(&owner->holds)) != NULL; i++) {
        owner_release_hold(owner, LINK_OWNER(link, struct hold, of_owner));
        assert(link_first(&owner->holds) != link); /* ended or orphaned */
    }
    if (!link_alone(&owner->holds)) {
        return true;
    }
    struct table references = owner->references;
    table_init(&owner->references, sizeof(uint64_t));
    owner->latest = 0;
    deferred_free_container(registry, &references, sizeof references, owner_drop_references);
    return false;
}
