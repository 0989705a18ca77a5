/* SPDX-License-Identifier: MIT
 *
 * Journals: what happens to objects, written down for those who watch (types/watch.c). A journal is
 * of one object or of all whose names begin alike. It numbers what it writes from 1 and keeps the
 * newest, within a number and a size; numbers that are no longer kept are a gap at the front, never
 * in the middle.
 *
 * What is written is who asked for what, never what came of it, so a type need not say anything:
 * call.c, pending.c, the registry and the owners do, wherever an object changes. (Only a request that
 * changes several objects notes each of them itself: types/lock_many.c.) Where nobody watches, that
 * costs a look at two lists. To write cannot fail: for want of memory the journal keeps nothing of what
 * was, and goes on counting.
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

/** Something that has happened. Immutable, counted: all journals that keep it share it. */
struct change {
    unsigned references;
    Hf__Type type;
    Hf__Cause cause;
    uint64_t object;
    const char *name;       /**< NULL: unnamed */
    struct who *who;        /**< NULL: nobody did it */
    const uint8_t *request; /**< packed, behind its length; NULL: nobody asked for it */
    size_t request_len;
    size_t bytes; /**< what counts for the size of a journal */
};

struct journal {
    struct object *watch;   /**< touched when something is written */
    struct link in_watched; /**< in the journals of the object, or of the registry */
    uint64_t object;        /**< whose it is; 0: of names */
    char *prefix;           /**< NULL: of an object */
    size_t prefix_len;
    size_t max_changes;
    size_t max_bytes;
    struct deque kept; /**< struct change *, the oldest first */
    size_t bytes;      /**< of those kept */
    uint64_t last;     /**< number of the newest change, kept or not */
    bool closed;       /**< its object is gone */
};

/** A journal that nothing is written to yet. */
void journal_init(struct journal *journal, struct object *watch);
void journal_fini(struct journal *journal);

/** Write down what happens to this object from now on. */
void journal_of_object(struct journal *journal, struct object *object);

/** Write down what happens to all objects whose names begin with `prefix`. Returns HF_OK, HF_LIMIT,
 *  HF_NO_MEMORY. */
HF_MUST_USE hf_status journal_of_names(struct journal *journal, const char *prefix);

/** Write no more. */
void journal_leave(struct journal *journal);

/** The number of the oldest change that is kept; one more than the newest if none is. */
uint64_t journal_first(const struct journal *journal);

/** The change with this number, which must be kept. */
const struct change *journal_at(const struct journal *journal, uint64_t number);

/** What journal_note() does where somebody watches. */
void journal_write(struct object *object, Hf__Cause cause, struct who *who,
                   const Hf__Request *request);

/** The object has changed. `who` and `request` may be NULL. */
static inline void journal_note(struct object *object, Hf__Cause cause, struct who *who,
                                const Hf__Request *request) {
    if (!link_alone(&object->journals) || !link_alone(&object->registry->journals)) {
        journal_write(object, cause, who, request);
    }
}

/** The object is gone: its own journals have had their last change. */
void journal_object_gone(struct object *object);

#endif
