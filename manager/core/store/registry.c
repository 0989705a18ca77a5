/* SPDX-License-Identifier: MIT */
#include "registry.h"

#include "attachment.h"
#include "drain.h"
#include "family.h"
#include "journal.h"
#include "lifetime.h"
#include "mem.h"
#include "object.h"

#include <assert.h>
#include <sodium/crypto_shorthash.h>
#include <string.h>

/* The number of an occupied slot is its object's id, counted from the first id of the run: the
 * generation and, in the low bits, the index of the slot. That of a free slot has the generation to
 * come, and index + 1 of the next free one. */
struct slot {
    struct object *object; /* NULL: free */
    uint64_t number;
};

enum { SLOTS_MIN = 64, INDEX_BITS = 28, INDEX_MASK = (1 << INDEX_BITS) - 1 };

/* So many ids begin with each number of core_config.numbers_above, which grows by 4 in a
 * microsecond: a generation of all slots is as many as begin in 65 ms. A generation takes twice as
 * long here. So the ids stay below those of a run that begins now, also if the clock was set back
 * by less than half of the time since. */
enum { IDS_PER_NUMBER_BITS = 10, GENERATION_MS_BITS = 7 };

/* No run has given a smaller id. */
static const uint64_t least_id = (uint64_t)1 << INDEX_BITS;

/* How many objects are freed with a call, if an earlier one has left many, and in a slice. */
enum { REAP_AT_ONCE = 1024, REAP_BEHIND = 16, REAP_PER_SLICE = 4096 };

void registry_init(struct registry *registry, size_t objects_max, size_t items_max,
                   int64_t now_ms) {
    *registry = (struct registry){.objects_max = objects_max,
                                  .items_max = items_max,
                                  .first_id = least_id,
                                  .started_ms = now_ms,
                                  .now_ms = now_ms};
    table_init(&registry->names, sizeof(struct object *));
    attachment_init(&registry->attachments);
    link_init(&registry->touched);
    link_init(&registry->drains);
    link_init(&registry->owners);
    link_init(&registry->journals);
    link_init(&registry->lingering);
    table_init(&registry->families, sizeof(struct family *));
    deferred_init(&registry->deferred);
}

void registry_begin_above(struct registry *registry, uint64_t numbers_above) {
    assert(numbers_above <= (uint64_t)1 << 53 && registry->slot_count == 0);
    registry->numbers_above = registry->fence = registry->item = numbers_above;
    registry->first_id = (numbers_above << IDS_PER_NUMBER_BITS) + least_id;
}

/* ---- finding ---- */

struct object *registry_find(const struct registry *registry, uint64_t id) {
    uint64_t number = id - registry->first_id;
    uint64_t index = number & INDEX_MASK;
    if (index >= registry->slot_count || registry->slots[index].number != number) {
        return NULL;
    }
    return registry->slots[index].object;
}

bool registry_is_past_id(const struct registry *registry, uint64_t id) {
    return id >= least_id && id < registry->first_id;
}

static uint64_t registry_name_hash(const struct registry *registry, const char *name) {
    uint64_t hash = 0;
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)name, strlen(name),
                     registry->hash_key);
    return hash;
}

static bool registry_name_equal(const void *entry, const void *key) {
    return strcmp((*(struct object *const *)entry)->name, key) == 0;
}

struct object *registry_find_name(const struct registry *registry, const char *name) {
    struct object **entry =
        table_find(&registry->names, registry_name_hash(registry, name), registry_name_equal, name);
    return entry ? *entry : NULL;
}

struct object *registry_next_name(const struct registry *registry, uint64_t *cursor) {
    struct object **entry = table_seek(&registry->names, cursor);
    return entry ? *entry : NULL;
}

/* ---- creating ---- */

/* The slot that has been free for longest has a generation that has come. */
static bool registry_may_reuse(const struct registry *registry) {
    if (!registry->first_free) {
        return false;
    }
    uint64_t generation = registry->slots[registry->first_free - 1].number >> INDEX_BITS;
    return generation <= (uint64_t)(registry->now_ms - registry->started_ms) >> GENERATION_MS_BITS;
}

static bool registry_ensure_free_slot(struct registry *registry) {
    if (registry->slot_count < registry->slot_room || registry_may_reuse(registry)) {
        return true;
    }
    size_t room = registry->slot_room ? registry->slot_room * 2 : SLOTS_MIN;
    struct slot *slots =
        room <= INDEX_MASK ? mem_resize(registry->slots, room * sizeof *slots) : NULL;
    if (!slots) {
        return false;
    }
    registry->slots = slots;
    registry->slot_room = room;
    return true;
}

