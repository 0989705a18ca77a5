/* SPDX-License-Identifier: MIT
 *
 * Watches: the changes of an object, or of all objects whose names begin alike, as a numbered
 * stream, for dashboards, caches and logs. The manager keeps the newest changes. Any number of
 * threads and processes read them, each at its own pace. A reader that is too slow is told how many
 * it has missed.
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
 * A change is the request, not its effect: `dict_add` of 1 to "n", not what "n" is now. It is told
 * after it was done, in the order in which the manager did it. A refused request and one that only
 * reads are no changes. A request is a change of the object it is for and of no other: a
 * condition's wait, which gives its lock up and acquires it again, is no change of the lock.
 * hf_lock_acquire_many() is a change of each of its locks.
 *
 * A watch with a name outlives its opener, so that a reader that was lost can go on where it was:
 * all it needs is the watch and a number.
 */
#ifndef HOLDFAST_WATCH_H
#define HOLDFAST_WATCH_H

#include <holdfast/object.h>

HF_BEGIN_DECLS

/** The object, or the names, to watch. */
typedef struct hf_watch_options {
    hf_mode mode;
    uint64_t object; /**< the id of a handle, as dict.id; 0: none */
    /** All objects whose names begin so, also those made later; "": all with a name; NULL: none. */
    const char *prefix;
    uint64_t max_changes; /**< how many are kept; 0: 1,024; at most 1,000,000 */
    /** How many bytes of changes are kept; 0: 1 MiB; at most 256 MiB. A change takes 64 bytes, and
     *  those of the object's name and of the encoded request. */
    uint64_t max_bytes;
    uint64_t reserved[8]; /**< zeros */
} hf_watch_options;

#define HF_WATCH_OPTIONS HF_ZEROS

/** Why an object has changed. */
typedef enum hf_cause {
    HF_CAUSE_REQUESTED = 0, /**< a request was done */
    HF_CAUSE_WAIT_ENDED,    /**< a waiting call gave up and changed it: it broke a barrier */
    /** A session ended while it held the object, or has left it and it does not stay then; one
     *  change per grant. */
    HF_CAUSE_HOLDER_DIED,
    HF_CAUSE_TIME_CAME,    /**< a delayed item has arrived, or a lease has run out */
    HF_CAUSE_UNREFERENCED, /**< nothing refers to the unnamed object any more: it is gone */
    HF_CAUSE_EXPIRED,      /**< a time to live is over; of an item: `op` is "dict_delete" */
    HF_CAUSE_EVICTED,      /**< an item made room for another: `op` is "dict_delete" */
    HF_CAUSE_HOLDER_LEFT   /**< a session has left in order what stays held (keep_on_leave) */
} hf_cause;

typedef struct hf_change {
    uint64_t number; /**< from 1, each one more than the one before */
    uint64_t object; /**< its id; a change does not keep an unnamed object alive */
    hf_type type;
    char *name; /**< NULL: unnamed */
    hf_cause cause;
    const char *op; /**< as in the protocol: "dict_set"; NULL: no request. Static memory */
    /** A map, by the protocol's names: {"key": "a", "value": 1}; null: no request. */
    hf_any arguments;
    uint64_t session; /**< that sent the request, or ended; 0: none */
    uint64_t party;   /**< of that session; 0: the session itself */
    uint64_t pid;
    char label[256];
    uint64_t reserved[4]; /**< zeros */
} hf_change;

/** The changes that hf_watch_next() finds. Release with hf_changes_clear(). */
typedef struct hf_changes {
    hf_change *items;
    size_t len;
    uint64_t missed;      /**< how many before the first of these are no longer kept */
    uint64_t reserved[4]; /**< zeros */
} hf_changes;

/** Open the watch with this name, or create it. A new watch begins to watch at once.
 *
 *  name     of the watch; NULL: an unnamed watch
 *  options  borrowed; has an object or a prefix, not both
 *  Returns  HF_OK; HF_INVALID (no object and no prefix, or both; a bound too large; a prefix of
 *           more than 1,024 bytes); HF_NO_OBJECT (the object to watch was deleted); HF_LIMIT (64
 *           watches of names exist already); HF_WRONG_TYPE (another type, or a watch with other
 *           options); HF_EXISTS or HF_NO_OBJECT (by mode)
 *  Cost     every change of a watched object is copied once, however many watch it; each watch of
 *           names also compares names at every change of a named object. An object that is not
 *           watched costs nothing
 */
HF_API HF_MUST_USE hf_status hf_watch_open(hf_client *client, const char *name,
                                           const hf_watch_options *options, hf_watch *watch);

/** Get the changes after a number, waiting until there is one. All waiting calls are told.
 *
 *  after    in and out, not NULL: the number of the last change that the caller has seen, 0: none;
 *           then that of the last one told, for the next call
 *  limit    how many changes at most: 1 to 1,000; 0: 1,000
 *  changes  out; hf_changes_clear(). It may be empty, if all that is new is `missed`
 *  Returns  HF_OK; HF_TIMEOUT; HF_CLOSED (the watched object is gone, and its last change, the
 *           deletion, has been told); HF_DELETED (the watch was deleted); HF_VALUE_ERROR (no change
 *           has the number `after` yet: it is from another watch); HF_INVALID (`after` is NULL);
 *           HF_NO_OBJECT (also if the manager was restarted: open it again, and read what it
 *           watches anew)
 */
HF_API HF_MUST_USE hf_status hf_watch_next(hf_watch watch, uint64_t *after, uint32_t limit,
                                           int64_t timeout_ms, hf_changes *changes);

/** Release changes and make them none. NULL is accepted. */
HF_API void hf_changes_clear(hf_changes *changes);

/** The name of a cause, as "REQUESTED", "HOLDER_DIED"; "UNKNOWN" for any other number. Static
 *  memory. */
HF_API const char *hf_cause_name(hf_cause cause);

HF_API hf_any hf_watch_ref(hf_watch watch);
HF_API HF_MUST_USE hf_status hf_watch_from_ref(hf_client *client, hf_any ref, hf_watch *watch);

HF_END_DECLS
#endif
