/* SPDX-License-Identifier: MIT
 *
 * A journal records what happens to one object, or to all objects whose names begin with a prefix,
 * for a watch (types/watch.c) to read. It numbers the changes from 1 and keeps the newest, within a
 * number and a size. So a gap in the numbers can only be at the front.
 *
 * A change records the request that was made, not its effect. So types need not record anything:
 * call.c, pending.c, the registry and the owners do. Only an operation that changes several objects
 * records each itself (types/lock_many.c). If nobody watches, recording compares two pointers.
 * Recording cannot fail: if memory lacks, the journal drops all it has and counts on.
 */
#ifndef HF_JOURNAL_H
#define HF_JOURNAL_H

#include "deque.h"
#include "link.h"
#include "object.h"
#include "registry.h"

#include <holdfast.pb-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One change. Immutable; shared by all journals that keep it. */
struct change {
    unsigned references;
    Hf__Type type;
    Hf__Cause cause;
    uint64_t object;
    const char *name;       /**< NULL: unnamed */
    struct who *who;        /**< whose session caused it; NULL: none did */
    const uint8_t *request; /**< its length, and its bytes as packed; NULL: no request caused it */
    size_t request_len;
    size_t bytes; /**< its part of a journal's size */
};

struct journal {
    struct object *watch;   /**< touched with each change */
    struct link in_watched; /**< in the object's journals, or the registry's */
    uint64_t object;        /**< id of the watched object; 0: it watches names */
    char *prefix;           /**< of the watched names; NULL: it watches an object */
    size_t prefix_len;
    size_t max_changes;
    size_t max_bytes;
    struct deque kept; /**< struct change *, the oldest first */
    size_t bytes;      /**< of the kept changes */
    uint64_t last;     /**< number of the newest change, kept or not */
    bool closed;       /**< the watched object is gone */
};

/** A journal that watches nothing yet. */
void journal_init(struct journal *journal, struct object *watch);
void journal_fini(struct journal *journal);

/** Watch this object. */
void journal_of_object(struct journal *journal, struct object *object);

/** Watch all objects whose names begin with `prefix`. Returns HF_OK, HF_LIMIT, HF_NO_MEMORY. */
HF_MUST_USE hf_status journal_of_names(struct journal *journal, const char *prefix);

/** Watch no longer. */
void journal_leave(struct journal *journal);

/** The number of the oldest kept change; if none is kept, of the next one. */
uint64_t journal_first(const struct journal *journal);

/** The kept change with this number. */
const struct change *journal_at(const struct journal *journal, uint64_t number);

/** journal_record(), when there is a journal. */
void journal_write(struct object *object, Hf__Cause cause, struct who *who,
                   const Hf__Request *request);

/** Whether there is a journal. */
static inline bool journal_is_kept(const struct object *object) {
    return !link_alone(&object->journals) || !link_alone(&object->registry->journals);
}

/** Record a change of the object that was counted before. `who` and `request` may be NULL. */
static inline void journal_record(struct object *object, Hf__Cause cause, struct who *who,
                                  const Hf__Request *request) {
    if (journal_is_kept(object)) {
        journal_write(object, cause, who, request);
    }
}

/** Count a change of the object, and record it. */
static inline void journal_note(struct object *object, Hf__Cause cause, struct who *who,
                                const Hf__Request *request) {
    object->version++;
    journal_record(object, cause, who, request);
}

/** The object is gone: close the journals that watch it. */
void journal_object_gone(struct object *object);

#endif