static uint64_t registry_occupy_slot(struct registry *registry, struct object *object) {
    uint64_t index = registry->slot_count;
    uint64_t generation = 0;
    if (registry_may_reuse(registry)) {
        index = registry->first_free - 1;
        generation = registry->slots[index].number >> INDEX_BITS;
        registry->first_free = (uint32_t)registry->slots[index].number & INDEX_MASK;
    } else {
        registry->slot_count++;
    }
    assert(registry->slot_count <= registry->slot_room);
    registry->slots[index] = (struct slot){object, generation << INDEX_BITS | index};
    return registry->first_id + registry->slots[index].number;
}

static void registry_vacate_slot(struct registry *registry, const struct object *object) {
    uint64_t number = object->id - registry->first_id;
    uint64_t index = number & INDEX_MASK;
    struct slot *slot = &registry->slots[index];
    assert(slot->object == object && slot->number == number);
    slot->object = NULL;
    slot->number = ((number >> INDEX_BITS) + 1) << INDEX_BITS;
    if (slot->number > UINT64_MAX - registry->first_id - INDEX_MASK) {
        return; /* all ids of this slot have been used */
    }
    if (registry->first_free) {
        registry->slots[registry->last_free - 1].number |= index + 1;
    } else {
        registry->first_free = (uint32_t)index + 1;
    }
    registry->last_free = (uint32_t)index + 1;
}

static bool registry_add_name(struct registry *registry, struct object *object, const char *name) {
    size_t size = strlen(name) + 1;
    char *copy = mem_alloc(size);
    struct object **entry =
        copy ? table_add(&registry->names, registry_name_hash(registry, name)) : NULL;
    if (!entry) {
        mem_free(copy);
        return false;
    }
    memcpy(copy, name, size);
    object->name = copy;
    *entry = object;
    return true;
}

static void registry_remove_name(struct registry *registry, struct object *object) {
    struct object **entry = table_find(&registry->names, registry_name_hash(registry, object->name),
                                       registry_name_equal, object->name);
    assert(entry && *entry == object);
    table_remove(&registry->names, entry);
    mem_free(object->name);
    object->name = NULL;
}

hf_status registry_create(struct registry *registry, const struct type *type, const char *name,
                          struct object **object) {
    assert(!name || !registry_find_name(registry, name));
    if (registry->object_count >= registry->objects_max) {
        return HF_LIMIT;
    }
    struct object *made = mem_alloc(type->object_size);
    if (!made) {
        return HF_NO_MEMORY;
    }
    made->type = type;
    made->registry = registry;
    made->version = registry->numbers_above;
    for (unsigned lane = 0; lane < OBJECT_LANES; lane++) {
        link_init(&made->lanes[lane]);
    }
    link_init(&made->holds);
    link_init(&made->touched);
    link_init(&made->journals);
    if (!registry_ensure_free_slot(registry) ||
        (name && !registry_add_name(registry, made, name))) {
        mem_free(made);
        return HF_NO_MEMORY;
    }
    made->id = registry_occupy_slot(registry, made);
    registry->object_count++;
    *object = made;
    return HF_OK;
}

/* ---- ending ---- */

static bool registry_is_unused(const struct object *object) {
    return object->deleted || (!object->name && object->references == 0);
}

void registry_reap_later(struct object *object) {
    struct registry *registry = object->registry;
    if (!object->to_reap && registry_is_unused(object)) {
        object->to_reap = true;
        object->next_to_reap = registry->to_reap;
        registry->to_reap = object;
    }
}

/* The holds of an object that is deleted end when it is destroyed, after the reply. Their sessions
 * are told at once that they are over. */
static void uncount_holds(const struct object *object) {
    const struct link *link = object->holds.next;
    for (; link != &object->holds; link = link->next) {
        hold_leave_session(LINK_OWNER(link, struct hold, of_object));
    }
}

/* No call finds it any more. */
static void registry_end_object(struct registry *registry, struct object *object) {
    assert(!object->deleted);
    registry_vacate_slot(registry, object);
    if (object->name) {
        registry_remove_name(registry, object);
    }
    object_unpin(object);
    object->deleted = true;
    lifetime_drop(object);
    uncount_holds(object);
    registry->object_count--;
    object_touch(object); /* before others: calls that wait at it and at those are to end */
    journal_object_gone(object);
    if (object->type->deleted) {
        object->type->deleted(object);
    }
}

void registry_delete(struct registry *registry, struct object *object) {
    registry_end_object(registry, object);
    registry_reap_later(object);
}

bool registry_refer(struct registry *registry, uint64_t id) {
    struct object *object = registry_find(registry, id);
    if (object) {
        object->references++;
    }
    return object != NULL;
}

