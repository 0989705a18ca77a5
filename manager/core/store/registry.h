/* SPDX-License-Identifier: MIT
 *
 * All the objects: by id, by name, counted. And what they share: the time, the fence, the hash key,
 * the list of those that have changed.
 *
 * An id is a slot number and a generation (how often the slot has been used), so that finding an
 * object costs one look and an id is never used twice. A named object lives until it is deleted; an
 * unnamed one until nothing refers to it. Objects are freed by registry_reap() only, never in the
 * middle of a call.
 */
#ifndef HF_REGISTRY_H
#define HF_REGISTRY_H

#include "deferred.h"
#include "heap.h"
#include "link.h"
#include "table.h"

#include <holdfast/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct object;
struct slot;
struct type;

struct registry {
    struct slot *slots;
    size_t slot_room;
    size_t slot_count;
    uint32_t free_slot; /**< first of the unused ones, as index + 1 */
    size_t object_count;
    size_t objects_max;
    size_t items_max; /**< per object */
    struct table names;
    struct link touched;      /**< objects that have changed since they were settled */
    struct heap wakes;        /**< what objects want to be done at a time */
    struct object *to_reap;   /**< objects to be freed by the next reap, chained */
    struct deferred deferred; /**< what has been dropped and is still to be freed */
    struct link owners;       /* all sessions that are welcome */
    struct link journals;     /* of names: journal.h */
    size_t prefix_count;      /* how many of those */
    uint64_t searches;        /* for deadlocks, ever: the number of the latest one */
    uint64_t fence;
    int64_t now_ms;
    uint8_t hash_key[16];
    uint32_t first_generation;
};

/** `entropy` is for the hash key and for the first generation, so that an id that a client has kept
 * from another run of the manager is not the id of an object of this one. */
void registry_init(struct registry *registry, const uint8_t entropy[32], size_t objects_max,
                   size_t items_max);
/** Frees all objects. */
void registry_fini(struct registry *registry);

/** The time so many ms from now; the end of time if that does not fit. */
static inline int64_t registry_due_ms(const struct registry *registry, uint64_t after_ms) {
    bool fits = after_ms < (uint64_t)(INT64_MAX - registry->now_ms);
    return fits ? registry->now_ms + (int64_t)after_ms : INT64_MAX;
}

/** The object with this id; NULL if there is none. O(1). */
struct object *registry_find(const struct registry *registry, uint64_t id);

/** The object with this name; NULL if there is none. O(1). */
struct object *registry_find_name(const struct registry *registry, const char *name);

/** A new object of this type, not yet set up; with a NULL name an unnamed one without references.
 *  Returns HF_OK, HF_LIMIT, HF_NO_MEMORY. */
HF_MUST_USE hf_status registry_create(struct registry *registry, const struct type *type,
                                      const char *name, struct object **object);

/** Take the object away: its id and name are unknown from now on, calls that wait on it will be
 * ended. */
void registry_delete(struct registry *registry, struct object *object);

/** Count a reference to the object with this id. false: there is none, and so nothing to take back,
 * even if an object gets this id later. */
bool registry_refer(struct registry *registry, uint64_t id);
/** Take back a reference that was counted; the object may have been deleted since. */
void registry_unrefer(struct registry *registry, uint64_t id);

/** Free what has been deleted or is no longer referred to, between two calls. Nothing may point to
 * such an object now. */
void registry_reap(struct registry *registry);

/** Names in order of creation: the first whose cursor is at least *cursor, which then goes on
 * behind it. NULL: no more. */
struct object *registry_next_name(const struct registry *registry, uint64_t *cursor);

/** An object that has changed, taken off the list; NULL: all are settled. */
struct object *registry_take_touched(struct registry *registry);

/** When the next wake is due; -1: none is set. */
int64_t registry_next_wake(const struct registry *registry);

/** Run the next wake, which must be due. Its object is touched. */
void registry_wake(struct registry *registry);

#endif
