/* SPDX-License-Identifier: MIT
 *
 * See family.h.
 */
#include "family.h"

#include "mem.h"
#include "registry.h"

#include <assert.h>
#include <sodium/crypto_shorthash.h>
#include <string.h>

enum { PRUNE_MIN = 64 };

struct reference {
    uint64_t id;
    uint64_t count; /* how often the sessions were told of it */
};

struct pin {
    struct wake wake;
    struct registry *registry;
    uint64_t id;
};

/* ---- pins ---- */

static void pin_over(struct wake *wake) {
    struct pin *pin = LINK_OWNER(wake, struct pin, wake);
    struct object *object = registry_find(pin->registry, pin->id);
    assert(object && object->pin == pin);
    object_unpin(object);
}

void object_unpin(struct object *object) {
    struct pin *pin = object->pin;
    if (pin) {
        registry_wake_off(pin->registry, &pin->wake);
        object->pin = NULL;
        registry_unrefer(pin->registry, pin->id);
        mem_free(pin);
    }
}

static bool object_pin_newly(struct object *object, int64_t until_ms) {
    struct pin *pin = mem_alloc(sizeof *pin);
    if (!pin) {
        return false;
    }
    *pin = (struct pin){.wake.run = pin_over, .registry = object->registry, .id = object->id};
    if (!registry_wake_at(pin->registry, &pin->wake, until_ms)) {
        mem_free(pin);
        return false;
    }
    object->pin = pin;
    (void)registry_refer(pin->registry, pin->id); /* it exists */
    return true;
}

bool object_pin_until(struct object *object, int64_t until_ms) {
    assert(!object->deleted);
    struct pin *pin = object->pin;
    if (object->name || (pin && pin->wake.node.due >= until_ms)) {
        return true;
    }
    return pin ? registry_wake_at(pin->registry, &pin->wake, until_ms)
               : object_pin_newly(object, until_ms);
}

/* ---- families ---- */

static bool family_is_named(const void *entry, const void *name) {
    return memcmp((*(struct family *const *)entry)->name, name, HF_FAMILY_BYTES) == 0;
}

static uint64_t family_hash(const struct registry *registry, const uint8_t *name) {
    uint64_t hash = 0;
    crypto_shorthash((unsigned char *)&hash, name, HF_FAMILY_BYTES, registry->hash_key);
    return hash;
}

static void family_over(struct wake *wake);

static struct family *family_new(struct registry *registry) {
    struct family *family = mem_alloc(sizeof *family);
    if (family) {
        *family = (struct family){.registry = registry, .wake.run = family_over};
        table_init(&family->references, sizeof(struct reference));
        link_init(&family->in_lingering);
    }
    return family;
}

static struct family *family_new_named(struct registry *registry, const uint8_t *name,
                                       uint64_t hash) {
    struct family *family = family_new(registry);
    struct family **entry = family ? table_add(&registry->families, hash) : NULL;
    if (!entry) {
        mem_free(family);
        return NULL;
    }
    family->named = true;
    family->hash = hash;
    memcpy(family->name, name, HF_FAMILY_BYTES);
    *entry = family;
    return family;
}

static struct family *family_named(struct registry *registry, const uint8_t *name) {
    uint64_t hash = family_hash(registry, name);
    struct family **entry = table_find(&registry->families, hash, family_is_named, name);
    return entry ? *entry : family_new_named(registry, name, hash);
}

struct family *family_join(struct registry *registry, const uint8_t *name) {
    struct family *family = name ? family_named(registry, name) : family_new(registry);
    if (family) {
        link_remove(&family->in_lingering);
        family->sessions++;
    }
    return family;
}

static void family_unrefer_entry(void *registry, void *entry) {
    registry_unrefer(registry, ((struct reference *)entry)->id);
}

static size_t family_drop_references(struct registry *registry, void *references) {
    return table_dismantle(references, family_unrefer_entry, registry);
}

/* Very many references are dropped later. */
static void family_end(struct family *family) {
    struct registry *registry = family->registry;
    assert(family->sessions == 0);
    registry_wake_off(registry, &family->wake);
    link_remove(&family->in_lingering);
    if (family->named) {
        struct family **entry =
            table_find(&registry->families, family->hash, family_is_named, family->name);
        assert(entry && *entry == family);
        table_remove(&registry->families, entry);
    }
    deferred_free_container(registry, &family->references, sizeof family->references,
                            family_drop_references);
    mem_free(family);
}

/* It is pinned no longer. */
static void family_over(struct wake *wake) {
    struct family *family = LINK_OWNER(wake, struct family, wake);
    family->pinned_until_ms = 0;
    if (family->sessions == 0) {
        family_end(family);
    }
}

void family_leave(struct family *family) {
    if (!family) {
        return;
    }
    assert(family->sessions > 0);
    family->sessions--;
    if (family->sessions > 0) {
        return;
    }
    if (family->pinned_until_ms > 0 && table_len(&family->references) > 0) {
        link_append(&family->registry->lingering, &family->in_lingering);
    } else {
        family_end(family);
    }
}

void families_end(struct registry *registry) {
    struct link *link = NULL;
    while ((link = link_first(&registry->lingering)) != NULL) {
        family_end(LINK_OWNER(link, struct family, in_lingering));
    }
    assert(table_len(&registry->families) == 0);
}

bool family_pin(struct family *family, int64_t until_ms) {
    if (family->pinned_until_ms >= until_ms) {
        return true;
    }
    if (!registry_wake_at(family->registry, &family->wake, until_ms)) {
        return false;
    }
    family->pinned_until_ms = until_ms;
    return true;
}

/* ---- references ---- */

static bool reference_is_of(const void *entry, const void *id) {
    return ((const struct reference *)entry)->id == *(const uint64_t *)id;
}

static struct reference *family_find(const struct family *family, uint64_t id) {
    return table_find(&family->references, table_hash_id(id), reference_is_of, &id);
}

/* Drop ids of deleted objects, each time that the number of ids has doubled. So a long session that
 * sees many objects come and go does not grow. */
static void family_prune(struct family *family) {
    struct table *references = &family->references;
    if (table_len(references) < 2 * family->pruned + PRUNE_MIN) {
        return;
    }
    uint64_t cursor = 0;
    struct reference *reference = NULL;
    while ((reference = table_seek(references, &cursor)) != NULL) {
        if (!registry_find(family->registry, reference->id)) {
            table_remove(references, reference);
        }
    }
    family->pruned = table_len(references);
}

bool family_refer(struct family *family, struct object *object) {
    if (family->latest == object->id || object->name || object->deleted) {
        return true;
    }
    struct reference *reference = family_find(family, object->id);
    if (!reference) {
        family_prune(family);
        reference = table_add(&family->references, table_hash_id(object->id));
        if (!reference) {
            return false;
        }
        reference->id = object->id;
        (void)registry_refer(family->registry, object->id); /* it exists */
    }
    family->latest = object->id;
    return true;
}

void family_count(struct family *family, uint64_t id) {
    struct reference *reference = family_find(family, id);
    if (reference) { /* it was not released in the same batch */
        reference->count++;
    }
}

bool family_ends_with(const struct family *family, const struct object *object, uint64_t count) {
    const struct reference *reference = family_find(family, object->id);
    return reference && reference->count <= count;
}

void family_take_back(struct family *family, struct object *object, uint64_t count) {
    struct reference *reference = family_find(family, object->id);
    if (!reference) {
        return;
    }
    if (reference->count > count) {
        reference->count -= count;
        return;
    }
    family->latest = 0;
    table_remove(&family->references, reference);
    registry_unrefer(family->registry, object->id);
}