void registry_unrefer(struct registry *registry, uint64_t id) {
    struct object *object = registry_find(registry, id);
    if (!object) {
        return;
    }
    assert(object->references > 0);
    object->references--;
    registry_reap_later(object);
}

static void registry_free_object(struct object *object) {
    assert(object->waiting == 0 && !object->to_reap && object->deleted && !object->draining);
    struct link *link = NULL;
    while ((link = link_first(&object->holds)) != NULL) {
        hold_end(LINK_OWNER(link, struct hold, of_object));
    }
    link_remove(&object->touched);
    assert(!object->name && link_alone(&object->journals));
    attachment_drop(object);
    if (object->type->fini) {
        object->type->fini(object);
    }
    mem_free(object);
}

/* An unnamed object may have been referred to again since. One that has begun or ended to drain
 * comes here again. */
static void registry_reap_object(struct registry *registry, struct object *object) {
    if (!object->deleted && registry_is_unused(object)) {
        journal_note(object, HF__CAUSE__UNREFERENCED, NULL, NULL);
        registry_end_object(registry, object);
    }
    if (object->deleted && !object->draining && !object->to_reap) {
        registry_free_object(object);
    }
}

/* Objects that wait to be freed take memory: if that gets scarce, all of them are freed. */
static void registry_reap_some(struct registry *registry, size_t most) {
    for (size_t i = 0; registry->to_reap && (i < most || mem_is_scarce()); i++) {
        struct object *object = registry->to_reap;
        registry->to_reap = object->next_to_reap;
        object->to_reap = false;
        registry_reap_object(registry, object);
    }
    registry->reap_behind = registry->to_reap != NULL;
    deferred_refill(&registry->deferred);
}

/* A call frees what it has left, but is not burdened with what others have left. */
void registry_reap(struct registry *registry) {
    registry_reap_some(registry, registry->reap_behind ? REAP_BEHIND : REAP_AT_ONCE);
}

void registry_reap_slice(struct registry *registry) {
    registry_reap_some(registry, REAP_PER_SLICE);
}

void registry_fini(struct registry *registry) {
    families_end(registry);
    registry_reap_some(registry, SIZE_MAX);
    for (size_t i = 0; i < registry->slot_count; i++) {
        if (registry->slots[i].object) {
            registry_delete(registry, registry->slots[i].object);
        }
    }
    while (drain_slice(registry)) {
    }
    registry_reap_some(registry, SIZE_MAX);
    while (deferred_free_slice(registry)) {
    }
    assert(registry->object_count == 0 && !registry->to_reap);
    table_fini(&registry->names);
    table_fini(&registry->families);
    table_fini(&registry->attachments);
    heap_fini(&registry->wakes);
    mem_free(registry->slots);
}

/* ---- change ---- */

void object_touch(struct object *object) {
    if (link_alone(&object->touched)) {
        link_append(&object->registry->touched, &object->touched);
    }
}

struct object *registry_take_touched(struct registry *registry) {
    struct link *link = link_first(&registry->touched);
    if (!link) {
        return NULL;
    }
    link_remove(link);
    return LINK_OWNER(link, struct object, touched);
}

/* ---- time ---- */

bool registry_wake_at(struct registry *registry, struct wake *wake, int64_t due_ms) {
    heap_remove(&registry->wakes, &wake->node);
    return heap_add(&registry->wakes, &wake->node, due_ms);
}

void registry_wake_off(struct registry *registry, struct wake *wake) {
    heap_remove(&registry->wakes, &wake->node);
}

bool object_wake_at(struct object *object, struct wake *wake, int64_t due_ms) {
    assert(wake->run && (!wake->object || wake->object == object));
    wake->object = object;
    return registry_wake_at(object->registry, wake, due_ms);
}

void object_wake_off(struct object *object, struct wake *wake) {
    heap_remove(&object->registry->wakes, &wake->node);
}

int64_t registry_next_wake(const struct registry *registry) {
    const struct heap_node *node = heap_top(&registry->wakes);
    return node ? node->due : -1;
}

void registry_wake(struct registry *registry) {
    struct heap_node *node = heap_top(&registry->wakes);
    assert(node && node->due <= registry->now_ms);
    struct wake *wake = LINK_OWNER(node, struct wake, node);
    struct object *object = wake->object;
    heap_remove(&registry->wakes, node);
    if (!object) {
        wake->run(wake);
        return;
    }
    if (object->deleted) {
        return;
    }
    object_touch(object);
    bool tells = wake->tells;
    wake->run(wake);
    if (!tells) {
        journal_note(object, HF__CAUSE__TIME_CAME, NULL, NULL);
    }
}
