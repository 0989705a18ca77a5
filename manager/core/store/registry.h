/* SPDX-License-Identifier: MIT
 *
 * All objects, by id and by name, and what they share: the time, the fence, the hash key, the list
 * of changed objects.
 *
 * An id is a slot number and a generation (how often the slot has been used), counted from the
 * first id of the run: finding an object is one array access, and no id is used twice. All ids of a
 * run are greater than those of every run before it, because they begin above `numbers_above`, and
 * no generation runs ahead of the time: a slot that is free again waits until its next one has
 * come.
 *
 * A named object lives until it is deleted, an unnamed one until nothing refers to it. Only
 * registry_reap() frees objects, between two calls.
 */
#ifndef HF_REGISTRY_H
#define HF_REGISTRY_H

#include "deferred.h"
#include "heap.h"
#include "link.h"
#include "table.h"
#include "wire_limits.h"

#include <holdfast/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct object;
struct slot;
struct type;
struct wake;

struct registry {
    struct slot *slots;
    size_t slot_room;
    size_t slot_count;
    uint32_t first_free; /**< index + 1 of the slot that has been free for longest; 0: none is */
    uint32_t last_free;  /**< of the one that became free last */
    size_t object_count;
    size_t objects_max;
    size_t items_max;       /**< in one object */
    size_t frame_max_bytes; /**< of a request */
    struct table names;
    struct table attachments; /**< attachment.h */
    struct link touched;      /**< changed objects, whose waiting calls are to be tried */
    struct heap wakes;        /**< struct wake, by time */
    struct object *to_reap;   /**< chain of objects that the next reaps free */
    bool reap_behind;         /**< the latest reap has left some */
    struct deferred deferred; /**< dropped values that are still to be freed */
    struct link drains;       /**< objects that drain: drain.h */
    struct link owners;       /**< of all sessions that have said Hello */
    struct link journals;     /**< of names that begin with a prefix: journal.h */
    size_t prefix_count;      /**< length of `journals` */
    struct table families;    /**< struct family *, by name */
    struct link lingering;    /**< families without a session: family.h */
    uint64_t searches;        /**< number of the latest search for a deadlock */
    uint64_t fence;           /**< of the newest grant */
    uint64_t item;            /**< id of the item that became ready last, in whatever queue */
    uint64_t numbers_above;   /**< fences and other numbers of this run begin above it */
    uint64_t first_id;        /**< no id of this run is smaller, each of an earlier run is */
    int64_t started_ms;
    int64_t now_ms;
    int64_t wall_ahead_ms; /**< how far the wall clock is ahead of now_ms */
    bool waking;           /**< what is due is run, in the order of its times */
    unsigned wake_work;    /**< what the wakes of this slice have cost, beside one for each */
    uint8_t hash_key[16];
};

/** Without objects, at the time `now_ms`. */
void registry_init(struct registry *registry, size_t objects_max, size_t items_max, int64_t now_ms);

/** Before the first object: all numbers and ids of this run are greater than `numbers_above`, which
 * is not above 2^53. */
void registry_begin_above(struct registry *registry, uint64_t numbers_above);

/** Whether an object of an earlier run may have had the id. */
bool registry_is_past_id(const struct registry *registry, uint64_t id);

/** Free all objects. */
void registry_fini(struct registry *registry);

/** The time in so many ms; INT64_MAX if that does not fit. */
static inline int64_t registry_due_ms(const struct registry *registry, uint64_t after_ms) {
    bool fits = after_ms < (uint64_t)(INT64_MAX - registry->now_ms);
    return fits ? registry->now_ms + (int64_t)after_ms : INT64_MAX;
}

/** How many bytes the memory of one call may take, and that of all waiting calls of a session. */
static inline size_t registry_call_max_bytes(const struct registry *registry) {
    size_t bytes = registry->frame_max_bytes * HF_CALL_MEMORY_PER_FRAME;
    return bytes > HF_CALL_MEMORY_LEAST_BYTES ? bytes : HF_CALL_MEMORY_LEAST_BYTES;
}

/** How many bytes a reply may have. */
static inline size_t registry_reply_max_bytes(const struct registry *registry) {
    return registry->frame_max_bytes + HF_REPLY_OVERHEAD_BYTES;
}

/** The object with this id; NULL: none has it. O(1). */
struct object *registry_find(const struct registry *registry, uint64_t id);

/** The object with this name; NULL: none has it. O(1). */
struct object *registry_find_name(const struct registry *registry, const char *name);

/** Make an object of this type, which the type has still to set up. `name` NULL: an unnamed one,
 * without references. Returns HF_OK, HF_LIMIT, HF_NO_MEMORY. */
HF_MUST_USE hf_status registry_create(struct registry *registry, const struct type *type,
                                      const char *name, struct object **object);

/** Delete the object: its id and name are unknown from now on; calls that wait at it will end. */
void registry_delete(struct registry *registry, struct object *object);

/** Count a reference to the object with this id. false: no object has it, and none is counted. */
bool registry_refer(struct registry *registry, uint64_t id);
/** Take back a counted reference. The object may have been deleted meanwhile. */
void registry_unrefer(struct registry *registry, uint64_t id);

/** The object may be freed from now on, if it is deleted or no longer referred to. */
void registry_reap_later(struct object *object);

/** Between two calls: free objects that are deleted or no longer referred to; if there are very
 * many, only some. No pointer to such an object may be left. */
void registry_reap(struct registry *registry);

/** Free a slice of them. */
void registry_reap_slice(struct registry *registry);

/** Iterate over named objects in order of creation, from *cursor on, which is advanced. NULL:
 * end. */
struct object *registry_next_name(const struct registry *registry, uint64_t *cursor);

/** Take an object from the list of changed ones; NULL: the list is empty. */
struct object *registry_take_touched(struct registry *registry);

/** The time of the next wake; -1: none is set. */
int64_t registry_next_wake(const struct registry *registry);

/** Set or change the time of a wake that is of no object, as object_wake_at(). */
HF_MUST_USE bool registry_wake_at(struct registry *registry, struct wake *wake, int64_t due_ms);
void registry_wake_off(struct registry *registry, struct wake *wake);

/** Run the next wake, which must be due, and touch its object. */
void registry_wake(struct registry *registry);

#endif
