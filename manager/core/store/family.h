/* SPDX-License-Identifier: MIT
 *
 * A family is the sessions of one process, which share what keeps unnamed objects alive: one table
 * of references, each with the number of times that the sessions were told of the object. Sessions
 * that name no family are one each.
 *
 *     joined --its last session leaves--> gone, and its references with it
 *                    '-- it is pinned --> lingers --the time comes--> gone
 *                                           '-- a session joins --> joined
 *
 * A pin is a reference that ends by itself: it keeps an object alive that is on its way to another
 * process, until that one uses it.
 */
#ifndef HF_FAMILY_H
#define HF_FAMILY_H

#include "link.h"
#include "object.h"
#include "table.h"
#include "wire_limits.h"

#include <stdbool.h>
#include <stdint.h>

struct family {
    struct registry *registry;
    bool named; /* and found by its name; otherwise it is of one session */
    uint8_t name[HF_FAMILY_BYTES];
    uint64_t hash;
    size_t sessions;
    struct table references; /* struct reference, by id */
    uint64_t latest; /* the object that was used last, as most requests are about the object of the
                        one before; 0: none */
    size_t pruned;   /* how many references were left by the latest prune */
    int64_t pinned_until_ms; /* 0: it is not pinned */
    struct wake wake;        /* when the pin ends, and with it a family that lingers */
    struct link in_lingering;
};

/** The family of this name with one session more; `name` NULL: a new one without a name. NULL: no
 * memory. */
struct family *family_join(struct registry *registry, const uint8_t *name);

/** One session less. NULL is accepted. */
void family_leave(struct family *family);

/** End those that linger. */
void families_end(struct registry *registry);

/** The family of a call's session. */
static inline struct family *family_of(const struct call *call) {
    return call->owner->all->family;
}

/** Let the family keep an unnamed object alive, unless it does already. A named object needs no
 * reference. false: no memory. */
bool family_refer(struct family *family, struct object *object);

/** A session was told of the object, to which the family refers: count that. */
void family_count(struct family *family, uint64_t id);

/** Take back `count` tellings; with the last one the reference ends. */
void family_take_back(struct family *family, struct object *object, uint64_t count);

/** Whether no more than `count` tellings are left, so that taking them back ends the reference. */
bool family_ends_with(const struct family *family, const struct object *object, uint64_t count);

/** From now on, whatever the family lets go is kept until then. false: no memory. */
HF_MUST_USE bool family_pin(struct family *family, int64_t until_ms);

/** Keep the object alive until then at least. false: no memory. */
HF_MUST_USE bool object_pin_until(struct object *object, int64_t until_ms);

/** End the pin, if there is one. */
void object_unpin(struct object *object);

#endif
