/* SPDX-License-Identifier: MIT
 *
 * See hold_lease.h.
 */
#include "hold_lease.h"

#include "mem.h"
#include "registry.h"

#include <assert.h>

static void hold_lease_over(struct wake *wake) {
    const struct hold_lease *lease = LINK_OWNER(wake, struct hold_lease, wake);
    struct hold *hold = lease->hold;
    assert(hold && hold->lease == lease);
    hold->object->type->revoke(hold->object, hold, HOLD_LEASE_ENDED);
}

struct hold_lease *hold_lease_new(struct object *object, int64_t length_ms) {
    assert(length_ms > 0 && object->type->revoke);
    struct hold_lease *lease = mem_alloc(sizeof *lease);
    if (!lease) {
        return NULL;
    }
    *lease = (struct hold_lease){.wake.run = hold_lease_over, .length_ms = length_ms};
    int64_t due_ms = registry_due_ms(object->registry, (uint64_t)length_ms);
    if (!object_wake_at(object, &lease->wake, due_ms)) {
        mem_free(lease);
        return NULL;
    }
    return lease;
}

void hold_lease_drop(struct hold_lease *lease) {
    if (lease) {
        object_wake_off(lease->wake.object, &lease->wake);
        mem_free(lease);
    }
}

void hold_lease_begin(struct hold *hold, struct hold_lease *lease) {
    if (!lease) {
        return;
    }
    assert(!lease->hold && lease->wake.object == hold->object);
    hold_lease_drop(hold->lease);
    lease->hold = hold;
    hold->lease = lease;
}

int64_t hold_lease_length_ms(const struct hold *hold) {
    return hold->lease ? hold->lease->length_ms : 0;
}

int64_t hold_lease_left_ms(const struct hold *hold) {
    int64_t left_ms = hold->lease->wake.node.due - hold->object->registry->now_ms;
    return left_ms > 0 ? left_ms : 0;
}
