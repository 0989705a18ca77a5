/* SPDX-License-Identifier: MIT
 *
 * See lifetime.h.
 */
#include "lifetime.h"

#include "journal.h"
#include "mem.h"

#include <assert.h>

enum { ENDING_WORK = 15 }; /* of one object, beside its wake: see calls_expire() */

static void lifetime_over(struct object *object) {
    assert(!object->deleted && object->lifetime);
    journal_note(object, HF__CAUSE__EXPIRED, NULL, NULL);
    registry_delete(object->registry, object);
}

static void lifetime_wake(struct wake *wake) {
    wake->object->registry->wake_work += ENDING_WORK;
    lifetime_over(wake->object);
}

bool lifetime_set(struct object *object, int64_t due_ms) {
    if (due_ms == LIFETIME_ENDLESS) {
        lifetime_drop(object);
        return true;
    }
    bool is_new = !object->lifetime;
    if (is_new) {
        object->lifetime = mem_alloc(sizeof *object->lifetime);
        if (!object->lifetime) {
            return false;
        }
        object->lifetime->wake.run = lifetime_wake;
        object->lifetime->wake.tells = true;
    }
    if (!object_wake_at(object, &object->lifetime->wake, due_ms)) {
        assert(is_new);
        lifetime_drop(object);
        return false;
    }
    return true;
}

int64_t lifetime_due(const struct object *object) {
    return object->lifetime ? object->lifetime->wake.node.due : LIFETIME_ENDLESS;
}

void lifetime_drop(struct object *object) {
    if (object->lifetime) {
        object_wake_off(object, &object->lifetime->wake);
        mem_free(object->lifetime);
        object->lifetime = NULL;
    }
}

bool lifetime_check(struct object *object) {
    if (!object->lifetime || object->registry->waking ||
        lifetime_due(object) > object->registry->now_ms) {
        return false;
    }
    lifetime_over(object);
    return true;
}

struct object *lifetime_find_name(struct registry *registry, const char *name) {
    struct object *object = registry_find_name(registry, name);
    return object && object->lifetime && lifetime_check(object) ? NULL : object;
}
