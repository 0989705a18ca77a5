/* SPDX-License-Identifier: MIT
 *
 * See drain.h.
 */
#include "drain.h"

#include "object.h"
#include "registry.h"

#include <assert.h>

static void drain_end(struct drain *drain) {
    struct object *object = drain->object;
    assert(object);
    link_remove(&drain->in_registry);
    drain->object = NULL;
    object->draining = false;
    registry_reap_later(object);
}

void drain_begin(struct drain *drain, struct object *object, bool (*some)(struct object *object)) {
    if (drain->object) {
        assert(drain->object == object && drain->some == some);
        return;
    }
    assert(!object->draining);
    *drain = (struct drain){.object = object, .some = some};
    object->draining = true;
    link_init(&drain->in_registry);
    link_append(&object->registry->drains, &drain->in_registry);
    if (!some(object)) {
        drain_end(drain);
    }
}

bool drain_slice(struct registry *registry) {
    for (int i = 0; i < DRAIN_PER_SLICE; i++) {
        struct link *link = link_first(&registry->drains);
        if (!link) {
            return false;
        }
        struct drain *drain = LINK_OWNER(link, struct drain, in_registry);
        if (!drain->some(drain->object)) {
            drain_end(drain);
        }
    }
    return !link_alone(&registry->drains);
}
