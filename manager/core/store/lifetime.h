/* SPDX-License-Identifier: MIT
 *
 * Objects that expire. Such an object has a lifetime: a wake, at which it is deleted. Very many
 * wakes at one time are run in slices, so an object may be over and still be there: whoever finds
 * it for a request, by its id or its name, ends it first, and so does whoever would serve the calls
 * that wait at it. Within the core it is there until then, as any other.
 */
#ifndef HF_LIFETIME_H
#define HF_LIFETIME_H

#include "object.h"
#include "registry.h"

struct lifetime {
    struct wake wake;
};

/** Set when the object ends. Without an end it cannot fail. false: no memory, unchanged. */
HF_MUST_USE bool lifetime_set(struct object *object, int64_t due_ms);

/** The time at which it ends, or LIFETIME_ENDLESS. */
int64_t lifetime_due(const struct object *object);

/** The object is deleted: it has no lifetime any more. */
void lifetime_drop(struct object *object);

/** If its time is over, delete the object, and tell the watches why. Returns whether it was. While
 * what is due is run in the order of its times, the object is there until its turn: calls that were
 * to end before it do. */
bool lifetime_check(struct object *object);

/** The object with this id, for a request: none that is over. NULL: there is none. */
static inline struct object *lifetime_find(struct registry *registry, uint64_t id) {
    struct object *object = registry_find(registry, id);
    return object && object->lifetime && lifetime_check(object) ? NULL : object;
}

/** The same by its name. */
struct object *lifetime_find_name(struct registry *registry, const char *name);

#endif
