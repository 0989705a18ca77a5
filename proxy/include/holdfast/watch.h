/* SPDX-License-Identifier: MIT
 *
 * Watches: what is done to an object, or to all whose names begin alike, as a numbered stream, for
 * dashboards, caches and logs. The manager keeps the newest changes; any number of threads and
 * processes read them, each at its own pace, and who is too slow is told how many it has missed.
 *
 *     uint64_t after = 0;
 *     hf_changes changes;
 *     while (hf_watch_next(watch, &after, 0, -1, &changes) == HF_OK) {
 *         for (size_t i = 0; i < changes.len; i++) {
 *             printf("%s by %s\n", changes.items[i].op, changes.items[i].label);
 *         }
 *         hf_changes_clear(&changes);
 *     }
 *
 * A change is what was asked for, not what came of it: `dict_add` of 1 to "n", not what "n" is now.
 * It is told after it was done, in the order in which the manager did it. What was refused or only
 * reads is no change. A change of what is stored in an object is one of that object alone: a
 * condition's wait, which gives its lock up and takes it again, is none of the lock. What
 * hf_lock_acquire_many() does is one of each of its locks.
 *
 * A watch with a name outlives its opener, so that a reader that comes back can go on where it was:
 * all it needs is the watch and a number.
 */
#ifndef HOLDFAST_WATCH_H
#define HOLDFAST_WATCH_H

#include <holdfast/object.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to watch: an object, or names. */
typedef struct hf_watch_options {
    hf_mode mode;
    uint64_t object;    /**< the id of a handle: dict.id; 0: none */
    const char *prefix; /**< all named objects whose names begin so, also those made later; "": all
                         * with a name; NULL: none */
    uint64_t max_changes; /**< kept; 0: 1,024; at most 1,000,000 */
    uint64_t max_bytes; /**< kept; 0: 1 MiB; at most 256 MiB. A change takes 64 bytes, and those of
                         * the name and of what was asked for */
} hf_watch_options;

/** Why an object has changed. */
typedef enum hf_cause {
    HF_CAUSE_REQUESTED = 0, /**< somebody asked for it */
    HF_CAUSE_WAIT_ENDED,    /**< a call that took part in it while it waited was not done: a party
                             * that gave up breaks its barrier */
    HF_CAUSE_HOLDER_DIED,   /**< a session ended while it held it; one change for each grant */
    HF_CAUSE_TIME_CAME,     /**< a delayed item has arrived, or a lease has run out */
    HF_CAUSE_UNREFERENCED   /**< nothing refers to the unnamed object any more: it is gone */
} hf_cause;

typedef struct hf_change {
    uint64_t number; /**< from 1, each one more than the one before */
    uint64_t object; /**< its id; what is told of unnamed objects does not keep them alive */
    hf_type type;
    char *name; /**< NULL: unnamed */
    hf_cause cause;
    const char *op; /**< as in the protocol: "dict_set"; NULL where nobody asked. Not to be freed */
    hf_any arguments; /**< a map, by the protocol's names: {"key": "a", "value": 1}; null where
                       * nobody asked */
    uint64_t session; /**< who did it; 0: nobody */
    uint64_t pid;
    char label[256];
} hf_change;

/** What hf_watch_next() finds. Release with hf_changes_clear(). */
typedef struct hf_changes {
    hf_change *items;
    size_t len;
    uint64_t missed; /**< so many before the first of these are no longer kept */
} hf_changes;

/** Open the watch with this name, or create it. It begins to watch at once.
 *
 *  name     of the watch, at most 1,024 bytes; NULL: an unnamed watch
 *  options  names an object or a prefix, not both
 *  Returns  HF_OK; HF_INVALID; HF_NO_OBJECT (there is none to watch); HF_LIMIT (64 watches of names
 *           are there already); HF_WRONG_TYPE (another type or options); by mode HF_EXISTS or
 *           HF_NO_OBJECT
 *  Cost     every change of what is watched is copied once, however many watch it; each watch of
 *           names also costs a comparison of names with every change of a named object. What nobody
 *           watches costs nothing
 */
HF_API HF_MUST_USE hf_status hf_watch_open(hf_client *client, const char *name,
                                           const hf_watch_options *options, hf_watch *watch);

/** The changes after a number, waiting until there is one. All who wait are told.
 *
 *  after    in: the number of the last change that the caller has seen, 0: none; out: that of the
 *           last one told, for the next call
 *  limit    at most so many changes; 0: 1,000, which is also the most
 *  changes  out; hf_changes_clear(). May be empty, where all that is new is `missed`
 *  Returns  HF_OK; HF_TIMEOUT; HF_CLOSED (the object that was watched is gone, and its last change,
 *           the deletion, has been told); HF_DELETED (the watch was deleted); HF_VALUE_ERROR
 *           (no change has the number `after` yet: it is from another watch)
 *  Cost     O(changes told)
 */
HF_API HF_MUST_USE hf_status hf_watch_next(hf_watch watch, uint64_t *after, uint32_t limit,
                                           int64_t timeout_ms, hf_changes *changes);

HF_API void hf_changes_clear(hf_changes *changes);

/** "REQUESTED", "HOLDER_DIED" ...; "UNKNOWN" for any other number. Not to be freed. */
HF_API const char *hf_cause_name(hf_cause cause);

HF_API hf_any hf_watch_ref(hf_watch watch);
HF_API HF_MUST_USE hf_status hf_watch_from_ref(hf_client *client, hf_any ref, hf_watch *watch);

#ifdef __cplusplus
}
#endif
#endif
